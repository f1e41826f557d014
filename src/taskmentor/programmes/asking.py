"""One pair at a time: a mentee asks a mentor, a mentor offers, a manager pairs, a programme assigns."""

from datetime import datetime

from attrs import frozen

from taskmentor.errors import CapacityError, Fault, InputError, shown
from taskmentor.lifecycle.actions import Propose
from taskmentor.lifecycle.events import check_instant, utc_day
from taskmentor.matching.directory import PossibleMentor, one_request, possible_mentors
from taskmentor.matching.ids import pool_of
from taskmentor.models.competency import SkillId
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId
from taskmentor.programmes.programme import Programme
from taskmentor.programmes.proposing import engagement_id, proposal_of

__all__ = ["Asked", "ask"]


@frozen(kw_only=True)
class Asked:
    """One mentor who is asked for one skill.

    Attributes:
        proposal: The action that proposes the engagement; the programme's initiator takes it.
        fit: How well the two fit, part by part.
        warnings: What speaks against it, in words (RB3).
    """

    proposal: Propose
    fit: PossibleMentor
    warnings: tuple[str, ...]


def ask(
    organisation: Organisation,
    programme: Programme,
    *,
    mentee_id: str,
    mentor_id: str,
    skill_id: str,
    at: datetime,
    target: int | None = None,
) -> Asked:
    """Return the proposal of one pair that somebody chose, held against the programme's policy (RB2, T9).

    Args:
        organisation: The organisation.
        programme: The programme.
        mentee_id: Who would learn.
        mentor_id: Who is asked to teach.
        skill_id: What.
        at: When; aware.
        target: The level to reach; what the role requires, or one level more, unless given.

    Raises:
        UnknownIdError: If one of the ids is unknown, or the target is not on the scale.
        InputError: If the mentee is not there on that day or has reached the target already, or the policy does not
            admit the mentor (`NOT-ADMITTED`).
        CapacityError: If the mentor has no place left.

    Complexity:
        O(people + assessments).
    """
    check_instant(at)
    on = utc_day(at)
    organisation.people.code(mentor_id)
    problem = one_request(organisation, programme.policy, mentee_id, skill_id, on=on, target=target)
    everybody = len(organisation.people)
    listed = possible_mentors(organisation, programme.policy, problem, on=on, k=everybody)
    fit = next((one for one in listed if one.mentor_id == mentor_id), None)
    if fit is None:
        raise InputError([_not_admitted(programme, mentor_id, skill_id, listed)])
    if fit.places_left == 0:
        raise CapacityError(mentor_id, "mentor", on.isoformat(), 0)
    requests = pool_of(problem).requests
    chosen = proposal_of(
        organisation,
        programme,
        id=engagement_id(programme, on.isoformat(), mentee_id, skill_id, mentor_id),
        mentee_id=PersonId(mentee_id),
        mentor_id=PersonId(mentor_id),
        skill_id=SkillId(skill_id),
        levels=(int(requests.current[0]), int(requests.target[0])),
        at=at,
    )
    return Asked(proposal=chosen, fit=fit, warnings=_warnings(programme, fit))


def _not_admitted(programme: Programme, mentor_id: str, skill_id: str, listed: tuple[PossibleMentor, ...]) -> Fault:
    problem = f"{shown(mentor_id)} is none of the mentors whom {programme.title} admits for {shown(skill_id)}"
    best = " or ".join(shown(one.mentor_id) for one in listed[:3])
    remedy = f"Ask {best}." if best else "Nobody can be asked; there is no such mentor now."
    return Fault(code="NOT-ADMITTED", table="request", column="mentor_id", problem=problem, remedy=remedy)


def _warnings(programme: Programme, fit: PossibleMentor) -> tuple[str, ...]:
    least = programme.weak_below
    if least is None or fit.score >= least:
        return ()
    parts = ", ".join(f"{name} {points:,}" for name, points in fit.parts)
    return (f"weak fit: {fit.score:,} points, where {least:,} are thought to be enough ({parts})",)
