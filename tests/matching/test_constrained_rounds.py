"""Rounds under constraints: verified, written, read back, explained, refused by name, and impossible ones."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import ceil
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve

from taskmentor.errors import InfeasibleError, InputError, SolverError, UnsupportedError
from taskmentor.formats.plans import read_plan, write_plan
from taskmentor.formats.reading import read_organisation
from taskmentor.matching.certificate import verify
from taskmentor.matching.constraints import (
    Apart,
    Constraint,
    LeastShare,
    MentorHours,
    MentorLoad,
    OncePerPair,
    Together,
    UnitQuota,
)
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.exact import Exact
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.milp import Milp
from taskmentor.matching.multipliers import Multipliers
from taskmentor.matching.plan import Certificate, Claims, Plan
from taskmentor.matching.solution import Strategy
from taskmentor.matching.stable import Stable
from taskmentor.programmes import Programme, task_based
from taskmentor.rounds import Round, match
from taskmentor.sample import folder
from tests.organisations import ON, Row, organisation

DAY = date(2026, 10, 1)


def programme(*constraints: Constraint) -> Programme:
    plain = task_based()
    return evolve(plain, policy=evolve(plain.policy, constraints=constraints))


@pytest.fixture(scope="module")
def round_() -> Round:
    given = programme(
        MentorHours(each=6, per_place=8),
        OncePerPair(),
        LeastShare(percent=40),
        UnitQuota(at_most=12),
        MentorLoad(at_most=2),
    )
    return match(read_organisation(folder()), given, on=DAY, strategy=Milp())


def test_a_round_under_constraints_is_verified_and_keeps_them(round_: Round) -> None:
    """Would be broken: hours, shares and quotas of the plan as it is written, counted from its ids alone."""
    assert round_.verdict.ok
    assert round_.plan.claims.status == "optimal"
    people = round_.organisation.people
    unit = {person.id: person.department for person in people}
    lessons = list(zip(round_.plan.mentee_id.tolist(), round_.plan.mentor_id.tolist(), strict=True))
    assert len(set(lessons)) == len(lessons) > 0
    other = sum(unit[mentee] != unit[mentor] for mentee, mentor in lessons)
    assert 100 * other >= 40 * len(lessons)
    for mentor in {mentor for _, mentor in lessons}:
        load = sum(one == mentor for _, one in lessons)
        assert load <= 2
        assert 6 * load <= 8 * people[people.code(mentor)].capacity


def test_a_round_under_constraints_is_read_back_and_verified(round_: Round, tmp_path: Path) -> None:
    """Would be broken: prices of rows, their unit, and who proves the bound, on disk."""
    write_plan((round_.plan, round_.certificate), tmp_path / "round")
    plan, certificate = read_plan(tmp_path / "round")
    assert plan.claims == round_.plan.claims
    verdict = verify(round_.organisation, round_.programme, plan, certificate)
    assert verdict == round_.verdict


def test_what_a_place_is_worth_is_told_in_points() -> None:
    """Would be broken: prices in parts of a point, told as if they were points."""
    shared = programme(LeastShare(percent=70))
    round_ = match(read_organisation(folder()), shared, on=DAY, strategy=Multipliers(strategy=Exact(), rounds=3))
    certificate, unit = round_.certificate, round_.plan.claims.unit
    offered = certificate.side == "mentor"
    parts = dict(zip(certificate.id[offered].tolist(), certificate.price[offered].tolist(), strict=True))
    told = [
        other
        for mentee_id, skill_id in zip(round_.plan.mentee_id, round_.plan.skill_id, strict=True)
        for other in round_.explain(str(mentee_id), str(skill_id)).alternatives
    ]
    assert unit > 1
    assert any(other.price for other in told)
    assert all(other.price == ceil(Fraction(parts.get(other.mentor_id, 0), unit)) for other in told)


Damage = Callable[[Plan, Certificate], tuple[Plan, Certificate]]


def _claims(plan: Plan, **changes: object) -> Plan:
    claims: Claims = evolve(plan.claims, **changes)  # type: ignore[arg-type]
    return evolve(plan, claims=claims)


def _without(certificate: Certificate, side: str) -> Certificate:
    kept = certificate.side != side
    return Certificate(
        side=certificate.side[kept],
        id=certificate.id[kept],
        skill_id=certificate.skill_id[kept],
        price=certificate.price[kept],
    )


def _raised(certificate: Certificate, by: int) -> Certificate:
    price = certificate.price + np.where(certificate.side == "constraint", by, 0)
    return evolve(certificate, price=price)


def _renamed(certificate: Certificate, row: str) -> Certificate:
    return evolve(certificate, skill_id=np.where(certificate.side == "constraint", row, certificate.skill_id))


DAMAGES: dict[str, Damage] = {
    "rows without prices": lambda plan, certificate: (plan, _without(certificate, "constraint")),
    "rows that cost more": lambda plan, certificate: (plan, _raised(certificate, 7)),
    "rows that cost without limit": lambda plan, certificate: (plan, _raised(certificate, 2**61)),
    "rows that are none": lambda plan, certificate: (plan, _renamed(certificate, "999999999")),
    "rows by a word": lambda plan, certificate: (plan, _renamed(certificate, "x")),
    "a constraint that is none": lambda plan, certificate: (
        plan, evolve(certificate, id=np.where(certificate.side == "constraint", "hours", certificate.id)),
    ),
    "another unit": lambda plan, certificate: (_claims(plan, unit=plan.claims.unit + 1), certificate),
    "no unit": lambda plan, certificate: (_claims(plan, unit=0), certificate),
    "a nearer bound of the prices": lambda plan, certificate: (
        _claims(plan, priced=plan.claims.priced - 1), certificate,
    ),
    "a bound below what the plan is worth": lambda plan, certificate: (
        _claims(plan, bound=plan.claims.value - 1, gap=-1, status="feasible", proof="solver"), certificate,
    ),
    "another word for who proves it": lambda plan, certificate: (
        _claims(plan, proof="solver" if plan.claims.proof == "prices" else "prices"), certificate,
    ),
    "a bound above that of the prices": lambda plan, certificate: (
        _claims(plan, bound=plan.claims.priced + 1, gap=plan.claims.priced + 1 - plan.claims.value), certificate,
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_certificate_of_rows_is_found(round_: Round, damage: Damage) -> None:
    """Would be broken: a bound that its prices do not prove."""
    assert (round_.certificate.side == "constraint").any()
    plan, certificate = damage(round_.plan, round_.certificate)
    assert not verify(round_.organisation, round_.programme, plan, certificate).ok


def test_a_solver_s_word_is_never_called_optimal_by_verification() -> None:
    """Would be broken: trust in a bound that nobody can check."""
    hours = MentorHours(each=3, per_place=5)
    small = organisation(
        {name: {"capacity": 2} for name in "abcdef"},
        knows={name: {"sql": 4, "law": 2} for name in "ab"},
        wants={name: {"sql": 3, "law": 1} for name in "cdef"},
        skills=("sql", "law"),
    )
    found = match(small, programme(hours), on=ON, strategy=CpSat())
    assert found.plan.claims.status == "optimal"
    assert (found.verdict.status == "optimal") == (found.plan.claims.proof == "prices")


def test_a_pair_that_breaks_a_constraint_is_found(round_: Round) -> None:
    """Would be broken: a plan that was changed after it was made; the same plan under tighter constraints is none."""
    tight = programme(
        MentorHours(each=6, per_place=5),
        OncePerPair(),
        LeastShare(percent=40),
        UnitQuota(at_most=12),
        MentorLoad(at_most=2),
    )
    verdict = verify(round_.organisation, tight, round_.plan, round_.certificate)
    assert any("mentor-hours" in fault for fault in verdict.faults)


@pytest.mark.parametrize("strategy", [Flow(), Flow(engine="networkx"), Greedy(), Exact(), Stable()], ids=repr)
def test_strategies_that_hold_no_constraints_refuse_them_by_name(strategy: Strategy) -> None:
    """Would be broken: a constraint that is ignored."""
    org = read_organisation(folder())
    with pytest.raises(UnsupportedError, match=f"{strategy.name}.*once-per-pair"):
        match(org, programme(OncePerPair()), on=DAY, strategy=strategy)


@pytest.mark.parametrize("strategy", [CpSat(), Milp()], ids=lambda one: one.name)
def test_what_clashes_is_named_and_nothing_else(strategy: Strategy) -> None:
    """Would be broken: a plan that cannot be, without a word on what to loosen."""
    small = organisation(
        {"ann": {"capacity": 1, "department": "data"}, "bob": {}, "eve": {}},
        knows={"ann": {"sql": 4}},
        wants={"bob": {"sql": 3}, "eve": {"sql": 3}},
    )
    impossible = programme(OncePerPair(), UnitQuota(floors={"data": 1}), MentorHours(each=9, per_place=8))
    with pytest.raises(InfeasibleError) as caught:
        match(small, impossible, on=ON, strategy=strategy)
    assert caught.value.clash == ("quota-of-mentor-department of data", "mentor-hours of ann")
    assert str(caught.value) == (
        "no plan keeps together: quota-of-mentor-department of data, mentor-hours of ann. "
        "Leave out or loosen one of them."
    )
    enough = programme(OncePerPair(), UnitQuota(floors={"data": 1}), MentorHours(each=9, per_place=9))
    assert len(match(small, enough, on=ON, strategy=strategy).plan) == 1  # the quota alone is kept


@pytest.mark.parametrize("strategy", [CpSat(), Milp()], ids=lambda one: one.name)
def test_a_pin_of_no_worth_that_keeps_a_floor_leaves_it_out_of_what_clashes(strategy: Strategy) -> None:
    """Would be broken: a floor named alone that the pin keeps, and that no free pair could."""
    small = organisation(
        {"ann": {"capacity": 1, "department": "sales"}, "cat": {"capacity": 0, "department": "data"}, "bob": {}},
        knows={"ann": {"sql": 4}},
        wants={"bob": {"sql": 3}},
        pins=[{"mentee_id": "bob", "mentor_id": "ann", "skill_id": "sql"}],
    )
    plain, quota = task_based(), UnitQuota(floors={"sales": 1, "data": 1})
    policy = evolve(plain.policy, scorers=(), objective="score", constraints=(quota,))
    with pytest.raises(InfeasibleError) as caught:
        match(small, evolve(plain, policy=policy), on=ON, strategy=strategy)
    assert caught.value.clash == ("quota-of-mentor-department of data",)
    assert str(caught.value) == "no plan keeps quota-of-mentor-department of data. Leave it out or loosen it."


@pytest.mark.parametrize("strategy", [CpSat(), Milp()], ids=lambda one: one.name)
def test_nobody_is_of_the_unit_that_an_empty_cell_stands_for(strategy: Strategy) -> None:
    """Would be broken: a floor of a unit without anybody, which no plan keeps, where numbers are not given of some."""
    small = organisation(
        {"ann": {"x_team": 3}, "bob": {"x_team": None}}, knows={"ann": {"sql": 4}}, wants={"bob": {"sql": 3}}
    )
    found = match(small, programme(UnitQuota(by="x_team", at_least=1)), on=ON, strategy=strategy)
    assert found.plan.mentor_id.tolist() == ["ann"]
    with pytest.raises(InputError, match="UNKNOWN-UNIT"):
        match(small, programme(UnitQuota(by="x_team", ceilings={"0": 1})), on=ON, strategy=strategy)


@pytest.mark.parametrize("strategy", [CpSat(seconds=1e-9), Milp(seconds=1e-9)], ids=lambda one: one.name)
def test_time_that_is_over_before_a_plan_is_found_is_told_as_such(strategy: Strategy) -> None:
    """Would be broken: somebody who is told to look at more pairs, where there was no time to look at any."""
    org = read_organisation(folder())
    with pytest.raises(SolverError, match="found no plan that keeps share-of-other-department in 1e-09 seconds"):
        match(org, programme(LeastShare(percent=40)), on=DAY, strategy=strategy)


def test_what_a_constraint_names_must_be_there() -> None:
    """Would be broken: a typing error that silently constrains nothing."""
    small = organisation("ann bob", knows={"ann": {"sql": 4}}, wants={"bob": {"sql": 3}})
    for wrong, code in (
        (MentorHours(by_skill={"sq": 3}), "UNKNOWN-SKILL"),
        (UnitQuota(floors={"sales": 1}), r"UNKNOWN-UNIT .* is no department of anybody\. Name"),
        (Apart(couples=[("ann", "bib")]), "UNKNOWN-PERSON"),
        (Together(couples=[("ann", "ann")]), "UNKNOWN-PERSON"),
        (MentorHours(budget="x_hours"), "UNKNOWN-COLUMN policy column mentor-hours"),
        (LeastShare(percent=40, by="grade"), "UNKNOWN-COLUMN .* Name department, location or a column x_"),
        (UnitQuota(by="departments"), "UNKNOWN-COLUMN .* did you mean 'department'"),
    ):
        with pytest.raises(InputError, match=f"^TM-{code}"):
            match(small, programme(wrong), on=ON, strategy=Milp())


@pytest.mark.parametrize(
    ("kind", "given", "codes"),
    [
        (MentorHours, {"by_skill": {"sql": -4, "law": 1.5}}, ["WRONG-TYPE", "OUT-OF-RANGE"]),
        (MentorHours, {"by_skill": {"sql": True}}, ["WRONG-TYPE"]),
        (MentorHours, {"by_skill": [("sql", 2), ("sql", 4)]}, ["DUPLICATE-ID"]),
        (MentorHours, {"by_skill": [1, ()]}, ["WRONG-TYPE", "WRONG-TYPE"]),
        (UnitQuota, {"floors": {"data": "3"}}, ["WRONG-TYPE"]),
        (UnitQuota, {"ceilings": {"data": -1}}, ["OUT-OF-RANGE"]),
        (UnitQuota, {"at_least": 3, "at_most": 2}, ["CONFLICTING-LIMITS"]),
        (UnitQuota, {"floors": {"data": 3}, "ceilings": {"data": 2}}, ["CONFLICTING-LIMITS"]),
        (MentorLoad, {"at_least": 3, "at_most": 2}, ["CONFLICTING-LIMITS"]),
        (LeastShare, {"percent": 40, "by": 3}, ["WRONG-TYPE"]),
        (Apart, {"couples": "ann"}, ["WRONG-TYPE"]),
        (Apart, {"couples": [("ann", "bob", "eve"), ("ann", 1)]}, ["WRONG-TYPE", "WRONG-TYPE"]),
    ],
)
def test_what_a_constraint_cannot_mean_is_refused_when_it_is_made(
    kind: Callable[..., Constraint], given: Mapping[str, object], codes: Sequence[str]
) -> None:
    """Would be broken: hours below 0, by which a mentor serves more than there is time for."""
    with pytest.raises(InputError) as caught:
        kind(**given)
    assert [fault.code for fault in caught.value.faults] == codes


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (-8, "OUT-OF-RANGE policy column mentor-hours: 'x_hours' says -8 hours of ann"),
        ("many", "NOT-WHOLE policy column mentor-hours: 'x_hours' is a column of texts"),
    ],
)
def test_what_is_no_number_of_hours_in_a_column_is_refused(hours: object, said: str) -> None:
    """Would be broken: a typing error in the table, taken for nobody's hours at all."""
    people: dict[str, Row] = {"ann": {"capacity": 1, "x_hours": hours}, "bob": {}}
    small = organisation(people, knows={"ann": {"sql": 4}}, wants={"bob": {"sql": 3}})
    with pytest.raises(InputError, match=said):
        match(small, programme(MentorHours(budget="x_hours")), on=ON, strategy=Milp())


def test_an_empty_column_of_hours_leaves_those_of_places() -> None:
    """Would be broken: nobody's hours, where nobody has said any."""
    people: dict[str, Row] = {"ann": {"capacity": 1, "x_hours": None}, "bob": {"x_hours": None}}
    small = organisation(people, knows={"ann": {"sql": 4}}, wants={"bob": {"sql": 3}})
    given = programme(MentorHours(each=8, per_place=8, budget="x_hours"))
    assert match(small, given, on=ON, strategy=Milp()).plan.claims.matched == 1


def test_a_request_that_constraints_leave_open_says_so() -> None:
    """Would be broken: the reason why a free place and a request stay apart."""
    small = organisation(
        {"ann": {"capacity": 2}, "bob": {}, "eve": {}},
        knows={"ann": {"sql": 4}},
        wants={"bob": {"sql": 3}, "eve": {"sql": 3}},
    )
    found = match(small, programme(MentorLoad(at_most=1)), on=ON, strategy=Milp())
    assert found.plan.unmatched.reason.tolist() == ["constrained"]
    (left,) = found.plan.unmatched.mentee_id.tolist()
    assert "mentor-load" in str(found.explain(left, "sql"))
