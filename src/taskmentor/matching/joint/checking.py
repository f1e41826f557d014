"""What is wrong with a plan of one pool, found without any solver."""

from collections import Counter
from collections.abc import Iterator

from taskmentor.matching.joint.offers import JointProblem
from taskmentor.matching.joint.solving import JointSolution
from taskmentor.matching.joint.uses import bound

__all__ = ["joint_faults"]


def joint_faults(problem: JointProblem, solution: JointSolution) -> tuple[str, ...]:
    """Return everything that is wrong with a solution, nothing where it holds: its plan, its value and its bound.

    Args:
        problem: The problem, made anew from the tables.
        solution: The solution.

    Complexity:
        O(n log n) for n pairs, and O(lots x capacity squared).
    """
    if len(solution.pairs) and not 0 <= solution.pairs.min() <= solution.pairs.max() < len(problem):
        return ("a pair is none of the problem's",)
    return (*_limits_passed(problem, solution.pairs.tolist()), *_false_claims(problem, solution))


def _limits_passed(problem: JointProblem, pairs: list[int]) -> Iterator[str]:
    requests = Counter(int(problem.request[pair]) for pair in pairs)
    yield from (f"request {request} is served {n} times" for request, n in requests.items() if n > 1)
    mentees = Counter(int(problem.mentee[problem.request[pair]]) for pair in pairs)
    for mentee, n in mentees.items():
        if n > problem.limit[mentee]:
            yield f"mentee {mentee} is served {n} times and has {problem.limit[mentee]} places"
    taken: Counter[int] = Counter()
    for lot, served in Counter(int(problem.lot[pair]) for pair in pairs).items():
        offer = problem.offer_of(lot)
        places = -(-served // offer.seats)
        taken[problem.mentor_of(lot)] += places
        if served < offer.least * places:
            yield f"lot {lot} serves {served} in {places} places, each of which needs {offer.least}"
    for mentor, places in taken.items():
        if places > problem.capacity[mentor]:
            yield f"mentor {mentor} opens {places} places and has {problem.capacity[mentor]}"


def _false_claims(problem: JointProblem, solution: JointSolution) -> Iterator[str]:
    value = sum(problem.weight[solution.pairs].tolist())
    if value != solution.value:
        yield f"the value is {value:,}, not {solution.value:,}"
    proven = bound(problem, solution.prices)
    if proven != solution.bound:
        yield f"the prices prove {proven:,}, not {solution.bound:,}"
