"""What a rematch changes: the fate of every published pair, and why it did not stay."""

from enum import StrEnum

from attrs import frozen

from taskmentor.matching.policy import Described

__all__ = ["Change", "Difference", "Fate", "Why"]


class Fate(StrEnum):
    """What became of a pair."""

    KEPT = "kept"
    RUNNING = "running"
    """It has become an engagement, which takes its places and is matched no more."""
    CHANGED = "changed"
    LOST = "lost"
    NEW = "new"


class Why(StrEnum):
    """Why a published pair did not stay; the first that holds is given."""

    MENTEE_LEFT = "mentee-left"
    REQUEST_CLOSED = "request-closed"
    """Withdrawn, met, or already served by somebody else."""
    MENTOR_LEFT = "mentor-left"
    NO_PLACES = "no-places"
    """The mentor offers none any more."""
    NOT_QUALIFIED = "not-qualified"
    BARRED = "barred"
    FEWER_PLACES = "fewer-places"
    """Mentor or mentee has fewer places than there are published pairs that could stay."""
    BETTER_PLAN = "better-plan"
    """It could have stayed; the plan as a whole is better without it."""


@frozen(kw_only=True)
class Change:
    """One pair that is not as it was.

    Attributes:
        mentee_id: Whose request it is.
        skill_id: The skill.
        before: The mentor in the published plan, None where there was none.
        after: The mentor now, None where there is none.
        fate: What became of the pair.
        why: Why the published pair did not stay; None where there was none.
        rules: The rules that bar it.
    """

    mentee_id: str
    skill_id: str
    before: str | None
    after: str | None
    fate: Fate
    why: Why | None
    rules: tuple[str, ...] = ()

    def __str__(self) -> str:
        about = f"{self.mentee_id} {self.skill_id}"
        if self.before is None:
            return f"{self.fate} {about}: {self.after}"
        barred = f" by {' and '.join(self.rules)}" if self.rules else ""
        return f"{self.fate} {about}: {self.before} -> {self.after or 'nobody'} ({self.why}{barred})"


@frozen(kw_only=True)
class Difference:
    """What a rematch changes.

    Attributes:
        kept: How many published pairs stay.
        running: How many have become engagements.
        changes: Everything else: changed, lost and new pairs, sorted by mentee and skill.
    """

    kept: int
    running: int
    changes: tuple[Change, ...]

    def counts(self) -> dict[str, int]:
        """Return how many pairs have which fate."""
        other = {fate.value: sum(change.fate is fate for change in self.changes) for fate in Fate}
        return {**other, Fate.KEPT.value: self.kept, Fate.RUNNING.value: self.running}

    def reasons(self) -> dict[str, int]:
        """Return how often each reason holds for a pair that did not stay; those that never do are left out."""
        return {why.value: n for why in Why if (n := sum(change.why is why for change in self.changes))}

    def data(self) -> dict[str, Described]:
        """Return the whole difference as plain data."""
        return {
            "counts": dict(self.counts()),
            "reasons": dict(self.reasons()),
            "changes": [
                {
                    "mentee_id": change.mentee_id,
                    "skill_id": change.skill_id,
                    "before": change.before,
                    "after": change.after,
                    "fate": change.fate.value,
                    "why": None if change.why is None else change.why.value,
                    "rules": list(change.rules),
                }
                for change in self.changes
            ],
        }

    def text(self, *, most: int | None = None) -> str:
        """Return the difference in lines.

        Args:
            most: How many changes are told one by one; all unless given.
        """
        counts = ", ".join(f"{n:,} {fate}" for fate, n in self.counts().items())
        reasons = ", ".join(f"{n:,} {why}" for why, n in self.reasons().items())
        shown = self.changes[:most]
        lines = [f"Pairs: {counts}.", *([f"Did not stay: {reasons}."] if reasons else []), *map(str, shown)]
        more = len(self.changes) - len(shown)
        return "\n".join([*lines, *([f"... and {more:,} more"] if more else [])])
