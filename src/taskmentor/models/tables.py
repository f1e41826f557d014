"""Tables as they were read: typed cells with their lines, and the log of what is wrong with them."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from attrs import define, evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault

__all__ = ["Column", "FaultLog", "Table"]


@frozen(eq=False)
class Column:
    """The cells of one column.

    Attributes:
        values: Texts, whole numbers or days; "", 0 or NaT where nothing usable stands. Shape (n,).
        given: Whether the cell was filled and well-formed. Shape (n,).
    """

    values: NDArray[np.generic]
    given: NDArray[np.bool_]

    def take(self, rows: NDArray[np.integer]) -> "Column":
        """Return some rows of this column."""
        return Column(self.values[rows], self.given[rows])

    @property
    def texts(self) -> NDArray[np.str_]:
        """Return the cells as texts."""
        return self.values.astype(np.str_) if self.values.dtype.kind != "U" else self.values  # type: ignore[return-value]

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
        lines: The line of each row in its source. Shape (n,).
        columns: By name; an optional column that was not there is missing here too.
    """

    name: str
    source: str
    lines: NDArray[np.int64]
    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.lines)

    def has(self, column: str) -> bool:
        """Return whether the column was there."""
        return column in self.columns

    def texts(self, column: str) -> NDArray[np.str_]:
        """Return a column of texts, "" where the cell or the whole column is missing. Shape (n,)."""
        return self.columns[column].texts if self.has(column) else np.zeros(len(self), "U1")

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


@define
class FaultLog:
    """What was found wrong so far: the first faults in words, and all faulty rows by table.

    Attributes:
        limit: How many faults are kept in words; the rest is counted.
        kept: The faults in words.
        n_errors: How many errors there are in all.
        n_warnings: How many warnings there are in all.
        rows: The places of faulty rows, by table name.
        whole: Whether a fault concerns a whole table, so that leaving rows out would not help.
    """

    limit: int = 1_000
    kept: list[Fault] = field(factory=list)
    n_errors: int = 0
    n_warnings: int = 0
    rows: dict[str, set[int]] = field(factory=dict)
    whole: bool = False

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
        """Add one fault for each of some rows of a table.

        Args:
            table: The table.
            rows: Places of the rows that share the fault.
            code: The fault's code.
            column: The column it stands in.
            problem: Says what is wrong with one row, given its place.
            remedy: What would have been accepted.
            warning: Whether the rows are accepted all the same.
        """
        if warning:
            self.n_warnings += len(rows)
        else:
            self.n_errors += len(rows)
            self.rows.setdefault(table.name, set()).update(rows.tolist())
        for row in rows[: max(0, self.limit - len(self.kept))].tolist():
            self.kept.append(
                Fault(
                    code=code,
                    table=table.source,
                    line=int(table.lines[row]),
                    column=column,
                    problem=problem(row),
                    remedy=remedy,
                    severity="warning" if warning else "error",
                )
            )

    def found(self, fault: Fault, table: Table | None = None) -> None:
        """Add one fault; with its table and a line, the row counts as faulty, else the whole table."""
        self.n_errors += 1
        if len(self.kept) < self.limit:
            self.kept.append(fault)
        if table is None or fault.line is None:
            self.whole = True
        else:
            row = int(np.searchsorted(table.lines, fault.line))
            self.rows.setdefault(table.name, set()).add(row)

    def found_all(self, faults: Iterable[Fault], tables: Mapping[str, Table]) -> None:
        """Add several faults, each to the table whose source it names."""
        by_source = {table.source: table for table in tables.values()}
        for fault in faults:
            self.found(fault, by_source.get(fault.table))

    def errors(self) -> tuple[Fault, ...]:
        """Return the errors that are kept, in the order of tables and lines."""
        return self._of("error")

    def warnings(self) -> tuple[Fault, ...]:
        """Return the warnings that are kept, in the order of tables and lines."""
        return self._of("warning")

    def _of(self, severity: str) -> tuple[Fault, ...]:
        wanted = [fault for fault in self.kept if fault.severity == severity]
        return tuple(sorted(wanted, key=lambda fault: (fault.table, fault.line or 0, fault.column or "", fault.code)))
