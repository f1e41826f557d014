"""Draws the lifecycle of an engagement, and tables it, from the tables in the code.

The page `explanation/lifecycle.md` runs this when the docs are built. Run by hand it prints the drawing alone:
`python docs/gen_lifecycle.py > lifecycle.svg`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from html import escape
from typing import TypeVar

from taskmentor.authorisation import (
    DATA_RIGHTS,
    NEVER,
    PROGRAMME_RIGHTS,
    RIGHTS,
    ActionName,
    DataAction,
    PersonRelation,
    Relation,
)
from taskmentor.lifecycle.booking import BOOKING_MOVES, BOOKING_RIGHTS, BookingState
from taskmentor.lifecycle.cascade import CASCADE_MOVES, CASCADE_RIGHTS, CascadeState
from taskmentor.lifecycle.group import GROUP_MOVES, GROUP_RIGHTS, GroupState
from taskmentor.lifecycle.moves import FINAL, TRANSITIONS, State, Transitions

__all__ = [
    "as_booking_table",
    "as_cascade_table",
    "as_data_rights_table",
    "as_group_table",
    "as_moves_table",
    "as_rights_table",
    "as_svg",
]

_S = TypeVar("_S", bound=StrEnum)
_A = TypeVar("_A", bound=StrEnum)
_R = TypeVar("_R", bound=StrEnum)

_WIDTH, _BOX_WIDTH, _BOX_HEIGHT, _ROW = 1060, 190, 34, 72
_STAYS_X, _WAY_X, _ENDS_X, _TOP = 210, 460, 750, 64
_LINE, _LETTERS = 15, 28  # the height of a line of text beside the drawing, and how many letters fit into it
# Each rule names the drawing: a style inside a page holds for the whole page.
_CSS = (
    ".lifecycle .box{fill:none;stroke:currentColor;stroke-width:1.5}.lifecycle .end{stroke-width:3}"
    ".lifecycle .move{fill:none;stroke:currentColor;stroke-width:1.2;opacity:.65}"
    ".lifecycle text{fill:currentColor;font-family:sans-serif;font-size:13px}"
    ".lifecycle .name{text-anchor:middle;font-weight:600}"
    ".lifecycle .left{text-anchor:end}.lifecycle .does{font-size:12px;font-style:italic}"
)
_ARROW = (
    '<marker id="lifecycle-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M0 0L8 4L0 8z" fill="currentColor"/></marker>'
)
# Everybody goes down the way to completion; the other ends stand beside it.
_WAY = [state for state in State if state not in FINAL or state is State.COMPLETED]


def as_svg(table: Transitions = TRANSITIONS) -> str:
    """Return a drawing of a table of moves: the way to completion from top to bottom, the other ends beside it.

    What is done without moving on stands at the left of its state.
    """
    heights = _heights(table)
    parts = [*_boxes(heights), *_moves(table, heights)]
    height = max(heights.values()) + 2 * _BOX_HEIGHT
    return (
        f'<svg class="lifecycle" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-labelledby="lifecycle-title"><title id="lifecycle-title">The lifecycle of an engagement</title>'
        f"<style>{_CSS}</style><defs>{_ARROW}</defs>{''.join(parts)}</svg>"
    )


def _arrows(table: Transitions) -> dict[tuple[State | None, State], list[ActionName]]:
    """Return the actions of each arrow: from one state to another, or back to itself."""
    arrows = defaultdict(list)
    for (before, name), following in table.items():
        for after in following:
            arrows[before, after].append(name)
    return arrows


def _heights(table: Transitions) -> dict[State, int]:
    """Return the height of each state: its place on the way, or the middle of the states that lead to it."""
    stays = {state: len(_lines(names)) for (state, after), names in _arrows(table).items() if state is after}
    heights: dict[State, int] = {}
    y = room = _TOP
    for state in _WAY:
        above, room = room, _LINE * stays.get(state, 0) // 2 + _LINE
        y += max(_ROW, above + room) if heights else 0
        heights[state] = y
    sources = defaultdict(list)
    for before, after in _arrows(table):
        if before in heights and after not in heights:
            sources[after].append(heights[before])
    lowest = 0
    for state in sorted(sources, key=lambda end: (sum(sources[end]) / len(sources[end]), end)):
        heights[state] = lowest = max(sum(sources[state]) // len(sources[state]), lowest + _ROW)
    return heights


def _boxes(heights: dict[State, int]) -> Iterator[str]:
    for state, y in heights.items():
        x = _WAY_X if state in _WAY else _ENDS_X
        kind = "box end" if state in FINAL else "box"
        yield (
            f'<rect class="{kind}" x="{x - _BOX_WIDTH // 2}" y="{y - _BOX_HEIGHT // 2}" width="{_BOX_WIDTH}" '
            f'height="{_BOX_HEIGHT}" rx="8"/><text class="name" x="{x}" y="{y + 4}">{escape(state)}</text>'
        )


def _moves(table: Transitions, heights: dict[State, int]) -> Iterator[str]:
    to_ends: dict[State, list[ActionName]] = defaultdict(list)
    for (before, after), names in _arrows(table).items():
        if before is None:
            yield _down(_TOP - _ROW // 2 - _BOX_HEIGHT // 2, heights[after], names)
        elif after not in _WAY:
            yield _aside(heights[before], heights[after])
            to_ends[after] += [name for name in names if name not in to_ends[after]]
        elif before is after:
            yield _stay(heights[before], names)
        elif _WAY.index(after) - _WAY.index(before) == 1:
            yield _down(heights[before] + _BOX_HEIGHT // 2, heights[after], names)
        else:
            yield _around(heights[before], heights[after], names)
    for state, names in to_ends.items():
        yield _label(_ENDS_X + _BOX_WIDTH // 2 + 8, heights[state], names)


def _line(path: str) -> str:
    return f'<path class="move" d="{path}" marker-end="url(#lifecycle-arrow)"/>'


def _lines(names: list[ActionName]) -> list[list[ActionName]]:
    """Return names in lines that fit beside the drawing."""
    lines: list[list[ActionName]] = []
    for name in names:
        if not lines or len(", ".join([*lines[-1], name])) > _LETTERS:
            lines.append([])
        lines[-1].append(name)
    return lines


def _label(x: int, y: int, names: list[ActionName], kind: str = "does") -> str:
    lines = _lines(names)
    top = y + 4 - _LINE * (len(lines) - 1) // 2
    return "".join(
        f'<text class="{kind}" x="{x}" y="{top + _LINE * row}">{escape(", ".join(line))}</text>'
        for row, line in enumerate(lines)
    )


def _down(start: int, y: int, names: list[ActionName]) -> str:
    end = y - _BOX_HEIGHT // 2
    return _line(f"M{_WAY_X} {start}V{end}") + _label(_WAY_X + 8, (start + end) // 2, names)


def _aside(start: int, end: int) -> str:
    left, right = _WAY_X + _BOX_WIDTH // 2, _ENDS_X - _BOX_WIDTH // 2
    middle = (left + right) // 2
    return _line(f"M{left} {start}C{middle} {start} {middle} {end} {right} {end}")


def _stay(y: int, names: list[ActionName]) -> str:
    """Return what is done in a state: a small loop at the left of its box, and the names beside it."""
    left = _WAY_X - _BOX_WIDTH // 2
    return _line(f"M{left} {y - 8}C{left - 40} {y - 12} {left - 40} {y + 12} {left} {y + 8}") + _label(
        _STAYS_X, y, names, "does left"
    )


def _around(start: int, end: int, names: list[ActionName]) -> str:
    """Return a move at the left side: over some states, or back."""
    left = _WAY_X - _BOX_WIDTH // 2
    fall = end + (10 if end < start else -10)
    reach = max(left - 40 - abs(end - start) // 5, _STAYS_X + 10)
    middle = (3 * reach + left) // 4
    path = f"M{left} {start}C{reach} {start} {reach} {fall} {left} {fall}"
    return _line(path) + _label(middle - 6, (start + fall) // 2, names, "does left around")


def as_moves_table(table: Transitions = TRANSITIONS) -> str:
    """Return a table of moves in Markdown: one line a state, what can be done there and where it leads."""
    return "\n".join(["| state | action: next state |", "|---|---|", *_rows(table)])


def _rows(table: Transitions) -> Iterator[str]:
    for state in (None, *State):
        moves = [f"{name}: {' or '.join(following)}" for (before, name), following in table.items() if before is state]
        yield f"| {'before the proposal' if state is None else state} | {'<br>'.join(moves) or 'final'} |"


def as_rights_table() -> str:
    """Return the table of rights in Markdown: one line an action, one column a relation."""
    head = f"| action | {' | '.join(Relation)} |"
    rule = f"|---|{'---|' * len(Relation)}"
    return "\n".join([head, rule, *(f"| {name} | {' | '.join(_rights(name))} |" for name in ActionName)])


def as_cascade_table() -> str:
    """Return the moves of a cascade in Markdown; see `_moves_and_rights`."""
    return _moves_and_rights(CASCADE_MOVES, CASCADE_RIGHTS, CascadeState, "before the opening")


def as_booking_table() -> str:
    """Return the moves of a booking in Markdown; see `_moves_and_rights`."""
    return _moves_and_rights(BOOKING_MOVES, BOOKING_RIGHTS, BookingState, "before the booking")


def as_group_table() -> str:
    """Return the moves of a group in Markdown; see `_moves_and_rights`."""
    return _moves_and_rights(GROUP_MOVES, GROUP_RIGHTS, GroupState, "before the forming")


def _moves_and_rights(
    moves: Mapping[tuple[_S | None, _A], tuple[_S, ...]],
    rights: Mapping[_A, frozenset[_R]],
    states: Iterable[_S],
    before: str,
) -> str:
    """Return a table of moves in Markdown: one line a state, what can be done there, by whom, and where to."""
    rows = ["| state | action (by whom): next state |", "|---|---|"]
    for state in (None, *states):
        lines = [
            f"{name} ({', '.join(sorted(rights[name]))}): {' or '.join(following)}"
            for (known, name), following in moves.items()
            if known is state
        ]
        rows.append(f"| {state or before} | {'<br>'.join(lines) or 'final'} |")
    return "\n".join(rows)


def as_data_rights_table() -> str:
    """Return the rights on data in Markdown: one line an action, one column a relation, a cell the condition."""
    head = f"| action | {' | '.join(PersonRelation)} |"
    rule = f"|---|{'---|' * len(PersonRelation)}"
    rows = (
        f"| {name} | {' | '.join(_condition(name, relation) for relation in PersonRelation)} |" for name in DataAction
    )
    return "\n".join([head, rule, *rows])


def as_programme_rights_table() -> str:
    """Return in Markdown who may do what to a programme as a whole: one line an action, one column a relation."""
    relations = [one for one in Relation if any(one in needed for needed in PROGRAMME_RIGHTS.values())]
    head = f"| action | {' | '.join(relations)} |"
    rows = (
        f"| {name} | {' | '.join('yes' if one in needed else '' for one in relations)} |"
        for name, needed in PROGRAMME_RIGHTS.items()
    )
    return "\n".join([head, f"|---|{'---|' * len(relations)}", *rows])


def _condition(name: DataAction, relation: PersonRelation) -> str:
    condition = DATA_RIGHTS[name].get(relation)
    return "" if condition is None else condition or "yes"


def _rights(name: ActionName) -> Iterable[str]:
    for relation in Relation:
        barred = relation in NEVER.get(name, ())
        yield "never" if barred else "yes" if relation in RIGHTS[name] else ""


if __name__ == "__main__":
    print(as_svg())
