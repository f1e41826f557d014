"""What the log holds beside the events of engagements: changes of capacity, and erasures."""

from datetime import date, datetime
from enum import StrEnum
from typing import NewType

from attrs import Attribute, field, frozen

from taskmentor.authorisation import SIDES, Relation
from taskmentor.errors import shown
from taskmentor.lifecycle.cascade.events import CascadeEvent, CascadeId
from taskmentor.lifecycle.events import Event, input_error, instant
from taskmentor.lifecycle.training import Course
from taskmentor.models.people import PersonId
from taskmentor.validators import whole

__all__ = [
    "MOST_PLACES",
    "CourseRecorded",
    "Erased",
    "PlacesSet",
    "Record",
    "RoundId",
    "RoundMoved",
    "RoundState",
    "Span",
    "Told",
    "cascade_of",
    "name_of_cascade",
    "name_of_programme",
    "named_engagement",
]

MOST_PLACES = 1_000

RoundId = NewType("RoundId", str)

_CASCADE, _PROGRAMME = "cascade/", "programme/"


def name_of_cascade(cascade_id: str) -> str:
    """Return how the stream of a cascade is named; no engagement is named like that."""
    return _CASCADE + cascade_id


def name_of_programme(programme_id: str) -> str:
    """Return how the stream is named that cascades of one programme lock, and in which nothing ever stands."""
    return _PROGRAMME + programme_id


def cascade_of(name: str) -> CascadeId | None:
    """Return the cascade that a stream is named after; None where it belongs to something else."""
    return CascadeId(name.removeprefix(_CASCADE)) if name.startswith(_CASCADE) else None


def named_engagement(name: str) -> bool:
    """Return whether a stream is named after an engagement."""
    return not name.startswith((_CASCADE, _PROGRAMME))


Span = tuple[int, int]
"""First and last position of neighbours in the log."""


def _check_side(_: object, __: "Attribute[Relation]", side: Relation) -> None:
    if side not in SIDES:
        problem = f"{shown(side)} holds no places"
        raise input_error("BAD-CHOICE", "side", problem, f"Give {' or '.join(sorted(SIDES))}.")


@frozen(kw_only=True)
class Record:
    """Something that the store did by itself.

    Attributes:
        actor: Who asked for it.
        at: When, aware.
    """

    actor: PersonId
    at: datetime = field(validator=instant)


@frozen(kw_only=True)
class PlacesSet(Record):
    """From a day on, somebody takes part in at most so many engagements at a time, on one side.

    Attributes:
        person_id: Who.
        side: As mentor, or as mentee.
        places: How many.
        from_on: The first day.
    """

    person_id: PersonId
    side: Relation = field(validator=_check_side)
    places: int = field(validator=whole(at_least=0, at_most=MOST_PLACES))
    from_on: date


@frozen(kw_only=True)
class CourseRecorded(Record):
    """A mentor has had training; it counts in all their engagements.

    Attributes:
        person_id: Who.
        course: What it was.
    """

    person_id: PersonId
    course: Course


@frozen(kw_only=True)
class Erased(Record):
    """What was about one person was removed; the entry does not say whom.

    Attributes:
        ticket: What the request to erase is filed under.
        entries: Where nothing but headers is left.
        words: Where the words are gone and the facts are left.
    """

    ticket: str
    entries: tuple[Span, ...]
    words: tuple[Span, ...]


class RoundState(StrEnum):
    """Where a round stands."""

    DRAFT = "draft"
    REVIEW = "review"
    PUBLISHED = "published"
    DISCARDED = "discarded"


@frozen(kw_only=True)
class RoundMoved(Record):
    """A round was kept as a draft, given to review or taken back, published or discarded.

    Attributes:
        round_id: The round.
        state: Where it stands since.
    """

    round_id: RoundId
    state: RoundState


Told = Event | CascadeEvent | Record
"""What an entry of the log may tell of."""
