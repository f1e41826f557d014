"""Presets for people who do not meet in one place."""

from taskmentor.lifecycle.events import ProgrammeId
from taskmentor.lifecycle.terms import Shortfall, Terms
from taskmentor.matching.policy import Policy
from taskmentor.matching.scorers import Importance, KnownAlready, LevelFit, OtherDepartment, TimeZoneCloseness
from taskmentor.programmes.presets.admitting import usual_rules
from taskmentor.programmes.programme import Medium, Programme, Purpose

__all__ = ["digital", "virtual"]


def virtual(*, weeks: int = 12, least_face_to_face: int = 1, shortfall: Shortfall = Shortfall.WARN) -> Programme:
    """Return virtual mentoring: by video and telephone, for those who cannot leave their place of work (V1).

    At least one meeting face to face is recommended all the same (V2).

    Args:
        weeks: The usual length of an engagement.
        least_face_to_face: How many meetings face to face are recommended; 0 for none.
        shortfall: What follows where fewer are held: a note, a warning, or practice cannot end.
    """
    terms = Terms(
        weeks=weeks,
        session_every_days=14,
        least_sessions=max(3, least_face_to_face),
        least_face_to_face=least_face_to_face,
        shortfall=shortfall,
    )
    return Programme(
        id=ProgrammeId("virtual"),
        title="Virtual mentoring",
        purpose=Purpose.SKILLS,
        labels=("e-mentoring", "distance mentoring"),
        medium=Medium.VIRTUAL,
        policy=Policy(
            rules=usual_rules(terms),
            scorers=(LevelFit(weight=3), Importance(weight=3), TimeZoneCloseness(weight=3), OtherDepartment(weight=2)),
        ),
        terms=terms,
    )


def digital(*, weeks: int = 8, least_exchanges: int = 3, idle_days: int = 21) -> Programme:
    """Return digital mentoring: in writing, each in their own time, so that no clock stands between the two (D4).

    Nothing is scheduled; what passes between the two is recorded as exchange, by its day. Silence is noticed.

    Args:
        weeks: The usual length of an engagement.
        least_exchanges: How many exchanges there should be at least.
        idle_days: After how many days without a sign of life notice is given.
    """
    terms = Terms(weeks=weeks, least_exchanges=least_exchanges, idle_days=idle_days, idle_notice_days=14)
    return Programme(
        id=ProgrammeId("digital"),
        title="Digital mentoring",
        purpose=Purpose.SKILLS,
        labels=("asynchronous mentoring",),
        medium=Medium.ASYNCHRONOUS,
        policy=Policy(
            rules=usual_rules(terms),
            scorers=(LevelFit(weight=3), Importance(weight=3), OtherDepartment(weight=2), KnownAlready(weight=-1)),
        ),
        terms=terms,
    )
