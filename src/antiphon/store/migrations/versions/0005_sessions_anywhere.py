"""A session has a directory and an owner of its own; it need not be shown, and a place may show several.
Prompts stand in line by when they were said."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Rebuild the table of sessions. What was known of none before is left open."""
    with op.batch_alter_table("session") as table:
        table.drop_constraint("uq_session_place", type_="unique")
        table.alter_column("place", existing_type=sa.BigInteger, nullable=True)
        table.add_column(sa.Column("directory", sa.Text))
        table.add_column(sa.Column("owner", sa.BigInteger))
    op.create_index("ix_session_place", "session", ["place"])
    op.add_column("inbox", sa.Column("said", sa.Float, nullable=False, server_default="0"))
    op.execute("UPDATE inbox SET said = created")
