"""Presets for longer relations: at the start, on the way up, across the organisation, and from the young to the old."""

from typing import Literal

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.checklist import ChecklistItem, ItemText
from taskmentor.lifecycle.events import ProgrammeId
from taskmentor.lifecycle.terms import Terms
from taskmentor.matching.policy import Policy
from taskmentor.matching.rules import MenteesWhere, MentorsWhere, NoRepeat, RecruitsOnly, Rule, Senior, ValuesNear
from taskmentor.matching.scorers import (
    Importance,
    KnownAlready,
    LevelFit,
    OtherDepartment,
    SeniorityCloseness,
    SimilarField,
    Tenure,
    TimeZoneCloseness,
)
from taskmentor.programmes.presets.admitting import usual_rules
from taskmentor.programmes.programme import MatchingMode, Programme, Purpose

__all__ = [
    "career_development",
    "diversity",
    "informal",
    "leadership",
    "onboarding",
    "one_to_one",
    "reverse",
    "rotation",
]


def one_to_one(
    *, weeks: int = 26, training_hours: int = 2, values_in: str | None = None, most_apart: int = 2,
    ready_in: str | None = None,
) -> Programme:  # fmt: skip
    """Return one-to-one mentoring as organisations have long run it: half a year, matched by a programme manager (O1).

    Mentors have had an orientation (TR1). The two meet without obligation before they commit themselves (D12), sign an
    agreement on goals and expectations (D13), meet monthly (D14), and check in on what carries the relation (D9).

    Args:
        weeks: The usual length of an engagement.
        training_hours: The hours of orientation that a mentor needs before the start; 0 for none.
        values_in: The organisation's own column of numbers that says where people stand (D11); none is looked at where
            none is named.
        most_apart: How far apart the two may stand.
        ready_in: The organisation's own column in which both sides say `yes`, they are ready to open up (D10).
    """
    terms = Terms(
        weeks=weeks,
        intro_meeting=True,
        agreement=True,
        training_hours=training_hours,
        session_every_days=30,
        least_sessions=3,
        check_in_days=(30, 90),
        idle_days=60,
        idle_notice_days=14,
    )
    near: tuple[Rule, ...] = (ValuesNear(column=values_in, most=most_apart),) if values_in else ()
    ready: tuple[Rule, ...] = (MenteesWhere(column=ready_in), MentorsWhere(column=ready_in)) if ready_in else ()
    return Programme(
        id=ProgrammeId("one-to-one"),
        title="One-to-one mentoring",
        purpose=Purpose.IDENTITY,
        labels=("traditional mentoring",),
        policy=Policy(
            rules=usual_rules(terms, *near, *ready, line="whole"),
            scorers=(LevelFit(weight=2), SimilarField(weight=3), Importance(weight=2), TimeZoneCloseness(weight=2)),
            requests_per_person=1,
        ),
        terms=terms,
    )


def reverse(
    *, weeks: int = 16, by: Literal["grade", "tenure", "position"] = "grade", least: int = 1, second_goal: bool = True
) -> Programme:
    """Return reverse mentoring: the junior teaches, the senior learns (RV1).

    Args:
        weeks: The usual length of an engagement.
        by: What makes the mentee the senior: grade, tenure or position.
        least: By how much at least.
        second_goal: Whether the junior may learn something in return (RV2).
    """
    terms = Terms(weeks=weeks, intro_meeting=True, check_in_days=(28,), second_goal=second_goal)
    return Programme(
        id=ProgrammeId("reverse"),
        title="Reverse mentoring",
        purpose=Purpose.CHANGE,
        labels=("upward mentoring",),
        policy=Policy(
            rules=usual_rules(terms, Senior(side="mentee", by=by, least=least)),
            scorers=(LevelFit(weight=3), Importance(weight=3), OtherDepartment(weight=2), TimeZoneCloseness(weight=2)),
        ),
        terms=terms,
    )


def onboarding(*, weeks: int = 12, joined_within_days: int = 180) -> Programme:
    """Return onboarding: whoever joined lately gets a contact who knows the place (OB1, D7).

    Its checklist says what is done by whom and by when.

    Args:
        weeks: The usual length of an engagement.
        joined_within_days: Who counts as a recruit, by the days since the first day.
    """
    terms = Terms(
        weeks=weeks, session_every_days=7, least_sessions=2, check_in_days=(14, 42), idle_days=21,
        checklist=_first_weeks(),
    )  # fmt: skip
    return Programme(
        id=ProgrammeId("onboarding"),
        title="Onboarding",
        purpose=Purpose.ONBOARDING,
        labels=("buddy",),
        policy=Policy(
            rules=usual_rules(terms, RecruitsOnly(days=joined_within_days)),
            scorers=(
                LevelFit(weight=2),
                Importance(weight=2),
                SimilarField(weight=2),
                Tenure(),
                TimeZoneCloseness(weight=3),
            ),
            requests_per_person=1,
        ),
        terms=terms,
    )


def _first_weeks() -> tuple[ChecklistItem, ...]:
    items = (
        ("Greet on the first day and show the place", Relation.MENTOR, 0),
        ("Set up devices and accounts", Relation.MANAGER, 1),
        ("Introduce the tools that the team works with", Relation.MENTOR, 7),
        ("Introduce colleagues of other departments", Relation.MENTOR, 21),
        ("Say what is still unclear", Relation.MENTEE, 28),
        ("Agree on goals for the first half year", Relation.MANAGER, 42),
        ("Ask both how it went", Relation.PROGRAMME_MANAGER, 84),
    )
    return tuple(ChecklistItem(text=ItemText(text), owner=owner, due_days=days) for text, owner, days in items)


def diversity(*, weeks: int = 26) -> Programme:
    """Return diversity mentoring: a level playing field, and a voice across the organisation (DV1).

    Nobody makes a second request before everybody has made one; nearness of grade, role or team gives no points, and
    people of other departments who have not met yet come first. Attributes of groups are not looked at.

    Args:
        weeks: The usual length of an engagement.
    """
    terms = Terms(weeks=weeks, intro_meeting=True, check_in_days=(30, 90), session_every_days=30, least_sessions=3)
    return Programme(
        id=ProgrammeId("diversity"),
        title="Diversity mentoring",
        purpose=Purpose.CHANGE,
        policy=Policy(
            rules=usual_rules(terms, line="whole"),
            scorers=(OtherDepartment(weight=4), LevelFit(weight=2), KnownAlready(weight=-2)),
            requests_per_person=1,
        ),
        terms=terms,
    )


def leadership(*, weeks: int = 39, talents_in: str | None = None) -> Programme:
    """Return leadership mentoring: high potentials with leaders and top performers (LD1).

    Mentors are two grades above and a level above the target, and none of the mentee's own line.

    Args:
        weeks: The usual length of an engagement.
        talents_in: The organisation's own column that says `yes` for high potentials; everybody where none is named.
    """
    terms = Terms(
        weeks=weeks, intro_meeting=True, agreement=True, session_every_days=30, least_sessions=4,
        check_in_days=(60, 180),
    )  # fmt: skip
    talents: tuple[Rule, ...] = (MenteesWhere(column=talents_in),) if talents_in else ()
    return Programme(
        id=ProgrammeId("leadership"),
        title="Leadership mentoring",
        purpose=Purpose.LEADERSHIP,
        labels=("high potentials",),
        policy=Policy(
            rules=usual_rules(terms, Senior(least=2), *talents, above_target=1, line="whole"),
            scorers=(Importance(weight=3), LevelFit(weight=2, ideal=2), OtherDepartment(weight=2), Tenure()),
            requests_per_person=1,
        ),
        terms=terms,
    )


def career_development(*, weeks: int = 26) -> Programme:
    """Return career development: the mentee chooses among those a step ahead, in other departments too (CD1).

    Args:
        weeks: The usual length of an engagement.
    """
    terms = Terms(weeks=weeks, intro_meeting=True, session_every_days=30, least_sessions=3, check_in_days=(60,))
    return Programme(
        id=ProgrammeId("career-development"),
        title="Career development",
        purpose=Purpose.CAREER,
        mode=MatchingMode.SUGGESTED,
        initiator=Relation.MENTEE,
        policy=Policy(
            rules=usual_rules(terms, Senior(least=1), line="whole"),
            scorers=(
                OtherDepartment(weight=2),
                SimilarField(weight=2),
                SeniorityCloseness(weight=2),
                LevelFit(),
                Importance(),
            ),
            requests_per_person=2,
        ),
        terms=terms,
    )


def informal(*, weeks: int = 26) -> Programme:
    """Return informal mentoring: people choose each other, and no more is recorded than that they do (IN1).

    Nothing is reassessed and nobody confirms anything.

    Args:
        weeks: The usual length of an engagement.
    """
    terms = Terms(
        weeks=weeks,
        longest_days=max(728, 7 * weeks),
        reassessment=False,
        confirmation=False,
        mentor_reassessment=False,
    )
    return Programme(
        id=ProgrammeId("informal"),
        title="Informal mentoring",
        purpose=Purpose.IDENTITY,
        mode=MatchingMode.SELF_MATCH_ONE_SIDED,
        initiator=Relation.MENTEE,
        policy=Policy(rules=usual_rules(terms)),
        terms=terms,
    )


def rotation(*, weeks: int = 4, again_after_days: int | None = None) -> Programme:
    """Return mentoring in rotation: somebody else every few weeks, so that everybody gets to know many (T23, U8).

    Args:
        weeks: The usual length of an engagement.
        again_after_days: After how many days two may be matched again; never where none is given.
    """
    terms = Terms(weeks=weeks, confirmation=False, mentor_reassessment=False)
    return Programme(
        id=ProgrammeId("rotation"),
        title="Mentoring in rotation",
        purpose=Purpose.RETENTION,
        mode=MatchingMode.ROTATION,
        policy=Policy(rules=usual_rules(terms, NoRepeat(days=again_after_days)), requests_per_person=1),
        terms=terms,
    )
