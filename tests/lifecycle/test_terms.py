"""What a programme demands of an engagement."""

from datetime import date

import pytest

from taskmentor.authorisation import Approver
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


def faults_of(**given: object) -> list[tuple[str, str | None]]:
    with pytest.raises(InputError) as refused:
        Terms(**given)  # type: ignore[arg-type]
    return [(fault.code, fault.column) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("given", "column", "sentence"),
    [
        ({"answer_days": 20}, "answer_days", "a request has expired after 14 days"),
        ({"least_face_to_face": 2, "least_sessions": 1}, "least_face_to_face", "2 face to face are more than the 1"),
        ({"least_sessions": 8, "session_every_days": 14}, "least_sessions", "take 98 days, and the longest .* has 84"),
        ({"check_in_days": (14, 90)}, "check_in_days", "is over after 84 days"),
        ({"check_in_days": (21, 14)}, "check_in_days", "does not rise"),
        ({"check_in_days": (14, 14)}, "check_in_days", "does not rise"),
        ({"idle_days": 10, "session_every_days": 14}, "idle_days", "a session every 14 days is in time"),
        ({"reassessment": False}, "confirmation", "nothing to confirm without a reassessment"),
        ({"training_valid_days": 365}, "training_valid_days", "means nothing without training_hours"),
        ({"idle_notice_days": 3}, "idle_notice_days", "means nothing without idle_days"),
        ({"delegate_until": date(2026, 5, 1)}, "delegate_until", "means nothing without confirmation_delegate"),
        ({"approvals": (Approver.MENTEE,)}, "approvals", "the mentor is not asked"),
        ({"approvals": (Approver.MENTOR, Approver.MENTEE, Approver.MENTOR)}, "approvals", "the mentor is asked twice"),
    ],
)
def test_terms_that_contradict_themselves_are_refused_by_name(
    given: dict[str, object], column: str, sentence: str
) -> None:
    """Nobody would notice before the first engagement got stuck."""
    with pytest.raises(InputError, match=sentence):
        Terms(**given)  # type: ignore[arg-type]
    assert faults_of(**given) == [("CONFLICTING-TERMS", column)]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"session_minutes": 0}, "OUT-OF-RANGE"),
        ({"session_minutes": 1441}, "OUT-OF-RANGE"),
        ({"training_hours": -1}, "OUT-OF-RANGE"),
        ({"idle_days": "ten"}, "NOT-WHOLE"),
        ({"check_in_days": (0,)}, "OUT-OF-RANGE"),
        ({"open_requests": 0}, "OUT-OF-RANGE"),
    ],
)
def test_numbers_that_are_none_are_refused(given: dict[str, object], code: str) -> None:
    assert faults_of(**given) == [(code, next(iter(given)))]


def test_conflicts_and_bad_numbers_are_told_together_and_each_once() -> None:
    """Mending one fault to meet the next is what makes people give up."""
    assert faults_of(
        weeks=0, answer_days=20, least_face_to_face=1, check_in_days=(5, 3), approvals=(Approver.MENTEE,)
    ) == [
        ("OUT-OF-RANGE", "weeks"),
        ("CONFLICTING-TERMS", "approvals"),
        ("CONFLICTING-TERMS", "answer_days"),
        ("CONFLICTING-TERMS", "least_face_to_face"),
        ("CONFLICTING-TERMS", "check_in_days"),
    ]


def test_row_30_every_limit_is_the_programmes() -> None:
    """Limits of 4 to 24 weeks and one relation at a time were built in."""
    terms = Terms(weeks=2, shortest_days=3, longest_days=20, open_requests=9, expires_after_days=2)
    assert (terms.shortest_days, terms.longest_days, terms.open_requests) == (3, 20, 9)
    assert terms.answer_days == 2, "an answer is due within the whole time"
