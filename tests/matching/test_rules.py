"""Rules, each by what its docstring says."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import numpy as np
import pytest
from attrs import evolve

from taskmentor.errors import InputError, UnknownIdError
from taskmentor.matching.flow import Flow
from taskmentor.matching.ids import pool_of
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.rules import (
    MenteesWhere,
    MentorsWhere,
    NoRepeat,
    NotManager,
    Qualified,
    RecruitsOnly,
    Rule,
    SameLocation,
    Senior,
    SharedLanguage,
    StaysFor,
    TheoryFirst,
    ValuesNear,
    WithinSkills,
)
from taskmentor.matching.scorers import KnownAlready
from taskmentor.matching.solution import solve
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


def mentors_with(mentee: Mapping[str, object], *rules: Rule, **columns: Mapping[str, object]) -> list[str]:
    """Return who of some mentors of the same level is admitted for one request."""
    people: PeopleRows = {"mia": mentee, **{one: {"capacity": 1, **column} for one, column in columns.items()}}
    whole = organisation(people, knows={one: {"sql": 3} for one in columns}, wants={"mia": {"sql": 2}})
    return mentors(whole, *rules)


@pytest.mark.parametrize(
    ("rule", "admitted"),
    [
        (Senior(), ["six"]),
        (Senior(least=0), ["five", "six"]),
        (Senior(least=2), []),
        (Senior(side="mentee"), ["four", "two"]),
        (Senior(side="mentee", least=3), ["two"]),
    ],
)
def test_rv1_one_side_is_senior_by_grade(rule: Rule, admitted: list[str]) -> None:
    """Would be broken: the direction, the least, and grades that nobody knows."""
    grades = {"two": 2, "four": 4, "five": 5, "six": 6, "non": None}
    assert mentors_with({"grade": 5}, rule, **{one: {"grade": grade} for one, grade in grades.items()}) == admitted


def test_rv1_seniority_of_whom_nothing_is_known_is_none() -> None:
    """Would be broken: an unknown grade or first day of the mentee, which is nobody's junior."""
    for by in ("grade", "tenure"):
        assert mentors_with({}, Senior(by=by, least=0), ann={"grade": 3, "joined_on": date(2001, 1, 1)}) == []


def test_rv1_one_side_is_senior_by_tenure() -> None:
    """Would be broken: full years, of which the last is full on the anniversary."""
    joined = {"old": date(2016, 10, 1), "one": date(2019, 10, 1), "two": date(2019, 10, 2), "new": date(2024, 1, 1)}
    columns = {one: {"joined_on": day} for one, day in joined.items()}
    mentee: dict[str, object] = {"joined_on": date(2020, 10, 1)}
    assert mentors_with(mentee, Senior(by="tenure"), **columns) == ["old", "one"]
    assert mentors_with(mentee, Senior(by="tenure", side="mentee"), **columns) == ["new"]


def test_rv1_one_side_is_senior_by_position() -> None:
    """Would be broken: managers above count, as of the day; siblings are no seniors."""
    assert mentors(reporting_lines(), Senior(by="position")) == ["mid", "new", "top"]
    assert mentors(reporting_lines(), Senior(by="position", least=2)) == ["new", "top"]
    assert mentors(reporting_lines(), Senior(by="position", side="mentee")) == ["low"]


def test_tb2_only_requests_within_the_skills_of_a_course() -> None:
    """Would be broken: the subject at hand, and names that the model does not know."""
    whole = blocked()
    assert mentors(whole, WithinSkills(skills=("law",))) == []
    assert mentors(whole, WithinSkills(skills=("law",)), skill="law") == ["ann", "bob"]
    assert mentors(whole, WithinSkills(skills=("law", "sql"))) == ["ann", "bob"]
    with pytest.raises(UnknownIdError, match="lwa"):
        mentors(whole, WithinSkills(skills=("lwa",)))


@pytest.mark.parametrize(("days", "admitted"), [(0, False), (30, False), (31, True), (500, True)])
def test_ob1_only_those_who_joined_lately(days: int, admitted: bool) -> None:
    """Would be broken: the first day that counts, and people who were always there."""
    joined = {"joined_on": ON - timedelta(days=31)}
    assert mentors_with(joined, RecruitsOnly(days=days), ann={}) == (["ann"] if admitted else [])
    assert mentors_with({}, RecruitsOnly(days=days), ann={}) == []


@pytest.mark.parametrize(
    ("source", "assessed_on", "admitted"),
    [
        ("test", ON, True),
        ("test", ON - timedelta(days=40), True),
        ("test", ON - timedelta(days=41), False),
        ("test", ON + timedelta(days=1), False),
        ("manager", ON, False),
    ],
)
def test_d5_only_where_a_test_in_the_skill_is_on_record(source: str, assessed_on: date, admitted: bool) -> None:
    """Would be broken: the course before the practice; a test in another skill or of somebody else is none."""
    people: PeopleRows = {"mia": {}, "pat": {}, "ann": {"capacity": 2}}
    test = {"person_id": "mia", "skill_id": "sql", "level": 1, "source": source, "assessed_on": assessed_on}
    known = {"person_id": "ann", "skill_id": "sql", "level": 4, "source": "manager", "assessed_on": date(2026, 1, 1)}
    other = {**known, "skill_id": "law"}
    whole = organisation(
        people, wants={"mia": {"sql": 3, "law": 3}, "pat": {"sql": 3}}, assessments=[test, known, other]
    )
    rule = TheoryFirst(days=40)
    assert mentors(whole, rule) == (["ann"] if admitted else [])
    assert mentors(whole, rule, skill="law") == mentors(whole, rule, mentee="pat") == []


def test_d10_and_rb1_who_says_so_in_a_column_of_the_organisations_own() -> None:
    """Would be broken: texts and numbers, empty cells, and which side is looked at."""
    columns: dict[str, dict[str, object]] = {
        "ann": {"x_open": "yes", "x_wave": 1},
        "bob": {"x_open": "no", "x_wave": 12},
        "cat": {},
    }
    mentee: dict[str, object] = {"x_open": "no", "x_wave": 2}
    assert mentors_with(mentee, MentorsWhere(column="x_open"), **columns) == ["ann"]
    assert mentors_with(mentee, MentorsWhere(column="x_wave", values=("1", "2")), **columns) == ["ann"]
    assert mentors_with(mentee, MenteesWhere(column="x_open"), **columns) == []
    assert mentors_with(mentee, MenteesWhere(column="x_open", values=("no", "maybe")), **columns) == [*columns]
    assert mentors_with({}, MenteesWhere(column="x_wave", values=("0",)), **columns) == []
    with pytest.raises(UnknownIdError, match="x_opne"):
        mentors_with(mentee, MentorsWhere(column="x_opne"), **columns)


def test_d11_values_must_not_be_too_far_apart() -> None:
    """Would be broken: the distance in both directions, and those who did not say."""
    columns: dict[str, dict[str, object]] = {
        "low": {"x_values": 3}, "ann": {"x_values": 4}, "bob": {"x_values": 8}, "far": {"x_values": 9}, "non": {},
    }  # fmt: skip
    assert mentors_with({"x_values": 6}, ValuesNear(), **columns) == ["ann", "bob", "non"]
    assert mentors_with({"x_values": 3}, ValuesNear(most=0), **columns) == ["low", "non"]
    assert mentors_with({}, ValuesNear(most=0), **columns) == ["ann", "bob", "far", "low", "non"]


def test_d11_values_are_numbers_on_a_scale() -> None:
    """Would be broken: texts, which are not near or far, and a table over everybody's own number."""
    with pytest.raises(InputError, match=r"people column x_values: 'green' is not a whole number"):
        mentors_with({"x_values": "green"}, ValuesNear(), ann={})
    many: dict[str, dict[str, object]] = {f"m{number}": {"x_values": number} for number in range(1_001)}
    with pytest.raises(InputError, match="1,001 numbers are different"):
        mentors_with({"x_values": 3}, ValuesNear(), **many)


def test_d2_mentor_and_mentee_at_the_same_place() -> None:
    """Would be broken: shadowing between two towns, and an empty cell."""
    columns: dict[str, dict[str, object]] = {"ann": {"location": "Graz"}, "bob": {"location": "Lyon"}, "cat": {}}
    assert mentors_with({"location": "Graz"}, SameLocation(), **columns) == ["ann", "cat"]
    assert mentors_with({}, SameLocation(), **columns) == ["ann", "bob", "cat"]


def test_those_who_know_each_other_are_not_matched_again() -> None:
    """Would be broken: rotation; the direction, the day, and how long ago it may be."""
    people: PeopleRows = {"mia": {"mentee_limit": 9}, **{one: {"capacity": 9} for one in ("ann", "bob", "cat", "dan")}}

    def engaged(mentor: str, mentee: str, **days: date) -> dict[str, object]:
        return {"mentor_id": mentor, "mentee_id": mentee, "skill_id": "law", **days}

    whole = organisation(
        people,
        knows={one: {"sql": 3} for one in ("ann", "bob", "cat", "dan")},
        wants={"mia": {"sql": 2}},
        skills=("sql", "law"),
        engaged=[
            engaged("ann", "mia", from_on=date(2024, 1, 1), until_on=ON - timedelta(days=100)),
            engaged("bob", "mia", from_on=date(2024, 1, 1)),
            engaged("cat", "mia", from_on=ON),
            engaged("mia", "dan", from_on=date(2024, 1, 1), until_on=date(2024, 2, 1)),
        ],
    )
    assert mentors(whole, NoRepeat()) == ["cat", "dan"]
    assert mentors(whole, NoRepeat(days=100)) == ["cat", "dan"]
    assert mentors(whole, NoRepeat(days=99)) == ["ann", "cat", "dan"]


def test_row_15_the_same_two_do_not_meet_again_within_so_many_rounds_whoever_taught() -> None:
    """A round is a day on which engagements began; what does not say when it began counts always."""
    rounds = [date(2026, month, 1) for month in (3, 6, 9)]
    pairs = [("ann", "mia", rounds[0]), ("mia", "bob", rounds[1]), ("cat", "dan", rounds[2]), ("mia", "eve", None)]
    whole = organisation(
        {"mia": {}, **{one: {"capacity": 1} for one in ("ann", "bob", "cat", "dan", "eve")}},
        knows={one: {"sql": 3} for one in ("ann", "bob", "cat", "dan", "eve")},
        wants={"mia": {"sql": 2}},
        engaged=[
            {"mentor_id": mentor, "mentee_id": mentee, "skill_id": "sql", "from_on": begun, "until_on": begun}
            for mentor, mentee, begun in pairs
        ],
    )
    assert mentors(whole, NoRepeat()) == ["bob", "cat", "dan", "eve"]
    assert mentors(whole, NoRepeat(rounds=2)) == ["ann", "bob", "cat", "dan", "eve"]
    assert mentors(whole, NoRepeat(roles="either")) == ["cat", "dan"]
    assert mentors(whole, NoRepeat(roles="either", rounds=3)) == ["cat", "dan"]
    assert mentors(whole, NoRepeat(roles="either", rounds=2)) == ["ann", "cat", "dan"]
    assert mentors(whole, NoRepeat(roles="either", rounds=1)) == ["ann", "bob", "cat", "dan"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Senior(by="age"),  # type: ignore[arg-type]
        lambda: Senior(side="boss"),  # type: ignore[arg-type]
        lambda: WithinSkills(skills=()),
        lambda: WithinSkills(skills="sql"),
        lambda: WithinSkills(skills=("sql", "sql")),
        lambda: WithinSkills(skills=("sql", " ")),
        lambda: MenteesWhere(column=""),
        lambda: MentorsWhere(column=3),  # type: ignore[arg-type]
        lambda: RecruitsOnly(days=-1),
        lambda: NoRepeat(days=10**6),
        lambda: NoRepeat(rounds=0),
        lambda: NoRepeat(roles="both"),  # type: ignore[arg-type]
    ],
)
def test_parameters_that_mean_nothing_are_refused(wrong: Callable[[], Rule]) -> None:
    """Would be broken: a rule that silently bars everybody or nobody."""
    with pytest.raises(InputError):
        wrong()


def test_rules_answer_for_blocks_as_for_pairs() -> None:
    """Would be broken: the verifier's own blocks of requests against mentors."""
    whole = blocked(("mia", "ann", "sql"))
    rules = (
        Qualified(), NotManager(), NotManager(line="whole"), SharedLanguage(), StaysFor(days=3), Senior(),
        WithinSkills(skills=("sql",)), RecruitsOnly(), TheoryFirst(), SameLocation(), NoRepeat(),
    )  # fmt: skip
    for rule in rules:
        problem = daily_problem(whole, Policy(rules=(rule,), scorers=()), on=ON)
        requests, places = np.arange(problem.n_requests), np.arange(problem.n_mentors)
        levels = np.zeros((problem.n_requests, problem.n_mentors), np.int8)
        block = problem.admits(requests[:, None], places[None, :], levels)
        pairs = problem.admits(np.repeat(requests, len(places)), np.tile(places, len(requests)), levels.ravel())
        assert block.shape == (3, 4)
        assert (block.ravel() == pairs).all()


@pytest.mark.parametrize(("weight", "first"), [(1, "bob"), (-1, "ann")])
def test_row_16_to_prefer_or_to_avoid_the_previous_mentor_is_a_sign(weight: int, first: str) -> None:
    """One organisation wants new acquaintances, another the same mentor again, without overloading anybody."""
    whole = organisation(
        {"mia": {}, "ann": {"capacity": 1}, "bob": {"capacity": 1}},
        knows={"ann": {"sql": 3}, "bob": {"sql": 3}},
        wants={"mia": {"sql": 2}},
        engaged=[
            {"mentor_id": "bob", "mentee_id": "mia", "skill_id": "sql", "from_on": date(2025, 1, 1),
             "until_on": date(2025, 3, 1)},
        ],
    )  # fmt: skip
    policy = Policy(rules=(Qualified(),), scorers=(KnownAlready(weight=weight),))
    problem = daily_problem(whole, policy, on=ON)
    solution, pool = solve(problem, Flow()), pool_of(problem)
    assert whole.people.ids[pool.mentors[solution.mentor]].tolist() == [first]
