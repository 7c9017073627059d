"""When the gateway was told who we are: its budget outlives a restart."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "identify",
        sa.Column("n", _NUMBER, nullable=False, autoincrement=True),
        sa.Column("at", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("n", name="pk_identify"),
        sqlite_autoincrement=True,
    )
