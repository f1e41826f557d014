"""The mentoring network: who knows whom across departments and locations, before and after, and how far it is (T26)."""

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.models.forest import NOBODY
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import NO_CODE, PersonId
from taskmentor.outcomes.mentoring import Mentoring
from taskmentor.outcomes.period import Period
from taskmentor.outcomes.ties import ALWAYS, Ties, mentoring_ties
from taskmentor.outcomes.wording import as_decimal, counted, per_cent

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Broker", "Distances", "Reach", "Silo", "as_graph", "brokers", "distances", "network_reach", "silo"]

Over = Literal["department", "location"]

_MOST_SOURCES = 512
_AT_ONCE = 64


@frozen(kw_only=True)
class Silo:
    """How much a network keeps to departments, or to locations.

    Attributes:
        internal: Ties inside one.
        external: Ties between two.
        by_chance: The share of pairs of people who are in one and the same, so the share of internal ties if ties knew
            no borders; None where nobody has anybody to be tied to.
    """

    internal: int
    external: int
    by_chance: Fraction | None

    @property
    def index(self) -> Fraction | None:
        """Return (internal - external) / (internal + external): 1 for silos, -1 for none; None without ties.

        Source:
            Krackhardt and Stern (1988), Informal networks and organizational crises, Social Psychology Quarterly 51:
            the E-I index with its sign turned, so that more of it is more of a silo.
        """
        ties = self.internal + self.external
        return Fraction(self.internal - self.external, ties) if ties else None

    @property
    def expected(self) -> Fraction | None:
        """Return the index that ties without regard to borders would have on average."""
        return None if self.by_chance is None else 2 * self.by_chance - 1

    def __str__(self) -> str:
        return (
            f"silo index {as_decimal(self.index)} ({counted(self.internal, 'tie')} inside, {self.external:,} across; "
            f"by chance {as_decimal(self.expected)})"
        )


@frozen(kw_only=True)
class Distances:
    """How many steps lie between people who can reach each other over a network.

    Attributes:
        counts: How many ordered pairs lie 1, 2, 3, ... steps apart.
        apart: How many ordered pairs cannot reach each other.
        sources: From how many people the steps were counted.
        people: How many there are; where these are more, the sources are a sample of them.
    """

    counts: tuple[int, ...]
    apart: int
    sources: int
    people: int

    @property
    def mean(self) -> Fraction | None:
        """Return the mean number of steps between those who can reach each other."""
        n = sum(self.counts)
        return Fraction(sum(steps * count for steps, count in enumerate(self.counts, 1)), n) if n else None

    @property
    def longest(self) -> int:
        """Return the most steps between two who can reach each other; 0 where nobody can."""
        return len(self.counts)

    def within(self, steps: int) -> Fraction | None:
        """Return the share of pairs who are at most so many steps apart."""
        pairs = sum(self.counts) + self.apart
        return Fraction(sum(self.counts[:steps]), pairs) if pairs else None


@frozen(kw_only=True)
class Reach:
    """How far mentoring reaches over the borders of departments or locations, before a period and at its end.

    Attributes:
        over: Whose borders.
        period: The period.
        before: The ties before it.
        after: The ties at its end, those before included.
        new_ties: How many pairs of people know each other who did not before.
        new_across: Those of them who are in two departments, or at two locations.
        pairs_before: How many pairs of departments had a tie.
        pairs_after: How many have one.
        distances_before: Steps over reporting lines and ties, before.
        distances_after: The same, at the end.
    """

    over: Over
    period: Period
    before: Silo
    after: Silo
    new_ties: int
    new_across: int
    pairs_before: int
    pairs_after: int
    distances_before: Distances
    distances_after: Distances

    def __str__(self) -> str:
        before, after = self.distances_before, self.distances_after
        return "\n".join(
            [
                f"{counted(self.new_ties, 'new tie')}, {self.new_across:,} of them between two {self.over}s.",
                f"Pairs of {self.over}s with a tie: {self.pairs_before:,} before, {self.pairs_after:,} after.",
                f"Before: {self.before}.",
                f"After: {self.after}.",
                f"Mean steps between people: {as_decimal(before.mean)} before, {as_decimal(after.mean)} after; "
                f"within 3 steps {per_cent(before.within(3))} before, {per_cent(after.within(3))} after.",
            ]
        )


def silo(organisation: Organisation, ties: Ties, over: Over, period: Period) -> Silo:
    """Return how much ties keep to departments, or to locations, at the end of a period.

    People of whom that is not known, and ties of theirs, are left out. What chance would bring is taken over everybody
    who was there on some day of the period.
    """
    group = _groups(organisation, over)
    one, other = group[ties.one], group[ties.other]
    told = (one != NO_CODE) & (other != NO_CODE)
    people = organisation.people
    there = ~(people.joined_on > np.datetime64(period.on)) & ~(people.left_on <= np.datetime64(period.since))
    sizes = [int(size) for size in np.bincount(group[there & (group != NO_CODE)]).tolist()]
    pairs = sum(sizes) * (sum(sizes) - 1)
    return Silo(
        internal=int((told & (one == other)).sum()),
        external=int((told & (one != other)).sum()),
        by_chance=Fraction(sum(size * (size - 1) for size in sizes), pairs) if pairs else None,
    )


def _groups(organisation: Organisation, over: Over) -> NDArray[np.int32]:
    people = organisation.people
    return (people.department if over == "department" else people.location).codes


def network_reach(
    organisation: Organisation,
    known: Iterable[Mentoring],
    period: Period,
    *,
    over: Over = "department",
    most_sources: int = _MOST_SOURCES,
    seed: int = 0,
) -> Reach:
    """Return how the mentoring network reaches over borders, before a period and at its end.

    Steps are counted over reporting lines of the last day and mentoring ties together, between people who are there on
    that day: so both counts have the same people and lines, and differ by the ties of the period alone.

    Args:
        organisation: The organisation; its table `engaged` tells of earlier ties.
        known: Engagements, booked sessions and groups; those that have begun are ties.
        period: The period.
        over: Whose borders.
        most_sources: From how many people steps are counted at most; of more, a sample is drawn.
        seed: Draws the sample.

    Complexity:
        O(most_sources / 64 x longest distance x (people + ties)).
    """
    ties = mentoring_ties(organisation, known)
    before, after = ties.before(period.since), ties.until(period.on)
    new = after.take(np.flatnonzero(after.day >= np.datetime64(period.since)))
    silos = [silo(organisation, some, over, period) for some in (before, after, new)]
    there = organisation.people.active(period.on)
    lines = _reporting_lines(organisation, period)
    steps = [distances(there, lines, some, most_sources=most_sources, seed=seed) for some in (before, after)]
    return Reach(
        over=over,
        period=period,
        before=silos[0],
        after=silos[1],
        new_ties=len(new),
        new_across=silos[2].external,
        pairs_before=len(_border_pairs(organisation, before, over)[0]),
        pairs_after=len(_border_pairs(organisation, after, over)[0]),
        distances_before=steps[0],
        distances_after=steps[1],
    )


def _reporting_lines(organisation: Organisation, period: Period) -> Ties:
    managers = organisation.managers(period.on)
    person = np.flatnonzero(managers != NOBODY)
    return Ties.between(person, managers[person], np.full(len(person), ALWAYS))


def distances(
    there: NDArray[np.bool_], lines: Ties, ties: Ties, *, most_sources: int = _MOST_SOURCES, seed: int = 0
) -> Distances:
    """Return how many steps lie between people, over lines and ties both ways.

    Args:
        there: Who takes part; steps over others do not count. Shape (n_people,).
        lines: Reporting lines.
        ties: Mentoring ties.
        most_sources: From how many people steps are counted at most.
        seed: Draws them where there are more.

    Complexity:
        O(sources / 64 x longest distance x (people + ties)): 64 people look out at a time, a bit each.
    """
    people = np.flatnonzero(there)
    place = np.full(len(there), NO_CODE)
    place[people] = np.arange(len(people))
    one = place[np.concatenate([lines.one, ties.one])]
    other = place[np.concatenate([lines.other, ties.other])]
    both = (one != NO_CODE) & (other != NO_CODE)
    steps = _Steps.of(one[both], other[both], len(people))
    sources = np.arange(len(people))
    if len(sources) > most_sources:
        drawn = np.random.Generator(np.random.PCG64(seed)).random(len(sources))
        sources = np.sort(np.argsort(drawn, kind="stable")[:most_sources])
    counts = steps.counted(sources)
    pairs = len(sources) * max(len(people) - 1, 0)
    return Distances(counts=counts, apart=pairs - sum(counts), sources=len(sources), people=len(people))


@frozen(eq=False)
class _Steps:
    """A graph as columns: the neighbours of each person, one after the other.

    Attributes:
        begins: Where the neighbours of those who have any begin. Shape (n_tied,).
        tied: Who has any, rising. Shape (n_tied,).
        neighbour: Shape (2 n_edges,).
        n_people: How many people there are.
    """

    begins: NDArray[np.int64]
    tied: NDArray[np.int64]
    neighbour: NDArray[np.int64]
    n_people: int

    @classmethod
    def of(cls, one: NDArray[np.integer], other: NDArray[np.integer], n_people: int) -> "_Steps":
        ends = np.concatenate([one, other]), np.concatenate([other, one])
        order = np.argsort(ends[0], kind="stable")
        tied, begins = np.unique(ends[0][order], return_index=True)
        return cls(begins, tied, ends[1][order], n_people)

    def counted(self, sources: NDArray[np.int64]) -> tuple[int, ...]:
        """Return how many people are 1, 2, 3, ... steps from the sources, summed over these."""
        counts: list[int] = []
        for begin in range(0, len(sources), _AT_ONCE):
            for steps, count in enumerate(self._levels(sources[begin : begin + _AT_ONCE])):
                if steps == len(counts):
                    counts.append(0)
                counts[steps] += count
        return tuple(counts)

    def _levels(self, sources: NDArray[np.int64]) -> Iterable[int]:
        seen = np.zeros(self.n_people, np.uint64)
        seen[sources] = np.uint64(1) << np.arange(len(sources), dtype=np.uint64)
        fresh = seen.copy()
        while len(self.tied):
            reached = np.zeros_like(seen)
            reached[self.tied] = np.bitwise_or.reduceat(fresh[self.neighbour], self.begins)
            fresh = reached & ~seen
            if not fresh.any():
                return
            seen |= fresh
            yield int(np.bitwise_count(fresh).sum(dtype=np.int64))


@frozen(kw_only=True)
class Broker:
    """Somebody without whom two departments, or locations, would have no tie at all.

    Attributes:
        person_id: Who it is.
        pairs: The pairs that all their ties run through this person.
    """

    person_id: PersonId
    pairs: tuple[tuple[str, str], ...] = field(repr=False)


def brokers(organisation: Organisation, ties: Ties, *, over: Over = "department") -> tuple[Broker, ...]:
    """Return everybody who is part of every tie between some two departments, those of most pairs first.

    Both people of the only tie between two departments are brokers of these.
    """
    pairs, of_tie, rows = _border_pairs(organisation, ties, over)
    labels = (organisation.people.department if over == "department" else organisation.people.location).labels
    in_all: dict[int, set[int]] = {}
    for pair, row in zip(of_tie.tolist(), rows.tolist(), strict=True):
        ends = {int(ties.one[row]), int(ties.other[row])}
        in_all[pair] = in_all.get(pair, ends) & ends
    found: dict[int, list[tuple[str, str]]] = {}
    for pair, people in in_all.items():
        low, high = divmod(int(pairs[pair]), len(labels))
        for person in people:
            found.setdefault(person, []).append((labels[low], labels[high]))
    ordered = sorted(found.items(), key=lambda one: (-len(one[1]), one[0]))
    return tuple(
        Broker(person_id=organisation.people.id(person), pairs=tuple(sorted(pairs_of))) for person, pairs_of in ordered
    )


def _border_pairs(
    organisation: Organisation, ties: Ties, over: Over
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of groups that have a tie as one number each, and for each tie across a border its pair."""
    group = _groups(organisation, over).astype(np.int64)
    one, other = group[ties.one], group[ties.other]
    rows = np.flatnonzero((one != NO_CODE) & (other != NO_CODE) & (one != other))
    width = int(group.max(initial=0)) + 1
    keys = np.minimum(one, other)[rows] * width + np.maximum(one, other)[rows]
    pairs, of_tie = np.unique(keys, return_inverse=True)
    return pairs, of_tie, rows


def as_graph(organisation: Organisation, ties: Ties) -> "nx.Graph[str]":
    """Return ties as a networkx graph of everybody, for whatever else one may want to know of a network.

    Each edge has the first day as `since`; None for as long as anybody knows.
    """
    import networkx as nx

    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(organisation.people.id(code) for code in range(len(organisation.people)))
    for (one, other), day in zip(ties.pairs(organisation), ties.day, strict=True):
        graph.add_edge(one, other, since=None if day == ALWAYS else day.item())
    return graph
