"""Whom to recruit, held against every smaller set of new mentors."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations_with_replacement

import numpy as np
import pytest
from attrs import evolve
from numpy.random import Generator, default_rng

from taskmentor.answers.recruiting import Recruit, Recruiting, recruit, with_recruits
from taskmentor.errors import InputError, UnknownIdError, UnsupportedError
from taskmentor.formats.reading import organisation_from_rows, read_organisation
from taskmentor.matching.flow import Flow
from taskmentor.matching.greedy import Greedy
from taskmentor.matching.policy import Policy
from taskmentor.matching.problem import daily_problem
from taskmentor.matching.rules import (
    MentorsWhere,
    NotManager,
    Qualified,
    Rule,
    SameLocation,
    Senior,
    SharedLanguage,
    StaysFor,
    WithinSkills,
)
from taskmentor.matching.solution import solve
from taskmentor.models.competency import SkillId
from taskmentor.programmes import task_based
from taskmentor.rounds import match
from taskmentor.sample import folder
from tests.answers.drawn import CHUNKS, programme
from tests.organisations import ON, Row, organisation, random_tables

RULES: tuple[Rule, ...] = (
    NotManager(),
    SharedLanguage(),
    StaysFor(days=20),
    SameLocation(),
    WithinSkills(skills=("s0",)),
)

Tables = Mapping[str, Sequence[Row]]


def _policy(rng: Generator) -> Policy:
    chosen = rng.choice(len(RULES), int(rng.integers(0, 3)), replace=False).tolist()
    qualified = (Qualified(above_target=int(rng.integers(0, 2))),) if rng.random() < 0.8 else ()
    most = int(rng.integers(1, 3)) if rng.random() < 0.2 else None
    return Policy(rules=(*qualified, *(RULES[place] for place in chosen)), scorers=(), places_per_mentor=most)


def _served(tables: Tables, policy: Policy, recruits: Sequence[Recruit]) -> int:
    """How many requests are served with new rows in the tables themselves."""
    spoken = sorted({one for row in tables["people"] for one in str(row["languages"] or "").split(";") if one})
    people = [
        {"person_id": f"r{number}", "capacity": one.places, "mentee_limit": 0, "languages": ";".join(spoken) or None,
         "location": one.location or None}
        for number, one in enumerate(recruits)
    ]  # fmt: skip
    known = [
        {"person_id": f"r{number}", "skill_id": one.skill_id, "level": one.level, "source": "test", "assessed_on": ON}
        for number, one in enumerate(recruits)
    ]
    grown = {
        **tables,
        "people": [*tables["people"], *people],
        "assessments": [*tables["assessments"], *known],
    }
    problem = daily_problem(organisation_from_rows(grown), policy, on=ON)
    return solve(problem, Flow(ties="any")).n_matched


def _kinds(tables: Tables, policy: Policy, places: int) -> list[Recruit]:
    """Every kind of mentor that there could be, at the highest level, which no rule here bars."""
    highest = max(int(str(row["level"])) for row in tables["scale"])
    locations = [""]
    if any(isinstance(rule, SameLocation) for rule in policy.rules):
        locations = sorted({str(row["location"]) for row in tables["people"] if row["location"]})
    return [
        Recruit(skill_id=SkillId(str(row["skill_id"])), level=highest, location=where, places=places)
        for row in tables["skills"]
        for where in locations
    ]


def _smallest(tables: Tables, policy: Policy, places: int, aim: int, most: int) -> int | None:
    """The size of a smallest set, by trying all of them up to a size."""
    kinds = _kinds(tables, policy, places)
    for n in range(most + 1):
        for some in combinations_with_replacement(kinds, n):
            if _served(tables, policy, some) >= aim:
                return n
    return None


@pytest.mark.parametrize("chunk", CHUNKS)
def test_no_smaller_set_serves_as_many(chunk: int) -> None:
    """All sets of new mentors up to the size are tried, as rows of the tables, over random organisations and rules."""
    compared: Counter[bool] = Counter()
    for draw in range(12):
        rng = default_rng([77, chunk, draw])
        tables, policy = random_tables(rng), _policy(rng)
        tables.pop("engaged", None)
        round_ = match(organisation_from_rows(tables), programme(policy), on=ON)
        more, places = int(rng.integers(1, 4)), int(rng.integers(1, 3))
        if not round_.problem.n_requests:
            continue
        found = recruit(round_, more=more, places=places)
        capped = places if policy.places_per_mentor is None else min(places, policy.places_per_mentor)
        aim = found.before + more
        smallest = _smallest(tables, policy, capped, aim, most=min(found.n if found.enough else 2, 2))
        if found.enough:
            if capped == 1:
                assert found.smallest
            assert found.after >= aim
            assert smallest is None or found.at_least <= smallest <= found.n
            if found.smallest and found.n <= 2:
                assert smallest == found.n
        else:
            assert smallest is None
            assert found.after == found.ceiling < aim
        compared[found.enough] += 1
    assert sum(compared.values()) > 5


def test_with_recruits_is_the_same_as_rows_of_the_tables() -> None:
    for draw in range(20):
        rng = default_rng([78, draw])
        tables, policy = random_tables(rng), _policy(rng)
        given = organisation_from_rows(tables)
        highest = given.model.scale.highest
        new = Recruit(skill_id=given.model.skill_ids[0], level=highest, places=2)
        grown = with_recruits(given, ((new, 2),), on=ON)
        served = solve(daily_problem(grown, policy, on=ON), Flow(ties="any")).n_matched
        assert served == _served(tables, policy, [new, new])
        assert len(grown.people) == len(given.people) + 2
        assert grown.people.ids.tolist() == sorted(grown.people.ids.tolist())


def test_a_mentor_is_recruited_for_what_frees_another() -> None:
    """Nobody new teaches what is asked for in vain: the one who can is freed by somebody new for the other skill."""
    org = organisation(
        {"a": {}, "b": {}, "x": {"capacity": 1, "x_kind": "old"}},
        knows={"x": {"sql": 5, "go": 5}}, wants={"a": {"sql": 3}, "b": {"go": 3}},
    )  # fmt: skip
    found = recruit(match(org, task_based(), on=ON), more=1)
    assert found.n == found.at_least == 1
    assert (found.before, found.possible, found.after, found.ceiling) == (1, 1, 2, 2)
    assert str(found).startswith("1 more mentor serves 1 request more, of 1 wanted")


def test_where_limits_stand_in_the_way_nobody_helps() -> None:
    org = organisation(
        {"a": {"mentee_limit": 1}, "x": {"capacity": 3}},
        knows={"x": {"sql": 5, "go": 5}}, wants={"a": {"sql": 3, "go": 3}},
    )  # fmt: skip
    found = recruit(match(org, task_based(), on=ON), more=2)
    assert (found.recruits, found.enough, found.ceiling) == ((), False, 1)
    assert "no number of new mentors serves more than +0" in str(found)
    data = found.as_data()
    assert (data["n"], data["smallest"]) == (0, False)


def test_what_a_better_plan_serves_needs_nobody() -> None:
    org = organisation(
        {"a": {}, "b": {}, "x": {"capacity": 1}, "y": {"capacity": 1}},
        knows={"x": {"sql": 4}, "y": {"sql": 5}}, wants={"a": {"sql": 3}, "b": {"sql": 5}},
    )  # fmt: skip
    round_ = match(org, programme(evolve(task_based().policy, scorers=())), on=ON, strategy=Greedy())
    for more in (1, 2):
        found = recruit(round_, more=more)
        assert found.possible == 2
        assert found.n == found.at_least == max(0, round_.solution.n_matched + more - 2) or not found.enough


def test_places_matter_where_a_rule_asks_for_the_same_location() -> None:
    org = organisation({"a": {"location": "Graz"}, "b": {"location": "Lyon"}}, wants={"a": {"sql": 3}, "b": {"sql": 3}})
    here = recruit(match(org, programme(Policy(rules=(Qualified(), SameLocation()), scorers=())), on=ON), more=2)
    assert [(one.location, n) for one, n in here.recruits] == [("Graz", 1), ("Lyon", 1)]
    assert "sql at level 3 in Graz" in str(here)
    anywhere = recruit(match(org, programme(Policy(rules=(Qualified(),), scorers=())), on=ON), more=2)
    assert [(one.location, n) for one, n in anywhere.recruits] == [("", 2)]


def test_new_mentors_can_be_like_somebody() -> None:
    """A rule that asks for what nobody is known to have admits those who are like one who has it."""
    org = organisation(
        {"a": {"grade": 1}, "x": {"grade": 4, "x_team": 3, "x_asked": "yes", "department": "data", "location": "Graz"}},
        wants={"a": {"sql": 3}},
    )
    rules = (Qualified(), Senior(), MentorsWhere(column="x_asked"), MentorsWhere(column="x_team", values=("3",)))
    named = tuple(evolve(rule) for rule in rules[:3])
    round_ = match(org, programme(Policy(rules=named, scorers=())), on=ON)
    assert not recruit(round_, more=1).enough
    assert recruit(round_, more=1, like="x").smallest
    with pytest.raises(UnknownIdError):
        recruit(round_, more=1, like="nobody")


def test_several_places_each_need_fewer_mentors() -> None:
    sample = match(read_organisation(folder()), task_based(), on=date(2026, 10, 1))
    singly, found = recruit(sample, more=8), recruit(sample, more=8, places=3)
    assert (singly.n, singly.at_least, singly.smallest) == (8, 8, True)
    assert found.n == found.at_least == 3
    assert found.after >= 56
    far = recruit(sample, more=1_000)
    assert not far.enough
    assert far.after == far.ceiling
    assert isinstance(far, Recruiting)


def test_what_cannot_be_asked_is_refused() -> None:
    org = organisation("a b", wants={"a": {"sql": 3}})
    by_score = match(org, programme(Policy(objective="score")), on=ON)
    with pytest.raises(UnsupportedError, match="requests-then-score"):
        recruit(by_score, more=1)
    with pytest.raises(InputError) as refused:
        recruit(match(org, task_based(), on=ON), more=0, places=0)
    assert [fault.column for fault in refused.value.faults] == ["more", "places"]


def test_the_rows_of_new_mentors_are_whole() -> None:
    org = organisation({"a": {"x_team": 3, "languages": "en;de"}, "z": {"languages": "fr"}})
    grown = with_recruits(org, ((Recruit(skill_id=org.model.skill_ids[0], level=2), 2),), on=ON)
    one = grown.people[len(org.people)]
    assert one.languages == ("de", "en", "fr")
    assert (one.capacity, one.mentee_limit, one.extras) == (1, 0, ())
    assert np.isnat(grown.people.left_on[-1])
