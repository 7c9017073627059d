"""One gateway connection: hello, identify or resume, heartbeats, and the close codes.

D events/gateway and topics/opcodes-and-status-codes. Frames are plain text; discord.py accepts those also
when it asked for zlib-stream.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, cast

from aiohttp import WSMsgType, web

from antiphon.standin.discord import intents
from antiphon.standin.discord.errors import Json
from antiphon.standin.discord.gateway import Gateway, Outbox, Session, encode
from antiphon.standin.discord.payloads.users import member_json
from antiphon.standin.discord.requests import parse_json
from antiphon.standin.discord.state import Guild

CLOSE_REASONS = {
    4000: "Unknown error.",
    4001: "Unknown opcode.",
    4002: "Error while decoding payload.",
    4003: "Not authenticated.",
    4004: "Authentication failed.",
    4005: "Already authenticated.",
    4007: "Invalid sequence.",
    4008: "Rate limited.",
    4009: "Session timed out.",
    4010: "Invalid shard.",
    4012: "Invalid API version.",
    4013: "Invalid intent(s).",
    4014: "Disallowed intent(s).",
}
ENDS_AS_CLIENT = frozenset({1000, 1001})
ENDS_AS_SERVER = frozenset({4007, 4009})  # D opcodes: "start a new one"
_IGNORED = frozenset({4, 13, 14, 31, 36, 37, 40, 41, 43})


class _Closed(Exception):
    """The server hangs up with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Connection:
    """A socket and, once identified, its session."""

    def __init__(self, gateway: Gateway, socket: web.WebSocketResponse, version: str) -> None:
        self._gateway = gateway
        self._limits = gateway.limits
        self._socket = socket
        self._version = version
        self._session: Session | None = None
        self._sends: deque[float] = deque()
        self._hung_up: int | None = None
        self.outbox: Outbox = asyncio.Queue()
        self.acknowledges = True
        """A fault may make the server stop acknowledging heartbeats."""

    @property
    def user_id(self) -> str | None:
        return None if self._session is None else self._session.user.id

    def drop(self, *, resumable: bool) -> None:
        """Hangs up, as a fault; without `resumable` the session is gone, too."""
        if not resumable and self._session is not None:
            self._gateway.sessions.pop(self._session.id, None)
        self.outbox.put_nowait(4000)

    async def run(self) -> None:
        """Serves until either side hangs up. Cancelling it leaves the session to be resumed."""
        writer = asyncio.create_task(self._write(), name="standin gateway writer")
        try:
            await self._read()
        except _Closed as closed:
            self.outbox.put_nowait(closed.code)
            await asyncio.gather(writer, return_exceptions=True)
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            if self._session is not None:
                # What the client echoes when the server hangs up is no goodbye of its own.
                code = self._hung_up or self._socket.close_code
                ended = code in (ENDS_AS_CLIENT if self._hung_up is None else ENDS_AS_SERVER)
                self._gateway.lose(self._session, self.outbox, for_good=ended)

    async def _write(self) -> None:
        while True:
            item = await self.outbox.get()
            if isinstance(item, int):
                self._hung_up = item
                await self._socket.close(code=item, message=CLOSE_REASONS.get(item, "").encode())
                return
            try:
                await self._socket.send_str(item)
            except ConnectionError:
                return

    def _put(self, frame: Json) -> None:
        self.outbox.put_nowait(encode(frame))

    async def _read(self) -> None:
        if self._version != "10":
            raise _Closed(4012)
        self._put({"op": 10, "d": {"heartbeat_interval": int(self._limits.heartbeat_interval * 1000)}})
        loop = asyncio.get_running_loop()
        patience = self._limits.heartbeat_interval * self._limits.heartbeat_grace
        beat_by = loop.time() + patience
        identify_by = loop.time() + self._limits.identify_wait
        while True:
            deadline = beat_by if self._session is not None else min(beat_by, identify_by)
            try:
                message = await self._socket.receive(timeout=max(0.0, deadline - loop.time()))
            except TimeoutError:
                raise _Closed(4009) from None
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            frame = self._parse(message.data)
            self._count_send(loop.time())
            if frame["op"] == 1:
                beat_by = loop.time() + patience
            self._receive(frame)

    def _parse(self, data: str | bytes) -> Json:
        size = len(data) if isinstance(data, bytes) else len(data.encode())
        if size > self._limits.gateway_payload_bytes:
            raise _Closed(4002)
        try:
            frame: object = parse_json(data)
        except ValueError:
            raise _Closed(4002) from None
        if not isinstance(frame, dict) or not isinstance(cast(Json, frame).get("op"), int):
            raise _Closed(4002)
        return cast(Json, frame)

    def _count_send(self, now: float) -> None:
        limit, seconds = self._limits.rates["gateway_send"]
        self._sends.append(now)
        while self._sends[0] < now - seconds:
            self._sends.popleft()
        if len(self._sends) > limit:
            raise _Closed(4008)

    def _receive(self, frame: Json) -> None:
        op, data = cast(int, frame["op"]), frame.get("d")
        if op == 1:
            if self.acknowledges:
                self._put({"op": 11})
            return
        if op in (2, 6):
            if self._session is not None:
                raise _Closed(4005)
            if not isinstance(data, dict):
                raise _Closed(4002)
            if op == 2:
                self._identify(cast(Json, data))
            else:
                self._resume(cast(Json, data))
            return
        if op not in (3, 8) and op not in _IGNORED:
            raise _Closed(4001)
        if self._session is None:
            raise _Closed(4003)
        if op == 8 and isinstance(data, dict):
            self._send_members(self._session, cast(Json, data))
        if op == 3 and isinstance(data, dict):
            now = asyncio.get_running_loop().time()
            self._session.show(cast(Json, data), now, self._limits.rates["presence"])

    def _identify(self, data: Json) -> None:
        token = str(data.get("token", "")).removeprefix("Bot ")
        user = self._gateway.world.by_token(token)
        if user is None:
            raise _Closed(4004)
        if not isinstance(data.get("properties"), dict):
            raise _Closed(4002)
        bits = 0
        if user.bot:
            bits = data.get("intents")
            if not isinstance(bits, int) or isinstance(bits, bool) or intents.unknown_bits(bits):
                raise _Closed(4013)
            if intents.switched_off(bits, self._gateway.world.application.flags):
                raise _Closed(4014)
            if not self._gateway.may_identify():
                self._put({"op": 9, "d": False})
                return
            if user.token != token:
                raise _Closed(4004)
        self._session = self._gateway.open(user, bits, self.outbox, _shard(data.get("shard")))

    def _resume(self, data: Json) -> None:
        token = str(data.get("token", "")).removeprefix("Bot ")
        if self._gateway.world.by_token(token) is None:
            raise _Closed(4004)
        session_id, sequence = data.get("session_id"), data.get("seq")
        if not isinstance(session_id, str) or not isinstance(sequence, int):
            raise _Closed(4007)
        known = self._gateway.sessions.get(session_id)
        if known is not None and sequence > known.sequence:
            raise _Closed(4007)
        self._session = self._gateway.resume(token, session_id, sequence, self.outbox)
        if self._session is None:
            self._put({"op": 9, "d": False})

    def _send_members(self, session: Session, data: Json) -> None:
        world = self._gateway.world
        guild = world.guilds.get(str(data.get("guild_id")))
        if guild is None or session.user.id not in guild.members:
            return
        found, missing = _members_asked_for(guild, data, {u.id: u.name for u in world.users.values()})
        chunk: Json = {
            "guild_id": guild.id,
            "members": [member_json(guild.members[u], world.users[u]) for u in found],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": missing,
        }
        if data.get("presences"):
            chunk["presences"] = []
        if data.get("nonce") is not None:
            chunk["nonce"] = data["nonce"]
        session.dispatch("GUILD_MEMBERS_CHUNK", encode(chunk))


def _members_asked_for(guild: Guild, data: Json, names: dict[str, str]) -> tuple[list[str], list[str]]:
    """Ids of members that match, and ids asked for that are not members."""
    wanted: Any = data.get("user_ids")
    if wanted:
        asked = [str(u) for u in (cast(list[Any], wanted) if isinstance(wanted, list) else [wanted])]
        return [u for u in asked if u in guild.members], [u for u in asked if u not in guild.members]
    query = str(data.get("query") or "").lower()
    found = [u for u, m in guild.members.items() if names[u].startswith(query) or (m.nick or "").startswith(query)]
    limit = data.get("limit")
    return found[:limit] if isinstance(limit, int) and limit > 0 else found, []


def _shard(value: object) -> list[int] | None:
    if value is None:
        return None
    if isinstance(value, list):
        pair = cast(list[Any], value)
        if len(pair) == 2 and all(isinstance(n, int) for n in pair) and 0 <= pair[0] < pair[1]:
            return pair
    raise _Closed(4010)
