"""What programs do by the HTTP API, through the whole chain."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from antiphon.standin.client_shapes import words_of
from api import Program, free_port, listening, program

from chain import Chain, Json

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def ci(unstarted: Chain) -> AsyncGenerator[Program]:
    """A program with every scope, and a bridge that has the API."""
    port = free_port()
    async with program(unstarted, port) as one:
        await unstarted.start_configured({"api": {"port": port}})
        await listening(unstarted)
        yield one


def notices(chain: Chain, text: str, place: str | None = None) -> list[Json]:
    return [one for one in chain.ada.messages(place or chain.general) if text in words_of(one)]


async def test_a_notice_is_posted_with_all_that_it_has(unstarted: Chain, ci: Program) -> None:
    file = {"name": "report.txt", "content": "aGVsbG8="}
    asked = {
        "text": "All **green**",
        "title": "Build 7",
        "link": "https://ci.example/7",
        "color": 0x2DA44E,
        "file": file,
    }
    told = await ci.post("/api/v1/notices", asked)
    (message,) = await unstarted.ada.until(lambda _: notices(unstarted, "All **green**"), 20)
    assert "[Build 7](https://ci.example/7)" in words_of(message)
    assert "ci" in words_of(message)
    assert message["components"][0]["accent_color"] == 0x2DA44E
    assert [one["filename"] for one in message["attachments"]] == ["report.txt"]
    async with asyncio.timeout(10):
        while (found := await ci.get(f"/api/v1/notices/{told['id']}"))["state"] != "sent":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert found["message"] == message["id"]


async def test_a_session_is_started_spoken_to_and_watched(unstarted: Chain, ci: Program) -> None:
    made = await ci.post("/api/v1/sessions", {"prompt": "Run the tests", "title": "Nightly tests"})
    place = (
        await unstarted.ada.until(
            lambda ada: [one for one in ada.channels.values() if one.get("name") == "Nightly tests"], 30
        )
    )[0]["id"]
    await unstarted.ada.until(lambda _: any("Done" in one for one in unstarted.ends(place)), 40)
    found = await ci.get(f"/api/v1/sessions/{made['id']}")
    assert found["session"]["thread"] == place
    await ci.post(f"/api/v1/sessions/{made['id']}/messages", {"text": "Say pong"})
    await unstarted.ada.until(lambda _: len(unstarted.ends(place)) == 2, 40)
    assert len(unstarted.prompts()) == 2
    assert any("ci wrote by the API" in words_of(one) for one in unstarted.ada.messages(place))
