"""Written grants from a CSV file, and what is wrong in one, all at once."""

from datetime import date
from pathlib import Path

import pytest

from taskmentor.authorisation import Grant, PersonRelation, Relation
from taskmentor.errors import InputError
from taskmentor.formats.grants import read_grants
from taskmentor.models.people import PersonId


def written(folder: Path, text: str) -> Path:
    file = folder / "grants.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_grants_are_read_as_they_stand(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "person_id,relation,from_on,until_on,programme_id,granted_by\n"
        "pam,programme manager,2026-01-01,,,\n"
        "zoe,confirmer,2026-02-01,2026-03-01,,mona\n"
        "ada,HR analyst,2026-01-01,,circle,\n",
    )
    assert read_grants(file) == (
        Grant(person_id=PersonId("pam"), relation=Relation.PROGRAMME_MANAGER, from_on=date(2026, 1, 1)),
        Grant(person_id=PersonId("zoe"), relation=Relation.CONFIRMER, from_on=date(2026, 2, 1),
              until_on=date(2026, 3, 1), granted_by=PersonId("mona")),
        Grant(person_id=PersonId("ada"), relation=PersonRelation.HR_ANALYST, from_on=date(2026, 1, 1),
              programme_id="circle"),
    )  # fmt: skip


def test_columns_that_nobody_needs_may_be_left_out(tmp_path: Path) -> None:
    (grant,) = read_grants(written(tmp_path, "person_id,relation,from_on\nclock,system,2026-01-01\n"))
    assert (grant.until_on, grant.programme_id, grant.granted_by) == (None, None, None)


def test_all_that_is_wrong_is_said_with_its_line(tmp_path: Path) -> None:
    text = "person_id,relation,from_on,until_on\npam,boss,2026-01-01,\npam,auditor,soon,\n"
    with pytest.raises(InputError) as refused:
        read_grants(written(tmp_path, text))
    assert [(one.code, one.line, one.column) for one in refused.value.faults] == [
        ("BAD-CHOICE", 2, "relation"),
        ("BAD-DATE", 3, "from_on"),
    ]
    text = "person_id,relation,from_on,until_on\npam,confirmer,2026-01-01,\npam,auditor,2026-02-01,2026-01-01\n"
    with pytest.raises(InputError) as refused:
        read_grants(written(tmp_path, text))
    assert [(one.code, one.line, one.table) for one in refused.value.faults] == [
        ("BAD-GRANT", 2, "grants.csv"),
        ("DATE-ORDER", 3, "grants.csv"),
    ]


@pytest.mark.parametrize(("text", "code"), [
    ("person_id,relation,from_on\n", "NO-ROWS"),
    ("person_id,relation\npam,auditor\n", "MISSING-COLUMN"),
    ('person_id,relation,from_on\n"pam', "UNCLOSED-QUOTE"),
])  # fmt: skip
def test_a_file_that_holds_no_grants_is_refused(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(InputError, match=code):
        read_grants(written(tmp_path, text))
