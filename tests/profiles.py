"""How many examples there are of a property that draws its own: fewer by default, all of them in the long profile."""

import os

__all__ = ["some", "thinned"]

IS_LONG = os.environ.get("TASKMENTOR_PROFILE") == "long"


def some(n_examples: int) -> range:
    """Return the numbers of the examples: a third of them every day, all in the profile that `--long` chooses."""
    return range(n_examples if IS_LONG else -(-n_examples // 3))


def thinned(numbers: range) -> range:
    """Return every third of some numbers, the first among them; all in the profile that `--long` chooses."""
    return numbers if IS_LONG else numbers[::3]
