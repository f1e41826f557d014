"""Relations that hold between the plans of related problems, for every strategy for which they do.

The relations of problems are in `tests/metamorphic.py`, numbered as in the list of twenty-four that the project set
itself; those of whole organisations are here. The five of the engine stand with the store, whose promises they are:

- commands to different streams commute: `test_commands_to_different_streams_commute` in `tests/store/test_contract.py`;
- a snapshot anywhere gives the same engagement: `test_a_snapshot_anywhere_gives_the_same_engagement`, in the same file;
- a command twice is done once: `test_a_command_that_comes_twice_gets_its_first_answer`, in the same file;
- a log is written the same from every store, and every changed byte of it is found: `tests/store/test_logfile.py`;
- erasing one person leaves everybody else as they were: `test_others_keep_theirs` in `tests/store/test_erasing.py`.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import cached_property, lru_cache

import pytest
from attrs import frozen
from numpy.random import Generator, default_rng

from taskmentor.formats.reading import organisation_from_rows
from taskmentor.matching.ids import pool_of, request_ids
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.solution import Solution, solve
from taskmentor.models.assessments import Assessment, Source
from taskmentor.models.organisation import Organisation
from taskmentor.proficiency import gaps
from taskmentor.testing.draws import Seeded
from taskmentor.testing.policies import random_policy
from taskmentor.testing.small import SmallProblem
from taskmentor.testing.tables import ON, Row, Tables, random_tables, renamed, shuffled
from tests.metamorphic import CONTENDERS, RELATIONS, Ask, Contender, Relation

N_PROBLEMS = 500
"""So many in the long run, for each relation and strategy, in which there is something to compare."""

N_QUICK, N_SLOW = 2, 1
MOST_DRAWS = 40
FEW_OR_ALL = [pytest.param(False, id="few"), pytest.param(True, id="all", marks=pytest.mark.long)]


def wanted(contender: Contender, *, thorough: bool) -> int:
    """Return how many problems there have to be in which there is something to compare."""
    if thorough:
        return N_PROBLEMS
    return N_QUICK if contender.quick else N_SLOW


@pytest.mark.parametrize("thorough", FEW_OR_ALL)
@pytest.mark.parametrize("who", CONTENDERS)
@pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation.name)
def test_a_relation_of_problems_holds(relation: Relation, who: str, thorough: bool) -> None:
    """Would be broken: what the name says, for every strategy for which `RELATIONS` does not say why not."""
    contender = CONTENDERS[who]
    if not relation.holds(contender):
        assert relation.elsewhere
        return

    def compared(number: int) -> bool:
        rng = default_rng([20, number])
        return relation.compare(relation.drawn(rng, contender), Ask(contender), rng)

    until(wanted(contender, thorough=thorough), compared)


def test_all_relations_are_there() -> None:
    """Would be broken: a relation that nobody looks at; two of them speak of organisations alone."""
    numbers = {number for relation in RELATIONS for number in relation.numbers}
    assert numbers | {23, 24} == set(range(1, 25))


# Whole organisations


@frozen(eq=False)
class Round:
    """An organisation on a day under a policy, and the ids of people in the round that it is compared with."""

    organisation: Organisation
    policy: Policy
    on: date = ON
    names: dict[str, str] | None = None

    @cached_property
    def problem(self) -> Problem:
        return daily_problem(self.organisation, self.policy, on=self.on)

    def plan(self, solution: Solution, names: dict[str, str] | None = None) -> list[tuple[str, str, str]]:
        """Return a plan in ids: mentee, skill, mentor."""
        pool = pool_of(self.problem)
        mentees, skills = (column.tolist() for column in request_ids(self.problem, solution.request))
        mentors = pool.organisation.people.ids[pool.mentors[solution.mentor]].tolist()
        if names is not None:
            mentees, mentors = [names[one] for one in mentees], [names[one] for one in mentors]
        return sorted(zip(mentees, skills, mentors, strict=True))


def rows_in_another_order(tables: Tables, policy: Policy, rng: Generator) -> Round:
    return Round(organisation_from_rows(shuffled(tables, Seeded(rng))), policy)


def other_ids(tables: Tables, policy: Policy, rng: Generator) -> Round:
    changed, names = renamed(tables, Seeded(rng))
    return Round(organisation_from_rows(changed), policy, names=names)


def every_day_a_week_later(tables: Tables, policy: Policy, rng: Generator) -> Round:
    """Only distances between days matter; no clock changes and no leap day lies in between."""
    week = timedelta(days=7)

    def later(row: Row) -> Row:
        return {column: cell + week if isinstance(cell, date) else cell for column, cell in row.items()}

    changed = {name: [later(row) for row in rows] for name, rows in tables.items()}
    return Round(organisation_from_rows(changed), policy, on=ON + week)


Change = Callable[[Tables, Policy, Generator], Round]


@lru_cache(maxsize=64)
def two_rounds(change: Change, number: int) -> tuple[Round, Round]:
    """Return a random round, and the same one changed."""
    rng = default_rng([24, number])
    tables, policy = random_tables(Seeded(rng)), random_policy(Seeded(rng))
    return Round(organisation_from_rows(tables), policy), change(tables, policy, rng)


def until(n: int, compared: Callable[[int], bool]) -> None:
    """Compare until there was something to compare so many times."""
    done = 0
    for number in range(MOST_DRAWS * n):
        done += compared(number)
        if done == n:
            return
    raise AssertionError(f"only {done} of {n} had anything to compare")


@pytest.mark.parametrize("thorough", FEW_OR_ALL)
@pytest.mark.parametrize("who", CONTENDERS)
@pytest.mark.parametrize("change", [rows_in_another_order, every_day_a_week_later], ids=lambda one: one.__name__)
def test_an_organisation_that_is_the_same_gets_the_same_plan(change: Change, who: str, thorough: bool) -> None:
    """Relations 1 and 24: neither the order of rows nor the date on the calendar means anything."""
    strategy = CONTENDERS[who].strategy

    def compared(number: int) -> bool:
        before, after = two_rounds(change, number)
        one, other = solve(before.problem, strategy), solve(after.problem, strategy)
        assert before.plan(one) == after.plan(other)
        assert (one.value, one.bound) == (other.value, other.bound)
        return one.n_matched > 0

    until(N_PROBLEMS if thorough else 1, compared)


@pytest.mark.parametrize("thorough", FEW_OR_ALL)
@pytest.mark.parametrize("who", [name for name, contender in CONTENDERS.items() if contender.exact])
def test_other_ids_change_no_optimum(who: str, thorough: bool) -> None:
    """Relation 2, where the optimum is unique; ties are settled by a hash of ids, on purpose.

    For strategies that are not exact it holds where no two pairs are equal, which organisations hardly ever are.
    """
    strategy = CONTENDERS[who].strategy

    def compared(number: int) -> bool:
        before, after = two_rounds(other_ids, number)
        one, other = solve(before.problem, strategy), solve(after.problem, strategy)
        assert one.value == other.value
        small = SmallProblem.of(before.problem)
        if not one.n_matched or small.most_plans > 5_000 or len(small.optimal()[1]) > 1:
            return False
        assert before.plan(one, after.names) == after.plan(other)
        return True

    until(N_PROBLEMS if thorough else 1, compared)


@pytest.mark.parametrize("thorough", FEW_OR_ALL)
@pytest.mark.parametrize("who", CONTENDERS)
def test_no_gaps_give_an_empty_plan(who: str, thorough: bool) -> None:
    """Relation 23: where everybody is at their target there is nothing to match, and that is optimal."""

    def compared(number: int) -> bool:
        before, closed = two_rounds(no_gaps, number)
        solution = solve(closed.problem, CONTENDERS[who].strategy)
        assert (solution.n_matched, solution.value, solution.bound, str(solution.status)) == (0, 0, 0, "optimal")
        return before.problem.n_requests > 0

    until(N_PROBLEMS if thorough else 1, compared)


def no_gaps(tables: Tables, policy: Policy, rng: Generator) -> Round:
    """Return the round in which everybody has reached what their role requires."""
    organisation = organisation_from_rows({name: rows for name, rows in tables.items() if name != "requests"})
    outcomes = [
        Assessment(
            person_id=gap.person_id, skill_id=gap.skill_id, level=gap.required, source=Source.OUTCOME, assessed_on=ON
        )
        for gap in gaps(organisation, on=ON)
    ]
    return Round(organisation.assessed(*outcomes), policy)
