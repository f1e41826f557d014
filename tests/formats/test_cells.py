"""The grammar of one cell, from a file and from memory."""

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmentor.formats.cells import Choice, Clock, Day, Flaw, Id, Kind, Languages, Own, Text, Whole, Zone, read_column

LEVEL, SOURCE = Whole(0, 999), Choice(("self", "manager"))


def code(found: object) -> str:
    assert isinstance(found, Flaw)
    assert found.problem
    assert found.remedy.endswith(".")
    return found.code


@pytest.mark.parametrize(
    "text",
    ["٣", "\uff13", "²", "1_000", "+3", "0x3", " 3", "3 ", "1,5", "three", "1e3", "--1", "-", "NaN", "3\n"],
)
def test_what_is_no_number_in_ascii_digits_is_refused(text: str) -> None:
    """Python's int() would take most of these."""
    assert code(LEVEL.from_text(text)) == "NOT-A-NUMBER"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("2.5", "NOT-WHOLE"), ("3.0", "NOT-WHOLE"), (".5", "NOT-WHOLE"), ("-1", "OUT-OF-RANGE"), ("1000", "OUT-OF-RANGE"),
     ("9" * 5_000, "OUT-OF-RANGE"), ("1" + "0" * 12, "OUT-OF-RANGE")],
)  # fmt: skip
def test_numbers_that_are_not_whole_or_out_of_range_are_named_so(text: str, wanted: str) -> None:
    """5,000 digits must not even be converted."""
    assert code(LEVEL.from_text(text)) == wanted


@pytest.mark.parametrize(
    ("text", "remedy"),
    [("3.0", "Write 3."), ("3.", "Write 3."), (".0", "Write 0."), ("1000.0", "Use a whole number, 0 to 999."),
     ("-.0", "Use a whole number, 0 to 999.")],
)  # fmt: skip
def test_a_whole_number_with_a_decimal_point_is_told_without_it(text: str, remedy: str) -> None:
    """3.0 is whole, whatever a message says."""
    found = LEVEL.from_text(text)
    assert code(found) == "NOT-WHOLE"
    assert isinstance(found, Flaw)
    assert (found.problem, found.remedy) == (f"'{text}' is written with a decimal point", remedy)


@pytest.mark.parametrize(
    ("value", "words"),
    [(5, "5 is a whole number"), (3.0, "3.0 is a number with a decimal point"), (b"a", "b'a' is a string of bytes"),
     (True, "True is true or false"), (datetime(2026, 1, 1), "is a day with a time"), (date(2026, 1, 1), "is a day"),
     ({"a": 1}, "{'a': 1} is a mapping"), (["a"], "['a'] is a list"), (Ellipsis, "Ellipsis is of the type ellipsis")],
)  # fmt: skip
def test_a_value_is_called_by_what_it_is(value: object, words: str) -> None:
    """`int` says nothing to those who keep people in tables."""
    found = Id().from_value(value)
    assert isinstance(found, Flaw)
    assert words in found.problem


def test_a_float_that_is_whole_is_told_as_the_number_that_is_wanted() -> None:
    """Data frames turn whole numbers into floats; a choice names its words, and a text is called one."""
    for value, remedy in ((3.0, "Give 3 as a whole number."), (1e300, "Give a whole number, 0 to 999.")):
        found = LEVEL.from_value(value)
        assert code(found) == "WRONG-TYPE"
        assert isinstance(found, Flaw)
        assert found.remedy == remedy
    for found in (LEVEL.from_value("3"), SOURCE.from_value(1)):
        assert isinstance(found, Flaw)
        assert (found.problem, found.remedy) in [
            ("'3' is a text", "Give a whole number, 0 to 999."), ("1 is a whole number", "Give one of self, manager."),
        ]  # fmt: skip


def test_a_decimal_comma_is_suspected() -> None:
    """Otherwise the message does not say what to mend."""
    found = LEVEL.from_text("1,5")
    assert isinstance(found, Flaw)
    assert "decimal comma?" in found.problem


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("7", 7), ("007", 7), ("999", 999)])
def test_whole_numbers_are_read(text: str, number: int) -> None:
    """The plain case."""
    assert LEVEL.from_text(text) == number


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(True, "WRONG-TYPE"), ("3", "WRONG-TYPE"), (3.0, "WRONG-TYPE"), (2.5, "NOT-WHOLE"), (float("nan"), "NOT-FINITE"),
     (float("inf"), "NOT-FINITE"), (date(2026, 1, 1), "WRONG-TYPE"), ([3], "WRONG-TYPE"), (-1, "OUT-OF-RANGE"),
     (10**30, "OUT-OF-RANGE")],
)  # fmt: skip
def test_values_in_memory_that_are_no_whole_numbers_are_refused(value: object, wanted: str) -> None:
    """`true` is not a level, and 3.0 may be a column that was averaged."""
    assert code(LEVEL.from_value(value)) == wanted


@pytest.mark.parametrize("value", [3, np.int64(3), np.int8(3)])
def test_whole_numbers_in_memory_are_read(value: object) -> None:
    """numpy's whole numbers are whole numbers."""
    found = LEVEL.from_value(value)
    assert found == 3
    assert type(found) is int


@pytest.mark.parametrize("text", ["007", "7", "NA", "null", "NaN", "None", "nan", "1e5", "a@b.c", "-x", "x" * 64])
def test_ids_stay_the_text_they_are(text: str) -> None:
    """007 and 7 are two people; NA is a valid id; 1e5 is no number (cases 44 to 46)."""
    assert Id().from_text(text) == text
    assert Id().from_value(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [(" a", "spaces around"), ("a ", "spaces around"), ("a\u200bb", "U+200B"), ("a b", "U+0020"), ("é", "U+00E9"),
     ("'; DROP TABLE event;--", "U+0027"), ("x" * 65, "65 characters"), ("a\n", "spaces around"), ("a\0", "U+0000")],
)  # fmt: skip
def test_an_id_with_other_characters_is_refused_and_named(text: str, words: str) -> None:
    """What cannot be seen must be said."""
    found = Id().from_text(text)
    assert code(found) == "BAD-ID"
    assert isinstance(found, Flaw)
    assert words in found.problem
    assert "A-Z a-z 0-9" in found.remedy


def test_the_pattern_of_ids_can_be_set_but_nothing_hostile_gets_in() -> None:
    """An organisation may have ids with spaces; nobody has ids that turn the text after them."""
    kind = Id(r".{1,20}")
    assert kind.from_text("Zoë Q") == "Zoë Q"
    assert code(kind.from_text("a\u202eb")) == "BAD-UNICODE"
    refused = Id(r"[0-9]+").from_text("abc")
    assert code(refused) == "BAD-ID"
    assert isinstance(refused, Flaw)
    assert "[0-9]+" in refused.remedy
    assert "another form" in refused.problem


@pytest.mark.parametrize("value", [7, True, 7.0, b"a", ("a",)])
def test_an_id_in_memory_is_a_text(value: object) -> None:
    """The number 7 could be 7 or 007."""
    assert code(Id().from_value(value)) == "WRONG-TYPE"


@pytest.mark.parametrize(
    "text",
    ["=cmd|'/c calc'!A1", "+1", "\tx", "a\r\nb", "</script><img onerror=x>", "a\u2028b", "{{7*7}}", "%s {0.__class__}",
     "'; DROP TABLE event;--", " spaces ", "שלום", "e\u0301", "क्षि", "👩\u200d💻"],
)  # fmt: skip
def test_free_text_is_kept_as_it_is(text: str) -> None:
    """What is shown must be escaped where it is shown, not altered where it is read."""
    assert Text().from_text(text) == text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("a\u202eb", "BAD-UNICODE"), ("a\ud800", "BAD-UNICODE"), ("a\x07", "BAD-UNICODE"), ("a\ufeffb", "BAD-UNICODE"),
     ("a\0", "NUL-BYTE"), ("e" + "\u0301" * 11, "BAD-UNICODE"), ("x" * 257, "CELL-TOO-LONG")],
)  # fmt: skip
def test_text_that_hides_or_turns_is_refused(text: str, wanted: str) -> None:
    """A name with U+202E shows other text after it backwards."""
    found = Text(256).from_text(text)
    assert code(found) == wanted
    assert isinstance(found, Flaw)
    assert found.problem.isprintable()


def test_ten_combining_marks_are_still_a_letter() -> None:
    """Some scripts stack several marks."""
    assert Text().from_text("e" + "\u0301" * 10) == "e" + "\u0301" * 10


@pytest.mark.parametrize("kind", [Text(), SOURCE, Zone(), Languages(), Own(), Id(), Day(), Clock()])
@pytest.mark.parametrize(("value", "wanted"), [(1.5, "WRONG-TYPE"), (float("nan"), "NOT-FINITE"), (True, "WRONG-TYPE")])
def test_a_float_or_bool_is_no_text_and_no_day(kind: Kind, value: object, wanted: str) -> None:
    """A data frame's NaN must not become the name `nan`."""
    assert code(kind.from_value(value)) == wanted


@pytest.mark.parametrize("kind", [Text(), SOURCE, Zone(), Languages(), Own(), Id(), Day(), Clock(), LEVEL])
def test_an_empty_cell_has_a_flaw_that_says_what_to_give(kind: Kind) -> None:
    """An empty level is not 0."""
    assert code(kind.missing) == ("EMPTY-ID" if isinstance(kind, Id) else "MISSING-VALUE")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("2026-02-30", "BAD-DATE"), ("01/02/2026", "BAD-DATE"), ("2026-W01-1", "BAD-DATE"), ("20260101", "BAD-DATE"),
     ("2026-1-1", "BAD-DATE"), ("2026-01-01T00:00", "BAD-DATE"), ("\uff12026-01-01", "BAD-DATE"), ("today", "BAD-DATE"),
     ("0001-01-01", "OUT-OF-RANGE"), ("9999-12-31", "OUT-OF-RANGE"), ("10000-01-01", "OUT-OF-RANGE"),
     ("1899-12-31", "OUT-OF-RANGE"), ("2201-01-01", "OUT-OF-RANGE")],
)  # fmt: skip
def test_a_day_is_written_in_one_way_only(text: str, wanted: str) -> None:
    """01/02/2026 is two different days."""
    found = Day().from_text(text)
    assert code(found) == wanted
    assert isinstance(found, Flaw)
    assert ("ambiguous" in found.problem) == (text == "01/02/2026")
    assert ("YYYY-MM-DD" in found.remedy) == (wanted == "BAD-DATE")


@pytest.mark.parametrize("value", ["1900-01-01", "2200-12-31", date(1900, 1, 1), date(2200, 12, 31)])
def test_days_are_read(value: str | date) -> None:
    """Both ends of the range belong to it."""
    wanted = value if isinstance(value, date) else date.fromisoformat(value)
    assert Day().from_value(value) == wanted


def test_a_moment_is_no_day_and_the_year_one_no_year() -> None:
    """datetime is a subclass of date in Python."""
    assert code(Day().from_value(datetime(2026, 1, 1))) == "WRONG-TYPE"
    assert code(Day().from_value(20260101)) == "WRONG-TYPE"
    assert code(Day().from_value(date(1, 1, 1))) == "OUT-OF-RANGE"


def test_a_choice_is_exact_and_suggests() -> None:
    """`Self` is not a source."""
    assert SOURCE.from_text("self") == SOURCE.from_value("self") == "self"
    found = SOURCE.from_text("Self")
    assert code(found) == "BAD-CHOICE"
    assert isinstance(found, Flaw)
    assert found.near == {"self", "manager"}
    assert "self, manager" in found.remedy


def test_a_zone_is_an_iana_name() -> None:
    """CET+1 or a path is none."""
    assert Zone().from_text("Europe/Berlin") == Zone().from_value("Europe/Berlin") == "Europe/Berlin"
    for text in ("Europe/Berlim", "../etc/passwd", "europe/berlin", "Europe"):
        assert code(Zone().from_text(text)) == "BAD-ZONE"


def test_languages_are_a_set_of_names() -> None:
    """Their order means nothing, so the same languages are the same text."""
    for value in ("en;de", "de; en;", ["en", "de"], {"de", "en"}, ("en", "de", "en")):
        assert Languages().from_value(value) == "de;en"
    for text in (";", "a\u202eb", "x" * 65, "a\nb"):
        assert code(Languages().from_text(text)) == "BAD-LANGUAGE"
    for text in ("de,en", "en, de;fr"):
        found = Languages().from_text(text)
        assert code(found) == "BAD-LANGUAGE"
        assert isinstance(found, Flaw)
        assert "by ';'" in found.remedy
    for wrong in (["en;de"], [1], b"en"):
        assert code(Languages().from_value(wrong)) == "WRONG-TYPE"


def column(kind: Kind, *cells: object, **options: bool) -> tuple[object, list[bool], list[str]]:
    """Read a column of cells, each its own different one, as a reader does."""
    read = read_column(
        kind, np.arange(len(cells), dtype=np.int32), cells, from_text=options.get("from_text", False), longest=4_096,
        required=options.get("required", False),
    )  # fmt: skip
    values = read.column.texts.tolist() if read.column.labels is not None else read.column.values.tolist()
    return values, read.column.given.tolist(), [flaw.code for flaw in read.flaws.values()]


def test_a_column_holds_what_is_well_formed() -> None:
    """A faulty or empty cell leaves a gap, not a guess."""
    assert column(LEVEL, "3", "", "x", from_text=True) == ([3, 0, 0], [True, False, False], ["NOT-A-NUMBER"])
    assert column(LEVEL, 0, None, required=True) == ([0, 0], [True, False], ["MISSING-VALUE"])
    assert column(Day(), "2026-01-01", None) == ([date(2026, 1, 1), None], [True, False], [])
    assert column(Id(), "b", "", "a") == (["b", "", "a"], [True, False, True], [])
    assert column(Id(), "x" * 5_000) == ([""], [False], ["CELL-TOO-LONG"])
    assert column(LEVEL) == ([], [], [])


def test_a_column_of_ones_own_is_numbers_only_where_nothing_is_lost() -> None:
    """A postal code 01099 is not 1099."""
    assert column(Own(), "3", "", "-1", from_text=True)[0] == [3, 0, -1]
    assert column(Own(), 3, None, "-1")[0] == [3, 0, -1]
    assert column(Own(), "3", "01099", from_text=True)[0] == ["3", "01099"]
    assert column(Own(), 3, "b")[0] == ["3", "b"]
    assert column(Own(), "", "", from_text=True)[0] == ["", ""]
    assert column(Own(), "1" * 19, from_text=True)[0] == ["1" * 19]
    assert column(Own(), 10**18)[2] == ["OUT-OF-RANGE"]


@given(st.text())
def test_no_text_makes_a_kind_stumble(text: str) -> None:
    """Whatever stands in a cell, the answer is a value or a flaw that can be printed."""
    for kind in (LEVEL, Id(), Text(), Day(), Clock(), SOURCE, Zone(), Languages(), Own()):
        for found in (kind.from_text(text), kind.from_value(text)):
            if isinstance(found, Flaw):
                assert (found.problem + found.remedy).isprintable()


@pytest.mark.parametrize("text", ["00:00", "09:05", "23:59", "24:00"])
def test_a_time_of_day_is_read(text: str) -> None:
    assert Clock().from_text(text) == Clock().from_value(text) == text


@pytest.mark.parametrize(
    "text", ["9:05", "24:01", "09:60", "09.05", "0905", "09:05:00", "\u0660\u0669:\u0660\u0665", " 09:05", "noon"]
)
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    assert code(Clock().from_text(text)) == "BAD-TIME"


def test_a_time_of_day_in_memory_has_no_zone_and_no_seconds() -> None:
    """A zone beside it would say something else than the person's own."""
    assert Clock().from_value(time(9, 5)) == "09:05"
    for value in (time(9, 5, 1), time(9, 5, tzinfo=UTC), datetime(2026, 1, 1, 9, 5), 9.5, timedelta(hours=9)):
        assert code(Clock().from_value(value)) == "WRONG-TYPE"
