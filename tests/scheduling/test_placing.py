"""The ways of placing sessions by themselves: what the solver cannot answer, and what the greedy start keeps."""

import numpy as np
import pytest

from taskmentor.errors import SolverError
from taskmentor.models.people import PersonId
from taskmentor.scheduling import SessionId
from taskmentor.scheduling.placing import NOWHERE, OpenSession, contested, greedy, improved, points

HOUR = 3_600


def session(number: int, *starts: int, people: str = "ann", cost: int = 0) -> OpenSession:
    """A session of an hour that may begin at some full hours."""
    ids = tuple(PersonId(person) for person in people.split())
    begin = HOUR * np.array(starts, np.int64)
    return OpenSession(SessionId(f"s-{number}"), ids, HOUR, begin, np.full(len(begin), cost, np.int64))


def test_a_model_that_the_solver_refuses_is_an_error_of_the_solver() -> None:
    with pytest.raises(SolverError, match="CP-SAT ended with MODEL_INVALID"):
        improved([session(1, 0), session(2, 0)], [0, NOWHERE], 2**62, seconds=5, seed=0)


def test_the_greedy_start_keeps_what_is_given_and_fills_the_rest() -> None:
    sessions = [session(1, 0, 1), session(2, 0, 1), session(3, 0, 1)]
    assert greedy(sessions) == (0, 1, NOWHERE)
    assert greedy(sessions, [NOWHERE, NOWHERE, 0]) == (1, NOWHERE, 0)
    assert points(sessions, (1, NOWHERE, 0), 10) == 20


def test_only_sessions_that_share_somebody_are_contested() -> None:
    """And of those only the ones that could be held at all."""
    sessions = [
        session(1, 0, people="ann bob"), session(2, 0, people="bob cem"), session(3, 0, people="dee"),
        session(4, people="dee"),
    ]  # fmt: skip
    assert contested(sessions) == [0, 1]
