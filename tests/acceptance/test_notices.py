"""Messages that programs post, through the whole chain: delivered in order, once, whatever is killed when."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import closing

import pytest
from bench import shown

from antiphon.standin.client_shapes import words_of

from api import Program, free_port, listening, program
from chain import Chain, Json

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def ci(unstarted: Chain) -> AsyncGenerator[Program]:
    """A program that posts, and a bridge that has the API."""
    port = free_port()
    async with program(unstarted, port, "notify") as one:
        await unstarted.start_configured({"api": {"port": port}}, people=[int(unstarted.ada.me["id"])])
        await listening(unstarted)
        yield one


def told(chain: Chain, text: str, place: str | None = None) -> list[Json]:
    return [one for one in chain.ada.messages(place or chain.general) if text in words_of(one)]


async def arrived(chain: Chain, text: str, place: str | None = None) -> Json:
    return (await chain.ada.until(lambda _: told(chain, text, place), 20))[0]


async def until_settled(chain: Chain) -> None:
    """Wait until no notice that is due waits."""
    async with asyncio.timeout(30):
        while True:
            with closing(chain.database()) as database:
                open_ = "SELECT count(*) FROM notice WHERE state IN ('waiting', 'sending') AND due <= ?"
                ((left,),) = database.execute(open_, (time.time(),)).fetchall()
            if not left:
                return
            await asyncio.sleep(0.05)


async def test_one_has_all_that_it_was_given(unstarted: Chain, ci: Program) -> None:
    file = {"name": "../report.txt", "content": "aGVsbG8="}
    look = {"title": "Build 7", "link": "https://ci.example/7", "color": 0x2DA44E}
    asked = await ci.post("/api/v1/notices", {"text": "All **green** <@1> @everyone", **look, "file": file})
    message = await arrived(unstarted, "All **green**")
    assert "[Build 7](https://ci.example/7)" in words_of(message)
    assert "ci" in words_of(message)
    assert message["components"][0]["accent_color"] == 0x2DA44E
    assert [one["filename"] for one in message["attachments"]] == ["report.txt"]
    assert (message["mentions"], message["mention_everyone"]) == ([], False)
    await until_settled(unstarted)
    assert (await ci.get(f"/api/v1/notices/{asked['id']}"))["message"] == message["id"]


@pytest.mark.slow
async def test_one_goes_to_a_thread_and_one_to_a_person(unstarted: Chain, ci: Program) -> None:
    place = await unstarted.ask("say: hello")
    await unstarted.ended(place)
    await ci.post("/api/v1/notices", {"text": "into the thread", "place": place, "plain": True})
    await arrived(unstarted, "into the thread", place)
    await ci.post("/api/v1/notices", {"text": "for you alone", "person": unstarted.ada.me["id"]})
    await unstarted.ada.until(
        lambda ada: [one for id_ in ada.channels for one in ada.messages(id_) if "for you alone" in words_of(one)], 20
    )
    stranger = await ci.call("POST", "/api/v1/notices", {"text": "hm", "person": unstarted.mallory.me["id"]})
    assert stranger.status == 403
    elsewhere = await ci.call("POST", "/api/v1/notices", {"text": "hm", "place": "999999999999999999"})
    assert elsewhere.status == 403


@pytest.mark.slow
async def test_what_is_too_long_goes_into_a_file(unstarted: Chain, ci: Program) -> None:
    await ci.post("/api/v1/notices", {"text": "line of words\n" * 1000, "title": "Log"})
    message = await arrived(unstarted, "line of words")
    assert [one["filename"] for one in message["attachments"]] == ["message.md"]


@pytest.mark.slow
async def test_one_for_later_comes_in_time_and_one_that_was_missed_says_so(unstarted: Chain, ci: Program) -> None:
    soon = await ci.post("/api/v1/notices", {"text": "in a second", "at": time.time() + 1.0})
    missed = await ci.post("/api/v1/notices", {"text": "while away", "at": time.time() + 2.5})
    far = await ci.post("/api/v1/notices", {"text": "never", "at": time.time() + 3600})
    assert [one["id"] for one in (await ci.get("/api/v1/notices"))["notices"]] == [soon["id"], missed["id"], far["id"]]
    await arrived(unstarted, "in a second")
    assert (await ci.call("DELETE", f"/api/v1/notices/{far['id']}")).status == 200
    await unstarted.bridge.kill()
    with closing(unstarted.database()) as database:  # it was due two minutes ago
        database.execute("UPDATE notice SET due = ? WHERE id = ?", (time.time() - 120, missed["id"]))
    await unstarted.bridge.start()
    assert "late" in words_of(await arrived(unstarted, "while away"))
    await until_settled(unstarted)
    assert len(told(unstarted, "while away")) == 1
    assert not told(unstarted, "never")


@pytest.mark.slow
async def test_what_was_sent_and_not_noted_is_not_sent_again(unstarted: Chain, ci: Program) -> None:
    for number in range(3):
        await ci.post("/api/v1/notices", {"text": "the same words", "title": f"{number % 2}"})
    await unstarted.ada.until(lambda _: len(told(unstarted, "the same words")) == 3, 20)
    await until_settled(unstarted)
    await unstarted.bridge.kill()
    with closing(unstarted.database()) as database:  # as a kill after Discord's answer leaves it
        first = "SELECT id FROM notice ORDER BY created LIMIT 1"
        database.execute(
            f"UPDATE notice SET state = 'sending', message = NULL, since = ? WHERE id = ({first})", (time.time() - 5,)
        )
    await unstarted.bridge.start()
    await until_settled(unstarted)
    assert len(told(unstarted, "the same words")) == 3


@pytest.mark.slow
async def test_they_come_in_order_beside_a_turn_that_streams(unstarted: Chain, ci: Program) -> None:
    place = await unstarted.ask("stream 4000 200")
    wanted = [f"notice {number:03}" for number in range(30)]
    for text in wanted:
        await ci.post("/api/v1/notices", {"text": text, "plain": True})
    await unstarted.ended(place, limit=60)
    await unstarted.ada.until(lambda _: len(told(unstarted, "notice ")) == len(wanted), 110)
    assert [one["content"] for one in told(unstarted, "notice ")] == wanted


@pytest.mark.slow
async def test_a_place_that_is_gone_holds_up_no_other(unstarted: Chain, ci: Program) -> None:
    place = await unstarted.ask("say: hello")
    await unstarted.ended(place)
    await ci.post("/api/v1/notices", {"text": "to nowhere"})
    await arrived(unstarted, "to nowhere")
    await until_settled(unstarted)
    await unstarted.bridge.kill()
    with closing(unstarted.database()) as database:
        database.execute(
            "UPDATE notice SET target = 'place:42', state = 'waiting', body = json_set(body, '$.place', 42)"
        )
    await unstarted.bridge.start()
    await listening(unstarted)
    await ci.post("/api/v1/notices", {"text": "still here"})
    await arrived(unstarted, "still here")
    assert shown.ends(unstarted.ada.messages(place))


@pytest.mark.slow
async def test_what_claude_has_said_is_not_taken_for_a_notice(unstarted: Chain, ci: Program) -> None:
    place = await unstarted.ask("say: Done with the whole of it")
    await unstarted.ended(place)
    await unstarted.bridge.kill()
    await unstarted.bridge.start()
    await unstarted.bridge_prints("the API listens")
    await ci.post("/api/v1/notices", {"text": "x", "place": place, "plain": True, "at": time.time() + 3600})
    await unstarted.bridge.kill()
    with closing(unstarted.database()) as database:  # as a kill before the message was sent leaves it
        database.execute(
            "UPDATE notice SET state = 'sending', due = ?, since = ?, body = json_set(body, '$.text', 'Done')",
            (time.time(), time.time() - 30),
        )
    await unstarted.bridge.start()
    await unstarted.ada.until(lambda ada: [one for one in ada.messages(place) if one["content"] == "Done"], 20)


@pytest.mark.slow
async def test_one_waits_for_a_place_that_is_closed_for_now(unstarted: Chain, ci: Program) -> None:
    await unstarted.fault({"match": "POST /channels/*/messages", "code": 50013, "times": 1})
    await ci.post("/api/v1/notices", {"text": "after all"})
    await arrived(unstarted, "after all")


@pytest.mark.slow
async def test_one_program_does_not_see_what_is_anothers(unstarted: Chain, ci: Program) -> None:
    later = time.time() + 3600
    mine = await ci.post("/api/v1/notices", {"text": "mine", "at": later})
    async with program(unstarted, 0, "notify", name="other") as other:
        other.url = ci.url
        assert (await other.get("/api/v1/notices"))["notices"] == []
        assert (await other.call("DELETE", f"/api/v1/notices/{mine['id']}")).status == 404
    far = await ci.call("POST", "/api/schedule", {"message": "far", "scheduled_at": "9999-12-31T23:59:59-12:00"})
    assert far.status == 422
    assert len((await ci.get("/api/scheduled"))["notifications"]) == 1
    assert (await ci.call("DELETE", f"/api/v1/notices/{mine['id']}")).body["state"] == "cancelled"
    assert (await ci.call("GET", f"/api/v1/notices/{mine['id']}")).status == 404
