"""Near ids for messages, found within a fixed effort however many ids are wrong."""

from bisect import bisect_left
from collections.abc import Iterable

from attrs import define, field

from taskmentor.errors import nearest

__all__ = ["Suggestions"]

_THOROUGH = 20  # so many wrong ids are compared with all known ones, the others with those that sort beside them
_MOST_COMPARED = 2_000
_BESIDE = 5


def _in_order(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(given))


@define
class Suggestions:
    """What somebody may have meant by an id that names nothing.

    Attributes:
        known: The ids that name something, sorted.
    """

    known: tuple[str, ...] = field(converter=_in_order)
    _made: dict[str, str] = field(factory=dict, init=False)

    def __call__(self, wanted: str) -> str:
        """Return `; did you mean 'x'?` for the nearest known id, or nothing where none is near."""
        if wanted not in self._made:
            self._made[wanted] = nearest(wanted, self._compared(wanted))
        return self._made[wanted]

    def _compared(self, wanted: str) -> Iterable[str]:
        if len(self._made) < _THOROUGH and len(self.known) <= _MOST_COMPARED:
            return self.known
        place = bisect_left(self.known, wanted)
        return self.known[max(0, place - _BESIDE) : place + _BESIDE]
