"""Invented organisations: the same for the same seed, shaped like real ones, and fit for everything else here."""

from datetime import timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from attrs import evolve

from taskmentor.formats.onet import convert_onet
from taskmentor.formats.reading import organisation_from_rows, read_organisation
from taskmentor.formats.writing import write_organisation
from taskmentor.matching.certificate import verify_solution
from taskmentor.matching.flow import Flow
from taskmentor.matching.problem import Problem, daily_problem
from taskmentor.matching.requests import requests
from taskmentor.matching.solution import Status, solve
from taskmentor.models.assessments import Source
from taskmentor.models.competency import CompetencyModel
from taskmentor.models.organisation import Organisation
from taskmentor.proficiency import confirmed_proficiency, gaps
from taskmentor.programmes import task_based
from taskmentor.synthetic import BALANCED, DAY, SCARCE, SURPLUS, organisation, organisation_on
from tests.data import real_data
from tests.models.small import small_rows
from tests.real import organograms

REPOSITORY = Path(__file__).resolve().parent.parent
SIZES = (10, 100, 1_000, 10_000)


@cache
def invented(n_people: int, seed: int = 0, places_per_request: float = SCARCE) -> Organisation:
    return organisation(n_people, seed=seed, places_per_request=places_per_request)


@cache
def problem(n_people: int) -> Problem:
    return daily_problem(invented(n_people), task_based().policy, on=DAY)


@pytest.mark.parametrize("n_people", SIZES)
def test_the_same_seed_gives_the_same_organisation(n_people: int) -> None:
    assert organisation(n_people, seed=0).digest == invented(n_people).digest


def test_a_seed_means_the_same_on_every_machine_and_with_every_numpy() -> None:
    """Changing the generator on purpose changes these; nothing else may."""
    assert invented(10).digest[:16] == "abbcd7b6f744f315"
    assert invented(1_000, seed=7).digest[:16] == "99dabbda3aaa2dbc"


@pytest.mark.parametrize("n_people", SIZES)
def test_another_seed_gives_another_organisation(n_people: int) -> None:
    assert invented(n_people, seed=1).digest != invented(n_people).digest


@pytest.mark.parametrize("n_people", [11, 57, 130, 411, 2_499, 2_500, 4_001])
def test_odd_sizes_have_exactly_so_many_people_and_one_top(n_people: int) -> None:
    people = invented(n_people).people
    assert len(people) == n_people
    assert (people.manager == -1).sum() == 1


@pytest.mark.parametrize("n_people", [-1, 0, 9])
def test_fewer_than_ten_people_are_refused(n_people: int) -> None:
    with pytest.raises(ValueError, match="n_people must be 10 or more"):
        organisation(n_people)


@pytest.mark.parametrize("places", [-0.1, 2.01, float("nan")])
def test_places_that_nobody_can_offer_are_refused(places: float) -> None:
    with pytest.raises(ValueError, match="places_per_request must be 0 to 2"):
        organisation(10, places_per_request=places)


@pytest.mark.parametrize("n_people", [10, 100])
def test_what_is_written_as_tables_is_read_as_the_same_organisation(n_people: int, tmp_path: Path) -> None:
    """All references, days, levels and languages are such as the reader accepts, without a warning."""
    write_organisation(invented(n_people), tmp_path)
    read = read_organisation(tmp_path)
    assert read.warnings == ()
    assert read.digest == invented(n_people).digest


@pytest.mark.parametrize("n_people", SIZES)
def test_ids_are_padded_and_sorted(n_people: int) -> None:
    ids = invented(n_people).people.ids.tolist()
    assert ids[0] == "p-000001"
    assert ids == sorted(ids)
    assert len(set(ids)) == n_people


@pytest.mark.parametrize("n_people", SIZES)
def test_assessments_stand_in_the_documented_order_without_repetition(n_people: int) -> None:
    rows = invented(n_people).assessments
    key = (rows.person.astype(np.int64) * 10_000 + rows.skill) * 1_000_000
    key += rows.assessed_on.astype(np.int64) * 10 + rows.source
    assert (np.diff(key) > 0).all()


@pytest.mark.parametrize("n_people", SIZES)
def test_codes_point_at_something(n_people: int) -> None:
    org = invented(n_people)
    people, rows = org.people, org.assessments
    for codes, bound in (
        (people.role, len(org.model.roles)),
        (people.manager + 1, n_people + 1),
        (people.department.codes, len(people.department.labels)),
        (rows.person, n_people),
        (rows.skill, len(org.model.skills)),
        (rows.assessor, n_people),
        (rows.level, 6),
    ):
        assert codes.min() >= 0
        assert codes.max() < bound


@pytest.mark.parametrize("n_people", SIZES)
def test_only_managers_assess_others_and_everybody_only_themselves(n_people: int) -> None:
    org = invented(n_people)
    rows = org.assessments
    own = rows.source == Source.SELF
    assert (rows.assessor[own] == rows.person[own]).all()
    assert (rows.assessor[~own] == org.people.manager[rows.person[~own]]).all()


def test_everything_is_known_by_the_day() -> None:
    org = invented(1_000)
    assert (org.assessments.assessed_on < np.datetime64(DAY)).all()
    assert (org.people.joined_on < np.datetime64("2026-01-01")).all()
    assert (np.datetime64(DAY) - org.people.joined_on).max() < np.timedelta64(20 * 365, "D")


@pytest.mark.parametrize("n_people", [1_000, 10_000])
def test_departments_are_about_forty_and_of_skewed_sizes(n_people: int) -> None:
    sizes = np.sort(np.bincount(invented(n_people).people.department.codes))[::-1]
    assert len(sizes) == {1_000: 25, 10_000: 41}[n_people]
    assert sizes[0] > 5 * np.median(sizes) / 2
    assert sizes[0] < n_people / 5


@pytest.mark.parametrize(("n_people", "depths"), [(10, (1, 3)), (100, (2, 4)), (1_000, (4, 7)), (10_000, (5, 8))])
def test_managers_have_five_to_nine_reports_and_the_forest_is_not_deep(n_people: int, depths: tuple[int, int]) -> None:
    forest = invented(n_people).forest(DAY)
    assert depths[0] <= forest.depth.max() <= depths[1]
    spans = forest.span[forest.span > 0]
    assert spans.max() <= 9
    if n_people >= 1_000:
        assert 5.5 <= spans.mean() <= 7.5
        assert ((spans >= 5).mean()) > 0.85


def test_some_people_lead_nobody_on_every_level_but_the_first() -> None:
    forest = invented(10_000).forest(DAY)
    for depth in range(3, int(forest.depth.max())):
        assert (forest.span[forest.depth == depth] == 0).mean() > 0.15


def test_a_departments_people_report_within_it() -> None:
    org = invented(10_000)
    department, manager = org.people.department.codes, org.people.manager
    elsewhere = department[manager] != department
    assert elsewhere.sum() <= 41


@pytest.mark.parametrize("n_people", [1_000, 10_000])
def test_grades_fall_with_depth_and_levels_grow_with_grade(n_people: int) -> None:
    org = invented(n_people)
    grade, depth = org.people.grade, org.forest(DAY).depth
    assert set(grade.tolist()) == set(range(1, 9))
    by_depth = [grade[depth == level].mean() for level in range(int(depth.max()) + 1)]
    assert by_depth == sorted(by_depth, reverse=True)
    rows = org.assessments
    mean = [rows.level[grade[rows.person] // 2 == pair].mean() for pair in range(4)]
    assert mean == sorted(mean)
    assert mean[-1] > mean[0] + 1.5


@pytest.mark.parametrize("n_people", SIZES)
def test_roles_ask_for_about_ten_skills(n_people: int) -> None:
    asked = np.diff(invented(n_people).model.required.start)
    assert 8 <= asked.mean() <= 11
    assert asked.min() >= 3


@pytest.mark.parametrize(("n_people", "n_skills"), [(10, 50), (100, 50), (1_000, 200), (10_000, 500)])
def test_half_of_the_skills_belong_to_one_department_each(n_people: int, n_skills: int) -> None:
    org = invented(n_people)
    areas = [skill.category for skill in org.model.skills]
    assert len(areas) == n_skills
    assert 0.5 <= areas.count("General") / n_skills <= 0.7
    departments = np.array(org.people.department.labels)[org.people.department.codes]
    area = np.array(areas)[org.assessments.skill]
    assert ((area == "General") | (area == departments[org.assessments.person])).all()


def test_some_skills_are_far_more_popular_than_others() -> None:
    org = invented(10_000)
    known = np.sort(np.bincount(org.assessments.skill, minlength=500))[::-1]
    assert known[0] > 5 * np.median(known)
    assert (known > 0).mean() > 0.95


def test_people_work_in_twenty_time_zones_and_most_share_english() -> None:
    people = invented(10_000).people
    assert len(people.time_zone.labels) == 20
    assert all(ZoneInfo(zone) for zone in people.time_zone.labels)
    assert len(people.location.labels) == 24
    english = people.languages >> np.uint64(people.language_names.index("en")) & np.uint64(1)
    assert 0.85 <= english.mean() <= 0.97
    assert (people.languages > 0).all()


@pytest.mark.parametrize("n_people", [100, 1_000, 10_000])
@pytest.mark.parametrize(
    ("places_per_request", "none"), [(SCARCE, (0.45, 0.55)), (BALANCED, (0.15, 0.3)), (SURPLUS, (0, 0.01))]
)
def test_places_come_in_the_number_that_was_asked_for(
    n_people: int, places_per_request: float, none: tuple[float, float]
) -> None:
    capacity = invented(n_people, 0, places_per_request).people.capacity
    assert capacity.sum() == round(places_per_request * 1.5 * n_people)
    assert capacity.max() <= 3
    assert none[0] <= (capacity == 0).mean() <= none[1]


@pytest.mark.parametrize(("places_per_request", "each"), [(0, 0), (2, 3)])
def test_nobody_and_everybody_can_offer_places(places_per_request: float, each: int) -> None:
    assert (invented(100, 0, places_per_request).people.capacity == each).all()


@pytest.mark.parametrize(("n_people", "slack"), [(100, 0.5), (1_000, 0.15), (10_000, 0.1)])
def test_there_are_about_one_and_a_half_requests_a_person(n_people: int, slack: float) -> None:
    per_person = problem(n_people).n_requests / n_people
    assert abs(per_person - 1.5) <= slack
    assert len(requests(gaps(invented(n_people), on=DAY))) == pytest.approx(problem(n_people).n_requests, rel=0.05)


def test_most_gaps_are_of_one_level_and_some_skills_are_unassessed() -> None:
    found = gaps(invented(10_000), on=DAY)
    size = found.required - found.confirmed
    assert 0.6 <= (size == 1).mean() <= 0.9
    assert 0.01 <= (~found.assessed).mean() <= 0.15


def test_self_assessments_are_noisy() -> None:
    """Where a manager assessed the same skill, about a quarter of the people had judged themselves otherwise."""
    org = invented(10_000)
    rows = org.assessments
    second = np.flatnonzero(rows.source == Source.MANAGER)
    wrong = rows.level[second] != rows.level[second - 1]
    assert 0.15 <= wrong.mean() <= 0.35
    assert 0.25 <= len(second) / (len(rows) - len(second)) <= 0.6 / 2 + 0.1


def test_some_leave_soon_some_are_blocked_and_some_are_engaged_already() -> None:
    org = invented(1_000)
    there = org.people.active(DAY)
    soon = org.people.active(DAY + timedelta(days=365))
    assert 0 < (~there).sum() < 20
    assert 0 < (there & ~soon).sum() < 40
    assert len(org.blocks) == 5
    assert (org.blocks.mentee != org.blocks.mentor).all()
    assert (org.engaged.mentee != org.engaged.mentor).all()
    assert len(org.engaged.running(DAY)) == 9
    assert (org.engaged.until_on > org.engaged.from_on).all()


def test_everybody_had_about_three_mentors_mostly_of_their_own_department() -> None:
    """What somebody learnt with whom is what rules and scorers about past contacts look at."""
    org = invented(10_000)
    engaged, department = org.engaged, org.people.department.codes
    over = engaged.until_on < np.datetime64(DAY)
    assert 2.7 <= over.sum() / 10_000 <= 3.3
    assert over.sum() + len(engaged.running(DAY)) == len(engaged)
    assert 0.75 <= (department[engaged.mentor] == department[engaged.mentee]).mean() <= 0.85
    settled = engaged.from_on < np.datetime64("2025-01-01")
    assert (org.people.joined_on[engaged.mentor] <= engaged.from_on)[settled].mean() > 0.99


def test_whoever_is_engaged_learns_a_skill_of_their_role() -> None:
    org = invented(1_000)
    required = org.model.required
    for mentee, skill in zip(org.engaged.mentee.tolist(), org.engaged.skill.tolist(), strict=True):
        role = org.people.role[mentee]
        assert skill in required.skill[required.start[role] : required.start[role + 1]]


def test_nearly_every_request_has_somebody_qualified() -> None:
    one = problem(1_000)
    qualified = one.holdings.count(one.skill, one.need)
    assert (qualified == 0).mean() < 0.05
    assert 10 <= np.median(qualified) <= 60


def test_a_thousand_people_are_matched_to_proven_optimality() -> None:
    one = problem(1_000)
    solution = solve(one, Flow())
    assert solution.status is Status.OPTIMAL
    assert verify_solution(one, solution).status == "optimal"
    assert 0.5 <= solution.n_matched / one.n_requests <= 0.65


def test_confirmed_levels_use_the_whole_scale() -> None:
    assert set(confirmed_proficiency(invented(1_000), on=DAY).level.tolist()) == set(range(6))


# Over a given competency model, and on a given chart


@cache
def occupations() -> CompetencyModel:
    return convert_onet(real_data("onet")).model


@pytest.mark.parametrize("n_people", [30, 2_000])
def test_people_may_have_the_roles_of_a_given_model(n_people: int) -> None:
    """O*NET's 879 occupations, of which each department has some and each grade others.

    Data: `onet`.
    """
    org = organisation(n_people, seed=1, model=occupations())
    assert org.model is occupations()
    assert (org.people.manager == organisation(n_people, seed=1).people.manager).all()
    role, department, grade = org.people.role, org.people.department.codes, org.people.grade
    shared = [len(np.unique(department[role == one])) for one in np.unique(role).tolist()]
    if n_people > 1_000:
        assert len(shared) > 400
        assert np.mean(shared) < 1.2
        count = np.diff(org.model.required.start)
        owner = np.repeat(np.arange(len(count)), count)
        demand = np.bincount(owner, org.model.required.level, minlength=len(count)) / np.maximum(count, 1)
        for place in range(4):
            of_grade = [demand[role[(department == place) & (grade == one)]].mean() for one in (3, 5, 6)]
            assert of_grade == sorted(of_grade)
    one = daily_problem(org, task_based().policy, on=DAY)
    assert 1 <= one.n_requests / n_people <= 2
    assert set(org.assessments.level.tolist()) <= {level.level for level in org.model.scale.levels}
    assert organisation(n_people, seed=1, model=occupations()).digest == org.digest


def test_a_given_model_may_have_fewer_roles_than_there_are_departments() -> None:
    org = organisation(1_000, model=organisation_from_rows(small_rows()).model)
    assert set(org.people.role.tolist()) == {0, 1}
    assert solve(daily_problem(org, task_based().policy, on=DAY), Flow()).status is Status.OPTIMAL


def test_a_model_in_which_no_role_requires_a_skill_is_refused() -> None:
    bare = evolve(occupations(), requirements=())
    with pytest.raises(ValueError, match="no role of the model requires a skill"):
        organisation(10, model=bare)


def test_people_may_stand_where_a_chart_has_them(tmp_path: Path) -> None:
    """A published chart with all that was not published invented; what is written is read back.

    Data: `organograms`, `onet`.
    """
    chart = organisation_from_rows(organograms.rows(), id_pattern=".+").people
    for model in (None, occupations()):
        org = organisation_on(chart, seed=2, model=model, places_per_request=BALANCED)
        assert (org.people.ids == chart.ids).all()
        assert (org.people.names == chart.names).all()
        assert (org.people.manager == chart.manager).all()
        assert set(org.people.department.labels) == set(chart.department.labels)
        order = np.argsort(chart.grade, kind="stable")
        assert (np.diff(org.people.grade[order]) >= 0).all()
        assert set(org.people.grade.tolist()) <= set(range(1, 9))
        assert org.people.capacity.sum() == round(BALANCED * 1.5 * len(chart))
        one = daily_problem(org, task_based().policy, on=DAY)
        assert verify_solution(one, solve(one, Flow())).status == "optimal"
        write_organisation(org, tmp_path, overwrite=True, format="parquet")
        assert read_organisation(tmp_path, id_pattern=".+").digest == org.digest


def test_a_bare_chart_is_enough() -> None:
    """Ids alone: nobody reports to anybody, has a grade or a department."""
    rows = small_rows() | {"people": [{"person_id": f"p{n:02}"} for n in range(12)]}
    people = organisation_on(organisation_from_rows(rows).people).people
    assert people.department.labels == ("Executive Office",)
    assert set(people.grade.tolist()) <= set(range(1, 9))
    with pytest.raises(ValueError, match="n_people must be 10 or more, not 4"):
        organisation_on(organisation_from_rows(small_rows()).people)
