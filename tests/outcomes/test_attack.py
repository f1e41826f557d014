"""Somebody who adds up and subtracts all that a report shows learns nothing that is about a few people.

The attacker knows everything but the numbers: who is where, what their role asks for, who asked, who holds how many
engagements. Each number shown is a sum over atoms, each about one person; whoever combines them learns of few people
where a combination is left that concerns atoms of theirs alone. Nothing here knows how numbers are kept back.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations
from math import ceil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator, default_rng

from taskmentor.formats.reading import organisation_from_rows
from taskmentor.models.organisation import Organisation
from taskmentor.outcomes import Breakdown, Mentoring, Period, Report, asked_as_gaps, breakdown, report, waits
from taskmentor.outcomes.bench import at_target, bench_strength
from taskmentor.outcomes.change import with_outcomes
from taskmentor.outcomes.load import places_held
from taskmentor.proficiency import confirmed_proficiency, gaps
from tests.organisations import ON, Row, organisation
from tests.outcomes.made import SINCE, doubled, engagement, random_case, random_engagements, twins

PERIOD = Period(since=SINCE, on=ON)
Atom = tuple[object, ...]
"""What the number is and, last, whom it is about."""
Told = dict[Atom, int]
"""A number that is known: how often each atom is counted in it."""
PRIME = 2**31 - 1


def rank(matrix: np.ndarray) -> int:
    """Return the rank of whole numbers, modulo a prime."""
    left, done = matrix.astype(np.int64) % PRIME, 0
    for column in range(left.shape[1]):
        rows = np.flatnonzero(left[done:, column])
        if not len(rows):
            continue
        pivot = done + int(rows[0])
        left[[done, pivot]] = left[[pivot, done]]
        left[done] = left[done] * pow(int(left[done, column]), PRIME - 2, PRIME) % PRIME
        others = np.flatnonzero(left[:, column])
        others = others[others != done]
        left[others] = (left[others] - left[others, column][:, None] * left[done]) % PRIME
        done += 1
    return done


def learnt(told: Iterable[Told], smallest: int) -> list[tuple[str, ...]]:
    """Return every set of too few people of whom, and of nobody else, some combination of what is told tells."""
    numbers = [one for one in told if one]
    atoms = sorted({atom for one in numbers for atom in one}, key=repr)
    place = {atom: number for number, atom in enumerate(atoms)}
    matrix = np.zeros((len(numbers), len(atoms)), np.int64)
    for row, one in enumerate(numbers):
        for atom, times in one.items():
            matrix[row, place[atom]] = times
    about = np.array([str(atom[-1]) for atom in atoms])
    people = sorted(set(about.tolist()))
    full = rank(matrix)
    few = combinations(people, min(smallest - 1, len(people)))
    return [some for some in few if rank(matrix[:, ~np.isin(about, some)]) < full]


def department(org: Organisation, person: str) -> str:
    return org.people[org.people.code(person)].department or ""


def asked_of(org: Organisation, day: date) -> list[tuple[str, str]]:
    """Return everybody there on a day, with each skill that their role asks for."""
    by_role = defaultdict(list)
    for requirement in org.model.requirements:
        by_role[str(requirement.role_id)].append(str(requirement.skill_id))
    there = org.people.active(day)
    people = [one for code, one in enumerate(org.people) if there[code] and one.role_id is not None]
    return [(str(one.id), skill) for one in people for skill in by_role[str(one.role_id)]]


def of_breakdown(found: Breakdown, pairs: list[tuple[str, str]], org: Organisation, *kinds: object) -> Iterator[Told]:
    """Yield the count and the sum of each line by department that is shown."""
    for line in found:
        if not line.hidden:
            inside = [pair for pair in pairs if line.labels[0] in (None, department(org, pair[0]))]
            for kind in kinds:
                yield {(kind, skill, person): 1 for person, skill in inside}


def of_requirements(org: Organisation, found: Report) -> Iterator[Told]:
    """Yield what is told of requirements: by department, by skill, and as gaps of the first day."""
    for day, by_department in ((SINCE, found.met_before), (ON, found.met_after)):
        pairs = asked_of(org, day)
        yield from of_breakdown(by_department, pairs, org, ("asked", day), ("met", day))
        for row in found.bench.rows:
            if row.on == day and row.asked is not None:
                inside = [(person, skill) for person, skill in pairs if row.skill_id in (None, skill)]
                yield {(("asked", day), skill, person): 1 for person, skill in inside}
                yield {(("met", day), skill, person): 1 for person, skill in inside}
    for told in found.supply.skills:
        if told.gaps is not None:
            open_here = [person for person, skill in asked_of(org, SINCE) if skill == told.skill_id]
            yield {
                ((kind, SINCE), told.skill_id, person): sign
                for person in open_here
                for kind, sign in (("asked", 1), ("met", -1))
            }


def of_waits(org: Organisation, known: list[Mentoring], found: Report) -> Iterator[Told]:
    """Yield what is told of those who asked: by department, by how it ended, and by the days of the curve."""
    if found.time is None:
        return
    waited = [*waits(asked_as_gaps(org, (SINCE, ON)), known, on=ON)]
    pairs = [(str(one.person_id), str(one.skill_id)) for one in waited]
    yield from of_breakdown(found.coverage, pairs, org, "wanted")
    if found.time.served is None:
        assert all(line.hidden or not line.people for line in found.coverage)
        return
    ended = {}
    for one in waited:
        over = one.served_on or (min(one.left_on, ON) if one.left_on else ON)
        state = "served" if one.served_on else "left" if one.left_on else "waiting"
        ended[str(one.person_id), str(one.skill_id)] = state, (over - one.asked_on).days
    days = [-1, *(day for day, _ in found.time.waited), max((day for _, day in ended.values()), default=0)]
    cells = {
        pair: ("state", state, next(place for place, end in enumerate(days) if day <= end))
        for pair, (state, day) in ended.items()
    }
    for kept, names in (
        (found.time.served, ["served"]),
        (found.time.waiting, ["waiting"]),
        (found.time.left, ["left"]),
    ):
        if kept is not None:
            yield {(*cell, *pair[::-1]): 1 for pair, cell in cells.items() if cell[1] in names}
    for place in range(len(days)):
        for names in (["served"], ["waiting", "left"]):  # a curve tells who was served, and who was there no more
            yield {(*cell, *pair[::-1]): 1 for pair, cell in cells.items() if cell[1] in names and cell[2] == place}


def of_load(org: Organisation, known: list[Mentoring], found: Report) -> Iterator[Told]:
    """Yield what is told of mentors by how many engagements they hold."""
    load = found.load
    if load is None:
        return
    held, capacity, there = places_held(org, known, on=ON), org.people.capacity, org.people.active(ON)
    of = {
        str(one.id): int(held[code])
        for code, one in enumerate(org.people)
        if (there[code] and capacity[code] > 0) or held[code]
    }
    assert load.mentors == len(of)
    highest = max(of.values(), default=0)
    for number in range(len(load.counts)):
        last = number == len(load.counts) - 1
        yield {("holds", n, one): 1 for one, n in of.items() if n == number or (last and n > number)}
    yield {("holds", n, one): 1 for one, n in of.items()}
    if load.used is not None:
        yield {("holds", n, one): 1 for one, n in of.items() if n}
    if load.engagements is not None:
        yield {("holds", n, one): n for one, n in of.items() if n}
    if load.concentration is not None:
        yield {("holds", n, one): n * n for one, n in of.items() if n}
    if load.top_tenth is not None:
        busiest = sorted(of, key=lambda one: -of[one])[: ceil(Fraction(len(of), 10))]
        least = min(of[one] for one in busiest)
        # Who of those with the same load is among the busiest makes no difference to their sum.
        if len(load.counts) <= highest and least >= len(load.counts) - 1:
            yield {("holds", of[one], one): of[one] for one in busiest}


def of_supply(org: Organisation, known: list[Mentoring], found: Report) -> Iterator[Told]:
    """Yield what is told of gaps that nobody can close, and of mentors who can serve one skill alone."""
    free = np.where(org.people.active(SINCE), np.maximum(org.people.capacity - places_held(org, known, on=SINCE), 0), 0)
    open_gaps = [*gaps(org, on=SINCE)]
    levels = confirmed_proficiency(org, on=SINCE)
    ids = [str(one.id) for one in org.people]
    able = defaultdict(set)
    asked = defaultdict(list)
    for gap in open_gaps:
        skill = org.model.skill_code(gap.skill_id)
        everybody = np.arange(len(ids), dtype=np.int32)
        level, assessed = levels.levels(everybody, np.full(len(ids), skill, np.int32))
        good = [ids[code] for code in np.flatnonzero(assessed & (level >= gap.required) & (free > 0)).tolist()]
        able[str(gap.skill_id)].update(good)
        asked[str(gap.skill_id)].append((str(gap.person_id), bool(good)))
    serves = defaultdict(set)
    for skill_id, people in able.items():
        for one in people:
            serves[one].add(skill_id)
    for row in found.supply.skills:
        if row.alone is not None:
            for alone in (True, False):
                cases = asked[row.skill_id]
                yield {("alone", row.skill_id, alone, one): 1 for one, served in cases if served is not alone}
        if row.mentors is not None and row.own_places is not None:
            own = {one for one in able[row.skill_id] if len(serves[one]) == 1}
            yield {("offers", row.skill_id, one): 1 for one in able[row.skill_id]}
            yield {("offers", row.skill_id, one): 1 for one in own}
            yield {("free", one): 1 for one in own}
    if found.supply.places is not None:
        yield {("free", one): 1 for one in serves}


def told_by(staff: Organisation, known: list[Mentoring], found: Report) -> list[Told]:
    org = with_outcomes(staff, known)
    parts = (of_waits, of_load, of_supply)
    return [*of_requirements(org, found), *(one for part in parts for one in part(org, known, found))]


def narrowed(tables: Mapping[str, list[Row]], rng: Generator) -> dict[str, list[Row]]:
    """Return tables in which roles ask for some of their skills alone, so that departments differ in skills."""
    required = tables["requirements"]
    kept = [row for row in required if rng.random() < 0.5] or required[:1]
    return {**tables, "requirements": kept}


@given(st.integers(0, 2**32 - 1), st.sampled_from([2, 2, 3]))
@settings(max_examples=30)
def test_no_combination_of_a_whole_report_is_about_a_few(seed: int, smallest: int) -> None:
    rng = default_rng(seed)
    tables, _, engagements = random_case(rng)
    tables = narrowed(tables, rng)
    staff = organisation_from_rows(doubled(tables))
    known: list[Mentoring] = [*engagements, *twins(engagements)]
    assert learnt(told_by(staff, known, report(staff, known, PERIOD, smallest=smallest)), smallest) == []


@pytest.mark.long
@given(st.integers(0, 2**32 - 1), st.integers(2, 4))
@settings(max_examples=400)
def test_no_combination_of_many_reports_is_about_a_few(seed: int, smallest: int) -> None:
    """Everybody is there twice, with engagements of anybody's, so that much is shown."""
    rng = default_rng(seed)
    staff = organisation_from_rows(doubled(narrowed(random_case(rng)[0], rng)))
    known: list[Mentoring] = [*random_engagements(staff, rng, 20)]
    assert learnt(told_by(staff, known, report(staff, known, PERIOD, smallest=smallest)), smallest) == []


LAW = organisation(
    {
        f"p{number:02}": {"role_id": "clerk" if number < 6 else "both" if number == 6 else "driver",
                          "department": "legal" if number < 6 else "depot"}
        for number in range(14)
    },
    requires={"clerk": {"law": 3}, "both": {"law": 3, "driving": 3}, "driver": {"driving": 3}},
)  # fmt: skip


def test_the_one_who_needs_a_skill_outside_its_department_is_not_told() -> None:
    """All but one of those who have to know the law are in the legal department, which has to know nothing else."""
    found = report(LAW, [], PERIOD)
    assert found.met_after.line("legal").n == 6
    assert [row.asked for row in found.bench.of("law")] == [None, None]
    assert learnt(of_requirements(LAW, found), 5) == []


def test_the_attacker_finds_what_two_careless_tables_tell() -> None:
    """Each of the two is safe alone; one less the other is about one person."""
    found = report(LAW, [], PERIOD)
    careless = [*of_requirements(LAW, found)]
    pairs = asked_of(LAW, ON)
    (row,) = bench_strength(LAW, [ON]).of("law")
    assert row.asked == 7
    met = at_target(LAW, confirmed_proficiency(LAW, on=ON), on=ON)
    assert not breakdown(met, "department").line("legal").hidden
    careless.append({(("met", ON), skill, person): 1 for person, skill in pairs if skill == "law"})
    assert ("p00", "p01", "p02", "p06") in learnt(careless, 5)


def test_the_attacker_finds_a_few_who_were_served() -> None:
    """A report that shows all tells of the one who got a mentor."""
    known: list[Mentoring] = [engagement("p00", "p13", "law", proposed=SINCE + timedelta(days=9))]
    assert learnt(of_waits(LAW, known, report(LAW, known, PERIOD, smallest=1)), 2) == [("p00",)]
    hidden = report(LAW, known, PERIOD)
    assert hidden.time is not None
    assert (hidden.time.served, hidden.time.waited) == (None, ())
    assert hidden.coverage.total.hidden
