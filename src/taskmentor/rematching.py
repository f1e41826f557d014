"""A gentle rematch: what is published stays unless something better pays for it, and the answer is a difference.

A round is matched again when people came and went: with everything else as it was, the best plan of today may give new
mentors to many whom nothing has happened to, at hardly any gain. Here a pair that is in place is worth more than any
other one like it, by a stated number of points; or at most so many pairs change; or none does, and only the rest is
matched.
"""

from collections.abc import Collection
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Literal

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, UnsupportedError, shown
from taskmentor.matching.aims.ordered import Ordered
from taskmentor.matching.covering import weighed
from taskmentor.matching.duals import total
from taskmentor.matching.exact import Exact
from taskmentor.matching.ids import pool_of
from taskmentor.matching.market import within
from taskmentor.matching.plan import Certificate, Plan
from taskmentor.matching.policy import Described
from taskmentor.matching.pool import Pool, place_in
from taskmentor.matching.problem import Problem, compile_problem, daily_problem
from taskmentor.matching.scorers import InPlace
from taskmentor.matching.shapes import find_keys, pair_keys
from taskmentor.matching.solution import Solution, Status, Strategy
from taskmentor.matching.start import PlanStart, SolutionStart
from taskmentor.matching.wishes import with_wish
from taskmentor.models.organisation import Organisation, PairList
from taskmentor.programmes import Programme
from taskmentor.rounds import Round, answer, round_of
from taskmentor.validators import as_rows

__all__ = ["Change", "Difference", "Fate", "Keep", "Rematch", "Why", "in_place", "rematch"]

_IN_PLACE = InPlace(pairs=()).name

Keep = Literal["none", "all"] | Collection[tuple[str, str]]
"""Which published pairs stay whatever it costs: none, all that still can, or those of some mentees and skills."""

_USUAL_BONUS = 10


class Fate(StrEnum):
    """What became of a pair."""

    KEPT = "kept"
    RUNNING = "running"
    """It has become an engagement, which takes its places and is matched no more."""
    CHANGED = "changed"
    LOST = "lost"
    NEW = "new"


class Why(StrEnum):
    """Why a published pair did not stay; the first that holds is given."""

    MENTEE_LEFT = "mentee-left"
    REQUEST_CLOSED = "request-closed"
    """Withdrawn, met, or already served by somebody else."""
    MENTOR_LEFT = "mentor-left"
    NO_PLACES = "no-places"
    """The mentor offers none any more."""
    NOT_QUALIFIED = "not-qualified"
    BARRED = "barred"
    FEWER_PLACES = "fewer-places"
    """Mentor or mentee has fewer places than there are published pairs that could stay."""
    BETTER_PLAN = "better-plan"
    """It could have stayed; the plan as a whole is better without it."""


@frozen(kw_only=True)
class Change:
    """One pair that is not as it was.

    Attributes:
        mentee_id: Whose request it is.
        skill_id: The skill.
        before: The mentor in the published plan, None where there was none.
        after: The mentor now, None where there is none.
        fate: What became of the pair.
        why: Why the published pair did not stay; None where there was none.
        rules: The rules that bar it.
    """

    mentee_id: str
    skill_id: str
    before: str | None
    after: str | None
    fate: Fate
    why: Why | None
    rules: tuple[str, ...] = ()

    def __str__(self) -> str:
        about = f"{self.mentee_id} {self.skill_id}"
        if self.before is None:
            return f"{self.fate} {about}: {self.after}"
        barred = f" by {' and '.join(self.rules)}" if self.rules else ""
        return f"{self.fate} {about}: {self.before} -> {self.after or 'nobody'} ({self.why}{barred})"


@frozen(kw_only=True)
class Difference:
    """What a rematch changes.

    Attributes:
        kept: How many published pairs stay.
        running: How many have become engagements.
        changes: Everything else: changed, lost and new pairs, sorted by mentee and skill.
    """

    kept: int
    running: int
    changes: tuple[Change, ...]

    def counts(self) -> dict[str, int]:
        """Return how many pairs have which fate."""
        other = {fate.value: sum(change.fate is fate for change in self.changes) for fate in Fate}
        return {**other, Fate.KEPT.value: self.kept, Fate.RUNNING.value: self.running}

    def reasons(self) -> dict[str, int]:
        """Return how often each reason holds for a pair that did not stay; those that never do are left out."""
        return {why.value: n for why in Why if (n := sum(change.why is why for change in self.changes))}

    def data(self) -> dict[str, Described]:
        """Return the whole difference as plain data."""
        return {
            "counts": dict(self.counts()),
            "reasons": dict(self.reasons()),
            "changes": [
                {
                    "mentee_id": change.mentee_id,
                    "skill_id": change.skill_id,
                    "before": change.before,
                    "after": change.after,
                    "fate": change.fate.value,
                    "why": None if change.why is None else change.why.value,
                    "rules": list(change.rules),
                }
                for change in self.changes
            ],
        }

    def text(self, *, most: int | None = None) -> str:
        """Return the difference in lines.

        Args:
            most: How many changes are told one by one; all unless given.
        """
        counts = ", ".join(f"{n:,} {fate}" for fate, n in self.counts().items())
        reasons = ", ".join(f"{n:,} {why}" for why, n in self.reasons().items())
        shown = self.changes[:most]
        lines = [f"Pairs: {counts}.", *([f"Did not stay: {reasons}."] if reasons else []), *map(str, shown)]
        more = len(self.changes) - len(shown)
        return "\n".join([*lines, *([f"... and {more:,} more"] if more else [])])


@frozen(eq=False, kw_only=True)
class Rematch:
    """A round that was matched again.

    Attributes:
        before: The published plan.
        round: The new round, verified under its own organisation and programme: kept pairs are pins of the one, and
            what a pair in place is worth is a scorer of the other.
        difference: What changes.
        n_possible: How many published pairs could stay, each by itself.
        bonus: What a pair in place is worth beside its score, in points; where changes are limited, what was found.
        most_changes: How many of the possible pairs may change, None for any number.
    """

    before: Plan = field(repr=False)
    round: Round
    difference: Difference = field(repr=False)
    n_possible: int
    bonus: int
    most_changes: int | None = None

    @property
    def n_changes(self) -> int:
        """Return how many published pairs could stay and do not."""
        return self.n_possible - self.difference.kept

    @cached_property
    def value(self) -> int:
        """Return the objective of the programme's own policy where changes are limited, else that with the bonus."""
        if self.most_changes is None or not self.bonus:
            return self.round.plan.claims.value
        own, solution = _without_bonus(self.round), self.round.solution
        level = own.levels(solution.request, solution.mentor)
        worth = total(own.worth(solution.request, solution.mentor, level))
        return own.value(solution.n_matched, worth) - own.paid_for_places(solution.request, solution.mentor)

    @property
    def bound(self) -> int:
        """Return what no plan can exceed that changes as few pairs."""
        return self.value + self.gap

    @property
    def gap(self) -> int:
        """Return how far the plan is at the most from the best one that changes as few pairs; 0 is a proof.

        Source:
            Lagrangian relaxation (Geoffrion 1974): a plan of at most d changes keeps at least n - d pairs, so its value
            is at most the bound with the bonus, less the bonus for n - d pairs. What a request or a wish counts with
            the bonus is no less than what it counts without, so that no gap is wider without.
        """
        gap = self.round.plan.claims.gap
        if self.most_changes is None:
            return gap
        beyond = self.difference.kept - (self.n_possible - self.most_changes)
        return gap + _counted_bonus(self.round.problem, self.bonus) * beyond

    def summary(self, *, most: int | None = 20) -> str:
        """Return what the round did and what it changes, in lines.

        Args:
            most: How many changes are told one by one; None for all.
        """
        limit = "" if self.most_changes is None else f" At most {self.most_changes:,} may change."
        lines = [
            self.round.summary(),
            f"Of {len(self.before):,} published pairs {self.n_possible:,} could stay; {self.n_changes:,} of them "
            f"change.{limit} A pair in place counts {self.bonus:,} more.",
        ]
        if self.most_changes is not None:
            lines.append(
                f"Of plans that change no more: value {self.value:,}, bound {self.bound:,}, proven gap {self.gap:,}."
            )
        return "\n".join([*lines, self.difference.text(most=most)])

    def data(self) -> dict[str, Described]:
        """Return the counts and the difference as plain data."""
        return {
            "possible": self.n_possible,
            "changes": self.n_changes,
            "most_changes": self.most_changes,
            "bonus": self.bonus,
            "value": self.value,
            "bound": self.bound,
            "gap": self.gap,
            "difference": self.difference.data(),
        }


def rematch(
    before: Round | tuple[Plan, Certificate],
    organisation: Organisation,
    programme: Programme,
    *,
    on: date,
    strategy: Strategy | None = None,
    seed: int | None = None,
    keep: Keep = "none",
    bonus: int | None = None,
    most_changes: int | None = None,
) -> Rematch:
    """Return a round matched again for what an organisation has become, with as much of it kept as was asked for.

    Args:
        before: The published round, or its plan and certificate.
        organisation: The organisation as it is now. Engagements that run, or were accepted and added by
            `Organisation.engaging`, take their places and stay in any case.
        programme: The programme.
        on: The day.
        strategy: Who solves; `Exact()` unless given, or `Ordered()` where the policy has aims. An `Exact` begins at the
            published pairs and prices.
        seed: Salts the hash that orders ids and settles ties; that of the published plan unless given.
        keep: Which published pairs stay whatever it costs: `none`, `all` that still can, or those of some mentees and
            skills. Where there are fewer places than before, `all` keeps those of most points.
        bonus: What a pair in place is worth beside its score, in points; 10 unless given. 1 settles ties, and little
            else; where one person in a hundred changed, 10 keeps 99 % of the pairs that nothing has happened to, for a
            few points in 100,000.
        most_changes: At most so many of the published pairs that could stay change, in place of a bonus: what a pair in
            place must be worth for that is found, and the gap proven. Under `requests-then-score` this stands after the
            number of requests served, and after wishes where these go before the score.

    Raises:
        InputError: If a kept pair cannot be kept (`CANNOT-STAY`), a number is out of range (`OUT-OF-RANGE`) or both are
            given (`CONFLICTING-ARGUMENTS`), every plan that serves the most requests changes more pairs
            (`TOO-FEW-CHANGES`), or the published plan contradicts itself (`INVALID-PLAN`) or is that of another
            organisation (`OTHER-ORGANISATION`).
        UnsupportedError: As `match`, and if changes are limited and the policy has aims.
        SolverError: As `match`.
    """
    plan, certificate = (before.plan, before.certificate) if isinstance(before, Round) else before
    _check_counts(bonus, most_changes)
    salt = plan.claims.seed if seed is None else seed
    published = _Published.of(organisation, programme, plan, on=on, seed=salt)
    pinned = published.pinning(keep)
    if most_changes is not None and programme.policy.aims:
        raise UnsupportedError("most_changes needs one objective, and the policy has aims in an order; take a bonus.")
    usual = Ordered() if programme.policy.aims else Exact()
    chosen = _starting_at(usual if strategy is None else strategy, PlanStart(plan, certificate))
    asked = _Asked(published=published, organisation=pinned, programme=programme)
    found = (
        asked.best(chosen, _USUAL_BONUS if bonus is None else bonus)
        if most_changes is None
        else asked.limited(chosen, most_changes)
    )
    round_ = round_of(pinned, found.programme, found.problem, found.solution, seed=salt)
    return Rematch(
        before=plan,
        round=round_,
        difference=_difference(published, round_.plan),
        n_possible=published.n_possible,
        bonus=found.bonus,
        most_changes=most_changes,
    )


def in_place(
    before: Plan, organisation: Organisation, programme: Programme, plan: Plan, *, keep: Keep = "none"
) -> tuple[Organisation, Programme]:
    """Return the organisation and the programme under which a rematch of a plan was made, for `verify` and `reopen`.

    Everything is taken from the published plan and the tables, but for the points of a pair in place, which the new
    plan says.

    Args:
        before: The published plan.
        organisation: The organisation that was matched again.
        programme: The programme.
        plan: The new plan.
        keep: What was asked to stay.
    """
    published = _Published.of(organisation, programme, before, on=plan.claims.on, seed=plan.claims.seed)
    return published.pinning(keep), _valuing(programme, published, _bonus_of(plan))


def _counted_bonus(problem: Problem, bonus: int) -> int:
    """Return what a pair in place counts more in a problem, where points may count several times beside wishes."""
    return sum(one.weight for one in problem.scorers if one.name == _IN_PLACE) if bonus else 0


def _without_bonus(round_: Round) -> Problem:
    """Return the problem of a round in which a pair in place counts as any other."""
    problem, level = round_.problem, round_.programme.policy.wishes
    own = tuple(one for one in problem.point_scorers if one.name != _IN_PLACE)
    if problem.wish is None:
        return evolve(problem, scorers=own)
    return evolve(problem, scorers=with_wish(own, problem.wish, level, n_places=problem.n_places), plain=own)


def _bonus_of(plan: Plan) -> int:
    """Return what a plan says that a pair in place was worth; 0 where it says nothing."""
    scorers = plan.claims.policy.get("scorers")
    for scorer in scorers if isinstance(scorers, list) else []:
        if isinstance(scorer, dict) and scorer.get("class") == InPlace.__name__:
            weight = scorer.get("weight")
            return weight if isinstance(weight, int) else 0
    return 0


def _check_counts(bonus: int | None, most_changes: int | None) -> None:
    for name, number in (("bonus", bonus), ("most_changes", most_changes)):
        if number is not None and (type(number) is not int or number < 0):
            problem = f"{shown(number)} is not a whole number of 0 or more"
            raise InputError([_argument("OUT-OF-RANGE", name, problem, "Give one such as 1.")])
    if bonus is not None and most_changes is not None:
        problem, remedy = "most_changes stands in place of a bonus", "Leave one of the two out."
        raise InputError([_argument("CONFLICTING-ARGUMENTS", "bonus", problem, remedy)])


def _argument(code: str, name: str, problem: str, remedy: str) -> Fault:
    return Fault(code=code, table="arguments", column=name, problem=problem, remedy=remedy)


def _starting_at(strategy: Strategy, start: PlanStart) -> Strategy:
    return evolve(strategy, start=start) if isinstance(strategy, Exact) and strategy.start is None else strategy


def _valuing(programme: Programme, published: "_Published", bonus: int) -> Programme:
    """Return a programme under which a published pair that can stay is worth more."""
    if not bonus or not published.n_possible:
        return programme
    scorer = InPlace(weight=bonus, pairs=published.possible_pairs)
    return evolve(programme, policy=evolve(programme.policy, scorers=(*programme.policy.scorers, scorer)))


# --- the published pairs, in the problem of today


@frozen(eq=False, kw_only=True)
class _Published:
    """The pairs of a published plan, in the order of its rows.

    Attributes:
        plan: The plan.
        problem: The problem of today, without a word about what is published.
        request: Places of their requests, -1 for those that are not open. Shape (n,).
        mentor: Places of their mentors, -1 for those who are not there. Shape (n,).
        running: Which have become engagements. Shape (n,).
        why: Why each cannot stay, as a place in `Why`; -1 where it can. Shape (n,).
    """

    plan: Plan
    problem: Problem
    request: NDArray[np.int64]
    mentor: NDArray[np.int64]
    running: NDArray[np.bool_]
    why: NDArray[np.int64]

    @classmethod
    def of(cls, organisation: Organisation, programme: Programme, plan: Plan, *, on: date, seed: int) -> "_Published":
        problem = daily_problem(organisation, programme.policy, on=on, seed=seed)
        pool, people = pool_of(problem), organisation.people
        request = pool.requests_named(plan.mentee_id, plan.skill_id)
        mentor = pool.mentors_named(plan.mentor_id)
        mentee = place_in(people.ids, plan.mentee_id)
        _check_published(plan, mentee, request)
        there = np.append(people.active(on), False)
        pair = np.flatnonzero((request >= 0) & (mentor >= 0))
        asked, offered = request[pair], mentor[pair]
        level, pinned = problem.levels(asked, offered), problem.pinned[asked]
        holds = {why: np.zeros(len(plan), np.bool_) for why in Why}
        holds[Why.MENTEE_LEFT] = ~there[mentee]
        holds[Why.REQUEST_CLOSED] = request < 0
        holds[Why.REQUEST_CLOSED][pair] = (pinned >= 0) & (pinned != offered)
        holds[Why.MENTOR_LEFT] = mentor < 0
        holds[Why.NO_PLACES][pair] = people.capacity[pool.mentors[offered]] <= 0
        holds[Why.NOT_QUALIFIED][pair] = (level < 0) | (level < problem.need[asked])
        holds[Why.BARRED][pair] = ~problem.admits(asked, offered, level)
        return cls(
            plan=plan,
            problem=problem,
            request=request,
            mentor=mentor,
            running=_running(organisation, plan, mentee, on),
            why=np.select([*holds.values()], np.arange(len(holds)), -1),
        )

    @cached_property
    def possible(self) -> NDArray[np.intp]:
        """Return the rows of the pairs that could stay, each by itself."""
        return np.flatnonzero((self.why < 0) & ~self.running)

    @property
    def n_possible(self) -> int:
        """Return how many they are."""
        return len(self.possible)

    @cached_property
    def keys(self) -> NDArray[np.int64]:
        """Return one number for each pair that could stay, rising."""
        return np.sort(pair_keys(self.request[self.possible], self.mentor[self.possible], self.problem.n_mentors))

    @cached_property
    def possible_pairs(self) -> tuple[tuple[str, str, str], ...]:
        """Return the pairs that could stay: mentee, skill, mentor."""
        columns = (self.plan.mentee_id, self.plan.skill_id, self.plan.mentor_id)
        return tuple(zip(*(column[self.possible].tolist() for column in columns), strict=True))

    def stays(self, request: NDArray[np.integer], mentor: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return which pairs are published and could stay."""
        return find_keys(self.keys, pair_keys(request, mentor, self.problem.n_mentors))[1]

    @cached_property
    def crowded(self) -> NDArray[np.bool_]:
        """Return which rows have a mentor or mentee with fewer places than there are such pairs. Shape (n,)."""
        problem, free = self.problem, self.possible[self.problem.pinned[self.request[self.possible]] < 0]
        mentor, mentee = self.mentor[free], problem.mentee[self.request[free]]
        crowded = np.zeros(len(self.plan), np.bool_)
        crowded[free] = np.bincount(mentor, minlength=problem.n_mentors)[mentor] > problem.capacity[mentor]
        crowded[free] |= np.bincount(mentee, minlength=problem.n_mentees)[mentee] > problem.limit[mentee]
        return crowded

    def rules(self, row: int) -> tuple[str, ...]:
        """Return the rules that bar a pair; none where nobody would ask."""
        if self.why[row] != _WHYS.index(Why.BARRED):
            return ()
        pair = self.request[row : row + 1], self.mentor[row : row + 1]
        level = self.problem.levels(*pair)
        return tuple(rule.name for rule in self.problem.rules if not rule.admits(*pair, level)[0])

    def pinning(self, keep: Keep) -> Organisation:
        """Return the organisation with those published pairs as pins that are to stay.

        Raises:
            InputError: With every pair that is to stay and cannot (`CANNOT-STAY`).
        """
        pool = pool_of(self.problem)
        rows = self._staying(keep)
        rows = rows[self.problem.pinned[self.request[rows]] < 0]
        if not len(rows):
            return pool.organisation
        pins, request = pool.organisation.pins, self.request[rows]
        more = PairList(
            np.append(pins.mentee, pool.mentees[request]),
            np.append(pins.mentor, pool.mentors[self.mentor[rows]]),
            np.append(pins.skill, pool.requests.skill[request]),
        )
        return evolve(pool.organisation, pins=more)

    def _staying(self, keep: Keep) -> NDArray[np.intp]:
        if keep == "none":
            return self.possible[:0]
        if keep == "all":
            return self._with_places(self.possible)
        named = _requests_to_keep(keep)
        asked = zip(self.plan.mentee_id.tolist(), self.plan.skill_id.tolist(), strict=True)
        rows = {pair: row for row, pair in enumerate(asked) if pair in named}
        faults = [_no_such_pair(*pair) for pair in sorted(named - rows.keys())]
        faults += [self._cannot_stay(row) for row in rows.values() if self.why[row] >= 0 and not self.running[row]]
        if faults:
            raise InputError(faults)
        return np.array([row for row in rows.values() if not self.running[row]], np.intp)

    def _with_places(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return as many of some rows as there are places for, those of most points first."""
        problem = self.problem
        pair = self.request[rows], self.mentor[rows]
        rows = rows[np.lexsort((rows, -problem.score(*pair, problem.levels(*pair))))]
        rows = rows[within(self.mentor[rows], problem.capacity)]
        return rows[within(problem.mentee[self.request[rows]], problem.limit)]

    def _cannot_stay(self, row: int) -> Fault:
        plan, why = self.plan, _WHYS[int(self.why[row])]
        problem = f"the pair of {plan.mentee_id[row]} and {plan.mentor_id[row]} for {plan.skill_id[row]}: {why.value}"
        return _argument("CANNOT-STAY", "keep", problem, "Leave it out.")


_WHYS = tuple(Why)


def _check_published(plan: Plan, mentee: NDArray[np.int64], request: NDArray[np.int64]) -> None:
    """Refuse a plan whose rows are not those that it claims to have, and one that nobody here is a mentee of.

    Args:
        plan: The published plan.
        mentee: Its mentees as people of the organisation, -1 for those who are none. Shape (n,).
        request: Its requests as places of today's, -1 for those that are not open. Shape (n,).
    """
    claims, score = plan.claims, int(plan.score.sum())
    found = [f"it has {len(plan):,} pairs, not {claims.matched:,}"] if len(plan) != claims.matched else []
    found += [f"its scores sum up to {score:,}, not {claims.score:,}"] if score != claims.score else []
    asked = np.flatnonzero(request >= 0)
    twice = asked[np.bincount(request[asked])[request[asked]] > 1]
    found += sorted({f"served twice: {plan.mentee_id[row]} {plan.skill_id[row]}" for row in twice})
    if found:
        remedy = "Give the plan as it was written."
        raise InputError([Fault(code="INVALID-PLAN", table="plan", problem=one, remedy=remedy) for one in found])
    if len(plan) and (mentee < 0).all():
        problem = f"none of its {len(plan):,} pairs has a mentee of this organisation"
        remedy = "Give the plan that was published for it."
        raise InputError([Fault(code="OTHER-ORGANISATION", table="plan", problem=problem, remedy=remedy)])


def _requests_to_keep(keep: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the requests whose pairs are to stay.

    Raises:
        InputError: If something else is given (`WRONG-TYPE`).
    """
    rows = as_rows(keep)
    odd = [row for row in rows if len(row) != 2 or not all(isinstance(one, str) for one in row)]
    if odd:
        remedy = "Give 'none', 'all' or pairs of mentee id and skill id."
        raise InputError([_argument("WRONG-TYPE", "keep", f"{shown(row)} is no request", remedy) for row in odd])
    return {(str(mentee_id), str(skill_id)) for mentee_id, skill_id in rows}


def _no_such_pair(mentee_id: str, skill_id: str) -> Fault:
    problem = f"the published plan has no pair of {shown(mentee_id)} for {shown(skill_id)}"
    return _argument("CANNOT-STAY", "keep", problem, "Leave it out.")


def _running(organisation: Organisation, plan: Plan, mentee: NDArray[np.int64], on: date) -> NDArray[np.bool_]:
    """Return which pairs of a plan have become engagements that take a place. Shape (n,)."""
    engaged = organisation.engaged.running(on)
    mentor = place_in(organisation.people.ids, plan.mentor_id)
    skill = place_in(np.array(organisation.model.skill_ids, np.str_), plan.skill_id)
    n_people, n_skills = len(organisation.people), len(organisation.model.skills)
    known = (mentee >= 0) & (mentor >= 0) & (skill >= 0)
    taken = pair_keys(pair_keys(engaged.mentee, engaged.mentor, n_people), engaged.skill, n_skills)
    return known & np.isin(pair_keys(pair_keys(mentee, mentor, n_people), skill, n_skills), taken)


# --- what is asked of a strategy


@frozen(eq=False, kw_only=True)
class _Found:
    """What a strategy found where a pair in place is worth some points more, under the programme that says so."""

    programme: Programme
    problem: Problem
    solution: Solution
    bonus: int


@frozen(eq=False, kw_only=True)
class _Asked:
    """The round that is matched again."""

    published: _Published
    organisation: Organisation
    programme: Programme

    def best(self, strategy: Strategy, bonus: int) -> _Found:
        """Return the best plan where a pair in place is worth so many points more."""
        programme = _valuing(self.programme, self.published, bonus)
        problem = compile_problem(Problem, self._pool, programme.policy)
        return _Found(programme=programme, problem=problem, solution=answer(problem, strategy), bonus=bonus)

    @cached_property
    def _pool(self) -> Pool:
        """The pool of the day, in which pins and what a pair is worth change nothing but the problem made of it."""
        pool = pool_of(self.published.problem)
        return pool if pool.organisation is self.organisation else evolve(pool, organisation=self.organisation)

    def limited(self, strategy: Strategy, most_changes: int) -> _Found:
        """Return a plan of at most so many changes, with what a pair in place is worth that makes it the best one.

        The more a pair in place is worth, the fewer change: the least such number is found by halving. Of the best
        plans on both sides of it, parts that do not touch each other are then mixed as the limit allows.

        Raises:
            InputError: If every plan that serves the most requests, and meets the most wishes where these go before the
                score, changes more.
        """
        dear = found = self.best(strategy, 0)
        problem = self.published.problem
        enough = 1 + problem.n_places * (problem.spread + 1)
        cheap: _Found | None = None
        while (n_changes := self._n_changes(dear)) > most_changes:
            if dear.bonus > enough:
                first = problem.wish is not None and self.programme.policy.wishes == "before-score"
                raise InputError([_too_few(most_changes, n_changes, wishes_first=first)])
            cheap = dear
            dear = found = self.best(_from(strategy, found), max(1, 2 * dear.bonus))
        while cheap is not None and dear.bonus - cheap.bonus > 1:
            found = self.best(_from(strategy, found), (dear.bonus + cheap.bonus) // 2)
            if self._n_changes(found) > most_changes:
                cheap = found
            else:
                dear = found
        if cheap is None or dear.problem.load_cost or dear.problem.constraints:
            return dear  # with these, parts of plans that share nobody still depend on each other
        return self._mixed(strategy, dear, cheap, most_changes)

    def _n_changes(self, found: _Found) -> int:
        kept = self.published.stays(found.solution.request, found.solution.mentor)
        return self.published.n_possible - int(np.count_nonzero(kept))

    def _mixed(self, strategy: Strategy, dear: _Found, cheap: _Found, most_changes: int) -> _Found:
        """Return the plan of fewer changes with as many parts of the other one as the limit allows, best first."""
        problem, left = dear.problem, most_changes - self._n_changes(dear)
        parts = _parts(problem, dear.solution, cheap.solution)
        loss, changes = np.zeros(parts.n, np.int64), np.zeros(parts.n, np.int64)
        for side, sign in ((parts.out, 1), (parts.in_, -1)):
            pair = side.request, side.mentor
            np.add.at(loss, side.part, sign * weighed(problem, *pair).weight)
            np.add.at(changes, side.part, sign * self.published.stays(*pair))
        gain = _counted_bonus(problem, dear.bonus) * changes - loss
        useful = np.flatnonzero((changes > 0) & (gain > 0))
        taken = np.zeros(parts.n, np.bool_)
        for part in useful[np.lexsort((useful, changes[useful], -gain[useful] // changes[useful]))].tolist():
            if changes[part] <= left:
                taken[part], left = True, left - int(changes[part])
        return evolve(dear, solution=parts.taking(problem, strategy, dear.solution, taken))


def _from(strategy: Strategy, found: _Found) -> Strategy:
    """Return a strategy that begins at what was found, where it can."""
    start = SolutionStart(found.solution, found.problem.count_weight)
    return evolve(strategy, start=start) if isinstance(strategy, Exact) else strategy


def _too_few(most_changes: int, n_changes: int, *, wishes_first: bool) -> Fault:
    # Wishes that go before the score outweigh any points.
    also = " and meets the most wishes" if wishes_first else ""
    every = f"every plan that serves the most requests{also}"
    problem = f"{most_changes:,} changes are too few: {every} has {n_changes:,} or more"
    remedy = f"Allow {n_changes:,}, or keep all published pairs, which goes before any new one."
    return _argument("TOO-FEW-CHANGES", "most_changes", problem, remedy)


@frozen(eq=False, kw_only=True)
class _Side:
    """Pairs that one of two plans has alone, and the part of the difference that each belongs to."""

    request: NDArray[np.int32]
    mentor: NDArray[np.int32]
    part: NDArray[np.int64]


@frozen(eq=False, kw_only=True)
class _Parts:
    """The difference of two plans in parts that share no mentor and no mentee, so that each may be taken by itself."""

    n: int
    out: _Side
    in_: _Side

    def taking(self, problem: Problem, strategy: Strategy, plan: Solution, taken: NDArray[np.bool_]) -> Solution:
        """Return the first plan with some parts as in the second, under the prices of the first."""
        gone, come = taken[self.out.part], taken[self.in_.part]
        keys = pair_keys(plan.request, plan.mentor, problem.n_mentors)
        leaves = np.sort(pair_keys(self.out.request[gone], self.out.mentor[gone], problem.n_mentors))
        stays = ~find_keys(leaves, keys)[1] & (problem.pinned[plan.request] < 0)
        request = np.append(plan.request[stays], self.in_.request[come])
        mentor = np.append(plan.mentor[stays], self.in_.mentor[come])
        chosen, stopped = weighed(problem, request, mentor), plan.status is Status.TIME_LIMIT
        return Solution.of(problem, strategy, chosen, plan.duals, stopped=stopped)


def _parts(problem: Problem, one: Solution, other: Solution) -> _Parts:
    """Return the difference of two plans in parts that touch each other nowhere."""
    keys = [np.sort(pair_keys(each.request, each.mentor, problem.n_mentors)) for each in (one, other)]
    alone = [own[~find_keys(rest, own)[1]] for own, rest in (keys, keys[::-1])]
    sides = [np.divmod(some, problem.n_mentors) for some in alone]
    mentee = np.concatenate([problem.mentee[request] for request, _ in sides]).astype(np.int64)
    mentor = np.concatenate([mentor for _, mentor in sides]) + problem.n_mentees
    label = np.arange(problem.n_mentees + problem.n_mentors)
    while len(mentee) and (label[mentee] != label[mentor]).any():
        least = np.minimum(label[mentee], label[mentor])
        for node in (mentee, mentor):
            np.minimum.at(label, node, least)
        label = label[label]
    names, part = np.unique(label[mentee], return_inverse=True)
    n_out = len(alone[0])
    out, in_ = (
        _Side(request=request.astype(np.int32), mentor=mentor.astype(np.int32), part=own)
        for (request, mentor), own in zip(sides, (part[:n_out], part[n_out:]), strict=True)
    )
    return _Parts(n=len(names), out=out, in_=in_)


# --- the difference


def _difference(published: _Published, plan: Plan) -> Difference:
    """Return what a plan changes of a published one."""
    now = dict(zip(_requests(plan), plan.mentor_id.tolist(), strict=True))
    kept, changes = 0, []
    for row, (asked, before) in enumerate(
        zip(_requests(published.plan), published.plan.mentor_id.tolist(), strict=True)
    ):
        after = now.pop(asked, None)
        if published.running[row]:
            continue
        if after == before:
            kept += 1
            continue
        fate = Fate.LOST if after is None else Fate.CHANGED
        change = Change(
            mentee_id=asked[0],
            skill_id=asked[1],
            before=before,
            after=after,
            fate=fate,
            why=_why(published, row),
            rules=published.rules(row),
        )
        changes.append(change)
    changes += [
        Change(mentee_id=mentee_id, skill_id=skill_id, before=None, after=after, fate=Fate.NEW, why=None)
        for (mentee_id, skill_id), after in now.items()
    ]
    changes.sort(key=lambda change: (change.mentee_id, change.skill_id))
    return Difference(kept=kept, running=int(np.count_nonzero(published.running)), changes=tuple(changes))


def _requests(plan: Plan) -> list[tuple[str, str]]:
    return list(zip(plan.mentee_id.tolist(), plan.skill_id.tolist(), strict=True))


def _why(published: _Published, row: int) -> Why:
    """Return why a published pair did not stay."""
    if published.why[row] >= 0:
        return _WHYS[int(published.why[row])]
    return Why.FEWER_PLACES if published.crowded[row] else Why.BETTER_PLAN
