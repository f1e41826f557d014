"""Open gaps and the places of those who could close them, skill by skill, with one capacity for all skills."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from taskmentor.matching.policy import Policy
from taskmentor.matching.rules import Qualified
from taskmentor.outcomes import Supply, supply_and_demand
from taskmentor.outcomes.load import places_held
from taskmentor.proficiency import confirmed_proficiency, gaps
from taskmentor.programmes import task_based
from taskmentor.rounds import match
from tests.organisations import ON, organisation, random_organisation
from tests.outcomes.made import engagement, random_case

STAFF = organisation(
    {
        **{f"p{number}": {"role_id": "analyst", "capacity": 0} for number in range(6)},
        "both": {"capacity": 2},
        "one": {"capacity": 3},
        "full": {"capacity": 1},
    },
    requires={"analyst": {"sql": 3, "law": 2, "art": 5}},
    knows={"both": {"sql": 4, "law": 2}, "one": {"sql": 3}, "full": {"law": 5}},
)
TAKEN = [engagement("one", "full", "law")]


def test_shared_places_are_counted_once_in_all_and_in_each_skill_they_could_serve() -> None:
    found = supply_and_demand(STAFF, TAKEN, on=ON, smallest=1)
    rows = {row.skill_id: (row.gaps, row.alone, row.mentors, row.places, row.own_places) for row in found.skills}
    assert rows == {"art": (6, 6, 0, 0, 0), "law": (6, 0, 1, 2, 0), "sql": (6, 0, 2, 5, 3)}
    assert (found.gaps, found.people, found.mentors, found.places, found.at_most) == (18, 6, 2, 5, 5)
    assert "at most 5" in str(found)


def test_few_mentors_are_not_counted_openly() -> None:
    found = supply_and_demand(STAFF, TAKEN, on=ON)
    assert (found.gaps, found.mentors, found.places, found.at_most) == (18, None, None, None)
    assert [(row.gaps, row.mentors, row.places) for row in found.skills] == [
        (6, 0, 0),
        (6, None, None),
        (6, None, None),
    ]
    assert "·" in str(found)


def supply_of(serves: Mapping[str, int]) -> Supply:
    """Return the supply of skills, named in letters, of so many mentors each; a mentor may serve several."""
    mentors = {f"{skills}{number}": dict.fromkeys(skills, 3) for skills, n in serves.items() for number in range(n)}
    learners = {f"p{number}": {"role_id": "all", "capacity": 0} for number in range(6)}
    staff = organisation(
        {**learners, **{mentor: {"capacity": 1} for mentor in mentors}},
        requires={"all": dict.fromkeys("abc", 3)},
        knows=mentors,
    )
    return supply_and_demand(staff, on=ON)


@pytest.mark.parametrize(
    ("serves", "own_places"),
    [
        ({"a": 9, "b": 9, "c": 9}, (9, 9, 9)),
        ({"a": 4, "ab": 9, "c": 9}, (None, 0, 9)),  # four alone
        ({"a": 9, "ab": 4, "b": 9}, (None, None, 0)),  # four not alone
        ({"a": 9, "bc": 1}, (None, None, None)),  # all places less those of a are those of one mentor
        ({"a": 9, "bc": 5}, (9, 0, 0)),
    ],
)
def test_own_places_that_tell_of_a_few_are_kept_back(
    serves: Mapping[str, int], own_places: tuple[int | None, ...]
) -> None:
    assert tuple(row.own_places for row in supply_of(serves).skills) == own_places


def test_a_few_gaps_that_nobody_can_close_are_not_counted_openly() -> None:
    """Nor where all but a few are such: those few would be the difference."""
    for n_high, told in ((0, 0), (2, None), (7, None), (9, 9)):
        staff = organisation(
            {
                **{
                    f"p{number}": {"role_id": "high" if number < n_high else "low", "capacity": 0}
                    for number in range(9)
                },
                "max": {"capacity": 1},
            },
            requires={"high": {"sql": 5}, "low": {"sql": 3}},
            knows={"max": {"sql": 4}},
        )
        (row,) = supply_and_demand(staff, on=ON).skills
        assert (row.gaps, row.alone) == (9, told)


@given(st.integers(0, 2**32 - 1))
def test_rows_are_what_plain_loops_count(seed: int) -> None:
    _, drawn, engagements = random_case(default_rng(seed))
    found = supply_and_demand(drawn, engagements, on=ON, smallest=1)
    known, held = confirmed_proficiency(drawn, on=ON), places_held(drawn, engagements, on=ON)
    there = drawn.people.active(ON)
    free = {code: max(one.capacity - int(held[code]), 0) for code, one in enumerate(drawn.people) if there[code]}
    level = {
        (int(person), drawn.model.skill_ids[skill]): int(one)
        for person, skill, one in zip(known.person, known.skill, known.level, strict=True)
    }
    wanted = [*gaps(drawn, on=ON)]
    could: dict[int, set[str]] = {}
    for gap in wanted:
        for code, places in free.items():
            if places and level.get((code, gap.skill_id), -1) >= gap.required:
                could.setdefault(code, set()).add(gap.skill_id)
    assert (found.gaps, found.mentors) == (len(wanted), len(could))
    assert found.places == sum(free[code] for code in could)
    assert {row.skill_id for row in found.skills} == {gap.skill_id for gap in wanted}
    for row in found.skills:
        of_skill = [gap for gap in wanted if gap.skill_id == row.skill_id]
        able = [code for code, skills in could.items() if row.skill_id in skills]
        assert (row.gaps, row.mentors, row.places) == (len(of_skill), len(able), sum(free[code] for code in able))
        assert row.own_places == sum(free[code] for code in able if could[code] == {row.skill_id})
        assert row.alone == sum(
            not any(level.get((code, row.skill_id), -1) >= gap.required for code, places in free.items() if places)
            for gap in of_skill
        )


@given(st.integers(0, 2**32 - 1))
def test_no_round_serves_more_than_the_bound_says(seed: int) -> None:
    drawn = random_organisation(default_rng(seed))
    if drawn.requests is not None:
        return
    lenient = task_based(policy=Policy(rules=(Qualified(),), requests_per_person=9))
    served = len(match(drawn, lenient, on=ON).plan)
    bound = supply_and_demand(drawn, on=ON, smallest=1).at_most
    assert bound is not None
    assert served <= bound
