"""The gateway: identify, heartbeats, resume, close codes, intents."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import WSMsgType

from antiphon.standin.discord import Limits, Rate
from antiphon.standin.person import Person
from standin.conftest import Raw, opened

EVERYTHING = (1 << 17) - 1
GUILD_MESSAGES, CONTENT, MEMBERS, PRESENCES = 1 << 9, 1 << 15, 1 << 1, 1 << 8


class Socket:
    """A gateway connection, frame by frame."""

    def __init__(self, raw: Raw, socket: Any) -> None:
        self.raw = raw
        self.socket = socket
        self.sequence = 0

    async def frame(self) -> dict[str, Any]:
        message = await self.socket.receive(timeout=5)
        assert message.type == WSMsgType.TEXT, (message, self.socket.close_code)
        frame = json.loads(message.data)
        self.sequence = frame.get("s") or self.sequence
        return frame

    async def event(self, name: str) -> dict[str, Any]:
        """The next event of a name; others are passed over."""
        while (frame := await self.frame()).get("t") != name:
            pass
        return frame["d"]

    async def names(self, until: str) -> list[str]:
        """Names of events up to one."""
        found: list[str] = []
        while not found or found[-1] != until:
            found.append((await self.frame())["t"])
        return found

    async def closed(self) -> int:
        """The close code, after whatever else still comes."""
        while (await self.socket.receive(timeout=5)).type == WSMsgType.TEXT:
            pass
        return self.socket.close_code

    async def send(self, op: int, data: Any) -> None:
        await self.socket.send_json({"op": op, "d": data})

    async def identify(self, intents: int | None = EVERYTHING, **more: Any) -> None:
        body = {"token": self.raw.about["bot_token"], "properties": {}, "intents": intents} | more
        await self.send(2, body)

    async def ready(self, intents: int = EVERYTHING) -> dict[str, Any]:
        await self.identify(intents)
        ready = await self.event("READY")
        if intents & 1:
            await self.event("GUILD_CREATE")
        return ready


@asynccontextmanager
async def connected(raw: Raw, version: str = "10", url: str | None = None) -> AsyncIterator[Socket]:
    address = f"{url or raw.about['gateway']}?v={version}&encoding=json&compress=zlib-stream"
    async with raw.session.ws_connect(address) as socket:
        found = Socket(raw, socket)
        if version == "10":
            hello = await found.frame()
            assert hello["op"] == 10
        yield found


async def say(raw: Raw, content: str = "x", who: str = "ada") -> Any:
    return await raw.ok("POST", f"/channels/{raw.ids['general']}/messages", {"content": content}, who=who)


async def test_hello_names_an_interval_and_beats_are_answered(raw: Raw) -> None:
    async with raw.session.ws_connect(raw.about["gateway"]) as socket:
        hello = await socket.receive_json()
        assert hello == {"op": 10, "d": {"heartbeat_interval": 41250}}
        await socket.send_json({"op": 1, "d": None})
        assert (await socket.receive_json())["op"] == 11


async def test_ready_leads_back_to_this_machine(raw: Raw) -> None:
    async with connected(raw) as socket:
        ready = await socket.ready()
        assert ready["resume_gateway_url"] == raw.about["gateway"]
        assert ready["guilds"] == [{"id": raw.ids["guild"], "unavailable": True}]
        assert ready["application"]["id"] == raw.ids["app"]


IDENTIFIES: list[tuple[str, dict[str, Any], int]] = [
    ("a wrong token", {"token": "nobody"}, 4004),
    ("no properties", {"properties": None}, 4002),
    ("no intents", {"intents": None}, 4013),
    ("an intent that does not exist", {"intents": 1 << 30}, 4013),
    ("a shard beyond the shards", {"shard": [1, 1]}, 4010),
    ("a shard that is none", {"shard": "0"}, 4010),
]


@pytest.mark.parametrize(("body", "code"), [i[1:] for i in IDENTIFIES], ids=[i[0] for i in IDENTIFIES])
async def test_an_identify_that_is_wrong_is_hung_up_on(raw: Raw, body: dict[str, Any], code: int) -> None:
    async with connected(raw) as socket:
        await socket.identify(**body)
        assert await socket.closed() == code


FRAMES: list[tuple[str, str, int]] = [
    ("no JSON", "{", 4002),
    ("no opcode", "{}", 4002),
    ("a list", "[]", 4002),
    ("an unknown opcode", '{"op": 99}', 4001),
    ("a request before identifying", '{"op": 8, "d": {}}', 4003),
    ("a presence before identifying", '{"op": 3, "d": {}}', 4003),
    ("more than 4096 bytes", json.dumps({"op": 3, "d": "x" * 4096}), 4002),
    ("a resume of nothing", '{"op": 6, "d": {"token": "nobody", "session_id": "x", "seq": 1}}', 4004),
]


@pytest.mark.parametrize(("frame", "code"), [f[1:] for f in FRAMES], ids=[f[0] for f in FRAMES])
async def test_a_frame_that_is_wrong_is_hung_up_on(raw: Raw, frame: str, code: int) -> None:
    async with connected(raw) as socket:
        await socket.socket.send_str(frame)
        assert await socket.closed() == code


async def test_another_version_is_hung_up_on(raw: Raw) -> None:
    async with connected(raw, version="9") as socket:
        assert await socket.closed() == 4012


async def test_identifying_twice_is_hung_up_on(raw: Raw) -> None:
    async with connected(raw) as socket:
        await socket.ready()
        await socket.identify()
        assert await socket.closed() == 4005


@pytest.mark.parametrize("intent", [CONTENT, MEMBERS, PRESENCES])
async def test_an_intent_that_is_switched_off_is_hung_up_on(raw: Raw, intent: int) -> None:
    await raw.ok("PATCH", f"/applications/{raw.ids['app']}", {"flags": 0}, who="ada")
    async with connected(raw) as socket:
        await socket.identify(intent)
        assert await socket.closed() == 4014


async def test_a_reset_token_is_worthless(raw: Raw) -> None:
    await raw.ok("POST", f"/applications/{raw.ids['app']}/bot/reset", {}, who="ada")
    assert (await raw("GET", "/users/@me")).status == 401
    async with connected(raw) as socket:
        await socket.identify()
        assert await socket.closed() == 4004


async def test_too_many_sends_are_hung_up_on() -> None:
    async with opened(Limits().with_rates(gateway_send=Rate(3, 60.0))) as raw, connected(raw) as socket:
        for _ in range(4):
            await socket.send(1, None)
        assert await socket.closed() == 4008


async def test_silence_is_hung_up_on() -> None:
    async with opened(Limits(heartbeat_interval=0.05)) as raw, connected(raw) as socket:
        await socket.ready()
        assert await socket.closed() == 4009


async def test_identifies_that_come_too_quickly_are_put_off() -> None:
    async with opened(Limits()) as raw, connected(raw) as first, connected(raw) as second:
        await first.ready()
        await second.identify()
        assert await second.frame() == {"op": 9, "d": False}
        about = await raw.ok("GET", "/gateway/bot")
        assert about["session_start_limit"]["remaining"] == 998


async def test_beyond_the_days_identifies_the_token_is_reset() -> None:
    async with opened(Limits(identifies_per_day=1, identify_window=0.0, max_concurrency=9)) as raw:
        async with connected(raw) as socket:
            await socket.ready()
        async with connected(raw) as socket:
            await socket.identify()
            assert await socket.closed() == 4004
        assert (await raw("GET", "/users/@me")).status == 401


async def drop(raw: Raw, *, resumable: bool) -> None:
    await raw.ok("POST", "/standin/faults", {"drop_gateway": True, "resumable": resumable}, who=None)


async def test_a_resume_brings_what_was_missed_in_order(raw: Raw) -> None:
    async with connected(raw) as socket:
        ready = await socket.ready()
        await say(raw, "seen")
        await socket.event("MESSAGE_CREATE")
        await drop(raw, resumable=True)
        assert await socket.closed() == 4000
    for content in ("one", "two"):
        await say(raw, content)
    body = {"token": raw.about["bot_token"], "session_id": ready["session_id"], "seq": socket.sequence}
    async with connected(raw, url=ready["resume_gateway_url"]) as again:
        await again.send(6, body)
        missed = [await again.event("MESSAGE_CREATE") for _ in range(2)]
        assert [m["content"] for m in missed] == ["one", "two"]
        await again.event("RESUMED")
        await say(raw, "three")
        assert (await again.event("MESSAGE_CREATE"))["content"] == "three"
        assert again.sequence == socket.sequence + 4


async def resumed(raw: Raw, session_id: str, sequence: int) -> dict[str, Any]:
    """The answer to a resume."""
    async with connected(raw) as socket:
        await socket.send(6, {"token": raw.about["bot_token"], "session_id": session_id, "seq": sequence})
        return await socket.frame()


INVALID = {"op": 9, "d": False}


async def test_a_session_that_is_gone_cannot_be_resumed(raw: Raw) -> None:
    async with connected(raw) as socket:
        ready = await socket.ready()
        await drop(raw, resumable=False)
        await socket.closed()
    assert await resumed(raw, ready["session_id"], socket.sequence) == INVALID
    assert await resumed(raw, "never", 1) == INVALID


async def test_a_goodbye_ends_the_session(raw: Raw) -> None:
    async with connected(raw) as socket:
        ready = await socket.ready()
        await socket.socket.close(code=1000)
    assert await resumed(raw, ready["session_id"], socket.sequence) == INVALID


async def test_another_close_leaves_the_session_to_be_resumed(raw: Raw) -> None:
    async with connected(raw) as socket:
        ready = await socket.ready()
        await socket.socket.close(code=4900)
    assert (await resumed(raw, ready["session_id"], socket.sequence))["t"] == "RESUMED"


async def test_a_sequence_from_the_future_is_hung_up_on(raw: Raw) -> None:
    async with connected(raw) as socket:
        ready = await socket.ready()
        await socket.socket.close(code=4900)
    async with connected(raw) as again:
        await again.send(6, {"token": raw.about["bot_token"], "session_id": ready["session_id"], "seq": 99})
        assert await again.closed() == 4007


async def test_too_late_or_too_much_missed_cannot_be_resumed() -> None:
    async with opened(Limits(resume_window=-1.0)) as raw:
        async with connected(raw) as socket:
            ready = await socket.ready()
            await socket.socket.close(code=4900)
        assert await resumed(raw, ready["session_id"], socket.sequence) == INVALID
    async with opened(Limits(replay_events=2, enforce_rates=False)) as raw:
        async with connected(raw) as socket:
            ready = await socket.ready()
            await socket.socket.close(code=4900)
        for _ in range(3):
            await say(raw)
        assert await resumed(raw, ready["session_id"], socket.sequence) == INVALID


async def test_a_second_connection_takes_the_session_over(raw: Raw) -> None:
    async with connected(raw) as first, connected(raw) as second:
        ready = await first.ready()
        body = {"token": raw.about["bot_token"], "session_id": ready["session_id"], "seq": first.sequence}
        await second.send(6, body)
        await second.event("RESUMED")
        assert await first.closed() == 4000
        await say(raw)
        await second.event("MESSAGE_CREATE")


async def test_content_is_gated_without_its_intent(raw: Raw) -> None:
    async with connected(raw) as socket:
        await socket.ready(GUILD_MESSAGES | 1 << 12)
        await say(raw, "secret")
        gated = await socket.event("MESSAGE_CREATE")
        assert (gated["content"], gated["embeds"], gated["author"]["username"]) == ("", [], "ada")
        await say(raw, f"<@{raw.ids['app']}> to you")
        assert (await socket.event("MESSAGE_CREATE"))["content"].endswith("to you")
        await say(raw, "own", who="bot")
        assert (await socket.event("MESSAGE_CREATE"))["content"] == "own"
        channel = await raw.ok("POST", "/users/@me/channels", {"recipient_id": raw.ids["app"]}, who="ada")
        await raw.ok("POST", f"/channels/{channel['id']}/messages", {"content": "direct"}, who="ada")
        assert (await socket.event("MESSAGE_CREATE"))["content"] == "direct"


async def test_events_come_only_for_the_intents_asked_for(raw: Raw) -> None:
    async with connected(raw) as socket:
        await socket.ready(GUILD_MESSAGES | CONTENT)
        message = await say(raw)
        await raw.ok("POST", f"/channels/{raw.ids['general']}/typing", who="ada")
        path = f"/channels/{raw.ids['general']}/messages/{message['id']}/reactions/%F0%9F%91%80/@me"
        await raw.ok("PUT", path, who="ada")
        await raw.ok("POST", f"/channels/{raw.ids['general']}/threads", {"name": "t", "type": 11}, who="ada")
        await raw.ok("DELETE", f"/channels/{raw.ids['general']}/messages/{message['id']}", who="ada")
        # The message that announces the thread is a message, too.
        assert await socket.names("MESSAGE_DELETE") == ["MESSAGE_CREATE", "MESSAGE_CREATE", "MESSAGE_DELETE"]


async def test_what_is_hidden_is_not_heard_of(raw: Raw) -> None:
    deny = {"type": 1, "deny": str(1 << 10), "allow": "0"}
    await raw.ok("PUT", f"/channels/{raw.ids['random']}/permissions/{raw.ids['app']}", deny, who="ada")
    async with connected(raw) as socket:
        await socket.ready()
        await raw.ok("POST", f"/channels/{raw.ids['random']}/messages", {"content": "hidden"}, who="ada")
        await say(raw, "open")
        assert (await socket.event("MESSAGE_CREATE"))["content"] == "open"


async def test_without_presences_the_guild_shows_only_the_bot_and_members_are_asked_for(raw: Raw) -> None:
    async with connected(raw) as socket:
        await socket.identify(1 | MEMBERS)
        guild = await socket.event("GUILD_CREATE")
        assert (len(guild["members"]), guild["member_count"]) == (1, 4)
        await socket.send(8, {"guild_id": raw.ids["guild"], "query": "", "limit": 0, "nonce": "n"})
        chunk = await socket.event("GUILD_MEMBERS_CHUNK")
        assert (len(chunk["members"]), chunk["nonce"], chunk["chunk_count"]) == (4, "n", 1)
        await socket.send(8, {"guild_id": raw.ids["guild"], "user_ids": [raw.ids["ben"], "1"]})
        chunk = await socket.event("GUILD_MEMBERS_CHUNK")
        assert ([m["user"]["username"] for m in chunk["members"]], chunk["not_found"]) == (["ben"], ["1"])
        await socket.send(3, {"status": "idle", "since": 0, "activities": [], "afk": False})
        await socket.send(1, socket.sequence)
        assert (await socket.frame())["op"] == 11


async def test_a_silent_gateway_does_not_acknowledge(raw: Raw) -> None:
    async with connected(raw) as socket:
        await raw.ok("POST", "/standin/faults", {"silent_gateway": True}, who=None)
        await socket.send(1, None)
        await raw.ok("DELETE", "/standin/faults", who=None)
        await socket.send(1, None)
        assert (await socket.frame())["op"] == 11
        with pytest.raises(TimeoutError):
            await socket.socket.receive(timeout=0.05)


async def test_a_gateway_that_is_down_refuses(raw: Raw) -> None:
    await raw.ok("POST", "/standin/faults", {"refuse_gateway": True}, who=None)
    async with raw.session.get(raw.about["gateway"].replace("ws://", "http://")) as response:
        assert response.status == 503


async def test_a_person_hears_when_the_gateway_is_gone(raw: Raw, ada: Person) -> None:
    await raw.ok("POST", "/standin/faults", {"drop_gateway": True, "everybody": True}, who=None)
    with pytest.raises(ConnectionError, match="ada has seen"):
        await ada.until(lambda p: False, 5)


async def test_waiting_in_vain_tells_what_was_seen(raw: Raw, ada: Person) -> None:
    await say(raw, "hello there")
    await ada.until(lambda p: p.messages(raw.ids["general"]))
    with pytest.raises(TimeoutError, match="hello there"):
        await ada.until(lambda p: False, 0.05)


async def test_two_local_discords_live_side_by_side() -> None:
    async with opened(Limits.unlimited()) as one, opened(Limits.unlimited()) as two:
        await say(one, "only here")
        history = f"/channels/{one.ids['general']}/messages"
        assert len(await one.ok("GET", history)) == 1
        assert await two.ok("GET", history) == []


async def test_it_starts_quickly() -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()
    async with opened(Limits()):
        assert loop.time() - start < 0.1


async def test_a_message_can_be_told_of_twice_or_after_the_one_that_follows_it(raw: Raw) -> None:
    async with connected(raw) as socket:
        await socket.ready()
        await raw.ok("POST", "/standin/faults", {"twist_gateway": "double", "times": 1}, who=None)
        for content in ("one", "two"):
            await say(raw, content)
        assert [(await socket.event("MESSAGE_CREATE"))["content"] for _ in range(3)] == ["one", "one", "two"]
        await raw.ok("POST", "/standin/faults", {"twist_gateway": "swap", "times": 1}, who=None)
        for content in ("three", "four", "five"):
            await say(raw, content)
        assert [(await socket.event("MESSAGE_CREATE"))["content"] for _ in range(3)] == ["four", "three", "five"]
