"""Sessions of terminals: where each one is open, and what was given to its Claude Code."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """There were none before."""
    op.add_column("session", sa.Column("terminal", sa.JSON))
    op.create_table(
        "offer",
        sa.Column("session", sa.Text, sa.ForeignKey("session.id", name="fk_offer_session"), primary_key=True),
        sa.Column("prompt", sa.Text, primary_key=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("way", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
    )
