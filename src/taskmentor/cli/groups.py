"""The command `taskmentor groups`: people in groups around skills or a problem."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import evolve

from taskmentor.cli import options
from taskmentor.cli.answering import answering
from taskmentor.cli.choosing import named_programme
from taskmentor.cli.reading import read, with_left_out

if TYPE_CHECKING:
    from taskmentor.cli.answers import Answer
    from taskmentor.matching.groups import GroupPolicy
    from taskmentor.programmes import Programme

__all__ = ["groups_command"]

_MOST_IN_GROUP = 100
People = tuple[tuple[str, ...], ...]


def _skill_sets(context: click.Context, option: click.Parameter, value: str | None) -> tuple[str, ...]:
    """Return the ids of a text in which commas part them."""
    return tuple(one for one in (value or "").split(",") if one)


def _many_sets(context: click.Context, option: click.Parameter, values: Sequence[str]) -> People:
    """Return sets of ids, each of a text in which commas part them."""
    return tuple(_skill_sets(context, option, value) for value in values)


def _among_people(policy: "GroupPolicy", together: People, apart: People, *, bar_repeats: bool) -> "GroupPolicy":
    """Return a policy with what is said of some people besides."""
    return evolve(
        policy,
        together=(*policy.together, *together),
        apart=(*policy.apart, *apart),
        bar_repeats=policy.bar_repeats or bar_repeats,
    )


def _size(name: str, default: int, help: str) -> Callable[[Callable[..., object]], Callable[..., object]]:
    number = options.whole(0, _MOST_IN_GROUP)
    return click.option(name, metavar="N", callback=number, show_default=str(default), help=help)


def _group_policy(programme: "Programme | None", sizes: Mapping[str, int | None]) -> "GroupPolicy":
    """Return how groups are formed: as a programme says, or under the sizes that are given and the usual ones."""
    from taskmentor.matching.groups import GroupPolicy
    from taskmentor.programmes import PRESETS

    given = {name: size for name, size in sizes.items() if size is not None}
    if programme is None:
        return GroupPolicy(**given)  # type: ignore[arg-type]
    if given:
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise click.UsageError(f"--programme says all that itself; leave {flags} out.")
    if programme.groups is None:
        can = ", ".join(name for name, preset in PRESETS.items() if preset().groups is not None)
        raise click.UsageError(
            f"{programme.title} has the format {programme.format} and forms no groups; give one such as {can}."
        )
    return programme.groups


@click.command("groups")
@options.folder
@click.option("--skill", "single", metavar="ID", multiple=True, help="Groups for this skill; may be given again.")
@click.option("--skills", "cohort", metavar="ID,ID", callback=_skill_sets, help="Groups for a set of skills.")
@click.option("--problem-file", metavar="FILE.toml", help="Groups for a problem: id, members, skills, experts.")
@options.programme
@_size("--min-members", 3, "The fewest members of a group.")
@_size("--wanted-members", 6, "How many members a group should have.")
@_size("--max-members", 8, "The most members of a group.")
@_size("--min-experts", 1, "The fewest experts of a group; 0 for circles of peers.")
@_size("--max-experts", 2, "The most experts of a group.")
@_size("--min-departments", 1, "From how many departments, at least, the members come.")
@click.option("--max-groups", metavar="N", callback=options.whole(1, 10_000), help="The most groups.")
@click.option("--together", metavar="ID,ID", multiple=True, callback=_many_sets, help="Who must be in one group.")
@click.option("--apart", metavar="ID,ID", multiple=True, callback=_many_sets, help="No two of these in one group.")
@click.option("--slots", metavar="FILE.csv", help="Who can come when: rows of person_id and slot, any name.")
@click.option("--attendance", metavar="N", callback=options.whole(1, 100), show_default="100",
              help="With --slots: the per cent of members who must be able to come.")  # fmt: skip
@click.option("--history", metavar="FILE.json", multiple=True, help="Earlier groups, as --json has answered them.")
@click.option("--bar-repeats", is_flag=True, help="With --history: nobody with the same people again.")
@click.option("--seconds", metavar="N", callback=options.whole(1, options.MOST_SECONDS), default="60",
              show_default=True, help="The most time of the search.")  # fmt: skip
@options.on
@options.all_rows
@options.strict
@options.quarantine
@answering
def groups_command(
    folder: str,
    single: tuple[str, ...],
    cohort: tuple[str, ...],
    problem_file: str | None,
    programme: str | None,
    together: People,
    apart: People,
    slots: str | None,
    attendance: int | None,
    history: tuple[str, ...],
    bar_repeats: bool,
    seconds: int,
    on: date,
    everything: bool,
    strict: bool,
    quarantine: bool,
    **sizes: int | None,
) -> "Answer":
    """Form groups around skills or a problem, prove how good they are, and say why somebody is in none."""
    from taskmentor.cli.formed import Formed, read_history, read_problem, read_slots
    from taskmentor.matching.groups import GroupSearch, Topic, form_groups

    topics = [*Topic.of_skills(*single)]
    topics += [Topic(id="+".join(cohort), skills=cohort)] if cohort else []
    topics += [read_problem(Path(problem_file))] if problem_file is not None else []
    if not topics:
        raise click.UsageError("groups are formed around something: give --skill, --skills or --problem-file.")
    chosen = None if programme is None else named_programme(programme)
    policy = _among_people(_group_policy(chosen, sizes), together, apart, bar_repeats=bar_repeats)
    if attendance is not None and slots is None:
        raise click.UsageError("--attendance is about slots; give --slots too.")
    names, free = ((), None) if slots is None else read_slots(Path(slots))
    if slots is not None:
        policy = evolve(policy, attendance=attendance or policy.attendance or 100)
    organisation = read(folder, strict=strict, quarantine=quarantine)
    found = form_groups(
        organisation,
        policy,
        topics,
        on=on,
        free=free,
        met={pair for file in history for pair in read_history(Path(file))},
        proficiency=None if chosen is None else chosen.policy.proficiency,
        search=GroupSearch(seconds=seconds),
    )
    answer = Formed(organisation=organisation, solution=found, on=on, slots=names, everything=everything)
    return with_left_out(answer, organisation, quarantine)
