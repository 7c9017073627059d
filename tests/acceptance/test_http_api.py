"""What programs do by the HTTP API, through the whole chain: sessions, their events, answers, and what is done once."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

import pytest

from antiphon.standin.client_shapes import words_of
from antiphon.web import tokens

from api import Program, free_port, listening, program, token_for
from chain import Chain, Json

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def ci(unstarted: Chain) -> AsyncGenerator[Program]:
    """A program with every scope, and a bridge that has the API and asks before it runs commands."""
    port = free_port()
    async with program(unstarted, port) as one:
        await unstarted.start_configured({"api": {"port": port}}, allowed_tools=["Read"], permission_mode="default")
        await listening(unstarted)
        yield one


async def thread(chain: Chain, name: str) -> str:
    """Wait for the thread of this name; its id."""
    found = await chain.ada.until(lambda ada: [id_ for id_, one in ada.channels.items() if one.get("name") == name], 30)
    return found[0]


async def until(ci: Program, path: str, holds: Any) -> Any:
    """The body of an address, once something holds of it."""
    async with asyncio.timeout(30):
        while not holds(found := await ci.get(path)):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.2)  # a token may ask ten times a second
    return found


@asynccontextmanager
async def stream(ci: Program, path: str, **headers: str) -> AsyncGenerator[AsyncIterator[Json]]:
    """A session's events, as they come."""
    sent = {"Authorization": f"Bearer {ci.token}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    async with ci.http.get(ci.url + path, headers=sent) as answer:
        assert answer.status == 200, await answer.text()

        async def events() -> AsyncIterator[Json]:
            event: Json = {}
            async for raw in answer.content:
                line = raw.decode().rstrip("\r\n")
                if not line and "data" in event:
                    yield event
                    event = {}
                elif line and not line.startswith(":"):
                    name, _, value = line.partition(": ")
                    event[name] = json.loads(value) if name == "data" else value

        yield events()


async def test_a_session_is_started_spoken_to_and_stopped(unstarted: Chain, ci: Program) -> None:
    made = await ci.post("/api/v1/sessions", {"prompt": "say: one", "title": "Nightly"})
    place = await thread(unstarted, "Nightly")
    await unstarted.ada.until(lambda _: any("Done" in one for one in unstarted.ends(place)), 40)
    found = await until(ci, f"/api/v1/sessions/{made['id']}", lambda one: one["session"]["thread"])
    assert (found["session"]["thread"], found["session"]["state"]) == (place, "idle")
    opening = next(one for one in unstarted.ada.messages(unstarted.general) if one["id"] == place)
    assert "**ci** started a session" in words_of(opening)
    assert any("say: one" in words_of(one) for one in unstarted.ada.messages(place))  # what was asked is shown

    await ci.post(f"/api/v1/sessions/{made['id']}/messages", {"text": "slow 60"})
    await until(ci, f"/api/v1/sessions/{made['id']}", lambda one: one["session"]["state"] == "working")
    assert any("ci wrote via the API" in words_of(one) for one in unstarted.ada.messages(place))
    queued = await ci.post(f"/api/v1/sessions/{made['id']}/messages", {"text": "say: later", "when": "after"})
    line = await until(ci, "/api/v1/queue", lambda one: one["queue"])
    assert [one["text"] for one in line["queue"]] == ["say: later"]
    assert (await ci.post(f"/api/v1/sessions/{made['id']}/stop"))["stopping"]
    await unstarted.ada.until(lambda _: len(unstarted.ends(place)) == 3, 40)
    assert "Stopped" in unstarted.ends(place)[1]
    assert queued["session"] == made["id"]
    refused = await ci.call("POST", f"/api/v1/sessions/{made['id']}/messages", {"text": " "})
    assert refused.status == 422
    assert [one for one in unstarted.prompts() if "say: later" in one]
    assert [one["id"] for one in (await ci.get("/api/v1/sessions"))["sessions"]] == [made["id"]]


@pytest.mark.slow
async def test_what_claude_asks_is_answered_by_the_first_who_does(unstarted: Chain, ci: Program) -> None:
    made = await ci.post("/api/v1/sessions", {"prompt": "bash: echo hello > made.txt"})
    path = f"/api/v1/sessions/{made['id']}"
    async with stream(ci, f"{path}/events") as events:  # it tells at once
        last = event = await anext(events)
        while event["event"] != "request":
            last, event = event, await anext(events)
    assert (event["data"]["outcome"], "id" in event) == (None, False)
    async with stream(ci, f"{path}/events", Last_Event_ID=last["id"]) as events:  # and who comes back is told again
        assert (await anext(events))["data"]["request"] == event["data"]["request"]
    (asked,) = (await until(ci, path, lambda one: one["requests"]))["requests"]
    assert asked["request"] == event["data"]["request"]
    assert (asked["kind"], asked["tool"]) == ("permission", "Bash")
    answer = {"turn": asked["turn"], "request": asked["request"], "allow": True}
    assert (await ci.call("POST", f"{path}/answers", answer)).status == 202
    assert (await ci.call("POST", f"{path}/answers", {**answer, "allow": False})).status == 409
    await until(ci, path, lambda one: one["session"]["state"] == "idle")
    assert (unstarted.project / "made.txt").read_text() == "hello\n"


@pytest.mark.slow
async def test_events_go_on_after_a_restart_where_they_were(unstarted: Chain, ci: Program) -> None:
    made = await ci.post("/api/v1/sessions", {"prompt": "say: first"})
    path, seen = f"/api/v1/sessions/{made['id']}/events", list[Json]()
    async with stream(ci, path) as events:
        async for event in events:
            seen.append(event)
            if event["event"] == "end":
                break
    assert [one["event"] for one in seen] == ["turn", "said", "text", "end"]
    assert seen[2]["data"]["text"] == "first"
    await unstarted.restart()
    async with asyncio.timeout(30):
        while True:  # the new bridge has to bind the port first
            try:
                await ci.get("/api/v1/health")
                break
            except OSError:
                await asyncio.sleep(0.05)
    await ci.post(f"/api/v1/sessions/{made['id']}/messages", {"text": "say: second"})
    later = list[Json]()
    async with stream(ci, path, Last_Event_ID=seen[-1]["id"]) as events:
        async for event in events:
            later.append(event)
            if event["event"] == "end":
                break
    assert [one["data"]["text"] for one in later if one["event"] == "text"] == ["second"]
    assert not {one["id"] for one in later} & {one["id"] for one in seen}


@pytest.mark.slow
async def test_the_same_key_does_it_once_also_after_a_kill(unstarted: Chain, ci: Program) -> None:
    asked = {"prompt": "say: once", "title": "Once"}
    first, second = await asyncio.gather(
        *(ci.call("POST", "/api/v1/sessions", asked, Idempotency_Key="night-1") for _ in range(2))
    )
    assert (first.status, first.body) == (second.status, second.body)
    await unstarted.restart()
    await unstarted.bridge_prints("the API listens")
    third = await ci.call("POST", "/api/v1/sessions", asked, Idempotency_Key="night-1")
    assert (third.status, third.body, third.headers["Idempotency-Replayed"]) == (201, first.body, "true")
    other = await ci.call("POST", "/api/v1/sessions", {**asked, "prompt": "say: twice"}, Idempotency_Key="night-1")
    assert other.status == 422
    place = await thread(unstarted, "Once")
    await unstarted.ada.until(lambda _: unstarted.ends(place), 40)  # done, or interrupted by the kill
    assert len([one for one in unstarted.prompts() if "say: once" in one]) <= 1
    assert len([one for one in unstarted.ada.channels.values() if one.get("name") == "Once"]) == 1


@pytest.mark.slow
async def test_a_schedule_made_by_a_program_runs_as_long_as_its_token_is_good(unstarted: Chain, ci: Program) -> None:
    made = await ci.post("/api/v1/schedules", {"when": "every 1h", "prompt": "say: tick", "name": "Tick"})
    assert made["next"] > time.time() + 3000
    await ci.post(f"/api/v1/schedules/{made['id']}/run")
    place = await thread(unstarted, "Tick")
    await unstarted.ada.until(lambda _: any("Done" in one for one in unstarted.ends(place)), 40)
    found = await until(ci, f"/api/v1/schedules/{made['id']}", lambda one: one["runs"] and one["runs"][0]["ended"])
    assert [(one["state"], one["ended"]) for one in found["runs"]] == [("over", "done")]
    paused = await ci.call("PATCH", f"/api/v1/schedules/{made['id']}", {"paused": True})
    assert (paused.body["paused"], paused.body["next"]) == ("by_hand", None)
    assert (await ci.call("DELETE", f"/api/v1/schedules/{made['id']}")).status == 200
    assert (await ci.get("/api/v1/schedules"))["schedules"] == []


@pytest.mark.slow
async def test_how_the_bridge_is(unstarted: Chain, ci: Program) -> None:
    async with ci.http.get(f"{ci.url}/api/health") as answer:  # without a token
        assert (answer.status, (await answer.json())["status"]) == (200, "ok")
    await unstarted.ended(await unstarted.ask("say: hello"))
    async with program(unstarted, 0, "read", name="narrow", projects=frozenset({"playground"})) as narrow:
        narrow.url = ci.url
        assert (await narrow.call("GET", "/api/v1/usage")).status == 403
        assert (await narrow.call("GET", "/api/v1/sessions")).status == 200
    usage = await ci.get("/api/v1/usage")
    assert (usage["sessions"], usage["turns_ended"]) == (1, 1)
    assert "antiphon_turns_ended 1.0" in await ci.get("/api/v1/metrics")
    assert (await ci.get("/api/v1/projects"))["projects"][0]["name"] == "playground"
    page = await ci.get("/api/docs")
    assert "/api/v1/sessions" in page


@pytest.mark.slow
async def test_a_run_is_asked_for_once_under_a_key_also_where_the_answer_was_not_kept(
    unstarted: Chain, ci: Program
) -> None:
    made = await ci.post("/api/v1/schedules", {"when": "every 1h", "prompt": "say: once", "show": "one_thread"})
    path = f"/api/v1/schedules/{made['id']}"
    await ci.post(f"{path}/run", Idempotency_Key="r1")
    await until(ci, path, lambda one: one["runs"] and one["runs"][0]["ended"])
    with closing(unstarted.database()) as database:
        database.execute("DELETE FROM answer")  # as a kill between doing and keeping leaves it
    await ci.post(f"{path}/run", Idempotency_Key="r1")
    assert len((await ci.get(path))["runs"]) == 1


@pytest.mark.slow
async def test_a_key_holds_for_what_is_too_long_to_be_kept(unstarted: Chain, ci: Program) -> None:
    asked = {"text": "a" * 90_000}
    first = await ci.call("POST", "/api/v1/notices", asked, Idempotency_Key="k")
    again = await ci.call("POST", "/api/v1/notices", asked, Idempotency_Key="k")
    other = await ci.call("POST", "/api/v1/notices", {"text": "b" * 90_000}, Idempotency_Key="k")
    assert (first.status, again.status, other.status) == (202, 202, 422)
    assert first.body["id"] == again.body["id"]


@pytest.mark.slow
async def test_a_stream_ends_with_its_token_and_with_the_bridge(unstarted: Chain, ci: Program) -> None:
    made = await ci.post("/api/v1/sessions", {"prompt": "say: hello"})
    path = f"/api/v1/sessions/{made['id']}/events"
    await until(ci, path.removesuffix("/events"), lambda one: one["session"]["state"] == "idle")
    async with stream(ci, path) as first:
        async with asyncio.timeout(20):
            while (await anext(first))["event"] != "end":
                pass
            tokens.revoke(unstarted.world.root / "state", "ci")
            assert not [one async for one in first]
    assert (await ci.call("GET", path)).status == 401
    ci.token = token_for(unstarted.world.root, "again")
    async with stream(ci, path) as second:
        assert [event async for event in _some(second, 4)]
        begun = time.monotonic()
        await unstarted.bridge.stop()
        assert time.monotonic() - begun < 5


async def _some(events: AsyncIterator[Json], many: int) -> AsyncIterator[Json]:
    for _ in range(many):
        yield await anext(events)
