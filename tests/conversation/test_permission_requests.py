"""Permission requests and what else comes beside a turn: whose answer goes where, and what ends."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from test_conversation import Stage, ended, silence, stage

from antiphon.core.blocks import AskBlock, FileBlock, Job, NoteBlock, Question, TextBlock, ToolBlock
from antiphon.core.events import AgentEvent, PermissionSettled, ReplyStarted, SessionLost, TextFinished, TurnEnded
from antiphon.core.permission_requests import answer_text
from antiphon.core.values import Answer, File, Interrupt, PersonId, Prompt, ToolUseId
from antiphon.core.view import TurnView

from fakes import FakeAgent, kinds, prompt

ONE, TWO = ToolUseId("one"), ToolUseId("two")
JOB = Job("job", "agent", "A sub-agent")


def permission_asked(id_: ToolUseId = ONE, *, by_agent: bool = True) -> AskBlock:
    return AskBlock(id_, "Write", "notes.txt", by_agent=by_agent)


def done(asked_by: Prompt) -> TurnEnded:
    return TurnEnded("done", prompts=(asked_by.turn,))


def outcomes(view: TurnView) -> list[str | None]:
    return [block.outcome for block in view.blocks if isinstance(block, AskBlock)]


def kinds_in(on: Stage, view: TurnView) -> list[str]:
    return kinds(row for row in on.bus.rows if row.turn == view.turn)


async def closed(on: Stage, inbox: int) -> None:
    async with asyncio.timeout(5):
        while inbox not in [closing.n for closing in on.bus.closed]:  # noqa: ASYNC110 - the fake bus has no bell
            await asyncio.sleep(0)


def begins_a_job(asked_by: Prompt) -> Sequence[AgentEvent]:
    return (JOB, TextFinished("it works"), done(asked_by))


async def test_a_sub_agents_request_can_be_answered_after_the_turn_in_which_it_was_asked() -> None:
    async with stage(FakeAgent(lambda one: (JOB, permission_asked(), done(one)))) as on:
        on.conversation.post(prompt(1))
        view = await on.album.until(lambda view: view.prompt is None and bool(view.needs))
        first = next(view for view in on.album.views if ended(view))
        assert (first.prompt, outcomes(first)) == (1, ["withdrawn"])
        assert view.asker == first.asker  # who is called
        assert [(closing.n, closing.state) for closing in on.bus.closed] == [(1, "done")]
        on.conversation.post(Answer(ONE, True, "ada", 8))
        view = await on.album.until(ended)
        assert [answer.request for answer in on.agent.links[0].answers] == [ONE]
        assert (view.prompt, outcomes(view)) == (None, ["allowed"])
        assert kinds_in(on, view) == ["begin", "block", "end"]
        await closed(on, 8)


async def test_a_prompt_does_not_wait_for_a_sub_agents_request() -> None:
    async with stage(FakeAgent(silence)) as on:
        on.conversation.post(prompt(1))
        for event in (*begins_a_job(prompt(1)), permission_asked()):
            on.conversation.post(event)
        await on.album.until(lambda view: view.prompt is None and bool(view.needs))
        on.conversation.post(prompt(2))
        view = await on.album.until(lambda view: view.prompt == 2)
        assert [one.message for one in on.agent.links[0].prompts] == [1, 2]
        assert outcomes(view) == [None]
        on.conversation.post(Answer(ONE, False, "ada", 8))
        await on.album.until(lambda view: not view.needs)
        on.conversation.post(done(prompt(2)))
        view = await on.album.until(lambda view: view.prompt == 2 and ended(view))
        assert outcomes(view) == ["denied"]
        assert len({view.turn for view in on.album.views}) == 3
        assert all(any(ended(view) for view in on.album.views if view.turn == one.turn) for one in on.album.views)


async def test_a_request_goes_on_through_as_many_turns_as_it_waits() -> None:
    async with stage(FakeAgent(lambda one: (*((permission_asked(),) if one.message == 1 else ()), done(one)))) as on:
        for n in (1, 2, 3):
            on.conversation.post(prompt(n))
            await on.album.until(lambda _, n=n: len({view.turn for view in on.album.views}) == 2 * n)
        on.conversation.post(Answer(ONE, True, "ada", 8))
        await on.album.until(ended)
        ends = [view for view in on.album.views if ended(view)]
        assert [view.prompt for view in ends] == [1, None, 2, None, 3, None]
        assert [outcomes(view) for view in ends] == [["withdrawn"]] * 5 + [["allowed"]]
        assert len({view.turn for view in ends}) == 6
        assert [row.seq for row in on.bus.rows] == list(range(len(on.bus.rows)))


@pytest.mark.parametrize(
    "event",
    [
        NoteBlock("The limit is near."),
        ToolBlock(ONE, "Write", "a", state="denied", text="no"),
        FileBlock((File("a", "/a", 1),)),
    ],
    ids=["note", "denial", "files"],
)
async def test_what_is_told_while_no_turn_runs_is_shown_and_nothing_waits_for_it(event: AgentEvent) -> None:
    async with stage(FakeAgent(begins_a_job)) as on:
        on.conversation.post(prompt(1))
        await on.album.until(ended)
        on.conversation.post(event)
        view = await on.album.until(lambda view: view.prompt is None)
        assert view.end is not None
        assert (view.end.reason, len(view.blocks)) == ("done", 1)
        on.conversation.post(prompt(2))
        await on.album.until(lambda view: view.prompt == 2 and ended(view))


async def test_a_note_in_a_turn_that_claude_began_does_not_end_it() -> None:
    async with stage(FakeAgent(begins_a_job)) as on:
        on.conversation.post(prompt(1))
        await on.album.until(ended)
        told = (ReplyStarted(), NoteBlock("a note"), TextFinished("by myself"), TurnEnded("done", self_started=True))
        for event in told:
            on.conversation.post(event)
        view = await on.album.until(lambda view: view.prompt is None and ended(view))
        assert view.blocks == (NoteBlock("a note"), TextBlock("by myself", settled=True))


async def test_a_process_that_dies_while_a_sub_agent_asks_fails_what_is_shown() -> None:
    async with stage(FakeAgent(lambda one: (permission_asked(), done(one)))) as on:
        on.conversation.post(prompt(1))
        await on.album.until(lambda view: view.prompt is None and bool(view.needs))
        on.conversation.post(SessionLost("killed"))
        view = await on.album.until(ended)
        assert view.end is not None
        assert (view.end.reason, outcomes(view)) == ("failed", ["withdrawn"])


async def test_a_stop_ends_what_a_sub_agent_asks_as_soon_as_it_is_withdrawn() -> None:
    agent = FakeAgent(lambda one: (permission_asked(), done(one)), lambda: (PermissionSettled(ONE, "withdrawn"),))
    async with stage(agent) as on:
        on.conversation.post(prompt(1))
        shown = await on.album.until(lambda view: view.prompt is None and bool(view.needs))
        on.conversation.post(Interrupt("ada", 7, shown.turn))
        view = await on.album.until(ended)
        assert view.end is not None
        assert (view.end.reason, outcomes(view)) == ("stopped", ["withdrawn"])
        assert not agent.links[0].closed


async def test_two_requests_at_once_each_have_their_own_answer() -> None:
    asks = (permission_asked(ONE, by_agent=False), permission_asked(TWO, by_agent=False))
    async with stage(FakeAgent(lambda _: asks)) as on:
        on.conversation.post(prompt(1))
        await on.album.until(lambda view: len(view.needs) == 2)
        on.conversation.post(Answer(TWO, False, "ben", 8))
        await on.album.until(lambda view: len(view.needs) == 1)
        on.conversation.post(Answer(ONE, True, "ada", 9))
        await on.album.until(lambda view: not view.needs)
        on.conversation.post(done(prompt(1)))
        view = await on.album.until(ended)
        assert outcomes(view) == ["allowed", "denied"]


ASKED = (Question("Which?", "Kind"), Question("How many?", several=True))
QUESTIONS = AskBlock(ONE, "AskUserQuestion", "Which?", questions=ASKED, kind="questions")


def part(n: int, words: str, by: str = "ada") -> Answer:
    return Answer(ONE, True, by, 8 + n, words, question=n)


async def test_questions_are_answered_when_each_has_its_answer_and_the_first_one_counts() -> None:
    async with stage(FakeAgent(lambda _: (QUESTIONS,))) as on:
        on.conversation.post(prompt(1))
        await on.album.until(lambda view: bool(view.needs))
        on.conversation.post(part(1, "two"))
        view = await on.album.until(lambda view: bool(view.needs) and view.requests[0].chosen == ("", "two"))
        assert view.requests[0].given_by == ("", "ada")
        for late in (part(1, "three", "ben"), part(0, "  "), part(2, "x"), Answer(ONE, True, "ben", 20)):
            on.conversation.post(late)
        await closed(on, 20)
        assert not on.agent.links[0].answers
        on.conversation.post(part(0, "this", "ben"))
        view = await on.album.until(lambda view: not view.needs)
        (answer,) = on.agent.links[0].answers
        assert (answer.answers, answer.by) == (("this", "two"), "ben")


async def test_one_no_answers_all_questions() -> None:
    async with stage(FakeAgent(lambda _: (QUESTIONS,))) as on:
        on.conversation.post(prompt(1))
        await on.album.until(lambda view: bool(view.needs))
        on.conversation.post(part(0, "this"))
        on.conversation.post(Answer(ONE, False, "ben", 9, "Decide for yourself."))
        view = await on.album.until(lambda view: not view.needs)
        assert outcomes(view) == ["denied"]
        assert [answer.allowed for answer in on.agent.links[0].answers] == [False]


async def test_what_needs_two_voices_waits_for_another_person() -> None:
    asks = replace(permission_asked(by_agent=False), voices=2)
    ada, ben = (Answer(ONE, True, name, n, person=PersonId(n)) for name, n in (("ada", 8), ("ben", 9)))
    async with stage(FakeAgent(lambda _: (asks,))) as on:
        on.conversation.post(prompt(1))
        await on.album.until(lambda view: bool(view.needs))
        on.conversation.post(ada)
        on.conversation.post(ada)
        view = await on.album.until(lambda view: bool(view.needs) and bool(view.requests[0].allowed_by))
        assert (view.requests[0].given_by, on.agent.links[0].answers) == (("ada",), [])
        on.conversation.post(ben)
        view = await on.album.until(lambda view: not view.needs)
        assert [answer.by for answer in on.agent.links[0].answers] == ["ben"]
        (block,) = view.blocks
        assert isinstance(block, AskBlock)
        assert (block.allowed_by, block.given_by, block.by) == ((PersonId(8),), ("ada",), "ben")


def test_what_was_answered_is_told_on_a_line_each() -> None:
    block = AskBlock(ONE, "AskUserQuestion", "", 0.0, questions=QUESTIONS.questions)
    answer = Answer(ONE, True, "ada", 1, answers=("this", "two"))
    assert answer_text(block, answer) == "Kind: this\nHow many? two"
    assert answer_text(replace(block, kind="plan", questions=()), replace(answer, mode="acceptEdits")) == "acceptEdits"


async def test_an_answer_for_a_session_without_a_process_is_closed_and_changes_nothing() -> None:
    async with stage(FakeAgent(silence)) as on:
        on.conversation.post(Answer(ONE, True, "ada", 8))
        await asyncio.shield(on.task)
        assert [(closing.n, closing.state) for closing in on.bus.closed] == [(8, "done")]
        assert not on.bus.rows
        assert not on.agent.links


async def test_a_turn_that_a_background_task_began_and_that_answers_a_prompt_ends_the_prompts_turn() -> None:
    async with stage(FakeAgent(lambda one: (TurnEnded("done", prompts=(one.turn,), self_started=True),))) as on:
        on.conversation.post(prompt(1))
        view = await on.album.until(ended)
        assert view.prompt == 1
