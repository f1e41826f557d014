"""What a group leaves behind: assessments, credit, places; and who may act in it."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from taskmentor.authorisation import Authority, Relation, confirmers
from taskmentor.errors import UnknownIdError
from taskmentor.lifecycle.events import utc_day
from taskmentor.lifecycle.group.moves import GROUP_PLACED
from taskmentor.lifecycle.group.standing import Group
from taskmentor.lifecycle.group.values import LEARNING, TEACHING, MemberState
from taskmentor.lifecycle.outcomes import Credit
from taskmentor.models.assessments import Assessment
from taskmentor.models.people import PersonId

__all__ = ["group_credits", "group_outcomes", "group_places", "group_self_assessments", "relations_in_group"]


def group_outcomes(group: Group) -> tuple[Assessment, ...]:
    """Return the assessments that its confirmations are, each dated by its confirmation (T14)."""
    found = (goal.outcome(group.model_version) for goal in group.goals)
    return tuple(assessment for assessment in found if assessment is not None)


def group_self_assessments(group: Group) -> tuple[Assessment, ...]:
    """Return what its learners said of themselves (T13)."""
    found = (goal.self_assessment(group.model_version) for goal in group.goals)
    return tuple(assessment for assessment in found if assessment is not None)


def group_credits(group: Group) -> tuple[Credit, ...]:
    """Return what each confirmed change counts for the learner and, equally, for each of those who teach (T15)."""
    teachers = [
        one.place.person_id for one in group.members if one.place.teaches and one.state is MemberState.ACTIVE
    ]  # fmt: skip
    return tuple(
        Credit(
            person_id=person_id,
            relation=relation,
            skill_id=goal.scope.skill_id,
            change=goal.confirmed_level - goal.scope.from_level,
            earned_on=utc_day(goal.confirmed_at),
        )
        for goal in group.goals
        if goal.confirmed_level is not None and goal.confirmed_at is not None
        for person_id, relation in (
            (goal.person_id, Relation.MENTEE),
            *((teacher, Relation.MENTOR) for teacher in teachers),
        )
    )


def group_places(groups: Iterable[Group], side: Relation) -> Counter[PersonId]:
    """Return how many places each person has taken in groups, as mentor or as mentee: one a group, from acceptance.

    The capacity of a person is one for everything, so these add to the places that engagements take.
    """
    roles = TEACHING if side is Relation.MENTOR else LEARNING
    return Counter(
        one.place.person_id
        for group in groups
        if group.state in GROUP_PLACED
        for one in group.members
        if one.state is MemberState.ACTIVE and one.place.role in roles
    )


def relations_in_group(
    authority: Authority, group: Group, actor: str, on: date, *, member_id: str | None = None
) -> frozenset[Relation]:
    """Return what somebody is to a group on a day, beside what the group itself knows: for `decide_group`.

    The confirmer of a member is their manager on that day; where that person teaches in the group, the next one up;
    where there is none, the delegate of the terms: the same rule as in an engagement. Of a member whom the organisation
    does not know, as after an erasure, nobody is the confirmer.

    Args:
        authority: Grants and reporting lines.
        group: The group.
        actor: Who wants to act or look.
        on: The day, in UTC.
        member_id: The member whom an action names; None where it names nobody.

    Raises:
        InputError: If managers manage each other in a circle.
    """
    programme = group.programme_id
    if authority.holds(actor, Relation.SYSTEM, on, programme):
        return frozenset({Relation.SYSTEM})
    held = {Relation.PROGRAMME_MANAGER} if authority.holds(actor, Relation.PROGRAMME_MANAGER, on, programme) else set()
    if member_id is not None and actor in _confirmers(authority, group, member_id, on):
        held.add(Relation.CONFIRMER)
    return frozenset(held)


def _confirmers(authority: Authority, group: Group, member_id: str, on: date) -> frozenset[PersonId]:
    teachers = [one.place.person_id for one in group.members if one.place.teaches]
    try:
        return confirmers(
            authority.organisation,
            mentee_id=member_id,
            mentor_id=member_id,
            on=on,
            delegate=group.terms.delegate_on(on),
            programme_id=group.programme_id,
            grants=authority.grants,
            also_mentors=teachers,
        )
    except UnknownIdError:
        return frozenset()
