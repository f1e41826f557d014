"""Presets for learning one skill of one's role."""

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.events import ProgrammeId
from taskmentor.lifecycle.terms import Terms
from taskmentor.matching.policy import Objective, Policy
from taskmentor.matching.rules import NotManager, Qualified, SharedLanguage, StaysFor
from taskmentor.programmes.programme import Programme, Purpose

__all__ = ["task_based"]


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
    usual = Policy(
        rules=(Qualified(), NotManager(), SharedLanguage(), StaysFor(days=7 * demanded.weeks)),
        objective=objective,
    )
    return Programme(
        id=ProgrammeId("task-based"),
        title="Task-based mentoring",
        purpose=Purpose.SKILLS,
        labels=("flash mentoring", "peer coaching", "modern apprenticeship"),
        initiator=initiator,
        policy=policy or usual,
        terms=demanded,
    )
