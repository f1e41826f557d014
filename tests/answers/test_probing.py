"""What could be gained by misreporting, from cases worked out by hand and against matching again from the tables."""

from collections import Counter
from datetime import date
from fractions import Fraction

import numpy as np
import pytest
from attrs import evolve
from numpy.random import default_rng

from taskmentor.answers import probing
from taskmentor.answers.probing import Misreport, Terms, probe, probe_everybody
from taskmentor.errors import TooLargeError, UnknownIdError
from taskmentor.formats.reading import organisation_from_rows, read_organisation
from taskmentor.matching.flow import Flow
from taskmentor.matching.policy import Policy
from taskmentor.matching.rules import Qualified
from taskmentor.matching.scorers import Importance, LevelFit
from taskmentor.matching.stable import Stable
from taskmentor.programmes import task_based
from taskmentor.rounds import Round, match
from taskmentor.sample import folder
from tests.answers.drawn import programme, rounds
from tests.organisations import ON, Row, organisation


def _terms(round_: Round, person_id: str) -> Terms:
    """What a plan gives to somebody who told the truth, from its rows."""
    plan = round_.plan
    learns, teaches = plan.mentee_id == person_id, plan.mentor_id == person_id
    return Terms(
        served=int(learns.sum()), score=int(plan.score[learns].sum()),
        taught=int(teaches.sum()), taught_score=int(plan.score[teaches].sum()),
    )  # fmt: skip


def test_the_truth_is_what_the_plan_gives() -> None:
    """And every misreport is of somebody who has something to misreport."""
    tried: Counter[Misreport] = Counter()
    for round_ in rounds(5, n=6):
        found = probe_everybody(round_)
        for one in found.probes:
            assert one.truth == _terms(round_, one.person_id)
            tried.update(attempt.misreport for attempt in one.attempts)
            assert set(one.gaining) <= set(one.attempts)
        for kind, (n, gaining) in found.tried().items():
            assert 0 <= gaining <= n
            assert n == sum(attempt.misreport is kind for one in found.probes for attempt in one.attempts)
    assert set(tried) >= {
        Misreport.FEWER_PLACES, Misreport.SINGLE_REQUEST, Misreport.LOWER_LEVEL, Misreport.HIGHER_LEVEL
    }  # fmt: skip


def test_fewer_places_are_what_the_tables_would_say() -> None:
    """Matching again with the smaller capacity in the table gives the same terms: nothing is true of it but that."""
    compared = 0
    for round_ in rounds(6, n=12):
        people, policy = round_.organisation.people, round_.programme.policy
        if policy.places_per_mentor is not None or len(round_.organisation.pins) or len(round_.organisation.engaged):
            continue
        for code in np.flatnonzero(people.capacity > 1).tolist():
            found = probe(round_, str(people.ids[code]))
            for one in found.attempts:
                if one.misreport is Misreport.FEWER_PLACES:
                    capacity = people.capacity.copy()
                    capacity[code] = int(one.words.split()[0])
                    other = evolve(round_.organisation, people=people.with_capacity(capacity))
                    again = match(other, programme(policy), on=ON, strategy=Flow())
                    assert one.terms == _terms(again, found.person_id)
                    compared += 1
    assert compared > 4


def test_a_single_request_pays_where_the_number_served_counts() -> None:
    """Field case: who asks for two things is served in the less important one, and asking for one alone gets it."""
    org = organisation(
        {"a": {"mentee_limit": 1}, "b": {"mentee_limit": 1}, "x": {"capacity": 1}, "y": {"capacity": 1}},
        knows={"x": {"sql": 4}, "y": {"go": 4}},
        requests=[
            {"person_id": "a", "skill_id": "sql", "target_level": 3, "priority": 3},
            {"person_id": "a", "skill_id": "go", "target_level": 3, "priority": 1},
            {"person_id": "b", "skill_id": "sql", "target_level": 3, "priority": 5},
        ],
    )  # fmt: skip
    round_ = match(org, programme(Policy(rules=(Qualified(),), scorers=(Importance(),))), on=ON)
    assert (round_.solution.n_matched, _terms(round_, "a").score) == (2, 20)
    found = probe(round_, "a")
    alone = {one.words: one for one in found.attempts if one.misreport is Misreport.SINGLE_REQUEST}
    assert alone["sql alone"].terms.served == 0
    assert not alone["sql alone"].gains
    weighty = match(
        org, programme(Policy(rules=(Qualified(),), scorers=(Importance(weight=1),), objective="score")), on=ON
    )
    assert probe(weighty, "b").gaining == ()


def test_a_mentor_who_offers_less_may_get_the_better_ones() -> None:
    """The case that was reported from the field: little availability, and only the best pair is left."""
    org = organisation(
        {"a": {}, "b": {}, "x": {"capacity": 2}}, knows={"x": {"sql": 4, "go": 4}},
        requests=[
            {"person_id": "a", "skill_id": "sql", "target_level": 3, "priority": 5},
            {"person_id": "b", "skill_id": "go", "target_level": 3, "priority": 1},
        ],
    )  # fmt: skip
    round_ = match(org, programme(Policy(rules=(Qualified(),), scorers=(Importance(),))), on=ON)
    found = probe(round_, "x")
    (one,) = found.gaining
    assert (one.misreport, one.words) == (Misreport.FEWER_PLACES, "1 place left instead of 2")
    assert (found.truth.per_mentee, one.terms.per_mentee) == (Fraction(60), Fraction(100))
    assert str(found).splitlines() == [
        "x gains by 1 of 1 misreports; now 0 requests served for 0 points, 2 mentored for 120.",
        "  1 place left instead of 2: 0 requests served for 0 points, 1 mentored for 100",
    ]
    everybody = probe_everybody(round_)
    assert "1 of 3 people would gain by misreporting alone." in str(everybody)
    data = everybody.as_data()
    assert data["gaining"] == 1
    assert data["misreports"] == {
        "fewer places": {"tried": 1, "gaining": 1}, "a higher self-assessment": {"tried": 2, "gaining": 0}
    }  # fmt: skip


def test_a_level_that_is_not_so_counts_nothing_in_truth() -> None:
    """Who says less than they know is admitted to mentors who are below them: that is no gain."""
    org = organisation(
        {"a": {}, "x": {"capacity": 1}}, knows={"x": {"sql": 2}}, wants={"a": {"sql": 4}},
        assessments=[
            {"person_id": "x", "skill_id": "sql", "level": 2, "source": "manager", "assessed_on": date(2026, 1, 1)},
            {"person_id": "a", "skill_id": "sql", "level": 2, "source": "self", "assessed_on": ON},
        ],
    )  # fmt: skip
    low = Policy(rules=(_Above(),), scorers=(LevelFit(),))
    found = probe(match(org, programme(low), on=ON), "a")
    lower = next(one for one in found.attempts if one.misreport is Misreport.LOWER_LEVEL)
    assert lower.words == "level 1 of sql"
    assert (lower.terms.served, lower.gains) == (0, False)
    assert any(one.misreport is Misreport.HIGHER_LEVEL for one in found.attempts)


class _Above:
    """Admits mentors above the mentee's own level, whatever the target."""

    name = "above"

    def compile(self, pool):  # type: ignore[no-untyped-def]
        from taskmentor.matching.shapes import LevelFloor

        return LevelFloor((pool.requests.current + 1).astype(np.int8))


def _market(seed: int) -> Round:
    """A round in which everybody has a strict list of all others, one place and one request."""
    rng = default_rng([92, seed])
    mentees, mentors = [f"a{n}" for n in range(5)], [f"x{n}" for n in range(5)]
    lists: list[Row] = [
        {"person_id": one, "side": side, "preferred_id": other, "rank": rank}
        for own, others, side in ((mentees, mentors, "mentee"), (mentors, mentees, "mentor"))
        for one in own
        for rank, other in enumerate(rng.permutation(others).tolist(), start=1)
    ]
    org = organisation(
        {**{one: {"mentee_limit": 1} for one in mentees}, **{one: {"capacity": 1} for one in mentors}},
        knows={one: {"sql": 4} for one in mentors}, wants={one: {"sql": 3} for one in mentees}, preferences=lists,
    )  # fmt: skip
    return match(org, programme(Policy(rules=(Qualified(),), scorers=())), on=ON, strategy=Stable())


def test_naming_one_wish_alone_only_risks_being_left_out() -> None:
    """Dubins and Freedman (1981), Roth (1982): the side that proposes gains nothing by cutting a list."""
    tried = 0
    for seed in range(6):
        round_ = _market(seed)
        first = {one: str(round_.plan.mentor_id[place]) for place, one in enumerate(round_.plan.mentee_id.tolist())}
        for person_id, given in first.items():
            found = probe(round_, person_id, strategy=Stable())
            cut = [one for one in found.attempts if one.misreport is Misreport.FIRST_WISH_ONLY]
            assert len(cut) == 1
            wanted = cut[0].words.removesuffix(" alone")
            # They get their first wish by naming it alone exactly where they have it anyway.
            assert cut[0].terms.served == (given == wanted)
            tried += 1
    assert tried == 30


def test_what_cannot_be_asked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    round_ = match(read_organisation(folder()), task_based(), on=date(2026, 10, 1))
    with pytest.raises(UnknownIdError):
        probe(round_, "nobody")
    monkeypatch.setattr(probing, "_MOST_PEOPLE", 3)
    with pytest.raises(TooLargeError, match="probe some of them one by one"):
        probe_everybody(round_)
    assert probe(round_, "p-0042").as_data()["person_id"] == "p-0042"
    assert organisation_from_rows is not None
