"""The demo: the whole job on the sample organisation, the same each time and short enough to read."""

import json

import pytest

from taskmentor.cli import main
from taskmentor.cli.demo import Demo, run
from taskmentor.lifecycle.moves import State
from taskmentor.matching.reasons import Reason


@pytest.fixture(scope="module")
def demo() -> Demo:
    return run()


def test_the_demo_runs_from_gaps_to_the_closed_gap(demo: Demo) -> None:
    assert demo.engagement.state is State.COMPLETED
    assert ("p-0042", "data-analysis") in {(gap.person_id, gap.skill_id) for gap in demo.before}
    assert ("p-0042", "data-analysis") not in {(gap.person_id, gap.skill_id) for gap in demo.after}
    assert len(demo.after) == len(demo.before) - 1
    assert demo.engagement.practice[0].behaviour in demo.engagement.scope.behaviours
    assert demo.engagement.confirmed_by == demo.manager


def test_the_demo_compares_three_strategies(demo: Demo) -> None:
    claims = [one.plan.claims for one in demo.rounds]
    assert [one.strategy for one in claims] == ["flow", "cpsat", "greedy"]
    assert claims[0].value == claims[1].value == claims[1].bound >= claims[2].value
    assert demo.verdict.status == "optimal"


def test_the_demo_shows_each_reason_that_occurs(demo: Demo) -> None:
    occurring = set(demo.rounds[0].plan.unmatched.reason.tolist())
    assert [one.reason for one in demo.unmatched] == [reason for reason in Reason if reason.value in occurring]
    assert len(demo.unmatched) >= 4


def test_the_demo_fits_a_screen_and_is_the_same_each_time(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo"]) == 0
    out = capsys.readouterr().out
    assert out == demo.text() + "\n"
    assert len(out.splitlines()) <= 64
    assert max(map(len, out.splitlines())) <= 112


def test_the_demo_as_data(demo: Demo, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data == json.loads(json.dumps(demo.data()))
    assert (data["gaps_before"], data["gaps_after"], data["change"]) == (len(demo.before), len(demo.after), 1)
    assert data["steps"][-1]["state"] == "completed"
