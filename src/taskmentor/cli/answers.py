"""What each command answers: as data for `--json`, and as text for people, with names beside ids."""

from collections.abc import Mapping
from datetime import date
from itertools import islice
from typing import Protocol

from attrs import asdict, frozen

from taskmentor.cli.layout import cut, one_line, shown, table
from taskmentor.formats.onet import Conversion
from taskmentor.formats.plans import FILES, claims_data
from taskmentor.formats.strict_json import Json
from taskmentor.matching.blocking import BlockingPair
from taskmentor.matching.certificate import Verdict
from taskmentor.matching.directory import PossibleMentor
from taskmentor.matching.explanation import Explanation
from taskmentor.models.competency import CompetencyModel
from taskmentor.models.organisation import Organisation
from taskmentor.proficiency import SkillGap, SkillGaps
from taskmentor.programmes.describing import in_words
from taskmentor.programmes.programme import Programme
from taskmentor.rematching import Rematch
from taskmentor.rounds import Round

__all__ = [
    "Answer",
    "Blocking",
    "Converted",
    "Described",
    "Explained",
    "Gaps",
    "InPart",
    "Listed",
    "Matched",
    "Mentors",
    "Rematched",
    "Text",
    "Verified",
    "Written",
    "gap_table",
    "level",
    "named",
    "sizes",
]


class Answer(Protocol):
    """What a command answers."""

    @property
    def status(self) -> int:
        """Return the exit code."""
        ...

    def data(self) -> Json:
        """Return the answer as data."""
        ...

    def text(self) -> str:
        """Return the answer as text for people."""
        ...


def named(organisation: Organisation, person_id: str) -> str:
    """Return a person's id with the name behind it."""
    people = organisation.people
    return f"{person_id} {people.names[people.code(person_id)]}".rstrip()


def level(model: CompetencyModel, number: int) -> str:
    """Return a level with its name behind it."""
    return f"{number} {model.scale.name(number)}"


def sizes(organisation: Organisation) -> str:
    """Return how many people, roles, skills and assessments there are."""
    return repr(organisation).removeprefix("Organisation(").removesuffix(")")


def gap_table(found: SkillGaps, n_rows: int) -> list[str]:
    """Return the lines of a table of the first so many skill gaps; none where there is no gap."""
    organisation = found.organisation

    def row(gap: SkillGap) -> tuple[object, ...]:
        confirmed = level(organisation.model, gap.confirmed) if gap.assessed else "not assessed"
        required = level(organisation.model, gap.required)
        return named(organisation, gap.person_id), gap.skill_id, confirmed, required, gap.importance

    header = ("person", "skill", "confirmed", "required", "importance")
    return table(header, [row(gap) for gap in islice(found, n_rows)], numbers=("importance",)) if len(found) else []


@frozen(kw_only=True)
class InPart:
    """Another answer, from tables of which rows may have been left out."""

    answer: Answer
    organisation: Organisation

    @property
    def status(self) -> int:
        """Return the exit code of the other answer."""
        return self.answer.status

    def data(self) -> Json:
        """Return the other answer with the count of rows that were left out of each table."""
        data = self.answer.data()
        assert isinstance(data, Mapping), "every answer is an object"
        return {**data, "left_out": {one.table: one.rows for one in self.organisation.left_out}}

    def text(self) -> str:
        """Return the other answer; what was left out goes to standard error."""
        return self.answer.text()


@frozen(kw_only=True)
class Text:
    """A text that is an answer as it stands.

    Attributes:
        key: What data calls it.
        written: The text.
    """

    key: str
    written: str
    status: int = 0

    def data(self) -> Json:
        """Return the text under its key."""
        return {self.key: self.written}

    def text(self) -> str:
        """Return the text; a command adds its own line end."""
        return self.written.removesuffix("\n")


@frozen(kw_only=True)
class Listed:
    """Some programmes, one line each."""

    programmes: tuple[Programme, ...]
    status: int = 0

    def data(self) -> Json:
        """Return what tells them apart."""
        return {"programmes": [dict(zip(_KEYS, _listed(one), strict=True)) for one in self.programmes]}

    def text(self) -> str:
        """Return a table, and how to learn more."""
        rows = [_listed(one) for one in self.programmes]
        more = "Say `taskmentor programmes NAME` for everything that one does, and add --toml for a file to change."
        return "\n".join([*table(_LISTED, rows), "", more])


_LISTED = ("programme", "purpose", "format", "mode", "medium", "started by", "weeks")
_KEYS = ("programme", "purpose", "format", "mode", "medium", "initiator", "weeks")


def _listed(programme: Programme) -> tuple[str | int | None, ...]:
    return (
        programme.id, programme.purpose, programme.format, programme.mode, programme.medium, programme.initiator,
        programme.weeks,
    )  # fmt: skip


@frozen(kw_only=True)
class Described:
    """Everything that one programme says, in plain words."""

    programme: Programme
    status: int = 0

    def data(self) -> Json:
        """Return each field with its value and meaning."""
        fields: list[Json] = [
            {"part": one.part, "name": one.name, "value": one.value, "meaning": one.meaning}
            for one in in_words(self.programme)
        ]
        return {"programme": str(self.programme.id), "fields": fields}

    def text(self) -> str:
        """Return a paragraph for each part, with a line for each field."""
        parts: dict[str, list[str]] = {}
        for one in in_words(self.programme):
            value = f": {one.value}" if one.value else ""
            meaning = f". {one.meaning}" if one.meaning else ""
            parts.setdefault(one.part, []).append(one_line(f"  {one.name}{value}{meaning}"))
        return "\n\n".join("\n".join([part, *lines]) for part, lines in parts.items())


@frozen(kw_only=True)
class Written:
    """An organisation has been written.

    Attributes:
        what: What it is.
        organisation: The organisation.
        files: The names of its files.
    """

    what: str
    organisation: Organisation
    files: tuple[str, ...]
    status: int = 0

    def data(self) -> Json:
        """Return the counts and the files."""
        model = self.organisation.model
        return {
            "people": len(self.organisation.people),
            "roles": len(model.roles),
            "skills": len(model.skills),
            "assessments": len(self.organisation.assessments),
            "files": self.files,
        }

    def text(self) -> str:
        """Return the counts and the files."""
        return f"Wrote {self.what}: {sizes(self.organisation)}.\nFiles: {', '.join(self.files)}."


@frozen(kw_only=True)
class Converted:
    """A competency model has been made from a published one and written."""

    conversion: Conversion
    status: int = 0

    def data(self) -> Json:
        """Return every count of the conversion."""
        model, conversion = self.conversion.model, self.conversion
        return {
            "roles": len(model.roles),
            "skills": len(model.skills),
            "requirements": conversion.n_kept,
            "behaviours": len(model.behaviours),
            "least_importance": str(conversion.least_importance),
            "rated": conversion.n_rated,
            "suppressed": conversion.n_suppressed,
            "not_relevant": conversion.n_not_relevant,
            "unimportant": conversion.n_unimportant,
            "level_zero": conversion.n_level_zero,
            "levels_rounded": conversion.n_levels_rounded,
            "importances_rounded": conversion.n_importances_rounded,
            "roles_without_requirements": conversion.n_roles_without_requirements,
            "occupations_unrated": conversion.n_occupations_unrated,
            "anchors_elsewhere": conversion.n_anchors_elsewhere,
        }

    def text(self) -> str:
        """Return what came out, what was rounded and what was left out."""
        return self.conversion.summary()


@frozen(kw_only=True)
class Gaps:
    """Skill gaps of everybody, or of one manager's team."""

    gaps: SkillGaps
    on: date
    manager: str | None = None
    levels: int | None = None
    everything: bool = False
    status: int = 0

    def data(self) -> Json:
        """Return the gaps, all of them."""
        rows: list[Json] = [
            {
                "person_id": gap.person_id,
                "skill_id": gap.skill_id,
                "required": gap.required,
                "confirmed": gap.confirmed,
                "assessed": gap.assessed,
                "size": gap.size,
                "importance": gap.importance,
            }
            for gap in self.gaps
        ]
        return {"on": self.on.isoformat(), "manager": self.manager, "levels": self.levels, "gaps": rows}

    def text(self) -> str:
        """Return the gaps as a table."""
        n_people = len(set(self.gaps.person.tolist()))
        organisation = self.gaps.organisation
        team = "" if self.manager is None else f" of the team of {named(organisation, self.manager)}"
        first = f"{len(self.gaps):,} skill gaps of {n_people:,} people{team} on {self.on}."
        how = "--json gives them as data"
        rows = gap_table(self.gaps, shown(len(self.gaps), everything=self.everything))
        return "\n".join([one_line(first), *cut(rows, n_rows=len(self.gaps), what="gaps", how=how)])


@frozen(kw_only=True)
class Mentors:
    """Who could mentor one person in one skill."""

    organisation: Organisation
    person_id: str
    skill_id: str
    on: date
    found: tuple[PossibleMentor, ...]
    status: int = 0

    def data(self) -> Json:
        """Return the mentors, best first."""
        mentors: list[Json] = [
            {
                "mentor_id": mentor.mentor_id,
                "level": mentor.level,
                "score": mentor.score,
                "parts": dict(mentor.parts),
                "places_left": mentor.places_left,
            }
            for mentor in self.found
        ]
        return {"person_id": self.person_id, "skill_id": self.skill_id, "on": self.on.isoformat(), "mentors": mentors}

    def text(self) -> str:
        """Return the mentors as a table, with their points part by part."""
        who = named(self.organisation, self.person_id)
        skill = self.organisation.model.skill(self.skill_id).name
        if not self.found:
            return one_line(f"There is no mentor for {who} in {self.skill_id} ({skill}) on {self.on}.")
        parts = tuple(name for name, _ in self.found[0].parts)
        rows = [
            (
                named(self.organisation, mentor.mentor_id),
                level(self.organisation.model, mentor.level),
                mentor.score,
                *(points for _, points in mentor.parts),
                mentor.places_left,
            )
            for mentor in self.found
        ]
        header = ("mentor", "level", "points", *parts, "places left")
        first = one_line(f"Mentors for {who} in {self.skill_id} ({skill}) on {self.on}, best first:")
        return "\n".join([first, *table(header, rows, numbers=header[2:])])


@frozen(kw_only=True)
class Matched:
    """A matching round, and whether it was written."""

    round: Round
    written: bool = False
    everything: bool = False
    status: int = 0

    def data(self) -> Json:
        """Return the keys of `solution.json`."""
        return claims_data(self.round.plan.claims)

    def text(self) -> str:
        """Return the summary, the pairs, and the requests without a mentor."""
        written = [f"Wrote {', '.join(FILES)}."] if self.written else []
        return "\n".join([one_line(line) for line in self.round.summary().splitlines()] + self._tables() + written)

    def _tables(self) -> list[str]:
        plan, organisation = self.round.plan, self.round.organisation
        n_pairs, n_left = (shown(len(rows), everything=self.everything) for rows in (plan, plan.unmatched))
        pairs = zip(
            [named(organisation, mentee_id) for mentee_id in plan.mentee_id[:n_pairs].tolist()],
            plan.skill_id[:n_pairs].tolist(),
            [level(organisation.model, target) for target in plan.target_level[:n_pairs].tolist()],
            [named(organisation, mentor_id) for mentor_id in plan.mentor_id[:n_pairs].tolist()],
            [f"{score:,}" for score in plan.score[:n_pairs].tolist()],
            strict=True,
        )
        left = zip(
            [named(organisation, mentee_id) for mentee_id in plan.unmatched.mentee_id[:n_left].tolist()],
            plan.unmatched.skill_id[:n_left].tolist(),
            plan.unmatched.reason[:n_left].tolist(),
            strict=True,
        )
        header = ("mentee", "skill", "target", "mentor", "points")
        return [
            *self._table(header, list(pairs), len(plan), "pairs"),
            *self._table(("without a mentor", "skill", "reason"), list(left), len(plan.unmatched), _WITHOUT),
        ]

    def _table(self, header: tuple[str, ...], rows: list[tuple[object, ...]], n_rows: int, what: str) -> list[str]:
        lines = table(header, rows, numbers=("points",))
        return ["", *cut(lines, n_rows=n_rows, what=what, how="--out writes them")] if rows else []


_WITHOUT = "requests without a mentor"


@frozen(kw_only=True)
class Rematched:
    """A round that was matched again, and whether it was written."""

    rematch: Rematch
    written: bool = False
    everything: bool = False
    status: int = 0

    def data(self) -> Json:
        """Return the keys of `solution.json`, with what changes under `rematch`."""
        return {**claims_data(self.rematch.round.plan.claims), "rematch": self.rematch.data()}

    def text(self) -> str:
        """Return what the round did and what it changes."""
        n_changes = len(self.rematch.difference.changes)
        summary = self.rematch.summary(most=shown(n_changes, everything=self.everything))
        written = [f"Wrote {', '.join(FILES)}."] if self.written else []
        return "\n".join([*map(one_line, summary.splitlines()), *written])


@frozen(kw_only=True)
class Verified:
    """What verification found.

    Attributes:
        verdict: The verdict.
        note: A clause on why it can only be no, where that says nothing of the plan; else empty.
    """

    verdict: Verdict
    note: str = ""

    @property
    def status(self) -> int:
        """Return 0 for a plan that holds, else 1."""
        return 0 if self.verdict.ok else 1

    def data(self) -> Json:
        """Return the verdict."""
        verdict = self.verdict
        return {
            "status": verdict.status,
            "value": verdict.value,
            "bound": verdict.bound,
            "gap": verdict.gap,
            "method": verdict.method,
            "faults": verdict.faults,
            **({"note": self.note} if self.note else {}),
        }

    def text(self) -> str:
        """Return the verdict, with everything that is wrong on a line of its own."""
        note = [f"Note: {self.note}."] if self.note else []
        return "\n".join([*map(one_line, str(self.verdict).splitlines()), *note])


@frozen(kw_only=True)
class Blocking:
    """Which pairs would both rather have each other than what a plan gives them."""

    round: Round
    status: int = 0

    def data(self) -> Json:
        """Return the counts and the first pairs by score."""
        found = self.round.blocking_pairs
        return {"blocking": found.n, "refused": found.n_refused, "first": [asdict(pair) for pair in self._pairs()]}

    def text(self) -> str:
        """Return the counts, and the first pairs by score as a table."""
        found, organisation = self.round.blocking_pairs, self.round.organisation
        lines = [f"Blocking pairs: {found.n:,}. Pairs of the plan that a list refuses: {found.n_refused:,}."]
        rows = [
            (
                named(organisation, pair.mentee_id),
                pair.skill_id,
                f"{pair.mentee_gain:+,}",
                pair.mentee_leaves or "nobody",
                named(organisation, pair.mentor_id),
                f"{pair.mentor_gain:+,}",
                "nobody" if pair.mentor_leaves is None else pair.mentor_leaves[0],
            )
            for pair in self._pairs()
        ]
        header = ("mentee", "skill", "gains", "leaves", "mentor", "gains", "leaves")
        return "\n".join([*lines, *(["", *table(header, rows, numbers=("gains",))] if rows else [])])

    def _pairs(self) -> tuple[BlockingPair, ...]:
        return self.round.blocking_pairs.named(self.round.problem)


@frozen(kw_only=True)
class Explained:
    """Why one request has the mentor it has, or none."""

    organisation: Organisation
    explanation: Explanation
    status: int = 0

    def data(self) -> Json:
        """Return the explanation."""
        return self.explanation.as_data()

    def text(self) -> str:
        """Return the explanation, the names behind the ids, and the facts behind a reason."""
        first = str(self.explanation).splitlines()[0]
        return "\n".join([one_line(first), "", *self._people(), *self._held(), *self._others()])

    def _people(self) -> list[str]:
        explanation, model = self.explanation, self.organisation.model
        skill = f"{explanation.skill_id} {model.skill(explanation.skill_id).name}"
        target = level(model, explanation.target_level)
        lines = [
            f"mentee  {named(self.organisation, explanation.mentee_id)}",
            f"skill   {skill}, to reach {target}",
        ]
        if explanation.mentor_id is not None and explanation.mentor_level is not None:
            mentor = named(self.organisation, explanation.mentor_id)
            lines.append(f"mentor  {mentor}, {level(model, explanation.mentor_level)}")
        return [one_line(line) for line in lines]

    def _held(self) -> list[str]:
        held = self.explanation.detail.get("held_by")
        if not isinstance(held, dict) or not held:
            return []
        rows = [
            (named(self.organisation, mentor_id), ", ".join(map(str, holders)) if isinstance(holders, list) else "")
            for mentor_id, holders in held.items()
        ]
        return ["", *table(("full mentor", "places held by"), rows)]

    def _others(self) -> list[str]:
        rows = [
            (
                named(self.organisation, other.mentor_id),
                level(self.organisation.model, other.level),
                other.score,
                other.places_left,
            )
            for other in self.explanation.alternatives
        ]
        header = ("otherwise", "level", "points", "places left")
        return ["", *table(header, rows, numbers=header[2:])] if rows else []
