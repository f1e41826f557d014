"""Policies on disk: one TOML file that people write, with rules and scorers by the names that plans and reasons use.

Every fault of a file is told at once, each with its place. What is left out has the default of `Policy`.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import attrs
from attrs import define, evolve, field, frozen

from taskmentor.errors import Fault, InputError, nearest, shown
from taskmentor.formats.columns import name_shown
from taskmentor.formats.csv_text import Limits, UnreadableError, read_bytes
from taskmentor.formats.writing import file_exists
from taskmentor.matching.policy import Policy
from taskmentor.matching.rules import NotManager, Qualified, Rule, SharedLanguage, StaysFor
from taskmentor.matching.scorers import (
    Importance,
    KnownAlready,
    LevelFit,
    OrgDistance,
    OtherDepartment,
    Scorer,
    SeniorityCloseness,
    Tenure,
    TimeZoneCloseness,
)
from taskmentor.proficiency import Discounted, Latest, ManagerFirst, ProficiencyPolicy

__all__ = ["METHODS", "RULES", "SCORERS", "policy_text", "read_policy", "write_policy"]

Kinds = Mapping[str, type[attrs.AttrsInstance]]
_Value = TypeVar("_Value", bound=attrs.AttrsInstance)

RULES: Kinds = {
    "qualified": Qualified,
    "not-manager": NotManager,
    "shared-language": SharedLanguage,
    "stays-for": StaysFor,
}
"""The rules that a file can name; those that hold under every policy are not named."""

SCORERS: Kinds = {
    "level-fit": LevelFit,
    "importance": Importance,
    "other-department": OtherDepartment,
    "time-zone": TimeZoneCloseness,
    "seniority": SeniorityCloseness,
    "tenure": Tenure,
    "known-already": KnownAlready,
    "org-distance": OrgDistance,
}
"""The scorers that a file can name."""

METHODS: Kinds = {"manager-first": ManagerFirst, "latest": Latest, "discounted": Discounted}
"""The ways to a confirmed level that a file can name."""

_LIMITS = Limits(file_bytes=1 << 20)


def read_policy(source: str | Path) -> Policy:
    """Return the policy of a TOML file.

    Args:
        source: The file, in UTF-8.

    Raises:
        InputError: If it is no TOML file, or names what there is not, or a parameter that is not accepted; it holds
            every fault.
    """
    file = Path(source)
    reader = _Reader(name_shown(file.name))
    policy = reader.made(Policy, reader.document(file), "")
    if policy is None:
        raise InputError(reader.faults)
    return policy


def write_policy(policy: Policy, file: str | Path, *, overwrite: bool = False) -> None:
    """Return nothing; write a policy as a TOML file that `read_policy` reads back.

    Args:
        policy: The policy.
        file: The file.
        overwrite: Whether a file that is there already is replaced.

    Raises:
        InputError: If the file is there already (`FILE-EXISTS`), or the policy has a rule, a scorer or a method of
            one's own, which no file can name.
    """
    text, target = policy_text(policy), Path(file)
    if target.exists() and not (overwrite and target.is_file()):
        raise InputError([file_exists(name_shown(target.name))])
    target.write_text(text, encoding="utf-8", newline="\n")


def policy_text(policy: Policy) -> str:
    """Return a policy as the text of a TOML file, the same for equal policies.

    Raises:
        InputError: If it has a rule, a scorer or a method of one's own.
    """
    return "\n".join(
        [
            f"objective = {_written(policy.objective)}",
            f"requests_per_person = {policy.requests_per_person}",
            *_table_lines("rules", policy.rules, RULES),
            *_table_lines("scorers", policy.scorers, SCORERS),
            *_table_lines("proficiency", [policy.proficiency], METHODS),
            "",
        ]
    )


# --- reading


@frozen
class _Shelf:
    """What one part of a file can name.

    Attributes:
        noun: What each of its names is.
        kinds: Their classes by name.
        remark: What else to say where a name is not known.
    """

    noun: str
    kinds: Kinds
    remark: str = ""


_RULE = _Shelf("rule", RULES, " not-oneself and not-blocked hold under every policy and are not named.")
_SCORER = _Shelf("scorer", SCORERS)
_METHOD = _Shelf("method", METHODS)


@define
class _Reader:
    """Makes a policy of a document, and keeps every fault.

    Attributes:
        name: What messages call the file.
        faults: What was wrong so far.
    """

    name: str
    faults: list[Fault] = field(factory=list)

    def document(self, file: Path) -> Mapping[str, object]:
        """Return the document in a file.

        Raises:
            InputError: If there is no such file, or it is no TOML.
        """
        if not file.is_file():
            raise self._refusal("NOT-A-FILE", "there is no plain file of this name", "Give a policy in TOML.")
        try:
            return tomllib.loads(read_bytes(file, self.name, _LIMITS).decode("utf-8-sig"))
        except UnreadableError as error:
            raise InputError(error.faults) from error
        except UnicodeDecodeError as error:
            raise self._refusal("ENCODING", f"byte {error.start:,} is not UTF-8", "Save it as UTF-8.") from None
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            problem = f"it is no TOML: {str(error) or 'it is too deep'}"
            raise self._refusal("BAD-TOML", problem, "See toml.io for how it is written.") from None

    def made(self, kind: type[_Value], given: object, place: str) -> _Value | None:
        """Return a value of a class with the given parameters, None where one of them is not accepted."""
        if not isinstance(given, dict):
            self._fault("WRONG-TYPE", place, f"{shown(given)} is no table", "Give its parameters, {} for the usual.")
            return None
        before = len(self.faults)
        known = {attribute.name: attribute for attribute in attrs.fields(kind)}
        for key in given:
            if key not in known:
                self._unknown(key, "parameter", known, place)
        values = {
            name: self._value(attribute, given[name], _below(place, name))
            for name, attribute in known.items()
            if name in given
        }
        for name, attribute in known.items():
            if name not in given and attribute.default is attrs.NOTHING:
                self._fault("MISSING-VALUE", _below(place, name), "it is not given", "It has no usual value.")
        return None if len(self.faults) > before else kind(**values)

    def _value(self, attribute: "attrs.Attribute[object]", given: object, place: str) -> object:
        """Return what a parameter stands for; the file's own kinds of values are told by the type of the field."""
        own: dict[object, Callable[[object, str], object]] = {
            tuple[Rule, ...]: lambda value, at: self._named(_RULE, value, at),
            tuple[Scorer, ...]: lambda value, at: self._named(_SCORER, value, at),
            ProficiencyPolicy: self._method,
        }
        if attribute.type in own:
            return own[attribute.type](given, place)
        if attribute.validator is not None:
            try:
                attribute.validator(None, attribute, given)
            except InputError as error:
                self.faults += [evolve(fault, table=self.name, column=place) for fault in error.faults]
        return given

    def _named(self, shelf: _Shelf, given: object, place: str) -> tuple[object, ...]:
        """Return the values that a table names, in its order."""
        if not isinstance(given, dict):
            self._fault("WRONG-TYPE", place, f"{shown(given)} is no table", f"Give one line for each {shelf.noun}.")
            return ()
        values = []
        for name, parameters in given.items():
            if name in shelf.kinds:
                values.append(self.made(shelf.kinds[name], parameters, _below(place, name)))
            else:
                self._unknown(name, shelf.noun, shelf.kinds, place, shelf.remark)
        return tuple(values)

    def _method(self, given: object, place: str) -> object:
        """Return the one method that a table names."""
        before = len(self.faults)
        named = self._named(_METHOD, given, place)
        if len(self.faults) == before and len(named) != 1:
            remedy = f"Give one of {', '.join(METHODS)}."
            self._fault("BAD-CHOICE", place, f"it names {len(named)} methods", remedy)
        return named[0] if named else None

    def _unknown(self, key: str, noun: str, known: Iterable[str], place: str, remark: str = "") -> None:
        accepted = ", ".join(known)
        remedy = f"Use {accepted}.{remark}" if accepted else f"There is no {noun} here."
        self._fault("UNKNOWN-KEY", _below(place, key), f"{shown(key)} names no {noun}{nearest(key, known)}", remedy)

    def _fault(self, code: str, place: str, problem: str, remedy: str) -> None:
        fault = Fault(code=code, table=self.name, column=place or None, problem=problem, remedy=remedy)
        self.faults.append(fault)

    def _refusal(self, code: str, problem: str, remedy: str) -> InputError:
        return InputError([Fault(code=code, table=self.name, problem=problem, remedy=remedy)])


def _below(place: str, name: str) -> str:
    """Return the place of a key in a table, such as `scorers.level-fit.weight`."""
    return f"{place}.{name_shown(name)}".removeprefix(".")


# --- writing


def _table_lines(table: str, values: Iterable[object], kinds: Kinds) -> list[str]:
    return ["", f"[{table}]", *(f"{name} = {_written(value)}" for name, value in _names(table, values, kinds))]


def _names(table: str, values: Iterable[object], kinds: Kinds) -> list[tuple[str, object]]:
    """Return values with the names that they have in a file."""
    names: dict[type[object], str] = {kind: name for name, kind in kinds.items()}
    own = [type(value).__qualname__ for value in values if type(value) not in names]
    if own:
        problem = f"{shown(own[0])} is none of the library's own, so no file can name it"
        remedy = f"Use {', '.join(kind.__name__ for kind in kinds.values())}, or keep the policy in Python."
        raise InputError([Fault(code="WRONG-TYPE", table="policy", column=table, problem=problem, remedy=remedy)])
    return [(names[type(value)], value) for value in values]


def _written(value: object) -> str:
    """Return a parameter or a value with parameters in TOML; what is None is left out, as TOML has no word for it."""
    if isinstance(value, str):
        return f'"{value}"'  # one of a few words, none of which needs an escape
    kind = type(value)
    if not attrs.has(kind):
        return str(value)
    parts = []
    for attribute in attrs.fields(kind):
        given = getattr(value, attribute.name)
        if attribute.type is ProficiencyPolicy:
            ((name, method),) = _names("proficiency", [given], METHODS)
            parts.append(f"{attribute.name} = {{ {name} = {_written(method)} }}")
        elif given is not None:
            parts.append(f"{attribute.name} = {_written(given)}")
    return f"{{ {', '.join(parts)} }}" if parts else "{}"
