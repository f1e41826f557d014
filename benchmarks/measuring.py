"""What all benchmarks share: peak memory, the machine, versions, and where results are written.

Only the standard library is used, so that it also runs in the environments of other packages.
"""

import ctypes
import gc
import json
import os
import platform
import resource
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Self

__all__ = [
    "MIB", "RESULTS", "ROOT", "STRATEGY", "Stopwatch", "forget_peak", "markdown_table", "median_of", "origin",
    "peak_memory", "record", "resident_memory", "settled_memory", "write_block",
]  # fmt: skip

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"
MIB = 1 << 20
STRATEGY = "exact"
"""The strategy under test, by the name of its entry point."""

_STATUS = Path("/proc/self/status")


class Stopwatch:
    """Measures phases one after the other, in seconds.

    Whoever is measured may also leave here the peak of memory, in bytes, and the proven bound. With `aloud`, each phase
    is printed as it ends, so that something is known of a process that is stopped. With `memory`, the peak of each
    phase is kept too, where the kernel can tell it.
    """

    def __init__(self, *, aloud: bool = False, memory: bool = False) -> None:
        self.aloud = aloud
        self.memory = memory
        self.seconds: dict[str, float] = {}
        self.peaks: dict[str, int] = {}
        self.peak: int | None = None
        self.bound: int | None = None
        self._name = ""
        self._begin = 0.0

    def phase(self, name: str) -> Self:
        self._name = name
        return self

    def __enter__(self) -> None:
        if self.memory:
            forget_peak()
        self._begin = perf_counter()

    def __exit__(self, *_: object) -> None:
        self.seconds[self._name] = perf_counter() - self._begin
        if self.memory:
            self.peaks[self._name] = peak_memory()
        if self.aloud:
            print(json.dumps(self.seconds), flush=True)


def _kernel_says(key: str) -> int | None:
    """Return a memory figure of this process in bytes, None where there is no such file."""
    if not _STATUS.exists():
        return None
    lines = (line.split() for line in _STATUS.read_text(encoding="ascii").splitlines())
    return next((int(words[1]) * 1024 for words in lines if words[:1] == [f"{key}:"]), None)


def peak_memory() -> int:
    """Return the most memory that this process has held at once, in bytes."""
    # The kernel's own mark belongs to this program; ru_maxrss may still be that of the process that started it.
    own = _kernel_says("VmHWM")
    if own is not None:
        return own
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def resident_memory() -> int:
    """Return the memory that this process holds now, in bytes; the peak where the system does not say."""
    return _kernel_says("VmRSS") or peak_memory()


def forget_peak() -> None:
    """Let the peak begin anew, where the kernel can do that."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def settled_memory() -> int:
    """Return the memory that this process holds once it has given back all that it can, where its peak begins anew."""
    gc.collect()
    with suppress(AttributeError, OSError, TypeError):  # not every system has it
        ctypes.CDLL(None).malloc_trim(0)  # the C library keeps what was freed, and would use it again unseen
    forget_peak()
    return resident_memory()


def median_of(numbers: Iterable[float]) -> float:
    """Return the median."""
    return float(median(numbers))


def origin(packages: Iterable[str]) -> dict[str, object]:
    """Return when, where and with which versions a measurement is made."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "machine": _machine(),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in packages}},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not there"


def _commit() -> str:
    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    try:
        return git("rev-parse", "--short", "HEAD") + (" with changes" if git("status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _machine() -> str:
    about = Path("/proc/cpuinfo")
    lines = about.read_text(encoding="utf-8").splitlines() if about.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return f"{next(names, platform.machine())}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"


def record(name: str, rows: Iterable[Mapping[str, object]]) -> None:
    """Append rows to a file of results, one JSON object a line."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    with (RESULTS / f"{name}.jsonl").open("a", encoding="utf-8") as lines:
        for row in rows:
            lines.write(json.dumps(row, sort_keys=True) + "\n")


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown; the first column is text, all others are numbers."""
    ruler = [":--", *(["--:"] * (len(head) - 1))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ruler, *rows])


def write_block(page: Path, name: str, text: str) -> None:
    """Replace what stands in a page between the two markers of a name.

    Raises:
        ValueError: If the page has no such markers.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    whole = page.read_text(encoding="utf-8")
    before, found, rest = whole.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise ValueError(f"{page.name} has no markers {begin} and {end}")
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")
