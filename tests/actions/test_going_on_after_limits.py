"""Who lets turns go on by themselves after a usage limit, who stops that, and who switches it for everything."""

from collections.abc import Awaitable
from dataclasses import replace

import pytest
from bridge import ADA, BEN, HERE, PROJECT, ROOT, SESSION, Bridge, ada, ben, claude, program, root, stranger

from antiphon.actions import history, inspect, stop
from antiphon.actions.callers import Member
from antiphon.actions.reasons import Condition, NotAllowed, Refused
from antiphon.actions.resume import GO_ON, continue_turn
from antiphon.actions.schedules import going_on
from antiphon.core.blocks import End, ToolBlock
from antiphon.core.projects import Projects
from antiphon.core.records import OutboxRow, TurnBegun, prompt_in
from antiphon.core.requests import JobsStopped, Rewind, Rewound, StopJobs
from antiphon.core.schedules.continuations import MARGIN
from antiphon.core.schedules.values import Continuation, GoingOn
from antiphon.core.stored_turn import assemble
from antiphon.core.values import Access, Asker, Person, PersonId, Prompt, ToolUseId, TurnId
from antiphon.core.view import TurnView

NOW = 1_000_000.0
RESET = NOW + 3600
LIMITED = End("limited", NOW, "Limit.", time=RESET, usage_limit=True)
PLANNED = replace(LIMITED, goes_on=RESET + MARGIN)
DID = ToolBlock(ToolUseId("t"), "Bash", "ls", state="ok")


async def plan(bridge: Bridge, turn: TurnId) -> Continuation | None:
    story = await bridge.store.story(SESSION.id, turn)
    assert story is not None
    return story.continuation


async def state(bridge: Bridge, turn: TurnId) -> str | None:
    found = await plan(bridge, turn)
    return None if found is None else found.state


async def refused(action: Awaitable[object]) -> object:
    """Why it is."""
    with pytest.raises(Refused) as why:
        await action
    return why.value.reason


async def test_whoever_may_prompt_lets_it_go_on_then_in_their_own_name(bridge: Bridge) -> None:
    turn = await bridge.running(1, DID, end=LIMITED)
    assert await refused(going_on.go_on_later(bridge.context, stranger, HERE, turn, NOW)) == NotAllowed("prompt")
    await going_on.go_on_later(bridge.context, ben, HERE, turn, NOW)
    wanted = Continuation(SESSION.id, turn, RESET + MARGIN, "planned", Asker("Ben", BEN.id))
    assert await plan(bridge, turn) == wanted
    (audit,) = await bridge.store.audits(SESSION.id, 9)
    assert (audit.deed, audit.what["what"]) == ("schedule", "goes on")


async def test_a_limit_that_is_reset_already_is_gone_on_with_at_once(bridge: Bridge) -> None:
    turn = await bridge.running(1, DID, end=LIMITED)
    await going_on.go_on_later(bridge.context, ada, HERE, turn, RESET + MARGIN)
    assert [prompt.text for one in await bridge.claimed() if (prompt := prompt_in(one.content))] == [GO_ON]


async def test_only_the_last_turn_that_a_known_limit_has_ended_goes_on(bridge: Bridge) -> None:
    old = await bridge.running(1, DID, end=LIMITED)
    new = await bridge.running(2, DID, end=replace(LIMITED, time=None))
    assert await refused(going_on.go_on_later(bridge.context, ada, HERE, old, NOW)) is Condition.NEWER_TURN
    why = await refused(going_on.go_on_later(bridge.context, ada, HERE, new, NOW))
    assert why is Condition.NOTHING_TO_CONTINUE


async def test_what_has_gone_on_goes_on_no_second_time(bridge: Bridge) -> None:
    turn = await bridge.running(1, DID, end=PLANNED)
    await continue_turn(bridge.context, ada, HERE, turn)
    assert await state(bridge, turn) == "begun"
    why = await refused(going_on.go_on_later(bridge.context, ada, HERE, turn, NOW))
    assert why is Condition.CONTINUED_ALREADY
    assert await refused(continue_turn(bridge.context, ben, HERE, turn)) is Condition.CONTINUED_ALREADY


async def test_whoever_may_stop_stops_it_once(bridge: Bridge) -> None:
    turn = await bridge.running(1, DID, end=PLANNED)
    assert await refused(going_on.stay(bridge.context, stranger, HERE, turn)) == NotAllowed("stop")
    assert await refused(going_on.stay(bridge.context, claude, SESSION.id, turn)) == NotAllowed("stop")
    await going_on.stay(bridge.context, program, SESSION.id, turn)
    stopped = await plan(bridge, turn)
    assert stopped is not None
    assert stopped.by == Asker("deploy")
    assert await refused(going_on.stay(bridge.context, ada, HERE, turn)) is Condition.NOT_GOING_ON


async def test_a_stop_where_nothing_runs_stops_it_as_well(bridge: Bridge) -> None:
    bridge.replies[StopJobs] = lambda _: JobsStopped(())
    turn = await bridge.running(1, DID, end=PLANNED)
    done = await stop.stop_session(bridge.context, ada, HERE, "k")
    assert (done.stopping, done.stays) == (False, True)
    assert await state(bridge, turn) == "stopped"
    assert not (await stop.stop_session(bridge.context, ada, HERE, "k2")).stays


async def test_a_turn_of_claudes_own_keeps_nobody_from_pressing_now(bridge: Bridge) -> None:
    turn = await bridge.running(1, DID, end=PLANNED)
    rows = TurnBegun(None, NOW), End("done", NOW)
    await bridge.store.emit(
        bridge.worker, [OutboxRow(SESSION.id, 10 + n, TurnId("own"), one) for n, one in enumerate(rows)]
    )
    await continue_turn(bridge.context, ada, HERE, turn)
    assert await state(bridge, turn) == "begun"


async def test_the_switch_is_for_those_who_administer_every_project(bridge: Bridge) -> None:
    for caller in (ada, stranger, claude, program):
        assert await refused(going_on.switch(bridge.context, caller, on=False)) == NotAllowed("administer")
    turn = await bridge.running(1, DID, end=PLANNED)
    await going_on.switch(bridge.context, root, on=False)
    assert await state(bridge, turn) == "off"
    assert await bridge.store.going_on() == GoingOn(False, "Root")
    why = await refused(going_on.go_on_later(bridge.context, ada, HERE, turn, NOW))
    assert why is Condition.GOING_ON_SWITCHED_OFF


async def test_an_admin_of_one_project_of_two_may_not_switch_it(bridge: Bridge) -> None:
    foreign = replace(PROJECT, name="foreign", channels=frozenset(), access=Access(frozenset({ROOT.id})))
    context = replace(bridge.context, projects=Projects([PROJECT, foreign]))
    assert await refused(going_on.switch(context, root, on=False)) == NotAllowed("administer")
    owner = Member(Person(PersonId(1), "Owner", owns_application=True), "button")
    await going_on.switch(context, owner, on=False)
    assert not (await going_on.going_on(context, root)).may_switch


async def test_the_status_tells_what_goes_on_and_who_may_switch_that(bridge: Bridge) -> None:
    turn = await bridge.running(1, DID, end=PLANNED)
    told = (await inspect.status(bridge.context, ada, HERE)).going_on
    assert (told.switch.on, [one.turn for one in told.planned], told.may_switch) == (True, [turn], False)
    assert (await inspect.status(bridge.context, root, HERE)).going_on.may_switch
    assert [one.turn for one in await going_on.planned_in(bridge.context, PROJECT.name)] == [turn]
    assert await going_on.planned_in(bridge.context, "other") == []


async def test_going_back_to_before_it_leaves_nothing_to_go_on_with(bridge: Bridge) -> None:
    bridge.replies[Rewind] = lambda _: Rewound(done=True)
    turn = await bridge.running(1, DID, end=PLANNED)
    await history.rewind(bridge.context, ada, HERE, turn, "conversation")
    assert await state(bridge, turn) == "dropped"


async def entry_of(bridge: Bridge, turn: TurnId, by: Asker | None = None) -> Prompt | None:
    """The prompt with which the clock goes on."""
    story = await bridge.store.story(SESSION.id, turn)
    assert story is not None
    own = await bridge.store.prompt(SESSION.id, turn)
    one = Continuation(SESSION.id, turn, RESET, by=by)
    found = going_on.entry(bridge.context.projects, SESSION, assemble(story), own, one)
    assert found is not None
    assert found.key == f"continue:{turn}"
    return prompt_in(found.content)


async def test_the_clock_goes_on_in_the_name_of_whoever_asked_or_wanted_it(bridge: Bridge) -> None:
    turn = await bridge.running(1, DID, end=PLANNED)
    prompt = await entry_of(bridge, turn)
    assert prompt is not None
    assert (prompt.text, prompt.asker, prompt.message) == (GO_ON, Asker("Ada", ADA.id), None)
    assert (prompt.may_answer, prompt.limits_met, bool(prompt.note)) == (False, 0, True)
    prompt = await entry_of(bridge, turn, Asker("Ben", BEN.id))
    assert prompt is not None
    assert prompt.asker == Asker("Ben", BEN.id)


async def test_the_clock_sends_the_prompt_again_that_claude_did_nothing_for(bridge: Bridge) -> None:
    turn = await bridge.running(1, end=PLANNED)
    prompt = await entry_of(bridge, turn)
    assert prompt is not None
    assert (prompt.text, prompt.limits_met, prompt.inbox) == ("hello", 1, 0)


def test_a_project_that_is_gone_has_nothing_to_go_on_with() -> None:
    view = TurnView(TurnId("t"), None, NOW, end=PLANNED)
    one = Continuation(SESSION.id, view.turn, RESET)
    assert going_on.entry(Projects([]), SESSION, view, None, one) is None
