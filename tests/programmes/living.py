"""Takes what was proposed through its whole life, doing whatever the terms ask for and nothing else."""

from datetime import UTC, date, datetime, time, timedelta

import attrs
from attrs import define

from taskmentor.authorisation import Relation, relations
from taskmentor.formats.reading import read_organisation
from taskmentor.lifecycle import (
    Accept,
    Action,
    AddProduct,
    Agreement,
    CheckIn,
    Confirm,
    DraftAgreement,
    Engagement,
    Finish,
    LogSession,
    ProductKind,
    Propose,
    Reassess,
    RecordExchange,
    RecordIntro,
    RecordTraining,
    ReviewProduct,
    Schedule,
    SignAgreement,
    Start,
    TickOff,
    Training,
    decide,
    evolve,
    utc_day,
)
from taskmentor.models.organisation import Organisation
from taskmentor.models.people import PersonId
from taskmentor.programmes import Programme
from taskmentor.sample import folder

DAY = date(2026, 10, 1)
AT = datetime(2026, 10, 1, 9, tzinfo=UTC)
PROGRAMME_MANAGER = PersonId("p-0006")
LARKSPUR = read_organisation(folder())


def unpinned(organisation: Organisation = LARKSPUR) -> Organisation:
    """Return the organisation without its pins, which were settled for one programme."""
    return attrs.evolve(organisation, pins=organisation.pairs([]))


@define
class Life:
    """One engagement of a programme, and the clock of its tests."""

    organisation: Organisation
    programme: Programme
    engagement: Engagement | None = None
    at: datetime = AT

    def take(self, action: Action, actor: PersonId) -> Engagement:
        """Let somebody act, an hour later than before."""
        about = action if isinstance(action, Propose) else self.engagement
        assert about is not None
        held = relations(
            self.organisation,
            actor=actor,
            mentee_id=about.mentee_id,
            mentor_id=about.mentor_id,
            on=utc_day(self.at),
            programme_managers={PROGRAMME_MANAGER},
        )
        events = decide(self.engagement, action, actor, held, self.at)
        self.at += timedelta(hours=1)
        for event in events:
            self.engagement = evolve(self.engagement, event)
        assert self.engagement is not None
        return self.engagement


def initiator_of(organisation: Organisation, proposal: Propose) -> PersonId:
    """Return somebody who may propose it."""
    manager = organisation.line_of_managers(proposal.mentee_id, DAY)
    who = {
        Relation.MENTEE: proposal.mentee_id,
        Relation.MENTOR: proposal.mentor_id,
        Relation.PROGRAMME_MANAGER: PROGRAMME_MANAGER,
    }
    return who[proposal.initiator] if proposal.initiator in who else manager[0]


def started(organisation: Organisation, programme: Programme, proposal: Propose) -> Life:
    """Return the life of an engagement up to its start."""
    life, mentee, mentor = Life(organisation, programme), proposal.mentee_id, proposal.mentor_id
    terms = proposal.terms
    life.take(proposal, initiator_of(organisation, proposal))
    for side in (mentee, mentor):
        life.take(Accept(scope=proposal.scope), side)
    if terms.intro_meeting:
        life.take(RecordIntro(), mentee)
    if terms.training_hours:
        training = Training(completed_on=DAY - timedelta(days=1), hours=terms.training_hours)
        life.take(RecordTraining(training=training), PROGRAMME_MANAGER)
    if terms.agreement:
        draft = life.take(DraftAgreement(agreement=Agreement(goals=("Do it alone",))), mentee)
        life.take(SignAgreement(draft=draft.version), mentor)
    starts_on = DAY + timedelta(days=4)
    life.take(Schedule(starts_on=starts_on, ends_on=terms.usual_end(starts_on)), mentee)
    life.at = datetime.combine(starts_on, time(9), UTC)
    life.take(Start(), mentor)
    return life


def work(life: Life) -> None:
    """Hold the sessions that the terms ask for, exchange letters, see to what is listed, and make what is reviewed."""
    engagement = life.engagement
    assert engagement is not None
    terms, mentee, mentor = engagement.terms, engagement.mentee_id, engagement.mentor_id
    for number in range(terms.least_sessions):
        life.at += timedelta(days=1)
        session = LogSession(
            starts_at=life.at - timedelta(hours=2), minutes=45, face_to_face=number < terms.least_face_to_face
        )
        life.take(session, mentee)
    for _ in range(terms.least_exchanges):
        exchange = RecordExchange(day=utc_day(life.at), words="Three remarks on the first chart.")
        life.take(exchange, mentor)
    see_to(life, engagement)
    if terms.products_reviewed:
        life.take(AddProduct(kind=ProductKind.DELIVERABLE, title="A first piece of work"), mentee)
        life.take(ReviewProduct(product=1, approved=True), mentor)
    if terms.check_in_days:
        for side in (mentee, mentor):
            life.take(CheckIn(trust=4, communication=4, meetings=4, responsibilities=4), side)


def see_to(life: Life, engagement: Engagement) -> None:
    """Let everybody tick off what they own of the checklist."""
    managers = life.organisation.line_of_managers(engagement.mentee_id, utc_day(life.at))
    owners = {
        Relation.MENTEE: engagement.mentee_id,
        Relation.MENTOR: engagement.mentor_id,
        Relation.PROGRAMME_MANAGER: PROGRAMME_MANAGER,
    }
    for item in engagement.terms.checklist:
        life.take(TickOff(item=item.text), owners[item.owner] if item.owner in owners else managers[0])


def closed(organisation: Organisation, programme: Programme, proposal: Propose) -> Engagement:
    """Return an engagement after its whole life."""
    life = started(organisation, programme, proposal)
    work(life)
    engagement = life.take(Finish(), proposal.mentor_id)
    target = proposal.scope.target_level
    if proposal.terms.reassessment:
        engagement = life.take(Reassess(level=target), proposal.mentee_id)
    if proposal.terms.confirmation:
        assert proposal.confirmer_id is not None
        engagement = life.take(Confirm(level=target), proposal.confirmer_id)
    return engagement
