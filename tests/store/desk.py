"""A desk at which commands are sent to a store, with the people and actions of the lifecycle's own tests."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from itertools import count

import attrs
from sqlalchemy import event

from taskmentor.authorisation import ActionName, Authority, Grant, Relation
from taskmentor.errors import UnknownIdError
from taskmentor.lifecycle.actions import Action, Propose
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import EngagementId
from taskmentor.lifecycle.moves import State
from taskmentor.models.people import PersonId
from taskmentor.store import Command, CommandId, PlacesSet, Receipt, Store
from taskmentor.store.sql import SqlDatabase
from taskmentor.store.tables import end, metadata
from tests.lifecycle.examples import (
    BEGIN,
    MENTEE,
    MENTOR,
    PROGRAMME_MANAGER,
    SYSTEM,
    WAYS,
    Lines,
    example,
    held_by,
    moment_for,
)

DAY = date(2026, 1, 1)
FIRST = EngagementId("e-1")
LONG_AGO = date(2025, 1, 1)
OFFICER = PersonId("officer")
"""Who erases in the name of all programmes."""
AUTHORITY = Authority(
    organisation=Lines(),
    grants=(
        Grant(person_id=PROGRAMME_MANAGER, relation=Relation.PROGRAMME_MANAGER, from_on=LONG_AGO),
        Grant(person_id=OFFICER, relation=Relation.PROGRAMME_MANAGER, from_on=LONG_AGO),
        Grant(person_id=SYSTEM, relation=Relation.SYSTEM, from_on=LONG_AGO),
    ),
)
_numbers = count(1)


def new_id() -> CommandId:
    return CommandId(f"command-{next(_numbers)}")


def empty_tables(database: SqlDatabase) -> None:
    """Empty a database in SQL, which is quicker than to make a new one."""
    with database.engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            if table is not end:
                connection.execute(table.delete())
        connection.execute(end.update().values(position=0, link="0" * 64))


def without_waiting(store: Store) -> Store:
    """Return a store that does not wait for the disk, if it is SQLite's: for tests in which nothing is killed."""
    if isinstance(store.database, SqlDatabase) and store.database.engine.dialect.name == "sqlite":
        event.listen(store.database.engine, "connect", lambda driver, _: driver.execute("PRAGMA synchronous = OFF"))
        store.database.engine.dispose()  # what is connected already would go on waiting
    return store


def places_set(person: str, side: Relation, places: int, from_on: date = DAY) -> PlacesSet:
    return PlacesSet(
        actor=PROGRAMME_MANAGER, at=BEGIN, person_id=PersonId(person), side=side, places=places, from_on=from_on
    )


def open_places(store: Store, *, mentors: Collection[str] = (MENTOR,), places: int = 1, limit: int = 50) -> None:
    """Give mentors places, and the mentee a limit that stands in nobody's way."""
    changes = [places_set(mentor, Relation.MENTOR, places) for mentor in mentors]
    store.set_places(new_id(), [*changes, places_set(MENTEE, Relation.MENTEE, limit)], AUTHORITY)


def found(store: Store, engagement_id: EngagementId = FIRST) -> Engagement | None:
    try:
        return store.load(engagement_id)
    except UnknownIdError:
        return None


def action_for(name: ActionName, at: datetime, engagement_id: EngagementId = FIRST, mentor: str = MENTOR) -> Action:
    action = example(name, at)
    if isinstance(action, Propose):
        return attrs.evolve(action, engagement_id=engagement_id, mentor_id=PersonId(mentor))
    return action


def command(
    store: Store,
    name: ActionName,
    actor: PersonId,
    engagement_id: EngagementId = FIRST,
    *,
    mentor: str = MENTOR,
    at: datetime | None = None,
    expected_version: int | None = None,
) -> Command:
    """Return a lawful command for an engagement as it stands."""
    moment = moment_for(name, found(store, engagement_id)) if at is None else at
    return Command(
        id=new_id(),
        engagement_id=engagement_id,
        action=action_for(name, moment, engagement_id, mentor),
        actor=actor,
        at=moment,
        expected_version=expected_version,
    )


def send(store: Store, sent: Command) -> Receipt:
    """Send a command as somebody who is what the tests' reporting lines say."""
    return store.execute(sent, lambda _: held_by(sent.actor, sent.at))


def do(
    store: Store, name: ActionName, actor: PersonId, engagement_id: EngagementId = FIRST, *, mentor: str = MENTOR
) -> Receipt:
    return send(store, command(store, name, actor, engagement_id, mentor=mentor))


def bring(store: Store, state: State, engagement_id: EngagementId = FIRST, *, mentor: str = MENTOR) -> list[Receipt]:
    """Bring a new engagement to a state, on the shortest way."""
    way = ((name, PersonId(mentor) if actor == MENTOR else actor) for name, actor in WAYS[state])
    return [do(store, name, actor, engagement_id, mentor=mentor) for name, actor in way]


def days_after(n_days: int) -> datetime:
    return BEGIN + timedelta(days=n_days)


def engagement_ids(n: int) -> Iterator[EngagementId]:
    return (EngagementId(f"e-{number}") for number in range(1, n + 1))
