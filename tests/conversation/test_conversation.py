"""A conversation takes values in order, and each turn ends in exactly one state."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from antiphon.core import wording
from antiphon.core.blocks import End, NoteBlock, TextBlock, ToolBlock, Usage
from antiphon.core.events import (
    AgentEvent,
    ReplyStarted,
    SessionLost,
    SessionStarted,
    TerminalClosed,
    TextDelta,
    TextFinished,
    ToolFinished,
    TurnEnded,
    UnknownMessage,
)
from antiphon.core.machine.effects import Attended
from antiphon.core.machine.limits import Limits
from antiphon.core.runtime.conversation import Conversation, Ports
from antiphon.core.values import ClaudeSessionId, Close, Interrupt, Project, Prompt, Terminal, ToolUseId

from fakes import LEASE, PROJECT, SESSION, Album, Clock, FakeAgent, kinds, prompt
from memory_store import MemoryStore

PATIENT = Limits(inactivity=3600, unanswered=3600, idle=3600, stop=3600)


@dataclass
class Stage:
    """A conversation that runs, and all that it works with."""

    conversation: Conversation
    agent: FakeAgent
    bus: MemoryStore
    album: Album
    task: asyncio.Task[None]


@asynccontextmanager
async def stage(agent: FakeAgent, limits: Limits = PATIENT, project: Project = PROJECT) -> AsyncGenerator[Stage]:
    bus, album = MemoryStore(), Album()
    ports = Ports(agent, bus, LEASE, album, Clock())
    conversation = Conversation(SESSION, project, ports, limits, next_seq=0)
    task = asyncio.create_task(conversation.run())
    try:
        yield Stage(conversation, agent, bus, album, task)
    finally:
        conversation.post(Close())
        await task


def echo(asked: Prompt) -> Sequence[AgentEvent]:
    return (TextDelta(asked.text[:2]), TextFinished(asked.text), TurnEnded("done", prompts=(asked.turn,)))


def silence(_: Prompt) -> Sequence[AgentEvent]:
    return ()


def ended(view: Any) -> bool:
    return view.end is not None


async def test_a_prompt_becomes_a_turn_that_ends_in_done() -> None:
    async with stage(FakeAgent(echo)) as on:
        on.conversation.post(prompt(1, "hello"))
        view = await on.album.until(ended)
        assert view.end is not None
        assert view.end.reason == "done"
        assert view.blocks == (TextBlock("hello", settled=True),)
        assert kinds(on.bus.rows) == ["begin", "block", "end"]
        assert [(closing.n, closing.state) for closing in on.bus.closed] == [(1, "done")]


async def test_a_prompt_that_was_changed_in_the_queue_says_what_it_is_now() -> None:
    async with stage(FakeAgent(echo)) as on:
        on.conversation.post(replace(prompt(1, "the new words"), revised=True))
        view = await on.album.until(ended)
        assert view.blocks == (NoteBlock(wording.revised("the new words")), TextBlock("the new words", settled=True))
        assert "the new words" in wording.revised("the new words")


async def test_nobody_is_charged_for_a_turn_of_a_subscription_but_its_dollars_are_counted() -> None:
    totals = iter((0.5, 0.75))

    def turn(_: Prompt) -> Sequence[AgentEvent]:
        return (TurnEnded("done", usage=Usage(next(totals), billed=False)),)

    async with stage(FakeAgent(turn)) as on:
        for n in (1, 2):
            on.conversation.post(prompt(n))
            await on.album.until(lambda view, n=n: view.prompt == n and ended(view))
        ends = [view.end for view in on.album.views if view.end is not None]
        assert [end.usage for end in (ends[0], ends[-1])] == [Usage(0.5, billed=False), Usage(0.25, billed=False)]


async def test_the_begin_is_durable_before_claude_hears_the_prompt() -> None:
    seen: list[int] = []
    async with stage(FakeAgent(lambda asked: (seen.append(len(on.bus.rows)), *echo(asked))[1:])) as on:
        on.conversation.post(prompt())
        await on.album.until(ended)
    assert seen == [1]


async def test_a_view_is_shown_only_after_its_settled_blocks_are_durable() -> None:
    async with stage(FakeAgent(echo)) as on:
        on.bus.busy = 3
        on.conversation.post(prompt())
        await on.album.until(ended)
        assert [row.seq for row in on.bus.rows] == [0, 1, 2]


async def test_one_process_serves_one_prompt_after_the_other() -> None:
    async with stage(FakeAgent(echo)) as on:
        for n in (1, 2, 3):
            on.conversation.post(prompt(n, f"words {n}"))
        await on.album.until(lambda view: view.prompt == 3 and ended(view))
        assert len(on.agent.links) == 1
        assert [asked.text for asked in on.agent.links[0].prompts] == ["words 1", "words 2", "words 3"]


async def test_an_agent_that_does_not_start_fails_the_turn_and_the_next_one_works() -> None:
    agent = FakeAgent(echo)
    agent.fails = "There is no claude here."
    async with stage(agent) as on:
        on.conversation.post(prompt(1))
        view = await on.album.until(ended)
        assert view.end is not None
        assert view.end.reason == "failed"
        assert "There is no claude here." in (view.end.error or "")
        on.conversation.post(prompt(2))
        view = await on.album.until(lambda view: view.prompt == 2 and ended(view))
        assert view.end is not None
        assert view.end.reason == "done"


async def test_a_process_that_dies_fails_the_turn_and_the_next_prompt_gets_a_new_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def dies_once(asked: Prompt) -> Sequence[AgentEvent]:
        return (TextDelta("half"), SessionLost("killed")) if asked.message == 1 else echo(asked)

    async with stage(FakeAgent(dies_once)) as on:
        on.conversation.post(prompt(1))
        view = await on.album.until(ended)
        assert view.end is not None
        assert view.end.reason == "failed"
        assert (view.end.error or "").startswith("killed (error ")
        assert (view.end.error or "") in caplog.text
        assert view.blocks == (TextBlock("half", settled=True),)
        on.conversation.post(prompt(2))
        await on.album.until(lambda view: view.prompt == 2 and ended(view))
        assert [link.closed for link in on.agent.links] == [True, False]


async def test_an_interrupt_stops_the_turn_and_keeps_the_process() -> None:
    agent = FakeAgent(silence, lambda: (TurnEnded("failed", "aborted"),))
    async with stage(agent) as on:
        on.conversation.post(prompt(1))
        await on.agent.until_heard()
        on.conversation.post(Interrupt("ada", 7))
        view = await on.album.until(ended)
        assert view.end is not None
        assert view.end.reason == "stopped"
        assert not agent.links[0].closed
        on.conversation.post(prompt(2))
        await on.album.until(lambda view: view.prompt == 2)
        assert sorted((closing.n, closing.state) for closing in on.bus.closed) == [(1, "cancelled"), (7, "done")]


async def test_an_interrupt_without_a_turn_is_closed_and_nothing_else_happens() -> None:
    async with stage(FakeAgent(echo)) as on:
        on.conversation.post(Interrupt("ada", 7))
        on.conversation.post(prompt(8))
        await on.album.until(ended)
        assert [(closing.n, closing.state) for closing in on.bus.closed] == [(7, "done"), (8, "done")]
        assert on.agent.links[0].interrupts == 0


async def test_a_process_that_ignores_the_interrupt_is_ended() -> None:
    async with stage(FakeAgent(silence), Limits(3600, 3600, 3600, stop=0)) as on:
        on.conversation.post(prompt(1))
        await on.agent.until_heard()
        on.conversation.post(Interrupt("ada", 7))
        view = await on.album.until(ended)
        assert view.end is not None
        assert view.end.reason == "stopped"
        assert on.agent.links[0].closed


async def test_a_second_interrupt_ends_the_process_at_once() -> None:
    async with stage(FakeAgent(silence)) as on:
        on.conversation.post(prompt(1))
        await on.agent.until_heard()
        on.conversation.post(Interrupt("ada", 7))
        on.conversation.post(Interrupt("ada", 8))
        view = await on.album.until(ended)
        assert view.end is not None
        assert view.end.reason == "stopped"
        assert on.agent.links[0].closed


async def test_a_turn_that_says_nothing_for_too_long_is_stopped_as_timed_out() -> None:
    async with stage(FakeAgent(silence), Limits(inactivity=0.01, unanswered=3600, idle=3600, stop=0.01)) as on:
        on.conversation.post(prompt(1))
        view = await on.album.until(ended)
        assert view.end is not None
        assert view.end.reason == "timed_out"


async def test_an_idle_conversation_closes_its_process_and_leaves() -> None:
    async with stage(FakeAgent(echo), Limits(3600, 3600, idle=0.01, stop=3600)) as on:
        on.conversation.post(prompt(1))
        async with asyncio.timeout(5):
            await asyncio.shield(on.task)
        assert on.agent.links[0].closed


async def test_closing_in_mid_turn_shows_it_as_interrupted() -> None:
    async with stage(FakeAgent(silence)) as on:
        on.conversation.post(prompt(1))
        await on.album.until(lambda view: view.prompt == 1)
        on.conversation.post(Close())
        view = await on.album.until(ended)
        assert view.end is not None
        assert view.end.reason == "interrupted"
        assert [(closing.n, closing.state) for closing in on.bus.closed] == [(1, "interrupted")]


async def test_a_turn_that_claude_begins_by_itself_is_shown_as_its_own() -> None:
    async with stage(FakeAgent(echo)) as on:
        on.conversation.post(prompt(1))
        first = await on.album.until(ended)
        for event in (TextFinished("the background task is over"), TurnEnded("done", self_started=True)):
            on.conversation.post(event)
        view = await on.album.until(lambda view: view.prompt is None and ended(view))
        assert view.turn != first.turn
        assert view.blocks == (TextBlock("the background task is over", settled=True),)


async def test_the_end_of_a_background_turn_does_not_end_the_prompts_turn() -> None:
    async with stage(FakeAgent(silence)) as on:
        on.conversation.post(prompt(1))
        on.conversation.post(TurnEnded("done", self_started=True))
        on.conversation.post(TextFinished("mine"))
        on.conversation.post(TurnEnded("done", prompts=(prompt(1).turn,)))
        view = await on.album.until(ended)
        assert view.blocks == (TextBlock("mine", settled=True),)


async def test_a_new_session_id_is_stored() -> None:
    new = ClaudeSessionId("another")

    def cleared(asked: Prompt) -> Sequence[AgentEvent]:
        return (SessionStarted(new, "model"), *echo(asked))

    async with stage(FakeAgent(cleared)) as on:
        on.conversation.post(prompt(1))
        await on.album.until(ended)
        assert [(session.claude, session.begun) for session in on.bus.kept] == [(new, False), (new, True)]


async def test_an_unknown_message_ends_nothing() -> None:
    async with stage(FakeAgent(lambda asked: (UnknownMessage("system novelty"), *echo(asked)))) as on:
        on.conversation.post(prompt(1))
        view = await on.album.until(ended)
        assert view.end is not None
        assert view.end.reason == "done"


async def test_a_broken_store_ends_the_turn_visibly_with_an_id_from_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async with stage(FakeAgent(echo)) as on:
        on.bus.broken = RuntimeError("disk full")
        on.conversation.post(prompt(1))
        view = await on.album.until(ended)
        assert view.end is not None
        assert view.end.reason == "failed"
        assert (view.end.error or "none") in caplog.text
        on.bus.broken = None
        on.conversation.post(prompt(2))
        view = await on.album.until(lambda view: view.prompt == 2 and ended(view))
        assert view.end is not None
        assert view.end.reason == "done"


async def test_a_reply_that_broke_off_and_came_again_is_shown_once() -> None:
    def twice(asked: Prompt) -> Sequence[AgentEvent]:
        broken = (ReplyStarted(), TextDelta("The ans"))
        return (*broken, ReplyStarted(), TextDelta("The answer"), TextFinished("The answer"), TurnEnded("done"))

    async with stage(FakeAgent(twice)) as on:
        on.conversation.post(prompt(1))
        view = await on.album.until(ended)
        assert view.blocks == (TextBlock("The answer", settled=True),)


async def test_tools_that_still_ran_at_the_end_are_shown_as_cut_off() -> None:
    def cut(asked: Prompt) -> Sequence[AgentEvent]:
        first, second = ToolUseId("one"), ToolUseId("two")
        return (
            ToolBlock(first, "Bash", "ls"),
            ToolBlock(second, "Bash", "sleep 9"),
            ToolFinished(first, True, "hello.py"),
            TurnEnded("stopped"),
        )

    async with stage(FakeAgent(cut)) as on:
        on.conversation.post(prompt(1))
        view = await on.album.until(ended)
        states = [block.state for block in view.blocks if isinstance(block, ToolBlock)]
        assert states == ["ok", "cut"]


async def test_each_turn_shows_its_own_share_of_what_the_session_has_cost() -> None:
    totals = iter((0.10, 0.13, 0.02))

    def costs(asked: Prompt) -> Sequence[AgentEvent]:
        return (TurnEnded("done", usage=Usage(next(totals))),)

    async with stage(FakeAgent(costs)) as on:
        for n in (1, 2, 3):
            on.conversation.post(prompt(n))
        await on.album.until(lambda view: view.prompt == 3 and ended(view))
        assert [round(closing.cost, 2) for closing in on.bus.closed] == [0.10, 0.03, 0.02]


async def test_in_a_project_that_queues_a_prompt_waits_for_the_end_of_a_turn_that_claude_began() -> None:
    async with stage(FakeAgent(echo), project=replace(PROJECT, while_working="queue")) as on:
        on.conversation.post(prompt(1))
        await on.album.until(ended)
        on.conversation.post(TextFinished("by myself"))
        on.conversation.post(prompt(2, "after you"))
        await on.album.until(lambda view: view.prompt is None and bool(view.blocks))
        assert len(on.agent.links[0].prompts) == 1
        on.conversation.post(TurnEnded("done", self_started=True))
        await on.album.until(lambda view: view.prompt == 2 and ended(view))
        ends = [view.blocks for view in on.album.views if view.end is not None][1:]
        assert ends == [(TextBlock("by myself", settled=True),), (TextBlock("after you", settled=True),)]


async def test_what_was_said_before_a_forced_end_is_heard_and_nothing_comes_after_it() -> None:
    agent = FakeAgent(silence, lambda: (TextFinished("said just before"),))
    async with stage(agent, Limits(3600, 3600, 3600, stop=0)) as on:
        on.conversation.post(prompt(1))
        await on.agent.until_heard()
        on.conversation.post(Interrupt("ada", 7))
        view = await on.album.until(ended)
        assert view.blocks == (TextBlock("said just before", settled=True),)
        on.conversation.post(prompt(2))
        await on.album.until(lambda view: view.prompt == 2)
        assert {view.prompt for view in on.album.views} == {1, 2}


async def test_what_a_process_says_while_it_is_closed_opens_no_turn() -> None:
    async with stage(FakeAgent(silence)) as on:
        on.conversation.post(prompt(1))
        await on.album.until(lambda view: view.prompt == 1)
        on.bus.broken = RuntimeError("a defect")
        on.conversation.post(TextFinished("cannot be written down"))
        on.conversation.post(TextFinished("said while it was closed"))
        await on.album.until(ended)
        on.bus.broken = None
        on.conversation.post(prompt(2))
        await on.album.until(lambda view: view.prompt == 2)
        assert {view.prompt for view in on.album.views} == {1, 2}


async def test_an_end_that_cannot_be_written_is_kept_until_it_can() -> None:
    async with stage(FakeAgent(silence)) as on:
        on.conversation.post(prompt(1))
        await on.album.until(lambda view: view.prompt == 1)
        on.bus.broken = RuntimeError("disk full")
        on.conversation.post(TextFinished("half"))
        await on.album.until(ended)
        assert on.conversation.rows == {1: True}  # still in our hands: nobody else may run it again
        assert not on.bus.closed
        on.bus.broken = None
        async with asyncio.timeout(5):
            while not on.bus.closed:  # noqa: ASYNC110 - it tries again by itself
                await asyncio.sleep(0.01)
        assert [(closing.n, closing.state) for closing in on.bus.closed] == [(1, "failed")]
        assert kinds(on.bus.rows) == ["begin", "block", "end"]


async def test_turns_that_nobody_began_have_ids_of_their_own_also_after_a_restart() -> None:
    bus, album, session = MemoryStore(), Album(), replace(SESSION, terminal=Terminal(17, "1", "tmux %0", since=1.0))
    for closings in (1, 2):
        ports = Ports(FakeAgent(silence), bus, LEASE, album, Clock())
        conversation = Conversation(session, PROJECT, ports, PATIENT, next_seq=len(bus.rows))
        task = asyncio.create_task(conversation.run())
        assert session.terminal is not None
        conversation.post(Attended(session.terminal))
        conversation.post(TerminalClosed(crashed=False))
        conversation.post(Close())
        await task
        ends = [row.turn for row in bus.rows if isinstance(row.content, End)]
        assert len(set(ends)) == closings
