"""What is told of a broken promise."""

from collections.abc import Iterator

from attrs import frozen

from taskmentor.testing.promises import Promise


@frozen
class Number:
    """An input that is as large as its number."""

    size: int

    @property
    def most_tries(self) -> int:
        return 100

    def smaller(self) -> "Iterator[Number]":
        return (Number(size) for size in range(self.size - 1, self.size - 3, -1) if size >= 0)


def test_the_smallest_input_is_told_with_what_was_seen_there() -> None:
    """Would be broken: what was seen in one input, beside another one."""
    promise = Promise[None, Number]("it is small", lambda _, case: f"{case.size} is large" if case.size > 4 else None)
    (broken,) = promise.broken("small", None, [Number(3), Number(9)])
    assert (broken.seen, broken.case) == ("5 is large", "Number(size=5)")


def test_what_was_seen_is_told_where_it_is_not_seen_again() -> None:
    """Would be broken: a report that says nothing of somebody who draws lots."""
    lots = iter(["1 and 2 differ"])
    promise = Promise[None, Number]("it repeats", lambda _, case: next(lots, None))
    (broken,) = promise.broken("repeats", None, [Number(9)])
    assert (broken.seen, broken.case) == ("1 and 2 differ", "Number(size=9)")
