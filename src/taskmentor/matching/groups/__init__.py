"""Groups of n: circles of peers, cohorts with experts, and groups around one business problem."""

from taskmentor.matching.groups.policy import GroupPolicy

__all__ = ["GroupPolicy"]
