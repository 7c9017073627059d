"""What is asked of one session's rows in the inbox, and counted in all of them, reads no other rows."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_inbox_session", "inbox", ["session", "kind", "state"])
