"""Steering, choices, requests between hub and worker, the audit, budgets."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add what control from Discord needs. A session that has had a turn has begun."""
    op.add_column("session", sa.Column("choices", sa.JSON, nullable=False, server_default="{}"))
    op.add_column("session", sa.Column("begun", sa.Boolean, nullable=False, server_default="0"))
    op.add_column("session", sa.Column("counted", sa.Float, nullable=False, server_default="0"))
    op.execute("UPDATE session SET begun = (1 = 1), counted = cost WHERE cost > 0")
    op.add_column("inbox", sa.Column("asker", sa.BigInteger))
    op.add_column("inbox", sa.Column("cost", sa.Float, nullable=False, server_default="0"))
    op.create_index("ix_inbox_ended", "inbox", ["ended", "asker"])
    op.create_index("ix_post_message", "post", ["message"])
    op.create_table(
        "request",
        sa.Column("n", _NUMBER, nullable=False, autoincrement=True),
        sa.Column("worker", sa.Text, nullable=False),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("session", sa.Text),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reply", sa.JSON),
        sa.Column("created", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_request"),
        sa.ForeignKeyConstraint(["session"], ["session.id"], name="fk_request_session"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "audit",
        sa.Column("n", _NUMBER, nullable=False, autoincrement=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("deed", sa.Text, nullable=False),
        sa.Column("session", sa.Text),
        sa.Column("person", sa.BigInteger),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("door", sa.Text, nullable=False),
        sa.Column("what", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_audit"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "allowance",
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("dollars", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("scope", name="pk_allowance"),
    )
