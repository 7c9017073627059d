"""The end of a prompt that became no turn is shown once, whatever Discord refuses: no row tells of it, so the store
keeps it until it is there."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.chat.delivery.backlog import Backlog
from antiphon.chat.delivery.context import DeliveryContext
from antiphon.chat.delivery.outbox import Outbox
from antiphon.chat.delivery.withdrawn import WithdrawnPrompts
from antiphon.core.records import Withdrawal, WithdrawnPrompt
from chat.test_outbox import HUB, Channel, now, outbox, until, view
from chat.test_outbox_refusals import Shy

from fakes import SESSION, prompt
from memory_store import MemoryStore
from virtual_time import virtually


def stopped(n: int) -> WithdrawnPrompt:
    return WithdrawnPrompt(SESSION, prompt(n), Withdrawal("stopped", "Ada"), now())


@asynccontextmanager
async def bridge(channel: Channel, store: MemoryStore) -> AsyncGenerator[Outbox]:
    """What shows them, as after a start."""
    context = DeliveryContext(store, HUB, channel, RateLimiter(), now, frozenset)
    async with outbox(channel, store) as box:
        showing = asyncio.create_task(WithdrawnPrompts(context, box).run())
        try:
            yield box
        finally:
            showing.cancel()
            await asyncio.wait({showing})


@virtually
async def test_each_prompt_that_is_taken_out_of_the_line_gets_an_end_of_its_own() -> None:
    channel, store = Channel(), MemoryStore()
    store.withdrawals = [stopped(n) for n in (1, 2, 3)]
    async with bridge(channel, store):
        await store.complete(3)
    cards = [spec for spec in channel.messages.values() if spec.card is not None]
    assert len(cards) == 3
    assert channel.sent.count("react") == 3


@virtually
async def test_a_mark_that_was_refused_on_a_prompt_that_became_no_turn_is_made_when_it_may_be() -> None:
    channel, store = Shy(), MemoryStore()
    store.withdrawals = [stopped(1)]
    async with bridge(channel, store) as box:
        await until(lambda: "refused" in channel.sent)
        await asyncio.sleep(5)
        assert channel.marks == ["👀"]
        channel.refusal = None
        box.retry_refused()
        await until(lambda: channel.marks == ["✖️"])
        await store.complete()
    assert len(channel.messages) == 1


@virtually
async def test_a_mark_that_was_refused_on_a_prompt_that_became_no_turn_is_made_by_the_next_bridge() -> None:
    channel, store = Shy(), MemoryStore()
    store.withdrawals = [stopped(1)]
    async with bridge(channel, store):
        await until(lambda: "refused" in channel.sent)
        await asyncio.sleep(5)
    channel.refusal = None
    async with bridge(channel, store) as box:
        await box.recover()
        await store.complete()
    assert channel.marks == ["✖️"]
    assert len(channel.messages) == 1


class Slow(MemoryStore):
    """A newer view of the prompt's turn comes while the store is asked for what was withdrawn."""

    backlog: Backlog

    async def withdrawn(self) -> Sequence[WithdrawnPrompt]:
        self.backlog.take(view("it ran after all", turn=prompt(1).turn))
        return await super().withdrawn()


@virtually
async def test_what_the_store_says_of_a_prompt_is_no_newer_than_what_came_meanwhile() -> None:
    store = Slow()
    store.withdrawals = [stopped(1)]
    store.backlog = Backlog(SESSION.id, store)
    store.backlog.expect(prompt(1).turn)
    found = await store.backlog.whole(prompt(1).turn)
    assert found.end is not None
    assert found.end.reason == "done"
