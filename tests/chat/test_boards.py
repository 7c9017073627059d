"""Boards over what may happen to them in a day: one message in a channel, right within seconds, edited seldom."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from antiphon.actions.coordination.board import Board, BoardLine, Due
from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.failures import ContentRefused, DiscordUnavailable, MessageGone, PlaceClosed
from antiphon.chat.delivery.standing.boards import Boards
from antiphon.chat.render.message import MessageSpec
from antiphon.core.coordination.board import StandingPost
from antiphon.core.projects import Projects
from antiphon.core.records import Lease
from antiphon.core.schedules.values import Once, ScheduledPrompt, ScheduleId
from antiphon.core.values import MessageId, Origin, PersonId, PlaceId, Session, SessionId, TurnId
from chat.test_outbox import HUB, Channel, now

from fakes import PROJECT, SESSION
from memory_store import MemoryStore
from virtual_time import virtually

CHANNEL = min(PROJECT.channels)
TURN = TurnId("7d9a3c1e-0000-4000-8000-000000000001")
RIGHT = 6.0  # seconds within which a change is shown
MINUTE, HOUR = 60.0, 3600.0


class Pinboard(Channel):
    """A channel in which messages can be pinned, and whose old messages take 30 edits in an hour, as Discord's."""

    def __init__(self) -> None:
        super().__init__()
        self.pins: set[MessageId] = set()
        self.no_pins: Exception | None = None
        self.edits: list[float] = []
        self.old_edits: list[float] = []
        self.private: set[PlaceId] = set()
        self.fails_after_delete = False
        self.heard: Callable[[Any], Awaitable[None]] | None = None

    def rights_in(self, place: PlaceId) -> int:  # type: ignore[override]
        return 0 if self.shut else 1 if self.no_pins else 2

    def holds_messages(self, place: PlaceId) -> bool:
        return True

    def is_shown_to_all(self, session: Session) -> bool | None:
        return session.place not in self.private

    def above(self, session: Session) -> PlaceId | None:
        return session.origin.channel

    async def pin(self, place: PlaceId, message: MessageId) -> None:
        self._request("pin")
        if self.no_pins is not None:
            raise self.no_pins
        if message not in self.messages:
            raise MessageGone
        self.pins.add(message)

    async def is_pinned(self, place: PlaceId, message: MessageId) -> bool:
        self._request("check")
        if message not in self.messages:
            raise MessageGone
        return message in self.pins

    async def edit(self, place: PlaceId, message: MessageId, spec: MessageSpec, session: SessionId) -> None:
        if now() - ((message >> 22) / 1000 + 1_420_070_400) > HOUR:
            self.old_edits = [at for at in self.old_edits if at > now() - HOUR]
            if len(self.old_edits) >= 30:
                raise ContentRefused("30046")
            self.old_edits.append(now())
        await super().edit(place, message, spec, session)
        self.edits.append(now())
        if self.heard is not None:  # Discord tells of each edit
            await self.heard(SimpleNamespace(message_id=message, data={"pinned": message in self.pins}))

    async def delete(self, place: PlaceId, message: MessageId, person: PersonId | None) -> None:
        await super().delete(place, message, person)
        if self.fails_after_delete:
            self.away_until = now() + MINUTE

    @property
    def text(self) -> str:
        """What its one message says."""
        (spec,) = self.messages.values()
        assert spec.card is not None
        return "\n".join(spec.card.texts)


@dataclass
class Ledger:
    """Standing posts in memory."""

    posts: dict[str, StandingPost] = field(default_factory=dict)

    async def standing(self, key: str) -> StandingPost | None:
        return self.posts.get(key)

    async def all_standing(self, prefix: str) -> list[StandingPost]:
        return [post for key, post in self.posts.items() if key.startswith(prefix)]

    async def stand(self, hub: Lease, post: StandingPost) -> None:
        self.posts[post.key] = post

    async def fall(self, hub: Lease, key: str) -> None:
        del self.posts[key]


class Scene:
    """A channel, what is kept of its board, and the sessions."""

    def __init__(self, sessions: int = 2) -> None:
        self.channel, self.ledger = Pinboard(), Ledger()
        self.lines = [self.line(n) for n in range(sessions)]
        self.boards: Any = None
        self.project, self.apart = PROJECT, True
        self.due: tuple[Due, ...] = ()

    def line(self, n: int) -> BoardLine:
        session = replace(SESSION, id=SessionId(f"s{n}"), place=PlaceId(10_000 + n), origin=Origin(CHANNEL))
        return BoardLine(session, "working", 1000.0 + n, turn=TURN)

    def change(self, n: int, queued: int) -> None:
        self.lines[n] = replace(self.lines[n], queued=queued)

    async def _look(self) -> Sequence[Board]:
        return [Board(self.project, tuple(self.lines), self.due)]

    @asynccontextmanager
    async def bridge(self) -> AsyncGenerator[None]:
        context = DeliveryContext(MemoryStore(), HUB, self.channel, RateLimiter(), now, frozenset)  # type: ignore[arg-type]
        client: Any = SimpleNamespace(user=SimpleNamespace(id=1))
        projects = Projects([self.project])
        self.boards = Boards(client, context, self.ledger, self._look, projects, apart=self.apart)  # type: ignore[arg-type]
        self.channel.heard = self.boards.on_raw_message_edit
        await self.boards.retire()
        running = asyncio.create_task(self.boards.run(), name="boards")
        try:
            yield
        finally:
            running.cancel()
            await asyncio.wait({running})
            assert running.cancelled(), running.exception()

    def message(self) -> MessageId:
        (message,) = self.channel.messages
        return message

    async def delete(self) -> None:
        message = self.message()
        del self.channel.messages[message]
        self.channel.pins.discard(message)
        await self.boards.on_raw_message_delete(SimpleNamespace(message_id=message))

    async def unpin(self) -> None:
        self.channel.pins.clear()
        event = SimpleNamespace(message_id=self.message(), data={"pinned": False})
        await self.boards.on_raw_message_edit(event)


@virtually
async def test_fifty_sessions_that_change_all_the_time_are_twelve_edits_a_minute_and_right_within_seconds() -> None:
    scene = Scene(50)
    async with scene.bridge():
        await asyncio.sleep(RIGHT)
        for n in range(600):
            scene.change(n % 12, n)
            await asyncio.sleep(0.5)
            if n % 60 == 59:
                await asyncio.sleep(RIGHT)
                assert f"{n} prompts queued" in scene.channel.text
        edits = scene.channel.edits
    assert max(sum(at <= one < at + MINUTE for one in edits) for at in edits) <= 12
    assert len(scene.channel.messages) == 1


@virtually
async def test_nothing_is_asked_of_discord_when_nothing_has_changed() -> None:
    scene = Scene()
    async with scene.bridge():
        await asyncio.sleep(RIGHT)
        before = list(scene.channel.sent)
        await asyncio.sleep(HOUR)
        assert scene.channel.sent == before
    assert before == ["send", "pin"]


@virtually
async def test_one_session_alone_makes_no_board_but_what_there_is_stays_right() -> None:
    scene = Scene(1)
    async with scene.bridge():
        await asyncio.sleep(MINUTE)
        assert scene.channel.messages == {}
        scene.lines.append(scene.line(1))
        await asyncio.sleep(RIGHT)
        assert "2 working" in scene.channel.text
        scene.lines.clear()
        await asyncio.sleep(RIGHT)
        assert "No session has been used" in scene.channel.text


@virtually
async def test_it_is_one_message_over_fifty_restarts_and_twenty_reconnects_and_pinned() -> None:
    scene = Scene()
    async with scene.bridge():
        await asyncio.sleep(RIGHT)
    first = scene.message()
    for n in range(1, 51):
        scene.change(0, n)
        async with scene.bridge():
            await asyncio.sleep(RIGHT)
            assert n == 1 or f"{n} prompts queued" in scene.channel.text
    async with scene.bridge():
        for n in range(1, 21):
            await scene.boards.on_gap()
            scene.change(1, n)
            await asyncio.sleep(RIGHT)
            assert n == 1 or f"{n} prompts queued" in scene.channel.text
    assert (scene.message(), scene.channel.pins) == (first, {first})
    assert scene.channel.sent.count("send") == 1


@virtually
async def test_what_is_deleted_is_there_again_and_what_is_unpinned_is_pinned_again_also_after_a_gap() -> None:
    scene = Scene()
    async with scene.bridge():
        for _ in range(3):
            await asyncio.sleep(RIGHT)
            await scene.delete()
            await asyncio.sleep(RIGHT)
            assert scene.channel.pins == {scene.message()}
            await scene.unpin()
            await asyncio.sleep(RIGHT)
            assert scene.channel.pins == {scene.message()}
        scene.channel.pins.clear()
        await scene.boards.on_gap()
        await asyncio.sleep(RIGHT)
        assert scene.channel.pins == {scene.message()}
        scene.channel.messages.clear()
        await scene.boards.on_gap()
        await asyncio.sleep(RIGHT)
        assert scene.channel.pins >= {scene.message()}
    scene.channel.messages.clear()
    async with scene.bridge():
        await asyncio.sleep(RIGHT)
        assert scene.channel.pins >= {scene.message()}


@virtually
async def test_one_that_was_being_posted_at_a_kill_is_found_or_posted_once() -> None:
    for arrived in (True, False):
        scene = Scene()
        async with scene.bridge():
            await asyncio.sleep(RIGHT)
        (key,) = scene.ledger.posts
        scene.ledger.posts[key] = StandingPost(key, CHANNEL, MessageId(0), f"a nonce@{now() - RIGHT:.0f}")
        if not arrived:
            scene.channel.messages.clear()
        await asyncio.sleep(HOUR)  # longer than Discord remembers nonces
        async with scene.bridge():
            await asyncio.sleep(2 * RIGHT)
        assert scene.ledger.posts[key].message == scene.message()


@virtually
async def test_a_message_that_discord_takes_no_more_edits_of_is_replaced_by_one() -> None:
    scene = Scene()
    async with scene.bridge():
        await asyncio.sleep(RIGHT)
        first = scene.message()
        for n in range(2, 1300):
            scene.change(0, n)
            await asyncio.sleep(RIGHT)
            assert f"{n} prompts queued" in scene.channel.text
        assert scene.message() != first
        assert scene.channel.pins >= {scene.message()}
    assert scene.channel.sent.count("send") <= 1300 * RIGHT / HOUR + 1


@virtually
async def test_one_that_is_replaced_while_discord_fails_is_there_as_soon_as_it_answers() -> None:
    scene = Scene()
    async with scene.bridge():
        await asyncio.sleep(2 * HOUR)
        scene.channel.old_edits = [now()] * 30
        scene.channel.fails_after_delete = True
        scene.change(0, 5)
        await asyncio.sleep(RIGHT)
        assert scene.channel.messages == {}
        await asyncio.sleep(10 * MINUTE)
        assert "5 prompts queued" in scene.channel.text


@virtually
async def test_a_right_that_is_missing_is_said_on_the_board_and_used_when_it_is_there_again() -> None:
    scene = Scene()
    scene.channel.no_pins = PlaceClosed("50013")
    async with scene.bridge():
        await asyncio.sleep(2 * RIGHT)
        assert "Not pinned" in scene.channel.text
        scene.channel.no_pins = None
        await asyncio.sleep(2 * RIGHT)
        assert scene.channel.pins == {scene.message()}
        assert "Not pinned" not in scene.channel.text
        scene.channel.shut = PlaceClosed("50001")
        scene.change(0, 7)
        await asyncio.sleep(10 * MINUTE)
        scene.channel.shut = None
        await asyncio.sleep(RIGHT)
        assert "7 prompts queued" in scene.channel.text


@virtually
async def test_sessions_that_not_all_may_see_and_those_of_other_channels_are_left_out() -> None:
    scene = Scene(4)
    scene.channel.private.add(scene.lines[0].session.place)
    elsewhere = replace(scene.lines[1].session, origin=Origin(PlaceId(CHANNEL + 1)))
    scene.lines[1] = replace(scene.lines[1], session=elsewhere)
    async with scene.bridge():
        await asyncio.sleep(RIGHT)
    assert "2 working" in scene.channel.text
    assert "<#10000>" not in scene.channel.text
    assert "<#10001>" not in scene.channel.text


@virtually
async def test_where_it_may_not_be_pinned_that_is_tried_seldom_whatever_is_edited() -> None:
    scene = Scene()
    scene.channel.no_pins = PlaceClosed("50013")
    async with scene.bridge():
        for n in range(600):
            scene.change(0, n)
            await asyncio.sleep(RIGHT)
    assert scene.channel.sent.count("pin") <= 8


@virtually
async def test_one_that_arrived_although_discord_did_not_say_so_is_found_later() -> None:
    scene = Scene()

    class Silent(Pinboard):
        async def send(self, place: PlaceId, spec: MessageSpec, nonce: str, session: SessionId) -> MessageId:
            message = await super().send(place, spec, nonce, session)
            if self.sent.count("send") == 1:
                self.away_until = now() + 2 * HOUR  # longer than Discord remembers nonces
                raise DiscordUnavailable("no answer")
            return message

    scene.channel = Silent()
    async with scene.bridge():
        await asyncio.sleep(3 * HOUR)
        assert "2 working" in scene.channel.text


@virtually
async def test_a_board_that_nobody_wants_any_more_is_taken_away() -> None:
    scene = Scene()
    async with scene.bridge():
        await asyncio.sleep(RIGHT)
    scene.project = replace(PROJECT, channels=frozenset({PlaceId(99)}))
    scene.lines = []
    async with scene.bridge():
        await asyncio.sleep(RIGHT)
    assert scene.channel.messages == {}
    assert scene.ledger.posts == {}


@virtually
async def test_a_thread_that_nobody_knows_at_the_moment_does_not_hide_what_is_due_elsewhere() -> None:
    scene = Scene()
    private = replace(scene.lines[0].session, id=SessionId("private"), place=PlaceId(5))
    scene.channel.private.add(PlaceId(5))
    nightly = ScheduledPrompt(ScheduleId("1"), "nightly", PROJECT.name, "x", Once(5000.0), next=5000.0)
    secret = replace(nightly, id=ScheduleId("2"), name="secret", home=private.id)
    other = replace(nightly, id=ScheduleId("3"), name="other", channel=PlaceId(CHANNEL + 1))
    scene.due = (Due(nightly), Due(secret, private), Due(other))
    async with scene.bridge():
        await asyncio.sleep(RIGHT)
    assert "nightly" in scene.channel.text
    assert "secret" not in scene.channel.text
    assert "other" not in scene.channel.text
