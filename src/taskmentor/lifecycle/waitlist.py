"""Those who wait for a mentor, in an order that is stated, so that everybody can be told their place."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from math import ceil
from types import MappingProxyType

from attrs import field, frozen

from taskmentor.errors import UnknownIdError
from taskmentor.lifecycle.cascade.events import CascadeId
from taskmentor.lifecycle.terms import WaitOrder
from taskmentor.models.competency import SkillId
from taskmentor.models.people import PersonId
from taskmentor.validators import whole

__all__ = ["Waiting", "Waitlist"]


@frozen(kw_only=True)
class Waiting:
    """One request that waits.

    Attributes:
        cascade_id: The request's cascade.
        mentee_id: Whose request it is.
        skill_id: The skill.
        since: Since when it waits, aware.
        rounds_unmatched: How many rounds have left this mentee without a mentor.
        missed: How many sessions this mentee did not come to, as far as the programme still counts them.
    """

    cascade_id: CascadeId
    mentee_id: PersonId
    skill_id: SkillId
    since: datetime
    rounds_unmatched: int = field(default=0, validator=whole(at_least=0))
    missed: int = field(default=0, validator=whole(at_least=0))


_Key = tuple[int, int, datetime, str]
_KEYS: Mapping[WaitOrder, Callable[[Waiting], _Key]] = MappingProxyType(
    {
        WaitOrder.FIRST_COME: lambda one: (0, 0, one.since.astimezone(UTC), one.cascade_id),
        WaitOrder.UNMATCHED_FIRST: lambda one: (
            one.missed, -one.rounds_unmatched, one.since.astimezone(UTC), one.cascade_id,
        ),
    }
)  # fmt: skip


@frozen(init=False)
class Waitlist:
    """Everybody who waits, first the one who is served next.

    Attributes:
        order: The order, as the terms state it.
        queue: Those who wait, in that order.
    """

    order: WaitOrder
    queue: tuple[Waiting, ...]

    def __init__(self, order: WaitOrder, waiting: Iterable[Waiting]) -> None:
        """Put those who wait in order.

        Args:
            order: The order: who has waited longest; or first those who missed the fewest sessions, among them those
                whom most rounds left without a mentor, and among them who has waited longest.
            waiting: Those who wait.
        """
        self.__attrs_init__(order, tuple(sorted(waiting, key=_KEYS[order])))

    def place(self, cascade_id: str, skill_id: str | None = None) -> int:
        """Return the place of a request, 1 for the next one; among those who wait for a skill, if one is given.

        Raises:
            UnknownIdError: If it does not wait.
        """
        queue = [one.cascade_id for one in self.queue if skill_id in (None, one.skill_id)]
        if cascade_id not in queue:
            raise UnknownIdError("request that waits", cascade_id, queue)
        return queue.index(CascadeId(cascade_id)) + 1

    def next_for(self, skill_ids: Iterable[str]) -> Waiting | None:
        """Return who is served by a mentor with some skills and a free place: the first who waits for one of them."""
        known = set(skill_ids)
        return next((one for one in self.queue if one.skill_id in known), None)

    def expected_days(self, cascade_id: str, *, served_in_30_days: int, skill_id: str | None = None) -> int | None:
        """Return in about how many days a request is served at the present pace; None where nobody is served.

        Args:
            cascade_id: The request.
            served_in_30_days: How many were served in the last thirty days.
            skill_id: The skill that the pace is of; None for all.
        """
        place = self.place(cascade_id, skill_id)
        return None if served_in_30_days <= 0 else ceil(30 * place / served_in_30_days)

    def why(self, cascade_id: str) -> str:
        """Return in a sentence why a request stands where it does."""
        place = self.place(cascade_id)
        if self.order is WaitOrder.FIRST_COME:
            return f"Place {place} of {len(self.queue)}: {place - 1} have waited longer."
        one = self.queue[place - 1]
        before = self.queue[: place - 1]
        fewer = sum(other.missed < one.missed for other in before)
        more = sum(other.missed == one.missed and other.rounds_unmatched > one.rounds_unmatched for other in before)
        longer = len(before) - fewer - more
        return (
            f"Place {place} of {len(self.queue)}: {fewer} missed fewer sessions, {more} were left out by more rounds, "
            f"{longer} have waited longer."
        )
