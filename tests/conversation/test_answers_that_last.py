"""An answer counts once and for good: whatever is killed behind it, whatever stands beside it, whatever comes along."""

from collections.abc import Sequence
from dataclasses import replace

from test_conversation import Stage, silence, stage
from test_permission_requests import JOB, ONE, TWO, closed, done, permission_asked

from antiphon.core.blocks import AskBlock, BudgetBlock, Question, SteerBlock, ToolBlock
from antiphon.core.events import AgentEvent, TextFinished
from antiphon.core.records import Spent, StoredTurn
from antiphon.core.stored_turn import assemble
from antiphon.core.values import (
    Answer,
    Attachments,
    Budgets,
    Change,
    File,
    Interrupt,
    MessageId,
    PersonId,
    Prompt,
    Steer,
    ToolUseId,
)
from antiphon.core.view import TurnView

from fakes import PROJECT, SESSION, FakeAgent, prompt

QUESTIONS = (Question("Which?"), Question("How many?"))
ASKS = AskBlock(TWO, "AskUserQuestion", "Which?", questions=QUESTIONS, kind="questions")
DEAR = replace(PROJECT, budgets=Budgets(thread=1.0))


def beside_a_tool(*asks: AskBlock) -> FakeAgent:
    """A turn that asks while another of its tools runs: so nothing behind that one is in rows."""
    return FakeAgent(lambda _: (ToolBlock(ToolUseId("t"), "Bash", "sleep 30"), *asks))


def kept(on: Stage) -> TurnView:
    """The first turn as a restarted worker would find it now."""
    turn = prompt(1).turn
    rows = tuple(row for row in on.bus.rows if row.turn == turn)
    return assemble(StoredTurn(SESSION, turn, rows, on.bus.tails.get(turn)))


def steer(n: int, text: str) -> Steer:
    return Steer(replace(prompt(n, text), may_answer=True))


async def test_an_answer_is_kept_before_its_row_is_closed() -> None:
    async with stage(beside_a_tool(permission_asked(ONE, by_agent=False))) as on:
        on.conversation.post(prompt(1))
        await on.album.until(lambda view: bool(view.needs))
        on.conversation.post(Answer(ONE, True, "ada", 9, person=PersonId(7)))
        await closed(on, 9)
        (ask,) = [block for block in kept(on).blocks if isinstance(block, AskBlock)]
        assert (ask.outcome, ask.by) == ("allowed", "ada")


async def test_a_typed_answer_is_kept_with_its_words_before_their_row_is_closed() -> None:
    async with stage(beside_a_tool(ASKS)) as on:
        on.conversation.post(prompt(1))
        await on.album.until(lambda view: bool(view.needs))
        on.conversation.post(steer(2, "this one"))
        await closed(on, 2)
        view = kept(on)
        assert view.requests[0].chosen == ("this one", "")
        assert [block.text for block in view.blocks if isinstance(block, SteerBlock)] == ["this one"]


async def test_a_picture_without_words_is_an_answer_that_names_it() -> None:
    async with stage(beside_a_tool(ASKS)) as on:
        on.conversation.post(prompt(1))
        await on.album.until(lambda view: bool(view.needs))
        sent = Attachments((File("shot.png", "/files/shot.png", 9),))
        on.conversation.post(Steer(replace(prompt(2, ""), attachments=sent, may_answer=True)))
        view = await on.album.until(lambda view: bool(view.needs) and bool(view.requests[0].chosen[0]))
        assert view.requests[0].chosen[0] == "Attached: /files/shot.png"


async def test_words_that_were_said_before_the_question_do_not_answer_it_when_they_are_edited() -> None:
    async with stage(FakeAgent(silence)) as on:
        on.conversation.post(prompt(1))
        await on.agent.until_heard()
        on.conversation.post(steer(2, "use tabs"))
        await on.agent.until_heard(2)
        on.conversation.post(ASKS)
        await on.album.until(lambda view: bool(view.needs))
        on.agent.links[0].takes_back = True
        on.conversation.post(Change(MessageId(2), steer(2, "use spaces").prompt, 9))
        await closed(on, 9)
        assert [one.text for one in on.agent.links[0].prompts] == ["hello", "use tabs", "use spaces"]
        assert on.album.last.requests[0].chosen == ("", "")


async def held(on: Stage) -> None:
    """A second turn that waits for a budget, in a live session."""
    on.conversation.post(prompt(1))
    await on.album.until(lambda view: view.end is not None or view.prompt is None)
    on.bus.spending = Spent(thread=1.5)
    on.conversation.post(prompt(2))
    await on.album.until(lambda view: any(isinstance(ask, BudgetBlock) for ask in view.needs))


def finishes(asked_by: Prompt) -> Sequence[AgentEvent]:
    return (TextFinished("so be it"), done(asked_by))


async def test_a_stop_ends_what_waits_for_a_budget_at_once() -> None:
    async with stage(FakeAgent(finishes), project=DEAR) as on:
        await held(on)
        on.conversation.post(Interrupt("ada", 9))
        view = await on.album.until(lambda view: view.prompt == MessageId(2) and view.end is not None)
        assert view.end is not None
        assert view.end.reason == "stopped"
        assert on.agent.links[0].interrupts == 0
        assert not on.agent.links[0].closed


async def test_a_turn_that_may_begin_does_so_although_a_sub_agent_asks() -> None:
    def with_an_agent(asked_by: Prompt) -> Sequence[AgentEvent]:
        return (JOB, permission_asked(), *finishes(asked_by)) if asked_by.message == 1 else finishes(asked_by)

    async with stage(FakeAgent(with_an_agent), project=DEAR) as on:
        await held(on)
        (budget,) = [ask for ask in on.album.last.needs if isinstance(ask, BudgetBlock)]
        on.conversation.post(Answer(budget.id, True, "ada", 9, person=PersonId(7)))
        await on.agent.until_heard(2)
        assert on.agent.links[0].prompts[-1].message == MessageId(2)


async def test_words_after_a_stop_are_no_answer_to_what_was_asked_before_it() -> None:
    async with stage(FakeAgent(lambda asked_by: (ASKS,) if asked_by.message == 1 else ())) as on:
        on.conversation.post(prompt(1))
        await on.album.until(lambda view: bool(view.needs))
        on.conversation.post(Interrupt("ada", 9))
        on.conversation.post(steer(2, "something else"))
        await on.agent.until_heard(2)
        assert [one.text for one in on.agent.links[0].prompts] == ["hello", "something else"]
        assert 2 not in [closing.n for closing in on.bus.closed]
