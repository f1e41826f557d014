"""When people can meet: free time, common slots, booked sessions, series, and all sessions of a round at once.

Times are instants in UTC inside, and whoever reads a clock does so in their own zone. Nothing here looks at the clock.
"""

from taskmentor.scheduling.availability import (
    USUAL_HOURS,
    Availability,
    Bar,
    DatedHours,
    WeeklyHours,
    free_time,
    longest_session,
    weekly,
)
from taskmentor.scheduling.diary import (
    Diary,
    DiarySession,
    DoubleBooking,
    SessionId,
    book,
    cancel,
    double_bookings,
    reschedule,
)
from taskmentor.scheduling.from_tables import availabilities
from taskmentor.scheduling.placement import LeftOutSession, Placement, WantedSession, WhyLeftOut, place_sessions
from taskmentor.scheduling.series import MissingSession, Series, plan_series
from taskmentor.scheduling.slots import MIDDLE_OF_THE_DAY, CommonSlots, Hindrance, Slot, common_slots
from taskmentor.scheduling.spans import Span, Spans

__all__ = [
    "MIDDLE_OF_THE_DAY",
    "USUAL_HOURS",
    "Availability",
    "Bar",
    "CommonSlots",
    "DatedHours",
    "Diary",
    "DiarySession",
    "DoubleBooking",
    "Hindrance",
    "LeftOutSession",
    "MissingSession",
    "Placement",
    "Series",
    "SessionId",
    "Slot",
    "Span",
    "Spans",
    "WantedSession",
    "WeeklyHours",
    "WhyLeftOut",
    "availabilities",
    "book",
    "cancel",
    "common_slots",
    "double_bookings",
    "free_time",
    "longest_session",
    "place_sessions",
    "plan_series",
    "reschedule",
    "weekly",
]
