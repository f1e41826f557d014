"""The project tests itself: what every file, the lock, the versions and the start-up promise."""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

import taskmentor

REPOSITORY = Path(__file__).resolve().parent.parent
LOCK = REPOSITORY / "requirements" / "dev.txt"
NOT_OURS = {".git", ".venv", "site", "dist", "build", "htmlcov", "__pycache__"}

# Put together from parts, so that this file does not hold what it looks for.
HOSTS = ["pypi" + ".org", "pypi.python" + ".org", "python" + "hosted.org", "conda.anaconda" + ".org", "npmjs" + ".org"]
INDEX_ADDRESS = re.compile(
    "|".join([*(re.escape(host) for host in HOSTS), "https?://[^ )\"']*/(?:simple|packages)" + "/"]), re.IGNORECASE
)
MACHINE_PATH = re.compile(
    "(?:^|[^A-Za-z0-9_.])/(?:" + "|".join(["work", "root", "home/[a-z]", "Users/[A-Za-z]"]) + ")/?"
)


def listed_by_git() -> list[Path] | None:
    """Return the files that git tracks or would track; nothing without git or outside a clone."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return [REPOSITORY / name for name in listing.split("\0") if name]


def found_on_disk() -> Iterator[Path]:
    """Yield the files below the repository, leaving out caches and what tools made."""
    for folder, folders, files in os.walk(REPOSITORY):
        folders[:] = [name for name in folders if name not in NOT_OURS and not name.endswith(("_cache", ".egg-info"))]
        yield from (Path(folder, name) for name in files)


def texts() -> Iterator[tuple[Path, str]]:
    """Yield every text file of the repository with its path from the root."""
    for path in listed_by_git() or found_on_disk():
        content = path.read_bytes() if path.is_file() else b""
        if b"\0" not in content:
            yield path.relative_to(REPOSITORY), content.decode("utf-8")


def lines_that_hold(pattern: re.Pattern[str]) -> list[str]:
    """Return path and number of each line that holds the pattern."""
    return [
        f"{path}:{number}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_file_names_a_package_index() -> None:
    """Whoever installs chooses the index; an address in a file would override or reveal one."""
    assert lines_that_hold(INDEX_ADDRESS) == []


def test_no_file_holds_a_path_of_one_machine() -> None:
    assert lines_that_hold(MACHINE_PATH) == []


@pytest.mark.parametrize("line", ["cd /" + "root", "see (/" + "home/ann/x)", "/" + "work/main"])
def test_a_path_of_one_machine_is_recognised(line: str) -> None:
    assert MACHINE_PATH.search(line)


def test_every_requirement_of_the_lock_has_hashes() -> None:
    """One requirement without a hash makes the whole file uninstallable, or worse, unverified."""
    text = LOCK.read_text(encoding="utf-8").replace("\\\n", " ")
    requirements = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert len(requirements) > 10
    assert [line for line in requirements if not re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []


@pytest.mark.parametrize("name", ["hatchling", "editables"])
def test_the_lock_holds_what_builds_the_package(name: str) -> None:
    """Without them the editable install would fetch unpinned packages."""
    assert re.search(rf"^{name}==", LOCK.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_lock_holds_every_declared_package() -> None:
    """A dependency added to pyproject.toml without a new lock would be missing from every fresh environment."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    names = {re.split(r"[^A-Za-z0-9._-]", requirement)[0].lower() for requirement in declared} - {"taskmentor"}
    locked = set(re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==", LOCK.read_text(encoding="utf-8"), re.MULTILINE))
    assert names - locked == set()


def test_the_lock_names_every_extra_that_a_locked_package_asks_for() -> None:
    """pip looks for a newer release of `coverage[toml]` when only `coverage` is pinned, and then refuses it."""
    text = LOCK.read_text(encoding="utf-8")
    pinned = dict(re.findall(r"^([a-z0-9._-]+)(?:\[([a-z,]+)\])?==", text, re.MULTILINE))
    asked = [
        (match[1].lower(), extra)
        for name in pinned
        for requirement in installed_requirements(name)
        if "extra ==" not in requirement and (match := re.match(r"([A-Za-z0-9._-]+)\[([a-z,]+)\]", requirement))
        for extra in match[2].split(",")
    ]
    assert ("coverage", "toml") in asked
    assert [(name, extra) for name, extra in asked if extra not in pinned[name].split(",")] == []


def installed_requirements(name: str) -> list[str]:
    """What an installed package asks for; nothing where this Python or system does without the package."""
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []


def test_versions_agree() -> None:
    def read(name: str) -> str:
        return (REPOSITORY / name).read_text(encoding="utf-8")

    newest_heading = re.search(r"^## .*?(\d+\.\d+\.\d+)", read("CHANGELOG.md"), re.MULTILINE)
    cited = re.search(r"^version: (\S+)$", read("CITATION.cff"), re.MULTILINE)
    assert newest_heading
    assert cited
    versions = {tomllib.loads(read("pyproject.toml"))["project"]["version"], newest_heading[1], cited[1]}
    assert versions == {taskmentor.__version__}


def test_the_front_page_leads_to_every_guide_and_explanation() -> None:
    """A page to which nothing leads is found by nobody who does not know of it."""
    docs = REPOSITORY / "docs"
    front = (docs / "index.md").read_text(encoding="utf-8")
    pages = [
        page.relative_to(docs).as_posix() for kind in ("how-to", "explanation") for page in docs.glob(f"{kind}/*.md")
    ]
    assert len(pages) > 20
    assert [page for page in sorted(pages) if f"({page})" not in front] == []


def test_the_glossary_gives_each_word_one_meaning() -> None:
    """Two entries for one word are two words for a reader."""
    words = re.findall(
        r"^\*\*(.+)\*\*$", (REPOSITORY / "docs" / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(words) > 50
    assert len({word.lower() for word in words}) == len(words)


def test_importing_the_package_loads_nothing_heavy() -> None:
    """Start-up time is paid by every command and every worker process."""
    heavy = ["networkx", "ortools", "pandas", "numba", "scipy", "click"]
    code = f"import json, sys, taskmentor; print(json.dumps([name for name in {heavy} if name in sys.modules]))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(run.stdout) == []
