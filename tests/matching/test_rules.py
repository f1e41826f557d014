"""Rules, each by what its docstring says."""

from datetime import date, timedelta

import numpy as np
import pytest
from attrs import evolve

from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.rules import NotManager, Qualified, Rule, SharedLanguage, StaysFor
from taskmentor.models.organisation import Organisation
from tests.organisations import ON, PeopleRows, organisation


def mentors(whole: Organisation, *rules: Rule, mentee: str = "mia", skill: str = "sql", on: date = ON) -> list[str]:
    """Return who is admitted for one request, sorted."""
    problem = daily_problem(whole, Policy(rules=rules, scorers=()), on=on)
    assert problem.pool is not None
    people = whole.people
    found = []
    for pairs in problem.pairs():
        for request, mentor in zip(pairs.request.tolist(), pairs.mentor.tolist(), strict=True):
            asked = people.id(int(problem.pool.mentees[request])), whole.model.skill_ids[problem.skill[request]]
            if asked == (mentee, skill):
                found.append(str(people.id(int(problem.pool.mentors[mentor]))))
    return sorted(found)


def test_a_mentor_is_qualified_at_the_target_and_above_the_mentee() -> None:
    """Would be broken: who may teach; an unassessed skill never qualifies, being assessed at the lowest level can."""
    people: PeopleRows = {"mia": {}, **{f"l{level}": {"capacity": 1} for level in range(5)}, "non": {"capacity": 1}}
    knows = {f"l{level}": {"sql": level} for level in range(5)}
    whole = organisation(people, knows=knows, wants={"mia": {"sql": 3}})
    assert mentors(whole, Qualified()) == ["l3", "l4"]
    assert mentors(whole, Qualified(above_target=1)) == ["l4"]
    assert mentors(whole, Qualified(above_target=2)) == []
    assert mentors(whole, Qualified(above_target=10**9)) == []
    assert mentors(whole) == ["l0", "l1", "l2", "l3", "l4"]


def test_a_mentor_of_the_target_level_must_still_be_above_the_mentee() -> None:
    """Would be broken: the second half of the rule, for those who ask for less than they know."""
    people: PeopleRows = {"mia": {}, "two": {"capacity": 1}, "ten": {"capacity": 1}}
    whole = organisation(
        people, knows={"mia": {"sql": 2}, "two": {"sql": 2}, "ten": {"sql": 3}}, wants={"mia": {"sql": 3}}
    )
    asked = daily_problem(whole, Policy(rules=(Qualified(),)), on=ON).pool.requests  # type: ignore[union-attr]
    less = evolve(asked, target=np.ones(1, np.int8))
    problem = Problem.build(whole, less, Policy(rules=(Qualified(),)), on=ON)
    (pairs,) = problem.pairs()
    assert [whole.people.id(int(problem.pool.mentors[place])) for place in pairs.mentor] == ["ten"]  # type: ignore[union-attr]


def test_nobody_mentors_themselves_under_any_policy() -> None:
    """Would be broken: the one rule that no policy can drop."""
    whole = organisation({"mia": {"capacity": 3}}, knows={"mia": {"sql": 4}}, wants={"mia": {"sql": 5}})
    assert mentors(whole) == []


def blocked(*rows: tuple[str, str, str | None]) -> Organisation:
    people: PeopleRows = {"mia": {}, "pat": {}, "ann": {"capacity": 9}, "bob": {"capacity": 9}}
    both = {"sql": 3, "law": 3}
    blocks = [{"mentee_id": mentee, "mentor_id": mentor, "skill_id": skill} for mentee, mentor, skill in rows]
    wants: dict[str, dict[str, int | None]] = {"mia": {"sql": 2, "law": 2}, "pat": {"sql": 2}}
    return organisation(people, knows={"ann": both, "bob": both}, wants=wants, blocks=blocks)


def test_a_block_without_a_skill_holds_for_all_of_the_mentees_requests() -> None:
    """Would be broken: blocks, of which several may name one mentee and some nobody who asks."""
    whole = blocked(("mia", "ann", None), ("bob", "ann", None), ("mia", "pat", None))
    assert mentors(whole) == ["bob"]
    assert mentors(whole, skill="law") == ["bob"]
    assert mentors(whole, mentee="pat") == ["ann", "bob"]


def test_a_block_with_a_skill_holds_for_that_skill_alone() -> None:
    """Would be broken: blocks that name a skill."""
    whole = blocked(("mia", "ann", "sql"), ("mia", "bob", "law"))
    assert mentors(whole) == ["bob"]
    assert mentors(whole, skill="law") == ["ann"]


def test_a_block_of_somebody_who_is_not_there_bars_nobody_else() -> None:
    """Would be broken: the place of people who have left, which is -1 and must not mean the last one."""
    people: PeopleRows = {"mia": {}, "ann": {"capacity": 1}, "old": {"capacity": 1, "left_on": ON}}
    whole = organisation(
        people,
        knows={"ann": {"sql": 3}, "old": {"sql": 3}},
        wants={"mia": {"sql": 2}},
        blocks=[{"mentee_id": "mia", "mentor_id": "old"}],
    )
    assert mentors(whole) == ["ann"]


def reporting_lines() -> Organisation:
    people: PeopleRows = {
        "top": {"capacity": 1},
        "mid": {"capacity": 1, "manager_id": "top"},
        "mia": {"manager_id": "mid"},
        "low": {"capacity": 1, "manager_id": "mia"},
        "sib": {"capacity": 1, "manager_id": "mid"},
        "new": {"capacity": 1},
    }
    return organisation(
        people,
        knows={person: {"sql": 3} for person in ("top", "mid", "low", "sib", "new")},
        wants={"mia": {"sql": 2}},
        reporting=[
            {"person_id": "mia", "manager_id": "mid", "from_on": "2020-01-01", "until_on": "2026-12-31"},
            {"person_id": "mia", "manager_id": "new", "from_on": "2027-01-01"},
        ],
    )


@pytest.mark.parametrize(
    ("line", "on", "expected"),
    [
        ("direct", ON, ["low", "new", "sib", "top"]),
        ("whole", ON, ["low", "new", "sib"]),
        ("direct", date(2027, 1, 1), ["low", "mid", "sib", "top"]),
        ("whole", date(2027, 1, 1), ["low", "mid", "sib", "top"]),
    ],
)
def test_the_manager_or_the_whole_line_of_the_day_is_barred(line: str, on: date, expected: list[str]) -> None:
    """Would be broken: who is a manager, directly or further up, as of the day; reports and peers stay admitted."""
    assert mentors(reporting_lines(), NotManager(line=line), on=on) == expected  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="line"):
        NotManager(line="dotted")  # type: ignore[arg-type]


def test_a_mentee_without_a_manager_is_barred_from_nobody() -> None:
    """Would be broken: the place of nobody, which is -1 and must not mean the last one."""
    whole = organisation({"mia": {}, "zoe": {"capacity": 1}}, knows={"zoe": {"sql": 2}}, wants={"mia": {"sql": 1}})
    assert mentors(whole, NotManager()) == mentors(whole, NotManager(line="whole")) == ["zoe"]


def test_unknown_languages_are_taken_to_be_any() -> None:
    """Would be broken: the shared language, and what an empty cell means."""
    people: PeopleRows = {
        "mia": {"languages": "de;en"},
        "any": {},
        "pat": {"languages": "fr", "capacity": 1},
        "ann": {"languages": "en", "capacity": 1},
        "bob": {"capacity": 1},
    }
    whole = organisation(
        people,
        knows={person: {"sql": 3} for person in ("pat", "ann", "bob")},
        wants={"mia": {"sql": 2}, "any": {"sql": 2}},
    )
    assert mentors(whole, SharedLanguage()) == ["ann", "bob"]
    assert mentors(whole, SharedLanguage(), mentee="any") == ["ann", "bob", "pat"]


@pytest.mark.parametrize(("days", "stays"), [(0, True), (41, True), (42, False), (43, False)])
def test_a_mentor_who_leaves_within_the_days_is_barred(days: int, stays: bool) -> None:
    """Would be broken: the last day; `left_on` is the first day of absence."""
    people: PeopleRows = {"mia": {}, "ann": {"capacity": 1, "left_on": ON + timedelta(days=42)}, "bob": {"capacity": 1}}
    whole = organisation(people, knows={"ann": {"sql": 3}, "bob": {"sql": 3}}, wants={"mia": {"sql": 2}})
    assert mentors(whole, StaysFor(days=days)) == (["ann", "bob"] if stays else ["bob"])


@pytest.mark.parametrize(
    ("columns", "there"),
    [
        ({"joined_on": ON}, True),
        ({"joined_on": ON + timedelta(days=1)}, False),
        ({"left_on": ON + timedelta(days=1)}, True),
        ({"left_on": ON}, False),
        ({"capacity": 0}, False),
    ],
)
def test_only_those_who_are_there_and_offer_places_are_mentors(columns: dict[str, object], there: bool) -> None:
    """Would be broken: people who left or have not come yet, or who offer nothing."""
    whole = organisation(
        {"mia": {}, "ann": {"capacity": 1, **columns}}, knows={"ann": {"sql": 3}}, wants={"mia": {"sql": 2}}
    )
    assert mentors(whole) == (["ann"] if there else [])


def test_rules_answer_for_blocks_as_for_pairs() -> None:
    """Would be broken: the verifier's own blocks of requests against mentors."""
    whole = blocked(("mia", "ann", "sql"))
    rules = (Qualified(), NotManager(), NotManager(line="whole"), SharedLanguage(), StaysFor(days=3))
    for rule in rules:
        problem = daily_problem(whole, Policy(rules=(rule,), scorers=()), on=ON)
        requests, places = np.arange(problem.n_requests), np.arange(problem.n_mentors)
        levels = np.zeros((problem.n_requests, problem.n_mentors), np.int8)
        block = problem.admits(requests[:, None], places[None, :], levels)
        pairs = problem.admits(np.repeat(requests, len(places)), np.tile(places, len(requests)), levels.ravel())
        assert block.shape == (3, 4)
        assert (block.ravel() == pairs).all()
