"""Who has worked with whom, from which day, told by engagements and by the table of earlier ones."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st
from numpy.random import default_rng

from taskmentor.lifecycle.moves import State
from taskmentor.models.organisation import Organisation
from taskmentor.outcomes import mentoring_ties, worked_together
from taskmentor.outcomes.ties import ALWAYS
from tests.organisations import organisation
from tests.outcomes.made import SINCE, engagement, random_case


def staff(from_on: date | None) -> Organisation:
    row = {"mentor_id": "max", "mentee_id": "mia", "skill_id": "sql", "from_on": from_on}
    return organisation("max mia ann", engaged=[row])


def test_a_row_of_the_table_that_tells_of_an_engagement_counts_once() -> None:
    """Whoever writes open engagements into the tables must not see them twice."""
    for from_on in (None, SINCE, SINCE + timedelta(days=2)):
        worked = worked_together(staff(from_on), [engagement("mia", "max")])
        assert worked.day.tolist() == [SINCE + timedelta(days=2)]


def test_an_earlier_engagement_of_the_same_two_is_another_one() -> None:
    worked = worked_together(staff(SINCE - timedelta(days=400)), [engagement("mia", "max")])
    assert worked.day.tolist() == [SINCE - timedelta(days=400), SINCE + timedelta(days=2)]
    assert mentoring_ties(staff(SINCE - timedelta(days=400)), [engagement("mia", "max")]).day.tolist() == [
        SINCE - timedelta(days=400)
    ]


def test_a_proposal_is_no_tie_even_where_the_table_holds_its_place() -> None:
    assert len(worked_together(staff(None), [engagement("mia", "max", state=State.PROPOSED)])) == 0


def test_a_row_without_a_day_has_been_there_always() -> None:
    worked = worked_together(staff(None))
    assert worked.day.tolist() == [ALWAYS.item()]
    assert len(worked.until(date(1950, 1, 1))) == 1


@given(st.integers(0, 2**32 - 1))
def test_a_tie_is_each_pair_once_from_its_first_day(seed: int) -> None:
    _, drawn, engagements = random_case(default_rng(seed))
    first: dict[frozenset[str], date] = {}
    for one in engagements:
        if one.started_at is not None:
            pair = frozenset((one.mentee_id, one.mentor_id))
            first[pair] = min(first.get(pair, date.max), one.started_at.date())
    keys: dict[tuple[str, str, str], date] = {
        (one.mentor_id, one.mentee_id, one.scope.skill_id): one.proposed_at.date() for one in engagements
    }
    for one in engagements:
        key = (one.mentor_id, one.mentee_id, one.scope.skill_id)
        keys[key] = min(keys[key], one.proposed_at.date())
    table = drawn.engaged
    for mentor, mentee, skill, day in zip(table.mentor, table.mentee, table.skill, table.from_on, strict=True):
        ids = str(drawn.people.ids[mentor]), str(drawn.people.ids[mentee])
        proposed = keys.get((*ids, drawn.model.skill_ids[skill]))
        if proposed is None or day.item() < proposed:
            first[frozenset(ids)] = min(first.get(frozenset(ids), date.max), day.item())
    ties = mentoring_ties(drawn, engagements)
    found = {frozenset(pair): day.item() for pair, day in zip(ties.pairs(drawn), ties.day, strict=True)}
    assert found == first
    assert len(ties) == len(first)
    assert ties.day.tolist() == sorted(ties.day.tolist())
