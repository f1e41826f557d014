"""Runs every Python block of the README and the docs, in a folder where `acme/` is the sample organisation."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser


@pytest.fixture(scope="module")
def beside_acme() -> Iterator[Path]:
    """Work in a new folder that holds the sample organisation as `acme/`."""
    from taskmentor.formats.reading import read_organisation
    from taskmentor.formats.writing import write_organisation
    from taskmentor.sample import folder

    before = Path.cwd()
    with TemporaryDirectory() as name:
        write_organisation(read_organisation(folder()), Path(name) / "acme")
        os.chdir(name)
        yield Path(name)
        os.chdir(before)


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser()], patterns=["*.md", "docs/**/*.md"], fixtures=["beside_acme"]
).pytest()
