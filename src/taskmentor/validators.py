"""Checks of the fields of values, with messages that say what was wrong, where, and what would have been accepted."""

from collections.abc import Callable

from attrs import Attribute

from taskmentor.errors import Fault, InputError, shown

__all__ = ["one_of", "whole"]


def whole(
    *, at_least: int | None = None, at_most: int | None = None
) -> Callable[[object, "Attribute[int]", int], None]:
    """Return a check that a field is a whole number within bounds; True and False are no numbers here.

    Args:
        at_least: The least number that is accepted.
        at_most: The largest number that is accepted.
    """
    bounds = [f"of {at_least:,} or more"] if at_least is not None else []
    bounds += [f"up to {at_most:,}"] if at_most is not None else []
    wanted = " ".join(["a whole number", *bounds])

    def check(instance: object, attribute: "Attribute[int]", value: int) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise _refusal("WRONG-TYPE", instance, attribute.name, value, wanted)
        if (at_least is not None and value < at_least) or (at_most is not None and value > at_most):
            raise _refusal("OUT-OF-RANGE", instance, attribute.name, value, wanted)

    return check


def one_of(*accepted: str) -> Callable[[object, "Attribute[str]", str], None]:
    """Return a check that a field is one of some words."""
    wanted = " or ".join(map(repr, accepted))

    def check(instance: object, attribute: "Attribute[str]", value: str) -> None:
        if value not in accepted:
            raise _refusal("BAD-CHOICE", instance, attribute.name, value, wanted)

    return check


def _refusal(code: str, instance: object, name: str, value: object, wanted: str) -> InputError:
    kind = type(instance).__name__
    return InputError(
        [Fault(code=code, table=kind, column=name, problem=f"{shown(value)} is not accepted", remedy=f"Give {wanted}.")]
    )
