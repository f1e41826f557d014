"""What is asked of a store, and the answers that it keeps: a command that comes twice gets its first answer."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import NewType

from attrs import Attribute, asdict, field, frozen

from taskmentor.errors import (
    CapacityError,
    ConcurrencyConflict,
    Fault,
    IllegalMoveError,
    InputError,
    NotAuthorisedError,
    RefusedError,
    shown,
)
from taskmentor.lifecycle.actions import Action
from taskmentor.lifecycle.events import EngagementId, check_instant, input_error
from taskmentor.models.people import PersonId

__all__ = ["Command", "CommandId", "Receipt", "Refusal", "check_command_id", "read_answer", "write_answer"]

CommandId = NewType("CommandId", str)
Refusal = RefusedError | InputError
"""What a store answers, and keeps, where it does not do what it was asked."""

_COMMAND_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_KEPT: dict[str, Callable[..., RefusedError]] = {
    kind.__name__: kind for kind in (IllegalMoveError, NotAuthorisedError, CapacityError, ConcurrencyConflict)
}


def check_command_id(command_id: str) -> None:
    """Refuse what cannot stand in a header.

    Raises:
        InputError: With code `BAD-ID`.
    """
    if not _COMMAND_ID.fullmatch(command_id):
        problem = f"{shown(command_id)} is no id of a command"
        raise input_error("BAD-ID", "id", problem, "Draw one at random, such as uuid.uuid4().hex.")


def _check_id(_: object, __: "Attribute[CommandId]", command_id: str) -> None:
    check_command_id(command_id)


def _check_at(_: object, __: "Attribute[datetime]", at: datetime) -> None:
    check_instant(at)


@frozen(kw_only=True)
class Command:
    """One wish of one person, under an id that stays the same when it is sent again.

    Attributes:
        id: Drawn at random by whoever sends it, once a wish; it must not tell anything about a person.
        engagement_id: The engagement.
        action: What is wanted.
        actor: Who wants it.
        at: When, aware.
        expected_version: The version that the actor saw; None where it does not matter.

    Raises:
        InputError: If the id is empty, too long or holds other characters than letters, digits and `._:-`.
    """

    id: CommandId = field(validator=_check_id)
    engagement_id: EngagementId
    action: Action
    actor: PersonId
    at: datetime = field(validator=_check_at)
    expected_version: int | None = None


@frozen(kw_only=True)
class Receipt:
    """What a command brought about.

    Attributes:
        command_id: The command.
        version: The version of the engagement after it.
        position: The place of its last event in the whole log; 0 where nothing happened.
        n_events: How many events it brought about.
    """

    command_id: CommandId
    version: int
    position: int
    n_events: int


def write_answer(answer: Receipt | Refusal) -> str:
    """Return an answer as JSON."""
    if isinstance(answer, Receipt):
        return json.dumps({"receipt": asdict(answer)})
    if isinstance(answer, InputError):
        return json.dumps({"faults": [asdict(fault) for fault in answer.faults], "n_faults": answer.n_faults})
    return json.dumps({"refusal": type(answer).__name__, "facts": answer.args})


def read_answer(text: str) -> Receipt | Refusal:
    """Return the answer that `write_answer` wrote."""
    kept = json.loads(text)
    if "receipt" in kept:
        return Receipt(**kept["receipt"])
    if "faults" in kept:
        return InputError([Fault(**fault) for fault in kept["faults"]], kept["n_faults"])
    facts = (tuple(fact) if isinstance(fact, list) else fact for fact in kept["facts"])
    return _KEPT[kept["refusal"]](*facts)
