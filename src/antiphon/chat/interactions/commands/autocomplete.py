"""What is offered while somebody types."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from discord import app_commands

from antiphon.errors import AntiphonError

log = logging.getLogger(__name__)

LIMIT = 2.5  # seconds; Discord waits for 3


async def in_time(finding: Coroutine[Any, Any, list[tuple[str, str]]]) -> list[app_commands.Choice[str]]:
    """Labels and values as choices, in time whatever happens: none, where something does."""
    task = asyncio.create_task(finding, name="choices")
    await asyncio.wait({task}, timeout=LIMIT)
    if not task.done():
        task.cancel()  # not waited for: what it tidies up may take longer than Discord waits
        return []
    try:
        return [app_commands.Choice(name=label, value=value) for label, value in task.result()]
    except AntiphonError as error:
        log.info("no choices: %s", error)
        return []
