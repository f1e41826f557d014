"""The commands `taskmentor db`: the tables of a store, its checks, exports and erasures."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import click
from attrs import frozen

from taskmentor.cli.answering import answering

if TYPE_CHECKING:
    from taskmentor.cli.answers import Answer
    from taskmentor.formats.strict_json import Json
    from taskmentor.models.people import PersonId
    from taskmentor.store import Anchor

__all__ = ["db_command"]

_address = click.argument("address", metavar="ADDRESS")


@frozen(kw_only=True)
class _Done:
    """What a command on a store has to say."""

    facts: "dict[str, Json]"
    words: str
    status: int = 0

    def data(self) -> "Json":
        """Return the facts."""
        return self.facts

    def text(self) -> str:
        """Return the words."""
        return self.words


@click.group("db", no_args_is_help=True)
def db_command() -> None:
    """Keep engagements in a database.

    ADDRESS is sqlite:///FILE.db or postgresql://USER@HOST/NAME.
    """


@db_command.command("upgrade")
@_address
@answering
def _upgrade(address: str) -> "Answer":
    """Make the tables, or bring them to this version; nothing that is kept is changed."""
    from taskmentor.store import upgrade

    step = upgrade(address)
    return _Done(facts={"step": step}, words=f"The tables are at step {step}.")


def _anchor(context: click.Context, option: click.Parameter, value: str | None) -> "Anchor | None":
    """Return the anchor that a text means."""
    if value is None:
        return None
    from taskmentor.store import Anchor

    found = re.fullmatch(r"([0-9]{1,18}):([0-9a-f]{64})", value)
    if found is None:
        problem = "that is no anchor. Give one as `db check` prints it: a position, a colon and 64 digits."
        raise click.BadParameter(problem, context, option)
    return Anchor(position=int(found[1]), link=found[2])


@db_command.command("check")
@_address
@click.option("--anchor", metavar="POSITION:LINK", callback=_anchor, help="An end of the log that was published.")
@answering
def _check(address: str, anchor: "Anchor | None") -> "Answer":
    """Hold the fourteen invariants against everything that is kept; exit code 1 where one does not hold."""
    from taskmentor.store import check_anchor, check_in_parts, open_store

    with open_store(address) as store:
        end = store.anchor()
        published = [] if anchor is None else check_anchor(store, anchor)
    problems = [*(str(problem) for problem in check_in_parts(address)), *published]
    facts: dict[str, Json] = {"entries": end.position, "anchor": str(end), "problems": problems}
    said = problems or [f"All invariants hold over {end.position:,} entries."]
    return _Done(facts=facts, words="\n".join([*said, f"Anchor: {end}"]), status=1 if problems else 0)


@db_command.command("export")
@_address
@click.option("--log", "log_file", metavar="FILE", help="Write the whole log into this new file.")
@click.option("--person", "person_id", metavar="ID", help="Write what is kept about one person into --out.")
@click.option("--out", metavar="DIR", help="The new folder for data.json and page.html of --person.")
@answering
def _export(address: str, log_file: str | None, person_id: str | None, out: str | None) -> "Answer":
    """Write the log, or everything about one person without anybody else's notes."""
    from taskmentor.store import open_store, own_data, write_log

    if (log_file is None) == (person_id is None) or (person_id is None) != (out is None):
        raise click.UsageError("give either --log FILE, or --person ID with --out DIR.")
    with open_store(address) as store:
        if log_file is not None:
            end = write_log(store, Path(log_file))
            return _Done(facts={"anchor": str(end)}, words=f"Wrote {end.position:,} entries.\nAnchor: {end}")
        assert person_id is not None
        assert out is not None
        own = own_data(store, person_id)
    folder = Path(out)
    folder.mkdir(parents=True)
    (folder / "data.json").write_text(own.as_json(), encoding="utf-8")
    (folder / "page.html").write_text(own.as_html(), encoding="utf-8")
    files: list[Json] = ["data.json", "page.html"]
    return _Done(facts={"files": files}, words="Files: data.json, page.html.")


@db_command.command("erase")
@_address
@click.option("--person", "person_id", metavar="ID", required=True, help="Whose data is erased, for good.")
@click.option("--ticket", metavar="TEXT", required=True, help="What the request is filed under; it is kept.")
@click.option("--actor", metavar="ID", required=True, help="Who erases; somebody else.")
@click.option("--grants", metavar="FILE.csv", required=True, help="Who runs the programmes: person_id, relation, ...")
@answering
def _erase(address: str, person_id: str, ticket: str, actor: str, grants: str) -> "Answer":
    """Remove what is about one person for good; the log still verifies.

    The actor must be a programme manager of all programmes, by a grant of the file that is in force today.
    """
    from taskmentor.authorisation import Authority
    from taskmentor.formats.grants import read_grants
    from taskmentor.models.people import PersonId
    from taskmentor.store import CommandId, open_store

    authority = Authority(organisation=_NoLines(), grants=read_grants(grants))
    with open_store(address) as store:
        command_id = CommandId(uuid4().hex)
        receipt = store.erase(
            command_id, person_id, ticket=ticket, actor=PersonId(actor), at=_now(), authority=authority
        )
        end = store.anchor()
    facts: dict[str, Json] = {"position": receipt.position, "anchor": str(end)}
    return _Done(facts=facts, words=f"Erased; the log tells of it at position {receipt.position:,}.\nAnchor: {end}")


class _NoLines:
    """An organisation in which nobody manages anybody: whoever erases does so by a grant alone."""

    def line_of_managers(self, person_id: str, on: date) -> "tuple[PersonId, ...]":
        return ()


def _now() -> datetime:
    return datetime.now(UTC)
