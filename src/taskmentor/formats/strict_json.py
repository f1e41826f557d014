"""JSON read strictly: every value that two readers could understand differently is refused, with its place."""

import json
import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from attrs import define, field, frozen

from taskmentor.errors import Fault, InputError, shown

__all__ = ["Json", "JsonLimits", "read_json", "write_json"]

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"
"""A JSON value; arrays are read as lists, objects as dicts."""

# A string that is never closed runs to the end, so that it is looked at once; the quantifiers never go back.
_STRING = r'"(?:[^"\\]++|\\.)*+"?'
_BRACKETS = re.compile(rf"{_STRING}|[\[\]{{}}]", re.DOTALL)
_TOKENS = re.compile(rf"(?P<string>{_STRING})(?P<key>\s*:)?|(?P<mark>[\[\]{{}},])|(?P<word>[-+.\w]+)", re.DOTALL)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_NOT_NUMBERS = frozenset({"NaN", "Infinity", "-Infinity"})
_WORDS = frozenset({"true", "false", "null"})


@frozen(kw_only=True)
class JsonLimits:
    """How much JSON is read before it is refused.

    Attributes:
        most_bytes: The size of a document.
        deepest: How many arrays and objects may stand inside each other.
        longest_number: The characters of a number.
        most_faults: How many faults are kept in words; all are counted.
    """

    most_bytes: int = 1 << 28
    deepest: int = 16
    longest_number: int = 100
    most_faults: int = 1_000


_DEFAULT_LIMITS = JsonLimits()


def read_json(source: Path | bytes, *, name: str = "", limits: JsonLimits = _DEFAULT_LIMITS) -> Json:
    """Return the value of a JSON document in UTF-8, with or without a byte order mark at its beginning.

    Args:
        source: The file, or the bytes of the document.
        name: What messages call the document; the file's own name where none is given.
        limits: How much is read.

    Raises:
        InputError: If it is no JSON document, or one of its values is not a finite number, a number too long, a text
            that is not Unicode, or stands under a key that was given already; it holds all such values.

    Complexity:
        O(n) for n bytes.

    Examples:
        >>> read_json(b'{"level": 3}')
        {'level': 3}
    """
    known_as = name or (source.name if isinstance(source, Path) else "JSON")
    document = _Document(known_as, _text(_bytes(source, known_as, limits), known_as), limits)
    _refuse(document.depth_faults(), limits)
    value = document.value()
    _refuse(document.value_faults(), limits)
    return value


def write_json(value: Json) -> str:
    r"""Return a value as JSON text: two spaces deeper a level, keys in their order, a newline at the end.

    The same value with the same order of keys gives the same text on every machine. `read_json` reads it back where it
    stays within its limits.

    Raises:
        ValueError: If a number in it is not finite, a text holds half a surrogate pair, or it contains itself.

    Examples:
        >>> write_json({"level": 3})
        '{\n  "level": 3\n}\n'
    """
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False, default=_plain) + "\n"
    text.encode()  # refuses half a surrogate pair here and not when the text is saved
    return text


def _plain(value: object) -> dict[object, object] | list[object]:
    """Return the mappings and sequences that the standard library does not know as those that it does."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return list(value)
    raise TypeError(f"{shown(value)} is not a JSON value")


def _refuse(faults: Iterator[Fault], limits: JsonLimits) -> None:
    kept = list(islice(faults, limits.most_faults))
    if kept:
        raise InputError(kept, len(kept) + sum(1 for _ in faults))


def _whole_fault(code: str, name: str, problem: str, remedy: str) -> InputError:
    return InputError([Fault(code=code, table=name, problem=problem, remedy=remedy)])


def _bytes(source: Path | bytes, name: str, limits: JsonLimits) -> bytes:
    if isinstance(source, Path):
        if not source.is_file():
            raise _whole_fault("NOT-A-FILE", name, "there is no ordinary file of this name", "Give a JSON file.")
        # One byte more than may be there is enough to see that there is too much, also in a file that still grows.
        try:
            with source.open("rb") as file:
                source = file.read(limits.most_bytes + 1)
        except OSError as error:
            problem = f"it cannot be opened: {error.strerror}"
            raise _whole_fault("NOT-READABLE", name, problem, "Give a file that may be read.") from error
    if len(source) > limits.most_bytes:
        raise _whole_fault("TOO-LARGE", name, f"it has more than {limits.most_bytes:,} bytes", "Split it.")
    return source


def _text(data: bytes, name: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        raise _whole_fault("ENCODING", name, "it begins as UTF-16 or UTF-32", "Save it as UTF-8.")
    if b"\0" in data:
        raise _whole_fault("NUL-BYTE", name, f"byte {data.index(0):,} is NUL", "Save it as UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _whole_fault("ENCODING", name, f"byte {error.start:,} is not UTF-8", "Save it as UTF-8.") from None
    if not text.strip():
        raise _whole_fault("EMPTY-FILE", name, "it is empty", "Give one JSON value.")
    return text


@define
class _Open:
    """An array or object that is open where the walk stands.

    Attributes:
        at: The key or place of the current value.
        keys: The keys of an object so far, with their lines; an array has none.
    """

    at: str | int
    keys: dict[str, int] = field(factory=dict)


def _path(opened: Sequence[_Open]) -> str | None:
    """Return where a value stands, such as `requests[3].score`; None for the whole document."""
    steps = (
        f"[{level.at}]"
        if isinstance(level.at, int)
        else f".{level.at}"
        if level.at.isidentifier()
        else f"[{shown(level.at)}]"
        for level in opened
    )
    return "".join(steps).removeprefix(".") or None


@frozen
class _Document:
    """One JSON document."""

    name: str
    text: str
    limits: JsonLimits

    @cached_property
    def _line_ends(self) -> list[int]:
        return [end.start() for end in re.finditer("\n", self.text)]

    def _line(self, place: int) -> int:
        return bisect_left(self._line_ends, place) + 1

    def _fault(self, code: str, place: int, problem: str, remedy: str, opened: Sequence[_Open] = ()) -> Fault:
        return Fault(
            code=code, table=self.name, line=self._line(place), column=_path(opened), problem=problem, remedy=remedy
        )

    def depth_faults(self) -> Iterator[Fault]:
        """Give at most one fault, before anything recursive sees the text.

        Where the brackets do not fit each other the parser stops there, and until there the depth is its own.
        """
        depth = 0
        for token in _BRACKETS.finditer(self.text):
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token[0], 0)
            if depth > self.limits.deepest:
                problem = f"more than {self.limits.deepest} arrays and objects stand inside each other"
                yield self._fault("TOO-DEEP", token.start(), problem, "Give a flatter document.")
                return

    def value(self) -> Json:
        """Return the value, with 0 for numbers that `value_faults` refuses.

        Raises:
            InputError: If the text is no JSON.
        """
        try:
            value: Json = json.loads(self.text, parse_int=self._whole, parse_constant=lambda _: 0)
        except json.JSONDecodeError as error:
            trailing = error.msg == "Extra data"
            code = "TRAILING-DATA" if trailing else "BAD-JSON"
            problem = (
                "something stands after the end of the value" if trailing else f"{error.msg}, character {error.colno}"
            )
            raise InputError([self._fault(code, error.pos, problem, "Give one JSON value.")]) from None
        return value

    def _whole(self, digits: str) -> int:
        return int(digits) if len(digits) <= self.limits.longest_number else 0

    def value_faults(self) -> Iterator[Fault]:
        """Give everything that is wrong with the values of a text that is JSON."""
        opened: list[_Open] = []
        for token in _TOKENS.finditer(self.text):
            if token["mark"]:
                _follow(token["mark"], opened)
            elif token["string"]:
                yield from self._string_faults(token, opened)
            elif token["word"] not in _WORDS:
                yield from self._number_faults(token, opened)

    def _string_faults(self, token: re.Match[str], opened: Sequence[_Open]) -> Iterator[Fault]:
        text: str = json.loads(token["string"])
        if token["key"]:
            level = opened[-1]
            level.at = text
            if (first := level.keys.get(text)) is not None:
                problem = f"the key {shown(text)} stands also on line {first}"
                yield self._fault("DUPLICATE-KEY", token.start(), problem, "Keep one of the two.", opened)
            level.keys.setdefault(text, self._line(token.start()))
        if _SURROGATE.search(text):
            problem = f"{shown(text)} holds half a surrogate pair"
            yield self._fault("BAD-UNICODE", token.start(), problem, "Write the whole character.", opened)

    def _number_faults(self, token: re.Match[str], opened: Sequence[_Open]) -> Iterator[Fault]:
        number = token["word"]
        if len(number) > self.limits.longest_number:
            problem = f"a number has {len(number):,} characters"
            remedy = f"Use at most {self.limits.longest_number}."
            yield self._fault("NUMBER-TOO-LONG", token.start(), problem, remedy, opened)
        elif number in _NOT_NUMBERS or (not number.lstrip("-").isdigit() and math.isinf(float(number))):
            problem = f"{number} is not a finite number"
            yield self._fault("NOT-FINITE", token.start(), problem, "Give a finite number, or null.", opened)


def _follow(mark: str, opened: list[_Open]) -> None:
    """Keep the list of open arrays and objects up to date."""
    if mark == "{":
        opened.append(_Open(""))
    elif mark == "[":
        opened.append(_Open(0))
    elif mark != ",":
        opened.pop()
    elif isinstance(opened[-1].at, int):
        opened[-1].at += 1
