"""Turns that go on by themselves after a usage limit, and what is switched for everything."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """None did before."""
    op.create_table(
        "continuation",
        sa.Column("session", sa.Text, sa.ForeignKey("session.id", name="fk_continuation_session"), primary_key=True),
        sa.Column("turn", sa.Text, primary_key=True),
        sa.Column("due", sa.Float, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("by", sa.JSON),
    )
    op.create_index("ix_continuation_state", "continuation", ["state", "due"])
    op.create_table(
        "switch",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("is_on", sa.Boolean, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
    )
