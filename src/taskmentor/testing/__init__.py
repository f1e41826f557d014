"""For those who write their own strategy, rule or scorer: what is promised of it, held against many small inputs.

Every check is there twice: as a function, to be called from anywhere, and as a test class for pytest or unittest.
Strategies of Hypothesis for the library's values are in `taskmentor.testing.values` (extra `testing`).
"""

from taskmentor.testing.cases import FEATURES
from taskmentor.testing.criteria import (
    CRITERION_PROMISES,
    CriterionPromises,
    RuleConformance,
    ScorerConformance,
    check_rule,
    check_scorer,
)
from taskmentor.testing.promises import Broken, BrokenPromiseError
from taskmentor.testing.protection import PROTECTION_PROMISES, check_protection, copied_columns
from taskmentor.testing.small import SmallProblem
from taskmentor.testing.strategies import STRATEGY_PROMISES, StrategyConformance, StrategyPromises, check_strategy
from taskmentor.testing.tables import random_tables

__all__ = [
    "CRITERION_PROMISES",
    "FEATURES",
    "PROTECTION_PROMISES",
    "STRATEGY_PROMISES",
    "Broken",
    "BrokenPromiseError",
    "CriterionPromises",
    "RuleConformance",
    "ScorerConformance",
    "SmallProblem",
    "StrategyConformance",
    "StrategyPromises",
    "check_protection",
    "check_rule",
    "check_scorer",
    "check_strategy",
    "copied_columns",
    "random_tables",
]
