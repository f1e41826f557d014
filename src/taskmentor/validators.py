"""Checks of the fields of values, with messages that say what was wrong, where, and what would have been accepted."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from itertools import chain
from typing import Generic, TypeGuard, TypeVar, cast

from attrs import Attribute, frozen

from taskmentor.errors import Fault, InputError, shown

__all__ = [
    "Conflict",
    "NumbersByName",
    "above_zero",
    "as_float",
    "as_rows",
    "check_arguments",
    "check_instant",
    "conflicts",
    "id_triples",
    "numbers_by_name",
    "one_of",
    "row_of",
    "some_words",
    "whole",
    "whole_faults",
    "wholes_by_name",
    "words",
]

_Value = TypeVar("_Value")
NumbersByName = tuple[tuple[str, int], ...]
"""Names, each once and sorted, with a whole number each."""

_MOST = 1_000_000_000
"""The largest number of things that anybody may ask for."""

# The calendar's first and last year are left out, so that moving a moment to another time zone cannot overflow.
_FIRST_YEAR, _LAST_YEAR = 2, 9998


def check_instant(at: datetime, table: str, column: str) -> None:
    """Refuse a moment that is not a point in time, and return nothing for one that is.

    Args:
        at: The moment.
        table: What it was given to, for the message.
        column: Its field there.

    Raises:
        InputError: If it has no time zone (`NAIVE-TIME`) or lies at the edge of the calendar (`OUT-OF-RANGE`).
    """
    if at.utcoffset() is None:
        code, problem = "NAIVE-TIME", f"{at.isoformat()} has no time zone"
        remedy = "Give an aware datetime, such as one with tzinfo=UTC."
    elif not _FIRST_YEAR <= at.year <= _LAST_YEAR:
        code, problem = "OUT-OF-RANGE", f"the year {at.year} is out of range"
        remedy = f"Give a year from {_FIRST_YEAR} to {_LAST_YEAR}."
    else:
        return
    raise InputError([Fault(code=code, table=table, column=column, problem=problem, remedy=remedy)])


def whole(
    *, at_least: int | None = None, at_most: int | None = None
) -> Callable[[object, "Attribute[int]", int], None]:
    """Return a check that a field is a whole number within bounds; True and False are no numbers here.

    Args:
        at_least: The least number that is accepted.
        at_most: The largest number that is accepted.
    """
    bounds = [f"of {at_least:,} or more"] if at_least is not None else []
    bounds += [f"up to {at_most:,}"] if at_most is not None else []
    wanted = " ".join(["a whole number", *bounds])

    def check(instance: object, attribute: "Attribute[int]", value: int) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise _refusal("WRONG-TYPE", instance, attribute.name, value, wanted)
        if (at_least is not None and value < at_least) or (at_most is not None and value > at_most):
            raise _refusal("OUT-OF-RANGE", instance, attribute.name, value, wanted)

    return check


def whole_faults(table: str, column: str, value: object, least: int, most: int) -> Iterator[Fault]:
    """Give the fault of an argument that is no whole number within bounds, if it is none.

    Args:
        table: What it was given to, for the message.
        column: Its name.
        value: The argument.
        least: The least number that is accepted.
        most: The largest number that is accepted.
    """
    remedy = f"Give a whole number from {least} to {most:,}."
    if isinstance(value, bool) or not isinstance(value, int):
        problem = f"{shown(value)} is not a whole number"
        yield Fault(code="NOT-WHOLE", table=table, column=column, problem=problem, remedy=remedy)
    elif not least <= value <= most:
        problem = f"{value} is {f'below {least}' if value < least else f'above {most:,}'}"
        yield Fault(code="OUT-OF-RANGE", table=table, column=column, problem=problem, remedy=remedy)


def check_arguments(least: int, **given: object) -> None:
    """Refuse arguments that are no whole numbers of some size or more, and return nothing where all are.

    Args:
        least: The least number that is accepted.
        given: The arguments by name.

    Raises:
        InputError: With every one that is not (`NOT-WHOLE`, `OUT-OF-RANGE`).
    """
    faults = [fault for name, value in given.items() for fault in whole_faults("arguments", name, value, least, _MOST)]
    if faults:
        raise InputError(faults)


def as_float(given: float) -> float:
    """Return a whole number as a float; what is no number is left to the checks."""
    return float(given) if type(given) is int else given


def above_zero(instance: object, attribute: "Attribute[float]", value: float) -> None:
    """Check that a field is a number above 0; True and False are no numbers here."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _refusal("WRONG-TYPE", instance, attribute.name, value, "a number above 0")
    if not value > 0:
        raise _refusal("OUT-OF-RANGE", instance, attribute.name, value, "a number above 0")


def one_of(*accepted: str) -> Callable[[object, "Attribute[str]", str], None]:
    """Return a check that a field is one of some words."""
    wanted = " or ".join(map(repr, accepted))

    def check(instance: object, attribute: "Attribute[str]", value: str) -> None:
        if value not in accepted:
            raise _refusal("BAD-CHOICE", instance, attribute.name, value, wanted)

    return check


def words(instance: object, attribute: "Attribute[str]", value: object) -> None:
    """Check that a field is a text that says something."""
    if not isinstance(value, str):
        raise _refusal("WRONG-TYPE", instance, attribute.name, value, "a text")
    if not value.strip():
        raise _refusal("MISSING-VALUE", instance, attribute.name, value, "a text that says something")


def row_of(given: Sequence[str]) -> tuple[str, ...]:
    """Return a row of texts as a tuple; what is none, such as a single text, is left to the checks."""
    return tuple(given) if isinstance(given, list | tuple) else given  # type: ignore[return-value]


def some_words(instance: object, attribute: "Attribute[tuple[str, ...]]", value: object) -> None:
    """Check that a field is a row of texts, one at least, each of which says something and stands there once."""
    wanted = "one text or more, each once"
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise _refusal("WRONG-TYPE", instance, attribute.name, value, wanted)
    if not value or not all(one.strip() for one in value):
        raise _refusal("MISSING-VALUE", instance, attribute.name, value, wanted)
    if len(set(value)) < len(value):
        raise _refusal("DUPLICATE-ID", instance, attribute.name, value, wanted)


def as_rows(given: object) -> list[tuple[object, ...]]:
    """Return what should be rows as tuples; what is none is a row of itself alone, which is left to the checks."""
    rows = [given] if isinstance(given, str) or not isinstance(given, Iterable) else given
    return [(row,) if isinstance(row, str) or not isinstance(row, Iterable) else tuple(row) for row in rows]


def numbers_by_name(given: Mapping[str, int] | Iterable[tuple[str, int]]) -> NumbersByName:
    """Return numbers by name as rows, sorted by name; what is none is left to the checks."""
    rows = as_rows(given.items() if isinstance(given, Mapping) else given)
    named = sorted(rows, key=lambda row: str(row[0]) if row else "")
    return cast("NumbersByName", tuple(named))


def wholes_by_name(*, at_least: int) -> Callable[[object, "Attribute[NumbersByName]", Iterable[object]], None]:
    """Return a check that a field holds names, each once, with a whole number each; all faults are told at once.

    Args:
        at_least: The least number that is accepted.
    """
    remedy = f"Give names, each once, with a whole number of {at_least:,} or more each."

    def check(instance: object, attribute: "Attribute[NumbersByName]", value: Iterable[object]) -> None:
        kind, codes, names = type(instance).__name__, list[tuple[str, object]](), set[str]()
        for row in value:
            match row:
                case (str(name), int(number)) if not isinstance(number, bool):
                    codes += [("DUPLICATE-ID", row)] if name in names else []
                    codes += [("OUT-OF-RANGE", row)] if number < at_least else []
                    names.add(name)
                case _:
                    codes.append(("WRONG-TYPE", row))
        if codes:
            raise InputError(
                [
                    Fault(
                        code=code,
                        table=kind,
                        column=attribute.name,
                        problem=f"{shown(row)} is not accepted",
                        remedy=remedy,
                    )
                    for code, row in codes
                ]
            )

    return check


def _refusal(code: str, instance: object, name: str, value: object, wanted: str) -> InputError:
    kind = type(instance).__name__
    return InputError(
        [Fault(code=code, table=kind, column=name, problem=f"{shown(value)} is not accepted", remedy=f"Give {wanted}.")]
    )


@frozen
class Conflict(Generic[_Value]):
    """Fields of a value that cannot stand together.

    Attributes:
        fields: The fields that take part, the one to be named first.
        holds: Tells whether a given value is in conflict.
        problem: Says how.
        remedy: Says what would have been accepted.
        code: What is wrong, as a fixed word; `CONFLICTING-` and the name of the table unless given.
    """

    fields: tuple[str, ...]
    holds: Callable[[_Value], bool]
    problem: Callable[[_Value], str]
    remedy: str
    code: str = ""


def conflicts(
    value: _Value, known: Iterable[Conflict[_Value]], *, table: str, wrong: Set[str | None] = frozenset()
) -> Iterator[Fault]:
    """Yield a fault for each known conflict that a value is in.

    A conflict is told where its fields are sound alone; otherwise one mistake would be told twice.

    Args:
        value: The value.
        known: What contradicts what.
        table: What messages call the value.
        wrong: The fields that have faults of their own.
    """
    for conflict in known:
        if wrong.isdisjoint(conflict.fields) and conflict.holds(value):
            yield Fault(
                code=conflict.code or f"CONFLICTING-{table.upper()}",
                table=table,
                column=conflict.fields[0],
                problem=conflict.problem(value),
                remedy=conflict.remedy,
            )


def _is_rising(given: tuple[object, ...]) -> TypeGuard[tuple[tuple[str, str, str], ...]]:
    """Return whether these are rows of three texts, sorted, each once."""
    if set(map(type, given)) != {tuple} or set(map(len, cast("tuple[tuple[object, ...], ...]", given))) != {3}:
        return False
    rows = cast("tuple[tuple[str, str, str], ...]", given)
    return set(map(type, chain.from_iterable(rows))) == {str} and all(map(tuple.__lt__, rows, rows[1:]))


def id_triples(given: Iterable[Iterable[str]], *, table: str, column: str) -> tuple[tuple[str, str, str], ...]:
    """Return rows of mentee id, skill id and mentor id, sorted, each once.

    Raises:
        InputError: If a row is none (`WRONG-TYPE`).
    """
    if isinstance(given, tuple) and _is_rising(given):  # as it stands in a value made before
        return given
    rows = as_rows(given)
    odd = [one for one in rows if len(one) != 3 or not all(isinstance(part, str) for part in one)]
    if odd:
        problem, remedy = f"{shown(odd[0])} is no pair", "Give rows of mentee id, skill id and mentor id."
        raise InputError([Fault(code="WRONG-TYPE", table=table, column=column, problem=problem, remedy=remedy)])
    sound = cast("list[tuple[str, str, str]]", rows)
    return tuple(sorted({(mentee_id, skill_id, mentor_id) for mentee_id, skill_id, mentor_id in sound}))
