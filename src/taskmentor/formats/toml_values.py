"""Frozen values as TOML that people write: read with every fault at once, each with its place, and written.

What is left out of a file has the default of its field. A class that its user may choose, such as a rule, stands on a
shelf, and a file calls it by its name there.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import NewType, TypeVar, cast, get_args, get_origin

import attrs
from attrs import define, evolve, field, frozen

from taskmentor.errors import Fault, InputError, nearest, shown
from taskmentor.formats.columns import name_shown
from taskmentor.formats.csv_text import Limits, UnreadableError, read_bytes
from taskmentor.formats.writing import file_exists
from taskmentor.validators import NumbersByName

__all__ = ["Kinds", "Shelf", "read_value", "value_text", "write_text"]

Kinds = Mapping[str, type[attrs.AttrsInstance]]
_Value = TypeVar("_Value", bound=attrs.AttrsInstance)

_BARE = re.compile("[A-Za-z0-9_-]+")
_LIMITS = Limits(file_bytes=1 << 20)


@frozen
class Shelf:
    """What a file can name for fields of one type.

    Attributes:
        table: The table whose lines name them.
        noun: What each of its names is.
        kinds: Their classes by name.
        remark: What else to say where a name is not known.
        one: Whether exactly one of them is named, rather than any number.
    """

    table: str
    noun: str
    kinds: Kinds
    remark: str = ""
    one: bool = False


Shelves = Mapping[object, Shelf]


def read_value(kind: type[_Value], source: str | Path, shelves: Shelves) -> _Value:
    """Return the value of a TOML file.

    Args:
        kind: Its class.
        source: The file, in UTF-8.
        shelves: What it can name, by the type of a field.

    Raises:
        InputError: If it is no TOML file, or names what there is not, or a parameter that is not accepted; it holds
            every fault.
    """
    file = Path(source)
    reader = _Reader(name_shown(file.name), shelves)
    value = reader.made(kind, reader.document(file), "")
    if value is None:
        raise InputError(reader.faults)
    return value


def write_text(text: str, file: str | Path, *, overwrite: bool) -> None:
    """Return nothing; write a text as a file.

    Raises:
        InputError: If the file is there already (`FILE-EXISTS`) and may not be replaced.
    """
    target = Path(file)
    if target.exists() and not (overwrite and target.is_file()):
        raise InputError([file_exists(name_shown(target.name))])
    target.write_text(text, encoding="utf-8", newline="\n")


# --- reading


@define
class _Reader:
    """Makes a value of a document, and keeps every fault.

    Attributes:
        name: What messages call the file.
        shelves: What it can name.
        faults: What was wrong so far.
    """

    name: str
    shelves: Shelves
    faults: list[Fault] = field(factory=list)

    def document(self, file: Path) -> Mapping[str, object]:
        """Return the document in a file.

        Raises:
            InputError: If there is no such file, or it is no TOML.
        """
        if not file.is_file():
            raise self._refusal("NOT-A-FILE", "there is no plain file of this name", "Give a file in TOML.")
        try:
            return tomllib.loads(read_bytes(file, self.name, _LIMITS).decode("utf-8-sig"))
        except UnreadableError as error:
            raise InputError(error.faults) from error
        except UnicodeDecodeError as error:
            raise self._refusal("ENCODING", f"byte {error.start:,} is not UTF-8", "Save it as UTF-8.") from None
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            problem = f"it is no TOML: {str(error) or 'it is too deep'}"
            raise self._refusal("BAD-TOML", problem, "See toml.io for how it is written.") from None

    def made(self, kind: type[_Value], given: object, place: str) -> _Value | None:
        """Return a value of a class with the given parameters, None where one of them is not accepted."""
        if not isinstance(given, dict):
            self._fault("WRONG-TYPE", place, f"{shown(given)} is no table", "Give its parameters, {} for the usual.")
            return None
        before = len(self.faults)
        known = {attribute.name: attribute for attribute in attrs.fields(kind)}
        unknown = [key for key in given if key not in known]
        for key in unknown:
            self._unknown(key, "parameter", known, place)
        values = {
            name: self._value(attribute, given[name], _below(place, name))
            for name, attribute in known.items()
            if name in given
        }
        for name, attribute in known.items():
            if name not in given and attribute.default is attrs.NOTHING:
                self._fault("MISSING-VALUE", _below(place, name), "it is not given", "It has no usual value.")
        if len(self.faults) > before + len(unknown):
            return None
        try:  # what is known is sound alone, and is held against itself beside names that are not known
            value = kind(**values)
        except InputError as error:
            self._take(error, place)
        return None if len(self.faults) > before else value

    def _value(self, attribute: "attrs.Attribute[object]", given: object, place: str) -> object:
        """Return what a parameter stands for, by the type of its field."""
        expected = _without_none(attribute.type)
        if attribute.type in self.shelves:
            return self._from(self.shelves[attribute.type], given, place)
        if isinstance(expected, type) and attrs.has(expected):
            return self.made(expected, given, place)
        if _is_rows(expected):
            return self._rows(attribute, given, place)
        if get_origin(expected) is tuple and isinstance(given, list):
            return self._row(get_args(expected)[0], given, place)
        if attribute.validator is not None:
            return self._checked(attribute, given, place)
        if get_origin(expected) is tuple:
            self._fault("WRONG-TYPE", place, f"{shown(given)} is no row", "Give its items between [ and ].")
        return self._plain(expected, given, place)

    def _checked(self, attribute: "attrs.Attribute[object]", given: object, place: str) -> object:
        """Return a parameter as the class itself makes it sound, with the faults that it finds kept."""
        convert = cast("Callable[[object], object] | None", attribute.converter)
        try:
            made = given if convert is None else convert(given)
            if attribute.validator is not None:
                attribute.validator(None, attribute, made)
        except InputError as error:
            self.faults += [evolve(fault, table=self.name, column=place) for fault in error.faults]
            return given
        return made

    def _rows(self, attribute: "attrs.Attribute[object]", given: object, place: str) -> object:
        """Return rows, or a table of numbers by name where that is what is expected."""
        by_name = attribute.type == NumbersByName
        if isinstance(given, list) or (by_name and isinstance(given, dict)):
            return self._checked(attribute, given, place)
        wanted = "a table, such as { sql = 4 }" if by_name else "rows between [ and ], each between [ and ] itself"
        self._fault("WRONG-TYPE", place, f"{shown(given)} is not accepted", f"Give {wanted}.")
        return given

    def _row(self, expected: object, given: list[object], place: str) -> tuple[object, ...]:
        if isinstance(expected, type) and attrs.has(expected):
            return tuple(self.made(expected, one, f"{place}[{row}]") for row, one in enumerate(given))
        return tuple(self._plain(expected, one, place) for one in given)

    def _plain(self, expected: object, given: object, place: str) -> object:
        """Return a word as the value of its kind; texts, days, yes and no are only held against what is expected."""
        if isinstance(expected, type) and issubclass(expected, StrEnum):
            words: dict[object, StrEnum] = {member.value: member for member in expected}
            if isinstance(given, str) and given in words:
                return words[given]
            near = nearest(given, map(str, words)) if isinstance(given, str) else ""
            self._fault("BAD-CHOICE", place, f"{shown(given)} is not accepted{near}", f"Give {' or '.join(words)}.")  # type: ignore[arg-type]
            return given
        for kind, noun in _NOUNS.items():
            if _base(expected) is kind and (type(given) is not kind):
                self._fault("WRONG-TYPE", place, f"{shown(given)} is not accepted", f"Give {noun}.")
        return given

    def _from(self, shelf: Shelf, given: object, place: str) -> object:
        """Return the value or values that a table names."""
        before = len(self.faults)
        named = self._named(shelf, given, place)
        if not shelf.one:
            return named
        if len(self.faults) == before and len(named) != 1:
            remedy = f"Give one of {', '.join(shelf.kinds)}."
            self._fault("BAD-CHOICE", place, f"it names {len(named)} {shelf.noun}s", remedy)
        return named[0] if named else None

    def _named(self, shelf: Shelf, given: object, place: str) -> tuple[object, ...]:
        """Return the values that a table names, in its order."""
        if not isinstance(given, dict):
            self._fault("WRONG-TYPE", place, f"{shown(given)} is no table", f"Give one line for each {shelf.noun}.")
            return ()
        values = []
        for name, parameters in given.items():
            if name in shelf.kinds:
                values.append(self.made(shelf.kinds[name], parameters, _below(place, name)))
            else:
                self._unknown(name, shelf.noun, shelf.kinds, place, shelf.remark)
        return tuple(values)

    def _take(self, error: InputError, place: str) -> None:
        """Keep the faults that a class found in its fields, with their place in the file."""
        for fault in error.faults:
            column = _below(place, fault.column) if fault.column else place
            self.faults.append(evolve(fault, table=self.name, column=column or None))

    def _unknown(self, key: str, noun: str, known: Iterable[str], place: str, remark: str = "") -> None:
        accepted = ", ".join(known)
        remedy = f"Use {accepted}.{remark}" if accepted else f"There is no {noun} here."
        self._fault("UNKNOWN-KEY", _below(place, key), f"{shown(key)} names no {noun}{nearest(key, known)}", remedy)

    def _fault(self, code: str, place: str, problem: str, remedy: str) -> None:
        fault = Fault(code=code, table=self.name, column=place or None, problem=problem, remedy=remedy)
        self.faults.append(fault)

    def _refusal(self, code: str, problem: str, remedy: str) -> InputError:
        return InputError([Fault(code=code, table=self.name, problem=problem, remedy=remedy)])


_NOUNS: Mapping[object, str] = {str: "a text", bool: "true or false", date: "a day, such as 2026-10-01"}


def _without_none(expected: object) -> object:
    """Return the one type beside None in a union of two."""
    if isinstance(expected, UnionType):
        (only,) = (one for one in get_args(expected) if one is not type(None))
        return only
    return expected


def _is_rows(expected: object) -> bool:
    """Return whether a type is that of rows, which their own class makes sound."""
    return get_origin(expected) is tuple and get_origin(get_args(expected)[0]) is tuple


def _base(expected: object) -> object:
    return expected.__supertype__ if isinstance(expected, NewType) else expected


def _below(place: str, name: str) -> str:
    """Return the place of a key in a table, such as `scorers.level-fit.weight`."""
    return f"{place}.{name_shown(name)}".removeprefix(".")


# --- writing


def value_text(value: attrs.AttrsInstance, shelves: Shelves) -> str:
    """Return a value as the text of a TOML file, the same for equal values.

    Args:
        value: The value.
        shelves: What a file can name, by the type of a field.

    Raises:
        InputError: If it holds something that stands on no shelf, such as a rule of one's own.
    """
    return "\n".join([*_lines(value, "", shelves), ""])


def _lines(value: attrs.AttrsInstance, table: str, shelves: Shelves) -> list[str]:
    """Return the lines of a table: first its plain values, then the tables below it.

    What is None is left out, and what names nothing where that is usual.
    """
    plain, below = [], []
    for attribute in attrs.fields(type(value)):
        given, place = getattr(value, attribute.name), _below(table, attribute.name)
        if given is None or (given == () == attribute.default and attribute.type in shelves):
            continue
        if shelf := shelves.get(attribute.type):
            named = [given] if shelf.one else given
            entries = _names(shelf, named)
            below += ["", f"[{place}]", *(f"{name} = {_written(one, shelves)}" for name, one in entries)]
        elif attrs.has(type(given)):
            below += ["", f"[{place}]", *_lines(given, place, shelves)]
        elif isinstance(given, tuple) and any(attrs.has(type(one)) for one in given):
            below += [line for one in given for line in ("", f"[[{place}]]", *_lines(one, place, shelves))]
        else:
            plain.append(f"{attribute.name} = {_written(given, shelves)}")
    return [*plain, *below]


def _names(shelf: Shelf, values: Iterable[object]) -> list[tuple[str, object]]:
    """Return values with the names that they have in a file."""
    names: dict[type[object], str] = {kind: name for name, kind in shelf.kinds.items()}
    own = [type(value).__qualname__ for value in values if type(value) not in names]
    if own:
        problem = f"{shown(own[0])} is none of the library's own, so no file can name it"
        remedy = f"Use {', '.join(kind.__name__ for kind in shelf.kinds.values())}, or keep the policy in Python."
        raise InputError([Fault(code="WRONG-TYPE", table="policy", column=shelf.table, problem=problem, remedy=remedy)])
    return [(names[type(value)], value) for value in values]


def _written(value: object, shelves: Shelves) -> str:
    """Return a plain value, or one with parameters on one line; what is None is left out: TOML has no word for it."""
    kind = type(value)
    if attrs.has(kind):
        parts = [
            f"{attribute.name} = {_written_field(attribute, given, shelves)}"
            for attribute in attrs.fields(kind)
            if (given := getattr(value, attribute.name)) is not None
        ]
        return f"{{ {', '.join(parts)} }}" if parts else "{}"
    written: Mapping[type[object], Callable[[object], str]] = {
        str: _text,  # type: ignore[dict-item]
        bool: lambda truth: str(truth).lower(),
        tuple: lambda row: f"[{', '.join(_written(one, shelves) for one in row)}]",  # type: ignore[attr-defined]
    }
    return next((write(value) for known, write in written.items() if isinstance(value, known)), str(value))


def _text(text: str) -> str:
    """Return a text in quotes; the escapes of JSON are those of TOML, which also wants one for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _written_field(attribute: "attrs.Attribute[object]", given: object, shelves: Shelves) -> str:
    shelf = shelves.get(attribute.type)
    if attribute.type == NumbersByName and isinstance(given, tuple):
        named = ", ".join(f"{_key(name)} = {number}" for name, number in given)
        return f"{{ {named} }}" if named else "{}"
    if shelf is None:
        return _written(given, shelves)
    ((name, one),) = _names(shelf, [given])
    return f"{{ {name} = {_written(one, shelves)} }}"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)
