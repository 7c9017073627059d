"""In which working tree each session is."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("session", sa.Column("tree", sa.Text))
    op.add_column("session", sa.Column("worktree", sa.JSON))
    op.create_index("ix_session_tree", "session", ["tree"])
    op.execute("UPDATE session SET tree = '' WHERE begun")  # they have worked in their directories, and go on there
