"""The directory: who could mentor one person in one skill, across the whole organisation (T9)."""

from datetime import date

import numpy as np
from attrs import evolve, frozen

from taskmentor.errors import Fault, InputError, shown
from taskmentor.matching.candidates import NOBODY, best
from taskmentor.matching.ids import pool_of
from taskmentor.matching.policy import HasPolicy, Policy
from taskmentor.matching.problem import Problem, places_left
from taskmentor.matching.requests import open_requests
from taskmentor.models.organisation import Engaged, GivenRequests, Organisation, PairList
from taskmentor.models.people import NO_CODE, Categories, PersonId
from taskmentor.proficiency import confirmed_proficiency

__all__ = ["PossibleMentor", "find_mentors", "one_request", "possible_mentors"]


@frozen(kw_only=True)
class PossibleMentor:
    """Somebody who could mentor a person in a skill.

    Attributes:
        mentor_id: Who it is.
        level: Their confirmed level of the skill.
        score: The pair's points, the sum of `parts`.
        parts: Weighted points by scorer.
        places_left: Places that running engagements leave them on that day.
    """

    mentor_id: PersonId
    level: int
    score: int
    parts: tuple[tuple[str, int], ...]
    places_left: int


def find_mentors(
    organisation: Organisation,
    person_id: str,
    skill_id: str,
    *,
    on: date,
    k: int = 5,
    target: int | None = None,
    programme: HasPolicy | None = None,
) -> tuple[PossibleMentor, ...]:
    """Return the k best mentors for one person and skill, best first; those without a place left are among them.

    Equal ones are ordered by a hash of the pair, so that not everybody is shown the same few first.

    Args:
        organisation: The organisation.
        person_id: Who wants to learn.
        skill_id: What.
        on: The day.
        k: How many, 1 or more.
        target: The level to reach; what the role requires, or one level more, unless given.
        programme: Whose policy holds; the default policy unless given.

    Raises:
        UnknownIdError: If the person or the skill is unknown, or the target is not on the scale.
        InputError: If the person is not there on that day, or has reached the target already.

    Complexity:
        O(people + assessments).
    """
    policy = Policy() if programme is None else programme.policy
    problem = one_request(organisation, policy, person_id, skill_id, on=on, target=target)
    return possible_mentors(organisation, policy, problem, on=on, k=k)


def possible_mentors(
    organisation: Organisation, policy: Policy, problem: Problem, *, on: date, k: int
) -> tuple[PossibleMentor, ...]:
    """Return the k best mentors for the one request of a problem; see `find_mentors`.

    Args:
        organisation: The organisation.
        policy: The policy that the problem was made under.
        problem: What `one_request` gave.
        on: The day.
        k: How many, 1 or more.
    """
    found = best(problem, np.zeros(1, np.int32), k=k)
    there = found.mentor[0] != NOBODY
    mentor, level = found.mentor[0, there], found.level[0, there]
    request = np.zeros(len(mentor), np.int32)
    parts = problem.part_columns(request, mentor, level)
    names = [scorer.name for scorer in problem.point_scorers]
    pool = pool_of(problem)
    taken = np.bincount(pool.mentor_place[organisation.engaged.running(on).mentor] + 1, minlength=len(pool.mentors) + 1)
    left = places_left(organisation.people.capacity[pool.mentors], taken[1:], policy)
    return tuple(
        PossibleMentor(
            mentor_id=organisation.people.id(int(pool.mentors[place])),
            level=int(level[row]),
            score=int(parts[row].sum()),
            parts=tuple(zip(names, parts[row].tolist(), strict=True)),
            places_left=int(left[place]),
        )
        for row, place in enumerate(mentor.tolist())
    )


def one_request(
    organisation: Organisation,
    policy: Policy,
    person_id: str,
    skill_id: str,
    *,
    on: date,
    target: int | None = None,
) -> Problem:
    """Return the problem of one request alone, to which no engagement and no pin stands in the way.

    Args:
        organisation: The organisation.
        policy: Whom it admits.
        person_id: Who wants to learn.
        skill_id: What.
        on: The day.
        target: The level to reach; what the role requires, or one level more, unless given.

    Raises:
        UnknownIdError: If the person or the skill is unknown, or the target is not on the scale.
        InputError: If the person is not there on that day, or has reached the target already.
    """
    if target is not None:
        organisation.model.scale.name(target)
    asked = GivenRequests(
        mentee=np.array([organisation.people.code(person_id)], np.int32),
        skill=np.array([organisation.model.skill_code(skill_id)], np.int32),
        target=np.array([NO_CODE if target is None else target], np.int16),
        priority=np.array([NO_CODE], np.int8),
        reason=Categories(np.array([NO_CODE], np.int32), ()),
    )
    # Pins and running engagements settle plans; here somebody asks who there is.
    alone = evolve(organisation, requests=asked, pins=PairList.empty(), engaged=Engaged.empty())
    known = confirmed_proficiency(alone, on=on, policy=policy.proficiency)
    requests = open_requests(alone, known, on=on, per_person=policy.requests_per_person)
    if requests.n_met:
        problem = f"{shown(person_id)} is confirmed at the level to reach in {shown(skill_id)} or above"
        remedy = "Give a higher target; at the highest level of the scale there is none."
        raise InputError([Fault(code="TARGET-REACHED", table="target", problem=problem, remedy=remedy)])
    return Problem.build(alone, requests, policy, on=on, proficiency=known)
