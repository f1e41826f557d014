"""Engagements kept in a database, so that nothing is lost, doubled, overbooked or changed unseen."""

try:
    import cattrs  # noqa: F401
except ImportError as error:
    from taskmentor.errors import UnsupportedError

    raise UnsupportedError("A store takes cattrs and SQLAlchemy: install the extra taskmentor[store].") from error

from taskmentor.store.chain import Anchor
from taskmentor.store.commands import Command, CommandId, Receipt
from taskmentor.store.keeping import Logged, Store
from taskmentor.store.memory import MemoryDatabase
from taskmentor.store.opening import open_store, upgrade
from taskmentor.store.records import Erased, PlacesSet, Record, RoundId, RoundMoved, RoundState
from taskmentor.store.rounds import StoredRound

__all__ = [
    "Anchor",
    "Command",
    "CommandId",
    "Erased",
    "Logged",
    "MemoryDatabase",
    "PlacesSet",
    "Receipt",
    "Record",
    "RoundId",
    "RoundMoved",
    "RoundState",
    "Store",
    "StoredRound",
    "open_store",
    "upgrade",
]
