"""One scheduler for everything that the bridge asks of Discord by itself: who may send next, and when.

Every request waits here for its turn, and nowhere else: requests to people and answers before progress before notices
before marks, of which the last two leave some of each window to the others; within each route's bucket (learned from
the headers of every answer, never hard-coded) and the global limit. So a request is made from the newest state at the
moment when it may go, and discord.py below never has to wait.

Promises: waiting is fair within a rank; nobody waits for ever (`_AGEING`); a cancelled wait takes nothing with it. May
not know what is sent.
"""

import asyncio
import re
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import NamedTuple

import aiohttp

from antiphon.chat.render.message import Priority

# Discord takes 50 requests a second (developer docs, topics/rate-limits), and some are made without this scheduler.
# Counted are those on their way and those answered within the last second: whenever each of them arrived there in
# between, no second has more. They are spread, at most `_BURST` at once.
_GLOBAL, _BURST = 46, 5
_AGEING = 4.0  # seconds of waiting after which a request moves up by a rank
_USUAL = (5, 5.0)  # requests and seconds of a bucket that has not told its own yet: only used to space edits out
# Renames and topics: 2 in 10 minutes for each channel, which no header tells (discord-api-docs#1900, #2208).
_HIDDEN: Mapping[str, tuple[int, float]] = {"PATCH /channels/{}": (2, 600.0)}
_MOST_BUCKETS = 1000  # then those that limit nothing now are forgotten
_PATH = re.compile(r"/api/v\d+(/.*)")
_ID = re.compile(r"/\d+(?=/|$)")


class Route(NamedTuple):
    """Which limit a request falls under: its method and path without ids, and the channel that it is about."""

    name: str
    major: str


def route(method: str, path: str) -> Route:
    """The route of a request; `path` as in Discord's documentation, with real ids."""
    path = path.partition("/reactions/")[0] + "/reactions" if "/reactions/" in path else path
    major = _ID.search(path)
    name = f"{method} {_ID.sub('/{}', path)}"
    if name.endswith("/reactions"):
        name = name.partition(" ")[2]  # adding and removing share a bucket
    return Route(name, major[0][1:] if major else "")


@dataclass(slots=True)
class _Bucket:
    """What is known of one limit: `left` requests until `resets` (loop time)."""

    limit: int = 1
    left: int = 1
    resets: float = 0.0
    window: float = 0.0  # the longest seen, in seconds
    out: int = 0  # on their way
    hidden: deque[float] = field(default_factory=deque[float])  # when those of an untold limit went


@dataclass(slots=True)
class _Waiting:
    route: Route
    priority: Priority
    since: float
    go: asyncio.Future[None]

    def rank(self, now: float) -> int:
        """The lowest goes first."""
        return self.priority - int((now - self.since) / _AGEING)


class RateLimiter:
    """See the module. `clock`: monotonic seconds (the event loop's own, if not told otherwise)."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock or asyncio.get_running_loop().time
        self._buckets: dict[Route, _Bucket] = {}
        self._hashes: dict[str, str] = {}  # route name → Discord's name for its bucket
        self._waiting: list[_Waiting] = []
        self._spread = 0.0  # when the requests so far would have gone, had they been spread evenly
        self._out = 0  # on their way
        self._answered: deque[float] = deque()  # when those of the last second came back
        self._blocked_until = 0.0  # by a global 429
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def turn(self, method: str, path: str, priority: Priority) -> AsyncGenerator[None]:
        """Wait until a request may go; make it inside, at once. Cancelling while waiting is harmless."""
        where = route(method, path)
        waiting = _Waiting(where, priority, self._clock(), asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._grant()
        try:
            await waiting.go
        except asyncio.CancelledError:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            else:
                self._back(where)
            raise
        try:
            yield
        finally:
            self._back(where)

    def pace(self, method: str, path: str) -> float:
        """Seconds between two requests of a route that are to be spread evenly over its window."""
        bucket = self._buckets.get(self._key(route(method, path)))
        limit, window = (bucket.limit, bucket.window) if bucket and bucket.window else _USUAL
        return window / max(1, limit - 1)

    def learn(self, method: str, path: str, status: int, headers: Mapping[str, str]) -> None:
        """Take the limits from an answer of Discord's, whoever asked."""
        where, now = route(method, path), self._clock()
        try:
            if status == 429:
                self._refused(where, float(headers.get("Retry-After", "1")), headers, now)
            elif "X-RateLimit-Remaining" in headers:
                if name := headers.get("X-RateLimit-Bucket"):
                    self._name(where, name)
                bucket = self._bucket(where)
                bucket.limit = max(1, int(headers["X-RateLimit-Limit"]))
                after = float(headers["X-RateLimit-Reset-After"])
                left = int(headers["X-RateLimit-Remaining"])
                others = max(0, bucket.out - 1)  # this one is counted in what Discord says, they may not be
                left, ends, bucket.window = max(0, left - others), now + after, max(bucket.window, after)
                if now < bucket.resets and ends < bucket.resets + bucket.window / 2:
                    # Of this window, or of the one before: answers come in any order, and the lowest is the newest.
                    left, ends = min(left, bucket.left), max(ends, bucket.resets)
                bucket.left, bucket.resets = left, ends
        except (KeyError, ValueError):
            pass  # an answer that is not Discord's (a proxy's) tells nothing
        self._grant()

    def observe(self, trace: aiohttp.TraceConfig) -> None:
        """Learn from the answers that `trace` sees. Call before the first request."""

        async def on_end(
            _session: aiohttp.ClientSession, _context: SimpleNamespace, request: aiohttp.TraceRequestEndParams
        ) -> None:
            if found := _PATH.search(request.url.path):
                self.learn(request.method, found[1], request.response.status, request.response.headers)

        trace.on_request_end.append(on_end)

    def _back(self, where: Route) -> None:
        self._bucket(where).out -= 1
        self._out -= 1
        self._answered.append(self._clock())
        self._grant()

    def _refused(self, where: Route, after: float, headers: Mapping[str, str], now: float) -> None:
        if headers.get("X-RateLimit-Global"):
            self._blocked_until = now + after
            return
        bucket = self._bucket(where)
        bucket.left, bucket.resets = 0, now + after

    def _key(self, where: Route) -> Route:
        return Route(self._hashes.get(where.name, where.name), where.major)

    def _bucket(self, where: Route) -> _Bucket:
        key = self._key(where)
        if key not in self._buckets and len(self._buckets) >= _MOST_BUCKETS:
            now = self._clock()
            self._buckets = {
                key: one for key, one in self._buckets.items() if one.out or one.resets > now or one.hidden
            }
        return self._buckets.setdefault(key, _Bucket())

    def _name(self, where: Route, name: str) -> None:
        """Routes with the same bucket name share their limit; what was known under the route's own name moves."""
        if self._hashes.get(where.name) == name:
            return
        old = [(key, self._buckets[key]) for key in self._buckets if key.name == self._key(where).name]
        self._hashes[where.name] = name
        for key, bucket in old:
            there = self._buckets.setdefault(Route(name, key.major), bucket)
            if there is not bucket:
                there.out += bucket.out
            del self._buckets[key]

    def _grant(self) -> None:
        """Let everybody go who may go now, the first in rank first; set the clock for the next."""
        now = self._clock()
        self._waiting.sort(key=lambda one: (one.rank(now), one.since))
        next_look = float("inf")
        for one in list(self._waiting):
            if one.go.done():  # cancelled
                self._waiting.remove(one)
                continue
            due = max(self._free(one.route, one.rank(now), now), self._globally_free(now))
            if due > now:
                next_look = min(next_look, due)
                continue
            self._waiting.remove(one)
            self._take(one.route, now)
            one.go.set_result(None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if next_look < float("inf"):
            self._timer = asyncio.get_running_loop().call_later(max(0.001, next_look - now), self._grant)

    def _take(self, where: Route, now: float) -> None:
        bucket = self._bucket(where)
        if now >= bucket.resets:  # a new window; how much of it there is tells the next answer
            bucket.left = bucket.limit
            bucket.resets = now + bucket.window
        bucket.left -= 1
        bucket.out += 1
        self._out += 1
        if where.name in _HIDDEN:
            bucket.hidden.append(now)
        self._spread = max(self._spread, now) + 1 / _GLOBAL

    def _free(self, where: Route, rank: int, now: float) -> float:
        """When the route takes its next request of a rank; at the earliest `now`."""
        bucket = self._bucket(where)
        if where.name in _HIDDEN:
            limit, window = _HIDDEN[where.name]
            while bucket.hidden and bucket.hidden[0] <= now - window:
                bucket.hidden.popleft()
            if len(bucket.hidden) >= limit:
                return bucket.hidden[0] + window
        # The last of a window is left to discord.py's own requests: who takes it is kept waiting by it for the next.
        # One more is left by notices and marks: what Claude says meanwhile does not wait for the next window.
        spare = min(bucket.limit - 1, 2 if rank >= Priority.NOTICE else 1)
        if now >= bucket.resets:
            # Nothing is known of the new window yet: what is on its way may be counted in it.
            room = bucket.out < max(1, bucket.limit - spare)
            return now if room else now + 0.05
        return now if bucket.left > spare else bucket.resets + 0.01

    def _globally_free(self, now: float) -> float:
        while self._answered and self._answered[0] <= now - 1.0:
            self._answered.popleft()
        free = max(now, self._spread - _BURST / _GLOBAL, self._blocked_until)
        if self._out + len(self._answered) < _GLOBAL:
            return free
        return max(free, self._answered[0] + 1.001 if self._answered else now + 0.05)
