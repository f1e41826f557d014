"""`rematch`, and the round that comes of it with what it changes."""

from datetime import date
from functools import cached_property

from attrs import evolve, field, frozen

from taskmentor.errors import InputError, UnsupportedError, shown
from taskmentor.matching.aims.ordered import Ordered
from taskmentor.matching.duals import total
from taskmentor.matching.exact import Exact
from taskmentor.matching.plan import Certificate, Plan
from taskmentor.matching.policy import Described
from taskmentor.matching.problem import Problem
from taskmentor.matching.scorers import InPlace
from taskmentor.matching.solution import Strategy
from taskmentor.matching.start import PlanStart
from taskmentor.matching.wishes import with_wish
from taskmentor.models.organisation import Organisation
from taskmentor.programmes import Programme
from taskmentor.rematching.difference import Difference
from taskmentor.rematching.limiting import IN_PLACE, Asked, counted_bonus
from taskmentor.rematching.published import Keep, Published, argument
from taskmentor.rounds import Round, round_of

__all__ = ["USUAL_BONUS", "Rematch", "in_place", "rematch"]

USUAL_BONUS = 10
"""What a pair in place is worth unless said otherwise, in points."""


@frozen(eq=False, kw_only=True)
class Rematch:
    """A round that was matched again.

    Attributes:
        before: The published plan.
        round: The new round, verified under its own organisation and programme: kept pairs are pins of the one, and
            what a pair in place is worth is a scorer of the other.
        difference: What changes.
        n_possible: How many published pairs could stay, each by itself.
        bonus: What a pair in place is worth beside its score, in points; where changes are limited, what was found.
        most_changes: How many of the possible pairs may change, None for any number.
    """

    before: Plan = field(repr=False)
    round: Round
    difference: Difference = field(repr=False)
    n_possible: int
    bonus: int
    most_changes: int | None = None

    @property
    def n_changes(self) -> int:
        """Return how many published pairs could stay and do not."""
        return self.n_possible - self.difference.kept

    @cached_property
    def value(self) -> int:
        """Return the objective of the programme's own policy where changes are limited, else that with the bonus."""
        if self.most_changes is None or not self.bonus:
            return self.round.plan.claims.value
        own, solution = _without_bonus(self.round), self.round.solution
        level = own.levels(solution.request, solution.mentor)
        worth = total(own.worth(solution.request, solution.mentor, level))
        return own.value(solution.n_matched, worth) - own.paid_for_places(solution.request, solution.mentor)

    @property
    def bound(self) -> int:
        """Return what no plan can exceed that changes as few pairs."""
        return self.value + self.gap

    @property
    def gap(self) -> int:
        """Return how far the plan is at the most from the best one that changes as few pairs; 0 is a proof.

        Source:
            Lagrangian relaxation (Geoffrion 1974): a plan of at most d changes keeps at least n - d pairs, so its value
            is at most the bound with the bonus, less the bonus for n - d pairs. What a request or a wish counts with
            the bonus is no less than what it counts without, so that no gap is wider without.
        """
        gap = self.round.plan.claims.gap
        if self.most_changes is None:
            return gap
        beyond = self.difference.kept - (self.n_possible - self.most_changes)
        return gap + counted_bonus(self.round.problem, self.bonus) * beyond

    def summary(self, *, most: int | None = 20) -> str:
        """Return what the round did and what it changes, in lines.

        Args:
            most: How many changes are told one by one; None for all.
        """
        limit = "" if self.most_changes is None else f" At most {self.most_changes:,} may change."
        lines = [
            self.round.summary(),
            f"Of {len(self.before):,} published pairs {self.n_possible:,} could stay; {self.n_changes:,} of them "
            f"change.{limit} A pair in place counts {self.bonus:,} more.",
        ]
        if self.most_changes is not None:
            lines.append(
                f"Of plans that change no more: value {self.value:,}, bound {self.bound:,}, proven gap {self.gap:,}."
            )
        return "\n".join([*lines, self.difference.text(most=most)])

    def data(self) -> dict[str, Described]:
        """Return the counts and the difference as plain data."""
        return {
            "possible": self.n_possible,
            "changes": self.n_changes,
            "most_changes": self.most_changes,
            "bonus": self.bonus,
            "value": self.value,
            "bound": self.bound,
            "gap": self.gap,
            "difference": self.difference.data(),
        }


def rematch(
    before: Round | tuple[Plan, Certificate],
    organisation: Organisation,
    programme: Programme,
    *,
    on: date,
    strategy: Strategy | None = None,
    seed: int | None = None,
    keep: Keep = "none",
    bonus: int | None = None,
    most_changes: int | None = None,
) -> Rematch:
    """Return a round matched again for what an organisation has become, with as much of it kept as was asked for.

    Args:
        before: The published round, or its plan and certificate.
        organisation: The organisation as it is now. Engagements that run, or were accepted and added by
            `Organisation.engaging`, take their places and stay in any case.
        programme: The programme.
        on: The day.
        strategy: Who solves; `Exact()` unless given, or `Ordered()` where the policy has aims. An `Exact` begins at the
            published pairs and prices.
        seed: Salts the hash that orders ids and settles ties; that of the published plan unless given.
        keep: Which published pairs stay whatever it costs: `none`, `all` that still can, or those of some mentees and
            skills. Where there are fewer places than before, `all` keeps those of most points.
        bonus: What a pair in place is worth beside its score, in points; 10 unless given. 1 settles ties, and little
            else; where one person in a hundred changed, 10 keeps 99 % of the pairs that nothing has happened to, for a
            few points in 100,000.
        most_changes: At most so many of the published pairs that could stay change, in place of a bonus: what a pair in
            place must be worth for that is found, and the gap proven. Under `requests-then-score` this stands after the
            number of requests served, and after wishes where these go before the score.

    Raises:
        InputError: If a kept pair cannot be kept (`CANNOT-STAY`), a number is out of range (`OUT-OF-RANGE`) or both are
            given (`CONFLICTING-ARGUMENTS`), every plan that serves the most requests changes more pairs
            (`TOO-FEW-CHANGES`), or the published plan contradicts itself (`INVALID-PLAN`) or is that of another
            organisation (`OTHER-ORGANISATION`).
        UnsupportedError: As `match`, and if changes are limited and the policy has aims.
        SolverError: As `match`.
    """
    plan, certificate = (before.plan, before.certificate) if isinstance(before, Round) else before
    _check_counts(bonus, most_changes)
    salt = plan.claims.seed if seed is None else seed
    published = Published.of(organisation, programme, plan, on=on, seed=salt)
    pinned = published.pinning(keep)
    if most_changes is not None and programme.policy.aims:
        raise UnsupportedError("most_changes needs one objective, and the policy has aims in an order; take a bonus.")
    usual = Ordered() if programme.policy.aims else Exact()
    chosen = _starting_at(usual if strategy is None else strategy, PlanStart(plan, certificate))
    asked = Asked(published=published, organisation=pinned, programme=programme)
    found = (
        asked.best(chosen, USUAL_BONUS if bonus is None else bonus)
        if most_changes is None
        else asked.limited(chosen, most_changes)
    )
    round_ = round_of(pinned, found.programme, found.problem, found.solution, seed=salt)
    return Rematch(
        before=plan,
        round=round_,
        difference=published.difference(round_.plan),
        n_possible=published.n_possible,
        bonus=found.bonus,
        most_changes=most_changes,
    )


def in_place(
    before: Plan, organisation: Organisation, programme: Programme, plan: Plan, *, keep: Keep = "none"
) -> tuple[Organisation, Programme]:
    """Return the organisation and the programme under which a rematch of a plan was made, for `verify` and `reopen`.

    Everything is taken from the published plan and the tables, but for the points of a pair in place, which the new
    plan says.

    Args:
        before: The published plan.
        organisation: The organisation that was matched again.
        programme: The programme.
        plan: The new plan.
        keep: What was asked to stay.
    """
    published = Published.of(organisation, programme, before, on=plan.claims.on, seed=plan.claims.seed)
    return published.pinning(keep), published.valuing(programme, _bonus_of(plan))


def _without_bonus(round_: Round) -> Problem:
    """Return the problem of a round in which a pair in place counts as any other."""
    problem, level = round_.problem, round_.programme.policy.wishes
    own = tuple(one for one in problem.point_scorers if one.name != IN_PLACE)
    if problem.wish is None:
        return evolve(problem, scorers=own)
    return evolve(problem, scorers=with_wish(own, problem.wish, level, n_places=problem.n_places), plain=own)


def _bonus_of(plan: Plan) -> int:
    """Return what a plan says that a pair in place was worth; 0 where it says nothing."""
    scorers = plan.claims.policy.get("scorers")
    for scorer in scorers if isinstance(scorers, list) else []:
        if isinstance(scorer, dict) and scorer.get("class") == InPlace.__name__:
            weight = scorer.get("weight")
            return weight if isinstance(weight, int) else 0
    return 0


def _check_counts(bonus: int | None, most_changes: int | None) -> None:
    for name, number in (("bonus", bonus), ("most_changes", most_changes)):
        if number is not None and (type(number) is not int or number < 0):
            problem = f"{shown(number)} is not a whole number of 0 or more"
            raise InputError([argument("OUT-OF-RANGE", name, problem, "Give one such as 1.")])
    if bonus is not None and most_changes is not None:
        problem, remedy = "most_changes stands in place of a bonus", "Leave one of the two out."
        raise InputError([argument("CONFLICTING-ARGUMENTS", "bonus", problem, remedy)])


def _starting_at(strategy: Strategy, start: PlanStart) -> Strategy:
    return evolve(strategy, start=start) if isinstance(strategy, Exact) and strategy.start is None else strategy
