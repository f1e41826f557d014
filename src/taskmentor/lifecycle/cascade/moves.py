"""The moves of a cascade and who may make them, as data."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from taskmentor.authorisation import INITIATORS, Relation
from taskmentor.lifecycle.cascade.events import CascadeActionName

__all__ = ["CASCADE_FINAL", "CASCADE_MOVES", "CASCADE_RIGHTS", "OPENERS", "CascadeState"]


class CascadeState(StrEnum):
    """Where a request stands that is put to mentors."""

    OPEN = "open"
    WAITLISTED = "waitlisted"
    ACCEPTED = "accepted"
    ENGAGED = "engaged"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"


CASCADE_FINAL = frozenset({CascadeState.ENGAGED, CascadeState.WITHDRAWN, CascadeState.EXPIRED, CascadeState.EXHAUSTED})
"""The states that nothing leaves."""

_ON = (CascadeState.OPEN, CascadeState.WAITLISTED, CascadeState.EXHAUSTED)  # to the next mentor, or nobody is left

CASCADE_MOVES: Mapping[tuple[CascadeState | None, CascadeActionName], tuple[CascadeState, ...]] = MappingProxyType(
    {
        (None, CascadeActionName.OPEN): _ON,
        (CascadeState.OPEN, CascadeActionName.SUGGEST): (CascadeState.OPEN,),
        (CascadeState.OPEN, CascadeActionName.ACCEPT): (CascadeState.ACCEPTED,),
        (CascadeState.OPEN, CascadeActionName.DECLINE): _ON,
        (CascadeState.OPEN, CascadeActionName.CLOSE_ASK): _ON,
        (CascadeState.OPEN, CascadeActionName.LAPSE): _ON,
        (CascadeState.OPEN, CascadeActionName.WITHDRAW): (CascadeState.WITHDRAWN,),
        (CascadeState.OPEN, CascadeActionName.EXPIRE): (CascadeState.EXPIRED,),
        (CascadeState.WAITLISTED, CascadeActionName.SUGGEST): (CascadeState.OPEN, CascadeState.WAITLISTED),
        (CascadeState.WAITLISTED, CascadeActionName.WITHDRAW): (CascadeState.WITHDRAWN,),
        (CascadeState.ACCEPTED, CascadeActionName.RELEASE): _ON,
        (CascadeState.ACCEPTED, CascadeActionName.ENGAGE): (CascadeState.ENGAGED,),
        (CascadeState.ACCEPTED, CascadeActionName.WITHDRAW): (CascadeState.WITHDRAWN,),
    }
)
"""Every legal move. Where a mentor falls out, the next one is asked; where nobody is left, it waits or is exhausted."""

OPENERS = INITIATORS - {Relation.MENTOR}
"""The relations of which a cascade names one as its initiator; mentors are those who are asked."""

_PROGRAMME_OR_SYSTEM = frozenset({Relation.PROGRAMME_MANAGER, Relation.SYSTEM})
_SYSTEM = frozenset({Relation.SYSTEM})

CASCADE_RIGHTS: Mapping[CascadeActionName, frozenset[Relation]] = MappingProxyType(
    {
        CascadeActionName.OPEN: OPENERS,
        CascadeActionName.SUGGEST: _PROGRAMME_OR_SYSTEM,
        CascadeActionName.ACCEPT: frozenset({Relation.MENTOR}),
        CascadeActionName.DECLINE: frozenset({Relation.MENTOR}),
        CascadeActionName.CLOSE_ASK: _PROGRAMME_OR_SYSTEM,
        CascadeActionName.RELEASE: frozenset({Relation.MENTOR}),
        CascadeActionName.ENGAGE: _PROGRAMME_OR_SYSTEM,
        CascadeActionName.WITHDRAW: frozenset({Relation.MENTEE, Relation.PROGRAMME_MANAGER}),
        CascadeActionName.LAPSE: _SYSTEM,
        CascadeActionName.EXPIRE: _SYSTEM,
    }
)
"""The relations of which one is enough; a mentor is one who is asked, or whose yes it is."""
