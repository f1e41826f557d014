"""A scorer: mentors who know more than one thing."""

import numpy as np
from attrs import field, frozen

from taskmentor.matching.pool import Pool
from taskmentor.matching.shapes import MentorPoints, PointsShape
from taskmentor.validators import whole


@frozen(kw_only=True)
class Breadth:
    """Points for each skill in which the mentor was assessed, at most 100.

    Attributes:
        per_skill: Points for each skill.
    """

    weight: int = field(default=1, validator=whole())
    per_skill: int = field(default=10, validator=whole(at_least=0, at_most=100))

    @property
    def name(self) -> str:
        """Return `breadth`."""
        return "breadth"

    def compile(self, pool: Pool) -> PointsShape:
        """Return points on the mentor."""
        n_skills = np.bincount(pool.proficiency.person, minlength=len(pool.organisation.people))
        return MentorPoints(np.minimum(self.per_skill * n_skills[pool.mentors], 100))
