"""What the command `slots` asks and answers."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from taskmentor.cli.answers import named
from taskmentor.cli.layout import cut, one_line, shown, table
from taskmentor.errors import UnknownIdError
from taskmentor.formats.icalendar import read_busy, read_days
from taskmentor.formats.strict_json import Json
from taskmentor.models.organisation import Organisation
from taskmentor.scheduling import Availability, CommonSlots, Slot, availabilities, common_slots

__all__ = ["Slots", "asked_slots"]

_MOST_SLOTS = 1_000_000


def asked_slots(
    organisation: Organisation,
    person_ids: Sequence[str],
    *,
    days: tuple[date, date],
    minutes: int,
    step_minutes: int,
    quorum: int | None,
    required: Sequence[str],
    calendars: Sequence[tuple[str, str]],
    holidays: str | None,
) -> CommonSlots:
    """Return the slots that some people of an organisation share, on days as the clock of the first one shows them.

    Args:
        organisation: The organisation.
        person_ids: Who would meet.
        days: The first day and the last.
        minutes: How long.
        step_minutes: From one start time to the next.
        quorum: How many must be able to come; None for all.
        required: Who must be able to come.
        calendars: Files of calendars, with whose they are.
        holidays: A file of days on which nobody works; None for none.

    Raises:
        InputError: As `common_slots` and the readers of calendars do.
        UnknownIdError: If an id names nobody of them.
    """
    people = availabilities(organisation, person_ids)
    first, last = days
    begin = datetime.combine(first, time(), people[0].zone)
    end = datetime.combine(last + timedelta(days=1), time(), people[0].zone)
    if holidays is not None:
        off = read_days(holidays)
        people = tuple(evolve(person, holidays=off) for person in people)
    for person_id, file in calendars:
        if person_id not in person_ids:
            raise UnknownIdError("person among those who would meet", person_id, person_ids)
        people = tuple(
            _with_calendar(person, file, begin, end) if person.person_id == person_id else person for person in people
        )
    return common_slots(
        people, minutes=minutes, from_at=begin, until_at=end, step_minutes=step_minutes, quorum=quorum,
        required=required, most=_MOST_SLOTS,
    )  # fmt: skip


def _with_calendar(person: Availability, file: str, begin: datetime, end: datetime) -> Availability:
    return person.with_busy(*read_busy(file, time_zone=person.time_zone, from_at=begin, until_at=end))


@frozen(kw_only=True)
class Slots:
    """When several people can meet, best first, or who hinders."""

    organisation: Organisation
    person_ids: tuple[str, ...]
    minutes: int
    from_on: date
    until_on: date
    found: CommonSlots
    everything: bool = False
    status: int = 0

    def data(self) -> Json:
        """Return all slots with their times in UTC, and what hinders where there are none."""
        return {
            "person_ids": self.person_ids,
            "minutes": self.minutes,
            "from_on": self.from_on.isoformat(),
            "until_on": self.until_on.isoformat(),
            "slots": [self._slot_data(slot) for slot in self.found],
            "hindrances": [
                {
                    "person_id": one.person_id,
                    "free": one.n_free,
                    "without": one.n_without,
                    "bar": None if one.bar is None else str(one.bar),
                }
                for one in self.found.hindrances
            ],
        }

    def _slot_data(self, slot: Slot) -> Json:
        return {
            "starts_at": slot.starts_at.isoformat(),
            "person_ids": slot.person_ids,
            "absent_ids": slot.absent_ids,
            "outside": slot.n_outside,
        }

    def text(self) -> str:
        """Return a table with a column for each person's own clock, or one of who hinders."""
        count = f"{self.found.n_found:,} slots of {self.minutes} minutes from {self.from_on} to {self.until_on}"
        if not self.found.n_found:
            return "\n".join([f"{count}.", "", *self._hindrances()])
        n_shown = shown(len(self.found), everything=self.everything)
        rows = [self._row(slot) for slot in self.found.slots[:n_shown]]
        header = ("in UTC", *(one_line(named(self.organisation, one)) for one in self.person_ids), "outside")
        lines = cut(table(header, rows, numbers=("outside",)), n_rows=len(self.found), what="slots",
                    how="--json has them too")  # fmt: skip
        return "\n".join([f"{count}, best first; each by the clock of the person.", "", *lines])

    def _hindrances(self) -> list[str]:
        header = ("who hinders", "free start times", "slots without them", "never free")
        rows = [
            (named(self.organisation, one.person_id), one.n_free, one.n_without, one.bar)
            for one in self.found.hindrances
        ]
        return table(header, rows, numbers=header[1:3])

    def _row(self, slot: Slot) -> tuple[object, ...]:
        clocks = (_clock(slot, self._zone(one)) if one in slot.person_ids else "-" for one in self.person_ids)
        return (_clock(slot, UTC), *clocks, slot.n_outside)

    def _zone(self, person_id: str) -> ZoneInfo:
        people = self.organisation.people
        return ZoneInfo(people.time_zone.label(people.code(person_id)))


def _clock(slot: Slot, zone: tzinfo) -> str:
    return f"{slot.starts_at.astimezone(zone):%Y-%m-%d %H:%M}"
