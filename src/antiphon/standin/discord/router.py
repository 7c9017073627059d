"""Finding the route of a request: a walk over path segments, no pattern matching."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote

from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.wire import Call, Result

Operation = Callable[[Backend, Call], Result]

ANYONE, BOT, PERSON, TOKEN = "anyone", "bot", "person", "token"
"""Who may ask: any account, only the bot, only a person, or whoever holds the token in the path."""


class Route(NamedTuple):
    """One operation. `path` names its parameters with a colon; `bucket` is a key of `Limits.routes`."""

    method: str
    path: str
    operation: Operation
    bucket: str = "default"
    who: str = ANYONE

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(part[1:] for part in self.path.split("/") if part.startswith(":"))


@dataclass(slots=True)
class _Node:
    literal: dict[str, _Node] = field(default_factory=dict[str, "_Node"])
    any: _Node | None = None
    routes: dict[str, tuple[Route, tuple[str, ...]]] = field(default_factory=dict[str, tuple[Route, tuple[str, ...]]])


class Router:
    """All routes as a tree. A literal segment wins over a parameter."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            node = self._root
            for part in route.path.strip("/").split("/"):
                if part.startswith(":"):
                    node.any = node.any or _Node()
                    node = node.any
                else:
                    node = node.literal.setdefault(part, _Node())
            assert route.method not in node.routes, f"{route.method} {route.path} is there twice"
            node.routes[route.method] = (route, route.names)

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]] | int:
        """The route and its arguments, decoded; or 404, or 405."""
        found = self._walk(self._root, path.strip("/").split("/"), 0, method, [])
        if found is None:
            return 404
        node, values = found
        if method not in node.routes:
            return 405
        route, names = node.routes[method]
        return route, dict(zip(names, values, strict=True))

    def _walk(
        self, node: _Node, parts: list[str], at: int, method: str, values: list[str]
    ) -> tuple[_Node, list[str]] | None:
        if at == len(parts):
            return (node, values) if node.routes else None
        fallback = None
        # Ids are digits and never encoded; emoji are, and "%40me" is "@me".
        part = unquote(parts[at])
        if literal := node.literal.get(part):
            fallback = self._walk(literal, parts, at + 1, method, values)
            if fallback is not None and method in fallback[0].routes:
                return fallback
        if node.any is not None and part:
            found = self._walk(node.any, parts, at + 1, method, [*values, part])
            return found if found is not None and (fallback is None or method in found[0].routes) else fallback
        return fallback
