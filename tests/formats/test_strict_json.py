"""JSON is read strictly: what two readers could understand differently is refused, each thing with its place."""

import json
from collections import UserDict, UserList
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmentor.errors import Fault, InputError
from taskmentor.formats.strict_json import Json, JsonLimits, read_json, write_json
from tests.data import real_data

SCALARS = st.none() | st.booleans() | st.integers(-(10**98), 10**98) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def faults(document: bytes, **limits: int) -> list[tuple[str, int | None, str | None]]:
    return [(fault.code, fault.line, fault.column) for fault in refused(document, **limits).faults]


def refused(document: bytes, **limits: int) -> InputError:
    with pytest.raises(InputError) as caught:
        read_json(document, name="plan.json", limits=JsonLimits(**limits))
    return caught.value


@given(VALUES)
def test_what_is_written_is_read_back(value: Json) -> None:
    """A plan that was saved would come back as another one."""
    assert read_json(write_json(value).encode(), limits=JsonLimits(deepest=99)) == value


@given(VALUES)
def test_valid_json_is_read_as_the_standard_library_reads_it(value: Json) -> None:
    """Ordinary documents would be refused or misread."""
    document = json.dumps(value)
    assert read_json(document.encode(), limits=JsonLimits(deepest=99)) == json.loads(document)


@given(st.binary(max_size=40) | st.text('[]{}",:0123456789.eE+-\\u truefalsn\n', max_size=40).map(str.encode))
def test_whatever_is_given_is_read_or_refused_with_a_code(document: bytes) -> None:
    """Broken files would end in a traceback."""
    try:
        read_json(document)
    except InputError as error:
        codes = [fault.code for fault in error.faults]
    else:
        codes = ["READ"]
    assert codes


def test_reading_never_changes_its_mind_about_key_order() -> None:
    """The same result would be written in two ways."""
    assert write_json({"b": 1, "a": [True, None, "é\u2028"]}) == (
        '{\n  "b": 1,\n  "a": [\n    true,\n    null,\n    "é\u2028"\n  ]\n}\n'
    )
    assert list(read_json(b'{"b": 1, "a": 2}')) == ["b", "a"]  # type: ignore[arg-type]


def test_any_mapping_and_sequence_is_written() -> None:
    """Frozen results would need converting by hand."""
    assert json.loads(write_json({"a": UserDict({"b": UserList([1, 2])}), "c": (3,)})) == {"a": {"b": [1, 2]}, "c": [3]}


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), ["\ud800"]])
def test_what_could_not_be_read_back_is_not_written(value: Json) -> None:
    """A file would be saved that no strict reader takes."""
    with pytest.raises(ValueError, match=r"JSON compliant|surrogates not allowed"):
        write_json(value)


@pytest.mark.parametrize("value", [{1, 2}, b"bytes"])
def test_what_is_no_json_value_is_not_written(value: object) -> None:
    """Sets would be written in any order."""
    with pytest.raises(TypeError, match="is not a JSON value"):
        write_json(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
def test_bad_input_27_too_deep(opening: bytes) -> None:
    """A hostile file would end in a RecursionError."""
    assert faults(opening * 100_000) == [("TOO-DEEP", 1, None)]


def test_depth_is_counted_exactly_and_outside_texts_only() -> None:
    """A lawful document at the limit would be refused."""
    assert read_json(b"[" * 16 + b"]" * 16)
    assert faults(b"[" * 17 + b"]" * 17) == [("TOO-DEEP", 1, None)]
    assert read_json(b'["' + b"[" * 99 + b'\\"{"]') == ["[" * 99 + '"{']


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-1e999", b"1.5E+400"])
def test_bad_input_28_29_not_finite(number: bytes) -> None:
    """Points would become infinite, or compare unequal to themselves."""
    assert faults(b'{"requests": [\n{"score": ' + number + b"}]}") == [("NOT-FINITE", 2, "requests[0].score")]


def test_bad_input_30_duplicate_key() -> None:
    """Two readers would see two different plans."""
    error = refused(b'{"on": 1,\n "off": {"on": 2},\n "\\u006fn": 3}')
    assert [(fault.code, fault.line, fault.column) for fault in error.faults] == [("DUPLICATE-KEY", 3, "on")]
    assert "line 1" in error.faults[0].problem


@pytest.mark.parametrize("number", [b"9" * 5_000, b"-" + b"9" * 100, b"0." + b"1" * 99])
def test_bad_input_31_number_too_long(number: bytes) -> None:
    """Long numbers take quadratic time, and above a limit a ValueError of Python."""
    assert faults(b"[1, " + number + b"]") == [("NUMBER-TOO-LONG", 1, "[1]")]


@pytest.mark.parametrize("digits", [b"9" * 100, b"-" + b"9" * 99])
def test_long_whole_numbers_stay_exact(digits: bytes) -> None:
    """Values of large objectives would be rounded."""
    assert read_json(digits) == int(digits)


@pytest.mark.parametrize("text", [b'"\\ud800"', b'"\\udc00 \\ud800"', b'"\\ud83d\\ude00\\ud83d"'])
def test_bad_input_32_lone_surrogate(text: bytes) -> None:
    """A text would be accepted that can be saved nowhere."""
    assert faults(b'{"a b": ' + text + b"}") == [("BAD-UNICODE", 1, "['a b']")]
    assert faults(b"{" + text + b": 1}")[0][0] == "BAD-UNICODE"


@pytest.mark.parametrize("document", [b"{} {}", b"[]]", b"1 2", b'"a"x'])
def test_bad_input_37_trailing_data(document: bytes) -> None:
    """Of two documents in one file only the first would count."""
    assert faults(document) == [("TRAILING-DATA", 1, None)]


@pytest.mark.parametrize(
    "document", [b"{", b"[1,]", b"[01]", b"{'a': 1}", b'"\n"', b'["a', b'"\\', b"nul", b"[}", b"+1"]
)
def test_what_is_no_json_is_named_with_its_line(document: bytes) -> None:
    """A broken file would be read as something else."""
    [(code, line, column)] = faults(b"\n" + document)
    assert (code, column) == ("BAD-JSON", None)
    assert line is not None
    assert line >= 2


def test_all_faulty_values_are_reported_at_once_in_their_order() -> None:
    """Mending a file would take as many readings as it has faults."""
    document = b'{"a": [1, NaN, "x"],\n "b": {"c": "\\ud800", "c": -Infinity},\n "a": 1e999}'
    assert faults(document) == [
        ("NOT-FINITE", 1, "a[1]"),
        ("BAD-UNICODE", 2, "b.c"),
        ("DUPLICATE-KEY", 2, "b.c"),
        ("NOT-FINITE", 2, "b.c"),
        ("DUPLICATE-KEY", 3, "a"),
        ("NOT-FINITE", 3, "a"),
    ]


def test_of_very_many_faults_some_are_kept_and_all_are_counted() -> None:
    """A hostile file would fill the memory with messages."""
    error = refused(b"[" + b"NaN," * 4_999 + b"NaN]", most_faults=3)
    assert (len(error.faults), error.n_faults) == (3, 5_000)


def test_a_text_that_never_closes_is_walked_once() -> None:
    """A hostile file of half a megabyte would take hours."""
    assert faults(b'"' + b'\\"' * 250_000) == [("BAD-JSON", 1, None)]
    assert faults(b'"' * 500_001)[0][0] == "TRAILING-DATA"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"\xff\xfe[\0]\0", "ENCODING"),
        (b"\xfe\xff\0[\0]", "ENCODING"),
        (b"\0\0\xfe\xff", "ENCODING"),
        (b"[\0]\0", "NUL-BYTE"),
        (b'["\xe9"]', "ENCODING"),
        (b'"\xed\xa0\x80"', "ENCODING"),
        (b"", "EMPTY-FILE"),
        (b"\xef\xbb\xbf \n", "EMPTY-FILE"),
        (b"\xef\xbb\xbf\xef\xbb\xbf[]", "BAD-JSON"),
    ],
)
def test_what_is_no_utf_8_text_is_named(document: bytes, code: str) -> None:
    """Files in another encoding would be read as other words."""
    assert [found for found, _, _ in faults(document)] == [code]


def test_a_byte_order_mark_at_the_beginning_is_allowed() -> None:
    """Files saved by spreadsheets would be refused."""
    assert read_json(b"\xef\xbb\xbf[]") == []


def test_size_is_limited_before_anything_is_parsed(tmp_path: Path) -> None:
    """A file that is too large would fill the memory."""
    (tmp_path / "plan.json").write_bytes(b"[1, 2, 3]")
    for source in (tmp_path / "plan.json", b"[1, 2, 3]"):
        assert read_json(source, limits=JsonLimits(most_bytes=9)) == [1, 2, 3]
        with pytest.raises(InputError, match=r"TM-TOO-LARGE .*more than 8 bytes"):
            read_json(source, limits=JsonLimits(most_bytes=8))


@pytest.mark.parametrize("name", ["", "absent.json"])
def test_folders_and_missing_files_are_named(tmp_path: Path, name: str) -> None:
    """A wrong path would end in a traceback."""
    with pytest.raises(InputError) as caught:
        read_json(tmp_path / name)
    assert [fault.code for fault in caught.value.faults] == ["NOT-A-FILE"]


def test_files_that_may_not_be_read_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of somebody else would end in a traceback."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "plan.json").write_text("[]")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"TM-NOT-READABLE plan\.json: it cannot be opened: Permission denied\."):
        read_json(tmp_path / "plan.json")


def test_messages_name_the_document_and_the_place(tmp_path: Path) -> None:
    """Nobody would find what to mend."""
    (tmp_path / "plan.json").write_text('{"value":\nNaN}')
    with pytest.raises(InputError) as caught:
        read_json(tmp_path / "plan.json")
    assert caught.value.faults == (
        Fault(
            code="NOT-FINITE",
            table="plan.json",
            line=2,
            column="value",
            problem="NaN is not a finite number",
            remedy="Give a finite number, or null.",
        ),
    )


@pytest.mark.parametrize(
    "name", ["AdoptedTestFramework.json", "Utf8TestFramework.json", "case-v1p0-cfpackage-schema.json"]
)
def test_published_documents_are_read_as_they_are(name: str) -> None:
    """Real documents would be refused.

    Data: `case`, 1EdTech CASE packages of opensalt/opensalt, MIT.
    """
    path = real_data("case") / name
    assert read_json(path) == json.loads(path.read_text(encoding="utf-8"))
