"""Plans on disk: a folder with the pairs, the unmatched requests, the prices that prove the bound, and the claims.

The same plan gives the same bytes, so two folders can be compared with any tool. What is read is checked as strictly as
the tables of an organisation; whether it is lawful and true is for `verify` to say.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from attrs import asdict, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, nearest, shown
from taskmentor.formats.cells import DEFAULT_ID, Choice, Day, Flaw, Id, Kind, Text, Value, Whole
from taskmentor.formats.columns import has_name, name_shown, read_cells, unnamed
from taskmentor.formats.csv_text import Grid, Limits, UnreadableError, read_bytes, read_grid, unguarded, write_table
from taskmentor.formats.schema import ColumnRule
from taskmentor.formats.strict_json import Json, read_json, write_json
from taskmentor.formats.writing import file_exists, not_a_folder
from taskmentor.matching.places import MOST_STEPS
from taskmentor.matching.plan import SIDES, Certificate, Claims, Plan
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import MOST_SEED
from taskmentor.matching.reasons import Reason, Reasons
from taskmentor.matching.solution import Status
from taskmentor.models.tables import FaultLog, Table
from taskmentor.rounds import Round

__all__ = ["FILES", "check_target", "claims_data", "read_plan", "write_plan"]

_PLAN, _UNMATCHED, _CERTIFICATE, _SOLUTION = "plan.csv", "unmatched.csv", "certificate.csv", "solution.json"

FILES = (_PLAN, _UNMATCHED, _CERTIFICATE, _SOLUTION)
"""The files of a plan."""

_PAIR_COLUMNS = ("mentee_id", "skill_id", "target_level", "mentor_id", "score")
_UNMATCHED_COLUMNS = ("mentee_id", "skill_id", "reason", "detail")
_PRICE_COLUMNS = ("side", "id", "skill_id", "price")
_STEP = "step"
_LONGEST_NAME = 64
_FOLDER_REMEDY = "Give the folder of a plan."


# --- writing


def claims_data(claims: Claims) -> dict[str, Described]:
    """Return what a plan claims as plain data: the keys of `solution.json`, in their order."""
    data = {**asdict(claims, recurse=False), "on": claims.on.isoformat(), "aims": list(claims.aims)}
    usual = {"aims": [], "proof": "prices", "priced": claims.bound, "unit": 1, "without_pins": False}
    return {key: value for key, value in data.items() if key not in usual or value != usual[key]}


def write_plan(
    plan: Round | tuple[Plan, Certificate],
    folder: str | Path,
    *,
    overwrite: bool = False,
    formula_guard: bool = True,
) -> None:
    """Return nothing; write a plan and its certificate as the files of `FILES`, all of them or none.

    Args:
        plan: A round, or a plan with its certificate.
        folder: Made where it is missing.
        overwrite: Whether a plan that is there already is replaced.
        formula_guard: Whether a text that a spreadsheet would run as a formula gets an apostrophe before it, which
            `read_plan` takes away again.

    Raises:
        InputError: If a plan is there already (`FILE-EXISTS`), the folder or a file in it is a symbolic link
            (`UNSAFE-PATH`), or a scorer has a name that cannot head a column.
    """
    pairs, certificate = (plan.plan, plan.certificate) if isinstance(plan, Round) else plan
    _check_names(pairs.scorers)
    target = Path(folder)
    check_target(target, overwrite=overwrite)
    is_new = not target.exists()
    target.mkdir(parents=True, exist_ok=True)
    try:
        with TemporaryDirectory(dir=target, prefix=".plan-") as beside:
            _write_files(pairs, certificate, Path(beside), formula_guard=formula_guard)
            _move(Path(beside), target)
    except BaseException:
        if is_new:
            with suppress(OSError):
                target.rmdir()
        raise


def check_target(folder: Path, *, overwrite: bool = False) -> None:
    """Refuse a folder that a plan may not be written to; nothing is written.

    Args:
        folder: The folder; it need not be there.
        overwrite: Whether a plan that is there already may be replaced.

    Raises:
        InputError: With everything that stands in the way.
    """
    if folder.is_symlink():
        problem, remedy = "it is a symbolic link", "Give the folder that it stands for."
        raise InputError([Fault(code="UNSAFE-PATH", table=name_shown(folder.name), problem=problem, remedy=remedy)])
    if folder.exists() and not folder.is_dir():
        raise InputError([not_a_folder(folder, _FOLDER_REMEDY)])
    faults = [fault for name in FILES for fault in _file_faults(folder / name, overwrite=overwrite)]
    if faults:
        raise InputError(faults)


def _file_faults(file: Path, *, overwrite: bool) -> Iterator[Fault]:
    if file.is_symlink():
        problem, remedy = "it is a symbolic link, which is not followed", "Remove it, or choose another folder."
        yield Fault(code="UNSAFE-PATH", table=file.name, problem=problem, remedy=remedy)
    elif file.exists() and not (overwrite and file.is_file()):
        yield file_exists(file.name)


def _check_names(scorers: Sequence[str]) -> None:
    odd = [name for name in scorers if not has_name(name) or not name.isprintable() or len(name) > _LONGEST_NAME]
    odd += [name for name in scorers if name in _PAIR_COLUMNS]
    remedy = f"Name scorers in 1 to {_LONGEST_NAME} printable characters, and not {', '.join(_PAIR_COLUMNS)}."
    faults = [
        Fault(code="BAD-COLUMN", table=_PLAN, problem=f"the scorer {shown(name)} cannot head a column", remedy=remedy)
        for name in odd
    ]
    if faults:
        raise InputError(faults)


def _write_files(plan: Plan, certificate: Certificate, folder: Path, *, formula_guard: bool) -> None:
    pairs = (plan.mentee_id, plan.skill_id, plan.target_level, plan.mentor_id, plan.score)
    parts = (part for part in plan.parts.T)
    _write(folder / _PLAN, (*_PAIR_COLUMNS, *plan.scorers), [*pairs, *parts], formula_guard=formula_guard)
    unmatched = plan.unmatched
    details = np.array([_one_line(detail) for detail in unmatched.details], np.object_)[unmatched.place]
    reasons = [unmatched.mentee_id, unmatched.skill_id, unmatched.reason, details]
    _write(folder / _UNMATCHED, _UNMATCHED_COLUMNS, reasons, formula_guard=formula_guard)
    prices = [certificate.side, certificate.id, certificate.skill_id, certificate.price]
    header, steps = ((*_PRICE_COLUMNS, _STEP), [certificate.step]) if plan.claims.aims else (_PRICE_COLUMNS, [])
    _write(folder / _CERTIFICATE, header, [*prices, *steps], formula_guard=formula_guard)
    (folder / _SOLUTION).write_text(write_json(claims_data(plan.claims)), encoding="utf-8", newline="\n")


def _write(path: Path, header: Sequence[str], columns: Sequence[NDArray[Any]], *, formula_guard: bool) -> None:
    rows = zip(*(column.tolist() for column in columns), strict=True)
    write_table(path, header, rows, formula_guard=formula_guard)


def _one_line(detail: dict[str, Described]) -> str:
    return json.dumps(detail, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _move(source: Path, target: Path) -> None:
    """Put the files in their places, the claims last: without them nothing there reads as a plan."""
    (target / _SOLUTION).unlink(missing_ok=True)
    try:
        for name in FILES:
            os.replace(source / name, target / name)
    except BaseException:
        for name in FILES:
            (target / name).unlink(missing_ok=True)
        raise


# --- reading

# The places of a popular mentor may be held by hundreds, and a reason names them all.
_LIMITS = Limits(rows=20_000_000, columns=1_024, cell_characters=1 << 24)


@frozen
class _Wide(Whole):
    """A whole number of 64 bits."""

    lowest: int = -(2**63)
    highest: int = 2**63 - 1
    called: str = "of 64 bits"

    def from_text(self, text: str) -> Value | Flaw:
        """Return the number."""
        if re.fullmatch(r"-?[0-9]{1,19}", text):
            return self._in_range(int(text))
        return super().from_text(text)


_MOST_PRICE = 2**62  # three of them are added in 64 bits: a sum beyond shows as a price below 0, never as a lawful one


@frozen
class _Detail(Text):
    """One JSON object on facts behind a reason."""

    longest: int = _LIMITS.cell_characters

    def from_text(self, text: str) -> Value | Flaw:
        """Return the text, if it is one JSON object without fractions."""
        try:
            value = read_json(text.encode(), name="detail")
        except InputError as error:
            first = error.faults[0]
            return Flaw(first.code, first.problem, first.remedy)
        return _object(value) or super().from_text(text)


def _rules(names: Sequence[str], kinds: Sequence[Kind], *, optional: str = "") -> tuple[ColumnRule, ...]:
    return tuple(ColumnRule(name, kind, name != optional) for name, kind in zip(names, kinds, strict=True))


def read_plan(
    folder: str | Path, *, id_pattern: str = DEFAULT_ID, limits: Limits = _LIMITS
) -> tuple[Plan, Certificate]:
    """Return the plan and the certificate that `write_plan` wrote.

    Args:
        folder: The folder with the files of `FILES`.
        id_pattern: The regular expression that a whole id must match.
        limits: How much is read before a file is refused.

    Raises:
        InputError: With every fault of every file.
    """
    source = Path(folder)
    if not source.is_dir():
        raise InputError([not_a_folder(source, _FOLDER_REMEDY)])
    ids, log = Id(id_pattern), FaultLog(limit=limits.faults)
    reader = _Reader(source, limits, log)
    reason, side = Choice(tuple(one.value for one in Reason)), Choice(SIDES)
    pairs = reader.table(_PLAN, _rules(_PAIR_COLUMNS, (ids, ids, Whole(0, 999), ids, _Wide())), others=_Wide())
    unmatched = reader.table(_UNMATCHED, _rules(_UNMATCHED_COLUMNS, (ids, ids, reason, _Detail())))
    price = _Wide(-_MOST_PRICE, _MOST_PRICE, called=f"of at most {_MOST_PRICE}")
    price_rules = _rules(_PRICE_COLUMNS, (side, ids, ids, price), optional="skill_id")
    prices = reader.table(_CERTIFICATE, price_rules, more=(ColumnRule(_STEP, Whole(0, MOST_STEPS), required=True),))
    claims = _read_claims(source / _SOLUTION, log)
    if log.n_errors or pairs is None or unmatched is None or prices is None or claims is None:
        raise InputError(log.errors(), log.n_errors)
    return _plan(pairs, _reasons(unmatched), claims), _certificate(prices)


def _plan(table: Table, unmatched: Reasons, claims: Claims) -> Plan:
    scorers = tuple(name for name in table.columns if name not in _PAIR_COLUMNS)
    parts = [table.numbers(name, 0) for name in scorers]
    return Plan(
        mentee_id=table.texts("mentee_id"),
        skill_id=table.texts("skill_id"),
        target_level=table.numbers("target_level", 0),
        mentor_id=table.texts("mentor_id"),
        score=table.numbers("score", 0),
        parts=np.stack([*parts, np.zeros(len(table), np.int64)], axis=1)[:, :-1],
        scorers=scorers,
        unmatched=unmatched,
        claims=claims,
    )


def _reasons(table: Table) -> Reasons:
    places, labels = table.labelled("detail")
    details = tuple(json.loads(label) if label else {} for label in labels)
    return Reasons(
        mentee_id=table.texts("mentee_id"),
        skill_id=table.texts("skill_id"),
        reason=table.texts("reason"),
        place=places,
        details=details,
    )


def _certificate(table: Table) -> Certificate:
    return Certificate(
        side=table.texts("side"),
        id=table.texts("id"),
        skill_id=table.texts("skill_id"),
        price=table.numbers("price", 0),
        step=table.numbers(_STEP, 0),
    )


@frozen
class _Reader:
    """Reads the tables of one plan."""

    folder: Path
    limits: Limits
    log: FaultLog

    def table(
        self,
        name: str,
        rules: Sequence[ColumnRule],
        *,
        more: Sequence[ColumnRule] = (),
        others: Kind | None = None,
    ) -> Table | None:
        """Return the well-formed cells of one file, None where its columns cannot be told; the log says what is wrong.

        Args:
            name: The file.
            rules: What its columns hold.
            more: What columns hold that may be missing.
            others: What further columns hold; None where there may be none.
        """
        file = self.folder / name
        if not file.exists():
            self.log.found(_missing(name))
            return None
        try:
            grid = read_grid(read_bytes(file, name, self.limits), name, encoding="utf-8", limits=self.limits)
        except UnreadableError as error:
            for fault in error.faults:
                self.log.found(fault)
            return None
        header = [unguarded(column) for column in grid.header]
        rules = [*rules, *(rule for rule in more if rule.name in header)]
        faults = list(_header_faults(grid, header, rules, others))
        for fault in faults:
            self.log.found(fault)
        if faults:
            return None
        known = {rule.name: rule for rule in rules}
        in_order = [known.get(column) or ColumnRule(column, others or Text(), required=True) for column in header]
        return read_cells(name, grid, in_order, self.log, longest=self.limits.cell_characters)


def _missing(name: str) -> Fault:
    remedy = f"Give the folder of a plan, with {', '.join(FILES)}."
    return Fault(code="MISSING-FILE", table=name, problem=f"there is no {name}", remedy=remedy)


def _header_faults(
    grid: Grid, header: Sequence[str], rules: Sequence[ColumnRule], others: Kind | None
) -> Iterator[Fault]:
    names = [rule.name for rule in rules]
    wanted = f"Give the columns {', '.join(names)}{'' if others is None else ' and one for each scorer'}."

    def fault(code: str, column: str | None, problem: str) -> Fault:
        line = grid.header_line
        return Fault(code=code, table=grid.source, line=line, column=column, problem=problem, remedy=wanted)

    for place, name in enumerate(header, start=1):
        if not has_name(name):
            yield fault("UNKNOWN-COLUMN", None, unnamed(place))
    for name in sorted({name for name in header if has_name(name) and header.count(name) > 1}):
        yield fault("DUPLICATE-COLUMN", name, f"{shown(name)} stands there twice")
    for name in names:
        if name not in header:
            yield fault("MISSING-COLUMN", name, f"it is missing{nearest(name, header)}")
    for name in filter(has_name, header if others is None else ()):
        if name not in names:
            yield fault("UNKNOWN-COLUMN", name, f"{shown(name)} is no column of it{nearest(name, names)}")


# --- the claims


def _read_claims(file: Path, log: FaultLog) -> Claims | None:
    if not file.exists():
        log.found(_missing(_SOLUTION))
        return None
    try:
        document = read_json(file)
    except InputError as error:
        for fault in error.faults:
            log.found(fault)
        return None
    if not isinstance(document, Mapping):
        log.found(_claim_fault(None, Flaw("WRONG-SHAPE", "it is not one JSON object", _CLAIMS_REMEDY)))
        return None
    values = {name: read(document[name]) for name, read in _CLAIMS.items() if name in document}
    flaws = {name: value for name, value in values.items() if isinstance(value, Flaw)}
    flaws |= {
        name: Flaw("MISSING-FIELD", "it is missing", _CLAIMS_REMEDY)
        for name in _CLAIMS
        if name not in (*document, *_MAY_LACK)
    }
    for name in document:
        if name not in _CLAIMS:
            problem = f"{shown(name)} is no field of it{nearest(name, _CLAIMS)}"
            flaws[name] = Flaw("UNKNOWN-FIELD", problem, _CLAIMS_REMEDY)
    for name, flaw in flaws.items():
        log.found(_claim_fault(name, flaw))
    return None if flaws else Claims(**values)


def _claim_fault(name: str | None, flaw: Flaw) -> Fault:
    return Fault(code=flaw.code, table=_SOLUTION, column=name, problem=flaw.problem, remedy=flaw.remedy)


def _whole(value: Json) -> int | Flaw:
    if isinstance(value, bool) or not isinstance(value, int):
        return Flaw("WRONG-TYPE", f"{shown(value)} is not a whole number", "Give a whole number.")
    return value


def _count(value: Json) -> int | Flaw:
    number = _whole(value)
    if isinstance(number, int) and number < 0:
        return Flaw("OUT-OF-RANGE", f"{number} is below 0", "Give a whole number, 0 or more.")
    return number


def _seed(value: Json) -> int | Flaw:
    number = _whole(value)
    if isinstance(number, int) and not 0 <= number <= MOST_SEED:
        return Flaw("OUT-OF-RANGE", f"{shown(number)} is no seed", f"Give a whole number from 0 to {MOST_SEED}.")
    return number


def _object(value: Json) -> Flaw | None:
    """Return what is wrong with a value that should be an object without fractions; None where nothing is."""
    if not isinstance(value, Mapping):
        return Flaw("WRONG-TYPE", f"{shown(value)} is not an object", "Give a JSON object.")
    fraction = next((part for part in _parts(value) if isinstance(part, float)), None)
    if fraction is not None:
        return Flaw("NOT-WHOLE", f"{fraction} stands in it", "Give whole numbers only.")
    return None


def _parts(value: Json) -> Iterator[Json]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _parts(part)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for part in value:
            yield from _parts(part)
    else:
        yield value


def _data(value: Json) -> "Json | Flaw":
    return _object(value) or value


def _texts(value: Json) -> "Json | Flaw":
    if isinstance(value, Mapping) and not all(isinstance(part, str) for part in value.values()):
        return Flaw("WRONG-TYPE", "a value in it is not a text", "Give texts.")
    return _data(value)


def _reached(value: Json) -> "tuple[Json, ...] | Flaw":
    if not isinstance(value, list):
        return Flaw("WRONG-TYPE", f"{shown(value)} is not a list", "Give a list of objects.")
    return next((flaw for one in value if (flaw := _object(one))), tuple(value))


def _yes_or_no(value: Json) -> bool | Flaw:
    if isinstance(value, bool):
        return value
    return Flaw("WRONG-TYPE", f"{shown(value)} is neither true nor false", "Give one of them.")


_CLAIMS: Mapping[str, Callable[[Any], Any]] = {
    "strategy": Text().from_value,
    "parameters": _data,
    "seed": _seed,
    "on": Day().from_value,
    "objective": Choice(("requests-then-score", "score")).from_value,
    "status": Choice(tuple(status.value for status in Status)).from_value,
    "value": _whole,
    "bound": _whole,
    "gap": _whole,
    "score": _whole,
    "requests": _count,
    "matched": _count,
    "unmatched": _count,
    "policy": _data,
    "input_digest": Text().from_value,
    "versions": _texts,
    "aims": _reached,
    "proof": Choice(("prices", "solver")).from_value,
    "priced": _whole,
    "unit": _count,
    "without_pins": _yes_or_no,
}
_MAY_LACK = ("aims", "proof", "priced", "unit", "without_pins")
"""What a plan without aims and constraints, and with its pins, does not say."""
_CLAIMS_REMEDY = f"Give an object with {', '.join(_CLAIMS)}."


# --- from a plan back to its round
