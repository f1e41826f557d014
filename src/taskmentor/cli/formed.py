"""What the command `groups` asks and answers: groups around skills, a set of skills, or a problem."""

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from attrs import frozen

from taskmentor.cli.answers import named
from taskmentor.cli.layout import cut, one_line, shown, table
from taskmentor.errors import Fault, InputError, nearest
from taskmentor.errors import shown as quoted
from taskmentor.formats.strict_json import Json
from taskmentor.matching.groups import Group, GroupSolution, Topic
from taskmentor.models.organisation import Organisation

__all__ = ["Formed", "read_problem"]

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
            (number, group.topic_id, named(self.organisation, one), str(group.role(one)))
            for number, group in enumerate(found.groups, start=1)
            for one in (*group.experts, *group.members)
        ]
        left = [(named(self.organisation, one.person_id), str(one.reason)) for one in found.left_out]
        reasons = Counter(str(one.reason) for one in found.left_out)
        told = ", ".join(f"{reason} {n:,}" for reason, n in sorted(reasons.items()))
        return "\n".join(
            [
                one_line(first),
                *self._table(("group", "topic", "person", "role"), members, "people"),
                *([f"\nIn no group: {told}."] if left else []),
                *self._table(("in no group", "reason"), left, "people"),
            ]
        )

    def _table(self, header: tuple[str, ...], rows: Sequence[tuple[object, ...]], what: str) -> list[str]:
        n_shown = shown(len(rows), everything=self.everything)
        lines = table(header, rows[:n_shown], numbers=("group",))
        return ["", *cut(lines, n_rows=len(rows), what=what, how="--json gives them as data")] if rows else []
