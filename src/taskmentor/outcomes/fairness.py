"""What a round gave to groups of people: who got a mentor, how good a one, and who had waited; and who carries it.

This is the one place where an organisation and the protected attributes of its people come together, after matching is
over. It computes figures; whether they are what some law asks for, and what follows from them, it does not say.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from fractions import Fraction

import numpy as np
from attrs import evolve, field, frozen
from numpy.typing import NDArray

from taskmentor import authorisation
from taskmentor.authorisation import Authority, DataAction, Deny
from taskmentor.errors import Fault, InputError, NotAuthorisedError, UnknownIdError
from taskmentor.matching.blocking import blocking_pairs
from taskmentor.matching.ids import NOWHERE, place_in, pool_of
from taskmentor.matching.plan import Plan
from taskmentor.matching.shapes import find_keys
from taskmentor.models.organisation import Organisation
from taskmentor.models.protected import ProtectedAttributes
from taskmentor.outcomes.breakdowns import SMALLEST, Breakdown, Grouping, Line, added_up, grouping, said
from taskmentor.outcomes.impact import ImpactTable, impact_table
from taskmentor.outcomes.load import MentorLoad, spread
from taskmentor.outcomes.waiting import Waits
from taskmentor.outcomes.wording import aligned, as_decimal, counted, shown
from taskmentor.rounds import Round

__all__ = ["FairnessReport", "GroupTarget", "asked_in_plans", "fairness_report", "fairness_to"]

_MOST_COMPARED = 5_000_000  # qualified pairs that envy and blocking pairs look at, in some seconds
_MOST_ATTRIBUTES = 2  # more would be several tables, which together may tell what none tells alone


@frozen(kw_only=True)
class GroupTarget:
    """A floor and a ceiling for how many people of a group have a mentor.

    Attributes:
        labels: The group, as its line in the report: a label for each attribute, None for all.
        at_least: The fewest.
        at_most: The most; None for no ceiling.
        met: Whether it holds; None where it was not looked at, or the group is kept back.
    """

    labels: tuple[str | None, ...]
    at_least: int = 0
    at_most: int | None = None
    met: bool | None = None

    def measured(self, line: Line) -> "GroupTarget":
        """Return the target with whether it holds of a line."""
        if line.total is None:
            return evolve(self, met=None)
        most = line.total if self.at_most is None else self.at_most
        return evolve(self, met=self.at_least <= line.total <= most)


@frozen(kw_only=True)
class FairnessReport:
    """What a round gave to groups of people, with groups of few people kept back.

    People are those with at least one request in the round. Which lines are kept back is the same everywhere, so that
    the parts tell no more together than each alone.

    Attributes:
        on: The day of the round.
        by: The protected attributes, one or two.
        smallest: The fewest people whose numbers are shown together.
        matched: Who has a mentor for at least one request; the mean is the match rate.
        score: The points of people's pairs, 0 for those without one; the mean is the mean score.
        above_median: Who has more points than the median of all people; the mean is the scoring rate.
        median: That median; None where all is kept back, or nobody asked.
        waited: Days from the first round that asked for it to this one, for each request; None where no earlier
            rounds were given.
        envious: Who has a request that a mentor of somebody else would give more points; None where there are too
            many pairs to look at.
        blocked: Who is in a pair of which both would rather have each other; None as above.
        selection: Match rates compared: by each attribute, and by both crossed.
        scoring: Scoring rates compared, likewise.
        targets: The floors and ceilings that were asked about, with whether they hold.
        load: How the plan is spread over mentors who offer places; None where these are too few.
    """

    on: date
    by: tuple[str, ...]
    smallest: int
    matched: Breakdown = field(repr=False)
    score: Breakdown = field(repr=False)
    above_median: Breakdown = field(repr=False)
    median: Fraction | None
    waited: Breakdown | None = field(repr=False)
    envious: Breakdown | None = field(repr=False)
    blocked: Breakdown | None = field(repr=False)
    selection: tuple[ImpactTable, ...] = field(repr=False)
    scoring: tuple[ImpactTable, ...] = field(repr=False)
    targets: tuple[GroupTarget, ...] = ()
    load: MentorLoad | None = field(repr=False)

    def __str__(self) -> str:
        return "\n\n".join("\n".join(part) for part in self._parts())

    def _parts(self) -> Iterator[Sequence[str]]:
        yield [f"Round of {self.on} by {' and '.join(self.by)}. These are figures, and no legal advice."]
        yield ["Means of people with requests; of waiting, of requests", *self._means()]
        for table in self.selection:
            yield [f"Selection rates by {' and '.join(table.by)}", str(table)]
        for table in self.scoring:
            above = f"above a median of {as_decimal(self.median, 1)} points"
            yield [f"Scoring rates by {' and '.join(table.by)}, {above}", str(table)]
        if self.targets:
            yield ["Targets", *(_told(target) for target in self.targets)]
        few = f"Kept back: about fewer than {self.smallest} people."
        yield ["Mentors", few if self.load is None else str(self.load)]

    def _means(self) -> Iterator[str]:
        """Return the lines of a table of all means, one group a line."""
        parts = [self.matched, self.score, self.above_median, self.waited, self.envious, self.blocked]
        there = [part for part in parts if part is not None]
        rows = [
            (*map(said, line.labels), shown(line.people), *(_mean(part.line(*line.labels)) for part in there))
            for line in self.matched
        ]
        yield from aligned((*self.by, "people", *(part.what for part in there)), rows, n_texts=len(self.by))
        if any(line.hidden for line in self.matched):
            yield f"·: fewer than {self.smallest} people, or kept back so that those cannot be computed."


def _mean(line: Line) -> str:
    return "·" if line.hidden else as_decimal(line.mean)


def _told(target: GroupTarget) -> str:
    group = ", ".join(map(said, target.labels))
    ceiling = "" if target.at_most is None else f", at most {target.at_most:,}"
    verdict = {True: "holds", False: "does not hold", None: "kept back"}[target.met]
    return f"{group}: at least {target.at_least:,}{ceiling}: {verdict}"


def fairness_report(
    round_: Round,
    protected: ProtectedAttributes,
    *,
    by: Sequence[str] | None = None,
    asked: Waits | None = None,
    targets: Iterable[GroupTarget] = (),
    exclude_below: Fraction = Fraction(0),
    smallest: int = SMALLEST,
) -> FairnessReport:
    """Return what a round gave to groups of people by one protected attribute, or by two and both crossed.

    Args:
        round_: The round.
        protected: The protected attributes of its people, as of its day.
        by: One or two attributes; all of them unless given, where there are no more than two.
        asked: What was asked for in earlier rounds, for waiting; see `asked_in_rounds` and `asked_in_plans`.
        targets: Floors and ceilings to be held against the plan. They are for this report alone.
        exclude_below: Categories of a smaller share of all people than this are not compared with others.
        smallest: The fewest people whose numbers are shown together; 1 shows all, to those who may see everybody's.

    Raises:
        InputError: If attributes are named twice, are none or more than two, or a number is out of range
            (`BAD-FAIRNESS`).
        UnknownIdError: If there is no such attribute, or a target is about no line of the report.

    Source:
        Impact ratios: 29 CFR 1607.4(D). Selection and scoring rates, and categories crossed: New York City Local Law
        144 of 2021 and 6 RCNY 5-300 to 5-304. Load: Gini (1912), and Herfindahl and Hirschman.

    Complexity:
        O(n log n) for n requests and people, what `suppression.hide` takes, O(qualified pairs) for up to five million
        of these, and what `fisher_exact` takes for each category.
    """
    attributes = _attributes(protected, by, smallest, exclude_below)
    sample = _Sample.of(round_)
    lines = _Lines.of(round_, protected, attributes, sample, smallest)
    matched = lines.people("matched", sample.matched)
    low, high = sample.middle
    above = lines.people("above median", 2 * sample.score > low + high)
    axes = [(place,) for place in range(len(attributes))] + ([(0, 1)] if len(attributes) > 1 else [])
    few_pairs = round_.problem.n_qualified() <= _MOST_COMPARED
    return FairnessReport(
        on=round_.on,
        by=attributes,
        smallest=smallest,
        matched=matched,
        score=lines.people("points", sample.score),
        above_median=above,
        median=Fraction(low + high, 2) if matched.total.people else None,
        waited=None if asked is None else lines.requests("days waited", _waited(round_, asked)),
        envious=lines.people("envious", _envious(round_)) if few_pairs else None,
        blocked=lines.people("in a blocking pair", _blocked(round_)) if few_pairs else None,
        selection=tuple(impact_table(matched, axis, exclude_below=exclude_below) for axis in axes),
        scoring=tuple(impact_table(above, axis, exclude_below=exclude_below) for axis in axes),
        targets=tuple(_measured(target, matched) for target in targets),
        load=_load(round_, smallest),
    )


def fairness_to(
    reader: str,
    round_: Round,
    protected: ProtectedAttributes,
    *,
    authority: Authority,
    by: Sequence[str] | None = None,
    asked: Waits | None = None,
    exclude_below: Fraction = Fraction(0),
) -> FairnessReport:
    """Return what a round gave to groups of people, for those who may read aggregates.

    Args:
        reader: Who asks; the right must hold on the day of the round.
        round_: The round.
        protected: The protected attributes, which the reader does not see.
        authority: Says who may read aggregates, and of how many people.
        by: As in `fairness_report`.
        asked: As in `fairness_report`.
        exclude_below: As in `fairness_report`.

    Raises:
        NotAuthorisedError: If the reader may not read aggregates, or the round has too few people.
    """
    people = round_.organisation.people
    about = authorisation.Group(frozenset(people.ids[_Sample.of(round_).person].tolist()))
    answer = authority.authorise(reader, DataAction.READ_AGGREGATE, about, round_.on)
    if isinstance(answer, Deny):
        raise NotAuthorisedError(DataAction.READ_AGGREGATE, reader, answer.needed)
    smallest = authority.smallest_group
    return fairness_report(round_, protected, by=by, asked=asked, exclude_below=exclude_below, smallest=smallest)


def asked_in_plans(organisation: Organisation, plans: Iterable[Plan]) -> Waits:
    """Return what was asked for in the rounds of some plans, each person and skill from the first one in which it was.

    Args:
        organisation: Whose people and skills they are told in; what it does not know any more is left out.
        plans: The plans, in any order.
    """
    seen = []
    for plan in plans:
        person = place_in(organisation.people.ids, np.append(plan.mentee_id, plan.unmatched.mentee_id))
        skill = place_in(_skills(organisation), np.append(plan.skill_id, plan.unmatched.skill_id))
        known = np.flatnonzero((person != NOWHERE) & (skill != NOWHERE))
        seen.append((plan.claims.on, person[known].astype(np.int32), skill[known].astype(np.int32)))
    return Waits.first_of(organisation, seen)


def _attributes(
    protected: ProtectedAttributes, by: Sequence[str] | None, smallest: int, exclude_below: Fraction
) -> tuple[str, ...]:
    attributes = protected.attributes if by is None else tuple(by)
    faults = []
    if not 1 <= len(attributes) <= _MOST_ATTRIBUTES:
        problem = f"{counted(len(attributes), 'attribute')} cannot be one table: {', '.join(attributes) or 'nothing'}"
        remedy = f"Name one or two of {', '.join(protected.attributes) or 'those that a table gives'}."
        faults.append(_fault("by", problem, remedy))
    if len(set(attributes)) < len(attributes):
        faults.append(_fault("by", f"{attributes[0]!r} is there twice", "Name two different attributes, or one."))
    if smallest < 1:
        faults.append(_fault("smallest", f"{smallest} is no number of people", "Give a whole number of 1 or more."))
    if not 0 <= exclude_below <= 1:
        faults.append(_fault("exclude_below", f"{exclude_below} is no share", "Give one from 0 to 1, such as 1/50."))
    if faults:
        raise InputError(faults)
    return attributes


def _fault(column: str, problem: str, remedy: str) -> Fault:
    return Fault(code="BAD-FAIRNESS", table="fairness", column=column, problem=problem, remedy=remedy)


@frozen(eq=False, kw_only=True)
class _Sample:
    """The people with requests in a round, and what the plan gives them.

    Attributes:
        person: Person codes. Shape (n,).
        matched: Who has a mentor for at least one request. Shape (n,).
        score: The points of each one's pairs, 0 without one. Shape (n,).
    """

    person: NDArray[np.int32]
    matched: NDArray[np.bool_]
    score: NDArray[np.int64]

    @classmethod
    def of(cls, round_: Round) -> "_Sample":
        problem, solution = round_.problem, round_.solution
        person = np.zeros(problem.n_mentees, np.int32)
        person[problem.mentee] = pool_of(problem).mentees
        mentee, score = problem.mentee[solution.request], np.zeros(problem.n_mentees, np.int64)
        level = problem.levels(solution.request, solution.mentor)
        np.add.at(score, mentee, problem.score(solution.request, solution.mentor, level))
        return cls(person=person, matched=np.bincount(mentee, minlength=len(person)) > 0, score=score)

    @property
    def middle(self) -> tuple[int, int]:
        """Return the two scores in the middle, of which the median is the mean; the same twice for an odd number."""
        ordered = np.sort(self.score) if len(self.score) else np.zeros(1, np.int64)
        return int(ordered[(len(ordered) - 1) // 2]), int(ordered[len(ordered) // 2])


@frozen(eq=False, kw_only=True)
class _Lines:
    """What numbers of people, and of requests, are added up by.

    Attributes:
        by: The attributes.
        groups: The groups of each person, by each attribute.
        person: Person codes of the people. Shape (n,).
        mentee: The place among them of whose each request is. Shape (n_requests,).
        smallest: The fewest people whose numbers are shown together.
    """

    by: tuple[str, ...]
    groups: tuple[Grouping, ...]
    person: NDArray[np.int32]
    mentee: NDArray[np.int32]
    smallest: int

    @classmethod
    def of(
        cls, round_: Round, protected: ProtectedAttributes, by: tuple[str, ...], sample: _Sample, smallest: int
    ) -> "_Lines":
        everybody = round_.organisation.people
        categories = [protected.groups(attribute, everybody, round_.on) for attribute in by]
        return cls(
            by=by,
            groups=tuple(grouping(one.codes[sample.person], one.labels.__getitem__) for one in categories),
            person=sample.person,
            mentee=round_.problem.mentee,
            smallest=smallest,
        )

    def people(self, what: str, amount: NDArray[np.generic]) -> Breakdown:
        """Return one number of each person, added up. Shape (n,)."""
        return added_up(what, self.by, self.groups, amount.astype(np.int64), self.person, self.smallest)

    def requests(self, what: str, amount: NDArray[np.int64]) -> Breakdown:
        """Return one number of each request, added up; what is kept back is the same. Shape (n_requests,)."""
        groups = [(group[self.mentee], names) for group, names in self.groups]
        return added_up(what, self.by, groups, amount, self.person[self.mentee], self.smallest)


def _waited(round_: Round, asked: Waits) -> NDArray[np.int64]:
    """Return for how many days each request has been asked for, 0 where that began in this round."""
    requests, here, there = pool_of(round_.problem).requests, round_.organisation, asked.organisation
    person = place_in(here.people.ids, there.people.ids)[asked.person]
    skill = place_in(_skills(here), _skills(there))[asked.skill]
    earlier = np.flatnonzero((person != NOWHERE) & (skill != NOWHERE) & (asked.asked_on <= np.datetime64(round_.on)))
    n_skills = len(here.model.skills)
    keys = person[earlier] * n_skills + skill[earlier]  # as sorted as ids are in both
    place, listed = find_keys(keys, requests.mentee.astype(np.int64) * n_skills + requests.skill)
    first = np.full(len(requests), np.datetime64(round_.on))
    first[listed] = asked.asked_on[earlier][place[listed]]
    return (np.datetime64(round_.on) - first).astype(np.int64)


def _skills(organisation: Organisation) -> NDArray[np.str_]:
    return np.array(organisation.model.skill_ids, np.str_)


def _envious(round_: Round) -> NDArray[np.bool_]:
    """Return who has a request that a mentor who serves somebody else would give more points than it has."""
    problem, solution = round_.problem, round_.solution
    level = problem.levels(solution.request, solution.mentor)
    own = np.zeros(problem.n_requests, np.int64)
    own[solution.request] = problem.score(solution.request, solution.mentor, level)
    served = problem.mentee[solution.request]
    first, last = np.full(problem.n_mentors, problem.n_mentees), np.full(problem.n_mentors, -1)
    np.minimum.at(first, solution.mentor, served)
    np.maximum.at(last, solution.mentor, served)
    envious = np.zeros(problem.n_mentees, np.bool_)
    for pairs in problem.pairs(np.arange(problem.n_requests)):
        mentee = problem.mentee[pairs.request]
        used = last[pairs.mentor] >= 0
        by_another = used & ((first[pairs.mentor] != mentee) | (last[pairs.mentor] != mentee))
        better = problem.score(pairs.request, pairs.mentor, pairs.level) > own[pairs.request]
        envious[mentee[by_another & better]] = True
    return envious


def _blocked(round_: Round) -> NDArray[np.bool_]:
    """Return who is in at least one blocking pair."""
    problem = round_.problem
    found = blocking_pairs(problem, round_.solution, most_listed=max(problem.n_qualified(), 1))
    blocked = np.zeros(problem.n_mentees, np.bool_)
    blocked[problem.mentee[found.request]] = True
    return blocked


def _measured(target: GroupTarget, matched: Breakdown) -> GroupTarget:
    for line in matched:
        if line.labels == target.labels:
            return target.measured(line)
    known = [", ".join(str(label) for label in line.labels) for line in matched]
    raise UnknownIdError("group", ", ".join(str(label) for label in target.labels), known)


def _load(round_: Round, smallest: int) -> MentorLoad | None:
    problem = round_.problem
    load = np.bincount(round_.solution.mentor, minlength=problem.n_mentors)
    offered = problem.capacity + np.bincount(problem.pinned[problem.pinned >= 0], minlength=problem.n_mentors)
    offering = np.flatnonzero(offered)
    if len(offering) < smallest:
        return None
    return spread(load[offering], offered[offering], on=round_.on).kept_back(smallest)
