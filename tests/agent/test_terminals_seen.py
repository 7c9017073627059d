"""Which sessions of this machine are seen, with the files that their processes keep: no terminal, no Claude Code."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from antiphon.agent import wording
from antiphon.agent.process.installation import Installation, install
from antiphon.agent.terminal import switch
from antiphon.agent.terminal.ports import TerminalPorts
from antiphon.agent.terminal.sighting import Sighting
from antiphon.agent.terminal.terminals import Terminals
from antiphon.core.records import Lease
from antiphon.core.values import ClaudeSessionId

from memory_store import MemoryStore

CLAUDE = ClaudeSessionId("11111111-2222-4333-8444-555555555555")
LEASE = Lease("sessions", "test", 1)


class Machine:
    """A machine of which one knows what Claude Code's processes write down."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.seen: list[Sighting] = []
        self.left_out: list[bool] = []
        self.sighted = asyncio.Event()
        config, bells = directory / "config", directory / "bells"
        (config / "sessions").mkdir(parents=True)
        bells.mkdir()
        self._installation: Installation = install(Path("/bin/true"), directory, config, directory)
        asked = self._sight, self._leave_out
        self.terminals = Terminals(TerminalPorts(MemoryStore(), LEASE, self._installation, bells), asked)

    async def _sight(self, sighting: Sighting) -> bool:
        self.seen.append(sighting)
        self.sighted.set()
        return False

    async def _leave_out(self, claude: ClaudeSessionId, out: bool) -> bool:
        self.left_out.append(out)
        return claude == CLAUDE

    def writes(self, pid: int, **more: Any) -> None:
        """A process that has the session open writes its file."""
        told = {"sessionId": CLAUDE, "startedAt": 1000, "entrypoint": "cli", **more}
        (self._installation.config_directory / "sessions" / f"{pid}.json").write_text(json.dumps(told))

    async def hook(self) -> None:
        """The session's first word."""
        given = {"session_id": CLAUDE, "cwd": str(self.directory)}
        assert await self.terminals.hook("UserPromptSubmit", given, {}) == {}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


async def test_a_session_whose_process_writes_its_file_after_its_first_word_is_seen(machine: Machine) -> None:
    await machine.hook()
    assert not machine.seen
    machine.writes(os.getpid())
    async with asyncio.timeout(5):
        await machine.sighted.wait()
    assert [one.terminal.pid for one in machine.seen] == [os.getpid()]


async def test_a_session_without_a_terminal_is_left_alone_at_once(machine: Machine) -> None:
    machine.writes(os.getpid(), entrypoint="sdk-cli")
    await machine.hook()
    assert not machine.seen


async def test_a_process_in_a_terminal_counts_before_one_that_looks_something_up(machine: Machine) -> None:
    machine.writes(os.getppid(), entrypoint="sdk-cli")
    machine.writes(os.getpid())
    await machine.hook()
    assert [one.terminal.pid for one in machine.seen] == [os.getpid()]


async def test_a_process_that_is_gone_has_nothing_open(machine: Machine) -> None:
    machine.writes(os.getpid(), procStart="1")  # another one had the number then
    machine.writes(os.getppid())
    await machine.hook()
    assert [one.terminal.pid for one in machine.seen] == [os.getppid()]


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("/antiphon off", "off"),
        (" /antiphon:antiphon  ON ", "on"),
        ("antiphon off", "off"),
        ("/antiphon", "?"),
        ("/antiphon of", "?"),
        ("/antiphon off\nand more", "?"),
        ("antiphon", None),
        ("antiphon off the wall", None),
        ("/antiphonal off", None),
        (None, None),
    ],
)
def test_what_is_typed_is_a_switch_or_it_is_for_claude(typed: object, wanted: str | None) -> None:
    assert switch.wanted(typed) == wanted


async def test_a_switch_is_blocked_with_what_became_of_it(machine: Machine) -> None:
    given = {"session_id": CLAUDE, "cwd": str(machine.directory), "prompt": "/antiphon off"}
    machine.writes(os.getpid())
    answer = {"decision": "block", "reason": wording.SWITCHED_OFF}
    assert await machine.terminals.hook("UserPromptSubmit", given, {}) == answer
    assert machine.left_out == [True]
    given["session_id"] = "another"
    answer["reason"] = wording.SWITCH_NOT_OURS
    assert await machine.terminals.hook("UserPromptSubmit", given, {}) == answer
