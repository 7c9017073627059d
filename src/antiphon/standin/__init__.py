"""A local Discord and a scripted model, for tests, the bench and `antiphon demo`.

It meets a bridge only over the wire, through the addresses of `describe()`, and shares no code with it, so that
it cannot share its mistakes.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from antiphon.standin.client import Refused
from antiphon.standin.discord import Limits, LocalDiscord
from antiphon.standin.discord.ids import Clock
from antiphon.standin.guide import Guide
from antiphon.standin.model import Pace, ScriptedModel
from antiphon.standin.person import Outcome, Person

__all__ = [
    "Guide",
    "Limits",
    "LocalDiscord",
    "Outcome",
    "Pace",
    "Person",
    "Refused",
    "ScriptedModel",
    "StandIn",
    "serve",
]


class StandIn:
    """Both at once, as one async context manager. Ports of 0 take free ones."""

    def __init__(
        self,
        *,
        port: int = 0,
        model_port: int = 0,
        limits: Limits = Limits(),  # noqa: B008 (frozen)
        openapi: Path | None = None,
        guide: Guide = Guide(),  # noqa: B008 (frozen)
        pace: Pace = Pace(),  # noqa: B008 (frozen)
        clock: Clock = time.time,
    ) -> None:
        """`guide`: what the page says and suggests. `pace`: the model's. `clock`: the local Discord's, in epoch
        seconds."""
        self.model = ScriptedModel(port=model_port, pace=pace)
        self._port = port
        self._limits = limits
        self._openapi = openapi
        self._guide = guide
        self._clock = clock
        self._discord: LocalDiscord | None = None
        self._stack = AsyncExitStack()

    @property
    def discord(self) -> LocalDiscord:
        """The local Discord; only inside the context."""
        assert self._discord is not None
        return self._discord

    async def __aenter__(self) -> StandIn:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.model)
            discord = LocalDiscord(
                port=self._port,
                limits=self._limits,
                openapi=self._openapi,
                model_url=self.model.url,
                guide=self._guide,
                clock=self._clock,
            )
            self._discord = await stack.enter_async_context(discord)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def describe(self) -> dict[str, Any]:
        """What a bot, its people and a Claude Code need to get in."""
        return self.discord.describe()


async def serve(port: int, model_port: int, json_line: bool, *, limits: Limits | None = None) -> None:
    """Runs both until cancelled. The ready line is printed once both listen: JSON, or words for a person."""
    async with StandIn(port=port, model_port=model_port, limits=limits or Limits()) as standin:
        about = standin.describe()
        words = f"A local Discord at {about['api']}, its bot's token {about['bot_token']}; a model at {about['model']}"
        sys.stdout.write((json.dumps(about) if json_line else words) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
