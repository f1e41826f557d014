"""Everything that a store holds about one person, for that person: as data, and as a page to read.

What others wrote is left out, also where it is about the person; that they did something, and when, is not.
"""

import html
import json
from collections.abc import Iterator, Mapping, Sequence

import attrs
from attrs import frozen

from taskmentor.authorisation import Relation
from taskmentor.errors import UnknownIdError
from taskmentor.store.database import Entry, Transaction
from taskmentor.store.keeping import Store
from taskmentor.store.ledger import payload_of
from taskmentor.store.payloads import Data, compact_json, plain_converter
from taskmentor.store.records import cascade_of
from taskmentor.store.rounds import proposals_of

__all__ = ["OwnData", "own_data"]

_converter = plain_converter()
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ font-family: sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; vertical-align: top; border-bottom: 1px solid #ccc; padding: 0.3em 1em 0.3em 0; }}
</style>
</head>
<body>
<h1>{title}</h1>
{sections}
<script type="application/json" id="data">{data}</script>
</body>
</html>
"""


@frozen(kw_only=True)
class OwnData:
    """What a store holds about one person.

    Attributes:
        person_id: Who.
        engagements: By engagement: as what they took part, and everything that happened, without the words of others.
        cascades: By request that was put to ranked mentors: of their own everything that happened, without the words of
            others; of those of others what they were asked and what they answered.
        elsewhere: What they did in others' engagements: kind, time, and their own words.
        places: How many places they have or had, from when until when.
        courses: Training that they have had as a mentor.
        proposals: Pairs of rounds that were kept and in which they are.
    """

    person_id: str
    engagements: Mapping[str, Data]
    cascades: Mapping[str, Data]
    elsewhere: Sequence[Data]
    places: Sequence[Data]
    courses: Sequence[Data]
    proposals: Sequence[Data]

    def as_json(self) -> str:
        """Return all of it as JSON."""
        return json.dumps(attrs.asdict(self, recurse=False), ensure_ascii=False, indent=2) + "\n"

    def as_html(self) -> str:
        """Return all of it as one page that loads nothing and runs nothing."""
        data = attrs.asdict(self, recurse=False)
        sections = "\n".join(_section(name, value) for name, value in data.items() if name != "person_id")
        title = html.escape(f"What is kept about {self.person_id}")
        return _PAGE.format(title=title, sections=sections, data=_for_script(data))


def own_data(store: Store, person_id: str) -> OwnData:
    """Return what a store holds about one person.

    Raises:
        UnknownIdError: If the store does not know the person.
    """
    with store.database.reading() as transaction:
        key = transaction.keys({person_id}).get(person_id)
        if key is None:
            raise UnknownIdError("person", person_id)
        streams = sorted(transaction.streams_of(key), key=lambda one: one[1])
        own = {stream for _, stream in streams}
        ids = transaction.engagement_ids(own)
        cascades = {ids[stream]: found for _, stream in streams if (found := cascade_of(ids[stream]))}
        return OwnData(
            person_id=person_id,
            engagements={
                ids[stream]: {"as": side.value, "events": [*_events(store, transaction, stream, ids[stream], key)]}
                for side, stream in streams
                if ids[stream] not in cascades
            },
            cascades={
                cascades[ids[stream]]: {
                    "as": side.value,
                    "events": [
                        event
                        for event in _events(store, transaction, stream, ids[stream], key)
                        if side is Relation.MENTEE or event.get("mentor_id", event["actor"]) == person_id
                    ],
                }
                for side, stream in streams
                if ids[stream] in cascades
            },
            elsewhere=[*_elsewhere(store, transaction, key, own)],
            places=[*_places(transaction, key)],
            courses=[_converter.unstructure(course) for course in transaction.courses(key)],
            proposals=[_converter.unstructure(pair) for pair in proposals_of(transaction, key)],
        )


def _events(store: Store, transaction: Transaction, stream: str, engagement_id: str, key: str) -> Iterator[Data]:
    entries = transaction.entries(stream)
    people = store.ledger.people(transaction, entries)
    for entry in entries:
        told = entry if entry.actor == key else attrs.evolve(entry, words=None)
        event = store.ledger.read(told, people, engagement_id)
        if event is not None:
            yield {"kind": type(event).__name__, **_converter.unstructure(event)}


def _elsewhere(store: Store, transaction: Transaction, key: str, own: set[str]) -> Iterator[Data]:
    """Give what somebody did where they are neither mentee nor mentor; whom it was about is others' data."""
    for entry in transaction.entries_by(key):
        if entry.header.stream not in own:
            yield {"kind": entry.kind, "at": entry.header.at, "words": _words(entry)}


def _words(entry: Entry) -> list[str]:
    payload = payload_of(entry)
    return json.loads(payload.words) if payload is not None and payload.words else []


def _places(transaction: Transaction, key: str) -> Iterator[Data]:
    for side in (Relation.MENTEE, Relation.MENTOR):
        for seat in transaction.seats(side, key):
            yield {"side": side.value, "from_on": seat.from_on.isoformat(), "until_on": seat.until_on.isoformat()}


def _section(name: str, value: object) -> str:
    return f"<h2>{html.escape(name.capitalize())}</h2>\n{_table(value)}"


def _table(value: object) -> str:
    """Return plain data as nested tables, every text escaped."""
    if isinstance(value, Mapping) and value:
        rows = "".join(
            f"<tr><th>{html.escape(str(name))}</th><td>{_table(one)}</td></tr>" for name, one in value.items()
        )
        return f"<table>{rows}</table>"
    if isinstance(value, list | tuple) and value:
        return f"<table>{''.join(f'<tr><td>{_table(one)}</td></tr>' for one in value)}</table>"
    return "–" if value is None or value in ("", [], (), {}) else html.escape(str(value))


def _for_script(data: object) -> str:
    """Return JSON that may stand in a script element: nothing in it ends the element or is taken for markup."""
    text = compact_json(data)
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text
