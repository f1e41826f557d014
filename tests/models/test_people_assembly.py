"""People and their reporting lines put together: who is whose manager, by row and by day."""

from taskmentor.formats.reading import organisation_from_rows
from tests.models.small import Rows, all_rows, faults, line, places, small_rows


def test_a_cycle_that_holds_on_some_day_is_named_with_the_day() -> None:
    """Each line alone is right, and so is the chart of every other day."""
    tables = small_rows() | {
        "reporting": [
            line("ann", "dee", "2026-01-01", "2026-06-30"),
            line("dee", "bob", "2026-07-01"),
            line("bob", "ann", "2026-01-01"),
            line("ann", "cem", "2026-08-01", "2026-08-31"),
            line("cem", "dee", "2026-02-01"),
        ]
    }
    (found,) = faults(lambda: organisation_from_rows(tables))
    assert (found.code, found.line) == ("MANAGER-CYCLE", 4)
    assert "on 2026-08-01: ann -> cem -> dee -> bob -> ann" in found.problem


def test_people_who_swap_places_on_one_day_are_no_cycle() -> None:
    """The lines of a day are looked at together."""
    tables = small_rows() | {
        "reporting": [
            line("ann", "bob", "2026-01-01", "2026-01-31"),
            line("bob", "ann", "2026-02-01"),
            line("ann", "dee", "2026-02-01"),
        ]
    }
    assert organisation_from_rows(tables).warnings == ()


def test_overlapping_lines_of_one_person_are_found_behind_a_long_one() -> None:
    """Not only between neighbours: the first line covers all the others."""
    tables = small_rows() | {
        "reporting": [
            line("cem", "bob", "2026-01-01"),
            line("cem", "ann", "2026-02-01", "2026-02-02"),
            line("cem", "dee", "2026-03-01", "2026-03-02"),
            line("bob", "ann", "2026-03-01", "2026-03-02"),
        ]
    }
    assert places(tables) == [("TWO-MANAGERS", "reporting", 2), ("TWO-MANAGERS", "reporting", 3)]


def test_self_managers_and_cycles_do_not_hide_what_else_is_wrong() -> None:
    """The chart is mended in thought, and the rest is checked on."""
    tables = all_rows()
    tables["people"] += [{"person_id": "eve", "manager_id": "eve"}, {"person_id": "fay", "manager_id": "gil"}]
    tables["people"] += [{"person_id": "gil", "manager_id": "fay"}, {"person_id": "hal", "manager_id": "gil"}]
    tables["people"] += [{"person_id": "hal", "manager_id": "ann"}]
    tables["pins"] = [{"mentee_id": "eve", "mentor_id": "zed"}]
    assert places(tables) == [
        ("SELF-MANAGER", "people", 5),
        ("MANAGER-CYCLE", "people", 6),
        ("DUPLICATE-ID", "people", 9),
        ("UNKNOWN-PERSON", "pins", 1),
    ]


def test_languages_are_kept_as_a_set() -> None:
    """Sixty-four of them fit."""
    people: Rows = [{"person_id": f"p{n:02}", "languages": f"l{n:02};l00"} for n in range(64)]
    organisation = organisation_from_rows(small_rows() | {"people": people})
    assert len(organisation.people.language_names) == 64
    assert organisation.people[63].languages == ("l00", "l63")
