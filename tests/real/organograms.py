"""One UK public body of 2011-09-30 as the tables of an organisation, expanded to its posts.

Data: `organograms`, datagovuk/organograms, Open Government Licence v3.0; `onet`, O*NET 29.0 Database, USDOL/ETA,
CC BY 4.0. Posts, units, grades and reporting lines are those that were published; languages, capacities, mentee
limits and assessments, which were not, are drawn with a seed.

A row of n full-time equivalents is n posts, rounded up. Senior posts have ids `s-<reference>`, junior posts
`j-<row>-<number>`. What is odd in the data is in `oddities`, with what is done about it; in the six bodies these are
placeholders instead of references (19 rows of HM Treasury), references that stand for several posts (HM Treasury and
the Cabinet Office), rows given twice, three tops and posts without a professional group (Cabinet Office). No body has
a post that reports to none that is there, or reporting lines in a circle; both are provided for.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache

import numpy as np
from attrs import frozen

from tests.data import real_data
from tests.real.oracle_hr import Row, Rows, assessment_rows, depths, model_rows, onet_model, read_rows

__all__ = ["BODIES", "ON", "Oddity", "oddities", "rows"]

BODIES = (
    "cabinet_office-2011-09-30",
    "driver_and_vehicle_licensing_agency-2011-09-30",
    "hm_treasury-2011-09-30",
    "land_registry-2011-09-30",
    "natural_england-2011-09-30",
    "ordnance_survey-2011-09-30",
)
HM_TREASURY = "hm_treasury-2011-09-30"

ON = date(2011, 9, 30)
"""The day of the publication."""

O_NET_ROLES = {
    "": "43-9061.00",
    "communications": "27-3031.00",
    "economics": "19-3011.00",
    "finance": "13-2011.00",
    "human resources": "13-1071.00",
    "information technology": "15-1211.00",
    "internal audit": "13-1041.00",
    "knowledge and information management (kim)": "25-4022.00",
    "law": "23-1011.00",
    "operational delivery": "43-4061.00",
    "operational research": "15-2031.00",
    "other": "43-9061.00",
    "planning": "19-3051.00",
    "policy": "19-3094.00",
    "procurement": "11-3061.00",
    "programme and project management (ppm)": "13-1111.00",
    "project and programme management (ppm)": "13-1111.00",
    "property and asset management": "11-9141.00",
    "social research": "19-3041.00",
    "statisticians": "15-2041.00",
}
"""The nearest O*NET occupation of each professional group, in lower case, as groups are published in several cases."""

_TOP = "XX"
_PLACEHOLDERS = ("0", "Deleted")
_REFERENCE, _REPORTS_TO, _JUNIOR_REPORTS_TO = "Post Unique Reference", "Reports to Senior Post", "Reporting Senior Post"
_GROUP, _FTE, _JUNIOR_FTE = "Professional/Occupational Group", "FTE", "Number of Posts in FTE"


@frozen(kw_only=True)
class Oddity:
    """Something odd in the published rows of a body.

    Attributes:
        kind: What is odd.
        where: Each row or post that is, by its reference or id.
        treatment: What is done about it.
    """

    kind: str
    where: tuple[str, ...]
    treatment: str


@frozen(kw_only=True)
class _Post:
    id: str
    title: str
    unit: str
    group: str
    manager_id: str


@cache
def rows(body: str = HM_TREASURY, seed: int = 0) -> Rows:
    """Return the tables of the organisation, as rows by table name; made once, and to be left as they are."""
    rng = np.random.default_rng(seed)
    model = onet_model(real_data("onet"))
    posts, _ = _read(body)
    depth = depths({post.id: post.manager_id for post in posts})
    people = [_person(post, 1 + max(depth.values()) - depth[post.id], rng) for post in posts]
    return {
        **model_rows(model, {str(person["role_id"]) for person in people}),
        "people": people,
        "assessments": assessment_rows(people, model, rng, ON),
    }


def oddities(body: str = HM_TREASURY) -> tuple[Oddity, ...]:
    """Return what is odd in the published rows of a body, and what is done about it."""
    return _read(body)[1]


def _person(post: _Post, grade: int, rng: np.random.Generator) -> Row:
    return {
        "person_id": post.id,
        "name": post.title,
        "role_id": O_NET_ROLES[post.group.lower()],
        "manager_id": post.manager_id,
        "department": post.unit,
        "time_zone": "Europe/London",
        "languages": str(rng.choice(["en", "en", "en;fr", "cy;en"])),
        "grade": grade,
        "capacity": int(rng.choice(4, p=[0.4, 0.3, 0.2, 0.1])),
        "mentee_limit": int(rng.integers(1, 4)),
    }


@cache
def _read(body: str) -> tuple[list[_Post], tuple[Oddity, ...]]:
    folder = real_data("organograms")
    senior = [row for row in read_rows(folder / "senior.csv") if row["source_file"] == f"{body}-senior.csv"]
    junior = [row for row in read_rows(folder / "junior.csv") if row["source_file"] == f"{body}-junior.csv"]
    named = [row for row in senior if row[_REFERENCE] not in _PLACEHOLDERS]
    posts = [*_senior_posts(named), *_junior_posts(junior)]
    known = {post.id for post in posts}
    dangling = [post.id for post in posts if post.manager_id not in known | {""}]
    managers = {post.id: "" if post.id in dangling else post.manager_id for post in posts}
    cut = _cut_circles(managers)
    mended = [_Post(id=p.id, title=p.title, unit=p.unit, group=p.group, manager_id=managers[p.id]) for p in posts]
    found = [
        *_row_oddities(senior, named, junior),
        Oddity(kind="reports to no post", where=tuple(dangling), treatment="kept, without a manager"),
        Oddity(
            kind="reports in a circle", where=tuple(cut), treatment="kept, without a manager, which opens the circle"
        ),
    ]
    return mended, tuple(oddity for oddity in found if oddity.where)


def _senior_posts(senior: Sequence[Mapping[str, str]]) -> list[_Post]:
    """Return senior posts; of several with one reference the first is the one to whom others report."""
    seen: Counter[str] = Counter()
    posts = []
    for row in senior:
        for _ in range(math.ceil(Decimal(row[_FTE]))):
            seen[row[_REFERENCE]] += 1
            number = seen[row[_REFERENCE]]
            above = row[_REPORTS_TO]
            posts.append(
                _Post(
                    id=f"s-{row[_REFERENCE]}" if number == 1 else f"s-{row[_REFERENCE]}-{number}",
                    title=row["Job Title"],
                    unit=row["Unit"],
                    group=row[_GROUP],
                    manager_id="" if above == _TOP else f"s-{above}",
                )
            )
    return posts


def _junior_posts(junior: Sequence[Mapping[str, str]]) -> list[_Post]:
    return [
        _Post(
            id=f"j-{place}-{number}",
            title=row["Generic Job Title"],
            unit=row["Unit"],
            group=row[_GROUP],
            manager_id=f"s-{row[_JUNIOR_REPORTS_TO]}",
        )
        for place, row in enumerate(junior, start=1)
        for number in range(1, math.ceil(Decimal(row[_JUNIOR_FTE])) + 1)
    ]


def _cut_circles(managers: dict[str, str]) -> list[str]:
    """Open each circle at its least id, in place; return these ids."""
    cut = []
    for post_id in sorted(managers):
        above, seen = managers[post_id], set[str]()
        while above not in seen | {"", post_id}:
            seen.add(above)
            above = managers[above]
        if above == post_id:
            managers[post_id] = ""
            cut.append(post_id)
    return cut


def _row_oddities(
    senior: Sequence[Mapping[str, str]], named: Sequence[Mapping[str, str]], junior: Sequence[Mapping[str, str]]
) -> list[Oddity]:
    references = Counter(row[_REFERENCE] for row in named)
    tops = [row[_REFERENCE] for row in named if row[_REPORTS_TO] == _TOP]
    first: dict[tuple[str, ...], int] = {}
    twice = [n for n, row in enumerate(junior, start=1) if first.setdefault(tuple(row.values()), n) != n]
    return [
        Oddity(
            kind="placeholder instead of a reference",
            where=tuple(row[_REFERENCE] for row in senior if row[_REFERENCE] in _PLACEHOLDERS),
            treatment="left out: the post is deleted or nobody is in it, and nobody reports to it",
        ),
        Oddity(
            kind="reference of several posts",
            where=tuple(reference for reference, n in references.items() if n > 1),
            treatment="kept, each a post of its own; others report to the first",
        ),
        Oddity(
            kind="several tops",
            where=tuple(tops) if len(tops) > 1 else (),
            treatment="kept, as a forest of several trees",
        ),
        Oddity(
            kind="no professional group",
            where=tuple(
                row.get(_REFERENCE, row.get("Generic Job Title", "")) for row in [*named, *junior] if not row[_GROUP]
            ),
            treatment="kept, with the role of the group Other",
        ),
        Oddity(
            kind="junior row given twice",
            where=tuple(f"j-{n}" for n in twice),
            treatment="kept, as equal groups may stand under one senior post",
        ),
    ]
