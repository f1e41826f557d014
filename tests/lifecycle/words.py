"""What the requirements say of each action beside state and relation: a second oracle, which reads no table of ours."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from taskmentor.authorisation import ActionName, Relation
from taskmentor.lifecycle.engagement import Engagement
from tests.lifecycle.examples import MENTEE, MENTOR, TIMELY, relation_allows, state_allows, state_of

CLOSING = (
    ActionName.DECLINE, ActionName.DISAPPROVE, ActionName.WITHDRAW, ActionName.EXPIRE, ActionName.END,
    ActionName.HAND_OVER, ActionName.RECORD_LEAVER, ActionName.CLOSE_IDLE,
)  # fmt: skip


def yes_to_come(engagement: Engagement) -> list[str]:
    order = [str(one) for one in engagement.terms.approvals] or ["mentee", "mentor"]
    given = {str(one) for one in engagement.approved}
    given |= {"mentee"} if engagement.mentee_accepted_at else set()
    given |= {"mentor"} if engagement.mentor_accepted_at else set()
    return [one for one in order if one not in given]


YES_OF = {
    "mentee": "mentee", "mentor": "mentor", "confirmer": "mentee's manager", "mentor's manager": "mentor's manager",
    "programme manager": "programme manager",
}  # fmt: skip


def arguments_allow(engagement: Engagement, name: ActionName, held: frozenset[Relation], at: datetime) -> bool:
    """Return whether the example of an action is lawful at a moment, where state and relation allow it."""
    terms = engagement.terms
    to_come = yes_to_come(engagement)
    asked = to_come[:1] if terms.approvals else to_come
    own = {YES_OF[one.value] for one in held if one.value in YES_OF}
    others = [one for one in to_come if one not in ("mentee", "mentor")]
    planned = [one for one in engagement.sessions if one.state == "planned"]
    unapproved = [one for one in engagement.products if one.approved is not True]
    side = Relation.MENTEE if Relation.MENTEE in held else Relation.MENTOR
    match name.value:
        case "accept":
            return bool(own & {"mentee", "mentor"} & {*asked})
        case "approve":
            return bool(others) and others[0] in asked and others[0] in own
        case "disapprove":
            return bool(others) and others[0] in own
        case "sign-agreement":
            return engagement.draft_by not in (None, MENTEE if side is Relation.MENTEE else MENTOR)
        case "schedule":
            met = engagement.state == "introduced" or not terms.intro_meeting
            return met and (engagement.agreement is not None or not terms.agreement)
        case "start":
            return trained(engagement, at) and (terms.course_id is None or engagement.course_completed_on is not None)
        case "record-course":
            return terms.course_id is not None and engagement.course_completed_on is None
        case "offer-second-goal":
            return terms.second_goal and engagement.second_goal is None
        case "accept-second-goal":
            return engagement.second_offer_by not in (None, MENTEE if side is Relation.MENTEE else MENTOR)
        case "reassess-second-goal":
            return engagement.second_goal is not None and engagement.second_goal.state != "confirmed"
        case "confirm-second-goal" | "return-second-goal":
            return engagement.second_goal is not None and engagement.second_goal.state == "reassessed"
        case "tick-off":
            still_open = [item for item in terms.checklist if item.text not in engagement.ticked_off]
            return bool(still_open) and still_open[0].owner in held
        case "move-session" | "cancel-session" | "hold-session" | "miss-session":
            return bool(planned) and (name.value not in ("hold-session", "miss-session") or planned[0].starts_at <= at)
        case "review-product":
            return bool(unapproved)
        case "finish":
            held_enough = sum(one.state == "held" for one in engagement.sessions) >= terms.least_sessions
            return (held_enough or terms.shortfall != "block") and not (terms.products_reviewed and unapproved)
        case "request-extension" | "extend":
            starts_on, ends_on = engagement.starts_on, engagement.ends_on
            assert starts_on is not None
            assert ends_on is not None
            return (ends_on - starts_on).days + 7 <= terms.longest_days
        case "reassess-as-mentor":
            return terms.mentor_reassessment and engagement.mentor_level is None
    return name.value not in TIMELY or any(True for _ in time_brings(engagement, name))


def trained(engagement: Engagement, at: datetime) -> bool:
    terms, training = engagement.terms, engagement.training
    if terms.training_hours == 0:
        return True
    if training is None or training.hours < terms.training_hours:
        return False
    assert terms.training_valid_days is not None
    counts = timedelta(days=terms.training_valid_days + 1, hours=12)
    return at < datetime.combine(training.completed_on, time(), UTC) + counts


def time_brings(engagement: Engagement, name: ActionName) -> Iterator[bool]:
    """Yield once for everything of a kind that time will bring about, if nobody acts."""
    terms, state = engagement.terms, engagement.state.value
    if name == "expire" and (state in ("proposed", "scheduled") or terms.schedule_within_days is not None):
        yield True
    if name == "note-idle" and terms.idle_days is not None and engagement.idle_noticed_at is None:
        yield True
    if name == "close-idle" and terms.idle_notice_days is not None:
        yield True
    if name == "note-end-passed" and engagement.end_passed_on != engagement.ends_on:
        yield True
    if name == "note-overdue-item":
        for item in terms.checklist:
            if item.text not in (*engagement.ticked_off, *engagement.overdue_items):
                yield True
    if name == "note-overdue-check-in" and engagement.starts_on is not None:
        for days in terms.check_in_days:
            over = datetime.combine(engagement.starts_on, time(), UTC) + timedelta(days=days + 1, hours=12)
            heard = {one.actor for one in engagement.check_ins if one.at < over}
            due_on = engagement.starts_on + timedelta(days=days)
            if heard != {MENTEE, MENTOR} and due_on not in (*engagement.overdue, *engagement.excused):
                yield True


def closed_by(engagement: Engagement) -> datetime:
    """Return the moment at which time closes an engagement; the last one of the calendar where it does not."""
    terms, state, never = engagement.terms, engagement.state.value, datetime(9000, 1, 1, tzinfo=UTC)
    if state == "proposed":
        return engagement.proposed_at + timedelta(days=terms.expires_after_days)
    if state in ("accepted", "introduced") and terms.schedule_within_days is not None:
        assert engagement.accepted_at is not None
        return engagement.accepted_at + timedelta(days=terms.schedule_within_days)
    if state == "scheduled":
        assert engagement.ends_on is not None
        return datetime.combine(engagement.ends_on, time(), UTC) + timedelta(days=1, hours=12)
    if state in ("active", "awaiting-reassessment") and terms.idle_days is not None:
        assert terms.idle_notice_days is not None
        return engagement.active_at + timedelta(days=terms.idle_days + terms.idle_notice_days)
    return never


TIMELY_OR_CLOSING = {*CLOSING, *(name for name in ActionName if name.startswith("note-"))}


def is_lawful(before: Engagement | None, name: ActionName, held: frozenset[Relation], at: datetime) -> bool:
    """Return what the words of the requirements say of the example of an action."""
    if not state_allows(state_of(before), name) or not any(relation_allows(name, one) for one in held):
        return False
    if before is None:
        return Relation.PROGRAMME_MANAGER in held
    sides = {Relation.MENTEE, Relation.MENTOR}
    answers = ("confirm", "return", "confirm-second-goal", "return-second-goal", "approve", "disapprove")
    if name in answers and sides & held:
        return False
    if name == "recognise" and Relation.MENTOR in held:
        return False
    in_time = name in TIMELY_OR_CLOSING or at < closed_by(before)
    return in_time and arguments_allow(before, name, held, at)
