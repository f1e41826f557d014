"""HiGHS, kept silent."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from highspy import Highs

__all__ = ["silent"]


def silent() -> "Highs":
    """Return HiGHS, told to keep silent before it greets."""
    import highspy

    class Silent(highspy.Highs):
        def enableCallbacks(self) -> None:  # what the greeting comes from
            self.silent()
            super().enableCallbacks()  # type: ignore[no-untyped-call]

    return Silent()  # type: ignore[no-untyped-call]
