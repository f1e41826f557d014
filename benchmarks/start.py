"""How long `import taskmentor` takes in a fresh process, beside `import numpy`: `python -m benchmarks.start`."""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from time import perf_counter

from benchmarks.measuring import ROOT, markdown_table, median_of, origin, record, write_block

WANTED_SECONDS = 0.25
PAGE = ROOT / "docs" / "benchmarks" / "first-table.md"
STATEMENTS = {
    "python": "pass",
    "numpy": "import numpy",
    "taskmentor": "import taskmentor",
    "taskmentor.rounds, with all that a match needs": "import taskmentor.rounds",
}


def seconds_of(statement: str) -> float:
    """Return how long a fresh process takes to run one statement, from its start to its end."""
    begin = perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, cwd=ROOT)
    return perf_counter() - begin


def measure(repeats: int) -> dict[str, object]:
    """Return the medians of some rounds; in each round every statement has its turn, so that all see the same noise."""
    rounds = [{name: seconds_of(statement) for name, statement in STATEMENTS.items()} for _ in range(repeats)]
    whole = {name: median_of(one[name] for one in rounds) for name in STATEMENTS}
    above = {name: max(seconds - whole["python"], 1e-6) for name, seconds in whole.items() if name != "python"}
    return {
        "repeats": repeats,
        "seconds_of_process": {name: round(seconds, 4) for name, seconds in whole.items()},
        "seconds_above_python": {name: round(seconds, 4) for name, seconds in above.items()},
        "ratio_to_numpy": {name: round(seconds / above["numpy"], 3) for name, seconds in above.items()},
    }


def table(row: dict[str, object]) -> str:
    """Return a measurement as a table in Markdown."""
    whole, above, ratio = row["seconds_of_process"], row["seconds_above_python"], row["ratio_to_numpy"]
    assert isinstance(whole, dict)
    assert isinstance(above, dict)
    assert isinstance(ratio, dict)
    lines = [
        (name, f"{ratio[name]:.2f}" if name in ratio else "", f"{above.get(name, 0):.3f}", f"{seconds:.3f}")
        for name, seconds in whole.items()
    ]
    return markdown_table(("import of", "× numpy", "above bare Python, s", "whole process, s"), lines)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--record", action="store_true", help="add the run to benchmarks/results and to the docs")
    chosen = parser.parse_args(arguments)
    row = measure(chosen.repeats) | origin(["taskmentor", "numpy"])
    print(table(row), end=f"\n\nWanted for taskmentor: less than {WANTED_SECONDS} s.\n\n")
    print(json.dumps(row, sort_keys=True))
    if chosen.record:
        record("start", [row])
        when = f"Medians of {chosen.repeats} fresh processes, measured at {row['measured_at']}, commit {row['commit']}."
        write_block(PAGE, "start", f"{table(row)}\n\n{when}")


if __name__ == "__main__":
    main(sys.argv[1:])
