"""How what waits for a session in a terminal is given, and how the session is woken: no terminal, no Claude Code."""

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from antiphon.agent.process.installation import install
from antiphon.agent.terminal.bell import Bell
from antiphon.agent.terminal.link import TerminalLink
from antiphon.agent.terminal.ports import TerminalPorts
from antiphon.core.records import Lease, Offer
from antiphon.core.values import SessionId, Terminal
from antiphon.errors import StoreError

from fakes import LEASE, PROJECT, SESSION, prompt
from memory_store import MemoryStore


class SlowStore(MemoryStore):
    """Has no time to write offers down, until `quick` says so."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.quick = asyncio.Event(), False

    async def offer(self, me: Lease, session: SessionId, offers: Sequence[Offer], /) -> None:
        self.begun.set()
        if not self.quick:
            await asyncio.Event().wait()


def link_with(store: MemoryStore, directory: Path) -> TerminalLink:
    session = replace(SESSION, terminal=Terminal(os.getpid(), "", "tmux %0", since=1.0))
    ports = TerminalPorts(store, LEASE, install(Path("/bin/true"), directory, directory, directory), directory)
    return TerminalLink(session, PROJECT, ports, lambda _: None, lambda: None)


async def test_what_nobody_waits_for_any_more_goes_by_the_next_way(tmp_path: Path) -> None:
    store = SlowStore()
    link = link_with(store, tmp_path)
    await link.send(prompt(1, "look"))
    taking = asyncio.create_task(link.take("stop"))
    await store.begun.wait()
    taking.cancel()
    await asyncio.wait({taking})
    store.quick = True
    assert "look" in await link.take("wake")
    assert await link.take("stop") == ""


async def test_what_could_not_be_written_down_goes_by_the_next_way(tmp_path: Path) -> None:
    store = MemoryStore(broken=StoreError("the disk is full"))
    link = link_with(store, tmp_path)
    await link.send(prompt(1, "look"))
    with pytest.raises(StoreError):
        await link.take("stop")
    store.broken = None
    assert "look" in await link.take("wake")


async def test_what_was_offered_long_before_a_restart_is_undecided_once_it_is_handed_over(tmp_path: Path) -> None:
    link = link_with(MemoryStore(), tmp_path)
    handover, one = link._handover, prompt(1, "look")  # pyright: ignore[reportPrivateUsage]
    handover.delivery.note([Offer(one.turn, 5.0, "wake")])
    assert handover.undecided() == []  # its row has not come yet
    assert handover.hand(one)
    assert handover.undecided() == [one]
    assert handover.undecided() == []


def test_a_bell_that_nobody_has_taken_rings_again_soon_and_one_that_was_taken_later(tmp_path: Path) -> None:
    now = 100.0
    file = tmp_path / "bell"
    bell = Bell(file, lambda: now)
    assert bell.is_due
    bell.ring()
    assert not bell.is_due
    now = 103.0
    assert bell.is_due
    file.unlink()
    assert not bell.is_due
    now = 121.0
    assert bell.is_due
    bell.ring()
    assert not bell.is_due
    bell.answered()
    assert bell.is_due
