"""The chain that shows whether a log was changed: each link covers a header and the link before.

A commitment is an HMAC of one part of a payload under a salt of its own. Once part and salt are gone, the commitment
says nothing about the part any more, and the chain over the commitments still holds.
"""

import hashlib
import hmac

from attrs import frozen

__all__ = ["FIRST_LINK", "Anchor", "Header", "commitment", "link_after"]

FIRST_LINK = "0" * 64
"""What the first entry is linked to."""


@frozen(kw_only=True)
class Anchor:
    """The end of a log: who keeps one elsewhere can tell later whether anything before it was changed.

    Attributes:
        position: The place of the last entry; 0 where there is none.
        link: Its link, 64 hexadecimal digits.
    """

    position: int
    link: str

    def __str__(self) -> str:
        return f"{self.position}:{self.link}"


@frozen(kw_only=True)
class Header:
    """What is never edited: nothing in it says anything about a person.

    Attributes:
        position: The place in the whole log, 1 for the first, without gaps.
        stream: The random id of what the entry belongs to.
        version: The place there, 1 for the first, without gaps.
        at: When, in UTC, as text.
        command_id: The command that brought it about.
        facts_digest: The commitment to the facts.
        words_digest: The commitment to the words; empty where there are none.
    """

    position: int
    stream: str
    version: int
    at: str
    command_id: str
    facts_digest: str
    words_digest: str


def commitment(salt: str, part: str) -> str:
    """Return the commitment to one part of a payload: HMAC-SHA-256 under its salt, in hexadecimal digits.

    Source:
        RFC 2104.
    """
    return hmac.digest(bytes.fromhex(salt), part.encode(), "sha256").hex()


def link_after(previous: str, header: Header) -> str:
    """Return the link of an entry: SHA-256 over the link before it and the header, in hexadecimal digits."""
    parts = (
        previous,
        str(header.position),
        header.stream,
        str(header.version),
        header.at,
        header.command_id,
        header.facts_digest,
        header.words_digest,
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
