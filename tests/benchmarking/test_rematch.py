"""The benchmark of rounds matched again: what changes, what is measured, and what the page says of it."""

import numpy as np

from benchmarks.instances import organisation_of
from benchmarks.rematch import BONUSES, PAGE, changed, measure, tables
from taskmentor.rematching.matching_again import USUAL_BONUS


def test_a_share_of_the_people_changes_and_nobody_else() -> None:
    """Would be broken: pairs that are called untouched and are not."""
    whole = organisation_of("scarce", 400, seed=1)
    later = changed(whole, 0.1, seed=1)
    assert int(later.people.sum()) == 40
    before, after = whole.people, later.organisation.people
    for name in ("left_on", "capacity", "mentee_limit"):
        one, other = getattr(before, name)[~later.people], getattr(after, name)[~later.people]
        assert np.array_equal(one, other, equal_nan=name == "left_on")
    differs = [
        getattr(before, name)[later.people] != getattr(after, name)[later.people] for name in ("left_on", "capacity")
    ]
    assert all(column.any() for column in differs)


def test_what_is_measured_is_proven_and_told_in_two_tables() -> None:
    """Would be broken: figures of plans that nobody has checked."""
    row = measure(400, 0.02, seed=1, repeats=1)
    assert row["gap"] == 0
    kept = row["kept"]
    assert isinstance(kept, dict)
    assert kept[f"bonus {BONUSES[-1]}"] >= kept["nothing"]
    assert USUAL_BONUS in BONUSES
    told = tables([row])
    assert "| 400 | 2.0% |" in told
    assert f"bonus {BONUSES[0]}" in told
    assert "<!-- rematch: begin -->" in PAGE.read_text(encoding="utf-8")
