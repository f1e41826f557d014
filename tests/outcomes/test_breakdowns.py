"""Numbers by department, role, grade, location and skill, against plain loops and an attacker."""

from collections import defaultdict
from datetime import date
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from taskmentor.errors import InputError
from taskmentor.outcomes import Amounts, Breakdown, By, breakdown, gap_amounts
from taskmentor.outcomes.breakdowns import hidden_alike, tally
from taskmentor.proficiency import gaps
from tests.organisations import ON, organisation, random_organisation
from tests.outcomes.attacker import Cell, covers, solved, told_of_few

COLUMNS: tuple[By, ...] = ("department", "location", "role", "grade", "skill")
STAFF = organisation(
    {
        f"p{number:02}": {
            "role_id": "analyst",
            "department": "data" if number < 9 else "legal" if number < 16 else "board",
            "location": ("Oslo", "Lima")[number % 2],
            "grade": number % 3 or None,
        }
        for number in range(18)
    },
    requires={"analyst": {"sql": 3, "law": 2}},
)


def label(amounts: Amounts, row: int, by: By) -> str:
    person = amounts.organisation.people[int(amounts.person[row])]
    if by == "skill":
        assert amounts.skill is not None
        return str(amounts.organisation.model.skill_ids[amounts.skill[row]])
    plain = {
        "department": person.department,
        "location": person.location,
        "role": person.role_id,
        "grade": person.grade,
    }
    return "" if plain[by] is None else str(plain[by])


def cells_of(amounts: Amounts, by: tuple[By, ...]) -> tuple[dict[Cell, set[int]], dict[Cell, list[int]]]:
    people: dict[Cell, set[int]] = defaultdict(set)
    numbers: dict[Cell, list[int]] = defaultdict(list)
    for row in range(len(amounts)):
        cell = tuple(label(amounts, row, part) for part in by)
        people[cell].add(int(amounts.person[row]))
        numbers[cell].append(int(amounts.amount[row]))
    return people, numbers


def check(found: Breakdown, amounts: Amounts, by: tuple[By, ...], smallest: int) -> None:
    people, numbers = cells_of(amounts, by)
    for line in found:
        cells = [cell for cell in people if covers(line.labels, cell)]
        everybody = set[int]().union(*(people[cell] for cell in cells))
        if line.hidden:
            assert everybody
            continue
        added = [number for cell in cells for number in numbers[cell]]
        assert (line.people, line.n, line.total) == (len(everybody), len(added), sum(added))
        assert len(everybody) == 0 or len(everybody) >= smallest
        assert line.mean == (Fraction(sum(added), len(added)) if added else None)
    assert {line.labels for line in found} >= set(people)
    shown = [line.labels for line in found if not line.hidden]
    small = {cell for cell, everybody in people.items() if len(everybody) < smallest}
    assert [*told_of_few(people, shown, smallest)] == []
    assert solved(people, shown).isdisjoint(small)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.sampled_from([*product(COLUMNS, (None, *COLUMNS))]))
def test_every_line_is_the_plain_sum_or_kept_back(seed: int, smallest: int, by: tuple[By, By | None]) -> None:
    first, second = by
    if first == second:
        return
    amounts = gap_amounts(gaps(random_organisation(default_rng(seed)), on=ON))
    parts = (first,) if second is None else (first, second)
    check(breakdown(amounts, first, and_by=second, smallest=smallest), amounts, parts, smallest)


def test_a_small_department_takes_the_next_smallest_with_it() -> None:
    """With the total and the other departments shown, two people of the board would be the difference."""
    found = breakdown(gap_amounts(gaps(STAFF, on=ON)), "department")
    assert [line.labels[0] for line in found if line.hidden] == ["board", "legal"]
    assert found.line("data").total == 18
    assert found.total.total == 36
    assert "board" in str(found)
    assert "fewer than 5 people" in str(found)


def test_who_may_see_everybody_sees_every_group() -> None:
    found = breakdown(gap_amounts(gaps(STAFF, on=ON)), "department", and_by="location", smallest=1)
    assert not any(line.hidden for line in found)
    assert found.line("board", "Oslo").people == 1
    assert found.line("board", None).people == 2
    with pytest.raises(KeyError):
        found.line("kitchen", "Oslo")


def test_what_is_not_known_of_people_is_a_group_too() -> None:
    found = breakdown(gap_amounts(gaps(STAFF, on=ON)), "grade", smallest=1)
    assert [line.labels for line in found] == [("",), ("1",), ("2",), (None,)]
    assert "not given" in str(found)


@pytest.mark.parametrize(
    ("by", "and_by", "smallest", "said"),
    [
        ("team", None, 5, "'team' is no column"),
        ("department", "department", 5, "'department' is there twice"),
        ("skill", None, 5, "about no skill"),
        ("department", None, 0, "0 is no number of people"),
    ],
)
def test_what_cannot_be_grouped_is_refused(by: By, and_by: By | None, smallest: int, said: str) -> None:
    known = gap_amounts(gaps(STAFF, on=ON))
    amounts = Amounts(organisation=STAFF, what="people", person=known.person, amount=known.amount)
    with pytest.raises(InputError, match=said):
        breakdown(amounts, by, and_by=and_by, smallest=smallest)


def test_a_group_kept_back_on_one_day_is_so_on_every_day() -> None:
    cases = [("a", str(number)) for number in range(9)] + [("b", str(number)) for number in range(20, 27)]
    early, late = cases[:13], [*cases, *(("c", str(number)) for number in range(30, 36))]
    series = [(date(2026, 1, 1), tally("cases", ("kind",), early)), (date(2026, 2, 1), tally("cases", ("kind",), late))]
    first, second = (found for _, found in hidden_alike(series))
    assert [line.labels for line in series[1][1] if line.hidden] == []
    assert [line.labels for line in first if line.hidden] == [("a",), ("b",)]
    assert [line.labels for line in second if line.hidden] == [("a",), ("b",)]
    assert second.line("c").total == 6


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("stuvwxyz"))), st.integers(1, 4))
def test_cases_are_counted_by_kind(cases: list[tuple[str, str]], smallest: int) -> None:
    found = tally("cases", ("kind",), cases, smallest=smallest)
    people: dict[Cell, set[int]] = defaultdict(set)
    for kind, person in cases:
        people[kind,].add(ord(person))
    for line in found:
        if not line.hidden:
            assert line.total == sum(line.labels[0] in (None, kind) for kind, _ in cases)
    assert [*told_of_few(people, [line.labels for line in found if not line.hidden], smallest)] == []
