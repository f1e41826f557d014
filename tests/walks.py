"""Walks of state machines, the same ones in every run."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

__all__ = ["go"]


def go(machine: type[RuleBasedStateMachine], *, walks: int, longest: int, derandomize: bool = True) -> None:
    """Walk a machine so many times, so many steps at the most, however long that takes."""
    chosen = settings(
        max_examples=walks,
        stateful_step_count=longest,
        derandomize=derandomize,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
    )
    run_state_machine_as_test(machine, settings=chosen)
