"""Engagements as JSON and back, for snapshots: what they hold follows from the events and may be thrown away."""

import hashlib
import json
from collections.abc import Mapping

import attrs

from taskmentor.errors import InputError
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.models.people import name_of_erased
from taskmentor.store.database import Snapshot
from taskmentor.store.payloads import (
    compact_json,
    corrupt,
    people_in,
    people_of,
    plain_converter,
    with_people,
)

__all__ = ["StateCodec"]


class StateCodec:
    """Writes engagements as snapshots and reads them back."""

    def __init__(self) -> None:
        """Make a codec."""
        self._converter = plain_converter()
        self.shape = hashlib.sha256(repr(attrs.fields(attrs.resolve_types(Engagement))).encode()).hexdigest()[:16]

    @staticmethod
    def people(engagement: Engagement) -> set[str]:
        """Return everybody whom an engagement names."""
        return people_of(engagement)

    def keys(self, snapshot: Snapshot) -> set[str]:
        """Return the keys of everybody whom a snapshot names."""
        return people_in(json.loads(snapshot.state), Engagement)

    def write(self, engagement: Engagement, keys: Mapping[str, str]) -> Snapshot:
        """Return an engagement as it is kept."""
        data = with_people(self._converter.unstructure(engagement), Engagement, keys.__getitem__)
        state = compact_json(data)
        digest = hashlib.sha256(state.encode()).hexdigest()
        return Snapshot(version=engagement.version, shape=self.shape, state=state, digest=digest)

    def read(self, snapshot: Snapshot, people: Mapping[str, str]) -> Engagement:
        """Return the engagement of a snapshot.

        Raises:
            InputError: If the snapshot was changed (`LOG-CORRUPT`).
        """
        if hashlib.sha256(snapshot.state.encode()).hexdigest() != snapshot.digest:
            raise corrupt("snapshot", snapshot.version, "its digest is another one")
        data = with_people(json.loads(snapshot.state), Engagement, lambda key: people.get(key) or name_of_erased(key))
        try:
            return self._converter.structure(data, Engagement)
        except (ValueError, TypeError, KeyError, InputError) as error:
            raise corrupt("snapshot", snapshot.version, f"it cannot be read: {error}") from error
