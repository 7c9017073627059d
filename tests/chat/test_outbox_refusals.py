"""What Discord does not take, or fails at again and again, moves aside: it is said, kept and tried again slowly; what
follows goes on, and nothing is marked as done before it is there."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from antiphon.chat.delivery.context import MOST_TRIES
from antiphon.chat.delivery.failures import (
    ContentRefused,
    DiscordUnavailable,
    MessageGone,
    PlaceClosed,
    PlaceGone,
)
from antiphon.chat.delivery.poster import OwnMessage
from antiphon.chat.delivery.retries import MOST
from antiphon.chat.render.message import MessageSpec, text_of
from antiphon.chat.render.phase import UNDELIVERED_MARK
from antiphon.chat.render.wording import NOT_TAKEN
from antiphon.core.blocks import End, FileBlock, TextBlock
from antiphon.core.values import File, MessageId, PersonId, PlaceId, SessionId, TurnId
from antiphon.core.view import TurnView, ended
from antiphon.errors import ChatError
from chat.test_outbox import TURN, Channel, now, outbox, until, view
from chat.test_outbox_places import HOUR, by_ada, left

from fakes import SESSION
from memory_store import MemoryStore
from virtual_time import run_virtually, virtually

WORD = "odd"


class Strict(Channel):
    """Fails at each message that says "odd", in its text or in its files, as long as there is a `refusal`."""

    def __init__(self, refusal: ChatError | None = None) -> None:
        super().__init__()
        self.refusal: ChatError | None = refusal or ContentRefused("200000: blocked by automatic moderation")
        self.refused = 0
        self.only_files = False

    def _look_at(self, spec: MessageSpec) -> None:
        if self.refusal is not None and WORD in text_of(spec) and (spec.uploads or not self.only_files):
            self.refused += 1
            raise self.refusal

    async def send(self, place: PlaceId, spec: MessageSpec, nonce: str, session: SessionId) -> MessageId:
        if spec.direct is None and place == SESSION.place:
            self._look_at(spec)
        return await super().send(place, spec, nonce, session)

    async def edit(self, place: PlaceId, message: MessageId, spec: MessageSpec, session: SessionId) -> None:
        self._look_at(spec)
        await super().edit(place, message, spec, session)


@virtually
async def test_what_is_taken_in_no_form_is_said_told_kept_and_heals_in_its_place() -> None:
    channel, store = Strict(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, by_ada(view("first", "an odd one", "last")))
        await store.complete()
        assert channel.texts == ["first", NOT_TAKEN, "last"]
        assert channel.marks == [UNDELIVERED_MARK]
        ((person, told),) = channel.directs
        assert person == 7
        assert "Discord rejected a message of **A session** (<#1001>)" in told
        assert channel.direct_files == ["an odd one\n"]
        assert await store.undelivered() == [(SESSION, TURN)]
        await asyncio.sleep(24 * HOUR)
        assert channel.refused <= 3 * (1 + MOST)
        assert len(channel.directs) == 1
        channel.refusal = None
        box.retry_refused()
        await until(lambda: channel.marks == ["✅"])
    assert channel.texts == ["first", "an odd one", "last"]
    assert await store.undelivered() == []


@virtually
async def test_a_killed_bridge_leaves_what_was_not_taken_to_the_next_one() -> None:
    channel, store = Strict(), MemoryStore()
    over = by_ada(view("an odd one", "last"))
    async with outbox(channel, store) as box:
        box.show(SESSION, over)
        await store.complete()
    channel.refusal = None
    async with outbox(channel, store) as box:
        assert await box.recover() == 0
        await asyncio.sleep(61)
        assert channel.texts == ["an odd one", "last"]
        assert channel.marks == ["✅"]
    assert len(channel.directs) == 1


@virtually
async def test_a_turn_that_goes_on_after_a_restart_is_shown_whole_beside_what_was_not_taken() -> None:
    channel, store = Strict(), MemoryStore()
    half = by_ada(view("an odd one", done=False))
    half = replace(half, blocks=(TextBlock("an odd one", settled=True),))
    async with outbox(channel, store) as box:
        box.show(SESSION, half)
        await until(lambda: channel.texts == [NOT_TAKEN])
    store.left(left(half))
    async with outbox(channel, store) as box:
        await box.recover()
        await asyncio.sleep(30)
        box.show(SESSION, by_ada(view("an odd one", "and the end")))
        await store.complete()
    assert channel.texts == [NOT_TAKEN, "and the end"]


@virtually
async def test_a_message_that_fails_for_ever_while_discord_answers_moves_aside_and_lets_the_next_go() -> None:
    channel, store = Strict(DiscordUnavailable("500 for this one content")), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, by_ada(view("an odd one", "last")))
        box.show(SESSION, by_ada(view("the next turn", turn=TurnId("next"))))
        await store.complete(2)
        assert channel.texts == [NOT_TAKEN, "last", "the next turn"]
        assert channel.direct_files == ["an odd one\n"]
        await asyncio.sleep(48 * HOUR)
        assert channel.refused <= (MOST_TRIES + 2) * (1 + MOST)
        channel.refusal = None
        box.retry_refused()
        await until(lambda: channel.texts[0] == "an odd one")


@virtually
async def test_a_row_of_an_earlier_version_that_held_its_thread_up_lets_it_go() -> None:
    channel, store = Strict(DiscordUnavailable("always was an outage")), MemoryStore()
    sent = FileBlock((File("a\nb.txt", "/tmp/odd", 12),), "an odd file")
    poisoned = ended(
        replace(by_ada(view(done=False)), blocks=(sent, TextBlock("last", settled=True))), End("done", now())
    )
    store.left(left(poisoned), left(by_ada(view("after it", turn=TurnId("next")))))
    async with outbox(channel, store) as box:
        await box.recover()
        await store.complete(2)
    assert channel.texts == [NOT_TAKEN, "last", "after it"]


@virtually
async def test_a_thread_that_takes_no_files_gets_the_text() -> None:
    channel, store = Strict(DiscordUnavailable("500 with files")), MemoryStore()
    channel.only_files = True
    sent = FileBlock((File("odd.png", "/tmp/odd.png", 12),), "a picture")
    async with outbox(channel, store) as box:
        box.show(SESSION, ended(replace(view(done=False), blocks=(sent,)), End("done", now())))
        await store.complete()
    assert "a picture" in channel.texts[0]
    assert channel.marks == ["✅"]


@virtually
async def test_an_edit_that_is_refused_for_good_becomes_a_new_message() -> None:
    class Old(Channel):
        tried = 0

        async def edit(self, place: PlaceId, message: MessageId, spec: MessageSpec, session: SessionId) -> None:
            self._request("edit")
            if spec.slot == "0.0.0":
                self.tried += 1
                raise ContentRefused("30046: no more edits of messages older than an hour")
            await super().edit(place, message, spec, session)

    channel, store = Old(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("half", done=False))
        await until(lambda: channel.texts == ["half"])
        for n in range(20):
            box.show(SESSION, view(f"half and {n}", done=False))
            await asyncio.sleep(2)
        assert channel.tried <= 2  # what is still being written is not tried again and again
        box.show(SESSION, view("all of it"))
        await store.complete()
    assert channel.texts == ["all of it"]
    assert channel.marks == ["✅"]


@virtually
async def test_half_an_answer_stays_where_the_whole_of_it_is_taken_in_no_form() -> None:
    channel, store = Strict(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, by_ada(view("half", done=False)))
        await until(lambda: channel.texts == ["half"])
        box.show(SESSION, by_ada(view("half and an odd end")))
        await store.complete()
        assert channel.texts == ["half", NOT_TAKEN]
        assert channel.direct_files == ["half and an odd end\n"]
        await asyncio.sleep(1)
        channel.refusal = None
        box.retry_refused()
        await until(lambda: channel.texts == ["half and an odd end"])


@virtually
async def test_a_notice_that_somebody_deleted_does_not_lose_what_it_stood_for() -> None:
    channel, store = Strict(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, by_ada(view("an odd one")))
        await store.complete()
        channel.messages = {id_: one for id_, one in channel.messages.items() if one.content != NOT_TAKEN}
        channel.refusal = None
        await asyncio.sleep(24 * HOUR)
    assert channel.texts == ["an odd one"]
    assert channel.marks == ["✅"]


@virtually
async def test_a_person_to_whom_nothing_can_be_sent_holds_nothing_up() -> None:
    class Mute(Strict):
        def _direct(self, person: PersonId, spec: MessageSpec) -> MessageId:
            self._request("direct")
            raise DiscordUnavailable("500")

    channel, store = Mute(), MemoryStore()
    channel.parent = PlaceId(1)
    async with outbox(channel, store) as box:
        box.show(SESSION, by_ada(view("an odd one")))
        await store.complete()
    (told,) = channel.below
    assert told.ping == 7
    assert channel.sent.count("direct") <= MOST_TRIES + 1


@virtually
async def test_a_message_that_cannot_be_deleted_holds_nothing_up() -> None:
    class Sticky(Channel):
        async def delete(self, place: PlaceId, message: MessageId, person: PersonId | None) -> None:
            self._request("delete")
            raise DiscordUnavailable("500")

    channel, store = Sticky(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("kept", "broke off", done=False))
        await until(lambda: len(channel.texts) == 2)
        box.show(SESSION, view("kept"))
        await store.complete()
    assert channel.sent.count("delete") <= MOST_TRIES + 1


@virtually
async def test_a_place_that_cannot_be_read_is_written_in() -> None:
    class Unreadable(Channel):
        async def find_posts(self, place: PlaceId, after: MessageId) -> tuple[list[OwnMessage], MessageId | None]:
            self._request("look")
            raise DiscordUnavailable("a message that cannot be parsed")

    channel, store = Unreadable(), MemoryStore()
    store.left(left(view("some words")))
    async with outbox(channel, store) as box:
        await box.recover()
        await store.complete()
    assert channel.texts == ["some words"]


# Reactions


class Shy(Channel):
    """Takes no reactions, as long as there is a `refusal`."""

    refusal: ChatError | None = ContentRefused("50013")

    async def react(self, place: PlaceId, message: MessageId, emoji: str) -> None:
        if self.refusal is not None:
            self.sent.append("refused")
            raise self.refusal
        await super().react(place, message, emoji)


@virtually
async def test_a_mark_that_was_refused_comes_when_rights_change_and_holds_nobody_up() -> None:
    channel, store = Shy(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("one", turn=TurnId("a")))
        box.show(SESSION, view("two", turn=TurnId("b")))
        await store.complete(2)
        assert channel.marks == ["👀"]
        await asyncio.sleep(1)
        channel.refusal = None
        box.retry_refused()
        await until(lambda: channel.marks == ["✅"])
    assert await store.undelivered() == []


@virtually
async def test_a_mark_that_was_refused_is_tried_again_slowly_also_by_the_next_bridge() -> None:
    channel, store = Shy(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("one"))
        await store.complete()
        await asyncio.sleep(48 * HOUR)
        assert MOST / 2 <= channel.sent.count("refused") <= MOST + 1
    channel.refusal = None
    async with outbox(channel, store) as box:
        await box.recover()
        await asyncio.sleep(61)
    assert channel.marks == ["✅"]
    assert channel.texts == ["one"]


@virtually
async def test_a_turn_at_work_gets_its_mark_soon_after_it_is_allowed() -> None:
    channel, store = Shy(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("half", done=False))
        await asyncio.sleep(10 * 60)
        assert channel.sent.count("refused") <= 11
        channel.refusal = None
        await asyncio.sleep(61)
        assert channel.marks != ["👀"]


@virtually
async def test_a_mark_that_is_known_to_be_forbidden_is_not_asked_for() -> None:
    channel, store = Shy(), MemoryStore()
    channel.reactions = False
    async with outbox(channel, store) as box:
        box.show(SESSION, view("one"))
        await store.complete()
        assert "refused" not in channel.sent
        await asyncio.sleep(1)
        channel.reactions, channel.refusal = True, None
        box.retry_refused()
        await until(lambda: channel.marks == ["✅"])


@virtually
async def test_a_message_that_is_gone_is_not_marked_again() -> None:
    channel, store = Shy(), MemoryStore()
    channel.refusal = MessageGone("10008")
    async with outbox(channel, store) as box:
        box.show(SESSION, view("one"))
        await store.complete()
        await asyncio.sleep(24 * HOUR)
    assert channel.sent.count("refused") == 1
    assert await store.undelivered() == []


# Whatever fails, for ever

FORMS, SLOTS = 6, 6  # of a message, with the notice; of the turns here

ERRORS: list[Callable[[], ChatError]] = [
    lambda: ContentRefused("for ever"),
    lambda: DiscordUnavailable("for ever"),
    lambda: PlaceClosed("for ever"),
    lambda: PlaceGone("for ever"),
]


@pytest.mark.parametrize("error", ERRORS, ids=[type(error()).__name__ for error in ERRORS])
@pytest.mark.parametrize("files", [False, True], ids=["without files", "with files"])
@pytest.mark.parametrize("where", ["send", "edit", "delete", "react", "look", "direct"])
def test_nothing_is_retried_without_end(error: Callable[[], ChatError], files: bool, where: str) -> None:
    run_virtually(_fail_for_a_day(error, files, where))


async def _fail_for_a_day(error: Callable[[], ChatError], files: bool, where: str) -> None:
    class Failing(Strict):
        def _request(self, kind: str) -> None:
            super()._request(kind)
            if kind == where:
                raise error()

        async def react(self, place: PlaceId, message: MessageId, emoji: str) -> None:
            self._request("react")
            await super().react(place, message, emoji)

    channel, store = Failing(), MemoryStore()
    channel.refusal = channel.refusal if where == "direct" else None  # so that something is to be told
    channel.parent = PlaceId(1)
    file = FileBlock((File("a.png", "/tmp/a.png", 12),), "an odd picture")

    def turn(*texts: str, done: bool) -> TurnView:
        shown = by_ada(view(*texts, done=False))
        blocks = tuple(TextBlock(text, settled=done) for text in texts)
        shown = replace(shown, blocks=(*blocks, *((file,) if files else ())))
        return ended(shown, End("done", now())) if done else shown

    async with outbox(channel, store) as box:
        store.left(left(view("from before", turn=TurnId("before"))))
        await box.recover()
        box.show(SESSION, turn("half", "and odd", done=False))
        await asyncio.sleep(30)
        box.show(SESSION, turn("half and whole", done=True))
        await asyncio.sleep(12 * HOUR)
        assert channel.sent.count(where) <= SLOTS * FORMS * (MOST_TRIES + MOST)
        before = channel.sent.count(where)
        await asyncio.sleep(6 * HOUR)
        assert channel.sent.count(where) - before <= FORMS * 6 * HOUR / 900  # a place is tried each 15 minutes
