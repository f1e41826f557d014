"""Policies on disk: one TOML file that people write, with rules and scorers by the names that plans and reasons use.

Every fault of a file is told at once, each with its place. What is left out has the default of `Policy`.
"""

from collections.abc import Mapping
from pathlib import Path

from taskmentor.formats.toml_values import Kinds, Shelf, read_value, value_text, write_text
from taskmentor.matching.aims.aim import (
    Aim,
    FewestChanges,
    Leximin,
    LoadSpread,
    MaxMin,
    MostRequests,
    RankMaximal,
    Score,
    WishesMet,
)
from taskmentor.matching.constraints import (
    Apart,
    Constraint,
    LeastShare,
    MentorHours,
    MentorLoad,
    OncePerPair,
    Reciprocity,
    TeachLearnCycles,
    Together,
    UnitQuota,
)
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
    InPlace,
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
    Waiting,
)
from taskmentor.proficiency import Discounted, Latest, ManagerFirst, ProficiencyPolicy

__all__ = [
    "AIMS",
    "CONSTRAINTS",
    "METHODS",
    "RULES",
    "SCORERS",
    "SHELVES",
    "policy_text",
    "read_policy",
    "write_policy",
]

RULES: Kinds = {
    "qualified": Qualified,
    "not-manager": NotManager,
    "shared-language": SharedLanguage,
    "stays-for": StaysFor,
    "senior": Senior,
    "within-skills": WithinSkills,
    "recruits-only": RecruitsOnly,
    "theory-first": TheoryFirst,
    "mentees-where": MenteesWhere,
    "mentors-where": MentorsWhere,
    "values-near": ValuesNear,
    "same-location": SameLocation,
    "no-repeat": NoRepeat,
}
"""The rules that a file can name; those that hold under every policy are not named."""

SCORERS: Kinds = {
    "level-fit": LevelFit,
    "importance": Importance,
    "other-department": OtherDepartment,
    "time-zone": TimeZoneCloseness,
    "seniority": SeniorityCloseness,
    "tenure": Tenure,
    "known-already": KnownAlready,
    "org-distance": OrgDistance,
    "similar-field": SimilarField,
    "few-holders": FewHolders,
    "leaves-soon": LeavesSoon,
    "values": ValuesCloseness,
    "waiting": Waiting,
    "in-place": InPlace,
}
"""The scorers that a file can name."""

AIMS: Kinds = {
    "most-requests": MostRequests,
    "score": Score,
    "max-min": MaxMin,
    "leximin": Leximin,
    "rank-maximal": RankMaximal,
    "load-spread": LoadSpread,
    "fewest-changes": FewestChanges,
    "wishes-met": WishesMet,
}
"""The aims that a file can name, in the order that counts."""
CONSTRAINTS: Kinds = {
    "mentor-hours": MentorHours,
    "once-per-pair": OncePerPair,
    "least-share": LeastShare,
    "unit-quota": UnitQuota,
    "mentor-load": MentorLoad,
    "apart": Apart,
    "together": Together,
    "reciprocity": Reciprocity,
    "teach-learn-cycles": TeachLearnCycles,
}
"""The constraints that a file can name."""

METHODS: Kinds = {"manager-first": ManagerFirst, "latest": Latest, "discounted": Discounted}
"""The ways to a confirmed level that a file can name."""

SHELVES: Mapping[object, Shelf] = {
    tuple[Rule, ...]: Shelf(
        "rules", "rule", RULES, " not-oneself and not-blocked hold under every policy and are not named."
    ),
    tuple[Scorer, ...]: Shelf("scorers", "scorer", SCORERS),
    tuple[Aim, ...]: Shelf("aims", "aim", AIMS),
    tuple[Constraint, ...]: Shelf("constraints", "constraint", CONSTRAINTS),
    ProficiencyPolicy: Shelf("proficiency", "method", METHODS, one=True),
}
"""What a file can name, by the type of the field."""


def read_policy(source: str | Path) -> Policy:
    """Return the policy of a TOML file.

    Args:
        source: The file, in UTF-8.

    Raises:
        InputError: If it is no TOML file, or names what there is not, or a parameter that is not accepted; it holds
            every fault.
    """
    return read_value(Policy, source, SHELVES)


def write_policy(policy: Policy, file: str | Path, *, overwrite: bool = False) -> None:
    """Return nothing; write a policy as a TOML file that `read_policy` reads back.

    Args:
        policy: The policy.
        file: The file.
        overwrite: Whether a file that is there already is replaced.

    Raises:
        InputError: If the file is there already (`FILE-EXISTS`), or the policy has a rule, a scorer or a method of
            one's own, which no file can name.
    """
    write_text(policy_text(policy), file, overwrite=overwrite)


def policy_text(policy: Policy) -> str:
    """Return a policy as the text of a TOML file, the same for equal policies.

    Raises:
        InputError: If it has a rule, a scorer or a method of one's own.
    """
    return value_text(policy, SHELVES)
