"""From places to ids and back, whole columns at a time."""

import numpy as np
from numpy.random import default_rng

from taskmentor.matching.ids import find_mentees, find_mentors, find_requests, in_order, pool_of, request_ids
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from tests.organisations import ON, organisation
from tests.random_problems import random_round


def small() -> Problem:
    people: dict[str, dict[str, object]] = {"ann": {}, "bob": {}, "mia": {}, "old": {"left_on": "2020-01-01"}}
    return daily_problem(
        organisation(people, wants={"mia": {"sql": 2, "law": 1}, "bob": {"law": 2}}, skills=("art",)), Policy(), on=ON
    )


def test_ids_name_their_places_and_nothing_else() -> None:
    """Would be broken: whose request and whose place a row of a plan means."""
    problem = small()
    pool = pool_of(problem)
    mentee, skill = (
        np.array(["mia", "mia", "mia", "zoe", "ann", "a", "bob"]),
        np.array(["sql", "law", "art", "sql", "sql", "law", "la"]),
    )
    found = find_requests(problem, mentee, skill)
    assert (found[2:] == -1).all()
    assert [(pool.requests[place].mentee_id, pool.requests[place].skill_id) for place in found[:2].tolist()] == [
        ("mia", "sql"),
        ("mia", "law"),
    ]
    asked = np.array(["ann", "old", "mia", "zzz", ""])
    mentors = find_mentors(problem, asked)
    assert (mentors >= 0).tolist() == [True, False, True, False, False]
    assert pool.organisation.people.ids[pool.mentors[mentors[[0, 2]]]].tolist() == ["ann", "mia"]
    mentees = find_mentees(problem, asked)
    assert (mentees >= 0).tolist() == [False, False, True, False, False]
    assert mentees[2] == problem.mentee[found[0]]


def test_every_request_is_found_by_its_own_ids_and_stands_in_order() -> None:
    """Would be broken: plans of any organisation, also one without requests."""
    for number in range(40):
        problem = random_round(default_rng([43, number])).problem
        everything = np.arange(problem.n_requests)
        mentee_id, skill_id = request_ids(problem, everything)
        assert find_requests(problem, mentee_id, skill_id).tolist() == everything.tolist()
        assert find_mentees(problem, mentee_id).tolist() == problem.mentee.tolist()
        order = in_order(problem, everything)
        ids = list(zip(mentee_id[order].tolist(), skill_id[order].tolist(), strict=True))
        assert ids == sorted(ids)
