"""The oracle: for any prices, the mentors worth most to each kind, whoever looks and however the work is cut."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.random import default_rng

from taskmentor.matching.kinds import Kinds
from taskmentor.matching.oracle import Oracle, workers
from tests.markets import NEVER, market_of, worths
from tests.shaped_problems import FAMILIES, shaped


@pytest.mark.parametrize("compiled", [False, True])
def test_kinds_are_answered_in_the_order_they_are_asked_in_however_the_work_is_cut(
    monkeypatch: pytest.MonkeyPatch, compiled: bool
) -> None:
    """Would be broken: which list belongs to which kind, with threads and without, in one part and in many."""
    for number in range(30):
        rng = default_rng([91, number])
        problem = shaped(rng, FAMILIES["anything"], requests=25, mentors=12)
        kinds = Kinds.of(problem, problem.free)
        price = rng.integers(0, 6, problem.n_mentors)
        turn = rng.integers(0, problem.n_mentors, problem.n_requests)
        answers = []
        with ThreadPoolExecutor(2) as threads:
            for chunk, executor in ((10**9, None), (600, None), (600, threads)):
                monkeypatch.setattr("taskmentor.matching.oracle._CHUNK", chunk)
                oracle = Oracle(kinds, compiled=compiled, executor=executor)
                asked = oracle.by_skill[:: 1 + number % 3]
                near = oracle.nearest(asked, price, asked % 4 + 1)
                best = oracle.best(price, turn, 3)
                columns = (
                    near.count,
                    near.beyond,
                    near.mentor,
                    near.net,
                    best.request,
                    best.mentor,
                    best.level,
                    best.net,
                )
                answers.append([column.tolist() for column in columns])
                assert len(near.count) == len(asked)
        assert answers[0] == answers[1] == answers[2]


def test_lists_are_as_long_as_asked_for_or_as_there_are_mentors() -> None:
    """Would be broken: room for lists, which is taken before anybody is looked at."""
    problem = shaped(default_rng(3), FAMILIES["ties"], requests=20, mentors=9)
    oracle = Oracle(Kinds.of(problem, problem.free), compiled=False, executor=None)
    everybody = oracle.nearest(oracle.by_skill, np.zeros(9, np.int64), np.full(len(oracle.by_skill), 10**6))
    assert (everybody.count <= np.maximum(oracle.kinds.scan.kind_count[oracle.by_skill], 1)).all()
    assert (everybody.beyond == oracle.kinds.scan.least).all()
    one = oracle.nearest(oracle.by_skill, np.zeros(9, np.int64), np.ones(len(oracle.by_skill), np.int64))
    assert (one.count == np.minimum(everybody.count, 1)).all()


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_any_pair_is_worth_what_the_problem_says_and_far_less_where_it_may_not_be_made(
    family: str, compiled: bool
) -> None:
    """Would be broken: what plans are worth while they are made, and what is kept of an earlier one."""
    n_excepted = 0
    for number in range(15):
        problem = shaped(default_rng([92, number]), FAMILIES[family], requests=12, mentors=9)
        market = market_of(problem, compiled=compiled)
        request = np.repeat(market.request, problem.n_mentors)
        mentor = np.tile(np.arange(problem.n_mentors), len(market.request))
        points, excepted = market.oracle.points(request, mentor)
        expected = np.concatenate([np.zeros(0, np.int64), *(worths(market, one) for one in market.request.tolist())])
        may = expected > NEVER
        assert ((points > market.asked.least) == may).all()
        assert (points + market.asked.base[request])[may].tolist() == expected[may].tolist()
        own = market.kinds.exceptions.take(market.request)
        listed = set(zip(np.repeat(market.request, np.diff(own.start)).tolist(), own.mentor.tolist(), strict=True))
        assert set(zip(request[excepted].tolist(), mentor[excepted].tolist(), strict=True)) == listed
        n_excepted += len(listed)
    assert n_excepted > 20 or family != "single pairs"


def test_nobody_is_asked_about_nobody() -> None:
    """Would be broken: problems without requests."""
    problem = shaped(default_rng(3), FAMILIES["ties"], requests=0, mentors=3)
    oracle = Oracle(Kinds.of(problem, problem.free), compiled=False, executor=None)
    found = oracle.nearest(oracle.by_skill, np.zeros(3, np.int64), np.zeros(0, np.int64))
    assert len(found.count) == len(found.mentor) == 0


def test_threads_are_taken_only_where_machine_code_runs_on_several_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Would be broken: an executor of the caller's, which must be used and left open."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    with ThreadPoolExecutor(1) as own:
        for compiled in (False, True):
            with workers(own, compiled=compiled) as given:
                assert given is own
        assert own.submit(int).result() == 0
    with workers(None, compiled=False) as given:
        assert given is None
    with workers(None, compiled=True) as given:
        assert isinstance(given, ThreadPoolExecutor)
    for cores in (1, None):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        with workers(None, compiled=True) as given:
            assert given is None
