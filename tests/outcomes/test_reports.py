"""The whole report: the same for other ids and another order of rows, shifted with its days, and nothing of a few."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import default_rng

from taskmentor.formats.reading import organisation_from_rows, read_organisation
from taskmentor.outcomes import Period, Report, report
from taskmentor.sample import folder
from tests.organisations import ON, organisation, shuffled
from tests.outcomes.made import SINCE, engagement, moved, random_case, renamed, shifted, twins

PERIOD = Period(since=SINCE, on=ON)


def numbers(found: Report) -> tuple[object, ...]:
    """Return everything in a report that names no people and no days."""
    return (
        found.engagements, found.met_before, found.met_after, found.gained, found.supply.skills, found.coverage,
        found.activity.completed, found.activity.ends, found.activity.minutes, found.time and found.time.waited,
        found.load and (found.load.gini, found.load.counts), found.reach and found.reach.after,
        found.reach and found.reach.distances_after.counts, found.locations and found.locations.new_across,
        [(row.skill_id, row.asked, row.at_target) for row in found.bench.rows],
        found.risk and [(one.skill_id, len(one.holders), one.gaps) for one in found.risk.skills],
        found.fading and [one.signs and [(sign.sign, sign.count) for sign in one.signs] for one in found.fading],
    )  # fmt: skip


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
@settings(max_examples=40)
def test_order_and_ids_make_no_difference_and_a_week_later_is_a_week_later(seed: int, smallest: int) -> None:
    rng = default_rng(seed)
    tables, drawn, engagements = random_case(rng)
    found = numbers(report(drawn, engagements, PERIOD, smallest=smallest))
    mixed = organisation_from_rows(shuffled(tables, rng))
    again = [engagements[place] for place in rng.permutation(len(engagements))]
    assert numbers(report(mixed, again, PERIOD, smallest=smallest)) == found
    other = organisation_from_rows(renamed(tables, "z"))
    assert numbers(report(other, twins(engagements), PERIOD, smallest=smallest)) == found
    later = Period(since=SINCE + timedelta(days=7), on=ON + timedelta(days=7))
    week = organisation_from_rows(shifted(tables, 7))
    assert numbers(report(week, moved(engagements, 7), later, smallest=smallest)) == found


def test_what_is_about_a_few_is_kept_back_in_every_part() -> None:
    """Two people, one of whom has mentored the other: nothing at all can be told of them as a group."""
    two = organisation({"max": {"role_id": "lead"}, "mia": {"role_id": "lead"}}, requires={"lead": {"sql": 3}})
    found = report(two, [engagement("mia", "max")], PERIOD)
    assert (found.time, found.load, found.reach, found.locations) == (None, None, None, None)
    assert found.supply.gaps is None
    assert found.met_after.total.hidden
    assert str(found).count("Kept back: about fewer than 5 people.") == 4


def test_aggregates_name_nobody() -> None:
    sample = read_organisation(folder())
    known = [engagement("p-0042", "p-0040", "data-analysis")]
    found = report(sample, known, PERIOD)
    assert "Knowledge at risk" in str(found)
    assert found.fading is not None
    aggregates = found.aggregates()
    assert (aggregates.risk, aggregates.fading) == (None, None)
    assert "p-00" not in str(aggregates)
    assert not any(one.id in str(aggregates) for one in known)


def test_engagements_of_people_or_skills_not_known_here_are_counted_apart() -> None:
    staff = organisation("max mia")
    known = [engagement("mia", "max"), engagement("mia", "gone"), engagement("mia", "max", "lost-art")]
    found = report(staff, known, PERIOD)
    assert (found.engagements, found.strangers) == (1, 2)
    assert str(found).startswith(f"{PERIOD}: 1 engagement. 2 others of people or skills no longer known.")
