"""Groups of n: circles of peers, cohorts with experts, and groups around one business problem."""

from taskmentor.matching.groups.checking import GroupVerdict, verify_groups
from taskmentor.matching.groups.forming import Topic, company, form_groups, group_problem
from taskmentor.matching.groups.policy import GroupPolicy
from taskmentor.matching.groups.problem import GroupProblem
from taskmentor.matching.groups.search import GroupSearch, solve_groups
from taskmentor.matching.groups.solution import Group, GroupReason, GroupRole, GroupSolution, LeftOutPerson, Proof

__all__ = [
    "Group",
    "GroupPolicy",
    "GroupProblem",
    "GroupReason",
    "GroupRole",
    "GroupSearch",
    "GroupSolution",
    "GroupVerdict",
    "LeftOutPerson",
    "Proof",
    "Topic",
    "company",
    "form_groups",
    "group_problem",
    "solve_groups",
    "verify_groups",
]
