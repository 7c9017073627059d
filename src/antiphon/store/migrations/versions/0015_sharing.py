"""Sessions of channels: everybody's, or one person's each."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("session", sa.Column("sharing", sa.Text))
