"""What one place is in each way of serving requests, and the pairs of all ways as one table."""

from collections.abc import Sequence
from functools import cached_property
from typing import Self

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.errors import CostRangeError, Fault, InputError, TooLargeError, shown
from taskmentor.matching.policy import Objective
from taskmentor.matching.problem import LARGEST, Pairs, Problem
from taskmentor.validators import whole

__all__ = ["UNIT", "JointProblem", "Offer"]

UNIT = 2520
"""Prices are whole multiples of one 2,520th of a point, so that halves to tenths are exact."""


@frozen(kw_only=True)
class Offer:
    """What one of a mentor's places is in one way of mentoring.

    Attributes:
        name: What answers call it, such as a programme's id.
        seats: How many requests share one place, 1 or more.
        least: How few may share it, from 1 to `seats`; with fewer it is not opened.
        one_skill: Whether all who share a place learn the same skill.
        bonus: Points on top of every pair's score, to prefer this way to others.

    Raises:
        InputError: If `least` is above `seats`, or a number is out of its range.
    """

    name: str
    seats: int = field(default=1, validator=whole(at_least=1))
    least: int = field(default=1, validator=whole(at_least=1))
    one_skill: bool = True
    bonus: int = field(default=0, validator=whole(at_least=0))

    def __attrs_post_init__(self) -> None:
        if self.least > self.seats:
            problem = f"{self.least} at least are more than the {self.seats} seats"
            remedy = f"Give a number from 1 to {self.seats}."
            raise InputError(
                [Fault(code="OUT-OF-RANGE", table="offer", column="least", problem=problem, remedy=remedy)]
            )


@frozen(eq=False, kw_only=True)
class JointProblem:
    """Requests and mentors, and every pair that some way admits.

    The pairs that may share places stand together: they are sorted by `lot`, which is one mentor, one way and, where a
    place holds one skill, one skill.

    Attributes:
        offers: The ways.
        mentee: The place of each request's mentee, rising. Shape (n_requests,).
        limit: Places that each mentee has left. Shape (n_mentees,).
        capacity: Places that each mentor has left. Shape (n_mentors,).
        request: The request of each pair. Shape (n_pairs,).
        mentor: Its mentor. Shape (n_pairs,).
        offer: Its way. Shape (n_pairs,).
        lot: The lot that it belongs to, rising. Shape (n_pairs,).
        score: Its points, the way's bonus included. Shape (n_pairs,).
        count_weight: What one more served request is worth next to the score.
    """

    offers: tuple[Offer, ...]
    mentee: NDArray[np.int32]
    limit: NDArray[np.int32]
    capacity: NDArray[np.int32]
    request: NDArray[np.int32]
    mentor: NDArray[np.int32]
    offer: NDArray[np.int8]
    lot: NDArray[np.int32]
    score: NDArray[np.int64]
    count_weight: int

    @classmethod
    def of(
        cls, problems: Sequence[Problem], offers: Sequence[Offer], *, objective: Objective, most_pairs: int = 200_000
    ) -> Self:
        """Return the joint problem of the same requests and mentors under several policies.

        Args:
            problems: One for each way; their requests, mentors, limits and capacities are the same, places of pins
                taken off. Requests that the first one pins are left out.
            offers: What a place is in each of them, in the same order.
            objective: What is maximised.
            most_pairs: How many eligible pairs are accepted in all.

        Raises:
            TooLargeError: If there are more.
            CostRangeError: If the objective could exceed whole numbers of 62 bits.
            ValueError: If there is nothing to join, or the problems are not of the same requests and mentors.
        """
        if not problems or len(problems) != len(offers):
            raise ValueError("a joint problem needs one offer for each of at least one problem")
        first = problems[0]
        for other in problems[1:]:
            alike = np.array_equal(other.request_key, first.request_key)
            if not alike or not np.array_equal(other.mentor_key, first.mentor_key):
                raise ValueError("the problems are not of the same requests and mentors")
        columns = [_pairs_of(problem, first, way, offers[way], most_pairs) for way, problem in enumerate(problems)]
        request, mentor, offer, group, score = (np.concatenate(parts) for parts in zip(*columns, strict=True))
        if len(request) > most_pairs:
            raise TooLargeError(
                "one pool", "eligible pairs", len(request), most_pairs, "match fewer requests at a time"
            )
        order = np.lexsort((request, group, offer, mentor))
        keys = np.stack([mentor, offer, group])[:, order]
        lot = np.cumsum(np.append(0, (np.diff(keys, axis=1) != 0).any(axis=0)))[: len(order)]
        problem = cls(
            offers=tuple(offers),
            mentee=first.mentee,
            limit=first.limit,
            capacity=first.capacity,
            request=request[order].astype(np.int32),
            mentor=mentor[order].astype(np.int32),
            offer=offer[order].astype(np.int8),
            lot=lot.astype(np.int32),
            score=score[order],
            count_weight=_count_weight(first, offers, score) if objective == "requests-then-score" else 0,
        )
        problem._check_range()
        return problem._worthwhile()

    def __len__(self) -> int:
        return len(self.request)

    def __repr__(self) -> str:
        names = ", ".join(offer.name for offer in self.offers)
        return f"JointProblem({len(self.mentee):,} requests, {len(self):,} pairs, {names})"

    @property
    def n_requests(self) -> int:
        """Return how many requests there are."""
        return len(self.mentee)

    @cached_property
    def weight(self) -> NDArray[np.int64]:
        """Return what each pair adds to the objective, above 0. Shape (n_pairs,)."""
        return self.count_weight + self.score

    @cached_property
    def lots(self) -> NDArray[np.int64]:
        """Return where each lot's pairs begin, and at last where they end. Shape (n_lots + 1,)."""
        return np.append(np.flatnonzero(np.diff(self.lot, prepend=-1)), len(self)).astype(np.int64)

    @cached_property
    def lots_of(self) -> dict[int, range]:
        """Return the lots of each mentor who has any."""
        owner = self.mentor[self.lots[:-1]]
        begins = np.flatnonzero(np.diff(owner, prepend=-1))
        ends = np.append(begins, len(owner))[1:]
        return {int(owner[b]): range(b, e) for b, e in zip(begins.tolist(), ends.tolist(), strict=True)}

    def offer_of(self, lot: int) -> Offer:
        """Return what a place of a lot is."""
        return self.offers[int(self.offer[self.lots[lot]])]

    def mentor_of(self, lot: int) -> int:
        """Return whose places a lot takes."""
        return int(self.mentor[self.lots[lot]])

    def _worthwhile(self) -> Self:
        """Return the problem without the pairs that a plan has no use for."""
        limit = self.limit[self.mentee[self.request]]
        kept = np.flatnonzero((self.weight > 0) & (self.capacity[self.mentor] > 0) & (limit > 0))
        lot = np.cumsum(np.diff(self.lot[kept], prepend=-1) != 0) - 1
        return self._taking(kept, lot.astype(np.int32))

    def _taking(self, kept: NDArray[np.intp], lot: NDArray[np.int32]) -> Self:
        return type(self)(
            offers=self.offers,
            mentee=self.mentee,
            limit=self.limit,
            capacity=self.capacity,
            request=self.request[kept],
            mentor=self.mentor[kept],
            offer=self.offer[kept],
            lot=lot,
            score=self.score[kept],
            count_weight=self.count_weight,
        )

    def _check_range(self) -> None:
        largest = UNIT * (self.n_requests + 1) * (self.count_weight + int(np.abs(self.score).max(initial=0)))
        if largest > LARGEST:
            raise CostRangeError("the objective", largest, LARGEST)


def _pairs_of(
    problem: Problem, first: Problem, way: int, offer: Offer, most: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return request, mentor, way, skill (-1 where a place holds several) and points of a way's eligible pairs."""
    if (size := problem.n_qualified()) > 10 * most:
        raise TooLargeError(
            f"one pool ({shown(offer.name)})", "qualified pairs", size, 10 * most, "match fewer requests"
        )
    pairs = Pairs.joined(problem.pairs(np.flatnonzero(first.pinned < 0)))
    skill = problem.skill[pairs.request].astype(np.int64)
    group = skill if offer.one_skill else np.full(len(pairs), -1, np.int64)
    score = problem.score(pairs.request, pairs.mentor, pairs.level) + offer.bonus
    return pairs.request, pairs.mentor, np.full(len(pairs), way, np.int64), group, score


def _count_weight(first: Problem, offers: Sequence[Offer], score: NDArray[np.int64]) -> int:
    """Return what outweighs any loss of score: 1 + the most that can be served x (highest - lowest score there is)."""
    seats = int(first.capacity.sum(dtype=np.int64)) * max(offer.seats for offer in offers)
    low, high = int(score.min(initial=0)), int(score.max(initial=0))
    return 1 + min(first.n_requests, seats) * (max(high, 0) - min(low, 0))
