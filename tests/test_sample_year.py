"""The sample year: twelve months of programmes, the same for the same seed, lawful on every day, and with an effect."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from examples.sample_year import FIRST, PROGRAMMES, WEEKS, Year, live, told
from taskmentor import lifecycle, outcomes
from taskmentor.authorisation import confirmers
from taskmentor.lifecycle import State
from taskmentor.lifecycle.booking import BookingState
from taskmentor.lifecycle.group import GroupState, MemberState
from taskmentor.outcomes.load import takes_place
from taskmentor.proficiency import gaps
from taskmentor.programmes import Format

LAST = FIRST + timedelta(weeks=WEEKS)


@pytest.fixture(scope="module")
def year() -> Year:
    return live(seed=1)


def test_every_programme_has_engagements_that_came_to_their_end(year: Year) -> None:
    """From rounds over yes and no to what was confirmed."""
    ends = Counter((one.programme_id, one.state) for one in year.engagements.values())
    held = Counter((one.programme_id, one.state) for one in year.bookings.values())
    grouped = Counter((one.programme_id, one.state) for one in year.groups.values())
    assert len(PROGRAMMES) == 5
    for running in PROGRAMMES:
        name = running.programme.id
        if running.programme.format is Format.SESSION:
            assert held[name, BookingState.HELD] > held[name, BookingState.MISSED] > 0
        elif running.programme.format is Format.GROUP:
            assert grouped[name, GroupState.CLOSED] > 0
        else:
            assert ends[name, State.COMPLETED] > 0, name
            assert ends[name, State.DECLINED] + ends[name, State.EXPIRED] > 0, name
    assert len(year.rounds) >= 12
    assert all(one.verdict.ok for one in year.rounds)


def test_every_log_replays_to_what_stands(year: Year) -> None:
    for name, log in year.logs.items():
        assert lifecycle.replay(log) == year.engagements[name]


def test_nobody_mentors_more_than_their_capacity_on_any_day(year: Year) -> None:
    """One capacity over all programmes, counted apart from what matched."""
    capacity = {person.id: person.capacity for person in year.organisation.people}
    known = [*year.engagements.values()]
    groups = [
        (member.place.person_id, member.since.date(), one.closed_at)
        for one in year.groups.values()
        for member in one.members
        if member.place.teaches and member.state is MemberState.ACTIVE
    ]
    assert groups
    for day in (FIRST + timedelta(days=number) for number in range(7 * WEEKS)):
        held = Counter(one.mentor_id for one in known if takes_place(one, day))
        held.update(
            person for person, since, closed in groups if since <= day and (closed is None or closed.date() > day)
        )
        table = year.begun_with.engaged.running(day)
        held.update(year.begun_with.people.id(code) for code in table.mentor.tolist())
        assert [person for person, n in held.items() if n > capacity[person]] == []


def test_what_was_confirmed_was_so_by_those_who_may_on_that_day(year: Year) -> None:
    done = [one for one in year.engagements.values() if one.confirmed_at is not None]
    assert done
    for one in done:
        assert one.confirmed_at is not None
        on = one.confirmed_at.date()
        able = confirmers(year.organisation, mentee_id=one.mentee_id, mentor_id=one.mentor_id, on=on)
        assert one.confirmed_by in able
        assert one.confirmed_by not in (one.mentee_id, one.mentor_id)


def test_nobody_is_in_two_booked_sessions_at_once(year: Year) -> None:
    """Counted apart from what books."""
    by_person: dict[str, list[tuple[datetime, datetime]]] = {}
    for one in year.bookings.values():
        for person in (one.mentee_id, one.mentor_id):
            by_person.setdefault(person, []).append((one.starts_at, one.starts_at + timedelta(minutes=one.minutes)))
    for spans in by_person.values():
        rising = sorted(spans)
        assert all(one[1] <= other[0] for one, other in pairwise(rising))
    assert max(one.minutes for one in year.bookings.values()) <= 20


def test_leavers_leave_and_nothing_of_theirs_goes_on(year: Year) -> None:
    assert len(year.leavers) == 3
    for person, day in year.leavers.items():
        assert FIRST < day < LAST
        assert year.organisation.people[year.organisation.people.code(person)].left_on == day
        going_on = [
            one for one in year.engagements.values() if one.mentee_id == person and one.state not in lifecycle.FINAL
        ]
        assert going_on == []


def test_the_year_has_an_effect(year: Year) -> None:
    """Fewer gaps, a stronger bench, ties over borders: what the programmes are for."""
    known: list[outcomes.Mentoring] = [
        *year.engagements.values(),
        *year.groups.values(),
        *year.bookings.values(),
    ]
    period = outcomes.Period(since=FIRST, on=LAST)
    there = year.organisation.people.active(LAST)
    before, after = (gaps(org, on=LAST) for org in (year.begun_with, year.organisation))
    before = before.take(np.flatnonzero(there[before.person]))
    done = [one for one in year.engagements.values() if one.state is State.COMPLETED]
    closed = {(one.mentee_id, one.scope.skill_id) for one in done}
    goals = [goal for one in year.groups.values() for goal in one.goals if goal.confirmed_level is not None]
    closed |= {(goal.person_id, goal.scope.skill_id) for goal in goals}
    assert goals
    still = {(gap.person_id, gap.skill_id) for gap in after}
    assert still == {(gap.person_id, gap.skill_id) for gap in before} - closed
    assert len(after) < len(before) / 2
    reach = outcomes.network_reach(year.organisation, known, period)
    assert reach.after.index is not None
    assert reach.before.index is not None
    assert reach.after.index < reach.before.index
    assert reach.new_across > 0


def test_the_same_seed_gives_the_same_year_and_another_one_another(year: Year) -> None:
    again = live(seed=1)
    assert again.engagements == year.engagements
    assert again.bookings == year.bookings
    assert again.groups == year.groups
    assert told(again) == told(year)
    assert live(seed=2).engagements.keys() != year.engagements.keys()


def test_it_tells_before_and_after(year: Year) -> None:
    said = told(year)
    counts = f"{len(year.rounds)} rounds, {len(year.engagements)} engagements, {len(year.groups)} groups"
    assert said.startswith(f"{counts}, {len(year.bookings)} booked sessions, 3 people left.")
    for running in PROGRAMMES:
        assert f"\n{running.programme.title}: " in said
    assert f"\n{FIRST} to {LAST}: " in said
