"""A competency model from the skills table of O*NET, the occupational database of the US Department of Labor."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from attrs import define, field, frozen

from taskmentor.errors import Fault, InputError, nearest, shown
from taskmentor.formats.columns import has_name
from taskmentor.formats.csv_text import Grid, Limits, UnreadableError, read_bytes, read_grid
from taskmentor.models.competency import (
    Behaviour,
    CompetencyModel,
    ProficiencyLevel,
    ProficiencyScale,
    Requirement,
    Role,
    RoleId,
    Skill,
    SkillId,
)
from taskmentor.models.tables import FaultLog

__all__ = ["Conversion", "convert_onet"]

_RATINGS, _OCCUPATIONS, _ANCHORS = "skills.csv", "occupation_data.csv", "level_scale_anchors.csv"
_OCCUPATION, _ELEMENT, _SCALE, _VALUE = "O*NET-SOC Code", "Element ID", "Scale ID", "Data Value"
_ELEMENT_NAME, _TITLE, _SUPPRESS, _NOT_RELEVANT = "Element Name", "Title", "Recommend Suppress", "Not Relevant"
_ANCHOR, _ANCHOR_TEXT = "Anchor Value", "Anchor Description"
_IMPORTANCE, _LEVEL = "IM", "LV"
_RANGES = {_IMPORTANCE: (1, 5), _LEVEL: (0, 7)}
_FLAGS = {"Y": True, "N": False, "n/a": False, "": False}

_ID = re.compile(r"[A-Za-z0-9._:@-]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?")
_LIMITS = Limits(file_bytes=1 << 28, rows=1_000_000)  # O*NET 29.0 has 8 MB and 61,530 rows


@frozen(kw_only=True)
class Conversion:
    """A competency model made from O*NET, and the count of all that was rounded or left out on the way.

    Each rated skill of an occupation is counted once: as kept, or under the first reason here that holds for it.

    Attributes:
        model: The competency model; a role is an O*NET-SOC code, a skill an element id.
        least_importance: The smallest raw importance that was kept.
        n_rated: Rated skills, summed over occupations.
        n_suppressed: Left out, as O*NET recommends to suppress one of the two ratings for its small precision.
        n_not_relevant: Left out, as O*NET calls the level not relevant to the occupation.
        n_unimportant: Left out, as the raw importance is below `least_importance`.
        n_level_zero: Left out, as the level rounds to 0, which everybody has.
        n_levels_rounded: Levels of requirements that were not whole numbers.
        n_importances_rounded: Importances of requirements that were not whole numbers.
        n_roles_without_requirements: Roles of which every rating was left out; they stay in the model.
        n_occupations_unrated: Occupations with a title and no ratings; they are no roles.
        n_anchors_elsewhere: Worded anchors of what is no rated skill, such as abilities; they are left out.
    """

    model: CompetencyModel
    least_importance: Decimal
    n_rated: int
    n_suppressed: int
    n_not_relevant: int
    n_unimportant: int
    n_level_zero: int
    n_levels_rounded: int
    n_importances_rounded: int
    n_roles_without_requirements: int
    n_occupations_unrated: int
    n_anchors_elsewhere: int

    @property
    def n_kept(self) -> int:
        """Return how many ratings became requirements."""
        return len(self.model.requirements)

    def summary(self) -> str:
        """Return what came out, what was rounded and what was left out, in words."""
        model = self.model
        return "\n".join(
            [
                f"{len(model.roles):,} roles, {len(model.skills):,} skills, {self.n_kept:,} requirements, "
                f"{len(model.behaviours):,} behaviours; scale {model.scale}.",
                f"Rounded half up to whole numbers: {self.n_levels_rounded:,} levels and "
                f"{self.n_importances_rounded:,} importances of the {self.n_kept:,} requirements.",
                f"Left out of {self.n_rated:,} rated skills of occupations: "
                f"{self.n_suppressed:,} recommended to be suppressed, {self.n_not_relevant:,} not relevant, "
                f"{self.n_unimportant:,} of importance below {self.least_importance}, "
                f"{self.n_level_zero:,} of level 0 after rounding.",
                f"Roles without any requirement: {self.n_roles_without_requirements:,}. "
                f"Left out besides: {self.n_occupations_unrated:,} occupations without ratings, "
                f"{self.n_anchors_elsewhere:,} anchors of other elements.",
            ]
        )


def convert_onet(
    source: Path,
    *,
    least_importance: Decimal | int = 3,
    model_id: str = "onet",
    version: str = "1",
    title: str = "O*NET skills",
) -> Conversion:
    """Return the competency model of an O*NET skills table, with the count of what was rounded and left out.

    Each occupation becomes a role, each rated element a skill. A pair of ratings becomes a requirement when its raw
    importance is large enough; then level and importance are rounded half up in exact decimal arithmetic.

    Args:
        source: A folder of O*NET tables as CSV: `skills.csv`, and where they are there `occupation_data.csv` for the
            titles and `level_scale_anchors.csv` for the behaviours that show a level.
        least_importance: The smallest raw importance to keep, 1 to 5.
        model_id: The id of the new model.
        version: The version of the new model, such as the release of O*NET.
        title: What people will call the new model.

    Raises:
        InputError: If the files are not such tables; it holds all that is wrong in all of them.

    Source:
        O*NET 29.0 Data Dictionary, files "Skills" and "Level Scale Anchors": scale `IM` runs from 1 to 5, where 3 is
        worded "Important", and `LV` from 0 to 7.
    """
    log = FaultLog()
    ratings = _Ratings(log)
    rows = _rows(
        source / _RATINGS, (_OCCUPATION, _ELEMENT, _ELEMENT_NAME, _SCALE, _VALUE, _SUPPRESS, _NOT_RELEVANT), log
    )
    for row in rows:
        ratings.add(row)
    ratings.check_pairs()
    names = _names(rows, _ELEMENT, _ELEMENT_NAME, log)
    own_titles = _names((row for row in rows if _TITLE in row.cells), _OCCUPATION, _TITLE, log)
    titled = _optional_rows(source / _OCCUPATIONS, (_OCCUPATION, _TITLE), log)
    for row in titled:
        _check_id(row, _OCCUPATION, log)
    titles = _names(titled, _OCCUPATION, _TITLE, log)
    roles = _roles(rows, own_titles | titles, log)
    anchors = _optional_rows(source / _ANCHORS, (_ELEMENT, _SCALE, _ANCHOR, _ANCHOR_TEXT), log)
    behaviours = [
        _behaviour(row, log) for row in anchors if row.cells[_ELEMENT] in names and row.cells[_SCALE] == _LEVEL
    ]
    if log.n_errors:
        raise InputError(log.errors(), log.n_errors)

    kept, counts = _requirements(ratings.pairs, Decimal(least_importance))
    model = CompetencyModel(
        id=model_id,
        version=version,
        title=title,
        scale=ProficiencyScale(tuple(ProficiencyLevel(level, f"Level {level}") for level in _levels())),
        skills=tuple(Skill(id=SkillId(skill_id), name=name) for skill_id, name in names.items()),
        roles=roles,
        requirements=tuple(kept),
        behaviours=tuple(shows for shows in behaviours if shows is not None),
    )
    return Conversion(
        model=model,
        least_importance=Decimal(least_importance),
        n_rated=len(ratings.pairs),
        n_suppressed=counts["suppressed"],
        n_not_relevant=counts["not relevant"],
        n_unimportant=counts["unimportant"],
        n_level_zero=counts["level zero"],
        n_levels_rounded=counts["levels rounded"],
        n_importances_rounded=counts["importances rounded"],
        n_roles_without_requirements=len(model.roles) - len({requirement.role_id for requirement in kept}),
        n_occupations_unrated=len(titles.keys() - set(model.role_ids)),
        n_anchors_elsewhere=len(anchors) - len(behaviours),
    )


def _levels() -> range:
    lowest, highest = _RANGES[_LEVEL]
    return range(lowest, highest + 1)


def _half_up(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_HALF_UP))


@frozen
class _Rating:
    """One line of the skills table."""

    line: int
    value: Decimal
    suppressed: bool
    not_relevant: bool

    @property
    def whole(self) -> int:
        return _half_up(self.value)

    @property
    def is_whole(self) -> bool:
        return self.value == self.whole


_Pair = dict[str, _Rating]
"""The ratings of one skill for one occupation, by scale."""


def _requirements(
    pairs: Mapping[tuple[str, str], _Pair], least_importance: Decimal
) -> tuple[list[Requirement], Counter[str]]:
    """Return the requirements, and how often each reason to leave one out or to round held."""
    kept: list[Requirement] = []
    counts: Counter[str] = Counter()
    for (role_id, skill_id), pair in pairs.items():
        importance, level = pair[_IMPORTANCE], pair[_LEVEL]
        if reason := _reason_against(importance, level, least_importance):
            counts[reason] += 1
            continue
        counts["levels rounded"] += not level.is_whole
        counts["importances rounded"] += not importance.is_whole
        kept.append(
            Requirement(
                role_id=RoleId(role_id), skill_id=SkillId(skill_id), level=level.whole, importance=importance.whole
            )
        )
    return kept, counts


def _reason_against(importance: _Rating, level: _Rating, least_importance: Decimal) -> str | None:
    if importance.suppressed or level.suppressed:
        return "suppressed"
    if importance.not_relevant or level.not_relevant:
        return "not relevant"
    if importance.value < least_importance:
        return "unimportant"
    return "level zero" if level.whole == 0 else None


@frozen
class _Row:
    """One row of a CSV file, with the line on which it begins."""

    source: str
    line: int
    cells: Mapping[str, str]

    def fault(self, code: str, column: str, problem: str, remedy: str) -> Fault:
        return Fault(code=code, table=self.source, line=self.line, column=column, problem=problem, remedy=remedy)


@define
class _Ratings:
    """The ratings read so far, in pairs of importance and level."""

    log: FaultLog
    pairs: dict[tuple[str, str], _Pair] = field(factory=dict)
    _rows: dict[tuple[str, str], _Row] = field(factory=dict)
    _doubtful: set[tuple[str, str]] = field(factory=set)

    def add(self, row: _Row) -> None:
        key = (row.cells[_OCCUPATION], row.cells[_ELEMENT])
        before = self.log.n_errors
        _check_id(row, _OCCUPATION, self.log)
        _check_id(row, _ELEMENT, self.log)
        rating = _rating(row, self.log)
        if rating is None or self.log.n_errors > before:
            self._doubtful.add(key)
            return
        self._rows.setdefault(key, row)
        first = self.pairs.setdefault(key, {}).setdefault(row.cells[_SCALE], rating)
        if first is not rating:
            problem = f"{shown(row.cells[_OCCUPATION])} is rated for this element and scale also on line {first.line}"
            self.log.found(row.fault("DUPLICATE-RATING", _SCALE, problem, "Keep one of the two."))

    def check_pairs(self) -> None:
        """Report each importance without a level and each level without an importance."""
        for key, pair in self.pairs.items():
            # What a faulty row would have said about its pair would be a guess.
            if len(pair) == len(_RANGES) or key in self._doubtful:
                continue
            lacking = next(scale for scale in _RANGES if scale not in pair)
            problem = f"{shown(key[0])} has no rating of this element on scale {lacking}"
            remedy = f"Give both ratings, {_IMPORTANCE} and {_LEVEL}, or neither."
            self.log.found(self._rows[key].fault("MISSING-RATING", _SCALE, problem, remedy))


def _rating(row: _Row, log: FaultLog) -> _Rating | None:
    scale = row.cells[_SCALE]
    if scale not in _RANGES:
        problem = f"{shown(scale)} is not a scale of the skills table"
        log.found(row.fault("UNKNOWN-SCALE", _SCALE, problem, f"Use {' or '.join(_RANGES)}."))
    suppressed, not_relevant = _flag(row, _SUPPRESS, log), _flag(row, _NOT_RELEVANT, log)
    value = _number(row, _VALUE, log, _RANGES.get(scale))
    return None if value is None else _Rating(row.line, value, suppressed, not_relevant)


def _check_id(row: _Row, column: str, log: FaultLog) -> None:
    cell = row.cells[column]
    remedy = "Use 1 to 64 letters, digits and . _ : @ - only."
    if not cell:
        log.found(row.fault("EMPTY-ID", column, "the id is empty", remedy))
    elif not _ID.fullmatch(cell):
        log.found(row.fault("BAD-ID", column, f"{shown(cell)} is not an id", remedy))


def _flag(row: _Row, column: str, log: FaultLog) -> bool:
    cell = row.cells[column]
    if cell not in _FLAGS:
        log.found(row.fault("BAD-FLAG", column, f"{shown(cell)} is neither yes nor no", "Use Y, N or an empty cell."))
    return _FLAGS.get(cell, False)


def _number(row: _Row, column: str, log: FaultLog, limits: tuple[int, int] | None) -> Decimal | None:
    """Return the number in a cell, None where there is none; the log says why."""
    cell = row.cells[column]
    if not cell:
        log.found(row.fault("MISSING-VALUE", column, "the cell is empty", "Give a number such as 3.25."))
        return None
    if not _NUMBER.fullmatch(cell):
        hint = " (decimal comma?)" if "," in cell else ""
        log.found(row.fault("NOT-A-NUMBER", column, f"{shown(cell)} is not a number{hint}", "Write it such as 3.25."))
        return None
    value = Decimal(cell)
    if limits is not None and not limits[0] <= value <= limits[1]:
        problem = f"{cell} is out of the range of the scale"
        log.found(row.fault("OUT-OF-RANGE", column, problem, f"Use {limits[0]} to {limits[1]}."))
    return value


def _names(rows: Iterable[_Row], id_column: str, name_column: str, log: FaultLog) -> dict[str, str]:
    """Return the name of each id; an id without a name or with two goes to the log, an empty id is there already."""
    first: dict[str, _Row] = {}
    for row in (row for row in rows if row.cells[id_column]):
        name, before = row.cells[name_column], first.setdefault(row.cells[id_column], row)
        if not name:
            log.found(row.fault("MISSING-VALUE", name_column, "the cell is empty", "Give the name."))
        elif name != before.cells[name_column]:
            problem = (
                f"{shown(row.cells[id_column])} is called {shown(before.cells[name_column])} on line {before.line}"
            )
            log.found(row.fault("CONFLICTING-NAME", name_column, problem, "Use one name for one id."))
    return {known: row.cells[name_column] for known, row in first.items()}


def _roles(rows: Sequence[_Row], titles: Mapping[str, str], log: FaultLog) -> tuple[Role, ...]:
    first = {row.cells[_OCCUPATION]: row for row in reversed(rows) if row.cells[_OCCUPATION]}
    for role_id in sorted(first.keys() - titles.keys()):
        problem = f"{shown(role_id)} has no title, as there is no column {_TITLE}"
        remedy = f"Add the occupation to {_OCCUPATIONS}, or that column."
        log.found(first[role_id].fault("UNKNOWN-ROLE", _OCCUPATION, problem, remedy))
    return tuple(Role(id=RoleId(role_id), title=titles[role_id]) for role_id in first if role_id in titles)


def _behaviour(row: _Row, log: FaultLog) -> Behaviour | None:
    text = row.cells[_ANCHOR_TEXT]
    if not text:
        log.found(row.fault("MISSING-VALUE", _ANCHOR_TEXT, "the cell is empty", "Give the words of the anchor."))
    value = _number(row, _ANCHOR, log, _RANGES[_LEVEL])
    if value is None:
        return None
    if value != _half_up(value):
        log.found(
            row.fault("NOT-WHOLE", _ANCHOR, f"{value} is not a whole number", "Use a level of the scale, 0 to 7.")
        )
    return Behaviour(skill_id=SkillId(row.cells[_ELEMENT]), level=_half_up(value), text=text)


def _optional_rows(path: Path, wanted: Sequence[str], log: FaultLog) -> list[_Row]:
    return _rows(path, wanted, log) if path.exists() else []


def _rows(path: Path, wanted: Sequence[str], log: FaultLog) -> list[_Row]:
    """Return the well-formed rows of a CSV file; whatever else stands in it goes to the log."""
    try:
        grid = _grid(path)
    except UnreadableError as error:
        for fault in error.faults:
            log.found(fault)
        return []
    faults = list(_header_faults(grid, wanted))
    rows = [] if faults else _whole_rows(grid, faults)
    if not rows and not faults:
        problem = "there is no row below the header"
        faults.append(Fault(code="NO-ROWS", table=path.name, problem=problem, remedy="Give the rows of the table."))
    for fault in faults:
        log.found(fault)
    return rows


def _grid(path: Path) -> Grid:
    if not path.is_file():
        problem = "there is no ordinary file of this name"
        remedy = f"Give the folder that holds {path.name}."
        raise UnreadableError(Fault(code="NOT-A-FILE", table=path.name, problem=problem, remedy=remedy))
    return read_grid(read_bytes(path, path.name, _LIMITS), path.name, encoding="utf-8", limits=_LIMITS)


def _header_faults(grid: Grid, wanted: Sequence[str]) -> Iterator[Fault]:
    def fault(code: str, column: str, problem: str, remedy: str) -> Fault:
        line = grid.header_line
        return Fault(code=code, table=grid.source, line=line, column=column, problem=problem, remedy=remedy)

    for column in sorted({column for column in filter(has_name, grid.header) if grid.header.count(column) > 1}):
        yield fault("DUPLICATE-COLUMN", column, "it stands twice", "Keep one of them.")
    for column in wanted:
        if column not in grid.header:
            problem = f"it is missing{nearest(column, grid.header)}"
            yield fault("MISSING-COLUMN", column, problem, f"Give the columns {', '.join(wanted)}.")


def _whole_rows(grid: Grid, faults: list[Fault]) -> list[_Row]:
    columns = [
        [str(cells[code]) for code in codes.tolist()] for codes, cells in zip(grid.columns, grid.cells, strict=True)
    ]
    rows: list[_Row] = []
    for place, (line, *row) in enumerate(zip(grid.lines.tolist(), *columns, strict=True)):
        found = list(_row_faults(grid, place, line, row))
        faults += found
        if not found:
            rows.append(_Row(grid.source, line, dict(zip(grid.header, row, strict=True))))
    return rows


def _row_faults(grid: Grid, place: int, line: int, row: Sequence[str]) -> Iterator[Fault]:
    if place in grid.ragged:
        problem = f"there are {grid.ragged[place]} cells under {len(grid.header)} columns"
        remedy = "Give one cell for each column; quote those that hold a comma."
        yield Fault(code="RAGGED-ROW", table=grid.source, line=line, problem=problem, remedy=remedy)
    if (longest := max(map(len, row))) > _LIMITS.cell_characters:
        problem = f"a cell has {longest:,} characters"
        remedy = f"At most {_LIMITS.cell_characters:,} are read."
        yield Fault(code="CELL-TOO-LONG", table=grid.source, line=line, problem=problem, remedy=remedy)
