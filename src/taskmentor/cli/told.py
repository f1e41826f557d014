"""What the commands `costs`, `frontier`, `probe`, `recruit` and `why-not` answer."""

from collections.abc import Sequence

from attrs import frozen

from taskmentor.answers.again import Effect
from taskmentor.answers.changes import Remedies, Remedy
from taskmentor.answers.comparing import Frontier
from taskmentor.answers.costing import Costs, PlaceWorth
from taskmentor.answers.probing import Probes
from taskmentor.answers.recruiting import Recruiting
from taskmentor.cli.answers import named
from taskmentor.cli.layout import one_line, table
from taskmentor.formats.strict_json import Json
from taskmentor.rounds import Round

__all__ = ["Compared", "Priced", "Probed", "Recruited", "WhyNot"]


@frozen(kw_only=True)
class Priced:
    """What rules, pins, blocks, limits and places cost."""

    round: Round
    costs: Costs
    places: Sequence[PlaceWorth]
    status: int = 0

    def data(self) -> Json:
        """Return the costs, and what places are worth."""
        return {**self.costs.as_data(), "places": [place.as_data() for place in self.places]}

    def text(self) -> str:
        """Return the costs as a table, and what places are worth as another."""
        lines = ["What each would bring if it were lifted, by solving again, and the most that prices allow:", ""]
        rows = [
            (cost.kind, cost.name, f"{cost.effect.requests:+,}", _signed(cost.effect.most_requests),
             f"{cost.effect.score:+,}")
            for cost in self.costs.costs
        ]  # fmt: skip
        lines += table(("kind", "what", "requests", "at most", "score"), rows, numbers=("requests", "at most", "score"))
        if self.costs.left_out:
            lines.append(f"... and {self.costs.left_out:,} more blocks and pins: --most looks at more of them.")
        if self.places:
            lines += ["", "What one place of somebody is worth, the dearest first:", "", *self._places()]
        return "\n".join(lines)

    def _places(self) -> list[str]:
        rows = [
            (named(self.round.organisation, one.person_id), one.side, *_both(one.more), *_both(one.fewer))
            for one in self.places
        ]  # fmt: skip
        header = ("person", "as", "one more: requests", "score", "one fewer: requests", "score ")
        return table(header, rows, numbers=header[2:])


def _both(effect: Effect | None) -> tuple[str, str]:
    return ("no plan", "") if effect is None else (f"{effect.requests:+,}", f"{effect.score:+,}")


def _signed(number: int | None) -> str | None:
    return None if number is None else f"{number:+,}"


@frozen(kw_only=True)
class Recruited:
    """Whom to recruit."""

    found: Recruiting
    status: int = 0

    def data(self) -> Json:
        """Return the new mentors."""
        return self.found.as_data()

    def text(self) -> str:
        """Return the new mentors as a table."""
        found = self.found
        first = str(found).splitlines()[0]
        if not found.recruits:
            return first
        header = ("mentors", "skill", "level", "location", "places each")
        rows = [(n, one.skill_id, one.level, one.location or "any", one.places) for one, n in found.recruits]
        return "\n".join([first, "", *table(header, rows, numbers=("mentors", "level", "places each"))])


@frozen(kw_only=True)
class WhyNot:
    """What would have to change for one request."""

    round: Round
    found: Remedies
    status: int = 0

    def data(self) -> Json:
        """Return the changes."""
        return self.found.as_data()

    def text(self) -> str:
        """Return the changes as a table, and why not all can be served."""
        found = self.found
        asked = f"{named(self.round.organisation, found.mentee_id)} in {found.skill_id}"
        if found.served:
            return one_line(f"{asked} has a mentor in this plan.")
        lines = [one_line(f"What would serve {asked}, each by solving again with that one change:"), ""]
        rows = [
            (one.words, _how(one), f"{one.requests:+,}", f"{one.score:+,}", "yes" if one.chosen else "no")
            for one in found.remedies
        ]
        lines += table(("change", "served", "requests", "score", "in a best plan"), rows, numbers=("requests", "score"))
        if found.hindrance is not None:
            lines += ["", one_line(f"Why not all can be served: {found.hindrance}.")]
        return "\n".join(lines)


def _how(one: Remedy) -> str:
    return "in place of another" if one.displaces else "besides all others"


@frozen(kw_only=True)
class Probed:
    """What people could gain by misreporting."""

    round: Round
    found: Probes
    status: int = 0

    def data(self) -> Json:
        """Return the counts, and those who would gain."""
        return self.found.as_data()

    def text(self) -> str:
        """Return the counts by kind, and every gain as a table."""
        found = self.found
        lines = [str(found).splitlines()[0]]
        kinds = [(str(kind), n, gaining) for kind, (n, gaining) in found.tried().items()]
        lines += ["", *table(("misreport", "tried", "gain"), kinds, numbers=("tried", "gain"))]
        rows = [
            (
                named(self.round.organisation, one.person_id),
                attempt.words,
                f"{attempt.terms.served - one.truth.served:+,}",
                f"{attempt.terms.score - one.truth.score:+,}",
                f"{attempt.terms.taught - one.truth.taught:+,}",
                f"{float(attempt.terms.per_mentee - one.truth.per_mentee):+,.1f}",
            )
            for one in found.gaining
            for attempt in one.gaining
        ]
        header = ("who gains", "by saying", "served", "score", "mentees", "score each")
        return "\n".join([*lines, *(["", *table(header, rows, numbers=header[2:])] if rows else [])])


@frozen(kw_only=True)
class Compared:
    """Plans side by side."""

    found: Frontier
    status: int = 0

    def data(self) -> Json:
        """Return the plans with their measures."""
        return self.found.as_data()

    def text(self) -> str:
        """Return the plans as a table."""
        rows = [
            (
                one.name,
                f"{one.served:,}",
                f"{one.score:,}",
                None if one.worst is None else f"{one.worst:,}",
                f"{one.mentors:,}",
                f"{one.most:,}",
                None if one.gini is None else f"{float(one.gini):.2f}",
                f"{one.blocking:,}",
                "yes" if one.best else "no",
            )
            for one in self.found.plans
        ]
        header = ("plan", "served", "score", "worst", "mentors", "busiest", "Gini", "blocking", "unsurpassed")
        return "\n".join(filter(None, [*table(header, rows, numbers=header[1:8]), self.found.missing]))
