"""Boards and the coordination channel: what of sessions is shown in channels, and where."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_OPEN_TURNS = """
INSERT INTO coordination_event ("key", at, project, session, "by", text, kind, changed)
SELECT 'turn:' || o.session || ':' || o.turn, o.created, s.project, o.session, '', o.turn, 'turn', o.created
FROM outbox o JOIN session s ON s.id = o.session
WHERE o.kind = 'begin'
  AND EXISTS (SELECT 1 FROM inbox i WHERE i.session = o.session AND i.state IN ('running', 'suspended'))
  AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.session = o.session AND e.turn = o.turn AND e.kind = 'end')
"""


def upgrade() -> None:
    op.add_column("coordination_event", sa.Column("kind", sa.Text, nullable=False, server_default="said"))
    op.add_column("coordination_event", sa.Column("note", sa.Text, nullable=False, server_default=""))
    op.add_column("coordination_event", sa.Column("moment", sa.Float))
    op.add_column("coordination_event", sa.Column("outcome", sa.Text, nullable=False, server_default=""))
    op.add_column("coordination_event", sa.Column("changed", sa.Float, nullable=False, server_default="0"))
    op.add_column("coordination_event", sa.Column("shown", sa.Float, nullable=False, server_default="0"))
    op.add_column("coordination_event", sa.Column("message", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("coordination_event", sa.Column("digest", sa.Text, nullable=False, server_default=""))
    op.create_index("ix_coordination_event_kind", "coordination_event", ["kind", "outcome", "session"])
    op.create_table(
        "standing_post",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("message", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
    )
    op.execute(_OPEN_TURNS)
