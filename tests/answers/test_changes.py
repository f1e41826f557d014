"""What would have to change for somebody, held against every plan of the day with that one change."""

from collections import Counter
from datetime import date

import numpy as np
import pytest
from attrs import evolve

from taskmentor.answers.changes import Change, Remedies, Remedy, remedies
from taskmentor.answers.recruiting import Recruit, with_recruits
from taskmentor.errors import UnknownIdError
from taskmentor.formats.reading import read_organisation
from taskmentor.matching.constraints import MentorHours
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.ids import find_mentors, find_request, pool_of
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.rules import Qualified
from taskmentor.matching.scorers import LevelFit
from taskmentor.models.assessments import Assessment, Source
from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import PairList
from taskmentor.models.people import PersonId
from taskmentor.programmes import task_based
from taskmentor.rounds import Round, match
from taskmentor.sample import folder
from tests.answers.drawn import CHUNKS, n_plans, programme, rounds
from tests.brute_force import NOBODY, SmallProblem
from tests.organisations import ASSESSED_ON, ON, organisation
from tests.plain_policy import small_problem


def _best_that_serves(small: SmallProblem, request: int) -> tuple[int, int] | None:
    """The greatest worth of all plans that serve a request."""
    worths = [small.worth(plan) for plan in small.plans() if plan[request] != NOBODY]
    return max(worths, default=None)


def _base(round_: Round) -> tuple[Problem, SmallProblem]:
    """The problem of a round, with pins that name their skills, and the same as lists."""
    problem, pool = round_.problem, pool_of(round_.problem)
    pinned = np.flatnonzero(problem.pinned >= 0)
    pins = PairList(pool.mentees[pinned], pool.mentors[problem.pinned[pinned]], problem.skill[pinned])
    named = daily_problem(evolve(round_.organisation, pins=pins), round_.programme.policy, on=round_.on)
    return named, small_problem(named, round_.programme.policy)


def _changed(round_: Round, found: Remedies, one: Remedy) -> tuple[SmallProblem, int] | None:
    """The day with one change as lists, and the request in it; None where it is not made here."""
    problem, small = _base(round_)
    pool, policy = pool_of(problem), round_.programme.policy
    request = find_request(problem, found.mentee_id, found.skill_id)
    mentor = NOBODY if one.mentor_id is None else int(find_mentors(problem, np.array([one.mentor_id]))[0])
    if one.change is Change.NOTHING:
        return small, request
    if one.change is Change.PLACE:
        places = [n + (place == mentor) for place, n in enumerate(small.capacity)]
        return evolve(small, capacity=places), request
    if one.change is Change.LIMIT:
        limits = [n + (place == small.mentee[request]) for place, n in enumerate(small.limit)]
        return evolve(small, limit=limits), request
    if one.change is Change.RULE:
        level = problem.levels(np.array([request]), np.array([mentor]))
        score = int(problem.score(np.array([request]), np.array([mentor]), level)[0])
        rows = [[*row] for row in small.scores]
        assert rows[request][mentor] is None
        rows[request][mentor] = score
        return evolve(small, scores=rows), request
    given = pool.organisation
    if one.change is Change.RECRUIT:
        new = Recruit(
            skill_id=found.skill_id, level=int(problem.need[request]), location=one.words.partition(" in ")[2]
        )
        given = with_recruits(given, ((new, 1),), on=round_.on)
    elif one.change is Change.LEVEL:
        assert one.mentor_id is not None
        known = Assessment(
            person_id=one.mentor_id, skill_id=found.skill_id, level=int(problem.need[request]),
            source=Source.OUTCOME, assessed_on=round_.on,
        )  # fmt: skip
        given = given.assessed(known)
    else:
        return None
    other = daily_problem(given, policy, on=round_.on)
    return small_problem(other, policy), find_request(other, found.mentee_id, found.skill_id)


@pytest.mark.parametrize("chunk", CHUNKS)
def test_each_change_brings_what_brute_force_says(chunk: int) -> None:
    """The best plan that serves the request after the change, and whether it is a best one of all."""
    compared: Counter[Change] = Counter()
    for round_ in rounds(100 + chunk, n=10):
        unmatched = round_.plan.unmatched
        before, _ = _base(round_)[1].optimal()
        left = zip(unmatched.mentee_id.tolist(), unmatched.skill_id.tolist(), strict=True)
        for mentee_id, skill_id in [*left][:3]:
            found = remedies(round_, mentee_id, skill_id, most=2)
            assert not found.served
            for one in found.remedies:
                if (changed := _changed(round_, found, one)) is None or n_plans(changed[0]) > 20_000:
                    continue
                small, request = changed
                best = _best_that_serves(small, request)
                assert best is not None
                gained = (best[0] - before[0], best[1] - before[1])
                wanted = (one.requests, one.score) if round_.problem.count_weight else (0, one.score)
                assert wanted == gained
                assert one.chosen == (best == small.optimal()[0])
                compared[one.change] += 1
            if Change.NOTHING not in [one.change for one in found.remedies]:
                problem, small = _base(round_)
                assert _best_that_serves(small, find_request(problem, mentee_id, skill_id)) is None
            _check_hindrance(round_, found)
    assert sum(compared.values()) > 3
    assert len(compared) >= 2


def _check_hindrance(round_: Round, found: Remedies) -> None:
    """Nobody outside the block could serve a request of it, and all of them are more than its mentors have places."""
    block = found.hindrance
    problem, small = _base(round_)
    request = find_request(problem, found.mentee_id, found.skill_id)
    if block is None:
        return
    assert (found.mentee_id, found.skill_id) in block.requests
    places = [find_request(problem, *one) for one in block.requests]
    inside = set(find_mentors(problem, np.array(block.mentors, np.str_)).tolist()) if block.mentors else set()
    pinned = Counter(small.pins.values())
    taken = Counter(small.mentee[place] for place in small.pins)
    for place in places:
        able = {mentor for mentor, score in enumerate(small.scores[place]) if score is not None}
        if small.objective == "score":
            able = {mentor for mentor in able if (small.scores[place][mentor] or 0) > 0}
        assert {mentor for mentor in able if small.capacity[mentor] > pinned[mentor]} <= inside
    asked = Counter(small.mentee[place] for place in places)
    assert block.demand == sum(min(n, small.limit[mentee] - taken[mentee]) for mentee, n in asked.items())
    assert block.places == sum(small.capacity[mentor] - pinned[mentor] for mentor in inside)
    assert block.short_of >= 1
    if round_.problem.count_weight:
        (most, _), _ = small.optimal()
        best = _best_that_serves(small, request)
        assert best is None or best[0] <= most


def test_a_place_a_recruit_and_a_rule_are_told() -> None:
    org = organisation(
        {"a": {}, "b": {}, "c": {"capacity": 1, "languages": "fr"}, "x": {"capacity": 1, "languages": "en"}},
        knows={"x": {"sql": 5}, "c": {"sql": 4}}, wants={"a": {"sql": 4}, "b": {"sql": 4}},
        blocks=[{"mentee_id": "a", "mentor_id": "c"}, {"mentee_id": "b", "mentor_id": "c"}],
    )  # fmt: skip
    round_ = match(org, task_based(), on=ON)
    (mentee_id,) = round_.plan.unmatched.mentee_id.tolist()
    found = remedies(round_, mentee_id, "sql")
    text = str(found)
    assert "one place more for x: served besides all others (+1 request" in text
    assert "not-blocked lifted for c: served besides all others (+1 request" in text
    assert "a recruit for sql at level 4: served besides all others (+1 request" in text
    assert "2 requests of a and b can be served by x alone, who has 1 place: 1 too few" in text
    data = found.as_data()
    assert isinstance(data["remedies"], list)
    assert len(data["remedies"]) == len(found.remedies)
    assert data["hindrance"] == {
        "requests": [{"mentee_id": "a", "skill_id": "sql"}, {"mentee_id": "b", "skill_id": "sql"}],
        "mentors": ["x"], "demand": 2, "places": 1, "short_of": 1,
    }  # fmt: skip


def test_a_request_of_many_hours_takes_the_place_of_many_others() -> None:
    """Would be broken: "no single change serves it", where some plan serves it and nobody else."""
    others = "bcdefgh"
    org = organisation(
        {"a": {}, **{one: {} for one in others}, "x": {"capacity": 7}},
        knows={"x": {"sql": 4, "law": 4}},
        wants={"a": {"law": 3}, **{one: {"sql": 3} for one in others}},
    )
    hours = MentorHours(by_skill={"law": 14, "sql": 2}, per_place=2)
    round_ = match(org, programme(Policy(scorers=(), constraints=(hours,))), on=ON, strategy=CpSat())
    first = remedies(round_, "a", "law").remedies[0]
    assert (first.change, first.requests, first.chosen) == (Change.NOTHING, -6, False)


def test_a_request_whose_place_costs_more_than_it_brings_can_still_be_served() -> None:
    """Would be broken: the same, where what a place costs is the reason why no best plan serves it."""
    org = organisation(
        {"a": {}, "b": {}, "x": {"capacity": 2}},
        knows={"x": {"sql": 5}},
        wants={"a": {"sql": 4}},
        engaged=[{"mentor_id": "x", "mentee_id": "b", "skill_id": "sql", "from_on": ASSESSED_ON}],
    )
    policy = Policy(scorers=(LevelFit(),), objective="score", load_cost=1_000)
    round_ = match(org, programme(policy), on=ON)
    assert round_.plan.unmatched.mentee_id.tolist() == ["a"]
    first = remedies(round_, "a", "sql").remedies[0]
    assert (first.change, first.requests, first.chosen) == (Change.NOTHING, 1, False)


def test_who_has_a_mentor_needs_no_change() -> None:
    org = organisation({"a": {}, "x": {"capacity": 1}}, knows={"x": {"sql": 5}}, wants={"a": {"sql": 3}})
    found = remedies(match(org, task_based(), on=ON), "a", "sql")
    assert (found.served, found.remedies, str(found)) == (True, (), "a in sql has a mentor.")
    assert found.as_data()["hindrance"] is None
    with pytest.raises(UnknownIdError):
        remedies(match(org, task_based(), on=ON), "x", "sql")


def test_what_a_strategy_left_open_is_served_by_solving_again() -> None:
    org = organisation(
        {"a": {}, "b": {}, "x": {"capacity": 1}, "y": {"capacity": 1}},
        knows={"x": {"sql": 4}, "y": {"sql": 5}}, wants={"a": {"sql": 3}, "b": {"sql": 5}},
    )  # fmt: skip
    policy = evolve(task_based().policy, scorers=())
    for seed in range(20):
        round_ = match(org, programme(policy), on=ON, strategy=Greedy(), seed=seed)
        if round_.solution.n_matched == 1:
            (mentee_id,) = round_.plan.unmatched.mentee_id.tolist()
            found = remedies(round_, mentee_id, "sql")
            first = found.remedies[0]
            assert (first.change, first.chosen, found.hindrance) == (Change.NOTHING, True, None)
            return
    raise AssertionError("greedy never left a request open")


def test_nobody_at_all_is_said_so() -> None:
    org = organisation({"a": {}, "b": {}}, wants={"a": {"sql": 3}})
    found = remedies(match(org, task_based(), on=ON), "a", "sql")
    assert [one.change for one in found.remedies] == [Change.RECRUIT]
    assert "1 request can be served by nobody who offers a place" in str(found)
    capped = organisation({"a": {}}, wants={"a": {"sql": 5}}, highest=5)
    above = evolve(task_based().policy, rules=(Qualified(above_target=1),))
    found = remedies(match(capped, programme(above), on=ON), "a", "sql")
    assert found.remedies == ()
    assert "no single change serves it" in str(found)


def test_the_outcome_of_the_day_itself_is_not_changed() -> None:
    """Two outcomes of one day would contradict each other."""
    org = organisation({"a": {}, "x": {"capacity": 1}}, wants={"a": {"sql": 4}}).assessed(
        Assessment(person_id=PersonId("x"), skill_id=SkillId("sql"), level=3, source=Source.OUTCOME, assessed_on=ON)
    )
    found = remedies(match(org, task_based(), on=ON), "a", "sql")
    assert Change.LEVEL not in [one.change for one in found.remedies]
    earlier = organisation({"a": {}, "x": {"capacity": 1}}, knows={"x": {"sql": 3}}, wants={"a": {"sql": 4}})
    found = remedies(match(earlier, task_based(), on=ON), "a", "sql")
    assert [one.mentor_id for one in found.remedies if one.change is Change.LEVEL] == ["x"]


def test_every_reason_of_the_sample_has_a_remedy() -> None:
    sample = match(read_organisation(folder()), task_based(), on=date(2026, 10, 1))
    unmatched = sample.plan.unmatched
    seen = set()
    for place in np.unique(unmatched.reason, return_index=True)[1].tolist():
        found = remedies(sample, str(unmatched.mentee_id[place]), str(unmatched.skill_id[place]))
        assert any(one.requests == 1 for one in found.remedies)
        seen |= {one.change for one in found.remedies}
    assert Change.PRIORITY in seen
    assert Change.LIMIT in seen


def test_who_is_taught_by_a_pin_does_not_rise_out_of_it() -> None:
    """Found by the long tests: at the level that is needed they ask for nothing, and the pin would hold nobody."""
    org = organisation(
        {"a": {}, "x": {"capacity": 1}, "y": {"capacity": 1}},
        knows={"x": {"sql": 3}, "y": {"sql": 5}}, wants={"a": {"sql": 4}, "x": {"sql": 4}},
        pins=[{"mentee_id": "x", "mentor_id": "y", "skill_id": "sql"}],
    )  # fmt: skip
    found = remedies(match(org, task_based(), on=ON), "a", "sql")
    assert Change.LEVEL not in [one.change for one in found.remedies]
    assert Change.PLACE in [one.change for one in found.remedies]
