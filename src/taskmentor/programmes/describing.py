"""A programme in plain words: every field with its value and what it means."""

import inspect
import re
from collections.abc import Hashable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from functools import cache

import attrs
from attrs import frozen

from taskmentor.programmes.programme import Programme

__all__ = ["Said", "in_words", "meanings"]


_PARTS = frozenset({"policy", "terms", "groups", "group_terms", "booking_terms"})
_IDS = re.compile(r" \((?:[A-Z]+[0-9]+(?:, )?)+\)")


@frozen(kw_only=True)
class Said:
    """What one field of a programme says.

    Attributes:
        part: Where it stands: the `programme` itself, or a part of it such as `terms`.
        name: The field.
        value: Its value, as a text.
        meaning: What it means, in a sentence.
    """

    part: str
    name: str
    value: str
    meaning: str


def in_words(programme: Programme) -> tuple[Said, ...]:
    """Return everything that a programme says, in the order of its fields."""
    return tuple(_said(programme, "programme"))


def _said(value: attrs.AttrsInstance, part: str) -> Iterator[Said]:
    means = meanings(type(value))
    for attribute in attrs.fields(type(value)):
        given = getattr(value, attribute.name)
        if attribute.name in ("rules", "scorers"):
            for one in given:
                yield Said(part=attribute.name, name=one.name, value=_parameters(one), meaning=_first_sentence(one))
        elif attribute.name == "checklist":
            yield Said(part=part, name="checklist", value=f"{len(given)} items", meaning=means["checklist"])
            for item in given:
                yield Said(part="checklist", name=item.text, value=f"{item.owner}, day {item.due_days}", meaning="")
        elif attribute.name in _PARTS and given is not None:
            yield from _said(given, attribute.name)
        else:
            yield Said(part=part, name=attribute.name, value=_shown(given), meaning=means[attribute.name])


@cache
def meanings(kind: Hashable) -> Mapping[str, str]:
    """Return what each field of a class means, as its documentation says; nothing where it says nothing."""
    _, _, listed = (inspect.getdoc(kind) or "").partition("Attributes:\n")
    fields = re.findall(r"^    (\w+): (.*(?:\n        .*)*)", listed.partition("\n\n")[0], re.MULTILINE)
    return {name: _plain(words) for name, words in fields}


def _first_sentence(value: object) -> str:
    """Return the first sentence of what the documentation of a rule or scorer says, or nothing."""
    text = inspect.getdoc(type(value)) or ""
    return _plain(text.partition("\n\n")[0])


def _plain(words: str) -> str:
    """Return words of the documentation on one line, without the ids of requirements."""
    return _IDS.sub("", re.sub(r"\s+", " ", words))


def _parameters(value: object) -> str:
    """Return the parameters of a rule or scorer, such as `days 42`."""
    kind = type(value)
    if not attrs.has(kind):
        return ""
    return ", ".join(f"{field.name} {_shown(getattr(value, field.name))}" for field in attrs.fields(kind))


def _shown(value: object) -> str:
    """Return a value as people write it."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case StrEnum() | date() | str() | int():
            return str(value)
        case tuple():
            return ", ".join(map(_shown, value)) or "none"
        case _:
            return " ".join(filter(None, (type(value).__name__, _parameters(value))))
