"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_RUNNING_TURN = sa.text("kind = 'turn' AND state = 'running'")


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "lease",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
        sa.Column("since", sa.Float, nullable=False),
        sa.Column("expires", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("worker", sa.Text, nullable=False),
        sa.Column("claude_session_id", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("origin_channel", sa.BigInteger),
        sa.Column("origin_message", sa.BigInteger),
        sa.Column("cost", sa.Float, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("touched", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("place", name="uq_session_place"),
    )
    _create_boxes()
    op.create_table(
        "preview",
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("turn", sa.Text, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("rev", sa.BigInteger, nullable=False),
        sa.Column("updated", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("session", name="pk_preview"),
        sa.ForeignKeyConstraint(["session"], ["session.id"], name="fk_preview_session"),
    )
    op.create_table(
        "post",
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("turn", sa.Text, nullable=False),
        sa.Column("slot", sa.Text, nullable=False),
        sa.Column("message", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("session", "turn", "slot", name="pk_post"),
        sa.ForeignKeyConstraint(["session"], ["session.id"], name="fk_post_session"),
    )
    op.create_table(
        "watermark",
        sa.Column("place", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("last_message_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_watermark"),
    )


def _create_boxes() -> None:
    op.create_table(
        "inbox",
        sa.Column("n", _NUMBER, nullable=False, autoincrement=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("worker", sa.Text, nullable=False),
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger),
        sa.Column("created", sa.Float, nullable=False),
        sa.Column("ended", sa.Float),
        sa.PrimaryKeyConstraint("n", name="pk_inbox"),
        sa.UniqueConstraint("key", name="uq_inbox_key"),
        sa.ForeignKeyConstraint(["session"], ["session.id"], name="fk_inbox_session"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_state", "inbox", ["state", "worker"])
    op.create_index(
        "uq_inbox_running_turn",
        "inbox",
        ["session"],
        unique=True,
        sqlite_where=_RUNNING_TURN,
        postgresql_where=_RUNNING_TURN,
    )
    op.create_table(
        "outbox",
        sa.Column("n", _NUMBER, nullable=False, autoincrement=True),
        sa.Column("worker", sa.Text, nullable=False),
        sa.Column("session", sa.Text, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("turn", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_outbox"),
        sa.UniqueConstraint("session", "seq", name="uq_outbox_session_seq"),
        sa.ForeignKeyConstraint(["session"], ["session.id"], name="fk_outbox_session"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_state", "outbox", ["state"])
    op.create_index("ix_outbox_turn", "outbox", ["session", "turn", "kind"])
