"""Cuts: every choice of whole rings keeps them, and parts of rings are cut off."""

from itertools import combinations
from time import monotonic

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng
from numpy.typing import NDArray

from taskmentor.matching import ring_cuts
from taskmentor.matching.kernels.compiling import can_compile
from taskmentor.matching.kernels.rounding import Parts, rounded_rows
from taskmentor.matching.listing import Listing, at_least
from taskmentor.matching.ring_cuts import CutRelaxation, Cuts, broken_cuts
from taskmentor.matching.rings import Rings
from taskmentor.matching.rows import UNLIMITED

Numbers = NDArray[np.int64]
N_PEOPLE = 7


@st.composite
def ring_lists(draw: st.DrawFn) -> Numbers:
    """Return different rings of two or three of seven people, -1 behind the last."""
    all_rings = [(*pair, -1) for pair in combinations(range(N_PEOPLE), 2)]
    all_rings += list(combinations(range(N_PEOPLE), 3))
    chosen = draw(st.lists(st.sampled_from(all_rings), min_size=3, max_size=10, unique=True))
    return np.array(chosen, np.int64)


def rows_of(people: Numbers) -> Listing:
    """Return the rows that say that everybody is in one ring at the most."""
    rows = [at_least(-(people == one).any(axis=1).astype(np.int64), -1) for one in range(N_PEOPLE)]
    whole = rows[0]
    for row in rows[1:]:
        whole = whole.joined(row)
    return whole


def plans(people: Numbers) -> list[tuple[int, ...]]:
    """Return every choice of rings in which nobody is twice, one after the other."""
    found: list[tuple[int, ...]] = [()]
    for ring, own in enumerate(people.tolist()):
        members = {one for one in own if one >= 0}
        found += [(*plan, ring) for plan in found if not any(members & set(people[other].tolist()) for other in plan)]
    return found


def relaxation(people: Numbers, worth: Numbers, seconds: float = 60) -> CutRelaxation:
    """Return the relaxation over rings, which stand for themselves."""
    numbers = np.arange(len(people))[:, None]
    return CutRelaxation(
        rings=Rings(lesson=numbers),
        people=people,
        worth=worth,
        rows=lambda some: rows_of(people[some.lesson[:, 0]]),
        n_people=N_PEOPLE,
        seed=0,
        end=monotonic() + seconds,
    )


@settings(max_examples=20)
@given(ring_lists(), st.integers(0, 2**32 - 1))
def test_no_whole_rings_break_a_cut_and_the_parts_that_it_is_for_do(people: Numbers, seed: int) -> None:
    """Would be broken: a proof, which a wrong row makes of any plan."""
    rng = default_rng(seed)
    part = rng.random(len(people)) * 0.9
    cuts = broken_cuts(people, part, N_PEOPLE, rng)
    rows = cuts.added(rows_of(people), people)
    for plan in plans(people):
        chosen = np.isin(np.arange(len(people)), plan)
        assert rows.kept(chosen).all()
    for times, divisor in zip(cuts.times, cuts.divisor.tolist(), strict=True):
        used = sum(
            share * (sum(times[one] for one in own if one >= 0) // divisor)
            for own, share in zip(people.tolist(), part.tolist(), strict=True)
        )
        assert used > times.sum() // divisor


@given(ring_lists(), st.data())
def test_the_relaxation_with_cuts_lies_between_plans_and_the_relaxation(people: Numbers, data: st.DataObject) -> None:
    """Would be broken: rings that are left out of a proof."""
    worths = st.lists(st.integers(1, 30), min_size=len(people), max_size=len(people))
    worth = np.array(data.draw(worths), np.int64)
    every = plans(people)
    best = max(int(worth[list(plan)].sum()) for plan in every)
    cut = relaxation(people, worth).run(np.arange(2))
    assert cut is not None
    assert cut.most >= best - 1e-6
    assert (cut.spare > -1e-5).all()
    for plan in every:
        assert worth[list(plan)].sum() + cut.spare[list(plan)].sum() <= cut.most + 1e-5


@given(ring_lists(), st.data())
def test_plans_keep_the_limits_that_their_worth_tightens(people: Numbers, data: st.DataObject) -> None:
    """Would be broken: a proof that there is no plan of some worth, while there is one that leaves somebody out."""
    worths = st.lists(st.integers(1, 30), min_size=len(people), max_size=len(people))
    worth = np.array(data.draw(worths), np.int64)
    cut = relaxation(people, worth).run(np.arange(len(people)))
    assert cut is not None
    rows = cut.cuts.added(rows_of(people), people)
    for plan in plans(people):
        tightened = cut.tightened(rows, int(worth[list(plan)].sum()))
        assert tightened.kept(np.isin(np.arange(len(people)), plan)).all()
        assert (tightened.low >= rows.low).all()
        assert (tightened.high <= rows.high).all()


def test_who_is_dear_is_in_a_ring_of_every_plan_that_reaches_the_bound() -> None:
    """Would be broken: the speed of proofs, for which it must be known who cannot be left out."""
    people = np.array([[0, 1, -1], [2, 3, -1], [1, 2, -1]])
    cut = relaxation(people, np.array([10, 10, 1])).run(np.arange(3))
    assert cut is not None
    assert cut.most == pytest.approx(20)
    rows = cut.cuts.added(rows_of(people), people)
    # Of the first two, or of the last two, one has a price; rows say that nobody is in a second ring.
    needed = cut.tightened(rows, 20).high < rows.high
    assert needed[:2].any()
    assert needed[2:4].any()
    assert not (cut.tightened(rows, 0).high[needed] == cut.tightened(rows, 20).high[needed]).any()


def test_three_who_could_all_teach_each_other_are_one_ring_and_not_half_of_three() -> None:
    """Would be broken: the smallest cut of all."""
    people = np.array([[0, 1, -1], [1, 2, -1], [0, 2, -1]])
    worth = np.array([10, 10, 10])
    cut = relaxation(people, worth).run(np.arange(3))
    assert cut is not None
    assert cut.most == pytest.approx(10)
    assert (cut.cuts.times[:, :3] == 1).any(axis=0).all()
    assert not len(broken_cuts(people, np.array([1.0, 0.0, 0.0]), N_PEOPLE, default_rng(0)))


@pytest.mark.parametrize("rounds", [0, 1])
def test_time_that_is_over_cuts_nothing(rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: prices of a programme that was not solved."""
    monkeypatch.setattr(ring_cuts, "_ROUNDS", rounds)
    rng = default_rng(5)
    many = np.array([(*sorted(rng.choice(N_PEOPLE, 3, replace=False)),) for _ in range(20_000)])
    hopeless = relaxation(many, rng.integers(1, 1000, len(many)), seconds=-1)
    assert hopeless.run(np.arange(len(many))) is None


def test_cuts_of_one_round_are_priced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: cuts that are found last and not made use of."""
    monkeypatch.setattr(ring_cuts, "_ROUNDS", 1)
    cut = relaxation(np.array([[0, 1, -1], [1, 2, -1], [0, 2, -1]]), np.array([8, 8, 8])).run(np.arange(3))
    assert cut is not None
    assert cut.most == pytest.approx(8)


def test_no_more_cuts_are_added_together_than_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: programmes that grow too fast."""
    people = np.array([[0, 1, -1], [1, 2, -1], [0, 2, -1], [3, 4, -1], [4, 5, -1], [3, 5, -1]])
    part = np.full(6, 0.5)
    assert len(broken_cuts(people, part, N_PEOPLE, default_rng(0))) > 1
    monkeypatch.setattr(ring_cuts, "_MOST", 1)
    assert len(broken_cuts(people, part, N_PEOPLE, default_rng(0))) == 1


@pytest.mark.skipif(not can_compile(), reason="the extra fast is not installed")
def test_machine_code_finds_the_same_rows() -> None:
    """Would be broken: proofs that depend on what is installed."""
    rng = default_rng(11)
    for _ in range(20):
        people = np.array([(*sorted(rng.choice(N_PEOPLE, 3, replace=False)),) for _ in range(12)])
        ring, place = np.nonzero(people >= 0)
        order = np.argsort(people[ring, place], kind="stable")
        start = np.searchsorted(people[ring, place][order], np.arange(N_PEOPLE + 1)).astype(np.int64)
        parts = Parts(people=people, part=rng.random(12), start=start, ring=ring[order])
        lean, divisor = 0.1 * rng.random(N_PEOPLE), int(rng.integers(2, 5))
        times = np.zeros((2, N_PEOPLE), np.int64)
        over = rounded_rows(parts, 0, divisor, 9, lean, times[0])
        assert rounded_rows.compiled(parts, 0, divisor, 9, lean, times[1]) == pytest.approx(over)
        assert (times[0] == times[1]).all()


def test_cuts_are_taken_and_joined() -> None:
    """Would be broken: cuts that lose their divisors."""
    none = Cuts.none(3)
    one = Cuts(times=np.array([[1, 1, 1]]), divisor=np.array([2]))
    both = none.joined(one).joined(Cuts(times=np.array([[1, 2, 1]]), divisor=np.array([3])))
    assert len(none) == 0
    assert both.take(np.array([False, True])).divisor.tolist() == [3]
    rows = both.added(at_least(np.array([1]), -UNLIMITED), np.array([[0, 1, 2]]))
    assert rows.high.tolist() == [UNLIMITED, 1, 1]
