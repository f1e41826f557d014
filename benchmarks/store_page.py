"""Tables of `docs/benchmarks/store.md`, made from the recorded runs and from nothing else."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.measuring import RESULTS, ROOT, markdown_table, write_block

__all__ = ["PAGE", "RESULTS_NAME", "blocks", "recorded", "write_page"]

Row = Mapping[str, object]
Cell = Callable[[Row], str]

PAGE = ROOT / "docs" / "benchmarks" / "store.md"
RESULTS_NAME = "store"
NOTHING = "No run is recorded yet."
STORES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def write_page(page: Path = PAGE, lines: Path = RESULTS / f"{RESULTS_NAME}.jsonl") -> None:
    """Make every table of a page anew from the recorded runs."""
    for name, text in blocks(recorded(lines)).items():
        write_block(page, name, text)


def recorded(lines: Path) -> list[Row]:
    """Return the newest run of everything that is recorded."""
    newest: dict[tuple[object, object], Row] = {}
    for line in lines.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        newest[row["benchmark"], row.get("store")] = row
    return list(newest.values())


def blocks(rows: Sequence[Row]) -> dict[str, str]:
    """Return the text of each block of the page."""
    return {
        name: _table(columns, [row for row in rows if row["benchmark"] in benchmarks])
        for name, (benchmarks, columns) in _TABLES.items()
    }


def _table(columns: Mapping[str, Cell], rows: Sequence[Row]) -> str:
    if not rows:
        return NOTHING
    told = sorted(rows, key=lambda row: ([*STORES].index(str(row.get("store", "sqlite"))), str(row["benchmark"])))
    table = markdown_table([*columns], [[cell(row) for cell in columns.values()] for row in told])
    return "\n\n".join([table, *dict.fromkeys(_about(row) for row in told)])


def _about(row: Row) -> str:
    """Return when, where and with which versions a row was measured."""
    versions = row["versions"]
    assert isinstance(versions, dict)
    named = ", ".join(f"{name} {number}" for name, number in versions.items())
    return f"Measured {str(row['measured_at'])[:10]}, commit {row['commit']}, on {row['machine']}; {named}."


def _store(row: Row) -> str:
    return STORES[str(row["store"])]


def _rule(row: Row) -> str:
    return "off" if row["benchmark"] == "race without the rule" else "on"


def _number(name: str) -> Cell:
    """Return what tells a figure; figures that a row does not have are left empty."""
    return lambda row: "" if row.get(name) is None else f"{row[name]:,}"


def _share(name: str) -> Cell:
    def told(row: Row) -> str:
        share = row[name]
        assert isinstance(share, float)
        return f"{share:.2%}"

    return told


_TABLES: Mapping[str, tuple[Sequence[str], Mapping[str, Cell]]] = {
    "race": (
        ("race", "race without the rule"),
        {
            "store": _store,
            "the database's rule": _rule,
            "processes": _number("processes"),
            "different commands": _number("different_commands"),
            "commands sent": _number("commands"),
            "overbooked": _number("overbooked"),
            "lost": _number("lost"),
            "doubled": _number("doubled"),
            "places filled": _share("filled_share"),
            "seconds": _number("seconds"),
            "commands a second": _number("commands_a_second"),
            "events a second": _number("events_a_second"),
        },
    ),
    "kill": (
        ("kill",),
        {
            "store": _store,
            "cycles": _number("cycles"),
            "acknowledged": _number("acknowledged"),
            "done, but never heard of": _number("done_unheard"),
            "lost": _number("lost"),
            "gaps": _number("gaps"),
            "problems": _number("problems"),
            "seconds": _number("seconds"),
        },
    ),
    "erasure": (
        ("erase one person",),
        {
            "store": _store,
            "events": _number("events"),
            "found before": _number("occurrences_before"),
            "found after": _number("occurrences_after"),
            "problems": _number("problems"),
            "seconds": _number("seconds"),
        },
    ),
    "edits": (
        ("edits of an exported log",),
        {
            "what": lambda row: "one byte of an exported log",
            "bytes": _number("bytes"),
            "edits": _number("edits"),
            "found": _number("found"),
        },
    ),
    "replay": (
        ("replay and check everything",),
        {
            "store": _store,
            "events": _number("events"),
            "replay, s": _number("replay_seconds"),
            "events a second": _number("replay_events_a_second"),
            "replay, MiB": _number("replay_mib"),
            "check by processes": lambda row: str(row.get("check_processes", 1)),
            "check, s": _number("check_seconds"),
            "check, processor s": _number("check_processor_seconds"),
            "check, MiB": _number("check_mib"),
            "problems": _number("problems"),
        },
    ),
}


if __name__ == "__main__":
    write_page()
