"""Engagements made in one line, and at random, for organisations of tests."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any

import attrs
from attrs import evolve
from numpy.random import Generator

from taskmentor.authorisation import Relation
from taskmentor.formats.reading import organisation_from_rows
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import EndReason, EngagementId, ProgrammeId, Scope
from taskmentor.lifecycle.moves import FINAL, State
from taskmentor.lifecycle.terms import Terms
from taskmentor.lifecycle.values import Session, SessionState
from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId
from tests.organisations import ON, Row, random_tables

SINCE = ON - timedelta(days=120)
_numbers = count(1)
_AFTER_START = (
    State.ACTIVE, State.PAUSED, State.AWAITING_REASSESSMENT, State.AWAITING_CONFIRMATION, State.COMPLETED,
    State.ENDED, State.HANDED_OVER,
)  # fmt: skip
_AFTER_ACCEPTANCE = (*_AFTER_START, State.ACCEPTED, State.SCHEDULED)


def at(day: date, hour: int = 9) -> datetime:
    return datetime.combine(day, time(hour), UTC)


def engagement(
    mentee: str,
    mentor: str,
    skill: str = "sql",
    *,
    state: State = State.ACTIVE,
    proposed: date = SINCE,
    accepted: date | None = None,
    started: date | None = None,
    closed: date | None = None,
    levels: tuple[int, int] = (1, 3),
    stated: int | None = None,
    confirmed: int | None = None,
    mentor_level: int | None = None,
    end_reason: EndReason | None = None,
    sessions: Sequence[Session] = (),
    terms: Terms | None = None,
    name: str | None = None,
) -> Engagement:
    """Return an engagement in a state, with the dates that such a one has: one day from each step to the next."""
    accepted = accepted or proposed + timedelta(days=1)
    started = started or accepted + timedelta(days=1)
    closed = closed or started + timedelta(days=30)
    was_accepted, was_started, is_closed = state in _AFTER_ACCEPTANCE, state in _AFTER_START, state in FINAL
    last = closed if is_closed else started if was_started else accepted if was_accepted else proposed
    return Engagement(
        id=EngagementId(name or f"e-{next(_numbers)}"),
        state=state,
        version=1,
        at=at(last),
        mentee_id=PersonId(mentee),
        mentor_id=PersonId(mentor),
        scope=Scope(skill_id=SkillId(skill), from_level=levels[0], target_level=levels[1]),
        programme_id=ProgrammeId("task-based"),
        initiator=Relation.PROGRAMME_MANAGER,
        terms=terms or Terms(),
        model_version="",
        proposed_by=PersonId("pam"),
        proposed_at=at(proposed),
        accepted_at=at(accepted) if was_accepted else None,
        starts_on=started if was_started or state is State.SCHEDULED else None,
        ends_on=started + timedelta(weeks=6) if was_started or state is State.SCHEDULED else None,
        started_at=at(started) if was_started else None,
        sessions=tuple(sessions),
        active_at=at(last),
        reassessed_level=stated,
        reassessed_on=None if stated is None else closed - timedelta(days=1),
        confirmed_level=confirmed,
        confirmed_by=None if confirmed is None else PersonId("mona"),
        confirmed_at=None if confirmed is None else at(closed),
        mentor_level=mentor_level,
        mentor_reassessed_on=None if mentor_level is None else closed,
        end_reason=end_reason,
        closed_at=at(closed) if is_closed else None,
    )


def session(day: date, state: SessionState, *, number: int = 1, minutes: int = 45, moved: int = 0) -> Session:
    return Session(number=number, starts_at=at(day, 14), minutes=minutes, state=state, moved=moved)


def random_engagements(organisation: Organisation, rng: Generator, n: int) -> list[Engagement]:
    """Return engagements of every state, of anybody with anybody, within half a year around the days of tests."""
    ids, skills = organisation.people.ids.tolist(), organisation.model.skill_ids
    highest = organisation.model.scale.highest
    made = []
    for number in range(n if len(ids) > 1 else 0):
        mentee, mentor = rng.choice(len(ids), 2, replace=False).tolist()
        state = [*State][int(rng.integers(len(State)))]
        proposed = SINCE + timedelta(days=int(rng.integers(-40, 100)))
        accepted = proposed + timedelta(days=int(rng.integers(0, 20)))
        started = accepted + timedelta(days=int(rng.integers(0, 20)))
        closed = started + timedelta(days=int(rng.integers(1, 50)))
        done = state is State.COMPLETED
        level = int(rng.integers(0, highest))
        made.append(
            engagement(
                ids[mentee],
                ids[mentor],
                skills[int(rng.integers(len(skills)))],
                state=state,
                proposed=proposed,
                accepted=accepted,
                started=started,
                closed=closed,
                levels=(level, level + 1),
                stated=int(rng.integers(0, highest + 1)) if done else None,
                confirmed=int(rng.integers(0, highest + 1)) if done and rng.random() < 0.8 else None,
                mentor_level=int(rng.integers(0, highest + 1)) if done and rng.random() < 0.5 else None,
                end_reason=[*EndReason][int(rng.integers(len(EndReason)))] if state is State.ENDED else None,
                sessions=[
                    session(
                        started + timedelta(days=int(rng.integers(0, 40))),
                        [*SessionState][int(rng.integers(len(SessionState)))],
                        number=place + 1,
                    )
                    for place in range(int(rng.integers(0, 4)))
                ],
                name=f"r-{number}",
            )
        )
    return made


PERSON_COLUMNS = ("person_id", "manager_id", "mentor_id", "mentee_id", "assessor_id")


def renamed(tables: Mapping[str, Sequence[Row]], prefix: str) -> dict[str, list[Row]]:
    """Return the same tables with another id for everybody."""

    def row(one: Row) -> Row:
        return {name: f"{prefix}{cell}" if name in PERSON_COLUMNS and cell else cell for name, cell in one.items()}

    return {name: [row(one) for one in rows] for name, rows in tables.items()}


OF_PEOPLE = ("people", "assessments", "engaged", "requests", "blocks")


def doubled(tables: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
    """Return tables in which everybody is there twice, with the same role, place and knowledge."""
    again = renamed(tables, "z")
    return {name: [*rows, *(again[name] if name in OF_PEOPLE else ())] for name, rows in tables.items()}


def shifted(tables: Mapping[str, Sequence[Row]], days: int) -> dict[str, list[Row]]:
    """Return the same tables with every day so many days later."""
    later = timedelta(days=days)
    return {
        name: [{key: cell + later if isinstance(cell, date) else cell for key, cell in row.items()} for row in rows]
        for name, rows in tables.items()
    }


def moved(engagements: Iterable[Engagement], days: int) -> list[Engagement]:
    """Return the same engagements with every day and moment so many days later."""
    later = timedelta(days=days)

    def one(value: Engagement) -> Engagement:
        dates: dict[str, Any] = {
            name: found + later
            for name in attrs.fields_dict(Engagement)
            if isinstance(found := getattr(value, name), date)
        }
        sessions = tuple(evolve(held, starts_at=held.starts_at + later) for held in value.sessions)
        return evolve(value, **dates, sessions=sessions)

    return [one(value) for value in engagements]


def twins(engagements: Iterable[Engagement], prefix: str = "z") -> list[Engagement]:
    """Return the same engagements between people with other ids."""
    return [
        evolve(
            one,
            id=EngagementId(f"{prefix}{one.id}"),
            mentee_id=PersonId(f"{prefix}{one.mentee_id}"),
            mentor_id=PersonId(f"{prefix}{one.mentor_id}"),
        )
        for one in engagements
    ]


def random_case(rng: Generator, n: int = 12) -> tuple[dict[str, list[Row]], Organisation, list[Engagement]]:
    """Return random tables, their organisation, and engagements of its people."""
    tables = random_tables(rng)
    organisation = organisation_from_rows(tables)
    return tables, organisation, random_engagements(organisation, rng, n)
