"""The organisation as one person may see it: row by row what the authority allows."""

from datetime import date

import attrs
import numpy as np
import pytest

from taskmentor import synthetic
from taskmentor.authorisation import (
    Allow,
    Authority,
    DataAction,
    Enrolment,
    Grant,
    PersonData,
    PersonRelation,
    Relation,
    view,
    view_protected,
)
from taskmentor.formats.reading import protected_from_rows
from taskmentor.models.assessments import Source
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId
from taskmentor.proficiency import gaps
from tests.organisations import organisation

DAY = date(2026, 10, 1)
SMALL = organisation(
    {
        "ann": {"name": "Ann", "x_badge": "gold"},
        "ben": {"manager_id": "ann", "x_badge": "blue"},
        "cy": {"manager_id": "ben", "x_badge": "red", "x_points": 7},
        "di": {"manager_id": "ben", "left_on": date(2026, 9, 1)},
        "eve": {"manager_id": "di"},
    },
    knows={"cy": {"sql": 2, "law": 3}, "ann": {"sql": 5}, "eve": {"sql": 1}},
    wants={"cy": {"sql": 3}, "eve": {"sql": 2}},
    pins=[{"mentee_id": "cy", "mentor_id": "ann", "skill_id": "sql"}],
    blocks=[{"mentee_id": "cy", "mentor_id": "eve"}],
    engaged=[{"mentor_id": "ann", "mentee_id": "cy", "skill_id": "law"}],
    preferences=[
        {"person_id": "cy", "side": "mentee", "preferred_id": "ann", "rank": 1},
        {"person_id": "ann", "side": "mentor", "preferred_id": "cy", "rank": 1},
    ],
    wishes=[
        {"person_id": "cy", "side": "mentee", "characteristic": "returner", "consented_on": date(2026, 9, 1)},
        {"person_id": "ann", "side": "mentor", "characteristic": "returner", "consented_on": date(2026, 9, 1)},
    ],
)


def test_when_somebody_is_there_is_seen_by_those_above_and_by_auditors() -> None:
    """When people are away tells of holidays and illness."""
    people = {
        "ann": {"time_zone": "UTC"},
        "ben": {"manager_id": "ann", "time_zone": "UTC"},
        "cy": {"manager_id": "ben", "time_zone": "UTC"},
    }
    rows = [{"person_id": one, "kind": "away", "from_on": "2026-10-05"} for one in people]
    whole = organisation(people, availability=rows)
    authority = Authority(organisation=whole, grants=(grant("cy", PersonRelation.AUDITOR),))
    seen = {
        (actor, audits): [
            whole.people.id(code)
            for code in view(whole, actor, DAY, authority=authority if audits else None).availability.person
        ]
        for actor in people
        for audits in (False, True)
    }
    assert seen[("ann", False)] == ["ann", "ben", "cy"]
    assert seen[("ben", False)] == seen[("ben", True)] == ["ben", "cy"]
    assert seen[("cy", False)] == ["cy"]
    assert seen[("cy", True)] == ["ann", "ben", "cy"]


def big() -> Organisation:
    whole = synthetic.organisation(n_people=80, seed=3)
    left = whole.people.left_on.copy()
    left[whole.managers(DAY)[5]] = np.datetime64("2026-01-01")  # somebody's manager has left: a vacancy
    return attrs.evolve(whole, people=attrs.evolve(whole.people, left_on=left))


def grant(person_id: str, relation: Relation | PersonRelation) -> Grant:
    return Grant(person_id=PersonId(person_id), relation=relation, from_on=date(2026, 1, 1))


@pytest.mark.parametrize("above", [False, True])
@pytest.mark.parametrize("days", [0, 400])
def test_every_row_that_is_seen_is_one_that_may_be_read_and_no_other(above: bool, days: int) -> None:
    """Two readings of the same rights: masks over columns here, one question a row there."""
    whole = big()
    ids = whole.people.ids.tolist()
    rows = [whole.assessment(row) for row in range(len(whole.assessments))]
    mentee, skill = rows[0].person_id, rows[0].skill_id
    authority = Authority(
        organisation=whole,
        grants=(grant(ids[7], PersonRelation.AUDITOR),),
        enrolments=(
            Enrolment(
                programme_id="p", mentee_id=mentee, mentor_id=ids[9], skill_id=skill, from_on=DAY, started_on=DAY
            ),
        ),
        managers_above_read=above,
        released_after_days=days,
    )
    read = {Source.SELF: DataAction.READ_SELF_ASSESSMENT}
    managers = {ids[code] for code in whole.managers(DAY).tolist() if code >= 0}
    for actor in [*sorted(managers)[:12], ids[5], ids[7], ids[9], "nobody"]:
        seen = view(whole, actor, DAY, authority=authority)
        allowed = [
            row
            for row in rows
            if row.assessed_on <= DAY
            and isinstance(
                authority.authorise(
                    actor,
                    read.get(row.source, DataAction.READ_MANAGER_ASSESSMENT),
                    PersonData(person_id=row.person_id, skill_id=row.skill_id, dated=row.assessed_on),
                    DAY,
                ),
                Allow,
            )
        ]
        assert [seen.assessment(row) for row in range(len(seen.assessments))] == allowed, actor


def badges(seen: Organisation) -> dict[str, object]:
    return {person.id: dict(person.extras).get("x_badge") for person in seen.people if person.extras}


def test_row_43_what_the_organisation_added_to_people_is_for_themselves_and_those_above() -> None:
    """Sensitive data for matching was shown to the cohort."""
    assert badges(view(SMALL, "cy", DAY)) == {"cy": "red"}
    assert badges(view(SMALL, "ben", DAY)) == {"ben": "blue", "cy": "red"}
    assert badges(view(SMALL, "stranger", DAY)) == {}
    assert view(SMALL, "ben", DAY).people.extra("x_points").value(SMALL.people.code("cy")) == 7
    assert view(SMALL, "ann", DAY).people.extra("x_points").value(SMALL.people.code("eve")) is None


def test_everybody_is_still_known_by_name() -> None:
    seen = view(SMALL, "stranger", DAY)
    assert [person.name for person in seen.people] == [person.name for person in SMALL.people]
    assert len(seen.assessments) == 0
    assert seen.model is SMALL.model


def test_requests_engagements_pins_and_blocks_are_for_those_concerned() -> None:
    def counts(actor: str, authority: Authority | None = None) -> tuple[int, int, int, int]:
        seen = view(SMALL, actor, DAY, authority=authority)
        assert seen.requests is not None
        return len(seen.requests), len(seen.engaged), len(seen.pins), len(seen.blocks)

    authority = Authority(
        organisation=SMALL,
        grants=(grant("pam", Relation.PROGRAMME_MANAGER), grant("otis", PersonRelation.AUDITOR)),
        enrolments=(Enrolment(programme_id="p", mentee_id="cy", mentor_id="ann", skill_id="sql", from_on=DAY),),
    )
    assert counts("cy") == (1, 1, 0, 0)
    assert counts("ann") == (2, 1, 0, 0)
    assert counts("eve") == (1, 0, 0, 0)
    assert counts("stranger") == (0, 0, 0, 0)
    assert counts("pam", authority) == (1, 1, 1, 1)
    assert counts("otis", authority) == (2, 1, 1, 1)


def test_row_43_whom_somebody_prefers_is_not_shown_to_the_cohort() -> None:
    """A mentor must not learn who would rather have somebody else, nor a manager on whose list somebody stands."""
    authority = Authority(
        organisation=SMALL,
        grants=(grant("pam", Relation.PROGRAMME_MANAGER), grant("otis", PersonRelation.AUDITOR)),
    )
    owners = {
        actor: [SMALL.people.id(code) for code in view(SMALL, actor, DAY, authority=authority).preferences.person]
        for actor in ("cy", "ann", "ben", "stranger", "pam", "otis")
    }
    both = ["cy", "ann"]
    assert owners == {"cy": ["cy"], "ann": ["ann"], "ben": [], "stranger": [], "pam": both, "otis": both}


def test_row_43_what_somebody_says_of_themselves_is_for_them_and_auditors_alone() -> None:
    """Neither a manager nor who runs the programme must learn it from a view; consent was given to matching."""
    authority = Authority(
        organisation=SMALL,
        grants=(grant("pam", Relation.PROGRAMME_MANAGER), grant("otis", PersonRelation.AUDITOR)),
    )
    owners = {
        actor: [SMALL.people.id(code) for code in view(SMALL, actor, DAY, authority=authority).wishes.person]
        for actor in ("cy", "ann", "ben", "pam", "otis")
    }
    assert owners == {"cy": ["cy"], "ann": ["ann"], "ben": [], "pam": [], "otis": ["cy", "ann"]}


def test_somebody_who_has_left_manages_nobody() -> None:
    assert len(view(SMALL, "di", DAY).assessments) == 0
    assert len(view(SMALL, "ben", DAY).assessments) == 3, "eve's manager has left, so ben is the nearest one"


def test_gaps_are_found_on_what_one_sees_alone() -> None:
    """A view goes wherever an organisation goes."""
    whole = big()
    manager = whole.people.id(int(np.bincount(whole.managers(DAY) + 1)[1:].argmax()))
    seen = view(whole, manager, DAY)
    assert 0 < len(seen.assessments) < len(whole.assessments)
    assert len(gaps(seen, on=DAY, manager=manager)) == len(gaps(whole, on=DAY, manager=manager))


def test_without_given_requests_there_are_none_in_a_view_either() -> None:
    assert view(big(), "nobody", DAY).requests is None


def test_protected_attributes_are_read_by_those_whose_they_are_and_auditors_alone() -> None:
    """Nobody sees them in the organisation, as it does not hold them; managers and analysts do not see them at all."""
    protected = protected_from_rows(
        [{"person_id": one, "attribute": "sex", "group": "f", "consented_on": DAY} for one in ("ann", "ben", "cy")],
        SMALL,
    )
    authority = Authority(
        organisation=SMALL,
        grants=(
            grant("audrey", PersonRelation.AUDITOR),
            grant("anna", PersonRelation.HR_ANALYST),
            grant("pam", Relation.PROGRAMME_MANAGER),
        ),
    )
    for actor in ("ann", "ben", "cy", "di", "audrey", "anna", "pam", "stranger"):
        seen = view_protected(protected, actor, DAY, authority=authority).person_id.tolist()
        allowed = [
            one
            for one in ("ann", "ben", "cy")
            if isinstance(
                authority.authorise(actor, DataAction.READ_GROUP_ATTRIBUTES, PersonData(person_id=one), DAY), Allow
            )
        ]
        assert seen == allowed
    assert view_protected(protected, "audrey", DAY, authority=authority) is protected
    erased = attrs.evolve(authority, organisation=organisation("ann"))
    assert len(view_protected(protected, "cy", DAY, authority=erased)) == 0
