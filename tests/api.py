"""A program that calls the HTTP API of a bridge in a test."""

import json
import socket
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from antiphon.core.programs.scopes import SCOPES
from antiphon.core.values import TokenScope
from antiphon.web import tokens

from chain import Chain

Json = dict[str, Any]


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@dataclass
class Answer:
    """What was answered. `body`: its JSON, or its text."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass
class Program:
    """Calls with a token; None: with none."""

    http: ClientSession
    url: str
    token: str | None
    headers: dict[str, str] = field(default_factory=dict)

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """`body`: JSON."""
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.request(method, self.url + path, json=body, headers=sent) as answer:
            text = await answer.text()
            kind = answer.headers.get("Content-Type", "")
            return Answer(answer.status, json.loads(text) if "json" in kind else text, answer.headers)

    async def get(self, path: str, **headers: str) -> Any:
        """The body of a good answer."""
        return _good(await self.call("GET", path, **headers))

    async def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """The same."""
        return _good(await self.call("POST", path, body, **headers))


def _good(answer: Answer) -> Any:
    assert answer.status < 300, (answer.status, answer.body)
    return answer.body


@asynccontextmanager
async def program(
    chain: Chain, port: int, *scopes: TokenScope, name: str = "ci", projects: frozenset[str] | None = None
) -> AsyncGenerator[Program]:
    """A program with a token of its own; without a scope it has all."""
    token = token_for(chain.world.root, name, *scopes, projects=projects)
    async with ClientSession() as http:
        yield Program(http, f"http://127.0.0.1:{port}", token)


def token_for(root: Path, name: str, *scopes: TokenScope, projects: frozenset[str] | None = None) -> str:
    """Make a token for the bridge of a world."""
    return tokens.create(root / "state", name, frozenset(scopes or SCOPES), projects, time.time())


async def listening(chain: Chain) -> None:
    """Wait until the API listens."""
    await chain.bridge_prints("the API listens")
