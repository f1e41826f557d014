"""Rings of people who learn from each other, of which plans under `TeachLearnCycles` are made: their rows and prices.

Everybody in a plan learns once and teaches once, so requests, mentees and mentors need no rows beside those of people.
"""

from functools import cached_property
from itertools import chain, pairwise

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from taskmentor.errors import TooLargeError
from taskmentor.matching.duals import Duals
from taskmentor.matching.kernels.compiling import can_compile
from taskmentor.matching.kernels.ringing import FAR, Ways, rings_above
from taskmentor.matching.listing import Listing, listing
from taskmentor.matching.problem import Arcs, Problem
from taskmentor.matching.rows import CycleRows, RowPrices
from taskmentor.matching.shapes import pair_keys
from taskmentor.models.ranges import places_of

__all__ = ["ALL", "Lessons", "Rings", "cycle_shapes", "lessons_of"]

ALL = 2**62
"""More than there can be."""

_MOST_PAIRS = 20_000_000
"""Qualified pairs that are looked at, at the most."""

_COMPILED_FROM = 2_000
"""Pairs from which on machine code is worth its loading."""

_ROOM = 1 << 16
"""Rings that are written down together, and more where one person has more."""

_PASSES = 12
"""How often prices are lowered by half."""

Numbers = NDArray[np.int64]


def cycle_shapes(problem: Problem) -> list[CycleRows]:
    """Return the rows of all constraints that ask for cycles."""
    return [one.shape for one in problem.constraints if isinstance(one.shape, CycleRows)]


@frozen(eq=False, kw_only=True)
class Rings:
    """Rings of pairs.

    Attributes:
        lesson: The pairs of each ring one after the other, -1 behind the last. Shape (n_rings, longest).
    """

    lesson: Numbers

    def __len__(self) -> int:
        return len(self.lesson)

    def take(self, rows: NDArray[np.generic] | slice) -> "Rings":
        """Return some of the rings, by places, by a mask or by a slice."""
        return Rings(lesson=self.lesson[rows])

    def joined(self, other: "Rings") -> "Rings":
        """Return these rings, and then those of the other ones that are not among them."""
        both = np.concatenate([self.lesson, other.lesson])
        _, first = np.unique(both, axis=0, return_index=True)
        return Rings(lesson=both[np.sort(first)])

    @property
    def lessons(self) -> Numbers:
        """Return all pairs of the rings."""
        return self.lesson[self.lesson >= 0]

    def sums(self, of_lesson: Numbers) -> Numbers:
        """Return the sum over the pairs of each ring. Shape (n_rings,)."""
        sums: Numbers = np.append(of_lesson, 0)[self.lesson].sum(axis=1)
        return sums


@frozen(eq=False, kw_only=True)
class Lessons:
    """Pairs from whoever learns to whoever teaches, pinned ones included, by whoever learns; people are numbered anew.

    Rows are one for each person, who is in one ring at most and in one if pinned, and then those of other constraints.

    Attributes:
        arcs: The pairs; pinned ones have a weight of 0.
        learner: Rising. Shape (n,).
        teacher: Rising for each learner. Shape (n,).
        pinned: Which pairs are pinned. Shape (n,).
        person: The code of each person. Shape (n_people,).
        longest: How many people a ring has at most.
        others: The rows of other constraints over the pairs.
    """

    arcs: Arcs
    learner: Numbers
    teacher: Numbers
    pinned: NDArray[np.bool_]
    person: Numbers
    longest: int
    others: Listing

    @property
    def n_people(self) -> int:
        """Return how many people may be in rings."""
        return len(self.person)

    @property
    def n_rows(self) -> int:
        """Return how many rows there are."""
        return self.n_people + len(self.others)

    @cached_property
    def ways(self) -> Ways:
        """Return the pairs as the kernel takes them."""
        people, into = np.arange(self.n_people + 1), np.argsort(self.teacher, kind="stable")
        return Ways(
            start=np.searchsorted(self.learner, people).astype(np.int64),
            head=self.teacher,
            back=np.searchsorted(self.teacher[into], people).astype(np.int64),
            into=into.astype(np.int64),
            tail=self.learner[into],
        )

    def rings(self, gain: Numbers, *, least: int = FAR, most: int = ALL, limit: int = ALL) -> Rings:
        """Return the rings whose pairs gain more than some amount together.

        Args:
            gain: Of each pair. Shape (n,).
            least: They gain more than this; all rings unless given.
            most: So many of those rings are returned that have the same first person, the best ones found.
            limit: No more are looked for once there are more than so many.
        """
        search = rings_above.for_size(can_compile() and len(gain) >= _COMPILED_FROM)
        begin, room, found, parts = 0, _ROOM, 0, [np.zeros((0, self.longest), np.int64)]
        while begin < self.n_people and found <= limit:
            ring, worth = np.empty((room, self.longest), np.int64), np.empty(room, np.int64)
            after, n = search(self.ways, gain, least, most, begin, ring, worth)
            if after == begin:
                room *= 4
                continue
            parts.append(ring[:n].copy())
            begin, found = after, found + n
        return Rings(lesson=np.concatenate(parts))

    def people(self, rings: Rings) -> Numbers:
        """Return who is in each ring, -1 behind the last. Shape (n_rings, longest)."""
        return np.where(rings.lesson >= 0, self.learner[rings.lesson], -1)

    # Rows

    def rows(self, rings: Rings) -> Listing:
        """Return all rows over some rings; `arc` stands for rings, and `constraint` is -1 for the rows of people."""
        ring, row, amount = self.entries(rings)
        order = np.argsort(row, kind="stable")
        # Who learns or teaches in two pinned pairs is in more rings than anybody can be.
        pins = [np.bincount(side[self.pinned], minlength=self.n_people) for side in (self.learner, self.teacher)]
        pinned = np.maximum(*pins)
        people = np.arange(self.n_people)
        return Listing(
            arc=ring[order],
            amount=amount[order],
            start=np.searchsorted(row[order], np.arange(self.n_rows + 1)).astype(np.int64),
            low=np.append(pinned, self.others.low),
            high=np.append(np.ones(self.n_people, np.int64), self.others.high),
            constraint=np.append(np.full(self.n_people, -1, np.int64), self.others.constraint),
            row=np.append(people, self.others.row),
        )

    def entries(self, rings: Rings) -> tuple[Numbers, Numbers, Numbers]:
        """Return ring, row and amount wherever a ring counts in a row, by ring."""
        ring, place = np.nonzero(rings.lesson >= 0)
        lesson = rings.lesson[ring, place]
        lessons, rows, amounts = self._counted
        which, entry = places_of(lessons, lesson)
        whose = np.append(ring, ring[which])
        key = whose * self.n_rows + np.append(self.learner[lesson], self.n_people + rows[entry])
        amount = np.append(np.ones(len(lesson), np.int64), amounts[entry])
        keys, own = np.unique(key, return_inverse=True)
        sums = np.zeros(len(keys), np.int64)
        np.add.at(sums, own, amount)
        some = np.flatnonzero(sums)
        return keys[some] // self.n_rows, keys[some] % self.n_rows, sums[some]

    @cached_property
    def _counted(self) -> tuple[Numbers, Numbers, Numbers]:
        """Pair, row and amount wherever a pair counts in a row of another constraint, by pair."""
        row = np.repeat(np.arange(len(self.others)), np.diff(self.others.start))
        order = np.argsort(self.others.arc, kind="stable")
        return self.others.arc[order], row[order], self.others.amount[order]

    # Prices

    @cached_property
    def _payer(self) -> Numbers:
        """Who pays for each person: whoever a chain of pinned pairs that leads to them begins with, or they themselves.

        Where pinned pairs are a ring, nobody in it pays, -1.
        """
        taught_by = dict(zip(self.teacher[self.pinned].tolist(), self.learner[self.pinned].tolist(), strict=True))
        payer = np.arange(self.n_people)
        for person in taught_by:
            one, steps = person, 0
            while one in taught_by and steps <= len(taught_by):
                one, steps = taught_by[one], steps + 1
            payer[person] = -1 if one in taught_by else one
        return payer

    def paid(self, price: Numbers) -> Numbers:
        """Return prices of rows with those of people put where they are paid, and made lawful. Shape (n_rows,)."""
        paid = price.copy()
        paid[: self.n_people] = 0
        pays = self._payer >= 0
        np.add.at(paid, self._payer[pays], price[: self.n_people][pays])
        free = np.ones(self.n_people, np.bool_)
        free[self.learner[self.pinned]] = False
        paid[: self.n_people][free] = np.maximum(paid[: self.n_people][free], 0)
        return paid

    def fair_prices(self, rings: Rings) -> Numbers:
        """Return prices that cover some rings, found without a solver: high ones that are lowered person by person.

        To begin with everybody pays an even part of the dearest ring that they are in. Then each pays less by half of
        what their rings are priced at too much, again and again, and by all of it at last. Shape (n_rows,).
        """
        people = self.people(rings)
        pays = np.append(self._payer == np.arange(self.n_people), False)
        people = np.where(pays[people], people, self.n_people)
        worth, count = rings.sums(self.arcs.weight), (people < self.n_people).sum(axis=1)
        price = np.zeros(self.n_people + 1, np.int64)
        np.maximum.at(price, people, -(-worth // np.maximum(count, 1))[:, None])
        price[-1] = 0
        order = np.argsort(people.ravel(), kind="stable")
        begins = np.searchsorted(people.ravel()[order], np.arange(self.n_people + 1))
        own = np.split(order // self.longest, begins)[1:-1]
        for last in [False] * _PASSES + [True]:
            for person, some in enumerate(own):
                over = min(int((price[people[some]].sum(axis=1) - worth[some]).min(initial=ALL)), int(price[person]))
                price[person] -= over if last else over // 2
        return np.append(price[:-1], np.zeros(len(self.others), np.int64))

    def gain(self, weight: Numbers, paid: Numbers) -> Numbers:
        """Return what each pair is worth beyond its charges: who teaches in it pays, pinned pairs are worth nothing.

        Args:
            weight: Of each pair, in the parts of a point that prices are in. Shape (n,).
            paid: Prices of rows, as `paid` gives them. Shape (n_rows,).
        """
        lesson, row, amount = self._counted
        gain = weight - paid[self.teacher]
        np.subtract.at(gain, lesson, amount * paid[self.n_people + row])
        gain[self.pinned] = 0
        return gain

    def covering(self, weight: Numbers, paid: Numbers) -> Numbers:
        """Return prices of people raised until every ring is covered, and all others as they are. Shape (n_rows,)."""
        while True:
            gain = self.gain(weight, paid)
            short = self.rings(gain, least=0, most=1)
            if not len(short):
                return paid
            # The first person pays, who is in all rings found there; or the first one who can.
            people = np.append(self._payer, -1)[self.people(short)]
            raised = np.zeros(self.n_rows, np.int64)
            np.maximum.at(raised, people[np.arange(len(short)), (people >= 0).argmax(axis=1)], short.sums(gain))
            paid = paid + raised

    def duals(self, problem: Problem, paid: Numbers, *, unit: int) -> Duals:
        """Return prices as those of the problem's rows: of teaching once at most, and for pinned people of balance."""
        people = paid[: self.n_people]
        balanced = np.zeros(self.n_people, np.bool_)
        balanced[self.learner[self.pinned]] = True
        shape = cycle_shapes(problem)[0]
        own = RowPrices.of(
            np.where(balanced, self.person, self.person + shape.n_people), np.where(balanced, -people, people)
        )
        rows = list(self.others.prices(problem, paid[self.n_people :]))
        rows[[isinstance(one.shape, CycleRows) for one in problem.constraints].index(True)] = own
        return evolve(Duals.none(problem), rows=tuple(rows), unit=unit)


def lessons_of(problem: Problem, *, who: str) -> Lessons:
    """Return the pairs that rings may be made of: of the same two people only those that no other one replaces.

    Args:
        problem: The problem, with a constraint that asks for cycles.
        who: Whom a refusal names.

    Raises:
        TooLargeError: If there are more than twenty million qualified pairs.

    Complexity:
        O(qualified pairs), of which those are kept whose people both learn and teach.
    """
    if (size := problem.n_qualified()) > _MOST_PAIRS:
        raise TooLargeError(who, "qualified pairs", size, _MOST_PAIRS, "match fewer requests at a time")
    shapes = cycle_shapes(problem)
    shape, longest = shapes[0], min(one.longest for one in shapes)
    pins = np.flatnonzero(problem.pinned >= 0).astype(np.int32)
    pinned = Arcs(request=pins, mentor=problem.pinned[pins], weight=np.zeros(len(pins), np.int64))
    free = _in_rings(shape, [_unpinned(shape, pinned, arcs) for arcs in problem.usable()], pinned)
    free, others = _undominated(problem, shape, free)
    learner = np.append(shape.learner[free.request], shape.learner[pinned.request])
    teacher = np.append(shape.teacher[free.mentor], shape.teacher[pinned.mentor])
    order = np.lexsort((teacher, learner))
    place = np.argsort(order)
    person, number = np.unique(np.append(learner, teacher), return_inverse=True)
    return Lessons(
        arcs=Arcs.joined([free, pinned]).take(order),
        learner=number[: len(learner)][order],
        teacher=number[len(learner) :][order],
        pinned=order >= len(free),
        person=person.astype(np.int64),
        longest=longest,
        others=evolve(others, arc=place[others.arc]),
    )


def _unpinned(shape: CycleRows, pinned: Arcs, arcs: Arcs) -> Arcs:
    """Return the pairs in which nobody learns, or teaches, who does so in a pinned pair already."""
    learns = np.isin(shape.learner[arcs.request], shape.learner[pinned.request])
    teaches = np.isin(shape.teacher[arcs.mentor], shape.teacher[pinned.mentor])
    return arcs.take(~learns & ~teaches)


def _in_rings(shape: CycleRows, parts: list[Arcs], pinned: Arcs) -> Arcs:
    """Return the pairs of people who all learn and teach."""
    arcs = Arcs.joined([*parts, pinned])
    learner, teacher = shape.learner[arcs.request], shape.teacher[arcs.mentor]
    kept = np.arange(len(arcs))
    while True:
        learns, teaches = (np.bincount(side[kept], minlength=shape.n_people) > 0 for side in (learner, teacher))
        both = learns & teaches
        fewer = kept[both[learner[kept]] & both[teacher[kept]]]
        if len(fewer) == len(kept):
            return arcs.take(kept[kept < len(arcs) - len(pinned)])
        kept = fewer


def _undominated(problem: Problem, shape: CycleRows, arcs: Arcs) -> tuple[Arcs, Listing]:
    """Return the best of all pairs of the same two people that count in the same rows of other constraints alike."""
    place = [place for place, one in enumerate(problem.constraints) if not isinstance(one.shape, CycleRows)]
    others = evolve(problem, constraints=tuple(problem.constraints[one] for one in place))
    count = _ways_to_count(len(arcs), listing(others, arcs))
    who = pair_keys(shape.learner[arcs.request], shape.teacher[arcs.mentor], shape.n_people)
    order = np.lexsort((problem.tie(arcs.request, arcs.mentor), -arcs.weight, count, who))
    same = (np.diff(who[order]) == 0) & (np.diff(count[order]) == 0)
    kept = arcs.take(np.sort(order[np.append(True, ~same)[: len(order)]]))
    rows = listing(others, kept)
    return kept, evolve(rows, constraint=np.array(place, np.int64)[rows.constraint])


def _ways_to_count(n_arcs: int, rows: Listing) -> Numbers:
    """Return a number for each pair, the same for those that count in the same rows as much. Shape (n_arcs,)."""
    if not len(rows.arc):
        return np.zeros(n_arcs, np.int64)
    order = np.argsort(rows.arc, kind="stable")
    row = np.repeat(np.arange(len(rows)), np.diff(rows.start))[order]
    entries = list(zip(row.tolist(), rows.amount[order].tolist(), strict=True))
    begins = np.searchsorted(rows.arc[order], np.arange(n_arcs + 1)).tolist()
    known: dict[tuple[int, ...], int] = {}
    ways = (tuple(chain.from_iterable(entries[begin:end])) for begin, end in pairwise(begins))
    return np.array([known.setdefault(way, len(known)) for way in ways], np.int64)
