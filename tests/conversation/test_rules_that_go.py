"""Rules that are taken back: what a conversation writes of it, and what its process and those of others are asked."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from test_conversation import echo, ended, stage
from test_switchboard import MANY, served

from antiphon.core.blocks import AskBlock, TakenBack
from antiphon.core.events import AgentEvent, PermissionSettled, RuleAdded, TextFinished, TurnEnded
from antiphon.core.machine.effects import RulesRemoved
from antiphon.core.records import ClaimedRequest, InboxEntry, Lease
from antiphon.core.requests import ChoicesMade, RemoveRules, Reply, ReplyT, Request, RulesChanged, SessionRequest
from antiphon.core.requests import TakeBackAnswer as TakeBack
from antiphon.core.rules import OfferedRule
from antiphon.core.stored_turn import assemble
from antiphon.core.values import PlaceId, Project, Prompt, SessionId, ToolUseId
from antiphon.core.view import TurnView

from fakes import PROJECT, SESSION, Album, FakeAgent, kinds, prompt
from memory_store import MemoryStore

READ, ONE = "Read(//a/**)", ToolUseId("one")
ASK = AskBlock(ONE, "Read", "a", rules=(OfferedRule("reading in /a", (READ,)),), call="digest")
RULED: Sequence[AgentEvent] = (ASK, RuleAdded(READ), PermissionSettled(ONE, "allowed", "ada", rule=0))


def reads(asked: Prompt) -> Sequence[AgentEvent]:
    """The first turn asks, and has its answer."""
    first = RULED if asked.message == 1 else ()
    return (*first, TextFinished("so it is"), TurnEnded("done", prompts=(asked.turn,)))


async def replied(bus: MemoryStore, n: int) -> Reply:
    async with asyncio.timeout(5):
        while n not in bus.replies:  # noqa: ASYNC110 - the fake bus has no bell for it
            await asyncio.sleep(0)
    return bus.replies[n]


async def view_of(bus: MemoryStore, turn: Prompt) -> TurnView:
    story = await bus.story(SESSION.id, turn.turn)
    assert story is not None
    return assemble(story)


async def test_a_turn_that_is_over_gets_a_row_and_is_shown_again_and_the_next_turn_goes_on_after_it() -> None:
    async with stage(FakeAgent(reads)) as on:
        on.bus.begin_with(SESSION)
        on.conversation.post(prompt(1))
        await on.album.until(ended)
        on.agent.links[0].takes_choices = False
        on.conversation.post(SessionRequest(5, TakeBack(prompt(1).turn, ONE, "ben", (READ,))))
        assert await replied(on.bus, 5) == ChoicesMade(at_once=True)
        assert on.album.refreshed == [prompt(1).turn]
        assert (await view_of(on.bus, prompt(1))).undone(ONE) == TakenBack(ONE, "ben")
        assert on.bus.kept[-1].choices.rules == ()
        on.conversation.post(prompt(2))
        await on.album.until(lambda view: view.prompt == 2 and ended(view))
        assert len(on.agent.links) == 2  # the one before knew the rule
        assert kinds(on.bus.rows) == ["begin", "block", "block", "end", "undo", "begin", "block", "end"]
        assert [row.seq for row in on.bus.rows] == list(range(8))


async def test_what_the_database_has_no_time_for_is_written_once_all_the_same() -> None:
    async with stage(FakeAgent(reads)) as on:
        on.conversation.post(prompt(1))
        await on.album.until(ended)
        on.bus.busy = 2
        on.conversation.post(SessionRequest(5, TakeBack(prompt(1).turn, ONE, "ben")))
        await replied(on.bus, 5)
        assert kinds(on.bus.rows)[-2:] == ["end", "undo"]


async def test_a_turn_that_runs_shows_it_at_once_and_keeps_it_when_it_ends() -> None:
    async with stage(FakeAgent(lambda _: RULED)) as on:
        on.bus.begin_with(SESSION)
        on.conversation.post(prompt(1))
        await on.album.until(lambda view: bool(view.blocks) and not view.needs)
        on.conversation.post(SessionRequest(5, TakeBack(prompt(1).turn, ONE, "ben", (READ,))))
        view = await on.album.until(lambda view: bool(view.taken_back))
        await replied(on.bus, 5)
        assert on.agent.links[0].withheld == ["digest"]
        on.agent.links[0].post(TurnEnded("done", prompts=(prompt(1).turn,)))
        view = await on.album.until(ended)
        assert view.undone(ONE) == TakenBack(ONE, "ben")
        assert (await view_of(on.bus, prompt(1))).taken_back == view.taken_back
        assert on.album.refreshed == []


async def test_a_process_is_asked_whether_it_has_forgotten_a_rule_before_its_next_turn_alone() -> None:
    async with stage(FakeAgent(echo)) as on:
        on.conversation.post(prompt(1))
        await on.album.until(ended)
        on.conversation.post(RulesRemoved(("Bash(ls)",)))
        for n in (2, 3):
            on.conversation.post(prompt(n))
            await on.album.until(lambda view, n=n: view.prompt == n and ended(view))
        assert on.agent.links[0].checked == ["Bash(ls)"]
        assert len(on.agent.links) == 1
        on.agent.links[0].forgets = False
        on.conversation.post(RulesRemoved(("Bash(ls)",)))
        on.conversation.post(prompt(4))
        await on.album.until(lambda view: view.prompt == 4 and ended(view))
        assert [[one.message for one in link.prompts] for link in on.agent.links] == [[1, 2, 3], [4]]


class AskedStore(MemoryStore):
    """Somebody wants rules of the project removed, when told to."""

    asking = False

    async def asked(self, me: Lease, /) -> Sequence[ClaimedRequest]:
        if not self.asking or 7 in self.replies:
            return ()
        return [ClaimedRequest(7, PROJECT.name, None, RemoveRules("project", ("Bash(ls)",)), 0)]


class Remover(FakeAgent):
    """Rules can be removed."""

    async def look(self, project: Project, request: Request[ReplyT]) -> ReplyT:
        return RulesChanged(("Bash(ls)",))  # type: ignore[return-value]


async def said(bus: MemoryStore, album: Album, place: int, message: int) -> None:
    """A prompt in a place of its own, answered."""
    home = replace(SESSION, id=SessionId(f"s{place}"), place=PlaceId(place))
    await bus.accept(InboxEntry(f"{message}", "local", home, replace(prompt(message), inbox=0)))
    await album.until(lambda view: view.prompt == message and ended(view))


async def test_every_live_session_learns_that_rules_are_gone_from_settings() -> None:
    bus, agent, album = AskedStore(), Remover(echo), Album()
    async with served(bus, agent, album, MANY):
        await said(bus, album, 1, 11)
        await said(bus, album, 2, 21)
        bus.asking = True
        bus._bells["inbox"].set()
        assert await replied(bus, 7) == RulesChanged(("Bash(ls)",))
        await said(bus, album, 1, 12)
        await said(bus, album, 2, 22)
    assert [link.checked for link in agent.links] == [["Bash(ls)"], ["Bash(ls)"]]
