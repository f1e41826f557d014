"""Engagements walked: breadth first through every move, and by anybody doing anything at any time."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise, product

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from taskmentor.authorisation import ActionName, Relation
from taskmentor.errors import InputError, RefusedError
from taskmentor.lifecycle.actions import Accept, Action, Confirm, Reassess, RecordPractice, Schedule
from taskmentor.lifecycle.engagement import Engagement, decide, evolve, replay
from taskmentor.lifecycle.events import Confirmed, Event, PracticeRecorded, Reassessed, utc_day
from taskmentor.lifecycle.moves import FINAL, TRANSITIONS, State
from taskmentor.lifecycle.terms import Terms
from taskmentor.models.people import PersonId
from tests.lifecycle.examples import (
    ACTOR_OF,
    BEGIN,
    DELEGATE,
    HEAD,
    LATER_MANAGER,
    MENTEE,
    MENTOR,
    PEOPLE,
    Lines,
    example,
    held_by,
    log_to,
    moment_for,
    proposal,
    relation_allows,
    state_after,
    state_allows,
    state_of,
)


def test_a_directed_walk_takes_every_move_of_the_table() -> None:
    """Breadth first through real engagements: each legal cell is driven through decide, to each of its ends."""
    walked: set[tuple[State | None, ActionName, State]] = set()
    seen: set[tuple[object, ...]] = set()
    open_engagements: deque[Engagement | None] = deque([None])
    while open_engagements:
        before = open_engagements.popleft()
        for name, relation in product(ActionName, Relation):
            if not (state_allows(state_of(before), name) and relation_allows(name, relation)):
                continue
            if name is ActionName.PROPOSE and relation is not Relation.PROGRAMME_MANAGER:
                continue
            if name is ActionName.ACCEPT and before and already_accepted(before, relation):
                continue
            at = moment_for(name, before)
            after = evolve(before, *decide(before, example(name, at), ACTOR_OF[relation], {relation}, at))
            walked.add((state_of(before), name, after.state))
            shape = (after.state, after.mentee_accepted_at is None, after.mentor_accepted_at is None)
            if shape not in seen:
                seen.add(shape)
                open_engagements.append(after)
    assert walked == {(before, name, state) for (before, name), after in TRANSITIONS.items() for state in after}


def already_accepted(engagement: Engagement, relation: Relation) -> bool:
    accepted = {"mentee": engagement.mentee_accepted_at, "mentor": engagement.mentor_accepted_at}
    return accepted[relation.value] is not None


CLOSING = (ActionName.DECLINE, ActionName.WITHDRAW, ActionName.EXPIRE, ActionName.END)
OPEN_STATES = [None, *(state for state in State if state not in FINAL)]
LINES = [
    Lines(),
    Lines(moves_on=utc_day(BEGIN) + timedelta(days=20)),
    Lines(mentee_line=(MENTOR, HEAD)),
    Lines(mentee_line=()),
    Lines(mentee_line=(MENTOR,)),
]


def confirmer_by_words(lines: Lines, event: Event) -> PersonId:
    """Return who alone may confirm, in this organisation, written apart from the library."""
    line = lines.mentee_line if utc_day(event.at) < lines.moves_on else (LATER_MANAGER, HEAD)
    if line[:1] == (MENTOR,):
        return HEAD if HEAD in line else DELEGATE
    return line[0] if line else DELEGATE


class EngagementWalk(RuleBasedStateMachine):
    """One engagement, its log, and the claims that hold after each step."""

    walked: set[tuple[State | None, ActionName]] = set()  # noqa: RUF012 - shared by all runs on purpose

    def __init__(self) -> None:
        super().__init__()
        self.engagement: Engagement | None = None
        self.log: list[Event] = []
        self.lines = Lines()
        self.terms = Terms()

    @initialize(lines=st.sampled_from(LINES), intro=st.booleans(), state=st.sampled_from(OPEN_STATES))
    def programme(self, lines: Lines, intro: bool, state: State | None) -> None:
        """Begin anywhere before the end, so that late moves do not hang on a long run of luck."""
        self.lines = lines
        self.terms = Terms(intro_meeting=intro, confirmation_delegate=DELEGATE)
        self.begin(state)

    def begin(self, state: State | None) -> None:
        self.log = log_to(None if self.terms.intro_meeting else state, terms=self.terms)
        self.engagement = state_after(self.log)

    @rule(data=st.data(), initiator=st.sampled_from(["programme manager", "manager", "mentee"]))
    def propose(self, data: st.DataObject, initiator: str) -> None:
        action = proposal(terms=self.terms, initiator=Relation(initiator))
        self.attempt(action, data.draw(st.sampled_from(PEOPLE)), 0)

    @rule(
        name=st.sampled_from(ActionName),
        actor=st.sampled_from(PEOPLE),
        hours=st.integers(-48, 24 * 20),
        level=st.integers(0, 5),
        shift=st.integers(-3, 90),
    )
    def anybody_does_anything(self, name: ActionName, actor: PersonId, hours: int, level: int, shift: int) -> None:
        at = (BEGIN if self.engagement is None else self.engagement.at) + timedelta(hours=hours)
        action = example(name, at, terms=self.terms)
        day = utc_day(at) + timedelta(days=shift)
        match action:
            case Schedule():
                action = attrs.evolve(action, ends_on=action.starts_on + timedelta(days=max(1, shift)))
            case RecordPractice():
                action = attrs.evolve(action, day=day)
            case Reassess():
                action = attrs.evolve(action, level=level, assessed_on=day)
            case Confirm():
                action = attrs.evolve(action, level=level)
            case Accept():
                action = attrs.evolve(action, scope=attrs.evolve(action.scope, from_level=min(level, 2)))
        self.attempt(action, actor, hours)

    @rule(data=st.data())
    def somebody_goes_on(self, data: st.DataObject) -> None:
        self.take_one_of(data, [name for name in ActionName if name not in CLOSING])

    @rule(data=st.data())
    def somebody_closes_it(self, data: st.DataObject) -> None:
        self.take_one_of(data, CLOSING)

    @precondition(lambda self: self.engagement is not None and self.engagement.state in FINAL)
    @rule(state=st.sampled_from(OPEN_STATES))
    def another_one_begins(self, state: State | None) -> None:
        self.begin(state)

    def take_one_of(self, data: st.DataObject, names: Iterable[ActionName]) -> None:
        """Take a lawful move, which must succeed."""
        before = self.engagement
        lawful = [
            (name, actor)
            for name in names
            if state_allows(state_of(before), name)
            for actor in PEOPLE
            if self.is_lawful(name, actor)
        ]
        if lawful:
            name, actor = data.draw(st.sampled_from(lawful))
            at = moment_for(name, before)
            self.commit(decide(before, example(name, at, terms=self.terms), actor, self.held(actor, at), at), name)

    def is_lawful(self, name: ActionName, actor: PersonId) -> bool:
        before, at = self.engagement, moment_for(name, self.engagement)
        if not any(relation_allows(name, relation) for relation in self.held(actor, at)):
            return False
        if name is ActionName.PROPOSE:
            return Relation.PROGRAMME_MANAGER in self.held(actor, at)
        if before is None:
            return False
        if name is ActionName.ACCEPT:
            return (before.mentee_accepted_at if actor == MENTEE else before.mentor_accepted_at) is None
        if name is ActionName.SCHEDULE:
            return before.state is State.INTRODUCED or not before.terms.intro_meeting
        if name is ActionName.START and before.ends_on is not None:
            return utc_day(at) <= before.ends_on
        return True

    def held(self, actor: PersonId, at: datetime) -> frozenset[Relation]:
        return held_by(actor, at, lines=self.lines, delegate=DELEGATE)

    def attempt(self, action: Action, actor: PersonId, hours: int) -> None:
        before = self.engagement
        at = (BEGIN if before is None else before.at) + timedelta(hours=hours)
        held = self.held(actor, at)
        try:
            events = decide(before, action, actor, held, at)
        except (RefusedError, InputError):
            assert self.engagement is before
            assert not self.log or replay(self.log) == before
        else:
            assert state_allows(state_of(before), action.name)
            assert any(relation_allows(action.name, relation) for relation in held)
            self.commit(events, action.name)

    def commit(self, events: tuple[Event, ...], name: ActionName) -> None:
        before = self.engagement
        (event,) = events
        self.log.append(event)
        self.engagement = evolve(before, event)
        assert self.engagement.state in TRANSITIONS[state_of(before), name]
        self.walked.add((state_of(before), name))

    @invariant()
    def the_log_replays_to_the_same_engagement(self) -> None:
        if self.engagement is not None:
            again = replay(self.log)
            for field in attrs.fields(Engagement):
                assert getattr(again, field.name) == getattr(self.engagement, field.name), field.name

    @invariant()
    def versions_have_no_gap_and_time_runs_forwards(self) -> None:
        assert [event.version for event in self.log] == list(range(1, len(self.log) + 1))
        assert all(event.at <= later.at for event, later in pairwise(self.log))

    @invariant()
    def dates_are_in_order(self) -> None:
        engagement = self.engagement
        if engagement is None or engagement.starts_on is None or engagement.ends_on is None:
            return
        n_days = (engagement.ends_on - engagement.starts_on).days
        assert engagement.terms.shortest_days <= n_days <= engagement.terms.longest_days
        days = [event.day for event in self.log if isinstance(event, PracticeRecorded)]
        days += [event.assessed_on for event in self.log if isinstance(event, Reassessed)]
        assert all(engagement.starts_on <= day for day in days)

    @invariant()
    def both_have_acknowledged_the_scope_before_it_starts(self) -> None:
        engagement = self.engagement
        if engagement is not None and engagement.started_at is not None:
            assert engagement.mentee_accepted_at is not None
            assert engagement.mentor_accepted_at is not None

    @invariant()
    def only_the_confirmer_of_the_day_has_confirmed_and_after_a_reassessment(self) -> None:
        for position, event in enumerate(self.log):
            if isinstance(event, Confirmed):
                assert event.actor == confirmer_by_words(self.lines, event)
                assert event.actor not in (MENTEE, MENTOR)
                assert event.level >= 3
                assert isinstance(self.log[position - 1], Reassessed)


def test_engagements_walked_at_random_keep_every_promise_and_take_every_move() -> None:
    """Every legal cell of the table is reached by the walk; the draws are the same on every run."""
    EngagementWalk.walked.clear()
    run_state_machine_as_test(
        EngagementWalk,
        settings=settings(max_examples=200, stateful_step_count=40, derandomize=True, database=None, deadline=None),
    )
    assert EngagementWalk.walked == set(TRANSITIONS)


@pytest.mark.long
def test_engagements_walked_at_random_keep_every_promise_on_other_draws() -> None:
    run_state_machine_as_test(
        EngagementWalk, settings=settings(max_examples=1_000, stateful_step_count=60, deadline=None)
    )
