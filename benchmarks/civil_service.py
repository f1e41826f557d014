"""Civil-service forms as an organisation, and the rules and points of the civil service's own site as a policy.

The points are those that `mentor-match` computes from the same forms; the benchmark checks that they are.
"""

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.formats.reading import organisation_from_rows
from taskmentor.matching.policy import Policy
from taskmentor.matching.pool import Pool
from taskmentor.matching.shapes import CategoryBar, CategoryPoints, PointsShape, RuleShape, with_unknown
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import Categories

__all__ = ["DAY", "GRADES", "POLICY", "WISHES", "consented_wish", "forms", "organisation_of", "traits"]

DAY = date(2026, 10, 1)
GRADES = ("AA", "AO", "EO", "HEO", "SEO", "Grade 7", "Grade 6", "SCS1", "SCS2", "SCS3", "SCS4")
_SKILL = "mentoring"


def organisation_of(folder: Path) -> Organisation:
    """Return the organisation of a folder of forms: each mentee asks for the one skill, which each mentor has.

    Args:
        folder: Holds `mentees.csv` and `mentors.csv`; people are called by file and row, from 0.
    """
    mentees, mentors = (forms(folder / f"{name}.csv") for name in ("mentees", "mentors"))
    people = [
        {
            "person_id": f"{kind}-{place}",
            "department": form["organisation"],
            "grade": GRADES.index(form["grade"]),
            "capacity": int(kind == "mentor"),
            "mentee_limit": int(kind == "mentee"),
            "x_profession": form["profession"],
            "x_traits": ";".join(part.strip() for part in form.get("characteristics", "").split(",")),
            "x_wish": form.get("identity to match", ""),
        }
        for kind, some in (("mentee", mentees), ("mentor", mentors))
        for place, form in enumerate(some)
    ]
    return organisation_from_rows(
        {
            "scale": [{"level": 0, "name": "none"}, {"level": 1, "name": "able"}],
            "skills": [{"skill_id": _SKILL, "name": _SKILL}],
            "roles": [{"role_id": "civil-servant", "title": "Civil servant"}],
            "requirements": [{"role_id": "civil-servant", "skill_id": _SKILL, "level": 1}],
            "people": people,
            "assessments": [
                {
                    "person_id": f"mentor-{place}",
                    "skill_id": _SKILL,
                    "level": 1,
                    "source": "outcome",
                    "assessed_on": DAY,
                }
                for place in range(len(mentors))
            ],
            "requests": [{"person_id": f"mentee-{place}", "skill_id": _SKILL} for place in range(len(mentees))],
            "wishes": _wishes(mentees, mentors),
        }
    )


def _wishes(mentees: Sequence[Mapping[str, str]], mentors: Sequence[Mapping[str, str]]) -> list[dict[str, object]]:
    """Return what both sides said of identity: mentees who also said yes to being matched by it, and mentors."""
    wished = [
        (f"mentee-{place}", "mentee", wish) for place, form in enumerate(mentees) if (wish := consented_wish(form))
    ]
    shown = [
        (f"mentor-{place}", "mentor", trait) for place, form in enumerate(mentors) for trait in sorted(traits(form))
    ]
    return [
        {"person_id": person, "side": side, "characteristic": said, "consented_on": DAY}
        for person, side, said in (*wished, *shown)
    ]


def consented_wish(form: Mapping[str, str]) -> str:
    """Return the identity by which a mentee would be matched, nothing unless they said yes to that."""
    return form.get("identity to match", "") if form.get("match with similar identity") == "yes" else ""


def traits(form: Mapping[str, str]) -> set[str]:
    """Return what a mentor says of themselves."""
    return {part.strip() for part in form.get("characteristics", "").split(",")} - {""}


def forms(file: Path) -> list[dict[str, str]]:
    """Return the forms of a file."""
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@frozen
class OtherOrganisation:
    """Mentor and mentee work for different departments."""

    name: str = "other-organisation"

    def compile(self, pool: Pool) -> RuleShape:
        """Return a table over both departments."""
        department = pool.organisation.people.department
        table = ~np.eye(len(department.labels) + 1, dtype=np.bool_)
        return CategoryBar(with_unknown(department, pool.mentees), with_unknown(department, pool.mentors), table)


@frozen
class OneOrTwoGradesUp:
    """The mentor is one or two grades above the mentee."""

    name: str = "one-or-two-grades-up"

    def compile(self, pool: Pool) -> RuleShape:
        """Return a table over both grades."""
        mentees, mentors, steps = _grades(pool)
        return CategoryBar(mentees, mentors, (steps == 1) | (steps == 2))


@frozen
class GradesUp:
    """Points for a mentor two grades above, and fewer for one."""

    weight: int = 1
    name: str = "grades-up"

    def compile(self, pool: Pool) -> PointsShape:
        """Return a table over both grades."""
        mentees, mentors, steps = _grades(pool)
        return CategoryPoints(mentees, mentors, np.select([steps == 2, steps == 1], [12, 9], 0))


@frozen
class SameProfession:
    """Points where both are of the same profession."""

    weight: int = 10
    name: str = "same-profession"

    def compile(self, pool: Pool) -> PointsShape:
        """Return a table over both professions."""
        profession = _own_column(pool, "x_profession")
        table = np.eye(len(profession.labels) + 1, dtype=np.int64)
        return CategoryPoints(with_unknown(profession, pool.mentees), with_unknown(profession, pool.mentors), table)


@frozen
class WishedTrait:
    """Points where the mentor has the trait that the mentee wishes for."""

    weight: int = 6
    name: str = "wished-trait"

    def compile(self, pool: Pool) -> PointsShape:
        """Return a table over wishes and the traits that occur together."""
        wish, traits = _own_column(pool, "x_wish"), _own_column(pool, "x_traits")
        table = np.zeros((len(wish.labels) + 1, len(traits.labels) + 1), np.int64)
        table[:-1, :-1] = [[one in some.split(";") for some in traits.labels] for one in wish.labels]
        return CategoryPoints(with_unknown(wish, pool.mentees), with_unknown(traits, pool.mentors), table)


def _grades(pool: Pool) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """Return the grades of mentees and mentors, and how many grades each mentor's is above each mentee's."""
    grade, every = pool.organisation.people.grade.astype(np.int32), np.arange(len(GRADES))
    return grade[pool.mentees], grade[pool.mentors], every[None, :] - every[:, None]


def _own_column(pool: Pool, name: str) -> Categories:
    (found,) = [extra.texts for extra in pool.organisation.people.extras if extra.name == name]
    assert found is not None
    return found


POLICY = Policy(
    rules=(OtherOrganisation(), OneOrTwoGradesUp()),
    scorers=(GradesUp(), SameProfession(), WishedTrait()),
    objective="score",
)

WISHES = Policy(
    rules=POLICY.rules, scorers=(GradesUp(), SameProfession()), objective="requests-then-score", wishes="before-score"
)
"""The same with wishes as a level of the objective of their own: before the points, and after the number of matches."""
