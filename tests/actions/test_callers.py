"""Who asks decides what is done: people by their rights, programs by their token, Claude and the clock by theirs."""

from collections.abc import Iterable
from dataclasses import replace
from typing import get_args

import pytest
from bridge import ADA, HERE, PLACE, PROJECT, SESSION, Bridge, ada, claude, program, root, schedule, stranger

from antiphon.actions import budgets, inspect, queue, sessions, stop
from antiphon.actions.callers import Caller, ClaudeSession, Program, allowed, audit_entry, authorize
from antiphon.actions.context import InPlace, find, require
from antiphon.actions.reasons import Condition, NoSuchProject, NotAllowed, Refused
from antiphon.core.access import Action
from antiphon.core.values import PlaceId, SessionId, session_at


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
        inspect.audits(context, ada, HERE, 5),
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
