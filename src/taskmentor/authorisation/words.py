"""The words of rights: what somebody is to an engagement, what can be done to one, and whose approval may be asked."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

__all__ = [
    "APPROVERS",
    "INITIATORS",
    "SIDES",
    "ActionName",
    "Approver",
    "DataAction",
    "PersonRelation",
    "ProgrammeAction",
    "Relation",
]


class Relation(StrEnum):
    """What somebody is to an engagement on a given day."""

    MENTEE = "mentee"
    MENTOR = "mentor"
    CONFIRMER = "confirmer"
    MANAGER = "manager"
    MANAGER_ABOVE = "manager above"
    MENTORS_MANAGER = "mentor's manager"
    PROGRAMME_MANAGER = "programme manager"
    SYSTEM = "system"


class PersonRelation(StrEnum):
    """What somebody is to a person, as far as it decides what they may see of that person, on a given day."""

    SELF = "self"
    MENTOR = "mentor of an active engagement"
    MANAGER = "direct manager"
    MANAGER_ABOVE = "manager above"
    PROGRAMME_MANAGER = "programme manager"
    HR_ANALYST = "HR analyst"
    AUDITOR = "auditor"


class ActionName(StrEnum):
    """The name of everything that can be done to an engagement, in the order of its life."""

    PROPOSE = "propose"
    ACCEPT = "accept"
    APPROVE = "approve"
    DISAPPROVE = "disapprove"
    DECLINE = "decline"
    RECORD_INTRO = "record-intro"
    RECORD_TRAINING = "record-training"
    RECORD_COURSE = "record-course"
    DRAFT_AGREEMENT = "draft-agreement"
    SIGN_AGREEMENT = "sign-agreement"
    OFFER_SECOND_GOAL = "offer-second-goal"
    ACCEPT_SECOND_GOAL = "accept-second-goal"
    SCHEDULE = "schedule"
    START = "start"
    PLAN_SESSION = "plan-session"
    MOVE_SESSION = "move-session"
    CANCEL_SESSION = "cancel-session"
    HOLD_SESSION = "hold-session"
    MISS_SESSION = "miss-session"
    LOG_SESSION = "log-session"
    RECORD_EXCHANGE = "record-exchange"
    RECORD_PRACTICE = "record-practice"
    ADD_PRODUCT = "add-product"
    REVIEW_PRODUCT = "review-product"
    TICK_OFF = "tick-off"
    CHECK_IN = "check-in"
    PAUSE = "pause"
    RESUME = "resume"
    REQUEST_EXTENSION = "request-extension"
    EXTEND = "extend"
    FINISH = "finish"
    REASSESS = "reassess"
    COMMENT = "comment"
    CONFIRM = "confirm"
    RETURN = "return"
    RECOGNISE = "recognise"
    REASSESS_AS_MENTOR = "reassess-as-mentor"
    REASSESS_SECOND_GOAL = "reassess-second-goal"
    CONFIRM_SECOND_GOAL = "confirm-second-goal"
    RETURN_SECOND_GOAL = "return-second-goal"
    WITHDRAW = "withdraw"
    END = "end"
    HAND_OVER = "hand-over"
    RECORD_LEAVER = "record-leaver"
    EXPIRE = "expire"
    NOTE_OVERDUE_CHECK_IN = "note-overdue-check-in"
    NOTE_OVERDUE_ITEM = "note-overdue-item"
    NOTE_IDLE = "note-idle"
    CLOSE_IDLE = "close-idle"
    NOTE_END_PASSED = "note-end-passed"


class DataAction(StrEnum):
    """The name of everything that can be done with what is known of people."""

    READ_SELF_ASSESSMENT = "read-self-assessment"
    WRITE_SELF_ASSESSMENT = "write-self-assessment"
    READ_MANAGER_ASSESSMENT = "read-manager-assessment"
    WRITE_MANAGER_ASSESSMENT = "write-manager-assessment"
    READ_GAPS = "read-gaps"
    READ_OUTCOMES = "read-outcomes"
    READ_AGGREGATE = "read-aggregate"
    READ_GROUP_ATTRIBUTES = "read-group-attributes"
    WRITE_GROUP_ATTRIBUTES = "write-group-attributes"
    EXPORT = "export"
    REQUEST_ERASURE = "request-erasure"
    ERASE = "erase"
    READ_LOG = "read-log"


class ProgrammeAction(StrEnum):
    """The name of everything that is done to a programme as a whole, and not to one engagement."""

    KEEP_ROUND = "keep-round"
    MOVE_ROUND = "move-round"
    PUBLISH_ROUND = "publish-round"
    SET_PLACES = "set-places"
    RECORD_COURSES = "record-courses"
    ERASE_PERSON = "erase-person"


class Approver(StrEnum):
    """Whose yes a programme may ask for before an engagement goes ahead."""

    MENTEE = "mentee"
    MENTOR = "mentor"
    MENTEES_MANAGER = "mentee's manager"
    MENTORS_MANAGER = "mentor's manager"
    PROGRAMME_MANAGER = "programme manager"


APPROVERS: Mapping[Approver, Relation] = MappingProxyType(
    {
        Approver.MENTEE: Relation.MENTEE,
        Approver.MENTOR: Relation.MENTOR,
        Approver.MENTEES_MANAGER: Relation.CONFIRMER,
        Approver.MENTORS_MANAGER: Relation.MENTORS_MANAGER,
        Approver.PROGRAMME_MANAGER: Relation.PROGRAMME_MANAGER,
    }
)
"""The relation in which each yes is given. Whoever confirms for the mentee also approves for the mentee's manager, so
that a manager who is the mentor leaves both to the next one up."""

SIDES = frozenset({Relation.MENTEE, Relation.MENTOR})
"""The relations of those whom an engagement itself names."""

INITIATORS = frozenset({Relation.PROGRAMME_MANAGER, Relation.MANAGER, Relation.MENTEE, Relation.MENTOR})
"""The relations of which a programme names one as its initiator."""
