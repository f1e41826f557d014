"""Every answer takes whole numbers alone, and says which of its arguments was none."""

from collections.abc import Callable

import pytest

from taskmentor.answers.changes import remedies
from taskmentor.answers.comparing import frontier
from taskmentor.answers.costing import costs, place_worths
from taskmentor.answers.recruiting import recruit
from taskmentor.errors import InputError
from taskmentor.programmes import task_based
from taskmentor.rounds import Round, match
from tests.organisations import ON, organisation

ASKED: list[tuple[str, Callable[[Round, int], object]]] = [
    ("more", lambda round_, given: recruit(round_, more=given)),
    ("places", lambda round_, given: recruit(round_, more=1, places=given)),
    ("most", lambda round_, given: costs(round_, most=given)),
    ("most", lambda round_, given: place_worths(round_, most=given)),
    ("most", lambda round_, given: remedies(round_, "ann", "sql", most=given)),
    ("floors", lambda round_, given: frontier(round_, floors=given)),
]


@pytest.mark.parametrize(("name", "asked"), ASKED)
def test_what_is_no_whole_number_is_refused(name: str, asked: Callable[[Round, int], object]) -> None:
    """Would be broken: two mentors for one and a half requests, and the last of a list left out for -1."""
    round_ = match(organisation("ann bob", wants={"ann": {"sql": 3}}, knows={"bob": {"sql": 4}}), task_based(), on=ON)
    for given, code in ((1.5, "NOT-WHOLE"), (True, "NOT-WHOLE"), (-1, "OUT-OF-RANGE")):
        with pytest.raises(InputError) as refused:
            asked(round_, given)  # type: ignore[arg-type]
        assert [(fault.code, fault.column) for fault in refused.value.faults] == [(code, name)]
