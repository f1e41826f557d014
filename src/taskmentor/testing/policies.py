"""Policies of any of the library's own rules and scorers, in the columns of the small organisations."""

from collections.abc import Callable, Sequence
from functools import partial

from taskmentor.matching.policy import Policy
from taskmentor.matching.rules import (
    MenteesWhere,
    MentorsWhere,
    NoRepeat,
    NotManager,
    Qualified,
    RecruitsOnly,
    Rule,
    SameLocation,
    Senior,
    SharedLanguage,
    StaysFor,
    TheoryFirst,
    ValuesNear,
    WithinSkills,
)
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
)
from taskmentor.testing.draws import Draws

__all__ = ["RULES", "SCORERS", "random_policy"]

RULES: tuple[Rule, ...] = (
    NotManager(),
    NotManager(line="whole"),
    SharedLanguage(),
    StaysFor(days=20),
    Senior(),
    Senior(side="mentee", by="tenure", least=0),
    Senior(by="position"),
    WithinSkills(skills=("s0",)),
    RecruitsOnly(days=300),
    TheoryFirst(days=800),
    MenteesWhere(column="x_team", values=("1", "3")),
    MentorsWhere(column="x_asked"),
    ValuesNear(column="x_team", most=1),
    SameLocation(),
    NoRepeat(),
    NoRepeat(rounds=2, roles="either"),
)
"""Rules that bar some of the people of the small organisations."""

SCORERS: tuple[Callable[..., Scorer], ...] = (
    LevelFit,
    Importance,
    OtherDepartment,
    TimeZoneCloseness,
    SeniorityCloseness,
    OrgDistance,
    Tenure,
    KnownAlready,
    SimilarField,
    FewHolders,
    LeavesSoon,
    partial(ValuesCloseness, column="x_team"),
)
"""Scorers to be called with a weight."""


def random_policy(
    draws: Draws, *, rules: Sequence[Rule] = RULES, scorers: Sequence[Callable[..., Scorer]] = SCORERS
) -> Policy:
    """Return a policy of any rules and scorers, weights below 0 among them.

    Args:
        draws: Where choices come from.
        rules: The rules that it may have.
        scorers: The scorers that it may have, called with their weight.
    """
    obeyed: list[Rule] = [Qualified(above_target=draws.whole(0, 1))] if draws.chance(70) else []
    for rule in draws.order(rules)[: draws.whole(0, 2)]:
        if rule.name not in [other.name for other in obeyed]:
            obeyed.append(rule)
    kinds = draws.order(scorers)[: draws.whole(0, 3)]
    return Policy(
        rules=tuple(obeyed),
        scorers=tuple(kind(weight=draws.whole(-2, 3)) for kind in kinds),
        objective="score" if draws.chance(40) else "requests-then-score",
        requests_per_person=draws.whole(1, 3),
        places_per_mentor=draws.whole(1, 2) if draws.chance(20) else None,
    )
