"""Inviting somebody into one session: what a guest may do in it, and nothing anywhere else."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from bridge import BEN, CHANNEL, HERE, PROJECT, ROOT, SESSION, Bridge, ada, ben, stranger

from antiphon.actions import answers, budgets, history, inspect, prompts, queue, sessions, settings, stop
from antiphon.actions.callers import Member
from antiphon.actions.context import ActionContext, InPlace, require
from antiphon.actions.guests.invite import Invitee, invite, uninvite
from antiphon.actions.places import GuestInvited, GuestUninvited
from antiphon.actions.reasons import Condition, InvitedAlready, MayAnyway, NotAllowed, NotInvited, Refused
from antiphon.core.blocks import AskBlock
from antiphon.core.projects import Projects
from antiphon.core.requests import JobsStopped, StopJobs
from antiphon.core.rules import OfferedRule
from antiphon.core.values import Group, Guest, Person, PersonId, PlaceId, ToolUseId

MALLORY = stranger.person
ELSEWHERE = InPlace(PlaceId(1002), CHANNEL)


def with_approver(bridge: Bridge) -> ActionContext:
    """Ada may answer, Ben may not."""
    access = replace(PROJECT.access, approvers=Group(frozenset({ada.person.id})))
    return replace(bridge.context, projects=Projects([replace(PROJECT, access=access)]))


async def refused(doing: Awaitable[object]) -> object:
    with pytest.raises(Refused) as caught:
        await doing
    return caught.value.reason


async def test_a_guest_may_prompt_and_stop_in_the_session_until_that_is_taken_back(bridge: Bridge) -> None:
    await invite(bridge.context, ada, HERE, Invitee(MALLORY))
    await prompts.queue(bridge.context, stranger, HERE, prompts.Text("hello"), "k1")
    (waiting,) = await bridge.store.line(SESSION.id)
    assert (waiting.prompt.asker.name, waiting.prompt.may_answer) == ("Mallory", False)
    bridge.replies[StopJobs] = lambda _: JobsStopped()
    await queue.edit(bridge.context, stranger, HERE, waiting.n, "hello again")
    assert (await stop.stop_session(bridge.context, stranger, HERE, "k2")).taken_out == 1
    here = await inspect.whoami(bridge.context, stranger, HERE)
    assert {name for name, one in here.grants.items() if one is not None} == {"prompt", "stop"}
    assert (await inspect.rights(bridge.context, stranger, HERE)).as_guest
    await uninvite(bridge.context, ada, HERE, MALLORY.id, "Mallory")
    reason = await refused(prompts.queue(bridge.context, stranger, HERE, prompts.Text("once more"), "k3"))
    assert reason == NotAllowed("prompt")
    told = [GuestInvited("Ada", Guest(MALLORY.id, "Mallory", "Ada")), GuestUninvited("Ada", "Mallory")]
    assert [one for one in bridge.places.announced if isinstance(one, GuestInvited | GuestUninvited)] == told
    assert [one.deed for one in await bridge.store.audits(SESSION.id, 9)][:1] == ["guest"]


NOT_FOR_GUESTS: dict[str, Callable[[ActionContext], Awaitable[Any]]] = {
    "invite": lambda it: invite(it, stranger, HERE, Invitee(Person(PersonId(100), "Eve"))),
    "uninvite": lambda it: uninvite(it, stranger, HERE, BEN.id, "Ben"),
    "choose a model": lambda it: settings.choose(it, stranger, HERE, "model", "opus"),
    "clear": lambda it: prompts.clear(it, stranger, HERE, None, "k"),
    "compact": lambda it: prompts.compact(it, stranger, HERE, prompts.Text(""), "k"),
    "go back": lambda it: history.turns(it, stranger, HERE),
    "fork": lambda it: sessions.fork(it, stranger, HERE, None, "", "k"),
    "status": lambda it: inspect.status(it, stranger, HERE),
    "diff": lambda it: inspect.diff(it, stranger, HERE),
    "audit": lambda it: inspect.audits(it, stranger, HERE, 9),
    "raise a budget": lambda it: budgets.raise_budget(it, stranger, HERE, MALLORY.id, ("thread", 1.0), "k"),
    "run what is held": lambda it: queue.release(it, stranger, HERE, 1),
    "prompt elsewhere": lambda it: prompts.queue(it, stranger, ELSEWHERE, prompts.Text("hello"), "k"),
    "prompt in the channel": lambda it: prompts.queue(it, stranger, InPlace(CHANNEL), prompts.Text("hello"), "k"),
}


@pytest.mark.parametrize("what", NOT_FOR_GUESTS)
async def test_a_guest_may_do_nothing_else(bridge: Bridge, what: str) -> None:
    await invite(bridge.context, ada, HERE, Invitee(MALLORY, answers=True))
    assert isinstance(await refused(NOT_FOR_GUESTS[what](bridge.context)), NotAllowed)


async def test_who_may_answer_can_give_that_and_nobody_else(bridge: Bridge) -> None:
    context = with_approver(bridge)
    assert await refused(invite(context, ben, HERE, Invitee(MALLORY, answers=True))) == NotAllowed("answer")
    ask = AskBlock(
        ToolUseId("r"),
        "Bash",
        "ls",
        asked=1.0,
        rules=(OfferedRule("in this session"), OfferedRule("in this project", scope="project")),
    )
    turn = await bridge.running(1, ask)
    request = answers.Request(turn, ask.id)
    await invite(context, ben, HERE, Invitee(MALLORY))
    assert await refused(answers.answer(context, stranger, HERE, request, answers.Allow())) == NotAllowed("answer")
    await invite(context, ada, HERE, Invitee(MALLORY, answers=True))
    always = answers.answer(context, stranger, HERE, request, answers.AllowAlways(1))
    assert await refused(always) is Condition.GUESTS_ALLOW_ONCE
    await answers.answer(context, stranger, HERE, request, answers.AllowAlways(0))
    assert (await bridge.store.audits(SESSION.id, 1))[0].name == "Mallory"


async def test_without_approvers_a_guest_who_may_write_may_not_answer(bridge: Bridge) -> None:
    turn = await bridge.running(1, AskBlock(ToolUseId("r"), "Bash", "ls", asked=1.0))
    await invite(bridge.context, ada, HERE, Invitee(MALLORY))
    request = answers.Request(turn, ToolUseId("r"))
    reason = await refused(answers.answer(bridge.context, stranger, HERE, request, answers.Allow()))
    assert reason == NotAllowed("answer")
    assert await refused(history.view(bridge.context, stranger, HERE, turn, "answer")) == NotAllowed("answer")


async def test_whom_nobody_can_invite(bridge: Bridge) -> None:
    context = with_approver(bridge)
    assert await refused(invite(context, ada, HERE, Invitee(MALLORY, is_bot=True))) is Condition.BOT_NOT_INVITED
    assert await refused(invite(context, ada, HERE, Invitee(BEN))) == MayAnyway("Ben")
    assert await refused(invite(context, ada, HERE, Invitee(ROOT, answers=True))) == MayAnyway("Root")
    assert await refused(uninvite(context, ada, HERE, MALLORY.id, "Mallory")) == NotInvited("Mallory")
    assert await refused(invite(context, ada, ELSEWHERE, Invitee(MALLORY))) is Condition.NO_SESSION
    assert await refused(invite(context, Member(MALLORY, "command"), HERE, Invitee(MALLORY))) == NotAllowed("prompt")
    await invite(context, ada, HERE, Invitee(MALLORY))
    assert await refused(invite(context, ada, HERE, Invitee(MALLORY))) == InvitedAlready("Mallory")
    await invite(context, ada, HERE, Invitee(BEN, answers=True))  # who may only prompt
    assert require(context, ben, ELSEWHERE, "prompt").access.guests == ()
