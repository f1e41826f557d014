"""One pool: the same requests served in several ways at once, whose places come out of the same capacity.

A mentor's place can go to one mentee alone, to a group in one skill, or to a row of short sessions. `Offer` says what a
place is in each way, `JointProblem` holds the pairs of all ways in one table, and `solve_jointly` gives the plan with a
bound that prices prove: `uses.bound` takes it again from the prices, without a solver.

The objective, for pairs (r, j) of request and mentor in way k: maximise the sum of `weight[r, j, k] x[r, j, k]`, where

- each request is served at most once, and each mentee within their limit;
- mentor j opens `y[j, k, s]` places in way k (for each skill s, where a place holds one skill), and those in them
  number `least[k] y <= sum x <= seats[k] y`;
- the places that a mentor opens in all ways together stay within the capacity.

That is no flow, so its bound comes from Lagrangian prices of requests and mentees, under which every mentor's best use
of all places is found alone and exactly, whole places and fewest members included (`uses`).
"""

from taskmentor.matching.joint.checking import joint_faults
from taskmentor.matching.joint.offers import JointProblem, Offer
from taskmentor.matching.joint.solving import JointSolution, solve_jointly
from taskmentor.matching.joint.uses import Prices, bound

__all__ = ["JointProblem", "JointSolution", "Offer", "Prices", "bound", "joint_faults", "solve_jointly"]
