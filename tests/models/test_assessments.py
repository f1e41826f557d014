"""Assessments as columns."""

import numpy as np
import pytest

from taskmentor.models.assessments import Assessments, Source


def assessments(order: list[int], versions: tuple[str, ...]) -> Assessments:
    person, version = (
        np.array([1, 0, 0])[order],
        np.array([versions.index("b"), versions.index(""), versions.index("a")]),
    )
    return Assessments.sorted_from(
        person=person,
        skill=np.array([0, 1, 0])[order],
        level=np.array([3, 2, 1])[order],
        source=np.array([Source.SELF, Source.TEST, Source.MANAGER])[order],
        assessed_on=np.array(["2026-01-01"] * 3, "datetime64[D]"),
        assessor=np.array([-1, -1, 1])[order],
        model_version=version[order],
        versions=versions,
    )


def test_the_order_of_rows_and_versions_does_not_matter() -> None:
    """The digest is taken over these columns."""
    one, other = assessments([0, 1, 2], ("", "a", "b")), assessments([2, 0, 1], ("b", "", "a"))
    assert one.versions == other.versions == ("", "a", "b")
    for left, right in zip(one.arrays(), other.arrays(), strict=True):
        assert left.tolist() == right.tolist()
    assert (one.level.tolist(), one.model_version.tolist(), len(one)) == ([1, 2, 3], [1, 0, 2], 3)
    with pytest.raises(ValueError, match="read-only"):
        one.level[0] = 3


def test_without_versions_there_is_the_empty_one() -> None:
    """An assessment need not say which model it was made with."""
    none = np.zeros(0, np.int32)
    empty = Assessments.sorted_from(
        person=none, skill=none, level=none, source=none, assessed_on=none.astype("datetime64[D]"), assessor=none
    )
    assert (len(empty), empty.versions) == (0, ("",))


@pytest.mark.parametrize("source", list(Source))
def test_a_source_is_named_as_in_the_tables(source: Source) -> None:
    """The word and the value belong together."""
    assert Source.named(source.label) is source
