"""taskmentor: from skill gaps to mentors, with a proof of how good the match is.

    org = taskmentor.read_organisation("acme/")
    round_ = taskmentor.match(org, taskmentor.programmes.task_based(weeks=6), on=date(2026, 10, 1))
    print(round_.summary())

Every public name is loaded when it is first used, so that `import taskmentor` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

__all__ = [
    "Aim",
    "Assessment",
    "Behaviour",
    "BlockingPairs",
    "Certificate",
    "CompetencyModel",
    "Constraint",
    "CpSat",
    "Discounted",
    "Exact",
    "Explanation",
    "Flow",
    "Greedy",
    "GroupPolicy",
    "JointRound",
    "Latest",
    "ManagerFirst",
    "Milp",
    "Multipliers",
    "Objective",
    "Ordered",
    "Organisation",
    "Person",
    "Plan",
    "PlanStart",
    "Policy",
    "Preferences",
    "Problem",
    "ProficiencyLevel",
    "ProficiencyScale",
    "Programme",
    "Progress",
    "ProtectedAttributes",
    "Reason",
    "Rematch",
    "Request",
    "Requests",
    "Requirement",
    "Role",
    "Round",
    "Rule",
    "Scorer",
    "Share",
    "Skill",
    "SkillGap",
    "SkillGaps",
    "Solution",
    "SolutionStart",
    "Source",
    "Stable",
    "Status",
    "Strategy",
    "Topic",
    "Verdict",
    "aims",
    "answers",
    "authorisation",
    "available_strategies",
    "best",
    "blocking_pairs",
    "constraints",
    "errors",
    "find_mentors",
    "form_groups",
    "gaps",
    "group_problem",
    "idle_scorers",
    "lifecycle",
    "match",
    "match_jointly",
    "organisation_from_frames",
    "organisation_from_rows",
    "outcomes",
    "programmes",
    "protected_from_frames",
    "protected_from_rows",
    "read_model",
    "read_organisation",
    "read_plan",
    "read_policy",
    "read_programme",
    "read_protected",
    "rematch",
    "reopen",
    "requests",
    "rules",
    "scheduling",
    "scorers",
    "solve",
    "store",
    "synthetic",
    "testing",
    "verify",
    "verify_groups",
    "verify_solution",
    "write_model",
    "write_organisation",
    "write_plan",
    "write_policy",
    "write_programme",
    "write_protected",
]

if TYPE_CHECKING:
    from taskmentor import (
        answers,
        authorisation,
        errors,
        lifecycle,
        outcomes,
        programmes,
        scheduling,
        store,
        synthetic,
        testing,
    )
    from taskmentor.formats.plans import read_plan, write_plan
    from taskmentor.formats.policies import read_policy, write_policy
    from taskmentor.formats.programmes import read_programme, write_programme
    from taskmentor.formats.reading import (
        organisation_from_frames,
        organisation_from_rows,
        protected_from_frames,
        protected_from_rows,
        read_model,
        read_organisation,
        read_protected,
    )
    from taskmentor.formats.writing import write_model, write_organisation, write_protected
    from taskmentor.joint import JointRound, Share, match_jointly
    from taskmentor.matching import aims, constraints, rules, scorers
    from taskmentor.matching.aims import Aim
    from taskmentor.matching.aims.ordered import Ordered
    from taskmentor.matching.blocking import BlockingPairs, blocking_pairs
    from taskmentor.matching.candidates import best
    from taskmentor.matching.certificate import Verdict, verify, verify_solution
    from taskmentor.matching.constraints import Constraint
    from taskmentor.matching.cpsat import CpSat
    from taskmentor.matching.directory import find_mentors
    from taskmentor.matching.exact import Exact
    from taskmentor.matching.explanation import Explanation
    from taskmentor.matching.flow import Flow
    from taskmentor.matching.greedy import Greedy
    from taskmentor.matching.groups import GroupPolicy, Topic, form_groups, group_problem, verify_groups
    from taskmentor.matching.idle import idle_scorers
    from taskmentor.matching.milp import Milp
    from taskmentor.matching.multipliers import Multipliers
    from taskmentor.matching.plan import Certificate, Plan
    from taskmentor.matching.policy import Objective, Policy
    from taskmentor.matching.problem import Problem
    from taskmentor.matching.progress import Progress
    from taskmentor.matching.reasons import Reason
    from taskmentor.matching.requests import Request, Requests, requests
    from taskmentor.matching.rules import Rule
    from taskmentor.matching.scorers import Scorer
    from taskmentor.matching.solution import Solution, Status, Strategy, solve
    from taskmentor.matching.stable import Stable
    from taskmentor.matching.start import PlanStart, SolutionStart
    from taskmentor.matching.strategies import available_strategies
    from taskmentor.models.assessments import Assessment, Source
    from taskmentor.models.competency import (
        Behaviour,
        CompetencyModel,
        ProficiencyLevel,
        ProficiencyScale,
        Requirement,
        Role,
        Skill,
    )
    from taskmentor.models.organisation import Organisation
    from taskmentor.models.people import Person
    from taskmentor.models.preferences import Preferences
    from taskmentor.models.protected import ProtectedAttributes
    from taskmentor.proficiency import Discounted, Latest, ManagerFirst, SkillGap, SkillGaps, gaps
    from taskmentor.programmes import Programme
    from taskmentor.rematching import Rematch, rematch
    from taskmentor.rounds import Round, match, reopen

_ROOMS = (
    "answers",
    "authorisation",
    "errors",
    "lifecycle",
    "outcomes",
    "programmes",
    "scheduling",
    "store",
    "synthetic",
    "testing",
)
_HOMES = {
    "formats.plans": ("read_plan", "write_plan"),
    "formats.policies": ("read_policy", "write_policy"),
    "formats.programmes": ("read_programme", "write_programme"),
    "formats.reading": (
        "organisation_from_frames",
        "organisation_from_rows",
        "protected_from_frames",
        "protected_from_rows",
        "read_model",
        "read_organisation",
        "read_protected",
    ),
    "formats.writing": ("write_model", "write_organisation", "write_protected"),
    "matching": ("aims", "constraints", "rules", "scorers"),
    "matching.constraints": ("Constraint",),
    "matching.aims": ("Aim",),
    "matching.aims.ordered": ("Ordered",),
    "matching.blocking": ("BlockingPairs", "blocking_pairs"),
    "matching.candidates": ("best",),
    "matching.certificate": ("Verdict", "verify", "verify_solution"),
    "matching.cpsat": ("CpSat",),
    "matching.milp": ("Milp",),
    "matching.multipliers": ("Multipliers",),
    "matching.directory": ("find_mentors",),
    "matching.exact": ("Exact",),
    "matching.explanation": ("Explanation",),
    "matching.flow": ("Flow",),
    "matching.greedy": ("Greedy",),
    "matching.groups": ("GroupPolicy", "Topic", "form_groups", "group_problem", "verify_groups"),
    "matching.idle": ("idle_scorers",),
    "matching.plan": ("Certificate", "Plan"),
    "matching.policy": ("Objective", "Policy"),
    "matching.problem": ("Problem",),
    "matching.progress": ("Progress",),
    "matching.reasons": ("Reason",),
    "matching.requests": ("Request", "Requests", "requests"),
    "matching.rules": ("Rule",),
    "matching.scorers": ("Scorer",),
    "matching.solution": ("Solution", "Status", "Strategy", "solve"),
    "matching.stable": ("Stable",),
    "matching.start": ("PlanStart", "SolutionStart"),
    "matching.strategies": ("available_strategies",),
    "models.assessments": ("Assessment", "Source"),
    "models.competency": (
        "Behaviour",
        "CompetencyModel",
        "ProficiencyLevel",
        "ProficiencyScale",
        "Requirement",
        "Role",
        "Skill",
    ),
    "models.organisation": ("Organisation",),
    "models.people": ("Person",),
    "models.preferences": ("Preferences",),
    "models.protected": ("ProtectedAttributes",),
    "proficiency": ("Discounted", "Latest", "ManagerFirst", "SkillGap", "SkillGaps", "gaps"),
    "programmes": ("Programme",),
    "joint": ("JointRound", "Share", "match_jointly"),
    "rematching": ("Rematch", "rematch"),
    "rounds": ("Round", "match", "reopen"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name in _ROOMS:
        return import_module(f"taskmentor.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'taskmentor' has no attribute {name!r}")
    home = import_module(f"taskmentor.{_HOME[name]}")
    found = getattr(home, name, None) or import_module(f"{home.__name__}.{name}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return __all__
