"""Organisations and competency models read from tables: a folder of CSV or Parquet files, data frames, or rows.

Every fault of every table is collected and raised at once, unless faulty rows are to be left out and counted.
"""

from collections.abc import Iterable, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING

from taskmentor.errors import Fault, InputError
from taskmentor.formats.accepting import model_of, organisation_of, protected_of
from taskmentor.formats.cells import DEFAULT_ID
from taskmentor.formats.columns import name_shown
from taskmentor.formats.csv_text import Limits
from taskmentor.formats.frames import check_extra
from taskmentor.formats.gathering import Gathered, OnError, Options
from taskmentor.formats.schema import OF_MODEL, PROTECTED
from taskmentor.models.competency import CompetencyModel
from taskmentor.models.organisation import Organisation
from taskmentor.models.protected import ProtectedAttributes

if TYPE_CHECKING:
    from narwhals.typing import IntoDataFrame

__all__ = [
    "organisation_from_frames",
    "organisation_from_rows",
    "protected_from_frames",
    "protected_from_rows",
    "read_model",
    "read_organisation",
    "read_protected",
]

_LIMITS = Limits()


def read_organisation(
    path: str | Path | Traversable,
    *,
    strict: bool = False,
    on_error: OnError = "raise",
    limits: Limits = _LIMITS,
    encoding: str = "utf-8",
    id_pattern: str = DEFAULT_ID,
    on_trial: bool = False,
) -> Organisation:
    """Return the organisation that a folder of CSV or Parquet files describes, each table in either format.

    Args:
        path: The folder; `scale`, `skills`, `roles`, `requirements` and `people` must be in it.
        strict: Whether what is odd but could be accepted is an error too.
        on_error: `raise` accepts all or nothing; `quarantine` leaves faulty rows out, and what cannot stand without
            them, and counts them in `Organisation.left_out`. Whoever reports to somebody who is left out stays,
            without a manager, and is named in `Organisation.warnings`.
        limits: How much is read before a file is refused.
        encoding: How the characters of CSV files are written.
        id_pattern: The regular expression that a whole id must match.
        on_trial: Whether Parquet files are read on trial first, each by a process of its own with a bound on its
            memory, since one that was made to harm can end the process that reads it. It takes about as long again.

    What is odd and accepted all the same stands in `Organisation.warnings`, and goes to the log `taskmentor`.

    Raises:
        InputError: With every fault of every table.
        UnsupportedError: If there is a Parquet file, and the extra `frames` is not installed.
        ValueError: If `on_error` is another word.

    Complexity:
        O(n log n) for n rows in all; about 30 s and 3 GiB for 1,000,000 people with 17,000,000 assessments in Parquet.
    """
    options = Options(
        strict=strict,
        on_error=on_error,
        limits=limits,
        encoding=encoding,
        id_pattern=id_pattern,
        on_trial=on_trial,
    )
    return organisation_of(Gathered.from_folder(_place(path), options))


def read_model(
    path: str | Path | Traversable,
    *,
    strict: bool = False,
    limits: Limits = _LIMITS,
    encoding: str = "utf-8",
    id_pattern: str = DEFAULT_ID,
) -> CompetencyModel:
    """Return the competency model that a folder of CSV or Parquet files describes; other files are not looked at.

    Args:
        path: The folder; `scale`, `skills`, `roles` and `requirements` must be in it.
        strict: Whether what is odd but could be accepted is an error too.
        limits: How much is read before a file is refused.
        encoding: How the characters of CSV files are written.
        id_pattern: The regular expression that a whole id must match.

    Raises:
        InputError: With every fault of every table.
    """
    options = Options(names=OF_MODEL, strict=strict, limits=limits, encoding=encoding, id_pattern=id_pattern)
    return model_of(Gathered.from_folder(_place(path), options))


def organisation_from_rows(
    tables: Mapping[str, Iterable[Mapping[str, object]]],
    *,
    strict: bool = False,
    on_error: OnError = "raise",
    limits: Limits = _LIMITS,
    id_pattern: str = DEFAULT_ID,
) -> Organisation:
    """Return the organisation that rows in memory describe, as if they stood in CSV files.

    Args:
        tables: Rows by table name. A row gives values by column: texts, whole numbers, dates (or texts such as
            2026-11-23); None or a column that is left out is an empty cell. Messages count rows from 1.
        strict: Whether what is odd but could be accepted is an error too.
        on_error: As in `read_organisation`.
        limits: How much is read before a table is refused.
        id_pattern: The regular expression that a whole id must match.

    Raises:
        InputError: With every fault of every table.
    """
    options = Options(strict=strict, on_error=on_error, limits=limits, id_pattern=id_pattern)
    return organisation_of(Gathered.from_rows(tables, options))


def organisation_from_frames(
    frames: "Mapping[str, IntoDataFrame]",
    *,
    strict: bool = False,
    on_error: OnError = "raise",
    limits: Limits = _LIMITS,
    id_pattern: str = DEFAULT_ID,
) -> Organisation:
    """Return the organisation that data frames describe, as if they were Parquet files.

    Args:
        frames: Data frames of pandas, polars or pyarrow by table name. Ids and names are texts, levels and counts whole
            numbers, days dates or texts such as 2026-11-23; categories of these will do, and empty cells are null.
            Messages count rows from 1.
        strict: Whether what is odd but could be accepted is an error too.
        on_error: As in `read_organisation`.
        limits: How much is read before a table is refused.
        id_pattern: The regular expression that a whole id must match.

    Raises:
        InputError: With every fault of every table.
        UnsupportedError: If the extra `frames` is not installed.
    """
    check_extra()
    options = Options(strict=strict, on_error=on_error, limits=limits, id_pattern=id_pattern)
    return organisation_of(Gathered.from_frames(frames, options))


def read_protected(
    path: str | Path | Traversable,
    organisation: Organisation,
    *,
    strict: bool = False,
    on_error: OnError = "raise",
    limits: Limits = _LIMITS,
    encoding: str = "utf-8",
    id_pattern: str = DEFAULT_ID,
    on_trial: bool = False,
) -> ProtectedAttributes:
    """Return the protected attributes that the table `protected` of a folder gives, or one file, CSV or Parquet.

    Args:
        path: The folder of an organisation's tables, or the file alone.
        organisation: Whose people the table may name; it does not take anything of it.
        strict: Whether what is odd but could be accepted is an error too.
        on_error: `raise` accepts all or nothing; `quarantine` leaves faulty rows out, and counts them in `left_out`.
        limits: How much is read before a file is refused.
        encoding: How the characters of CSV files are written.
        id_pattern: The regular expression that a whole id must match.
        on_trial: As in `read_organisation`.

    Raises:
        InputError: With every fault, or if there is no such table.
        UnsupportedError: If it is a Parquet file, and the extra `frames` is not installed.
        ValueError: If `on_error` is another word.
    """
    options = Options(
        names=(PROTECTED.name,),
        strict=strict,
        on_error=on_error,
        limits=limits,
        encoding=encoding,
        id_pattern=id_pattern,
        on_trial=on_trial,
    )
    place = _place(path)
    if not (place.is_file() or place.is_dir()):
        problem, remedy = "there is no such file or folder", "Give the table itself, or the folder that holds it."
        raise InputError([Fault(code="NOT-A-FILE", table=name_shown(place.name), problem=problem, remedy=remedy)])
    read = Gathered.from_file(place, options) if place.is_file() else Gathered.from_folder(place, options)
    return protected_of(read, organisation)


def protected_from_rows(
    rows: Iterable[Mapping[str, object]],
    organisation: Organisation,
    *,
    strict: bool = False,
    on_error: OnError = "raise",
    limits: Limits = _LIMITS,
    id_pattern: str = DEFAULT_ID,
) -> ProtectedAttributes:
    """Return the protected attributes that rows in memory give, as if they stood in `protected.csv`.

    Args:
        rows: Values by column, as in `organisation_from_rows`.
        organisation: Whose people they may name.
        strict: Whether what is odd but could be accepted is an error too.
        on_error: As in `read_protected`.
        limits: How much is read before the rows are refused.
        id_pattern: The regular expression that a whole id must match.

    Raises:
        InputError: With every fault.
    """
    options = Options(
        names=(PROTECTED.name,), strict=strict, on_error=on_error, limits=limits, id_pattern=id_pattern
    )  # fmt: skip
    return protected_of(Gathered.from_rows({PROTECTED.name: rows}, options), organisation)


def protected_from_frames(
    frame: "IntoDataFrame",
    organisation: Organisation,
    *,
    strict: bool = False,
    on_error: OnError = "raise",
    limits: Limits = _LIMITS,
    id_pattern: str = DEFAULT_ID,
) -> ProtectedAttributes:
    """Return the protected attributes that a data frame gives, as if it were `protected.parquet`.

    Args:
        frame: A data frame of pandas, polars or pyarrow, with columns as in `organisation_from_frames`.
        organisation: Whose people it may name.
        strict: Whether what is odd but could be accepted is an error too.
        on_error: As in `read_protected`.
        limits: How much is read before the frame is refused.
        id_pattern: The regular expression that a whole id must match.

    Raises:
        InputError: With every fault.
        UnsupportedError: If the extra `frames` is not installed.
    """
    check_extra()
    options = Options(
        names=(PROTECTED.name,), strict=strict, on_error=on_error, limits=limits, id_pattern=id_pattern
    )  # fmt: skip
    return protected_of(Gathered.from_frames({PROTECTED.name: frame}, options), organisation)


def _place(path: str | Path | Traversable) -> Path | Traversable:
    return Path(path) if isinstance(path, str) else path
