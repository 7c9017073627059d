"""A session knows the model that its last turn began with."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """It was not kept before."""
    op.add_column("session", sa.Column("model", sa.Text, nullable=False, server_default=""))
