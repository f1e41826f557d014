"""Every plan of a small problem, tried one after the other: what the package ships for tests of strategies."""

from taskmentor.testing.small import NOBODY, Plan, SmallProblem

__all__ = ["NOBODY", "Plan", "SmallProblem"]
