"""Engagements: the log with its payloads, commands and their answers, people, and places that the database guards."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_RULE = "tm_claim_one_at_a_time"

_SQLITE_RULE = f"""
CREATE TRIGGER {_RULE} BEFORE INSERT ON tm_claim
WHEN EXISTS (
    SELECT 1 FROM tm_claim AS held
    WHERE held.person = NEW.person AND held.side = NEW.side AND held.number = NEW.number
    AND max(held.from_on, NEW.from_on) < min(held.until_on, NEW.until_on)
)
BEGIN
    SELECT RAISE(IGNORE);
END
"""

_POSTGRESQL_RULE = f"""
ALTER TABLE tm_claim ADD CONSTRAINT {_RULE} EXCLUDE USING gist (
    person WITH =, side WITH =, number WITH =, daterange(from_on, until_on, '[)') WITH &&
)
"""


def upgrade() -> None:
    """Make the tables."""
    key, digest = sa.String(32), sa.String(64)
    _people(key)
    _log(key, digest)
    _places(key)
    op.execute("INSERT INTO tm_end (id, position, link) VALUES (1, 0, '" + "0" * 64 + "')")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        op.execute(_POSTGRESQL_RULE)
    else:
        op.execute(_SQLITE_RULE)


def _people(key: sa.String) -> None:
    op.create_table("tm_person", sa.Column("key", key, primary_key=True), sa.Column("person_id", sa.Text, unique=True))
    op.create_table(
        "tm_stream", sa.Column("id", key, primary_key=True), sa.Column("engagement_id", sa.Text, unique=True)
    )
    op.create_table(
        "tm_party",
        sa.Column("person", key, primary_key=True),
        sa.Column("side", sa.String(16), primary_key=True),
        sa.Column("stream", key, primary_key=True, index=True),
    )


def _log(key: sa.String, digest: sa.String) -> None:
    op.create_table(
        "tm_command",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("fingerprint", digest),
        sa.Column("salt", sa.String(32)),
        sa.Column("answer", sa.Text),
        sa.Column("stream", key, index=True),
        sa.Column("actor", key, index=True),
    )
    op.create_table(
        "tm_header",
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("stream", key, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("command_id", sa.String(64), nullable=False),
        sa.Column("facts_digest", digest, nullable=False),
        sa.Column("words_digest", digest, nullable=False),
        sa.Column("link", digest, nullable=False),
        sa.UniqueConstraint("stream", "version"),
    )
    op.create_table(
        "tm_facts",
        _position(),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("schema", sa.Integer, nullable=False),
        sa.Column("actor", key, nullable=False, index=True),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("facts_salt", sa.String(32), nullable=False),
    )
    op.create_table(
        "tm_words",
        _position(),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("words_salt", sa.String(32), nullable=False),
    )
    op.create_table(
        "tm_end",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("link", digest, nullable=False),
    )
    op.create_table(
        "tm_snapshot",
        sa.Column("stream", key, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("shape", sa.String(16), nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("digest", digest, nullable=False),
    )


def _position() -> sa.Column[int]:
    """Return a column that names the header that a payload belongs to."""
    home = sa.ForeignKey("tm_header.position")
    return sa.Column("position", sa.BigInteger, home, primary_key=True, autoincrement=False)


def _places(key: sa.String) -> None:
    op.create_table(
        "tm_seat",
        sa.Column("person", key, primary_key=True),
        sa.Column("side", sa.String(16), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("from_on", sa.Date, nullable=False),
        sa.Column("until_on", sa.Date, nullable=False),
    )
    op.create_table(
        "tm_claim",
        sa.Column("stream", key, primary_key=True),
        sa.Column("side", sa.String(16), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("person", key, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("from_on", sa.Date, nullable=False),
        sa.Column("until_on", sa.Date, nullable=False),
        sa.ForeignKeyConstraint(["person", "side", "number"], ["tm_seat.person", "tm_seat.side", "tm_seat.number"]),
    )
    op.create_index("tm_claim_of_person", "tm_claim", ["person", "side"])
