"""What a long computation says of itself."""

from taskmentor.matching.progress import Progress, unwatched


def test_what_is_not_known_yet_is_none() -> None:
    """Would be broken: the first lines of a progress bar, before there is a plan or a bound."""
    progress = Progress(phase="auction", done=1)
    assert (progress.of, progress.value, progress.bound) == (None, None, None)
    assert progress == Progress(phase="auction", done=1)


def test_nobody_may_watch() -> None:
    """Would be broken: computations that nobody watches."""
    unwatched(Progress(phase="auction", done=2, of=5, value=10, bound=12))
