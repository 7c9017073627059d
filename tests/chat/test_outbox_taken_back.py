"""What was taken back is shown on its request's line, however long its turn is over, and nothing else is touched."""

from dataclasses import replace

from test_outbox import HUB, TURN, Channel, now, outbox, until, view

from antiphon.chat.delivery.failures import ContentRefused
from antiphon.chat.render.custom_ids import Undo, parse
from antiphon.core.blocks import AskBlock, TakenBack
from antiphon.core.records import OutboxRow
from antiphon.core.rules import OfferedRule
from antiphon.core.values import ToolUseId
from antiphon.core.view import TurnView

from fakes import SESSION
from memory_store import MemoryStore
from virtual_time import virtually

RULE = OfferedRule("reading in /a", ("Read(//a/**)",))
ASKS = tuple(
    AskBlock(ToolUseId(id_), "Read", id_, 1.0, outcome="allowed", by="Ada", answered=2.0, rules=(RULE,), rule=0)
    for id_ in ("one", "two")
)


def over() -> TurnView:
    """A turn that is over, with two requests between its texts."""
    whole = view("first", "last")
    return replace(whole, blocks=(whole.blocks[0], *ASKS, whole.blocks[1]))


async def take_back(store: MemoryStore, id_: str, seq: int) -> None:
    await store.emit(HUB, [OutboxRow(SESSION.id, seq, TURN, TakenBack(ToolUseId(id_), "Ben"))])


def lines(channel: Channel) -> list[tuple[bool, bool]]:
    """Of each request: whether it says that it was taken back, and whether it can be."""
    specs = [spec for _, spec in sorted(channel.messages.items()) if "Allowed" in spec.content]
    return [
        ("took back" in spec.content, any(isinstance(parse(one.custom_id), Undo) for one in spec.buttons))
        for spec in specs
    ]


@virtually
async def test_one_line_of_a_turn_long_over_is_edited_whatever_else_would_look_different_today() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, over())
        await store.complete()
    assert lines(channel) == [(False, True), (False, True)]
    for key, post in store.entries.items():
        if post.slot != "mark":
            store.entries[key] = replace(post, digest="as an earlier version showed it")
    channel.sent.clear()
    async with outbox(channel, store) as box:
        await take_back(store, "two", 10)
        box.refresh(SESSION, TURN)
        await store.complete(2)
    assert lines(channel) == [(False, True), (True, False)]
    assert channel.words == ["edit"]
    assert await store.pending(HUB) == []


@virtually
async def test_two_that_are_taken_back_one_after_the_other_are_both_shown() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, over())
        await store.complete()
        for n, id_ in enumerate(("one", "two")):
            await take_back(store, id_, 10 + n)
            box.refresh(SESSION, TURN)
        await until(lambda: lines(channel) == [(True, False), (True, False)])
        await store.complete(2)
    assert channel.sent.count("send") == 5


@virtually
async def test_a_turn_that_is_still_being_posted_is_read_again() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        channel.away_until = now() + 5
        box.show(SESSION, over())
        await until(lambda: bool(channel.sent))
        await take_back(store, "one", 10)
        box.refresh(SESSION, TURN)
        await store.complete()
        await until(lambda: lines(channel) == [(True, False), (False, True)])
    assert channel.texts[-1] == "last"


@virtually
async def test_what_was_taken_back_while_nobody_was_there_to_show_it_is_shown_by_the_next_bridge() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, over())
        await store.complete()
    await take_back(store, "one", 10)
    async with outbox(channel, store) as box:
        assert await box.recover() == 1
        await store.complete(2)
    assert lines(channel) == [(True, False), (False, True)]


@virtually
async def test_a_line_that_discord_lets_nobody_edit_any_more_is_replaced() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, over())
        await store.complete()
    async with outbox(channel, store) as box:
        await take_back(store, "one", 10)
        channel.failures = [ContentRefused("30046")] * 2  # the edit, in each of its forms
        box.refresh(SESSION, TURN)
        await store.complete(2)
    assert sorted(lines(channel)) == [(False, True), (True, False)]
