"""A gentle rematch: held against every plan there is, and against its own promises."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve, frozen
from numpy.random import Generator, default_rng

from taskmentor.errors import InputError, UnsupportedError
from taskmentor.formats.plans import read_plan, write_plan
from taskmentor.formats.reading import organisation_from_rows, read_organisation
from taskmentor.matching.aims import MaxMin
from taskmentor.matching.certificate import verify
from taskmentor.matching.exact import Exact
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.ids import find_mentors, find_requests, pool_of, request_ids
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.scorers import InPlace, LevelFit
from taskmentor.matching.solution import Status, Strategy, solve
from taskmentor.models.organisation import Organisation
from taskmentor.programmes import PRESETS, Programme, task_based
from taskmentor.rematching import Change, Fate, Rematch, Why, in_place, rematch
from taskmentor.rounds import Round, match, reopen
from taskmentor.sample import folder
from tests import profiles
from tests.organisations import ASSESSED_ON, ON, Row, organisation, random_tables
from tests.plain_policy import random_policy, small_problem

Pair = tuple[str, str, str]


def pairs_of(round_: Round) -> set[Pair]:
    plan = round_.plan
    return {*zip(plan.mentee_id.tolist(), plan.skill_id.tolist(), plan.mentor_id.tolist(), strict=True)}


def a_day_later(tables: Mapping[str, Sequence[Row]], rng: Generator) -> dict[str, list[Row]]:
    """Return tables in which some people offer more or fewer places, moved, learned something or forgot it."""
    later = {name: list(rows) for name, rows in tables.items()}
    for place, person in enumerate(later["people"]):
        if rng.random() < 0.3:
            changed = {"capacity": int(rng.integers(0, 4)), "mentee_limit": int(rng.integers(0, 4))}
            later["people"][place] = {**person, **changed}
        if rng.random() < 0.5:
            moved = later["people"][int(rng.integers(len(later["people"])))]
            looks = {key: moved[key] for key in ("department", "time_zone", "grade", "languages", "x_team")}
            later["people"][place] = {**later["people"][place], **looks}
    highest = len(later["scale"]) - 1
    later["assessments"] = [
        {**row, "level": int(rng.integers(0, highest + 1))} if rng.random() < 0.3 else row
        for row in later["assessments"]
        if rng.random() < 0.95
    ]
    return later


def drawn(seed: Sequence[int]) -> tuple[Round, Organisation, Programme]:
    """Return a published round, and the organisation and programme of the day after."""
    rng = default_rng(seed)
    tables, policy = random_tables(rng), evolve(random_policy(rng), wishes="unused")
    programme = task_based(policy=policy)
    before = match(organisation_from_rows(tables), programme, on=ON)
    return before, organisation_from_rows(a_day_later(tables, rng)), programme


def contended(seed: Sequence[int]) -> tuple[Round, Organisation, Programme]:
    """Return a round in which many want the same mentors, and the day after, on which some sit elsewhere."""
    rng = default_rng(seed)

    def place() -> Row:
        zone = ("Europe/Berlin", "Asia/Kolkata", "America/New_York")[int(rng.integers(3))]
        return {"department": f"d{rng.integers(3)}", "time_zone": zone, "grade": int(rng.integers(1, 5))}

    learners, mentors = [f"l{n}" for n in range(4)], [f"m{n}" for n in range(3)]
    limits = {learner: {"mentee_limit": 1 + int(rng.integers(2)), "capacity": 0} for learner in learners}
    offers = {mentor: {"capacity": 1 + int(rng.integers(2))} for mentor in mentors}
    wants = {learner: dict.fromkeys(("sql", "chess")[: 1 + int(rng.integers(2))], 2) for learner in learners}
    knows = {mentor: {skill: int(rng.integers(2, 6)) for skill in ("sql", "chess")} for mentor in mentors}
    seats = {person: place() for person in (*learners, *mentors)}
    programme = task_based(objective="score" if rng.random() < 0.5 else "requests-then-score")

    def on_a_day() -> Organisation:
        people = {person: {**seats[person], **{**limits, **offers}[person]} for person in seats}
        return organisation(people, wants=wants, knows=knows)

    before = match(on_a_day(), programme, on=ON)
    for person in rng.permutation([*seats])[:4].tolist():
        seats[person] = place()
    return before, on_a_day(), programme


@frozen(eq=False)
class Everything:
    """Every plan of a day, and which published pairs each keeps.

    Attributes:
        possible: The published pairs that could stay.
        plans: How many requests each plan serves, 0 where that does not count; its score; how many pairs it keeps.
    """

    possible: set[Pair]
    plans: list[tuple[int, int, int]]

    @classmethod
    def of(cls, before: Round, after: Organisation, policy: Policy) -> "Everything":
        problem = daily_problem(after, policy, on=ON)
        pool = pool_of(problem)
        # With every pair of any worth: those of none are in no best plan unless they are to stay.
        small = evolve(small_problem(problem, policy), objective="requests-then-score")
        mentee_id, skill_id = (ids.tolist() for ids in request_ids(problem, np.arange(problem.n_requests)))
        mentors = after.people.ids[pool.mentors].tolist()
        capacity = dict(zip(after.people.ids.tolist(), after.people.capacity.tolist(), strict=True))
        named = {
            (request, mentor): (mentee_id[request], skill_id[request], mentors[mentor])
            for request, row in enumerate(small.scores)
            for mentor, score in enumerate(row)
            if score is not None and capacity[mentors[mentor]] > 0 and small.pins.get(request, mentor) == mentor
        }
        possible = {*named.values()} & pairs_of(before)
        counts = policy.objective != "score"
        plans = []
        for plan in small.plans():
            served, score = small.worth(plan)
            kept = sum(named.get(pair) in possible for pair in enumerate(plan))
            plans.append((served if counts else 0, score, kept))
        return cls(possible, plans)

    def best(self, bonus: int) -> tuple[int, int]:
        """Return the most requests and points of any plan, where a pair that stays counts so many points more."""
        return max((served, score + bonus * kept) for served, score, kept in self.plans)

    def best_within(self, most_changes: int) -> tuple[int, int] | None:
        """Return the most requests and points of plans that change so few pairs, None where none serves the most."""
        most = max(served for served, _, _ in self.plans)
        least = len(self.possible) - most_changes
        return max(
            ((served, score) for served, score, kept in self.plans if served == most and kept >= least), default=None
        )


def worth_of(done: Rematch) -> tuple[int, int]:
    """Return how many requests a rematch serves, 0 where that does not count, and its score without any bonus."""
    claims, plan = done.round.plan.claims, done.round.plan
    own = [name != "in-place" for name in plan.scorers]
    return (0 if claims.objective == "score" else claims.matched), int(plan.parts[:, own].sum())


CHUNKS = [*range(2), *(pytest.param(n, marks=pytest.mark.long) for n in range(2, 30))]


@pytest.mark.parametrize("chunk", CHUNKS)
def test_with_a_bonus_the_plan_equals_the_best_of_all_plans(chunk: int) -> None:
    """Would be broken: what a pair in place counts for, and which pairs are in place."""
    for number in range(15):
        before, after, programme = drawn([141, chunk, number])
        everything = Everything.of(before, after, programme.policy)
        for bonus in (0, 1, 7):
            done = rematch(before, after, programme, on=ON, bonus=bonus)
            assert (done.round.solution.status, done.gap) == (Status.OPTIMAL, 0)
            assert done.n_possible == len(everything.possible)
            kept = len(pairs_of(done.round) & everything.possible)
            assert done.difference.kept == kept
            served, score = worth_of(done)
            assert (served, score + bonus * kept) == everything.best(bonus)


def came(tables: dict[str, list[Row]], rng: Generator) -> None:
    """Add two people who look like others and have their levels."""
    for number, like in enumerate(rng.choice(len(tables["people"]), 2).tolist()):
        old, new = tables["people"][like], f"new-{number}"
        tables["people"].append({**old, "person_id": new, "manager_id": None, "capacity": 2, "left_on": None})
        tables["assessments"] += [
            {**row, "person_id": new} for row in tables["assessments"] if row["person_id"] == old["person_id"]
        ]


def left(tables: dict[str, list[Row]], rng: Generator) -> None:
    """Let somebody go who is in no engagement."""
    engaged = {row[side] for row in tables.get("engaged", []) for side in ("mentee_id", "mentor_id")}
    free = [place for place, row in enumerate(tables["people"]) if row["person_id"] not in engaged]
    for place in rng.permutation(free)[:1].tolist():
        gone = {"joined_on": None, "left_on": ON - timedelta(days=1)}
        tables["people"][place] = {**tables["people"][place], **gone}
        if "requests" in tables:
            own = tables["people"][place]["person_id"]
            tables["requests"] = [row for row in tables["requests"] if row["person_id"] != own]


def learned(tables: dict[str, list[Row]], rng: Generator) -> None:
    """Give a third of all assessments another level."""
    highest = len(tables["scale"]) - 1
    tables["assessments"] = [
        {**row, "level": int(rng.integers(0, highest + 1))} if rng.random() < 0.3 else row
        for row in tables["assessments"]
    ]


def offered(tables: dict[str, list[Row]], rng: Generator) -> None:
    """Give half of the people other places and another limit."""
    for place, person in enumerate(tables["people"]):
        if rng.random() < 0.5:
            changed = {"capacity": int(rng.integers(0, 4)), "mentee_limit": int(rng.integers(0, 4))}
            tables["people"][place] = {**person, **changed}


def met(tables: dict[str, list[Row]], rng: Generator) -> None:
    """Ask for less: a third of the requirements, and of the requests where some are given, are gone."""
    for name in ("requirements", "requests"):
        if name in tables:
            tables[name] = [row for row in tables[name] if rng.random() < 0.7] or tables[name][:1]


def nothing(tables: dict[str, list[Row]], rng: Generator) -> None:
    """Leave the tables as they are: the policy is another one."""


CHANGES = (came, left, learned, offered, met, nothing)


@pytest.mark.parametrize("chunk", [0, *(pytest.param(n, marks=pytest.mark.long) for n in range(1, 6))])
@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changed_a_rematch_is_worth_what_a_match_from_nothing_is(
    change: Callable[[dict[str, list[Row]], Generator], None],
    compiled: bool,
    chunk: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Would be broken: what a search takes for granted that begins at the plan of the day before."""
    if compiled:
        monkeypatch.setattr("taskmentor.matching.exact._COMPILED_ABOVE", -1)
    monkeypatch.setattr("taskmentor.matching.pursuit._NEAR", 1)
    n_matched = 0
    for number in profiles.some(15):
        rng = default_rng([147, chunk, CHANGES.index(change), number])
        tables = random_tables(rng)
        policies = [evolve(random_policy(rng), wishes="unused") for _ in range(1 + (change is nothing))]
        before = match(organisation_from_rows(tables), task_based(policy=policies[0]), on=ON)
        later = {name: list(rows) for name, rows in tables.items()}
        change(later, rng)
        after, programme = organisation_from_rows(later), task_based(policy=policies[-1])
        anew = match(after, programme, on=ON).plan.claims
        for bonus in (0, 1, 30):
            claims = (done := rematch(before, after, programme, on=ON, bonus=bonus)).round.plan.claims
            from_nothing = solve(done.round.problem, Flow())
            assert (claims.value, claims.bound) == (from_nothing.value, from_nothing.bound)
            assert claims.status == "optimal"
            assert bonus or (claims.value, claims.bound) == (anew.value, anew.bound)
            n_matched += claims.matched
    assert n_matched


@pytest.mark.parametrize("chunk", CHUNKS)
def test_with_few_changes_the_bound_holds_and_a_plan_of_gap_0_equals_the_best_of_all(chunk: int) -> None:
    """Would be broken: the limit, the bound over all plans that keep it, or what a proof of 0 says."""
    proven = limited = 0
    for number in range(12):
        before, after, programme = (contended if number % 2 else drawn)([142, chunk, number])
        everything = Everything.of(before, after, programme.policy)
        for most in range(min(len(everything.possible), 3) + 1):
            best = everything.best_within(most)
            if best is None:
                with pytest.raises(InputError, match="TOO-FEW-CHANGES"):
                    rematch(before, after, programme, on=ON, most_changes=most)
                continue
            done = rematch(before, after, programme, on=ON, most_changes=most)
            served, score = worth_of(done)
            assert done.n_changes <= most
            assert done.difference.kept == len(pairs_of(done.round) & everything.possible)
            assert (served, score) <= best
            assert served == best[0]
            assert score + done.gap >= best[1]
            assert done.value == value_of(done, daily_problem(after, programme.policy, on=ON))
            assert done.gap > 0 or score == best[1]
            proven += done.gap == 0
            limited += done.bonus > 0
    assert proven >= 10
    assert limited >= 3


def value_of(done: Rematch, problem: Problem) -> int:
    """The objective of a problem for the plan of a rematch of the same day."""
    plan = done.round.plan
    request = find_requests(problem, plan.mentee_id, plan.skill_id)
    mentor = find_mentors(problem, plan.mentor_id)
    worth = problem.worth(request, mentor, problem.levels(request, mentor))
    return problem.value(len(plan), int(worth.sum())) - problem.paid_for_places(request, mentor)


@pytest.fixture(scope="module")
def wishful() -> tuple[Organisation, Round]:
    """Two who learn from the other's mentor, one of whom wishes for a change; and the plan as it was."""
    wishes = [
        {"person_id": one, "side": side, "characteristic": "parent", "consented_on": ASSESSED_ON}
        for one, side in (("ann", "mentee"), ("dan", "mentor"))
    ]
    later = organisation(
        "ann bob cat dan",
        knows={"cat": {"sql": 5}, "dan": {"sql": 4}},
        wants={"ann": {"sql": 2}, "bob": {"sql": 3}},
        wishes=wishes,
    )
    earlier = evolve(later, blocks=later.pairs([("ann", "dan", None)]))
    return later, match(earlier, task_based(policy=Policy(scorers=(LevelFit(),))), on=ON)


def test_where_wishes_come_last_the_gap_is_in_the_measure_in_which_scores_count(
    wishful: tuple[Organisation, Round],
) -> None:
    """Would be broken: a value above what any plan has, and a gap below what is proven."""
    later, before = wishful
    for most in range(3):
        done = rematch(before, later, before.programme, on=ON, most_changes=most)
        assert done.value == value_of(done, daily_problem(later, before.programme.policy, on=ON))
        assert done.value <= match(later, before.programme, on=ON).solution.value
        assert (done.bonus, done.gap) == ((1, 3 * most) if most < 2 else (0, 0))  # a point counts 3, a wish 1


def test_wishes_that_go_first_are_named_where_changes_are_too_few(wishful: tuple[Organisation, Round]) -> None:
    """Would be broken: the word that no plan serves as many, where one does and meets no wish."""
    later, before = wishful
    first = task_based(policy=evolve(before.programme.policy, wishes="before-score"))
    with pytest.raises(InputError, match="that serves the most requests and meets the most wishes has 2 or more"):
        rematch(before, later, first, on=ON, most_changes=1)


def test_more_changes_are_never_worse() -> None:
    """Would be broken: a limit that costs more the wider it is."""
    for number in range(4):
        before, after, programme = contended([143, number])
        free = rematch(before, after, programme, on=ON, bonus=0)
        bounds = []
        for most in range(free.n_possible + 1):
            try:
                done = rematch(before, after, programme, on=ON, most_changes=most)
            except InputError:
                continue
            assert worth_of(done) <= worth_of(free)
            bounds.append(worth_of(done)[1] + done.gap)
        assert worth_of(done) == worth_of(free)
        assert done.gap == 0
        assert all(bound >= worth_of(free)[1] for bound in bounds[-1:])


@pytest.mark.parametrize("strategy", [None, Exact(), Exact(ties="canonical"), Flow(), Greedy()], ids=repr)
def test_any_strategy_gives_a_plan_that_is_verified_from_tables(strategy: Strategy | None) -> None:
    """Would be broken: a rematch whose plan stands on something that no verifier is told."""
    for number in range(6):
        before, after, programme = drawn([144, number])
        for keep in ("none", "all"):
            done = rematch(before, after, programme, on=ON, strategy=strategy, keep=keep)
            plan, certificate = done.round.plan, done.round.certificate
            organisation_, valued = in_place(before.plan, after, programme, plan, keep=keep)
            assert verify(organisation_, valued, plan, certificate).ok
            assert reopen(organisation_, valued, plan, certificate).plan is plan


def test_what_is_kept_stays_and_the_rest_is_filled() -> None:
    """Would be broken: the promise to everybody who was told who their mentor is."""
    for number in range(25):
        before, after, programme = drawn([145, number])
        done = rematch(before, after, programme, on=ON, keep="all")
        crowded = {change.why for change in done.difference.changes if change.before is not None}
        assert Why.BETTER_PLAN not in crowded
        if Why.FEWER_PLACES not in crowded:
            assert done.difference.kept == done.n_possible
        for pair in sorted(pairs_of(before) & pairs_of(done.round))[:1]:
            one = rematch(before, after, programme, on=ON, bonus=0, keep={pair[:2]})
            assert pair in pairs_of(one.round)


SAMPLE = task_based()


@pytest.fixture(scope="module")
def published() -> Round:
    return match(read_organisation(folder()), SAMPLE, on=ON)


def test_where_nothing_has_changed_nothing_changes(published: Round) -> None:
    """Would be broken: moves at no gain."""
    for keep in ("none", "all"):
        done = rematch(published, published.organisation, SAMPLE, on=ON, keep=keep)
        assert pairs_of(done.round) == pairs_of(published)
        assert done.difference.changes == ()
        assert done.difference.kept == len(published.plan) == done.n_possible
        assert done.n_changes == 0
    assert worth_of(done)[1] == published.plan.claims.score


def test_a_rematch_begins_where_the_plan_on_disk_ended(published: Round, tmp_path: Path) -> None:
    """Would be broken: nightly rounds, for which nothing but a folder is left of last night."""
    write_plan(published, tmp_path / "plan")
    plan, certificate = read_plan(tmp_path / "plan")
    done = rematch((plan, certificate), published.organisation, SAMPLE, on=ON)
    assert pairs_of(done.round) == pairs_of(published)
    assert done.round.plan.claims.parameters["start"] == "PlanStart"
    write_plan(done.round, tmp_path / "again")
    again, prices = read_plan(tmp_path / "again")
    assert verify(*in_place(plan, published.organisation, SAMPLE, again), again, prices).status == "optimal"


def test_whoever_claims_other_pairs_in_place_is_found_out(published: Round) -> None:
    """Would be broken: a plan that is the best one only beside pairs that were never published."""
    pairs = tuple((mentee, skill, mentor) for mentee, skill, mentor in sorted(pairs_of(published))[1:])
    scorer = InPlace(weight=1, pairs=pairs)
    policy = evolve(SAMPLE.policy, scorers=(*SAMPLE.policy.scorers, scorer))
    forged = match(published.organisation, evolve(SAMPLE, policy=policy), on=ON)
    true = in_place(published.plan, published.organisation, SAMPLE, forged.plan)
    verdict = verify(*true, forged.plan, forged.certificate)
    assert "the policy is not the one that the plan was made under" in verdict.faults


OF_PAIRS = ("mentee_id", "skill_id", "target_level", "mentor_id", "score", "parts")
ROLES = {"wants": {"ann": {"sql": 3}, "bob": {"sql": 3}}, "knows": {"cat": {"sql": 4}, "dan": {"sql": 4}}}
PEOPLE: dict[str, Row] = {"ann": {}, "bob": {}, "cat": {"capacity": 1}, "dan": {"capacity": 1}, "eve": {"capacity": 0}}


def small(people: Mapping[str, Row] = PEOPLE, **other: object) -> Organisation:
    return organisation(people, **{**ROLES, **other})  # type: ignore[arg-type]


def the_change(done: Rematch) -> Change:
    (change,) = (one for one in done.difference.changes if one.before is not None and one.mentee_id == "ann")
    return change


def test_every_reason_why_a_pair_does_not_stay_is_told() -> None:
    """Would be broken: what people are told whose mentor is another one, or nobody."""
    before = match(small(), SAMPLE, on=ON)
    mentor = dict(zip(before.plan.mentee_id.tolist(), before.plan.mentor_id.tolist(), strict=True))["ann"]
    other = "dan" if mentor == "cat" else "cat"

    def why(after: Organisation, **asked: object) -> Change:
        return the_change(rematch(before, after, SAMPLE, on=ON, **asked))  # type: ignore[arg-type]

    gone = {"left_on": ON.replace(day=1, month=9), "capacity": 1}
    withdrawn = why(small(wants={"bob": {"sql": 3}}))
    assert (withdrawn.fate, withdrawn.why, withdrawn.after) == (Fate.LOST, Why.REQUEST_CLOSED, None)
    assert str(withdrawn) == f"lost ann sql: {mentor} -> nobody (request-closed)"
    left = why(small({**PEOPLE, "ann": gone}, wants={"bob": {"sql": 3}}))
    assert (left.fate, left.why) == (Fate.LOST, Why.MENTEE_LEFT)
    left = why(small({**PEOPLE, mentor: gone, "eve": {"capacity": 1}}, knows={**ROLES["knows"], "eve": {"sql": 4}}))
    assert (left.fate, left.why, left.after) == (Fate.CHANGED, Why.MENTOR_LEFT, "eve")
    assert why(small({**PEOPLE, mentor: {"capacity": 0}})).why is Why.NO_PLACES
    assert why(small(knows={mentor: {"sql": 1}, other: {"sql": 4}})).why is Why.NOT_QUALIFIED
    barred = why(small(blocks=[{"mentee_id": "ann", "mentor_id": mentor}]))
    assert (barred.why, barred.rules) == (Why.BARRED, ("not-blocked",))
    assert str(barred).endswith("(barred by not-blocked)")
    engaged = {"mentee_id": "eve", "mentor_id": mentor, "skill_id": "sql", "from_on": ON}
    assert why(small(engaged=[engaged])).why is Why.FEWER_PLACES
    assert rematch(before, small(engaged=[engaged]), SAMPLE, on=ON).n_possible == 2
    pinned = rematch(before, small(pins=[{"mentee_id": "ann", "mentor_id": other}]), SAMPLE, on=ON)
    assert {change.why for change in pinned.difference.changes} <= {Why.REQUEST_CLOSED, Why.FEWER_PLACES}


def test_a_pair_that_runs_is_neither_kept_nor_changed() -> None:
    """Would be broken: accepted pairs, which would be told of as lost."""
    before = match(small(), SAMPLE, on=ON)
    mentor = dict(zip(before.plan.mentee_id.tolist(), before.plan.mentor_id.tolist(), strict=True))["ann"]
    engaged = [{"mentee_id": "ann", "mentor_id": mentor, "skill_id": "sql", "from_on": ON}]
    done = rematch(before, small(engaged=engaged), SAMPLE, on=ON, keep={("ann", "sql")})
    assert done.difference.counts() == {"kept": 1, "running": 1, "changed": 0, "lost": 0, "new": 0}
    assert done.n_possible == 1


def test_a_better_plan_is_worth_the_change_only_beyond_the_bonus() -> None:
    """Would be broken: the bonus as a price of a change, in points."""
    near = {"knows": {"cat": {"sql": 5}}, "wants": {"ann": {"sql": 3}}}
    before = match(small(**near), SAMPLE, on=ON)
    after = small(knows={"cat": {"sql": 5}, "dan": {"sql": 4}}, wants={"ann": {"sql": 3}})
    gain = match(after, SAMPLE, on=ON).plan.claims.score - before.plan.claims.score
    assert gain > 1
    for bonus, moved in ((0, True), (gain - 1, True), (gain + 1, False)):
        done = rematch(before, after, SAMPLE, on=ON, bonus=bonus)
        assert [change.why for change in done.difference.changes] == ([Why.BETTER_PLAN] if moved else [])
    none = rematch(before, after, SAMPLE, on=ON, most_changes=0)
    assert (none.n_changes, worth_of(none)[1], none.gap) == (0, before.plan.claims.score, 0)
    one = rematch(before, after, SAMPLE, on=ON, most_changes=1)
    assert (one.n_changes, one.bonus, one.gap) == (1, 0, 0)


def test_too_few_changes_are_refused_with_the_number_that_would_do() -> None:
    """Would be broken: the limit where the only way to serve everybody is to change what is published."""
    both = {"cat": {"sql": 5, "chess": 5}}
    before = match(small({**PEOPLE, "cat": {"capacity": 1}}, knows=both, wants={"ann": {"sql": 3}}), SAMPLE, on=ON)
    assert before.plan.mentor_id.tolist() == ["cat"]
    wants = {"ann": {"sql": 3}, "bob": {"chess": 3}}
    after = small({**PEOPLE, "cat": {"capacity": 1}}, knows={**both, "dan": {"sql": 4}}, wants=wants)
    with pytest.raises(InputError, match=r"TOO-FEW-CHANGES.*0 changes are too few.*has 1 or more"):
        rematch(before, after, SAMPLE, on=ON, most_changes=0)
    done = rematch(before, after, SAMPLE, on=ON, most_changes=1)
    assert (done.round.plan.claims.matched, done.n_changes) == (2, 1)


def test_the_summary_and_the_data_tell_the_same() -> None:
    """Would be broken: a difference that people and programs read otherwise."""
    before = match(small(), SAMPLE, on=ON)
    done = rematch(before, small(wants={"bob": {"sql": 3}, "eve": {"sql": 1}}), SAMPLE, on=ON)
    text, data = done.summary(), done.data()
    assert "Pairs: 1 kept, 0 running, 0 changed, 1 lost, 1 new." in text
    assert "Did not stay: 1 request-closed." in text
    assert "new eve sql: " in text
    difference = data["difference"]
    assert isinstance(difference, dict)
    assert difference["counts"] == done.difference.counts()
    assert difference["reasons"] == {"request-closed": 1}
    assert isinstance(difference["changes"], list)
    assert len(difference["changes"]) == 2
    assert (data["possible"], data["changes"], data["gap"], data["bonus"]) == (1, 0, 0, 10)
    assert done.summary(most=1).endswith("... and 1 more")
    limited = rematch(before, small(), SAMPLE, on=ON, most_changes=1)
    assert "At most 1 may change." in limited.summary()
    assert "Of plans that change no more: value" in limited.summary()


@pytest.mark.parametrize("wrong", [{"bonus": -1}, {"bonus": True}, {"most_changes": -1}, {"most_changes": 1.5}])
def test_a_number_that_is_none_is_refused(published: Round, wrong: dict[str, int]) -> None:
    """Would be broken: a bonus that would drive pairs apart."""
    with pytest.raises(InputError, match="OUT-OF-RANGE"):
        rematch(published, published.organisation, SAMPLE, on=ON, **wrong)  # type: ignore[arg-type]


def test_a_bonus_and_a_limit_of_changes_are_not_both_taken(published: Round) -> None:
    """Would be broken: a bonus that is dropped without a word."""
    with pytest.raises(InputError, match=r"CONFLICTING-ARGUMENTS .* stands in place of a bonus"):
        rematch(published, published.organisation, SAMPLE, on=ON, bonus=50, most_changes=3)


@pytest.mark.parametrize("keep", ["everything", {"ann"}, {("ann", "sql", "bob")}, [("ann", 1)], 5])
def test_what_is_to_stay_is_named_by_mentee_and_skill(published: Round, keep: object) -> None:
    """Would be broken: an error that does not say what would have been accepted."""
    with pytest.raises(InputError, match=r"WRONG-TYPE arguments column keep: .* 'none', 'all' or pairs"):
        rematch(published, published.organisation, SAMPLE, on=ON, keep=keep)  # type: ignore[arg-type]


def test_a_plan_that_contradicts_itself_is_not_matched_again() -> None:
    """Would be broken: half of a plan, of which the other half was lost on the way, taken for the whole."""
    before = match(small(), SAMPLE, on=ON)
    for rows, faults in (
        ([0], ["it has 1 pairs, not 2", f"its scores sum up to {before.plan.score[0]}, not {before.plan.score.sum()}"]),
        ([0, 0], [f"served twice: {before.plan.mentee_id[0]} sql"]),
    ):
        columns = {name: getattr(before.plan, name)[rows] for name in OF_PAIRS}
        with pytest.raises(InputError) as caught:
            rematch((evolve(before.plan, **columns), before.certificate), small(), SAMPLE, on=ON)
        said = [fault.problem for fault in caught.value.faults if fault.code == "INVALID-PLAN"]
        assert set(faults) <= set(said)


def test_a_plan_of_another_organisation_is_not_matched_again(published: Round) -> None:
    """Would be broken: everybody of the plan said to have left."""
    with pytest.raises(InputError, match="OTHER-ORGANISATION"):
        rematch(published, small(), SAMPLE, on=ON)


def test_a_pair_that_is_to_stay_and_cannot_is_named() -> None:
    """Would be broken: a promise that is dropped without a word."""
    before = match(small(), SAMPLE, on=ON)
    with pytest.raises(InputError) as caught:
        rematch(before, small(wants={"bob": {"sql": 3}}), SAMPLE, on=ON, keep={("ann", "sql"), ("eve", "chess")})
    assert [fault.code for fault in caught.value.faults] == ["CANNOT-STAY", "CANNOT-STAY"]
    assert "no pair of 'eve' for 'chess'" in str(caught.value)
    assert "request-closed" in str(caught.value)


def test_a_programme_that_is_not_one_to_one_is_refused(published: Round) -> None:
    """Would be broken: pairs in place of circles."""
    with pytest.raises(UnsupportedError, match="one to one"):
        rematch(published, published.organisation, PRESETS["circle"](), on=ON)


def test_changes_are_limited_beside_costs_of_load_and_not_beside_aims() -> None:
    """Would be broken: a limit on top of an order of aims, of which no single bound is one."""
    limited = 0
    for number in range(6):
        before, after, programme = contended([146, number])
        costly = evolve(programme, policy=evolve(programme.policy, load_cost=9))
        for most in range(3):
            try:
                done = rematch(before, after, costly, on=ON, strategy=Flow(), most_changes=most)
            except InputError:
                continue
            assert done.n_changes <= most
            assert done.gap >= 0
            limited += done.bonus > 0
    assert limited >= 1
    in_order = evolve(programme, policy=evolve(programme.policy, aims=(MaxMin(),)))
    with pytest.raises(UnsupportedError, match="most_changes needs one objective"):
        rematch(before, after, in_order, on=ON, most_changes=1)
    assert rematch(before, after, in_order, on=ON).round.plan.claims.strategy == "ordered"
