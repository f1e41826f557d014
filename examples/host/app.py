"""A small platform around taskmentor over HTTP: what a host of its own has to wire, and nothing else.

Who the actor is comes from the header `X-Forwarded-User`, as a reverse proxy sets it; nobody is authenticated here.
"""

import argparse
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from threading import Lock
from typing import Annotated, Any, ClassVar, Literal
from uuid import uuid4

import attrs
import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

import taskmentor as tm
from taskmentor import errors, lifecycle, store
from taskmentor.authorisation import (
    ActionName,
    Authority,
    DataAction,
    Deny,
    Grant,
    PersonData,
    PersonRelation,
    ProgrammeAction,
    Relation,
    view,
)
from taskmentor.formats.plans import claims_data
from taskmentor.lifecycle import CLOCK, Action, Engagement, EngagementId, State
from taskmentor.models.people import PersonId
from taskmentor.sample import folder
from taskmentor.store import CommandId, Receipt, RoundId, RoundState, Store

__all__ = ["Host", "create_app", "system_clock"]

OPENED = date(2026, 1, 1)
"""The day from which grants and places hold; a platform keeps both in tables of its own."""

PROGRAMME_MANAGER = PersonId("p-0001")
GRANTS = (
    Grant(person_id=PROGRAMME_MANAGER, relation=Relation.PROGRAMME_MANAGER, from_on=OPENED),
    Grant(person_id=CLOCK, relation=Relation.SYSTEM, from_on=OPENED),
    Grant(person_id=PersonId("auditor"), relation=PersonRelation.AUDITOR, from_on=OPENED),
)

_record = logging.getLogger("uvicorn.error")

Data = dict[str, Any]
Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the present moment: the only place where a clock is read."""
    return datetime.now(UTC)


# --- what clients send: one model an action, for the actions that this example offers


class Wish(BaseModel):
    """What somebody wants to do to an engagement."""

    model_config = ConfigDict(extra="forbid")
    kind: ClassVar[type[Any]]
    action: str

    def asked(self) -> Action:
        """Return it as an action of the lifecycle."""
        fields = {name: getattr(self, name) for name in type(self).model_fields if name != "action"}
        action: Action = self.kind(**fields)
        return action


class ScopeShown(BaseModel):
    """The scope as `GET` shows it, sent back by whoever accepts it."""

    skill_id: str
    from_level: int
    target_level: int
    behaviours: tuple[str, ...] = ()
    scale: tuple[int, int] | None = None


class AcceptWish(Wish):
    """Accept, and acknowledge the scope by stating it."""

    action: Literal["accept"]
    scope: ScopeShown

    def asked(self) -> Action:
        """Return it as an action of the lifecycle."""
        return lifecycle.Accept(scope=lifecycle.Scope(**self.scope.model_dump()))


class DeclineWish(Wish):
    """Say no; nobody has to say why."""

    kind = lifecycle.Decline
    action: Literal["decline"]
    reason: str = ""


class ScheduleWish(Wish):
    """Fix the start date and the end date."""

    kind = lifecycle.Schedule
    action: Literal["schedule"]
    starts_on: date
    ends_on: date


class LogSessionWish(Wish):
    """Write down a session that took place."""

    kind = lifecycle.LogSession
    action: Literal["log-session"]
    starts_at: AwareDatetime
    minutes: int
    face_to_face: bool = False


class PlainWish(Wish):
    """Start on the start date, or say that practice is over."""

    action: Literal["start", "finish"]

    def asked(self) -> Action:
        """Return it as an action of the lifecycle."""
        return lifecycle.Start() if self.action == "start" else lifecycle.Finish()


class ReassessWish(Wish):
    """Say, as the mentee, at which level the skill is now."""

    kind = lifecycle.Reassess
    action: Literal["reassess"]
    level: int


class ConfirmWish(Wish):
    """Confirm, as the confirmer of the day, that the target is reached."""

    kind = lifecycle.Confirm
    action: Literal["confirm"]
    level: int


AnyWish = Annotated[
    AcceptWish | DeclineWish | ScheduleWish | LogSessionWish | PlainWish | ReassessWish | ConfirmWish,
    Field(discriminator="action"),
]


class NewRound(BaseModel):
    """A round to be matched and kept as a draft."""

    id: str
    weeks: int = Field(default=6, ge=1, le=520)


# --- the host: a store, an organisation, a clock, and the rights between them


class Host:
    """What the platform knows and does, without a word of HTTP."""

    def __init__(self, kept: Store, organisation: tm.Organisation, clock: Clock) -> None:
        """Take a store and an organisation, and give its people the places that its tables say, once."""
        self.store = kept
        self.clock = clock
        self._organisation = organisation
        self._read_up_to = 0
        self._reading = Lock()
        self._give_places()

    def _give_places(self) -> None:
        people = self._organisation.people
        sides = ((Relation.MENTOR, people.capacity), (Relation.MENTEE, people.mentee_limit))
        changes = [
            store.PlacesSet(
                actor=PROGRAMME_MANAGER,
                at=self.clock(),
                person_id=people.id(code),
                side=side,
                places=int(places[code]),
                from_on=OPENED,
            )
            for side, places in sides
            for code in range(len(people))
        ]
        # Under one id for ever: the next start does nothing.
        self.store.set_places(CommandId("first-places"), changes, self.granted)

    def organisation(self) -> tm.Organisation:
        """Return the organisation with every outcome that was confirmed, read from where the log was left."""
        with self._reading:
            for logged in self.store.log(after=self._read_up_to):
                if isinstance(logged.event, lifecycle.Confirmed):
                    outcome = lifecycle.outcome(self.store.load(logged.event.engagement_id))
                    self._organisation = self._organisation.assessed(outcome)
                self._read_up_to = logged.position
            return self._organisation

    # --- rights

    @property
    def granted(self) -> Authority:
        """Return who may do what to a programme as a whole, which is a matter of grants alone."""
        return Authority(organisation=self._organisation, grants=GRANTS)

    def authority(self, *people: str) -> Authority:
        """Return who may do and see what, with all that some people take part in."""
        ids = {one for person in people for one in self.store.engagements_of(person)}
        enrolments = tuple(self.store.load(one).enrolment for one in sorted(ids))
        return Authority(organisation=self.organisation(), grants=GRANTS, enrolments=enrolments)

    def gaps(self, actor: str, person_id: str, skill_id: str | None) -> list[tm.SkillGap]:
        """Return somebody's gaps, in one skill or in all.

        Raises:
            NotAuthorisedError: If the actor may not read them; in the same words whether there are any.
        """
        on, authority = self.clock().date(), self.authority(actor, person_id)
        asked = PersonData(person_id=person_id, skill_id=skill_id)
        answer = authority.authorise(actor, DataAction.READ_GAPS, asked, on)
        if isinstance(answer, Deny):
            raise errors.NotAuthorisedError(DataAction.READ_GAPS, actor, answer.needed)
        if answer.logged:
            _record.info("%s read the gaps of %s", actor, person_id)
        found = tm.gaps(self.organisation(), on=on).of(person_id)
        return [gap for gap in found if skill_id in (None, gap.skill_id)]

    def view(self, actor: str, person_id: str) -> tm.Organisation:
        """Return the organisation as somebody may see it, as far as it is about one person."""
        return view(self.organisation(), actor, self.clock().date(), authority=self.authority(actor, person_id))

    def require_granted(self, actor: str, relation: Relation, what: str) -> None:
        """Refuse what belongs to no engagement to everybody who was not granted a relation."""
        if not self.authority().holds(actor, relation, self.clock().date()):
            raise errors.NotAuthorisedError(what, actor, (relation,))

    def seen(self, actor: str, engagement_id: str) -> tuple[Engagement, list[ActionName]]:
        """Return an engagement as somebody may see it, and what they may do to it.

        Raises:
            NotAuthorisedError: If they are nothing to it; in the same words where there is none of this id.
        """
        try:
            engagement = self.store.load(engagement_id)
        except errors.UnknownIdError:
            raise errors.NotAuthorisedError("read-engagement", actor, tuple(Relation)) from None
        held = self.authority().relations(actor, engagement, self.clock().date())
        return lifecycle.seen_by(engagement, actor, held), list(lifecycle.allowed_actions(engagement, held))

    def engagements_of(self, actor: str, person_id: str) -> Iterator[Engagement]:
        """Yield somebody's engagements, those that the actor may see."""
        for engagement_id in self.store.engagements_of(person_id):
            try:
                yield self.seen(actor, engagement_id)[0]
            except errors.NotAuthorisedError:
                continue

    # --- commands

    def execute(
        self, key: CommandId, engagement_id: str, action: Action, actor: PersonId, version: int | None
    ) -> Receipt:
        """Carry out what somebody wants, once a key, and return what it brought about.

        Raises:
            RefusedError: If it is refused; the same key gets the same refusal again.
        """
        at, authority = self.clock(), self.authority()  # nothing is read from the store inside its own transaction

        def held(engagement: Engagement | None) -> frozenset[Relation]:
            assert engagement is not None, "nothing is proposed here but by a round"
            return authority.relations(actor, engagement, lifecycle.utc_day(at))

        command = store.Command(
            id=key,
            engagement_id=EngagementId(engagement_id),
            action=action,
            actor=actor,
            at=at,
            expected_version=version,
        )
        return self.store.execute(command, held)

    def keep_round(self, key: CommandId, wanted: NewRound, actor: PersonId) -> Receipt:
        """Match everybody's gaps, beside what is open already, and keep the pairs as a draft."""
        at, programme = self.clock(), tm.programmes.task_based(weeks=wanted.weeks)
        self.granted.require(actor, ProgrammeAction.KEEP_ROUND, programme.id, at.date())  # before the work of matching
        pairs, claims = self._draft(RoundId(wanted.id), programme, at)
        claims |= {"weeks": wanted.weeks}
        return self.store.keep_round(
            key, RoundId(wanted.id), pairs, programme_id=programme.id, claims=claims, actor=actor, at=at,
            authority=self.granted,
        )  # fmt: skip

    def _draft(self, round_id: RoundId, programme: tm.Programme, at: datetime) -> tuple[list[lifecycle.Propose], Data]:
        """Return what is kept of a round, so that who sends it again asks for the same; a new one is matched."""
        try:
            return self.store.proposals(round_id), dict(self.store.round(round_id).claims)
        except errors.UnknownIdError:
            on = at.date()
            round_ = tm.match(self.organisation().engaging(self.store.engaged(on)), programme, on=on)
            return list(round_.proposals(at=at)), dict(claims_data(round_.plan.claims))

    def review_round(self, key: CommandId, round_id: str, actor: PersonId) -> Receipt:
        """Give a draft to review."""
        return self.store.move_round(
            key, RoundId(round_id), RoundState.REVIEW, actor=actor, at=self.clock(), authority=self.granted
        )

    def publish_round(self, key: CommandId, round_id: str, actor: PersonId) -> Receipt:
        """Propose every pair of a round."""
        return self.store.publish_round(
            key, RoundId(round_id), actor=actor, at=self.clock(), authority=self.authority()
        )

    # --- time

    def tick(self, actor: PersonId) -> list[Receipt]:
        """Do to every engagement what is due by now, and return what that was; nothing the second time."""
        self.require_granted(actor, Relation.SYSTEM, "tick")
        at = self.clock()
        due = [one for one in self.store.due(at) if _due(self.store.load(one), at)]
        return [
            self.store.carry_out(CommandId(uuid4().hex), one, lambda now: _due(now, at), asked="tick", actor=actor)
            for one in due
        ]


def _due(engagement: Engagement | None, at: datetime) -> tuple[lifecycle.Event, ...]:
    """Return what time alone causes, and the start and the end that were scheduled, which a host decides on."""
    if engagement is None:
        return ()
    caused = lifecycle.tick(engagement, at)
    for event in caused:
        engagement = lifecycle.evolve(engagement, event)
    action: lifecycle.Start | lifecycle.Finish
    if engagement.state is State.SCHEDULED and engagement.dates[0] <= at.date():
        action = lifecycle.Start()
    elif engagement.state is State.ACTIVE and engagement.dates[1] < at.date():
        action = lifecycle.Finish()
    else:
        return caused
    if action.name not in lifecycle.allowed_actions(engagement, {Relation.SYSTEM}):
        return caused
    return (*caused, *lifecycle.decide(engagement, action, CLOCK, {Relation.SYSTEM}, at))


# --- HTTP


def actor_of(forwarded_user: Annotated[str | None, Header(alias="X-Forwarded-User")] = None) -> PersonId:
    """Return who acts, as the reverse proxy in front says."""
    if not forwarded_user:
        raise HTTPException(401, "The proxy in front sets X-Forwarded-User; it is missing.")
    return PersonId(forwarded_user)


def version_of(if_match: Annotated[str | None, Header()] = None) -> int | None:
    """Return the version that a client saw; None where it does not say."""
    if if_match is None:
        return None
    digits = if_match.removeprefix('"').removesuffix('"')
    if not digits.isdecimal():
        raise HTTPException(400, 'If-Match takes the ETag of the engagement, such as "3".')
    return int(digits)


Actor = Annotated[PersonId, Depends(actor_of)]
Version = Annotated[int | None, Depends(version_of)]
Key = Annotated[CommandId, Header(alias="Idempotency-Key")]

_STATUS: tuple[tuple[type[errors.TaskmentorError], int], ...] = (
    (errors.NotAuthorisedError, 403),
    (errors.RefusedError, 409),
    (errors.UnknownIdError, 404),
    (errors.ErasedError, 410),
    (errors.CommandReusedError, 422),
    (errors.InputError, 422),
)


def _refused(request: Request, error: Exception) -> JSONResponse:
    """Return an error of the library as an answer: what was refused and what would have been accepted."""
    assert isinstance(error, errors.TaskmentorError), "this handler is for the library's errors alone"
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), None)
    if status is None:
        raise error
    body: Data = {"error": type(error).__name__, "message": str(error)}
    headers = {}
    if isinstance(error, errors.NotAuthorisedError):
        body |= {"action": error.action, "needed": error.needed}
    if isinstance(error, errors.IllegalMoveError):
        body |= {"state": error.state, "allowed": error.allowed}
    if isinstance(error, errors.ConcurrencyConflict):
        body |= {"expected": error.expected, "current": error.current}
        headers = {"ETag": f'"{error.current}"'}
    return JSONResponse(body, status, headers)


def create_app(address: str, clock: Clock = system_clock) -> FastAPI:
    """Return the host as a web application, over the sample organisation.

    Args:
        address: Where engagements are kept: `sqlite:///FILE` or `postgresql://USER@HOST/NAME`.
        clock: Gives the present moment, aware.
    """
    store.upgrade(address)
    host = Host(store.open_store(address), tm.read_organisation(folder()), clock)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        host.store.close()

    app = FastAPI(title="An example host of taskmentor", lifespan=lifespan)
    app.add_exception_handler(errors.TaskmentorError, _refused)

    @app.post("/rounds", status_code=201)
    def keep_round(wanted: NewRound, actor: Actor, key: Key) -> Data:
        return attrs.asdict(host.keep_round(key, wanted, actor))

    @app.post("/rounds/{round_id}/review")
    def review_round(round_id: str, actor: Actor, key: Key) -> Data:
        return attrs.asdict(host.review_round(key, round_id, actor))

    @app.post("/rounds/{round_id}/publish")
    def publish_round(round_id: str, actor: Actor, key: Key) -> Data:
        return attrs.asdict(host.publish_round(key, round_id, actor))

    @app.get("/people/{person_id}/engagements")
    def engagements_of(person_id: str, actor: Actor) -> list[Data]:
        return [
            {"id": one.id, "state": one.state, "skill_id": one.scope.skill_id, "mentor_id": one.mentor_id}
            for one in host.engagements_of(actor, person_id)
        ]

    @app.get("/people/{person_id}/gaps")
    def gaps_of(person_id: str, actor: Actor, skill_id: str | None = None) -> list[Data]:
        return [attrs.asdict(gap) for gap in host.gaps(actor, person_id, skill_id)]

    @app.get("/people/{person_id}/assessments")
    def assessments_of(person_id: str, actor: Actor) -> list[Data]:
        seen = host.view(actor, person_id)
        code, columns = seen.people.code(person_id), seen.assessments
        return [
            {
                "skill_id": seen.model.skill_ids[columns.skill[row]],
                "level": int(columns.level[row]),
                "source": tm.Source(columns.source[row]).label,
                "assessed_on": str(columns.assessed_on[row]),
            }
            for row, person in enumerate(columns.person)
            if person == code
        ]

    @app.get("/engagements/{engagement_id}")
    def engagement(engagement_id: str, actor: Actor, response: Response) -> Data:
        seen, allowed = host.seen(actor, engagement_id)
        response.headers["ETag"] = f'"{seen.version}"'
        return {**attrs.asdict(seen), "allowed": allowed}

    @app.post("/engagements/{engagement_id}/actions")
    def act(engagement_id: str, wish: AnyWish, actor: Actor, key: Key, version: Version, response: Response) -> Data:
        receipt = host.execute(key, engagement_id, wish.asked(), actor, version)
        response.headers["ETag"] = f'"{receipt.version}"'
        return attrs.asdict(receipt)

    @app.post("/tick")
    def tick(actor: Actor) -> list[Data]:
        return [attrs.asdict(receipt) for receipt in host.tick(actor)]

    return app


def main() -> None:
    """Run the host until it is stopped."""
    parser = argparse.ArgumentParser(description="An example host of taskmentor.")
    usual = os.environ.get("TASKMENTOR_STORE", "sqlite:///engagements.db")
    parser.add_argument("--store", default=usual, help="the address of the store; else $TASKMENTOR_STORE")
    parser.add_argument("--port", type=int, default=8000)
    arguments = parser.parse_args()
    uvicorn.run(create_app(arguments.store), host="127.0.0.1", port=arguments.port)


if __name__ == "__main__":
    main()
