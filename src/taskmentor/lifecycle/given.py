"""Checks of what is given to actions, the same for every kind of life."""

from datetime import datetime

from attrs import Attribute

from taskmentor.authorisation import SIDES, Relation
from taskmentor.lifecycle.events import check_instant, input_error
from taskmentor.lifecycle.values import MINUTES_A_DAY

__all__ = ["SAY", "check_absent", "check_minutes", "check_moment", "check_words"]

SAY = "Say it in a few words."


def check_words(_: object, attribute: "Attribute[str]", words: str) -> None:
    """Refuse a field that must say something and says nothing (`MISSING-VALUE`)."""
    if not words.strip():
        raise input_error("MISSING-VALUE", attribute.name, "there are no words", SAY)


def check_moment(_: object, __: "Attribute[datetime]", at: datetime) -> None:
    """Refuse a field that is not a point in time; see `check_instant`."""
    check_instant(at)


def check_absent(_: object, __: "Attribute[tuple[Relation, ...]]", absent: tuple[Relation, ...]) -> None:
    """Refuse a field that should name who of the two did not come (`MISSING-VALUE`)."""
    if not absent or not SIDES.issuperset(absent):
        raise input_error("MISSING-VALUE", "absent", "it does not say who did not come", "Use mentee or mentor.")


def check_minutes(_: object, attribute: "Attribute[int]", minutes: int) -> None:
    """Refuse a length that does not fit into a day (`OUT-OF-RANGE`)."""
    if not 1 <= minutes <= MINUTES_A_DAY:
        problem = f"{minutes} minutes do not fit into a day"
        raise input_error("OUT-OF-RANGE", attribute.name, problem, f"Give 1 to {MINUTES_A_DAY} minutes.")
