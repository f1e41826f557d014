"""A small organisation as CSV texts and as rows, for tests that break one thing in it, and what is found then."""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from io import StringIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from taskmentor.errors import Fault, InputError
from taskmentor.formats.reading import organisation_from_rows

FILES = {
    "scale": "level,name\n0,none\n1,some\n2,good\n3,expert\n",
    "skills": "skill_id,name,category\nsql,SQL,Data\npivot,Pivot tables,Data\n",
    "roles": "role_id,title\nanalyst,Analyst\nlead,Lead\n",
    "requirements": "role_id,skill_id,level,importance\nanalyst,sql,2,5\nanalyst,pivot,1,\nlead,sql,3,4\n",
    "people": (
        "person_id,name,role_id,manager_id,department,location,time_zone,languages,grade,capacity,mentee_limit,"
        "joined_on,left_on,x_floor,x_code\n"
        "ann,Ann,lead,,Data,Kyiv,Europe/Kyiv,en;uk,9,2,1,2020-01-01,,3,007\n"
        "bob,Bob,analyst,ann,Data,,Europe/Berlin,de,3,,,,,,b\n"
        "cem,Cem,analyst,bob,,,,,,1,,2020-01-01,2030-01-01,-1,\n"
        "dee,Dee,,,,,,,,,,,,,\n"
    ),
}
MORE_FILES = {
    "model": "model_id,version,title\nours,2026.1,Our model\n",
    "behaviours": "skill_id,level,behaviour,role_id\nsql,1,Reads a query,\nsql,2,Writes a query,analyst\n",
    "assessments": (
        "person_id,skill_id,level,source,assessed_on,assessor_id,model_version\n"
        "bob,sql,1,self,2026-01-02,bob,2026.1\n"
        "bob,sql,2,manager,2026-01-03,ann,\n"
        "cem,pivot,0,test,2026-01-03,,\n"
        "cem,sql,1,outcome,2026-02-03,dee,2025.1\n"
    ),
    "reporting": "person_id,manager_id,from_on,until_on\ncem,ann,2025-01-01,2025-12-31\ncem,bob,2026-01-01,\n",
    "pins": "mentee_id,mentor_id,skill_id\nbob,ann,sql\n",
    "preferences": (
        "person_id,side,skill_id,preferred_id,rank\nbob,mentee,sql,ann,1\nann,mentor,,cem,2\nann,mentor,,,\n"
    ),
    "wishes": (
        "person_id,side,characteristic,consented_on,withdrawn_on\n"
        "bob,mentee,returner,2026-01-01,\nann,mentor,returner,2026-02-01,2026-09-01\n"
    ),
    "blocks": "mentee_id,mentor_id,skill_id\ncem,ann,\n",
    "engaged": "mentor_id,mentee_id,skill_id,from_on,until_on\nann,cem,sql,2026-01-01,2026-03-01\n",
    "availability": (
        "person_id,kind,weekday,from_on,until_on,from,until\n"
        "ann,weekly,mon,,,09:00,12:30\n"
        "ann,weekly,tue,2026-01-01,2026-06-30,13:15,24:00\n"
        "bob,extra,,2026-03-28,,10:00,11:00\n"
        "bob,away,,2026-04-01,2026-04-03,,\n"
    ),
    "requests": "person_id,skill_id,target_level,priority,reason\nbob,sql,3,5,for the audit\ncem,pivot,,,\n",
}
ALL_FILES = FILES | MORE_FILES
PEOPLE = "person_id,name,manager_id\n"
ASSESSED = "person_id,skill_id,level,source,assessed_on,assessor_id\n"
WHOLE_NUMBERS = {"level", "importance", "grade", "capacity", "mentee_limit", "target_level", "priority", "rank"}

Rows = list[dict[str, object]]


def written(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write tables into a folder and return it."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def rows(text: str) -> Rows:
    """Return the rows of a CSV text as values in memory."""
    return [
        {name: None if cell == "" else int(cell) if name in WHOLE_NUMBERS else cell for name, cell in row.items()}
        for row in csv.DictReader(StringIO(text))
    ]


def all_rows() -> dict[str, Rows]:
    """Return every table of the small organisation as rows in memory."""
    return {name: rows(text) for name, text in ALL_FILES.items()}


def small_rows() -> dict[str, Rows]:
    """Return the required tables of the small organisation as rows in memory."""
    return {name: rows(text) for name, text in FILES.items()}


def faults(read: Callable[[], object]) -> list[Fault]:
    """Return everything that a reader refuses with."""
    with pytest.raises(InputError) as caught:
        read()
    assert caught.value.n_faults == len(caught.value.faults)
    return list(caught.value.faults)


def places(tables: dict[str, Rows]) -> list[tuple[str, str, int | None]]:
    """Return the code, the table and the line of all that is wrong with an organisation in memory."""
    return [(fault.code, fault.table, fault.line) for fault in faults(lambda: organisation_from_rows(tables))]


def line(person: str, manager: str, begin: str, end: str | None = None) -> dict[str, object]:
    """Return one dated reporting line."""
    return {"person_id": person, "manager_id": manager, "from_on": begin, "until_on": end}


DAYS = {"joined_on", "left_on", "from_on", "until_on", "assessed_on"}


def arrow_table(text: str) -> pa.Table:
    """Return a CSV text as a table of Arrow with the types that Parquet files should have."""
    header, *lines = csv.reader(StringIO(text))
    columns: Sequence[Sequence[str]] = list(zip(*lines, strict=True)) or [()] * len(header)
    return pa.table(dict(zip(header, map(_arrow_column, header, columns), strict=True)))


def _arrow_column(name: str, cells: Sequence[str]) -> pa.Array:
    if name in WHOLE_NUMBERS:
        if not all(re.fullmatch("(-?[0-9]+)?", cell) for cell in cells):
            raise ValueError(f"{name} holds more than whole numbers")
        return pa.array([int(cell) if cell else None for cell in cells], pa.int32())
    if name in DAYS and all(re.fullmatch(r"\d{4}-\d\d-\d\d|", cell) and cell != "2026-02-30" for cell in cells):
        return pa.array([date.fromisoformat(cell) if cell else None for cell in cells], pa.date32())
    return pa.array([cell or None for cell in cells], pa.string())


def written_as_parquet(folder: Path, files: Mapping[str, str]) -> Path:
    """Write tables as Parquet files with checksums into a folder and return it."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        pq.write_table(arrow_table(text), folder / f"{name}.parquet", write_page_checksum=True)
    return folder
