"""Presets for learning one skill: at work, after a course, from whoever is listed, from those who will leave."""

from collections.abc import Sequence

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.events import ProgrammeId
from taskmentor.lifecycle.terms import Shortfall, Terms
from taskmentor.lifecycle.values import CourseId
from taskmentor.matching.policy import Objective, Policy
from taskmentor.matching.rules import MenteesWhere, MentorsWhere, Rule, SameLocation, Senior, TheoryFirst, WithinSkills
from taskmentor.matching.scorers import (
    FewHolders,
    Importance,
    LeavesSoon,
    LevelFit,
    OtherDepartment,
    SimilarField,
    TimeZoneCloseness,
)
from taskmentor.programmes.presets.admitting import usual_rules
from taskmentor.programmes.programme import MatchingMode, Medium, Programme, Purpose

__all__ = [
    "education_support",
    "job_shadowing",
    "knowledge_transfer",
    "resource_based",
    "task_based",
    "training_based",
]


def task_based(
    *,
    weeks: int = 6,
    objective: Objective = "requests-then-score",
    policy: Policy | None = None,
    terms: Terms | None = None,
    initiator: Relation = Relation.PROGRAMME_MANAGER,
) -> Programme:
    """Return task-based mentoring: one skill of the mentee's role, a few weeks, the manager confirms (T1-T31).

    Mentors are qualified in the one skill, whatever their grade (T17), share a language with the mentee, are not the
    mentee's manager, and stay for the length of the engagement. Other departments count as a plus, the same team is no
    obstacle (T10).

    Args:
        weeks: The usual length of an engagement, 1 to 520, where no terms are given.
        objective: What is maximised, where no policy is given.
        policy: Another policy altogether, instead of all that is said above about mentors.
        terms: Other terms, such as approvals, sessions or check-ins; their length is that of the rule about staying.
        initiator: Who proposes engagements: the programme manager for everybody, or each mentee's manager (T9).
    """
    demanded = Terms(weeks=weeks) if terms is None else terms
    return Programme(
        id=ProgrammeId("task-based"),
        title="Task-based mentoring",
        purpose=Purpose.SKILLS,
        labels=("flash mentoring", "peer coaching", "modern apprenticeship"),
        initiator=initiator,
        policy=policy or Policy(rules=usual_rules(demanded), objective=objective),
        terms=demanded,
    )


def training_based(
    *, weeks: int = 4, skills: Sequence[str] = (), theory_days: int = 365, course_id: str | None = None
) -> Programme:
    """Return training-based mentoring: after the theory a mentor is assigned for what the course taught (TB1, D5).

    A test on record shows that the mentee has been through the theory of a skill. The mentor gives feedback on a piece
    of work, which must be approved before practice is over.

    Args:
        weeks: The usual length of an engagement.
        skills: The skills that the course teaches (TB2); those in which mentees were tested where none are named.
        theory_days: How long ago the test may be.
        course_id: The course whose completion is on record before the start, beside the test; None for any.
    """
    terms = Terms(weeks=weeks, products_reviewed=True, course_id=None if course_id is None else CourseId(course_id))
    course: tuple[Rule, ...] = (WithinSkills(skills=tuple(skills)),) if skills else ()
    return Programme(
        id=ProgrammeId("training-based"),
        title="Training-based mentoring",
        purpose=Purpose.SKILLS,
        labels=("blended learning",),
        mode=MatchingMode.ASSIGNMENT,
        # Which gaps a course covers is for the rules to say, so that all of a person's are looked at.
        policy=Policy(rules=usual_rules(terms, TheoryFirst(days=theory_days), *course), requests_per_person=25),
        terms=terms,
    )


def resource_based(*, weeks: int = 12, listed_in: str | None = None, weak_below: int = 600) -> Programme:
    """Return resource-based mentoring: mentors list themselves, and the mentee asks one of them (RB1, RB2).

    Nobody interviews and nobody matches. A weak fit is warned of and not refused (RB3).

    Args:
        weeks: The usual length of an engagement.
        listed_in: The organisation's own column in which mentors say `yes`; whoever offers a place is listed where none
            is named.
        weak_below: The points below which a pair is warned of; the usual scorers give 60 to 1,000.
    """
    terms = Terms(weeks=weeks, expires_after_days=14, open_requests=2)
    listed: tuple[Rule, ...] = (MentorsWhere(column=listed_in),) if listed_in else ()
    return Programme(
        id=ProgrammeId("resource-based"),
        title="Resource-based mentoring",
        purpose=Purpose.SKILLS,
        labels=("mentor directory",),
        mode=MatchingMode.DIRECTORY,
        initiator=Relation.MENTEE,
        policy=Policy(rules=usual_rules(terms, *listed)),
        terms=terms,
        weak_below=weak_below,
    )


def job_shadowing(*, weeks: int = 1, shadows_per_host: int = 1) -> Programme:
    """Return job shadowing: the mentee follows a mentor at the same place of work and observes (D2).

    It ends with a day that both have seen, not with an assessment. At least one session is held face to face.

    Args:
        weeks: The usual length.
        shadows_per_host: How many follow one mentor at most, however many places the mentor offers.
    """
    terms = Terms(
        weeks=weeks,
        longest_days=28 if weeks <= 4 else 7 * weeks,
        least_sessions=1,
        least_face_to_face=1,
        shortfall=Shortfall.BLOCK,
        reassessment=False,
        confirmation=False,
        mentor_reassessment=False,
        host_limit=shadows_per_host,
    )
    return Programme(
        id=ProgrammeId("job-shadowing"),
        title="Job shadowing",
        purpose=Purpose.SKILLS,
        labels=("shadow and host",),
        medium=Medium.IN_PERSON,
        policy=Policy(
            rules=usual_rules(terms, SameLocation()),
            requests_per_person=1,
            places_per_mentor=shadows_per_host,
        ),
        terms=terms,
    )


def knowledge_transfer(*, weeks: int = 8, leave_days: int = 365) -> Programme:
    """Return knowledge transfer: skills of few people, and of people about to leave, come first (KT1, D17).

    Args:
        weeks: The usual length of an engagement; whoever stays so long can still hand something on.
        leave_days: Whoever leaves within so many days counts as about to leave.
    """
    terms = Terms(weeks=weeks)
    return Programme(
        id=ProgrammeId("knowledge-transfer"),
        title="Knowledge transfer",
        purpose=Purpose.TRANSFER,
        policy=Policy(
            rules=usual_rules(terms),
            scorers=(
                FewHolders(weight=4, days=leave_days),
                LeavesSoon(weight=3, days=leave_days),
                LevelFit(weight=2, ideal=2),
                Importance(),
                TimeZoneCloseness(),
            ),
        ),
        terms=terms,
    )


def education_support(*, weeks: int = 20, students_in: str | None = None) -> Programme:
    """Return education support: theory from elsewhere becomes practice with somebody of the field (ES1, D19).

    Mentors are two grades above, as those are who have left the school behind. Both sign an agreement, and a piece of
    work is approved.

    Args:
        weeks: The usual length of an engagement, about one term.
        students_in: The organisation's own column that says `yes` for apprentices, students and those on placements;
            everybody where none is named.
    """
    terms = Terms(weeks=weeks, agreement=True, products_reviewed=True, check_in_days=(28, 70))
    students: tuple[Rule, ...] = (MenteesWhere(column=students_in),) if students_in else ()
    return Programme(
        id=ProgrammeId("education-support"),
        title="Education support",
        purpose=Purpose.EDUCATION,
        policy=Policy(
            rules=usual_rules(terms, Senior(least=2), *students),
            scorers=(LevelFit(weight=3), SimilarField(weight=3), Importance(weight=2), OtherDepartment(weight=-1)),
            requests_per_person=1,
        ),
        terms=terms,
    )
