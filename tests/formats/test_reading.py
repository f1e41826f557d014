"""Reading organisations from tables: every bad input is named, every fault is reported at once."""

import gzip
import zipfile
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from attrs import evolve

from taskmentor.errors import InputError
from taskmentor.formats.csv_text import Limits
from taskmentor.formats.reading import organisation_from_rows, read_model, read_organisation
from taskmentor.formats.schema import TABLES
from taskmentor.sample import folder as sample_folder
from tests.models.small import ALL_FILES, ASSESSED, FILES, PEOPLE, faults, small_rows, written


class Bad(NamedTuple):
    """One bad input: what to write instead of one table, and the one fault that must be reported."""

    case: str
    table: str
    text: str | bytes
    code: str
    line: int | None
    column: str | None
    words: str
    remedy: str


BAD = [
    # --- file and encoding
    Bad("1", "people", "", "EMPTY-FILE", None, None, "nothing in it", "header and rows"),
    Bad("1 BOM", "people", b"\xef\xbb\xbf\r\n", "EMPTY-FILE", None, None, "nothing in it", "header and rows"),
    Bad("2", "people", PEOPLE, "NO-ROWS", None, None, "no rows", "at least one row"),
    Bad("3", "people", "name,manager_id\nAnn,\n", "MISSING-COLUMN", 1, "person_id", "name, manager_id", "Add it"),
    Bad("5", "people", "person_id,name,name\na,b,c\n", "DUPLICATE-COLUMN", 1, "name", "'name'", "Keep one"),
    Bad("6", "people", "person_id,na me,Name\na,b,c\n", "DUPLICATE-COLUMN", 1, "Name", "'na me'", "Keep one"),
    Bad("6 NFC", "people", "person_id,x_é,x_e\u0301\na,b,c\n",
        "DUPLICATE-COLUMN", 1, "x_e\u0301", "'x_\\xe9'", "Keep one"),
    Bad("7", "people", FILES["people"].encode("utf-16"), "ENCODING", None, None, "UTF-16 BOM", "encoding='utf-16'"),
    Bad("7 32", "people", FILES["people"].encode("utf-32"), "ENCODING", None, None, "UTF-32 BOM", "encoding='utf-32'"),
    Bad("8", "people", FILES["people"].encode("utf-16-le"), "NUL-BYTE", 1, None, "NUL", "encoding='utf-16'"),
    Bad("9", "people", b"person_id,name\na,Ren\xe9\n", "ENCODING", 2, None, "0xe9 at offset 20", "encoding="),
    Bad("10", "people", "person_id,name\na,b\n\ufeffc,d\n", "STRAY-BOM", 3, None, "byte order mark", "Remove"),
    Bad("11", "people", "person_id,name\na,b\0c\n", "NUL-BYTE", 2, None, "NUL", "Remove"),
    Bad("12", "people", "person_id;name\na;b\n", "DELIMITER", 1, None, "one column found, it contains ';'", "commas"),
    Bad("13", "people", 'person_id,name\na,b\nc,"d\ne,f\n', "UNCLOSED-QUOTE", 3, None, "never closed", "Close it"),
    Bad("13 b", "people", 'person_id,name\na,"b\nc,"d"\n', "UNCLOSED-QUOTE", 2, None, "never closed", "Close it"),
    Bad("13 c", "people", 'person_id,name\n"x\ny",b\na,5" disk\n', "STRAY-QUOTE", 4, None, "middle", 'write ""'),
    Bad("13 d", "people", 'person_id,name\na,"b"c\n', "STRAY-QUOTE", 2, None, "middle", 'write ""'),
    Bad("14", "people", 'person_id,name\n"a",b\n"b","c\nd",e\n', "RAGGED-ROW", 3, None, "3 cells", "in quotes"),
    Bad("15", "people", "person_id,name,manager_id\na,b,\nc,d\n", "RAGGED-ROW", 3, None, "2 cells", "empty one"),
    Bad("16", "people", f"person_id,name\na,{'x' * 200_000}\n", "CELL-TOO-LONG", 2, "name", "200,000", "at most 4,096"),
    Bad("17", "people", "person_id,name\ra,b\rc d,e\r", "BAD-ID", 3, "person_id", "U+0020", "A-Z a-z 0-9"),
    Bad("19", "people", gzip.compress(FILES["people"].encode()), "WRONG-FORMAT", None, None, "gzip magic", "CSV text"),
    Bad("19 b", "people", b"PK\x03\x04rest", "WRONG-FORMAT", None, None, "zip", "not compressed"),
    Bad("columns", "people", f"person_id{',x_a' * 64}\na\n",
        "TOO-MANY-COLUMNS", 1, None, "more than 64", "limit columns"),
    # --- ids and references
    Bad("40", "people", PEOPLE + "a,,\nb,,\na,,\n", "DUPLICATE-ID", 4, "person_id", "also on line 2", "of their own"),
    Bad("42", "people", PEOPLE + ",x,\n", "EMPTY-ID", 2, "person_id", "empty", "1 to 64"),
    Bad("43", "people", PEOPLE + "a ,x,\n", "BAD-ID", 2, "person_id", "spaces around", "A-Z a-z 0-9"),
    Bad("43 b", "people", PEOPLE + "a\u200b,x,\n", "BAD-ID", 2, "person_id", "U+200B", "A-Z a-z 0-9"),
    Bad("47", "people", PEOPLE + f"{'x' * 10**6},,\n", "CELL-TOO-LONG", 2, "person_id", "1,000,000", "at most"),
    Bad("48", "people", PEOPLE + "ann1,,\nb,,ann\n",
        "UNKNOWN-MANAGER", 3, "manager_id", "did you mean 'ann1'", "empty"),
    Bad("49", "people", PEOPLE + "a,,a\n", "SELF-MANAGER", 2, "manager_id", "own manager", "Leave"),
    Bad("50", "people", PEOPLE + "c,,a\na,,b\nb,,a\n", "MANAGER-CYCLE", 3, "manager_id", "a -> b -> a", "another"),
    Bad("53", "people", "person_id,role_id\na,analyst1\n",
        "UNKNOWN-ROLE", 2, "role_id", "did you mean 'analyst'", "empty"),
    Bad("53 b", "requirements", "role_id,skill_id,level\nleed,sql,1\n", "UNKNOWN-ROLE", 2, "role_id", "'lead'", "Add"),
    Bad("54", "requirements", "role_id,skill_id,level\nlead,sq,1\n", "UNKNOWN-SKILL", 2, "skill_id", "'sql'", "Add"),
    Bad("54 b", "assessments", ASSESSED + "ann,sqk,1,self,2026-01-01,\n",
        "UNKNOWN-SKILL", 2, "skill_id", "'sql'", "Add"),
    Bad("54 c", "behaviours", "skill_id,level,behaviour\nsqk,1,x\n", "UNKNOWN-SKILL", 2, "skill_id", "'sql'", "Add"),
    Bad("55", "assessments", ASSESSED + "an,sql,1,self,2026-01-01,\n",
        "UNKNOWN-PERSON", 2, "person_id", "'ann'", "Add"),
    Bad("56", "assessments", ASSESSED + "ann,sql,1,self,2026-01-01,bob\n",
        "WRONG-ASSESSOR", 2, "assessor_id", "'bob'", "mend"),
    Bad("57", "assessments", ASSESSED + "bob,sql,1,manager,2026-01-01,ann\nbob,sql,1,self,2026-01-01,\n"
        "bob,sql,2,manager,2026-01-01,\n", "DUPLICATE-ASSESSMENT", 4, "person_id",
        "'bob' 'sql' 'manager' 2026-01-01 stands also on line 2", "Keep one"),
    Bad("58", "pins", "mentee_id,mentor_id\nann,ann\n", "SELF-MENTOR", 2, "mentor_id", "'ann'", "somebody else"),
    Bad("58 b", "engaged", "mentee_id,mentor_id,skill_id\nann,ann,sql\n",
        "SELF-MENTOR", 2, "mentor_id", "'ann'", "else"),
    Bad("59", "engaged", "mentor_id,mentee_id,skill_id,from_on\ncem,ann,sql,2030-01-01\n", "INACTIVE-PERSON", 2,
        "mentor_id", "'cem' had left before 2030-01-01", "Remove"),
    Bad("engaged twice", "engaged", "mentor_id,mentee_id,skill_id,from_on\n" + 2 * "ann,bob,sql,2026-01-01\n",
        "DUPLICATE-ENGAGEMENT", 3, "mentor_id", "also on line 2", "Keep one"),
    Bad("requested twice", "requests", "person_id,skill_id\nann,sql\nann,sql\n", "DUPLICATE-REQUEST", 3, "person_id",
        "also on line 2", "Keep one"),
    Bad("two managers", "reporting", "person_id,manager_id,from_on,until_on\nbob,ann,2026-01-01,2026-03-01\n"
        "bob,dee,2026-03-01,\n", "TWO-MANAGERS", 3, "from_on", "another manager", "End one"),
    Bad("reporting to oneself", "reporting", "person_id,manager_id,from_on\nbob,bob,2026-01-01\n", "SELF-MANAGER", 2,
        "manager_id", "'bob' is their own manager", "Leave"),
    Bad("reporting cycle", "reporting", "person_id,manager_id,from_on\nbob,cem,2026-01-01\n", "MANAGER-CYCLE", 2,
        "manager_id", "on 2026-01-01: bob -> cem -> bob", "another"),
    # --- levels, numbers, dates
    Bad("60", "requirements", "role_id,skill_id,level\nlead,sql,-1\n", "OUT-OF-SCALE", 2, "level", "-1", "0 to 3"),
    Bad("61", "assessments", ASSESSED + "ann,sql,6,self,2026-01-01,\n",
        "OUT-OF-SCALE", 2, "level", "level 6", "0 to 3"),
    Bad("61 b", "requests", "person_id,skill_id,target_level\nann,sql,4\n",
        "OUT-OF-SCALE", 2, "target_level", "4", "0 to 3"),
    Bad("62", "requirements", "role_id,skill_id,level\nlead,sql,2.5\n", "NOT-WHOLE", 2, "level", "2.5", "whole number"),
    Bad("63", "requirements", "role_id,skill_id,level\nlead,sql,٣\n", "NOT-A-NUMBER", 2, "level", "0 to 9", "whole"),
    Bad("64", "requirements", "role_id,skill_id,level\nlead,sql, 3\n", "NOT-A-NUMBER", 2, "level", "' 3'", "whole"),
    Bad("65", "requirements", 'role_id,skill_id,level\nlead,sql,"1,5"\n', "NOT-A-NUMBER",
        2, "level", "comma?", "whole"),
    Bad("66", "requirements", "role_id,skill_id,level\nlead,sql,\n", "MISSING-VALUE", 2, "level", "not 0", "whole"),
    Bad("67", "people", "person_id,capacity\na,-1\n", "OUT-OF-RANGE", 2, "capacity", "-1", "0 to 999"),
    Bad("68", "people", "person_id,capacity\na,1000000000000\n", "OUT-OF-RANGE", 2, "capacity", "10000", "0 to 999"),
    Bad("72", "requirements", "role_id,skill_id,level\nlead,sql,1\nlead,sql,2\n", "CONFLICTING-REQUIREMENT", 3,
        "skill_id", "also on line 2", "Keep one"),
    Bad("73", "scale", "level,name\n0,a\n2,b\n3,c\n1,d\n1,e\n",
        "BAD-SCALE", None, None, "0, 1, 1, 2, 3", "steps of one"),
    Bad("74", "people", "person_id,joined_on\na,2026-02-30\n", "BAD-DATE", 2, "joined_on", "calendar", "YYYY-MM-DD"),
    Bad("75", "people", "person_id,joined_on\na,01/02/2026\n", "BAD-DATE", 2, "joined_on", "ambiguous", "YYYY-MM-DD"),
    Bad("76", "people", "person_id,joined_on\na,2026-W01-1\n", "BAD-DATE", 2, "joined_on", "W01", "YYYY-MM-DD"),
    Bad("77", "people", "person_id,joined_on,left_on\na,2026-01-01,2026-01-01\n", "DATE-ORDER", 2, "left_on",
        "not after joined_on 2026-01-01", "after"),
    Bad("77 b", "reporting", "person_id,manager_id,from_on,until_on\nbob,dee,2026-01-02,2026-01-01\n", "DATE-ORDER", 2,
        "until_on", "on or after", "leave it empty"),
    Bad("78", "people", "person_id,joined_on\na,0001-01-01\n", "OUT-OF-RANGE", 2, "joined_on", "0001", "1900 to 2200"),
    Bad("78 b", "people", "person_id,left_on\na,9999-12-31\n", "OUT-OF-RANGE", 2, "left_on", "9999", "leave an open"),
    # --- hostile text, and the rest
    Bad("83", "people", "person_id\n'; DROP TABLE event;--\n".replace("\n", ",name\n", 1) .replace("--\n", "--,x\n"),
        "BAD-ID", 2, "person_id", "U+0027", "A-Z a-z"),
    Bad("84", "people", "person_id,name\na,b\u202ec\n", "BAD-UNICODE", 2, "name", "U+202E", "Remove"),
    Bad("84 b", "people", f"person_id,name\na,e{chr(0x301) * 200}\n", "BAD-UNICODE", 2, "name", "combining", "Remove"),
    Bad("zone", "people", "person_id,time_zone\na,Europe/Berlim\n",
        "BAD-ZONE", 2, "time_zone", "Europe/Berlin", "name"),
    Bad("source", "assessments", ASSESSED + "ann,sql,1,peer,2026-01-01,\n",
        "BAD-CHOICE", 2, "source", "'peer'", "self"),
    Bad("languages", "people", "person_id,languages\n" + "".join(f"a{n},l{n}\n" for n in range(65)),
        "TOO-MANY-LANGUAGES", None, "languages", "65", "at most 64"),
    Bad("models", "model", "model_id,version\na,1\nb,2\n", "SEVERAL-MODELS", 3, None, "another", "one model"),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=[bad.case for bad in BAD])
def test_a_bad_input_is_one_fault_with_its_place_and_how_to_mend_it(tmp_path: Path, bad: Bad) -> None:
    """The bad inputs of the list: code, file, line, column, what is wrong and what would be accepted."""
    written(tmp_path, FILES | {bad.table: bad.text})
    (found,) = faults(lambda: read_organisation(tmp_path))
    assert (found.code, found.table) == (bad.code, f"{bad.table}.csv")
    assert (found.line, found.column) == (bad.line, bad.column)
    assert bad.words in found.problem
    assert bad.remedy in found.remedy
    assert found.severity == "error"
    assert "\n" not in str(found)


@pytest.mark.parametrize("name", [rule.name for rule in TABLES if rule.name in FILES])
def test_a_required_table_without_rows_is_an_error_and_an_optional_one_is_empty(tmp_path: Path, name: str) -> None:
    """A header alone says that there are none; for people or skills that cannot be meant."""
    header = FILES[name].split("\n")[0] + "\n"
    (found,) = faults(lambda: read_organisation(written(tmp_path, FILES | {name: header})))
    assert (found.code, found.table) == ("NO-ROWS", f"{name}.csv")
    headers = {other: text.split("\n")[0] + "\n" for other, text in ALL_FILES.items() if other not in FILES}
    organisation = read_organisation(written(tmp_path, FILES | headers))
    assert organisation.requests is not None
    assert organisation.reporting is not None
    assert [len(organisation.requests), len(organisation.reporting), len(organisation.engaged)] == [0, 0, 0]
    assert (organisation.model.id, organisation.model.version) == ("model", "1")


WARNED = [
    ("4", "people", "person_id,names\na,b\n", "UNKNOWN-COLUMN", 1, "names", "did you mean 'name'"),
    ("4 b", "pins", "mentee_id,mentor_id,x_own\nbob,ann,1\n", "UNKNOWN-COLUMN", 1, "x_own", "no column of pins"),
    ("4 c", "people", "person_id,x_\na,b\n", "UNKNOWN-COLUMN", 1, "x_", "'x_'"),
    ("41", "people", "person_id,name\nAnn,x\nann,y\n", "CONFUSABLE-ID", 3, "person_id", "'Ann' by case"),
    ("56", "assessments", ASSESSED + "bob,sql,1,manager,2026-01-01,dee\n", "WRONG-ASSESSOR", 2, "assessor_id", "'dee'"),
    ("near file", "assessment", "x", "UNKNOWN-FILE", None, None, "did you mean assessments.csv"),
]


@pytest.mark.parametrize(("table", "text", "code", "line", "column", "words"), [case[1:] for case in WARNED])
def test_what_is_odd_is_a_warning_and_an_error_when_strict(
    tmp_path: Path, table: str, text: str, code: str, line: int, column: str, words: str
) -> None:
    """A typing error in a column's name must not pass without a word."""
    written(tmp_path, FILES | {table: text})
    (warning,) = read_organisation(tmp_path).warnings
    assert (warning.code, warning.table, warning.line, warning.column) == (code, f"{table}.csv", line, column)
    assert words in warning.problem
    assert (warning.severity, bool(warning.remedy)) == ("warning", True)
    (error,) = faults(lambda: read_organisation(tmp_path, strict=True))
    assert error == evolve(warning, severity="error")


def test_names_that_are_not_known_stand_before_all_that_may_come_from_them(tmp_path: Path) -> None:
    """A misspelt column of a later table must not be buried under the warnings of an earlier one."""
    people = PEOPLE + "ann,,\nbob,,ann\nBob,,\n"
    pins = "mentee_id,mentor_id,skil_id\nbob,ann,\n"
    assessed = ASSESSED + "ann,sql,1,manager,2026-01-01,bob\n"
    written(tmp_path, FILES | {"people": people, "pins": pins, "assessments": assessed, "peoples": "x"})
    assert [(warning.code, warning.table) for warning in read_organisation(tmp_path).warnings] == [
        ("UNKNOWN-FILE", "peoples.csv"), ("UNKNOWN-COLUMN", "pins.csv"), ("CONFUSABLE-ID", "people.csv"),
        ("WRONG-ASSESSOR", "assessments.csv"),
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "words"), [("", "column 2 has no name"), (" ", "column 2 has no name")])
def test_a_column_without_a_name_is_called_by_its_place(tmp_path: Path, name: str, words: str) -> None:
    """Spreadsheets leave some behind; two of them are not one column twice."""
    organisation = read_organisation(written(tmp_path, FILES | {"people": f"person_id,{name},name,{name}\na,,b,\n"}))
    assert [(warning.code, warning.column) for warning in organisation.warnings] == [("UNKNOWN-COLUMN", None)] * 2
    assert str(organisation.warnings[0]).startswith(f"TM-UNKNOWN-COLUMN people.csv line 1: {words}. It is not read.")
    (missing,) = faults(lambda: read_organisation(written(tmp_path, {"people": f"name,{name}\na,b\n"})))
    assert missing.problem == "there is no column person_id; found name"


def test_what_is_odd_goes_to_the_log_with_ids_and_no_names(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Warnings that stand in a field of the organisation alone are seen by nobody who does not look."""
    files = FILES | {
        "skills": FILES["skills"] + "SQL,x,Data\n",
        "people": PEOPLE + "Ann,Secret,\nann,Secret,\nx y,Secret,\n",
    }
    organisation = read_organisation(written(tmp_path, files), on_error="quarantine")
    assert caplog.messages == [*map(str, organisation.warnings), "Left out of people: 1 rows."]
    assert {(record.name, record.levelname) for record in caplog.records} == {("taskmentor", "WARNING")}
    assert "Secret" not in caplog.text
    caplog.clear()
    read_model(written(tmp_path / "model", FILES | {"roles": "role_id,title,pay\nanalyst,A,\nlead,L,\n"}))
    assert [message.split(":")[0] for message in caplog.messages] == ["TM-UNKNOWN-COLUMN roles.csv line 1 column pay"]


def test_another_word_for_what_is_done_about_errors_is_refused(tmp_path: Path) -> None:
    """`ignore` would have been taken for `raise`."""
    written(tmp_path, FILES)
    with pytest.raises(ValueError, match="on_error='ignore' is not one of 'raise' and 'quarantine'"):
        read_organisation(tmp_path, on_error="ignore")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="on_error='' is not one of 'raise' and 'quarantine'"):
        organisation_from_rows(small_rows(), on_error="")  # type: ignore[arg-type]


def test_ids_that_look_like_something_else_are_ids(tmp_path: Path) -> None:
    """Cases 44 to 46: 007 and 7 are two people; NA, null, NaN, None, nan and 1e5 are people too."""
    ids = ["007", "7", "NA", "null", "None", "nan", "1e5"]
    written(tmp_path, FILES | {"people": PEOPLE + "".join(f"{one},{one},7\n" for one in ids if one != "7") + "7,,\n"})
    organisation = read_organisation(tmp_path)
    assert organisation.people.ids.tolist() == sorted(ids)
    assert organisation.team("7", date(2026, 1, 1)) == tuple(sorted(set(ids) - {"7"}))


def test_a_missing_folder_and_missing_tables_are_named(tmp_path: Path) -> None:
    """With what was found instead, since the name may only be spelt another way."""
    (found,) = faults(lambda: read_organisation(tmp_path / "nowhere"))
    assert (found.code, found.table) == ("NOT-A-FOLDER", "nowhere")
    assert [fault.code for fault in faults(lambda: read_organisation(tmp_path))] == ["MISSING-TABLE"] * 5
    written(tmp_path, {"People" if name == "people" else name: text for name, text in FILES.items()})
    (found,) = faults(lambda: read_organisation(tmp_path))
    assert (found.code, found.table) == ("MISSING-TABLE", "people.csv")
    assert "People.csv" in found.problem
    (found,) = faults(
        lambda: organisation_from_rows(
            {"scale": [], "staff": []} | {k: v for k, v in small_rows().items() if k != "people"}
        )
    )
    assert (found.code, found.table) == ("MISSING-TABLE", "people")


def test_files_with_names_of_their_own_are_not_looked_at(tmp_path: Path) -> None:
    """A folder may hold notes, plans and tables of later versions."""
    written(tmp_path, FILES | {"history": "x", "training": "x", "canteen": "\0"})
    (tmp_path / "people.txt").write_text("x")
    assert read_organisation(tmp_path, strict=True).warnings == ()


def test_a_reference_to_what_could_not_be_read_is_not_reported_again(tmp_path: Path) -> None:
    """One broken file must not make a fault of every row that refers to it."""
    for name in FILES:
        (found,) = faults(lambda name=name: read_organisation(written(tmp_path, ALL_FILES | {name: "\0"})))  # type: ignore[misc]
        assert (found.code, found.table) == ("NUL-BYTE", f"{name}.csv")
    broken = {"scale": "level,name\nx,a\n1,b\n2,c\n3,d\n"}
    (found,) = faults(lambda: read_organisation(written(tmp_path, ALL_FILES | broken)))
    assert (found.code, found.table, found.line) == ("NOT-A-NUMBER", "scale.csv", 2)


def test_a_faulty_row_can_still_be_referred_to(tmp_path: Path) -> None:
    """Those who refer to somebody whose row is broken elsewhere have done nothing wrong."""
    people = PEOPLE + "ann,Ann\nbob,\x07,ann\ncem,,bob\n"
    found = faults(lambda: read_organisation(written(tmp_path, FILES | {"people": people})))
    assert [(fault.code, fault.line) for fault in found] == [("RAGGED-ROW", 2), ("BAD-UNICODE", 3)]


def test_all_faults_of_all_tables_are_reported_at_once_and_in_order(tmp_path: Path) -> None:
    """Cell faults and reference faults, together and each once."""
    bad = {
        "skills": "skill_id,name,kind\nsql,,x\npi vot,y,z\n",
        "requirements": "role_id,skill_id,level,importance\nanalyst1,sql,9,6\n,sql,1,\n,sql,1,\n",
        "people": PEOPLE + "a,,b\nb,,zz\na,,\n,x,\n",
        "assessments": ASSESSED + "a,sql,x,self,2026-13-01,\nq,sqq,8,boss,2026-01-01,q\n",
        "requests": "person_id\n x\n",
    }
    found = faults(lambda: read_organisation(written(tmp_path, FILES | bad)))
    assert [(fault.table, fault.line, fault.column, fault.code) for fault in found] == [
        ("skills.csv", 2, "name", "MISSING-VALUE"),
        ("skills.csv", 3, "skill_id", "BAD-ID"),
        ("requirements.csv", 2, "importance", "OUT-OF-RANGE"),
        ("requirements.csv", 2, "level", "OUT-OF-SCALE"),
        ("requirements.csv", 2, "role_id", "UNKNOWN-ROLE"),
        ("requirements.csv", 3, "role_id", "EMPTY-ID"),
        ("requirements.csv", 4, "role_id", "EMPTY-ID"),
        ("people.csv", 3, "manager_id", "UNKNOWN-MANAGER"),
        ("people.csv", 4, "person_id", "DUPLICATE-ID"),
        ("people.csv", 5, "person_id", "EMPTY-ID"),
        ("assessments.csv", 2, "assessed_on", "BAD-DATE"),
        ("assessments.csv", 2, "level", "NOT-A-NUMBER"),
        ("assessments.csv", 3, "assessor_id", "UNKNOWN-PERSON"),
        ("assessments.csv", 3, "level", "OUT-OF-SCALE"),
        ("assessments.csv", 3, "person_id", "UNKNOWN-PERSON"),
        ("assessments.csv", 3, "skill_id", "UNKNOWN-SKILL"),
        ("assessments.csv", 3, "source", "BAD-CHOICE"),
        ("requests.csv", 1, "skill_id", "MISSING-COLUMN"),
        ("requests.csv", 2, "person_id", "BAD-ID"),
    ]


def test_a_faulty_scale_is_one_fault_and_no_level_is_held_against_it(tmp_path: Path) -> None:
    """Two hundred levels off a scale that is none would bury the one fault that made them."""
    assessed = ASSESSED + "ann,sql,1,self,2026-01-01,\nann,sql,8,test,2026-01-01,\n"
    behaviours = "skill_id,level,behaviour\nsql,9,x\n"
    for scale in ("level,name\n0,a\n2,b\n", "level,name\n1,a\n", "level,name\n-1,a\n0,b\n", "level,name\n1,a\n1,b\n"):
        files = FILES | {"scale": scale, "assessments": assessed, "behaviours": behaviours}
        (found,) = faults(lambda files=files: read_organisation(written(tmp_path, files)))  # type: ignore[misc]
        assert (found.code, found.table) == ("BAD-SCALE", "scale.csv")


def test_a_missing_column_stands_before_the_faults_of_rows_however_many(tmp_path: Path) -> None:
    """The cause must be the first that is read, also where only some faults are kept in words."""
    people = "persn_id,grade\n" + "a,x\n" * 9
    with pytest.raises(InputError) as caught:
        read_organisation(written(tmp_path, FILES | {"people": people}), limits=Limits(faults=3))
    assert [fault.code for fault in caught.value.faults] == ["MISSING-COLUMN", "NOT-A-NUMBER", "NOT-A-NUMBER"]
    assert caught.value.n_faults == 10
    scale = "level,name,grade\n" + "x,y,z\n" * 2
    strictly = faults(lambda: read_organisation(written(tmp_path, FILES | {"scale": scale}), strict=True))
    assert [fault.code for fault in strictly] == ["UNKNOWN-COLUMN", "NOT-A-NUMBER", "NOT-A-NUMBER"]


# --- cycles and depth


def chain(n: int, top: str = "") -> str:
    return PEOPLE + f"p{0:06},,{top}\n" + "".join(f"p{i:06},,p{i - 1:06}\n" for i in range(1, n))


def test_a_cycle_of_100_000_is_one_fault(tmp_path: Path) -> None:
    """Case 51: the first ten and the length, and no recursion."""
    n = 100_000
    (found,) = faults(lambda: read_organisation(written(tmp_path, FILES | {"people": chain(n, f"p{n - 1:06}")})))
    assert (found.code, found.line) == ("MANAGER-CYCLE", 2)
    assert "p000000 -> p099999 -> p099998" in found.problem
    assert "100,000 people" in found.problem
    assert found.problem.count("->") == 9


def test_a_chain_of_100_000_passes_under_a_raised_limit_only(tmp_path: Path) -> None:
    """Case 52."""
    written(tmp_path, FILES | {"people": chain(100_000)})
    (found,) = faults(lambda: read_organisation(tmp_path))
    assert (found.code, found.column) == ("ORG-TOO-DEEP", "manager_id")
    assert "100,000 levels" in found.problem
    assert "10,000" in found.remedy
    organisation = read_organisation(tmp_path, limits=Limits(reporting_levels=100_000))
    assert len(organisation.line_of_managers("p099999", date(2026, 1, 1))) == 99_999
    assert len(read_organisation(written(tmp_path, {"people": chain(10_000)})).people) == 10_000


# --- leaving out what is faulty


def test_quarantine_leaves_out_what_is_faulty_and_what_cannot_stand_without_it_and_counts(tmp_path: Path) -> None:
    """Nothing is accepted in part unless asked for, and then what was left out is said."""
    bad = {
        "people": FILES["people"]
        + "e e,,,,,,,,,,,,,,\nfay,,,eve,,,,,,,,,,,\nguy,,,fay,,,,,,,,,,,\nhal,,,guy,,,,,,,,,,,\n",
        "assessments": ALL_FILES["assessments"] + "fay,sql,1,self,2026-01-01,,\nbob,sql,1,test,2026-05-01,fay,\n",
        "pins": ALL_FILES["pins"] + "bob,fay,\n",
        "skills": FILES["skills"] + "sums,,\n",
        "requirements": FILES["requirements"] + "lead,sums,1,\n",
        "surplus": "",
    }
    organisation = read_organisation(written(tmp_path, ALL_FILES | bad), on_error="quarantine")
    assert [(left.table, left.rows, left.emptied) for left in organisation.left_out] == [
        ("skills", 1, 0), ("requirements", 1, 0), ("people", 2, 2), ("assessments", 1, 0), ("pins", 1, 0),
    ]  # fmt: skip
    _, requirements, people, assessments, pins = organisation.left_out
    assert [(fault.line, fault.code) for fault in people.faults] == [(6, "BAD-ID"), (7, "UNKNOWN-MANAGER")]
    assert "the row of skill 'sums' was left out" in requirements.faults[0].problem
    assert "the row of person 'fay' was left out" in assessments.faults[0].problem
    assert pins.faults[0].remedy == "Mend that row."
    assert [(warning.code, warning.table, warning.line) for warning in organisation.warnings] == [
        ("MANAGER-LEFT-OUT", "people.csv", 8), ("ASSESSOR-LEFT-OUT", "assessments.csv", 7),
    ]  # fmt: skip
    kept = {"people": FILES["people"] + "guy,,,,,,,,,,,,,,\nhal,,,guy,,,,,,,,,,,\n",
            "assessments": ALL_FILES["assessments"] + "bob,sql,1,test,2026-05-01,,\n"}  # fmt: skip
    assert organisation.digest == read_organisation(written(tmp_path / "clean", ALL_FILES | kept)).digest


def test_a_bad_cell_of_a_manager_leaves_the_branch_below_in_place(tmp_path: Path) -> None:
    """One wrong time zone of the chief executive must not leave everybody out."""
    people = "person_id,time_zone,manager_id\nann,Europe/Kiew!,\nbob,,ann\ncem,,bob\n"
    organisation = read_organisation(written(tmp_path, FILES | {"people": people}), on_error="quarantine", strict=True)
    assert [person.manager_id for person in organisation.people] == [None, "bob"]
    (warning,) = organisation.warnings
    assert str(warning) == (
        "TM-MANAGER-LEFT-OUT people.csv line 3 column manager_id: person 'bob' is kept without a manager, "
        "as the row of person 'ann' was left out. Mend that row."
    )
    assert warning.severity == "warning"


def test_who_is_left_out_for_something_else_is_not_said_to_be_kept(tmp_path: Path) -> None:
    """The role falls in the first pass and takes bob along in the second, whose manager fell in the first."""
    files = {
        "roles": FILES["roles"] + "cook,\n",
        "people": "person_id,role_id,manager_id,grade\nann,,,x\nbob,cook,ann,\ncem,,,\n",
    }
    organisation = read_organisation(written(tmp_path, FILES | files), on_error="quarantine")
    assert organisation.people.ids.tolist() == ["cem"]
    assert organisation.warnings == ()
    assert [(left.table, left.rows, left.emptied) for left in organisation.left_out] == [
        ("roles", 1, 0),
        ("people", 2, 0),
    ]


def test_a_table_of_which_every_row_is_left_out_is_said_with_the_causes_first(tmp_path: Path) -> None:
    """`it has no rows` would be untrue, and would hide what is wrong."""
    files = FILES | {"people": PEOPLE + "a b,,\nc d,,\n", "skills": "skill_id,name\nsql,\npivot,P\n"}
    found = faults(lambda: read_organisation(written(tmp_path, files), on_error="quarantine"))
    assert [(fault.table, fault.line, fault.code) for fault in found] == [
        ("skills.csv", 2, "MISSING-VALUE"), ("people.csv", 2, "BAD-ID"), ("people.csv", 3, "BAD-ID"),
        ("people.csv", None, "NO-ROWS"),
    ]  # fmt: skip
    assert found[-1].problem == "every row was left out"
    with pytest.raises(InputError) as caught:
        read_organisation(tmp_path, on_error="quarantine", limits=Limits(faults=2))
    assert ([fault.code for fault in caught.value.faults], caught.value.n_faults) == (["MISSING-VALUE", "NO-ROWS"], 4)


def test_what_leaving_out_makes_of_a_whole_table_is_said_after_its_cause(tmp_path: Path) -> None:
    """A scale without one of its levels is none; the level without a name is why."""
    files = FILES | {"scale": "level,name\n0,a\n1,\n2,b\n3,c\n"}
    found = faults(lambda: read_organisation(written(tmp_path, files), on_error="quarantine"))
    assert [(fault.line, fault.code) for fault in found] == [(3, "MISSING-VALUE"), (None, "BAD-SCALE")]


def test_quarantine_of_good_tables_leaves_nothing_out(tmp_path: Path) -> None:
    """Asking for it changes nothing by itself."""
    organisation = read_organisation(written(tmp_path, ALL_FILES), on_error="quarantine")
    assert organisation.left_out == ()
    assert organisation.digest == read_organisation(tmp_path).digest


def test_quarantine_drops_both_of_two_rows_that_contradict_and_a_whole_cycle(tmp_path: Path) -> None:
    """Nobody knows which of the two is right."""
    people = PEOPLE + "a,,\na,,\nb,,c\nc,,d\nd,,b\ne,,b\nf,,\n"
    requirements = FILES["requirements"] + "lead,sql,1,\n"
    organisation = read_organisation(
        written(tmp_path, FILES | {"people": people, "requirements": requirements}), on_error="quarantine"
    )
    assert organisation.people.ids.tolist() == ["e", "f"]
    assert [(left.table, left.rows) for left in organisation.left_out] == [("requirements", 2), ("people", 5)]
    assert [warning.code for warning in organisation.warnings] == ["MANAGER-LEFT-OUT"]


def test_quarantine_keeps_warnings_and_counts_what_is_strict(tmp_path: Path) -> None:
    """Warnings of the reading survive the rounds; strict ones leave rows out."""
    files = FILES | {"people": "person_id,names,name\nAnn,,\nann,,\nbob,,\x07\n"}
    organisation = read_organisation(written(tmp_path, files), on_error="quarantine")
    assert [fault.code for fault in organisation.warnings] == ["UNKNOWN-COLUMN", "CONFUSABLE-ID"]
    files["people"] = files["people"].replace("names,", "x_nam,")
    organisation = read_organisation(written(tmp_path, files), on_error="quarantine", strict=True)
    assert organisation.people.ids.tolist() == ["Ann"]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"people": "person_id,name\na b,\n"}, "NO-ROWS"),
        ({"people": "person_id;name\na;b\n"}, "DELIMITER"),
        ({"people": "capacity,name\n-1,b\n"}, "MISSING-COLUMN"),
        ({"pins": "mentor_id,skill_id\na b,sql\n"}, "MISSING-COLUMN"),
        ({"scale": "level,name\n0,a\n2,b\n", "people": "person_id,name\na b,\nc,\n"}, "BAD-SCALE"),
    ],
)
def test_quarantine_does_not_hide_what_concerns_whole_tables(tmp_path: Path, files: dict[str, str], code: str) -> None:
    """An organisation without people is none."""
    found = faults(lambda: read_organisation(written(tmp_path, FILES | files), on_error="quarantine"))
    assert code in {fault.code for fault in found}


# --- what is read


def test_everything_that_is_given_is_read(tmp_path: Path) -> None:
    """Each column lands where it belongs, and defaults are those that are documented."""
    organisation = read_organisation(written(tmp_path, ALL_FILES))
    ann, bob, cem, dee = organisation.people
    assert (ann.role_id, ann.location, ann.languages, ann.grade) == ("lead", "Kyiv", ("en", "uk"), 9)
    assert (ann.capacity, ann.mentee_limit, ann.joined_on, ann.left_on) == (2, 1, date(2020, 1, 1), None)
    assert ann.extras == (("x_code", "007"), ("x_floor", 3))
    assert (bob.capacity, bob.mentee_limit, bob.manager_id, bob.time_zone) == (0, 2, "ann", "Europe/Berlin")
    assert cem.left_on == date(2030, 1, 1)
    assert (dee.role_id, dee.manager_id, dee.grade, dee.extras) == (None, None, None, ())
    assert (organisation.model.id, organisation.model.version, organisation.model.title) == (
        "ours",
        "2026.1",
        "Our model",
    )
    assert organisation.model.required.importance.tolist() == [3, 5, 4]
    assert [organisation.assessment(row).model_version for row in range(4)] == ["2026.1", "", "", "2025.1"]
    assert organisation.requests is not None
    assert organisation.requests.target.tolist() == [3, -1]
    assert [organisation.requests.reason.label(row) for row in (0, 1)] == ["for the audit", ""]
    assert organisation.engaged.until_on.tolist() == [date(2026, 3, 1)]


def test_capacity_is_one_for_everybody_where_no_column_says_otherwise(tmp_path: Path) -> None:
    """And 0 where the column is there and the cell is empty."""
    people = read_organisation(written(tmp_path, FILES | {"people": PEOPLE + "a,,\nb,,\n"})).people
    assert (people.capacity.tolist(), people.capacity_given) == ([1, 1], False)
    people = read_organisation(written(tmp_path, {"people": "person_id,capacity\na,\nb,3\n"})).people
    assert (people.capacity.tolist(), people.capacity_given) == ([0, 3], True)


def test_a_model_is_read_alone(tmp_path: Path) -> None:
    """Whoever keeps the model need not see the people."""
    model = read_model(written(tmp_path, ALL_FILES | {"people": "\0"}))
    assert model == read_organisation(written(tmp_path / "whole", ALL_FILES)).model
    found = faults(lambda: read_model(str(written(tmp_path, {"roles": "role_id,title\nlead,\n"}))))
    assert ("MISSING-VALUE", "roles.csv") in {(fault.code, fault.table) for fault in found}
    assert faults(lambda: read_model(tmp_path / "nowhere"))[0].code == "NOT-A-FOLDER"
    assert faults(lambda: read_model(written(tmp_path / "bare", {"pins": "x"})))[0].code == "MISSING-TABLE"


def test_the_pattern_of_ids_can_be_set(tmp_path: Path) -> None:
    """An organisation may number its people with slashes."""
    written(tmp_path, FILES | {"people": PEOPLE + "a/1,,\n"})
    assert read_organisation(tmp_path, id_pattern="[a-z0-9/]+").people.ids.tolist() == ["a/1"]
    rows = small_rows() | {"people": [{"person_id": "a/1"}]}
    assert len(organisation_from_rows(rows, id_pattern="[a-z0-9/]+").people) == 1


def test_the_sample_organisation_is_read_also_from_inside_a_zip_file(tmp_path: Path) -> None:
    """A wheel may stay zipped; then there are no paths."""
    organisation = read_organisation(sample_folder(), strict=True)
    assert len(organisation.people) > 50
    with zipfile.ZipFile(tmp_path / "sample.zip", "w") as packed:
        for file in sample_folder().iterdir():
            if file.name.endswith(".csv"):
                packed.writestr(f"sample/{file.name}", file.read_bytes())
    with zipfile.ZipFile(tmp_path / "sample.zip") as packed:
        inside = zipfile.Path(packed, "sample/")
        assert read_organisation(inside).digest == organisation.digest
