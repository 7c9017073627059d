"""The outbox at odd times: answers that were lost, bridges that were killed between two requests, defects of ours."""

import asyncio
from dataclasses import replace
from typing import cast

from antiphon.chat.delivery.context import MOST_TRIES
from antiphon.chat.delivery.failures import ContentRefused, DiscordUnavailable, PlaceClosed, PlaceGone
from antiphon.chat.delivery.retries import MOST
from antiphon.chat.render.message import MessageSpec
from antiphon.core.blocks import End, TextBlock
from antiphon.core.records import Lease, OutboxRow, StoredTurn, TurnBegun
from antiphon.core.values import Display, MessageId, PersonId, PlaceId, Session, SessionId, TurnId
from antiphon.core.view import ended
from chat.test_outbox import TURN, Channel, now, outbox, until, view, waiting_turn

from fakes import SESSION
from memory_store import MemoryStore
from virtual_time import virtually


class Deaf(Channel):
    """Takes messages whose answers are lost on the way, as often as it is told to."""

    def __init__(self, lost: int) -> None:
        super().__init__()
        self.lost = lost

    async def send(self, place: PlaceId, spec: MessageSpec, nonce: str, session: SessionId) -> MessageId:
        message = await super().send(place, spec, nonce, session)
        if self.lost:
            self.lost -= 1
            raise DiscordUnavailable("the connection was lost")
        return message


@virtually
async def test_words_that_came_after_a_message_whose_answer_was_lost_are_shown() -> None:
    channel, store = Deaf(2), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("half", done=False))
        await until(lambda: channel.lost == 0)
        box.show(SESSION, view("half and whole"))
        await store.complete()
    assert channel.texts == ["half and whole"]
    assert "Done" in channel.status


@virtually
async def test_a_card_that_a_killed_bridge_had_not_written_down_does_not_stay_at_work() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view(done=False))
        await until(lambda: bool(channel.status))
    store.entries.clear()  # killed before it could write
    stories = MemoryStore()
    over = view()
    assert over.end is not None
    rows = (
        OutboxRow(SESSION.id, 0, TURN, TurnBegun(over.prompt, over.started)),
        OutboxRow(SESSION.id, 1, TURN, replace(over.end, reason="interrupted")),
    )
    stories.left(StoredTurn(SESSION, TURN, rows, None))
    async with outbox(channel, stories) as box:
        await box.recover()
        await stories.complete()
    assert "Interrupted" in channel.status


@virtually
async def test_the_place_of_text_that_was_taken_away_takes_new_text() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("broke off", done=False))
        await until(lambda: channel.texts == ["broke off"])
        box.show(SESSION, view(done=False))
        await until(lambda: channel.texts == [])
        box.show(SESSION, view("again"))
        await store.complete()
    assert channel.texts == ["again"]


@virtually
async def test_an_old_card_whose_replacement_failed_is_not_deleted_when_it_shows_the_end() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        shown = view(done=False)
        box.show(SESSION, shown)
        await until(lambda: bool(channel.status))
        await asyncio.sleep(3300)
        channel.failures = [DiscordUnavailable("503")]
        box.show(SESSION, replace(shown, trouble="something new", heard=now()))
        await until(lambda: not channel.failures)
        box.show(SESSION, ended(shown, End("done", now())))
        await store.complete()
    assert "Done" in channel.status


class Blocking(Channel):
    """The one who wrote the prompt has blocked the bot, or somebody has taken its reactions away."""

    async def unreact(self, place: PlaceId, message: MessageId, emoji: str) -> None:
        if emoji not in self.marks:
            raise ContentRefused("10014")
        await super().unreact(place, message, emoji)


@virtually
async def test_marks_go_on_when_somebody_took_one_away() -> None:
    channel, store = Blocking(), MemoryStore()
    channel.marks = []
    async with outbox(channel, store) as box:
        box.show(SESSION, view("some words", done=False))
        await until(lambda: channel.marks == ["✍️"])
        box.show(SESSION, view("done"))
        await store.complete()
    assert channel.marks == ["✅"]


@virtually
async def test_a_bridge_that_is_killed_between_two_marks_leaves_one_in_the_end() -> None:
    channel, store = Channel(), MemoryStore()

    class Dying(Channel):
        async def unreact(self, place: PlaceId, message: MessageId, emoji: str) -> None:
            await asyncio.sleep(1000)

    dying = Dying()
    async with outbox(dying, store) as box:
        box.show(SESSION, view("some words", done=False))
        await until(lambda: len(dying.marks) == 2)
    channel.marks, channel.messages, channel.nonces = dying.marks, dying.messages, dying.nonces
    async with outbox(channel, store) as box:
        box.show(SESSION, view("some words"))
        await store.complete()
    assert channel.marks == ["✅"]


class NoDirects(Channel):
    """Direct messages cannot be taken back."""

    async def retract(self, person: PersonId, message: MessageId) -> None:
        self._request("retract")
        raise ContentRefused("50007")


@virtually
async def test_a_direct_message_that_cannot_be_taken_back_holds_nothing_up() -> None:
    channel, store = NoDirects(), MemoryStore()
    async with outbox(channel, store, Display(remind_after=10)) as box:
        waiting = waiting_turn(view(done=False))
        box.show(SESSION, waiting)
        await until(lambda: bool(channel.directs))
        box.show(SESSION, ended(waiting, End("stopped", now())))
        await store.complete()
    assert channel.marks == ["⏹️"]
    assert channel.sent.count("retract") == 1


class Fileless(Channel):
    """A channel without the permission to attach files."""

    async def edit(self, place: PlaceId, message: MessageId, spec: MessageSpec, session: SessionId) -> None:
        self._request("edit")
        if spec.uploads:
            raise PlaceClosed("50013")
        self.messages[message] = spec

    async def send(self, place: PlaceId, spec: MessageSpec, nonce: str, session: SessionId) -> MessageId:
        if spec.uploads:
            raise PlaceClosed("50013")
        return await super().send(place, spec, nonce, session)


WIDE = "| " + " | ".join(f"column {n} is wide" for n in range(12)) + " |\n" + "|---" * 12 + "|\n"
WIDE += ("| " + " | ".join(f"some words in cell {n}" for n in range(12)) + " |\n") * 3


@virtually
async def test_a_table_that_becomes_a_picture_does_not_end_a_page_that_takes_no_files() -> None:
    channel, store = Fileless(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view(WIDE, done=False))
        await until(lambda: bool(channel.texts))
        box.show(SESSION, view(WIDE, "and more"))
        await store.complete()
    assert channel.texts[-1] == "and more"
    assert "some words in cell 3" in channel.texts[0]
    assert "Done" in channel.status


@virtually
async def test_words_that_discord_refuses_as_an_edit_come_as_a_file() -> None:
    class Picky(Channel):
        async def edit(self, place: PlaceId, message: MessageId, spec: MessageSpec, session: SessionId) -> None:
            if "odd" in spec.content:
                raise ContentRefused("50035")
            await super().edit(place, message, spec, session)

    channel, store = Picky(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("some", done=False))
        await until(lambda: bool(channel.texts))
        box.show(SESSION, view("some odd words"))
        await store.complete()
    (message,) = [one for one in channel.messages.values() if one.card is None]
    assert "some odd words" in str(message.uploads)


@virtually
async def test_a_view_that_comes_while_the_writer_puts_its_things_away_is_shown() -> None:
    class Slow(Channel):
        async def typing(self, place: PlaceId) -> None:
            self.sent.append("typing")
            try:
                await asyncio.sleep(1000)
            finally:
                box.show(SESSION, view("two", turn=TurnId("b")))
                await asyncio.sleep(0)

    channel, store = Slow(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("one", turn=TurnId("a"), done=False))
        await until(lambda: "typing" in channel.sent)
        box.show(SESSION, view("one", turn=TurnId("a")))
        await store.complete(2)
    assert channel.texts == ["one", "two"]


@virtually
async def test_an_end_that_comes_while_a_place_is_given_up_ends_the_turn() -> None:
    class Busy(MemoryStore):
        async def posted(self, hub: Lease, session: SessionId, turn: TurnId) -> None:
            await asyncio.sleep(1)
            await super().posted(hub, session, turn)

    channel, store = Channel(), Busy()
    channel.closed = PlaceGone("10003")
    async with outbox(channel, store) as box:
        box.show(SESSION, view("words", done=False))
        await until(lambda: channel.opened == 1)
        channel.closed = None
        box.show(SESSION, view("words"))
        await store.complete(2)
    assert channel.texts == ["words"]


@virtually
async def test_a_mark_that_never_comes_does_not_keep_the_next_turn() -> None:
    class Markless(Channel):
        async def react(self, place: PlaceId, message: MessageId, emoji: str) -> None:
            self.sent.append("react")
            raise DiscordUnavailable("500")

    channel, store = Markless(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("one", turn=TurnId("a")))
        box.show(SESSION, view("two", turn=TurnId("b")))
        await until(lambda: channel.texts == ["one", "two"])
        await store.complete(2)
        await asyncio.sleep(24 * 3600)
        assert channel.sent.count("react") <= 2 * (MOST_TRIES + MOST)


@virtually
async def test_a_page_that_cannot_be_made_does_not_take_the_others_with_it() -> None:
    broken = replace(view(turn=TurnId("a"), done=False), blocks=(TextBlock(cast(str, None)),))
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, broken)
        box.show(SESSION, view("two", turn=TurnId("b")))
        await store.complete()
        assert channel.texts == ["two"]
        for _ in range(5):
            box.show(SESSION, replace(broken, heard=now()))
            assert len(asyncio.all_tasks()) == 1  # tried again at its end, not at each event
        box.show(SESSION, view("one", turn=TurnId("a")))
        await store.complete(2)
    assert channel.texts == ["two", "one"]


@virtually
async def test_a_thread_that_exists_is_not_asked_for() -> None:
    class Open(Channel):
        def is_open(self, session: Session) -> bool:
            return True

    channel, store = Open(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("words"))
        await store.complete()
    assert channel.opened == 0
    assert channel.texts == ["words"]
