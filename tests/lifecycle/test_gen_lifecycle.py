"""The drawing and the tables of the docs say what the code says."""

import runpy
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import cast
from xml.etree import ElementTree

from taskmentor.authorisation import RIGHTS, ActionName, DataAction, ProgrammeAction
from taskmentor.lifecycle.booking import BOOKING_MOVES, BookingState
from taskmentor.lifecycle.cascade import CASCADE_MOVES, CascadeState
from taskmentor.lifecycle.group import GROUP_MOVES, GroupState
from taskmentor.lifecycle.moves import TRANSITIONS, State

DOCS = Path(__file__).parents[2] / "docs"
DRAWN = runpy.run_path(str(DOCS / "gen_lifecycle.py"))
SVG = "{http://www.w3.org/2000/svg}"


def drawn(name: str) -> str:
    return cast(Callable[[], str], DRAWN[name])()


def test_the_drawing_shows_every_state_and_every_move() -> None:
    """A move that is not drawn is one that nobody knows of."""
    root = ElementTree.fromstring(drawn("as_svg"))
    texts = [text.text or "" for text in root.iter(f"{SVG}text")]
    arrows = [path for path in root.iter(f"{SVG}path") if path.get("class") == "move"]
    named = [name for text in texts for name in text.split(", ")]
    assert {state.value for state in State} <= set(texts)
    assert {name.value for name in ActionName} <= set(named)
    pairs = {(before, after) for (before, _), following in TRANSITIONS.items() for after in following}
    assert len(arrows) == len(pairs)
    for state in State:
        stays = [name for (before, name), following in TRANSITIONS.items() if {before} == set(following) == {state}]
        assert all(named.count(name) >= 1 for name in stays)


def test_no_text_runs_into_another_at_the_left() -> None:
    """What is done in one state would be taken for what is done in the next."""
    root = ElementTree.fromstring(drawn("as_svg"))
    rows = sorted(int(text.attrib["y"]) for text in root.iter(f"{SVG}text") if text.get("class") == "does left")
    assert all(lower - upper >= 15 for upper, lower in pairwise(rows))


def test_no_two_boxes_overlap() -> None:
    boxes = [
        tuple(int(box.attrib[side]) for side in ("x", "y"))
        for box in ElementTree.fromstring(drawn("as_svg")).iter(f"{SVG}rect")
    ]
    assert len(boxes) == len(State)
    assert all(a[0] != b[0] or abs(a[1] - b[1]) > 34 for a in boxes for b in boxes if a is not b)


def test_the_drawing_loads_nothing_and_is_the_same_each_time() -> None:
    svg = drawn("as_svg")
    assert svg == drawn("as_svg")
    assert "href" not in svg
    assert "url(http" not in svg


def test_the_table_of_moves_has_a_line_for_each_state() -> None:
    lines = drawn("as_moves_table").splitlines()
    assert len(lines) == 2 + 1 + len(State)
    assert "| paused | resume: active<br>" in "\n".join(lines)
    assert "| completed | recognise: completed<br>reassess-as-mentor: completed<br>" in "\n".join(lines)
    assert "| ended | final |" in lines


def test_the_table_of_rights_says_what_the_code_says() -> None:
    lines = drawn("as_rights_table").splitlines()
    assert len(lines) == 2 + len(ActionName)
    assert sum(line.count("| yes") for line in lines) == sum(len(relations) for relations in RIGHTS.values())
    assert "| confirm | never | never | yes |  |  |  |  |  |" in lines


def test_the_page_types_no_table_by_hand() -> None:
    page = (DOCS / "explanation" / "lifecycle.md").read_text(encoding="utf-8")
    rights = (DOCS / "explanation" / "rights.md").read_text(encoding="utf-8")
    assert page.count("docs/gen_lifecycle.py") == 2
    assert rights.count("docs/gen_lifecycle.py") == 3
    assert "| state |" not in page
    assert "| action |" not in rights


def test_the_table_of_data_rights_says_what_the_code_says() -> None:
    lines = drawn("as_data_rights_table").splitlines()
    assert len(lines) == 2 + len(DataAction)
    assert "| erase |  |  |  |  | with a ticket |  |  |" in lines
    assert "| read-manager-assessment | after release |  | yes | yes |  |  | yes |" in lines


def test_the_table_of_rights_on_programmes_says_what_the_code_says() -> None:
    lines = drawn("as_programme_rights_table").splitlines()
    assert lines[0] == "| action | programme manager | system |"
    assert "| keep-round | yes |  |" in lines
    assert "| set-places | yes | yes |" in lines
    assert len(lines) == 2 + len(ProgrammeAction)


def test_the_table_of_cascades_says_what_the_code_says() -> None:
    lines = drawn("as_cascade_table").splitlines()
    assert len(lines) == 2 + 1 + len(CascadeState)
    assert "| engaged | final |" in lines
    assert sum(line.count("): ") for line in lines[2:]) == len(CASCADE_MOVES)


def test_the_table_of_bookings_says_what_the_code_says() -> None:
    lines = drawn("as_booking_table").splitlines()
    assert len(lines) == 2 + 1 + len(BookingState)
    assert "| expired | final |" in lines
    assert sum(line.count("): ") for line in lines[2:]) == len(BOOKING_MOVES)


def test_the_table_of_groups_says_what_the_code_says() -> None:
    lines = drawn("as_group_table").splitlines()
    assert len(lines) == 2 + 1 + len(GroupState)
    assert "| expired | final |" in lines
    assert sum(line.count("): ") for line in lines[2:]) == len(GROUP_MOVES)
