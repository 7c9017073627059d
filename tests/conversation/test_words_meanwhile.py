"""Words for a turn at work: Claude takes them in at its next step, or goes on with them after the turn."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from antiphon.core.blocks import AskBlock, SteerBlock, TextBlock, ToolBlock
from antiphon.core.events import AgentEvent, SessionLost, SteerDelivered, TextFinished, TurnEnded
from antiphon.core.machine.effects import Inbound, Suspended
from antiphon.core.machine.limits import Limits
from antiphon.core.requests import InterruptFor, SessionRequest, StepInterrupted
from antiphon.core.runtime.conversation import Conversation, Ports
from antiphon.core.values import (
    Change,
    Close,
    Interrupt,
    MessageId,
    Project,
    Prompt,
    Session,
    Steer,
    ToolUseId,
    TurnId,
)
from antiphon.core.view import TurnView, fold

from fakes import LEASE, PROJECT, SESSION, Album, Clock, FakeAgent, ScriptedLink, prompt
from memory_store import MemoryStore

PATIENT = Limits(inactivity=3600, unanswered=3600, idle=3600, stop=3600)


@dataclass
class Stage:
    """A conversation that runs, and all that it works with."""

    conversation: Conversation
    agent: FakeAgent
    bus: MemoryStore
    album: Album
    clock: Clock

    @property
    def link(self) -> ScriptedLink:
        return self.agent.links[-1]

    def post(self, *values: Inbound) -> None:
        for value in values:
            self.clock.now += 1
            self.conversation.post(value)

    def closed(self) -> list[int]:
        """The inbox rows that are done with."""
        return [closing.n for closing in self.bus.closed]

    def uuid(self, text: str) -> TurnId:
        """The uuid under which Claude Code has a prompt."""
        return [one.turn for one in self.link.prompts if one.text == text][-1]


def works(asked: Prompt) -> Sequence[AgentEvent]:
    """Claude begins with a command, and is left there."""
    return (ToolBlock(ToolUseId("t"), "Bash", "sleep 30"),) if asked.text == "work" else ()


class SlowAgent(FakeAgent):
    """Its processes never come up while it is slow."""

    def __init__(self, answer: Callable[[Prompt], Sequence[AgentEvent]]) -> None:
        super().__init__(answer)
        self.slow = True
        self.starting = asyncio.Event()

    @asynccontextmanager
    async def open(
        self, session: Session, project: Project, post: Callable[[AgentEvent], None]
    ) -> AsyncGenerator[ScriptedLink]:
        self.starting.set()
        if self.slow:
            await asyncio.Event().wait()
        async with super().open(session, project, post) as link:
            yield link


@asynccontextmanager
async def at_work(project: Project = PROJECT, agent: FakeAgent | None = None) -> AsyncGenerator[Stage]:
    """A conversation whose turn, prompt 1, runs a command."""
    bus, album, clock = MemoryStore(), Album(), Clock()
    agent = agent or FakeAgent(works)
    conversation = Conversation(SESSION, project, Ports(agent, bus, LEASE, album, clock), PATIENT, 0)
    task = asyncio.create_task(conversation.run())
    on = Stage(conversation, agent, bus, album, clock)
    try:
        on.post(prompt(1, "work"))
        await album.until(lambda view: bool(view.blocks))
        yield on
    finally:
        conversation.post(Close())
        await task


def done(*prompts: TurnId) -> TurnEnded:
    return TurnEnded("done", prompts=prompts)


def waiting(number: int) -> Callable[[TurnView], bool]:
    return lambda view: len(view.waiting) == number


def begun(message: int) -> Callable[[TurnView], bool]:
    return lambda view: view.prompt == message


def ended(message: int) -> Callable[[TurnView], bool]:
    return lambda view: view.prompt == message and view.end is not None


async def test_words_go_to_claude_at_once_and_are_a_block_when_they_are_taken_in() -> None:
    async with at_work() as on:
        on.post(Steer(prompt(2, "and this")))
        view = await on.album.until(waiting(1))
        assert view.waiting == (SteerBlock(prompt(2).turn, MessageId(2), "and this", "ada"),)
        assert on.closed() == []
        on.post(SteerDelivered(on.uuid("and this")))
        view = await on.album.until(waiting(0))
        assert isinstance(view.blocks[-1], SteerBlock)
        on.post(done(prompt(1).turn, on.uuid("and this")))
        await on.album.until(ended(1))
        assert sorted(on.closed()) == [1, 2]
        assert False not in on.conversation.rows.values()


async def test_claude_never_sees_a_uuid_twice() -> None:
    async with at_work() as on:
        on.link.takes_back = True
        on.post(Steer(prompt(2, "one")))
        await on.album.until(waiting(1))
        on.post(Change(MessageId(2), prompt(2, "two"), 7))
        await on.album.until(lambda view: [one.text for one in view.waiting] == ["two"])
        uuids = [one.turn for one in on.link.prompts]
        assert len(set(uuids)) == len(uuids) == 3
        assert on.closed() == [7]


async def test_what_is_not_taken_in_is_the_next_turn_and_two_are_one() -> None:
    async with at_work() as on:
        on.post(Steer(prompt(2, "one")), Steer(prompt(3, "two")))
        await on.album.until(waiting(2))
        one, two = on.uuid("one"), on.uuid("two")
        on.post(done(prompt(1).turn))
        view = await on.album.until(begun(2))
        assert [other.message for other in view.waiting] == [3]
        on.post(SteerDelivered(one), SteerDelivered(two), TextFinished("both"), done(one, two))
        view = await on.album.until(ended(2))
        assert view.blocks == (SteerBlock(prompt(3).turn, MessageId(3), "two", "ada"), TextBlock("both", settled=True))
        assert sorted(on.closed()) == [1, 2, 3]
        assert len(on.link.prompts) == 3


async def test_a_deleted_message_is_taken_back_while_it_waits() -> None:
    async with at_work() as on:
        on.link.takes_back = True
        on.post(Steer(prompt(2, "no")))
        await on.album.until(waiting(1))
        on.post(Change(MessageId(2), None, 7))
        await on.album.until(waiting(0))
        on.post(done(prompt(1).turn))
        await on.album.until(ended(1))
        assert sorted(on.closed()) == [1, 2, 7]
        assert len(on.album.last.blocks) == 1


async def test_what_claude_has_taken_in_is_not_changed_any_more() -> None:
    async with at_work() as on:
        on.post(Steer(prompt(2, "before")))
        await on.album.until(waiting(1))
        on.post(Change(MessageId(2), prompt(2, "after"), 7), SteerDelivered(on.uuid("before")))
        await on.album.until(waiting(0))
        assert [one.text for one in on.link.prompts] == ["work", "before"]
        on.post(Change(MessageId(2), None, 8), done(prompt(1).turn, on.uuid("before")))
        view = await on.album.until(ended(1))
        assert isinstance(view.blocks[-1], SteerBlock)
        assert view.blocks[-1].text == "before"


async def test_words_that_wait_behind_a_dead_process_are_not_overtaken_by_later_ones() -> None:
    async with at_work() as on:
        on.post(Steer(prompt(2, "work")))
        await on.album.until(waiting(1))
        on.post(SessionLost("killed"), Steer(prompt(3, "two")), Steer(prompt(4, "three")))
        view = await on.album.until(lambda view: view.prompt == 2 and len(view.waiting) == 2)
        assert [one.message for one in view.waiting] == [3, 4]
        assert [one.text for one in on.link.prompts] == ["work", "two", "three"]


@pytest.mark.parametrize("changed", [None, prompt(2, "after")])
async def test_a_change_reaches_words_whose_process_dies_meanwhile(changed: Prompt | None) -> None:
    async with at_work() as on:
        on.post(Steer(prompt(2, "before")))
        await on.album.until(waiting(1))
        on.link.closed = True
        on.post(Change(MessageId(2), changed, 7))
        if changed is not None:
            await on.agent.until_heard(3)
            assert [one.text for one in on.link.prompts] == ["after"]
        else:
            await on.album.until(ended(1))
            assert 2 in on.closed()
            assert len(on.agent.links) == 1


async def test_now_stops_the_step_and_claude_goes_on_with_the_words() -> None:
    agent = FakeAgent(works, lambda: (TurnEnded("failed", prompts=(prompt(1).turn,)),))
    async with at_work(agent=agent) as on:
        on.post(Steer(prompt(2, "now"), now=True))
        view = await on.album.until(begun(2))
        assert on.link.interrupts == 1
        assert view.end is None
        assert [seen.end.reason for seen in on.album.views if seen.prompt == 1 and seen.end] == ["stopped"]
        on.post(SteerDelivered(on.uuid("now")), done(on.uuid("now")))
        await on.album.until(ended(2))


async def test_the_now_button_stops_only_for_words_that_wait() -> None:
    async with at_work() as on:
        on.post(Steer(prompt(2, "one")))
        await on.album.until(waiting(1))
        on.post(SteerDelivered(on.uuid("one")), SessionRequest(1, InterruptFor(prompt(2).turn)))
        await on.album.until(waiting(0))
        on.post(Steer(prompt(3, "two")))
        await on.album.until(waiting(1))
        assert on.link.interrupts == 0
        on.post(SessionRequest(2, InterruptFor(prompt(3).turn)), SessionRequest(3, InterruptFor(prompt(3).turn)))
        on.post(done(prompt(1).turn, on.uuid("one")))
        await on.album.until(begun(3))
        assert on.link.interrupts == 1  # a second press ends no process
        assert [on.bus.replies[n] for n in (1, 2, 3)] == [StepInterrupted(stopped) for stopped in (False, True, True)]


async def test_words_after_a_stop_are_taken_up_in_their_order() -> None:
    async with at_work() as on:
        on.post(Steer(prompt(2, "one")), Interrupt("ada", 9), Steer(prompt(3, "two")))
        await on.album.until(waiting(2))
        assert on.link.interrupts == 1
        on.post(done(prompt(1).turn))
        view = await on.album.until(begun(2))
        assert [other.message for other in view.waiting] == [3]
        assert not on.link.closed


async def test_what_a_dead_process_had_not_taken_in_runs_next_in_order() -> None:
    async with at_work() as on:
        on.post(Steer(prompt(2, "one")), Steer(prompt(3, "two")))
        await on.album.until(waiting(2))
        on.post(SessionLost("killed"), Steer(prompt(4, "three")))
        await on.agent.until_heard(6)
        assert on.link.prompts[0].turn == prompt(2).turn
        on.post(done(prompt(2).turn))
        await on.album.until(begun(3))
        on.post(done(on.uuid("two")))
        await on.album.until(begun(4))
        assert [one.text for one in on.link.prompts] == ["one", "two", "three"]


async def test_words_for_a_turn_that_waits_without_a_process_run_after_it() -> None:
    bus, album, agent = MemoryStore(), Album(), FakeAgent(works)
    conversation = Conversation(SESSION, PROJECT, Ports(agent, bus, LEASE, album, Clock()), PATIENT, 0)
    task = asyncio.create_task(conversation.run())
    view = fold(TurnView(prompt(1).turn, MessageId(1), 1.0), AskBlock(ToolUseId("t"), "Bash", "ls"), Clock().now)
    conversation.post(Suspended(prompt(1), view))
    conversation.post(Steer(prompt(2, "later")))
    shown = await album.until(waiting(1))
    assert shown.prompt == 1
    conversation.post(Interrupt("ada", 9))
    await agent.until_heard()
    assert [one.text for one in agent.links[-1].prompts] == ["later"]
    conversation.post(Close())
    await task


async def test_a_prompt_while_claude_works_for_itself_is_taken_in_or_queued_as_the_project_says() -> None:
    for project, sent in ((PROJECT, ["hello"]), (replace(PROJECT, while_working="queue"), [])):
        async with at_work(project) as on:
            on.post(done(prompt(1).turn))
            await on.album.until(ended(1))
            on.post(TextFinished("by myself"))
            await on.album.until(lambda view: view.prompt is None)
            on.post(prompt(2, "hello"))
            on.post(TextFinished("more"))
            await on.album.until(lambda view: len(view.blocks) == 2)
            assert [one.text for one in on.link.prompts[1:]] == sent


async def test_a_stop_does_not_wait_for_a_process_that_is_being_started() -> None:
    agent = SlowAgent(works)
    bus, album = MemoryStore(), Album()
    conversation = Conversation(SESSION, PROJECT, Ports(agent, bus, LEASE, album, Clock()), PATIENT, 0)
    task = asyncio.create_task(conversation.run())
    conversation.post(prompt(1, "work"))
    await agent.starting.wait()
    conversation.post(Interrupt("ada", 9))
    view = await album.until(ended(1))
    assert view.end is not None
    assert view.end.reason == "stopped"
    agent.slow = False
    conversation.post(prompt(2, "work"))
    await album.until(lambda view: view.prompt == 2 and bool(view.blocks))
    assert len(agent.links) == 1
    conversation.post(Close())
    await task
