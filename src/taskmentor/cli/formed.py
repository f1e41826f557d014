"""What the command `groups` asks and answers: groups around skills, a set of skills, or a problem."""

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations
from pathlib import Path

from attrs import frozen

from taskmentor.cli.answers import named
from taskmentor.cli.layout import cut, one_line, shown, table
from taskmentor.errors import Fault, InputError, nearest
from taskmentor.errors import shown as quoted
from taskmentor.formats.cells import Id, Text
from taskmentor.formats.schema import ColumnRule, TableRule
from taskmentor.formats.single import read_single
from taskmentor.formats.strict_json import Json, read_json
from taskmentor.matching.groups import Group, GroupSolution, Topic
from taskmentor.models.organisation import Organisation

__all__ = ["Formed", "read_history", "read_problem", "read_slots"]

_KEYS = ("id", "skills", "members", "experts")


def read_problem(file: Path) -> Topic:
    """Return the problem of a TOML file: its `id`, and lists of `skills`, `members` and `experts`.

    Raises:
        InputError: If it is no such file, with everything that is wrong in it.
    """
    try:
        given: Mapping[str, object] = tomllib.loads(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError([_fault(file, "BAD-TOML", None, f"it is no TOML: {error}", "See toml.io.")]) from None
    faults = [
        _fault(file, "UNKNOWN-KEY", key, f"{quoted(key)} is not known{nearest(key, _KEYS)}", f"Use {', '.join(_KEYS)}.")
        for key in given
        if key not in _KEYS
    ]
    if not isinstance(given.get("id"), str) or not given["id"]:
        faults.append(_fault(file, "MISSING-VALUE", "id", "it is no text", "Give the problem an id."))
    lists = {key: _texts(given[key]) for key in _KEYS[1:] if key in given}
    faults += [
        _fault(file, "WRONG-TYPE", key, "it is no list of ids", f"Write {key} = [...].")
        for key, texts in lists.items()
        if texts is None
    ]
    if faults:
        raise InputError(faults)
    return Topic(
        id=str(given["id"]),
        skills=lists.get("skills") or (),
        members=lists.get("members"),
        experts=lists.get("experts"),
    )


_SLOTS = TableRule("slots", (ColumnRule("person_id", Id(), required=True), ColumnRule("slot", Text(64), required=True)))


def read_slots(file: Path) -> tuple[tuple[str, ...], dict[str, list[int]]]:
    """Return the names of the slots of a CSV file, sorted, and the places of those at which each person can come.

    Its columns are `person_id` and `slot`, which is any name; one row for each slot of each person.

    Raises:
        InputError: With everything that is wrong in it.
    """
    table = read_single(file, _SLOTS)
    places, names = table.labelled("slot")
    free: dict[str, list[int]] = {}
    for person_id, place in zip(table.strings("person_id"), places.tolist(), strict=True):
        free.setdefault(person_id, []).append(place)
    return names, free


def read_history(file: Path) -> set[tuple[str, str]]:
    """Return all pairs who were in a group together by an answer of `taskmentor groups --json`.

    Raises:
        InputError: If it is none.
    """
    given = read_json(file)
    groups = given.get("groups") if isinstance(given, Mapping) else None
    people = [_people(group) for group in groups] if isinstance(groups, list) else [None]
    known = [some for some in people if some is not None]
    if len(known) < len(people):
        remedy = "Give what `taskmentor groups --json` has answered."
        raise InputError([_fault(file, "WRONG-SHAPE", "groups", "it holds no groups of people", remedy)])
    return {pair for some in known for pair in combinations(sorted(some), 2)}


def _people(group: object) -> set[str] | None:
    people = group.get("people") if isinstance(group, Mapping) else None
    if not isinstance(people, list):
        return None
    ids = {str(one.get("person_id")) for one in people if isinstance(one, Mapping) and "person_id" in one}
    return ids if len(ids) == len(people) else None


def _texts(given: object) -> tuple[str, ...] | None:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        return None
    return tuple(given)


def _fault(file: Path, code: str, column: str | None, problem: str, remedy: str) -> Fault:
    return Fault(code=code, table=file.name, column=column, problem=problem, remedy=remedy)


@frozen(kw_only=True)
class Formed:
    """Groups that were formed."""

    organisation: Organisation
    solution: GroupSolution
    on: date
    slots: tuple[str, ...] = ()
    everything: bool = False
    status: int = 0

    def data(self) -> Json:
        """Return the groups, who is left out, and how good this is."""
        found = self.solution
        return {
            "on": self.on.isoformat(),
            "status": str(found.status),
            "value": found.value,
            "bound": found.bound,
            "gap": found.gap,
            "proof": str(found.proof),
            "start_value": found.start_value,
            "groups": [self._group(group) for group in found.groups],
            "left_out": [{"person_id": one.person_id, "reason": str(one.reason)} for one in found.left_out],
        }

    def _group(self, group: Group) -> Json:
        people = [*group.members, *group.experts]
        return {
            "topic_id": group.topic_id,
            **({} if group.slot is None else {"slot": self.slots[group.slot]}),
            "points": group.points.total,
            "people": [{"person_id": one, "role": str(group.role(one))} for one in people],
        }

    def text(self) -> str:
        """Return the groups and who is left out, as tables."""
        found = self.solution
        first = (
            f"{len(found.groups):,} groups with {found.n_placed:,} members on {self.on}: {found.status}, "
            f"{found.value:,} points of at most {found.bound:,}."
        )
        members = [
            (number, group.topic_id, *self._meets(group), named(self.organisation, one), str(group.role(one)))
            for number, group in enumerate(found.groups, start=1)
            for one in (*group.experts, *group.members)
        ]
        left = [(named(self.organisation, one.person_id), str(one.reason)) for one in found.left_out]
        slot = ["slot"] if self.slots else []
        reasons = Counter(str(one.reason) for one in found.left_out)
        told = ", ".join(f"{reason} {n:,}" for reason, n in sorted(reasons.items()))
        return "\n".join(
            [
                one_line(first),
                *self._table(("group", "topic", *slot, "person", "role"), members, "people"),
                *([f"\nIn no group: {told}."] if left else []),
                *self._table(("in no group", "reason"), left, "people"),
            ]
        )

    def _meets(self, group: Group) -> tuple[str, ...]:
        """Return the slot of a group, where slots were looked for."""
        return () if group.slot is None else (self.slots[group.slot],)

    def _table(self, header: tuple[str, ...], rows: Sequence[tuple[object, ...]], what: str) -> list[str]:
        n_shown = shown(len(rows), everything=self.everything)
        lines = table(header, rows[:n_shown], numbers=("group",))
        return ["", *cut(lines, n_rows=len(rows), what=what, how="--json gives them as data")] if rows else []
