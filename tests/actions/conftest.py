"""A bridge for each test."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from bridge import Bridge, opened


@pytest.fixture
async def bridge(tmp_path: Path) -> AsyncGenerator[Bridge]:
    async with opened(tmp_path / "antiphon.db") as one:
        yield one
