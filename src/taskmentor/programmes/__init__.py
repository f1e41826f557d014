"""Programmes: each kind of mentoring as data, with a preset for every kind that organisations run."""

from taskmentor.lifecycle.checklist import ChecklistItem, due_items
from taskmentor.programmes.activities import Activity, FormalLearning, Suggestion, WhyMentor, activities
from taskmentor.programmes.asking import Asked, ask
from taskmentor.programmes.catalogue import PRESETS
from taskmentor.programmes.forming import group_of
from taskmentor.programmes.meeting import MeetingSkill, to_practise
from taskmentor.programmes.presets.careers import (
    career_development,
    diversity,
    informal,
    leadership,
    onboarding,
    one_to_one,
    reverse,
    rotation,
)
from taskmentor.programmes.presets.distance import digital, virtual
from taskmentor.programmes.presets.skills import (
    education_support,
    job_shadowing,
    knowledge_transfer,
    resource_based,
    task_based,
    training_based,
)
from taskmentor.programmes.presets.together import (
    circle,
    group,
    launch_group,
    micromentoring,
    problem_group,
    reskilling,
)
from taskmentor.programmes.programme import STARTED_BY, Format, MatchingMode, Medium, Programme, Purpose
from taskmentor.programmes.returning import second_goals

__all__ = [
    "PRESETS",
    "STARTED_BY",
    "Activity",
    "Asked",
    "ChecklistItem",
    "FormalLearning",
    "Format",
    "MatchingMode",
    "Medium",
    "MeetingSkill",
    "Programme",
    "Purpose",
    "Suggestion",
    "WhyMentor",
    "activities",
    "ask",
    "career_development",
    "circle",
    "digital",
    "diversity",
    "due_items",
    "education_support",
    "group",
    "group_of",
    "informal",
    "job_shadowing",
    "knowledge_transfer",
    "launch_group",
    "leadership",
    "micromentoring",
    "onboarding",
    "one_to_one",
    "problem_group",
    "reskilling",
    "resource_based",
    "reverse",
    "rotation",
    "second_goals",
    "task_based",
    "to_practise",
    "training_based",
    "virtual",
]
