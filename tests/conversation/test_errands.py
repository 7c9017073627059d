"""What is asked of a session besides prompts, while Claude is at work and while it is not."""

from typing import Any

from antiphon.core.requests import (
    ContextUsage,
    ReadContext,
    Reply,
    Request,
    RequestFailed,
    Rewind,
    Rewound,
    SwitchConversation,
)
from antiphon.core.runtime.agent_process import AgentProcess
from antiphon.core.runtime.session_requests import run
from antiphon.core.values import ClaudeSessionId, TurnId

from fakes import PROJECT, SESSION, FakeAgent


async def asked(request: Request[Any], *, busy: bool) -> Reply:
    """The reply to a request, of a session with a process."""
    async with AgentProcess(FakeAgent(lambda _: ()), PROJECT, lambda _: None) as host:
        await host.opened(SESSION)
        _, reply = await run(request, SESSION, host, busy)
    return reply


def is_refused(reply: Reply) -> bool:
    return isinstance(reply, RequestFailed) and "at work" in reply.reason


async def test_nothing_is_put_back_beside_the_tools_of_a_running_turn() -> None:
    assert is_refused(await asked(Rewind(TurnId("t")), busy=True))
    assert isinstance(await asked(Rewind(TurnId("t"), dry=True), busy=True), Rewound)
    assert isinstance(await asked(Rewind(TurnId("t")), busy=False), Rewound)


async def test_the_context_is_told_at_any_time() -> None:
    assert isinstance(await asked(ReadContext(), busy=True), ContextUsage)


async def test_a_session_does_not_move_under_a_running_turn() -> None:
    assert is_refused(await asked(SwitchConversation(ClaudeSessionId("x"), begun=True), busy=True))
