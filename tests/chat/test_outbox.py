"""The outbox repairs towards the newest view, whatever fails on the way."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from antiphon.actions.places import NoPlaces
from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.chat.delivery.failures import (
    ContentRefused,
    DiscordUnavailable,
    MessageGone,
    PlaceClosed,
    PlaceGone,
    ThreadRefused,
)
from antiphon.chat.delivery.outbox import DeliveryContext, Outbox
from antiphon.chat.delivery.poster import OwnMessage, Poster
from antiphon.chat.delivery.reactions import ACCEPTED
from antiphon.chat.permissions import NoThread
from antiphon.chat.render.format import snowflake_time
from antiphon.chat.render.message import MessageSpec, TextUpload
from antiphon.core.blocks import AskBlock, End, FileBlock, TextBlock, ToolBlock, ToolTraits
from antiphon.core.projects import Projects
from antiphon.core.records import Lease, OutboxRow, StoredTurn
from antiphon.core.stored_turn import rows_of, tail_of
from antiphon.core.values import Display, File, MessageId, PersonId, PlaceId, Session, SessionId, ToolUseId, TurnId
from antiphon.core.view import TurnView, ended
from antiphon.errors import StoreError

from fakes import PROJECT, SESSION
from memory_store import MemoryStore
from virtual_time import virtually

CALM = Display(short_turn=3600)
HUB = Lease("hub", "test", 1)
TURN = TurnId("turn-1")
PROMPT = MessageId(((1_700_000_000 - 1_420_070_400) * 1000) << 22)  # posted as the tests begin


def now() -> float:
    """Epoch seconds of the virtual time."""
    return 1_700_000_000.0 + asyncio.get_running_loop().time()


class Channel(Poster):
    """A channel that takes messages, and fails when told to. `sent` lists the requests."""

    def __init__(self) -> None:
        self.messages: dict[MessageId, MessageSpec] = {}
        self.nonces: dict[str, MessageId] = {}
        self.failures: list[Exception] = []  # the next requests fail like this, one each
        self.sent: list[str] = []
        self.times: list[tuple[float, str]] = []  # of edits: when, and of which slot
        self.opened = 0
        self.closed: Exception | None = None  # why the place cannot be opened
        self.files: list[str] = []
        self.directs: list[tuple[PersonId, str]] = []
        self.marks: list[str] = [ACCEPTED]
        self.most_marks = 1
        self.rights = 0  # what is known of ours in the place
        self.parent: PlaceId | None = None  # the channel above
        self.below: list[MessageSpec] = []  # what was posted in that one
        self.nonce_holds = 300.0  # seconds
        self.away_until = 0.0
        self.shut: Exception | None = None  # why nothing can be done in the place
        self.reactions = True  # whether they are known to be allowed
        self.unreachable = False  # nobody takes direct messages
        self.direct_files: list[str] = []

    def _request(self, kind: str) -> None:
        self.sent.append(kind)
        if now() < self.away_until:
            raise DiscordUnavailable("503")
        if self.failures:
            raise self.failures.pop(0)
        if self.shut is not None and kind not in ("direct", "retract"):
            raise self.shut

    def is_open(self, session: Session) -> bool:
        return False

    async def open(self, session: Session) -> None:
        self.opened += 1
        if self.closed is not None:
            raise self.closed

    def above(self, session: Session) -> PlaceId | None:
        return self.parent

    def standing(self, session: Session) -> object:
        return self.rights

    def may_react(self, place: PlaceId) -> bool:
        return self.reactions

    async def visit(self, place: PlaceId) -> None:
        self._request("visit")

    async def find_posts(self, place: PlaceId, after: MessageId) -> tuple[Sequence[OwnMessage], MessageId | None]:
        self._request("look")
        ours = sorted((message, spec) for message, spec in self.messages.items() if message > after)
        return [seen(message, spec) for message, spec in ours], None

    async def send(self, place: PlaceId, spec: MessageSpec, nonce: str, session: SessionId) -> MessageId:
        if spec.direct is not None:
            return self._direct(spec.direct, spec)
        if place == self.parent:
            self.below.append(spec)
            return MessageId(2)
        self._request("send")
        self.files += [upload.text for upload in spec.uploads if isinstance(upload, TextUpload)]
        return self._put(spec, nonce)

    def _put(self, spec: MessageSpec, nonce: str) -> MessageId:
        earlier = self.nonces.get(nonce)
        if earlier is None or snowflake_time(earlier) < now() - self.nonce_holds:
            made = int((now() - 1_420_070_400) * 1000) << 22  # as Discord makes its ids
            self.nonces[nonce] = MessageId(max([made - 1, *self.messages]) + 1)
            self.messages[self.nonces[nonce]] = spec
        return self.nonces[nonce]

    def _direct(self, person: PersonId, spec: MessageSpec) -> MessageId:
        self._request("direct")
        if self.unreachable:
            raise ContentRefused("50007")
        self.direct_files += [upload.text for upload in spec.uploads if isinstance(upload, TextUpload)]
        self.directs.append((person, spec.content))
        return MessageId(1)

    async def edit(self, place: PlaceId, message: MessageId, spec: MessageSpec, session: SessionId) -> None:
        self._request("edit")
        if message not in self.messages:
            raise MessageGone
        self.times.append((now(), spec.slot))
        self.messages[message] = spec

    async def delete(self, place: PlaceId, message: MessageId, person: PersonId | None) -> None:
        if person is not None:
            self._request("retract")
            self.directs = [one for one in self.directs if one[0] != person]
            return
        self._request("delete")
        if self.messages.pop(message, None) is None:
            raise MessageGone

    async def react(self, place: PlaceId, message: MessageId, emoji: str) -> None:
        self.sent.append("react")
        self.marks = [*(one for one in self.marks if one != emoji), emoji]
        self.most_marks = max(self.most_marks, len(self.marks))

    async def unreact(self, place: PlaceId, message: MessageId, emoji: str) -> None:
        self.sent.append("unreact")
        self.marks = [one for one in self.marks if one != emoji]

    async def typing(self, place: PlaceId) -> None:
        self.sent.append("typing")

    @property
    def texts(self) -> list[str]:
        """What the channel shows beside the card."""
        return [spec.content for _, spec in sorted(self.messages.items()) if spec.card is None]

    @property
    def status(self) -> str:
        cards = [spec.card for _, spec in sorted(self.messages.items()) if spec.card is not None]
        return cards[-1].texts[0] if cards else ""

    @property
    def words(self) -> list[str]:
        """The requests that carry words."""
        return [one for one in self.sent if one in ("send", "edit", "delete")]


def seen(message: MessageId, spec: MessageSpec) -> OwnMessage:
    """A message as Discord tells it."""
    buttons = spec.buttons if spec.card is None else spec.card.controls
    texts = () if spec.card is None else spec.card.texts
    controls = frozenset(button.custom_id for button in buttons)
    return OwnMessage(message, spec.card is not None, spec.content, texts, (), controls)


@asynccontextmanager
async def outbox(channel: Channel, store: MemoryStore, display: Display = CALM) -> AsyncGenerator[Outbox]:
    context = DeliveryContext(store, HUB, channel, RateLimiter(), now, frozenset)

    class Shown(Outbox):
        """Whatever is shown is in rows before, as far as it is settled."""

        def show(self, session: Session, view: TurnView) -> None:
            store.left(StoredTurn(session, view.turn, tuple(rows_of(session.id, view, 0, None)), None))
            super().show(session, view)

    box = Shown(context, Projects([replace(PROJECT, display=display)]), NoPlaces())
    try:
        yield box
    finally:
        await box.settle(1)


def view(*texts: str, turn: TurnId = TURN, done: bool = True) -> TurnView:
    blocks = tuple(TextBlock(text, settled=done) for text in texts)
    shown = TurnView(turn, PROMPT, now(), blocks, heard=now())
    return ended(shown, End("done", now())) if done else shown


async def until(wanted: Callable[[], bool]) -> None:
    """Let time pass until something holds; at most 60 s of it."""
    async with asyncio.timeout(60):
        while not wanted():  # noqa: ASYNC110 - time is virtual
            await asyncio.sleep(0.01)


@virtually
async def test_a_finished_turn_is_a_status_line_and_its_text() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("first", "second"))
        await store.complete()
    assert channel.texts == ["first", "second"]
    assert "Done" in channel.status
    assert channel.words == ["send", "send", "send"]


@virtually
async def test_three_failures_in_the_middle_lose_nothing_and_double_nothing() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        channel.failures = [DiscordUnavailable("503")]
        box.show(SESSION, view("first", "second", "third"))
        await until(lambda: not channel.failures)
        channel.failures = [DiscordUnavailable("503"), DiscordUnavailable("503")]
        await store.complete()
    assert channel.texts == ["first", "second", "third"]


@virtually
async def test_a_message_that_was_posted_but_not_written_down_is_not_posted_again() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("only once"))
        await store.complete()
    store.entries.clear()  # as if the bridge had been killed before it could write
    async with outbox(channel, store) as box:
        box.show(SESSION, view("only once"))
        await store.complete(2)
    assert channel.texts == ["only once"]


@virtually
async def test_growing_text_is_edited_in_place() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("half", done=False))
        await until(lambda: channel.texts == ["half"])
        box.show(SESSION, view("half and whole"))
        await store.complete()
    assert channel.texts == ["half and whole"]
    assert channel.sent.count("send") == 2


@virtually
async def test_text_that_no_longer_exists_is_taken_away() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("kept", "broke off", done=False))
        await until(lambda: len(channel.texts) == 2)
        box.show(SESSION, view("kept"))
        await store.complete()
    assert channel.texts == ["kept"]


@virtually
async def test_a_message_that_somebody_deleted_stays_deleted_and_holds_nothing_up() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("here", "there", done=False))
        await until(lambda: len(channel.texts) == 2)
        gone = next(id_ for id_, spec in channel.messages.items() if spec.content == "here")
        del channel.messages[gone]
        box.show(SESSION, view("here, longer", "there, longer"))
        await store.complete()
    assert channel.texts == ["there, longer"]


@virtually
async def test_content_that_discord_refuses_goes_as_a_file() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view(done=False))
        await until(lambda: bool(channel.status))
        channel.failures = [ContentRefused("50035")]
        box.show(SESSION, view("odd"))
        await store.complete()
    assert channel.files == ["odd"]


@virtually
async def test_a_place_that_is_gone_is_given_up_and_the_next_place_is_served() -> None:
    gone, other, store = Channel(), Channel(), MemoryStore()
    gone.failures = [PlaceGone("10003")]
    async with outbox(gone, store) as box:
        box.show(SESSION, view("nobody reads this"))
        await store.complete()
    assert gone.texts == []
    async with outbox(other, store) as box:
        box.show(replace(SESSION, id=SessionId("another"), place=PlaceId(2)), view("still served"))
        await store.complete(2)
    assert other.texts == ["still served"]


@virtually
async def test_a_place_that_is_gone_is_asked_once_a_turn_and_not_at_each_event() -> None:
    channel, store = Channel(), MemoryStore()
    channel.closed = PlaceGone("10003")
    async with outbox(channel, store) as box:
        for n in range(5):
            box.show(SESSION, view(f"word {n}", done=False))
            await until(lambda: channel.opened == 1)
            await until(lambda: len(asyncio.all_tasks()) == 1)  # the writer has left
        assert channel.opened == 1
        box.show(SESSION, view("the end"))
        await store.complete(2)
    assert channel.opened == 2


@virtually
async def test_a_thread_that_cannot_be_made_yet_is_tried_again() -> None:
    channel, store = Channel(), MemoryStore()
    channel.closed = ThreadRefused("160006", NoThread(PlaceId(1), 160006))
    async with outbox(channel, store) as box:
        box.show(SESSION, view("later"))
        await until(lambda: channel.opened == 1)
        channel.closed = None
        await store.complete()
    assert channel.texts == ["later"]


@virtually
async def test_a_database_that_is_busy_for_long_holds_a_page_up_and_loses_nothing_of_it() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        store.failures = [StoreError("busy")]
        box.show(SESSION, view("posted once, written down later"))
        await store.complete()
    assert channel.texts == ["posted once, written down later"]
    assert channel.words == ["send", "send"]
    assert {slot for *_, slot in store.entries} >= {"card", "mark"}


@virtually
async def test_turns_of_a_place_come_one_after_the_other() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("one", turn=TurnId("a"), done=False))
        box.show(SESSION, view("two", turn=TurnId("b")))
        await until(lambda: channel.texts == ["one"])
        box.show(SESSION, view("one", turn=TurnId("a")))
        await store.complete(2)
    assert channel.texts == ["one", "two"]
    assert store.finished == ["a", "b"]


@virtually
async def test_what_becomes_visible_was_saved_before() -> None:
    channel, store = Channel(), MemoryStore()
    saved_first: list[bool] = []

    class Watching(Channel):
        def _request(self, kind: str) -> None:
            saved_first.append(bool(store.tails))

    channel = Watching()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("live", done=False))
        await until(lambda: channel.texts == ["live"])
    assert saved_first
    assert all(saved_first)


@virtually
async def test_a_turn_that_an_earlier_bridge_left_half_posted_is_finished() -> None:
    channel, store = Channel(), MemoryStore()
    half = view("settled", "live", done=False)
    half = replace(half, blocks=(TextBlock("settled", settled=True), TextBlock("live")))
    rows = (
        *rows_of(SESSION.id, half, 0, None),
        OutboxRow(SESSION.id, 2, TURN, End("interrupted", 1.0)),
    )
    store.left(StoredTurn(SESSION, TURN, rows, tail_of(half, 1)))
    async with outbox(channel, store) as box:
        assert await box.recover() == 1
        await store.complete()
    assert channel.texts == ["settled", "live"]
    assert "Interrupted" in channel.status


@virtually
async def test_a_view_that_comes_just_as_its_writer_leaves_is_shown() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        for n in range(1, 4):
            box.show(SESSION, view(f"turn {n}", turn=TurnId(f"turn-{n}")))
            (writer,) = (task for task in asyncio.all_tasks() if task is not asyncio.current_task())
            await until(writer.done)  # its callbacks may still be to come
            box.show(SESSION, view(f"turn {n}, again", turn=TurnId(f"again-{n}")))
            await store.complete(2 * n)
            await until(lambda: len(asyncio.all_tasks()) == 1)
    assert len(channel.texts) == 6


def waiting_turn(shown: TurnView) -> TurnView:
    """The same turn, waiting for somebody since now."""
    ask = AskBlock(ToolUseId("toolu_1"), "Bash", "npm publish", now())
    return replace(shown, asker=PersonId(7), blocks=(*shown.blocks, ask))


@virtually
async def test_the_prompt_carries_one_mark_that_follows_the_turn_and_ends_with_it() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("thinking of it", done=False))
        await asyncio.sleep(3)
        assert channel.marks == ["✍️"]
        running = replace(
            view(done=False), blocks=(ToolBlock(ToolUseId("t"), "Bash", "ls", now(), traits=ToolTraits("execute")),)
        )
        box.show(SESSION, running)
        await asyncio.sleep(1)
        assert channel.marks == ["✍️"]  # a mark that comes and goes is not made
        await asyncio.sleep(6)
        assert channel.marks == ["💻"]
        box.show(SESSION, view("done"))
        await store.complete()
    assert channel.marks == ["✅"]
    assert channel.most_marks == 2


@virtually
async def test_a_quick_turn_changes_its_mark_once() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        for n in range(20):
            box.show(SESSION, view("word " * n, done=False))
            await asyncio.sleep(0.05)
        box.show(SESSION, view("done"))
        await store.complete()
    assert channel.sent.count("react") == 1


@virtually
async def test_a_turn_that_ends_while_its_mark_is_made_gets_its_final_mark_at_once() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("some words", done=False))
        await until(lambda: "react" in channel.sent)
        box.show(SESSION, view("done"))
        start = now()
        await store.complete()
        assert now() - start < 1
    assert channel.marks == ["✅"]


@virtually
async def test_live_edits_are_spread_and_progress_gives_way_to_text() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        words = ""
        for n in range(300):
            words += f"word{n} "
            tools = tuple(ToolBlock(ToolUseId(f"{i}"), "Bash", f"ls {i}", now(), "ok", now()) for i in range(n // 10))
            shown = view(words, done=False)
            box.show(SESSION, replace(shown, blocks=(*shown.blocks, *tools)))
            await asyncio.sleep(0.1)
        times = list(channel.times)
        box.show(SESSION, view(words))
        await store.complete()
    assert max(sum(start <= at < start + 5 for at, _ in times) for start, _ in times) <= 5
    text = sum(slot != "card" for _, slot in times)
    assert text >= 3 * (len(times) - text) > 0


@virtually
async def test_a_need_is_shown_at_once_though_text_was_just_edited() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("some words", done=False))
        await until(lambda: bool(channel.texts))
        start = now()
        box.show(SESSION, waiting_turn(view("some words and more", done=False)))
        await until(lambda: any("npm publish" in text for text in channel.texts))
        assert now() - start < 0.5


@virtually
async def test_an_unanswered_need_is_repeated_once_and_then_told_directly() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store, Display(remind_after=100)) as box:
        waiting = waiting_turn(view(done=False))
        box.show(SESSION, waiting)
        await asyncio.sleep(95)
        before = len(channel.texts)
        await asyncio.sleep(10)
        assert len(channel.texts) == before + 1
        assert not channel.directs
        await asyncio.sleep(100)
        assert [person for person, _ in channel.directs] == [PersonId(7)]
        await asyncio.sleep(1000)
        assert len(channel.texts) == before + 1
        assert len(channel.directs) == 1
        answered = replace(waiting, blocks=(replace(waiting.needs[0], outcome="allowed", by="ben", answered=now()),))
        box.show(SESSION, answered)
        await asyncio.sleep(10)
        assert len(channel.texts) == before  # the reminder has gone
        assert not channel.directs
        assert any("ben" in text for text in channel.texts)


@virtually
async def test_a_card_that_is_too_old_to_be_edited_is_replaced() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        shown = view(done=False)
        for n in range(65):
            tools = tuple(ToolBlock(ToolUseId(f"{i}"), "Bash", f"ls {i}", now(), "ok", now()) for i in range(n))
            box.show(SESSION, replace(shown, blocks=tools, heard=now()))
            await asyncio.sleep(60)
        assert channel.sent.count("delete") == 1
        assert len(channel.messages) == 1
        box.show(SESSION, ended(shown, End("done", now())))
        await store.complete()
    assert [slot for *_, slot in store.entries if slot != "mark"] == ["card"]


@virtually
async def test_without_permission_for_files_the_words_still_come() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view(done=False))
        await until(lambda: bool(channel.status))
        sent = FileBlock((File("a.png", "/tmp/a.png", 12),), "a picture")
        channel.failures = [PlaceClosed("50013")]
        box.show(SESSION, ended(replace(view(done=False), blocks=(sent,)), End("done", now())))
        await store.complete()
    assert "a picture" in channel.texts[0]
    assert "a.png" in channel.texts[0]
