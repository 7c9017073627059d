"""Sessions of channels: everybody's, or one person's each; the projects that people talk about directly."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("session", sa.Column("sharing", sa.Text))
    op.create_table(
        "direct_place",
        sa.Column("place", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("project", sa.Text, nullable=False),
    )
