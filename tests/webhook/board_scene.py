"""A board of statuses on a real store and the local Discord, and turns of a session in a terminal to show on it."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from antiphon.actions.terminals.attach import UNTITLED
from antiphon.core.blocks import AskBlock, Block, End, EndReason, TextBlock, TypedBlock
from antiphon.core.health import Health
from antiphon.core.projects import LOCAL
from antiphon.core.stored_turn import rows_of
from antiphon.core.values import (
    NOWHERE,
    ClaudeSessionId,
    PersonId,
    Session,
    Terminal,
    ToolUseId,
    terminal_session,
    typed_turn,
)
from antiphon.core.view import TurnView, ended
from antiphon.standin.person import Person
from antiphon.store import open_store
from antiphon.webhook.board import BoardPorts, StatusBoard
from antiphon.webhook.client import Target, WebhookClient
from antiphon.webhook.poster import Calls
from antiphon.webhook.status import Kind
from standin.conftest import Raw

Json = dict[str, Any]
ALL: frozenset[Kind] = frozenset(("needs", "done", "failed"))
CLAUDE = ClaudeSessionId("8aa15615-831e-4559-8b47-94d4ffb78ad4")
SESSION = Session(
    terminal_session(CLAUDE),
    NOWHERE,
    "terminals",
    CLAUDE,
    UNTITLED,
    begun=True,
    directory=Path("/home/ada/site"),
    terminal=Terminal(17, "12345", "tmux %0", "main", 5.0),
)


def a_turn(number: int = 1, *blocks: Block) -> TurnView:
    """A turn that somebody at the terminal has begun."""
    typed = TypedBlock(f"prompt {number}")
    return TurnView(typed_turn(f"line {number}"), None, 1000.0, (typed, *blocks))


def asking(view: TurnView, *ids: str) -> TurnView:
    """The turn once it waits for answers."""
    asks = (AskBlock(ToolUseId(id_), "Bash", f"rm {id_}", asked=1001.0) for id_ in ids)
    return replace(view, blocks=(*view.blocks, *asks))


def over(view: TurnView, reason: EndReason = "done", said: str = "It works.", error: str | None = None) -> TurnView:
    """The turn at its end."""
    view = replace(view, blocks=(*view.blocks, TextBlock(said, settled=True)))
    return ended(view, End(reason, view.started + 12.0, error))


class Scene:
    """Where it all happens. `channel`: the webhook's, as the test wants it."""

    def __init__(self, raw: Raw, ada: Person, directory: Path, channel: str, target: Target) -> None:
        self.raw, self.ada, self.channel, self.target = raw, ada, channel, target
        self.health = Health(time.time)
        self._file = directory / "antiphon.db"
        self._seq = 0

    @asynccontextmanager
    async def board(self, kinds: frozenset[Kind] = ALL, limit: float = 5.0) -> AsyncGenerator[StatusBoard]:
        """A bridge's board, while inside; what is to be told then is told before it is left."""
        async with open_store(self._file, time.time) as store, ClientSession() as http:
            hub = await store.hold("hub", "here", 60.0)
            worker = await store.hold(f"worker:{LOCAL}", "here", 60.0)
            assert hub is not None
            assert worker is not None
            await store.adopt(SESSION, LOCAL)
            self.store, self._worker, self.hub = store, worker, hub
            client = WebhookClient(self.target, http)
            self.health = Health(time.time)
            ports, calls = BoardPorts(store, hub, self.health), Calls(PersonId(int(self.ada.id)), kinds)
            board = StatusBoard(ports, self.target, client, calls)
            async with board.open(limit):
                yield board

    async def write(self, view: TurnView, session: Session = SESSION) -> None:
        """Put a turn into rows, as far as it is settled."""
        rows = rows_of(session.id, view, self._seq, None)
        self._seq += len(rows)
        await self.store.emit(self._worker, rows)

    async def fault(self, **plan: Any) -> None:
        """Let something go wrong."""
        await self.raw.ok("POST", "/standin/faults", {"match": "* /webhooks/**", **plan})

    async def one(self, text: str, place: str | None = None, but: str = "") -> Json:
        """Wait until a place has one message, which says that, and is not `but`."""

        def found(ada: Person) -> list[Json]:
            there = ada.messages(place or self.channel)
            return there if [text in one["content"] and one["id"] != but for one in there] == [True] else []

        return (await self.ada.until(found))[0]

    async def thread(self) -> str:
        """Wait for the forum's thread."""
        return (await self.ada.until(lambda ada: ada.threads(self.channel)))[0]["id"]

    async def contents(self, place: str, count: int) -> list[str]:
        """Wait for so many messages; the first line of each."""
        there = await self.ada.until(
            lambda ada: found if len(found := ada.messages(place)) == count else [],
        )
        return [one["content"].splitlines()[0] for one in there]
