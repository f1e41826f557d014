"""Tables put together: what stands between the people, the model and the assessments."""

from taskmentor.errors import Fault
from taskmentor.formats.reading import organisation_from_rows
from taskmentor.models.preferences import Side
from tests.models.small import Rows, line, places, small_rows


def warnings(tables: dict[str, Rows]) -> list[Fault]:
    return list(organisation_from_rows(tables).warnings)


def test_the_manager_of_that_day_may_assess() -> None:
    """In the line of managers of the chart, or the direct manager by a dated line; else there is a warning."""
    tables = small_rows()
    assessment: dict[str, object] = {
        "person_id": "cem", "skill_id": "sql", "level": 1, "source": "manager", "assessed_on": "2026-03-01",
        "assessor_id": "ann",
    }  # fmt: skip
    tables["assessments"] = [assessment]
    assert warnings(tables) == []
    assessment["assessor_id"] = "dee"
    assert [warning.code for warning in warnings(tables)] == ["WRONG-ASSESSOR"]
    tables["reporting"] = [line("cem", "dee", "2026-01-01", "2026-02-28"), line("cem", "bob", "2026-04-01")]
    assert [warning.code for warning in warnings(tables)] == ["WRONG-ASSESSOR"]
    tables["reporting"][0]["until_on"] = "2026-03-01"
    assert warnings(tables) == []
    assessment["source"] = "test"
    assessment["assessor_id"] = "bob"
    assert warnings(tables) == []


def test_an_engagement_of_somebody_who_has_left_names_who() -> None:
    """Mentor and mentee are looked at apart; ids that name nobody are reported once."""
    tables = small_rows()
    tables["people"][1]["left_on"] = "2026-01-01"
    engaged: Rows = [
        {"mentor_id": "ann", "mentee_id": "bob", "skill_id": "sql", "from_on": "2026-01-01"},
        {"mentor_id": "ann", "mentee_id": "bob", "skill_id": "sql", "from_on": "2025-12-31"},
        {"mentor_id": "zed", "mentee_id": "dee", "skill_id": "sql", "from_on": "2026-01-01"},
    ]
    assert places(tables | {"engaged": engaged}) == [
        ("INACTIVE-PERSON", "engaged", 1),
        ("UNKNOWN-PERSON", "engaged", 3),
    ]


def preferred(*rows: tuple[str, str, str | None, str | None, int | None]) -> dict[str, Rows]:
    """Return the tables of the small organisation with preferences."""
    columns = ("person_id", "side", "skill_id", "preferred_id", "rank")
    return small_rows() | {"preferences": [dict(zip(columns, row, strict=True)) for row in rows]}


def test_preferences_are_lists_with_ties_and_an_open_end() -> None:
    """Would be broken: whom somebody prefers, and that a list without a skill is another one."""
    given = organisation_from_rows(
        preferred(
            ("bob", "mentee", "sql", "ann", 1),
            ("bob", "mentee", "sql", "cem", 1),
            ("bob", "mentee", None, "ann", 2),
            ("ann", "mentor", None, "bob", 3),
            ("ann", "mentor", None, None, None),
        )
    ).preferences
    assert len(given) == 5
    assert given.side.tolist() == [Side.MENTEE] * 3 + [Side.MENTOR] * 2
    assert given.skill.tolist() == [1, 1, -1, -1, -1]
    assert given.rank.tolist() == [1, 1, 2, 3, 0]
    assert given.preferred.tolist()[-1] == -1
    plain = organisation_from_rows(small_rows())
    assert plain.digest == organisation_from_rows(small_rows() | {"preferences": []}).digest
    assert plain.digest != organisation_from_rows(preferred(("bob", "mentee", None, "ann", 1))).digest


def test_everything_that_is_wrong_with_preferences_is_told_at_once() -> None:
    """Each row with its line: no such person, side or skill, no rank, a rank alone, oneself, and repeated rows."""
    tables = preferred(
        ("bob", "mentee", None, "zed", 1),
        ("bob", "boss", None, "ann", 1),
        ("bob", "mentee", "law", "ann", 1),
        ("bob", "mentee", None, "ann", None),
        ("bob", "mentee", None, None, 4),
        ("bob", "mentee", None, "bob", 1),
        ("bob", "mentee", None, "cem", 1),
        ("bob", "mentee", None, "cem", 2),
        ("ann", "mentor", None, "bob", 0),
        ("ann", "mentor", None, "a b", 1),
        ("ann", "mentor", None, None, None),
    )
    assert places(tables) == [
        ("UNKNOWN-PERSON", "preferences", 1),
        ("BAD-CHOICE", "preferences", 2),
        ("UNKNOWN-SKILL", "preferences", 3),
        ("MISSING-VALUE", "preferences", 4),
        ("MISSING-VALUE", "preferences", 5),
        ("SELF-MENTOR", "preferences", 6),
        ("DUPLICATE-PREFERENCE", "preferences", 8),
        ("OUT-OF-RANGE", "preferences", 9),
        ("BAD-ID", "preferences", 10),
    ]
