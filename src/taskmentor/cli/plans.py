"""The commands on a plan that is written: `taskmentor verify`, `blocking` and `explain`."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Literal

import click

from taskmentor.cli import options
from taskmentor.cli.answering import answering
from taskmentor.cli.choosing import policy_problem, programme_of
from taskmentor.cli.reading import read, with_left_out
from taskmentor.errors import Fault, InputError

if TYPE_CHECKING:
    from taskmentor.cli.answers import Answer
    from taskmentor.matching.plan import Plan
    from taskmentor.models.organisation import Organisation
    from taskmentor.programmes import Programme
    from taskmentor.rounds import Round

__all__ = ["KeptPairs", "blocking_command", "explain_command", "of_plan", "reopened", "verify_command"]

KeptPairs = Literal["none", "all"]


@click.command("verify")
@options.folder
@options.plan
@options.programme
@options.policy
@click.option("--method", type=click.Choice(["all-pairs", "oracle"]), help="How the bound is checked.")
@options.before
@options.kept
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
    keep: KeptPairs | None,
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

    methods: dict[str | None, Method | None] = {None: None, "all-pairs": "all pairs", "oracle": "oracle"}
    plan, certificate = read_plan(plan_folder)
    without_pins = without_pins or plan.claims.without_pins
    organisation = read(folder, strict=strict, quarantine=quarantine, without_pins=without_pins)
    asked, meant = made_under(plan, organisation, programme_of(plan, programme, policy), before, keep)
    verdict = verify(asked, meant, plan, certificate, method=methods[method])
    return with_left_out(
        Verified(verdict=verdict, note=policy_problem(plan, meant, "verify")), organisation, quarantine
    )


def made_under(
    plan: "Plan", organisation: "Organisation", programme: "Programme", before: str | None, keep: KeptPairs | None
) -> "tuple[Organisation, Programme]":
    """Return the organisation and the programme that a plan was made under, those of a rematch if it is one.

    Args:
        plan: The plan.
        organisation: The organisation of the tables.
        programme: The programme without what a pair in place is worth.
        before: The folder of the published plan, None where it is no rematch.
        keep: What was asked to stay.
    """
    from taskmentor.formats.plans import read_plan
    from taskmentor.rematching import in_place

    if before is not None:
        return in_place(read_plan(before)[0], organisation, programme, plan, keep=keep or "none")
    if keep is not None:
        raise click.UsageError("--keep says what was asked to stay of a published plan; give that too, with --before.")
    return organisation, programme


def reopened(
    folder: str,
    plan_folder: str,
    programme: str | None,
    policy: str | None,
    *,
    before: str | None,
    keep: KeptPairs | None,
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
    asked, meant = made_under(plan, organisation, programme_of(plan, programme, policy), before, keep)
    if problem := policy_problem(plan, meant, "reopen"):
        raise InputError([Fault(code="INVALID-PLAN", table="plan", problem=problem)])
    return organisation, reopen(asked, meant, plan, certificate)


def of_plan(function: "Callable[..., Answer]") -> "Callable[..., Answer]":
    """Give a command the arguments that name a plan, and its function the round that the plan came from."""

    @options.folder
    @options.plan
    @options.programme
    @options.policy
    @options.before
    @options.kept
    @options.without_pins
    @options.strict
    @options.quarantine
    @wraps(function)
    def command(
        folder: str,
        plan_folder: str,
        programme: str | None,
        policy: str | None,
        before: str | None,
        keep: KeptPairs | None,
        without_pins: bool,
        strict: bool,
        quarantine: bool,
        **asked: object,
    ) -> "Answer":
        organisation, found = reopened(
            folder,
            plan_folder,
            programme,
            policy,
            before=before,
            keep=keep,
            without_pins=without_pins,
            strict=strict,
            quarantine=quarantine,
        )
        return with_left_out(function(found, **asked), organisation, quarantine)

    return command


@click.command("blocking")
@answering
@of_plan
def blocking_command(round_: "Round") -> "Answer":
    """Count the pairs who would both rather have each other than what PLAN gives them."""
    from taskmentor.cli.answers import Blocking

    return Blocking(round=round_)


@click.command("explain")
@answering
@of_plan
@click.option("--person", "person_id", metavar="ID", required=True, help="Whose request it is.")
@click.option("--skill", "skill_id", metavar="ID", required=True, help="The skill.")
def explain_command(round_: "Round", person_id: str, skill_id: str) -> "Answer":
    """Say why a request has its mentor in PLAN, or none."""
    from taskmentor.cli.answers import Explained

    return Explained(organisation=round_.organisation, explanation=round_.explain(person_id, skill_id))
