"""Sessions at once: in which working tree each is, what each has read and changed, and what each has claimed."""

import sqlalchemy as sa
from alembic import op

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("session", sa.Column("tree", sa.Text))
    op.add_column("session", sa.Column("worktree", sa.JSON))
    op.create_index("ix_session_tree", "session", ["tree"])
    op.add_column("session", sa.Column("ended", sa.Float))
    op.create_table(
        "claim",
        sa.Column("resource", sa.Text, primary_key=True),
        sa.Column("session", sa.Text, sa.ForeignKey("session.id", name="fk_claim_session"), nullable=False),
        sa.Column("since", sa.Float, nullable=False),
        sa.Column("until", sa.Float, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "file_use",
        sa.Column("session", sa.Text, sa.ForeignKey("session.id", name="fk_file_use_session"), primary_key=True),
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("read", sa.Float, nullable=False),
        sa.Column("changed", sa.Float, nullable=False),
        sa.Column("allowed", sa.Float, nullable=False),
    )
    op.create_index("ix_file_use_path", "file_use", ["path", "changed"])
    op.create_table(
        "coordination_event",
        sa.Column("n", _NUMBER, nullable=False, autoincrement=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("session", sa.Text),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_coordination_event"),
        sa.UniqueConstraint("key", name="uq_coordination_event_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_coordination_event_project", "coordination_event", ["project", "n"])
    op.execute("UPDATE session SET tree = '' WHERE begun")  # they have worked in their directories, and go on there
