"""The checklist of what mentors do in meetings."""

import pytest

from taskmentor.programmes import MeetingSkill, to_practise


@pytest.mark.requirement("SK1")
def test_sk1_what_was_seen_in_fewer_than_half_of_the_meetings_is_to_be_practised() -> None:
    """Would be broken: the seven skills, and what counts as seen."""
    assert len(MeetingSkill) == 7
    assert to_practise([]) == tuple(MeetingSkill)
    listens, asks = MeetingSkill.LISTEN, MeetingSkill.ASK
    assert to_practise([set(MeetingSkill)]) == ()
    rest = tuple(skill for skill in MeetingSkill if skill not in (listens, asks))
    assert to_practise([{listens, asks}, {listens}]) == rest
    assert to_practise([{listens, asks}, {listens}, set()]) == (asks, *rest)
