"""Every plan of a small market tried one after the other, and those that are stable, in plain Python.

What a pair is worth to each side is a number, the smaller the better; nothing here knows deferred acceptance.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from attrs import frozen

Pair = tuple[int, int]
"""A request and a mentor."""

Matching = frozenset[Pair]


@frozen(kw_only=True)
class Market:
    """A market as lists.

    Attributes:
        mentee: Whose each request is.
        limit: Places of each mentee.
        capacity: Places of each mentor.
        by_mentee: What each pair is to the mentee, smaller is better; pairs that are not there are not made.
        by_mentor: What the same pairs are to the mentor.
    """

    mentee: Sequence[int]
    limit: Sequence[int]
    capacity: Sequence[int]
    by_mentee: Mapping[Pair, tuple[int, int]]
    by_mentor: Mapping[Pair, tuple[int, int]]

    def matchings(self) -> Iterator[Matching]:
        """Return every plan within all limits."""
        choices = [
            [None, *(pair for pair in self.by_mentee if pair[0] == request)] for request in range(len(self.mentee))
        ]
        for chosen in product(*choices):
            pairs = [pair for pair in chosen if pair is not None]
            learning, load = [0] * len(self.limit), [0] * len(self.capacity)
            for request, mentor in pairs:
                learning[self.mentee[request]] += 1
                load[mentor] += 1
            within = all(n <= most for n, most in zip(learning, self.limit, strict=True))
            if within and all(n <= most for n, most in zip(load, self.capacity, strict=True)):
                yield frozenset(pairs)

    def blocking(self, plan: Matching) -> set[Pair]:
        """Return the pairs that would both gain by each other."""
        return {
            pair
            for pair in self.by_mentee
            if pair not in plan and self.mentee_gains(plan, pair) and self.mentor_gains(plan, pair)
        }

    def mentee_gains(self, plan: Matching, pair: Pair) -> bool:
        """Return whether the mentee can make a lawful set of pairs that is better by taking this one."""
        request, _ = pair
        me = self.mentee[request]
        if not self.limit[me]:
            return False
        mine = [held for held in plan if self.mentee[held[0]] == me]
        same = [held for held in mine if held[0] == request]
        if same:
            return self.by_mentee[pair] < self.by_mentee[same[0]]
        return len(mine) < self.limit[me] or any(self.by_mentee[pair] < self.by_mentee[held] for held in mine)

    def mentor_gains(self, plan: Matching, pair: Pair) -> bool:
        """Return whether the mentor has a free place or would give up somebody for this one."""
        _, mentor = pair
        mine = [held for held in plan if held[1] == mentor]
        free = len(mine) < self.capacity[mentor]
        return free or any(self.by_mentor[pair] < self.by_mentor[held] for held in mine)

    def stable(self) -> list[Matching]:
        """Return every plan that no pair blocks."""
        return [plan for plan in self.matchings() if not self.blocking(plan)]

    def mentees_choice(self, pairs: Matching) -> Matching:
        """Return what mentees would choose out of some pairs, where none are equal."""
        chosen: set[Pair] = set()
        learning, served = [0] * len(self.limit), set()
        for request, mentor in sorted(pairs, key=lambda pair: (self.mentee[pair[0]], self.by_mentee[pair])):
            me = self.mentee[request]
            if request not in served and learning[me] < self.limit[me]:
                chosen.add((request, mentor))
                served.add(request)
                learning[me] += 1
        return frozenset(chosen)

    def mentors_choice(self, pairs: Matching) -> Matching:
        """Return what mentors would choose out of some pairs, where none are equal."""
        chosen: set[Pair] = set()
        load = [0] * len(self.capacity)
        for request, mentor in sorted(pairs, key=lambda pair: (pair[1], self.by_mentor[pair])):
            if load[mentor] < self.capacity[mentor]:
                chosen.add((request, mentor))
                load[mentor] += 1
        return frozenset(chosen)
