"""Presets for people who do not meet in one place."""

import pytest

from taskmentor.errors import IllegalMoveError
from taskmentor.lifecycle import Finish, LogSession, State
from taskmentor.lifecycle.terms import Shortfall
from taskmentor.programmes import digital, virtual
from taskmentor.rounds import match
from tests.programmes.living import AT, DAY, LARKSPUR, closed, started


@pytest.mark.requirement("V2", "V1")
@pytest.mark.parametrize("shortfall", Shortfall)
def test_v2_one_meeting_face_to_face_is_a_note_a_warning_or_a_must(shortfall: Shortfall) -> None:
    """Would be broken: the recommendation, and what follows where it was not kept."""
    programme = virtual(shortfall=shortfall)
    (proposal, *_) = match(LARKSPUR, programme, on=DAY).proposals(at=AT)
    life = started(LARKSPUR, programme, proposal)
    for _ in range(3):
        life.take(LogSession(starts_at=life.at, minutes=30), proposal.mentee_id)
    assert life.engagement is not None
    assert life.engagement.shortfalls == ("0 of 1 meetings face to face",)
    if shortfall is Shortfall.BLOCK:
        with pytest.raises(IllegalMoveError, match="face to face"):
            life.take(Finish(), proposal.mentor_id)
    else:
        assert life.take(Finish(), proposal.mentor_id).state is State.AWAITING_REASSESSMENT


@pytest.mark.requirement("D4")
def test_d4_what_passes_in_writing_is_recorded_without_a_time_slot() -> None:
    """Would be broken: a record of the exchange, on a day and in no session; no clock stands between the two."""
    programme = digital()
    assert "time-zone" not in {scorer.name for scorer in programme.policy.scorers}
    (proposal, *_) = match(LARKSPUR, programme, on=DAY).proposals(at=AT)
    engagement = closed(LARKSPUR, programme, proposal)
    assert engagement.state is State.COMPLETED
    assert engagement.sessions == ()
    assert len(engagement.exchanges) == programme.terms.least_exchanges == 3
