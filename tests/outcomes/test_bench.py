"""People at or above what their role asks for, and at or above a level, over time (T28)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from taskmentor.errors import UnknownIdError
from taskmentor.formats.reading import organisation_from_rows
from taskmentor.lifecycle.moves import State
from taskmentor.outcomes import bench_strength, with_outcomes
from taskmentor.proficiency import confirmed_proficiency
from tests.organisations import ON, organisation, random_tables
from tests.outcomes.made import SINCE, doubled, engagement

STAFF = organisation(
    {f"p{number}": {"role_id": "analyst" if number < 6 else "lawyer"} for number in range(8)},
    requires={"analyst": {"sql": 3}, "lawyer": {"law": 2}},
    knows={"p0": {"sql": 3}, "p1": {"sql": 2}, "p6": {"law": 4, "sql": 4}},
)


@pytest.mark.requirement("T28")
def test_the_bench_grows_by_who_has_reached_the_target() -> None:
    """T28: one more analyst at the target once the manager has confirmed it."""
    done = engagement("p1", "p0", state=State.COMPLETED, levels=(2, 3), stated=3, confirmed=3)
    analysts = organisation(
        {f"p{number}": {"role_id": "analyst"} for number in range(6)},
        requires={"analyst": {"sql": 3}},
        knows={"p0": {"sql": 3}, "p1": {"sql": 2}},
    )
    bench = bench_strength(with_outcomes(analysts, [done]), [ON, SINCE])
    assert [(row.on, row.asked, row.at_target) for row in bench.of("sql")] == [(SINCE, 6, 1), (ON, 6, 2)]
    assert str(bench).splitlines()[0].split() == ["skill", str(SINCE), str(ON)]


def test_a_skill_of_few_people_is_kept_back_and_so_is_what_would_tell_it() -> None:
    bench = bench_strength(STAFF, [ON], level=4)
    assert [(row.skill_id, row.asked) for row in bench.rows] == [("law", None), ("sql", None), (None, 8)]
    assert [row.at_level for row in bench.rows] == [None, None, None]
    assert "·" in str(bench)
    shown = bench_strength(STAFF, [ON], level=4, smallest=1)
    assert [(row.skill_id, row.asked, row.at_target, row.at_level) for row in shown.rows] == [
        ("law", 2, 1, 1), ("sql", 6, 1, 1), (None, 8, 2, 2)
    ]  # fmt: skip
    assert "1 of 6, 1" in str(shown)


def test_a_skill_that_nobody_has_to_know_on_a_day_is_not_there_on_it() -> None:
    gone = organisation(
        {"ann": {"role_id": "analyst", "left_on": ON}, "bob": {"role_id": "lawyer"}},
        requires={"analyst": {"sql": 3}, "lawyer": {"law": 2}},
    )
    bench = bench_strength(gone, [SINCE, ON], smallest=1)
    assert [row.on for row in bench.of("sql")] == [SINCE]
    assert "sql        0 of 1           –" in str(bench)


def test_a_level_off_the_scale_is_refused() -> None:
    with pytest.raises(UnknownIdError, match="'9' names no level"):
        bench_strength(STAFF, [ON], level=9)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2))
def test_the_bench_is_what_plain_loops_count(seed: int, level: int) -> None:
    tables = random_tables(default_rng(seed))
    drawn = organisation_from_rows(tables)
    days = [ON - timedelta(days=200), ON]
    bench = bench_strength(drawn, days, level=level, smallest=1)
    for day in days:
        known = confirmed_proficiency(drawn, on=day)
        levels = {
            (int(person), int(skill)): int(one)
            for person, skill, one in zip(known.person, known.skill, known.level, strict=True)
        }
        there = [code for code, is_there in enumerate(drawn.people.active(day).tolist()) if is_there]
        for skill_code, skill_id in enumerate(drawn.model.skill_ids):
            asked = [
                (person, one.level)
                for person in there
                for one in drawn.model.requirements
                if one.role_id == drawn.people[person].role_id and one.skill_id == skill_id
            ]
            rows = [row for row in bench.of(skill_id) if row.on == day]
            if not asked:
                assert rows == []
                continue
            (row,) = rows
            lowest = drawn.model.scale.lowest
            assert row.asked == len(asked)
            assert row.at_target == sum(levels.get((person, skill_code), lowest) >= least for person, least in asked)
            assert row.at_level == sum(levels.get((person, skill_code), -1) >= level for person in there)


@given(st.integers(0, 2**32 - 1))
def test_twice_the_organisation_has_twice_the_bench(seed: int) -> None:
    tables = random_tables(default_rng(seed))
    once = bench_strength(organisation_from_rows(tables), [ON], smallest=1)
    twice = bench_strength(organisation_from_rows(doubled(tables)), [ON], smallest=1)
    assert [(row.skill_id, 2 * (row.asked or 0), 2 * (row.at_target or 0)) for row in once.rows] == [
        (row.skill_id, row.asked, row.at_target) for row in twice.rows
    ]
