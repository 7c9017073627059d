"""The same key twice does it once; what is possible once only is refused the second time."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from bridge import (
    ADA,
    BEN,
    CHANNEL,
    HERE,
    PLACE,
    PROJECT,
    SESSION,
    Bridge,
    ada,
    ben,
    program,
    root,
    schedule,
    stranger,
)

from antiphon.actions import answers, budgets, prompts, queue, reset, resume, sessions, settings, stop
from antiphon.actions.places import HistoryUnreadable, QueuedText
from antiphon.actions.reasons import AnsweredMeanwhile, Condition, NotAllowed, NotYours, Refused, WorkerRefused
from antiphon.core.blocks import AskBlock, End, EndReason
from antiphon.core.records import prompt_in
from antiphon.core.requests import (
    ChoicesMade,
    Choose,
    ConversationSwitched,
    JobsStopped,
    ListSessions,
    SessionInfo,
    SessionList,
    StopJobs,
    SwitchConversation,
)
from antiphon.core.values import (
    NOWHERE,
    Answer,
    ClaudeSessionId,
    Interrupt,
    MessageId,
    Session,
    Terminal,
    ToolUseId,
    session_at,
    terminal_session,
)


def asking(voices: int = 1) -> AskBlock:
    return AskBlock(ToolUseId("tool"), "Bash", "touch a", 1.0, voices=voices)


async def refused(attempt: Any) -> Any:
    with pytest.raises(Refused) as caught:
        await attempt
    return caught.value.reason


async def test_a_stop_is_asked_for_once(bridge: Bridge) -> None:
    await bridge.running(1)
    for _ in range(2):
        assert (await stop.stop_session(bridge.context, program, HERE, "k")).stopping
    stops = [one.content for one in await bridge.claimed() if isinstance(one.content, Interrupt)]
    assert [one.by for one in stops] == ["deploy"]
    assert len(await bridge.store.audits(SESSION.id, 9)) == 1


async def test_where_nothing_runs_a_stop_takes_out_what_waits(bridge: Bridge) -> None:
    await bridge.said(1)
    bridge.replies[StopJobs] = lambda _: JobsStopped(("npm run dev",))
    done = stop.Stopped(False, taken_out=1, jobs=("npm run dev",))
    assert await stop.stop_session(bridge.context, ada, HERE, "k") == done
    bridge.replies[StopJobs] = lambda _: JobsStopped()
    assert await stop.stop_session(bridge.context, ada, HERE, "k") == stop.Stopped(False)


async def test_a_turn_that_is_over_is_not_stopped(bridge: Bridge) -> None:
    turn = await bridge.running(1, end=End("done", 2.0))
    assert await refused(stop.stop_turn(bridge.context, ada, HERE, turn, "k")) is Condition.TURN_OVER


async def test_a_prompt_is_queued_once(bridge: Bridge) -> None:
    await bridge.running(1)
    for _ in range(2):
        await prompts.queue(bridge.context, program, HERE, prompts.Text("later"), "k")
    (waiting,) = await bridge.store.line(session_at(PLACE))
    assert (waiting.prompt.text, waiting.prompt.asker.name, waiting.prompt.may_answer) == ("later", "deploy", False)


async def test_a_queued_prompt_is_changed_by_its_author_or_an_admin_and_taken_out_once(bridge: Bridge) -> None:
    await bridge.running(1)
    await bridge.said(2, "second")
    (waiting,) = await bridge.store.line(session_at(PLACE))
    assert await refused(queue.edit(bridge.context, ben, HERE, waiting.n, "mine")) == NotYours("Ada")
    assert await refused(queue.edit(bridge.context, program, HERE, waiting.n, "mine")) == NotYours("Ada")
    assert await refused(queue.edit(bridge.context, ada, HERE, waiting.n, "")) is Condition.EMPTY_PROMPT
    for caller in (ada, root):
        await queue.edit(bridge.context, caller, HERE, waiting.n, caller.person.name)
        assert (await queue.waiting(bridge.context, ben, HERE, waiting.n)).prompt.text == caller.person.name
    await queue.remove(bridge.context, ben, HERE, waiting.n)
    assert await refused(queue.remove(bridge.context, ben, HERE, waiting.n)) is Condition.NOT_QUEUED


async def test_an_edit_rewords_a_commands_reply_and_marks_what_stands_in_a_persons_words(bridge: Bridge) -> None:
    await bridge.running(1)
    await bridge.said(2, "of a person")
    await prompts.queue(
        bridge.context, ada, HERE, prompts.Text("of a command", MessageId(3), announced=True), "interaction"
    )
    await prompts.queue(bridge.context, ada, HERE, prompts.Text("typed", MessageId(4)), "4")  # her own message
    again = prompts.Text("sent again by a button", MessageId(5))  # ours, and says who pressed it
    await prompts.queue(bridge.context, ada, HERE, again, "continue:turn")
    await prompts.queue(bridge.context, program, HERE, prompts.Text("of a program"), "k")
    for waiting in await bridge.store.line(session_at(PLACE)):
        await queue.edit(bridge.context, root, HERE, waiting.n, f"{waiting.prompt.text}, changed")
    assert bridge.places.reworded == {MessageId(3): QueuedText("of a command, changed")}
    line = await bridge.store.line(session_at(PLACE))
    assert {one.prompt.text: one.prompt.revised for one in line} == {
        "of a person, changed": True,
        "of a command, changed": False,
        "typed, changed": True,
        "sent again by a button, changed": True,
        "of a program, changed": True,
    }


async def test_an_edit_that_comes_too_late_rewords_nothing(bridge: Bridge) -> None:
    await bridge.running(1)
    await prompts.queue(
        bridge.context, ada, HERE, prompts.Text("of a command", MessageId(3), announced=True), "interaction"
    )
    (waiting,) = await bridge.store.line(session_at(PLACE))
    await queue.remove(bridge.context, ada, HERE, waiting.n)
    late = queue.edit(bridge.context, ada, HERE, waiting.n, "changed")
    assert await refused(late) is Condition.NOT_QUEUED
    assert bridge.places.reworded == {}


@pytest.mark.parametrize("reason", ["failed", "timed_out", "interrupted"])
async def test_what_ended_badly_is_run_again_once(bridge: Bridge, reason: EndReason) -> None:
    turn = await bridge.running(1, end=End(reason, 2.0))
    await resume.run_again(bridge.context, ben, HERE, turn)
    assert await refused(resume.run_again(bridge.context, ada, HERE, turn)) is Condition.CONTINUED_ALREADY
    (again,) = await bridge.store.line(session_at(PLACE))
    assert (again.prompt.text, again.prompt.asker.name) == ("hello", "Ben")


async def test_what_is_done_is_not_run_again(bridge: Bridge) -> None:
    turn = await bridge.running(1, end=End("done", 2.0))
    assert await refused(resume.run_again(bridge.context, ada, HERE, turn)) is Condition.NOTHING_TO_RUN_AGAIN


async def test_a_request_is_answered_once(bridge: Bridge) -> None:
    turn = await bridge.running(1, asking())
    request = answers.Request(turn, ToolUseId("tool"))
    await answers.answer(bridge.context, ada, HERE, request, answers.Allow())
    late = await refused(answers.answer(bridge.context, ben, HERE, request, answers.Deny("no")))
    assert late == AnsweredMeanwhile("Ada")
    given = [one.content for one in await bridge.claimed() if isinstance(one.content, Answer)]
    assert [(one.allowed, one.person) for one in given] == [(True, ADA.id)]


async def test_an_answer_to_a_request_that_is_asked_anew_in_a_newer_turn_counts_there(bridge: Bridge) -> None:
    old = await bridge.running(1, replace(asking(), outcome="withdrawn"), end=End("done", 2.0))
    request = answers.Request(old, ToolUseId("tool"))
    assert await refused(answers.answer(bridge.context, ada, HERE, request, answers.Allow())) is Condition.WITHDRAWN
    new = await bridge.running(2, asking())
    await answers.answer(bridge.context, ada, HERE, request, answers.Allow())
    there = answers.answer(bridge.context, ben, HERE, replace(request, turn=new), answers.Deny())
    assert await refused(there) == AnsweredMeanwhile("Ada")


async def test_a_request_for_two_wants_two_people(bridge: Bridge) -> None:
    turn = await bridge.running(1, asking(voices=2))
    request = answers.Request(turn, ToolUseId("tool"))
    await answers.answer(bridge.context, ada, HERE, request, answers.Allow())
    again = answers.answer(bridge.context, ada, HERE, request, answers.Allow())
    assert await refused(again) is Condition.ANOTHER_PERSON_NEEDED
    await answers.answer(bridge.context, ben, HERE, request, answers.Allow())
    given = [one.content for one in await bridge.claimed() if isinstance(one.content, Answer)]
    assert [one.person for one in given] == [ADA.id, BEN.id]


@pytest.mark.parametrize("reply", [answers.AllowAlways(0), answers.ApprovePlan("default"), answers.Choose(0, (0,))])
async def test_what_a_request_does_not_offer_is_refused(bridge: Bridge, reply: answers.Reply) -> None:
    request = answers.Request(await bridge.running(1, asking()), ToolUseId("tool"))
    assert await refused(answers.answer(bridge.context, ada, HERE, request, reply)) is Condition.NO_SUCH_ANSWER


async def test_a_turn_is_gone_on_with_once_and_the_second_announcement_is_taken_back(bridge: Bridge) -> None:
    turn = await bridge.running(1, end=End("interrupted", 2.0))
    await resume.continue_turn(bridge.context, ada, HERE, turn)
    assert await refused(resume.run_again(bridge.context, ben, HERE, turn)) is Condition.CONTINUED_ALREADY
    assert len(bridge.places.retracted) == 1
    (waiting,) = await bridge.store.line(session_at(PLACE))
    assert (waiting.prompt.asker.name, waiting.prompt.message) == ("Ada", 9001)


async def test_a_session_is_started_once(bridge: Bridge) -> None:
    started = [await sessions.start(bridge.context, ada, HERE, "", "do it", "k") for _ in range(2)]
    assert started[0] == started[1]
    (waiting,) = await bridge.store.line(started[0].id)
    assert waiting.prompt.text == "do it"


async def test_a_reset_is_done_once(bridge: Bridge) -> None:
    bridge.replies[SwitchConversation] = lambda _: ConversationSwitched(SESSION.claude)
    await reset.reset(bridge.context, ada, HERE, "k")
    (switch,) = bridge.asked
    assert isinstance(switch, SwitchConversation)
    await bridge.store.keep(bridge.worker, replace(SESSION, claude=switch.claude))
    await reset.reset(bridge.context, ada, HERE, "k")
    assert len(bridge.asked) == 1


async def test_a_choice_is_kept_in_the_audit_and_a_bad_mode_is_refused(bridge: Bridge) -> None:
    bridge.replies[Choose] = lambda _: ChoicesMade(at_once=False)
    chosen = await settings.choose(bridge.context, ada, HERE, "model", "opus")
    assert chosen == settings.Chosen("model", "opus", at_once=False)
    (entry,) = await bridge.store.audits(SESSION.id, 9)
    assert (entry.deed, entry.what) == ("choose", {"model": "opus"})
    bypass = settings.choose(bridge.context, ada, HERE, "mode", "bypassPermissions")
    assert await refused(bypass) is Condition.BYPASS_NOT_ALLOWED


async def test_what_the_worker_cannot_do_comes_back_with_its_reason(bridge: Bridge) -> None:
    reason = await refused(settings.choose(bridge.context, ada, HERE, "model", "opus"))
    assert reason == WorkerRefused("This worker does not know it.")


async def test_a_budget_is_raised_once(bridge: Bridge) -> None:
    for _ in range(2):
        result = await budgets.raise_budget(bridge.context, root, HERE, ADA.id, ("thread", 2.5), "k")
        assert result.spent.raised == {"thread": 2.5}
    assert len(await bridge.store.audits(SESSION.id, 9)) == 1


async def test_a_schedule_prompts_as_its_owner(bridge: Bridge) -> None:
    await prompts.queue(bridge.context, schedule, HERE, prompts.Text("now"), "k")
    (item,) = await bridge.claimed()
    prompt = prompt_in(item.content)
    assert prompt is not None
    assert prompt.asker.id == ADA.id


def on_disk(*ids: str) -> SessionList:
    return SessionList(tuple(SessionInfo(ClaudeSessionId(one), one, one, 5.0) for one in ids))


async def test_a_session_is_brought_once_and_never_one_that_is_not_the_projects(bridge: Bridge) -> None:
    bridge.replies[ListSessions] = lambda _: on_disk("a", "b", "c")
    context, at = bridge.context, (HERE, PROJECT)
    terminal = Session(
        terminal_session(ClaudeSessionId("c")), NOWHERE, PROJECT.name, ClaudeSessionId("c"), "x", terminal=Terminal(1)
    )
    await bridge.store.adopt(terminal, bridge.worker_name)
    both = await asyncio.gather(*(sessions.bring(context, who, *at, ["a", "c", "elsewhere"]) for who in (ada, ben)))
    assert sorted(both) == [0, 2]
    assert await sessions.coming(context, ada, PROJECT) == 2
    assert [one.claude for one in await sessions.without_place(context, ada, PROJECT)] == ["b"]
    wanted = await bridge.store.wanted()
    assert {(one.claude, one.origin.channel, one.terminal is None) for one in wanted} == {
        ("a", CHANNEL, True),
        ("c", CHANNEL, False),
    }
    assert [one.what for one in await bridge.store.audits(None, 9)] == [{"brought": ["a", "c"]}]
    assert await refused(sessions.bring(context, stranger, *at, ["b"])) == NotAllowed("prompt")


async def test_a_place_is_opened_again_for_the_same_session_and_not_for_one_that_is_left_out(bridge: Bridge) -> None:
    bridge.replies[ListSessions] = lambda _: on_disk("a")
    await sessions.bring(bridge.context, ada, HERE, PROJECT, ["a"])
    (session,) = await bridge.store.wanted()
    threads = [await sessions.place_of(bridge.context, session) for _ in range(2)]
    assert threads[0] == threads[1]
    assert [type(one) for one in bridge.places.announced] == [HistoryUnreadable] * 2  # the chat server knows it again
    out = replace(session, terminal=Terminal(1, left_out=True))
    assert await refused(sessions.place_of(bridge.context, out)) is Condition.LEFT_OUT
