"""The strict grammar of one cell, by what its column holds: an id, text, a number, a day, a time, a choice, a zone.

Each kind reads a text from a file and checks a Python value from memory, and answers with the value or with a `Flaw`.
A column is read by its different cells, so millions of rows cost little more than their different values.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from functools import cache
from itertools import groupby
from math import isfinite
from numbers import Integral, Number
from typing import Protocol
from zoneinfo import available_timezones

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.errors import shown
from taskmentor.models.availability import minute_of_day
from taskmentor.models.tables import Column

__all__ = ["DEFAULT_ID", "FIRST_YEAR", "LAST_YEAR", "Choice", "Clock", "Day", "Flaw", "Id", "Kind", "Languages", "Own",
           "Text", "Value", "Whole", "Zone", "read_column"]  # fmt: skip

DEFAULT_ID = r"[A-Za-z0-9._:@-]{1,64}"

Value = str | int | date


@frozen
class Flaw:
    """What is wrong with one cell, and what would have been accepted.

    Attributes:
        code: The fault's code.
        problem: A clause that says what is wrong.
        remedy: A sentence that says what would have been accepted.
        near: Words of which one may have been meant; finding it is left to whoever shows the flaw, since a column may
            have millions of flaws and shows a few.
    """

    code: str
    problem: str
    remedy: str
    near: frozenset[str] = frozenset()


class Kind(Protocol):
    """What a column holds."""

    def from_text(self, text: str) -> Value | Flaw:
        """Return what a text from a file says; it is never empty."""
        ...

    def from_value(self, value: object) -> Value | Flaw:
        """Return what a Python value says; it is never None or empty."""
        ...

    @property
    def missing(self) -> Flaw:
        """Return the flaw of an empty cell where one must be filled."""
        ...


_EMPTY = "the cell is empty"


def _wrong_type(value: object, wanted: str) -> Flaw:
    if isinstance(value, float) and not isfinite(value):
        return Flaw("NOT-FINITE", f"{shown(value)} is not finite", f"Give {wanted}, or None for an empty cell.")
    return Flaw("WRONG-TYPE", f"{shown(value)} is {_called(value)}", f"Give {wanted}.")


_CALLED: tuple[tuple[type, str], ...] = (  # a value is called by the first that it is
    (bool, "true or false, not a number, day or text"),
    (Integral, "a whole number"),
    (Number, "a number with a decimal point"),
    (str, "a text"),
    (bytes, "a string of bytes"),
    (datetime, "a day with a time"),
    (date, "a day"),
    (Mapping, "a mapping"),
    (Collection, "a list"),
)


def _called(value: object) -> str:
    for kind, name in _CALLED:
        if isinstance(value, kind):
            return name
    return f"of the type {type(value).__name__}"


# --- texts

_HOSTILE = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f"  # control characters other than tab and line ends
    "\\u202a-\\u202e\\u2066-\\u2069"  # what turns the direction of the text after it
    "\\ud800-\\udfff\\ufeff\\ufffe\\uffff]"  # halves of characters, and no characters at all
)
_MOST_MARKS = 10


def _hostile(text: str) -> Flaw | None:
    if text.isascii() and text.isprintable():
        return None
    if "\0" in text:
        return Flaw("NUL-BYTE", f"{shown(text)} holds a NUL character", "Remove it.")
    if found := _HOSTILE.search(text):
        problem = f"{shown(text)} holds the character U+{ord(found[0]):04X}, which is invisible or alters what follows"
        return Flaw("BAD-UNICODE", problem, "Remove it.")
    marks = (unicodedata.category(character).startswith("M") for character in text)
    if any(mark and len(list(run)) > _MOST_MARKS for mark, run in groupby(marks)):
        problem = f"{text[:5]!a}... holds more than {_MOST_MARKS} combining marks in a row"
        return Flaw("BAD-UNICODE", problem, "Remove them.")
    return None


def _all_printable(texts: Sequence[str]) -> bool:
    """Return whether no text holds anything but printable ASCII, among which nothing is hostile."""
    together = "".join(texts)
    return together.isascii() and together.isprintable()


@frozen
class Text:
    """Free text, kept exactly as it is.

    Attributes:
        longest: The most characters it may have, where that is fewer than the limits allow.
    """

    longest: int = 1_000_000

    def all_plain(self, texts: Sequence[str]) -> bool:
        """Return whether each of many texts is certainly one of these."""
        return max(map(len, texts)) <= self.longest and _all_printable(texts)

    def from_text(self, text: str) -> Value | Flaw:
        """Return the text itself."""
        if len(text) > self.longest:
            problem = f"{shown(text)} has {len(text):,} characters"
            return Flaw("CELL-TOO-LONG", problem, f"Use at most {self.longest:,}.")
        return _hostile(text) or text

    def from_value(self, value: object) -> Value | Flaw:
        """Return the text itself."""
        return self.from_text(value) if isinstance(value, str) else _wrong_type(value, "a text")

    @property
    def missing(self) -> Flaw:
        """Return the flaw of an empty cell where one must be filled."""
        return Flaw("MISSING-VALUE", _EMPTY, "Give a text.")


@frozen
class Id:
    """An id, always a text: `007` and `7` are two ids, and so are `NA` and `null`.

    Attributes:
        pattern: The regular expression that the whole id must match.
    """

    pattern: str = DEFAULT_ID

    def all_plain(self, texts: Sequence[str]) -> bool:
        """Return whether each of many texts is certainly an id."""
        return all(map(re.compile(self.pattern).fullmatch, texts)) and _all_printable(texts)

    def from_text(self, text: str) -> Value | Flaw:
        """Return the id."""
        if re.fullmatch(self.pattern, text):
            return _hostile(text) or text
        about = " has spaces around it" if text.strip() != text else f" has {len(text):,} characters"
        if text.strip() == text and len(text) <= 64:
            about = f" has {_odd_characters(text)}"
        return Flaw("BAD-ID", f"{shown(text)}{about}", self._remedy)

    def from_value(self, value: object) -> Value | Flaw:
        """Return the id."""
        return self.from_text(value) if isinstance(value, str) else _wrong_type(value, "the id as a text")

    @property
    def _remedy(self) -> str:
        if self.pattern == DEFAULT_ID:
            return "Use 1 to 64 of the characters A-Z a-z 0-9 . _ : @ - and nothing else."
        return f"Use an id that matches {self.pattern}."

    @property
    def missing(self) -> Flaw:
        """Return the flaw of an empty cell where one must be filled."""
        return Flaw("EMPTY-ID", "the id is empty", self._remedy)


def _odd_characters(text: str) -> str:
    odd = next((character for character in text if not re.fullmatch(DEFAULT_ID, character)), None)
    return "another form" if odd is None else f"the character U+{ord(odd):04X} in it"


@frozen
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def from_text(self, text: str) -> Value | Flaw:
        """Return the word."""
        if text in self.words:
            return text
        problem = f"{shown(text)} is none of the words for it"
        return Flaw("BAD-CHOICE", problem, f"Use {', '.join(self.words)}.", frozenset(self.words))

    def from_value(self, value: object) -> Value | Flaw:
        """Return the word."""
        wanted = f"one of {', '.join(self.words)}"
        return self.from_text(value) if isinstance(value, str) else _wrong_type(value, wanted)

    @property
    def missing(self) -> Flaw:
        """Return the flaw of an empty cell where one must be filled."""
        return Flaw("MISSING-VALUE", _EMPTY, f"Use {', '.join(self.words)}.")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@frozen
class Zone:
    """An IANA time zone."""

    def from_text(self, text: str) -> Value | Flaw:
        """Return the zone's name."""
        if text in _zones():
            return text
        return Flaw("BAD-ZONE", f"{shown(text)} is no IANA time zone", "Use a name such as Europe/Berlin.", _zones())

    def from_value(self, value: object) -> Value | Flaw:
        """Return the zone's name."""
        return self.from_text(value) if isinstance(value, str) else _wrong_type(value, "the zone's name")

    @property
    def missing(self) -> Flaw:
        """Return the flaw of an empty cell where one must be filled."""
        return Flaw("MISSING-VALUE", _EMPTY, "Use a name such as Europe/Berlin.")


@frozen
class Languages:
    """Languages, separated by semicolons; from memory also a collection of texts."""

    def from_text(self, text: str) -> Value | Flaw:
        """Return the languages, sorted, each once."""
        if "," in text:
            problem = f"{shown(text)} has a comma in it"
            return Flaw("BAD-LANGUAGE", problem, "Separate languages by ';', such as en;de.")
        names = sorted({name.strip() for name in text.split(";") if name.strip()})
        odd = next((name for name in names if len(name) > 64 or not name.isprintable() or _hostile(name)), None)
        if odd is not None or not names:
            problem = f"{shown(text if odd is None else odd)} is no language"
            return Flaw("BAD-LANGUAGE", problem, "Give names or tags of up to 64 characters, such as en;de.")
        return ";".join(names)

    def from_value(self, value: object) -> Value | Flaw:
        """Return the languages, sorted, each once."""
        if isinstance(value, Collection) and not isinstance(value, str | bytes):
            if not all(isinstance(name, str) and ";" not in name for name in value):
                return _wrong_type(value, "languages as texts, such as en;de")
            value = ";".join(str(name) for name in value)
        return self.from_text(value) if isinstance(value, str) else _wrong_type(value, "languages such as en;de")

    @property
    def missing(self) -> Flaw:
        """Return the flaw of an empty cell where one must be filled."""
        return Flaw("MISSING-VALUE", _EMPTY, "Give languages such as en;de.")


# --- numbers and days

_WHOLE = re.compile(r"-?[0-9]+")
_MOST_DIGITS = 18
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]*|-?\.[0-9]+")
_DECIMAL_COMMA = re.compile(r"-?[0-9]+,[0-9]+")


@frozen
class Whole:
    """A whole number in the digits 0 to 9.

    Attributes:
        lowest: The lowest that is accepted.
        highest: The highest that is accepted.
        called: What messages call these numbers, where their range says nothing to the reader.
    """

    lowest: int
    highest: int
    called: str = ""

    def from_text(self, text: str) -> Value | Flaw:
        """Return the number."""
        if _WHOLE.fullmatch(text):
            return self._in_range(int(text)) if len(text) <= _MOST_DIGITS else self._out_of_range(text)
        if _DECIMAL.fullmatch(text):
            return self._decimal(text)
        hint = " (a decimal comma?)" if _DECIMAL_COMMA.fullmatch(text) else ""
        return Flaw("NOT-A-NUMBER", f"{shown(text)} is not a number in the digits 0 to 9{hint}", self._remedy)

    def from_value(self, value: object) -> Value | Flaw:
        """Return the number."""
        if not isinstance(value, bool) and isinstance(value, Integral):
            return self._in_range(int(value))
        if isinstance(value, float) and isfinite(value):
            if not value.is_integer():
                return Flaw("NOT-WHOLE", f"{shown(value)} is not whole", self._remedy)
            if self.lowest <= value <= self.highest:
                return _wrong_type(value, f"{int(value)} as a whole number")
        return _wrong_type(value, f"a whole number, {self._range}")

    def _decimal(self, text: str) -> Flaw:
        whole, _, rest = text.partition(".")
        if rest.strip("0"):
            return Flaw("NOT-WHOLE", f"{shown(text)} is not whole", self._remedy)
        number = self.from_text(whole or "0")
        wanted = self._remedy if isinstance(number, Flaw) else f"Write {number}."
        return Flaw("NOT-WHOLE", f"{shown(text)} is written with a decimal point", wanted)

    def _in_range(self, number: int) -> Value | Flaw:
        return number if self.lowest <= number <= self.highest else self._out_of_range(number)

    def _out_of_range(self, given: object) -> Flaw:
        return Flaw("OUT-OF-RANGE", f"{shown(given).strip(chr(39))} is out of range", self._remedy)

    @property
    def _range(self) -> str:
        return self.called or f"{self.lowest} to {self.highest}"

    @property
    def _remedy(self) -> str:
        return f"Use a whole number, {self._range}."

    @property
    def missing(self) -> Flaw:
        """Return the flaw of an empty cell where one must be filled."""
        return Flaw("MISSING-VALUE", f"{_EMPTY}, which is not 0", self._remedy)


_DAY = re.compile(r"([0-9]{4,})-[0-9]{2}-[0-9]{2}")
_AMBIGUOUS = re.compile(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}")
_DAY_REMEDY = "Use YYYY-MM-DD, such as 2026-11-23."
FIRST_YEAR, LAST_YEAR = 1900, 2200


@frozen
class Day:
    """A day, written YYYY-MM-DD."""

    def from_text(self, text: str) -> Value | Flaw:
        """Return the day."""
        match = _DAY.fullmatch(text)
        if match is None:
            about = "is ambiguous" if _AMBIGUOUS.fullmatch(text) else "is not written as a day"
            return Flaw("BAD-DATE", f"{shown(text)} {about}", _DAY_REMEDY)
        if len(match[1]) > 4 or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
            return _year_out_of_range(text)
        try:
            return date.fromisoformat(text)
        except ValueError:
            return Flaw("BAD-DATE", f"{shown(text)} is not in the calendar", _DAY_REMEDY)

    def from_value(self, value: object) -> Value | Flaw:
        """Return the day."""
        if isinstance(value, str):
            return self.from_text(value)
        if isinstance(value, datetime) or not isinstance(value, date):
            return _wrong_type(value, "a date without a time, or a text such as 2026-11-23")
        return value if FIRST_YEAR <= value.year <= LAST_YEAR else _year_out_of_range(value.isoformat())

    @property
    def missing(self) -> Flaw:
        """Return the flaw of an empty cell where one must be filled."""
        return Flaw("MISSING-VALUE", _EMPTY, _DAY_REMEDY)


def _year_out_of_range(text: str) -> Flaw:
    remedy = f"Use a year from {FIRST_YEAR} to {LAST_YEAR}, or leave an open end empty."
    return Flaw("OUT-OF-RANGE", f"the year of {shown(text)} is out of range", remedy)


_CLOCK_REMEDY = "Use HH:MM in 24 hours, such as 09:00; 24:00 is the end of the day."


@frozen
class Clock:
    """A time of day as a clock shows it, written HH:MM; from memory also a time without a zone, to the minute."""

    def from_text(self, text: str) -> Value | Flaw:
        """Return the time of day as text."""
        if minute_of_day(text) is not None:
            return text
        return Flaw("BAD-TIME", f"{shown(text)} is not a time of day", _CLOCK_REMEDY)

    def from_value(self, value: object) -> Value | Flaw:
        """Return the time of day as text."""
        if isinstance(value, time) and value == time(value.hour, value.minute):
            return f"{value:%H:%M}"
        return self.from_text(value) if isinstance(value, str) else _wrong_type(value, "a text such as 09:00")

    @property
    def missing(self) -> Flaw:
        """Return the flaw of an empty cell where one must be filled."""
        return Flaw("MISSING-VALUE", _EMPTY, _CLOCK_REMEDY)


_PLAIN_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,17}")


@frozen
class Own:
    """What an organisation keeps in a column of its own: text, and a number where every cell is a plain whole number.

    A number with leading zeros is a text, such as a postal code, so that nothing is lost.
    """

    def from_text(self, text: str) -> Value | Flaw:
        """Return the text."""
        return Text(256).from_text(text)

    def from_value(self, value: object) -> Value | Flaw:
        """Return the text, or the number as a text."""
        if not isinstance(value, bool) and isinstance(value, Integral):
            number = Whole(1 - 10**18, 10**18 - 1).from_value(value)
            return number if isinstance(number, Flaw) else str(number)
        return self.from_text(value) if isinstance(value, str) else _wrong_type(value, "a text or a whole number")

    @property
    def missing(self) -> Flaw:
        """Return the flaw of an empty cell where one must be filled."""
        return Flaw("MISSING-VALUE", _EMPTY, "Give a text or a whole number.")


# --- columns


@frozen(eq=False)
class ReadColumn:
    """A column with what is wrong in it.

    Attributes:
        column: The well-formed cells.
        flaws: By the place of a different cell.
        flawed: Which different cells have a flaw.
    """

    column: Column
    flaws: dict[int, Flaw] = field(repr=False)
    flawed: NDArray[np.bool_] = field(repr=False)


def read_column(
    kind: Kind, places: NDArray[np.int32], cells: tuple[object, ...], *, from_text: bool, longest: int, required: bool
) -> ReadColumn:
    """Return a column as values, with what is wrong in it.

    Args:
        kind: What the column holds.
        places: The place of each row's cell in `cells`. Shape (n,).
        cells: The different cells.
        from_text: Whether the cells are texts of a file rather than Python values.
        longest: The most characters a text may have.
        required: Whether an empty cell is a flaw.

    Complexity:
        O(n + m log m) for m different cells.
    """
    if (plain := _plain(kind, cells, longest)) is not None:
        return ReadColumn(_labelled(plain, places, np.ones(len(places), np.bool_)), {}, np.zeros(len(cells), np.bool_))
    missing = kind.missing if required else None
    values = [_read_cell(kind, cell, missing, from_text=from_text, longest=longest) for cell in cells]
    flaws = {place: value for place, value in enumerate(values) if isinstance(value, Flaw)}
    usable = [None if isinstance(value, Flaw) else value for value in values]
    flawed = np.zeros(len(cells), np.bool_)
    flawed[list(flaws)] = True
    given = np.array([value is not None for value in usable], np.bool_)[places]
    if isinstance(kind, Whole):
        numbers = np.array([value or 0 for value in usable], np.int64)
        return ReadColumn(Column(numbers[places], given), flaws, flawed)
    if isinstance(kind, Day):
        days = np.array([value or "NaT" for value in usable], "datetime64[D]")
        return ReadColumn(Column(days[places], given), flaws, flawed)
    texts = ["" if value is None else str(value) for value in usable]
    if isinstance(kind, Own) and any(texts) and all(_PLAIN_NUMBER.fullmatch(text or "0") for text in texts):
        numbers = np.array([int(text or 0) for text in texts], np.int64)
        return ReadColumn(Column(numbers[places], given), flaws, flawed)
    return ReadColumn(_labelled(texts, places, given), flaws, flawed)


def _plain(kind: Kind, cells: tuple[object, ...], longest: int) -> list[str] | None:
    """Return the cells, if all are filled and certainly well-formed texts, without a look at each.

    Ids and names may have as many different cells as there are people, and nearly always nothing is wrong with them.
    """
    if type(kind) is not Id and type(kind) is not Text:
        return None
    texts = [cell for cell in cells if isinstance(cell, str) and cell]
    if not texts or len(texts) < len(cells) or max(map(len, texts)) > longest or not kind.all_plain(texts):
        return None
    return texts


def _read_cell(kind: Kind, cell: object, missing: Flaw | None, *, from_text: bool, longest: int) -> Value | Flaw | None:
    if cell is None or (isinstance(cell, str) and cell == ""):
        return missing
    if isinstance(cell, str) and len(cell) > longest:
        problem = f"{shown(cell)} has {len(cell):,} characters"
        return Flaw("CELL-TOO-LONG", problem, f"Use at most {longest:,}.")
    return kind.from_text(cell) if from_text and isinstance(cell, str) else kind.from_value(cell)


def _labelled(texts: list[str], places: NDArray[np.int32], given: NDArray[np.bool_]) -> Column:
    labels = sorted(set(texts))
    if labels == texts:
        return Column(places, given, tuple(labels))
    place_of = {label: place for place, label in enumerate(labels)}
    codes = np.fromiter(map(place_of.__getitem__, texts), np.int32, len(texts))
    return Column(codes[places], given, tuple(labels))
