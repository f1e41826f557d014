"""The pool of one round: the requests, everybody who could mentor, and the organisation on that day.

Rules and scorers compile against the pool. Its rows are ordered by a hash of the ids, so that no strategy can tell in
which order the tables were written.
"""

import hashlib
from collections.abc import Sequence
from datetime import date
from functools import cached_property

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.requests import Requests
from taskmentor.models.forest import ReportingForest
from taskmentor.models.organisation import Organisation
from taskmentor.proficiency import Proficiency

__all__ = ["Pool", "build_pool"]


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
        first = np.searchsorted(self.mentees[order], people)
        count = np.searchsorted(self.mentees[order], people, side="right") - first
        row = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
        return np.repeat(np.arange(len(people)), count), order[row]


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
