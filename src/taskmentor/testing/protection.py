"""Whether the groups that people belong to change anything: people change places and keep their groups.

No rule, scorer or strategy is given a protected attribute, and still one of somebody's own may have got hold of one: by
a function that closes over a table, or by a column `x_...` into which somebody copied it. So the check changes who
belongs to which group, leaves everything else as it is, and compares every pair, every score and the plan.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Final

import numpy as np
from attrs import evolve, frozen
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from taskmentor.errors import TooLargeError
from taskmentor.formats.reading import organisation_from_rows
from taskmentor.formats.writing import organisation_rows
from taskmentor.matching.flow import Flow
from taskmentor.matching.ids import pool_of, request_ids
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.solution import Status, Strategy, solve
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import Categories, Extra
from taskmentor.models.protected import ProtectedAttributes
from taskmentor.testing.promises import Broken, raise_broken
from taskmentor.testing.tables import Row, with_other_ids

__all__ = ["PROTECTION_PROMISES", "check_protection", "copied_columns"]

PROTECTION_PROMISES: Final = {
    "exchanged": "where two people of different groups change places and keep their groups, the same pairs are made "
    "possible, with the same points, and the optimum stays",
    "dealt": "where groups are dealt to other people, the same pairs are possible, with the same points, and the plan "
    "stays",
}
"""What is promised of matching, by name."""

_MOST_PAIRS = 1_000_000

PolicyOf = Callable[[ProtectedAttributes], Policy]
Pair = tuple[str, str, str]
"""Mentee, skill and mentor by id."""


def check_protection(
    organisation: Organisation,
    protected: ProtectedAttributes,
    policy: Policy | PolicyOf,
    *,
    on: date,
    strategy: Strategy | None = None,
    copies: Collection[str] | None = None,
    trials: int = 20,
    seed: int = 0,
) -> None:
    """Return nothing where protected attributes change nothing in who may be matched, in points and in the plan.

    Two people of different groups change places: each takes over what is known of the other, and both keep their ids,
    their groups, and what stands in columns of the organisation's own that tell the same as an attribute. Then groups
    are dealt to other people, where the policy is made from attributes or such a column exists.

    What this does not find: a column that tells an attribute in part, such as a neighbourhood, as it moves with its
    person like everything else; and a strategy that chooses by groups among plans that are equally good.

    Args:
        organisation: The organisation, of a size of which all pairs can be listed many times.
        protected: The protected attributes of its people.
        policy: The policy; or what makes one from protected attributes, where somebody does that.
        on: The day.
        strategy: Who solves; `Flow()` unless given.
        copies: The organisation's own columns that stay with groups; those of `copied_columns` unless given.
        trials: How many times people change places, and how many times groups are dealt.
        seed: Of what is drawn.

    Raises:
        BrokenPromiseError: If something changes, with the first difference that was found.
        TooLargeError: If there are more than a million pairs.
        ValueError: If nobody who takes part is of another group than somebody else, so that nothing could be found.
    """
    told = copied_columns(organisation, protected, on) if copies is None else tuple(copies)
    trial = _Trial.of(organisation, protected, policy, copies=told, on=on, strategy=strategy or Flow())
    raise_broken(policy, [*trial.broken(trials, default_rng(seed))])


def copied_columns(organisation: Organisation, protected: ProtectedAttributes, on: date) -> tuple[str, ...]:
    """Return the organisation's own columns that tell the same as a protected attribute on a day.

    That is where, of the people of whom both are known, each value goes with one group and each group with one value,
    and there are two groups or more. Rules and scorers may read such a column, so it should not be there.
    """
    found = []
    for extra in organisation.people.extras:
        for attribute in protected.attributes:
            groups = protected.groups(attribute, organisation.people, on)
            pairs = {(extra.value(row), groups.label(row)) for row in np.flatnonzero(_both(extra, groups)).tolist()}
            values, labels = {value for value, _ in pairs}, {label for _, label in pairs}
            if len(pairs) == len(values) == len(labels) > 1:
                found.append(extra.name)
    return tuple(dict.fromkeys(found))


def _both(extra: Extra, groups: Categories) -> NDArray[np.bool_]:
    known: NDArray[np.bool_] = extra.given & (groups.codes >= 0)
    return known


@frozen(eq=False, kw_only=True)
class _Matched:
    """Everything of a round that must not depend on groups, by ids.

    Attributes:
        points: The score of each pair that is possible.
        plan: The pairs of the plan.
        value: The optimum; None where the strategy proved none.
    """

    points: dict[Pair, int]
    plan: frozenset[Pair]
    value: int | None

    @classmethod
    def of(cls, organisation: Organisation, policy: Policy, on: date, strategy: Strategy) -> "_Matched":
        problem = daily_problem(organisation, policy, on=on)
        if (size := problem.n_qualified()) > _MOST_PAIRS:
            raise TooLargeError("check_protection", "qualified pairs", size, _MOST_PAIRS, "check a part of the people")
        points: dict[Pair, int] = {}
        for pairs in problem.pairs(np.arange(problem.n_requests)):
            score = problem.score(pairs.request, pairs.mentor, pairs.level)
            points |= zip(_named(problem, pairs.request, pairs.mentor), score.tolist(), strict=True)
        solution = solve(problem, strategy)
        return cls(
            points=points,
            plan=frozenset(_named(problem, solution.request, solution.mentor)),
            value=solution.value if solution.status is Status.OPTIMAL else None,
        )

    def with_other_ids(self, names: dict[str, str]) -> "_Matched":
        """Return the same where people have other ids."""

        def other(pair: Pair) -> Pair:
            return names[pair[0]], pair[1], names[pair[2]]

        points = {other(pair): score for pair, score in self.points.items()}
        return evolve(self, points=points, plan=frozenset(map(other, self.plan)))


def _named(problem: Problem, request: NDArray[np.integer], mentor: NDArray[np.integer]) -> list[Pair]:
    mentees, skills = request_ids(problem, request)
    pool = pool_of(problem)
    mentors = pool.organisation.people.ids[pool.mentors[mentor]]
    return [*zip(mentees.tolist(), skills.tolist(), mentors.tolist(), strict=True)]


@frozen(eq=False, kw_only=True)
class _Trial:
    """What is tried, and what comes out as things are.

    Attributes:
        tables: The organisation as rows.
        organisation: The organisation.
        protected: The protected attributes.
        policy: What gives the policy.
        makes: Whether it looks at protected attributes for that.
        copies: The organisation's own columns that tell an attribute.
        on: The day.
        strategy: Who solves.
        found: What comes out.
    """

    tables: Mapping[str, Sequence[Row]]
    organisation: Organisation
    protected: ProtectedAttributes
    policy: PolicyOf
    makes: bool
    copies: tuple[str, ...]
    on: date
    strategy: Strategy
    found: _Matched

    @classmethod
    def of(
        cls,
        organisation: Organisation,
        protected: ProtectedAttributes,
        policy: Policy | PolicyOf,
        copies: tuple[str, ...],
        on: date,
        strategy: Strategy,
    ) -> "_Trial":
        made: PolicyOf = (lambda _: policy) if isinstance(policy, Policy) else policy
        return cls(
            tables=organisation_rows(organisation),
            organisation=organisation,
            protected=protected,
            policy=made,
            makes=not isinstance(policy, Policy),
            copies=copies,
            on=on,
            strategy=strategy,
            found=_Matched.of(organisation, made(protected), on, strategy),
        )

    def broken(self, trials: int, rng: Generator) -> Iterator[Broken]:
        """Yield each promise that does not hold, with what was seen first."""
        tried = {"exchanged": self.exchanged, "dealt": self.dealt}
        if not (self.makes or self.copies):
            del tried["dealt"]  # nothing that anything reads would change
        for name, one in tried.items():
            seen = next((seen for _ in range(trials) if (seen := one(rng))), "")
            if seen:
                yield Broken(promise=name, meaning=PROTECTION_PROMISES[name], seen=seen)

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Return the groups of everybody who takes part, one for each attribute.

        Raises:
            ValueError: If they are all alike.
        """
        people = self.organisation.people
        groups = [self.protected.groups(one, people, self.on) for one in self.protected.attributes]
        taking_part = sorted({person for mentee, _, mentor in self.found.points for person in (mentee, mentor)})
        rows = people.codes(taking_part).tolist()
        found = {person: tuple(one.label(row) for one in groups) for person, row in zip(taking_part, rows, strict=True)}
        if len(set(found.values())) < 2:
            raise ValueError("nobody who takes part is of another group than somebody else, so nothing can be found")
        return found

    def exchanged(self, rng: Generator) -> str:
        """Return what changes where two people change places and keep their groups; nothing where nothing does."""
        one = str(rng.choice([*self.groups]))
        other = str(rng.choice([person for person, groups in self.groups.items() if groups != self.groups[one]]))
        names = {str(person): str(person) for person in self.organisation.people.ids.tolist()}
        names |= {one: other, other: one}
        tables = self._with_copies(with_other_ids(self.tables, names), {one: one, other: other})
        after = _Matched.of(organisation_from_rows(tables), self.policy(self.protected), self.on, self.strategy)
        before = self.found.with_other_ids(names)
        seen = _difference(before.points, after.points)
        if not seen and None not in (before.value, after.value) and before.value != after.value:
            seen = f"the optimum is {after.value:,} instead of {before.value:,}"
        return seen and f"with {one} and {other} in each other's place, {seen}"

    def dealt(self, rng: Generator) -> str:
        """Return what changes where groups are dealt to other people; nothing where nothing does."""
        people = self.organisation.people.ids
        names = dict(zip(people.tolist(), rng.permutation(people).tolist(), strict=True))
        ids = np.array([names.get(person, person) for person in self.protected.person_id.tolist()], np.str_)
        protected, organisation = evolve(self.protected, person_id=ids), self.organisation
        if self.copies:
            organisation = organisation_from_rows(self._with_copies(self.tables, names))
        after = _Matched.of(organisation, self.policy(protected), self.on, self.strategy)
        seen = _difference(self.found.points, after.points)
        if not seen and self.found.plan != after.plan:
            mentee, skill, mentor = min(self.found.plan ^ after.plan)
            seen = f"the pair of {mentee} and {mentor} for {skill} is in one plan and not in the other"
        return seen and f"with groups dealt to other people, {seen}"

    def _with_copies(self, tables: Mapping[str, Sequence[Row]], names: Mapping[str, str]) -> dict[str, Sequence[Row]]:
        """Return tables in which what tells of the groups of some people, as they are, stands with others by name."""
        told = {row["person_id"]: {name: row.get(name) for name in self.copies} for row in self.tables["people"]}
        whose = {new: old for old, new in names.items()}
        people = [{**row, **told[whose.get(str(row["person_id"]), row["person_id"])]} for row in tables["people"]]
        return {**tables, "people": people}


def _difference(before: Mapping[Pair, int], after: Mapping[Pair, int]) -> str:
    """Return the first pair that is possible in one case alone or has other points; nothing where none has."""
    for pair in sorted({*before, *after}):
        if before.get(pair) != after.get(pair):
            mentee, skill, mentor = pair
            then, now = (f"{one[pair]:,} points" if pair in one else "no way" for one in (before, after))
            return f"the pair of {mentee} and {mentor} for {skill} has {now} instead of {then}"
    return ""
