"""The queue's message, where Discord does not take it, or fails at it for ever."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.failures import ContentRefused, DiscordUnavailable, PlaceClosed
from antiphon.chat.delivery.standing.queue_board import QueueBoard
from antiphon.chat.render.message import TextUpload
from antiphon.core.projects import Projects
from antiphon.core.records import InboxEntry
from antiphon.errors import ChatError
from chat.test_outbox import HUB, Channel, now, until
from chat.test_outbox_refusals import Strict

from fakes import PROJECT, SESSION, prompt
from memory_store import MemoryStore
from virtual_time import virtually

HOUR = 3600.0


async def wait_in_line(store: MemoryStore, n: int, text: str) -> None:
    await store.accept(InboxEntry(f"{n}", "local", SESSION, prompt(n, text), held=True))


@asynccontextmanager
async def board(channel: Channel, store: MemoryStore) -> AsyncGenerator[None]:
    context = DeliveryContext(store, HUB, channel, RateLimiter(), now, frozenset)
    running = asyncio.create_task(QueueBoard(context, Projects([PROJECT]), 4, lambda _: None).run(), name="queue")
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait({running})


@virtually
async def test_a_line_that_quotes_what_discord_does_not_take_is_shown_as_a_file_with_its_buttons() -> None:
    class NoOddText(Strict):
        only_text = True

        def _look_at(self, spec: object) -> None:
            uploads = getattr(spec, "uploads", ())
            if not uploads:
                super()._look_at(spec)  # pyright: ignore[reportArgumentType]

    channel, store = NoOddText(), MemoryStore()
    await wait_in_line(store, 1, "something odd")
    async with board(channel, store):
        await until(lambda: bool(channel.messages))
    (shown,) = channel.messages.values()
    assert isinstance(shown.uploads[0], TextUpload)
    assert "something odd" in shown.uploads[0].text
    assert shown.rows or shown.buttons


@virtually
async def test_a_line_that_is_taken_in_no_form_waits_for_another_one() -> None:
    channel, store = Strict(), MemoryStore()
    await wait_in_line(store, 1, "something odd")
    async with board(channel, store):
        await asyncio.sleep(2 * HOUR)
        assert channel.refused <= 5
        await wait_in_line(store, 2, "another prompt")
        await asyncio.sleep(10)
        assert channel.refused <= 10
        channel.refusal = None
        await wait_in_line(store, 3, "a third one")
        await until(lambda: bool(channel.messages))


@virtually
async def test_a_line_at_which_discord_fails_is_tried_again_more_and_more_seldom() -> None:
    errors: list[ChatError] = [DiscordUnavailable("500"), PlaceClosed("50013"), ContentRefused("50035")]
    for error in errors:
        channel, store = Channel(), MemoryStore()
        channel.shut = error
        await wait_in_line(store, 1, "something")
        async with board(channel, store):
            await asyncio.sleep(2 * HOUR)
            assert channel.sent.count("send") <= 2 * 12 + 10, error
