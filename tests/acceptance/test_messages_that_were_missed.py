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


@pytest.mark.slow
async def test_a_thread_that_was_opened_meanwhile_is_answered_too(chain: Chain) -> None:
    await chain.ended(await chain.ask("say: before"))
    await chain.bridge.kill()
    thread = await chain.ada.start_thread(chain.general, "a thread of my own")
    place = await chain.ask(f"{chain.mention} say: inside", thread["id"])
    await chain.bridge.start()
    await chain.ended(place)
    assert chain.answer(place) == "inside"


@pytest.mark.slow
async def test_a_message_waits_for_a_busy_database_and_keeps_its_place_in_line(chain: Chain) -> None:
    with closing(sqlite3.connect(chain.world.root / "state" / "antiphon.db", isolation_level=None)) as shell:
        shell.execute("BEGIN IMMEDIATE")  # as somebody's backup or sqlite3 shell would
        place = await chain.ask("say: first")
        await chain.bridge_prints("for the database", 20)
        shell.execute("ROLLBACK")
    await chain.ended(place)
    assert chain.answer(place) == "first"


@pytest.mark.slow
async def test_what_waited_when_the_bridge_died_runs_as_it_reads_by_now(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({"limits": {"sessions_at_work": 1}}, while_working="queue")
    await chain.bridge.start()
    place = await chain.at_work("sleep 60")
    edited = await chain.accepted(place, "say: before")
    deleted = await chain.accepted(place, "say: taken back")
    elsewhere = await chain.accepted(chain.general, "say: before, elsewhere")
    await chain.bridge.kill()
    await chain.ada.edit(edited, "say: after")
    await chain.ada.delete(deleted)
    await chain.ada.edit(elsewhere, "say: after, elsewhere")
    await chain.fault({"match": "GET /channels/*/messages/*", "status": 503, "times": 3})
    await chain.bridge.start()
    await chain.ended(place, turns=2)
    await chain.ended(elsewhere["id"])
    said = ("say: before", "say: after", "say: taken back", "say: before, elsewhere", "say: after, elsewhere")
    assert sorted(one for one in chain.prompts() if one in said) == ["say: after", "say: after, elsewhere"]


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_what_waits_runs_although_discord_does_not_tell_how_it_reads(chain: Chain) -> None:
    place = await chain.at_work("sleep 60")
    await chain.ada.command(place, "queue", {"words": "say: anyway"})
    await chain.accepted(place, "say: steered")
    await chain.bridge.kill()
    await chain.fault({"match": "GET /channels/*/messages/*", "status": 503})
    await chain.bridge.start()
    await chain.ada.until(lambda _: chain.chunks(place)[-2:] in (["anyway", "steered"], ["steered", "anyway"]), 60)
    assert any("does not say in time" in line for line in chain.bridge.lines)


@pytest.mark.slow
async def test_an_edit_in_a_gap_of_the_gateway_reaches_what_waits(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({}, while_working="queue")
    await chain.bridge.start()
    place = await chain.at_work("sleep 12")
    edited = await chain.accepted(place, "say: before")
    await gap(chain)
    await chain.ada.edit(edited, "say: after")
    await chain.ask("say: missed", place)
    await over(chain)
    await chain.ended(place, turns=3, limit=50)
    assert chain.prompts() == ["sleep 12", "say: after", "say: missed"]


@pytest.mark.slow
async def test_a_thread_that_was_archived_meanwhile_is_read_too(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({}, while_working="queue")
    await chain.bridge.start()
    place = await chain.ask("say: before")
    await chain.ended(place)
    old = await chain.mallory.say(chain.general, "a stranger's words")
    await chain.ended(await chain.ask("say: after it"))
    await chain.bridge.kill()
    missed = await chain.ada.say(place, "say: missed")
    await chain.ada.request("PATCH", f"/channels/{place}", {"archived": True})
    thread = await chain.ada.start_thread(chain.general, "opened and closed again", old)
    await chain.ada.say(thread["id"], f"{chain.mention} say: inside")
    await chain.ada.request("PATCH", f"/channels/{thread['id']}", {"archived": True})
    later = await chain.ask("say: in the channel, later")
    await chain.bridge.start()
    for where, turns in ((place, 2), (thread["id"], 1), (later, 1)):
        await chain.ended(where, turns)
    assert chain.chunks(place) == ["before", "missed"]
    assert chain.chunks(thread["id"]) == ["inside"]
    assert (chain.ada.message(missed) or {}).get("reactions")
    archives = [one for one in await chain.requests() if "/threads/archived/" in one["path"]]
    assert len(archives) <= 2 * len(chain.world.about["channels"])


@pytest.mark.slow
async def test_a_thread_is_not_forgotten_because_its_channel_was_read_before_a_kill(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({}, while_working="queue")
    await chain.bridge.start()
    await chain.ended(await chain.ask("say: before"))
    await chain.bridge.kill()
    thread = await chain.ada.start_thread(chain.general, "opened meanwhile")
    await chain.ada.say(thread["id"], f"{chain.mention} say: inside")
    await chain.ask("say: in the channel, later")
    await chain.fault({"match": f"GET /channels/{thread['id']}/messages", "status": 503})
    await chain.bridge.spawn()
    await chain.bridge_prints("is read again", 30)
    await chain.bridge.kill()
    await chain.mend()
    await chain.bridge.start()
    await chain.ended(thread["id"])
    assert chain.answer(thread["id"]) == "inside"


@pytest.mark.slow
async def test_where_nothing_new_was_said_nothing_is_read(chain: Chain) -> None:
    places = [await chain.ask(f"say: {n}") for n in range(3)]
    for place in places:
        await chain.ended(place)
    await chain.bridge.kill()
    missed = await chain.ada.say(places[0], "say: missed")
    await chain.bridge.start()
    await chain.ended(places[0], turns=2)
    read = {place for place in (*places, chain.general) if await reading(chain, place)}
    assert read == {missed["channel_id"]}


@pytest.mark.slow
async def test_a_second_gap_while_the_first_is_read_doubles_nothing_and_loses_nothing(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({}, while_working="queue")
    await chain.bridge.start()
    place = await chain.ask("say: 0")
    await chain.ended(place)
    await gap(chain)
    for n in range(1, 5):
        await chain.ada.say(place, f"say: {n}")
    await over(chain)
    await chain.fault({"match": "GET /channels/*/messages", "latency_ms": 1500})
    async with asyncio.timeout(20):
        while not await reading(chain, place):  # noqa: ASYNC110 - another process's doings
            await asyncio.sleep(0.05)
    await gap(chain)
    for n in range(5, 8):
        await chain.ada.say(place, f"say: {n}")
    await over(chain)
    await chain.ada.say(place, "say: 8")
    await chain.ended(place, turns=9, limit=50)
    assert chain.prompts() == [f"say: {n}" for n in range(9)]


async def gap(chain: Chain) -> None:
    """The gateway hangs up, forgets the session, and lets nobody in."""
    await chain.fault({"refuse_gateway": True})
    await chain.fault({"drop_gateway": True, "resumable": False})


async def over(chain: Chain) -> None:
    """The gateway lets the bridge in again."""
    await chain.mend()


async def reading(chain: Chain, place: str) -> bool:
    """Whether the place's history was asked for."""
    asked = (one["path"] for one in await chain.requests() if one["method"] == "GET")
    return any(path.endswith(f"/channels/{place}/messages") for path in asked)
