"""Tables as they were read: typed cells with their lines, and the log of what is wrong with them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from attrs import AttrsInstance, define, evolve, field, fields, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault

__all__ = ["ABOUT_NAMES", "Column", "FaultLog", "Table", "hold_read_only", "read_only", "row_keys"]

ABOUT_NAMES = frozenset({"UNKNOWN-COLUMN", "UNKNOWN-FILE", "UNKNOWN-TABLE"})
"""Codes of warnings that something is not read because of its name; much of what else is odd may come from that."""

_OF_HEADERS = frozenset({"DUPLICATE-COLUMN", "MISSING-COLUMN", "UNKNOWN-COLUMN"})

_Scalar = TypeVar("_Scalar", bound=np.generic)


def read_only(array: NDArray[_Scalar]) -> NDArray[_Scalar]:
    """Return a view of an array through which nothing can be changed."""
    view = array.view()
    view.setflags(write=False)
    return view


def hold_read_only(value: AttrsInstance) -> None:
    """Replace every array in a value that is just being made by a view through which nothing can be changed."""
    for attribute in fields(type(value)):
        held = getattr(value, attribute.name)
        if isinstance(held, np.ndarray):
            object.__setattr__(value, attribute.name, read_only(held))


_MOST_KEY = 2**62


def row_keys(columns: Sequence[NDArray[np.generic]]) -> NDArray[np.int64]:
    """Return one number for each row that orders and tells apart rows as all of some columns together do. Shape (n,).

    Sorting it is many times quicker than sorting by the columns one after the other.

    Args:
        columns: Whole numbers or days, the first the most important. Shape (n,) each.

    Complexity:
        O(n) for n rows; O(n log n) where the ranges of the columns do not fit into one number.
    """
    keys, n_keys = np.zeros(len(columns[0]), np.int64), 1
    for column in columns if len(keys) else ():
        values = column.astype(np.int64)
        values -= values.min()
        width = int(values.max()) + 1
        if n_keys * width > _MOST_KEY:
            different, keys = np.unique(keys, return_inverse=True)
            n_keys = len(different)
        if n_keys * width > _MOST_KEY:
            different, values = np.unique(values, return_inverse=True)
            width = len(different)
        keys *= width
        keys += values
        n_keys *= width
    return keys


@frozen(eq=False)
class Column:
    """The cells of one column.

    Attributes:
        values: Whole numbers, days, or places in `labels`; 0, NaT or the place of "" where nothing usable stands.
            Shape (n,).
        given: Whether the cell was filled and well-formed. Shape (n,).
        labels: The different texts, sorted, of a column of texts; else None.
    """

    values: NDArray[np.generic]
    given: NDArray[np.bool_]
    labels: tuple[str, ...] | None = None

    def take(self, rows: NDArray[np.integer]) -> "Column":
        """Return some rows of this column."""
        return Column(self.values[rows], self.given[rows], self.labels)

    @property
    def texts(self) -> NDArray[np.str_]:
        """Return the cells of a column of texts."""
        return np.array(self.labels or ("",), np.str_)[self.values.astype(np.int64)]

    def emptied(self, rows: NDArray[np.integer]) -> "Column":
        """Return the same column of texts with the cells of some rows empty."""
        labels = self.labels or ()
        values = self.values.astype(np.int64)
        if labels[:1] != ("",):
            labels, values = ("", *labels), values + 1
        given = self.given.copy()
        values[rows], given[rows] = 0, False
        return Column(values, given, labels)

    def numbers(self, default: int) -> NDArray[np.int64]:
        """Return the cells as whole numbers, with a default where none was given."""
        return np.where(self.given, self.values.astype(np.int64), default)

    @property
    def days(self) -> NDArray[np.datetime64]:
        """Return the cells as days, NaT where none was given."""
        return self.values.astype("datetime64[D]")


@frozen(eq=False, kw_only=True)
class Table:
    """The well-formed cells of one table; whether they fit the other tables is not yet known.

    Attributes:
        name: What the table is, such as `people`.
        source: What messages call it, such as `people.csv`.
        lines: The line of each row in its source, rising. Shape (n,).
        columns: By name; an optional column that was not there is missing here too.
    """

    name: str
    source: str
    lines: NDArray[np.int64]
    columns: Mapping[str, Column] = field(factory=dict)

    @classmethod
    def empty(cls, source: str) -> "Table":
        """Return a table without rows and columns, such as stands for one that could not be read."""
        return cls(name=source, source=source, lines=np.zeros(0, np.int64))

    def __len__(self) -> int:
        return len(self.lines)

    def has(self, column: str) -> bool:
        """Return whether the column was there."""
        return column in self.columns

    def labelled(self, column: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
        """Return a column of texts as places in its different texts, sorted; all "" where it is missing. Shape (n,)."""
        if not self.has(column):
            return np.zeros(len(self), np.int64), ("",)
        return self.columns[column].values.astype(np.int64), self.columns[column].labels or ("",)

    def texts(self, column: str) -> NDArray[np.str_]:
        """Return a column of texts, "" where the cell or the whole column is missing. Shape (n,)."""
        return self.columns[column].texts if self.has(column) else np.zeros(len(self), "U1")

    def strings(self, column: str) -> list[str]:
        """Return a column of texts of any length, "" where the cell or the whole column is missing."""
        places, labels = self.labelled(column)
        return [labels[place] for place in places.tolist()]

    def text(self, column: str, row: int) -> str:
        """Return one cell of a column of texts."""
        places, labels = self.labelled(column)
        return labels[int(places[row])]

    def numbers(self, column: str, default: int) -> NDArray[np.int64]:
        """Return a column of whole numbers, a default where the cell or the column is missing. Shape (n,)."""
        return self.columns[column].numbers(default) if self.has(column) else np.full(len(self), default, np.int64)

    def days(self, column: str) -> NDArray[np.datetime64]:
        """Return a column of days, NaT where the cell or the column is missing. Shape (n,)."""
        return self.columns[column].days if self.has(column) else np.full(len(self), "NaT", "datetime64[D]")

    def given(self, column: str) -> NDArray[np.bool_]:
        """Return which cells of a column are filled and well-formed. Shape (n,)."""
        return self.columns[column].given if self.has(column) else np.zeros(len(self), np.bool_)

    def take(self, rows: NDArray[np.integer]) -> "Table":
        """Return the same table with some of its rows."""
        taken = {name: column.take(rows) for name, column in self.columns.items()}
        return evolve(self, lines=self.lines[rows], columns=taken)

    def emptied(self, column: str, rows: NDArray[np.integer]) -> "Table":
        """Return the same table with the cells of some rows empty in one of its columns of texts."""
        return evolve(self, columns={**self.columns, column: self.columns[column].emptied(rows)})


@define
class FaultLog:
    """What was found wrong so far: the first faults in words, and all faulty rows by table.

    Attributes:
        limit: How many errors, and how many warnings, are kept in words; the rest is counted.
        strict: Whether warnings count as errors.
        order: The names of the tables in the order in which their faults are told, as far as it matters.
        kept: The errors of rows in words.
        kept_whole: The errors of whole tables in words.
        kept_warnings: The warnings in words.
        n_errors: How many errors there are in all.
        n_warnings: How many warnings there are in all.
        rows: The places of faulty rows, by table name.
        whole: Whether a fault concerns a whole table, so that leaving rows out would not help.
    """

    limit: int = 1_000
    strict: bool = False
    order: tuple[str, ...] = ()
    kept: list[Fault] = field(factory=list)
    kept_whole: list[Fault] = field(factory=list)
    kept_warnings: list[Fault] = field(factory=list)
    n_errors: int = 0
    n_warnings: int = 0
    rows: dict[str, set[int]] = field(factory=dict)
    whole: bool = False

    def add(
        self, table: Table, rows: NDArray[np.integer], fault: Callable[[int], Fault], *, warning: bool = False
    ) -> None:
        """Add one fault for each of some rows of a table.

        Args:
            table: The table.
            rows: Places of the faulty rows.
            fault: Makes the fault of one row, given its place; called only for those that are kept.
            warning: Whether the rows are accepted all the same.
        """
        warning = warning and not self.strict
        kept = self.kept_warnings if warning else self.kept
        if warning:
            self.n_warnings += len(rows)
        else:
            self.n_errors += len(rows)
            self.spoil(table, rows)
        for row in rows[: max(0, self.limit - len(kept))].tolist():
            kept.append(evolve(fault(row), severity="warning" if warning else "error"))

    def spoil(self, table: Table, rows: NDArray[np.integer]) -> None:
        """Count rows as faulty; what is wrong with them is said by a fault of another row."""
        if len(rows):
            self.rows.setdefault(table.name, set()).update(rows.tolist())

    def rows_of(
        self,
        table: Table,
        rows: NDArray[np.integer],
        code: str,
        column: str | None,
        problem: Callable[[int], str],
        *,
        remedy: str,
        warning: bool = False,
    ) -> None:
        """Add the same kind of fault for each of some rows of a table.

        Args:
            table: The table.
            rows: Places of the rows that share the fault.
            code: The fault's code.
            column: The column it stands in.
            problem: Says what is wrong with one row, given its place.
            remedy: What would have been accepted.
            warning: Whether the rows are accepted all the same.
        """

        def fault(row: int) -> Fault:
            line = int(table.lines[row])
            return Fault(
                code=code, table=table.source, line=line, column=column, problem=problem(row), remedy=remedy
            )  # fmt: skip

        self.add(table, rows, fault, warning=warning)

    def found(self, fault: Fault) -> None:
        """Add one fault of a whole table."""
        if fault.severity == "warning" and not self.strict:
            self.n_warnings += 1
            kept = self.kept_warnings
        else:
            self.n_errors += 1
            self.whole = True
            kept, fault = self.kept_whole, evolve(fault, severity="error")
        if len(kept) < self.limit:
            kept.append(fault)

    def found_all(self, faults: Iterable[Fault], tables: Mapping[str, Table]) -> None:
        """Add several faults, those with a line to the row that stands there in the table whose source they name."""
        by_source = {table.source: table for table in tables.values()}
        for fault in faults:
            table = by_source.get(fault.table)
            if table is None or fault.line is None:
                self.found(fault)
            else:
                self.add(table, np.searchsorted(table.lines, [fault.line]), lambda _, fault=fault: fault)  # type: ignore[misc]

    def errors(self) -> tuple[Fault, ...]:
        """Return the errors that are kept, in the order of tables and lines."""
        # However many rows are faulty, what is wrong with a whole table must not fall behind the limit.
        kept = [*self.kept_whole, *self.kept][: self.limit]
        return tuple(sorted(kept, key=self._place))

    def warnings(self) -> tuple[Fault, ...]:
        """Return the warnings that are kept: those about names first, then in the order of tables and lines."""
        return tuple(sorted(self.kept_warnings, key=lambda fault: (fault.code not in ABOUT_NAMES, self._place(fault))))

    def _place(self, fault: Fault) -> tuple[int, str, bool, int, str, str]:
        """Return what puts causes before consequences: the order of tables, a header before its rows, then lines."""
        name = fault.table.partition(".")[0]
        table = self.order.index(name) if name in self.order else -1
        of_row = fault.code not in _OF_HEADERS
        return table, fault.table, of_row, fault.line or 0, fault.column or "", fault.code
