"""What is asked of a session besides words, while Claude is at work and while it is not."""

from typing import Any

from antiphon.core.runtime.agent_process import AgentProcess
from antiphon.core.runtime.session_requests import run
from antiphon.core.values import SessionRequest

from fakes import PROJECT, SESSION, FakeAgent


async def asked(what: str, busy: bool, **details: Any) -> dict[str, Any]:
    """The reply to an errand, of a session with a process."""
    async with AgentProcess(FakeAgent(lambda _: ()), PROJECT, lambda _: None) as host:
        await host.opened(SESSION)
        _, reply = await run(SessionRequest(1, what, details), SESSION, host, busy)
    return reply


async def test_nothing_is_put_back_beside_the_tools_of_a_running_turn() -> None:
    assert "at work" in (await asked("rewind", True, dry=False))["error"]
    assert (await asked("rewind", True, dry=True))["did"] == "rewind"
    assert (await asked("rewind", False, dry=False))["did"] == "rewind"


async def test_the_context_is_told_at_any_time() -> None:
    assert (await asked("context", True))["did"] == "context"


async def test_a_session_does_not_move_under_a_running_turn() -> None:
    assert "at work" in (await asked("move", True, claude="x", begun=True))["error"]
