"""Scorers, each by what its docstring says, computed by hand."""

from datetime import date

import numpy as np
import pytest
from attrs import evolve

from taskmentor.errors import InputError
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import daily_problem
from taskmentor.matching.scorers import (
    FewHolders,
    Importance,
    KnownAlready,
    LeavesSoon,
    LevelFit,
    OrgDistance,
    OtherDepartment,
    Scorer,
    SeniorityCloseness,
    SimilarField,
    Tenure,
    TimeZoneCloseness,
    ValuesCloseness,
    Waiting,
)
from taskmentor.models.organisation import Organisation
from taskmentor.programmes import task_based
from taskmentor.rounds import match
from tests.organisations import ON, PeopleRows, organisation


def points(whole: Organisation, scorer: Scorer, on: date = ON) -> dict[str, int]:
    """Return the points of each mentor for the one request."""
    problem = daily_problem(whole, Policy(rules=(), scorers=(scorer,)), on=on)
    assert problem.pool is not None
    (pairs,) = problem.pairs()
    ids = [str(whole.people.id(code)) for code in problem.pool.mentors[pairs.mentor].tolist()]
    (part,) = problem.parts(pairs.request, pairs.mentor, pairs.level)
    block = problem.score(np.zeros((1, 1), np.int64), pairs.mentor[None, :], pairs.level[None, :])
    assert block.tolist() == [part.tolist()]
    low, high = problem.score_bounds
    assert low <= part.min()
    assert part.max() <= high
    return dict(zip(ids, part.tolist(), strict=True))


def with_columns(mentee: dict[str, object], **mentors: dict[str, object]) -> Organisation:
    """Return an organisation of one mentee and some mentors of the same level."""
    people: PeopleRows = {"mia": mentee, **{person: {"capacity": 1, **columns} for person, columns in mentors.items()}}
    return organisation(people, knows={person: {"sql": 3} for person in mentors}, wants={"mia": {"sql": 2}})


def test_level_fit_loses_points_for_each_level_away_from_the_ideal() -> None:
    """Would be broken: the ideal one level above the target, and points below 0."""
    people: PeopleRows = {"mia": {}, **{f"l{level}": {"capacity": 1} for level in range(8)}}
    knows = {f"l{level}": {"sql": level} for level in range(8)}
    whole = organisation(people, knows=knows, wants={"mia": {"sql": 2}}, highest=7)
    assert points(whole, LevelFit()) == {
        "l0": 25, "l1": 50, "l2": 75, "l3": 100, "l4": 75, "l5": 50, "l6": 25, "l7": 0,
    }  # fmt: skip
    steep = {person: 100 if person == "l2" else 0 for person in knows}
    assert points(whole, LevelFit(ideal=0, per_level=100)) == steep
    assert points(whole, LevelFit(ideal=0, per_level=10**18)) == steep
    assert points(whole, LevelFit(ideal=3, per_level=1, weight=-2))["l5"] == -200


@pytest.mark.parametrize(("priority", "expected"), [(1, 20), (3, 60), (5, 100)])
def test_importance_gives_twenty_points_for_each_step_of_the_priority(priority: int, expected: int) -> None:
    """Would be broken: the weight of a request, and its multiplication in 64 bits."""
    asked = [{"person_id": "mia", "skill_id": "sql", "target_level": 2, "priority": priority}]
    whole = organisation({"mia": {}, "ann": {"capacity": 1}}, knows={"ann": {"sql": 3}}, requests=asked)
    assert points(whole, Importance()) == {"ann": expected}
    assert points(whole, Importance(weight=1000)) == {"ann": 1000 * expected}


def test_other_departments_count_where_both_are_known() -> None:
    """Would be broken: what an empty cell means on either side."""
    mentors: dict[str, dict[str, object]] = {
        "ann": {"department": "data"}, "bob": {"department": "legal"}, "cat": {},
    }  # fmt: skip
    assert points(with_columns({"department": "data"}, **mentors), OtherDepartment()) == {
        "ann": 0,
        "bob": 100,
        "cat": 0,
    }
    assert points(with_columns({}, **mentors), OtherDepartment()) == {"ann": 0, "bob": 0, "cat": 0}
    assert points(with_columns({}, cat={}), OtherDepartment()) == {"cat": 0}


@pytest.mark.parametrize(
    ("one", "other", "on", "expected"),
    [
        ("Europe/Berlin", "Europe/Berlin", ON, 100),
        ("Europe/Berlin", "Europe/London", ON, 90),
        ("Europe/Berlin", "Asia/Kolkata", date(2026, 7, 1), 60),  # 3:30 in summer: four started hours
        ("Europe/Berlin", "Asia/Kolkata", date(2026, 12, 1), 50),  # 4:30 in winter: five
        ("Europe/London", "America/New_York", date(2026, 3, 7), 50),  # both on winter time
        ("Europe/London", "America/New_York", date(2026, 3, 8), 60),  # New York's clocks change three weeks before
        ("Europe/London", "America/New_York", date(2026, 3, 28), 60),
        ("Europe/London", "America/New_York", date(2026, 3, 29), 50),
        ("Asia/Kolkata", "Asia/Kathmandu", ON, 90),  # 15 minutes: a started hour
        ("Pacific/Auckland", "Pacific/Honolulu", date(2026, 7, 1), 80),  # 22 hours, which is 2 on the clock
        ("Pacific/Kiritimati", "Pacific/Honolulu", ON, 100),  # 24 hours: the same time on the clock
        ("Pacific/Kiritimati", "Pacific/Pago_Pago", ON, 90),  # 25 hours, which is 1 on the clock
        ("Europe/Berlin", "Pacific/Auckland", date(2026, 7, 1), 0),  # 10 hours
        ("Europe/London", "Pacific/Auckland", date(2026, 12, 1), 0),  # 13 hours, which is 11 on the clock
        ("", "Europe/Berlin", ON, 0),
        ("Europe/Berlin", "", ON, 0),
        ("", "", ON, 0),
    ],
)
def test_time_zones_are_close_by_the_clock_of_the_day(one: str, other: str, on: date, expected: int) -> None:
    """Would be broken: clock changes, half hours, the way round the date line, or unknown zones."""
    whole = with_columns({"time_zone": one or None}, ann={"time_zone": other or None})
    assert points(whole, TimeZoneCloseness(), on) == {"ann": expected}
    turned = with_columns({"time_zone": other or None}, ann={"time_zone": one or None})
    assert points(turned, TimeZoneCloseness(), on) == {"ann": expected}


def test_points_for_time_zones_are_never_below_0_or_above_100() -> None:
    """Would be broken: huge losses an hour, which must not wrap around."""
    whole = with_columns({"time_zone": "UTC"}, ann={"time_zone": "Asia/Tokyo"}, bob={"time_zone": "UTC"})
    assert points(whole, TimeZoneCloseness(per_hour=10**18)) == {"ann": 0, "bob": 100}
    assert points(whole, TimeZoneCloseness(per_hour=0)) == {"ann": 100, "bob": 100}


def test_seniority_is_close_by_grades_and_unknown_grades_give_nothing() -> None:
    """Would be broken: grades far apart, and the code of an unknown grade, which is a number too."""
    mentors: dict[str, dict[str, object]] = {
        "ann": {"grade": 4}, "bob": {"grade": 6}, "cat": {"grade": 900}, "dan": {}, "eve": {"grade": 0},
    }  # fmt: skip
    assert points(with_columns({"grade": 4}, **mentors), SeniorityCloseness()) == {
        "ann": 100, "bob": 60, "cat": 0, "dan": 0, "eve": 20,
    }  # fmt: skip
    assert set(points(with_columns({}, **mentors), SeniorityCloseness()).values()) == {0}


def test_org_distance_counts_reporting_steps_and_other_trees_are_farthest() -> None:
    """Would be broken: near and far, and what no common manager means."""
    people: PeopleRows = {
        "top": {"capacity": 1},
        "mid": {"capacity": 1, "manager_id": "top"},
        "mia": {"manager_id": "mid"},
        "sib": {"capacity": 1, "manager_id": "mid"},
        "out": {"capacity": 1},
    }
    knows = {person: {"sql": 3} for person in ("top", "mid", "sib", "out")}
    whole = organisation(people, knows=knows, wants={"mia": {"sql": 2}})
    assert points(whole, OrgDistance()) == {"mid": 10, "top": 20, "sib": 20, "out": 100}
    assert points(whole, OrgDistance(prefer="near")) == {"mid": 90, "top": 80, "sib": 80, "out": 0}
    assert points(whole, OrgDistance(per_step=60)) == {"mid": 60, "top": 100, "sib": 100, "out": 100}
    assert points(whole, OrgDistance(prefer="near", per_step=0)) == {"mid": 100, "top": 100, "sib": 100, "out": 0}


@pytest.mark.parametrize(
    ("joined_on", "on", "years"),
    [
        (date(2026, 10, 1), date(2026, 10, 1), 0),
        (date(2025, 10, 2), date(2026, 10, 1), 0),
        (date(2025, 10, 1), date(2026, 10, 1), 1),
        (date(2024, 11, 1), date(2026, 10, 1), 1),
        (date(2024, 9, 30), date(2026, 10, 1), 2),
        (date(2024, 2, 29), date(2027, 2, 28), 2),  # the anniversary of a leap day comes a day later
        (date(2024, 2, 29), date(2027, 3, 1), 3),
        (date(1900, 1, 1), date(2026, 10, 1), 126),
    ],
)
def test_tenure_counts_the_anniversaries_that_have_passed(joined_on: date, on: date, years: int) -> None:
    """Would be broken: years of another length than those of the calendar, and more than 100 points."""
    whole = with_columns({}, ann={"joined_on": joined_on}, bob={})
    assert points(whole, Tenure(), on) == {"ann": min(10 * years, 100), "bob": 0}
    assert points(whole, Tenure(per_year=3), on) == {"ann": min(3 * years, 100), "bob": 0}
    assert points(whole, Tenure(per_year=10**18), on) == {"ann": 100 if years else 0, "bob": 0}


def test_those_know_each_other_who_had_an_engagement_before_the_day() -> None:
    """Would be broken: the direction of an engagement, its skill, its day, and somebody who has left."""
    people: PeopleRows = {
        "mia": {"mentee_limit": 9},
        **{one: {"capacity": 9} for one in ("ann", "bob", "cat", "dan", "eve")},
        "old": {"capacity": 1, "left_on": date(2026, 1, 1)},
    }

    def engaged(mentor: str, mentee: str, **days: date) -> dict[str, object]:
        return {"mentor_id": mentor, "mentee_id": mentee, "skill_id": "law", **days}

    over = {"from_on": date(2025, 1, 1), "until_on": date(2025, 2, 1)}
    whole = organisation(
        people,
        knows={one: {"sql": 3} for one in ("ann", "bob", "cat", "dan", "eve")},
        wants={"mia": {"sql": 2}},
        skills=("sql", "law"),
        engaged=[
            engaged("ann", "mia", **over),
            engaged("ann", "mia", from_on=date(2025, 5, 1), until_on=date(2025, 6, 1)),  # twice is no more than once
            engaged("mia", "bob", **over),  # the other way round
            engaged("cat", "mia", from_on=ON),  # begins on the day
            engaged("dan", "mia"),  # nobody remembers when it began
            engaged("eve", "ann", **over),  # somebody else
            engaged("old", "mia", **over),
        ],
    )
    assert points(whole, KnownAlready()) == {"ann": 100, "bob": 0, "cat": 0, "dan": 100, "eve": 0}
    assert points(whole, KnownAlready(weight=-1))["ann"] == -100


def test_mg1_a_field_is_similar_where_roles_ask_for_the_same_skills() -> None:
    """Would be broken: the share of skills that both roles ask for, and people without a role."""
    roles = {
        "one": {"sql": 1, "law": 1, "tax": 1},
        "two": {"sql": 1, "law": 2, "art": 1},
        "three": {"art": 1},
        "four": {"sql": 4},
    }
    people: PeopleRows = {
        "mia": {"role_id": "one"},
        **{one: {"capacity": 1, "role_id": role} for one, role in (("ann", "one"), ("bob", "two"), ("cat", "three"))},
        "dan": {"capacity": 1, "role_id": "four"},
        "eve": {"capacity": 1},
    }
    whole = organisation(
        people, knows={one: {"sql": 3} for one in people if one != "mia"}, wants={"mia": {"sql": 2}}, requires=roles
    )
    assert points(whole, SimilarField()) == {"ann": 100, "bob": 50, "cat": 0, "dan": 33, "eve": 0}


def test_d17_and_kt1_skills_that_few_hold_come_first() -> None:
    """Would be broken: who counts as a holder: at the target, there on the day, and not about to leave."""
    left, coming = {"left_on": date(2026, 1, 1)}, {"joined_on": date(2027, 1, 1)}
    leaving = {"left_on": date(2026, 12, 30)}
    people: PeopleRows = {
        "mia": {}, "ann": {"capacity": 1}, "bob": {}, "cat": {}, "dan": left, "eve": coming, "fay": leaving,
    }  # fmt: skip
    knows = {"mia": {"sql": 1}, "ann": {"sql": 5}, "bob": {"sql": 3}, "cat": {"sql": 4},
             "dan": {"sql": 5}, "eve": {"sql": 5}, "fay": {"sql": 5}}  # fmt: skip

    def few(target: int, scorer: Scorer) -> int:
        return points(organisation(people, knows=knows, wants={"mia": {"sql": target}}), scorer)["ann"]

    assert [few(target, FewHolders()) for target in (2, 3, 4, 5)] == [60, 60, 80, 100]
    assert [few(target, FewHolders(per_holder=60)) for target in (2, 4)] == [0, 40]
    assert [few(5, FewHolders(days=days)) for days in (89, 90)] == [80, 100]


@pytest.mark.parametrize(("days", "expected"), [(0, 0), (30, 0), (31, 100), (1_000, 100)])
def test_d17_mentors_who_leave_soon_come_first(days: int, expected: int) -> None:
    """Would be broken: the last day that counts, and people who never leave."""
    whole = with_columns({}, ann={"left_on": date(2026, 11, 1)}, bob={})
    assert points(whole, LeavesSoon(days=days)) == {"ann": expected, "bob": 0}


def test_d11_values_lose_points_for_each_step_apart() -> None:
    """Would be broken: both directions, the lowest points, and an empty cell."""
    columns: dict[str, dict[str, object]] = {
        "ann": {"x_values": 5}, "bob": {"x_values": 3}, "cat": {"x_values": 8}, "dan": {"x_values": -9}, "eve": {},
    }  # fmt: skip
    whole = with_columns({"x_values": 5}, **columns)
    assert points(whole, ValuesCloseness()) == {"ann": 100, "bob": 60, "cat": 40, "dan": 0, "eve": 0}
    assert points(whole, ValuesCloseness(per_step=1))["dan"] == 86
    assert set(points(with_columns({}, **columns), ValuesCloseness()).values()) == {0}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: LevelFit(per_level=-1),
        lambda: Tenure(per_year=-1),
        lambda: TimeZoneCloseness(per_hour=-1),
        lambda: SeniorityCloseness(per_grade=-1),
        lambda: OrgDistance(per_step=-1),
        lambda: OrgDistance(prefer="middle"),  # type: ignore[arg-type]
        lambda: Importance(weight=1.5),  # type: ignore[arg-type]
        lambda: FewHolders(per_holder=-1),
        lambda: FewHolders(days=-1),
        lambda: LeavesSoon(days=10**6),
        lambda: ValuesCloseness(column=""),
    ],
)
def test_parameters_out_of_range_are_refused(wrong: object) -> None:
    """Would be broken: whole points of a stated range."""
    with pytest.raises((ValueError, TypeError)):
        wrong()  # type: ignore[operator]


def test_row_9_waiting_gives_points_for_each_round_without_a_mentor() -> None:
    """Would be broken: who comes first after a round in which there were too few mentors."""
    whole = with_columns({}, ann={})
    assert points(whole, Waiting(rounds=(("mia", "sql", 2), ("mia", "law", 4), ("zoe", "sql", 1)))) == {"ann": 40}
    assert points(whole, Waiting(rounds=(("mia", "sql", 3),), per_round=10**18, weight=2)) == {"ann": 200}
    assert points(whole, Waiting()) == {"ann": 0}


def test_row_9_plans_say_who_has_waited_and_whoever_was_served_waits_anew() -> None:
    """Would be broken: rounds in a row, in the order of their days and not as they are given."""
    people: PeopleRows = {"mia": {}, "max": {}, "ann": {"capacity": 1}}
    whole = organisation(people, knows={"ann": {"sql": 3}}, wants={"mia": {"sql": 2}, "max": {"sql": 2}})
    usual = task_based().policy
    days = [date(2026, 10, day) for day in (1, 8, 15)]
    scorers, plans = usual.scorers, []
    for day in days:
        plans.append(match(whole, task_based(policy=evolve(usual, scorers=scorers)), on=day).plan)
        scorers = (*usual.scorers, Waiting.after(*reversed(plans), weight=9))
    served = [str(plan.mentee_id[0]) for plan in plans]
    assert served[0] != served[1] != served[2]
    waiting = scorers[-1]
    assert isinstance(waiting, Waiting)
    assert waiting.rounds == ((served[1], "sql", 1),)
    assert Waiting.after().rounds == ()
    unserved = [evolve(plans[0], claims=evolve(plans[0].claims, on=day)) for day in days]
    assert Waiting.after(*unserved).rounds == ((served[1], "sql", 3),)


@pytest.mark.parametrize(
    "wrong", ["mia sql 2", ("abc",), (("mia", "sql"),), (("mia", "sql", -1),), (("m", "s", True),)]
)
def test_waits_are_of_a_mentee_a_skill_and_a_number(wrong: object) -> None:
    """Would be broken: rows of a policy file that say nothing."""
    with pytest.raises(InputError, match=r"WRONG-TYPE policy column rounds.*is no wait"):
        Waiting(rounds=wrong)  # type: ignore[arg-type]
