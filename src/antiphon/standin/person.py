"""A person at a Discord client: acts by REST with a user token, sees what the gateway shows.

Used by the demo, the tests and the bench. It speaks only the wire protocol, so it knows nothing that a person
could not see.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from types import TracebackType
from typing import Any, Literal, TypeVar, cast
from urllib.parse import quote

from aiohttp import ClientSession, ClientWebSocketResponse, FormData, WSMsgType

from antiphon.standin.client_shapes import Json, apply_reaction, filled, given, walk

T = TypeVar("T")

OUTCOMES: Mapping[str, Literal["success", "failure", "modal", "choices"]] = {
    "INTERACTION_SUCCESS": "success",
    "INTERACTION_FAILURE": "failure",
    "INTERACTION_MODAL_CREATE": "modal",
    "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE": "choices",
}
_VOICE = 1 << 13  # message flag
_SHOWN = 300  # characters of a message in an error's text
_ANSWER_SECONDS = 5.0  # a little more than the three seconds after which the client hears of a failure


class Refused(Exception):
    """Discord refused what the person tried."""

    def __init__(self, status: int, payload: Any) -> None:
        super().__init__(f"{status}: {payload}")
        self.status = status
        self.payload = payload


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command, a press or a submit; `data` is the modal, or {"choices": [...]}."""

    kind: Literal["success", "failure", "modal", "choices"]
    id: str
    data: Json


class Person:
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

    async def __aenter__(self) -> Person:
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

    async def until(self, predicate: Callable[[Person], T], limit_seconds: float = 10.0) -> T:
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

    # What is done

    async def request(self, method: str, path: str, body: Any = None) -> Any:
        """Any request of the API (`path` without /api/v10); its JSON, or None. Raises Refused."""
        return await self._request(method, path, body, ())

    async def _request(self, method: str, path: str, body: Any, files: Sequence[tuple[str, bytes]]) -> Any:
        assert self._session is not None
        if files:
            form = FormData(quote_fields=False)
            form.add_field("payload_json", json.dumps(body), content_type="application/json")
            for n, (name, data) in enumerate(files):
                form.add_field(f"files[{n}]", BytesIO(data), filename=name, content_type="application/octet-stream")
            sending = self._session.request(method, self._api + path, data=form)
        elif body is None:
            sending = self._session.request(method, self._api + path)
        else:
            sending = self._session.request(method, self._api + path, json=body)
        async with sending as response:
            text = await response.text()
            payload = json.loads(text) if text and response.content_type == "application/json" else text or None
            if response.status >= 400:
                raise Refused(response.status, payload)
            return payload

    async def say(
        self,
        channel_id: str,
        content: str = "",
        *,
        files: Sequence[tuple[str, bytes]] = (),
        reply_to: Json | None = None,
        nonce: str | None = None,
    ) -> Json:
        """Posts a message; `files` are names and bytes."""
        body: Json = {"content": content, "nonce": nonce or str(next(self._nonces))}
        if reply_to is not None:
            body["message_reference"] = {"message_id": reply_to["id"], "channel_id": reply_to["channel_id"]}
        return await self._request("POST", f"/channels/{channel_id}/messages", body, files)

    async def speak(self, channel_id: str, recording: bytes, seconds: float = 1.0) -> Json:
        """Posts a voice message (Ogg), as the client of a phone does."""
        name = "voice-message.ogg"
        about = {"id": "0", "filename": name, "duration_secs": seconds, "waveform": "AA=="}
        body: Json = {"flags": _VOICE, "attachments": [about], "nonce": str(next(self._nonces))}
        return await self._request("POST", f"/channels/{channel_id}/messages", body, [(name, recording)])

    async def forward(self, message: Json, channel_id: str) -> Json:
        """Forwards a message: its words arrive as a snapshot, nothing can be added to them."""
        reference = {"type": 1, "message_id": message["id"], "channel_id": message["channel_id"]}
        body: Json = {"message_reference": reference, "nonce": str(next(self._nonces))}
        return await self.request("POST", f"/channels/{channel_id}/messages", body)

    async def edit(self, message: Json, content: str) -> Json:
        return await self.request("PATCH", _path(message), {"content": content})

    async def delete(self, message: Json) -> None:
        await self.request("DELETE", _path(message))

    async def react(self, message: Json, emoji: str) -> None:
        await self.request("PUT", f"{_path(message)}/reactions/{quote(emoji)}/@me")

    async def unreact(self, message: Json, emoji: str) -> None:
        await self.request("DELETE", f"{_path(message)}/reactions/{quote(emoji)}/@me")

    async def history(self, channel_id: str, limit: int = 100) -> list[Json]:
        """The channel by REST, oldest first."""
        found: list[Json] = await self.request("GET", f"/channels/{channel_id}/messages?limit={limit}")
        return found[::-1]

    async def start_thread(self, channel_id: str, name: str, message: Json | None = None) -> Json:
        """A public thread, from a message or alone."""
        if message is not None:
            return await self.request("POST", f"{_path(message)}/threads", {"name": name})
        return await self.request("POST", f"/channels/{channel_id}/threads", {"name": name, "type": 11})

    async def open_dm(self, user_id: str) -> Json:
        return await self.request("POST", "/users/@me/channels", {"recipients": [user_id]})

    async def fetch(self, attachment: Json) -> bytes:
        """The bytes of an attachment."""
        assert self._session is not None
        async with self._session.get(attachment["url"]) as response:
            if response.status != 200:
                raise Refused(response.status, await response.text())
            return await response.read()

    # Interactions

    async def command(
        self,
        channel_id: str,
        name: str,
        options: Mapping[str, Any] | None = None,
        *,
        target: str | None = None,
        files: Sequence[tuple[str, bytes]] = (),
    ) -> Outcome:
        """Runs a command: "status", "schedule add", or a context menu's name with the `target`'s id.

        An attachment option's value is the number of one of `files`.
        """
        data = await self._command_data(channel_id, name, options or {})
        if target is not None:
            data["target_id"] = target
        return await self._interact(channel_id, {"type": 2, "data": data}, files)

    async def autocomplete(
        self, channel_id: str, name: str, option: str, text: str, options: Mapping[str, Any] | None = None
    ) -> list[Json]:
        """The choices offered while `text` is typed into an option."""
        data = await self._command_data(channel_id, name, {**(options or {}), option: text}, focused=option)
        outcome = await self._interact(channel_id, {"type": 4, "data": data})
        return outcome.data.get("choices", [])

    async def click(self, message: Json, custom_id: str) -> Outcome:
        return await self._component(message, {"component_type": 2, "custom_id": custom_id})

    async def select(self, message: Json, custom_id: str, values: Sequence[str]) -> Outcome:
        current = self.message(message) or message
        component = next((c for c in walk(current["components"]) if c.get("custom_id") == custom_id), {"type": 3})
        data = {"component_type": component["type"], "custom_id": custom_id, "values": list(values)}
        return await self._component(message, data)

    async def submit_modal(
        self, modal: Outcome, values: Mapping[str, Any], *, files: Sequence[tuple[str, bytes]] = ()
    ) -> Outcome:
        """Fills in a modal that an interaction opened: custom_id to text, or to a list of values, and sends it."""
        components = [filled(component, values) for component in modal.data["components"]]
        data = {"id": modal.id, "custom_id": modal.data["custom_id"], "components": components}
        return await self._interact(modal.data["channel_id"], {"type": 5, "data": data}, files)

    async def _component(self, message: Json, data: Json) -> Outcome:
        body = {"type": 3, "message_id": message["id"], "message_flags": message.get("flags", 0), "data": data}
        return await self._interact(message["channel_id"], body)

    async def _interact(self, channel_id: str, body: Json, files: Sequence[tuple[str, bytes]] = ()) -> Outcome:
        nonce = str(next(self._nonces))
        channel = self.channels.get(channel_id, {})
        ready = self.event("READY")
        body |= {
            "application_id": ready["application"]["id"],
            "channel_id": channel_id,
            "guild_id": channel.get("guild_id"),
            "session_id": ready["session_id"],
            "nonce": nonce,
        }
        start = len(self.events)
        await self._request("POST", "/interactions", body, files)

        def answer(person: Person) -> Outcome | None:
            for name, data in person.events[start:]:
                if name in OUTCOMES and data.get("nonce") == nonce:
                    return Outcome(OUTCOMES[name], data.get("id", ""), data)
            return None

        found = await self.until(answer, _ANSWER_SECONDS)
        assert found is not None
        return found

    async def _command_data(
        self, channel_id: str, name: str, options: Mapping[str, Any], focused: str | None = None
    ) -> Json:
        index = await self.request("GET", f"/channels/{channel_id}/application-command-index")
        commands = cast(list[Json], index["application_commands"])
        command = next((c for c in commands if c["name"] == name), None)
        words: list[str] = []
        if command is None:
            first, *words = name.split()
            command = next((c for c in commands if c["name"] == first), None)
        if command is None:
            raise LookupError(f"No command {name!r} among {[c['name'] for c in commands]}")
        data = {key: command[key] for key in ("id", "name", "type", "version")}
        return data | {"options": given(command, words, options, focused)}

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
            case _:
                pass


def _path(message: Json) -> str:
    return f"/channels/{message['channel_id']}/messages/{message['id']}"
