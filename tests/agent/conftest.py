"""The fixtures of a real Claude Code (tests/studio.py), for every test here."""

import pytest

from studio import shared, studio, talk

__all__ = ["shared", "studio", "talk"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What shares a session shares its loop, and its worker too."""
    for item in items:
        if "talk" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
