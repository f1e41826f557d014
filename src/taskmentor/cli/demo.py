"""The main job from end to end on the sample organisation: the same output each time."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from textwrap import wrap

from attrs import field, frozen

from taskmentor.authorisation import confirmer, relations
from taskmentor.cli.answers import gap_table, level, named, sizes
from taskmentor.cli.layout import table
from taskmentor.formats.plans import claims_data
from taskmentor.formats.reading import read_organisation
from taskmentor.formats.strict_json import Json
from taskmentor.lifecycle.actions import Accept, Action, Confirm, Finish, Reassess, RecordPractice, Schedule, Start
from taskmentor.lifecycle.deciding import decide
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import PracticeKind
from taskmentor.lifecycle.evolving import evolve
from taskmentor.lifecycle.outcomes import outcome
from taskmentor.matching.certificate import Verdict, verify
from taskmentor.matching.cpsat import CpSat
from taskmentor.matching.explanation import Explanation
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.reasons import Reason
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId
from taskmentor.proficiency import SkillGaps, gaps
from taskmentor.programmes import task_based
from taskmentor.rounds import Round, match
from taskmentor.sample import folder

__all__ = ["Demo", "run"]

_DAY, _LATER = date(2026, 10, 1), date(2026, 11, 19)
_MENTEE, _SKILL = "p-0042", "data-analysis"
_PROGRAMME_MANAGER = "p-0006"
_WIDTH = 112


@frozen(kw_only=True)
class Step:
    """One step of the engagement: who did what on which day, and where it stood after."""

    on: date
    actor: str
    action: str
    state: str


@frozen(kw_only=True)
class Demo:
    """What the demo found, step by step.

    Attributes:
        organisation: The sample organisation.
        manager: Whose team is looked at.
        before: The gaps of that team.
        rounds: The same round by each strategy, the proven optimum first.
        verdict: What verification says of the first.
        explanation: Why one request has its mentor.
        unmatched: For each reason that occurs, one request without a mentor.
        engagement: The engagement at its end.
        steps: How it got there.
        after: The gaps of the same team with the confirmed outcome.
        status: The exit code.
    """

    organisation: Organisation
    manager: str
    before: SkillGaps
    rounds: tuple[Round, ...]
    verdict: Verdict
    explanation: Explanation
    unmatched: tuple[Explanation, ...]
    engagement: Engagement
    steps: tuple[Step, ...] = field(repr=False)
    after: SkillGaps
    status: int = 0

    def data(self) -> Json:
        """Return what was found."""
        steps: list[Json] = [
            {"on": step.on.isoformat(), "actor": step.actor, "action": step.action, "state": step.state}
            for step in self.steps
        ]
        return {
            "on": _DAY.isoformat(),
            "manager": self.manager,
            "gaps_before": len(self.before),
            "rounds": [claims_data(one.plan.claims) for one in self.rounds],
            "verdict": {"status": self.verdict.status, "gap": self.verdict.gap, "method": self.verdict.method},
            "explanation": self.explanation.as_data(),
            "unmatched": [one.as_data() for one in self.unmatched],
            "steps": steps,
            "change": self.engagement.change,
            "gaps_after": len(self.after),
        }

    def text(self) -> str:
        """Return what was found, for people."""
        parts = (self._gaps(), self._rounds(), self._reasons(), self._engagement(), self._closed())
        return "\n\n".join("\n".join(part) for part in parts)

    def _gaps(self) -> Iterator[str]:
        yield f"Larkspur Instruments, a made-up company: {sizes(self.organisation)}."
        yield f"Nothing here looks at the clock; the day is {_DAY}."
        yield ""
        yield f"1. Who lacks what, in the team of {named(self.organisation, self.manager)}"
        yield from _aligned(gap_table(self.before, len(self.before)))

    def _rounds(self) -> Iterator[str]:
        header = ("strategy", "matched", "requests", "score", "value", "bound", "gap", "status")
        claims = [one.plan.claims for one in self.rounds]
        rows = [
            (c.strategy, *(f"{n:,}" for n in (c.matched, c.requests, c.score, c.value, c.bound, c.gap)), c.status)
            for c in claims
        ]
        yield "2. Everybody's requests at once, by three strategies"
        yield from _aligned(table(header, rows, numbers=header[1:-1]))
        yield "   The gap is proven: no plan at all is worth more than the bound. Checked again, without any solver:"
        yield f"   {self.verdict}."

    def _reasons(self) -> Iterator[str]:
        yield "3. Why this mentor, and why none"
        yield from _indented(str(self.explanation).splitlines())
        yield from _indented(str(one).splitlines()[0] for one in self.unmatched)

    def _engagement(self) -> Iterator[str]:
        model, scope = self.organisation.model, self.engagement.scope
        mentee, mentor = (
            named(self.organisation, person) for person in (self.engagement.mentee_id, self.engagement.mentor_id)
        )
        yield f"4. One engagement: {mentor} helps {mentee} with {model.skill(scope.skill_id).name.lower()}"
        yield f"   from {level(model, scope.from_level)} to {level(model, scope.target_level)}"
        header = ("day", "who", "does what", "state")
        rows = [(step.on, named(self.organisation, step.actor), step.action, step.state) for step in self.steps]
        yield from _aligned(table(header, rows))
        practised = self.engagement.practice[0]
        yield from _indented([f"Practised on {practised.day}: {practised.behaviour}"])

    def _closed(self) -> Iterator[str]:
        yield f"5. The confirmed outcome is an assessment: on {_LATER} the team has"
        mentee = named(self.organisation, _MENTEE)
        yield f"   {len(self.after)} gaps instead of {len(self.before)}, and this is left for {mentee}:"
        left = self.after.of(_MENTEE)
        yield from _aligned(gap_table(left, len(left)))


def run() -> Demo:
    """Return what the demo finds."""
    organisation, programme = read_organisation(folder()), task_based(weeks=6)
    manager = organisation.line_of_managers(_MENTEE, _DAY)[0]
    rounds = tuple(match(organisation, programme, on=_DAY, strategy=one) for one in (Flow(), CpSat(), Greedy()))
    best = rounds[0]
    engagement, steps = _engage(organisation, best)
    return Demo(
        organisation=organisation,
        manager=manager,
        before=gaps(organisation, on=_DAY, manager=manager),
        rounds=rounds,
        verdict=verify(organisation, programme, best.plan, best.certificate),
        explanation=best.explain(_MENTEE, _SKILL),
        unmatched=tuple(_one_of_each(best)),
        engagement=engagement,
        steps=steps,
        after=gaps(organisation.assessed(outcome(engagement)), on=_LATER, manager=manager),
    )


def _one_of_each(best: Round) -> Iterator[Explanation]:
    unmatched = best.plan.unmatched
    for reason in Reason:
        rows = (unmatched.reason == reason.value).nonzero()[0]
        if len(rows):
            yield best.explain(str(unmatched.mentee_id[rows[0]]), str(unmatched.skill_id[rows[0]]), alternatives=0)


def _engage(organisation: Organisation, best: Round) -> tuple[Engagement, tuple[Step, ...]]:
    """Take one engagement from its proposal to the manager's confirmation."""
    proposed = best.propose(at=_at(_DAY), actor=_PROGRAMME_MANAGER)
    engagement = next(one for one in proposed if (one.mentee_id, one.scope.skill_id) == (_MENTEE, _SKILL))
    steps = [Step(on=_DAY, actor=_PROGRAMME_MANAGER, action="propose", state=engagement.state)]
    for on, actor, action in _actions(organisation, engagement):
        held = relations(
            organisation,
            actor=actor,
            mentee_id=engagement.mentee_id,
            mentor_id=engagement.mentor_id,
            on=on,
            programme_managers={_PROGRAMME_MANAGER},
        )
        for event in decide(engagement, action, actor, held, _at(on)):
            engagement = evolve(engagement, event)
        steps.append(Step(on=on, actor=actor, action=_said(action), state=engagement.state))
    return engagement, tuple(steps)


def _actions(organisation: Organisation, engagement: Engagement) -> Iterator[tuple[date, PersonId, Action]]:
    mentee, mentor, scope = engagement.mentee_id, engagement.mentor_id, engagement.scope
    starts_on = date(2026, 10, 5)
    ends_on = engagement.terms.usual_end(starts_on)
    confirmed_on = date(2026, 11, 18)
    manager = confirmer(organisation, mentee_id=mentee, mentor_id=mentor, on=confirmed_on)
    assert manager is not None, "somebody in the sample organisation can confirm"
    practised_on, behaviour = date(2026, 10, 20), scope.behaviours[0]
    practice = RecordPractice(kind=PracticeKind.PRACTISING, behaviour=behaviour, day=practised_on, minutes=45)
    yield _DAY, mentee, Accept(scope=scope)
    yield date(2026, 10, 2), mentor, Accept(scope=scope)
    yield date(2026, 10, 2), mentee, Schedule(starts_on=starts_on, ends_on=ends_on)
    yield starts_on, mentor, Start()
    yield practised_on, mentee, practice
    yield ends_on, mentor, Finish()
    yield ends_on, mentee, Reassess(level=scope.target_level)
    yield confirmed_on, manager, Confirm(level=scope.target_level)


def _said(action: Action) -> str:
    match action:
        case Schedule():
            return f"{action.name} {action.starts_on} to {action.ends_on}"
        case RecordPractice():
            return f"{action.name} ({action.minutes} minutes)"
        case Reassess() | Confirm():
            return f"{action.name} level {action.level}"
    return action.name


def _at(on: date) -> datetime:
    return datetime.combine(on, time(9), UTC)


def _indented(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        inner = " " * (len(line) - len(line.lstrip()) + 6)
        yield from wrap(line, _WIDTH, initial_indent="   ", subsequent_indent=inner, break_on_hyphens=False)


def _aligned(lines: Iterable[str]) -> Iterator[str]:
    return (f"   {line}" for line in lines)
