"""Where tests find real data, which is not part of the repository."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def real_data(folder: str) -> Path:
    """Return one folder of the real data: below TASKMENTOR_DATA, else in shared/data beside the repository.

    Where it is missing the test is skipped; under CI=true, where it must be there, the test fails.
    """
    root = Path(os.environ.get("TASKMENTOR_DATA") or REPOSITORY.parent / "shared" / "data")
    path = root / folder
    if path.is_dir():
        return path
    reason = f"There is no folder {folder!r} of real data; TASKMENTOR_DATA names the place to look."
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
