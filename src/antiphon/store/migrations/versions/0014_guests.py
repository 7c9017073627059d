"""Guests of sessions: whom people have invited into a thread, and who has written there without being one."""

import sqlalchemy as sa
from alembic import op

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "guest",
        sa.Column("place", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("person", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("answers", sa.Boolean, nullable=False),
        sa.Column("since", sa.Float, nullable=False),
    )
    op.create_table(
        "stranger_offer",
        sa.Column("n", _NUMBER, nullable=False, autoincrement=True),
        sa.Column("place", sa.BigInteger, nullable=False),
        sa.Column("project", sa.Text, nullable=False),
        sa.Column("person", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("owner", sa.BigInteger),
        sa.Column("calls", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.Column("opened", sa.Float, nullable=False),
        sa.Column("decided", sa.Float),
        sa.PrimaryKeyConstraint("n", name="pk_stranger_offer"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stranger_offer_place", "stranger_offer", ["place", "person"])
    op.create_index("ix_stranger_offer_closed", "stranger_offer", ["closed"])
    op.create_table(
        "stranger_message",
        sa.Column("message", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column(
            "offer", sa.BigInteger, sa.ForeignKey("stranger_offer.n", name="fk_stranger_message_offer"), nullable=False
        ),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("at", sa.Float, nullable=False),
    )
    op.create_index("ix_stranger_message_offer", "stranger_message", ["offer", "state"])
