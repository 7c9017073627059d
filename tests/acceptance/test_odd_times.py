"""A bridge that is killed while it asks, and people whom Discord lets us reach in part only."""

import asyncio
import sqlite3
from contextlib import closing

import pytest
from bench import shown as turns

from acceptance.steps import press, start_asking, waiting_request
from acceptance.test_who_is_called import Json, posted_messages
from antiphon.standin.client_shapes import words_of
from antiphon.standin.model import long_text

from chain import Chain, words

pytestmark = pytest.mark.slow

_AT_ONCE = {"display": {"remind_after": 1}}


def direct(chain: Chain) -> list[Json]:
    """The direct messages that were ever posted."""
    return [one for one in posted_messages(chain) if not one.get("guild_id")]


def written_down(chain: Chain, slot: str) -> bool:
    """Whether the bridge has written down a message in such a slot."""
    with closing(sqlite3.connect(chain.world.root / "state" / "antiphon.db")) as ledger:
        return bool(ledger.execute("SELECT 1 FROM post WHERE instr(slot, ?)", (slot,)).fetchall())


async def test_a_bridge_that_is_killed_while_it_asks_takes_back_the_direct_message_when_it_is_answered(
    unstarted: Chain,
) -> None:
    chain = await start_asking(unstarted, _AT_ONCE)
    place = await chain.ask("bash: touch made.txt")
    await waiting_request(chain, place)
    (message,) = await chain.ada.until(lambda _: direct(chain), 15)
    async with asyncio.timeout(10):
        while not written_down(chain, ".direct."):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.05)
    await chain.restart()
    (request,) = [one for one in chain.ada.messages(place) if turns.open_buttons(one)]
    assert "Claude wants to run a command" in words_of(request)
    await press(chain, request, "allow")
    assert "Done" in await chain.ended(place)
    await chain.ada.until(lambda ada: not ada.messages(message["channel_id"]))
    assert len(direct(chain)) == 1
    assert not any(turns.open_buttons(one) for one in chain.ada.messages(place))
    assert (chain.project / "made.txt").exists()


async def test_who_has_blocked_the_bot_gets_all_answers_without_marks_and_direct_messages(unstarted: Chain) -> None:
    await unstarted.fault({"match": "PUT /channels/*/messages/*/reactions/**", "status": 403})
    await unstarted.fault({"match": "POST /users/@me/channels", "status": 403})
    chain = await start_asking(unstarted, _AT_ONCE)
    place = await chain.ask("bash: touch made.txt")
    request = await waiting_request(chain, place)

    def tries(requests: list[Json]) -> int:
        return sum(one["path"].endswith("/users/@me/channels") for one in requests)

    async with asyncio.timeout(15):
        while not tries(await chain.requests()):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.1)
    await press(chain, request, "allow")
    await chain.ada.until(lambda _: len(chain.ends(place)) == 1, 15)
    await chain.ask("say: again", place)
    await chain.ada.until(lambda _: len(chain.ends(place)) == 2, 15)
    assert tries(await chain.requests()) == 1


async def test_posts_that_arrived_although_discord_said_no_are_brought_up_to_date(chain: Chain) -> None:
    await chain.fault({"match": "POST /channels/*/messages", "status": 503, "times": 3, "after_effect": True})
    place = await chain.ask("long 6000")
    assert "Done" in await chain.ended(place, limit=60)
    assert len(chain.statuses(place)) == 1
    assert words(chain.answer(place)) == words(long_text(6000))
