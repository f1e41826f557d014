"""Every requirement that must be met is shown by a test, and the table of the docs says by which."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MADE: dict[str, Any] = runpy.run_path(str(Path(__file__).resolve().parent.parent / "docs" / "gen_requirements.py"))
SECTIONS: dict[str, dict[str, tuple[str, str]]] = MADE["requirements"]()
REQUIREMENTS = {one: given for section in SECTIONS.values() for one, given in section.items()}


def shown() -> dict[str, list[str]]:
    """Return the tests of each requirement; to find them takes too long for whoever collects tests alone."""
    found: dict[str, list[str]] = MADE["shown"]()
    return found


def test_whatever_must_be_is_shown_by_a_test() -> None:
    """Would be broken: a promise that nothing checks."""
    assert [one for one, (strength, _) in REQUIREMENTS.items() if strength == "M" and one not in shown()] == []


def test_tests_name_no_requirement_that_there_is_not() -> None:
    """Would be broken: a mark with a misspelt id, which would show nothing."""
    assert sorted(set(shown()) - set(REQUIREMENTS)) == []


def test_all_requirements_are_listed_once_with_a_strength() -> None:
    """Would be broken: the list itself: how many there are of each kind, and words for each."""
    assert len(REQUIREMENTS) == sum(map(len, SECTIONS.values())) == 100
    assert {strength for strength, _ in REQUIREMENTS.values()} == {"M", "R", "C"}
    assert all(len(words) > 10 for _, words in REQUIREMENTS.values())


def test_what_no_test_shows_is_said() -> None:
    """Would be broken: a table in which a gap looks like everything else."""
    text = MADE["as_tables"]()
    without = [one for one in REQUIREMENTS if one not in shown()]
    assert text.count("| no test |") == len(without)
    assert all(f"| {one} | {words} |" in text for one, (_, words) in REQUIREMENTS.items())


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("test_t14_the_manager_confirms", ["T14"]),
        ("test_d10_and_rb1_both_say_so", ["D10", "RB1"]),
        ("test_row_27_and_u1_a_limit", ["U1"]),
        ("test_what_t14_means", []),
        ("test_t99_is_none", []),
    ],
)
def test_the_ids_are_those_with_which_a_name_begins(name: str, ids: list[str]) -> None:
    """Would be broken: what counts as a test of a requirement."""
    named: Callable[[str], Any] = MADE["named"]
    assert list(named(name)) == ids
