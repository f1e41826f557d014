"""The commands on a plan that is written: `taskmentor verify`, `blocking` and `explain`."""

from typing import TYPE_CHECKING, Literal

import click

from taskmentor.cli import options
from taskmentor.cli.answering import answering
from taskmentor.cli.choosing import policy_problem, programme_of
from taskmentor.cli.reading import read, with_left_out
from taskmentor.errors import Fault, InputError

if TYPE_CHECKING:
    from taskmentor.cli.answers import Answer
    from taskmentor.models.organisation import Organisation
    from taskmentor.rounds import Round

__all__ = ["blocking_command", "explain_command", "reopened", "verify_command"]


@click.command("verify")
@options.folder
@options.plan
@options.programme
@options.policy
@click.option("--method", type=click.Choice(["all-pairs", "oracle"]), help="How the bound is checked.")
@click.option("--before", metavar="PLAN", callback=options.named_folder,
              help="The published plan, where PLAN is a rematch of it.")  # fmt: skip
@click.option("--keep", type=click.Choice(["none", "all"]), default="none", show_default=True,
              help="With --before: what was asked to stay.")  # fmt: skip
@options.without_pins
@options.strict
@options.quarantine
@answering
def verify_command(
    folder: str,
    plan_folder: str,
    programme: str | None,
    policy: str | None,
    method: str | None,
    before: str | None,
    keep: Literal["none", "all"],
    without_pins: bool,
    strict: bool,
    quarantine: bool,
) -> "Answer":
    """Check PLAN against the tables of DIR, without any solver.

    Check every claim of PLAN that can be checked without solving again; strategy, parameters, seed and versions are
    recorded and not checked.
    """
    from taskmentor.cli.answers import Verified
    from taskmentor.formats.plans import read_plan
    from taskmentor.matching.certificate import Method, verify
    from taskmentor.rematching import in_place

    methods: dict[str | None, Method | None] = {None: None, "all-pairs": "all pairs", "oracle": "oracle"}
    plan, certificate = read_plan(plan_folder)
    without_pins = without_pins or plan.claims.without_pins
    organisation = read(folder, strict=strict, quarantine=quarantine, without_pins=without_pins)
    meant, asked = programme_of(plan, programme, policy), organisation
    if before is not None:
        asked, meant = in_place(read_plan(before)[0], organisation, meant, plan, keep=keep)
    verdict = verify(asked, meant, plan, certificate, method=methods[method])
    return with_left_out(
        Verified(verdict=verdict, note=policy_problem(plan, meant, "verify")), organisation, quarantine
    )


def reopened(
    folder: str,
    plan_folder: str,
    programme: str | None,
    policy: str | None,
    *,
    without_pins: bool,
    strict: bool,
    quarantine: bool,
) -> "tuple[Organisation, Round]":
    """Return the organisation of a folder and the round that a plan of it came from."""
    from taskmentor.formats.plans import read_plan
    from taskmentor.rounds import reopen

    plan, certificate = read_plan(plan_folder)
    without_pins = without_pins or plan.claims.without_pins
    organisation = read(folder, strict=strict, quarantine=quarantine, without_pins=without_pins)
    meant = programme_of(plan, programme, policy)
    if problem := policy_problem(plan, meant, "reopen"):
        raise InputError([Fault(code="INVALID-PLAN", table="plan", problem=problem)])
    return organisation, reopen(organisation, meant, plan, certificate)


@click.command("blocking")
@options.folder
@options.plan
@options.programme
@options.policy
@options.without_pins
@options.strict
@options.quarantine
@answering
def blocking_command(
    folder: str,
    plan_folder: str,
    programme: str | None,
    policy: str | None,
    without_pins: bool,
    strict: bool,
    quarantine: bool,
) -> "Answer":
    """Count the pairs who would both rather have each other than what PLAN gives them."""
    from taskmentor.cli.answers import Blocking

    organisation, found = reopened(
        folder, plan_folder, programme, policy, without_pins=without_pins, strict=strict, quarantine=quarantine
    )
    return with_left_out(Blocking(round=found), organisation, quarantine)


@click.command("explain")
@options.folder
@options.plan
@options.programme
@options.policy
@click.option("--person", "person_id", metavar="ID", required=True, help="Whose request it is.")
@click.option("--skill", "skill_id", metavar="ID", required=True, help="The skill.")
@options.without_pins
@options.strict
@options.quarantine
@answering
def explain_command(
    folder: str,
    plan_folder: str,
    programme: str | None,
    policy: str | None,
    person_id: str,
    skill_id: str,
    without_pins: bool,
    strict: bool,
    quarantine: bool,
) -> "Answer":
    """Say why a request has its mentor in PLAN, or none."""
    from taskmentor.cli.answers import Explained

    organisation, found = reopened(
        folder, plan_folder, programme, policy, without_pins=without_pins, strict=strict, quarantine=quarantine
    )
    answer = Explained(organisation=organisation, explanation=found.explain(person_id, skill_id))
    return with_left_out(answer, organisation, quarantine)
