"""Engagements walked: breadth first through every move, and by anybody doing anything at any time."""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise, product
from typing import ClassVar

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

from taskmentor.authorisation import ActionName, Approver, Relation
from taskmentor.errors import InputError, RefusedError
from taskmentor.lifecycle.actions import Accept, Action, Confirm, Reassess, RecordPractice, Schedule
from taskmentor.lifecycle.clock import tick
from taskmentor.lifecycle.deciding import decide
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import Confirmed, Event, PracticeRecorded, Reassessed, utc_day
from taskmentor.lifecycle.evolving import evolve, replay
from taskmentor.lifecycle.moves import FINAL, TRANSITIONS, State
from taskmentor.lifecycle.terms import Shortfall, Terms
from taskmentor.lifecycle.values import SessionState
from taskmentor.models.people import PersonId
from tests.lifecycle.examples import (
    ACTOR_OF,
    BEGIN,
    COURSE,
    DELEGATE,
    HEAD,
    LATER_MANAGER,
    MENTEE,
    MENTOR,
    PEOPLE,
    TIMED,
    Lines,
    example,
    held_by,
    item_of,
    log_to,
    log_with_second_goal,
    moment_for,
    proposal,
    relation_allows,
    state_after,
    state_allows,
    state_of,
)
from tests.lifecycle.words import CLOSING, is_lawful, yes_to_come
from tests.walks import go

MANY = attrs.evolve(
    TIMED,
    approvals=(
        Approver.MENTEE,
        Approver.MENTEES_MANAGER,
        Approver.MENTORS_MANAGER,
        Approver.MENTOR,
        Approver.PROGRAMME_MANAGER,
    ),
    confirmation_delegate=DELEGATE,
)
STRICT = Terms(
    intro_meeting=True,
    agreement=True,
    training_hours=10,
    training_valid_days=30,
    least_sessions=1,
    shortfall=Shortfall.BLOCK,
    products_reviewed=True,
    confirmation_delegate=DELEGATE,
)
LIGHT = Terms(reassessment=False, confirmation=False, mentor_reassessment=False, confirmation_delegate=DELEGATE)
UNCONFIRMED = attrs.evolve(TIMED, confirmation=False, confirmation_delegate=DELEGATE)
TWO_WAYS = attrs.evolve(
    TIMED,
    second_goal=True,
    course_id=COURSE,
    checklist=(item_of(Relation.MANAGER),),
    least_exchanges=1,
    confirmation_delegate=DELEGATE,
)
IN_TURN = attrs.evolve(TWO_WAYS, course_id=None)
USUAL = Terms(confirmation_delegate=DELEGATE)
TERMS = [
    USUAL,
    attrs.evolve(TIMED, confirmation_delegate=DELEGATE),
    MANY,
    STRICT,
    LIGHT,
    UNCONFIRMED,
    TWO_WAYS,
    IN_TURN,
]


MAKING = ("draft-agreement", "plan-session", "add-product")


def test_a_directed_walk_takes_every_move_of_the_table() -> None:
    """Breadth first through real engagements: each legal cell is driven through decide, to each of its ends."""
    walked: set[tuple[State | None, ActionName, State]] = set()
    for terms in (MANY, LIGHT, UNCONFIRMED, TWO_WAYS):
        # What the first terms have shown already need not multiply the others' engagements.
        names = [name for name in ActionName if terms is not TWO_WAYS or name not in MAKING]
        seen: set[tuple[object, ...]] = set()
        open_engagements: deque[Engagement | None] = deque([None])
        while open_engagements:
            before = open_engagements.popleft()
            for name, relation in product(names, Relation):
                if not (state_allows(state_of(before), name) and relation_allows(name, relation)):
                    continue
                at = moment_for(name, before)
                action = example(name, at, before, terms=terms)
                try:
                    after = evolve(before, *decide(before, action, ACTOR_OF[relation], {relation}, at))
                except (RefusedError, InputError):
                    continue
                walked.add((state_of(before), name, after.state))
                if (shape := shape_of(after)) not in seen:
                    seen.add(shape)
                    open_engagements.append(after)
    assert walked == {(before, name, state) for (before, name), after in TRANSITIONS.items() for state in after}


def shape_of(engagement: Engagement) -> tuple[object, ...]:
    """Return what decides which moves are open, as far as breadth first has to tell engagements apart."""
    return (
        engagement.state,
        engagement.outstanding,
        engagement.draft_by,
        any(one.state is SessionState.PLANNED for one in engagement.sessions),
        any(not one.approved for one in engagement.products),
        engagement.course_completed_on,
        engagement.second_offer_by,
        engagement.second_goal and engagement.second_goal.state,
        engagement.open_items,
    )


STATES = [None, *State]
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

    walked: ClassVar[set[tuple[State | None, ActionName]]] = set()

    def __init__(self) -> None:
        super().__init__()
        self.engagement: Engagement | None = None
        self.log: list[Event] = []
        self.lines = Lines()
        self.terms = Terms()

    @initialize(lines=st.sampled_from(LINES), terms=st.sampled_from(TERMS), state=st.sampled_from(STATES))
    def programme(self, lines: Lines, terms: Terms, state: State | None) -> None:
        """Begin anywhere, so that late moves do not hang on a long run of luck."""
        self.lines, self.terms = lines, terms
        self.begin(state)

    def begin(self, state: State | None) -> None:
        waiting = state in (State.AWAITING_REASSESSMENT, State.AWAITING_CONFIRMATION, State.COMPLETED)
        short = self.terms in (USUAL, TERMS[1], IN_TURN) or (self.terms in (LIGHT, UNCONFIRMED) and not waiting)
        if state is State.COMPLETED:
            self.lines = Lines()  # in which the log that is made here was confirmed
        make = log_with_second_goal if self.terms is IN_TURN else log_to
        self.log = make(state if short else None, terms=self.terms)
        self.engagement = state_after(self.log)

    @rule(data=st.data(), initiator=st.sampled_from(["programme manager", "manager", "mentee", "mentor"]))
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
        action = example(name, at, self.engagement, terms=self.terms)
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

    @rule(data=st.data(), steps=st.integers(1, 6))
    def somebody_goes_on(self, data: st.DataObject, steps: int) -> None:
        for _ in range(steps):
            self.take_one_of(data, [name for name in ActionName if name not in CLOSING])

    @rule(data=st.data())
    def somebody_closes_it(self, data: st.DataObject) -> None:
        self.take_one_of(data, CLOSING)

    @rule(hours=st.integers(0, 24 * 40), share=st.integers(0, 10))
    def time_goes_by(self, hours: int, share: int) -> None:
        """Asked often or once, early or late, the clock brings about the same."""
        if self.engagement is None:
            return
        late = self.engagement.at + timedelta(hours=hours)
        early = self.engagement.at + timedelta(hours=hours * share // 10)
        once = self.after(self.engagement, tick(self.engagement, late))
        often = self.after(self.engagement, tick(self.engagement, early))
        often = self.after(often, tick(often, late))
        assert often == once
        assert tick(once, late) == tick(once, early) == ()
        for event in tick(self.engagement, late):
            self.commit((event,), event.action)

    def after(self, engagement: Engagement, events: Iterable[Event]) -> Engagement:
        for event in events:
            engagement = evolve(engagement, event)
        return engagement

    @precondition(lambda self: self.engagement is not None and self.engagement.state in FINAL)
    @rule(state=st.sampled_from(STATES))
    def another_one_begins(self, state: State | None) -> None:
        self.begin(state)

    def take_one_of(self, data: st.DataObject, names: Iterable[ActionName]) -> None:
        """Take a lawful move, which must succeed."""
        before = self.engagement
        possible = [name for name in names if state_allows(state_of(before), name) and any(self.those_who_may(name))]
        if possible:
            name = data.draw(st.sampled_from(possible))
            actor, at = data.draw(st.sampled_from([*self.those_who_may(name)])), moment_for(name, before)
            action = example(name, at, before, terms=self.terms)
            self.commit(decide(before, action, actor, self.held(actor, at), at), name)

    def those_who_may(self, name: ActionName) -> Iterator[PersonId]:
        before, at = self.engagement, moment_for(name, self.engagement)
        return (actor for actor in PEOPLE if is_lawful(before, name, self.held(actor, at), at))

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
    def everybody_has_said_yes_before_it_starts(self) -> None:
        engagement = self.engagement
        if engagement is not None and engagement.started_at is not None:
            assert engagement.mentee_accepted_at is not None
            assert engagement.mentor_accepted_at is not None
            assert yes_to_come(engagement) == []

    @invariant()
    def only_the_confirmer_of_the_day_has_confirmed_and_after_a_reassessment(self) -> None:
        for position, event in enumerate(self.log):
            if isinstance(event, Confirmed):
                assert event.actor == confirmer_by_words(self.lines, event)
                assert event.actor not in (MENTEE, MENTOR)
                assert event.level >= 3
                assert any(isinstance(before, Reassessed) for before in self.log[:position])


def test_engagements_walked_at_random_keep_every_promise_and_take_four_moves_in_five() -> None:
    """The directed walk takes every move; this one comes to most by luck, which hangs on what modules are loaded."""
    EngagementWalk.walked.clear()
    go(EngagementWalk, walks=500, longest=40)
    assert EngagementWalk.walked <= set(TRANSITIONS)
    assert 5 * len(EngagementWalk.walked) >= 4 * len(TRANSITIONS)


@pytest.mark.long
def test_engagements_walked_at_random_keep_every_promise_on_other_draws() -> None:
    run_state_machine_as_test(
        EngagementWalk, settings=settings(max_examples=1_000, stateful_step_count=60, deadline=None)
    )
