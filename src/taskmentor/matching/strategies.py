"""The strategies that are installed, those of other packages among them."""

from importlib.metadata import entry_points

from taskmentor.matching.solution import Strategy

__all__ = ["available_strategies"]

_GROUP = "taskmentor.strategies"


def available_strategies() -> dict[str, type[Strategy]]:
    """Return every strategy that an installed package offers, by the name of its entry point, sorted by name.

    A package offers one by an entry point of the group `taskmentor.strategies`.
    """
    return {point.name: point.load() for point in sorted(entry_points(group=_GROUP), key=lambda point: point.name)}
