"""What both sides of a pair think of it: lists that people gave, and points where they gave none."""

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.pool import Pool
from taskmentor.matching.shapes import distinct, find_keys
from taskmentor.models.people import NO_CODE
from taskmentor.models.preferences import HIGHEST_RANK, Preferences, Side

__all__ = ["Given", "Lists", "given_lists", "lists_of"]

_REFUSED = -1
_UNLISTED = HIGHEST_RANK + 1
"""Whoever is accepted without being on a list comes after all who are."""

Listed = Sequence[int | Sequence[int]]
"""Places of people, best first; several together are equally good."""


@frozen(eq=False, kw_only=True)
class Lists:
    """The lists of one side.

    Attributes:
        owner: A number for the person and skill of each list, rising; the list for all skills comes first. Shape (n,).
        is_open: Whether everybody else comes after those on the list, instead of being refused. Shape (n,).
        entry: A number for each list and person on it, rising. Shape (n_entries,).
        rank: The rank of each entry. Shape (n_entries,).
        n_skills: How many skills there are.
        n_people: How many people could be on lists.
    """

    owner: NDArray[np.int64]
    is_open: NDArray[np.bool_]
    entry: NDArray[np.int64]
    rank: NDArray[np.int64]
    n_skills: int
    n_people: int

    @classmethod
    def of(cls, given: Preferences, *, n_skills: int, n_people: int) -> "Lists":
        """Return the lists of some rows, which are of one side."""
        owners = given.person.astype(np.int64) * (n_skills + 1) + given.skill + 1
        owner = distinct(owners)
        row = np.searchsorted(owner, owners)
        is_open = np.zeros(len(owner), np.bool_)
        is_open[row[given.preferred == NO_CODE]] = True
        named = np.flatnonzero(given.preferred != NO_CODE)
        entry = row[named] * n_people + given.preferred[named]
        order = np.argsort(entry, kind="stable")
        return cls(
            owner=owner,
            is_open=is_open,
            entry=entry[order].astype(np.int64),
            rank=given.rank[named][order].astype(np.int64),
            n_skills=n_skills,
            n_people=n_people,
        )

    def ranks(
        self, person: NDArray[np.integer], skill: NDArray[np.integer], other: NDArray[np.integer]
    ) -> NDArray[np.int64]:
        """Return the rank that each person gives another in a skill, `_UNLISTED` or `_REFUSED` where they give none.

        Args:
            person: Whose list is asked for, as codes. Shape (n,).
            skill: Skill codes. Shape (n,).
            other: Whom it is asked about, as codes. Shape (n,).
        """
        usual = person.astype(np.int64) * (self.n_skills + 1)
        of_all, has_one = find_keys(self.owner, usual)
        of_skill, has_own = find_keys(self.owner, usual + skill + 1)
        which = np.where(has_own, of_skill, of_all)
        place, named = find_keys(self.entry, which * self.n_people + other)
        # Nothing stands at the place of what was not found where there is nothing at all.
        unlisted = np.where((has_own | has_one) & ~np.append(self.is_open, False)[which], _REFUSED, _UNLISTED)
        return np.where(named & (has_own | has_one), np.append(self.rank, 0)[place], unlisted)


@frozen(eq=False, kw_only=True)
class Given:
    """The lists of both sides, and who the places of a problem stand for in them.

    Attributes:
        mentees: What people think of mentors.
        mentors: What people think of mentees.
        mentee: The code of each request's mentee. Shape (n_requests,).
        mentor: The code of each mentor. Shape (n_mentors,).
        skill: The skill code of each request. Shape (n_requests,).
    """

    mentees: Lists
    mentors: Lists
    mentee: NDArray[np.int32]
    mentor: NDArray[np.int32]
    skill: NDArray[np.int32]

    def wanted(
        self, request: NDArray[np.integer], mentor: NDArray[np.integer], lag: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Return how far down each pair stands with its mentee and its mentor, and whether both accept it.

        Args:
            request: Places of requests. Shape (n,).
            mentor: Places of mentors. Shape (n,).
            lag: How many points the pair is below the best that there could be, 0 or more: what counts where a list
                says nothing. Shape (n,).

        Returns:
            Whole numbers of which the smaller is the better, equal for ties, comparable among all pairs of one person;
            and truths. Shape (n,) each.
        """
        one, other, skill = self.mentee[request], self.mentor[mentor], self.skill[request]
        by_mentee, by_mentor = self.mentees.ranks(one, skill, other), self.mentors.ranks(other, skill, one)
        accepted = (by_mentee != _REFUSED) & (by_mentor != _REFUSED)
        return _behind(by_mentee, lag), _behind(by_mentor, lag), accepted


def _behind(ranks: NDArray[np.int64], lag: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ranks with points behind them where they say nothing; nothing comes after whom a list refuses."""
    return np.select([ranks == _UNLISTED, ranks == _REFUSED], [_UNLISTED + lag, np.iinfo(np.int64).max], ranks)


def given_lists(pool: Pool) -> Given | None:
    """Return the lists of a pool's organisation, None where nobody gave one."""
    given = pool.organisation.preferences
    if not len(given):
        return None
    n_skills, n_people = len(pool.organisation.model.skill_ids), len(pool.organisation.people)
    mentees, mentors = (
        Lists.of(given.take(np.flatnonzero(given.side == side)), n_skills=n_skills, n_people=n_people) for side in Side
    )
    return Given(
        mentees=mentees, mentors=mentors, mentee=pool.mentees, mentor=pool.mentors, skill=pool.requests.skill
    )  # fmt: skip


def lists_of(
    mentee: NDArray[np.integer], n_mentors: int, *, mentees: Mapping[int, Listed], mentors: Mapping[int, Listed]
) -> Given:
    """Return lists for a problem that was made from scores or pairs, for benchmarks and experiments.

    Args:
        mentee: Whose each request is, as places. Shape (n_requests,).
        n_mentors: How many mentors there are.
        mentees: The list of each mentee who has one: places of mentors, best first; an empty one refuses everybody.
        mentors: The list of each mentor who has one: places of mentees.
    """
    n_mentees = int(mentee.max(initial=-1)) + 1
    n_people = n_mentees + n_mentors
    return Given(
        mentees=_lists(mentees, n_people, 0, n_mentees),
        mentors=_lists(mentors, n_people, n_mentees, 0),
        mentee=mentee.astype(np.int32),
        mentor=np.arange(n_mentees, n_people, dtype=np.int32),
        skill=np.zeros(len(mentee), np.int32),
    )


def _lists(lists: Mapping[int, Listed], n_people: int, first_owner: int, first_other: int) -> Lists:
    """Return lists by place as lists by code: those who own them, and those on them, count from some code on."""
    entries: list[tuple[int, int]] = []
    for place, (_, listed) in enumerate(sorted(lists.items())):
        for rank, one in enumerate(listed, start=1):
            equals = [one] if isinstance(one, int) else one
            entries += [(place * n_people + first_other + other, rank) for other in equals]
    columns = np.array(sorted(entries), np.int64).reshape(-1, 2)
    # With one skill, the number of a list for all skills is twice its owner's.
    owner = 2 * (np.array(sorted(lists), np.int64) + first_owner)
    return Lists(
        owner=owner,
        is_open=np.zeros(len(owner), np.bool_),
        entry=columns[:, 0],
        rank=columns[:, 1],
        n_skills=1,
        n_people=n_people,
    )
