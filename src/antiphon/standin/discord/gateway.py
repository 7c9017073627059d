"""The gateway's sessions: who is connected, what each has missed, and who is told of an event.

No sockets here: a session holds a queue that a connection drains (socket.py). A session without a connection
goes on numbering and keeping events until it is resumed or forgotten.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import Callable
from typing import Literal

from antiphon.standin.discord import intents
from antiphon.standin.discord.errors import Json
from antiphon.standin.discord.ids import Clock
from antiphon.standin.discord.limits import Limits, Rate
from antiphon.standin.discord.payloads.channels import channel_json
from antiphon.standin.discord.payloads.guilds import guild_create
from antiphon.standin.discord.payloads.messages import without_content
from antiphon.standin.discord.payloads.users import own_user_json
from antiphon.standin.discord.permissions import VIEW_CHANNEL, permissions_in
from antiphon.standin.discord.state import Channel, User, World

Builder = Callable[[str], Json]
"""Makes an event's payload for one viewer, where it differs from person to person."""

Outbox = asyncio.Queue[str | int]
"""What a connection has to send: frames, or one close code at the end."""

Twist = Literal["double", "swap"]
_HELD_SECONDS = 1.0  # a swapped message with nothing after it is told of after so long


class Session:
    """One identified client, through all of its connections."""

    def __init__(self, user: User, intent_bits: int, replay_events: int) -> None:
        self.id = secrets.token_hex(16)
        self.user = user
        self.intents = intent_bits
        self.sequence = 0
        self.outbox: Outbox | None = None
        self.lost_at: float | None = None
        self.presences: list[tuple[float, Json]] = []
        """What was shown at the client's name, and when (seconds of the loop), oldest first."""
        self._replay: deque[tuple[int, str]] = deque(maxlen=replay_events)
        self._twists: deque[Twist] = deque()  # one for each of the next messages
        self._held: tuple[str, str] | None = None

    def show(self, presence: Json, now: float, rate: Rate) -> None:
        """Takes a new presence, or drops it where there were too many."""
        if sum(at > now - rate.seconds for at, _ in self.presences) < rate.limit:
            self.presences.append((now, presence))

    def twist(self, how: Twist, times: int) -> None:
        """A fault: each of the next so many messages is told of twice, or after the event that follows it."""
        self._twists.extend(how for _ in range(times))

    def dispatch(self, event: str, encoded: str) -> None:
        """Numbers an event, keeps it for a resume and sends it if somebody is connected."""
        how = self._twists.popleft() if self._twists and event == "MESSAGE_CREATE" else None
        if how == "swap" and self._held is None:
            self._held = (event, encoded)
            asyncio.get_running_loop().call_later(_HELD_SECONDS, self._let_go)
            return
        self._send(event, encoded)
        if how == "double":
            self._send(event, encoded)
        self._let_go()

    def _let_go(self) -> None:
        if self._held is not None:
            held, self._held = self._held, None
            self._send(*held)

    def _send(self, event: str, encoded: str) -> None:
        self.sequence += 1
        frame = f'{{"op":0,"s":{self.sequence},"t":"{event}","d":{encoded}}}'
        self._replay.append((self.sequence, frame))
        if self.outbox is not None:
            self.outbox.put_nowait(frame)

    def missed(self, sequence: int) -> list[str] | None:
        """Frames after a sequence number; None when they are no longer all there, or never were."""
        if sequence > self.sequence or sequence < 0:
            return None
        if sequence < self.sequence and (not self._replay or self._replay[0][0] > sequence + 1):
            return None
        return [frame for number, frame in self._replay if number > sequence]


def encode(payload: object) -> str:
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False)


class Gateway:
    """All sessions of one local Discord. Everything here is synchronous: an event is queued, never awaited."""

    def __init__(self, world: World, limits: Limits, clock: Clock) -> None:
        self.world = world
        self.limits = limits
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self._clock = clock
        self._identifies: deque[float] = deque()

    def identifies_left(self) -> int:
        self._forget_old_identifies()
        return max(0, self.limits.identifies_per_day - len(self._identifies))

    def identifies_reset_after(self) -> int:
        """Milliseconds until the day of session starts ends; 0 before the first."""
        return int((self._identifies[0] + 86_400 - self._clock()) * 1000) if self._identifies else 0

    def _forget_old_identifies(self) -> None:
        while self._identifies and self._identifies[0] < self._clock() - 86_400:
            self._identifies.popleft()

    def may_identify(self) -> bool:
        """Counts one IDENTIFY of the bot; False when it comes too soon after the last (max_concurrency).

        Beyond the day's 1000 the token is reset, as the documents threaten, and the caller finds it invalid.
        """
        now = self._clock()
        self._forget_old_identifies()
        recent = sum(1 for at in self._identifies if at > now - self.limits.identify_window)
        self._identifies.append(now)
        if len(self._identifies) > self.limits.identifies_per_day:
            self.world.bot.token = f"standin.reset.{secrets.token_hex(8)}"
        return recent < self.limits.max_concurrency

    def open(self, user: User, intent_bits: int, outbox: Outbox, shard: list[int] | None) -> Session:
        """A new session: READY and one GUILD_CREATE per guild are queued."""
        self.forget_lost()
        session = Session(user, intent_bits, self.limits.replay_events)
        session.outbox = outbox
        self.sessions[session.id] = session
        guilds = [guild for guild in self.world.guilds.values() if user.id in guild.members]
        dms = [c for c in self.world.channels.values() if user.id in c.recipients] if not user.bot else []
        ready: Json = {
            "v": 10,
            "user": own_user_json(user),
            "user_settings": {},
            "session_type": "normal",
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "relationships": [],
            "private_channels": [channel_json(self.world, c, user.id) for c in dms],
            "presences": [],
            "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
            "guild_join_requests": [],
            "geo_ordered_rtc_regions": [],
            "auth": {},
            "application": {"id": self.world.application.id, "flags": self.world.application.flags},
            "_trace": [],
        }
        if shard is not None:
            ready["shard"] = shard
        session.dispatch("READY", encode(ready))
        if not user.bot or intents.wants("GUILD_CREATE", intent_bits, in_guild=True):
            everyone = not user.bot or bool(intent_bits & intents.GUILD_PRESENCES)
            for guild in guilds:
                payload = guild_create(self.world, guild, user, everyone=everyone)
                session.dispatch("GUILD_CREATE", encode(payload))
        return session

    def resume(self, token: str, session_id: str, sequence: int, outbox: Outbox) -> Session | None:
        """Takes up a session where its client left off; None when it cannot be done.

        A connection that still holds the session is closed first.
        """
        self.forget_lost()
        session = self.sessions.get(session_id)
        if session is None or session.user.token != token:
            return None
        missed = session.missed(sequence)
        if missed is None:
            del self.sessions[session_id]
            return None
        if session.outbox is not None:
            session.outbox.put_nowait(4000)
        session.lost_at = None
        session.outbox = outbox
        for frame in missed:
            outbox.put_nowait(frame)
        session.dispatch("RESUMED", encode({"_trace": []}))
        return session

    def lose(self, session: Session, outbox: Outbox, *, for_good: bool) -> None:
        """A connection has ended; closing with 1000 or 1001 ends the session, too."""
        if session.outbox is not outbox:
            return
        session.outbox = None
        session.lost_at = self._clock()
        if for_good:
            self.sessions.pop(session.id, None)

    def forget_lost(self) -> None:
        """Drops sessions whose client has been away for longer than the resume window."""
        oldest = self._clock() - self.limits.resume_window
        for session in [s for s in self.sessions.values() if s.lost_at is not None and s.lost_at < oldest]:
            del self.sessions[session.id]

    def to_user(self, user_id: str, event: str, payload: Json) -> None:
        """For one person (or the bot), wherever connected."""
        encoded = encode(payload)
        in_guild = payload.get("guild_id") is not None
        for session in self.sessions.values():
            if session.user.id == user_id and _wanted(session, event, in_guild=in_guild):
                session.dispatch(event, encoded)

    def to_guild(self, guild_id: str, event: str, payload: Json, *, about: str | None = None) -> None:
        """For every member; for the one whom it is `about`, whatever their intents."""
        encoded = encode(payload)
        members = self.world.guilds[guild_id].members
        for session in self.sessions.values():
            if session.user.id in members and (session.user.id == about or _wanted(session, event, in_guild=True)):
                session.dispatch(event, encoded)

    def to_channel(self, channel: Channel, event: str, payload: Json | Builder) -> None:
        """For those who see the channel, gated for apps without the message content intent."""
        encoded: str | None = None
        in_guild = channel.guild_id is not None
        for session in self.sessions.values():
            if not _wanted(session, event, in_guild=in_guild):
                continue
            if not permissions_in(self.world, channel, session.user.id) & VIEW_CHANNEL:
                continue
            if callable(payload):
                session.dispatch(event, encode(_gated(session, payload(session.user.id))))
            elif _gated(session, payload) is not payload:
                session.dispatch(event, encode(without_content(payload)))
            else:
                encoded = encoded or encode(payload)
                session.dispatch(event, encoded)


def _wanted(session: Session, event: str, *, in_guild: bool) -> bool:
    return not session.user.bot or intents.wants(event, session.intents, in_guild=in_guild)


def _gated(session: Session, payload: Json) -> Json:
    """The payload itself, or what is left of a message that this app may not read."""
    if not session.user.bot or session.intents & intents.MESSAGE_CONTENT or "content" not in payload:
        return payload
    return payload if may_read(payload, session.user.id) else without_content(payload)


def may_read(message: Json, bot_id: str) -> bool:
    """Own messages, direct messages and messages that mention the app are never gated."""
    return (
        message.get("guild_id") is None
        or message["author"]["id"] == bot_id
        or any(mention["id"] == bot_id for mention in message["mentions"])
    )
