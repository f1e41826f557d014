"""The steps from one layout of tables to the next, shipped with the package and run by Alembic."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, select
from sqlalchemy import table as lightweight
from sqlalchemy.sql import column

from taskmentor.errors import StoreError
from taskmentor.store.tables import VERSION_TABLE

__all__ = ["NEWEST", "check_version", "upgrade", "version_of"]

NEWEST = "0005"
"""The last step that this version of the package knows."""

_STEPS = Path(__file__).parent / "migrations"


def version_of(engine: Engine) -> str | None:
    """Return the last step that was done in a database; None where there was none."""
    with engine.connect() as connection:
        return _version(connection)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.scalar(select(column("version_num")).select_from(lightweight(VERSION_TABLE)))
    return found


def check_version(engine: Engine) -> None:
    """Refuse a database whose tables are not those of this version of the package.

    Raises:
        StoreError: If steps are missing, or it is newer than this version of the package.
    """
    found = version_of(engine)
    if found is None or found < NEWEST:
        have = "has no tables yet" if found is None else f"is at step {found} of {NEWEST}"
        raise StoreError(f"The database {have}: run `taskmentor db upgrade` with its address, or tm.store.upgrade.")
    if found > NEWEST:
        raise StoreError(f"The database is at step {found}, and this taskmentor knows {NEWEST}: install a newer one.")


def upgrade(engine: Engine, refill: Callable[[Connection], None]) -> str:
    """Do the steps that are missing, all of them or none, and return the last one.

    Args:
        engine: Of the database.
        refill: Makes anew, after steps were done, what follows from the log.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        before = _version(connection)
        command.upgrade(config, "head")
        if before != NEWEST:
            refill(connection)
    return NEWEST
