"""A rule: mentor and mentee are not in the same team."""

import numpy as np
from attrs import frozen

from taskmentor.matching.pool import Pool
from taskmentor.matching.shapes import CategoryBar, RuleShape


@frozen
class OtherTeam:
    """Mentor and mentee do not have the same manager; who has no manager is in nobody's team."""

    @property
    def name(self) -> str:
        """Return `other-team`."""
        return "other-team"

    def compile(self, pool: Pool) -> RuleShape:
        """Return a table over the managers of both, of whom the first stands for nobody."""
        _, team = np.unique(np.append(-1, pool.forest.manager), return_inverse=True)
        codes = team[1:].astype(np.int32)
        apart = ~np.eye(int(team.max()) + 1, dtype=np.bool_)
        apart[0, 0] = True
        return CategoryBar(codes[pool.mentees], codes[pool.mentors], apart)
