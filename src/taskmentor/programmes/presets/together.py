"""Presets for more than two, and for less than a relation: groups, circles, cohorts, and single sessions."""

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.booking.terms import BookingTerms
from taskmentor.lifecycle.events import ProgrammeId
from taskmentor.lifecycle.group.terms import GroupPurpose, GroupTerms
from taskmentor.lifecycle.terms import Shortfall
from taskmentor.matching.groups.policy import GroupPolicy
from taskmentor.matching.policy import Policy
from taskmentor.matching.rules import Qualified, SharedLanguage
from taskmentor.matching.scorers import Importance, KnownAlready, LevelFit, TimeZoneCloseness
from taskmentor.programmes.programme import Format, MatchingMode, Programme, Purpose

__all__ = ["circle", "group", "launch_group", "micromentoring", "problem_group", "reskilling"]


def micromentoring(
    *, session_minutes: int = 20, organisation_minutes: int | None = None, approval: bool = False
) -> Programme:
    """Return micromentoring: one short session, which the mentee finds and books, is the unit (U1-U5).

    Any employee who is qualified in the skill may be asked, nobody's manager is left out, and whoever has not met the
    mentee yet comes first (U8). Values are not looked at: what counts is the exchange.

    Args:
        session_minutes: The longest session of the programme, unless the organisation and the mentee both allow longer
            ones.
        organisation_minutes: The longest session of the organisation; None where it sets no limit of its own.
        approval: Whether the mentor says yes to each booking.
    """
    return Programme(
        id=ProgrammeId("micromentoring"),
        title="Micromentoring",
        purpose=Purpose.SKILLS,
        labels=("office hours", "coffee chat"),
        format=Format.SESSION,
        mode=MatchingMode.DIRECTORY,
        initiator=Relation.MENTEE,
        policy=Policy(
            rules=(Qualified(), SharedLanguage()),
            scorers=(LevelFit(weight=3), Importance(), TimeZoneCloseness(weight=2), KnownAlready(weight=-2)),
        ),
        booking_terms=BookingTerms(
            session_minutes=session_minutes, organisation_minutes=organisation_minutes, approval=approval
        ),
    )


def group(*, weeks: int = 12, mentors: int = 1, fewest: int = 3, most: int = 8) -> Programme:
    """Return group mentoring: one mentor, or several, with three to eight mentees who meet at the same time (G1, D1).

    A session counts where at least half of them come (G2). Beside it a mentor may meet one mentee alone (G3).

    Args:
        weeks: The usual length of a group.
        mentors: The most mentors of a group: one in the strict form, more where several share the work.
        fewest: The fewest mentees.
        most: The most mentees.
    """
    return Programme(
        id=ProgrammeId("group"),
        title="Group mentoring",
        purpose=Purpose.SKILLS,
        format=Format.GROUP,
        groups=GroupPolicy(
            min_members=fewest, wanted_members=(fewest + most) // 2, max_members=most, min_experts=1,
            max_experts=mentors,
        ),
        group_terms=GroupTerms(
            purpose=GroupPurpose.MENTORING, weeks=weeks, min_mentees=fewest, max_mentees=most, max_mentors=mentors,
            least_sessions=3,
        ),
    )  # fmt: skip


def circle(*, weeks: int = 26, most: int = 8) -> Programme:
    """Return a circle of peers, who support each other and need no mentor (D3).

    They come from at least two departments, and one of them facilitates. Nothing is confirmed.

    Args:
        weeks: The usual length of a circle.
        most: The most peers.
    """
    return Programme(
        id=ProgrammeId("circle"),
        title="Circle of peers",
        purpose=Purpose.IDENTITY,
        labels=("peer mentoring", "mentoring circle"),
        format=Format.CIRCLE,
        groups=GroupPolicy(
            min_members=4, wanted_members=min(6, most), max_members=most, min_experts=0, max_experts=0,
            min_departments=2, facilitator=True, bar_repeats=True,
        ),
        group_terms=GroupTerms(
            purpose=GroupPurpose.CIRCLE, weeks=weeks, min_mentees=3, max_mentees=most, max_mentors=0,
            min_departments=2, facilitator=True, self_join=True, reassessment=False, confirmation=False,
        ),
    )  # fmt: skip


def reskilling(*, weeks: int = 16, experts: int = 3, most: int = 8) -> Programme:
    """Return a reskilling cohort: part of the workforce learns emerging skills from experts and from peers (P3, P9).

    Each skill has an expert of its own, one of the cohort facilitates, and people of different levels learn from each
    other. What is learnt is applied and reported (P6), and each goal is confirmed.

    Args:
        weeks: The usual length of a cohort.
        experts: The most experts of a cohort.
        most: The most peers of a cohort.
    """
    return Programme(
        id=ProgrammeId("reskilling"),
        title="Reskilling cohort",
        purpose=Purpose.SKILLS,
        format=Format.GROUP,
        groups=GroupPolicy(
            min_members=4, wanted_members=min(6, most), max_members=most, min_experts=2, max_experts=experts,
            every_skill=True, facilitator=True,
        ),
        group_terms=GroupTerms(
            purpose=GroupPurpose.RESKILL, weeks=weeks, min_mentees=3, max_mentees=most, max_mentors=experts,
            facilitator=True, least_sessions=4, shortfall=Shortfall.BLOCK,
        ),
    )  # fmt: skip


def problem_group(*, weeks: int = 8, departments: int = 3) -> Programme:
    """Return a problem group: peers of several departments around one business problem (P1, P4).

    It ends with what became of the problem, and by what measure (P7).

    Args:
        weeks: The usual length of a group.
        departments: From how many departments, at least, the members come.
    """
    return Programme(
        id=ProgrammeId("problem-group"),
        title="Problem group",
        purpose=Purpose.CHANGE,
        format=Format.GROUP,
        groups=GroupPolicy(
            min_members=3, wanted_members=5, max_members=8, min_experts=0, max_experts=2,
            min_departments=departments, department_points=40,
        ),
        group_terms=GroupTerms(
            purpose=GroupPurpose.PROBLEM, weeks=weeks, min_mentors=0, max_mentors=2, min_departments=departments,
            least_sessions=2, reassessment=False, confirmation=False,
        ),
    )  # fmt: skip


def launch_group(*, weeks: int = 12, departments: int = 2) -> Programme:
    """Return a product-launch group: its members learn the product together and feed back what customers say (P2).

    Args:
        weeks: The usual length of a group.
        departments: From how many departments, at least, the members come.
    """
    return Programme(
        id=ProgrammeId("launch-group"),
        title="Product-launch group",
        purpose=Purpose.SERVICE,
        format=Format.GROUP,
        groups=GroupPolicy(
            min_members=3, wanted_members=6, max_members=8, min_experts=1, max_experts=2,
            min_departments=departments,
        ),
        group_terms=GroupTerms(
            purpose=GroupPurpose.LAUNCH, weeks=weeks, min_mentors=1, max_mentors=2, min_departments=departments,
            least_sessions=2, reassessment=False, confirmation=False,
        ),
    )  # fmt: skip
