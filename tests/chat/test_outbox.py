"""The outbox repairs towards the newest view, whatever fails on the way."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import cast

from antiphon.chat.outbox import Outbox
from antiphon.chat.poster import Away, MessageGone, PlaceGone, Unpostable
from antiphon.core.codec import begin_body, block_body, tail_body
from antiphon.core.ports import Body, Bus, Lease, Outgoing, Post, Story
from antiphon.core.values import MessageId, PlaceId, Session, SessionId, TurnId
from antiphon.core.view import End, TextBlock, TurnView, ended
from antiphon.errors import StoreError

from fakes import SESSION, Clock

HUB = Lease("hub", "test", 1)
TURN = TurnId("turn-1")


class Channel:
    """A channel that takes messages, and fails when told to. `sent` counts the requests."""

    def __init__(self) -> None:
        self.messages: dict[MessageId, str] = {}
        self.nonces: dict[str, MessageId] = {}
        self.failures: list[Exception] = []  # the next requests fail like this, one each
        self.sent: list[str] = []
        self.opened = 0
        self.closed: Exception | None = None  # why the place cannot be opened
        self.files: list[str] = []

    def _request(self, kind: str) -> None:
        self.sent.append(kind)
        if self.failures:
            raise self.failures.pop(0)

    async def open(self, session: Session) -> None:
        self.opened += 1
        if self.closed is not None:
            raise self.closed

    async def send(self, place: PlaceId, content: str, nonce: str) -> MessageId:
        self._request("send")
        return self._put(content, nonce)

    def _put(self, content: str, nonce: str) -> MessageId:
        if nonce not in self.nonces:
            self.nonces[nonce] = MessageId(len(self.nonces) + 1)
            self.messages[self.nonces[nonce]] = content
        return self.nonces[nonce]

    async def attach(self, place: PlaceId, content: str, nonce: str) -> MessageId:
        self._request("attach")
        self.files.append(content)
        return self._put("a file", nonce)

    async def edit(self, place: PlaceId, message: MessageId, content: str) -> None:
        self._request("edit")
        if message not in self.messages:
            raise MessageGone
        self.messages[message] = content

    async def delete(self, place: PlaceId, message: MessageId) -> None:
        self._request("delete")
        if self.messages.pop(message, None) is None:
            raise MessageGone

    async def typing(self, place: PlaceId) -> None:
        self.sent.append("typing")

    @property
    def texts(self) -> list[str]:
        """What the channel shows below the status line."""
        return [text for text in self.messages.values() if not text.startswith("-# ")]

    @property
    def status(self) -> str:
        return next((text for text in self.messages.values() if text.startswith("-# ")), "")


@dataclass
class Ledger:
    """The hub's half of a bus, in memory."""

    entries: dict[tuple[TurnId, str], Post] = field(default_factory=dict)
    finished: list[TurnId] = field(default_factory=list)
    previews: list[Body] = field(default_factory=list)
    stories: Sequence[Story] = ()
    news: asyncio.Event = field(default_factory=asyncio.Event)
    failures: list[Exception] = field(default_factory=list)  # the next writes fail like this, one each

    async def posts(self, session: SessionId, turn: TurnId) -> Sequence[Post]:
        return [post for (of, _), post in self.entries.items() if of == turn]

    async def record(self, hub: Lease, session: SessionId, post: Post) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.entries[post.turn, post.slot] = post

    async def forget(self, hub: Lease, session: SessionId, post: Post) -> None:
        del self.entries[post.turn, post.slot]

    async def preview(self, me: Lease, session: SessionId, turn: TurnId, tail: Body) -> None:
        self.previews.append(tail)

    async def posted(self, hub: Lease, session: SessionId, turn: TurnId) -> None:
        self.finished.append(turn)
        self.news.set()

    async def pending(self, hub: Lease) -> Sequence[Story]:
        return self.stories

    async def complete(self, turns: int = 1) -> None:
        """Wait until so many turns are completely posted."""
        async with asyncio.timeout(5):
            while len(self.finished) < turns:
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def outbox(channel: Channel, ledger: Ledger) -> AsyncGenerator[Outbox]:
    box = Outbox(cast(Bus, ledger), HUB, channel, Clock())
    try:
        yield box
    finally:
        await box.settle(1)


def view(*texts: str, turn: TurnId = TURN, done: bool = True) -> TurnView:
    blocks = tuple(TextBlock(text, settled=done) for text in texts)
    shown = TurnView(turn, MessageId(5), 999_990.0, blocks)
    return ended(shown, End("done", 1_000_000.0)) if done else shown


async def until(wanted: Callable[[], bool]) -> None:
    """Give the writer its turns until something holds; at most 5 s."""
    async with asyncio.timeout(5):
        while not wanted():  # noqa: ASYNC110 - lets the writer run; no time passes
            await asyncio.sleep(0)


async def test_a_finished_turn_is_a_status_line_and_its_text() -> None:
    channel, ledger = Channel(), Ledger()
    async with outbox(channel, ledger) as box:
        box.show(SESSION, view("first", "second"))
        await ledger.complete()
    assert channel.texts == ["first", "second"]
    assert "done" in channel.status
    assert channel.sent == ["send", "send", "send"]


async def test_three_failures_in_the_middle_lose_nothing_and_double_nothing() -> None:
    channel, ledger = Channel(), Ledger()
    async with outbox(channel, ledger) as box:
        channel.failures = [Away("503")]
        box.show(SESSION, view("first", "second", "third"))
        await until(lambda: not channel.failures)
        channel.failures = [Away("503"), Away("503")]
        await ledger.complete()
    assert channel.texts == ["first", "second", "third"]


async def test_a_message_that_was_posted_but_not_written_down_is_not_posted_again() -> None:
    channel, ledger = Channel(), Ledger()
    async with outbox(channel, ledger) as box:
        box.show(SESSION, view("only once"))
        await ledger.complete()
    ledger.entries.clear()  # as if the bridge had been killed before it could write
    async with outbox(channel, ledger) as box:
        box.show(SESSION, view("only once"))
        await ledger.complete(2)
    assert channel.texts == ["only once"]


async def test_growing_text_is_edited_in_place() -> None:
    channel, ledger = Channel(), Ledger()
    async with outbox(channel, ledger) as box:
        box.show(SESSION, view("half", done=False))
        await until(lambda: channel.texts == ["half"])
        box.show(SESSION, view("half and whole"))
        await ledger.complete()
    assert channel.texts == ["half and whole"]
    assert channel.sent.count("send") == 2


async def test_text_that_no_longer_exists_is_taken_away() -> None:
    channel, ledger = Channel(), Ledger()
    async with outbox(channel, ledger) as box:
        box.show(SESSION, view("kept", "broke off", done=False))
        await until(lambda: len(channel.texts) == 2)
        box.show(SESSION, view("kept"))
        await ledger.complete()
    assert channel.texts == ["kept"]


async def test_a_message_that_somebody_deleted_stays_deleted_and_holds_nothing_up() -> None:
    channel, ledger = Channel(), Ledger()
    async with outbox(channel, ledger) as box:
        box.show(SESSION, view("here", "there", done=False))
        await until(lambda: len(channel.texts) == 2)
        gone = next(id_ for id_, text in channel.messages.items() if text == "here")
        del channel.messages[gone]
        box.show(SESSION, view("here, longer", "there, longer"))
        await ledger.complete()
    assert channel.texts == ["there, longer"]


async def test_content_that_discord_refuses_goes_as_a_file() -> None:
    channel, ledger = Channel(), Ledger()
    async with outbox(channel, ledger) as box:
        box.show(SESSION, view(done=False))
        await until(lambda: bool(channel.status))
        channel.failures = [Unpostable("50035")]
        box.show(SESSION, view("odd"))
        await ledger.complete()
    assert channel.files == ["odd"]


async def test_a_place_that_is_gone_is_given_up_and_the_next_place_is_served() -> None:
    gone, other, ledger = Channel(), Channel(), Ledger()
    gone.failures = [PlaceGone("10003")]
    async with outbox(gone, ledger) as box:
        box.show(SESSION, view("nobody reads this"))
        await ledger.complete()
    assert gone.texts == []
    async with outbox(other, ledger) as box:
        box.show(replace(SESSION, place=PlaceId(2)), view("still served"))
        await ledger.complete(2)
    assert other.texts == ["still served"]


async def test_a_place_that_is_gone_is_asked_once_a_turn_and_not_at_each_event() -> None:
    channel, ledger = Channel(), Ledger()
    channel.closed = PlaceGone("50013")
    async with outbox(channel, ledger) as box:
        for n in range(5):
            box.show(SESSION, view(f"word {n}", done=False))
            await until(lambda: channel.opened == 1)
            await until(lambda: len(asyncio.all_tasks()) == 1)  # the writer has left
        assert channel.opened == 1
        box.show(SESSION, view("the end"))
        await ledger.complete(2)
    assert channel.opened == 2


async def test_a_thread_that_cannot_be_made_yet_is_tried_again() -> None:
    channel, ledger = Channel(), Ledger()
    channel.closed = Unpostable("160006")
    async with outbox(channel, ledger) as box:
        box.show(SESSION, view("later"))
        await until(lambda: channel.opened == 1)
        channel.closed = None
        await ledger.complete()
    assert channel.texts == ["later"]


async def test_what_discord_takes_in_no_form_is_left_out_and_holds_nothing_up() -> None:
    channel, ledger = Channel(), Ledger()
    async with outbox(channel, ledger) as box:
        box.show(SESSION, view(done=False))
        await until(lambda: bool(channel.status))
        channel.failures = [Unpostable("as a message"), Unpostable("as a file")]
        box.show(SESSION, view("odd", "even"))
        await ledger.complete()
    assert channel.texts == ["even"]
    assert "done" in channel.status


async def test_a_database_that_is_busy_for_long_holds_a_page_up_and_loses_nothing_of_it() -> None:
    channel, ledger = Channel(), Ledger()
    async with outbox(channel, ledger) as box:
        ledger.failures = [StoreError("busy")]
        box.show(SESSION, view("posted once, written down later"))
        await ledger.complete()
    assert channel.texts == ["posted once, written down later"]
    assert channel.sent == ["send", "send"]
    assert set(ledger.entries) == {(TURN, "status"), (TURN, "0.0")}


async def test_turns_of_a_place_come_one_after_the_other() -> None:
    channel, ledger = Channel(), Ledger()
    async with outbox(channel, ledger) as box:
        box.show(SESSION, view("one", turn=TurnId("a"), done=False))
        box.show(SESSION, view("two", turn=TurnId("b")))
        await until(lambda: channel.texts == ["one"])
        box.show(SESSION, view("one", turn=TurnId("a")))
        await ledger.complete(2)
    assert channel.texts == ["one", "two"]
    assert ledger.finished == ["a", "b"]


async def test_what_becomes_visible_was_saved_before() -> None:
    channel, ledger = Channel(), Ledger()
    saved_first: list[bool] = []

    class Watching(Channel):
        def _request(self, kind: str) -> None:
            saved_first.append(bool(ledger.previews))

    channel = Watching()
    async with outbox(channel, ledger) as box:
        box.show(SESSION, view("live", done=False))
        await until(lambda: channel.texts == ["live"])
    assert saved_first
    assert all(saved_first)


async def test_a_turn_that_an_earlier_bridge_left_half_posted_is_finished() -> None:
    channel, ledger = Channel(), Ledger()
    half = view("settled", "live", done=False)
    half = replace(half, blocks=(TextBlock("settled", settled=True), TextBlock("live")))
    rows = (
        Outgoing(SESSION.id, 0, TURN, "begin", begin_body(half)),
        Outgoing(SESSION.id, 1, TURN, "block", block_body(half.blocks[0])),
        Outgoing(SESSION.id, 2, TURN, "end", {"reason": "interrupted", "at": 1.0, "error": None, "usage": {}}),
    )
    ledger.stories = [Story(SESSION, TURN, rows, tail_body(half, 1))]
    async with outbox(channel, ledger) as box:
        assert await box.recover() == 1
        await ledger.complete()
    assert channel.texts == ["settled", "live"]
    assert "interrupted" in channel.status


async def test_a_view_that_comes_just_as_its_writer_leaves_is_shown() -> None:
    channel, ledger = Channel(), Ledger()
    async with outbox(channel, ledger) as box:
        for n in range(1, 4):
            box.show(SESSION, view(f"turn {n}", turn=TurnId(f"turn-{n}")))
            (writer,) = (task for task in asyncio.all_tasks() if task is not asyncio.current_task())
            await until(writer.done)  # its callbacks may still be to come
            box.show(SESSION, view(f"turn {n}, again", turn=TurnId(f"again-{n}")))
            await ledger.complete(2 * n)
            await until(lambda: len(asyncio.all_tasks()) == 1)
    assert len(channel.texts) == 6
