"""The organisation as one person may see it: what they may not read is not in it."""

from datetime import date

import attrs
import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.authorisation.authority import Allow, Authority, PersonData
from taskmentor.authorisation.words import DataAction, PersonRelation, Relation
from taskmentor.errors import UnknownIdError
from taskmentor.models.assessments import Assessments, Source
from taskmentor.models.organisation import Engaged, GivenRequests, Organisation, PairList
from taskmentor.models.people import NO_CODE, Categories, Extra
from taskmentor.models.preferences import Preferences
from taskmentor.models.protected import ProtectedAttributes

__all__ = ["view", "view_protected"]

Mask = NDArray[np.bool_]


def view(organisation: Organisation, actor: str, on: date, *, authority: Authority | None = None) -> Organisation:
    """Return the organisation with nothing in it that an actor may not see on a day.

    Everybody's name, role and place in the organisation stay, as colleagues know them. Assessments, requests, the
    organisation's own columns, and when people are there for sessions stay for those whose they are, for the managers
    above them and for auditors, as the rights on data say; a mentor keeps the self-assessments of the agreed skill. Who
    is engaged with whom stays for the two, the mentee's managers, programme managers and auditors; pins and blocks for
    the last two. Whom somebody prefers stays for themselves, programme managers and auditors, and what they said about
    characteristics for themselves and auditors alone. What is dated after the day is gone. A plan made from a view is
    one of what this person may see.

    Args:
        organisation: All of it.
        actor: Who looks; one whom the organisation does not know sees what any stranger may.
        on: The day.
        authority: Grants, enrolments and policy; without one there are none.

    Complexity:
        O(n) for n assessments, people and rows.
    """
    sight = _Sight.of(organisation, actor, on, authority or Authority(organisation=organisation))
    return attrs.evolve(
        organisation,
        assessments=_assessments(organisation.assessments, sight),
        people=attrs.evolve(
            organisation.people,
            extras=tuple(_extra(extra, sight.own | sight.team | sight.all) for extra in organisation.people.extras),
        ),
        requests=None if organisation.requests is None else _requests(organisation.requests, sight),
        engaged=_engaged(organisation.engaged, sight),
        availability=organisation.availability.of_people(sight.own | sight.team | sight.all),
        pins=_pairs(organisation.pins, sight),
        blocks=_pairs(organisation.blocks, sight),
        preferences=_preferences(organisation.preferences, sight),
        wishes=organisation.wishes.take(np.flatnonzero((sight.own | sight.all)[organisation.wishes.person])),
        warnings=organisation.warnings if sight.audits else (),
        left_out=organisation.left_out if sight.audits else (),
    )


def view_protected(
    protected: ProtectedAttributes, actor: str, on: date, *, authority: Authority
) -> ProtectedAttributes:
    """Return the protected attributes with nothing in them that an actor may not read on a day.

    That is their own, and everybody's for an auditor, whose reading is to be put on record. Nobody else reads any,
    managers and those who run programmes included; what a group had of a round is in the fairness report alone.

    Args:
        protected: All of them.
        actor: Who looks.
        on: The day.
        authority: Grants, and who is known.
    """
    if authority.holds(actor, PersonRelation.AUDITOR, on):
        return protected
    answer = authority.authorise(actor, DataAction.READ_GROUP_ATTRIBUTES, PersonData(person_id=actor), on)
    return protected.take(np.flatnonzero((protected.person_id == actor) & isinstance(answer, Allow)))


@frozen(eq=False, kw_only=True)
class _Sight:
    """Whom one person sees on a day, as columns over people, and pairs of a person and a skill.

    Attributes:
        own: The person alone. Shape (n_people,).
        direct: Whom they manage. Shape (n_people,).
        team: Everybody below them. Shape (n_people,).
        all: Everybody, for an auditor, else nobody. Shape (n_people,).
        taught: Keys of mentees and agreed skills.
        targets: Keys of the enrolled and their target skills.
        audits: Whether the person is an auditor.
        runs: Whether the person runs a programme.
        n_skills: How many skills there are.
        authority: The policy.
        on: The day.
    """

    own: Mask
    direct: Mask
    team: Mask
    all: Mask
    taught: NDArray[np.int64]
    targets: NDArray[np.int64]
    audits: bool
    runs: bool
    n_skills: int
    authority: Authority
    on: date

    @classmethod
    def of(cls, organisation: Organisation, actor: str, on: date, authority: Authority) -> "_Sight":
        n_people = len(organisation.people)
        own, direct, team = np.zeros((3, n_people), np.bool_)
        if (code := _code(organisation, actor)) is not None:
            own[code] = True
            if organisation.people.active(on)[code]:
                team[organisation.forest(on).team(code)] = True
                direct = _acting_managers(organisation, on) == code
        audits = authority.holds(actor, PersonRelation.AUDITOR, on)
        taught = [
            (one.mentee_id, one.skill_id)
            for one in authority.enrolments
            if one.mentor_id == actor and one.is_active(on)
        ]
        targets = [(one.mentee_id, one.skill_id) for one in authority.enrolments if authority.runs(actor, one, on)]
        return cls(
            own=own,
            direct=direct,
            team=team,
            all=np.full(n_people, audits),
            taught=_keys(organisation, taught),
            targets=_keys(organisation, targets),
            audits=audits,
            runs=any(
                grant.holds(on, grant.programme_id)
                for grant in authority.grants
                if (grant.person_id, grant.relation) == (actor, Relation.PROGRAMME_MANAGER)
            ),
            n_skills=len(organisation.model.skills),
            authority=authority,
            on=on,
        )

    def keys(self, person: NDArray[np.int32], skill: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return pairs of a person and a skill as one number each."""
        return person.astype(np.int64) * self.n_skills + skill

    def pairs(self, among: NDArray[np.int64], person: NDArray[np.int32], skill: NDArray[np.int32]) -> Mask:
        """Return which pairs of a person and a skill are among some. Shape (n,)."""
        return np.isin(self.keys(person, skill), among)


def _code(organisation: Organisation, person_id: str) -> int | None:
    try:
        return organisation.people.code(person_id)
    except UnknownIdError:
        return None


def _acting_managers(organisation: Organisation, on: date) -> NDArray[np.int32]:
    """Return everybody's nearest manager who is there on a day, -1 for nobody. Shape (n_people,)."""
    managers, active = organisation.managers(on), np.append(organisation.people.active(on), True)
    above = np.append(managers, np.int32(NO_CODE))
    acting = managers.copy()
    while (absent := ~active[acting]).any():
        acting[absent] = above[acting[absent]]
    return acting


def _keys(organisation: Organisation, pairs: list[tuple[str, str]]) -> NDArray[np.int64]:
    n_skills = len(organisation.model.skills)
    codes = ((_code(organisation, person), organisation.model.skill_code(skill)) for person, skill in pairs)
    return np.array([person * n_skills + skill for person, skill in codes if person is not None], np.int64)


def _assessments(given: Assessments, sight: _Sight) -> Assessments:
    person, authority = given.person, sight.authority
    own, direct, above = sight.own[person], sight.direct[person], sight.team[person] & ~sight.direct[person]
    released = given.assessed_on + np.timedelta64(authority.released_after_days, "D") <= np.datetime64(sight.on)
    said = own | direct | sight.pairs(sight.taught, person, given.skill)
    if authority.managers_above_read:
        said |= above
    judged = (own & released) | direct | above
    seen = sight.all[person] | np.where(given.source == Source.SELF, said, judged)
    rows = np.flatnonzero(seen & (given.assessed_on <= np.datetime64(sight.on)))
    columns = {
        name: getattr(given, name)[rows]
        for name in ("person", "skill", "level", "source", "assessed_on", "assessor", "model_version")
    }
    return attrs.evolve(given, **columns)


def _extra(extra: Extra, seen: Mask) -> Extra:
    given = extra.given & seen
    texts = extra.texts
    if texts is not None:
        labels = [texts.label(row) if given[row] else "" for row in range(len(given))]
        known, places = np.unique(np.array(labels, np.str_), return_inverse=True)
        texts = Categories.of(places, known.tolist())
    numbers = None if extra.numbers is None else np.where(given, extra.numbers, 0)
    return Extra(extra.name, texts, numbers, given)


def _requests(given: GivenRequests, sight: _Sight) -> GivenRequests:
    mentee = given.mentee
    seen = (sight.own | sight.team | sight.all)[mentee]
    seen |= sight.pairs(sight.taught, mentee, given.skill) | sight.pairs(sight.targets, mentee, given.skill)
    rows = np.flatnonzero(seen)
    return GivenRequests(
        mentee[rows], given.skill[rows], given.target[rows], given.priority[rows], given.reason.take(rows)
    )


def _engaged(given: Engaged, sight: _Sight) -> Engaged:
    seen = (sight.own | sight.team | sight.all)[given.mentee] | sight.own[given.mentor] | sight.runs
    rows = np.flatnonzero(seen)
    return Engaged(given.mentor[rows], given.mentee[rows], given.skill[rows], given.from_on[rows], given.until_on[rows])


def _pairs(given: PairList, sight: _Sight) -> PairList:
    return given if sight.runs or sight.audits else PairList.empty()


def _preferences(given: Preferences, sight: _Sight) -> Preferences:
    return given.take(np.flatnonzero((sight.own | sight.all)[given.person] | sight.runs))
