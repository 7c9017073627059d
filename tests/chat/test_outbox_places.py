"""Places that are closed or gone, and a Discord that is away: nothing is lost, nothing doubled, nobody else held up."""

import asyncio
from dataclasses import replace

import pytest

from antiphon.chat.delivery.failures import DiscordUnavailable, PlaceClosed, PlaceGone
from antiphon.chat.delivery.outbox import Outbox
from antiphon.chat.delivery.poster import OwnMessage
from antiphon.chat.delivery.reconcile import DOUBTFUL, Send, adopted
from antiphon.chat.render import wording
from antiphon.chat.render.message import MessageSpec
from antiphon.core.blocks import AskBlock, End, TextBlock
from antiphon.core.records import Lease, Post, StoredTurn
from antiphon.core.stored_turn import rows_of
from antiphon.core.values import MessageId, PersonId, PlaceId, SessionId, ToolUseId, TurnId
from antiphon.core.view import TurnView, ended
from chat.test_outbox import TURN, Channel, now, outbox, until, view

from fakes import SESSION
from memory_store import MemoryStore
from virtual_time import run_virtually, virtually

HOUR = 3600.0
ADA = PersonId(7)


def by_ada(shown: TurnView) -> TurnView:
    return replace(shown, asker=ADA)


def left(shown: TurnView) -> StoredTurn:
    """What a killed bridge has left of a turn."""
    return StoredTurn(SESSION, shown.turn, tuple(rows_of(SESSION.id, shown, 0, None)), None)


# A message that was posted, and not noted


@pytest.mark.parametrize("slot", ["card", "0.0.0", "1", "2.0.0"])
def test_a_message_that_was_posted_but_not_noted_hours_ago_is_found(slot: str) -> None:
    run_virtually(_lose_and_recover(slot))


async def _lose_and_recover(slot: str) -> None:
    channel, store = Channel(), MemoryStore()
    channel.nonce_holds = 0.0
    ask = AskBlock(ToolUseId("toolu_1"), "Bash", "npm publish", now())
    slots = ["card", "0.0.0", "1", "2.0.0"]
    live = by_ada(replace(view("first", done=False), blocks=(TextBlock("first", True), ask, TextBlock("last", True))))
    async with outbox(channel, store) as box:
        await asyncio.sleep(1)  # the prompt was posted before
        box.show(SESSION, live)
        await until(lambda: all((SESSION.id, TURN, one) in store.entries for one in slots))
    for later in slots[slots.index(slot) + 1 :]:  # killed right after this one was posted
        del channel.messages[store.entries.pop((SESSION.id, TURN, later)).message]
    lost = store.entries.pop((SESSION.id, TURN, slot))
    over = ended(live, End("interrupted", now()))
    store.left(left(over))
    await asyncio.sleep(HOUR)
    async with outbox(channel, store) as box:
        await box.recover()
        await store.complete()
    assert len(channel.messages) == 4
    assert lost.message in channel.messages
    assert channel.texts[0] == "first"
    assert "Not needed any more" in channel.texts[1]
    assert channel.texts[2] == "last"
    assert "Interrupted" in channel.status


@virtually
async def test_a_message_whose_answer_was_lost_before_a_long_outage_is_not_posted_twice() -> None:
    class Deaf(Channel):
        async def send(self, place: PlaceId, spec: MessageSpec, nonce: str, session: SessionId) -> MessageId:
            message = await super().send(place, spec, nonce, session)
            if spec.content == "half" and self.away_until == 0.0:
                self.away_until = now() + 2 * HOUR
                raise DiscordUnavailable("the connection was lost")
            return message

    channel, store = Deaf(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("half", done=False))
        await until(lambda: channel.away_until > 0)
        box.show(SESSION, view("half and whole", "and more"))
        await asyncio.sleep(2 * HOUR)
        await store.complete()
    assert channel.texts == ["half and whole", "and more"]


@virtually
async def test_a_failed_message_is_looked_for_only_when_its_nonce_may_have_been_forgotten() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        channel.failures = [DiscordUnavailable("503"), DiscordUnavailable("503"), DiscordUnavailable("503")]
        box.show(SESSION, view("some words"))
        await store.complete()
    assert "look" not in channel.sent


TEXT = Send(MessageSpec("0", "words"))
CALL = Send(MessageSpec("end", "✅ <@7> Claude is done", ping=ADA))
SOMETHING = OwnMessage(MessageId(5), False, "some words", (), (), frozenset())


@pytest.mark.parametrize(
    "other",
    [
        replace(SOMETHING, is_card=True),
        replace(SOMETHING, controls=frozenset({"a1:allow:another-turn:toolu_1"})),
        replace(SOMETHING, controls=frozenset({"a1:queued:7:remove"})),
        replace(SOMETHING, text="-# 🕐 Nothing is in line any more."),
        replace(SOMETHING, controls=frozenset({"somebody-elses"})),
    ],
    ids=["a card", "another turn's", "the line's", "the line's, empty", "another bot's"],
)
def test_a_message_of_another_kind_is_left_alone(other: OwnMessage) -> None:
    assert adopted([other], [TEXT], TURN) is None
    assert adopted([other, SOMETHING], [TEXT], TURN) == Post(TURN, "0", MessageId(5), DOUBTFUL)


def test_a_message_that_called_nobody_does_not_become_a_call() -> None:
    assert adopted([SOMETHING], [CALL], TURN) is None
    assert adopted([replace(SOMETHING, text="<@7> here")], [CALL, TEXT], TURN) is not None


# A place that is closed


@virtually
async def test_a_closed_place_waits_is_told_once_and_gets_everything_when_it_opens() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, by_ada(view("half", done=False)))
        await until(lambda: channel.texts == ["half"])
        channel.shut = PlaceClosed("50013")
        box.show(SESSION, by_ada(view("half and more", done=False)))
        await until(lambda: bool(channel.directs))
        before = len(channel.sent)
        for n in range(240):  # a day, with something new every six minutes
            box.show(SESSION, by_ada(view(f"half and more {n}", done=False)))
            await asyncio.sleep(360)
        assert len(channel.sent) - before < 130
        box.show(SESSION, by_ada(view("all of it")))
        assert len(channel.directs) == 1
        assert "I cannot write in **A session** (<#1001>)" in channel.directs[0][1]
        assert wording.GOES_ON in channel.directs[0][1]
        channel.shut, channel.rights = None, 1
        start = now()
        await store.complete()
        assert now() - start < 3
    assert channel.texts[0] == "all of it"
    assert "done" in channel.texts[1]
    assert len(channel.texts) == 2
    assert not [turn for _, turn, _ in store.entries if turn == "elsewhere"]


@virtually
async def test_a_place_that_closes_again_is_told_again() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        for n in range(2):
            channel.shut = PlaceClosed("50001")
            box.show(SESSION, by_ada(view("some words", turn=TurnId(f"turn-{n}"))))
            await until(lambda n=n: len(channel.directs) == n + 1)
            channel.shut = None
            box.retry_closed()
            await store.complete(n + 1)
    assert len(channel.directs) == 2
    assert wording.HAS_FINISHED in channel.directs[0][1]


@virtually
async def test_a_restart_does_not_say_again_that_a_place_is_closed() -> None:
    channel, store = Channel(), MemoryStore()
    channel.shut = PlaceClosed("50001")
    over = by_ada(view("some words"))
    async with outbox(channel, store) as box:
        box.show(SESSION, over)
        await until(lambda: bool(channel.directs))
    store.left(left(over))
    async with outbox(channel, store) as box:
        await box.recover()
        await asyncio.sleep(HOUR)
        assert len(channel.directs) == 1
        channel.shut = None
        box.retry_closed()
        await store.complete()
    assert channel.texts == ["some words"]


@virtually
async def test_who_takes_no_direct_messages_is_told_in_the_channel_above() -> None:
    channel, store = Channel(), MemoryStore()
    channel.unreachable, channel.parent, channel.shut = True, PlaceId(1), PlaceClosed("50013")
    async with outbox(channel, store) as box:
        box.show(SESSION, by_ada(view("some words")))
        await until(lambda: bool(channel.below))
        await asyncio.sleep(HOUR)
    (told,) = channel.below
    assert told.ping == ADA
    assert told.content.startswith("<@7> 🔒")


@virtually
async def test_a_closed_place_does_not_keep_a_stopping_bridge() -> None:
    channel, store = Channel(), MemoryStore()
    channel.shut = PlaceClosed("50013")
    async with outbox(channel, store) as box:
        box.show(SESSION, by_ada(view("some words")))
        await until(lambda: bool(channel.directs))
        start = now()
        await box.settle(5)
        assert now() - start < 0.1
    assert not store.finished


# A place that is gone


@virtually
async def test_the_answer_of_a_place_that_is_gone_goes_to_the_asker_as_a_file() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, by_ada(view("the beginning", done=False)))
        await until(lambda: channel.texts == ["the beginning"])
        channel.shut = PlaceGone("10003")
        box.show(SESSION, by_ada(view("the beginning", "and the end", done=False)))
        await until(lambda: store.abandoned == [SESSION.place])
        assert not channel.directs
        stopped = replace(by_ada(view("the beginning", "and the end")), end=End("stopped", now()))
        box.show(SESSION, stopped)
        await store.complete(2)
    assert len(channel.directs) == 1
    assert (
        "The thread **A session** was deleted. Claude was stopped. Its answer is in the file." in channel.directs[0][1]
    )
    assert channel.direct_files == ["the beginning\n\nand the end\n"]
    assert channel.marks == ["⏹️"]  # the prompt may be in the channel above


@virtually
async def test_a_killed_bridge_does_not_tell_a_gone_place_twice() -> None:
    class Dying(MemoryStore):
        async def posted(self, hub: Lease, session: SessionId, turn: TurnId) -> None:
            await asyncio.sleep(HOUR)

    channel, dying, store = Channel(), Dying(), MemoryStore()
    channel.shut = PlaceGone("10003")
    over = by_ada(view("some words"))
    async with outbox(channel, dying) as box:
        box.show(SESSION, over)
        await until(lambda: bool(channel.directs))
        await asyncio.sleep(1)
    store.entries = dying.entries
    store.left(left(over))
    async with outbox(channel, store) as box:
        await box.recover()
        await store.complete()
    assert len(channel.directs) == 1


# Discord away


async def _show_turns(box: Outbox, count: int, apart: float) -> None:
    for n in range(count):
        turn = TurnId(f"turn-{n}")
        for words in ("half", "half and"):
            box.show(SESSION, view(f"{words} of {n}", turn=turn, done=False))
            await asyncio.sleep(apart / 3)
        box.show(SESSION, view(f"all of {n}", turn=turn))
        await asyncio.sleep(apart / 3)


@virtually
async def test_of_two_hundred_turns_that_wait_for_discord_one_view_is_held_and_all_arrive_in_order() -> None:
    channel, store = Channel(), MemoryStore()
    async with outbox(channel, store) as box:
        channel.away_until = now() + 6 * HOUR
        await _show_turns(box, 200, 100)
        ((writer, _),) = box._writers.values()  # pyright: ignore[reportPrivateUsage]
        assert len(writer.backlog.turns) == 200
        assert sum(writer.backlog.has_whole(turn) for turn in writer.backlog.turns) <= 1
        assert not any(writer.backlog[turn].blocks for turn in writer.backlog.turns[1:])
        asked_for = len(channel.sent)
        assert asked_for < 6 * HOUR / 30 * 2
        async with asyncio.timeout(4 * HOUR):
            while len(store.finished) < 200:  # noqa: ASYNC110 - time is virtual
                await asyncio.sleep(1)
    assert channel.texts == [f"all of {n}" for n in range(200)]
    assert channel.words.count("edit") <= 1  # of what nobody saw only the last state is posted
    assert store.finished == [f"turn-{n}" for n in range(200)]


@virtually
async def test_a_place_that_is_behind_does_not_hold_another_one_up() -> None:
    class Torn(Channel):
        async def send(self, place: PlaceId, spec: MessageSpec, nonce: str, session: SessionId) -> MessageId:
            if place == SESSION.place:
                raise DiscordUnavailable("503")
            return await super().send(place, spec, nonce, session)

    channel, store = Torn(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, view("stuck"))
        await asyncio.sleep(HOUR)
        start = now()
        box.show(replace(SESSION, id=SessionId("another"), place=PlaceId(2)), view("through", turn=TurnId("b")))
        await store.complete()
        assert now() - start < 1
    assert channel.texts == ["through"]


@virtually
async def test_a_storm_of_errors_over_a_hundred_messages_loses_doubles_and_turns_nothing_around() -> None:
    class Stormy(Channel):
        """Fails every second request, of these every second after it had its effect."""

        requests = 0

        def fails(self) -> int:
            self.requests += 1
            return self.requests % 4

        async def send(self, place: PlaceId, spec: MessageSpec, nonce: str, session: SessionId) -> MessageId:
            if (turn := self.fails()) == 1:
                raise DiscordUnavailable("503")
            message = await super().send(place, spec, nonce, session)
            if turn == 3:
                raise DiscordUnavailable("500, after the effect")
            return message

        async def edit(self, place: PlaceId, message: MessageId, spec: MessageSpec, session: SessionId) -> None:
            if (turn := self.fails()) == 1:
                raise DiscordUnavailable("503")
            await super().edit(place, message, spec, session)
            if turn == 3:
                raise DiscordUnavailable("500, after the effect")

    channel, store = Stormy(), MemoryStore()
    async with outbox(channel, store) as box:
        for n in range(10):
            texts = [f"message {n}.{part}" for part in range(10)]
            for shown in range(1, 10, 3):
                box.show(SESSION, view(*texts[:shown], turn=TurnId(f"turn-{n}"), done=False))
                await asyncio.sleep(1)
            box.show(SESSION, view(*texts, turn=TurnId(f"turn-{n}")))
        async with asyncio.timeout(HOUR):
            while len(store.finished) < 10:  # noqa: ASYNC110 - time is virtual
                await asyncio.sleep(1)
    words = [text for text in channel.texts if not text.startswith("-# 📄")]
    assert words == [f"message {n}.{part}" for n in range(10) for part in range(10)]
    assert len(channel.texts) == 110  # each turn's answer as a file besides


@virtually
async def test_a_turn_whose_mark_alone_is_missing_gets_it_when_the_place_opens() -> None:
    class Unseen(Channel):
        async def react(self, place: PlaceId, message: MessageId, emoji: str) -> None:
            self._request("react")
            await super().react(place, message, emoji)

    channel, store = Unseen(), MemoryStore()
    async with outbox(channel, store) as box:
        box.show(SESSION, by_ada(view("some words", done=False)))
        await until(lambda: channel.marks == ["✍️"])
        channel.shut = PlaceClosed("50001")
        box.show(SESSION, by_ada(view("some words")))
        await asyncio.sleep(24 * HOUR)
        assert channel.sent.count("react") < 130
        channel.shut, channel.rights = None, 1
        await store.complete()
    assert channel.marks == ["✅"]
