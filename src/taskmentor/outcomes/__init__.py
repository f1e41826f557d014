"""What mentoring has changed: skills, bench, network, waiting and load, for people and for large enough groups."""

from taskmentor.outcomes.acquaintance import Contact, Partners, partners, who_do_i_know
from taskmentor.outcomes.activities import Activity, activity
from taskmentor.outcomes.bench import Bench, BenchDay, bench_strength
from taskmentor.outcomes.breakdowns import SMALLEST, Amounts, Breakdown, By, Line, breakdown, gap_amounts
from taskmentor.outcomes.change import SkillChange, change_amounts, skill_changes, with_outcomes
from taskmentor.outcomes.cohorts import Cohort, Comparison, compare
from taskmentor.outcomes.fairness import (
    FairnessReport,
    GroupTarget,
    asked_in_plans,
    fairness_report,
    fairness_to,
)
from taskmentor.outcomes.impact import Impact, ImpactTable, impact_table
from taskmentor.outcomes.load import MentorLoad, load_amounts, mentor_load
from taskmentor.outcomes.mentoring import Mentoring
from taskmentor.outcomes.network import Broker, Distances, Reach, Silo, as_graph, brokers, network_reach
from taskmentor.outcomes.period import Period
from taskmentor.outcomes.problems import ProblemOutcome, problem_outcomes
from taskmentor.outcomes.reading import PersonalOutcomes, breakdown_to, outcomes_to, who_do_i_know_to
from taskmentor.outcomes.record import CoachingRecord, coaching_record
from taskmentor.outcomes.reports import Report, report
from taskmentor.outcomes.risk import AtRisk, KnowledgeAtRisk, Readiness, Suggestion, knowledge_at_risk, readiness
from taskmentor.outcomes.signs import Fading, Limits, Sign, SignOfFading, fading, idle_since, sessions_unlogged
from taskmentor.outcomes.supply import SkillSupply, Supply, supply_and_demand
from taskmentor.outcomes.ties import Ties, Worked, mentoring_ties, worked_together
from taskmentor.outcomes.waiting import (
    TimeToMentor,
    Wait,
    Waits,
    asked_as_gaps,
    asked_in_rounds,
    coverage_amounts,
    time_to_mentor,
    waits,
)

__all__ = [
    "SMALLEST",
    "Activity",
    "Amounts",
    "AtRisk",
    "Bench",
    "BenchDay",
    "Breakdown",
    "Broker",
    "By",
    "CoachingRecord",
    "Cohort",
    "Comparison",
    "Contact",
    "Distances",
    "Fading",
    "FairnessReport",
    "GroupTarget",
    "Impact",
    "ImpactTable",
    "KnowledgeAtRisk",
    "Limits",
    "Line",
    "MentorLoad",
    "Mentoring",
    "Partners",
    "Period",
    "PersonalOutcomes",
    "ProblemOutcome",
    "Reach",
    "Readiness",
    "Report",
    "Sign",
    "SignOfFading",
    "Silo",
    "SkillChange",
    "SkillSupply",
    "Suggestion",
    "Supply",
    "Ties",
    "TimeToMentor",
    "Wait",
    "Waits",
    "Worked",
    "activity",
    "as_graph",
    "asked_as_gaps",
    "asked_in_plans",
    "asked_in_rounds",
    "bench_strength",
    "breakdown",
    "breakdown_to",
    "brokers",
    "change_amounts",
    "coaching_record",
    "compare",
    "coverage_amounts",
    "fading",
    "fairness_report",
    "fairness_to",
    "gap_amounts",
    "idle_since",
    "impact_table",
    "knowledge_at_risk",
    "load_amounts",
    "mentor_load",
    "mentoring_ties",
    "network_reach",
    "outcomes_to",
    "partners",
    "problem_outcomes",
    "readiness",
    "report",
    "sessions_unlogged",
    "skill_changes",
    "supply_and_demand",
    "time_to_mentor",
    "waits",
    "who_do_i_know",
    "who_do_i_know_to",
    "with_outcomes",
    "worked_together",
]
