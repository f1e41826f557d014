"""Parquet files read once in a process of their own, so that a file made to harm ends that process and not this one.

A damaged or hostile file can make the library that decodes it ask for more memory than there is, or end the process
outright; neither can be caught from inside. So the bytes are read in a child with a bound on its memory, by the very
code that reads them afterwards. What the child finds wrong is not handed on: whoever asked finds it again.
"""

import subprocess
import sys
from collections.abc import Sequence

from taskmentor.errors import Fault
from taskmentor.formats.csv_text import Limits, UnreadableError
from taskmentor.formats.frames import check_extra
from taskmentor.formats.parquet import announced_bytes, read_parquet
from taskmentor.formats.schema import ALL_TABLES
from taskmentor.models.tables import FaultLog

__all__ = ["main", "rehearse"]

_ROOM = 2 * 1024**3
"""Bytes of address space for Python, Arrow and its threads, beside what is read."""

_COPIES = 4
"""How many times as much as a file announces is taken at most while it is read."""

_OUT_OF_MEMORY = 3


def rehearse(data: bytes, table: str, source: str, limits: Limits) -> None:
    """Return nothing where a process of its own has survived reading a Parquet file.

    Args:
        data: The whole file.
        table: The name of its table, which tells which columns are read.
        source: What messages call the file.
        limits: How much is read.

    Raises:
        UnreadableError: If the process ran out of memory (`TOO-LARGE`) or was ended otherwise (`CORRUPT-FILE`).
        UnsupportedError: If the extra `frames` is not installed.

    Complexity:
        As `read_parquet`, and about a second for the process.
    """
    check_extra()
    bounds = (limits.decoded_bytes, limits.frame_rows, _ROOM)
    words = [sys.executable, "-m", "taskmentor.formats.rehearsal", table, *map(str, bounds)]
    ended = subprocess.run(words, input=data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    if ended.returncode == _OUT_OF_MEMORY:
        problem, remedy = "reading it takes far more memory than it announces", "Look where it comes from, or split it."
        raise UnreadableError(Fault(code="TOO-LARGE", table=source, problem=problem, remedy=remedy))
    if ended.returncode != 0:
        problem = f"the process that read it on trial was ended (exit code {ended.returncode})"
        remedy = "Write the file again, or copy it again from where it came."
        raise UnreadableError(Fault(code="CORRUPT-FILE", table=source, problem=problem, remedy=remedy))


def main(arguments: Sequence[str], data: bytes) -> int:
    """Read a file on trial and return the exit code: 0 where it can be read or is refused in order, 3 for no memory.

    Args:
        arguments: The table's name, then in bytes, rows and bytes what may be decoded, read and taken besides.
        data: The whole file.
    """
    table, (decoded, rows, room) = arguments[0], map(int, arguments[1:])
    rule = next(rule for rule in ALL_TABLES if rule.name == table)
    limits = Limits(decoded_bytes=decoded, frame_rows=rows)
    try:
        _bound_memory(room + len(data) + _COPIES * min(announced_bytes(data, table), decoded))
        read_parquet(data, table, rule, FaultLog(), limits)
    except UnreadableError as error:
        return _OUT_OF_MEMORY if isinstance(error.__cause__, MemoryError) else 0
    return 0


def _bound_memory(n_bytes: int) -> None:
    """Let this process take no more memory, where the system can hold it to that."""
    try:
        import resource
    except ImportError:  # there is none on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (n_bytes, n_bytes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], sys.stdin.buffer.read()))
