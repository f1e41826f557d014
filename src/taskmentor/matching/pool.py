"""The pool of one round: the requests, everybody who could mentor, and the organisation on that day.

Rules and scorers compile against the pool. Its rows are ordered by a hash of the ids, so that no strategy can tell in
which order the tables were written.
"""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, shown
from taskmentor.matching.requests import Requests
from taskmentor.matching.shapes import find_keys
from taskmentor.models.forest import ReportingForest
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import NO_CODE
from taskmentor.models.ranges import places_of
from taskmentor.proficiency import Proficiency

__all__ = ["MOST_DAYS", "Pool", "build_pool", "place_in"]

MOST_DAYS = 36_600
"""A hundred years: no day of a round plus this leaves the calendar."""

_MOST_VALUES = 1_000


@frozen(eq=False, kw_only=True)
class Pool:
    """What rules and scorers see; nothing here says anything about protected attributes.

    Attributes:
        organisation: The organisation.
        on: The day.
        proficiency: Everybody's confirmed proficiency on that day.
        requests: In the order of the problem's requests.
        mentors: The person codes of everybody who is there, in the order of the problem's mentors. Shape (n_mentors,).
        request_key: A hash of each request's ids. Shape (n_requests,).
        mentor_key: A hash of each mentor's id. Shape (n_mentors,).
    """

    organisation: Organisation
    on: date
    proficiency: Proficiency
    requests: Requests
    mentors: NDArray[np.int32]
    request_key: NDArray[np.uint64]
    mentor_key: NDArray[np.uint64]

    @property
    def mentees(self) -> NDArray[np.int32]:
        """Return the person code of each request's mentee. Shape (n_requests,)."""
        return self.requests.mentee

    @cached_property
    def forest(self) -> ReportingForest:
        """Return the reporting forest of the day."""
        return self.organisation.forest(self.on)

    @cached_property
    def mentor_place(self) -> NDArray[np.int32]:
        """Return the place of each person among the mentors, -1 for those who are not there. Shape (n_people,)."""
        place = np.full(len(self.organisation.people), -1, np.int32)
        place[self.mentors] = np.arange(len(self.mentors))
        return place

    def requests_of(self, people: NDArray[np.integer]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return all requests of some people: places in `people`, and the requests beside them.

        Args:
            people: Person codes, in any order and any number of times. Shape (n,).
        """
        order = np.argsort(self.mentees, kind="stable")
        whose, row = places_of(self.mentees[order], people)
        return whose, order[row]

    def mentors_named(self, person_id: NDArray[np.str_]) -> NDArray[np.int64]:
        """Return the place of each person among the mentors, -1 for those who are not there. Shape (n,)."""
        return np.append(self.mentor_place, NO_CODE).astype(np.int64)[place_in(self.organisation.people.ids, person_id)]

    def requests_named(self, mentee_id: NDArray[np.str_], skill_id: NDArray[np.str_]) -> NDArray[np.int64]:
        """Return the place of each request, -1 where ids name none.

        Args:
            mentee_id: Whose it is. Shape (n,).
            skill_id: What it asks for. Shape (n,).

        Complexity:
            O((n + requests) log people).
        """
        skill_ids = np.array(self.organisation.model.skill_ids, np.str_)
        keys = self.mentees.astype(np.int64) * len(skill_ids) + self.requests.skill
        order = np.argsort(keys)
        mentee, skill = place_in(self.organisation.people.ids, mentee_id), place_in(skill_ids, skill_id)
        place, listed = find_keys(keys[order], mentee * len(skill_ids) + skill)
        listed &= (mentee != NO_CODE) & (skill != NO_CODE)
        found = np.full(len(listed), NO_CODE, np.int64)
        found[listed] = order[place[listed]]
        return found

    @cached_property
    def years(self) -> NDArray[np.int64]:
        """Return each person's full years since they joined, -1 where that day is unknown. Shape (n_people,).

        They are the anniversaries that have passed; of 29 February, in other years, on 1 March.
        """
        joined, day = self.organisation.people.joined_on, np.datetime64(self.on)
        since = np.where(np.isnat(joined), day, joined)
        months = (day.astype("M8[M]") - since.astype("M8[M]")).astype(np.int64)
        early = day - day.astype("M8[M]") < since - since.astype("M8[M]")
        return np.where(np.isnat(joined), -1, (months - early) // 12)

    def leaves_within(self, days: int) -> NDArray[np.bool_]:
        """Return who is known to have left by so many days after the day. Shape (n_people,)."""
        return self.organisation.people.left_on <= np.datetime64(self.on + timedelta(days=days))

    def acquainted(
        self, within_days: int | None = None, *, within_rounds: int | None = None, either_way: bool = False
    ) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
        """Return all requests beside the people with whom their mentees had an engagement before the day.

        An engagement that does not say when it began was before, and one that does not say when it ended goes on.

        Args:
            within_days: Only engagements that ended so many days before the day, or later; None for all.
            within_rounds: Only engagements of the last so many rounds; None for all. A round is a day before the day on
                which engagements began, anybody's; one that does not say when it began counts always.
            either_way: Whether those whose mentor the mentee was count as well.

        Returns:
            Places of requests, and person codes, some pairs perhaps more than once. Shape (n,) each.
        """
        engaged, day = self.organisation.engaged, np.datetime64(self.on)
        counts = ~(engaged.from_on >= day)
        if within_days is not None:
            counts &= ~(engaged.until_on < np.datetime64(self.on - timedelta(days=within_days)))
        if within_rounds is not None:
            rounds = np.unique(engaged.from_on[engaged.from_on < day])[-within_rounds:]
            counts &= np.isnat(engaged.from_on) | np.isin(engaged.from_on, rounds)
        one, other = engaged.mentee[counts], engaged.mentor[counts]
        if either_way:
            one, other = np.append(one, other), np.append(other, one)
        row, request = self.requests_of(one)
        return request, other[row]

    def own_column(self, name: str) -> tuple[NDArray[np.int32], tuple[str | int, ...]]:
        """Return one of the organisation's own columns as codes of its different values, -1 where a cell is empty.

        Args:
            name: The column's name, with its `x_`.

        Returns:
            Codes, shape (n_people,), and the values that they stand for, rising.

        Raises:
            UnknownIdError: If there is no such column.
        """
        column = self.organisation.people.extra(name)
        if column.texts is not None:
            return column.texts.codes, column.texts.labels
        assert column.numbers is not None, "a column holds texts or numbers"
        values, given = np.unique(column.numbers[column.given], return_inverse=True)
        codes = np.full(len(column.given), NO_CODE, np.int32)
        codes[column.given] = given
        return codes, tuple(values.tolist())

    def steps_apart(self, name: str) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return one of the organisation's own columns of numbers as codes, and how far apart their numbers are.

        Args:
            name: The column's name, with its `x_`.

        Returns:
            Codes, -1 where a cell is empty, shape (n_people,), and differences, shape (n_values, n_values).

        Raises:
            UnknownIdError: If there is no such column.
            InputError: If it holds texts (`NOT-WHOLE`), or too many different numbers for a table (`TOO-MANY`).
        """
        codes, values = self.own_column(name)
        if texts := [value for value in values if isinstance(value, str)]:
            problem, remedy = f"{shown(texts[0])} is not a whole number", "Give numbers, of which near ones are alike."
            raise InputError([Fault(code="NOT-WHOLE", table="people", column=name, problem=problem, remedy=remedy)])
        if len(values) > _MOST_VALUES:
            problem, remedy = f"{len(values):,} numbers are different", f"Use a scale of at most {_MOST_VALUES:,}."
            raise InputError([Fault(code="TOO-MANY", table="people", column=name, problem=problem, remedy=remedy)])
        numbers = np.array(values, np.int64)
        return codes, np.abs(numbers[:, None] - numbers[None, :])


def place_in(ids: NDArray[np.str_], wanted: NDArray[np.str_]) -> NDArray[np.int64]:
    """Return the place of each wanted id among sorted ids, -1 where it is none of them."""
    place = np.minimum(np.searchsorted(ids, wanted), len(ids) - 1)
    return np.where(ids[place] == wanted, place, NO_CODE)


def build_pool(
    organisation: Organisation, requests: Requests, proficiency: Proficiency, *, on: date, salt: str
) -> Pool:
    """Return the pool of a day, with requests and mentors in the order of a salted hash of their ids.

    Args:
        organisation: The organisation.
        requests: The requests, in any order.
        proficiency: Everybody's confirmed proficiency on that day.
        on: The day.
        salt: Published before the round, so that nobody can pick an order that suits them.
    """
    people, skill_ids = organisation.people, organisation.model.skill_ids
    mentors = np.flatnonzero(people.active(on)).astype(np.int32)
    taking_part = np.zeros(len(people), np.bool_)
    taking_part[mentors] = taking_part[requests.mentee] = True
    person_key = np.zeros(len(people), np.uint64)
    person_key[taking_part] = _hashes(people.ids[taking_part].tolist(), salt)
    mentee_key, mentor_key = person_key[requests.mentee], person_key[mentors]
    skill_key = _hashes(skill_ids, salt)[requests.skill]
    # Codes follow the ids, so they settle the order where two hashes are the same.
    asked = np.lexsort((requests.skill, skill_key, requests.mentee, mentee_key))
    offered = np.lexsort((mentors, mentor_key))
    return Pool(
        organisation=organisation,
        on=on,
        proficiency=proficiency,
        requests=requests.take(asked),
        mentors=mentors[offered],
        request_key=mixed(mentee_key, skill_key)[asked],
        mentor_key=mentor_key[offered],
    )


def _hashes(ids: Sequence[str], salt: str) -> NDArray[np.uint64]:
    before = f"{salt}\0".encode()
    hashes = [hashlib.sha256(before + one.encode()).digest()[:8] for one in ids]
    return np.frombuffer(b"".join(hashes), dtype=">u8").astype(np.uint64)


def mixed(one: NDArray[np.uint64], other: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return a hash of two hashes, for columns that broadcast.

    Source:
        The finishing steps of SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators"
        (OOPSLA 2014), figure 16.
    """
    mix = one * np.uint64(0x9E3779B97F4A7C15) + (other ^ (one >> np.uint64(29)))
    mix = (mix ^ (mix >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mix = (mix ^ (mix >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mix ^ (mix >> np.uint64(31))
