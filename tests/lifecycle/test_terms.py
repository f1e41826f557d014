"""What a programme demands of an engagement."""

from datetime import date

import pytest

from taskmentor.errors import InputError
from taskmentor.lifecycle.terms import Terms


def test_the_defaults_are_good_enough_without_settings() -> None:
    """D20: a programme that runs itself must not ask for settings."""
    terms = Terms()
    assert (terms.weeks, terms.shortest_days, terms.longest_days) == (6, 1, 84)
    assert not terms.intro_meeting
    assert terms.usual_end(date(2026, 1, 5)) == date(2026, 2, 16)


def test_the_longest_length_follows_the_usual_one() -> None:
    """Asking for 20 weeks alone would be refused for a limit that nobody set."""
    assert Terms(weeks=20).longest_days == 280


@pytest.mark.parametrize(
    ("given", "code", "sentence"),
    [
        ({"weeks": 0}, "OUT-OF-RANGE", "0 is below 1"),
        ({"shortest_days": -3}, "OUT-OF-RANGE", "-3 is below 1"),
        ({"expires_after_days": 0}, "OUT-OF-RANGE", "0 is below 1"),
        ({"weeks": 2.5}, "NOT-WHOLE", "2.5 is not a whole number"),
        ({"expires_after_days": True}, "NOT-WHOLE", "True is not a whole number"),
        ({"shortest_days": 50}, "OUT-OF-RANGE", "not within 50 to 84 days"),
        ({"longest_days": 30}, "OUT-OF-RANGE", "not within 1 to 30 days"),
        ({"shortest_days": 60, "longest_days": 50}, "OUT-OF-RANGE", "not within 60 to 50 days"),
    ],
)
def test_impossible_terms_are_refused_when_made(given: dict[str, int], code: str, sentence: str) -> None:
    """Every engagement of the programme would be refused one by one."""
    with pytest.raises(InputError, match=sentence) as refused:
        Terms(**given)  # type: ignore[arg-type]
    assert [fault.code for fault in refused.value.faults] == [code]


def test_all_faults_of_the_terms_are_told_at_once() -> None:
    with pytest.raises(InputError) as refused:
        Terms(weeks=0, shortest_days=0, longest_days=0, expires_after_days=0)
    assert [fault.column for fault in refused.value.faults] == [
        "weeks", "shortest_days", "longest_days", "expires_after_days",
    ]  # fmt: skip
