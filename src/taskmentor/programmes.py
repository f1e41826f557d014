"""Programmes: a kind of mentoring as data: purpose, format, who starts it, policy and terms."""

from enum import StrEnum

from attrs import field, frozen

from taskmentor.authorisation import INITIATORS, Relation
from taskmentor.lifecycle.events import ProgrammeId
from taskmentor.lifecycle.terms import Terms
from taskmentor.matching.policy import Objective, Policy
from taskmentor.matching.rules import NotManager, Qualified, SharedLanguage, StaysFor

__all__ = ["Format", "Programme", "Purpose", "task_based"]


class Purpose(StrEnum):
    """What a programme is for (PU1)."""

    ONBOARDING = "onboarding"
    SKILLS = "skills enhancement"
    IDENTITY = "professional identity"
    CAREER = "career development"
    LEADERSHIP = "leadership"
    EDUCATION = "education support"
    CHANGE = "organisational development"
    SERVICE = "customer service"
    RETENTION = "staff retention"
    RECRUITMENT = "recruitment"
    TRANSFER = "knowledge transfer"


class Format(StrEnum):
    """Who sits together in a session."""

    ONE_TO_ONE = "one-to-one"


@frozen(kw_only=True)
class Programme:
    """One kind of mentoring as an organisation runs it.

    Attributes:
        id: The programme's id.
        title: What people call it.
        purpose: What it is for.
        format: Who sits together.
        initiator: Who proposes its engagements.
        policy: Whom it matches with whom.
        terms: What it demands of an engagement.
        goals: The business goals it is linked to (PR1).
    """

    id: ProgrammeId
    title: str
    purpose: Purpose
    format: Format = Format.ONE_TO_ONE
    initiator: Relation = field(default=Relation.PROGRAMME_MANAGER)
    policy: Policy
    terms: Terms
    goals: tuple[str, ...] = ()

    @initiator.validator
    def _check_initiator(self, _: object, initiator: Relation) -> None:
        if initiator not in INITIATORS:
            raise ValueError(f"{initiator} cannot start an engagement; one of {', '.join(sorted(INITIATORS))} can")


def task_based(
    *,
    weeks: int = 6,
    objective: Objective = "requests-then-score",
    policy: Policy | None = None,
    terms: Terms | None = None,
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
    """
    demanded = Terms(weeks=weeks) if terms is None else terms
    usual = Policy(
        rules=(Qualified(), NotManager(), SharedLanguage(), StaysFor(days=7 * demanded.weeks)),
        objective=objective,
    )
    return Programme(
        id=ProgrammeId("task-based"),
        title="Task-based mentoring",
        purpose=Purpose.SKILLS,
        policy=policy or usual,
        terms=demanded,
    )
