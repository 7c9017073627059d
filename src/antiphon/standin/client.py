"""A client of Discord's at work: one connection to the gateway, what it shows, and requests by REST.

It speaks only the wire protocol, so it knows nothing that a person could not see.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from io import BytesIO
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import ClientSession, ClientWebSocketResponse, FormData, WSMsgType

from antiphon.standin.client_shapes import Json, apply_reaction, apply_vote

T = TypeVar("T")

_SHOWN = 300  # characters of a message in an error's text


class Refused(Exception):
    """Discord refused what the person tried."""

    def __init__(self, status: int, payload: Any) -> None:
        super().__init__(f"{status}: {payload}")
        self.status = status
        self.payload = payload


class Client:
    """An async context manager: connected inside, with READY and the guild already received."""

    def __init__(self, api: str, gateway: str, token: str) -> None:
        self._api = api
        self._gateway = gateway
        self._token = token
        self._session: ClientSession | None = None
        self._socket: ClientWebSocketResponse | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()
        self._sequence: int | None = None
        self._nonces = itertools.count(time.time_ns())
        self.me: Json = {}
        self.guilds: dict[str, Json] = {}
        self.channels: dict[str, Json] = {}
        self.events: list[tuple[str, Json]] = []
        self.heard: list[float] = []  # when each of the events came, monotonic
        self._messages: defaultdict[str, dict[str, Json]] = defaultdict(dict)

    async def __aenter__(self) -> Self:
        self._session = ClientSession(headers={"Authorization": self._token})
        try:
            self._socket = await self._session.ws_connect(f"{self._gateway}?v=10&encoding=json", max_msg_size=1 << 26)
            hello = await self._socket.receive_json()
            await self._socket.send_json({"op": 2, "d": {"token": self._token, "properties": {"os": "stand-in"}}})
            interval = hello["d"]["heartbeat_interval"] / 1000
            self._tasks = [
                asyncio.create_task(self._beat(interval), name="person heartbeat"),
                asyncio.create_task(self._read(), name="person gateway"),
            ]
            await self.until(lambda p: p.me and len(p.guilds) == len(p.event("READY")["guilds"]), 5)
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._close()

    async def _close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()
        if self._session is not None:
            await self._session.close()

    # What is seen

    @property
    def id(self) -> str:
        return self.me["id"]

    def event(self, name: str) -> Json:
        """The latest event of a name; {} when there was none."""
        return next((data for event, data in reversed(self.events) if event == name), Json())

    def messages(self, channel_id: str) -> list[Json]:
        """What is to be seen of a channel since this person connected, in order, as it is now."""
        return [message for _, message in sorted(self._messages[channel_id].items(), key=lambda item: int(item[0]))]

    def message(self, message: Json) -> Json | None:
        """A message as it is now; None once it is deleted."""
        return self._messages[message["channel_id"]].get(message["id"])

    def threads(self, parent_id: str) -> list[Json]:
        """Threads of a channel that this person knows of, oldest first."""
        found = [c for c in self.channels.values() if c.get("parent_id") == parent_id and "thread_metadata" in c]
        return sorted(found, key=lambda thread: int(thread["id"]))

    def typing(self, channel_id: str, *, seconds: float = 10.0) -> set[str]:
        """Ids of those who began to type within the last seconds."""
        since = time.time() - seconds
        starts = (data for name, data in self.events if name == "TYPING_START")
        return {d["user_id"] for d in starts if d["channel_id"] == channel_id and d["timestamp"] >= since}

    async def until(self, predicate: Callable[[Self], T], limit_seconds: float = 10.0) -> T:
        """Waits until `predicate(self)` is true and returns its value; it is asked anew upon each event.

        Raises TimeoutError, or ConnectionError when the gateway has hung up, with all that was seen.
        """
        try:
            async with asyncio.timeout(limit_seconds):
                while not (found := predicate(self)):
                    if self._tasks and self._tasks[1].done():
                        raise ConnectionError(f"The gateway hung up.\n{self.seen()}")
                    await self._changed.wait()
                return found
        except TimeoutError:
            raise TimeoutError(f"Not seen within {limit_seconds} s.\n{self.seen()}") from None

    def seen(self) -> str:
        """Everything of note that this person has seen, for an error's text."""
        lines = [f"{self.me.get('username', 'nobody')} has seen:"]
        for channel_id in self._messages:
            lines.append(f"  #{self.channels.get(channel_id, {}).get('name') or channel_id}")
            for m in self.messages(channel_id):
                extra = {k: m[k] for k in ("embeds", "components", "reactions", "flags") if m.get(k)}
                lines.append(
                    f"    {m['author']['username']}: {m['content'][:_SHOWN]!r} {json.dumps(extra) if extra else ''}"
                )
        lines.append("  last events: " + ", ".join(name for name, _ in self.events[-20:]))
        return "\n".join(lines)

    # What is asked

    async def request(self, method: str, path: str, body: Any = None) -> Any:
        """Any request of the API (`path` without /api/v10); its JSON, or None. Raises Refused."""
        return await self._request(method, path, body, ())

    async def _request(self, method: str, path: str, body: Any, files: Sequence[tuple[str, bytes]]) -> Any:
        if files:
            form = FormData(quote_fields=False)
            form.add_field("payload_json", json.dumps(body), content_type="application/json")
            for n, (name, data) in enumerate(files):
                form.add_field(f"files[{n}]", BytesIO(data), filename=name, content_type="application/octet-stream")
            return await self._send(method, path, data=form)
        return await self._send(method, path) if body is None else await self._send(method, path, json=body)

    async def _send(self, method: str, path: str, **content: Any) -> Any:
        assert self._session is not None
        async with self._session.request(method, self._api + path, **content) as response:
            text = await response.text()
            payload = json.loads(text) if text and response.content_type == "application/json" else text or None
            if response.status >= 400:
                raise Refused(response.status, payload)
            return payload

    # The gateway

    async def _beat(self, interval: float) -> None:
        assert self._socket is not None
        while True:
            await asyncio.sleep(interval)
            await self._socket.send_json({"op": 1, "d": self._sequence})

    async def _read(self) -> None:
        assert self._socket is not None
        try:
            async for message in self._socket:
                if message.type == WSMsgType.TEXT:
                    frame = json.loads(message.data)
                    if frame["op"] == 0:
                        self._sequence = frame["s"]
                        self._apply(frame["t"], frame["d"])
                        self._wake()
        finally:
            self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _apply(self, name: str, data: Json) -> None:
        self.events.append((name, data))
        self.heard.append(time.monotonic())
        match name:
            case "READY":
                self.me = data["user"]
                self.channels |= {c["id"]: c for c in data["private_channels"]}
            case "GUILD_CREATE":
                self.guilds[data["id"]] = data
                for channel in data["channels"] + data["threads"]:
                    self.channels[channel["id"]] = channel | {"guild_id": data["id"]}
            case "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "THREAD_CREATE" | "THREAD_UPDATE":
                self.channels[data["id"]] = data
            case "THREAD_LIST_SYNC":
                self.channels |= {thread["id"]: thread for thread in data["threads"]}
            case "CHANNEL_DELETE" | "THREAD_DELETE":
                self.channels.pop(data["id"], None)
            case "MESSAGE_CREATE" | "MESSAGE_UPDATE":
                self._messages[data["channel_id"]][data["id"]] = data
            case "MESSAGE_DELETE":
                self._messages[data["channel_id"]].pop(data["id"], None)
            case "MESSAGE_DELETE_BULK":
                for message_id in data["ids"]:
                    self._messages[data["channel_id"]].pop(message_id, None)
            case _ if name.startswith("MESSAGE_REACTION"):
                message = self._messages[data["channel_id"]].get(data["message_id"])
                if message is not None:
                    apply_reaction(message, name, data, self.id)
            case _ if name.startswith("MESSAGE_POLL_VOTE"):
                message = self._messages[data["channel_id"]].get(data["message_id"])
                if message is not None and "poll" in message:
                    apply_vote(message["poll"], name, data, self.id)
            case _:
                pass
