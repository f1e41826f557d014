"""The shipped check that protected attributes change nothing: it passes what is blind, and finds what is not."""

from collections.abc import Mapping

import numpy as np
import pytest
from attrs import evolve, frozen
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from numpy.typing import NDArray

import taskmentor as tm
from taskmentor.formats.reading import organisation_from_rows
from taskmentor.formats.writing import organisation_rows
from taskmentor.matching.constraints import UnitQuota
from taskmentor.matching.ids import pool_of
from taskmentor.matching.pool import Pool
from taskmentor.matching.problem import daily_problem
from taskmentor.matching.shapes import MentorBar, MentorPoints, PairPoints, Places, PointsShape, RuleShape
from taskmentor.testing import BrokenPromiseError, check_protection, copied_columns
from taskmentor.testing.draws import Seeded
from taskmentor.testing.policies import random_policy
from tests.organisations import ON, organisation, random_organisation

PLAIN = tm.programmes.task_based().policy
PEOPLE = [f"m{number}" for number in range(4)] + [f"t{number}" for number in range(4)]
GROUPS = {person: "f" if int(person[1]) % 2 else "m" for person in PEOPLE}


def some(columns: Mapping[str, Mapping[str, object]] | None = None) -> tm.Organisation:
    """Return four people who learn and four who teach, of two groups each."""
    return organisation(
        {one: {"manager_id": "t0" if one != "t0" else None, **(columns or {}).get(one, {})} for one in PEOPLE},
        knows={f"t{number}": {"sql": 3 + number % 3} for number in range(4)},
        wants={f"m{number}": {"sql": 3} for number in range(4)},
        pins=[{"mentee_id": "m0", "mentor_id": "t3"}],
        blocks=[{"mentee_id": "m1", "mentor_id": "t1"}],
        wishes=[{"person_id": "m2", "side": "mentee", "characteristic": "parent", "consented_on": ON},
                {"person_id": "t2", "side": "mentor", "characteristic": "parent", "consented_on": ON}],
    )  # fmt: skip


def said(whole: tm.Organisation, groups: Mapping[str, str]) -> tm.ProtectedAttributes:
    rows = [
        {"person_id": person, "attribute": "sex", "group": group, "consented_on": ON}
        for person, group in groups.items()
    ]
    return tm.protected_from_rows(rows, whole)


# --- ways to cheat


@frozen
class ByTable:
    """Points for mentors of one group, by a table that the scorer was made with."""

    groups: Mapping[str, str]
    name: str = "by-table"
    weight: int = 1

    def compile(self, pool: Pool) -> PointsShape:
        people = pool.organisation.people
        return MentorPoints(np.array([int(self.groups.get(people.id(code)) == "f") for code in pool.mentors.tolist()]))


@frozen
class LikeGoesToLike:
    """Points for pairs within a group, by a column that a function closes over, in the order of the people."""

    groups: tuple[str, ...]
    name: str = "like-goes-to-like"
    weight: int = 1

    def compile(self, pool: Pool) -> PointsShape:
        labels = np.array(self.groups)

        def alike(requests: Places, mentors: Places) -> NDArray[np.int64]:
            same: NDArray[np.int64] = np.equal(labels[pool.mentees[requests]], labels[pool.mentors[mentors]]) + 0
            return same

        return PairPoints(alike, 0, 1)


@frozen
class OneGroupOnly:
    """Bars mentors of the other group, by a column of the organisation's own."""

    name: str = "one-group-only"

    def compile(self, pool: Pool) -> RuleShape:
        column = pool.organisation.people.extra("x_code")
        return MentorBar(np.array([column.value(code) == 1 for code in pool.mentors.tolist()]))


def of_protected(protected: tm.ProtectedAttributes) -> dict[str, str]:
    return {str(protected.person_id[row]): protected.group.label(row) for row in range(len(protected))}


# --- what is found


def test_a_scorer_that_closes_over_a_table_is_found_wherever_it_keeps_it() -> None:
    whole = some()
    protected = said(whole, GROUPS)
    for cheat in (ByTable(GROUPS), LikeGoesToLike(tuple(GROUPS[person] for person in sorted(GROUPS)))):
        with pytest.raises(BrokenPromiseError) as found:
            check_protection(whole, protected, evolve(PLAIN, scorers=(*PLAIN.scorers, cheat)), on=ON)
        assert [one.promise for one in found.value.broken] == ["exchanged"]
        assert "in each other's place, the pair of" in str(found.value)


def test_a_policy_that_is_made_from_attributes_is_found_by_both_ways() -> None:
    whole = some()

    def made(protected: tm.ProtectedAttributes) -> tm.Policy:
        return evolve(PLAIN, scorers=(*PLAIN.scorers, ByTable(of_protected(protected))))

    with pytest.raises(BrokenPromiseError) as found:
        check_protection(whole, said(whole, GROUPS), made, on=ON)
    assert {one.promise for one in found.value.broken} == {"exchanged", "dealt"}
    assert "with groups dealt to other people, the pair of" in str(found.value)


def test_a_plan_that_is_chosen_by_attributes_is_found_where_no_points_change() -> None:
    """A programme may make pins of them, or, as here, settle what a person may ask for."""
    whole = some()

    def made(protected: tm.ProtectedAttributes) -> tm.Policy:
        few = of_protected(protected)["t1"] == "f"
        return evolve(PLAIN, places_per_mentor=1 if few else None)

    two_each = evolve(whole, people=whole.people.with_capacity(np.full(len(PEOPLE), 2)))
    with pytest.raises(BrokenPromiseError, match="is in one plan and not in the other") as found:
        check_protection(two_each, said(whole, GROUPS), made, on=ON)
    assert [one.promise for one in found.value.broken] == ["dealt"]


def test_a_column_that_tells_an_attribute_is_found_and_a_rule_that_reads_it_too() -> None:
    codes = {"f": 1, "m": 2}
    columns = {person: {"x_code": codes[group], "x_site": "here"} for person, group in GROUPS.items()}
    whole = some(columns)
    protected = said(whole, GROUPS)
    assert copied_columns(whole, protected, ON) == ("x_code",)
    policy = evolve(PLAIN, rules=(*PLAIN.rules, OneGroupOnly()))
    without_pins = evolve(whole, pins=whole.pairs([]))
    with pytest.raises(BrokenPromiseError) as found:
        check_protection(without_pins, protected, policy, on=ON)
    assert {one.promise for one in found.value.broken} == {"exchanged", "dealt"}
    assert "no way" in str(found.value)


def test_a_built_in_rule_that_reads_such_a_column_is_found_too() -> None:
    whole = some({person: {"x_sex": group} for person, group in GROUPS.items()})
    policy = evolve(PLAIN, rules=(*PLAIN.rules, tm.rules.MentorsWhere(column="x_sex", values=("f",))))
    with pytest.raises(BrokenPromiseError):
        check_protection(evolve(whole, pins=whole.pairs([])), said(whole, GROUPS), policy, on=ON)


def test_a_constraint_that_reads_such_a_column_is_found_by_the_optimum_alone() -> None:
    """It changes no pair and no points, and still fewer of one group may mentor."""
    whole = some({person: {"x_code": group} for person, group in GROUPS.items()})
    quota = UnitQuota(by="x_code", side="mentor", ceilings=(("f", 1),))
    policy = evolve(PLAIN, constraints=(quota,))
    without_pins = evolve(whole, pins=whole.pairs([]))
    with pytest.raises(BrokenPromiseError, match="the optimum is") as found:
        check_protection(without_pins, said(whole, GROUPS), policy, on=ON, strategy=tm.CpSat(), trials=8)
    assert [one.promise for one in found.value.broken] == ["exchanged", "dealt"]


@pytest.mark.parametrize(
    ("values", "groups"),
    [
        ({"m0": "a", "m1": "b", "m2": "a"}, {"m0": "f", "m1": "f"}),  # one group
        ({"m0": "a", "m1": "b", "m2": "c"}, {"m0": "f", "m1": "m", "m2": "m"}),  # more values than groups
        ({"m0": "a", "m1": "b", "m2": "a"}, {"m0": "f", "m1": "m", "m2": "m"}),  # as many, and not one to one
        ({"m0": "a"}, {"m1": "f"}),  # known of different people
    ],
)
def test_a_column_that_tells_less_or_more_is_no_copy(values: dict[str, str], groups: dict[str, str]) -> None:
    whole = some({person: {"x_site": value} for person, value in values.items()})
    assert copied_columns(whole, said(whole, groups), ON) == ()


# --- what passes


def test_a_column_that_is_named_stays_with_its_group_and_others_may_be_left_alone() -> None:
    codes = {person: 1 if int(person[1]) < 2 else 2 for person in GROUPS}  # tells groups in part
    whole = evolve(some({person: {"x_code": code} for person, code in codes.items()}), pins=some().pairs([]))
    policy = evolve(PLAIN, rules=(*PLAIN.rules, OneGroupOnly()))
    check_protection(whole, said(whole, GROUPS), policy, on=ON)
    with pytest.raises(BrokenPromiseError):
        check_protection(whole, said(whole, GROUPS), policy, on=ON, copies=["x_code"])


def test_what_is_blind_passes_also_beside_a_copy_that_nobody_reads() -> None:
    whole = some({person: {"x_sex": group} for person, group in GROUPS.items()})
    check_protection(evolve(whole, pins=whole.pairs([])), said(whole, GROUPS), PLAIN, on=ON)
    check_protection(some(), said(whole, GROUPS), lambda _: PLAIN, on=ON, strategy=tm.Greedy(), trials=5)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_no_rule_and_no_scorer_of_the_library_looks(seed: int, makes: bool) -> None:
    rng = default_rng(seed)
    whole = random_organisation(rng)
    groups = {person: str(rng.choice(["f", "m", "x"])) for person in whole.people.ids.tolist()}
    policy = random_policy(Seeded(rng))
    protected = said(whole, groups)
    assume(differ(whole, protected, policy))
    # In so few people a column may tell the groups by chance.
    given_as = (lambda _: policy) if makes else policy
    check_protection(whole, protected, given_as, on=ON, copies=(), trials=3, seed=seed)


def differ(whole: tm.Organisation, protected: tm.ProtectedAttributes, policy: tm.Policy) -> bool:
    """Return whether people of two groups are in pairs that are possible, so that something could be found."""
    problem = daily_problem(whole, policy, on=ON)
    pool, taking_part = pool_of(problem), set[int]()
    for pairs in problem.pairs(np.arange(problem.n_requests)):
        taking_part |= {*pool.mentees[pairs.request].tolist(), *pool.mentors[pairs.mentor].tolist()}
    groups = of_protected(protected)
    return len({groups[whole.people.id(code)] for code in taking_part}) > 1


# --- what is refused


def test_where_all_are_alike_nothing_could_be_found_and_that_is_said() -> None:
    whole = some()
    with pytest.raises(ValueError, match="nothing can be found"):
        check_protection(whole, said(whole, dict.fromkeys(GROUPS, "f")), PLAIN, on=ON)
    with pytest.raises(ValueError, match="nothing can be found"):
        check_protection(organisation("ann bob"), said(whole, GROUPS), PLAIN, on=ON)


def test_very_many_pairs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("taskmentor.testing.protection._MOST_PAIRS", 3)
    with pytest.raises(tm.errors.TooLargeError, match="check_protection"):
        check_protection(some(), said(some(), GROUPS), PLAIN, on=ON)


def test_rows_of_an_organisation_are_read_back() -> None:
    """People change places in rows, so rows must say everything that a plan depends on."""
    for seed in range(5):
        whole = random_organisation(default_rng(seed))
        assert organisation_from_rows(organisation_rows(whole)).digest == whole.digest
    assert organisation_from_rows(organisation_rows(some())).digest == some().digest
