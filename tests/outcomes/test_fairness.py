"""What a round gave to groups: each number against plain loops over the plan, and an attacker who subtracts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from statistics import median

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

import taskmentor as tm
from taskmentor import synthetic
from taskmentor.authorisation import Authority, Grant, PersonRelation, Relation
from taskmentor.errors import InputError, NotAuthorisedError, UnknownIdError
from taskmentor.matching.ids import pool_of
from taskmentor.models.people import PersonId
from taskmentor.outcomes import (
    Breakdown,
    FairnessReport,
    GroupTarget,
    ImpactTable,
    asked_in_plans,
    asked_in_rounds,
    fairness_report,
    fairness_to,
)
from tests.organisations import ON, Row, organisation, random_organisation
from tests.outcomes.attacker import Cell, covers, solved, told_of_few

SEXES, ORIGINS = ("f", "m", None), ("here", "there", "abroad", None)


@cache
def some_round(seed: int = 4) -> tm.Round:
    return tm.match(synthetic.organisation(50, seed=seed), tm.programmes.task_based(), on=ON)


def protected_of(round_: tm.Round, groups: Mapping[str, Mapping[str, str | None]]) -> tm.ProtectedAttributes:
    rows = [
        {"person_id": person, "attribute": attribute, "group": group, "consented_on": ON}
        for person, said in groups.items()
        for attribute, group in said.items()
        if group is not None
    ]
    return tm.protected_from_rows(rows, round_.organisation)


def mentees(round_: tm.Round) -> list[str]:
    return sorted({*round_.plan.mentee_id.tolist(), *round_.plan.unmatched.mentee_id.tolist()})


def drawn_groups(round_: tm.Round, seed: int) -> dict[str, dict[str, str | None]]:
    rng = default_rng(seed)
    return {
        person: {
            "sex": SEXES[rng.choice(3, p=[0.5, 0.4, 0.1])],
            "origin": ORIGINS[rng.choice(4, p=[0.6, 0.2, 0.1, 0.1])],
        }
        for person in round_.organisation.people.ids.tolist()
    }


# --- against plain loops


def plain_cells(
    round_: tm.Round, groups: Mapping[str, Mapping[str, str | None]], by: Sequence[str]
) -> tuple[dict[Cell, set[str]], dict[str, int]]:
    """Return the people of each cell, and the points of each person, from the plan in ids."""
    cells: dict[Cell, set[str]] = defaultdict(set)
    for person in mentees(round_):
        cells[tuple(groups[person][attribute] or "" for attribute in by)].add(person)
    points = dict.fromkeys(mentees(round_), 0)
    for person, score in zip(round_.plan.mentee_id.tolist(), round_.plan.score.tolist(), strict=True):
        points[person] += score
    return cells, points


def check_lines(found: Breakdown, cells: Mapping[Cell, set[str]], numbers: Mapping[str, Sequence[int]]) -> None:
    assert {line.labels for line in found} >= set(cells)
    for line in found:
        people = [person for cell, some in cells.items() if covers(line.labels, cell) for person in some]
        added = [number for person in people for number in numbers[person]]
        assert line.hidden or (line.people, line.n, line.total) == (len(people), len(added), sum(added))


def check_impacts(table: ImpactTable, lines: Breakdown) -> None:
    shown = {}
    for line in lines:
        asked = [label for label, part in zip(line.labels, lines.by, strict=True) if part in table.by]
        rest = [label for label, part in zip(line.labels, lines.by, strict=True) if part not in table.by]
        if all(asked) and not any(label is not None for label in rest):
            shown[tuple(asked)] = line
    assert {one.labels for one in table} == set(shown)
    best = max((line.mean for line in shown.values() if line.mean is not None), default=None)
    for one in table:
        line = shown[one.labels]
        assert (one.people, one.chosen, one.rate) == (line.people, line.total, line.mean)
        assert one.ratio == (None if line.mean is None or not best else line.mean / best)


def check(report: FairnessReport, round_: tm.Round, groups: Mapping[str, Mapping[str, str | None]]) -> None:
    cells, points = plain_cells(round_, groups, report.by)
    matched = set(round_.plan.mentee_id.tolist())
    middle = median([Fraction(score) for score in points.values()]) if points else None
    check_lines(report.matched, cells, {person: [person in matched] for person in points})
    check_lines(report.score, cells, {person: [score] for person, score in points.items()})
    check_lines(
        report.above_median,
        cells,
        {person: [middle is not None and score > middle] for person, score in points.items()},
    )
    assert report.median == (None if report.matched.total.hidden else middle)
    for tables, lines in ((report.selection, report.matched), (report.scoring, report.above_median)):
        assert len(tables) == 2 * len(report.by) - 1
        for table in tables:
            check_impacts(table, lines)


def check_against_the_attacker(report: FairnessReport, cells: Mapping[Cell, set[str]]) -> None:
    parts = [report.matched, report.score, report.above_median, report.waited, report.envious, report.blocked]
    patterns = [[line.labels for line in part if not line.hidden] for part in parts if part is not None]
    assert all(pattern == patterns[0] for pattern in patterns)
    people = {cell: {hash(person) for person in some} for cell, some in cells.items()}
    shown = [line.labels for line in report.matched if not line.hidden]
    assert [*told_of_few(people, shown, report.smallest)] == []
    assert solved(people, shown).isdisjoint({cell for cell, some in people.items() if len(some) < report.smallest})
    for table in (*report.selection, *report.scoring):
        assert all((one.people is None) == (one.rate is None) == (one.interval is None) for one in table)
        assert table.unknown is None or table.unknown == 0 or table.unknown >= report.smallest


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.sampled_from([("sex",), ("origin",), ("sex", "origin")]))
def test_every_number_is_the_plain_one_or_kept_back(seed: int, smallest: int, by: tuple[str, ...]) -> None:
    round_ = some_round()
    groups = drawn_groups(round_, seed)
    asked = asked_in_rounds(round_.organisation, [round_])
    report = fairness_report(round_, protected_of(round_, groups), by=by, asked=asked, smallest=smallest)
    check(report, round_, groups)
    check_against_the_attacker(report, plain_cells(round_, groups, by)[0])


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_envy_and_blocking_pairs_are_those_of_plain_loops(seed: int) -> None:
    whole = random_organisation(default_rng(seed))
    round_ = tm.match(whole, tm.programmes.task_based(), on=ON)
    groups = {person: {"sex": "fm"[place % 2]} for place, person in enumerate(whole.people.ids.tolist())}
    report = fairness_report(round_, protected_of(round_, groups), smallest=1)
    check(report, round_, groups)
    plan, pool = round_.plan, pool_of(round_.problem)
    own = dict(zip(zip(plan.mentee_id.tolist(), plan.skill_id.tolist(), strict=True), plan.score.tolist(), strict=True))
    served = [*zip(plan.mentor_id.tolist(), plan.mentee_id.tolist(), strict=True)]
    envious: set[str] = set()
    for request in range(round_.problem.n_requests):
        mentee_id = str(whole.people.ids[pool.mentees[request]])
        skill_id = str(whole.model.skill_ids[round_.problem.skill[request]])
        told = round_.explain(mentee_id, skill_id, alternatives=100)
        offers = {one.mentor_id: one.score for one in told.alternatives}
        better = {mentor for mentor, score in offers.items() if score > own.get((mentee_id, skill_id), 0)}
        if any(mentor in better and mentee != mentee_id for mentor, mentee in served):
            envious.add(mentee_id)
    blocking = tm.blocking_pairs(round_.problem, round_.solution, most_listed=999)
    blocked = {pair.mentee_id for pair in blocking.named(round_.problem)}
    cells = plain_cells(round_, groups, ("sex",))[0]
    assert report.envious is not None
    assert report.blocked is not None
    check_lines(report.envious, cells, {person: [person in envious] for person in mentees(round_)})
    check_lines(report.blocked, cells, {person: [person in blocked] for person in mentees(round_)})


def test_of_very_many_pairs_neither_envy_nor_blocking_pairs_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    round_ = some_round()
    protected = protected_of(round_, drawn_groups(round_, 1))
    monkeypatch.setattr("taskmentor.outcomes.fairness._MOST_COMPARED", 10)
    report = fairness_report(round_, protected, by=("sex",))
    assert (report.envious, report.blocked) == (None, None)
    assert "envious" not in str(report)


# --- one example by hand


def example() -> tuple[tm.Round, tm.ProtectedAttributes]:
    """Return six women and six men who want one skill; three of the women and five of the men get it."""
    women, men = [f"w{n}" for n in range(6)], [f"m{n}" for n in range(6)]
    teachers = {f"t{n}": {"capacity": 1} for n in range(8)}
    people = {**{one: {"capacity": 0} for one in (*women, *men)}, **teachers}
    wants = {one: {"sql": 3} for one in (*women, *men)}
    pins = [{"mentee_id": one, "mentor_id": f"t{n}"} for n, one in enumerate((*women[:3], *men[:5]))]
    whole = organisation(people, knows={one: {"sql": 5} for one in teachers}, wants=wants, pins=pins)
    round_ = tm.match(whole, tm.programmes.task_based(), on=ON)
    groups = {**{one: {"sex": "f"} for one in women}, **{one: {"sex": "m"} for one in men}}
    return round_, protected_of(round_, groups)


def test_one_example_by_hand() -> None:
    round_, protected = example()
    report = fairness_report(round_, protected)
    assert (report.by, report.matched.line("f").mean, report.matched.line("m").mean) == (
        ("sex",),
        Fraction(1, 2),
        Fraction(5, 6),
    )
    (selection,) = report.selection
    assert selection.impact("f").ratio == Fraction(3, 5)
    assert selection.impact("f").below_four_fifths is None  # six people are too few for a verdict
    pair = set(round_.plan.score.tolist())
    assert len(pair) == 1  # so that the median of 8 with these points and 4 with none is these
    assert report.median == pair.pop()
    assert report.above_median.total.total == 0
    assert report.scoring[0].impact("f").ratio is None
    assert report.load is not None
    assert (report.load.mentors, report.load.used, report.load.engagements) == (8, 8, 8)
    assert report.load.gini == 0
    assert (report.load.top_tenth, report.load.concentration) == (Fraction(1, 8), Fraction(1, 8))
    for said in ("no legal advice", "Selection rates by sex", "too few", "8 engagements held by 8 of 8 mentors"):
        assert said in str(report)


def test_targets_are_held_against_the_plan_and_are_kept_back_like_their_group() -> None:
    round_, protected = example()
    wanted = [
        GroupTarget(labels=("f",), at_least=3, at_most=3),
        GroupTarget(labels=("f",), at_least=4),
        GroupTarget(labels=("m",), at_most=4),
        GroupTarget(labels=(None,), at_least=8),
    ]
    report = fairness_report(round_, protected, targets=wanted)
    assert [target.met for target in report.targets] == [True, False, False, True]
    assert "f: at least 3, at most 3: holds" in str(report)
    assert "f: at least 4: does not hold" in str(report)
    back = fairness_report(round_, protected, targets=wanted, smallest=7)
    assert [target.met for target in back.targets] == [None, None, None, True]
    assert "m: at least 0, at most 4: kept back" in str(back)
    with pytest.raises(UnknownIdError, match="x"):
        fairness_report(round_, protected, targets=[GroupTarget(labels=("x",))])


def test_where_everybody_is_few_nothing_is_told() -> None:
    round_, protected = example()
    report = fairness_report(round_, protected, smallest=13)
    assert all(line.hidden for line in report.matched)
    assert (report.median, report.load) == (None, None)
    assert "Kept back: about fewer than 13 people." in str(report)
    assert [one.rate for table in report.selection for one in table] == [None, None]


def test_a_round_in_which_nobody_asks_is_told_too() -> None:
    round_ = tm.match(organisation("ann bob"), tm.programmes.task_based(), on=ON)
    report = fairness_report(round_, protected_of(round_, {"ann": {"sex": "f"}}))
    assert report.matched.total.people == 0
    assert (report.median, report.load) == (None, None)
    assert [*report.selection[0]] == []


def test_consent_ends_and_the_group_is_not_known_any_more() -> None:
    round_, protected = example()
    ended = evolve(protected, withdrawn_on=protected.withdrawn_on.copy())
    days = ended.withdrawn_on.copy()
    days[:6] = ON
    report = fairness_report(round_, evolve(ended, withdrawn_on=days))
    assert {line.labels for line in report.matched} == {("",), ("m",), (None,)}
    assert report.selection[0].unknown == 6


# --- waiting


def test_waiting_counts_from_the_first_round_that_asked() -> None:
    """Whether earlier rounds are given themselves or as their plans, also of an organisation that knew others."""
    earlier_on, later = ON - timedelta(days=30), ON
    people: dict[str, Row] = {"ann": {}, "bob": {}, "cat": {}, "dan": {}, "eve": {}, "tom": {}}
    before = organisation(
        {**people, "aaa": {}}, wants={"bob": {"sql": 2}, "cat": {"art": 2}, "aaa": {"sql": 1}}, skills=("a", "sql")
    )
    now = organisation(people, wants={one: {"sql": 2} for one in ("ann", "bob", "cat", "dan", "eve")})
    first = tm.match(before, tm.programmes.task_based(), on=earlier_on)
    round_ = tm.match(now, tm.programmes.task_based(), on=later)
    protected = protected_of(round_, {one: {"sex": "f"} for one in people})
    for asked in (asked_in_rounds(before, [first]), asked_in_plans(now, [first.plan])):
        waited = fairness_report(round_, protected, asked=asked).waited
        assert waited is not None
        assert (waited.line("f").n, waited.line("f").total) == (5, 30)
        assert waited.line("f").mean == 6
    future = asked_in_rounds(now, [evolve_round_to(round_, later + timedelta(days=9))])
    waited = fairness_report(round_, protected, asked=future).waited
    assert waited is not None
    assert waited.total.total == 0
    assert "days waited" in str(fairness_report(round_, protected, asked=future))


def evolve_round_to(round_: tm.Round, on: date) -> tm.Round:
    return tm.match(round_.organisation, round_.programme, on=on)


# --- what is refused, and who may ask


@pytest.mark.parametrize(
    ("by", "exclude_below", "smallest", "said"),
    [
        (None, 0, 5, "3 attributes cannot be one table"),
        ((), 0, 5, "0 attributes cannot be one table"),
        (("sex", "sex"), 0, 5, "'sex' is there twice"),
        (("sex",), 0, 0, "0 is no number of people"),
        (("sex",), 2, 5, "2 is no share"),
    ],
)
def test_what_cannot_be_reported_is_refused(
    by: tuple[str, ...] | None, exclude_below: int, smallest: int, said: str
) -> None:
    round_ = some_round()
    groups = {person: {"sex": "f", "origin": "x", "age": "30-39"} for person in round_.organisation.people.ids.tolist()}
    with pytest.raises(InputError, match=said):
        fairness_report(
            round_, protected_of(round_, groups), by=by, exclude_below=Fraction(exclude_below), smallest=smallest
        )  # fmt: skip


def test_an_attribute_that_nobody_has_is_refused() -> None:
    round_, protected = example()
    with pytest.raises(UnknownIdError, match="age"):
        fairness_report(round_, protected, by=("age",))


def test_analysts_read_the_report_and_nobody_else() -> None:
    """Not even those who run the programme, and of few people nobody."""
    round_, protected = example()
    grants: list[tuple[str, Relation | PersonRelation]] = [
        ("ana", PersonRelation.HR_ANALYST),
        ("pam", Relation.PROGRAMME_MANAGER),
    ]
    authority = Authority(
        organisation=round_.organisation,
        grants=tuple(Grant(person_id=PersonId(one), relation=relation, from_on=ON) for one, relation in grants),
    )
    report = fairness_to("ana", round_, protected, authority=authority)
    assert str(report) == str(fairness_report(round_, protected))
    for reader in ("pam", "w0", "nobody"):
        with pytest.raises(NotAuthorisedError, match="read-aggregate"):
            fairness_to(reader, round_, protected, authority=authority)
    with pytest.raises(NotAuthorisedError):
        fairness_to("ana", round_, protected, authority=evolve(authority, smallest_group=13))
