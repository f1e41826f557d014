"""All sessions of a large round placed at once: `python -m benchmarks.scheduling`.

Everybody's hours, holidays, absences and calendars are invented from a seed. Every placement is checked minute by
minute on everybody's own clock, by code that shares nothing with the scheduler but the values that are read; that
check is not part of the time.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from time import perf_counter
from typing import Literal

from attrs import frozen

from benchmarks.measuring import MIB, forget_peak, origin, peak_memory, record
from taskmentor.models.availability import Weekday
from taskmentor.models.people import PersonId
from taskmentor.scheduling import (
    Availability,
    DatedHours,
    Placement,
    SessionId,
    Span,
    WantedSession,
    WeeklyHours,
    place_sessions,
    weekly,
)
from tests.scheduling.plain import can_come, minutes_between, unlawful

ZONES = (
    "America/New_York", "America/Sao_Paulo", "Europe/London", "Europe/Berlin", "Asia/Kolkata", "Asia/Singapore",
)  # fmt: skip
"""From west to east; neighbours in this order share some of their days."""

MONDAY = datetime(2026, 3, 16, tzinfo=UTC)  # American clocks have changed, European ones change within two weeks
WORKING_HOURS = weekly("mon-fri", "08:00", "18:00")
LENGTHS = (20, 30, 45, 60, 90)
ABROAD = 0.3
MENTORS = 0.06


@frozen(kw_only=True)
class Instance:
    """What is to be placed."""

    people: tuple[Availability, ...]
    sessions: tuple[WantedSession, ...]
    from_at: datetime
    until_at: datetime


def invented(n_people: int, n_sessions: int, *, days: int, seed: int) -> Instance:
    """Return people of six zones who keep hours of their own, and sessions that each have a time of their own.

    Whether there are times for all of them together is for the scheduler to find out.
    """
    draw = random.Random(seed)
    people = tuple(person(number, days, draw) for number in range(n_people))
    known = {one.person_id: one for one in people}
    mentors = draw.sample([one.person_id for one in people], max(1, int(MENTORS * n_people)))
    mentees = {
        zone: in_turn([one.person_id for one in people if one.time_zone == zone and one.person_id not in mentors], draw)
        for zone in ZONES
    }
    sessions: list[WantedSession] = []
    until_at = MONDAY + timedelta(days=days)
    while len(sessions) < n_sessions:
        one = session(len(sessions), draw, mentors, mentees, known)
        members = [known[person_id] for person_id in one.person_ids]
        hours = minutes_between(MONDAY, until_at, 60)
        if any(all(can_come(member, at, one.minutes) for member in members) for at in hours):
            sessions.append(one)
    return Instance(people=people, sessions=tuple(sessions), from_at=MONDAY, until_at=until_at)


def in_turn(ids: list[PersonId], draw: random.Random) -> Iterator[PersonId]:
    """Give everybody once in a random order, then everybody again; nobody where there is nobody."""
    while ids:
        yield from draw.sample(ids, len(ids))


def person(number: int, days: int, draw: random.Random) -> Availability:
    hours = [
        WeeklyHours(weekday=day, from_minute=15 * draw.randint(28, 40), until_minute=15 * draw.randint(60, 76))
        for day in list(Weekday)[:5]
        if draw.random() < 0.9
    ]
    away = [DatedHours(from_on=a_day(days, draw))] if draw.random() < 0.3 else []
    return Availability(
        person_id=PersonId(f"p-{number:05}"),
        time_zone=draw.choice(ZONES),
        working_hours=WORKING_HOURS,
        hours=hours,
        away=away,
        holidays=[a_day(days, draw)],
        busy=list(meetings(days, draw)),
    )


def a_day(days: int, draw: random.Random) -> date:
    return MONDAY.date() + timedelta(days=draw.randrange(days))


def meetings(days: int, draw: random.Random) -> Iterator[Span]:
    """Give four meetings a week that stand in a calendar already."""
    for _ in range(4 * days // 7):
        begin = MONDAY + timedelta(minutes=15 * draw.randrange(days * 96))
        yield Span(begin, begin + timedelta(minutes=draw.choice((30, 60, 120))))


def session(
    number: int,
    draw: random.Random,
    mentors: Sequence[PersonId],
    mentees: dict[str, Iterator[PersonId]],
    known: dict[PersonId, Availability],
) -> WantedSession:
    """Return a session of a mentor with one to five mentees, all of the mentor's zone or all of one beside it."""
    mentor = draw.choice(mentors)
    zone = ZONES.index(known[mentor].time_zone)
    if draw.random() < ABROAD:
        zone = max(0, min(len(ZONES) - 1, zone + draw.choice((-1, 1))))
    others = {mentor, *islice(mentees[ZONES[zone]], draw.choice((1, 1, 2, 2, 3, 4, 5)))}
    return WantedSession(id=SessionId(f"s-{number:05}"), person_ids=sorted(others), minutes=draw.choice(LENGTHS))


def measured(
    instance: Instance, engine: Literal["cpsat", "greedy"], seconds: float
) -> tuple[Placement, dict[str, object]]:
    """Return a placement with what it took, once it has been found lawful."""
    forget_peak()
    begin = perf_counter()
    placement = place_sessions(
        instance.sessions, instance.people, from_at=instance.from_at, until_at=instance.until_at, engine=engine,
        seconds=seconds,
    )  # fmt: skip
    took = perf_counter() - begin
    peak = peak_memory()
    if wrong := unlawful(placement.placed, {str(one.person_id): one for one in instance.people}):
        raise SystemExit(f"not lawful: {wrong[0]}, and {len(wrong) - 1} more")
    reasons = [one.reason.value for one in placement.left_out]
    return placement, {
        "engine": engine,
        "people_in_sessions": len({one for session in instance.sessions for one in session.person_ids}),
        "seconds": round(took, 2),
        "peak_mib": round(peak / MIB),
        "placed": len(placement.placed),
        "most_placed": placement.most_placed,
        "no_common_time": reasons.count("no-common-time"),
        "all_taken": reasons.count("all-taken"),
        "outside_middle": placement.n_outside,
        "status": placement.status,
        "gap": placement.gap,
        "unlawful": 0,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2_500)
    parser.add_argument("--sessions", type=int, default=1_000)
    parser.add_argument("--days", type=int, default=7, help="how long the round has for its sessions")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--seconds", type=float, default=50.0, help="time limit of the solver")
    parser.add_argument("--record", action="store_true")
    asked = parser.parse_args(arguments)
    rows = []
    for seed in asked.seeds:
        instance = invented(asked.people, asked.sessions, days=asked.days, seed=seed)
        for engine in ("greedy", "cpsat"):
            _, row = measured(instance, engine, asked.seconds)
            rows.append(
                {"benchmark": "placement", "people": asked.people, "zones": len(ZONES), "sessions": asked.sessions,
                 "days": asked.days, "seed": seed, **row, **origin(["taskmentor", "ortools"])}
            )  # fmt: skip
            print(rows[-1], flush=True)
    if asked.record:
        record("scheduling", rows)


if __name__ == "__main__":
    main()
