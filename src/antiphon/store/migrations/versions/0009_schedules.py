"""Prompts that are run by the clock."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """There were none before."""
    op.create_table(
        "schedule",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("next", sa.Float),
        sa.Column("paused", sa.Text, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
    )
    op.create_index("ix_schedule_next", "schedule", ["next"])
    op.create_table(
        "schedule_run",
        sa.Column("schedule", sa.Text, sa.ForeignKey("schedule.id", name="fk_schedule_run_schedule"), primary_key=True),
        sa.Column("due", sa.Float, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("session", sa.Text),
        sa.Column("ended", sa.Text, nullable=False),
        sa.UniqueConstraint("key", name="uq_schedule_run_key"),
    )
    op.create_index("ix_schedule_run_state", "schedule_run", ["state"])
    op.add_column("session", sa.Column("schedule", sa.Text))
