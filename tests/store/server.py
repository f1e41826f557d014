"""A PostgreSQL server of one's own, from the binaries that Debian installs: on a socket in a temporary folder."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

import attrs

__all__ = ["Server", "missing"]

_USER = "postgres"


def _binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL that is installed."""
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    if homes:
        return homes[-1].parent
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def missing() -> str:
    """Say what stands in the way of a server; nothing where nothing does."""
    if _binaries() is None:
        return "PostgreSQL is not installed: on Debian and Ubuntu `apt-get install postgresql` brings it"
    return ""


@attrs.define
class Server:
    """A server that is there as long as the `with` block.

    Attributes:
        safe: Whether what is acknowledged is on the disk, as in production; tests that stop nothing do without.
    """

    safe: bool = False
    folder: Path = attrs.field(init=False)

    def __enter__(self) -> "Server":
        self.folder = Path(tempfile.mkdtemp(prefix="tm-pg-"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, _USER)
        self._run("initdb", "--auth=trust", f"--username={_USER}", "--encoding=UTF8", "--locale=C", "--no-sync", "-D",
                  str(self._data))  # fmt: skip
        settings = [
            "listen_addresses = ''",
            f"unix_socket_directories = '{self.folder}'",
            "max_connections = 100",
            *([] if self.safe else ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]),
        ]
        with (self._data / "postgresql.conf").open("a") as file:
            file.write("\n".join(settings) + "\n")
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-w", "-t", "60", "-l", str(self.folder / "log"), "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; in mode `immediate` as if the power had failed for it."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-t", "60", "-m", mode, "stop")

    def address(self, database: str = "postgres") -> str:
        return f"postgresql://{_USER}@/{database}?host={self.folder}"

    def create(self, database: str, template: str = "template1") -> str:
        """Return the address of a new database."""
        self.psql(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
        return self.address(database)

    def emptied(self, database: str) -> str:
        """Return the address of a database whose tables were emptied, row by row: there are few."""
        from taskmentor.store.tables import metadata

        names = [table.name for table in reversed(metadata.sorted_tables) if table.name != "tm_end"]
        nothing = "0" * 64
        statements = [*(f"DELETE FROM {name}" for name in names), f"UPDATE tm_end SET position = 0, link = '{nothing}'"]
        self.psql("; ".join(statements), database)
        return self.address(database)

    def psql(self, statement: str, database: str = "postgres") -> None:
        import psycopg

        with psycopg.connect(host=str(self.folder), user=_USER, dbname=database, autocommit=True) as connection:
            connection.execute(statement.encode())

    def dump(self, database: str) -> str:
        """Return the whole of a database as `pg_dump` writes it."""
        return self._run("pg_dump", "-h", str(self.folder), "-U", _USER, database)

    def _run(self, program: str, *arguments: str) -> str:
        home = _binaries()
        assert home is not None, missing()
        user = _USER if os.geteuid() == 0 else None
        with tempfile.TemporaryFile("w+") as said:  # a pipe would be held open by the server
            done = subprocess.run(
                [str(home / program), *arguments], user=user, group=user, cwd="/", stdout=said, stderr=said, check=False
            )
            said.seek(0)
            text = said.read()
        if done.returncode:
            raise RuntimeError(f"{program} failed: {text}")
        return text
