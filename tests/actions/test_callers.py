"""Who asks decides what is done: people by their rights, programs by their token, Claude and the clock by theirs."""

from collections.abc import Iterable
from dataclasses import replace
from typing import get_args

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
    claude,
    program,
    root,
    schedule,
    stranger,
)

from antiphon.actions import budgets, inspect, prompts, queue, sessions, settings, stop
from antiphon.actions.callers import Caller, ClaudeSession, Program, allowed, audit_entry, authorize
from antiphon.actions.context import InPlace, find, require
from antiphon.actions.reasons import Condition, NoSuchProject, NotAllowed, Refused
from antiphon.core.access import Action
from antiphon.core.projects import Projects
from antiphon.core.requests import ChoicesMade, Choose, ForkedSession, ForkSession
from antiphon.core.values import Choices, ClaudeSessionId, Group, PlaceId, SessionId, session_at


@pytest.mark.parametrize(
    ("caller", "may"),
    [
        (ada, {"prompt", "answer", "stop", "configure"}),
        (root, {"prompt", "answer", "stop", "configure", "administer"}),
        (stranger, set[str]()),
        (program, {"prompt", "stop"}),
        (replace(program, projects=frozenset({"another"})), set[str]()),
        (claude, {"prompt"}),
        (ClaudeSession(SESSION.id, "another"), set[str]()),
        (schedule, {"prompt", "answer", "stop", "configure"}),
    ],
)
def test_each_kind_of_caller_may_what_it_may(caller: Caller, may: Iterable[Action]) -> None:
    assert {one for one in get_args(Action) if allowed(PROJECT, caller, one)} == may


def test_a_refusal_says_what_was_wanted() -> None:
    with pytest.raises(Refused) as refused:
        authorize(PROJECT, stranger, "stop")
    assert refused.value.reason == NotAllowed("stop")


def test_the_audit_names_the_caller_and_how_they_came() -> None:
    entries = [audit_entry(one, "stop", SESSION, {}) for one in (ada, program, claude, schedule)]
    assert [(one.name, one.person, one.door) for one in entries] == [
        ("Ada", ADA.id, "button"),
        ("deploy", None, "token"),
        ("Claude", None, "tool"),
        ("Ada", ADA.id, "schedule nightly"),
    ]


async def test_a_session_is_found_by_its_place_or_by_its_id(bridge: Bridge) -> None:
    for target in (HERE, SESSION.id):
        found = await find(bridge.context, program, target, "prompt")
        assert (found.session.id, found.project) == (SESSION.id, PROJECT)
    for target in (InPlace(PlaceId(77), HERE.parent), SessionId("nowhere")):
        with pytest.raises(Refused) as refused:
            await find(bridge.context, program, target, "prompt")
        assert refused.value.reason is Condition.NO_SESSION


async def test_a_place_without_a_project_belongs_to_nobody(bridge: Bridge) -> None:
    with pytest.raises(Refused) as refused:
        require(bridge.context, root, InPlace(PlaceId(2)), "prompt")
    assert refused.value.reason is Condition.NO_PROJECT


async def test_whoever_may_not_is_refused_by_every_kind_of_verb(bridge: Bridge) -> None:
    await bridge.said(1)
    (waiting,) = await bridge.store.line(session_at(PLACE))
    context = bridge.context
    attempts = [
        stop.stop_session(context, stranger, HERE, "k"),
        queue.remove(context, stranger, HERE, waiting.n),
        inspect.status(context, stranger, HERE),
        inspect.audits(context, stranger, HERE, 5),
        sessions.list_sessions(context, stranger, PROJECT),
        budgets.raise_budget(context, program, HERE, ADA.id, ("thread", 1.0), "k"),
    ]
    for attempt in attempts:
        with pytest.raises(Refused) as refused:
            await attempt
        assert isinstance(refused.value.reason, NotAllowed)
    assert len(await bridge.store.line(session_at(PLACE))) == 1


def test_a_project_is_chosen_by_name_by_place_or_because_it_is_the_only_one(bridge: Bridge) -> None:
    for at, name in ((HERE, ""), (None, ""), (None, "playground")):
        assert sessions.choose_project(bridge.context, ada, at, name) is PROJECT
    with pytest.raises(Refused) as refused:
        sessions.choose_project(bridge.context, ada, None, "nowhere")
    assert refused.value.reason == NoSuchProject("nowhere")
    with pytest.raises(Refused) as refused:
        sessions.choose_project(bridge.context, stranger, None, "")
    assert refused.value.reason is Condition.PROJECT_UNCLEAR


def test_a_token_is_good_for_what_it_names_alone() -> None:
    nothing = Program("idle", frozenset(), frozenset({PROJECT.name}))
    assert not any(allowed(PROJECT, nothing, one) for one in get_args(Action))


APPROVED = replace(PROJECT, access=replace(PROJECT.access, approvers=Group(frozenset({BEN.id}))))


@pytest.mark.parametrize("mode", ["acceptEdits", "auto", "dontAsk", "bypassPermissions", "of tomorrow"])
async def test_where_approvers_are_named_nobody_else_lets_claude_ask_less(bridge: Bridge, mode: str) -> None:
    await bridge.said(1)
    context = replace(bridge.context, projects=Projects([APPROVED]))
    with pytest.raises(Refused) as refused:
        settings.require_choice(context, ada, HERE, "mode", mode)
    assert refused.value.reason == NotAllowed("answer")
    with pytest.raises(Refused) as refused:
        await settings.choose(context, ada, HERE, "mode", mode)
    assert refused.value.reason == NotAllowed("answer")


@pytest.mark.parametrize("mode", ["", "default", "manual", "plan"])
def test_modes_that_ask_as_much_are_for_whoever_configures(bridge: Bridge, mode: str) -> None:
    context = replace(bridge.context, projects=Projects([APPROVED]))
    settings.require_choice(context, ada, HERE, "mode", mode)


@pytest.mark.parametrize(("who", "kept"), [(ada, Choices(model="opus")), (ben, None)], ids=["may not answer", "may"])
async def test_a_fork_by_somebody_who_may_not_answer_takes_no_permission_along(
    bridge: Bridge, who: Caller, kept: Choices | None
) -> None:
    chosen = Choices(model="opus", mode="acceptEdits", rules=("Bash(make)",))
    await bridge.said(1)
    await bridge.store.keep(bridge.worker, replace(SESSION, choices=chosen))
    bridge.replies[ForkSession] = lambda _: ForkedSession(ClaudeSessionId("copy"))
    context = replace(bridge.context, projects=Projects([APPROVED]))
    forked = await sessions.fork(context, who, HERE, None, "", "k")
    assert forked.choices == (kept or chosen)


FRESH = InPlace(PlaceId(2002), CHANNEL)


async def test_a_choice_or_a_queued_prompt_as_the_first_act_in_a_thread_makes_its_session(bridge: Bridge) -> None:
    bridge.replies[Choose] = lambda _: ChoicesMade(at_once=True)
    assert (await settings.choose(bridge.context, ada, FRESH, "mode", "plan")).at_once
    session = await bridge.store.session(FRESH.place)
    assert session is not None
    assert (session.project, session.owner, session.begun) == (PROJECT.name, ADA.id, False)
    other = InPlace(PlaceId(2003), CHANNEL)
    await prompts.queue(bridge.context, ada, other, prompts.Text("hello"), "k")
    assert await bridge.store.session(other.place) is not None


async def test_where_no_session_can_begin_a_choice_is_refused(bridge: Bridge) -> None:
    with pytest.raises(Refused) as refused:
        await settings.choose(bridge.context, ada, InPlace(CHANNEL), "mode", "plan")
    assert refused.value.reason is Condition.NO_SESSION
    with pytest.raises(Refused):
        await prompts.compact(bridge.context, ada, FRESH, prompts.Text(""), "k")
    assert await bridge.store.session(FRESH.place) is None


async def test_a_stranger_begins_no_session_by_a_choice(bridge: Bridge) -> None:
    with pytest.raises(Refused) as refused:
        await settings.choose(bridge.context, stranger, FRESH, "mode", "plan")
    assert refused.value.reason == NotAllowed("configure")
    assert await bridge.store.session(FRESH.place) is None
