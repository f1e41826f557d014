"""A round: from an organisation to a verified plan, to proposals, and back from a plan that was written."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve, frozen

from taskmentor.authorisation import Authority, Grant, PersonRelation, Relation
from taskmentor.errors import IllegalMoveError, InputError, NotAuthorisedError, SolverError
from taskmentor.formats.plans import read_plan, write_plan
from taskmentor.formats.reading import organisation_from_rows, read_organisation
from taskmentor.lifecycle import State, Terms
from taskmentor.matching.certificate import verify
from taskmentor.matching.duals import Duals
from taskmentor.matching.flow import Flow
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Problem
from taskmentor.matching.reasons import Reason
from taskmentor.matching.solution import Solution
from taskmentor.models.people import PersonId
from taskmentor.programmes import task_based
from taskmentor.rounds import Round, match, reopen
from taskmentor.sample import folder
from tests.counterfactual import assert_reason_holds

ON = date(2026, 10, 1)
AT = datetime(2026, 10, 1, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def sample_round() -> Round:
    return match(read_organisation(folder()), task_based(), on=ON)


@pytest.fixture(scope="module")
def written(sample_round: Round, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rounds") / "plan"
    write_plan(sample_round, path)
    return path


def test_the_sample_shows_a_match_and_every_kind_of_reason_that_people_meet(sample_round: Round) -> None:
    """The sample organisation is there to show reasons, so they must occur, and be true."""
    counts = sample_round.plan.unmatched.counts()
    assert set(counts) == {"nobody-qualified", "barred", "mentees-limit", "all-full"}
    assert sum(counts.values()) == sample_round.plan.claims.unmatched
    for row in range(len(sample_round.plan.unmatched)):
        assert_reason_holds(sample_round, row, Flow(ties="any"))


def test_no_gain_is_the_reason_where_only_pairs_of_no_worth_are_left() -> None:
    """Under `score` a pair of 0 points is not made, and the reason says so."""
    policy = evolve(task_based(objective="score").policy, scorers=())
    done = match(read_organisation(folder()), task_based(policy=policy), on=ON)
    assert done.plan.unmatched.counts()["no-gain"] > 0
    row = int(np.flatnonzero(done.plan.unmatched.reason == Reason.NO_GAIN.value)[0])
    assert_reason_holds(done, row, Flow(ties="any"))


def test_the_summary_says_what_a_reader_must_know(sample_round: Round) -> None:
    """Counts, objective, gap and reasons; and what was assumed where the tables say nothing."""
    text = sample_round.summary()
    for part in (
        "48 of 73",
        "requests-then-score",
        "proven gap 0 (optimal)",
        "found by flow",
        "all-full",
        "2026-10-01",
    ):
        assert part in text
    assert "No capacities were given" not in text


def small(**tables: list[dict[str, object]]) -> dict[str, list[dict[str, object]]]:
    """Return the tables of two people, of whom one can teach the other."""
    return {
        "scale": [{"level": level, "name": f"l{level}"} for level in range(4)],
        "skills": [{"skill_id": "sql", "name": "SQL"}],
        "roles": [{"role_id": "analyst", "title": "Analyst"}],
        "requirements": [{"role_id": "analyst", "skill_id": "sql", "level": 2}],
        "people": [{"person_id": "ann", "role_id": "analyst"}, {"person_id": "bob"}],
        "assessments": [
            {"person_id": "bob", "skill_id": "sql", "level": 3, "source": "test", "assessed_on": date(2026, 1, 1)}
        ],
        **tables,
    }


def test_the_summary_names_assumed_capacities_met_requests_and_rows_left_out() -> None:
    """Nothing is assumed, dropped or left out in silence."""
    asked: list[dict[str, object]] = [
        {"person_id": "ann", "skill_id": "sql"},
        {"person_id": "bob", "skill_id": "sql", "target_level": 1},
        {"person_id": "eve", "skill_id": "sql"},
    ]
    done = match(organisation_from_rows(small(requests=asked), on_error="quarantine"), task_based(), on=ON)
    text = done.summary()
    assert "everybody was taken to offer one place" in text
    assert "confirmed already, and which were left out: 1" in text
    assert "Rows left out when reading: 1 of requests" in text
    assert done.plan.mentor_id.tolist() == ["bob"]


@pytest.mark.requirement("T2", "T5")
def test_proposals_carry_scope_behaviours_and_the_expected_confirmer(sample_round: Round) -> None:
    """T2, T11, T14: one skill, the behaviours on the way to the target, and who would confirm today."""
    by_pair = {(one.mentee_id, one.scope.skill_id): one for one in sample_round.propose(at=AT, actor="p-0001")}
    one = by_pair["p-0042", "data-analysis"]  # type: ignore[index]
    assert (one.state, one.proposed_by, one.expected_confirmer_id) == (State.PROPOSED, "p-0001", "p-0011")
    assert (one.scope.from_level, one.scope.target_level) == (2, 3)
    model = sample_round.organisation.model
    wanted = [shows.text for shows in model.behaviours if shows.skill_id == "data-analysis" and shows.level == 3]
    assert set(one.scope.behaviours) <= set(wanted)
    assert one.scope.behaviours
    assert len(by_pair) == sample_round.plan.claims.matched
    assert {p.engagement_id for p in sample_round.proposals(at=AT)} == {one.id for one in by_pair.values()}


def test_a_confirmer_is_the_manager_above_or_the_delegate() -> None:
    """Where there is no manager the terms' delegate is named in the proposal."""
    programme = evolve(task_based(), terms=Terms(confirmation_delegate="eve"))  # type: ignore[arg-type]
    done = match(organisation_from_rows(small()), programme, on=ON)
    assert [one.confirmer_id for one in done.proposals(at=AT)] == ["eve"]


def test_only_those_who_may_propose_can(sample_round: Round) -> None:
    """A naive moment is refused before anything is proposed."""
    with pytest.raises((InputError, IllegalMoveError), match="NAIVE-TIME"):
        sample_round.propose(at=datetime(2026, 10, 1, 9), actor="p-0001")


@frozen
class Overbooking:
    """A strategy that gives every request its best mentor, whoever else wants them."""

    name = "overbooking"

    def get_params(self) -> dict[str, Described]:
        return {}

    def __call__(self, problem: Problem) -> Solution:
        arcs = problem.arcs(who="Overbooking", most=10**6)
        first = np.append(True, np.diff(arcs.request) != 0)
        free = Duals(
            request=np.zeros(problem.n_requests, np.int64),
            mentee=np.zeros(problem.n_mentees, np.int64),
            mentor=np.zeros(problem.n_mentors, np.int64),
        )
        return Solution.of(problem, self, arcs.take(first), free)


def test_a_plan_that_does_not_hold_is_never_handed_on() -> None:
    """Whoever writes a strategy, `match` verifies what it gives."""
    with pytest.raises(SolverError, match="overbooking gave a plan that does not hold"):
        match(read_organisation(folder()), task_based(), on=ON, strategy=Overbooking())


def test_the_seed_changes_ties_and_is_part_of_the_claims(sample_round: Round) -> None:
    """Another seed is another order of ids: as good a plan, and a plan for another seed does not verify as this one."""
    other = match(sample_round.organisation, sample_round.programme, on=ON, seed=5)
    assert (other.plan.claims.seed, other.solution.value) == (5, sample_round.solution.value)
    claims = evolve(sample_round.plan.claims, seed=5)
    verdict = verify(
        sample_round.organisation, sample_round.programme, evolve(sample_round.plan, claims=claims),
        sample_round.certificate,
    )  # fmt: skip
    assert verdict.ok  # a lawful plan with true claims stays one, whoever's lottery it was


def test_a_plan_that_was_read_explains_as_its_round_did(sample_round: Round, written: Path) -> None:
    """Otherwise the command line would give another reason than the round that it came from."""
    again = reopen(sample_round.organisation, sample_round.programme, *read_plan(written))
    assert repr(again.solution) == repr(sample_round.solution)
    for side in ("request", "mentee", "mentor"):
        assert np.array_equal(getattr(again.solution.duals, side), getattr(sample_round.solution.duals, side))
        assert getattr(again.solution.duals, side).any()
    pairs = [("p-0042", "data-analysis"), ("p-0054", "conflict-resolution"), ("p-0010", "budgeting")]
    for mentee_id, skill_id in pairs:
        assert again.explain(mentee_id, skill_id) == sample_round.explain(mentee_id, skill_id)


def test_row_34_and_43_a_reader_is_told_why_and_no_level_that_is_not_theirs_to_see(sample_round: Round) -> None:
    """How mentors were chosen was unclear to users; and points would tell levels."""
    authority = Authority(organisation=sample_round.organisation)
    whole = sample_round.explain("p-0042", "data-analysis")
    manager = sample_round.organisation.line_of_managers("p-0042", ON)[0]
    for reader in ("p-0042", manager):
        told = sample_round.explain_to(reader, "p-0042", "data-analysis", authority=authority)
        assert (told.mentor_id, told.target_level) == (whole.mentor_id, whole.target_level)
        assert (told.mentor_level, told.score, told.parts, told.alternatives) == (None, None, (), ())
        assert str(told) == "p-0042 asks for data-analysis at level 3 and is mentored by p-0040."
    auditor = Grant(person_id=PersonId("otis"), relation=PersonRelation.AUDITOR, from_on=ON)
    audited = Authority(organisation=sample_round.organisation, grants=(auditor,))
    assert sample_round.explain_to("otis", "p-0042", "data-analysis", authority=audited) == whole


def test_a_reader_without_a_right_is_told_which_one_is_missing_and_nothing_else(sample_round: Round) -> None:
    authority = Authority(organisation=sample_round.organisation)
    with pytest.raises(NotAuthorisedError, match="'p-0040' may not read-gaps: it takes self or ") as refused:
        sample_round.explain_to("p-0040", "p-0042", "data-analysis", authority=authority)
    assert "3" not in str(refused.value).replace("p-0040", "")


def test_whoever_may_see_the_mentors_level_is_told_all_of_it_and_other_mentors_they_may_see(
    sample_round: Round,
) -> None:
    whole = sample_round.explain("p-0042", "data-analysis")
    others = [other.mentor_id for other in whole.alternatives]
    told = whole.told(lambda person_id: person_id in (whole.mentor_id, others[1]))
    assert (told.parts, told.score, told.mentor_level) == (whole.parts, whole.score, whole.mentor_level)
    assert [other.mentor_id for other in told.alternatives] == others[1:2]


def test_every_reason_is_told_in_short_to_those_who_may_not_see_the_facts(sample_round: Round) -> None:
    unmatched = sample_round.plan.unmatched
    sentences = set()
    for mentee_id, skill_id in zip(unmatched.mentee_id.tolist(), unmatched.skill_id.tolist(), strict=True):
        told = sample_round.explain(mentee_id, skill_id).told(lambda _: False)
        assert told.detail == {}
        sentences.add(str(told).split("has no mentor: ")[1])
    assert sentences == {
        "nobody else is qualified.",
        "everybody qualified is barred by a rule.",
        "the mentee's limit is reached.",
        "those who could have no place left.",
    }
    pinned = evolve(sample_round.explain("p-0042", "data-analysis"), pinned=True).told(lambda _: False)
    assert str(pinned).endswith("is mentored by p-0040 by a pin.")


def test_a_plan_that_does_not_hold_is_not_reopened(sample_round: Round, written: Path) -> None:
    file = written / "plan.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(",825,225", ",826,226"), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        reopen(sample_round.organisation, sample_round.programme, *read_plan(written))
    found = refused.value.faults
    assert {fault.code for fault in found} == {"INVALID-PLAN"}
    assert "p-0003 leading-change" in str(found[0])


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"on": datetime(2026, 10, 1, 5)}, "BAD-DATE"),
        ({"on": "2026-10-01"}, "BAD-DATE"),
        ({"seed": 1.5}, "OUT-OF-RANGE"),
        ({"seed": True}, "OUT-OF-RANGE"),
        ({"seed": -1}, "OUT-OF-RANGE"),
        ({"seed": 2**32}, "OUT-OF-RANGE"),
    ],
)
def test_a_day_or_seed_that_cannot_be_written_down_is_refused(given: dict[str, object], code: str) -> None:
    """Otherwise a plan is made that no reader takes back."""
    with pytest.raises(InputError, match=f"TM-{code} arguments"):
        match(organisation_from_rows(small()), task_based(), **{"on": ON, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize("strategy", ["flow", Flow])
def test_what_is_no_strategy_is_refused(strategy: object) -> None:
    """The name of a strategy, or its class, is not the strategy."""
    with pytest.raises(TypeError, match="an object such as Flow"):
        match(organisation_from_rows(small()), task_based(), on=ON, strategy=strategy)  # type: ignore[arg-type]


@frozen
class Broken:
    """A strategy that answers with nothing, or with places that there are none of."""

    answer: str
    name = "broken"

    def get_params(self) -> dict[str, Described]:
        return {}

    def __call__(self, problem: Problem) -> Solution:
        if self.answer == "nothing":
            return None  # type: ignore[return-value]
        return evolve(Flow()(problem), mentor=np.array([9_999], np.int32))


@pytest.mark.parametrize(("answer", "message"), [("nothing", "not with a Solution"), ("places", "must be places from")])
def test_an_answer_that_is_no_solution_is_refused(answer: str, message: str) -> None:
    """A strategy of one's own may be wrong in any way; the message names it."""
    with pytest.raises(SolverError, match=message):
        match(organisation_from_rows(small()), task_based(), on=ON, strategy=Broken(answer))


def test_proposals_are_made_by_the_programmes_initiator_only() -> None:
    """Where mentees start engagements, nobody else does; and nobody proposes before the round."""
    programme = evolve(task_based(), initiator=Relation.MENTEE)
    done = match(organisation_from_rows(small()), programme, on=ON)
    (engagement,) = done.propose(at=AT, actor="ann")
    assert engagement.initiator is Relation.MENTEE
    with pytest.raises(NotAuthorisedError):
        done.propose(at=AT, actor="bob")
    with pytest.raises(InputError, match="DATE-ORDER"):
        done.propose(at=AT - timedelta(days=2), actor="ann")
