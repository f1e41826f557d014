"""The face of all plans that are best so far: a flow of which some is settled, narrowed step by step.

Source:
    A plan is best at a linear objective exactly when it uses only pairs that the prices pay exactly and fills whatever
    has a price: complementary slackness, Ahuja, Magnanti and Orlin, "Network Flows" (1993), theorem 9.4.
"""

from bisect import bisect_left
from typing import TypeVar

import numpy as np
from attrs import define
from numpy.typing import NDArray

from taskmentor.matching.aims.aim import Floor, Spread, Step, Sum
from taskmentor.matching.aims.choices import Listed, numbered_places, place_costs
from taskmentor.matching.duals import Duals
from taskmentor.matching.kernels.lexicographic import Circulation, Network, Prices
from taskmentor.matching.problem import Arcs

__all__ = ["Face"]

_HASH_BITS = 30
_Number = TypeVar("_Number", bound=np.generic)


@define(eq=False, kw_only=True)
class Face:
    """All plans that are best so far: root -> mentees -> requests -> mentors -> root.

    Its arcs are the usable pairs, one for each request, one for each mentee, and the places of mentors, in this order.

    Attributes:
        listed: All pairs.
        pairs: The rows of those that are usable. Shape (n_pairs,).
        requests: The requests in them, rising. Shape (n_requests,).
        mentees: Their mentees, rising. Shape (n_mentees,).
        mentors: The mentors in them, rising. Shape (n_mentors,).
        request: Places in `requests`. Shape (n_pairs,).
        mentee: Places in `mentees`. Shape (n_requests,).
        mentor: Places in `mentors`. Shape (n_pairs,).
        place: Places in `mentors` of each place. Shape (n_places,).
        number: Which of its mentor's places each is, from 0. Shape (n_places,).
        circulation: The plan, and what is settled.
    """

    listed: Listed
    pairs: NDArray[np.intp]
    requests: NDArray[np.integer]
    mentees: NDArray[np.integer]
    mentors: NDArray[np.integer]
    request: NDArray[np.intp]
    mentee: NDArray[np.intp]
    mentor: NDArray[np.intp]
    place: NDArray[np.intp]
    number: NDArray[np.int64]
    circulation: Circulation

    @classmethod
    def of(cls, listed: Listed, *, spreads: bool) -> "Face":
        """Return the face of all plans.

        Args:
            listed: All pairs.
            spreads: Whether each place has a cost of its own.
        """
        problem, pairs = listed.problem, np.flatnonzero(listed.usable)
        requests, request = np.unique(listed.request[pairs], return_inverse=True)
        mentors, mentor = np.unique(listed.mentor[pairs], return_inverse=True)
        mentees, mentee = np.unique(problem.mentee[requests], return_inverse=True)
        capacity = listed.places[mentors]
        each = capacity if spreads else np.ones(len(mentors), np.int64)
        place, number = numbered_places(each)
        first_mentor = 1 + len(requests)
        first_mentee = first_mentor + len(mentors)
        # A pair carries 1 at the most, as its request does; with room for more it is never full, and so is always
        # covered by the prices of both sides.
        arcs: tuple[tuple[NDArray[np.integer], ...], ...] = (  # tail, head and capacity of each sort
            (1 + request, first_mentor + mentor, np.full(len(pairs), 2)),
            (first_mentee + mentee, 1 + np.arange(len(requests)), np.ones_like(requests)),
            (np.zeros_like(mentees), first_mentee + np.arange(len(mentees)), problem.limit[mentees]),
            (first_mentor + place, np.zeros_like(place), np.ones_like(place) if spreads else capacity),
        )
        tail, head, room = (np.concatenate(ends).astype(np.int64) for ends in zip(*arcs, strict=True))
        network = Network(
            tail=tail,
            head=head,
            capacity=room,
            n_nodes=first_mentee + len(mentees),
            reach=min(len(requests), len(mentors)) + 2,
        )
        return cls(
            listed=listed,
            pairs=pairs,
            requests=requests,
            mentees=mentees,
            mentors=mentors,
            request=request,
            mentee=mentee,
            mentor=mentor,
            place=place,
            number=number,
            circulation=Circulation.of(network),
        )

    def plain_duals(self) -> Duals:
        """Return prices that prove the greatest value of the problem's objective, after finding such a plan."""
        _, sides = self._priced([self._objective_cost()])
        return self._duals(*(side[1] for side in sides))

    def optimum(self) -> Duals:
        """Return such prices, after narrowing the face to the plans of the greatest value."""
        (duals,) = self._narrow([self._objective_cost()])
        return duals

    def descend(self, steps: list[Step]) -> tuple[Duals, ...]:
        """Return prices that prove each step, after narrowing the face to the plans that are best at all of them."""
        proven = [Duals.none(self.listed.problem)] * len(steps)
        waiting: dict[int, NDArray[np.int64]] = {}

        def narrow() -> None:
            if waiting:
                proofs = self._narrow(list(waiting.values()))
                for place, proof in zip(waiting, proofs, strict=True):
                    proven[place] = proof
                waiting.clear()

        for place, step in enumerate(steps):
            if isinstance(step, Floor):
                narrow()
                proven[place] = self._raise(step)
                continue
            cost = self._step_cost(step)
            if waiting and not self.circulation.fits([*waiting.values(), cost]):
                narrow()
            if cost[self.circulation.is_open].any():
                waiting[place] = cost
        narrow()
        return tuple(proven)

    def settled(self) -> Arcs:
        """Return the pairs of the plan that a salted hash picks among all that are left."""
        request, mentor = self.listed.request[self.pairs], self.listed.mentor[self.pairs]
        hashed = (self.listed.problem.tie(request, mentor) >> np.uint64(64 - _HASH_BITS)).astype(np.int64)
        self.circulation.improve([self._cost(-1 - hashed)])
        used = np.flatnonzero(self.circulation.flow[: len(self.pairs)])
        used = used[np.argsort(request[used], kind="stable")]
        return Arcs(
            request=request[used].astype(np.int32),
            mentor=mentor[used].astype(np.int32),
            weight=np.zeros(len(used), np.int64),
        )

    # One step, or a few together

    def _narrow(self, costs: list[NDArray[np.int64]]) -> list[Duals]:
        """Return prices that prove some steps, after settling what all plans have in common that are best at them."""
        found, sides = self._priced(costs)
        pairs, asked, learning, places = self._parts(self.circulation.is_open)
        request, mentee, mentor = (side[0] for side in sides)
        weight, _, _, price = self._parts(found.cost)
        paid = request[self.request] + mentee[self.mentee][self.request] + mentor[self.mentor]
        must = [
            np.zeros_like(pairs),
            asked & (request > 0),
            learning & (mentee > 0),
            places & (mentor[self.place] > price),
        ]
        may = [
            pairs & (paid == -weight),
            asked & (request == 0),
            learning & (mentee == 0),
            places & (mentor[self.place] == price),
        ]
        self.circulation.is_full |= np.concatenate(must)
        self.circulation.is_open = np.concatenate(may)
        return [self._duals(*(side[1 + place] for side in sides)) for place in range(len(costs))]

    def _raise(self, step: Floor) -> Duals:
        """Return prices that prove that no least grade is higher, after barring all pairs below the highest."""
        circulation, column = self.circulation, step.column[self.pairs]
        nothing = Duals.none(self.listed.problem)
        free = np.zeros(len(circulation.flow), np.int64)

        def can_be(least: int) -> bool:
            allowed = np.ones(len(free), np.bool_)
            allowed[: len(self.pairs)] = column >= least
            return circulation.can_be(allowed, free)

        grades: list[int] = np.unique(column[circulation.is_open[: len(self.pairs)]]).tolist()
        if not grades or can_be(grades[-1] + 1):  # nobody needs to be served
            return nothing
        place = bisect_left(grades, True, key=lambda least: not can_be(least)) - 1
        highest = grades[place]
        _, sides = self._priced([self._cost((column <= highest).astype(np.int64))])
        circulation.is_open[: len(self.pairs)] &= column >= highest
        return self._duals(*(side[1] for side in sides))

    def _priced(self, costs: list[NDArray[np.int64]]) -> tuple[Prices, list[NDArray[np.int64]]]:
        """Return prices that prove some costs, by node and by side: in the first row as one number, then one by one.

        What is not settled has prices of 0 or more, and no mentor's is below the cost of the first place.
        """
        found = self.circulation.improve(costs)
        _, asked, learning, places = self._parts(self.circulation.is_open)
        first = self._parts(np.vstack([found.cost, *costs]))[3][:, self.number == 0]
        sides = self._sides(np.vstack([found.merged, found.digits]))
        frees = (asked, learning, places[self.number == 0])
        lifted = [
            np.where(free & (price[0] < least[0]), least, price)
            for free, price, least in zip(
                frees, sides, (np.zeros_like(sides[0]), np.zeros_like(sides[1]), first), strict=True
            )
        ]
        return found, lifted

    # Between arcs, nodes and what they stand for

    def _objective_cost(self) -> NDArray[np.int64]:
        """Return what each arc costs by the problem's objective. Shape (n_arcs,)."""
        problem, request, mentor = self.listed.problem, self.listed.request[self.pairs], self.listed.mentor[self.pairs]
        worth = problem.worth(request, mentor, problem.levels(request, mentor))
        return self._cost(-problem.weight(worth), problem.place_costs(self.mentors[self.place], self.number))

    def _step_cost(self, step: Sum | Spread) -> NDArray[np.int64]:
        """Return what each arc costs at a step. Shape (n_arcs,)."""
        return self._cost(-step.points(self.pairs), place_costs(step, self.mentors[self.place], self.number))

    def _cost(self, pairs: NDArray[np.int64], places: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Return what each arc costs. Shape (n_arcs,)."""
        cost = np.zeros(len(self.circulation.flow), np.int64)
        cost[: len(pairs)] = pairs
        if places is not None:
            cost[len(cost) - len(places) :] = places
        return cost

    def _parts(self, arcs: NDArray[_Number]) -> list[NDArray[_Number]]:
        """Return what arcs have, for pairs, requests, mentees and places. Shape (..., n) each."""
        ends = np.cumsum([len(self.pairs), len(self.requests), len(self.mentees)])
        return np.split(arcs, ends, axis=-1)

    def _sides(self, nodes: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Return the prices of requests, mentees and mentors that prices of nodes stand for. Shape (..., n) each."""
        ends = np.cumsum([1, len(self.requests), len(self.mentors)])
        root, request, mentor, mentee = np.split(nodes, ends, axis=-1)
        return [request - mentee[..., self.mentee], mentee - root, root - mentor]

    def _duals(self, request: NDArray[np.int64], mentee: NDArray[np.int64], mentor: NDArray[np.int64]) -> Duals:
        """Return prices of everybody from prices of those who are in usable pairs."""
        problem = self.listed.problem
        prices = [np.zeros(n, np.int64) for n in (problem.n_requests, problem.n_mentees, problem.n_mentors)]
        known = (self.requests, self.mentees, self.mentors)
        for column, rows, given in zip(prices, known, (request, mentee, mentor), strict=True):
            column[rows] = given
        return Duals(request=prices[0], mentee=prices[1], mentor=prices[2])
