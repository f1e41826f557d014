"""Engagements kept in a database, so that nothing is lost, doubled, overbooked or changed unseen."""

try:
    import cattrs  # noqa: F401
except ImportError as error:
    from taskmentor.errors import UnsupportedError

    raise UnsupportedError("A store takes cattrs and SQLAlchemy: install the extra taskmentor[store].") from error

from taskmentor.store.cascades import CascadeCommand, Cascades
from taskmentor.store.chain import Anchor
from taskmentor.store.checking import check_in_parts
from taskmentor.store.checks import check, check_anchor
from taskmentor.store.commands import Command, CommandId, Receipt
from taskmentor.store.keeping import Logged, Store
from taskmentor.store.logfile import check_log, write_log
from taskmentor.store.memory import MemoryDatabase
from taskmentor.store.opening import open_store, upgrade
from taskmentor.store.personal import OwnData, own_data
from taskmentor.store.reckoning import evidence
from taskmentor.store.records import CourseRecorded, Erased, PlacesSet, Record, RoundId, RoundMoved, RoundState
from taskmentor.store.rounds import StoredRound

__all__ = [
    "Anchor",
    "CascadeCommand",
    "Cascades",
    "Command",
    "CommandId",
    "CourseRecorded",
    "Erased",
    "Logged",
    "MemoryDatabase",
    "OwnData",
    "PlacesSet",
    "Receipt",
    "Record",
    "RoundId",
    "RoundMoved",
    "RoundState",
    "Store",
    "StoredRound",
    "check",
    "check_anchor",
    "check_in_parts",
    "check_log",
    "evidence",
    "open_store",
    "own_data",
    "upgrade",
    "write_log",
]
