"""An example of a package that adds a strategy, a rule and a scorer to taskmentor."""

from taskmentor_scarce_first.rule import OtherTeam
from taskmentor_scarce_first.scorer import Breadth
from taskmentor_scarce_first.strategy import ScarceFirst

__all__ = ["Breadth", "OtherTeam", "ScarceFirst"]
