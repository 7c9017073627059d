"""The desk of permission requests, without a process: which answer belongs to which request."""

import asyncio
from pathlib import Path

import pytest
from claude_agent_sdk import PermissionResultAllow, PermissionResultDeny, ToolPermissionContext

from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.permissions.permission_desk import PermissionDesk, digest
from antiphon.chat.render.custom_ids import OnRequest, control_id
from antiphon.core.blocks import AskBlock
from antiphon.core.events import AgentEvent, PermissionSettled
from antiphon.core.values import Answer, ToolUseId, TurnId

Asking = asyncio.Task[PermissionResultAllow | PermissionResultDeny]


async def ask(desk: PermissionDesk, id_: str) -> Asking:
    """A request of Claude Code's that waits."""
    asking = asyncio.create_task(desk.ask("Bash", {"command": "ls"}, ToolPermissionContext(tool_use_id=id_)))
    await asyncio.sleep(0)
    return asking


async def test_two_requests_of_one_call_at_once_have_ids_of_their_own() -> None:
    told: list[AgentEvent] = []
    desk = PermissionDesk(Path("/project"), (), told.append, DiskThreads())
    first, second = await ask(desk, "call"), await ask(desk, "call")
    one, other = (event.id for event in told if isinstance(event, AskBlock))
    assert one == "call" != other
    assert desk.answer(Answer(other, False, "ben", 1, "no"))
    assert desk.answer(Answer(one, True, "ada", 2))
    assert isinstance(await first, PermissionResultAllow)
    assert isinstance(await second, PermissionResultDeny)
    assert not desk.answer(Answer(one, True, "ada", 3))


async def test_a_call_that_is_asked_about_again_waits_for_an_answer_of_its_own() -> None:
    told: list[AgentEvent] = []
    desk = PermissionDesk(Path("/project"), (), told.append, DiskThreads())
    first = await ask(desk, "call")
    desk.answer(Answer(ToolUseId("call"), True, "ada", 1))
    await first
    second = await ask(desk, "call")
    asked = told[-1]
    assert isinstance(asked, AskBlock)
    assert asked.id != "call"  # an answer is accepted once for each id
    second.cancel()
    await asyncio.wait({second})
    assert told[-1] == PermissionSettled(asked.id, "withdrawn")


async def test_what_was_allowed_once_is_asked_about_again_in_a_later_turn() -> None:
    told: list[AgentEvent] = []
    desk = PermissionDesk(Path("/project"), (), told.append, DiskThreads())
    allowed = Answer(ToolUseId("before"), True, "ada", 1)
    for _ in range(2):
        desk.expect(digest("Bash", {"command": "ls"}), allowed)
    assert isinstance(await (await ask(desk, "first")), PermissionResultAllow)
    desk.expect(digest("Bash", {"command": "ls"}), allowed)
    desk.forget()
    second = await ask(desk, "second")
    assert desk.waits
    second.cancel()
    await asyncio.wait({second})


@pytest.mark.parametrize("id_", ["functions.Bash:0", "x" * 49])
async def test_a_call_whose_id_no_button_carries_is_asked_about_under_another_one(id_: str) -> None:
    told: list[AgentEvent] = []
    desk = PermissionDesk(Path("/project"), (), told.append, DiskThreads())
    asking = await ask(desk, id_)
    (asked,) = told
    assert isinstance(asked, AskBlock)
    assert control_id(OnRequest("allow", TurnId("t" * 36), asked.id)) is not None
    assert desk.answer(Answer(asked.id, True, "ada", 1))
    assert isinstance(await asking, PermissionResultAllow)


async def test_half_a_character_in_a_call_is_replaced_for_all_who_see_it() -> None:
    told: list[AgentEvent] = []
    desk = PermissionDesk(Path("/project"), (), told.append, DiskThreads())
    context = ToolPermissionContext(tool_use_id="call")
    asking = asyncio.create_task(desk.ask("Bash", {"command": "echo \ud83d"}, context))
    await asyncio.sleep(0)
    (asked,) = told
    assert isinstance(asked, AskBlock)
    assert asked.detail == "echo \ufffd"
    desk.answer(Answer(asked.id, True, "ada", 1))
    assert isinstance(await asking, PermissionResultAllow)
