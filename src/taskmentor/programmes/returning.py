"""What a mentor could learn from the mentee in return (RV2)."""

from datetime import date

import numpy as np

from taskmentor.models.organisation import Organisation
from taskmentor.proficiency import SkillGap, confirmed_proficiency, gaps_of
from taskmentor.programmes.programme import Programme

__all__ = ["second_goals"]


def second_goals(
    organisation: Organisation, programme: Programme, mentee_id: str, mentor_id: str, *, on: date
) -> tuple[SkillGap, ...]:
    """Return the skill gaps of a mentor that the mentee could close, the most important first.

    The mentee could where confirmed at the level that the mentor's role requires. There is none under a programme
    without a second goal.

    Args:
        organisation: The organisation.
        programme: The programme.
        mentee_id: Who learns first.
        mentor_id: Who may learn something in return.
        on: The day.

    Raises:
        UnknownIdError: If one of the ids is unknown.
    """
    mentee, mentor = organisation.people.code(mentee_id), organisation.people.code(mentor_id)
    if not programme.terms.second_goal or organisation.people.role[mentor] < 0:
        return ()
    known = confirmed_proficiency(organisation, on=on, policy=programme.policy.proficiency)
    open_gaps = gaps_of(organisation, known, np.array([mentor]))
    level, assessed = known.levels(np.full(len(open_gaps), mentee), open_gaps.skill)
    return tuple(open_gaps.take(np.flatnonzero(assessed & (level >= open_gaps.required))))
