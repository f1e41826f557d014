"""A whole store checked in parts, some streams at a time: little memory, and as many processes as there are."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from itertools import chain, pairwise
from operator import itemgetter

from attrs import frozen

from taskmentor.store.chain import Header
from taskmentor.store.checks import Problem, first_of_each, problems_of_streams, problems_of_whole
from taskmentor.store.database import EVERY_STREAM, Streams, Transaction
from taskmentor.store.keeping import Store
from taskmentor.store.opening import open_store
from taskmentor.store.payloads import Upcast
from taskmentor.store.reckoning import Change, Outline, Stay, Whole, courses_of, erasures, evidence_of_streams, receipts
from taskmentor.store.records import CourseRecorded, Erased

__all__ = ["check_in_parts"]

_ENTRIES_OF_A_PART = 25_000
_HEADERS_AT_ONCE = 20_000
_MOST_PARTS = 16**4


@frozen(kw_only=True)
class _Found:
    """What one part brought: what is wrong with its streams, and what has to be looked at together."""

    problems: Sequence[Problem] = ()
    stays: Sequence[Stay] = ()
    changes: Sequence[Change] = ()
    recorded: Sequence[CourseRecorded] = ()
    outline: Outline | None = None


def check_in_parts(
    address: str,
    *,
    upcasts: Sequence[Upcast] = (),
    executor: Executor | None = None,
    entries_of_a_part: int = _ENTRIES_OF_A_PART,
) -> list[Problem]:
    """Return what `check` returns of all the evidence of a store, without having all of it in memory at once.

    Args:
        address: Of SQLite or PostgreSQL; nobody should write there meanwhile.
        upcasts: Raise payloads of older schemas, see `open_store`.
        executor: Who does the work, such as a pool of processes; None for the caller itself.
        entries_of_a_part: About how many entries are held in memory at once.

    Raises:
        StoreError: If there is no store at the address.

    Complexity:
        O(n) time for n entries, some 100 microseconds each for one process. Memory for the commands, about 0.3 KB
        each, and for one part in each process, about 1 KB an entry.
    """
    with open_store(address, upcasts=upcasts) as store:
        n_entries, erased = store.anchor().position, erasures(store)
    tasks: list[Streams | None] = [None, *_parts(max(1, n_entries // entries_of_a_part))]
    look = partial(_look, address, tuple(upcasts), erased)
    found = [*(map(look, tasks) if executor is None else executor.map(look, tasks))]
    with open_store(address, upcasts=upcasts) as store, store.database.reading() as transaction:
        whole = _together(transaction, found)
    return first_of_each(chain(problems_of_whole(whole), *(one.problems for one in found)))


def _parts(n_parts: int) -> Iterator[Streams]:
    """Give all streams in so many parts; their names are random, so that the parts are about as large."""
    n_parts = min(n_parts, _MOST_PARTS)
    first, until = EVERY_STREAM
    bounds = [first, *(f"{number * _MOST_PARTS // n_parts:04x}" for number in range(1, n_parts)), until]
    return pairwise(bounds)


def _look(address: str, upcasts: Sequence[Upcast], erased: Sequence[Erased], streams: Streams | None) -> _Found:
    """Look at some streams; at the headers of all where there are none."""
    with open_store(address, upcasts=upcasts) as store:
        return _outline(store) if streams is None else _part(store, streams, erased)


def _outline(store: Store) -> _Found:
    with store.database.reading() as transaction:
        return _Found(outline=Outline.along(_headers(transaction)))


def _headers(transaction: Transaction) -> Iterator[tuple[Header, str]]:
    after = 0
    while headers := transaction.headers(after, _HEADERS_AT_ONCE):
        yield from headers
        after = headers[-1][0].position


def _part(store: Store, streams: Streams, erased: Sequence[Erased]) -> _Found:
    given = evidence_of_streams(store, streams, erased)
    return _Found(
        problems=problems_of_streams(given), stays=given.stays, changes=given.changes, recorded=given.recorded
    )


def _together(transaction: Transaction, found: Iterable[_Found]) -> Whole:
    acks, commands = receipts(transaction)
    parts = [*found]
    (outline,) = [one.outline for one in parts if one.outline is not None]
    return Whole(
        outline=outline,
        end=transaction.anchor(),
        acks=acks,
        commands=commands,
        stays=[stay for one in parts for stay in one.stays],
        changes=sorted((change for one in parts for change in one.changes), key=itemgetter(0)),
        recorded=[one for part in parts for one in part.recorded],
        courses=courses_of(transaction),
    )
