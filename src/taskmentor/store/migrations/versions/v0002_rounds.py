"""Rounds: drafts of plans, kept until they are published or discarded."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    key = sa.String(32)
    op.create_table(
        "tm_round",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("stream", key, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("claims", sa.Text, nullable=False),
        sa.Column("n_proposals", sa.Integer, nullable=False),
    )
    op.create_table(
        "tm_proposal",
        sa.Column("round_id", sa.String(64), sa.ForeignKey("tm_round.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("mentee", key, nullable=False, index=True),
        sa.Column("mentor", key, nullable=False, index=True),
        sa.Column("body", sa.Text, nullable=False),
    )
