"""A log as a file: one line an entry, in a form that is the same for the same log, so that every byte of it counts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import asdict, fields

from taskmentor.errors import InputError
from taskmentor.store.chain import Anchor, Header
from taskmentor.store.checks import chain_holds
from taskmentor.store.database import Entry
from taskmentor.store.keeping import Store
from taskmentor.store.payloads import Codec, compact_json
from taskmentor.store.reckoning import Evidence, Looked, look

__all__ = ["check_log", "write_log"]

_AT_ONCE = 5_000
_HEADER = tuple(field.name for field in fields(Header))
_PAYLOAD = tuple(field.name for field in fields(Entry) if field.name not in ("header", "link"))


def write_log(store: Store, file: Path) -> Anchor:
    """Return the end of the log, after all of it was written into a new file.

    People stand in it under their keys; what they wrote stands in it as it is.

    Args:
        store: The store.
        file: The file, which must not be there yet.

    Raises:
        FileExistsError: If it is.
    """
    with file.open("x", encoding="ascii", newline="\n") as lines, store.database.reading() as transaction:
        after = 0
        while entries := transaction.log(after, _AT_ONCE):
            lines.writelines(_line(entry) + "\n" for entry in entries)
            after = entries[-1].header.position
        end = transaction.anchor()
        lines.write(compact_json(asdict(end)) + "\n")
    return end


def check_log(file: Path, *, anchor: Anchor | None = None, codec: Codec | None = None) -> Iterator[str]:
    """Yield everything that is wrong with an exported log; nothing where it is as it was written.

    Args:
        file: The file.
        anchor: The end that was published; without it a file that was forged from its first line to its last passes.
        codec: Reads the payloads.
    """
    lines = file.read_bytes().split(b"\n")
    if lines.pop() != b"" or not lines:
        yield "the file does not end with a line's end"
        return
    looked = []
    for number, line in enumerate(lines[:-1], start=1):
        try:
            looked.append(_looked(line, codec or Codec()))
        except (ValueError, TypeError, KeyError, InputError) as error:
            yield f"line {number} is no entry: {error}"
            return
    try:
        end = Anchor(**_strictly(lines[-1]))
    except (ValueError, TypeError) as error:
        yield f"the last line is no end of a log: {error}"
        return
    if anchor is not None and anchor != end:
        yield f"the log ends at {end}, and {anchor} was published"
    if end.position != len(looked) or [one.header.position for one in looked] != [*range(1, len(looked) + 1)]:
        yield "the positions do not run from 1 to the end"
    yield from chain_holds(Evidence(log=looked, end=end))


def _line(entry: Entry) -> str:
    return compact_json(
        {**asdict(entry.header), "link": entry.link, **{name: getattr(entry, name) for name in _PAYLOAD}}
    )


def _strictly(line: bytes) -> dict[str, Any]:
    """Return the object of a line, which must be in the very form that it is written in."""
    data = json.loads(line)
    if type(data) is not dict or compact_json(data).encode("ascii") != line:
        raise ValueError("it is not in the form in which logs are written")
    return data


def _looked(line: bytes, codec: Codec) -> Looked:
    data = _strictly(line)
    header = Header(**{name: data.pop(name) for name in _HEADER})
    link = data.pop("link")
    return look(codec, Entry(header=header, link=link, **data), {}, header.stream)
