"""What boards and the coordination channel are made of: events come with the rows that tell of them, once."""

from dataclasses import replace
from pathlib import Path

import pytest
from store_samples import Clock, a_call, a_session, a_turn, claim_all

from antiphon.core.blocks import AskBlock, End, HeldBlock, TextBlock
from antiphon.core.bus import RecoveryInfo
from antiphon.core.coordination.board import CoordinationLine, StandingPost
from antiphon.core.coordination.claims import Claim
from antiphon.core.coordination.events import CoordinationEvent
from antiphon.core.records import Closing, Lease, OutboxContent, OutboxRow, Tail, TurnBegun
from antiphon.core.values import NOWHERE, MessageId, PersonId, PlaceId, Terminal, ToolUseId
from antiphon.store import Store

HOME = a_session().id
ASK = AskBlock(ToolUseId("t"), "Bash", "make deploy", asked=1001.0)
KEY, PLACE = "coordination", PlaceId(77)


@pytest.fixture
async def worker(store: Store) -> Lease:
    lease = await store.hold("worker:here", "test", 1e9)
    assert lease is not None
    await store.adopt(a_session(), "here")
    return lease


@pytest.fixture
async def hub(store: Store) -> Lease:
    lease = await store.hold("hub", "test", 1e9)
    assert lease is not None
    return lease


async def told(store: Store, worker: Lease, *contents: OutboxContent, first: int = 0, message: int = 11) -> None:
    rows = [OutboxRow(HOME, first + n, a_turn(message), content) for n, content in enumerate(contents)]
    await store.emit(worker, rows)


async def events(store: Store) -> list[tuple[str, str, str]]:
    return [(one.kind, one.text, one.outcome) for one in await store.events(["site"], 0, 100)]


async def lines(store: Store, after: int = 0) -> list[CoordinationLine]:
    return list(await store.lines(after, 100))


async def test_a_turn_is_one_event_from_its_begin_to_its_end(store: Store, worker: Lease, clock: Clock) -> None:
    await told(store, worker, TurnBegun(MessageId(11), 1000.0, PersonId(7)))
    await told(store, worker, TurnBegun(MessageId(11), 1000.0, PersonId(7)))  # the same row once more
    (turn,) = await store.turns_at_work()
    assert (turn.session, turn.turn, turn.started, turn.asker, turn.needs) == (HOME, a_turn(11), 1000.0, 7, ())
    await store.preview(worker, HOME, a_turn(11), Tail(0, (TextBlock("half a", settled=False), ASK)))
    (turn,) = await store.turns_at_work()
    assert turn.needs == (ASK,)
    clock.now += 9
    await told(store, worker, End("done", 1009.0), first=1)
    assert await store.turns_at_work() == []
    assert await events(store) == [("turn", a_turn(11), "done")]
    (event,) = await store.events(["site"], 0, 1)
    assert (event.at, event.moment, event.by) == (1000.0, 1009.0, "place 1")


async def test_a_turn_that_is_struck_and_runs_anew_is_the_same_event(store: Store, clock: Clock) -> None:
    worker = await store.hold("worker:here", "first", 10.0)
    assert worker is not None
    await store.accept(a_call(11))
    await claim_all(store, worker)
    await told(store, worker, TurnBegun(MessageId(11), 1000.0))
    clock.now += 60
    again = await store.hold("worker:here", "second", 10.0, RecoveryInfo(lambda *_: frozenset()))
    assert again is not None
    assert await events(store) == [("turn", a_turn(11), "withdrawn")]  # Claude never heard it
    await claim_all(store, again)
    await told(store, again, TurnBegun(MessageId(11), 1060.0))
    assert await events(store) == [("turn", a_turn(11), "")]
    assert [one.turn for one in await store.turns_at_work()] == [a_turn(11)]


async def test_claims_and_held_edits_are_events_until_they_are_over(store: Store, worker: Lease, clock: Clock) -> None:
    claim = Claim("deploy", HOME, "", NOWHERE, 0.0, clock() + 60, "a release")
    await store.take_claim(claim)
    clock.now += 5
    await store.take_claim(replace(claim, until=clock() + 600))  # for longer
    await told(store, worker, HeldBlock(ToolUseId("c"), "/site/a.py", "Not written: …", 990.0))
    assert await events(store) == [("claim", "deploy", ""), ("held", "/site/a.py", "")]
    (of_claim, held) = await store.events(["site"], 0, 10)
    assert (of_claim.note, of_claim.moment) == ("a release", 1605.0)
    assert (held.note, held.moment) == ("Not written: …", 990.0)
    await store.let_write(HOME, Path("/site/a.py"), clock() + 900)
    await store.release_claims(HOME, None)
    assert await events(store) == [("claim", "deploy", "released"), ("held", "/site/a.py", "let")]
    await store.take_claim(replace(claim, until=clock() + 60))
    assert [outcome for *_, outcome in await events(store)] == ["released", "let", ""]


async def test_nothing_is_told_of_what_is_left_out(store: Store, worker: Lease) -> None:
    out = replace(a_session(2), terminal=Terminal(7, left_out=True))
    await store.adopt(out, "here")
    await store.emit(worker, [OutboxRow(out.id, 0, a_turn(21), TurnBegun(None, 1000.0))])
    await store.take_claim(Claim("port:3000", out.id, "", NOWHERE, 0.0, 5000.0))
    assert await events(store) == []
    assert await store.turns_at_work() == []


async def test_lines_are_what_is_not_shown_yet_and_turns_that_go_on(
    store: Store, worker: Lease, hub: Lease, clock: Clock
) -> None:
    await store.post_event(CoordinationEvent("event:1", "site", None, "CI", "before"))
    first = await store.tell_from_now(hub, KEY, PLACE)
    await store.post_event(CoordinationEvent("event:2", "site", None, "CI", "green"))
    await told(store, worker, TurnBegun(MessageId(11), 1000.0))
    assert await store.tell_from_now(hub, KEY, PLACE) == first
    said, turn = await lines(store, first)
    assert [one.event.text for one in (said, turn)] == ["green", a_turn(11)]
    assert (said.session, turn.session and turn.session.id) == (None, HOME)
    for n, one in enumerate((said, turn)):
        await store.note_line(hub, replace(one, message=MessageId(500 + n), digest="d"))
    (turn,) = await lines(store, first)
    assert (turn.message, turn.digest, turn.is_news) == (501, "d", False)
    assert await store.line_messages(MessageId(499)) == {500, 501}
    clock.now += 5
    await told(store, worker, End("failed", 1005.0), first=1)
    (turn,) = await lines(store, first)
    assert (turn.is_news, turn.event.outcome) == (True, "failed")
    await store.note_line(hub, turn)
    assert await lines(store, first) == []
    clock.now += 86_401
    await store.post_event(CoordinationEvent("event:3", "site", None, "CI", "red"))
    assert [one.event.text for one in await lines(store)] == ["red"]  # the first one is too old by now
    assert await store.tell_from_now(hub, KEY, PlaceId(78)) > first


async def test_a_standing_post_is_found_again(store: Store, hub: Lease) -> None:
    post = StandingPost("board:5", PlaceId(5), MessageId(0), "a nonce@1000")
    assert await store.standing(post.key) is None
    await store.stand(hub, post)
    assert await store.standing(post.key) == post
    shown = replace(post, message=MessageId(51), digest="d")
    await store.stand(hub, shown)
    assert await store.standing(post.key) == shown


async def test_what_was_spent_today_is_told_by_project(store: Store, worker: Lease) -> None:
    await store.accept(a_call(11))
    (item,) = await claim_all(store, worker)
    await store.emit(worker, [], [Closing(item.n, "done", 0.5)])
    assert await store.spent_today() == {"site": 0.5}
