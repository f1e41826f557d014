"""The skills table of O*NET becomes a competency model; what was rounded and left out is counted and said."""

import csv
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskmentor.errors import InputError
from taskmentor.formats import onet
from taskmentor.formats.csv_text import Limits
from taskmentor.formats.onet import convert_onet
from taskmentor.formats.reading import read_model
from taskmentor.formats.writing import write_model
from taskmentor.models.competency import Behaviour, Requirement, Role, RoleId, Skill, SkillId
from tests.data import real_data

HEADER = "O*NET-SOC Code,Title,Element ID,Element Name,Scale ID,Data Value,Recommend Suppress,Not Relevant"
OCCUPATIONS = "O*NET-SOC Code,Title,Description\n"
ANCHORS = "Element ID,Element Name,Scale ID,Scale Name,Anchor Value,Anchor Description\n"


def rated(
    importance: str = "4.12",
    level: str = "4.62",
    *,
    role: str = "11-1011.00",
    skill: str = "2.A.1.a",
    flags: str = "NNN",
) -> str:
    """Return the two lines that rate one skill of one occupation; flags: suppress IM, suppress LV, not relevant."""
    start = f"{role},Title of {role},{skill},Name of {skill}"
    return f"{start},IM,{importance},{flags[0]},\n{start},LV,{level},{flags[1]},{flags[2]}\n"


def folder(path: Path, ratings: str | bytes, header: str = HEADER, **others: str) -> Path:
    """Write a folder of tables; `others` are the tables that may be missing."""
    whole = ratings if isinstance(ratings, bytes) else f"{header}\n{ratings}".encode()
    (path / "skills.csv").write_bytes(whole)
    for name, text in others.items():
        (path / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


def faults(source: Path) -> list[tuple[str, str, int | None, str | None]]:
    with pytest.raises(InputError) as caught:
        convert_onet(source)
    return [(fault.code, fault.table, fault.line, fault.column) for fault in caught.value.faults]


def requirement(level: int, importance: int, role: str = "11-1011.00", skill: str = "2.A.1.a") -> Requirement:
    return Requirement(role_id=RoleId(role), skill_id=SkillId(skill), level=level, importance=importance)


def test_each_rated_occupation_is_a_role_and_each_element_a_skill(tmp_path: Path) -> None:
    """Ids or names of O*NET would be lost."""
    conversion = convert_onet(folder(tmp_path, rated() + rated("3", "2", role="13-2011.00", skill="2.B.1.a")))
    model = conversion.model
    assert model.roles == (
        Role(id=RoleId("11-1011.00"), title="Title of 11-1011.00"),
        Role(id=RoleId("13-2011.00"), title="Title of 13-2011.00"),
    )
    assert model.skills == (
        Skill(id=SkillId("2.A.1.a"), name="Name of 2.A.1.a"),
        Skill(id=SkillId("2.B.1.a"), name="Name of 2.B.1.a"),
    )
    assert model.requirements == (requirement(5, 4), requirement(2, 3, "13-2011.00", "2.B.1.a"))
    assert [(level.level, level.name) for level in model.scale.levels] == [(n, f"Level {n}") for n in range(8)]
    assert (model.id, model.version, model.title) == ("onet", "1", "O*NET skills")
    assert (conversion.n_rated, conversion.n_kept) == (2, 2)
    assert (conversion.n_levels_rounded, conversion.n_importances_rounded) == (1, 1)


def test_the_model_gets_the_id_version_and_title_that_were_asked_for(tmp_path: Path) -> None:
    """Assessments could not name the release that they were made with."""
    model = convert_onet(folder(tmp_path, rated()), model_id="soc", version="29.0", title="Skills").model
    assert (model.id, model.version, model.title) == ("soc", "29.0", "Skills")


@pytest.mark.parametrize(
    ("value", "whole"),
    [("2.4", 2), ("2.5", 3), ("2.49", 2), ("2.4999", 2), ("3.5", 4), ("4.5000", 5), ("7", 7), ("0.5", 1)],
)
def test_levels_are_rounded_half_up_in_decimals(tmp_path: Path, value: str, whole: int) -> None:
    """Half levels would go to the even neighbour, or wherever a float happens to lie."""
    assert convert_onet(folder(tmp_path, rated(level=value))).model.requirements == (requirement(whole, 4),)


@given(hundredths=st.integers(0, 700))
def test_rounding_agrees_with_whole_number_arithmetic(
    hundredths: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A level would be off by one somewhere on the scale."""
    value = f"{hundredths // 100}.{hundredths % 100:02}"
    conversion = convert_onet(folder(tmp_path_factory.mktemp("onet"), rated(level=value)))
    levels = [found.level for found in conversion.model.requirements]
    assert levels == ([] if hundredths < 50 else [(hundredths + 50) // 100])
    assert conversion.n_level_zero == (hundredths < 50)
    assert conversion.n_levels_rounded == (hundredths >= 50 and hundredths % 100 != 0)


def test_importance_is_compared_before_it_is_rounded(tmp_path: Path) -> None:
    """A rating of 2.99 would become a requirement of importance 3."""
    source = folder(tmp_path, rated("2.99") + rated("3.00", skill="2.A.1.b") + rated("3.5", skill="2.A.1.c"))
    conversion = convert_onet(source)
    assert conversion.model.requirements == (requirement(5, 3, skill="2.A.1.b"), requirement(5, 4, skill="2.A.1.c"))
    assert conversion.n_unimportant == 1
    assert conversion.n_importances_rounded == 1


@pytest.mark.parametrize(("least", "kept"), [(1, 3), (Decimal("2.99"), 3), (Decimal("2.991"), 2), (4, 0)])
def test_the_least_importance_is_settable(tmp_path: Path, least: Decimal | int, kept: int) -> None:
    """Users could not widen or narrow the model."""
    source = folder(tmp_path, rated("2.99") + rated("3.00", skill="2.A.1.b") + rated("3.5", skill="2.A.1.c"))
    conversion = convert_onet(source, least_importance=least)
    assert (conversion.n_kept, conversion.least_importance) == (kept, Decimal(least))


def test_each_reason_to_leave_out_is_counted_once(tmp_path: Path) -> None:
    """The counts would not add up to what was read."""
    lines = [
        rated(skill="a", flags="YNN"),
        rated(skill="b", flags="NYY"),
        rated("1", skill="c", flags="NNY"),
        rated("1", "0", skill="d"),
        rated("3", "0.49", skill="e"),
        rated("5", "1", skill="f"),
    ]
    conversion = convert_onet(folder(tmp_path, "".join(lines)))
    counts = (conversion.n_suppressed, conversion.n_not_relevant, conversion.n_unimportant, conversion.n_level_zero)
    assert counts == (2, 1, 1, 1)
    assert sum(counts) + conversion.n_kept == conversion.n_rated == 6
    assert (conversion.n_levels_rounded, conversion.n_importances_rounded) == (0, 0)


def test_roles_that_keep_no_requirement_stay_and_are_counted(tmp_path: Path) -> None:
    """People in such a role would have a role that is not there."""
    conversion = convert_onet(folder(tmp_path, rated("2") + rated(role="13-2011.00")))
    assert len(conversion.model.roles) == 2
    assert conversion.n_roles_without_requirements == 1


def test_titles_of_the_occupation_table_come_first(tmp_path: Path) -> None:
    """The table that names the occupations would be read for nothing."""
    occupations = OCCUPATIONS + '13-2011.00,"Accountants, and Auditors",\n15-1251.00,Computer Programmers,\n'
    source = folder(tmp_path, rated() + rated(role="13-2011.00"), occupation_data=occupations)
    conversion = convert_onet(source)
    assert [role.title for role in conversion.model.roles] == ["Title of 11-1011.00", "Accountants, and Auditors"]
    assert conversion.n_occupations_unrated == 1


def without_titles(ratings: str) -> tuple[str, str]:
    return HEADER.replace(",Title", ""), re.sub(r",Title of [^,]*", "", ratings)


def test_titles_may_stand_in_the_occupation_table_alone(tmp_path: Path) -> None:
    """Releases of O*NET without a title beside each rating would be refused."""
    header, ratings = without_titles(rated())
    source = folder(tmp_path, ratings, header, occupation_data=OCCUPATIONS + "11-1011.00,Chief Executives,\n")
    assert convert_onet(source).model.roles == (Role(id=RoleId("11-1011.00"), title="Chief Executives"),)


def test_an_occupation_without_a_title_is_named_once(tmp_path: Path) -> None:
    """A role would get an empty title."""
    header, ratings = without_titles(rated() + rated(skill="2.A.1.b"))
    assert faults(folder(tmp_path, ratings, header)) == [("UNKNOWN-ROLE", "skills.csv", 2, "O*NET-SOC Code")]


def test_worded_anchors_of_rated_skills_become_behaviours(tmp_path: Path) -> None:
    """Mentees would not see what to practise."""
    anchors = ANCHORS + "2.A.1.a,R,LV,Level,2,Read a form\n1.A.1.a.1,O,LV,Level,2,Listen\n2.A.1.a,R,IM,Importance,2,x\n"
    conversion = convert_onet(folder(tmp_path, rated(), level_scale_anchors=anchors))
    assert conversion.model.behaviours == (Behaviour(skill_id=SkillId("2.A.1.a"), level=2, text="Read a form"),)
    assert conversion.n_anchors_elsewhere == 2


def test_the_summary_says_every_count(tmp_path: Path) -> None:
    """What was left out would be left out silently."""
    assert convert_onet(folder(tmp_path, rated() + rated("2.1", skill="2.A.1.b"))).summary() == (
        "1 roles, 2 skills, 1 requirements, 0 behaviours; scale 0 (Level 0) to 7 (Level 7).\n"
        "Rounded half up to whole numbers: 1 levels and 1 importances of the 1 requirements.\n"
        "Left out of 2 rated skills of occupations: 0 recommended to be suppressed, 0 not relevant, "
        "1 of importance below 3, 0 of level 0 after rounding.\n"
        "Roles without any requirement: 0. "
        "Left out besides: 0 occupations without ratings, 0 anchors of other elements."
    )


def test_nothing_is_written(tmp_path: Path) -> None:
    """Reading would change the folder of the source."""
    source = folder(tmp_path, rated())
    convert_onet(source)
    assert [path.name for path in source.iterdir()] == ["skills.csv"]


@pytest.mark.parametrize(
    ("old", "new", "code", "column"),
    [
        ("4.62", "", "MISSING-VALUE", "Data Value"),
        ("4.62", '"4,62"', "NOT-A-NUMBER", "Data Value"),
        ("4.62", "+4.62", "NOT-A-NUMBER", "Data Value"),
        ("4.62", "٤", "NOT-A-NUMBER", "Data Value"),
        ("4.62", "4e0", "NOT-A-NUMBER", "Data Value"),
        ("4.62", "NaN", "NOT-A-NUMBER", "Data Value"),
        ("4.62", "7.01", "OUT-OF-RANGE", "Data Value"),
        (",LV,", ",EX,", "UNKNOWN-SCALE", "Scale ID"),
        (",LV,", ",IM,", "DUPLICATE-RATING", "Scale ID"),
        ("4.62,N", "4.62,x", "BAD-FLAG", "Recommend Suppress"),
    ],
)
def test_a_bad_cell_is_named_with_its_line_and_column(
    tmp_path: Path, old: str, new: str, code: str, column: str
) -> None:
    """A damaged number would become another level."""
    ratings = rated() + rated(skill="2.A.1.b").replace(old, new)
    found = faults(folder(tmp_path, ratings))
    assert (code, "skills.csv", 5, column) in found
    # A pair with two importances lacks its level too.
    assert len(found) == 1 + (code == "DUPLICATE-RATING")


def test_an_importance_below_one_is_out_of_range(tmp_path: Path) -> None:
    """An importance of 0 would be kept when all are asked for."""
    assert faults(folder(tmp_path, rated("0.9"))) == [("OUT-OF-RANGE", "skills.csv", 2, "Data Value")]


@pytest.mark.parametrize(
    ("code", "skill"), [("EMPTY-ID", ""), ("BAD-ID", "2 A"), ("BAD-ID", "é"), ("BAD-ID", "a" * 65)]
)
def test_ids_are_checked(tmp_path: Path, code: str, skill: str) -> None:
    """Tables would be written that the reader of tables refuses."""
    expected = [(code, "skills.csv", line, "Element ID") for line in (2, 3)]
    assert faults(folder(tmp_path, rated(skill=skill))) == expected


def test_half_a_pair_of_ratings_is_named(tmp_path: Path) -> None:
    """A skill would be left out for want of a level without a word."""
    ratings = rated() + rated(skill="2.A.1.b").splitlines(keepends=True)[0]
    assert faults(folder(tmp_path, ratings)) == [("MISSING-RATING", "skills.csv", 4, "Scale ID")]


def test_two_names_for_one_id_are_named(tmp_path: Path) -> None:
    """One of the names would win by chance."""
    ratings = rated() + rated(role="13-2011.00").replace("Name of", "Other")
    assert faults(folder(tmp_path, ratings)) == [
        ("CONFLICTING-NAME", "skills.csv", line, "Element Name") for line in (4, 5)
    ]


def test_faults_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    """Mending the tables would take as many runs as they have faults."""
    source = folder(
        tmp_path,
        rated("x") + rated(level="9", role="13-2011.00"),
        occupation_data=OCCUPATIONS + "11-1011.00,,\n,Nobody,\n",
        level_scale_anchors=ANCHORS
        + "2.A.1.a,R,LV,Level,2.5,\n2.A.1.a,R,LV,Level,two,Text\n2.A.1.a,R,LV,Level,8,Text\n",
    )
    assert faults(source) == [
        ("MISSING-VALUE", "level_scale_anchors.csv", 2, "Anchor Description"),
        ("NOT-WHOLE", "level_scale_anchors.csv", 2, "Anchor Value"),
        ("NOT-A-NUMBER", "level_scale_anchors.csv", 3, "Anchor Value"),
        ("OUT-OF-RANGE", "level_scale_anchors.csv", 4, "Anchor Value"),
        ("MISSING-VALUE", "occupation_data.csv", 2, "Title"),
        ("EMPTY-ID", "occupation_data.csv", 3, "O*NET-SOC Code"),
        ("NOT-A-NUMBER", "skills.csv", 2, "Data Value"),
        ("OUT-OF-RANGE", "skills.csv", 5, "Data Value"),
    ]


LONG = "x" * 5_000
TABLE = f"{HEADER}\n{rated()}"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY-FILE"),
        (HEADER.encode(), "NO-ROWS"),
        (TABLE.encode("utf-16"), "ENCODING"),
        (TABLE.encode("utf-16-le"), "NUL-BYTE"),
        (TABLE.replace("Name", "Café").encode("latin-1"), "ENCODING"),
        (b"PK\x03\x04" + TABLE.encode(), "WRONG-FORMAT"),
        (TABLE.replace(",", ";").encode(), "DELIMITER"),
        (TABLE.replace(",", "\t").encode(), "DELIMITER"),
        ((TABLE + '"11-1011.00,\n\n').encode(), "UNCLOSED-QUOTE"),
    ],
)
def test_files_that_are_no_table_are_named(tmp_path: Path, content: bytes, code: str) -> None:
    """A wrong file would be read as another one, or end in a traceback."""
    assert [found[:2] for found in faults(folder(tmp_path, content))] == [(code, "skills.csv")]


@pytest.mark.parametrize(
    ("table", "code", "line", "column"),
    [
        (TABLE.replace("Scale ID", "Scale"), "MISSING-COLUMN", 1, "Scale ID"),
        (TABLE.replace("Title,", "Scale ID,"), "DUPLICATE-COLUMN", 1, "Scale ID"),
        (TABLE.replace("Title,", ",").replace("Element Name,", ","), "MISSING-COLUMN", 1, "Element Name"),
        (TABLE + "\n11-1011.00,x\n", "RAGGED-ROW", 5, None),
        (TABLE + "\n" + rated(skill="2.A.1.b").replace("N,N", "N,N,N"), "RAGGED-ROW", 6, None),
        (TABLE + rated(skill="b").replace("Name of", LONG), "CELL-TOO-LONG", 4, None),
    ],
)
def test_columns_and_rows_that_are_no_skills_table_are_named(
    tmp_path: Path, table: str, code: str, line: int, column: str | None
) -> None:
    """Cells would be read under the wrong column."""
    assert (code, "skills.csv", line, column) in faults(folder(tmp_path, table.encode()))


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbf" + TABLE.encode(), TABLE.replace("\n", "\r\n").encode(), TABLE.replace("\n", "\r").encode()],
)
def test_byte_order_marks_and_line_ends_do_not_matter(tmp_path: Path, content: bytes) -> None:
    """Files saved by spreadsheets would be refused."""
    assert convert_onet(folder(tmp_path, content)).n_kept == 1


def test_lines_are_counted_where_cells_hold_line_ends(tmp_path: Path) -> None:
    """A message would point to another line than the one that is wrong."""
    ratings = rated().replace("Name of", '"Name\nof"').replace('of" 2.A.1.a', 'of 2.A.1.a"') + rated("x", skill="b")
    assert faults(folder(tmp_path, ratings)) == [("NOT-A-NUMBER", "skills.csv", 6, "Data Value")]


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    """A wrong path would end in a traceback."""
    assert faults(tmp_path) == [("NOT-A-FILE", "skills.csv", None, None)]


def test_a_table_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A huge file would fill the memory."""
    monkeypatch.setattr(onet, "_LIMITS", Limits(file_bytes=100))
    assert faults(folder(tmp_path, rated())) == [("TOO-LARGE", "skills.csv", None, None)]


def test_the_published_table_gives_the_counts_that_a_short_script_gives() -> None:
    """The conversion of the real table would differ from its definition.

    Data: `onet`, O*NET 29.0 Database, USDOL/ETA, CC BY 4.0.
    """
    source = real_data("onet")
    with (source / "skills.csv").open(newline="", encoding="utf-8") as file:
        lines = {(row["O*NET-SOC Code"], row["Element ID"], row["Scale ID"]): row for row in csv.DictReader(file)}
    expected: dict[tuple[str, str], tuple[int, int]] = {}
    reasons: Counter[str] = Counter()
    for (role, skill, scale), level in lines.items():
        if scale == "LV":
            importance = lines[role, skill, "IM"]
            # In hundredths, so that no arithmetic of the conversion is used.
            raw, wanted = (round(float(row["Data Value"]) * 100) for row in (importance, level))
            if "Y" in importance["Recommend Suppress"] + level["Recommend Suppress"]:
                reasons["suppressed"] += 1
            elif level["Not Relevant"] == "Y":
                reasons["not relevant"] += 1
            elif raw < 300:
                reasons["unimportant"] += 1
            else:
                expected[role, skill] = ((wanted + 50) // 100, (raw + 50) // 100)

    conversion = convert_onet(source)
    model = conversion.model
    assert {(r.role_id, r.skill_id): (r.level, r.importance) for r in model.requirements} == expected
    assert (conversion.n_suppressed, conversion.n_not_relevant) == (reasons["suppressed"], reasons["not relevant"])
    assert (conversion.n_unimportant, conversion.n_level_zero) == (reasons["unimportant"], 0)
    assert (len(lines), conversion.n_rated, conversion.n_kept) == (61_530, 30_765, 12_503)
    assert (reasons["suppressed"], reasons["not relevant"], reasons["unimportant"]) == (124, 3_296, 14_842)
    assert (conversion.n_levels_rounded, conversion.n_importances_rounded) == (9_133, 8_283)
    assert (len(model.roles), len(model.skills), len(model.behaviours)) == (879, 35, 105)
    assert {shows.level for shows in model.behaviours} == {2, 4, 6}
    assert (conversion.n_occupations_unrated, conversion.n_anchors_elsewhere) == (137, 378)
    assert conversion.n_roles_without_requirements == 879 - len({role for role, _ in expected}) == 10


def test_the_model_of_the_published_table_survives_being_written_as_tables(tmp_path: Path) -> None:
    """The command would write other tables than were converted.

    Data: `onet`, O*NET 29.0 Database, USDOL/ETA, CC BY 4.0.
    """
    model = convert_onet(real_data("onet"), version="29.0").model
    write_model(model, tmp_path / "model")
    assert read_model(tmp_path / "model") == model
