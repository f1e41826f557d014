"""Hypothesis profiles: `default` for every day, `long` for thorough runs; TASKMENTOR_PROFILE chooses.

What the default profile leaves out for the sake of time, the long one has in full: more examples of each property, and
the tests that are marked `long`.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "default", max_examples=50, deadline=None, derandomize=os.environ.get("CI") == "true", print_blob=True
)
settings.register_profile(
    "long",
    settings.get_profile("default"),
    max_examples=2_000,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("TASKMENTOR_PROFILE", "default"))
