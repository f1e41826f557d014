"""HiGHS as it is asked here: silent, with whole-number values, and models as rows and columns of numpy."""

from collections.abc import Mapping
from importlib.util import find_spec
from time import monotonic
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from taskmentor.errors import UnsupportedError
from taskmentor.matching.listing import Entries
from taskmentor.matching.rows import UNLIMITED
from taskmentor.matching.solution import Strategy

if TYPE_CHECKING:
    from highspy import Highs, HighsLp

__all__ = [
    "LARGEST",
    "NO_HEURISTICS",
    "Settings",
    "branching",
    "limits",
    "model",
    "need_highs",
    "says_impossible",
    "silent",
]

LARGEST = 2**53
"""HiGHS reckons in floats, which hold whole numbers up to this."""

_SOONEST = 0.01
"""Seconds that it is given at least."""

_BELOW = 0.01
"""Sums are so much less apart than their steps when nothing lies in between any more."""

_HALF = 0.5
"""Between what reaches a goal and what does not, which are whole points apart."""

NO_HEURISTICS: Mapping[str, str | float | bool] = {
    "mip_heuristic_effort": 0.0,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_root_reduced_cost": False,
}
"""Settings of HiGHS where it begins with a good plan, which its branches make better sooner than anything else."""

Numbers = NDArray[np.int64]
Floats = NDArray[np.float64]
Limits = NDArray[np.integer] | NDArray[np.floating]


class Settings(Strategy, Protocol):
    """A strategy that states its limits."""

    @property
    def seconds(self) -> float:
        """Return the limit of time."""
        ...

    @property
    def most_listed(self) -> int:
        """Return how many columns are given to branch and bound at the most."""
        ...

    @property
    def seed(self) -> int:
        """Return the solver's seed."""
        ...


def need_highs(who: str) -> None:
    """Raise UnsupportedError if HiGHS is not installed.

    Args:
        who: What needs it, such as `Milp`.
    """
    if find_spec("highspy") is None:
        raise UnsupportedError(f"{who} needs HiGHS; install taskmentor[milp].")


def silent() -> "Highs":
    """Return HiGHS, told to keep silent before it greets."""
    import highspy

    class Silent(highspy.Highs):
        def enableCallbacks(self) -> None:  # what the greeting comes from
            self.silent()
            super().enableCallbacks()  # type: ignore[no-untyped-call]

    return Silent()  # type: ignore[no-untyped-call]


def branching(
    programme: "HighsLp",
    *,
    seed: int,
    end: float,
    settings: Mapping[str, str | float | bool] | None = None,
    start: NDArray[np.bool_] | None = None,
    goal: int | None = None,
) -> "Highs":
    """Return HiGHS with a model of whole worths, so that it stops where no sum of them is left in between.

    Args:
        programme: The model.
        seed: The solver's own seed.
        end: When to stop, by the monotonic clock.
        settings: Further options of HiGHS.
        start: The columns of a plan to begin with. Shape (n_columns,).
        goal: Branches are given up that are worth less; it may then end with something that is worth less, or nothing.
    """
    highs, step = silent(), int(np.gcd.reduce(np.array(programme.col_cost_, np.float64).astype(np.int64)))
    options: dict[str, str | float | bool] = {
        "random_seed": seed,
        "time_limit": max(end - monotonic(), _SOONEST),
        "mip_rel_gap": 0.0,
        "mip_abs_gap": max(step, 1) - _BELOW,
        **(settings or {}),
    }
    if goal is not None:
        options["objective_bound"] = _HALF - goal  # of what HiGHS minimises
    for name, value in options.items():
        highs.setOptionValue(name, value)
    highs.passModel(programme)
    if start is not None:
        highs.setSolution(len(start), np.arange(len(start), dtype=np.int32), start.astype(np.float64))
    return highs


def says_impossible(highs: "Highs") -> bool:
    """Return whether HiGHS found that nothing keeps all rows; what it maximises has a limit."""
    from highspy import HighsModelStatus

    return highs.getModelStatus() in (HighsModelStatus.kInfeasible, HighsModelStatus.kUnboundedOrInfeasible)


def limits(low: Limits, high: Limits) -> tuple[Floats, Floats]:
    """Return limits of rows with those that are none as infinite."""
    return (
        np.where(low > -UNLIMITED, low, -np.inf).astype(np.float64),
        np.where(high < UNLIMITED, high, np.inf).astype(np.float64),
    )


def model(
    worth: Numbers,
    rows: tuple[Limits, Limits],
    entries: Entries,
    *,
    whole: bool,
    least: Floats | None = None,
) -> "HighsLp":
    """Return the model of choosing columns between 0 and 1 that are worth most.

    Args:
        worth: Of each column. Shape (n_columns,).
        rows: The low and the high limit of each row. Shapes (n_rows,).
        entries: How much columns count in rows.
        whole: Whether each is chosen whole or not at all.
        least: How much of each is chosen at least, 0 unless given. Shape (n_columns,).
    """
    from highspy import HighsLp, HighsVarType, MatrixFormat, ObjSense

    n, made = len(worth), HighsLp()
    made.num_col_, made.num_row_ = n, len(rows[0])
    made.col_cost_ = worth.astype(np.float64)
    made.col_lower_, made.col_upper_ = np.zeros(n) if least is None else least, np.ones(n)
    made.row_lower_, made.row_upper_ = limits(*rows)
    made.a_matrix_.format_ = MatrixFormat.kRowwise if entries.by_row else MatrixFormat.kColwise
    made.a_matrix_.start_ = entries.start
    made.a_matrix_.index_ = entries.index
    made.a_matrix_.value_ = entries.amount.astype(np.float64)
    made.sense_ = ObjSense.kMaximize
    if whole:
        made.integrality_ = [HighsVarType.kInteger] * n
    return made
