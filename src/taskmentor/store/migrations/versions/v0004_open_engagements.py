"""By what open engagements are found: a row while one is open, with the time at which something is due to it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table; `migrating.upgrade` fills it from the log."""
    op.create_table(
        "tm_standing",
        sa.Column("stream", sa.String(32), primary_key=True),
        sa.Column("programme_id", sa.Text, nullable=False, index=True),
        sa.Column("due_at", sa.BigInteger, index=True),
    )
