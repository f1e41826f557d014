"""Organisations written as tables: what is read back is what was written."""

import random
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from taskmentor.formats.cells import Text
from taskmentor.formats.csv_text import write_table
from taskmentor.formats.reading import organisation_from_rows, read_model, read_organisation
from taskmentor.formats.writing import Format, write_model, write_organisation
from taskmentor.models.organisation import Organisation
from taskmentor.sample import folder as sample_folder
from tests.models.small import Rows, all_rows, faults, small_rows


def same(one: Organisation, other: Organisation) -> bool:
    everybody, pairs = list(one.people) == list(other.people), one.model == other.model
    assessed = [one.assessment(row) for row in range(len(one.assessments))]
    return (
        everybody and pairs and one.digest == other.digest
        and assessed == [other.assessment(row) for row in range(len(other.assessments))]
    )  # fmt: skip


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """Every table, with every column."""
    organisation = organisation_from_rows(all_rows())
    write_organisation(organisation, tmp_path / "new" / "folder")
    again = read_organisation(tmp_path / "new" / "folder", strict=True)
    assert same(again, organisation)
    assert [column.tolist() for column in again.preferences.columns] == [
        column.tolist() for column in organisation.preferences.columns
    ]
    assert len(again.preferences)
    assert [column.tolist() for column in again.wishes.columns] == [
        column.tolist() for column in organisation.wishes.columns
    ]
    assert again.wishes.characteristic.labels == ("returner",)
    assert again.requests is not None
    assert organisation.requests is not None
    assert again.requests.reason.labels == organisation.requests.reason.labels
    least = organisation_from_rows(small_rows() | {"people": [{"person_id": "a"}]})
    write_organisation(least, tmp_path / "least")
    assert same(read_organisation(tmp_path / "least"), least)
    assert not read_organisation(tmp_path / "least").people.capacity_given
    write_model(organisation.model, tmp_path / "model")
    assert read_model(tmp_path / "model") == organisation.model


def test_tables_that_are_there_are_not_replaced_unless_asked(tmp_path: Path) -> None:
    """And when asked, none of the old ones is left to be read with the new ones."""
    write_organisation(organisation_from_rows(all_rows()), str(tmp_path))
    least = organisation_from_rows(small_rows())
    found = faults(lambda: write_organisation(least, tmp_path))
    assert {fault.code for fault in found} == {"FILE-EXISTS"}
    assert all("--overwrite" in fault.remedy and "overwrite=True in Python" in fault.remedy for fault in found)
    write_organisation(least, tmp_path, overwrite=True)
    assert read_organisation(tmp_path).digest == least.digest


def test_what_could_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    """A model without requirements, written without a word, is a trap for whoever reads it."""
    model = evolve(organisation_from_rows(small_rows()).model, requirements=())
    (found,) = faults(lambda: write_model(model, tmp_path / "new"))
    assert (found.code, found.table) == ("NO-ROWS", "requirements.csv")
    assert not (tmp_path / "new").exists()


def test_a_file_is_no_folder_to_write_into(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (found,) = faults(lambda: write_model(organisation_from_rows(small_rows()).model, tmp_path / "file"))
    assert (found.code, found.table, found.problem) == ("NOT-A-FOLDER", "file", "it is a file, and a folder is wanted")


FORMULAS = [
    "=cmd|'/c calc'!A1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "'=1",
    "''=1",
    "'",
    "''",
    "'tis",
    "a=b",
]


def test_formulas_are_guarded_in_the_file_and_come_back_exactly(tmp_path: Path) -> None:
    """Case 81: a spreadsheet must not run a name, and the name must not change."""
    people: Rows = [{"person_id": f"p{n:02}", "name": name} for n, name in enumerate(FORMULAS)]
    people += [{"person_id": "-x", "name": ""}, {"person_id": "@y", "name": "a\u2028</script>{{7*7}}%s{0.__class__}"}]
    organisation = organisation_from_rows(small_rows() | {"people": people})
    write_organisation(organisation, tmp_path)
    assert same(read_organisation(tmp_path), organisation)
    text = (tmp_path / "people.csv").read_bytes().decode()
    assert ",'=cmd|'/c calc'!A1," in text
    assert ',"\'\r=1",' in text
    assert "\n'-x," in text
    assert ",''=1," in text
    assert ",'tis," in text
    write_table(tmp_path / "raw.csv", ["a"], [["=1"], [None], [date(2026, 1, 1)]], formula_guard=False)
    assert (tmp_path / "raw.csv").read_text() == "a\n=1\n\n2026-01-01\n"


TEXTS = st.one_of(
    st.sampled_from(
        [*FORMULAS, "'; DROP TABLE event;--", '"', '""', ",", 'a,\r\n"b"', "\r", "\r\n", " ", "NULL", "0x1"]
    ),
    st.text(max_size=20).filter(lambda text: Text(256).from_text(text) == text),
)  # fmt: skip
IDS = st.text("abAB019._:@-", min_size=1, max_size=6)
DAYS = st.none() | st.dates(date(1900, 1, 1), date(2190, 1, 1))
COUNTS = st.none() | st.integers(0, 999)


@st.composite
def row_tables(draw: st.DrawFn) -> dict[str, Rows]:
    """Draw the tables of a well-formed organisation with hostile texts."""
    ids = draw(st.lists(IDS, unique=True, min_size=1, max_size=6))
    skills = draw(st.lists(IDS, unique=True, min_size=1, max_size=3))
    tables: dict[str, Rows] = {
        "scale": [{"level": n, "name": draw(TEXTS) or "x", "description": draw(TEXTS)} for n in range(3)],
        "skills": [{"skill_id": one, "name": draw(TEXTS) or "x", "category": draw(TEXTS)} for one in skills],
        "roles": [{"role_id": "r", "title": draw(TEXTS) or "x"}],
        "requirements": [
            {"role_id": "r", "skill_id": skills[0], "level": 2, "importance": draw(st.none() | st.integers(1, 5))}
        ],
        "behaviours": [
            {"skill_id": skills[-1], "level": 1, "behaviour": draw(TEXTS) or "x",
             "role_id": draw(st.sampled_from([None, "r"]))}
        ],
        "people": [],
        "assessments": [],
    }  # fmt: skip
    own = draw(st.sampled_from([TEXTS, st.none() | st.integers(-(10**17), 10**17)]))
    for place, person in enumerate(ids):
        joined = draw(DAYS)
        tables["people"].append(
            {"person_id": person, "name": draw(TEXTS), "role_id": draw(st.none() | st.just("r")),
             "manager_id": draw(st.none() | st.sampled_from(ids[:place])) if place else None,
             "department": draw(TEXTS), "location": draw(TEXTS), "grade": draw(COUNTS), "capacity": draw(COUNTS),
             "mentee_limit": draw(COUNTS), "joined_on": joined, "x_own": draw(own),
             "left_on": None if joined is None else draw(st.none() | st.just(joined + timedelta(days=3))),
             "languages": draw(st.sampled_from([None, "en", "de;en", "fr"]))}
        )  # fmt: skip
        tables["assessments"].append(
            {"person_id": person, "skill_id": skills[0], "level": draw(st.integers(0, 2)), "source": "test",
             "assessed_on": date(2026, 1, 1), "model_version": draw(TEXTS)}
        )  # fmt: skip
    return tables


@given(tables=row_tables(), format=st.sampled_from(["csv", "parquet"]))
def test_any_organisation_is_read_back_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, tables: dict[str, Rows], format: Format
) -> None:
    """Hostile texts, odd ids, empty cells: exactly the same people, model, assessments and digest."""
    folder = tmp_path_factory.mktemp("organisation")
    organisation = organisation_from_rows(tables)
    write_organisation(organisation, folder, format=format)
    again = read_organisation(folder)
    shutil.rmtree(folder)
    assert same(again, organisation)
    assert again.warnings == organisation.warnings or {fault.code for fault in again.warnings} == {"CONFUSABLE-ID"}


def test_rows_are_written_some_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that millions of rows are not all in memory as Python values, and none is lost between."""
    organisation = read_organisation(sample_folder())
    write_organisation(organisation, tmp_path / "at-once")
    monkeypatch.setattr("taskmentor.formats.writing._ROWS_AT_ONCE", 7)
    write_organisation(organisation, tmp_path / "by-sevens")
    for file in (tmp_path / "at-once").iterdir():
        assert (tmp_path / "by-sevens" / file.name).read_bytes() == file.read_bytes()


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    """Two exports of the same data are the same organisation."""
    plain = read_organisation(sample_folder())
    for seed in range(3):
        folder = tmp_path / str(seed)
        write_organisation(plain, folder)
        for file in folder.iterdir():
            header, *rows = file.read_text("utf-8").splitlines(keepends=True)
            random.Random(seed).shuffle(rows)
            file.write_text("".join([header, *rows]), "utf-8")
        shuffled = read_organisation(folder)
        assert (shuffled.digest, shuffled.model) == (plain.digest, plain.model)
