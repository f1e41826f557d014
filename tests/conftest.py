"""Hypothesis profiles: `default` for every day, `long` for thorough runs; TASKMENTOR_PROFILE chooses."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "default", max_examples=100, deadline=None, derandomize=os.environ.get("CI") == "true", print_blob=True
)
settings.register_profile(
    "long",
    settings.get_profile("default"),
    max_examples=2_000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("TASKMENTOR_PROFILE", "default"))
