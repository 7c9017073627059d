"""The stand-in's only back doors: what is to go wrong next, and what was asked so far."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from antiphon.standin.discord.errors import CODES, Form, Json
from antiphon.standin.discord.wire import Fields, as_object

KEPT_REQUESTS = 20_000


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong, for requests that match, `times` times after skipping `after`."""

    method: str = "*"
    segments: tuple[str, ...] = ("**",)
    status: int | None = None
    code: int = 0
    body: Json | None = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    times: int | None = None
    after: int = 0
    after_effect: bool = False
    drop: bool = False
    latency: float = 0.0
    everybody: bool = False

    def matches(self, method: str, parts: list[str]) -> bool:
        if self.method not in ("*", method):
            return False
        if self.segments and self.segments[-1] == "**":
            head = self.segments[:-1]
            if len(parts) < len(head):
                return False
        else:
            head = self.segments
            if len(parts) != len(head):
                return False
        return all(wanted in ("*", part) for wanted, part in zip(head, parts, strict=False))


def read_fault(body: Json) -> Fault:
    """A fault from its JSON, whose names are those of `Fault` beside `match` and `latency_ms`."""
    form = Form()
    fields = Fields(body, form)
    match = (fields.text("match", 1000) or "* /**").split(maxsplit=1)
    if len(match) != 2:
        form.add("match", "MATCH_INVALID", "A match is a method and a path, as in POST /channels/*/messages")
    code = fields.number("code", 0, 1_000_000) or 0
    if code and code not in CODES:
        form.add("code", "BASE_TYPE_CHOICES", "Not one of the codes that the stand-in knows.")
    fault = Fault(
        status=fields.number("status", 200, 599) or (CODES[code][0] if code in CODES else None),
        code=code,
        body=None if body.get("body") is None else as_object(body["body"], "body"),
        headers={k: str(v) for k, v in as_object(body.get("headers") or {}, "headers").items()},
        times=fields.number("times", 1, 1_000_000),
        after=fields.number("after", 0, 1_000_000) or 0,
        after_effect=bool(fields.boolean("after_effect")),
        drop=bool(fields.boolean("drop")),
        latency=(fields.number("latency_ms", 0, 600_000) or 0) / 1000,
        everybody=bool(fields.boolean("everybody")),
    )
    form.finish()
    fault.method, fault.segments = match[0].upper(), tuple(match[1].strip("/").split("/"))
    return fault


class Faults:
    """Faults still to come, and everything that was asked."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self.requests: deque[Json] = deque(maxlen=KEPT_REQUESTS)
        self.refuses_gateway = False
        self.silent_gateway = False

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()
        self.refuses_gateway = self.silent_gateway = False

    def take(self, method: str, path: str, *, by_bot: bool) -> Fault | None:
        """The first fault that a request meets; counts it. Latency and failure may be two faults."""
        if not self._waiting:
            return None
        parts = path.strip("/").split("/")
        met: Fault | None = None
        for fault in list(self._waiting):
            if not (by_bot or fault.everybody) or not fault.matches(method, parts):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if met is not None and (met.status is not None or met.drop):
                break
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
            met = fault if met is None else _with_latency(fault, met.latency)
        return met

    def record(self, entry: dict[str, Any]) -> None:
        self.requests.append(entry)


def _with_latency(fault: Fault, latency: float) -> Fault:
    return Fault(
        status=fault.status,
        code=fault.code,
        body=fault.body,
        headers=fault.headers,
        after_effect=fault.after_effect,
        drop=fault.drop,
        latency=fault.latency + latency,
    )
