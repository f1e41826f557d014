"""Why this mentor, and why no mentor."""

import json

import numpy as np
import pytest
from numpy.random import default_rng

from taskmentor.matching.explanation import Explanation, explain
from taskmentor.matching.flow import Flow
from taskmentor.matching.ids import find_request
from taskmentor.matching.policy import Described, Objective, Policy
from taskmentor.matching.problem import Arcs, Problem, daily_problem
from taskmentor.matching.reasons import Reason, reasons
from taskmentor.matching.rules import NotManager, Qualified, SharedLanguage
from taskmentor.matching.scorers import LevelFit, OtherDepartment
from taskmentor.matching.solution import Solution, solve
from taskmentor.programmes import task_based
from taskmentor.rounds import match
from tests import profiles
from tests.counterfactual import assert_reason_holds, without_names
from tests.organisations import ON, PeopleRows, organisation
from tests.random_problems import random_round

PEOPLE: dict[str, dict[str, object]] = {
    "ann": {"capacity": 1},
    "bob": {"capacity": 1, "languages": "fr"},
    "cat": {"capacity": 0},
    "dan": {"capacity": 1},
    "mia": {"manager_id": "dan", "languages": "en"},
    "pat": {"mentee_limit": 1},
    "sam": {},
}
KNOWS = {
    "ann": {"sql": 3},
    "bob": {"law": 4},
    "cat": {"sql": 3, "tax": 2},
    "dan": {"law": 4, "zen": 2},
    "pat": {"tax": 1},
}


def round_of(
    wants: dict[str, dict[str, int | None]],
    objective: Objective = "requests-then-score",
    **tables: list[dict[str, object]],
) -> tuple[Problem, Solution]:
    policy = Policy(
        rules=(Qualified(), NotManager(), SharedLanguage()), scorers=(LevelFit(weight=2),), objective=objective
    )
    whole = organisation(PEOPLE, knows=KNOWS, wants=wants, skills=("art",), **tables)  # type: ignore[arg-type]
    problem = daily_problem(whole, policy, on=ON)
    return problem, solve(problem, Flow())


def why(problem: Problem, solution: Solution, mentee: str, skill: str) -> Explanation:
    return explain(problem, solution, find_request(problem, mentee, skill))


def test_nobody_is_qualified_names_the_level_and_the_highest_there_is() -> None:
    """Would be broken: the reason that asks for training, or for somebody to be assessed."""
    problem, solution = round_of({"mia": {"sql": 4, "art": 1}, "pat": {"tax": 3}})
    found = why(problem, solution, "mia", "sql")
    assert (found.reason, found.detail) == (Reason.NOBODY_QUALIFIED, {"needed_level": 4, "highest_level": 3})
    assert str(found) == (
        "mia asks for sql at level 4 and has no mentor: "
        "nobody else is confirmed at level 4 or above (the highest is 3)."
    )
    assert why(problem, solution, "mia", "art").detail == {"needed_level": 1, "highest_level": None}
    assert why(problem, solution, "pat", "tax").detail == {"needed_level": 3, "highest_level": 2}


def test_barred_counts_the_qualified_by_rule() -> None:
    """Would be broken: which rule stands in the way."""
    problem, solution = round_of({"mia": {"law": 3}}, blocks=[{"mentee_id": "mia", "mentor_id": "bob"}])
    found = why(problem, solution, "mia", "law")
    assert found.reason is Reason.BARRED
    assert found.detail == {"qualified": 2, "rules": {"not-blocked": 1, "not-manager": 1, "shared-language": 1}}
    assert str(found).endswith("is barred (1 by not-blocked, 1 by not-manager, 1 by shared-language).")


def test_where_those_who_are_barred_are_full_as_well_both_reasons_are_given() -> None:
    """Would be broken: lifting the rule alone, which would not help."""
    problem, solution = round_of({"mia": {"zen": 2}, "sam": {"law": 3}, "pat": {"zen": 1}})
    found = why(problem, solution, "mia", "zen")
    assert found.reason is Reason.BARRED
    also = found.detail["also"]
    assert isinstance(also, dict)
    assert also == {"all-full": {"mentors": 1, "offering_none": 0, "held_by": {"dan": ["pat"]}, "without_places": []}}


def test_the_mentees_limit_names_what_was_served_instead() -> None:
    """Would be broken: the reason that the mentee can lift."""
    problem, solution = round_of({"pat": {"sql": 3, "law": 3}})
    (left,) = np.setdiff1d(np.arange(2), solution.request).tolist()
    found = explain(problem, solution, left)
    other = "law" if found.skill_id == "sql" else "sql"
    assert (found.reason, found.detail) == (Reason.MENTEES_LIMIT, {"limit": 1, "served": [other], "engaged": 0})
    assert str(found).splitlines()[0].endswith("has no mentor: the mentee's limit of 1 is reached.")


def test_the_mentees_limit_counts_running_engagements() -> None:
    """Would be broken: places of the mentee that earlier rounds took."""
    engaged: list[dict[str, object]] = [{"mentor_id": "dan", "mentee_id": "pat", "skill_id": "zen"}]
    problem, solution = round_of({"pat": {"sql": 3}}, engaged=engaged)
    assert why(problem, solution, "pat", "sql").detail == {"limit": 1, "served": [], "engaged": 1}


def test_all_full_names_those_who_hold_the_places_and_who_offers_none() -> None:
    """Would be broken: whom to ask next."""
    problem, solution = round_of({"mia": {"sql": 3}, "sam": {"sql": 3}})
    (served,) = solution.request.tolist()
    found = explain(problem, solution, 1 - served)
    holder = {"mia": "sam", "sam": "mia"}[found.mentee_id]
    expected: dict[str, Described] = {
        "mentors": 1, "offering_none": 1, "held_by": {"ann": [holder]}, "without_places": ["cat"],
    }  # fmt: skip
    assert (found.reason, found.detail) == (Reason.ALL_FULL, expected)
    assert "of those who could, 1 is full and 1 offers no place." in str(found)


def test_all_full_names_engagements_that_hold_places() -> None:
    """Would be broken: mentors whose places earlier rounds took."""
    engaged: list[dict[str, object]] = [{"mentor_id": "ann", "mentee_id": "dan", "skill_id": "sql"}]
    problem, solution = round_of({"sam": {"sql": 3}}, engaged=engaged)
    assert why(problem, solution, "sam", "sql").detail["held_by"] == {"ann": ["dan"]}


def test_nobody_is_said_to_be_full_who_only_offers_no_place() -> None:
    """Would be broken: the words where all who are qualified offer no place."""
    problem, solution = round_of({"sam": {"tax": 2}})
    found = why(problem, solution, "sam", "tax")
    assert found.reason is Reason.ALL_FULL
    assert found.detail == {"mentors": 0, "offering_none": 1, "held_by": {}, "without_places": ["cat"]}


def test_no_gain_names_the_best_score_among_those_who_are_admitted() -> None:
    """Would be broken: the best score, if it counted mentors whom a rule bars (the manager here, with more points)."""
    people: dict[str, dict[str, object]] = {
        "boss": {"capacity": 1, "department": "a"}, "ann": {"capacity": 1, "department": "b"},
        "mia": {"manager_id": "boss", "department": "b"},
    }  # fmt: skip
    whole = organisation(people, knows={"boss": {"sql": 3}, "ann": {"sql": 3}}, wants={"mia": {"sql": 2}})
    policy = Policy(rules=(Qualified(), NotManager()), scorers=(OtherDepartment(),), objective="score")
    problem = daily_problem(whole, policy, on=ON)
    found = why(problem, solve(problem, Flow()), "mia", "sql")
    assert (found.reason, found.detail) == (Reason.NO_GAIN, {"best_score": 0})
    assert "the best pair that is left would score 0." in str(found)


def test_a_request_that_a_strategy_left_open_is_said_to_be_so() -> None:
    """Would be broken: the blame, which lies with the strategy and with nobody else."""
    problem, solution = round_of({"sam": {"sql": 3}})
    none = np.zeros(0, np.int32)
    empty = Arcs(request=none, mentor=none, weight=np.zeros(0, np.int64))
    nothing = Solution.of(problem, Flow(), empty, solution.duals)
    found = why(problem, nothing, "sam", "sql")
    assert (found.reason, found.detail) == (Reason.LEFT_OPEN, {})
    assert "the strategy left it open although a place is free." in str(found)


def test_a_mentor_is_explained_part_by_part_with_the_best_others() -> None:
    """Would be broken: why this mentor, in words and as data."""
    problem, solution = round_of({"sam": {"law": 3}})
    found = why(problem, solution, "sam", "law")
    assert found.mentor_id in ("bob", "dan")
    (other,) = found.alternatives
    assert {found.mentor_id, other.mentor_id} == {"bob", "dan"}
    assert (found.score, found.parts, found.mentor_level) == (200, (("level-fit", 200),), 4)
    assert (other.score, other.level, other.places_left) == (200, 4, 1)
    assert str(found).splitlines() == [
        f"sam asks for law at level 3 and is mentored by {found.mentor_id} (level 4): 200 points = 200 level-fit.",
        f"  otherwise {other.mentor_id} (level 4): 200 points, places left: 1",
    ]
    data = found.as_data()
    assert json.loads(json.dumps(data)) == data
    assert (data["mentor_id"], data["reason"], data["parts"]) == (found.mentor_id, None, {"level-fit": 200})
    assert explain(problem, solution, 0, alternatives=0).alternatives == ()


def test_a_pinned_pair_is_explained_by_its_pin() -> None:
    """Would be broken: the reason for a pair that no points chose."""
    problem, solution = round_of({"sam": {"law": 3}}, pins=[{"mentee_id": "sam", "mentor_id": "dan"}])
    found = why(problem, solution, "sam", "law")
    assert (found.mentor_id, found.pinned) == ("dan", True)
    assert "is mentored by dan (level 4): by a pin." in str(found)


def test_other_mentors_without_a_place_are_shown_as_full() -> None:
    """Would be broken: what the reader hopes for."""
    problem, solution = round_of({"mia": {"sql": 3}, "sam": {"sql": 3}})
    (served,) = solution.request.tolist()
    text = str(explain(problem, solution, 1 - served))
    assert text.splitlines()[1] == "  otherwise ann (level 3): 150 points, no place left"
    assert explain(problem, solution, 1 - served).as_data()["reason"] == "all-full"


def test_reasons_are_counted_in_their_order() -> None:
    """Would be broken: the summary of a round."""
    problem, solution = round_of({"mia": {"sql": 4, "law": 3}, "sam": {"tax": 2, "sql": 3}}, blocks=[])
    counts = reasons(problem, solution).counts()
    assert list(counts) == [reason.value for reason in Reason if reason.value in counts]
    assert sum(counts.values()) == problem.n_requests - solution.n_matched


def test_a_problem_from_scores_has_nobody_to_explain() -> None:
    """Would be broken: the message where somebody explains a benchmark."""
    problem = Problem.from_scores(np.ones((1, 1), np.int64))
    with pytest.raises(ValueError, match="made from scores"):
        reasons(problem, solve(problem, Flow()))


def _as_the_lists_say(
    drawn_reason: str, request: int, solution: Solution, problem: Problem, scores: list[int | None]
) -> bool:
    load = np.bincount(solution.mentor, minlength=problem.n_mentors)
    pinned = problem.pinned[problem.pinned >= 0]
    left = problem.capacity + np.bincount(pinned, minlength=problem.n_mentors) - load
    admitted = [mentor for mentor, score in enumerate(scores) if score is not None]
    free = [mentor for mentor in admitted if left[mentor] > 0]
    if drawn_reason in ("nobody-qualified", "barred"):
        return not admitted
    if drawn_reason == "all-full":
        return bool(admitted) and not free
    if drawn_reason == "no-gain":
        return bool(free) and all((scores[mentor] or 0) <= 0 for mentor in free)
    return drawn_reason == "mentees-limit"


def test_reasons_of_random_rounds_agree_with_the_plain_rules() -> None:
    """Would be broken: any reason, held against all pairs one by one; an exact plan leaves nothing open."""
    seen = set()
    for number in profiles.some(300):
        drawn = random_round(default_rng([14, number]))
        problem, solution = drawn.problem, solve(drawn.problem, Flow())
        found = reasons(problem, solution)
        assert len(found) == problem.n_requests - solution.n_matched
        rows = zip(found.mentee_id.tolist(), found.skill_id.tolist(), found.reason.tolist(), found.detail, strict=True)
        for mentee, skill, reason, detail in rows:
            request = find_request(problem, mentee, skill)
            assert _as_the_lists_say(reason, request, solution, problem, list(drawn.small.scores[request])), (
                number,
                reason,
            )
            also = detail.get("also", {})
            assert isinstance(also, dict)
            assert reason != "left-open"
            served = problem.mentee[solution.request] == problem.mentee[request]
            pinned = problem.pinned[solution.request] >= 0
            full = int((served & ~pinned).sum()) >= problem.limit[problem.mentee[request]]
            assert ("mentees-limit" in {reason, *also}) == full
            seen.add(reason)
            told = explain(problem, solution, request)
            assert told.reason == reason
            assert without_names(told.detail) == detail
    assert seen == {"nobody-qualified", "barred", "mentees-limit", "all-full", "no-gain"}


def test_those_who_hold_more_than_is_offered_are_named() -> None:
    """Would be broken: whom to ask, where running engagements take more places than the mentor offers now."""
    engaged: list[dict[str, object]] = [
        {"mentor_id": "bob", "mentee_id": mentee, "skill_id": "law"} for mentee in ("cat", "dan")
    ]
    people: PeopleRows = {"mia": {}, "bob": {"capacity": 0}, "cat": {}, "dan": {}}
    whole = organisation(people, knows={"bob": {"sql": 3}}, wants={"mia": {"sql": 2}}, skills=("law",), engaged=engaged)
    done = match(whole, task_based(policy=Policy(rules=(Qualified(),), scorers=())), on=ON)
    assert done.explain("mia", "sql").detail["held_by"] == {"bob": ["cat", "dan"]}
    assert_reason_holds(done, 0, Flow())


def test_the_highest_level_is_that_of_somebody_else() -> None:
    """Would be broken: a sentence that contradicts itself, where only the mentee knows the skill."""
    whole = organisation({"mia": {}, "bob": {}}, knows={"mia": {"sql": 1}}, wants={"mia": {"sql": 2}})
    problem = daily_problem(whole, Policy(rules=(), scorers=()), on=ON)
    found = reasons(problem, Flow()(problem))
    assert (found.reason.tolist(), found.detail[0]["highest_level"]) == (["nobody-qualified"], None)
