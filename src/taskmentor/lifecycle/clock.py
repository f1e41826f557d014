"""The clock: the events that time alone causes. It is asked with a moment and reads none by itself."""

from datetime import datetime

from taskmentor.authorisation import Relation
from taskmentor.lifecycle.actions import TimelyAction
from taskmentor.lifecycle.deadlines import deadlines
from taskmentor.lifecycle.deciding import decide
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import Event
from taskmentor.lifecycle.evolving import evolve
from taskmentor.lifecycle.logs import ticked
from taskmentor.models.people import PersonId

__all__ = ["CLOCK", "tick"]

CLOCK = PersonId("clock")
"""The actor of what time alone causes."""


def tick(engagement: Engagement, at: datetime, *, actor: PersonId = CLOCK) -> tuple[Event, ...]:
    """Return the events that time alone has caused by a moment and that are not in the log yet, in their order.

    Each is dated by the moment at which it was due and not by the call, so that ticking often and ticking once give the
    same log, and a call for a moment that lies back gives nothing new. Call it about daily: a notice that is given when
    what it warns of has come too helps nobody.

    Args:
        engagement: The engagement as it stands.
        at: Until when, aware.
        actor: The service account in whose name the events are logged.

    Raises:
        InputError: If the moment is naive (`NAIVE-TIME`).
    """

    def due(current: Engagement) -> list[tuple[datetime, TimelyAction]]:
        return [(deadline.at, deadline.action) for deadline in deadlines(current)]

    def act(current: Engagement, action: TimelyAction, moment: datetime) -> tuple[Event, ...]:
        return decide(current, action, actor, frozenset({Relation.SYSTEM}), moment)

    return ticked(engagement, at, due, act, evolve)
