"""Tables put together: what stands between the people, the model and the assessments."""

from taskmentor.errors import Fault
from taskmentor.formats.reading import organisation_from_rows
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
