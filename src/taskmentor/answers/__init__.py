"""Answers from the proof: what limits cost, whom to recruit, what would have to change, how a policy could be gamed.

Each answer solves again with one thing changed, and holds what it finds against the prices that prove the plan.
"""

from taskmentor.answers.again import Effect
from taskmentor.answers.changes import Change, Remedies, Remedy, remedies
from taskmentor.answers.comparing import Frontier, MeasuredPlan, frontier
from taskmentor.answers.costing import Cost, Costs, PlaceWorth, costs, place_worths
from taskmentor.answers.hindrance import Hindrance
from taskmentor.answers.probing import Attempt, Misreport, Probe, Probes, Terms, probe, probe_everybody
from taskmentor.answers.recruiting import Recruit, Recruiting, recruit, with_recruits

__all__ = [
    "Attempt",
    "Change",
    "Cost",
    "Costs",
    "Effect",
    "Frontier",
    "Hindrance",
    "MeasuredPlan",
    "Misreport",
    "PlaceWorth",
    "Probe",
    "Probes",
    "Recruit",
    "Recruiting",
    "Remedies",
    "Remedy",
    "Terms",
    "costs",
    "frontier",
    "place_worths",
    "probe",
    "probe_everybody",
    "recruit",
    "remedies",
    "with_recruits",
]
