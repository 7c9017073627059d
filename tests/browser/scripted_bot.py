"""A bot of a few lines: raw gateway and REST, so that a test decides to the byte what the page is sent."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from io import BytesIO
from types import TracebackType
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, FormData

Json = dict[str, Any]
Answer = Callable[[Json], Awaitable[None]]

_ALL_INTENTS = (1 << 25) - 1 & ~(1 << 17 | 1 << 18 | 1 << 19 | 1 << 22 | 1 << 23)


class ScriptedBot:
    """Connected inside the context. `answers` maps a command's name or a custom_id to what is done about it."""

    def __init__(self, about: Json) -> None:
        self.about = about
        self.answers: dict[str, Answer] = {}
        self.asked: list[Json] = []
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "ScriptedBot":
        async with AsyncExitStack() as stack:
            headers = {"Authorization": f"Bot {self.about['bot_token']}"}
            self._http = await stack.enter_async_context(ClientSession(headers=headers))
            self._socket = await stack.enter_async_context(self._http.ws_connect(f"{self.about['gateway']}?v=10"))
            hello = await self._socket.receive_json()
            identify = {"token": self.about["bot_token"], "properties": {}, "intents": _ALL_INTENTS}
            await self._socket.send_json({"op": 2, "d": identify})
            while (await self._socket.receive_json())["t"] != "GUILD_CREATE":
                pass
            reading = asyncio.create_task(self._read(self._socket), name="scripted bot")
            stack.callback(reading.cancel)
            beating = asyncio.create_task(
                self._beat(self._socket, hello["d"]["heartbeat_interval"] / 1000), name="scripted bot's heart"
            )
            stack.callback(beating.cancel)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _beat(self, socket: ClientWebSocketResponse, interval: float) -> None:
        while True:
            await asyncio.sleep(interval)
            await socket.send_json({"op": 1, "d": None})

    async def _read(self, socket: ClientWebSocketResponse) -> None:
        async for message in socket:
            frame = json.loads(message.data)
            if frame["op"] != 0 or frame["t"] != "INTERACTION_CREATE":
                continue
            interaction = frame["d"]
            self.asked.append(interaction)
            name = interaction["data"].get("custom_id") or interaction["data"].get("name", "")
            if answer := self.answers.get(name):
                await answer(interaction)

    async def request(
        self, method: str, path: str, body: Any = None, files: list[tuple[str, bytes]] | None = None
    ) -> Any:
        """Any request of the API; its JSON. A refusal fails the test."""
        if files:
            form = FormData(quote_fields=False)
            form.add_field("payload_json", json.dumps(body), content_type="application/json")
            for n, (name, data) in enumerate(files):
                form.add_field(f"files[{n}]", BytesIO(data), filename=name)
            sending = self._http.request(method, self.about["api"] + path, data=form)
        else:
            sending = self._http.request(method, self.about["api"] + path, json=body)
        async with sending as response:
            text = await response.text()
            assert response.status < 300, (method, path, text)
            return json.loads(text) if text else None

    async def say(
        self, channel: str, content: str = "", *, files: list[tuple[str, bytes]] | None = None, **more: Any
    ) -> Json:
        return await self.request("POST", f"/channels/{channel}/messages", {"content": content, **more}, files)

    async def edit(self, message: Json, **change: Any) -> Json:
        return await self.request("PATCH", f"/channels/{message['channel_id']}/messages/{message['id']}", change)

    async def respond(self, interaction: Json, kind: int, **data: Any) -> None:
        """The callback: 4 say, 5 defer, 6 defer an update, 7 update, 8 choices, 9 modal."""
        path = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
        await self.request("POST", path, {"type": kind, "data": data})

    async def finish(self, interaction: Json, **data: Any) -> None:
        """Edits the original answer, as after a deferred one."""
        app = self.about["application_id"]
        await self.request("PATCH", f"/webhooks/{app}/{interaction['token']}/messages/@original", data)

    async def commands(self, *commands: Json) -> None:
        await self.request("PUT", f"/applications/{self.about['application_id']}/commands", list(commands))
