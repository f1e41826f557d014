"""Migrations: from nothing to the present tables, again and again, and never on tables of another version."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from taskmentor.errors import StoreError
from taskmentor.lifecycle.cascade import CascadeId, OpenCascade
from taskmentor.lifecycle.events import ProgrammeId
from taskmentor.lifecycle.moves import State
from taskmentor.store import CascadeCommand, Cascades, check, evidence, open_store, upgrade
from taskmentor.store.migrating import NEWEST, version_of
from taskmentor.store.opening import engine_for
from taskmentor.store.tables import VERSION_TABLE, metadata
from tests.lifecycle.examples import BEGIN, MENTEE, MENTOR, SCOPE
from tests.store.desk import bring, days_after, engagement_ids, new_id, open_places


def test_the_steps_lead_to_the_tables_that_statements_use(sql_address: str) -> None:
    """What is in `tables` and what the migrations make are the same."""
    engine = engine_for(sql_address)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []


def test_upgrading_again_changes_nothing(sql_address: str) -> None:
    with open_store(sql_address) as store:
        end = store.anchor()
    assert upgrade(sql_address) == NEWEST
    with open_store(sql_address) as store:
        assert store.anchor() == end


def test_the_newest_step_is_the_one_that_is_checked_for() -> None:
    """A step that was added and not named would never be asked for."""
    steps = ScriptDirectory(str(Path(open_store.__code__.co_filename).parent / "migrations"))
    assert steps.get_heads() == [NEWEST]


def test_a_database_without_tables_is_refused(tmp_path: Path) -> None:
    (tmp_path / "new.db").touch()
    address = f"sqlite:///{tmp_path / 'new.db'}"
    with pytest.raises(StoreError, match="has no tables yet: run `taskmentor db upgrade`"):
        open_store(address)
    assert upgrade(address) == NEWEST
    open_store(address).close()


@pytest.mark.parametrize(
    ("version", "message"), [("0000", f"is at step 0000 of {NEWEST}"), ("9999", "is at step 9999, and this taskmentor")]
)
def test_tables_of_another_version_are_refused(tmp_path: Path, version: str, message: str) -> None:
    """An old program must not write into new tables, nor a new one into old tables."""
    address = f"sqlite:///{tmp_path / 'other.db'}"
    upgrade(address)
    engine = engine_for(address)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '{version}'")
    assert version_of(engine) == version
    engine.dispose()
    with pytest.raises(StoreError, match=message):
        open_store(address)


def test_what_was_open_before_the_step_is_found_after_it(sql_address: str) -> None:
    """What follows from the log is made anew from it."""
    with open_store(sql_address) as store:
        open_places(store, places=3)
        for engagement_id, state in zip(engagement_ids(3), (State.ACTIVE, State.PROPOSED, State.ENDED), strict=True):
            bring(store, state, engagement_id)
        request = OpenCascade(
            cascade_id=CascadeId("c-1"), mentee_id=MENTEE, mentor_ids=(MENTOR,), scope=SCOPE,
            programme_id=ProgrammeId("task-based"),
        )  # fmt: skip
        sent = CascadeCommand(id=new_id(), cascade_id=request.cascade_id, action=request, actor=MENTEE, at=BEGIN)
        Cascades(store).execute(sent, lambda _: frozenset())
        ids, due = store.open_engagements(), store.due(days_after(400))
        asked = Cascades(store).due(days_after(400))
    engine = engine_for(sql_address)
    with engine.begin() as connection:
        for later in ("tm_standing", "tm_course"):
            connection.exec_driver_sql(f"DROP TABLE {later}")
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '0003'")
    engine.dispose()
    assert upgrade(sql_address) == NEWEST
    with open_store(sql_address) as store:
        assert (store.open_engagements(), store.due(days_after(400))) == (ids, due)
        assert ids == ("e-1", "e-2")
        assert Cascades(store).due(days_after(400)) == asked == ("c-1",)
        assert check(evidence(store)) == []


def test_in_memory_there_is_nothing_to_upgrade() -> None:
    """So that a host may do it whatever its address."""
    assert upgrade("memory:") == NEWEST


@pytest.mark.parametrize("address", ["mysql://x/y", "sqlite://", "no address"])
def test_an_address_of_another_kind_is_refused(address: str) -> None:
    with pytest.raises(StoreError, match="sqlite:///FILE or postgresql://HOST/NAME"):
        open_store(address)
