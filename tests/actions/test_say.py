"""What is said from a shell goes to the session that is meant, once, and as far as whoever says it may; what waits is
seen."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast, get_args

import pytest
from bridge import PROJECT, SESSION, Bridge, claude, stranger

from antiphon.actions import inspect, queue
from antiphon.actions.callers import Caller, ClaudeSession, MachineUser, allowed, asker_of, audit_entry
from antiphon.actions.context import ActionContext
from antiphon.actions.places import Announcement, Said
from antiphon.actions.reasons import Condition, NotAllowed, Reason, Refused, SessionUnclear
from antiphon.actions.terminals.say import Handed, matching, say
from antiphon.core.access import Action
from antiphon.core.bus import ActionStore
from antiphon.core.projects import Projects
from antiphon.core.records import InboxEntry, prompt_in
from antiphon.core.values import (
    NOWHERE,
    Asker,
    ClaudeSessionId,
    MessageId,
    PlaceId,
    Session,
    SessionId,
    Steer,
    Terminal,
    WhileWorking,
    terminal_session,
    turn_for,
)
from antiphon.errors import StoreError
from antiphon.store import Store

grace = MachineUser("grace")


class FullStore:
    """A store that takes nothing more."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def accept(self, call: InboxEntry) -> bool:
        raise StoreError("the disk is full")


OTHER = replace(PROJECT, name="another", channels=frozenset({PlaceId(2)}))


def session(title: str, claude: str, id_: str = "", **more: object) -> Session:
    found = replace(SESSION, title=title, claude=ClaudeSessionId(claude), **more)
    return replace(found, id=SessionId(id_) if id_ else terminal_session(found.claude))


async def adopted(bridge: Bridge, *sessions: Session) -> None:
    for one in sessions:
        await bridge.store.adopt(one, bridge.worker_name)


async def refusal(bridge: Bridge, caller: Caller, wanted: str, text: str = "hello") -> Reason:
    with pytest.raises(Refused) as refused:
        await say(two_projects(bridge), caller, wanted, text, "k")
    return refused.value.reason


def two_projects(bridge: Bridge) -> ActionContext:
    return replace(bridge.context, projects=Projects([PROJECT, OTHER]))


def working(bridge: Bridge, way: WhileWorking) -> ActionContext:
    return replace(bridge.context, projects=Projects([replace(PROJECT, while_working=way)]))


# Which session is meant

FIX = session("Fix the tests", "abcd1111-0000-4000-8000-000000000000", "1449000000000000001")
DOCS = session("Write docs", "abcd2222-0000-4000-8000-000000000000")
FIX_MORE = session("Fix the tests of the store", "ffff3333-0000-4000-8000-000000000000")


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("1449000000000000001", [FIX]),
        ("1449", [FIX]),
        (FIX.claude, [FIX]),
        ("ABCD1", [FIX]),
        ("abcd", [FIX, DOCS]),
        ("abc", []),  # too short for an id
        ("terminal-ffff", [FIX_MORE]),
        ("docs", [DOCS]),
        ("fix the tests", [FIX]),  # the whole title
        ("the tests", [FIX, FIX_MORE]),
        ("THE STORE ", [FIX_MORE]),
        ("", []),
        ("  ", []),
        ("nothing", []),
    ],
)
def test_a_session_is_meant_by_an_id_its_beginning_or_its_title(wanted: str, meant: Sequence[Session]) -> None:
    assert matching([FIX, DOCS, FIX_MORE], wanted) == meant


def test_a_whole_id_goes_before_the_beginning_of_another() -> None:
    short, long = session("a", "1" * 8, "1001"), session("b", "2" * 8, "10012")
    assert matching([long, short], "1001") == [short]


# Who may


@pytest.mark.parametrize(("caller", "may"), [(grace, {"prompt", "stop"}), (claude, {"prompt"})])
def test_who_speaks_from_a_shell_answers_and_changes_nothing(caller: Caller, may: set[Action]) -> None:
    for project in (PROJECT, OTHER):
        wanted = may if project is PROJECT or caller is grace else set[Action]()
        assert {one for one in get_args(Action) if allowed(project, caller, one)} == wanted


def test_the_machines_user_is_nobody_in_discord() -> None:
    assert asker_of(grace) == Asker("grace")
    entry = audit_entry(grace, "stop", SESSION, {})
    assert (entry.name, entry.person, entry.door) == ("grace", None, "shell")


# What is said


@pytest.mark.parametrize("caller", [grace, claude])
async def test_what_is_said_is_a_prompt_that_answers_nothing_and_is_no_command(bridge: Bridge, caller: Caller) -> None:
    done = await say(bridge.context, caller, SESSION.id, "/clear", "k")
    assert (done.session.id, done.again, done.shown) == (SESSION.id, False, True)
    (item,) = await bridge.claimed()
    prompt = prompt_in(item.content)
    assert prompt is not None
    assert (prompt.turn, prompt.text, prompt.asker) == (turn_for("say:k"), "/clear", asker_of(caller))
    assert (prompt.command, prompt.may_answer, prompt.message) == ("none", False, MessageId(9001))


async def test_everybody_reads_who_said_it_and_where(bridge: Bridge) -> None:
    await say(bridge.context, grace, SESSION.id, "from me", "a")
    await say(bridge.context, claude, SESSION.id, "from Claude", "b")
    said: list[Announcement] = bridge.places.announced
    assert said == [Said("grace", "from me"), Said("Claude", "from Claude", SESSION)]


async def test_it_is_said_once(bridge: Bridge) -> None:
    first, again = [await say(bridge.context, grace, SESSION.id, "hello", "k") for _ in range(2)]
    assert (first.again, again) == (False, Handed(first.session, again=True))
    assert len(await bridge.claimed()) == 1
    assert (await say(bridge.context, grace, SESSION.id, "hello", "k")).again
    assert len(await bridge.claimed()) == len(bridge.places.announced) == 1


async def test_what_was_said_to_another_session_under_that_key_is_taken_back(bridge: Bridge) -> None:
    await adopted(bridge, DOCS)
    await say(bridge.context, grace, SESSION.id, "hello", "k")
    assert (await say(bridge.context, grace, DOCS.id, "hello", "k")).again
    assert bridge.places.retracted == [MessageId(9002)]
    assert [one.session.id for one in await bridge.store.line()] == [SESSION.id]


async def test_what_cannot_be_kept_is_taken_back(bridge: Bridge) -> None:
    context = replace(bridge.context, bus=cast("ActionStore", FullStore(bridge.store)))
    with pytest.raises(StoreError):
        await say(context, grace, SESSION.id, "hello", "k")
    assert bridge.places.retracted == [MessageId(9001)]


@pytest.mark.parametrize(
    ("way", "caller", "now"),
    [
        ("steer", grace, False),
        ("interrupt", grace, True),
        ("interrupt", claude, False),  # it may stop nothing
        ("queue", grace, None),
    ],
)
async def test_it_does_what_a_message_does_while_claude_works(
    bridge: Bridge, way: WhileWorking, caller: Caller, now: bool | None
) -> None:
    await bridge.running(1)
    await say(working(bridge, way), caller, SESSION.id, "hello", "k")
    steers = [one.content for one in await bridge.claimed() if isinstance(one.content, Steer)]
    assert [one.now for one in steers] == ([] if now is None else [now])
    assert len(await bridge.store.line(SESSION.id)) == (now is None)


async def test_where_a_session_is_shown_nowhere_yet_it_is_said_all_the_same(bridge: Bridge) -> None:
    await adopted(bridge, replace(DOCS, place=NOWHERE))
    assert not (await say(bridge.context, grace, "docs", "hello", "k")).shown
    assert bridge.places.announced == []
    assert len(await bridge.store.line(DOCS.id)) == 1


# What is refused


async def test_what_is_unknown_or_unclear_is_refused_with_those_that_may_be_meant(bridge: Bridge) -> None:
    theirs = replace(FIX, project=OTHER.name)
    await adopted(bridge, DOCS, FIX_MORE, theirs)
    reason = await refusal(bridge, grace, "nothing")
    assert isinstance(reason, SessionUnclear)
    assert (reason.several, {one.id for one in reason.candidates}) == (
        False,
        {SESSION.id, DOCS.id, FIX_MORE.id, theirs.id},
    )
    reason = await refusal(bridge, grace, "fix")
    assert isinstance(reason, SessionUnclear)
    assert (reason.several, {one.id for one in reason.candidates}) == (True, {FIX_MORE.id, theirs.id})
    reason = await refusal(bridge, claude, "nothing")  # who is told of its own project alone
    assert isinstance(reason, SessionUnclear)
    assert {one.id for one in reason.candidates} == {SESSION.id, DOCS.id, FIX_MORE.id}
    assert await bridge.store.line() == []


async def test_a_session_speaks_in_its_own_project_alone(bridge: Bridge) -> None:
    await adopted(bridge, replace(FIX, project=OTHER.name), FIX_MORE)
    assert await refusal(bridge, claude, FIX.id) == NotAllowed("prompt")
    assert (await say(two_projects(bridge), claude, "fix", "hello", "k")).session.id == FIX_MORE.id
    assert await refusal(bridge, ClaudeSession(SessionId(""), ""), SESSION.id) == NotAllowed("prompt")
    assert await refusal(bridge, stranger, SESSION.id) == NotAllowed("prompt")


async def test_nothing_is_not_said(bridge: Bridge) -> None:
    assert await refusal(bridge, grace, SESSION.id, " \n") is Condition.EMPTY_PROMPT
    assert bridge.places.announced == []


async def test_nobody_but_an_admin_rewords_it(bridge: Bridge) -> None:
    await bridge.running(1)
    await say(working(bridge, "queue"), grace, SESSION.id, "hello", "k")
    (waiting,) = await bridge.store.line(SESSION.id)
    with pytest.raises(Refused):
        await queue.edit(bridge.context, claude, SESSION.id, waiting.n, "something else")


# What waits


async def test_what_waits_is_seen_by_session_and_sessions_that_are_open_in_terminals_too(bridge: Bridge) -> None:
    idle = replace(DOCS, terminal=Terminal(1, name="tmux %1"))
    closed = replace(FIX_MORE, terminal=Terminal(2, name="tmux %2", open=False))
    await adopted(bridge, idle, closed, replace(FIX, project=OTHER.name))
    context = two_projects(bridge)
    assert [one.session.id for one in await inspect.inbox(context, grace)] == [idle.id]
    await bridge.running(1)
    await bridge.said(2, "held", held=True)
    await say(bridge.context, grace, SESSION.id, "for its next step", "a")
    await say(bridge.context, grace, closed.id, "for later", "b")
    await bridge.claimed()
    await say(context, grace, FIX.id, "elsewhere", "c")
    seen = {one.session.id: one for one in await inspect.inbox(context, grace)}
    assert set(seen) == {SESSION.id, idle.id, closed.id, FIX.id}
    assert [one.prompt.text for one in seen[SESSION.id].handed] == ["for its next step"]
    assert [(one.prompt.text, one.held) for one in seen[SESSION.id].waiting] == [("held", True)]
    assert [one.prompt.text for one in seen[closed.id].waiting] == ["for later"]
    assert FIX.id not in {one.session.id for one in await inspect.inbox(context, claude)}
    assert await inspect.inbox(context, stranger) == []
