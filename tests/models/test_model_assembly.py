"""The tables of a competency model put together: what is said of each, and what would only be a guess."""

from taskmentor.formats.reading import organisation_from_rows
from tests.models.small import Rows, all_rows, places, small_rows


def test_a_model_holds_every_row_of_its_tables() -> None:
    model = organisation_from_rows(all_rows()).model
    assert (model.id, model.version, model.title) == ("ours", "2026.1", "Our model")
    assert [level.name for level in model.scale.levels] == ["none", "some", "good", "expert"]
    assert (model.skill_ids, model.role_ids) == (("pivot", "sql"), ("analyst", "lead"))
    assert [(row.role_id, row.skill_id, row.level, row.importance) for row in model.requirements] == [
        ("analyst", "pivot", 1, 3), ("analyst", "sql", 2, 5), ("lead", "sql", 3, 4),
    ]  # fmt: skip
    assert [(shows.level, shows.role_id) for shows in model.behaviours] == [(1, None), (2, "analyst")]


def test_without_a_table_of_it_the_model_has_a_name_all_the_same() -> None:
    model = organisation_from_rows(small_rows()).model
    assert (model.id, model.version, model.title) == ("model", "1", "")


def test_what_follows_from_a_faulty_cell_is_not_said_again() -> None:
    """An empty role is one fault, not also an unknown role and a second requirement of it."""
    empty: Rows = [{"role_id": "", "skill_id": "sql", "level": 1}] * 2
    assert places(small_rows() | {"requirements": empty}) == [
        ("EMPTY-ID", "requirements", 1), ("EMPTY-ID", "requirements", 2),
    ]  # fmt: skip
    scale: Rows = [{"level": level, "name": "x"} for level in (0, 1.5, 2)]
    assert places(small_rows() | {"scale": scale}) == [("NOT-WHOLE", "scale", 2)]


def test_of_two_skills_with_one_id_neither_is_taken() -> None:
    """Nobody knows which of the two is right; leaving faulty rows out leaves out both, and what refers to them."""
    tables = small_rows()
    tables["skills"] += [{"skill_id": "sql", "name": "Structured"}, {"skill_id": "dax", "name": "DAX"}]
    tables["requirements"] += [{"role_id": "lead", "skill_id": "dax", "level": 1}]
    assert places(tables) == [("DUPLICATE-ID", "skills", 3)]
    organisation = organisation_from_rows(tables, on_error="quarantine")
    assert organisation.model.skill_ids == ("dax", "pivot")
    assert {left.table: left.rows for left in organisation.left_out} == {"requirements": 2, "skills": 2}
