"""What most presets ask of a mentor."""

from typing import Literal

from taskmentor.lifecycle.terms import Terms
from taskmentor.matching.rules import NotManager, Qualified, Rule, SharedLanguage, StaysFor

__all__ = ["usual_rules"]


def usual_rules(
    terms: Terms, *more: Rule, above_target: int = 0, line: Literal["direct", "whole"] = "direct"
) -> tuple[Rule, ...]:
    """Return the rules that mentors are qualified, no managers, understood, and stay for the usual length, and others.

    Args:
        terms: Their length is that of the rule about staying.
        more: Further rules.
        above_target: How many levels above the target a mentor must be.
        line: Whether the direct manager or the whole line of managers is barred.
    """
    stays = StaysFor(days=7 * terms.weeks)
    return (Qualified(above_target=above_target), NotManager(line=line), SharedLanguage(), stays, *more)
