"""Makes the table of requirements and the tests that show them, from the tests themselves.

A test shows a requirement where its name begins with the id, as `test_t14_...`, or where it is marked with
`requirement("T14")`.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
TESTS = REPOSITORY / "tests"
LISTED = REPOSITORY / "docs" / "programmes" / "requirements.toml"
STRENGTHS = {"M": "must", "R": "recommended", "C": "claim"}


@cache
def requirements() -> dict[str, dict[str, tuple[str, str]]]:
    """Return strength and words of each requirement by its id, by the title of its section."""
    sections = tomllib.loads(LISTED.read_text(encoding="utf-8")).values()
    return {
        section["title"]: {one: (given[0], given[1]) for one, given in section.items() if one != "title"}
        for section in sections
    }


@cache
def shown() -> dict[str, list[str]]:
    """Return the tests that show each requirement, as `tests/file.py::name`, by its id."""
    found: dict[str, list[str]] = {}
    for file in sorted(TESTS.rglob("test_*.py")):
        place = file.relative_to(REPOSITORY).as_posix()
        for test in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
                for one in {*named(test.name), *marked(test)}:
                    found.setdefault(one, []).append(f"{place}::{test.name}")
    return {one: sorted(tests) for one, tests in found.items()}


def named(name: str) -> Iterator[str]:
    """Yield the ids with which the name of a test begins, such as T2 and T14 of `test_t2_and_t14_...`."""
    known = {one for section in requirements().values() for one in section}
    for word in name.removeprefix("test_").split("_"):
        if word.upper() in known:
            yield word.upper()
        elif word != "and" and not re.fullmatch("row|[0-9]+", word):
            return


def marked(test: ast.FunctionDef) -> Iterator[str]:
    """Yield the ids with which a test is marked."""
    for decorator in test.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.requirement":
            yield from (str(ast.literal_eval(argument)) for argument in decorator.args)


def as_tables() -> str:
    """Return one table for each section; a requirement without a test says so."""
    tests, parts = shown(), []
    for title, section in requirements().items():
        parts += [f"## {title}", "", "| id | what is to be | strength | shown by |", "|---|---|---|---|"]
        for one, (strength, words) in section.items():
            names = [f"`{test.partition('::')[2]}`" for test in tests.get(one, [])]
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            parts.append(f"| {one} | {words} | {STRENGTHS[strength]} | {', '.join(names[:3]) or 'no test'}{more} |")
        parts.append("")
    return "\n".join(parts)
