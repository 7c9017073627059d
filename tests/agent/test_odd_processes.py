"""A command that speaks Claude Code's protocol but not its manners: no process is left, and every end is told."""

import asyncio
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from antiphon.agent.process.claude import ClaudeAgent
from antiphon.agent.process.installation import install
from antiphon.core.events import AgentEvent, UnknownMessage
from antiphon.errors import AgentError

from environment import from_nothing, replace_environment
from fakes import PROJECT, SESSION, prompt

# Answers `initialize`; what it does with an interrupt, a prompt and a SIGTERM is said by its first lines.
_SCRIPT = """\
import json, os, signal, sys
from pathlib import Path
fatal = False
{manners}
Path({mark!r}).write_text(str(os.getpid()))
def say(**message):
    print(json.dumps(message), flush=True)
def answer(id_, **response):
    say(type="control_response", response={{"request_id": id_, **response}})
while True:
    line = sys.stdin.readline()
    if not line and not stubborn:
        break
    message = json.loads(line or "null") or {{}}
    request = message.get("request", {{}})
    if request.get("subtype") == "initialize" and not shy:
        answer(message["request_id"], subtype="success", response={{}})
    elif request and fatal:
        os._exit(3)
    elif request:
        answer(message["request_id"], subtype="error", error="I would rather not.")
    elif message:
        say(**odd)
    elif stubborn:
        signal.pause()
"""
_POLITE = "stubborn, shy, odd = False, False, {'type': 'novelty'}\n"
_ODD = "stubborn, shy, odd = False, False, {'type': 'system', 'subtype': 'api_retry', 'attempt': 'many'}\n"
_STUBBORN = "stubborn, shy, odd = True, False, {'type': 'novelty'}\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
_FRAGILE = _POLITE + "fatal = True\n"
_SHY = "stubborn, shy, odd = False, True, {'type': 'novelty'}\n"


class Company:
    """Where such a command is run; `said` is what came from it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.mark = root / "pid"
        self.said: list[AgentEvent] = []
        self.project = replace(PROJECT, directory=root)

    def agent(self, manners: str) -> ClaudeAgent:
        executable = self._root / "command"
        script = _SCRIPT.format(manners=manners, mark=str(self.mark))
        executable.write_text(f"#!{sys.executable}\n{script}")
        executable.chmod(0o700)
        own = self._root / "own"
        own.mkdir()
        return ClaudeAgent(install(executable, own, self._root / ".claude", self._root / "files"))

    def left(self) -> bool:
        """Whether the process is still there."""
        try:
            os.kill(int(self.mark.read_text()), 0)
        except ProcessLookupError:
            return False
        return True

    async def until(self, wanted: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not wanted():  # noqa: ASYNC110 - a file of another process
                await asyncio.sleep(0.01)


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    replace_environment(monkeypatch, from_nothing(tmp_path, "http://127.0.0.1:1"))
    return Company(tmp_path)


async def test_a_process_that_refuses_the_interrupt_is_ended_all_the_same(company: Company) -> None:
    async with company.agent(_POLITE).open(SESSION, company.project, company.said.append):
        assert company.left()
    assert not company.left()


async def test_a_process_that_dies_of_the_goodbye_is_not_told_as_lost(company: Company) -> None:
    async with company.agent(_FRAGILE).open(SESSION, company.project, company.said.append):
        assert company.left()
    assert not company.left()
    assert company.said == []


async def test_a_process_that_does_not_start_is_an_agent_error_in_its_own_words(company: Company) -> None:
    with pytest.raises(AgentError, match="I would rather not"):
        async with company.agent(_SHY).open(SESSION, company.project, company.said.append):
            pass
    assert not company.left()


async def test_a_message_that_cannot_be_read_does_not_end_its_session(company: Company) -> None:
    agent = company.agent(_ODD)
    async with agent.open(SESSION, company.project, company.said.append) as link:
        for n in (1, 2):
            await link.send(prompt(n))
            await company.until(lambda n=n: len(company.said) == n)
    assert company.said == [UnknownMessage("SystemMessage: ValueError")] * 2
    assert agent.unknown_messages.counts == {"SystemMessage: ValueError": 2}


@pytest.mark.slow
async def test_a_cancelled_conversation_leaves_no_stubborn_process(company: Company) -> None:
    async def converse() -> None:
        async with company.agent(_STUBBORN).open(SESSION, company.project, company.said.append):
            await asyncio.Event().wait()

    task = asyncio.create_task(converse())
    await company.until(company.mark.exists)
    await company.until(lambda: bool(company.mark.read_text()))
    for _ in range(2):  # whoever waits may lose patience twice
        task.cancel()
        await asyncio.sleep(0)
    await asyncio.wait({task})
    assert task.cancelled()
    assert not company.left()
