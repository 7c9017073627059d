"""The gateway, watched: connected for as long as the bridge runs, never in a storm, never silent without noticing.

In place of discord.py's own loop, which reconnects without a pause, ends on one bad event, and takes a socket that
brings events but acknowledges nothing for a good one. Internals of discord.py 2.7 that this loop drives are named here
and nowhere else; tests/chat/test_discord_internals.py fails first when they move.
"""

import asyncio
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import aiohttp
import discord
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket, ReconnectWebSocket

from antiphon.chat.connection import wording
from antiphon.chat.connection.endpoint import FIRST_PAUSE, LONGEST_PAUSE
from antiphon.core.health import Health
from antiphon.core.ports import Clock
from antiphon.errors import BadToken, MissingIntent, ServerUnreachable, StoreError

_FIRST, _TROUBLE, _BUDGET = "connecting", "gateway", "identify"  # what can be wrong here (core/health.py)
_OPENING = 75.0  # seconds for a socket, its hello and our identify
_GREETING = 60.0  # seconds from then until the gateway has told what there is
_STEADY = 30.0  # seconds that a connection must have lived for the next one to be free of a pause
_LONGEST_RESUME = 5.0  # seconds between resumes of a connection that breaks again and again
# Discord: one identify in five seconds (its max_concurrency), a thousand in a day; some in a row are a night's work.
_WINDOW = 5.0  # seconds
_COUNTED = 1800.0  # seconds in which identifies make the next one wait
_FREE = 5
_LONGEST_IDENTIFY = 300.0  # seconds
_WORTH_SAYING = 1.0  # seconds
_LIMIT_CHECK = 600.0  # seconds between two looks at a budget that is used up
_UNANSWERED = 1.6  # heartbeat intervals after the last acknowledgement: a beat is overdue by more than half of one
_CHECKS = 10  # in an interval; two in a row must find it overdue, for a process that was frozen hears late

# What is raised where data is not what a program thinks it is.
BAD_DATA = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
    *(discord.DiscordException, OSError),  # dates beyond the calendar are the system's to refuse
)
_BROKEN = (
    *(OSError, aiohttp.ClientError, discord.HTTPException, discord.GatewayNotFound),
    *(ReconnectWebSocket, discord.ConnectionClosed, zlib.error),
)
# Gateway close codes (developer docs).
_BAD_TOKEN = 4004
_BAD_INTENTS = frozenset({4013, 4014})
_BAD_CLIENT = frozenset({4010, 4011, 4012})
_NOT_RESUMED = frozenset({4007, 4009})  # "reconnect and start a new session"
_FUTILE = 5  # resumes in a row that were answered with nothing, until a new session is begun


class IdentifyLog(Protocol):
    """Where each identify is kept, so that a restart does not forget them."""

    async def note_identify(self) -> None:
        """One is about to be sent."""
        ...

    async def identifies(self, since: float) -> Sequence[float]:
        """When they were sent (epoch seconds), oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class ResumeState:
    """What a gateway session can be resumed with."""

    session: str
    sequence: int | None
    gateway: yarl.URL


class Gateway:
    """Keeps one client connected, and resumes its session where Discord lets it."""

    def __init__(self, client: commands.Bot, identifies: IdentifyLog, health: Health, clock: Clock = time.time) -> None:
        self._client = client
        self._identifies = identifies
        self.health = health
        self._clock = clock
        self._resume: ResumeState | None = None  # None: a new session must be begun
        self._live = False  # the gateway has greeted us on this socket
        self._tries = 0  # connections in a row that did not live
        self._refused = False  # the last identify came too soon
        self._closing: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()  # the machine has slept: the socket is dead, whatever it says
        self._guard()

    @property
    def socket(self) -> DiscordWebSocket | None:
        """The connection on which the gateway has greeted us last; None: on none, or one is being opened."""
        return self._client.ws if self._live else None

    async def stay_connected(self) -> None:
        """Run until cancelled. Raises what an operator must mend: BadToken, MissingIntent, ServerUnreachable."""
        self.health.begin(_FIRST, wording.NEVER_CONNECTED, said=True)
        while True:
            begun = asyncio.get_running_loop().time()
            self._live = False
            try:
                if self._resume is None:
                    await self._may_identify()
                text = await self._connection()
            except _BROKEN as error:
                _raise_if_final(error)
                text = str(error) or type(error).__name__
                if isinstance(error, ReconnectWebSocket):
                    text = wording.ENDED_BY_DISCORD
                    self._refused = not error.resume and not self._live
                    if not error.resume:
                        self._resume = None
            self._client.dispatch("disconnect")
            self.health.begin(_TROUBLE, wording.NOT_CONNECTED.format(why=text))
            await self._rest(self._pause(asyncio.get_running_loop().time() - begun))

    def renew(self) -> None:
        """Leave the connection, which a sleep of the machine has ended, and go on with a new one. A pause before the
        next try ends as well."""
        self._tries = 0
        self._woken.set()

    async def _rest(self, pause: float) -> None:
        """Wait so many seconds, or until the machine has slept."""
        if self._woken.is_set():
            self._woken.clear()
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._woken.wait()
                self._woken.clear()

    def _pause(self, lived: float) -> float:
        """Seconds until the next try: none after a connection that lived, growing with each that did not."""
        if self._live and lived >= _STEADY:
            self._tries = 0
            return 0.0
        self._tries += 1
        most = _LONGEST_RESUME if self._live else LONGEST_PAUSE
        return min(most, FIRST_PAUSE * 2 ** min(10, self._tries - 2)) if self._tries > 1 else 0.0

    async def _may_identify(self) -> None:
        """Wait until a new session may be begun, by what Discord allows and by what was begun of late."""
        now = self._clock()
        past: Sequence[float] = ()
        with suppress(StoreError):  # the database says itself what is wrong with it
            past = await self._identifies.identifies(now - _COUNTED)
        pause = identify_pause(past, now, refused=self._refused)
        if len(past) >= _FREE and pause > _WORTH_SAYING:
            self.health.begin(_BUDGET, wording.MANY_IDENTIFIES.format(count=len(past), seconds=pause))
        await asyncio.sleep(pause)
        while (left := await self._session_limit()) > 0:
            self.health.begin(_BUDGET, wording.IDENTIFIES_USED_UP.format(minutes=left / 60))
            await asyncio.sleep(min(left, _LIMIT_CHECK))
        self.health.over(_BUDGET, wording.IDENTIFIES_LEFT)

    async def _session_limit(self) -> float:
        """Seconds until Discord lets us begin a session; 0: it does now."""
        try:
            _, _, limit = await self._client.http.get_bot_gateway()
            used_up = limit["remaining"] <= limit["total"] // 100  # the last ones are left to whoever mends this
            return limit["reset_after"] / 1000 if used_up else 0.0
        except discord.GatewayNotFound as error:
            if isinstance(error.__cause__, discord.HTTPException) and error.__cause__.status == 401:
                raise BadToken(wording.TOKEN_REVOKED) from error
            raise
        except (LookupError, TypeError) as error:
            raise ConnectionError("Discord does not say how many sessions may be begun") from error

    async def _connection(self) -> str:
        """One connection, until it ends; returns when it is found to be a zombie, with by what. What ended it else is
        raised."""
        resume = self._resume
        async with asyncio.timeout(_OPENING):
            socket = await DiscordWebSocket.from_client(
                self._client,
                session=None if resume is None else resume.session,
                sequence=None if resume is None else resume.sequence,
                gateway=None if resume is None else resume.gateway,
                resume=resume is not None,
            )
        self._client.ws = socket
        self._woken.clear()  # what was opened since is alive
        polling = asyncio.create_task(self._poll(socket), name="gateway socket")
        watching = asyncio.create_task(self._watch(socket), name="gateway watch")
        waking = asyncio.create_task(self._woken.wait(), name="gateway wake")
        tasks = {polling, watching, waking}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            if self._live and socket.session_id is not None:
                self._resume = ResumeState(socket.session_id, socket.sequence, socket.gateway)
            elif socket.socket.close_code in _NOT_RESUMED or self._tries >= _FUTILE:
                self._resume = None
        if not polling.cancelled():
            polling.result()
        if not watching.cancelled():
            watching.result()
        closing = asyncio.create_task(_close(socket), name="gateway goodbye")  # a zombie says no goodbye for 30 s
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
        return wording.MACHINE_SLEPT if self._woken.is_set() else wording.NOTHING_ACKNOWLEDGED

    async def _poll(self, socket: DiscordWebSocket) -> None:
        while True:
            try:
                await socket.poll_event()
            except _BROKEN:
                raise
            except BAD_DATA as error:  # of a frame; an event's own are caught at its parser
                self.health.drop("a gateway frame", error)

    async def _watch(self, socket: DiscordWebSocket) -> None:
        """Return when the socket is dead: it acknowledges nothing, or never greets us."""
        opened = time.perf_counter()
        overdue = 0
        while overdue < 2:
            beat = socket._keep_alive  # pyright: ignore[reportPrivateUsage]
            interval = beat.interval if beat is not None and beat.interval else _GREETING
            await asyncio.sleep(interval / _CHECKS)
            now = time.perf_counter()
            late = beat is not None and now - beat._last_ack > _UNANSWERED * interval  # pyright: ignore[reportPrivateUsage]
            mute = not self._live and now - opened > _GREETING
            overdue = overdue + 1 if late or mute else 0

    def _guard(self) -> None:
        """Put us between each of discord.py's parsers and its events."""
        parsers = self._client._connection.parsers  # pyright: ignore[reportPrivateUsage]
        for event, parse in parsers.items():
            parsers[event] = partial(self._parse, event, parse)

    def _parse(self, event: str, parse: Callable[[Any], None], data: Any) -> None:
        """What one event brings; one that cannot be read is left out, but for the greeting: nothing goes without it."""
        try:
            parse(data)
        except BAD_DATA as error:
            self.health.drop(f"event {event}", error)
            if event == "READY":
                raise ConnectionError("the gateway's greeting could not be read") from error
        if event in ("READY", "RESUMED"):
            self._live, self._refused = True, False
            self.health.over(_FIRST, said=True)
            self.health.over(_TROUBLE, wording.CONNECTED_ANEW if event == "READY" else wording.CONNECTED_AGAIN)


def identify_pause(past: Sequence[float], now: float, *, refused: bool) -> float:
    """Seconds until the next identify. `past`: when those of the last half hour were sent; `refused`: the last one came
    too soon for Discord."""
    if not past:
        return 0.0
    count = len(past)
    gap = _WINDOW if refused else 0.0
    if count >= _FREE:
        gap = min(_LONGEST_IDENTIFY, _WINDOW * 2 ** min(20, count - _FREE))
    return min(_LONGEST_IDENTIFY, max(0.0, past[-1] + gap - now))


def _raise_if_final(error: BaseException) -> None:
    """Raise as an error of ours what waiting does not mend."""
    code = error.code if isinstance(error, discord.ConnectionClosed) else None
    if code in _BAD_INTENTS:
        raise MissingIntent(wording.NO_MESSAGE_CONTENT) from error
    if code == _BAD_TOKEN:
        raise BadToken(wording.TOKEN_REVOKED) from error
    if code in _BAD_CLIENT:
        raise ServerUnreachable(wording.CLOSED_FOR_GOOD.format(code=code)) from error


async def _close(socket: DiscordWebSocket) -> None:
    with suppress(OSError, aiohttp.ClientError):
        await socket.close(4000)
