"""The example host over HTTP: a whole life, retries, conflicts, refusals and the clock."""

import json
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import attrs
import httpx2
import pytest
from fastapi.testclient import TestClient

from examples.host.app import PROGRAMME_MANAGER, create_app
from taskmentor.formats.reading import read_organisation
from taskmentor.lifecycle import Engagement
from taskmentor.models.organisation import Organisation
from taskmentor.sample import folder
from taskmentor.store import open_store
from tests.hosting.conftest import on_both

HOST = Path(__file__).resolve().parents[2] / "examples" / "host"
MENTEE, MANAGER, STRANGER, SKILL = "p-0042", "p-0011", "p-0020", "data-analysis"
_keys = count()


@attrs.define
class Clock:
    """The clock that the host is given."""

    now: datetime = datetime(2026, 10, 1, 9, tzinfo=UTC)


@attrs.define
class Visitors:
    """People at the host, and its clock."""

    client: TestClient
    clock: Clock
    address: str = ""
    organisation: Organisation = attrs.field(factory=lambda: read_organisation(folder()))

    def get(self, path: str, actor: str) -> httpx2.Response:
        return self.client.get(path, headers={"X-Forwarded-User": actor})

    def post(
        self, path: str, actor: str, body: object = None, *, key: str | None = None, seen: str | None = None
    ) -> httpx2.Response:
        headers = {"X-Forwarded-User": actor, "Idempotency-Key": key or f"key-{next(_keys)}"}
        return self.client.post(path, json=body, headers=headers | ({} if seen is None else {"If-Match": seen}))

    def act(self, actor: str, action: str, *, key: str | None = None, seen: str | None = None, **rest: object) -> Any:
        return self.post(f"{self.path}/actions", actor, {"action": action, **rest}, key=key, seen=seen)

    def publish(self) -> None:
        """Propose every pair of a round."""
        for path, body in (("", {"id": "autumn"}), ("/autumn/review", None), ("/autumn/publish", None)):
            assert self.post(f"/rounds{path}", PROGRAMME_MANAGER, body).is_success

    @property
    def path(self) -> str:
        listed = self.get(f"/people/{MENTEE}/engagements", MENTEE).json()
        return f"/engagements/{next(one['id'] for one in listed if one['skill_id'] == SKILL)}"

    @property
    def mentor(self) -> str:
        return str(self.get(self.path, MENTEE).json()["mentor_id"])

    @property
    def scope(self) -> Any:
        return self.get(self.path, MENTEE).json()["scope"]


@pytest.fixture
def visitors(address: str) -> Iterator[Visitors]:
    clock = Clock()
    with TestClient(create_app(address, lambda: clock.now)) as client:
        yield Visitors(client, clock, address)


@on_both
def test_an_engagement_lives_its_whole_life_over_http(visitors: Visitors) -> None:
    """From the round to the manager's confirmation, after which the gap is smaller and the assessment there to read."""
    before = visitors.get(f"/people/{MENTEE}/gaps?skill_id={SKILL}", MANAGER).json()
    visitors.publish()
    mentor, scope = visitors.mentor, visitors.scope
    assert visitors.act(MENTEE, "accept", scope=scope).is_success
    assert visitors.act(mentor, "accept", scope=scope).is_success
    assert visitors.act(MENTEE, "schedule", starts_on="2026-10-01", ends_on="2026-11-13").is_success
    assert visitors.act(mentor, "start").is_success
    assert visitors.get(f"/people/{MENTEE}/gaps?skill_id={SKILL}", mentor).json() == before
    visitors.clock.now += timedelta(days=7)
    assert visitors.act(mentor, "log-session", starts_at="2026-10-08T08:00:00Z", minutes=45).is_success
    assert visitors.act(mentor, "finish").is_success
    assert visitors.act(MENTEE, "reassess", level=scope["target_level"]).is_success
    assert visitors.get(visitors.path, MANAGER).json()["allowed"] == ["confirm", "return"]
    assert visitors.act(MANAGER, "confirm", level=scope["target_level"]).is_success

    done = visitors.get(visitors.path, MENTEE).json()
    assert (done["state"], done["confirmed_by"], len(done["sessions"])) == ("completed", MANAGER, 1)
    assert [gap["confirmed"] for gap in before] == [scope["from_level"]]
    assert visitors.get(f"/people/{MENTEE}/gaps?skill_id={SKILL}", MANAGER).json() == []
    outcome = {"skill_id": SKILL, "level": scope["target_level"], "source": "outcome", "assessed_on": "2026-10-08"}
    assert outcome in visitors.get(f"/people/{MENTEE}/assessments", MENTEE).json()
    assert visitors.get(f"/people/{MENTEE}/assessments", STRANGER).json() == []


@on_both
def test_a_retry_gets_the_first_answer_and_does_nothing_again(visitors: Visitors) -> None:
    visitors.publish()
    first = visitors.act(MENTEE, "accept", scope=visitors.scope, key="one-wish")
    visitors.clock.now += timedelta(minutes=1)
    again = visitors.act(MENTEE, "accept", scope=visitors.scope, key="one-wish")
    assert (again.status_code, again.json(), again.headers["ETag"]) == (200, first.json(), '"2"')
    assert visitors.get(visitors.path, MENTEE).headers["ETag"] == '"2"'

    refused = [visitors.act(MENTEE, "accept", scope=visitors.scope, key="another") for _ in range(2)]
    assert [one.status_code for one in refused] == [409, 409]
    assert refused[0].json() == refused[1].json()
    assert visitors.act(MENTEE, "decline", key="one-wish").json()["error"] == "CommandReusedError"


def test_whoever_was_slower_is_told_the_version_that_there_is_now(visitors: Visitors) -> None:
    visitors.publish()
    mentor, seen = visitors.mentor, visitors.get(visitors.path, MENTEE).headers["ETag"]
    assert visitors.act(mentor, "accept", scope=visitors.scope, seen=seen).is_success
    slower = visitors.act(MENTEE, "decline", seen=seen)
    assert (slower.status_code, slower.json()["current"], slower.headers["ETag"]) == (409, 2, '"2"')
    assert visitors.act(MENTEE, "accept", scope=visitors.scope, seen=slower.headers["ETag"]).is_success
    assert visitors.act(MENTEE, "decline", seen="lately").status_code == 400


def test_a_second_round_heeds_what_is_open(visitors: Visitors) -> None:
    """Nothing is proposed twice and nobody gets more than they have places for; and the first is kept once."""
    wish = {"id": "autumn"}
    first = visitors.post("/rounds", PROGRAMME_MANAGER, wish, key="one-round")
    assert visitors.post("/rounds/autumn/review", PROGRAMME_MANAGER).is_success
    assert visitors.post("/rounds/autumn/publish", PROGRAMME_MANAGER).is_success
    open_before = opened(visitors)
    visitors.clock.now += timedelta(days=1)
    assert visitors.post("/rounds", PROGRAMME_MANAGER, wish, key="one-round").json() == first.json()
    assert visitors.post("/rounds", PROGRAMME_MANAGER, wish).status_code == 409
    other = visitors.post("/rounds", PROGRAMME_MANAGER, wish | {"weeks": 8}, key="one-round")
    assert other.json()["error"] == "CommandReusedError"

    for path, body in (("", {"id": "winter"}), ("/winter/review", None), ("/winter/publish", None)):
        assert visitors.post(f"/rounds{path}", PROGRAMME_MANAGER, body).is_success
    both = opened(visitors)
    asked = [(one.mentee_id, one.scope.skill_id) for one in both]
    assert len(set(asked)) == len(asked)
    assert len(open_before) <= len(both)
    people = visitors.organisation.people
    for mentor_id, n in Counter(one.mentor_id for one in both).items():
        assert n <= people.capacity[people.code(mentor_id)]


def opened(visitors: Visitors) -> list[Engagement]:
    with open_store(visitors.address) as kept:
        return [kept.load(one) for one in kept.open_engagements()]


def test_a_refusal_names_the_right_and_nothing_of_what_it_protects(visitors: Visitors) -> None:
    """A stranger gets word for word what they would get if there were no such engagement, and no version either."""
    visitors.publish()
    path, nowhere = visitors.path, "/engagements/e-none"
    wish = {"action": "decline"}
    for there, not_there in (
        (visitors.get(path, STRANGER), visitors.get(nowhere, STRANGER)),
        (visitors.post(f"{path}/actions", STRANGER, wish), visitors.post(f"{nowhere}/actions", STRANGER, wish)),
        (
            visitors.post(f"{path}/actions", STRANGER, wish, seen='"7"'),
            visitors.post(f"{nowhere}/actions", STRANGER, wish, seen='"7"'),
        ),
        (visitors.get(f"/people/{MENTEE}/gaps", STRANGER), visitors.get("/people/p-none/gaps", STRANGER)),
    ):
        assert (there.status_code, there.json()) == (403, not_there.json())
        assert there.headers.get("ETag") is None
    assert visitors.act(STRANGER, "decline").json()["needed"] == ["mentee", "mentor"]
    assert visitors.act(visitors.mentor, "confirm", level=3).json()["needed"] == ["confirmer"]
    assert visitors.post("/rounds", MENTEE, {"id": "mine"}).json()["needed"] == ["programme manager"]
    assert visitors.get(f"/people/{MENTEE}/engagements", STRANGER).json() == []
    assert visitors.client.get(path).status_code == 401


def test_an_auditor_s_read_is_put_on_record(visitors: Visitors, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        assert visitors.get(f"/people/{MENTEE}/gaps", "auditor").json()
    assert f"auditor read the gaps of {MENTEE}" in caplog.messages


@on_both
def test_the_clock_does_what_is_due_once(visitors: Visitors) -> None:
    """It starts and finishes what is scheduled and lets the rest expire, and a second tick finds nothing to do."""
    visitors.publish()
    mentor, scope = visitors.mentor, visitors.scope
    assert visitors.act(MENTEE, "accept", scope=scope).is_success
    assert visitors.act(mentor, "accept", scope=scope).is_success
    assert visitors.act(MENTEE, "schedule", starts_on="2026-10-05", ends_on="2026-11-13").is_success
    assert visitors.post("/tick", MENTEE).status_code == 403
    assert visitors.post("/tick", "clock").json() == []
    states = []
    for day in (datetime(2026, 10, 5, 6, tzinfo=UTC), datetime(2026, 11, 14, 6, tzinfo=UTC)):
        visitors.clock.now = day
        assert visitors.post("/tick", "clock").json()
        assert visitors.post("/tick", "clock").json() == []
        states.append(visitors.get(visitors.path, MENTEE).json()["state"])
    assert states == ["active", "awaiting-reassessment"]
    others = visitors.get(f"/people/{mentor}/engagements", PROGRAMME_MANAGER).json()
    assert {one["state"] for one in others} <= {"awaiting-reassessment", "expired"}


@on_both
def test_a_host_that_is_started_again_knows_everything(address: str) -> None:
    clock = Clock()
    with TestClient(create_app(address, lambda: clock.now)) as client:
        found = Visitors(client, clock)
        found.publish()
        listed = found.get(f"/people/{MENTEE}/engagements", MENTEE).json()
    clock.now = datetime(2026, 12, 1, 9, tzinfo=UTC)
    with TestClient(create_app(address, lambda: clock.now)) as client:
        again = Visitors(client, clock)
        assert again.get(f"/people/{MENTEE}/engagements", MENTEE).json() == listed
        assert len(again.post("/tick", "clock").json()) >= len(listed) > 0


def test_the_documented_command_starts_it(tmp_path: Path) -> None:
    """In a process of its own, in an empty folder, on a free port."""
    command = ".venv/bin/python examples/host/app.py --port 8000"
    assert f"\n{command}\n" in (HOST / "README.md").read_text(encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = [sys.executable, str(HOST / "app.py"), "--port", str(port)]
    with (tmp_path / "said").open("w") as said, subprocess.Popen(started, cwd=tmp_path, stdout=said, stderr=said) as it:
        try:
            asked = Request(f"http://127.0.0.1:{port}/people/{MENTEE}/gaps", headers={"X-Forwarded-User": MENTEE})
            gaps = json.loads(_answer(asked, it))
        finally:
            it.terminate()
    assert {gap["person_id"] for gap in gaps} == {MENTEE}
    assert (tmp_path / "engagements.db").exists()


def _answer(asked: Request, process: "subprocess.Popen[bytes]") -> bytes:
    """Return the answer of a server as soon as it listens; it has a minute for that."""
    until = time.monotonic() + 60
    while True:
        try:
            with urlopen(asked, timeout=30) as answer:
                found: bytes = answer.read()
                return found
        except ConnectionError:
            pass
        except OSError as error:
            if not isinstance(getattr(error, "reason", None), ConnectionError):
                raise
        assert process.poll() is None, "the host has ended"
        assert time.monotonic() < until, "the host does not listen"
        time.sleep(0.1)
