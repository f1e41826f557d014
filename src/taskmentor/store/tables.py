"""The tables as they stand after the last migration, for statements; how they came to be is in `migrations`.

`header` and `end` hold nothing about people and are never edited but for the end moving on. `facts` and `words` are the
payloads; `person` alone tells who is meant by a key.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = [
    "CLAIM_RULE",
    "VERSION_TABLE",
    "claim",
    "command",
    "course",
    "end",
    "facts",
    "header",
    "metadata",
    "party",
    "person",
    "proposal",
    "round_",
    "seat",
    "snapshot",
    "standing",
    "stream",
    "words",
]

VERSION_TABLE = "tm_version"
CLAIM_RULE = "tm_claim_one_at_a_time"
"""The database's own rule that no place is held twice on one day."""

_KEY = String(32)
_DIGEST = String(64)

metadata = MetaData()

person = Table("tm_person", metadata, Column("key", _KEY, primary_key=True), Column("person_id", Text, unique=True))

stream = Table("tm_stream", metadata, Column("id", _KEY, primary_key=True), Column("engagement_id", Text, unique=True))

standing = Table(
    "tm_standing",
    metadata,
    Column("stream", _KEY, primary_key=True),
    Column("programme_id", Text, nullable=False, index=True),
    Column("due_at", BigInteger, index=True),
)

party = Table(
    "tm_party",
    metadata,
    Column("person", _KEY, primary_key=True),
    Column("side", String(16), primary_key=True),
    Column("stream", _KEY, primary_key=True, index=True),
)

command = Table(
    "tm_command",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("fingerprint", _DIGEST),
    Column("salt", String(32)),
    Column("answer", Text),
    Column("stream", _KEY, index=True),
    Column("actor", _KEY, index=True),
)

header = Table(
    "tm_header",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("stream", _KEY, nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", String(40), nullable=False),
    Column("command_id", String(64), nullable=False),
    Column("facts_digest", _DIGEST, nullable=False),
    Column("words_digest", _DIGEST, nullable=False),
    Column("link", _DIGEST, nullable=False),
    UniqueConstraint("stream", "version"),
)

facts = Table(
    "tm_facts",
    metadata,
    Column("position", BigInteger, ForeignKey("tm_header.position"), primary_key=True, autoincrement=False),
    Column("kind", String(64), nullable=False),
    Column("schema", Integer, nullable=False),
    Column("actor", _KEY, nullable=False, index=True),
    Column("facts", Text, nullable=False),
    Column("facts_salt", String(32), nullable=False),
)

words = Table(
    "tm_words",
    metadata,
    Column("position", BigInteger, ForeignKey("tm_header.position"), primary_key=True, autoincrement=False),
    Column("words", Text, nullable=False),
    Column("words_salt", String(32), nullable=False),
)

end = Table(
    "tm_end",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("link", _DIGEST, nullable=False),
)

snapshot = Table(
    "tm_snapshot",
    metadata,
    Column("stream", _KEY, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("shape", String(16), nullable=False),
    Column("state", Text, nullable=False),
    Column("digest", _DIGEST, nullable=False),
)

seat = Table(
    "tm_seat",
    metadata,
    Column("person", _KEY, primary_key=True),
    Column("side", String(16), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False),
)

claim = Table(
    "tm_claim",
    metadata,
    Column("stream", _KEY, primary_key=True),
    Column("side", String(16), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("person", _KEY, nullable=False),
    Column("number", Integer, nullable=False),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date, nullable=False),
    ForeignKeyConstraint(["person", "side", "number"], ["tm_seat.person", "tm_seat.side", "tm_seat.number"]),
    Index("tm_claim_of_person", "person", "side"),
)

course = Table(
    "tm_course",
    metadata,
    Column("person", _KEY, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("hours", Integer, nullable=False),
    Column("completed_on", Date, nullable=False),
    Column("expires_on", Date),
)

round_ = Table(
    "tm_round",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("stream", _KEY, nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False),
    Column("claims", Text, nullable=False),
    Column("n_proposals", Integer, nullable=False),
    Column("programme_id", Text),
)

proposal = Table(
    "tm_proposal",
    metadata,
    Column("round_id", String(64), ForeignKey("tm_round.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("mentee", _KEY, nullable=False, index=True),
    Column("mentor", _KEY, nullable=False, index=True),
    Column("body", Text, nullable=False),
)
