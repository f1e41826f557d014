"""Protected attributes: the groups that people belong to, held apart from the organisation, so that no plan can look.

No value of the organisation holds one of these, and no room below `outcomes` imports this module: rules, scorers and
strategies could not read an attribute if they wanted to. Whoever reports on fairness is given both.
"""

from datetime import date

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, UnknownIdError
from taskmentor.models.checks import KnownIds, check_order, check_repeated
from taskmentor.models.organisation import LeftOut
from taskmentor.models.people import NO_CODE, Categories, People
from taskmentor.models.tables import FaultLog, Table, hold_read_only

__all__ = ["ProtectedAttributes", "assemble_protected"]


@frozen(eq=False, kw_only=True)
class ProtectedAttributes:
    """Which group people belong to by which attribute, and from when to when that may be used.

    Attributes:
        person_id: Whose it is. Shape (n,).
        attribute: The attribute, such as `sex`. Shape (n,).
        group: The group, such as `female`. Shape (n,).
        consented_on: The first day on which it may be used: the day of the person's consent, or of the record where
            the law asks for one without consent. Shape (n,).
        withdrawn_on: The first day on which it may no longer, NaT for open end. Shape (n,).
        warnings: What was odd in the table and accepted all the same.
        left_out: The rows that were left out on request; None where none was.
    """

    person_id: NDArray[np.str_]
    attribute: Categories
    group: Categories
    consented_on: NDArray[np.datetime64]
    withdrawn_on: NDArray[np.datetime64]
    warnings: tuple[Fault, ...] = field(default=(), repr=False)
    left_out: LeftOut | None = field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        hold_read_only(self)

    def __len__(self) -> int:
        return len(self.person_id)

    def __repr__(self) -> str:
        # What is printed by accident must say nothing of anybody.
        return f"ProtectedAttributes({len(self):,} rows about {', '.join(self.attributes) or 'no attribute'})"

    @property
    def attributes(self) -> tuple[str, ...]:
        """Return the names of the attributes, sorted."""
        return tuple(self.attribute.labels[code] for code in np.unique(self.attribute.codes).tolist())

    def take(self, rows: NDArray[np.integer]) -> "ProtectedAttributes":
        """Return some of the rows, and nothing of how they were read."""
        return ProtectedAttributes(
            person_id=self.person_id[rows],
            attribute=self.attribute.take(rows),
            group=self.group.take(rows),
            consented_on=self.consented_on[rows],
            withdrawn_on=self.withdrawn_on[rows],
        )

    def groups(self, attribute: str, people: People, on: date) -> Categories:
        """Return everybody's group by an attribute on a day: the newest of each person, unless it is withdrawn.

        Args:
            attribute: The attribute.
            people: Whose groups are asked for; rows of others are not looked at.
            on: The day.

        Returns:
            The groups that occur, in the order of the people, empty for those of whom none may be used. Shape
            (n_people,).

        Raises:
            UnknownIdError: If there is no such attribute.

        Complexity:
            O(n log n) for n rows and people.
        """
        if attribute not in self.attributes:
            raise UnknownIdError("protected attribute", attribute, list(self.attributes))
        day, code = np.datetime64(on), self.attribute.labels.index(attribute)
        rows = np.flatnonzero((self.attribute.codes == code) & (self.consented_on <= day))
        rows = rows[np.isin(self.person_id[rows], people.ids)]
        rows = rows[np.argsort(self.consented_on[rows], kind="stable")]
        newest = np.full(len(people), NO_CODE, np.int64)
        newest[np.searchsorted(people.ids, self.person_id[rows])] = rows  # of several to one place the last is kept
        usable = newest[newest != NO_CODE]
        usable = usable[~(self.withdrawn_on[usable] <= day)]
        places = np.zeros(len(people), np.int64)
        places[np.searchsorted(people.ids, self.person_id[usable])] = self.group.codes[usable] + 1
        return Categories.of(places, ("", *self.group.labels))


def assemble_protected(table: Table, people: People, log: FaultLog) -> ProtectedAttributes | None:
    """Return the protected attributes that a table describes, or None where the log now holds errors.

    Args:
        table: The well-formed table.
        people: Everybody of whom it may speak.
        log: What was found so far; everything found here is added, and says nothing of anybody's group.
    """
    known = KnownIds(kind="person", ids=tuple(people.ids.tolist()), unread=False)
    known.referred(table, "person_id", log)
    check_order(table, "consented_on", "withdrawn_on", log)
    same = ["person_id", "attribute", "consented_on"]
    check_repeated(table, same, "DUPLICATE-ATTRIBUTE", log, remedy="Keep one group of a person, attribute and day.")
    if log.n_errors:
        return None
    return ProtectedAttributes(
        person_id=table.texts("person_id"),
        attribute=Categories.of(*table.labelled("attribute")),
        group=Categories.of(*table.labelled("group")),
        consented_on=table.days("consented_on"),
        withdrawn_on=table.days("withdrawn_on"),
        warnings=log.warnings(),
    )
