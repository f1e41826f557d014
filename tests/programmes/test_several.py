"""One person in several programmes at once: mentor here, mentee there, out of one capacity."""

from collections import Counter
from collections.abc import Iterable

import pytest

from taskmentor.authorisation import Relation
from taskmentor.errors import CapacityError
from taskmentor.lifecycle import Engagement
from taskmentor.lifecycle.places import places_taken
from taskmentor.models.organisation import Organisation
from taskmentor.programmes import Programme, ask, career_development, reverse, task_based, virtual
from taskmentor.rounds import match
from tests.organisations import ON, PeopleRows, Row, organisation
from tests.programmes.living import AT, DAY, LARKSPUR, started, unpinned

PEOPLE: PeopleRows = {
    "mia": {"grade": 3, "mentee_limit": 3},
    "ann": {"grade": 5, "capacity": 2},
    "boss": {"grade": 8, "mentee_limit": 1},
}
KNOWS = {"ann": {"sql": 4, "law": 4, "art": 4}, "mia": {"sql": 1}, "boss": {"sql": 1}}
WANTS: dict[str, dict[str, int | None]] = {"mia": {"sql": 2, "law": 2}, "boss": {"sql": 2}}


def with_engaged(engaged: Iterable[Row]) -> Organisation:
    return organisation(PEOPLE, knows=KNOWS, wants=WANTS, engaged=[*engaged])


def engaged_by(whole: Organisation, programme: Programme) -> list[Row]:
    """Return what a round of a programme engages, as rows of the table that other programmes read."""
    plan = match(whole, programme, on=ON).plan
    columns = (plan.mentor_id.tolist(), plan.mentee_id.tolist(), plan.skill_id.tolist())
    return [
        {"mentor_id": mentor, "mentee_id": mentee, "skill_id": skill, "from_on": ON}
        for mentor, mentee, skill in zip(*columns, strict=True)
    ]


@pytest.mark.requirement("T22")
def test_t22_what_one_programme_takes_is_not_there_for_the_next() -> None:
    """Would be broken: a mentor who is full in one programme and asked in another."""
    first = engaged_by(with_engaged([]), reverse())
    assert [(row["mentee_id"], row["mentor_id"]) for row in first] == [("boss", "ann")]
    second = engaged_by(with_engaged(first), task_based())
    assert [(row["mentee_id"], row["mentor_id"]) for row in second] == [("mia", "ann")], "one place of two is left"
    whole = with_engaged([*first, *second])
    third = match(whole, virtual(), on=ON).plan
    assert len(third) == 0
    assert third.unmatched.counts() == {"all-full": 1}
    skill = str(third.unmatched.skill_id[0])
    with pytest.raises(CapacityError, match="'ann' has no free place"):
        ask(whole, career_development(), mentee_id="mia", mentor_id="ann", skill_id=skill, at=AT)


@pytest.mark.requirement("T22")
def test_t22_open_engagements_of_all_programmes_take_places_together() -> None:
    """Would be broken: places counted for each programme by itself."""
    engagements: list[Engagement] = []
    for programme in (task_based(), reverse(), virtual()):
        proposal = match(unpinned(), programme, on=DAY).proposals(at=AT)[0]
        engagement = started(unpinned(), programme, proposal).engagement
        assert engagement is not None
        engagements.append(engagement)
    taken = places_taken(engagements, Relation.MENTOR)
    assert taken == Counter(one.mentor_id for one in engagements)
    assert {one.programme_id for one in engagements} == {"task-based", "reverse", "virtual"}


def test_programmes_leave_the_organisation_as_it_was() -> None:
    """Would be broken: a round that changes what another one sees."""
    digest = LARKSPUR.digest
    match(LARKSPUR, task_based(), on=DAY)
    assert LARKSPUR.digest == digest
