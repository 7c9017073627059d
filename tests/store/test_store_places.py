"""What the store knows of places: what was seen in each, and whether a session is at work."""

from dataclasses import replace
from pathlib import Path

from store_samples import pending

from antiphon.core.blocks import End, TextBlock
from antiphon.core.records import Closing, InboxEntry, Room
from antiphon.core.stored_turn import rows_of, tail_of
from antiphon.core.values import MessageId, Origin, PlaceId
from antiphon.core.view import TurnView
from antiphon.store import open_store

from fakes import SESSION, Clock, prompt


def call(key: str = "1", origin: Origin | None = None) -> InboxEntry:
    session = SESSION if origin is None else replace(SESSION, origin=origin)
    return InboxEntry(key, "local", session, prompt(int(key)), (PlaceId(1), MessageId(int(key))))


async def test_a_session_that_opens_a_thread_is_watched_from_its_first_message_on(tmp_path: Path) -> None:
    async with open_store(tmp_path / "db", Clock()) as store:
        await store.accept(call("5", Origin(PlaceId(1), MessageId(5))))
        assert await store.watermarks() == {PlaceId(1): MessageId(5), SESSION.place: MessageId(5)}


async def test_what_was_looked_at_raises_the_watermark_and_never_lowers_it(tmp_path: Path) -> None:
    async with open_store(tmp_path / "db", Clock()) as store:
        await store.seen(PlaceId(1), MessageId(9))
        await store.seen(PlaceId(1), MessageId(3))
        assert await store.watermarks() == {PlaceId(1): MessageId(9)}


async def test_a_session_is_at_work_from_claim_to_close(tmp_path: Path) -> None:
    async with open_store(tmp_path / "db", Clock()) as store:
        lease = await store.hold("worker:local", "me", 15)
        assert lease is not None
        await store.accept(call())
        assert not await store.running(SESSION.id)
        (item,) = await store.claim(lease, frozenset(), Room(1))
        assert await store.running(SESSION.id)
        await store.emit(lease, (), (Closing(item.n, "done"),))
        assert not await store.running(SESSION.id)


async def test_a_tail_that_comes_after_the_end_is_not_kept(tmp_path: Path) -> None:
    async with open_store(tmp_path / "db", Clock()) as store:
        lease, hub = await store.hold("worker:local", "me", 15), await store.hold("hub", "me", 15)
        assert lease is not None
        assert hub is not None
        await store.accept(call())
        await store.claim(lease, frozenset(), Room(1))
        turn = prompt().turn
        live = TurnView(turn, MessageId(1), 1.0, (TextBlock("half"),))
        whole = replace(live, blocks=(TextBlock("whole", settled=True),), end=End("done", 2.0))
        await store.emit(lease, rows_of(SESSION.id, whole, 0, None))
        await store.preview(hub, SESSION.id, turn, tail_of(live, 0))
        (story,) = await pending(store, hub)
        assert story.tail is None
