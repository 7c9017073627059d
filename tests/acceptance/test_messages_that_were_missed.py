"""What was said while nobody listened is fetched, also when Discord or the database does not answer at once."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from chain import Chain


@pytest.mark.slow
async def test_a_history_that_cannot_be_read_at_first_is_read_again(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({}, while_working="queue")
    await chain.bridge.start()
    place = await chain.ask("say: before")
    await chain.ended(place)
    await chain.bridge.kill()
    await chain.ask("say: missed", place)
    await chain.fault({"match": "GET /channels/*/messages", "status": 503, "times": 2})
    await chain.bridge.start()
    await chain.ask("say: live", place)
    await chain.ended(place, turns=3)
    assert chain.chunks(place) == ["before", "missed", "live"]


async def test_a_thread_that_was_opened_meanwhile_is_answered_too(chain: Chain) -> None:
    await chain.ended(await chain.ask("say: before"))
    await chain.bridge.kill()
    thread = await chain.ada.start_thread(chain.general, "a thread of my own")
    place = await chain.ask("say: inside", thread["id"])
    await chain.bridge.start()
    await chain.ended(place)
    assert chain.answer(place) == "inside"


@pytest.mark.slow
async def test_a_message_waits_for_a_busy_database_and_keeps_its_place_in_line(chain: Chain) -> None:
    with closing(sqlite3.connect(chain.world.root / "state" / "antiphon.db", isolation_level=None)) as shell:
        shell.execute("BEGIN IMMEDIATE")  # as somebody's backup or sqlite3 shell would
        place = await chain.ask("say: first")
        async with asyncio.timeout(20):
            while "for the database" not in "".join(chain.bridge.lines):  # noqa: ASYNC110 - another process's words
                await asyncio.sleep(0.05)
        shell.execute("ROLLBACK")
    await chain.ended(place)
    assert chain.answer(place) == "first"
