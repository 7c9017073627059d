"""A real database file for each test."""

import shutil
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest
from store_samples import NEWEST, Clock

from antiphon.store import Store, open_store
from antiphon.store.versions import MIGRATIONS


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "antiphon.db"


@pytest.fixture
async def store(file: Path, clock: Clock) -> AsyncGenerator[Store]:
    async with open_store(file, clock) as opened:
        yield opened


_NEWER = """
import sqlalchemy as sa
from alembic import op

revision = "tomorrow"
down_revision = "%s"


def upgrade():
    with op.batch_alter_table("session", recreate="always") as table:
        table.add_column(sa.Column("color", sa.Text, server_default="red"))
"""


@pytest.fixture
def newer_migrations(tmp_path: Path) -> Callable[[str], Path]:
    """The migrations of tomorrow: one more that rebuilds a table and then runs the lines it is given."""

    def make(lines: str) -> Path:
        copy = tmp_path / "migrations"
        shutil.copytree(MIGRATIONS, copy, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        (copy / "versions" / "tomorrow.py").write_text(_NEWER % NEWEST + lines)
        return copy

    return make
