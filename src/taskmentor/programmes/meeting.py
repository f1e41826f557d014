"""What mentors practise in meetings, as a checklist that anybody may tick (SK1)."""

from collections.abc import Collection, Iterable
from enum import StrEnum

__all__ = ["MeetingSkill", "to_practise"]


class MeetingSkill(StrEnum):
    """What a mentor does in a good meeting (SK1)."""

    LISTEN = "listens without judging"
    ASK = "asks open questions"
    SUMMARISE = "sums up what was said"
    CLARIFY = "clears up what was not clear"
    REFLECT = "gives back what was heard"
    NOTICE = "notices what is not said in words"
    EXPLORE = "explores options and what would come of them"


def to_practise(seen: Iterable[Collection[MeetingSkill]]) -> tuple[MeetingSkill, ...]:
    """Return what was seen in fewer than half of some meetings, in the order of the checklist.

    Args:
        seen: For each meeting what was ticked.
    """
    ticked = [frozenset(one) for one in seen]
    return tuple(skill for skill in MeetingSkill if 2 * sum(skill in one for one in ticked) < max(len(ticked), 1))
