"""A request that is put to ranked mentors, and those who wait."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import ClassVar

import attrs
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from taskmentor.authorisation import Relation
from taskmentor.errors import IllegalMoveError, InputError, NotAuthorisedError, RefusedError
from taskmentor.lifecycle.cascade import (
    CASCADE_FINAL,
    CASCADE_MOVES,
    CASCADE_RIGHTS,
    AcceptAsk,
    AskClosed,
    AskDeclined,
    AskEnd,
    AskLapsed,
    Cascade,
    CascadeAction,
    CascadeActionName,
    CascadeEvent,
    CascadeExhausted,
    CascadeId,
    CascadeState,
    CascadeWaitlisted,
    CloseAsk,
    DeclineAsk,
    Elsewhere,
    Engage,
    ExpireCascade,
    LapseAsk,
    MentorAsked,
    MentorPassedOver,
    OpenCascade,
    Release,
    Suggest,
    WithdrawCascade,
    asks_to_close,
    decide_cascade,
    evolve_cascade,
    replay_cascade,
    tick_cascade,
)
from taskmentor.lifecycle.events import EngagementId, ProgrammeId
from taskmentor.lifecycle.moves import problems_of
from taskmentor.lifecycle.terms import Terms, WaitOrder
from taskmentor.models.people import PersonId
from tests.lifecycle.examples import BEGIN, MENTEE, SCOPE
from tests.walks import go

ANN, BEN, CY, DI = (PersonId(name) for name in ("ann", "ben", "cy", "di"))
MENTORS = (ANN, BEN, CY)
PAM, CLOCK, STAN = PersonId("pam"), PersonId("clock"), PersonId("stan")
HELD = {PAM: {Relation.PROGRAMME_MANAGER}, CLOCK: {Relation.SYSTEM}}
DAY = timedelta(days=1)
WAITING = Terms(wait_order=WaitOrder.FIRST_COME)


def opening(mentors: tuple[PersonId, ...] = MENTORS, terms: Terms | None = None, name: str = "c-1") -> OpenCascade:
    return OpenCascade(
        cascade_id=CascadeId(name),
        mentee_id=MENTEE,
        mentor_ids=mentors,
        scope=SCOPE,
        programme_id=ProgrammeId("task-based"),
        terms=terms or Terms(),
    )


class Story:
    """The log of one cascade, and what happens to it."""

    def __init__(self, action: OpenCascade | None = None, elsewhere: Elsewhere | None = None) -> None:
        self.log: list[CascadeEvent] = []
        self.elsewhere = elsewhere or Elsewhere()
        self.take(action or opening(), MENTEE)

    @property
    def now(self) -> Cascade:
        return replay_cascade(self.log)

    @property
    def asked(self) -> list[PersonId]:
        return [ask.mentor_id for ask in self.now.asks]

    def take(self, action: CascadeAction, actor: PersonId, days: float = 0) -> Cascade:
        before = self.now if self.log else None
        at = BEGIN if before is None else before.at + days * DAY
        held = frozenset(HELD.get(actor, set()))
        self.log.extend(decide_cascade(before, action, actor, held, at, elsewhere=self.elsewhere))
        return self.now

    def tick(self, at: datetime) -> list[type[CascadeEvent]]:
        caused = tick_cascade(self.now, at, elsewhere=self.elsewhere)
        self.log.extend(caused)
        return [type(event) for event in caused]

    def refused(self, action: CascadeAction, actor: PersonId, match: str, days: float = 0) -> None:
        before = list(self.log)
        with pytest.raises((RefusedError, InputError), match=match):
            self.take(action, actor, days)
        assert self.log == before


# The cascade


def test_row_3_silence_and_refusals_lead_to_the_next_mentor() -> None:
    """Silent mentors blocked the mentee's next choice."""
    story = Story()
    assert story.asked == [ANN]
    story.take(DeclineAsk(), ANN, days=1)
    assert story.asked == [BEN]
    assert story.tick(BEGIN + 8 * DAY) == [AskLapsed, MentorAsked]
    assert story.asked == [CY]
    assert story.now.asks[0].until == BEGIN + 14 * DAY + DAY, "each mentor has the whole time for an answer"
    story.take(AcceptAsk(), CY, days=1)
    assert (story.now.state, story.now.accepted_by) == (CascadeState.ACCEPTED, CY)


def test_row_6_the_first_yes_ends_all_other_asks() -> None:
    """Mentees got up to nine acceptances, then vanished."""
    story = Story(opening(terms=Terms(asked_at_once=3)))
    assert story.asked == [ANN, BEN, CY]
    story.take(AcceptAsk(), BEN)
    assert story.asked == []
    closed = [(one.mentor_id, one.because) for one in story.log if isinstance(one, AskClosed)]
    assert closed == [(ANN, AskEnd.ANOTHER_ACCEPTED), (CY, AskEnd.ANOTHER_ACCEPTED)]
    story.refused(AcceptAsk(), ANN, "may not accept-ask: it takes mentor")


def test_row_6_and_33_a_mentee_has_so_many_open_requests_and_is_told_how_many_are_left() -> None:
    """One person asked about twenty mentors, and loaded them all."""
    terms = Terms(open_requests=2)
    one = Story(opening(terms=terms)).now
    assert Elsewhere(cascades=(one,)).requests_left(MENTEE, terms) == 1
    two = attrs.evolve(one, id=CascadeId("c-2"))
    elsewhere = Elsewhere(cascades=(one, two))
    with pytest.raises(IllegalMoveError, match="the mentee has 2 open requests, and no more are left"):
        Story(opening(terms=terms), elsewhere)
    closed = attrs.evolve(two, state=CascadeState.WITHDRAWN)
    assert Story(opening(terms=terms), Elsewhere(cascades=(one, closed))).asked == [ANN]


def test_row_33_a_mentor_is_asked_by_so_many_at_a_time_and_passed_over_beyond() -> None:
    terms = Terms(open_asks=1)
    busy = attrs.evolve(Story(opening((ANN,), terms)).now, mentee_id=PersonId("other"))
    story = Story(opening(terms=terms), Elsewhere(cascades=(busy,)))
    assert story.asked == [BEN]
    assert [one.because for one in story.log if isinstance(one, MentorPassedOver)] == [AskEnd.TOO_MANY_ASKS]


def test_row_1_who_is_full_is_passed_over_cannot_accept_and_other_asks_are_closed_with_the_reason() -> None:
    """A mentor with one place accepted two requests."""
    first, second = Story(), Story(attrs.evolve(opening((ANN, BEN), name="c-2"), mentee_id=MENTEE))
    first.take(AcceptAsk(), ANN)
    second.elsewhere = Elsewhere(full=frozenset({ANN}))
    second.refused(AcceptAsk(), ANN, "'ann' cannot: no free place")
    ((cascade_id, close),) = asks_to_close([first.now, second.now], ANN, AskEnd.FULL)
    assert cascade_id == "c-2"
    second.take(close, CLOCK)
    assert second.asked == [BEN]
    assert Story(elsewhere=Elsewhere(full=frozenset({ANN, BEN}))).asked == [CY]


def test_row_2_a_mentor_takes_a_yes_back_and_the_next_choice_is_asked() -> None:
    """Accepted two and could take one: the match had to be undone in three different phases."""
    story = Story(opening(terms=Terms(asked_at_once=2)))
    story.take(AcceptAsk(), ANN)
    story.refused(Release(reason="I am full."), BEN, "it takes mentor")
    released = story.take(Release(reason="I am full."), ANN, days=2)
    assert (released.state, released.accepted_by) == (CascadeState.OPEN, None)
    assert story.asked == [BEN, CY], "who was called off comes first again"
    assert released.expires_at == BEGIN + 16 * DAY


def test_row_7_a_mentee_withdraws_in_every_state_that_is_not_over() -> None:
    for state in (CascadeState.OPEN, CascadeState.WAITLISTED, CascadeState.ACCEPTED):
        story = in_state(state)
        assert story.take(WithdrawCascade(), MENTEE).state is CascadeState.WITHDRAWN
        assert story.asked == []


def test_row_8_where_nobody_is_left_it_waits_and_the_next_free_mentor_serves_it() -> None:
    """Requests were denied when full, and could not be waitlisted."""
    story = Story(opening((ANN,), WAITING))
    waiting = story.take(DeclineAsk(reason="No time."), ANN, days=3)
    assert (waiting.state, waiting.waits_since) == (CascadeState.WAITLISTED, BEGIN + 3 * DAY)
    assert story.tick(BEGIN + 300 * DAY) == []
    story.refused(Suggest(mentor_id=ANN), PAM, "'ann' is the mentee, or had a turn already")
    served = story.take(Suggest(mentor_id=DI), PAM, days=100)
    assert (served.state, story.asked) == (CascadeState.OPEN, [DI])
    assert served.expires_at == BEGIN + 117 * DAY
    again = story.take(DeclineAsk(), DI)
    assert (again.state, again.waits_since) == (CascadeState.WAITLISTED, BEGIN + 3 * DAY), "the place of then is kept"


def test_where_nobody_waits_it_is_exhausted() -> None:
    story = Story(opening((ANN,)))
    assert story.take(DeclineAsk(), ANN).state is CascadeState.EXHAUSTED


def test_row_13_the_mentee_of_a_leaver_waits_at_once_and_a_leaver_is_not_asked() -> None:
    assert Story(opening((), WAITING)).now.state is CascadeState.WAITLISTED
    assert Story(elsewhere=Elsewhere(away=frozenset({ANN}))).asked == [BEN]


def test_the_whole_request_expires() -> None:
    story = Story(opening(terms=Terms(expires_after_days=10)))
    assert story.tick(BEGIN + 7 * DAY) == [AskLapsed, MentorAsked]
    story.tick(BEGIN + 10 * DAY)
    assert (story.now.state, story.asked) == (CascadeState.EXPIRED, [])


def test_a_yes_after_the_time_is_too_late_whether_or_not_the_clock_was_asked() -> None:
    story = Story()
    story.refused(AcceptAsk(), ANN, "the time for an answer was over at 2026-01-12T09:00:00", days=7)
    story.take(AcceptAsk(), ANN, days=6.99)


def test_an_accepted_request_becomes_a_proposal_and_says_so() -> None:
    story = in_state(CascadeState.ACCEPTED)
    propose = story.now.proposal(EngagementId("e-1"))
    assert (propose.mentee_id, propose.mentor_id, propose.scope) == (MENTEE, ANN, SCOPE)
    done = story.take(Engage(engagement_id=EngagementId("e-1")), PAM)
    assert (done.state, done.engagement_id) == (CascadeState.ENGAGED, "e-1")


def test_another_mentor_may_be_suggested_while_others_are_asked() -> None:
    story = Story(opening((ANN,)))
    story.take(Suggest(mentor_id=BEN), PAM)
    assert (story.asked, story.now.mentor_ids) == ([ANN], (ANN, BEN))
    story.take(DeclineAsk(), ANN)
    assert story.asked == [BEN]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: opening((MENTEE,)), "is mentee and mentor"),
        (lambda: opening((ANN, ANN)), "somebody stands in it twice"),
        (lambda: opening(()), "nobody is asked, and nobody waits"),
        (lambda: attrs.evolve(opening(), initiator=Relation.MENTOR), "a mentor opens nothing"),
        (lambda: Release(reason=" "), "Say it in a few words"),
    ],
)
def test_what_cannot_be_is_refused_when_made(make: Callable[[], object], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        make()


# Rights and moves


def in_state(state: CascadeState) -> Story:
    story = Story(opening((ANN, BEN), WAITING if state is CascadeState.WAITLISTED else None))
    match state:
        case CascadeState.WAITLISTED | CascadeState.EXHAUSTED:
            story.take(DeclineAsk(), ANN)
            story.take(DeclineAsk(), BEN)
        case CascadeState.ACCEPTED | CascadeState.ENGAGED:
            story.take(AcceptAsk(), ANN)
        case CascadeState.WITHDRAWN:
            story.take(WithdrawCascade(), MENTEE)
        case CascadeState.EXPIRED:
            story.tick(BEGIN + 14 * DAY)
    if state is CascadeState.ENGAGED:
        story.take(Engage(engagement_id=EngagementId("e-1")), PAM)
    assert story.now.state is state
    return story


EXAMPLES: dict[str, CascadeAction] = {
    "suggest": Suggest(mentor_id=DI),
    "accept-ask": AcceptAsk(),
    "decline-ask": DeclineAsk(),
    "close-ask": CloseAsk(mentor_id=ANN, because=AskEnd.FULL),
    "release": Release(reason="Full."),
    "engage": Engage(engagement_id=EngagementId("e-1")),
    "withdraw": WithdrawCascade(),
    "lapse-ask": LapseAsk(mentor_id=ANN),
    "expire": ExpireCascade(),
}
STATES_OF = {
    "suggest": {"open", "waitlisted"}, "accept-ask": {"open"}, "decline-ask": {"open"}, "close-ask": {"open"},
    "release": {"accepted"}, "engage": {"accepted"}, "withdraw": {"open", "waitlisted", "accepted"},
    "lapse-ask": {"open"}, "expire": {"open"},
}  # fmt: skip
ACTORS_OF = {
    "suggest": {PAM, CLOCK}, "accept-ask": {ANN}, "decline-ask": {ANN}, "close-ask": {PAM, CLOCK}, "release": {ANN},
    "engage": {PAM, CLOCK}, "withdraw": {MENTEE, PAM}, "lapse-ask": {CLOCK}, "expire": {CLOCK},
}  # fmt: skip
DUE = {"lapse-ask": 7, "expire": 14}


def test_every_cell_of_state_action_and_actor_is_what_the_requirements_say() -> None:
    hits: Counter[tuple[str, str, bool]] = Counter()
    for state, name, actor in product(CascadeState, EXAMPLES, (MENTEE, ANN, BEN, PAM, CLOCK, STAN)):
        story = in_state(state)
        wanted = state in STATES_OF[name] and actor in ACTORS_OF[name]
        try:
            story.take(EXAMPLES[name], actor, days=DUE.get(name, 0) if state is CascadeState.OPEN else 0)
        except (RefusedError, InputError):
            succeeded = False
        else:
            succeeded = True
        assert succeeded == wanted, (state, name, actor)
        hits[state, name, succeeded] += 1
    assert {(state, name) for state, name, _ in hits} == {*product(CascadeState, EXAMPLES)}


def test_the_table_of_moves_has_no_traps_and_every_move_a_right() -> None:
    assert problems_of(CASCADE_MOVES, CascadeState, CASCADE_FINAL) == []
    assert {name for _, name in CASCADE_MOVES} == set(CascadeActionName) == set(CASCADE_RIGHTS)
    assert {name.value for name in CascadeActionName} == {"open", *EXAMPLES}


def test_only_the_initiator_opens_it_and_once() -> None:
    with pytest.raises(NotAuthorisedError, match="may not open: it takes mentee"):
        decide_cascade(None, opening(), STAN, {Relation.MENTEE}, BEGIN)
    by_manager = attrs.evolve(opening(), initiator=Relation.MANAGER)
    assert decide_cascade(None, by_manager, PersonId("mona"), {Relation.MANAGER}, BEGIN)
    Story().refused(opening(), MENTEE, "it is open already")
    with pytest.raises(IllegalMoveError, match="nothing is open yet"):
        decide_cascade(None, AcceptAsk(), ANN, frozenset(), BEGIN)


def test_times_run_forwards_and_are_aware() -> None:
    story = Story()
    story.refused(DeclineAsk(), ANN, "is before the last event", days=-1)
    with pytest.raises(InputError, match="NAIVE-TIME"):
        tick_cascade(story.now, datetime(2026, 1, 5))


def test_nothing_is_due_before_its_time_and_nobody_is_let_off_who_is_not_asked() -> None:
    story = Story()
    story.refused(LapseAsk(mentor_id=ANN), CLOCK, "it is not due", days=6)
    story.refused(LapseAsk(mentor_id=BEN), CLOCK, "it is not due", days=30)
    story.refused(CloseAsk(mentor_id=BEN, because=AskEnd.FULL), PAM, "'ben' is not asked")


# Logs


def forged(story: Story, kind: type[CascadeEvent], actor: PersonId = ANN, **facts: object) -> CascadeEvent:
    last = story.log[-1]
    return kind(cascade_id=last.cascade_id, version=last.version + 1, actor=actor, at=last.at, **facts)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda one: attrs.evolve(one, cascade_id=CascadeId("c-9")), "belongs to another cascade"),
        (lambda one: attrs.evolve(one, version=7), "version 7 stands where 3 belongs"),
        (lambda one: attrs.evolve(one, at=BEGIN - DAY), "is before the event that it follows"),
        (lambda one: attrs.evolve(one, mentor_id=BEN), "'ben' is not asked"),
        (lambda one: attrs.evolve(one, actor=BEN), "'ben' cannot have answered for somebody else"),
    ],
)
def test_a_log_that_cannot_be_is_refused(change: Callable[[CascadeEvent], CascadeEvent], problem: str) -> None:
    story = Story()
    with pytest.raises(InputError, match=problem) as refused:
        replay_cascade([*story.log, change(forged(story, AskDeclined, mentor_id=ANN))])
    assert refused.value.faults[0].code == "LOG-CORRUPT"


def test_what_follows_by_itself_is_held_against_what_it_follows_from() -> None:
    story = Story()
    for kind, facts, problem in (
        (MentorAsked, {"mentor_id": CY}, "it is not the turn of 'cy'"),
        (CascadeWaitlisted, {}, "CascadeWaitlisted does not follow in state open"),
        (CascadeExhausted, {}, "CascadeExhausted does not follow in state open"),
        (AskClosed, {"mentor_id": ANN, "because": AskEnd.ANOTHER_ACCEPTED}, "AskClosed does not follow in state open"),
        (CascadeEvent, {}, "none of the events"),
    ):
        with pytest.raises(InputError, match=problem):
            evolve_cascade(story.now, forged(story, kind, **facts))


def test_a_log_begins_with_the_opening() -> None:
    story = Story()
    for log in (story.log[1:], [attrs.evolve(story.log[0], version=2)]):
        with pytest.raises(InputError, match="a log begins with CascadeOpened at version 1"):
            replay_cascade(log)
    with pytest.raises(InputError, match="there is no event"):
        replay_cascade([])


# Anything, by anybody, at any time


class CascadeWalk(RuleBasedStateMachine):
    """One cascade whose mentors come, go and stay silent."""

    walked: ClassVar[set[tuple[CascadeState, CascadeActionName, CascadeState]]] = set()

    @initialize(
        n_mentors=st.integers(0, 3),
        at_once=st.integers(1, 3),
        answer=st.integers(1, 7),
        expires=st.integers(7, 20),
        waits=st.booleans(),
        full=st.sets(st.sampled_from([*MENTORS, DI]), max_size=2),
    )
    def open(self, n_mentors: int, at_once: int, answer: int, expires: int, waits: bool, full: set[PersonId]) -> None:
        terms = Terms(
            asked_at_once=at_once,
            answer_days=answer,
            expires_after_days=expires,
            wait_order=WaitOrder.FIRST_COME if waits or n_mentors == 0 else None,
        )
        self.story = Story(opening(MENTORS[:n_mentors], terms), Elsewhere(full=frozenset(full)))

    @rule(name=st.sampled_from(sorted(EXAMPLES)), actor=st.sampled_from([*MENTORS, DI, MENTEE, PAM, CLOCK, STAN]),
          hours=st.integers(0, 100))  # fmt: skip
    def anybody_does_anything(self, name: str, actor: PersonId, hours: int) -> None:
        before = self.story.now
        try:
            after = self.story.take(EXAMPLES[name], actor, days=hours / 24)
        except (RefusedError, InputError):
            assert self.story.now == before
        else:
            assert after.state in CASCADE_MOVES[before.state, CascadeActionName(name)]
            self.walked.add((before.state, CascadeActionName(name), after.state))

    @rule(data=st.data())
    def somebody_goes_on(self, data: st.DataObject) -> None:
        """Take a move that the state knows, by somebody who may, after what is due by then."""
        self.story.tick(self.story.now.at + 0.01 * DAY)
        before = self.story.now
        names = sorted(name for name, states in STATES_OF.items() if before.state in states and name not in DUE)
        if not names:
            return
        name = data.draw(st.sampled_from(names))
        who = self.story.asked or [before.accepted_by or MENTEE]
        actor = who[-1] if ACTORS_OF[name] == {ANN} else min(ACTORS_OF[name])
        action = CloseAsk(mentor_id=who[0], because=AskEnd.FULL) if name == "close-ask" else EXAMPLES[name]
        if name == "suggest" and DI in before.mentor_ids:
            return
        after = self.story.take(action, actor)
        self.walked.add((before.state, CascadeActionName(name), after.state))

    @rule(hours=st.integers(0, 24 * 30), share=st.integers(0, 10))
    def time_goes_by(self, hours: int, share: int) -> None:
        before, elsewhere = self.story.now, self.story.elsewhere
        late, early = before.at + timedelta(hours=hours), before.at + timedelta(hours=hours * share // 10)
        once = Story.__new__(Story)
        once.log, once.elsewhere = list(self.story.log), elsewhere
        once.tick(late)
        self.story.tick(early)
        self.story.tick(late)
        assert self.story.log == once.log
        assert tick_cascade(once.now, late, elsewhere=elsewhere) == ()

    @invariant()
    def promises_hold(self) -> None:
        now, log = self.story.now, self.story.log
        assert [event.version for event in log] == list(range(1, len(log) + 1))
        assert len(now.asks) <= now.terms.asked_at_once
        assert (now.state is CascadeState.OPEN) == bool(now.asks)
        assert not self.story.elsewhere.full & {ask.mentor_id for ask in now.asks}
        assert (now.accepted_by is not None) == (now.state in (CascadeState.ACCEPTED, CascadeState.ENGAGED)) or (
            now.state is CascadeState.WITHDRAWN
        )


def test_cascades_walked_at_random_keep_every_promise() -> None:
    CascadeWalk.walked.clear()
    go(CascadeWalk, walks=900, longest=12)
    by_people = {
        (before, name, after)
        for (before, name), following in CASCADE_MOVES.items()
        for after in following
        if before is not None and name not in DUE
    }
    assert CascadeWalk.walked >= by_people


def test_moments_are_kept_in_utc() -> None:
    assert Story().now.asks[0].until.tzinfo is UTC
