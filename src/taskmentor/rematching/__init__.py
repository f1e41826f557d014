"""A gentle rematch: what is published stays unless something better pays for it, and the answer is a difference.

A round is matched again when people came and went: with everything else as it was, the best plan of today may give new
mentors to many whom nothing has happened to, at hardly any gain. Here a pair that is in place is worth more than any
other one like it, by a stated number of points; or at most so many pairs change; or none does, and only the rest is
matched.
"""

from taskmentor.rematching.difference import Change, Difference, Fate, Why
from taskmentor.rematching.matching_again import Rematch, in_place, rematch
from taskmentor.rematching.published import Keep

__all__ = ["Change", "Difference", "Fate", "Keep", "Rematch", "Why", "in_place", "rematch"]
