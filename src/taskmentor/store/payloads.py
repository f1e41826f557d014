"""Events as JSON and back, by looking at their classes: facts, words that people wrote, and people by key.

A payload has two parts. The facts hold what the event says, with every person under a key that means nothing by itself;
the words hold the texts that somebody wrote. Each part can be erased by itself: without the words an event still
replays, with its texts empty.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import Enum, StrEnum
from functools import lru_cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import attrs
from attrs import frozen
from cattrs import Converter

from taskmentor.errors import Fault, InputError, shown
from taskmentor.lifecycle.cascade.events import CascadeEvent
from taskmentor.lifecycle.events import Event
from taskmentor.lifecycle.terms import Terms
from taskmentor.models.people import PersonId, name_of_erased
from taskmentor.store.records import Record, Told, cascade_of

__all__ = [
    "LATER",
    "NOT_WORDS",
    "Codec",
    "Payload",
    "Upcast",
    "compact_json",
    "corrupt",
    "people_in",
    "people_of",
    "plain_converter",
    "with_people",
]

NOT_WORDS = frozenset({"behaviour", "behaviours", "model_version", "ticket"})
"""Fields of plain text that hold what model and programme say; every other plain text is somebody's words."""

LATER: Mapping[type, frozenset[str]] = MappingProxyType(
    {Terms: frozenset({"course_id", "checklist", "least_exchanges", "second_goal", "host_limit"})}
)
"""Fields that came after logs were first kept: where they are not told they have their defaults."""

_KEY = re.compile('"([0-9a-f]{32})"')
_DIFFERENT_VALUES = 1_000
_V = TypeVar("_V")
_ENCODER = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":"))
Data = dict[str, Any]
Upcast = Callable[[str, Data], tuple[str, Data]]
"""Raises the kind and the facts of a payload by one schema."""


def corrupt(table: str, position: int | None, problem: str) -> InputError:
    """Return the error for a log that says what no log can say (`LOG-CORRUPT`)."""
    remedy = "Restore the store from a backup, and compare its anchors."
    return InputError([Fault(code="LOG-CORRUPT", table=table, line=position, problem=problem, remedy=remedy)])


@frozen(kw_only=True)
class Payload:
    """What one event says, in the two parts that are kept.

    Attributes:
        kind: The name of the event's class.
        schema: The schema in which the facts are written.
        facts: JSON with keys for people and with empty texts where words belong.
        words: JSON list of the words, in the order of their places; empty where the event has none, and None where they
            were erased.
        actor: The key of who did it.
    """

    kind: str
    schema: int
    facts: str
    words: str | None
    actor: str

    def committed(self) -> str:
        """Return what the commitment to the facts covers: them, and how to read them."""
        return f"{self.kind}\n{self.schema}\n{self.actor}\n{self.facts}"


# --- where in a class the people and the words are

_Path = tuple[str, ...]
_EACH = "*"  # every element of a tuple


_PLACES: dict[tuple[type, str], tuple[_Path, ...]] = {}


def _leaves(kind: type, wanted: Literal["people", "words"]) -> tuple[_Path, ...]:
    """Return where in a class people or words are, found once."""
    if (kind, wanted) not in _PLACES:
        _PLACES[kind, wanted] = tuple(_found(kind, wanted))
    return _PLACES[kind, wanted]


def _found(kind: type, wanted: str) -> Iterator[_Path]:
    for field in attrs.fields(attrs.resolve_types(kind)):
        if wanted == "words" and field.name in NOT_WORDS:
            continue
        for path in _within(field.type, wanted):
            yield (field.name, *path)


def _within(declared: Any, wanted: str) -> Iterator[_Path]:
    """Give the paths to people or words inside a value of a declared type."""
    if declared is (PersonId if wanted == "people" else str):
        yield ()
    elif get_origin(declared) in (Union, UnionType):
        for choice in get_args(declared):
            yield from _within(choice, wanted)
    elif get_origin(declared) in (tuple, frozenset):
        for element in {argument for argument in get_args(declared) if argument is not Ellipsis}:
            for path in _within(element, wanted):
                yield (_EACH, *path)
    elif isinstance(declared, type) and attrs.has(declared):
        yield from _found(declared, wanted)


def _replace(data: Any, path: _Path, change: Callable[[str], str]) -> None:
    """Change the text at a path, in place; None and what an empty list lacks stay as they are."""
    step, rest = path[0], path[1:]
    places: Sequence[Any] = range(len(data)) if step == _EACH else (step,)
    for place in places:
        if data[place] is None:
            continue
        if rest:
            _replace(data[place], rest, change)
        else:
            data[place] = change(data[place])


def _add_texts(value: Any, path: list[str], found: set[str]) -> None:
    """Add the texts at a path inside a value or its plain data."""
    if value is None:
        return
    if not path:
        found.add(value)
    elif path[0] == _EACH:
        for element in value:
            _add_texts(element, path[1:], found)
    else:
        inner = value[path[0]] if isinstance(value, dict) else getattr(value, path[0])
        _add_texts(inner, path[1:], found)


def people_of(value: object) -> set[str]:
    """Return everybody whom a value names."""
    found: set[str] = set()
    for first, *rest in _leaves(type(value), "people"):
        _add_texts(getattr(value, first), rest, found)
    return found


def people_in(data: Data, kind: type) -> set[str]:
    """Return the keys of everybody whom the plain data of a value name."""
    found: set[str] = set()
    for first, *rest in _leaves(kind, "people"):
        _add_texts(data[first], rest, found)
    return found


def with_people(data: Data, kind: type, change: Callable[[str], str]) -> Data:
    """Return plain data with everybody named otherwise; changed in place."""
    for path in _leaves(kind, "people"):
        _replace(data, path, change)
    return data


# --- values to plain data and back, strictly


def _exactly(kind: type) -> Callable[[Any, Any], Any]:
    def take(value: Any, _: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(f"{shown(value)} is no {kind.__name__}")
        return value

    return take


def _day(value: Any, _: Any) -> date:
    found = date.fromisoformat(value)
    if found.isoformat() != value:
        raise ValueError(f"{shown(value)} is no day")
    return found


def _moment(value: Any, _: Any) -> datetime:
    found = datetime.fromisoformat(value)
    if found.isoformat() != value or found.utcoffset() is None:
        raise ValueError(f"{shown(value)} is no moment")
    return found


def _every_field(converter: Converter) -> Callable[[type], Callable[[Any, Any], Any]]:
    def factory(kind: type) -> Callable[[Any, Any], Any]:
        from cattrs.gen import make_dict_structure_fn

        names = {field.name for field in attrs.fields(kind)}
        inner: Callable[[Any, Any], Any] = make_dict_structure_fn(kind, converter, _cattrs_detailed_validation=False)

        def structure(value: Any, declared: Any) -> Any:
            if type(value) is not dict:
                raise ValueError(f"{shown(value)} is no {kind.__name__}")
            unknown, missing = sorted(value.keys() - names), sorted(names - value.keys() - LATER.get(kind, frozenset()))
            if unknown or missing:
                problems = [f"it does not know {', '.join(unknown)}"] if unknown else []
                problems += [f"it lacks {', '.join(missing)}"] if missing else []
                raise ValueError(f"{kind.__name__}: {' and '.join(problems)}")
            return inner(value, declared)

        return structure

    return factory


def plain_converter() -> Converter:
    """Return what turns values into plain data and back: no field more or less, and no value of another type."""
    converter = Converter(detailed_validation=False)
    hooks = {kind: _exactly(kind) for kind in (int, str, bool)} | {datetime: _moment, date: _day, NoneType: _nothing}
    for kind, hook in hooks.items():
        converter.register_structure_hook(kind, hook)
    # A member of a StrEnum is a str too, and must come back as the member that it was.
    converter.register_structure_hook(StrEnum, lambda value, kind: kind(value))
    converter.register_unstructure_hook(datetime, datetime.isoformat)
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_structure_hook_factory(attrs.has, _every_field(converter))
    converter.register_unstructure_hook_func(
        lambda kind: isinstance(kind, type) and issubclass(kind, Enum), lambda member: member.value
    )
    converter.register_structure_hook(Terms, _made_once(converter.get_structure_hook(Terms), Terms))
    return converter


def _made_once(make: Callable[[Any, Any], Any], kind: type) -> Callable[[Any, Any], Any]:
    # All engagements of a programme repeat its terms, and to make them is a tenth of reading a log.
    @lru_cache(_DIFFERENT_VALUES)
    def made(text: str) -> Any:
        return make(json.loads(text), kind)

    return lambda value, _: made(compact_json(value))


def _nothing(value: Any, _: Any) -> None:
    if value is not None:
        raise ValueError(f"{shown(value)} stands where nothing belongs")


def _concrete(kind: type[_V]) -> Iterator[type[_V]]:
    for below in kind.__subclasses__():
        yield below
        yield from _concrete(below)


def _told_by_header(kind: type) -> tuple[str, ...]:
    """Return the fields of an event that the header of its entry tells, and that are not told twice."""
    if issubclass(kind, CascadeEvent):
        return ("cascade_id", "version")
    return ("engagement_id", "version") if issubclass(kind, Event) else ()


class Codec:
    """Writes events as payloads and reads them back, raising older payloads to the present schema as they are read."""

    def __init__(self, upcasts: Sequence[Upcast] = ()) -> None:
        """Make a codec.

        Args:
            upcasts: The k-th raises payloads of schema k to schema k + 1; the present schema is the last of them. Bytes
                that are kept are never rewritten.
        """
        self._upcasts = tuple(upcasts)
        self._converter = plain_converter()
        self._kinds: dict[str, type[Told]] = {}

    @property
    def schema(self) -> int:
        """Return the schema in which payloads are written now, 1 for the first."""
        return 1 + len(self._upcasts)

    @staticmethod
    def people(event: Told) -> set[str]:
        """Return everybody whom an event names."""
        return people_of(event)

    @staticmethod
    def keys(facts: str) -> set[str]:
        """Return the keys of everybody whom the facts of a payload name, and perhaps texts that look like keys."""
        return set(_KEY.findall(facts))

    def write(self, event: object, keys: Mapping[str, str]) -> Payload:
        """Return the payload of an event.

        Args:
            event: The event.
            keys: The key of everybody it names.
        """
        kind = type(event)
        data: Data = self._converter.unstructure(event)
        for name in _told_by_header(kind):
            del data[name]
        with_people(data, kind, keys.__getitem__)
        words: list[str] = []
        for path in _leaves(kind, "words"):
            _replace(data, path, lambda text: _take(words, text))
        return Payload(
            kind=kind.__name__,
            schema=self.schema,
            facts=compact_json(data),
            words=compact_json(words) if any(words) else "",
            actor=str(data.get("actor", "")),
        )

    def read(
        self, payload: Payload, people: Mapping[str, str], *, engagement_id: str, version: int, position: int
    ) -> Told:
        """Return the event or record that a payload tells of.

        Args:
            payload: The payload.
            people: Who is meant by each key; who is not there any more keeps a name that says nothing.
            engagement_id: The engagement of an event, or the name of a cascade's stream.
            version: Its place there.
            position: Its place in the whole log, for messages.

        Raises:
            InputError: If the payload says what no event can (`LOG-CORRUPT`).
        """
        try:
            cascade_id = cascade_of(engagement_id) or engagement_id
            header = {"engagement_id": engagement_id, "cascade_id": cascade_id, "version": version}
            return self._read(payload, people, header)
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            said = error.faults[0].problem if isinstance(error, InputError) else str(error)
            raise corrupt("log", position, f"{payload.kind} cannot be read: {said}") from error

    def _read(self, payload: Payload, people: Mapping[str, str], header: Data) -> Told:
        kind_name, data = self._raised(payload)
        kind = self._kind(kind_name)
        words = iter(json.loads(payload.words) if payload.words else ())
        for path in _leaves(kind, "words"):
            _replace(data, path, lambda text: next(words, ""))
        with_people(data, kind, lambda key: people.get(key) or name_of_erased(key))
        found = {**data, **{name: header[name] for name in _told_by_header(kind)}}
        return self._converter.structure(found, kind)

    def _raised(self, payload: Payload) -> tuple[str, Data]:
        if not 1 <= payload.schema <= self.schema:
            raise ValueError(f"schema {payload.schema} is not among 1 to {self.schema}")
        kind, data = payload.kind, json.loads(payload.facts)
        if type(data) is not dict:
            raise ValueError("the facts are no object")
        for upcast in self._upcasts[payload.schema - 1 :]:
            kind, data = upcast(kind, data)
        return kind, data

    def _kind(self, name: str) -> type[Told]:
        if name not in self._kinds:
            known: tuple[type[Told], ...] = (*_concrete(Event), *_concrete(CascadeEvent), *_concrete(Record))
            self._kinds = {kind.__name__: kind for kind in known}
        if name not in self._kinds:
            raise ValueError(f"{shown(name)} is no kind of event")
        return self._kinds[name]


def _take(words: list[str], text: str) -> str:
    words.append(text)
    return ""


def compact_json(value: object) -> str:
    """Return plain data as JSON, the same for the same data."""
    return _ENCODER.encode(value)
