"""What a user's type checker sees of the public names; checked by mypy, never run."""

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import assert_type

import taskmentor as tm
from taskmentor.lifecycle import Engagement
from taskmentor.matching.directory import PossibleMentor

organisation = tm.read_organisation("acme")
assert_type(organisation, tm.Organisation)

programme = tm.programmes.task_based(weeks=6)
assert_type(programme, tm.Programme)

day = date(2026, 10, 1)
assert_type(tm.gaps(organisation, on=day), tm.SkillGaps)
assert_type(next(iter(tm.gaps(organisation, on=day))), tm.SkillGap)

for strategy in (tm.Greedy(), tm.Flow(engine="networkx"), tm.CpSat(seconds=10)):
    round_ = tm.match(organisation, programme, on=day, strategy=strategy, seed=1)
    assert_type(round_, tm.Round)
    assert_type(round_.plan, tm.Plan)
    assert_type(tm.verify(organisation, programme, round_.plan, round_.certificate), tm.Verdict)
    assert_type(round_.explain("p-0042", "data-analysis"), tm.Explanation)
    assert_type(round_.propose(at=datetime(2026, 10, 1, tzinfo=UTC), actor="p-0001"), tuple[Engagement, ...])
    assert_type(tm.solve(round_.problem, strategy), tm.Solution)

assert_type(tm.find_mentors(organisation, "p-0042", "data-analysis", on=day, k=3), tuple[PossibleMentor, ...])
policy = tm.Policy(rules=(tm.rules.Qualified(), tm.rules.SharedLanguage()), scorers=(tm.scorers.LevelFit(weight=2),))
assert_type(policy.objective, tm.Objective)

protected = tm.read_protected("acme", organisation)
assert_type(protected, tm.ProtectedAttributes)
report = tm.outcomes.fairness_report(tm.match(organisation, programme, on=day), protected, by=["sex"])
assert_type(report.selection[0].impact("female").ratio, Fraction | None)
assert_type(tm.available_strategies(), dict[str, type[tm.Strategy]])
