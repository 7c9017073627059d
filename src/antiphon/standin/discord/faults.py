"""The stand-in's only back doors: what is to go wrong next, and what was asked so far."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from antiphon.standin.discord.errors import Json, form_error

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
    match = str(body.get("match", "* /**")).split(maxsplit=1)
    if len(match) != 2:
        raise form_error("match", "MATCH_INVALID", "A match is a method and a path, as in POST /channels/*/messages")
    known = ("status", "code", "body", "headers", "times", "after", "after_effect", "drop", "everybody")
    fault = Fault(match[0].upper(), tuple(match[1].strip("/").split("/")), latency=body.get("latency_ms", 0) / 1000)
    for name in known:
        if name in body:
            setattr(fault, name, body[name])
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
