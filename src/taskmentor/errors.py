"""Every error that taskmentor raises on purpose, and the faults they carry.

```text
TaskmentorError
├── InputError (ValueError)          given data is wrong; holds every fault that was found
├── UnknownIdError (LookupError)     an id names nobody and nothing
├── UnsupportedError                 a strategy or engine cannot do what it was asked, by name
│   └── TooLargeError                ... because the problem is above its stated size
├── CostRangeError (ValueError)      points do not fit the exact arithmetic of a solver
├── InfeasibleError                  no plan keeps all constraints of a policy
├── SolverError                      a solver gave an answer that its own check refutes
├── StoreError                       a store cannot do what it was asked, or its database is not as it must be
│   ├── ErasedError                  ... because what was asked for was erased
│   └── CommandReusedError           ... because a command id stands for another command already
└── RefusedError                     an engagement or a diary refuses an action
    ├── IllegalMoveError             the state of the engagement does not allow it
    ├── NotAuthorisedError           the actor has not the relation that it takes
    ├── CapacityError                somebody has no free place
    ├── SlotTakenError               somebody is not free at a time
    └── ConcurrencyConflict          somebody else was quicker
```
"""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Literal

from attrs import frozen

__all__ = [
    "CapacityError",
    "CommandReusedError",
    "ConcurrencyConflict",
    "CostRangeError",
    "ErasedError",
    "Fault",
    "IllegalMoveError",
    "InfeasibleError",
    "InputError",
    "NotAuthorisedError",
    "RefusedError",
    "SlotTakenError",
    "SolverError",
    "StoreError",
    "TaskmentorError",
    "TooLargeError",
    "UnknownIdError",
    "UnsupportedError",
    "nearest",
    "shown",
]

_SHOWN_LENGTH = 40
_DIGITS = re.compile("[0-9]+")


def shown(value: object) -> str:
    """Return a value as it may stand in a message: its repr, cut at 40 characters, with nothing invisible in it."""
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…"


def nearest(wanted: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the known name nearest to the wanted one, or nothing where none is near.

    Names with other numbers in them are not near: `p-0099` is as far from `p-0059` as from anybody else.
    """
    numbers = _numbers(wanted)
    alike = [name for name in known if not numbers or _numbers(name) in ([], numbers)]
    near = get_close_matches(wanted, alike, n=1)
    return f"; did you mean {shown(near[0])}?" if near else ""


def _numbers(name: str) -> list[str]:
    return [digits.lstrip("0") for digits in _DIGITS.findall(name)]


@frozen(kw_only=True)
class Fault:
    """One thing that is wrong in given data: what, where, and how to mend it.

    Attributes:
        code: What is wrong, as a fixed word such as `UNKNOWN-MANAGER`.
        table: The file or table it stands in, such as `people.csv`.
        problem: A clause that says what is wrong.
        remedy: A sentence that says what would have been accepted.
        line: The line in the file, or the row counted from 1 in Parquet files and in memory; None for the whole table.
        column: The column, or in a JSON or TOML document the field; None for the whole row or table.
        severity: `error` stops the reading, `warning` is reported beside the result.
    """

    code: str
    table: str
    problem: str
    remedy: str = ""
    line: int | None = None
    column: str | None = None
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = "row" if self.table.endswith(".parquet") else "line"
        line = "" if self.line is None else f" {place} {self.line}"
        part = "field" if self.table.endswith((".json", ".toml")) else "column"
        column = "" if self.column is None else f" {part} {self.column}"
        remedy = f" {self.remedy}" if self.remedy else ""
        end = "" if self.problem.endswith("?") else "."
        return f"TM-{self.code} {self.table}{line}{column}: {self.problem}{end}{remedy}"


class TaskmentorError(Exception):
    """The root of every error that taskmentor raises on purpose."""


class InputError(TaskmentorError, ValueError):
    """Given data is wrong; `faults` holds everything that was found, in the order of tables and lines.

    Attributes:
        faults: The faults that are kept, at most as many as the reader's limits say.
        n_faults: How many there are in all.
    """

    def __init__(self, faults: Sequence[Fault], n_faults: int | None = None) -> None:
        self.faults = tuple(faults)
        self.n_faults = len(self.faults) if n_faults is None else n_faults
        super().__init__(self.faults, self.n_faults)

    def __str__(self) -> str:
        more = self.n_faults - len(self.faults)
        lines = [str(fault) for fault in self.faults]
        return "\n".join([*lines, f"... and {more} more faults"] if more else lines)


class UnknownIdError(TaskmentorError, LookupError):
    """An id names nobody and nothing.

    Attributes:
        kind: What the id should have named, such as `person`.
        unknown: The id as it was given.
    """

    def __init__(self, kind: str, unknown: str, known: Iterable[str] = ()) -> None:
        self.kind = kind
        self.unknown = unknown
        self._near = nearest(unknown, known)
        super().__init__(kind, unknown)

    def __str__(self) -> str:
        return f"{shown(self.unknown)} names no {self.kind}{self._near or '.'}"


class UnsupportedError(TaskmentorError):
    """A strategy or engine cannot do what it was asked; the message names both and what can."""


class TooLargeError(UnsupportedError):
    """A problem is above the size that a strategy or engine states.

    Attributes:
        who: The strategy or engine that refuses.
        what: What there is too much of, such as `eligible pairs`.
        size: How much there is.
        limit: How much is accepted.
        instead: A clause that names what to use instead.
    """

    def __init__(self, who: str, what: str, size: int, limit: int, instead: str) -> None:
        self.who, self.what, self.size, self.limit, self.instead = who, what, size, limit, instead
        super().__init__(who, what, size, limit, instead)

    def __str__(self) -> str:
        return f"{self.who} takes at most {self.limit:,} {self.what}, and here are {self.size:,}; {self.instead}."


class CostRangeError(TaskmentorError, ValueError):
    """Points do not fit the exact whole-number arithmetic of a solver (`COST-RANGE`).

    Attributes:
        who: The solver or sum that would overflow.
        largest: The largest magnitude that could occur.
        limit: The largest magnitude that is exact there.
    """

    def __init__(self, who: str, largest: int, limit: int) -> None:
        self.who, self.largest, self.limit = who, largest, limit
        super().__init__(who, largest, limit)

    def __str__(self) -> str:
        return (
            f"COST-RANGE {self.who}: values up to {self.largest:,} could occur, exact up to {self.limit:,}; "
            "use a coarser scale of points, the objective 'score', or fewer requests at a time."
        )


class InfeasibleError(TaskmentorError):
    """No plan keeps all constraints of a policy.

    Attributes:
        clash: Such of them as cannot be kept together; none of these can be left out of the clash.
    """

    def __init__(self, clash: Iterable[str]) -> None:
        self.clash = tuple(clash)
        super().__init__(self.clash)

    def __str__(self) -> str:
        if len(self.clash) == 1:
            return f"no plan keeps {self.clash[0]}. Leave it out or loosen it."
        return f"no plan keeps together: {', '.join(self.clash)}. Leave out or loosen one of them."


class SolverError(TaskmentorError):
    """A solver gave an answer that its own check refutes, or none at all; nothing of it is handed on."""


class StoreError(TaskmentorError):
    """A store cannot do what it was asked, or its database is not as it must be."""


class ErasedError(StoreError):
    """What was asked for was erased, and nobody can give it any more."""


class CommandReusedError(StoreError, ValueError):
    """A command id stands for another command already; nothing was done.

    Attributes:
        command_id: The id.
    """

    def __init__(self, command_id: str) -> None:
        self.command_id = command_id
        super().__init__(command_id)

    def __str__(self) -> str:
        return f"The command id {shown(self.command_id)} stands for another command already; draw a new one a command."


class RefusedError(TaskmentorError):
    """An engagement or a diary refuses an action."""


class IllegalMoveError(RefusedError):
    """The state or the terms of the engagement do not allow an action.

    Attributes:
        action: What was tried.
        state: The state the engagement is in.
        problem: A clause that says why it is refused.
        allowed: The actions that the state allows.
    """

    def __init__(self, action: str, state: str, problem: str, allowed: tuple[str, ...] = ()) -> None:
        self.action, self.state, self.problem, self.allowed = action, state, problem, allowed
        super().__init__(action, state, problem, allowed)

    def __str__(self) -> str:
        allowed = f" Possible here: {', '.join(self.allowed)}." if self.allowed else ""
        return f"{self.action} in state {self.state}: {self.problem}.{allowed}"


class NotAuthorisedError(RefusedError):
    """The actor has none of the relations that an action takes.

    Attributes:
        action: What was tried.
        actor: Who tried it.
        needed: The relations of which one would have been enough.
    """

    def __init__(self, action: str, actor: str, needed: tuple[str, ...]) -> None:
        self.action, self.actor, self.needed = action, actor, needed
        super().__init__(action, actor, needed)

    def __str__(self) -> str:
        return f"{shown(self.actor)} may not {self.action}: it takes {' or '.join(self.needed)}."


class CapacityError(RefusedError):
    """Somebody has no free place.

    Attributes:
        person_id: Who.
        side: As what: `mentor` or `mentee`.
        on: The day from which a place was wanted, as YYYY-MM-DD.
        places: How many places there are on that day.
    """

    def __init__(self, person_id: str, side: str, on: str, places: int) -> None:
        self.person_id, self.side, self.on, self.places = person_id, side, on, places
        super().__init__(person_id, side, on, places)

    def __str__(self) -> str:
        has = "no places are set" if not self.places else f"all {self.places} places are taken"
        return f"{shown(self.person_id)} has no free place as {self.side} from {self.on} on: {has}."


class SlotTakenError(RefusedError):
    """Somebody is not free at the time of a session.

    Attributes:
        person_id: Who.
        starts_at: When the session would begin, as text in UTC.
        minutes: How long it would be.
        taken_by: What stands against it: another session, or what else keeps the person.
    """

    def __init__(self, person_id: str, starts_at: str, minutes: int, taken_by: str) -> None:
        self.person_id, self.starts_at, self.minutes, self.taken_by = person_id, starts_at, minutes, taken_by
        super().__init__(person_id, starts_at, minutes, taken_by)

    def __str__(self) -> str:
        return (
            f"{shown(self.person_id)} is not free for {self.minutes} minutes from {self.starts_at}: {self.taken_by}. "
            "Ask for the common slots, and take one of them."
        )


class ConcurrencyConflict(RefusedError):
    """Somebody else was quicker: the engagement has moved on since it was looked at.

    Attributes:
        engagement_id: The engagement.
        expected: The version that was expected.
        current: The version that it has.
    """

    def __init__(self, engagement_id: str, expected: int, current: int) -> None:
        self.engagement_id, self.expected, self.current = engagement_id, expected, current
        super().__init__(engagement_id, expected, current)

    def __str__(self) -> str:
        return (
            f"{shown(self.engagement_id)} is at version {self.current}, and {self.expected} was expected: "
            "look at it again and decide anew."
        )
