"""The organisation: managers by day, further assessments, its digest."""

from collections.abc import Callable
from datetime import date

import pytest

from taskmentor.errors import InputError, UnknownIdError
from taskmentor.formats.reading import organisation_from_rows
from taskmentor.models.assessments import Assessment, Source
from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import EngagedRow, Organisation
from taskmentor.models.people import PersonId
from tests.models.small import Rows, all_rows, small_rows

TODAY = date(2026, 6, 1)


def test_dated_reporting_lines_change_managers_by_day() -> None:
    """cem reported to ann in 2025 and to bob since; on other days to nobody, whatever `people` says."""
    organisation = organisation_from_rows(all_rows())
    for day, line in (
        (date(2024, 12, 31), ()),
        (date(2025, 1, 1), ("ann",)),
        (date(2025, 12, 31), ("ann",)),
        (date(2026, 1, 1), ("bob", "ann")),
        (date(2100, 1, 1), ("bob", "ann")),
    ):
        assert organisation.line_of_managers("cem", day) == line
    assert organisation.team("ann", date(2025, 6, 1), levels=1) == ("bob", "cem")
    assert organisation.team("ann", TODAY, levels=1) == ("bob",)
    assert organisation.team("ann", TODAY) == ("bob", "cem")


def test_without_them_the_manager_in_people_holds_for_every_day() -> None:
    """And the forest is made once."""
    organisation = organisation_from_rows(small_rows())
    assert organisation.line_of_managers("cem", TODAY) == ("bob", "ann")
    assert organisation.forest(TODAY) is organisation.forest(date(1999, 1, 1))
    assert organisation.managers(TODAY).tolist() == [-1, 0, 1, -1]
    with pytest.raises(UnknownIdError):
        organisation.team("nobody", TODAY)


def test_who_is_not_there_is_not_in_the_line_of_managers() -> None:
    """ann joined in 2020; before, nobody can be asked to confirm there."""
    assert organisation_from_rows(small_rows()).line_of_managers("cem", date(2019, 12, 31)) == ("bob",)


def assessed(**parts: object) -> Assessment:
    given: dict[str, object] = {
        "person_id": PersonId("cem"), "skill_id": SkillId("pivot"), "level": 2, "source": Source.OUTCOME,
        "assessed_on": TODAY, "assessor_id": PersonId("bob"), "model_version": "2027",
    }  # fmt: skip
    return Assessment(**(given | parts))  # type: ignore[arg-type]


def test_a_confirmed_outcome_is_a_new_assessment() -> None:
    """It stands beside the old ones, which nobody changes."""
    organisation = organisation_from_rows(all_rows())
    later = organisation.assessed(assessed(), assessed(level=3, assessor_id=None, assessed_on=date(2026, 7, 1)))
    rows = [later.assessment(row) for row in range(len(later.assessments))]
    assert assessed() in rows
    assert assessed(level=3, assessor_id=None, assessed_on=date(2026, 7, 1)) in rows
    assert (len(rows), len(organisation.assessments)) == (6, 4)
    assert later.digest != organisation.digest
    assert organisation.assessed().digest == organisation.digest
    for wrong in ({"person_id": "x"}, {"skill_id": "x"}, {"level": 4}, {"assessor_id": "x"}):
        with pytest.raises(UnknownIdError):
            organisation.assessed(assessed(**wrong))


def test_the_same_assessment_twice_is_refused() -> None:
    """It could be written, and would then not be read again."""
    organisation = organisation_from_rows(small_rows())
    with pytest.raises(InputError, match="DUPLICATE-ASSESSMENT"):
        organisation.assessed(assessed()).assessed(assessed(level=0))


def test_engagements_take_a_place_from_the_first_day_to_the_last() -> None:
    """Both included; without days they always do."""
    tables = all_rows()
    tables["engaged"].append({"mentor_id": "ann", "mentee_id": "bob", "skill_id": "sql"})
    engaged = organisation_from_rows(tables).engaged
    for day, n in ((date(2025, 12, 31), 1), (date(2026, 1, 1), 2), (date(2026, 3, 1), 2), (date(2026, 3, 2), 1)):
        assert len(engaged.running(day)) == n


def test_places_are_taken_by_further_rows() -> None:
    """As the store of engagements gives them; with somebody unknown nobody is matched anyway."""
    organisation = organisation_from_rows(all_rows())
    rows = [EngagedRow("ann", "bob", "sql", date(2026, 5, 1)), EngagedRow("ann", "erased-x", "sql"),
            EngagedRow("gone", "bob", "sql")]  # fmt: skip
    later = organisation.engaging(rows)
    before = len(organisation.engaged.running(date(2026, 4, 30)))
    assert [len(later.engaged.running(day)) for day in (date(2026, 4, 30), date(2026, 5, 1))] == [before, before + 1]
    assert later.digest != organisation.digest
    assert organisation.engaging([]).digest == organisation.digest
    with pytest.raises(UnknownIdError):
        organisation.engaging([EngagedRow("ann", "bob", "sqk")])


def test_pairs_are_made_from_ids() -> None:
    """For pins and blocks that are given in Python."""
    organisation = organisation_from_rows(all_rows())
    pairs = organisation.pairs([("bob", "ann", "sql"), ("cem", "ann", None)])
    assert (pairs.mentee.tolist(), pairs.mentor.tolist(), pairs.skill.tolist()) == ([1, 2], [0, 0], [1, -1])
    assert [len(organisation.pins), len(organisation.blocks), organisation.blocks.skill.tolist()] == [1, 1, [-1]]
    with pytest.raises(UnknownIdError):
        organisation.pairs([("bob", "ann", "sqk")])


def test_an_organisation_is_shown_in_one_line() -> None:
    """Not with all its people."""
    shown = repr(organisation_from_rows(all_rows()))
    assert shown == "Organisation(4 people, 2 roles, 2 skills, 4 assessments)"


def change(table: str, row: int, **cells: object) -> Callable[[dict[str, Rows]], None]:
    return lambda tables: tables[table][row].update(cells)


CHANGES = [
    lambda tables: tables["scale"].append({"level": 4, "name": "more"}),
    change("requirements", 0, importance=1),
    change("requirements", 0, level=1),
    change("people", 0, department="Sales"),
    change("people", 1, languages="en"),
    change("people", 1, capacity=3),
    change("people", 1, mentee_limit=3),
    change("people", 1, time_zone="Asia/Tokyo"),
    change("people", 1, grade=4),
    change("people", 1, role_id="lead"),
    change("people", 3, manager_id="ann"),
    change("people", 1, joined_on="2021-01-01"),
    change("people", 1, x_floor=0),
    change("people", 1, x_code="c"),
    change("assessments", 0, level=0),
    change("assessments", 2, assessed_on="2026-01-04"),
    change("assessments", 0, model_version="2"),
    change("reporting", 0, until_on="2025-12-30"),
    change("pins", 0, skill_id=None),
    change("blocks", 0, mentor_id="dee"),
    change("engaged", 0, until_on=None),
    change("requests", 0, priority=4),
    change("requests", 1, target_level=1),
    lambda tables: tables.pop("requests") and None,
    lambda tables: tables.pop("reporting") and None,
    lambda tables: tables["skills"].append({"skill_id": "z", "name": "z"}),
]


@pytest.mark.parametrize("broken", CHANGES)
def test_the_digest_notices_whatever_could_change_a_plan(broken: Callable[[dict[str, Rows]], None]) -> None:
    """A certificate for other tables must not be accepted."""
    tables = all_rows()
    broken(tables)
    assert organisation_from_rows(tables).digest != organisation_from_rows(all_rows()).digest


def test_the_digest_does_not_depend_on_the_order_of_rows_or_on_names() -> None:
    """People may marry between two runs."""
    tables = {name: rows[::-1] for name, rows in all_rows().items()}
    tables["people"][0]["name"] = "Other"
    assert organisation_from_rows(tables).digest == organisation_from_rows(all_rows()).digest


def test_equal_organisations_are_compared_by_digest_not_by_identity_of_arrays() -> None:
    """Comparing arrays with == would give an array."""
    one, other = organisation_from_rows(all_rows()), organisation_from_rows(all_rows())
    assert isinstance(one, Organisation)
    assert (one == other, one.digest == other.digest) == (False, True)
