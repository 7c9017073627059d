"""Rate limits: fixed windows per bucket, the headers that tell of them, and the 429s (D topics/rate-limits)."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

from antiphon.standin.discord.errors import CODES, Json
from antiphon.standin.discord.ids import Clock
from antiphon.standin.discord.limits import Limits, Rate


@dataclass(slots=True)
class Window:
    """Requests counted since the window began."""

    count: int
    ends: float


class RateLimited(Exception):
    """429. `headers` are those of the ordinary bucket when the limit is a hidden one."""

    def __init__(self, retry_after: float, scope: str, headers: dict[str, str], code: int | None = None) -> None:
        super().__init__(f"{scope}: {retry_after:.3f} s")
        self.retry_after = retry_after
        self.scope = scope
        self.code = code
        is_global = scope == "global"
        self.headers = headers | {
            "Retry-After": str(math.ceil(retry_after)),
            "X-RateLimit-Scope": scope,
            "Via": "1.1 google",  # discord.py takes a 429 without it for a Cloudflare ban and does not retry
        }
        if is_global:
            self.headers["X-RateLimit-Global"] = "true"

    def payload(self) -> Json:
        message = "You are being rate limited." if self.code is None else CODES[self.code][1]
        body: Json = {
            "message": message,
            "retry_after": round(self.retry_after, 3),
            "global": self.scope == "global",
        }
        return body if self.code is None else body | {"code": self.code}


class RateLimits:
    """All windows of one local Discord."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._windows: dict[str, Window] = {}

    def _window(self, key: str, rate: Rate) -> Window:
        now = self._clock()
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            window = self._windows[key] = Window(0, now + rate.seconds)
        return window

    def take(self, bucket: str, major: str) -> dict[str, str]:
        """Counts one request and returns its headers; raises RateLimited once the bucket is empty."""
        if not self._limits.enforce_rates:
            return {}
        rate = self._limits.rates.get(bucket) or self._limits.rates["default"]
        window = self._window(f"{bucket} {major}", rate)
        window.count += 1
        left = max(0.0, window.ends - self._clock())
        headers = {
            "X-RateLimit-Limit": str(rate.limit),
            "X-RateLimit-Remaining": str(max(0, rate.limit - window.count)),
            "X-RateLimit-Reset": f"{window.ends:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": hashlib.md5(bucket.encode(), usedforsecurity=False).hexdigest(),
        }
        if window.count > rate.limit:
            raise RateLimited(left, "user", headers)
        return headers

    def take_global(self, who: str) -> None:
        """The 50 a second that all ordinary requests of one bot share."""
        if not self._limits.enforce_rates:
            return
        rate = self._limits.rates["global"]
        window = self._window(f"global {who}", rate)
        window.count += 1
        if window.count > rate.limit:
            raise RateLimited(max(0.0, window.ends - self._clock()), "global", {})

    def take_hidden(self, name: str, key: str, *, code: int | None = None) -> None:
        """A limit that no header tells of beforehand: renames, webhooks of a channel, edits of old messages."""
        if not self._limits.enforce_rates:
            return
        rate = self._limits.rates[name]
        window = self._window(f"hidden {name} {key}", rate)
        if window.count >= rate.limit:
            raise RateLimited(
                max(0.0, window.ends - self._clock()), "shared" if name == "webhook_hidden" else "user", {}, code
            )
        window.count += 1

    def count_invalid(self) -> None:
        """One answer of 401, 403 or 429 (not shared) to the bot."""
        self._window("invalid", self._limits.rates["invalid"]).count += 1

    @property
    def banned(self) -> bool:
        """Too many invalid requests: Cloudflare answers in Discord's place."""
        rate = self._limits.rates["invalid"]
        return self._window("invalid", rate).count >= rate.limit
