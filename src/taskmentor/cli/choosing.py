"""Which programme and which strategy a command line means."""

from collections.abc import Callable, Mapping
from functools import partial
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING

import click

from taskmentor.cli import options
from taskmentor.errors import nearest, shown

if TYPE_CHECKING:
    from taskmentor.matching.plan import Plan
    from taskmentor.matching.policy import Objective
    from taskmentor.matching.progress import Watch
    from taskmentor.matching.solution import Strategy
    from taskmentor.programmes import Programme

__all__ = ["chosen_programme", "named_programme", "named_strategy", "policy_problem", "programme_of"]


def named_strategy(name: str, watch: "Watch", **limits: int | str | None) -> "Strategy":
    """Return a strategy by its name, with the limits that are given and, where it takes one, a watch."""
    own = _own_strategies()
    factory = own[name] if name in own else _offered_strategy(name, own)
    taken = signature(factory).parameters
    given: dict[str, object] = {limit: value for limit, value in limits.items() if value is not None}
    for limit in sorted(given.keys() - taken.keys()):
        takers = " or ".join(sorted(other for other in own if limit in signature(own[other]).parameters))
        raise click.UsageError(f"{name} takes no --{limit.replace('_', '-')}; give --strategy {takers} for that.")
    return factory(**given, **({"watch": watch} if "watch" in taken else {}))


def _own_strategies() -> "dict[str, Callable[..., Strategy]]":
    from taskmentor.matching.cpsat import CpSat
    from taskmentor.matching.exact import Exact
    from taskmentor.matching.flow import Flow
    from taskmentor.matching.greedy import Greedy
    from taskmentor.matching.milp import Milp
    from taskmentor.matching.multipliers import Multipliers
    from taskmentor.matching.stable import Stable

    return {
        "greedy": Greedy,
        "flow": Flow,
        "flow-networkx": partial(Flow, engine="networkx"),
        "cpsat": CpSat,
        "milp": Milp,
        "exact": Exact,
        "multipliers": partial(Multipliers, strategy=Exact()),
        "stable": Stable,
    }


def _offered_strategy(name: str, own: Mapping[str, object]) -> "Callable[..., Strategy]":
    """Return a strategy that another package offers."""
    from taskmentor.matching.strategies import available_strategies

    offered = available_strategies()
    known = sorted({**own, **offered})
    if name not in offered:
        problem = f"{shown(name)} names no strategy{nearest(name, known) or '.'} Use one of {', '.join(known)}."
        raise click.BadParameter(problem, param_hint="'--strategy'")
    return offered[name]


def chosen_programme(
    programme: str | None, policy: str | None, objective: "Objective | None", weeks: int | None
) -> "Programme":
    """Return a programme by name or file, else task-based mentoring with a policy, or an objective and a length."""
    from taskmentor.formats.policies import read_policy
    from taskmentor.programmes import task_based

    if programme is not None:
        if (policy, objective, weeks) != (None, None, None):
            raise click.UsageError("--programme says all that itself; leave --policy, --objective and --weeks out.")
        return named_programme(programme)
    if policy is None:
        return task_based(objective=objective or "requests-then-score", weeks=weeks or options.WEEKS)
    if objective is not None or weeks is not None:
        raise click.UsageError("--policy says objective and stays-for itself; leave --objective and --weeks out.")
    return task_based(policy=read_policy(policy))


def named_programme(name: str, *, given_as: str = "--programme") -> "Programme":
    """Return a preset by its name, or the programme of a file."""
    from taskmentor.formats.programmes import read_programme
    from taskmentor.programmes import PRESETS

    if name in PRESETS:
        return PRESETS[name]()
    if name.endswith(".toml") or Path(name).exists():
        return read_programme(name)
    problem = f"{shown(name)} names no preset and no file{nearest(name, PRESETS) or '.'}"
    raise click.BadParameter(f"{problem} Use one of {', '.join(PRESETS)}, or a file.", param_hint=f"'{given_as}'")


def programme_of(plan: "Plan", programme: str | None, policy: str | None) -> "Programme":
    """Return what a plan was made under: the programme or policy that is named, else what the plan says itself."""
    if programme is not None or policy is not None:
        return chosen_programme(programme, policy, None, None)
    from taskmentor.programmes import task_based

    rules = plan.claims.policy.get("rules")
    kept = [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []
    days = next((rule.get("days") for rule in kept if rule.get("class") == "StaysFor"), None)
    weeks = days // 7 if isinstance(days, int) else options.WEEKS
    return task_based(
        objective=plan.claims.objective, weeks=weeks if 1 <= weeks <= options.MOST_WEEKS else options.WEEKS
    )


def policy_problem(plan: "Plan", programme: "Programme", call: str) -> str:
    """Return what to say of a plan under another policy than that of a programme; nothing where it is the same."""
    if plan.claims.policy == programme.policy.describe():
        return ""
    if "in-place" in plan.scorers:
        return (
            "the plan says that it is a rematch; name the published plan with --before and what was kept with --keep, "
            f"or in Python give what taskmentor.rematching.in_place returns to taskmentor.{call}"
        )
    return (
        "the plan says that it was made under another policy; give it with --programme or --policy, "
        f"or in Python its programme to taskmentor.{call}"
    )
