"""Sessions of terminals, on the database and on the fake that stands for it: what an earlier bridge has left of them,
what was given to them, and when their prompts are to be had."""

from dataclasses import replace

import pytest
from store_samples import a_call, a_session, a_turn
from test_ports import Bus, bus, whole

from antiphon.core.blocks import End, NoteBlock, SteerBlock, ToolBlock, TypedBlock
from antiphon.core.records import Anchor, Offer, OutboxContent, OutboxRow, TurnBegun, WaitsFor
from antiphon.core.values import NOWHERE, MessageId, Origin, PlaceId, Terminal, ToolUseId, TurnId, typed_turn

__all__ = ["bus"]

HERE = Terminal(17, "12345", "tmux %0", "main", 5.0)


async def opened(bus: Bus, terminal: Terminal = HERE) -> None:
    """A session that is open in a terminal, by a prompt that waits."""
    await bus.store.accept(a_call(1))
    await bus.store.keep(bus.worker, replace(a_session(), terminal=terminal))


async def write(bus: Bus, turn: TurnId, *contents: OutboxContent) -> None:
    home = a_session().id
    seq = (await bus.store.unfinished(bus.worker, home)).next_seq
    await bus.store.emit(bus.worker, [OutboxRow(home, seq + n, turn, one) for n, one in enumerate(contents)])


async def test_a_terminal_comes_back_as_it_was_kept(bus: Bus) -> None:
    await opened(bus)
    left = await bus.store.unfinished(bus.worker, a_session().id)
    assert left.session.terminal == HERE
    await bus.store.keep(bus.worker, replace(left.session, terminal=None))
    assert (await bus.store.unfinished(bus.worker, a_session().id)).session.terminal is None


async def test_what_is_unfinished_is_the_newest_turn_without_an_end(bus: Bus) -> None:
    await opened(bus)
    assert (await bus.store.unfinished(bus.worker, a_session().id)).turn is None
    turn = typed_turn("line-1")
    await write(bus, turn, TurnBegun(None, 1.0), TypedBlock("look", "line-1"))
    left = await bus.store.unfinished(bus.worker, a_session().id)
    assert left.turn is not None
    assert left.turn.turn == turn
    assert left.next_seq == 2
    await write(bus, turn, End("done", 2.0, source="line-9"))
    left = await bus.store.unfinished(bus.worker, a_session().id)
    assert (left.turn, left.next_seq, left.anchor) == (None, 3, Anchor("line", "line-9"))


async def test_the_anchor_is_the_newest_row_that_stands_in_the_transcript(bus: Bus) -> None:
    await opened(bus)
    turn = typed_turn("line-1")
    await write(bus, turn, TurnBegun(None, 1.0), TypedBlock("look", "line-1"))
    assert (await bus.store.unfinished(bus.worker, a_session().id)).anchor == Anchor("line", "line-1")
    await write(bus, turn, ToolBlock(ToolUseId("toolu_1"), "Bash", "ls", state="ok"))
    assert (await bus.store.unfinished(bus.worker, a_session().id)).anchor == Anchor("tool", "toolu_1")
    await write(bus, turn, NoteBlock("by the way"), End("interrupted", 2.0))
    assert (await bus.store.unfinished(bus.worker, a_session().id)).anchor == Anchor("tool", "toolu_1")
    await bus.store.emit(
        bus.worker, [OutboxRow(a_session().id, 9, a_turn(2), SteerBlock(a_turn(2), MessageId(2), "x", "ada"))]
    )
    assert (await bus.store.unfinished(bus.worker, a_session().id)).anchor == Anchor("prompt", a_turn(2))


async def test_a_prompt_for_an_open_terminal_takes_no_room(bus: Bus) -> None:
    await opened(bus)
    assert [one.key for one in await bus.claim(room=0)] == ["message:1"]


@pytest.mark.parametrize("why", ["terminal", "left_out"])
async def test_a_prompt_for_a_closed_terminal_waits_for_it(bus: Bus, why: WaitsFor) -> None:
    await opened(bus, replace(HERE, open=False, left_out=why == "left_out"))
    assert await bus.claim() == []
    (waiting,) = await bus.store.line()
    assert waiting.waits_for == why
    await bus.store.keep(bus.worker, replace(waiting.session, terminal=HERE))
    assert [one.key for one in await bus.claim()] == ["message:1"]


async def test_what_nobody_has_for_a_terminal_that_is_closed_has_its_old_place_in_line(bus: Bus) -> None:
    await opened(bus)
    (item,) = await bus.claim()
    await bus.store.keep(bus.worker, replace(item.session, terminal=replace(HERE, open=False)))
    assert await bus.claim(item.n) == []  # somebody has it
    assert await bus.store.line() == []
    assert await bus.claim() == []
    assert [one.n for one in await bus.store.line()] == [item.n]
    await bus.store.keep(bus.worker, replace(item.session, terminal=HERE))
    (again,) = await bus.claim()
    assert (again.n, again.content, again.story) == (item.n, item.content, None)


async def test_offers_are_kept_for_prompts_that_wait(bus: Bus) -> None:
    await opened(bus)
    offers = [Offer(a_turn(1), 3.0, "tool", "toolu_1"), Offer(a_turn(7), 3.0, "stop")]
    await bus.store.offer(bus.worker, a_session().id, offers)
    assert await bus.store.offers(bus.worker, a_session().id) == offers[:1]
    again = Offer(a_turn(1), 8.0, "wake")
    await bus.store.offer(bus.worker, a_session().id, [again])
    assert await bus.store.offers(bus.worker, a_session().id) == [again]
    (item,) = await bus.claim()
    await bus.store.emit(bus.worker, whole(1, item.next_seq))
    await bus.run(1)
    assert await bus.store.offers(bus.worker, a_session().id) == []


async def test_a_session_without_a_place_gets_one_once(bus: Bus) -> None:
    nowhere = replace(a_session(), place=NOWHERE, terminal=HERE)
    await bus.store.accept(replace(a_call(1), session=nowhere))
    await bus.store.keep(bus.worker, nowhere)
    await write(bus, a_turn(1), TurnBegun(None, 1.0), TypedBlock("look", "line-1"))
    assert [turn for _, turn in await bus.store.pending(bus.hub)] == [a_turn(1)]
    shown = replace(nowhere, place=PlaceId(70), title="look", origin=Origin(PlaceId(5), MessageId(70)))
    settled = await bus.store.settle(bus.hub, nowhere.id, shown)
    assert (settled.place, settled.title, settled.origin) == (shown.place, "look", shown.origin)
    again = await bus.store.settle(bus.hub, nowhere.id, replace(shown, place=PlaceId(71)))
    assert again.place == PlaceId(70)


async def test_a_session_is_wanted_in_a_channel_until_it_has_its_place(bus: Bus) -> None:
    wanted = replace(a_session(), place=NOWHERE, origin=Origin(PlaceId(5)))
    await bus.store.accept(replace(a_call(1), session=replace(a_session(2), place=NOWHERE), seen=None))
    await bus.store.accept(replace(a_call(2), session=wanted, seen=None))
    assert [one.id for one in await bus.store.wanted()] == [wanted.id]
    await bus.store.settle(
        bus.hub, wanted.id, replace(wanted, place=PlaceId(70), origin=Origin(PlaceId(5), MessageId(7)))
    )
    assert await bus.store.wanted() == []
