"""Thousands of messages of the real Claude Code, each with something wrong in it: no conversation ends, no view breaks.

What is changed: types, missing and doubled parts, depth, size, halves of characters, NaN, numbers beyond all bounds.
"""

import asyncio
import json
import logging
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import garbler
from antiphon.agent import wording
from antiphon.agent.events.event_stream import EventStream, UnknownMessages
from antiphon.agent.process import wire
from antiphon.agent.process.claude import ClaudeAgent
from antiphon.agent.process.installation import bundled, install
from antiphon.chat.render.page import next_change, render
from antiphon.core import wording as core_wording
from antiphon.core.events import TextFinished, TurnEnded, UnknownMessage
from antiphon.core.machine.limits import Limits
from antiphon.core.runtime.conversation import Conversation, Ports
from antiphon.core.values import Close, Display
from antiphon.store.encoding import outbox_body
from standin.mutations import Spoiler
from studio import Studio

from fakes import LEASE, PROJECT, SESSION, Album, Clock, FakeAgent, prompt
from memory_store import MemoryStore

Json = dict[str, Any]

PATIENT = Limits(inactivity=3600, unanswered=3600, idle=3600, stop=3600)
WORK = (
    'say: I begin.\ntasks\nbash: echo x\nwrite a.txt\ncall Bash {"command": "true", "run_in_background": true}\nagent'
)
DEEP = sys.getrecursionlimit() - 200  # about what the reader of JSON bears


def deep(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


@pytest.fixture
async def recorded(studio: Studio, tmp_path: Path) -> list[Json]:
    """All that the real Claude Code says in a turn with all sorts of work, as it came."""
    record, own = tmp_path / "said", tmp_path / "ear"
    own.mkdir()
    claude = garbler.command(tmp_path / "claude", bundled(), record)
    agent = ClaudeAgent(install(claude, own, tmp_path / "home" / ".claude", tmp_path / "files"))
    async with replace(studio, agent=agent).session() as (link, ear):
        await link.send(prompt(1, WORK))
        await ear.turn()
    raws = [raw for line in record.read_text().splitlines() if not garbler.is_control(raw := json.loads(line))]
    assert {"system", "assistant", "user", "stream_event", "result"} <= {str(one["type"]) for one in raws}
    return raws


@asynccontextmanager
async def conversation(agent: FakeAgent, bus: MemoryStore, album: Album) -> AsyncGenerator[Conversation]:
    ports = Ports(agent, bus, LEASE, album, Clock())
    live = Conversation(SESSION, PROJECT, ports, PATIENT, next_seq=0)
    task = asyncio.create_task(live.run())
    try:
        yield live
        assert not task.done()
    finally:
        live.post(Close())
        await task


def answered(asked: Any) -> tuple[TextFinished, TurnEnded]:
    return TextFinished(asked.text), TurnEnded("done", prompts=(asked.turn,))


def is_broken(view: Any) -> bool:
    return view.end is not None and core_wording.BROKEN in (view.end.error or "")


async def hear_garbled(raws: list[Json], seed: str, how_many: int) -> UnknownMessages:
    """Feed so many mutated messages to a conversation and show all that comes of them; what was strange in them."""
    spoiler = Spoiler(seed, ["1234567890", "9"])
    stream, unknown, agent, bus, album = (
        EventStream(PROJECT.directory),
        UnknownMessages(),
        FakeAgent(answered),
        MemoryStore(),
        Album(),
    )
    async with conversation(agent, bus, album) as live:
        live.post(prompt(1))
        await album.until(lambda view: view.end is not None)
        for n in range(how_many):
            raw = spoiler.body(raws[n % len(raws)])
            for event in stream.receive(wire.parsed(raw if isinstance(raw, dict) else {"type": raw})):
                if isinstance(event, UnknownMessage):
                    unknown.count(event.kind, SESSION.id)
                live.post(event)
            await asyncio.sleep(0)
            if n % 100 == 99:
                live.post(TurnEnded("done"))
                seen, album.views = album.views, []
                assert not any(map(is_broken, seen))
                for view in seen[:: max(1, len(seen) // 5)]:
                    show(view)
                    json.dumps([outbox_body(row.content) for row in bus.rows], allow_nan=False).encode()
                bus.rows.clear()
        assert len(agent.links) == 1
        live.post(TurnEnded("done"))
        live.post(prompt(2, "and then?"))
        await album.until(lambda view: view.end is not None and view.turn == prompt(2).turn)
        assert agent.links[0].prompts[-1].text == "and then?"
    return unknown


def show(view: Any) -> None:
    for style in ("card", "compact", "legacy"):
        render(view, Display(progress=style, thinking="full"), frozenset(), 1_000_000.0)
        next_change(view, Display(progress=style), 1_000_000.0)


async def test_garbled_messages_end_no_conversation(recorded: list[Json], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        unknown = await hear_garbled(recorded, "a short run", 500)
    assert sum(unknown.counts.values()) > 50
    assert len(caplog.messages) == len(set(caplog.messages)) == len(unknown.counts)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(5))
async def test_thousands_of_garbled_messages_end_no_conversation(recorded: list[Json], seed: int) -> None:
    unknown = await hear_garbled(recorded, f"run {seed}", 1200)
    assert sum(unknown.counts.values()) > 100


@pytest.mark.parametrize("part", ["type", "subtype", "message", "session_id"])
async def test_a_part_as_deep_as_json_may_be_is_an_unknown_message(part: str) -> None:
    raw = {"type": "system", "subtype": "init", "session_id": "s", "uuid": "u", "message": {}, part: deep(DEEP)}
    if part == "message":
        raw["type"] = "assistant"
    (event,) = EventStream(PROJECT.directory).receive(wire.parsed(raw))
    assert isinstance(event, UnknownMessage)


@pytest.mark.parametrize("spoilt", [{"usage": [1]}, {"total_cost_usd": float("nan")}, {"modelUsage": {"m": 3}}])
async def test_a_turn_that_is_done_is_done_also_with_odd_figures(spoilt: Json) -> None:
    raw = {"type": "result", "subtype": "success", "is_error": False, "duration_ms": 1, "duration_api_ms": 1}
    (event,) = EventStream(PROJECT.directory).receive(wire.parsed({**raw, "num_turns": 1, "session_id": "s", **spoilt}))
    assert isinstance(event, TurnEnded)
    assert (event.reason, event.usage.cost, event.usage.tokens_in) == ("done", None, 0)


@pytest.mark.parametrize("spoilt", [{"subtype": 5, "is_error": True}, {"errors": 7, "subtype": "e"}, {"num_turns": 1}])
async def test_a_result_that_nobody_can_read_ends_its_turn_all_the_same(spoilt: Json) -> None:
    unknown, end = EventStream(PROJECT.directory).receive(wire.parsed({"type": "result", **spoilt}))
    assert isinstance(unknown, UnknownMessage)
    assert isinstance(end, TurnEnded)
    assert (end.reason, end.error) == ("failed", wording.END_NOT_UNDERSTOOD)


async def test_a_session_does_not_move_to_what_is_no_id() -> None:
    raw = {"type": "system", "subtype": "init", "session_id": "../../x", "model": "m"}
    assert EventStream(PROJECT.directory).receive(wire.parsed(raw)) == (UnknownMessage("system init"),)


def test_each_kind_of_stranger_is_logged_once_and_there_are_only_so_many(caplog: pytest.LogCaptureFixture) -> None:
    unknown = UnknownMessages()
    for n in range(500):
        unknown.count(f"novelty {n}", SESSION.id)
        unknown.count("novelty 0", SESSION.id)
    assert unknown.counts["novelty 0"] == 501
    assert sum(unknown.counts.values()) == 1000
    assert len(caplog.messages) == len(unknown.counts) == 101
