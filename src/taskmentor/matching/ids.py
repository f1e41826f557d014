"""From the places of a problem to ids, and from ids back to places; whole columns at a time."""

import numpy as np
from numpy.typing import NDArray

from taskmentor.errors import UnknownIdError
from taskmentor.matching.pool import Pool, place_in
from taskmentor.matching.problem import Problem

__all__ = [
    "NOWHERE",
    "find_mentees",
    "find_mentors",
    "find_request",
    "find_requests",
    "in_order",
    "place_in",
    "pool_of",
    "request_ids",
]

NOWHERE = -1
"""The place of an id that names nothing."""


def pool_of(problem: Problem) -> Pool:
    """Return who the places of a problem stand for.

    Raises:
        ValueError: If the problem was made from scores, not from an organisation.
    """
    if problem.pool is None:
        raise ValueError("this problem was made from scores: it has no people to name")
    return problem.pool


# From places to ids


def request_ids(problem: Problem, requests: NDArray[np.integer]) -> tuple[NDArray[np.str_], NDArray[np.str_]]:
    """Return the mentee id and the skill id of some requests."""
    pool = pool_of(problem)
    skill_ids = np.array(pool.organisation.model.skill_ids, np.str_)
    return pool.organisation.people.ids[pool.mentees[requests]], skill_ids[pool.requests.skill[requests]]


def in_order(problem: Problem, requests: NDArray[np.integer]) -> NDArray[np.intp]:
    """Return the order that sorts some requests by mentee id and skill id."""
    pool = pool_of(problem)
    # Codes follow the ids, and whole numbers are sorted far more quickly than texts.
    return np.lexsort((pool.requests.skill[requests], pool.mentees[requests]))


# From ids to places


def find_request(problem: Problem, mentee_id: str, skill_id: str) -> int:
    """Return the place of a request.

    Raises:
        UnknownIdError: If the mentee or the skill is unknown, or the mentee has no such request.
    """
    pool = pool_of(problem)
    mentee = pool.organisation.people.code(mentee_id)
    skill = pool.organisation.model.skill_code(skill_id)
    own = np.flatnonzero(pool.mentees == mentee)
    found = own[pool.requests.skill[own] == skill]
    if not len(found):
        asked = [pool.organisation.model.skill_ids[code] for code in pool.requests.skill[own].tolist()]
        raise UnknownIdError(f"request of {mentee_id} (asked for: {', '.join(sorted(asked)) or 'nothing'})", skill_id)
    return int(found[0])


def find_requests(problem: Problem, mentee_id: NDArray[np.str_], skill_id: NDArray[np.str_]) -> NDArray[np.int64]:
    """Return the place of each request, -1 where ids name none.

    Args:
        problem: The problem, made from an organisation.
        mentee_id: Whose it is. Shape (n,).
        skill_id: What it asks for. Shape (n,).

    Returns:
        Places. Shape (n,).

    Complexity:
        O((n + requests) log people).
    """
    return pool_of(problem).requests_named(mentee_id, skill_id)


def find_mentees(problem: Problem, person_id: NDArray[np.str_]) -> NDArray[np.int64]:
    """Return the place of each person among the mentees, -1 for those who have no request. Shape (n,)."""
    pool = pool_of(problem)
    place_of = np.full(len(pool.organisation.people) + 1, NOWHERE, np.int64)
    place_of[pool.mentees] = problem.mentee
    return place_of[place_in(pool.organisation.people.ids, person_id)]


def find_mentors(problem: Problem, person_id: NDArray[np.str_]) -> NDArray[np.int64]:
    """Return the place of each person among the mentors, -1 for those who are not there. Shape (n,)."""
    return pool_of(problem).mentors_named(person_id)
