"""Strategy, rule and scorer keep what taskmentor promises of all of them."""

from taskmentor_scarce_first import Breadth, OtherTeam, ScarceFirst

from taskmentor.testing import (
    CriterionPromises,
    RuleConformance,
    ScorerConformance,
    StrategyConformance,
    StrategyPromises,
)


class TestScarceFirst(StrategyConformance):
    """It is not exact, and promises nothing that not all promise."""

    strategy = ScarceFirst()
    promised = StrategyPromises(problems=10, organisations=3)


class TestOtherTeam(RuleConformance):
    """It looks at managers alone."""

    rule = OtherTeam()
    promised = CriterionPromises(organisations=10)


class TestBreadth(ScorerConformance):
    """It looks at assessments alone."""

    scorer = Breadth()
    promised = CriterionPromises(organisations=10)
