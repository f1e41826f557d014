"""Draws the lifecycle of an engagement, and tables it, from the tables in the code.

The page `explanation/lifecycle.md` runs this when the docs are built. Run by hand it prints the drawing alone:
`python docs/gen_lifecycle.py > lifecycle.svg`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from html import escape

from taskmentor.authorisation import (
    DATA_RIGHTS,
    NEVER,
    RIGHTS,
    ActionName,
    DataAction,
    PersonRelation,
    Relation,
)
from taskmentor.lifecycle.cascade import CASCADE_MOVES, CASCADE_RIGHTS, CascadeState
from taskmentor.lifecycle.moves import FINAL, TRANSITIONS, State, Transitions

__all__ = ["as_cascade_table", "as_data_rights_table", "as_moves_table", "as_rights_table", "as_svg"]

_WIDTH, _BOX_WIDTH, _BOX_HEIGHT, _ROW = 760, 190, 34, 72
_WAY_X, _ENDS_X, _TOP = 290, 560, 64
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
    """Return a drawing of a table of moves: the way to completion from top to bottom, the other ends beside it."""
    heights = _heights(table)
    parts = [*_boxes(heights), *_moves(table, heights)]
    height = max(heights.values()) + _BOX_HEIGHT
    return (
        f'<svg class="lifecycle" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-labelledby="lifecycle-title"><title id="lifecycle-title">The lifecycle of an engagement</title>'
        f"<style>{_CSS}</style><defs>{_ARROW}</defs>{''.join(parts)}</svg>"
    )


def _heights(table: Transitions) -> dict[State, int]:
    """Return the height of each state: its place on the way, or the middle of the states that lead to it."""
    heights = {state: _TOP + _ROW * place for place, state in enumerate(_WAY)}
    sources = defaultdict(list)
    for (before, _), following in table.items():
        for state in following:
            if before in heights and state not in heights:
                sources[state].append(heights[before])
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
    named: set[tuple[State, ActionName]] = set()
    for (before, name), following in table.items():
        for after in following:
            if before is None:
                yield _down(_TOP - _ROW // 2 - _BOX_HEIGHT // 2, heights[after], name)
            elif after not in _WAY:
                yield _aside(heights[before], heights[after], "" if (after, name) in named else name)
                named.add((after, name))
            elif heights[after] - heights[before] == _ROW:
                yield _down(heights[before] + _BOX_HEIGHT // 2, heights[after], name)
            else:
                yield _around(heights[before], heights[after], name)


def _line(path: str) -> str:
    return f'<path class="move" d="{path}" marker-end="url(#lifecycle-arrow)"/>'


def _label(x: int, y: int, text: str, kind: str = "does") -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(text)}</text>' if text else ""


def _down(start: int, y: int, name: str) -> str:
    end = y - _BOX_HEIGHT // 2
    return _line(f"M{_WAY_X} {start}V{end}") + _label(_WAY_X + 8, (start + end) // 2 + 4, name)


def _aside(start: int, end: int, name: str) -> str:
    left, right = _WAY_X + _BOX_WIDTH // 2, _ENDS_X - _BOX_WIDTH // 2
    middle = (left + right) // 2
    label = _label(_ENDS_X + _BOX_WIDTH // 2 + 8, end + 4, name)
    return _line(f"M{left} {start}C{middle} {start} {middle} {end} {right} {end}") + label


def _around(start: int, end: int, name: str) -> str:
    """Return a move at the left side: over some states, back, or to the state itself."""
    left = _WAY_X - _BOX_WIDTH // 2
    rise, fall = (start - 12, end) if start == end else (start, end + 10 if end < start else end)
    reach = left - 30 - abs(end - start) // 5
    middle = (3 * reach + left) // 4
    label = _label(middle - 8, (rise + fall) // 2 + 4, name, "does left")
    return _line(f"M{left} {rise}C{reach} {rise} {reach} {fall} {left} {fall}") + label


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
    """Return the moves of a cascade in Markdown: one line a state, what can be done there, by whom, and where to."""
    rows = ["| state | action (by whom): next state |", "|---|---|"]
    for state in (None, *CascadeState):
        moves = [
            f"{name} ({', '.join(sorted(CASCADE_RIGHTS[name]))}): {' or '.join(following)}"
            for (before, name), following in CASCADE_MOVES.items()
            if before is state
        ]
        rows.append(f"| {state or 'before the opening'} | {'<br>'.join(moves) or 'final'} |")
    return "\n".join(rows)


def as_data_rights_table() -> str:
    """Return the rights on data in Markdown: one line an action, one column a relation, a cell the condition."""
    head = f"| action | {' | '.join(PersonRelation)} |"
    rule = f"|---|{'---|' * len(PersonRelation)}"
    rows = (
        f"| {name} | {' | '.join(_condition(name, relation) for relation in PersonRelation)} |" for name in DataAction
    )
    return "\n".join([head, rule, *rows])


def _condition(name: DataAction, relation: PersonRelation) -> str:
    condition = DATA_RIGHTS[name].get(relation)
    return "" if condition is None else condition or "yes"


def _rights(name: ActionName) -> Iterable[str]:
    for relation in Relation:
        barred = relation in NEVER.get(name, ())
        yield "never" if barred else "yes" if relation in RIGHTS[name] else ""


if __name__ == "__main__":
    print(as_svg())
