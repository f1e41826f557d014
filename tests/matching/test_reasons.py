"""Why requests have no mentor, as columns; what the facts say is tested beside `explain`."""

import numpy as np
import pytest
from attrs import evolve

from taskmentor.matching.flow import Flow
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import daily_problem
from taskmentor.matching.reasons import Reason, reasons, unmatched
from taskmentor.matching.rules import Qualified
from taskmentor.matching.solution import solve
from tests.organisations import ON, organisation


def test_requests_of_which_the_same_is_to_be_said_share_it() -> None:
    """Would be broken: the reasons of a million people, if each were a fact of its own."""
    whole = organisation(
        {"ann": {"capacity": 1}, "mia": {}, "pat": {}, "sam": {}},
        knows={"ann": {"sql": 3}},
        wants={"mia": {"sql": 3}, "pat": {"sql": 3}, "sam": {"sql": 3, "law": 2}},
        skills=("law",),
    )
    problem = daily_problem(whole, Policy(rules=(Qualified(),), scorers=()), on=ON)
    solution = solve(problem, Flow())
    found = reasons(problem, solution)
    assert len(found) == 3
    assert found.detail == tuple(found.details[place] for place in found.place.tolist())
    assert found.counts() == {"nobody-qualified": 1, "all-full": 2}
    assert list(zip(found.mentee_id, found.skill_id, strict=True)) == sorted(
        zip(found.mentee_id, found.skill_id, strict=True)
    )
    full = found.place[found.reason == Reason.ALL_FULL.value]
    assert len(found.details) == 2
    assert len(set(full.tolist())) == 1
    assert found.details[full[0]] == {"mentors": 1, "offering_none": 0}
    served = np.setdiff1d(np.arange(4), unmatched(problem, solution))
    assert served.tolist() == solution.request.tolist()
    with pytest.raises(ValueError, match="place must be places in details, from 0 to 1"):
        evolve(found, place=found.place + 1)
