"""Checks of fields: what is refused is named with its class, its field and what would have been accepted."""

import pytest
from attrs import field, frozen

from taskmentor.errors import InputError
from taskmentor.validators import above_zero, as_float, one_of, whole


@frozen(kw_only=True)
class Dial:
    """Something with checked fields."""

    turn: int = field(default=3, validator=whole(at_least=1, at_most=1_000))
    shift: int = field(default=0, validator=whole())
    colour: str = field(default="red", validator=one_of("red", "green"))
    seconds: float = field(default=1.0, validator=above_zero, converter=as_float)


def test_what_is_accepted_passes() -> None:
    """The bounds belong to what is accepted."""
    assert Dial(turn=1, shift=-5, colour="green") == Dial(turn=1, shift=-5, colour="green")
    assert Dial(turn=1_000).turn == 1_000


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"turn": 0},
            "TM-OUT-OF-RANGE Dial column turn: 0 is not accepted. Give a whole number of 1 or more up to 1,000.",
        ),
        ({"seconds": 0}, "TM-OUT-OF-RANGE Dial column seconds: 0.0 is not accepted. Give a number above 0."),
        ({"seconds": float("nan")}, "TM-OUT-OF-RANGE Dial column seconds: nan is not accepted."),
        ({"seconds": True}, "TM-WRONG-TYPE Dial column seconds: True is not accepted."),
        ({"seconds": "3"}, "TM-WRONG-TYPE Dial column seconds: '3' is not accepted."),
        ({"turn": 1_001}, "TM-OUT-OF-RANGE Dial column turn: 1001 is not accepted."),
        ({"turn": True}, "TM-WRONG-TYPE Dial column turn: True is not accepted."),
        ({"shift": 1.5}, "TM-WRONG-TYPE Dial column shift: 1.5 is not accepted. Give a whole number."),
        ({"colour": "blue"}, "TM-BAD-CHOICE Dial column colour: 'blue' is not accepted. Give 'red' or 'green'."),
    ],
)
def test_what_is_refused_is_named(given: dict[str, object], message: str) -> None:
    """A message that shows an internal object instead would not help anybody."""
    with pytest.raises(InputError) as refused:
        Dial(**given)  # type: ignore[arg-type]
    assert str(refused.value).startswith(message)
