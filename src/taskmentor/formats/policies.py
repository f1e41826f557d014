"""Policies on disk: one TOML file that people write, with rules and scorers by the names that plans and reasons use.

Every fault of a file is told at once, each with its place. What is left out has the default of `Policy`.
"""

from collections.abc import Mapping
from pathlib import Path

from taskmentor.formats.toml_values import Kinds, Shelf, read_value, value_text, write_text
from taskmentor.matching import constraints, rules, scorers
from taskmentor.matching.aims import aim
from taskmentor.matching.policy import Policy
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
    "qualified": rules.Qualified,
    "not-manager": rules.NotManager,
    "shared-language": rules.SharedLanguage,
    "stays-for": rules.StaysFor,
    "senior": rules.Senior,
    "within-skills": rules.WithinSkills,
    "recruits-only": rules.RecruitsOnly,
    "theory-first": rules.TheoryFirst,
    "mentees-where": rules.MenteesWhere,
    "mentors-where": rules.MentorsWhere,
    "values-near": rules.ValuesNear,
    "same-location": rules.SameLocation,
    "no-repeat": rules.NoRepeat,
}
"""The rules that a file can name; those that hold under every policy are not named."""

SCORERS: Kinds = {
    "level-fit": scorers.LevelFit,
    "importance": scorers.Importance,
    "other-department": scorers.OtherDepartment,
    "time-zone": scorers.TimeZoneCloseness,
    "seniority": scorers.SeniorityCloseness,
    "tenure": scorers.Tenure,
    "known-already": scorers.KnownAlready,
    "org-distance": scorers.OrgDistance,
    "similar-field": scorers.SimilarField,
    "few-holders": scorers.FewHolders,
    "leaves-soon": scorers.LeavesSoon,
    "values": scorers.ValuesCloseness,
    "waiting": scorers.Waiting,
    "in-place": scorers.InPlace,
}
"""The scorers that a file can name."""

AIMS: Kinds = {
    "most-requests": aim.MostRequests,
    "score": aim.Score,
    "max-min": aim.MaxMin,
    "leximin": aim.Leximin,
    "rank-maximal": aim.RankMaximal,
    "load-spread": aim.LoadSpread,
    "fewest-changes": aim.FewestChanges,
    "wishes-met": aim.WishesMet,
}
"""The aims that a file can name, in the order that counts."""

CONSTRAINTS: Kinds = {
    "mentor-hours": constraints.MentorHours,
    "once-per-pair": constraints.OncePerPair,
    "least-share": constraints.LeastShare,
    "unit-quota": constraints.UnitQuota,
    "mentor-load": constraints.MentorLoad,
    "apart": constraints.Apart,
    "together": constraints.Together,
    "reciprocity": constraints.Reciprocity,
    "teach-learn-cycles": constraints.TeachLearnCycles,
}
"""The constraints that a file can name."""

METHODS: Kinds = {"manager-first": ManagerFirst, "latest": Latest, "discounted": Discounted}
"""The ways to a confirmed level that a file can name."""

SHELVES: Mapping[object, Shelf] = {
    tuple[rules.Rule, ...]: Shelf(
        "rules", "rule", RULES, " not-oneself and not-blocked hold under every policy and are not named."
    ),
    tuple[scorers.Scorer, ...]: Shelf("scorers", "scorer", SCORERS),
    tuple[aim.Aim, ...]: Shelf("aims", "aim", AIMS),
    tuple[constraints.Constraint, ...]: Shelf("constraints", "constraint", CONSTRAINTS),
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
