"""The whole job on real organisations: Oracle HR's staff, and one British body of 2011 expanded to its posts.

Data: `oracle_hr` (oracle-samples/db-sample-schemas, MIT), `organograms` (datagovuk/organograms, Open Government
Licence) and `onet` (O*NET 29.0, USDOL/ETA, CC BY 4.0).
"""

from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve, frozen

from taskmentor.formats.plans import write_plan
from taskmentor.formats.reading import organisation_from_rows
from taskmentor.matching.certificate import verify
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.exact import Exact
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.policy import Policy
from taskmentor.matching.pool import Pool
from taskmentor.matching.shapes import CategoryBar, with_unknown
from taskmentor.matching.solution import Strategy
from taskmentor.models.organisation import Organisation
from taskmentor.proficiency import gaps
from taskmentor.programmes import Programme, task_based
from taskmentor.rounds import Round, match
from tests.counterfactual import assert_reason_holds, lifted
from tests.real import oracle_hr, organograms
from tests.real.oracle_hr import Rows


@frozen
class SameUnit:
    """Mentor and mentee are of the same unit: the policy of a body that keeps mentoring inside its units."""

    @property
    def name(self) -> str:
        return "same-unit"

    def compile(self, pool: Pool) -> CategoryBar:
        unit = pool.organisation.people.department
        same = np.eye(len(unit.labels) + 1, dtype=np.bool_)
        return CategoryBar(with_unknown(unit, pool.mentees), with_unknown(unit, pool.mentors), same)


@frozen
class Case:
    """An organisation, a day and a programme."""

    build: Callable[[], Rows]
    on: date
    programme: Programme


def _within_units() -> Programme:
    usual = task_based().policy
    return task_based(policy=evolve(usual, rules=(*usual.rules, SameUnit()), requests_per_person=2))


CASES = {
    "oracle_hr": Case(oracle_hr.rows, oracle_hr.ON, task_based()),
    "hm_treasury within units": Case(organograms.rows, organograms.ON, _within_units()),
}
ALL_STRATEGIES: tuple[Strategy, ...] = (
    Greedy(),
    Flow(),
    Flow(engine="networkx", most_pairs=2_000_000),
    CpSat(most_pairs=2_000_000),
)
QUICKEST: dict[str, Strategy] = {"oracle_hr": Flow(ties="any"), "hm_treasury within units": Exact()}
"""The exact strategy that is quickest at that size."""

cases = pytest.mark.parametrize("name", CASES)


@cache
def organisation(name: str) -> Organisation:
    return organisation_from_rows(CASES[name].build())


_ROUNDS: dict[tuple[str, str], Round] = {}


def round_of(name: str, strategy: Strategy) -> Round:
    """Return a round, made once."""
    key = (name, repr(strategy))
    if key not in _ROUNDS:
        _ROUNDS[key] = match(organisation(name), CASES[name].programme, on=CASES[name].on, strategy=strategy)
    return _ROUNDS[key]


@cases
def test_everybody_below_required_has_a_gap_and_nobody_else(name: str) -> None:
    """Gaps computed by columns are those that a walk over the rows finds."""
    rows, found = CASES[name].build(), gaps(organisation(name), on=CASES[name].on)
    newest: dict[tuple[object, object], tuple[bool, object, str, object]] = {}
    order = {"self": "0", "manager": "1", "test": "2", "outcome": "3"}
    for row in rows["assessments"]:
        key = (row["person_id"], row["skill_id"])
        rank = (row["source"] != "self", str(row["assessed_on"]), order[str(row["source"])], row["level"])
        newest[key] = max(newest.get(key, rank), rank)
    required: dict[object, list[tuple[object, int]]] = {}
    for row in rows["requirements"]:
        required.setdefault(row["role_id"], []).append((row["skill_id"], int(str(row["level"]))))
    expected = set()
    for person in rows["people"]:
        for skill_id, level in required.get(person["role_id"], []):
            confirmed = newest.get((person["person_id"], skill_id))
            missing = level - (0 if confirmed is None else int(str(confirmed[3])))
            if missing > 0:
                expected.add((str(person["person_id"]), str(skill_id), missing))
    assert {(str(gap.person_id), str(gap.skill_id), gap.size) for gap in found} == expected


@cases
@pytest.mark.parametrize("strategy", ALL_STRATEGIES, ids=["greedy", "flow", "flow-networkx", "cpsat"])
def test_every_strategy_gives_a_plan_that_verifies(name: str, strategy: Strategy) -> None:
    """Exact strategies prove a gap of 0 over all pairs; greedy states what it proves."""
    done = round_of(name, strategy)
    verdict = verify(done.organisation, done.programme, done.plan, done.certificate, method="all pairs")
    assert verdict.ok, str(verdict)
    assert verdict.gap == done.plan.claims.gap >= 0
    if not isinstance(strategy, Greedy):
        assert verdict.status == "optimal"
    assert done.plan.claims.matched > 0


@cases
def test_exact_strategies_agree_and_greedy_is_within_its_gap(name: str) -> None:
    """Value, bound and canonical plan are the same from all exact strategies."""
    greedy, *exact = [round_of(name, strategy) for strategy in ALL_STRATEGIES]
    first = exact[0].solution
    for other in exact[1:]:
        assert (other.solution.value, other.solution.bound) == (first.value, first.bound)
        assert (other.plan.mentor_id == exact[0].plan.mentor_id).all()
        assert (other.plan.mentee_id == exact[0].plan.mentee_id).all()
    assert greedy.solution.value <= first.value <= greedy.solution.bound
    assert first.value <= 2 * greedy.solution.value


@cases
def test_no_rule_is_broken_by_any_pair_looked_up_in_the_rows(name: str) -> None:
    """Language, manager, unit, level and limits hold by the rows themselves, without the library's columns."""
    rows, done = CASES[name].build(), round_of(name, Flow())
    person = {str(row["person_id"]): row for row in rows["people"]}
    served: dict[str, int] = {}
    for mentee_id, mentor_id in zip(done.plan.mentee_id.tolist(), done.plan.mentor_id.tolist(), strict=True):
        mentee, mentor = person[mentee_id], person[mentor_id]
        assert mentee_id != mentor_id
        assert mentee["manager_id"] != mentor_id
        assert set(str(mentee["languages"]).split(";")) & set(str(mentor["languages"]).split(";"))
        if "units" in name:
            assert mentee["department"] == mentor["department"]
        served[mentor_id] = served.get(mentor_id, 0) + 1
    assert all(count <= int(str(person[mentor_id]["capacity"])) for mentor_id, count in served.items())


@cases
def test_every_reason_is_true_when_what_it_names_is_lifted(name: str) -> None:
    """A reason is a claim about what would happen; it is put to the test for each unmatched request.

    Each can join the plan as it is once what its reason names is lifted; the round is solved anew for the first request
    of every reason with its facts.
    """
    done = round_of(name, Flow())
    unmatched = done.plan.unmatched
    assert len(unmatched) == done.plan.claims.requests - done.plan.claims.matched > 0
    alike: dict[tuple[str, int], list[int]] = {}
    for row, kind in enumerate(zip(unmatched.reason.tolist(), unmatched.place.tolist(), strict=True)):
        alike.setdefault(kind, []).append(row)
    for first, *others in alike.values():
        assert_reason_holds(done, first, QUICKEST[name])
        for row in others:
            lifted(done, row)


@pytest.mark.long
@cases
def test_every_reason_is_true_when_the_round_is_solved_anew(name: str) -> None:
    """What the test above shows of one request of many is shown of all."""
    done = round_of(name, Flow())
    for row in range(len(done.plan.unmatched)):
        assert_reason_holds(done, row, Flow(ties="any"))


@cases
@pytest.mark.parametrize("strategy", [Greedy(), Flow(), Flow(ties="any")], ids=["greedy", "flow", "flow-any"])
def test_shuffled_rows_give_the_same_bytes(name: str, strategy: Strategy, tmp_path: Path) -> None:
    """The order of the rows in the tables must not decide anybody's mentor."""
    case = CASES[name]
    for seed in (0, 1, 2):
        rows = case.build()
        if seed:
            for table in rows.values():
                np.random.default_rng(seed).shuffle(table)
        done = match(organisation_from_rows(rows), case.programme, on=case.on, strategy=strategy)
        write_plan(done, tmp_path / str(seed))
    for file in sorted(path.name for path in (tmp_path / "0").iterdir()):
        first = (tmp_path / "0" / file).read_bytes()
        assert first == (tmp_path / "1" / file).read_bytes() == (tmp_path / "2" / file).read_bytes(), file


def test_a_whole_body_is_matched_over_all_pairs() -> None:
    """HM Treasury's 1,169 posts under the default policy: over a million pairs, proven optimal."""
    body = organisation("hm_treasury within units")
    done = match(body, task_based(), on=organograms.ON)
    assert done.verdict.status == "optimal"
    assert done.problem.n_qualified() > 1_000_000
    baseline = match(body, task_based(), on=organograms.ON, strategy=Greedy())
    assert baseline.solution.value <= done.solution.value <= baseline.solution.bound
    # The bound beats what each request's best pair would sum up to.
    arcs = done.problem.arcs(who="the test", most=10_000_000)
    best = np.zeros(done.problem.n_requests, np.int64)
    np.maximum.at(best, arcs.request, arcs.weight)
    assert baseline.solution.bound < int(best.sum())


@pytest.mark.long
def test_a_whole_body_is_matched_by_constraint_programming() -> None:
    """CP-SAT takes minutes for a million pairs, and finds the same plan as the flow."""
    body = organisation("hm_treasury within units")
    by_flow = match(body, task_based(), on=organograms.ON)
    by_cpsat = match(body, task_based(), on=organograms.ON, strategy=CpSat(most_pairs=2_000_000, seconds=1_800))
    assert by_cpsat.solution.value == by_flow.solution.value
    assert (by_cpsat.plan.mentor_id == by_flow.plan.mentor_id).all()


def test_the_policy_is_the_default_one() -> None:
    """What the cases above call the default is what users get without settings."""
    assert CASES["oracle_hr"].programme == task_based()
    assert Policy().objective == "requests-then-score"
