"""Invented organisations that look like real ones, from 10 to 1,000,000 people, the same for the same seed.

Everything is drawn in columns: nothing here walks over people. The only source of chance is the stream of raw bits of a
PCG64 generator, which numpy promises not to change, and all that is made of it is whole-number arithmetic; so a seed
gives the same organisation, down to its digest, with every version of numpy and on every machine.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from math import isqrt

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.matching.shapes import distinct
from taskmentor.models.assessments import Assessments, Source
from taskmentor.models.competency import (
    CompetencyModel,
    ProficiencyLevel,
    ProficiencyScale,
    Requirement,
    Role,
    RoleId,
    Skill,
    SkillId,
)
from taskmentor.models.forest import NOBODY, ReportingForest
from taskmentor.models.organisation import Engaged, Organisation, PairList
from taskmentor.models.people import NO_CODE, NO_GRADE, Categories, People
from taskmentor.models.ranges import ranges
from taskmentor.models.tables import row_keys

__all__ = ["BALANCED", "DAY", "FEWEST_PEOPLE", "SCARCE", "SURPLUS", "organisation", "organisation_on"]

DAY = date(2026, 10, 1)
"""The day that invented organisations are made for: everything known about them is from before it."""

FEWEST_PEOPLE = 10

SCARCE, BALANCED, SURPLUS = 0.57, 0.9, 1.3
"""Places for each request: the usual shortage, about enough, more than enough."""

_REQUESTS_PER_PERSON = 1.5
_MOST_PLACES = 3
_GRADES = 8
_MOST_DEPARTMENTS = 40
_LEVELS = ("Not yet", "Beginner", "Basic", "Independent", "Advanced", "Expert")
_HIGHEST = len(_LEVELS) - 1
_MODEL_ID = "synthetic"
_USUAL_SKILLS = 12
_CONTACTS = 6  # on average; about three are left where both had joined by then

_DEPARTMENTS = (
    "Operations", "Customer Service", "Sales", "Engineering", "Manufacturing", "Logistics", "Software", "Finance",
    "Field Service", "Purchasing", "Quality", "Marketing", "Human Resources", "Research", "Data", "Facilities",
    "Product", "Accounting", "Maintenance", "Support", "Planning", "Legal", "Security", "Training", "Design",
    "Infrastructure", "Compliance", "Payroll", "Warehousing", "Communications", "Risk", "Audit", "Analytics",
    "Partnerships", "Safety", "Treasury", "Regulation", "Testing", "Sustainability", "Archives",
)  # fmt: skip
_TOP = "Executive Office"

_SITES = (
    ("London", "Europe/London", "en"), ("New York", "America/New_York", "en"), ("Bengaluru", "Asia/Kolkata", "en"),
    ("Berlin", "Europe/Berlin", "de"), ("Paris", "Europe/Paris", "fr"), ("Singapore", "Asia/Singapore", "en"),
    ("São Paulo", "America/Sao_Paulo", "pt"), ("Tokyo", "Asia/Tokyo", "ja"), ("Chicago", "America/Chicago", "en"),
    ("Sydney", "Australia/Sydney", "en"), ("Madrid", "Europe/Madrid", "es"), ("Warsaw", "Europe/Warsaw", "pl"),
    ("Toronto", "America/Toronto", "en"), ("Mexico City", "America/Mexico_City", "es"),
    ("Munich", "Europe/Berlin", "de"),
    ("Amsterdam", "Europe/Amsterdam", "nl"), ("Dubai", "Asia/Dubai", "ar"), ("Manchester", "Europe/London", "en"),
    ("Johannesburg", "Africa/Johannesburg", "en"), ("Seoul", "Asia/Seoul", "ko"), ("Lyon", "Europe/Paris", "fr"),
    ("Stockholm", "Europe/Stockholm", "sv"), ("Los Angeles", "America/Los_Angeles", "en"),
    ("Mumbai", "Asia/Kolkata", "hi"),
)  # fmt: skip
_LANGUAGES = tuple(sorted({language for _, _, language in _SITES}))

_FIRST_NAMES = (
    "Ada", "Amir", "Bela", "Chen", "Dana", "Elif", "Femi", "Gita", "Hugo", "Iris", "Jun", "Kofi", "Lena", "Mika",
    "Noor", "Olga", "Pia", "Ravi", "Sara", "Tomas",
)  # fmt: skip
_LAST_NAMES = (
    "Abara", "Berg", "Costa", "Dumas", "Eriksen", "Fischer", "Garcia", "Haddad", "Ito", "Jansen", "Kim", "Lopez",
    "Moreau", "Nowak", "Okafor", "Patel", "Quinn", "Rossi", "Silva", "Tanaka",
)  # fmt: skip

Whole = NDArray[np.int64]


def organisation(
    n_people: int, *, seed: int = 0, places_per_request: float = SCARCE, model: CompetencyModel | None = None
) -> Organisation:
    """Return an invented organisation.

    Departments are of skewed sizes, most people stand at the lower end of a reporting forest with 5 to 9 reports a
    manager, and roles ask for about ten skills, some that the whole organisation knows and some that only one
    department does. Levels grow with grade, people judge themselves with errors, and a part of them was assessed by
    their managers. Everybody has had about three mentors, mostly from their own department. Under
    `taskmentor.programmes.task_based()` there are about 1.5 requests a person on `DAY`.

    Args:
        n_people: 10 or more.
        seed: 0 or more; another seed gives another organisation.
        places_per_request: About how many places mentors offer for each request, 0 to 2. At `SCARCE`, half of the
            people offer none; the more places there are, the more people offer some.
        model: The competency model that people's roles are of; invented unless given. Each department has neighbouring
            roles of it, and whoever has a higher grade has a role that asks for more.

    Raises:
        ValueError: If a number is out of its range, or no role of the model requires a skill.

    Complexity:
        O(n log n); about 15 s and 2 GiB for 1,000,000 people.
    """
    frame = _Frame.of(n_people, _DEPARTMENTS[: min(_MOST_DEPARTMENTS, isqrt(max(n_people, 0)) * 4 // 5)])
    draws = _Draws(seed, "posts")
    known = _model(frame, _Draws(seed, "model")) if model is None else model
    return _invented(frame, _posts(frame, known, draws, own=model is None), known, places_per_request, seed)


def organisation_on(
    chart: People, *, seed: int = 0, places_per_request: float = SCARCE, model: CompetencyModel | None = None
) -> Organisation:
    """Return an organisation of given people in their places, all else about whom is invented.

    Their ids, names, managers and departments are kept, and their grades in order, as 1 to 8; who has none is in the
    executive office, and where grades are missing they follow from the reporting lines. Roles, sites, days, places as
    mentor and all that they know are invented, as in `organisation`.

    Args:
        chart: 10 people or more, such as those of an organisation that was read.
        seed: As in `organisation`.
        places_per_request: As in `organisation`.
        model: As in `organisation`.

    Raises:
        ValueError: As in `organisation`.

    Complexity:
        As `organisation`.
    """
    frame = _Frame.of(len(chart), chart.department.labels)
    known = _model(frame, _Draws(seed, "model")) if model is None else model
    posts = _posts_on(chart, frame, known, _Draws(seed, "posts"), own=model is None)
    return _invented(frame, posts, known, places_per_request, seed)


def _invented(
    frame: "_Frame", posts: "_Posts", model: CompetencyModel, places_per_request: float, seed: int
) -> Organisation:
    highest = _MOST_PLACES / _REQUESTS_PER_PERSON
    if not 0 <= places_per_request <= highest:
        raise ValueError(f"places_per_request must be 0 to {highest:g}, not {places_per_request}")
    n_places = round(places_per_request * _REQUESTS_PER_PERSON * frame.n_people)
    people = _people(frame, posts, model, n_places, seed)
    return Organisation(
        model=model,
        people=people,
        assessments=_assessments(frame, posts, model, people, seed),
        blocks=_blocks(frame, _Draws(seed, "blocks")),
        engaged=_engaged(posts, model, people, seed),
    )


class _Draws:
    """Chance for one part of an organisation, so that a change to one part leaves the others as they are."""

    def __init__(self, seed: int, part: str) -> None:
        self._bits = np.random.PCG64([seed, *part.encode()])

    def below(self, bound: int | Whole, n: int) -> Whole:
        """Return whole numbers from 0 to below a bound, which is at most 2**31, or each below its own. Shape (n,)."""
        # The upper half of the bits times the bound: no number is preferred to another by more than 1 in 2 billion.
        raw = self._bits.random_raw(n) >> np.uint64(32)
        return ((raw * np.asarray(bound, np.uint64)) >> np.uint64(32)).astype(np.int64)

    def pick(self, weights: Sequence[int], n: int) -> Whole:
        """Return places in a list of weights, each as often as its weight says. Shape (n,)."""
        upper = np.cumsum(np.array(weights, np.int64))
        return np.searchsorted(upper, self.below(int(upper[-1]), n), side="right").astype(np.int64)

    def chance(self, percent: int | Whole, n: int) -> NDArray[np.bool_]:
        """Return True for about so many in a hundred, or each with a chance of its own. Shape (n,)."""
        return self.below(100, n) < percent

    def order(self, n: int) -> Whole:
        """Return the numbers below n in a random order. Shape (n,)."""
        return np.argsort(self._bits.random_raw(n), kind="stable").astype(np.int64)


@frozen(kw_only=True)
class _Frame:
    """The counts that follow from the number of people and the departments alone.

    Attributes:
        departments: The names of those with a head of their own and, last, of the executive office.
        n_divisions: Division heads between the department heads and the top; 0 where there is no need.
        variants: Roles of each department and grade.
        n_general: How many skills belong to no department; they come first.
        n_local: How many belong to each department alone.
        n_sites: How many sites people work at.
    """

    n_people: int
    departments: tuple[str, ...]
    n_divisions: int
    variants: int
    n_general: int
    n_local: int
    n_sites: int

    @classmethod
    def of(cls, n_people: int, departments: tuple[str, ...]) -> "_Frame":
        if n_people < FEWEST_PEOPLE:
            raise ValueError(f"n_people must be {FEWEST_PEOPLE} or more, not {n_people}")
        n_skills = _by_size(n_people, (50, 200, 500, 1_000, 2_000))
        n_local = max(1, n_skills // 2 // (len(departments) + 1))
        return cls(
            n_people=n_people,
            departments=(*departments, _TOP),
            n_divisions=0 if len(departments) <= 9 else -(-len(departments) // 7),
            variants=_by_size(n_people, (1, 1, 2, 3, 4)),
            n_general=max(n_skills - n_local * (len(departments) + 1), n_skills // 2),
            n_local=n_local,
            n_sites=min(len(_SITES), isqrt(n_people) // 2 + 1),
        )

    @property
    def n_departments(self) -> int:
        """Return how many departments there are beside the executive office."""
        return len(self.departments) - 1

    @property
    def n_skills(self) -> int:
        """Return how many skills an invented model has."""
        return self.n_general + self.n_local * len(self.departments)

    @property
    def n_top(self) -> int:
        """Return how many people the executive office has."""
        return 1 + self.n_divisions


def _by_size(n_people: int, choices: Sequence[int]) -> int:
    """Return the choice for a size: below 200, 3,000, 30,000, 300,000 people, or above."""
    return choices[int(np.searchsorted([200, 3_000, 30_000, 300_000], n_people, side="right"))]


def _popularity(n: int, offset: int = 0) -> list[int]:
    """Return weights that fall as one over the rank (Zipf); an offset evens out the first ranks (Mandelbrot)."""
    return [10**9 // (rank + offset) for rank in range(1, n + 1)]


# The competency model


def _model(frame: _Frame, draws: _Draws) -> CompetencyModel:
    skills, roles = _skills(frame), _roles(frame)
    n_roles = len(roles)
    department = np.arange(n_roles) // (_GRADES * frame.variants)
    grade = np.arange(n_roles) // frame.variants % _GRADES + 1
    role, skill = _known_skills(frame, department, n_general=7, n_local=5, draws=draws)
    level = np.clip(1 + grade[role] // 2 + draws.pick((2, 4, 2), len(role)) - 1, 1, _HIGHEST)
    importance = 1 + draws.pick((1, 2, 4, 3, 2), len(role))
    requirements = [
        Requirement(role_id=roles[r].id, skill_id=skills[s].id, level=least, importance=weight)
        for r, s, least, weight in zip(*(c.tolist() for c in (role, skill, level, importance)), strict=True)
    ]
    return CompetencyModel(
        id=_MODEL_ID,
        title="An invented competency model",
        scale=ProficiencyScale(tuple(ProficiencyLevel(level, name) for level, name in enumerate(_LEVELS))),
        skills=tuple(skills),
        roles=tuple(roles),
        requirements=tuple(requirements),
    )


def _skills(frame: _Frame) -> list[Skill]:
    """Return the general skills and, after them, those of each department in turn; ids sort in that order."""
    labels = [("General", place) for place in range(frame.n_general)]
    labels += [(name, place) for name in frame.departments for place in range(frame.n_local)]
    width = max(4, len(str(len(labels))))
    return [
        Skill(id=SkillId(f"s-{code:0{width}}"), name=f"{area} skill {place + 1}", category=area)
        for code, (area, place) in enumerate(labels, start=1)
    ]


def _roles(frame: _Frame) -> list[Role]:
    """Return the roles of each department, in it of each grade, in it of each variant; ids sort in that order."""
    width = max(4, len(str(len(frame.departments) * _GRADES * frame.variants)))
    return [
        Role(
            id=RoleId(f"r-{(place * _GRADES + grade) * frame.variants + variant + 1:0{width}}"),
            title=f"{name}, grade {grade + 1}, {'ABCD'[variant]}",
        )
        for place, name in enumerate(frame.departments)
        for grade in range(_GRADES)
        for variant in range(frame.variants)
    ]


def _known_skills(
    frame: _Frame, department: Whole, *, n_general: int, n_local: int, draws: _Draws
) -> tuple[Whole, Whole]:
    """Return skills for each of some owners, without repetition: pairs of owner and skill, sorted."""
    n = len(department)
    general = draws.pick(_popularity(frame.n_general, 15), n * n_general)
    place = draws.pick(_popularity(frame.n_local), n * n_local)
    local = frame.n_general + np.repeat(department, n_local) * frame.n_local + place
    owner = np.append(np.repeat(np.arange(n), n_general), np.repeat(np.arange(n), n_local))
    key = distinct(owner * frame.n_skills + np.append(general, local))
    return key // frame.n_skills, key % frame.n_skills


# Who stands where


@frozen(eq=False, kw_only=True)
class _Posts:
    """Each person's place, by person code.

    Attributes:
        ids: Shape (n_people,).
        names: None where they are to be invented. Shape (n_people,).
        department: Places in the names of departments. Shape (n_people,).
        manager: Person codes, -1 for those at the top. Shape (n_people,).
        grade: 1 to 8. Shape (n_people,).
        role: Role codes. Shape (n_people,).
    """

    ids: NDArray[np.str_]
    names: NDArray[np.str_] | None = None
    department: Whole
    manager: NDArray[np.int32]
    grade: Whole
    role: Whole


def _posts(frame: _Frame, model: CompetencyModel, draws: _Draws, *, own: bool) -> _Posts:
    n = frame.n_people
    department, manager = _tree(frame, draws)
    grade = _grades(manager, draws)
    role = _own_roles(frame, department, grade, draws) if own else _roles_of(model, frame, department, grade, draws)
    # Ids say nothing about who stands where.
    code = draws.order(n)
    post = np.argsort(code)
    above = np.append(code, NOBODY)[manager].astype(np.int32)
    return _Posts(ids=_ids(n), department=department[post], manager=above[post], grade=grade[post], role=role[post])


def _posts_on(chart: People, frame: _Frame, model: CompetencyModel, draws: _Draws, *, own: bool) -> _Posts:
    department = chart.department.codes.astype(np.int64)
    department = np.where(department == NO_CODE, frame.n_departments, department)
    different, grade = np.unique(chart.grade, return_inverse=True)
    if different[0] == NO_GRADE or len(different) == 1:
        grade = _grades(chart.manager, draws)
    else:
        grade = 1 + grade * (_GRADES - 1) // (len(different) - 1)
    role = _own_roles(frame, department, grade, draws) if own else _roles_of(model, frame, department, grade, draws)
    return _Posts(
        ids=chart.ids, names=chart.names, department=department, manager=chart.manager, grade=grade, role=role
    )


def _grades(manager: NDArray[np.int32], draws: _Draws) -> Whole:
    """Return grades that fall with each step down the line, with more of them for whoever has been there for long."""
    depth = ReportingForest(manager).depth.astype(np.int64)
    deepest = max(int(depth.max()), 1)
    experience = draws.pick((3, 3, 2, 1), len(manager))
    grades: Whole = np.clip(_GRADES - (depth * (_GRADES - 1) + deepest // 2) // deepest + experience, 1, _GRADES)
    return grades


def _own_roles(frame: _Frame, department: Whole, grade: Whole, draws: _Draws) -> Whole:
    """Return roles of an invented model, which has some for each department and grade."""
    return (department * _GRADES + grade - 1) * frame.variants + draws.below(frame.variants, len(grade))


def _roles_of(model: CompetencyModel, frame: _Frame, department: Whole, grade: Whole, draws: _Draws) -> Whole:
    """Return roles of a given model: neighbouring ones for each department, the more demanding for higher grades."""
    required = model.required
    count = np.diff(required.start)
    roles = np.flatnonzero(count)
    if not len(roles):
        raise ValueError("no role of the model requires a skill; people could have no gaps")
    n_departments, n = len(frame.departments), len(roles)
    demand = np.add.reduceat(required.level.astype(np.int64), required.start[:-1][roles]) * 1_000 // count[roles]
    roles = roles[np.lexsort((demand, np.arange(n) * n_departments // n))]
    edges = -(-np.arange(n_departments + 1) * n // n_departments)
    first = np.minimum(edges[:-1], n - 1)
    size = np.maximum(edges[1:] - first, 1)
    # Two grades' worth of the department's roles, so that neighbouring grades share some.
    spot = (grade - 1) * 1_000 + draws.below(2_000, len(grade))
    found: Whole = roles[first[department] + spot * size[department] // ((_GRADES + 1) * 1_000)]
    return found


def _tree(frame: _Frame, draws: _Draws) -> tuple[Whole, NDArray[np.int32]]:
    """Return department and manager of each post: first the executive office, then department by department."""
    sizes = _department_sizes(frame)
    start = frame.n_top + np.cumsum(sizes) - sizes
    department = np.repeat(np.arange(frame.n_departments), sizes)
    top = np.full(frame.n_top, frame.n_departments)
    heads = np.arange(frame.n_departments) % max(frame.n_divisions, 1) + (frame.n_divisions > 0)
    spans = draws.below(5, frame.n_people) + 5
    idle = draws.below(4, frame.n_people)
    manager = np.zeros(frame.n_people, np.int32)
    manager[0] = NOBODY
    for first, size, head in zip(start.tolist(), sizes.tolist(), heads.tolist(), strict=True):
        manager[first] = head
        manager[first + 1 : first + size] = first + _managers(spans[first:][:size], idle[first:][:size])
    return np.append(top, department), manager


def _department_sizes(frame: _Frame) -> Whole:
    """Return sizes that fall with the rank to the power of 0.8."""
    upper = np.cumsum(
        [round(1_000_000 / Decimal(rank) ** Decimal("0.8")) for rank in range(1, frame.n_departments + 1)]
    )
    edges = upper * (frame.n_people - frame.n_top) // upper[-1]
    return np.asarray(np.diff(edges, prepend=0), np.int64)


def _managers(spans: Whole, idle: Whole) -> Whole:
    """Return the manager of every post of one tree but the first: each leads the next free posts, as many as its span.

    One post in four leads nobody, so that people without reports are met on every level.
    """
    place = np.arange(len(spans))
    leads = place % 4 != idle[place // 4]
    leads[:1] = True
    taken = np.cumsum(np.where(leads, spans, 0)) + 1
    return np.searchsorted(taken, place[1:], side="right").astype(np.int64)


# The people


def _days_after(day: str, days: Whole) -> NDArray[np.datetime64]:
    """Return days, some number of days after one."""
    return np.datetime64(day) + days.astype("timedelta64[D]")


def _people(frame: _Frame, posts: _Posts, model: CompetencyModel, n_places: int, seed: int) -> People:
    n = frame.n_people
    draws = _Draws(seed, "people")
    site = _sites(frame, posts.department, draws)
    masks, languages = _languages(site, draws)
    joined_on = _days_after("2026-01-01", -1 - _skewed(6_000, n, draws))
    leaves = draws.chance(2, n)
    left_on = _days_after("2026-08-01", draws.below(365, n))
    left_on[~leaves] = np.datetime64("NaT", "D")
    names = np.array([f"{first} {last}" for first in _FIRST_NAMES for last in _LAST_NAMES], np.str_)
    return People(
        ids=posts.ids,
        names=posts.names if posts.names is not None else names[draws.below(len(names), n)],
        role=posts.role.astype(np.int32),
        manager=posts.manager,
        department=_categories(posts.department, frame.departments),
        location=_categories(site, [city for city, _, _ in _SITES]),
        time_zone=_categories(site, [zone for _, zone, _ in _SITES]),
        languages=masks,
        language_names=languages,
        grade=posts.grade.astype(np.int16),
        capacity=_capacities(posts.grade, n_places, draws),
        mentee_limit=np.full(n, 2, np.int32),
        joined_on=joined_on,
        left_on=left_on,
        role_ids=model.role_ids,
    )


def _ids(n: int) -> NDArray[np.str_]:
    """Return ids p-000001, p-000002, ..., padded so that they sort."""
    width = max(6, len(str(n)))
    letters = np.empty((n, width + 2), np.uint32)
    letters[:, 0], letters[:, 1] = ord("p"), ord("-")
    number = np.arange(1, n + 1)
    for place in range(width):
        letters[:, width + 1 - place] = number // 10**place % 10 + ord("0")
    return letters.view(f"U{width + 2}")[:, 0]


def _skewed(bound: int, n: int, draws: _Draws) -> Whole:
    """Return whole numbers below a bound, small ones more often."""
    return draws.below(bound, n) * draws.below(bound, n) // bound


def _sites(frame: _Frame, department: Whole, draws: _Draws) -> Whole:
    """Return where each person works: half of a department at its main site, others anywhere, most at large ones."""
    main = draws.below(frame.n_sites, frame.n_departments + 1)
    elsewhere = draws.pick(_popularity(frame.n_sites, 2), frame.n_people)
    return np.where(draws.chance(50, frame.n_people), main[department], elsewhere)


def _languages(site: Whole, draws: _Draws) -> tuple[NDArray[np.uint64], tuple[str, ...]]:
    """Return who speaks what: mostly the site's language and English, some only one of them, some one more."""
    n = len(site)
    english = _LANGUAGES.index("en")
    home = np.array([_LANGUAGES.index(language) for _, _, language in _SITES])[site]
    knows_english = (home == english) | draws.chance(85, n)
    knows_home = ~knows_english | draws.chance(93, n)
    another = draws.below(len(_LANGUAGES), n)
    knows_another = draws.chance(10, n)
    masks = np.where(knows_english, 1 << english, 0) | np.where(knows_home, 1 << home, 0)
    masks |= np.where(knows_another, 1 << another, 0)
    spoken = [place for place in range(len(_LANGUAGES)) if (masks >> place & 1).any()]
    kept = np.sum([(masks >> place & 1) << bit for bit, place in enumerate(spoken)], axis=0)
    return kept.astype(np.uint64), tuple(_LANGUAGES[place] for place in spoken)


def _capacities(grade: Whole, n_places: int, draws: _Draws) -> NDArray[np.int32]:
    """Return places as mentor, 0 to 3 and `n_places` in all; who has a higher grade offers some more often."""
    n = len(grade)
    # Half of the people offer a place, and more where these could not offer so many at 1.71 places each.
    n_offering = min(n, max(-(-n_places * 100 // 171), n // 2), n_places)
    keen = np.argsort(draws.below(1_000_000, n) + 100_000 * grade, kind="stable")[::-1][:n_offering]
    capacity = np.zeros(n, np.int32)
    capacity[keen] = 1
    # Each of those who offer has two more places that may be given out.
    more = draws.order(2 * n_offering)[: n_places - n_offering] % max(n_offering, 1)
    capacity += np.bincount(keen[more], minlength=n).astype(np.int32)
    return capacity


def _categories(codes: Whole, labels: Sequence[str]) -> Categories:
    """Return a column of labels; only those that occur are kept, and labels may repeat."""
    used = np.flatnonzero(np.bincount(codes, minlength=len(labels)))
    kept = sorted({labels[place] for place in used.tolist()})
    renamed = np.zeros(len(labels), np.int32)
    renamed[used] = [kept.index(labels[place]) for place in used.tolist()]
    return Categories(renamed[codes], tuple(kept))


# What they know


def _assessments(frame: _Frame, posts: _Posts, model: CompetencyModel, people: People, seed: int) -> Assessments:
    """Return self-assessments of nearly all skills, and managers' assessments of what the role asks for, of a part."""
    draws = _Draws(seed, "levels")
    person, skill, level, required = _levels(frame, posts, model, draws)
    n, scale = len(person), model.scale
    stated = np.clip(level + draws.pick((6, 72, 20, 2), n) - 1, scale.lowest, scale.highest)
    reviewed = draws.chance(33, frame.n_people) & (people.manager != NOBODY)
    copies = 1 + (required & reviewed[person])
    row = np.repeat(np.arange(n), copies)
    by_manager = np.append(False, row[1:] == row[:-1])
    # Self-assessments are from before July, managers' assessments from after: so the rows are sorted as they are.
    self_on, manager_on = draws.below(181, frame.n_people), 181 + draws.below(70, frame.n_people)
    owner = person[row]
    return Assessments(
        person=owner.astype(np.int32),
        skill=skill[row].astype(np.int32),
        level=np.where(by_manager, level[row], stated[row]).astype(np.int8),
        source=np.where(by_manager, Source.MANAGER, Source.SELF).astype(np.int8),
        assessed_on=_days_after("2026-01-01", np.where(by_manager, manager_on[owner], self_on[owner])),
        assessor=np.where(by_manager, people.manager[owner], owner).astype(np.int32),
        model_version=np.zeros(len(row), np.int16),
    )


def _levels(
    frame: _Frame, posts: _Posts, model: CompetencyModel, draws: _Draws
) -> tuple[Whole, Whole, Whole, NDArray[np.bool_]]:
    """Return person, skill, true level and whether the role asks for it, sorted by person and skill."""
    required = model.required
    count = np.diff(required.start)[posts.role]
    row = ranges(required.start[posts.role], count)
    person = np.repeat(np.arange(frame.n_people), count)
    n = len(person)
    # How much somebody still has to learn differs from person to person.
    lag = np.array([1, 8, 17, 31, 50])[draws.pick((2, 3, 3, 2, 1), frame.n_people)]
    # Who has a role that asks for more than usual has learnt more, so that there are about as many gaps.
    lag = lag * _USUAL_SKILLS // np.maximum(count, _USUAL_SKILLS)
    behind, ahead = 1 + draws.pick((3, 1), n), draws.pick((5, 3, 2), n)
    level = required.level[row].astype(np.int64) + np.where(draws.chance(lag[person], n), -behind, ahead)
    known = ~draws.chance(1, n)
    keys = person[known] * len(model.skills) + required.skill[row[known]]
    levels = np.clip(level[known], model.scale.lowest, model.scale.highest)
    return _with_others(frame, posts, model, (keys, levels), draws)


def _with_others(
    frame: _Frame, posts: _Posts, model: CompetencyModel, asked: tuple[Whole, Whole], draws: _Draws
) -> tuple[Whole, Whole, Whole, NDArray[np.bool_]]:
    """Return known skills with others added that the role does not ask for."""
    n_skills, scale = len(model.skills), model.scale
    person, skill = _other_skills(frame, posts, model, draws)
    level = np.clip(posts.grade[person] // 2 + draws.below(3, len(person)) - 1, 0, _HIGHEST)
    keys = np.append(asked[0], person * n_skills + skill)
    levels = np.append(asked[1], scale.lowest + level * (scale.highest - scale.lowest) // _HIGHEST)
    # Where both name a skill, what the role asks for comes first in a stable order, and is kept.
    order = np.argsort(keys, kind="stable")
    order = order[np.diff(keys[order], prepend=-1) > 0]
    return keys[order] // n_skills, keys[order] % n_skills, levels[order], order < len(asked[0])


def _other_skills(frame: _Frame, posts: _Posts, model: CompetencyModel, draws: _Draws) -> tuple[Whole, Whole]:
    """Return three skills of each person, some of one's own department or, of a given model, what many roles need."""
    if model.id == _MODEL_ID:
        return _known_skills(frame, posts.department, n_general=2, n_local=1, draws=draws)
    n, n_skills = frame.n_people, len(model.skills)
    needed = np.bincount(model.required.skill, minlength=n_skills).tolist()
    keys = distinct(np.repeat(np.arange(n), 3) * n_skills + draws.pick(needed, 3 * n))
    return keys // n_skills, keys % n_skills


# What is settled between them already


def _blocks(frame: _Frame, draws: _Draws) -> PairList:
    """Return a few pairs that must not be made, each for every skill."""
    n = frame.n_people
    mentee = draws.order(n)[: n // 200]
    mentor = (mentee + 1 + draws.below(n - 1, len(mentee))) % n
    return PairList(mentee.astype(np.int32), mentor.astype(np.int32), np.full(len(mentee), -1, np.int32))


def _engaged(posts: _Posts, model: CompetencyModel, people: People, seed: int) -> Engaged:
    """Return engagements that run on `DAY`, of one person in 120, and those that are over, about three a person."""
    parts = (
        _recent(model, people, _Draws(seed, "engaged")).columns,
        _contacts(posts, model, people, _Draws(seed, "contacts")).columns,
    )
    mentor, mentee, skill, from_on, until_on = (np.concatenate(both) for both in zip(*parts, strict=True))
    _, first = np.unique(row_keys((mentor, mentee, skill, from_on)), return_index=True)
    return Engaged(mentor[first], mentee[first], skill[first], from_on[first], until_on[first])


def _recent(model: CompetencyModel, people: People, draws: _Draws) -> Engaged:
    """Return engagements of one person in forty with anybody: a third of them running on `DAY`, the others over."""
    n = len(people)
    mentee = draws.order(n)[: n // 40]
    mentor = (mentee + 1 + draws.below(n - 1, len(mentee))) % n
    skill = _asked_skill(model, people.role[mentee], draws)
    begins = np.array(["2026-07-01", "2025-03-01", "2025-03-01"], "datetime64[D]")[np.arange(len(mentee)) % 3]
    from_on = begins + draws.below(30, len(mentee)).astype("timedelta64[D]")
    until_on = from_on + (100 + draws.below(80, len(mentee))).astype("timedelta64[D]")
    return Engaged(mentor.astype(np.int32), mentee.astype(np.int32), skill, from_on, until_on)


def _contacts(posts: _Posts, model: CompetencyModel, people: People, draws: _Draws) -> Engaged:
    """Return engagements of the three years before 2026, long over, four in five of them within a department."""
    n = len(people)
    mentee = np.repeat(np.arange(n), draws.below(2 * _CONTACTS + 1, n))
    mentor = _mostly_near(posts.department, mentee, draws)
    from_on = _days_after("2023-01-01", draws.below(3 * 365, len(mentee)))
    until_on = from_on + (42 + draws.below(139, len(mentee))).astype("timedelta64[D]")
    skill = _asked_skill(model, people.role[mentee], draws)
    there = (people.joined_on[mentee] <= from_on) & (people.joined_on[mentor] <= from_on) & (mentee != mentor)
    return Engaged(
        mentor[there].astype(np.int32), mentee[there].astype(np.int32), skill[there], from_on[there], until_on[there]
    )


def _mostly_near(department: Whole, person: Whole, draws: _Draws) -> Whole:
    """Return somebody for each of some people, four times in five of the same department."""
    together, size = np.argsort(department, kind="stable"), np.bincount(department)
    start = np.cumsum(size) - size
    own = department[person]
    near = together[start[own] + draws.below(size[own], len(person))]
    return np.where(draws.chance(80, len(person)), near, draws.below(len(department), len(person)))


def _asked_skill(model: CompetencyModel, role: NDArray[np.int32], draws: _Draws) -> NDArray[np.int32]:
    """Return a skill that each of some roles asks for."""
    start = model.required.start
    skill: NDArray[np.int32] = model.required.skill[start[role] + draws.below(start[role + 1] - start[role], len(role))]
    return skill
