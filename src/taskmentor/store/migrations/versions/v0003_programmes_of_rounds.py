"""The programme of each round, by which rights are asked; a round that was there before has none."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column."""
    op.add_column("tm_round", sa.Column("programme_id", sa.Text))
