"""Types a prompt where its session's user would, while nobody else types there."""

import asyncio
import time

from antiphon.agent.terminal.input_line import squeezed, typed_in
from antiphon.agent.terminal.tmux import Pane, TmuxError

_AWAY = 10.0  # seconds since somebody has last pressed a key in that tmux session
_SEEN = 2.0  # seconds until what was typed stands in the input
_LOOK = 0.05
_PASTED = 0.3  # seconds before Enter: sooner, it is taken for a part of something pasted


class NothingTyped(TmuxError):
    """It did not come to that."""


class Typist:
    """Of one pane."""

    def __init__(self, pane: Pane) -> None:
        self._pane = pane

    async def is_free(self) -> bool:
        """Whether the input is there and empty, and nobody is at it."""
        try:
            screen = await self._pane.screen()
        except TmuxError:
            return False
        if screen is None or time.time() - screen.touched < _AWAY:
            return False
        return typed_in(screen.lines, screen.cursor) == ""

    async def type(self, text: str) -> None:
        """Type it, and Enter once it stands there alone. NothingTyped, or another TmuxError: it is not known what
        became of it."""
        try:
            buffer = await self._pane.load(text)
        except TmuxError as error:
            raise NothingTyped(str(error)) from error
        await self._pane.type(buffer)
        ends = time.monotonic() + _SEEN
        while not await self._stands_there(text):
            if time.monotonic() > ends:
                raise TmuxError("what was typed is not what stands there")
            await asyncio.sleep(_LOOK)
        await asyncio.sleep(_PASTED)
        if not await self._stands_there(text):
            raise TmuxError("somebody else has typed as well")
        await self._pane.enter()

    async def _stands_there(self, text: str) -> bool:
        screen = await self._pane.screen()
        return screen is not None and typed_in(screen.lines, screen.cursor) == squeezed(text)
