"""The server: errors in the API's shape, its own pace, faults, and what it lets be seen."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

from antiphon.standin.model import Pace, ScriptedModel, stream_text

TOOLS = [{"name": "Bash", "input_schema": {"type": "object"}}]


@pytest.fixture
async def model() -> AsyncGenerator[ScriptedModel]:
    async with ScriptedModel(pace=Pace.instant()) as model:
        yield model


@pytest.fixture
async def http(model: ScriptedModel) -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(model.url) as http:
        yield http


def body(prompt: str, **more: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": prompt}]
    return {"model": "claude-opus-5-5", "max_tokens": 100, "messages": messages, "tools": TOOLS, **more}


def text_of(events: str) -> str:
    data = [json.loads(line.removeprefix("data: ")) for line in events.splitlines() if line.startswith("data: ")]
    return "".join(event["delta"]["text"] for event in data if event.get("delta", {}).get("type") == "text_delta")


async def test_the_same_answer_comes_streamed_and_whole(http: aiohttp.ClientSession) -> None:
    async with http.post("/v1/messages?beta=true", json=body("say: hi")) as response:
        whole = await response.json()
    async with http.post("/v1/messages?beta=true", json=body("say: hi", stream=True)) as response:
        assert response.content_type == "text/event-stream"
        streamed = await response.text()
    assert whole["content"] == [{"type": "text", "text": "hi"}]
    assert text_of(streamed) == "hi"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "invalid_request_error"), (401, "authentication_error"), (429, "rate_limit_error"), (500, "api_error"),
     (529, "overloaded_error")],
)  # fmt: skip
async def test_errors_have_the_shape_of_the_api(http: aiohttp.ClientSession, status: int, kind: str) -> None:
    async with http.post("/v1/messages", json=body(f"error {status}")) as response:
        error = await response.json()
        assert response.status == status
        assert (error["type"], error["error"]["type"]) == ("error", kind)
        assert error["request_id"] == response.headers["request-id"]
        assert ("retry-after" in response.headers) == (status == 429)


async def test_an_error_says_the_words_that_it_was_given(http: aiohttp.ClientSession) -> None:
    async with http.post("/v1/messages", json=body("error 400: too long")) as response:
        assert (response.status, (await response.json())["error"]["message"]) == (400, "too long")


async def test_a_counted_error_is_over_for_its_turn_and_back_for_the_next(http: aiohttp.ClientSession) -> None:
    again = body("error 529 2")
    later = {**again, "messages": [*again["messages"], {"role": "assistant", "content": "x"}, *again["messages"]]}
    statuses: list[int] = []
    for request in (again, again, again, later):
        async with http.post("/v1/messages", json=request) as response:
            statuses.append(response.status)
    assert statuses == [529, 529, 200, 529]


@pytest.mark.parametrize("stream", [True, False])
async def test_a_cut_answer_ends_as_a_broken_connection(http: aiohttp.ClientSession, stream: bool) -> None:
    with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ServerDisconnectedError)):
        async with http.post("/v1/messages", json=body("cut", stream=stream)) as response:
            await response.text()


async def test_a_hanging_request_ends_with_its_client(http: aiohttp.ClientSession, model: ScriptedModel) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2), http.post("/v1/messages", json=body("hang", stream=True)):
            pass
    assert [(seen.script, seen.finished) for seen in model.requests] == [("hang", False)]


async def test_leaving_does_not_wait_for_a_request_that_hangs() -> None:
    async with aiohttp.ClientSession() as http:
        async with ScriptedModel() as model:
            url = f"{model.url}/v1/messages"
            hanging = asyncio.create_task(http.post(url, json=body("hang")).__aenter__(), name="hanging request")
            async with asyncio.timeout(5):
                while not model.requests:  # noqa: ASYNC110 - what it has seen is all that the model tells
                    await asyncio.sleep(0.01)
            start = time.monotonic()
        assert time.monotonic() - start < 2
        with pytest.raises(aiohttp.ClientError):
            await hanging


async def test_a_stream_keeps_the_rate_that_it_was_given(http: aiohttp.ClientSession) -> None:
    start = time.monotonic()
    async with http.post("/v1/messages", json=body("stream 400 200", stream=True)) as response:
        assert text_of(await response.text()) == stream_text(400)
    assert 0.45 < time.monotonic() - start < 1.5


async def test_the_first_token_comes_as_late_as_the_pace_and_the_script_say() -> None:
    async with (
        ScriptedModel(pace=Pace(first_token=0.2, tokens_per_second=0)) as model,
        aiohttp.ClientSession(model.url) as http,
    ):
        took: list[float] = []
        for prompt in ("say: hi", "slow 0.4"):
            start = time.monotonic()
            async with http.post("/v1/messages", json=body(prompt, stream=True)) as response:
                await response.text()
            took.append(time.monotonic() - start)
    assert 0.2 <= took[0] < 0.39
    assert 0.4 <= took[1] < 0.9


async def test_a_client_that_leaves_in_the_middle_is_seen_as_unfinished(
    http: aiohttp.ClientSession, model: ScriptedModel
) -> None:
    async with http.post("/v1/messages", json=body("stream 4000 100", stream=True)) as response:
        await response.content.readline()
    async with http.post("/v1/messages", json=body("say: hi")) as response:
        await response.json()
    assert [seen.finished for seen in model.requests] == [False, True]


@pytest.mark.parametrize(
    "side",
    [
        {"max_tokens": 1},
        {"tools": []},
        {"messages": [{"role": "user", "content": "say: x"}, {"role": "user", "content": "[SUGGESTION MODE: guess]"}]},
    ],
    ids=["quota", "no tools", "suggestion"],
)
async def test_the_small_requests_of_the_cli_take_no_script(
    http: aiohttp.ClientSession, model: ScriptedModel, side: dict[str, Any]
) -> None:
    async with http.post("/v1/messages", json=body("hang") | side) as response:
        assert response.status == 200
        assert (await response.json())["content"][0]["text"]
    assert [seen.kind for seen in model.requests] == ["side"]


async def test_a_title_comes_in_the_schema_that_it_was_asked_for(http: aiohttp.ClientSession) -> None:
    schema = {"type": "object", "properties": {"title": {"type": "string"}, "sure": {"type": "boolean"}}}
    config = {"output_config": {"format": {"type": "json_schema", "schema": schema}}, "tools": []}
    async with http.post("/v1/messages", json=body("<session>\nFix the login\n</session>", **config)) as response:
        title = json.loads((await response.json())["content"][0]["text"])
    assert title["title"].startswith("Fix the login")
    assert title["sure"] is False


async def test_what_was_asked_can_be_read_over_http(http: aiohttp.ClientSession, model: ScriptedModel) -> None:
    for prompt in ("say: one", "say: two"):
        async with http.post("/v1/messages", json=body(prompt)) as response:
            await response.json()
    async with http.get("/standin/model/requests", params={"since": "1"}) as response:
        (seen,) = (await response.json())["requests"]
    assert (seen["number"], seen["prompt"], seen["script"], seen["finished"]) == (1, "say: two", "say", True)
    assert seen["messages"] == list(model.requests[1].messages)
    assert model.requests[0].monotonic <= model.requests[1].monotonic


async def test_other_addresses_answer_as_the_api_would(http: aiohttp.ClientSession) -> None:
    async with http.head("/") as response:
        assert response.status == 200
    async with http.get("/v1/models") as response:
        assert (await response.json())["data"][0]["id"].startswith("claude-")
    async with http.post("/v1/messages/count_tokens", json=body("hello")) as response:
        assert (await response.json())["input_tokens"] > 0
    async with http.get("/v1/files") as response:
        assert response.status == 404
        assert (await response.json())["error"]["type"] == "not_found_error"
    async with http.post("/v1/messages", data=b"{") as response:
        assert response.status == 400
        assert (await response.json())["error"]["type"] == "invalid_request_error"


async def test_two_models_in_one_process_know_nothing_of_each_other(http: aiohttp.ClientSession) -> None:
    async with ScriptedModel() as other:
        async with http.post("/v1/messages", json=body("say: hi")) as response:
            await response.json()
        assert other.requests == []


async def test_what_left_is_written_down_with_its_time(model: ScriptedModel, http: aiohttp.ClientSession) -> None:
    before = time.monotonic()
    async with http.post("/v1/messages", json=body("think: hm\nstream 40 50", stream=True)) as response:
        text = text_of(await response.text())
    sent = model.sent(0)
    assert sent[0][1] == 0
    assert [characters for _, characters in sent[-3:]] == [len(text) - 8, len(text) - 4, len(text)]
    times = [when for when, _ in sent]
    assert times == sorted(times)
    assert before <= times[0]
    assert times[-1] - times[1] >= 40 / 4 / 50 - 0.1
    assert model.sent(7) == []


async def test_a_delta_brings_as_little_as_is_asked_for(model: ScriptedModel, http: aiohttp.ClientSession) -> None:
    async with http.post("/v1/messages", json=body("stream 90 1000 3", stream=True)) as response:
        assert text_of(await response.text()) == stream_text(90)
    assert [characters for _, characters in model.sent(0)] == list(range(0, 93, 3))
