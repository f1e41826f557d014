"""Programmes: each kind of mentoring as data, with a preset for every kind that organisations run."""

from taskmentor.programmes.asking import Asked, ask
from taskmentor.programmes.catalogue import PRESETS
from taskmentor.programmes.checklist import ChecklistItem, due_items
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
from taskmentor.programmes.programme import STARTED_BY, Format, MatchingMode, Medium, Programme, Purpose
from taskmentor.programmes.returning import second_goals

__all__ = [
    "PRESETS",
    "STARTED_BY",
    "Asked",
    "ChecklistItem",
    "Format",
    "MatchingMode",
    "Medium",
    "Programme",
    "Purpose",
    "ask",
    "career_development",
    "digital",
    "diversity",
    "due_items",
    "education_support",
    "informal",
    "job_shadowing",
    "knowledge_transfer",
    "leadership",
    "onboarding",
    "one_to_one",
    "resource_based",
    "reverse",
    "rotation",
    "second_goals",
    "task_based",
    "training_based",
    "virtual",
]
