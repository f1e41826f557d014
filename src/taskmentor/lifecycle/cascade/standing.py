"""A cascade as it stands after its last event, and what goes on elsewhere that it must heed."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from attrs import frozen

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.actions import Propose
from taskmentor.lifecycle.cascade.actions import CloseAsk
from taskmentor.lifecycle.cascade.events import AskEnd, CascadeId
from taskmentor.lifecycle.cascade.moves import CascadeState
from taskmentor.lifecycle.events import EngagementId, ProgrammeId, Scope
from taskmentor.lifecycle.terms import Terms
from taskmentor.models.people import PersonId

__all__ = ["Ask", "Cascade", "Elsewhere", "asks_to_close"]


@frozen
class Ask:
    """A mentor who is asked and has not answered."""

    mentor_id: PersonId
    asked_at: datetime
    until: datetime


@frozen(kw_only=True)
class Cascade:
    """One request as it stands, with the mentors it is put to.

    Attributes:
        id: Its id.
        state: Where it stands.
        version: The version of its last event.
        at: The time of its last event.
        mentee_id: Whose request it is.
        mentor_ids: Everybody to be asked, best first.
        scope: The skill, the levels and the behaviours.
        programme_id: The programme.
        initiator: The relation in which it was opened.
        terms: What the programme demanded when it was opened.
        opened_at: When it was opened.
        since: When the time for the whole request began: at the opening, or when it was served after waiting.
        n_reached: How many of the ranks have had their turn.
        asks: Those who are asked now, in the order of the ranks.
        called_off: Those who were asked when another one said yes; they come first if that yes is taken back.
        waits_since: Since when it has waited; None where it does not.
        accepted_by: Whose yes it is.
        engagement_id: The engagement that was proposed from it.
    """

    id: CascadeId
    state: CascadeState
    version: int
    at: datetime
    mentee_id: PersonId
    mentor_ids: tuple[PersonId, ...]
    scope: Scope
    programme_id: ProgrammeId
    initiator: Relation
    terms: Terms
    opened_at: datetime
    since: datetime
    n_reached: int = 0
    asks: tuple[Ask, ...] = ()
    called_off: tuple[PersonId, ...] = ()
    waits_since: datetime | None = None
    accepted_by: PersonId | None = None
    engagement_id: EngagementId | None = None

    @property
    def expires_at(self) -> datetime:
        """Return when the time for the whole request is over, in UTC, while it is open."""
        return self.since.astimezone(UTC) + timedelta(days=self.terms.expires_after_days)

    def ask_of(self, person_id: str) -> Ask | None:
        """Return how somebody is asked; None where they are not."""
        return next((ask for ask in self.asks if ask.mentor_id == person_id), None)

    def relation_of(self, person_id: str) -> Relation | None:
        """Return what a cascade itself knows somebody to be: the mentee, or a mentor who is asked or has said yes."""
        if person_id == self.mentee_id:
            return Relation.MENTEE
        return Relation.MENTOR if self.ask_of(person_id) or person_id == self.accepted_by else None

    def proposal(self, engagement_id: EngagementId) -> Propose:
        """Return the proposal of the engagement with the mentor who said yes.

        Both still accept it, as an engagement starts with both having acknowledged its scope (T2).

        Args:
            engagement_id: The id that the engagement shall have.
        """
        assert self.accepted_by is not None, "only a request that a mentor accepted becomes an engagement"
        return Propose(
            engagement_id=engagement_id,
            mentee_id=self.mentee_id,
            mentor_id=self.accepted_by,
            scope=self.scope,
            programme_id=self.programme_id,
            initiator=self.initiator,
            terms=self.terms,
        )


@frozen(kw_only=True)
class Elsewhere:
    """What goes on beside a cascade.

    Attributes:
        cascades: The other cascades of the programme.
        full: The mentors without a free place.
        away: The mentors who have left.
    """

    cascades: tuple[Cascade, ...] = ()
    full: frozenset[PersonId] = frozenset()
    away: frozenset[PersonId] = frozenset()

    def requests_left(self, mentee_id: str, terms: Terms) -> int:
        """Return how many more requests a mentee may open, so that nobody asks everybody at once."""
        held = (CascadeState.OPEN, CascadeState.WAITLISTED, CascadeState.ACCEPTED)
        n_open = sum(one.mentee_id == mentee_id and one.state in held for one in self.cascades)
        return max(0, terms.open_requests - n_open)

    def asks_left(self, mentor_id: str, terms: Terms) -> int:
        """Return how many more requests may be put to a mentor at a time."""
        n_asks = sum(one.ask_of(mentor_id) is not None for one in self.cascades)
        return max(0, terms.open_asks - n_asks)

    def bar(self, mentor_id: PersonId, terms: Terms) -> AskEnd | None:
        """Return why a mentor cannot be asked now; None where they can."""
        if mentor_id in self.away:
            return AskEnd.LEFT_ORGANISATION
        if mentor_id in self.full:
            return AskEnd.FULL
        return None if self.asks_left(mentor_id, terms) else AskEnd.TOO_MANY_ASKS


def asks_to_close(
    cascades: Iterable[Cascade], mentor_id: PersonId, because: AskEnd
) -> tuple[tuple[CascadeId, CloseAsk], ...]:
    """Return what to do to every cascade that asks a mentor who is full or has left, so that each goes on at once."""
    action = CloseAsk(mentor_id=mentor_id, because=because)
    return tuple((one.id, action) for one in cascades if one.ask_of(mentor_id) is not None)
