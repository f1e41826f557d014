"""Everything that mentoring has changed in a period, in one value."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from attrs import evolve, field, frozen

from taskmentor.models.organisation import Organisation
from taskmentor.outcomes.activities import Activity, activity
from taskmentor.outcomes.bench import Bench, at_target, bench_of
from taskmentor.outcomes.breakdowns import SMALLEST, Amounts, Breakdown, By, breakdown, hidden_alike, totals
from taskmentor.outcomes.change import change_amounts, skill_changes, with_outcomes
from taskmentor.outcomes.load import MentorLoad, mentor_load
from taskmentor.outcomes.mentoring import Mentoring, bookings_in, engagements_in, groups_in, known_here
from taskmentor.outcomes.network import Reach, network_reach
from taskmentor.outcomes.period import Period
from taskmentor.outcomes.risk import KnowledgeAtRisk, knowledge_at_risk
from taskmentor.outcomes.signs import Fading, fading
from taskmentor.outcomes.supply import Supply, supply_and_demand
from taskmentor.outcomes.suppression import n_different
from taskmentor.outcomes.ties import Ties, mentoring_ties
from taskmentor.outcomes.waiting import TimeToMentor, Waits, asked_as_gaps, coverage_amounts, time_to_mentor, waits
from taskmentor.outcomes.wording import counted
from taskmentor.proficiency import confirmed_proficiency

__all__ = ["Report", "report"]


@frozen(kw_only=True)
class Report:
    """What mentoring has changed in a period; None where something is about too few people.

    Attributes:
        period: The period.
        by: What people are grouped by.
        smallest: The fewest people whose numbers are shown together.
        engagements: How many engagements were looked at.
        bookings: How many booked sessions were.
        groups: How many groups were.
        strangers: How many of all these were not, as the organisation does not know somebody, or a skill, any more.
        met_before: What roles ask for, and how much of it is met on the first day, by groups.
        met_after: The same on the last day.
        gained: Levels that mentees gained and their managers confirmed.
        bench: The bench of each skill on both days.
        supply: Supply and demand on the first day.
        time: How long people waited for a mentor.
        coverage: Who got one, by groups.
        activity: How engagements went.
        load: How they are spread over mentors on the last day.
        reach: What changed between departments.
        locations: What changed between locations.
        risk: Knowledge at risk on the last day, with names; None where those were left out.
        fading: Engagements that fade at the end of the last day; None where those were left out.
    """

    period: Period
    by: By
    smallest: int
    engagements: int
    bookings: int
    groups: int
    strangers: int
    met_before: Breakdown = field(repr=False)
    met_after: Breakdown = field(repr=False)
    gained: Breakdown = field(repr=False)
    bench: Bench = field(repr=False)
    supply: Supply = field(repr=False)
    time: TimeToMentor | None = field(repr=False)
    coverage: Breakdown = field(repr=False)
    activity: Activity = field(repr=False)
    load: MentorLoad | None = field(repr=False)
    reach: Reach | None = field(repr=False)
    locations: Reach | None = field(repr=False)
    risk: KnowledgeAtRisk | None = field(repr=False)
    fading: tuple[Fading, ...] | None = field(repr=False)

    def aggregates(self) -> "Report":
        """Return the report without anything about single people or engagements, for those who see aggregates alone."""
        return evolve(self, risk=None, fading=None)

    def __str__(self) -> str:
        return "\n\n".join("\n".join(part) for part in self._parts())

    def _parts(self) -> Iterator[Sequence[str]]:
        few = f"Kept back: about fewer than {self.smallest} people."
        left_out = f" {counted(self.strangers, 'other')} of people or skills no longer known." if self.strangers else ""
        looked_at = [
            counted(self.engagements, "engagement"),
            *([counted(self.bookings, "booked session")] if self.bookings else []),
            *([counted(self.groups, "group")] if self.groups else []),
        ]
        yield [f"{self.period}: {', '.join(looked_at)}.{left_out}"]
        yield ["Met of what roles ask for, before", str(self.met_before)]
        yield ["Met of what roles ask for, after", str(self.met_after)]
        yield ["Levels gained and confirmed", str(self.gained)]
        yield ["Bench: people at what their role asks for", str(self.bench)]
        yield ["Supply and demand before", str(self.supply)]
        yield ["Time to mentor", few if self.time is None else str(self.time), str(self.coverage)]
        yield ["Engagements", str(self.activity), str(self.activity.ends)]
        yield ["Mentors", few if self.load is None else str(self.load)]
        for name, found in (("departments", self.reach), ("locations", self.locations)):
            yield [f"Network over {name}", few if found is None else str(found)]
        if self.risk is not None:
            yield ["Knowledge at risk", str(self.risk)]
        if self.fading is not None:
            yield ["Fading", *(map(str, self.fading) if self.fading else ["No engagement."])]


def report(
    organisation: Organisation,
    known: Iterable[Mentoring],
    period: Period,
    *,
    by: By = "department",
    asked: Waits | None = None,
    smallest: int = SMALLEST,
) -> Report:
    """Return everything that mentoring has changed in a period.

    Outcomes that were confirmed and are not among the organisation's assessments yet count as if they were. The
    breakdowns are all by one column; what is told by skill besides is kept back where both together would tell of a few
    people, and so is what else would.

    Args:
        organisation: The organisation.
        known: Engagements, booked sessions and groups; those of people or skills not known here are counted and left
            out.
        period: The period.
        by: What people are grouped by.
        asked: What was asked for, see `asked_in_rounds`; unless given, the gaps of the first and the last day.
        smallest: The fewest people whose numbers are shown together.

    Complexity:
        That of its parts; about O(n log n) for n assessments, requirements of all people, and engagements.
    """
    given = [*known]
    here = known_here(organisation, given)
    org = with_outcomes(organisation, here)
    met = [(day, *totals(_met(org, day), by, "skill", smallest=smallest)) for day in _ends(period)]
    (_, before), (_, after) = hidden_alike([(day, by_group) for day, by_group, _ in met])
    by_skill = dict(hidden_alike([(day, found) for day, _, found in met]))
    wanted = asked_as_gaps(org, _ends(period)) if asked is None else asked
    waited = waits(wanted, here, on=period.on)
    time_waited = time_to_mentor(waited, on=period.on, smallest=smallest)
    supply = supply_and_demand(org, here, on=period.since, smallest=smallest)
    load = mentor_load(org, here, on=period.on)
    enough_tied = _enough_tied(mentoring_ties(org, here).until(period.on), period, smallest)
    end = datetime.combine(period.on + timedelta(days=1), time(), UTC)
    return Report(
        period=period,
        by=by,
        smallest=smallest,
        engagements=len(engagements_in(here)),
        bookings=len(bookings_in(here)),
        groups=len(groups_in(here)),
        strangers=len(given) - len(here),
        met_before=before,
        met_after=after,
        gained=breakdown(change_amounts(org, skill_changes(org, here, period)), by, smallest=smallest),
        bench=bench_of([*by_skill.items()]),
        supply=supply.kept_back(_hidden(by_skill[period.since])),
        time=time_waited if n_different(waited.person) >= smallest else None,
        coverage=_coverage(waited, time_waited, before, by, smallest),
        activity=activity(here, period, smallest=smallest),
        load=load.kept_back(smallest) if load.mentors >= smallest else None,
        reach=network_reach(org, here, period) if enough_tied else None,
        locations=network_reach(org, here, period, over="location") if enough_tied else None,
        risk=knowledge_at_risk(org, here, on=period.on),
        fading=fading(engagements_in(here), end),
    )


def _ends(period: Period) -> tuple[date, date]:
    return period.since, period.on


def _hidden(found: Breakdown) -> set[str]:
    """Return the groups that are kept back."""
    return {line.labels[0] for line in found if line.hidden and line.labels[0] is not None}


def _coverage(waited: Waits, time_waited: TimeToMentor, met: Breakdown, by: By, smallest: int) -> Breakdown:
    """Return who got a mentor, by groups; nothing of groups of whose gaps nothing is told, nor of what `time` hides."""
    found = breakdown(coverage_amounts(waited), by, smallest=smallest)
    if time_waited.served is None:
        return found.kept_back()
    hidden = _hidden(met)
    return evolve(found, lines=tuple(line.kept_back() if line.labels[0] in hidden else line for line in found))


def _enough_tied(ties: Ties, period: Period, smallest: int) -> bool:
    """Return whether there are enough people with a tie, and among those with an old or a new one enough or none."""
    old, new = ties.before(period.since), ties.take(np.flatnonzero(ties.day >= np.datetime64(period.since)))
    people, *parts = (n_different(np.append(some.one, some.other)) for some in (ties, old, new))
    return people >= smallest and all(n == 0 or n >= smallest for n in parts)


def _met(organisation: Organisation, day: date) -> Amounts:
    return at_target(organisation, confirmed_proficiency(organisation, on=day), on=day)
