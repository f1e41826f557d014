"""GroupProblem: what forming groups is decided on, in whole-number columns; and the values that it is made from."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from taskmentor.errors import Fault, InputError, shown
from taskmentor.matching.groups.policy import GroupPolicy, joined
from taskmentor.models.people import PersonId

__all__ = [
    "NO_SLOT",
    "Draft",
    "ExpertRows",
    "GroupPerson",
    "GroupProblem",
    "GroupTopic",
    "MemberRows",
    "PossibleExpert",
    "PossibleMember",
]

NO_SLOT = -1
_MOST_POINTS = 1_000_000
_MOST_SLOTS = 10_000
_MOST_SKILLS = 62
Pair = tuple[str, str]


@frozen(kw_only=True)
class GroupPerson:
    """Somebody who may be put into groups.

    Attributes:
        id: Who it is.
        department: Where they belong; "" where unknown, which counts as no department.
        member_limit: In how many groups they may be a member, within the policy's own limit.
        expert_capacity: In how many groups they may be an expert.
        slots: The slots at which they can come, as whole numbers from 0; what a slot is, is the caller's to say.
    """

    id: PersonId
    department: str = ""
    member_limit: int = 1
    expert_capacity: int = 0
    slots: frozenset[int] = frozenset()


@frozen(kw_only=True)
class GroupTopic:
    """What groups are formed around: a skill, a set of skills, or a problem.

    Attributes:
        id: Which it is.
        n_skills: How many skills it has; 0 where it is no matter of skills.
    """

    id: str
    n_skills: int = 1


@frozen(kw_only=True)
class PossibleMember:
    """Somebody who may be a member of the groups of a topic.

    Attributes:
        points: What their membership is worth, beside the policy's own points.
        level: Their level, for the spread of levels.
        target: The level that they want to reach: experts of their group must be at it or above.
    """

    person_id: PersonId
    topic_id: str
    points: int = 0
    level: int = 0
    target: int = 0


@frozen(kw_only=True)
class PossibleExpert:
    """Somebody who may be an expert of the groups of a topic.

    Attributes:
        points: What their help is worth, before the policy's cost of an expert.
        level: The highest target that they can help to reach.
        skills: Which of the topic's skills, counted from 0, they stand for.
    """

    person_id: PersonId
    topic_id: str
    points: int = 0
    level: int = 0
    skills: frozenset[int] = frozenset()


@frozen(eq=False, kw_only=True)
class MemberRows:
    """Possible members as columns, sorted by topic and person, one row for each two of them. Shape (n,) each."""

    person: NDArray[np.int32]
    topic: NDArray[np.int32]
    points: NDArray[np.int64]
    level: NDArray[np.int32]
    target: NDArray[np.int32]


@frozen(eq=False, kw_only=True)
class ExpertRows:
    """Possible experts as columns, sorted by topic and person; bit `k` of `skills` is the skill k. Shape (n,) each."""

    person: NDArray[np.int32]
    topic: NDArray[np.int32]
    points: NDArray[np.int64]
    level: NDArray[np.int32]
    skills: NDArray[np.int64]


@frozen(order=True)
class Draft:
    """A group in places of a problem, members and experts rising.

    Attributes:
        topic: The place of its topic.
        members: The places of its members.
        experts: The places of its experts.
        slot: When it meets, -1 where no slot is looked for.
    """

    topic: int
    members: tuple[int, ...]
    experts: tuple[int, ...]
    slot: int = NO_SLOT

    @property
    def present(self) -> tuple[int, ...]:
        """Return everybody in the group."""
        return self.members + self.experts


@frozen(eq=False, kw_only=True)
class GroupProblem:
    """What forming groups is decided on. People and topics are in the order of a salted hash of their ids.

    Attributes:
        policy: What groups must obey, and what makes one better.
        ids: Who the places stand for. Shape (n_people,).
        topics: The ids of the topics.
        n_skills: How many skills each topic has. Shape (n_topics,).
        department: Department codes, -1 for none. Shape (n_people,).
        limit: In how many groups each may be a member. Shape (n_people,).
        capacity: In how many groups each may be an expert. Shape (n_people,).
        attends: Who can come when. Shape (n_people, n_slots).
        members: Who may be a member of which topic.
        experts: Who may be an expert of which topic.
        apart: Pairs of places, the lower first, that no group has both of. Shape (n_apart, 2).
        met: Pairs that were in a group together before and are not kept apart. Shape (n_met, 2).
        together: Sets of places of which a group has all or none.
    """

    policy: GroupPolicy
    ids: NDArray[np.str_]
    topics: tuple[str, ...]
    n_skills: NDArray[np.int32]
    department: NDArray[np.int32]
    limit: NDArray[np.int32]
    capacity: NDArray[np.int32]
    attends: NDArray[np.bool_]
    members: MemberRows
    experts: ExpertRows
    apart: NDArray[np.int32]
    met: NDArray[np.int32]
    together: tuple[tuple[int, ...], ...]

    @classmethod
    def build(
        cls,
        policy: GroupPolicy,
        people: Iterable[GroupPerson],
        topics: Iterable[GroupTopic],
        members: Iterable[PossibleMember],
        experts: Iterable[PossibleExpert] = (),
        *,
        met: Iterable[Pair] = (),
        apart: Iterable[Pair] = (),
        salt: str = "",
    ) -> "GroupProblem":
        """Return the problem of some people and topics; the order in which they are given does not matter.

        Args:
            policy: What groups must obey, and what makes one better.
            people: Everybody who may be put into groups.
            topics: What groups may be formed around.
            members: Who may be a member of which topic.
            experts: Who may be an expert of which topic.
            met: Pairs of ids of people who were in a group together before; those who take no part are passed over.
            apart: Pairs of ids of people to be kept apart, beside the policy's own.
            salt: Settles ties; publish it beforehand.

        Raises:
            InputError: If an id is unknown or stands there twice, or a number is out of range; with every fault.
        """
        given = _Given(tuple(people), tuple(topics), tuple(members), tuple(experts), policy)
        if faults := [*given.faults()]:
            raise InputError(faults)
        persons = sorted(given.people, key=lambda person: _key(salt, person.id))
        place = {str(person.id): number for number, person in enumerate(persons)}
        ordered = sorted(given.topics, key=lambda topic: _key(salt, topic.id))
        topic_place = {topic.id: number for number, topic in enumerate(ordered)}
        labels = {label: code for code, label in enumerate(sorted({person.department for person in persons} - {""}))}
        before, kept_apart = _pairs(place, met), _pairs(place, apart)
        for one in policy.apart:
            kept_apart |= _pairs(place, combinations(one, 2))
        kept_apart |= before if policy.bar_repeats else set()
        return cls(
            policy=policy,
            ids=np.array([person.id for person in persons], np.str_),
            topics=tuple(topic.id for topic in ordered),
            n_skills=np.array([topic.n_skills for topic in ordered], np.int32),
            department=np.array([labels.get(person.department, -1) for person in persons], np.int32),
            limit=np.array([min(person.member_limit, policy.groups_per_person) for person in persons], np.int32),
            capacity=np.array([person.expert_capacity for person in persons], np.int32),
            attends=_attends(persons),
            members=_member_rows(given.members, place, topic_place),
            experts=_expert_rows(given.experts, place, topic_place),
            apart=_pair_array(kept_apart),
            met=_pair_array(before - kept_apart),
            together=tuple(sorted(tuple(sorted(place[one] for one in some)) for some in joined(policy.together))),
        )

    @property
    def n_people(self) -> int:
        """Return how many people there are."""
        return len(self.ids)

    @property
    def n_slots(self) -> int:
        """Return how many slots there are to choose from; 0 where none is looked for."""
        return self.attends.shape[1] if self.policy.attendance else 0

    def member_rows(self, topic: int) -> range:
        """Return the rows of the possible members of a topic."""
        return _range(self.members.topic, topic)

    def expert_rows(self, topic: int) -> range:
        """Return the rows of the possible experts of a topic."""
        return _range(self.experts.topic, topic)

    @cached_property
    def member_row(self) -> Mapping[tuple[int, int], int]:
        """Return the row of each possible member by topic and person."""
        both = zip(self.members.topic.tolist(), self.members.person.tolist(), strict=True)
        return {pair: row for row, pair in enumerate(both)}

    @cached_property
    def expert_row(self) -> Mapping[tuple[int, int], int]:
        """Return the row of each possible expert by topic and person."""
        both = zip(self.experts.topic.tolist(), self.experts.person.tolist(), strict=True)
        return {pair: row for row, pair in enumerate(both)}

    @cached_property
    def apart_from(self) -> tuple[frozenset[int], ...]:
        """Return whom each person is kept apart from."""
        return _neighbours(self.n_people, self.apart)

    @cached_property
    def met_with(self) -> tuple[frozenset[int], ...]:
        """Return whom each person was in a group with before."""
        return _neighbours(self.n_people, self.met)

    @cached_property
    def circle_of(self) -> Mapping[int, tuple[int, ...]]:
        """Return the set that each person must be together with, for those who are in one."""
        return {person: some for some in self.together for person in some}

    def most_groups(self, topic: int) -> int:
        """Return how many groups of a topic there can be at the most, by counting people alone."""
        policy = self.policy
        rows, experts = self.member_rows(topic), self.expert_rows(topic)
        persons = self.members.person[rows.start : rows.stop]
        most = int(np.count_nonzero(self.limit[persons])) // policy.min_members
        least = max(policy.min_experts, int(policy.every_skill and self.n_skills[topic] > 0))
        if least:
            most = min(most, int(self.capacity[self.experts.person[experts.start : experts.stop]].sum()) // least)
        return most if policy.max_groups is None else min(most, policy.max_groups)


@frozen
class _Given:
    """The values that a problem is made from, and what is wrong in them."""

    people: tuple[GroupPerson, ...]
    topics: tuple[GroupTopic, ...]
    members: tuple[PossibleMember, ...]
    experts: tuple[PossibleExpert, ...]
    policy: GroupPolicy

    def _rows(self) -> Iterator[tuple[str, int, PossibleMember | PossibleExpert]]:
        for line, member in enumerate(self.members, start=1):
            yield "members", line, member
        for line, expert in enumerate(self.experts, start=1):
            yield "experts", line, expert

    def faults(self) -> Iterator[Fault]:
        yield from _twice("people", "id", [person.id for person in self.people])
        yield from _twice("topics", "id", [topic.id for topic in self.topics])
        yield from _twice("members", "person_id", [(row.person_id, row.topic_id) for row in self.members])
        yield from _twice("experts", "person_id", [(row.person_id, row.topic_id) for row in self.experts])
        yield from self._unknown()
        yield from self._numbers()

    def _unknown(self) -> Iterator[Fault]:
        known, topics = {person.id for person in self.people}, {topic.id for topic in self.topics}
        for table, line, row in self._rows():
            if row.person_id not in known:
                yield _unknown_fault(table, line, "person_id", row.person_id, "Give the person too.")
            if row.topic_id not in topics:
                yield _unknown_fault(table, line, "topic_id", row.topic_id, "Give the topic too.")
        for person_id in sorted({one for some in self.policy.together for one in some} - known):
            yield _unknown_fault("groups", None, "together", person_id, "Name people who take part.")

    def _numbers(self) -> Iterator[Fault]:
        for line, person in enumerate(self.people, start=1):
            yield from _out_of_range("people", line, "member_limit", person.member_limit, 0, _MOST_POINTS)
            yield from _out_of_range("people", line, "expert_capacity", person.expert_capacity, 0, _MOST_POINTS)
            for slot in sorted(person.slots):
                yield from _out_of_range("people", line, "slots", slot, 0, _MOST_SLOTS - 1)
        for line, topic in enumerate(self.topics, start=1):
            yield from _out_of_range("topics", line, "n_skills", topic.n_skills, 0, _MOST_SKILLS)
        for table, line, row in self._rows():
            yield from _out_of_range(table, line, "points", row.points, -_MOST_POINTS, _MOST_POINTS)
            yield from _out_of_range(table, line, "level", row.level, -_MOST_POINTS, _MOST_POINTS)
            if isinstance(row, PossibleMember):
                yield from _out_of_range(table, line, "target", row.target, -_MOST_POINTS, _MOST_POINTS)
                continue
            for skill in sorted(row.skills):
                yield from _out_of_range(table, line, "skills", skill, 0, _MOST_SKILLS - 1)


def _twice(table: str, column: str, keys: Sequence[str | Pair]) -> Iterator[Fault]:
    seen: set[str | Pair] = set()
    for line, key in enumerate(keys, start=1):
        if key in seen:
            named = shown(key) if isinstance(key, str) else " in ".join(map(shown, key))
            problem = f"{named} stands there more than once"
            yield Fault(code="DUPLICATE-ID", table=table, line=line, column=column, problem=problem)
        seen.add(key)


def _unknown_fault(table: str, line: int | None, column: str, unknown: str, remedy: str) -> Fault:
    problem = f"{shown(unknown)} is not known here"
    return Fault(code="UNKNOWN-ID", table=table, line=line, column=column, problem=problem, remedy=remedy)


def _out_of_range(table: str, line: int, column: str, value: object, least: int, most: int) -> Iterator[Fault]:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        remedy = f"Give a whole number from {least:,} to {most:,}."
        problem = f"{shown(value)} is not accepted"
        yield Fault(code="OUT-OF-RANGE", table=table, line=line, column=column, problem=problem, remedy=remedy)


def _key(salt: str, id: str) -> tuple[bytes, str]:
    return hashlib.sha256(f"{salt}\0{id}".encode()).digest(), id


def _pairs(place: Mapping[str, int], pairs: Iterable[Pair]) -> set[tuple[int, int]]:
    """Return pairs of ids as places, the lower first, of those who take part; nobody is paired with themselves."""
    known = ((place[one], place[other]) for one, other in pairs if one in place and other in place)
    return {(min(pair), max(pair)) for pair in known if pair[0] != pair[1]}


def _pair_array(pairs: set[tuple[int, int]]) -> NDArray[np.int32]:
    return np.array(sorted(pairs), np.int32).reshape(-1, 2)


def _attends(persons: Sequence[GroupPerson]) -> NDArray[np.bool_]:
    n_slots = max((slot for person in persons for slot in person.slots), default=-1) + 1
    attends = np.zeros((len(persons), n_slots), np.bool_)
    for place, person in enumerate(persons):
        attends[place, list(person.slots)] = True
    return attends


def _member_rows(
    given: Sequence[PossibleMember], place: Mapping[str, int], topic_place: Mapping[str, int]
) -> MemberRows:
    rows = sorted((topic_place[one.topic_id], place[one.person_id], one.points, one.level, one.target) for one in given)
    topic, person, points, level, target = np.array(rows, np.int64).reshape(-1, 5).T
    return MemberRows(
        person=person.astype(np.int32),
        topic=topic.astype(np.int32),
        points=points,
        level=level.astype(np.int32),
        target=target.astype(np.int32),
    )


def _expert_rows(
    given: Sequence[PossibleExpert], place: Mapping[str, int], topic_place: Mapping[str, int]
) -> ExpertRows:
    rows = sorted(
        (
            topic_place[one.topic_id],
            place[one.person_id],
            one.points,
            one.level,
            sum(1 << skill for skill in one.skills),
        )
        for one in given
    )
    topic, person, points, level, skills = np.array(rows, np.int64).reshape(-1, 5).T
    return ExpertRows(
        person=person.astype(np.int32),
        topic=topic.astype(np.int32),
        points=points,
        level=level.astype(np.int32),
        skills=skills,
    )


def _range(topics: NDArray[np.int32], topic: int) -> range:
    return range(int(np.searchsorted(topics, topic)), int(np.searchsorted(topics, topic, side="right")))


def _neighbours(n: int, pairs: NDArray[np.int32]) -> tuple[frozenset[int], ...]:
    near: list[set[int]] = [set() for _ in range(n)]
    for one, other in pairs.tolist():
        near[one].add(other)
        near[other].add(one)
    return tuple(map(frozenset, near))
