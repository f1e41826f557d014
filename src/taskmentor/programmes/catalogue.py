"""All presets by their ids."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

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
from taskmentor.programmes.programme import Programme

__all__ = ["PRESETS"]

PRESETS: Mapping[str, Callable[[], Programme]] = MappingProxyType(
    {
        "task-based": task_based,
        "micromentoring": micromentoring,
        "one-to-one": one_to_one,
        "group": group,
        "circle": circle,
        "reskilling": reskilling,
        "problem-group": problem_group,
        "launch-group": launch_group,
        "reverse": reverse,
        "job-shadowing": job_shadowing,
        "virtual": virtual,
        "digital": digital,
        "training-based": training_based,
        "resource-based": resource_based,
        "onboarding": onboarding,
        "diversity": diversity,
        "leadership": leadership,
        "career-development": career_development,
        "education-support": education_support,
        "knowledge-transfer": knowledge_transfer,
        "informal": informal,
        "rotation": rotation,
    }
)
"""The function that makes each preset, by the id that the programme has."""
