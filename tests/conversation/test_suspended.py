"""A turn that waits for a person while no process does: it goes on with the answer. And turns that take too long."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from antiphon.core import wording
from antiphon.core.blocks import AskBlock, Block, NoteBlock, Question, TextBlock, ToolBlock
from antiphon.core.events import AgentEvent, PermissionSettled, TextFinished, TurnEnded, UnknownMessage
from antiphon.core.machine.effects import Suspended
from antiphon.core.machine.limits import Limits
from antiphon.core.permission_requests import without_process
from antiphon.core.records import StoredTurn
from antiphon.core.requests import ReadContext, RequestFailed, SessionRequest
from antiphon.core.runtime.conversation import Conversation, Ports
from antiphon.core.stored_turn import assemble, rows_of, tail_of
from antiphon.core.values import (
    Answer,
    Close,
    Interrupt,
    MessageId,
    PersonId,
    Project,
    Prompt,
    Steer,
    ToolUseId,
    TurnId,
)
from antiphon.core.view import TurnView

from fakes import LEASE, PROJECT, SESSION, Album, FakeAgent, ScriptedLink, prompt
from memory_store import MemoryStore
from virtual_time import virtually

BASH, PLAN, ASK = ToolUseId("bash"), ToolUseId("plan"), ToolUseId("ask")
RUN = AskBlock(BASH, "Bash", "date", 5.0, call="digest of date")
GO = AskBlock(PLAN, "ExitPlanMode", "", 5.0, kind="plan")
QUIZ = AskBlock(
    ASK,
    "AskUserQuestion",
    "",
    5.0,
    questions=(Question("Which?"), Question("When?")),
    chosen=("this", ""),
    kind="questions",
)
PATIENT = Limits(inactivity=600, unanswered=86400, idle=600, stop=10)


def now() -> float:
    """The virtual time, begun long ago."""
    return 100.0 + asyncio.get_running_loop().time()


@dataclass
class Stage:
    """A conversation that runs, and all that it works with."""

    conversation: Conversation
    agent: FakeAgent
    bus: MemoryStore
    album: Album

    @property
    def link(self) -> ScriptedLink:
        return self.agent.links[-1]

    async def ends(self) -> TurnView:
        """The first turn's end."""
        return await self.until(lambda view: view.end is not None)

    async def until(self, wanted: Callable[[TurnView], bool]) -> TurnView:
        """As the album's, however long it takes."""
        while not (found := [view for view in self.album.views if wanted(view)]):  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(1)
        return found[0]


def finishes(asked: Prompt) -> Sequence[AgentEvent]:
    return (TextFinished("Done so."), TurnEnded("done", prompts=(asked.turn,)))


def silence(_: Prompt) -> Sequence[AgentEvent]:
    return ()


def suspended(*blocks: Block) -> tuple[Suspended, StoredTurn]:
    """The turn of prompt 1 as a restarted worker finds it, and what was stored of it."""
    view = TurnView(prompt(1).turn, MessageId(1), 1.0, blocks)
    rows = rows_of(SESSION.id, view, 0, None)
    story = StoredTurn(SESSION, view.turn, tuple(rows), tail_of(view, len(rows) - 1))
    return Suspended(prompt(1), without_process(assemble(story), 50.0), len(rows) - 1), story


@asynccontextmanager
async def stage(
    *blocks: Block,
    script: Callable[[Prompt], Sequence[AgentEvent]] = finishes,
    limits: Limits = PATIENT,
    project: Project = PROJECT,
) -> AsyncGenerator[Stage]:
    """With blocks: a suspended turn that has them."""
    bus, album, agent = MemoryStore(), Album(), FakeAgent(script)
    value, story = suspended(*blocks)
    first = len(story.rows) if blocks else 0
    conversation = Conversation(SESSION, project, Ports(agent, bus, LEASE, album, now), limits, first)
    task = asyncio.create_task(conversation.run())
    if blocks:
        bus.rows.extend(story.rows)
        conversation.post(value)
    try:
        yield Stage(conversation, agent, bus, album)
    finally:
        conversation.post(Close())
        await task


def allow(request: ToolUseId = BASH, **more: Any) -> Answer:
    return Answer(request, True, "Ada", 9, person=PersonId(7), **more)


def deny(request: ToolUseId, words: str) -> Answer:
    return Answer(request, False, "Ada", 9, words)


@virtually
async def test_a_turn_that_nobody_is_asked_in_goes_on_by_itself_and_says_so() -> None:
    cut = ToolBlock(BASH, "Bash", "sleep 60", 5.0)
    async with stage(TextBlock("I begin.", settled=True), cut) as on:
        view = await on.ends()
        (told,) = on.link.prompts
        assert told.text == wording.CUT_OFF
        assert told.turn not in (prompt(1).turn, TurnId(""))
        assert (view.turn, view.end and view.end.reason) == (prompt(1).turn, "done")
        assert [block.state for block in view.blocks if isinstance(block, ToolBlock)] == ["cut"]
        assert [block.text for block in view.blocks if isinstance(block, NoteBlock)] == [wording.GOES_ON]
        assert [(closing.n, closing.state) for closing in on.bus.closed] == [(1, "done")]


@virtually
async def test_one_that_cannot_be_resumed_says_so() -> None:
    async with stage(TextBlock("I begin.", settled=True)) as on:
        on.agent.fails = "There is no more room."
        view = await on.ends()
        assert view.end is not None
        assert view.end.reason == "failed"
        assert "There is no more room." in (view.end.error or "")


@virtually
async def test_where_turns_go_on_a_bridge_that_leaves_ends_none_and_says_so() -> None:
    project = replace(PROJECT, after_restart="continue")
    async with stage(script=silence, project=project) as on:
        on.conversation.post(prompt(1))
        await on.until(lambda view: bool(view.started))
        await on.agent.until_heard()
    view = on.album.last
    assert view.end is None
    assert [block.text for block in view.blocks if isinstance(block, NoteBlock)] == [wording.LEAVES]
    assert not on.bus.closed


@virtually
async def test_the_answer_resumes_the_session_and_ends_the_same_turn() -> None:
    async with stage(TextBlock("I begin.", settled=True), RUN) as on:
        await on.until(lambda view: bool(view.needs))
        assert on.agent.links == []
        assert on.conversation.state.waits
        on.conversation.post(allow())
        view = await on.ends()
        (told,) = on.link.prompts
        assert "Ada has allowed Bash (date): make the same call again" in told.text
        assert told.turn != prompt(1).turn
        assert set(on.link.expected) == {"digest of date"}
        assert (view.turn, view.end and view.end.reason) == (prompt(1).turn, "done")
        assert [block.text for block in view.blocks if isinstance(block, TextBlock)] == ["I begin.", "Done so."]
        assert sorted((closing.n, closing.state) for closing in on.bus.closed) == [(1, "done"), (9, "done")]


@virtually
async def test_what_was_at_work_when_the_process_ended_is_told_in_rows_too() -> None:
    async with stage(ToolBlock(ToolUseId("t"), "Read", "a.py", 2.0), RUN, TextBlock("meanwhile", settled=True)) as on:
        on.conversation.post(allow())
        view = await on.ends()
        story = StoredTurn(SESSION, view.turn, tuple(on.bus.rows), None)
        assert assemble(story).blocks == view.blocks
        assert [row.seq for row in on.bus.rows] == list(range(len(on.bus.rows)))
        assert next(getattr(block, "state", None) for block in view.blocks) == "cut"


@virtually
async def test_the_last_of_several_answers_lets_the_turn_go_on() -> None:
    async with stage(RUN, QUIZ) as on:
        on.conversation.post(deny(BASH, "Not now."))
        on.conversation.post(allow(ASK, question=1, words="soon"))
        await on.ends()
        (told,) = on.link.prompts
        assert "Ada has denied Bash (date), and says: Not now." in told.text
        assert "“Which?” Ada has answered: this" in told.text
        assert "“When?” Ada has answered: soon" in told.text


@virtually
async def test_a_plan_is_carried_out_in_the_mode_that_was_chosen() -> None:
    async with stage(GO) as on:
        on.conversation.post(allow(PLAN, mode="acceptEdits"))
        await on.ends()
        assert "has approved your plan" in on.link.prompts[0].text
        assert {session.choices.mode for session in on.bus.kept} == {"acceptEdits"}


@virtually
async def test_words_in_the_thread_answer_the_first_open_question() -> None:
    async with stage(QUIZ) as on:
        said = Prompt(prompt(2).turn, "tomorrow", prompt(2).asker, MessageId(2), 2, may_answer=True)
        on.conversation.post(Steer(said))
        view = await on.ends()
        assert "“When?” ada has answered: tomorrow" in on.link.prompts[0].text
        assert len({shown.turn for shown in on.album.views}) == 1
        assert view.waiting == ()


@virtually
async def test_an_answer_that_comes_twice_counts_once() -> None:
    async with stage(RUN) as on:
        on.conversation.post(allow())
        on.conversation.post(deny(BASH, "No."))
        view = await on.ends()
        assert [block.outcome for block in view.blocks if isinstance(block, AskBlock)] == ["allowed"]
        assert len(on.link.prompts) == 1


@virtually
async def test_stopped_it_ends_without_a_process() -> None:
    async with stage(RUN) as on:
        on.conversation.post(Interrupt("ada", 9))
        view = await on.ends()
        assert view.end is not None
        assert view.end.reason == "stopped"
        assert on.agent.links == []


@virtually
async def test_a_bridge_that_stops_leaves_the_turn_open() -> None:
    async with stage(RUN) as on:
        await on.until(lambda view: bool(view.needs))
    assert all(view.end is None for view in on.album.views)
    assert on.bus.closed == []


@virtually
async def test_a_process_that_cannot_be_had_fails_the_turn_and_says_why() -> None:
    async with stage(RUN) as on:
        on.agent.fails = "There is no claude here."
        on.conversation.post(allow())
        view = await on.ends()
        assert view.end is not None
        assert view.end.reason == "failed"
        assert "There is no claude here." in (view.end.error or "")


# Time


@virtually
async def test_a_turn_that_says_nothing_ends_and_says_so() -> None:
    async with stage(script=silence) as on:
        on.conversation.post(prompt(1))
        view = await on.ends()
        assert view.end is not None
        assert (view.end.reason, view.end.error) == ("timed_out", "Claude Code has shown no sign of life for 10 min.")
        assert view.end.at - view.started == PATIENT.inactivity + PATIENT.stop
        assert on.link.interrupts == 1


@virtually
async def test_what_people_say_does_not_prolong_a_silence_and_any_word_of_claudes_does() -> None:
    async with stage(script=silence) as on:
        on.conversation.post(prompt(1))
        await asyncio.sleep(400)
        on.conversation.post(Steer(prompt(2, "Hello?")))
        await asyncio.sleep(100)
        on.conversation.post(UnknownMessage("a sign of life"))
        view = await on.ends()
        assert view.end is not None
        assert view.end.at - view.started == 500 + PATIENT.inactivity + PATIENT.stop


@virtually
async def test_a_turn_that_goes_on_and_on_comes_to_its_limit() -> None:
    limits = Limits(inactivity=600, unanswered=86400, idle=600, stop=10, turn=3600)
    async with stage(script=silence, limits=limits) as on:
        on.conversation.post(prompt(1))

        async def talks() -> None:
            while True:
                on.conversation.post(TextFinished("And on."))
                await asyncio.sleep(60)

        talking = asyncio.create_task(talks())
        view = await on.until(lambda view: view.end is not None)
        talking.cancel()
        assert view.end is not None
        assert (view.end.reason, view.end.error) == ("timed_out", "The turn has reached its limit of 1 h.")
        assert 3600 <= view.end.at - view.started <= 3600 + limits.stop + 60


@virtually
async def test_the_time_in_which_people_think_does_not_count() -> None:
    limits = Limits(inactivity=600, unanswered=86400, idle=600, stop=10, turn=1000)
    async with stage(script=silence, limits=limits) as on:
        on.conversation.post(prompt(1))
        for n in range(3):
            request = ToolUseId(f"request {n}")
            on.conversation.post(AskBlock(request, "Bash", "date"))
            await asyncio.sleep(20_000)
            on.conversation.post(PermissionSettled(request, "allowed", "Ada"))
            await asyncio.sleep(300)
        view = await on.ends()
        assert view.end is not None
        assert view.end.error == "The turn has reached its limit of 1000 s."
        assert view.end.at - view.started == 60_000 + 1000 + limits.stop


@virtually
async def test_a_request_that_nobody_answers_ends_the_turn() -> None:
    async with stage(RUN) as on:
        view = await on.ends()
        assert view.end is not None
        assert (view.end.reason, view.end.error) == ("timed_out", "Nobody has answered for 24 h.")
        assert view.end.at == RUN.asked + PATIENT.unanswered


@virtually
async def test_a_look_at_the_context_meanwhile_does_not_lose_the_answer() -> None:
    async with stage(RUN) as on:
        await on.until(lambda view: bool(view.needs))
        on.conversation.post(SessionRequest(5, ReadContext()))
        on.conversation.post(allow())
        view = await on.ends()
        assert view.end is not None
        assert view.end.reason == "done"
        assert set(on.link.expected) == {"digest of date"}
        reply = on.bus.replies[5]
        assert isinstance(reply, RequestFailed)
        assert reply.reason.startswith(wording.WAITS)
