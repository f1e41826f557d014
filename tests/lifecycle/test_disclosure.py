"""An engagement as one person may see it."""

import attrs
import pytest

from taskmentor.authorisation import ActionName, Relation
from taskmentor.errors import NotAuthorisedError
from taskmentor.lifecycle.actions import (
    AddProduct,
    CheckIn,
    Comment,
    DraftAgreement,
    LogSession,
    ReassessAsMentor,
    RecordPractice,
    SignAgreement,
)
from taskmentor.lifecycle.disclosure import SEEN_BY, seen_by
from taskmentor.lifecycle.engagement import Engagement
from taskmentor.lifecycle.events import PracticeKind, utc_day
from taskmentor.lifecycle.evolving import replay
from taskmentor.lifecycle.moves import State
from taskmentor.lifecycle.terms import Terms
from taskmentor.lifecycle.values import Agreement, ProductKind
from tests.lifecycle.examples import (
    ACTOR_OF,
    MANAGER,
    MENTEE,
    MENTOR,
    MENTORS_MANAGER,
    PROGRAMME_MANAGER,
    SCOPE,
    STRANGER,
    engagement_in,
    example,
    log_to,
    take,
)

_BESIDE = (
    ("record-exchange", MENTEE), ("offer-second-goal", MENTOR), ("accept-second-goal", MENTEE),
    ("reassess-second-goal", MENTOR), ("confirm-second-goal", MENTORS_MANAGER),
)  # fmt: skip


def full() -> Engagement:
    """Return an engagement in which every part that is protected holds something."""
    log = log_to(State.ACTIVE, terms=Terms(second_goal=True))
    at = replay(log).at
    for actor, words in ((MENTEE, "He is late."), (MENTOR, "She is late.")):
        take(log, CheckIn(trust=2, communication=3, meetings=1, responsibilities=4, words=words), actor, at)
    take(log, DraftAgreement(agreement=Agreement(goals=("A report",))), MENTEE, at)
    take(log, SignAgreement(draft=replay(log).version), MENTOR, at)
    take(log, DraftAgreement(agreement=Agreement(goals=("Two reports",))), MENTEE, at)
    take(log, LogSession(starts_at=at, minutes=20), MENTOR, at)
    practice = RecordPractice(kind=PracticeKind.SHADOWING, behaviour=SCOPE.behaviours[0], day=utc_day(at), minutes=10)
    take(log, practice, MENTEE, at)
    take(log, AddProduct(kind=ProductKind.ARTEFACT, title="Template"), MENTOR, at)
    for name, actor in _BESIDE:
        take(log, example(ActionName(name), at, replay(log)), actor, at)
    for name, actor in (("finish", MENTEE), ("reassess", MENTEE), ("return", MANAGER), ("finish", MENTEE)):
        take(log, example(ActionName(name), at, replay(log)), actor, at)
    take(log, example(ActionName("reassess"), at), MENTEE, at)
    take(log, Comment(words="All alone."), MENTOR, at)
    take(log, example(ActionName("confirm"), at), MANAGER, at)
    completed = take(log, ReassessAsMentor(level=5), MENTOR, at)
    return attrs.evolve(completed, closed_because="It is done.", second_offer=SCOPE)


FULL = full()


def seen_in_words(part: str, role: str) -> bool:
    """Return who sees what, as the requirements say; reads no table of ours."""
    sides, manages = role in ("mentee", "mentor"), role in ("confirmer", "manager")
    match part:
        case "draft" | "agreement" | "second_offer" | "exchanges":
            return sides
        case "second_goal":
            return sides or role == "mentor's manager"
        case "practice" | "products" | "reassessed_level" | "comments" | "returned":
            return sides or manages
        case "sessions" | "reassessed_on":
            return sides or manages or role == "programme manager"
        case "check_ins" | "closed_because":
            return sides or role == "programme manager"
        case "confirmed_level":
            return sides or manages or role == "manager above"
        case "mentor_level" | "mentor_reassessed_on":
            return role in ("mentor", "mentor's manager")
    return True


@pytest.mark.parametrize("relation", Relation)
def test_row_43_each_part_is_seen_by_those_who_may_and_by_nobody_else(relation: Relation) -> None:
    seen = seen_by(FULL, ACTOR_OF[relation], {relation})
    for field in attrs.fields(Engagement):
        value, whole = getattr(seen, field.name), getattr(FULL, field.name)
        if field.name == "check_ins":
            continue
        if seen_in_words(field.name, relation.value):
            assert value == whole, field.name
        else:
            assert value == field.default != whole, field.name


def test_d9_each_side_sees_their_own_check_ins_and_the_programme_manager_all() -> None:
    """A word about the other would never be written again."""
    said = {
        who: [one.words for one in seen_by(FULL, who, held).check_ins]
        for who, held in (
            (MENTEE, frozenset({Relation.MENTEE})),
            (MENTOR, frozenset({Relation.MENTOR})),
            (PROGRAMME_MANAGER, frozenset({Relation.PROGRAMME_MANAGER})),
            (MANAGER, frozenset({Relation.CONFIRMER, Relation.MANAGER})),
        )
    }
    assert said == {
        MENTEE: ["He is late."],
        MENTOR: ["She is late."],
        PROGRAMME_MANAGER: ["He is late.", "She is late."],
        MANAGER: [],
    }


@pytest.mark.parametrize("state", State)
def test_who_is_nothing_to_it_sees_nothing_whatever_they_claim(state: State) -> None:
    for claimed in (frozenset[Relation](), frozenset({Relation.MENTEE, Relation.MENTOR})):
        with pytest.raises(NotAuthorisedError, match="'stan' may not read-engagement"):
            seen_by(engagement_in(state), STRANGER, claimed)


def test_every_part_that_is_protected_is_one_that_can_be_left_out() -> None:
    fields = attrs.fields_dict(Engagement)
    assert all(fields[name].default is not attrs.NOTHING for name in SEEN_BY)
    assert all(getattr(FULL, name) != fields[name].default for name in SEEN_BY)
