"""The MCP server that Claude Code starts in a terminal: the script itself, and what it says to a bridge."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from antiphon.tools.definitions import TOOLS, listed

SCRIPT = str(files("antiphon.attach") / "tools.py")
Json = dict[str, Any]


class Bridge:
    """What listens where the script calls. `held`: calls are answered when it is set."""

    def __init__(self) -> None:
        self.calls: list[Json] = []
        self.secrets: list[str | None] = []
        self.held = asyncio.Event()
        self.held.set()
        self.called = asyncio.Event()
        self.gone = asyncio.Event()
        self.failures = 0

    async def tool(self, request: web.Request) -> web.StreamResponse:
        """Answer a call."""
        self.calls.append(await request.json())
        self.called.set()
        self.secrets.append(request.headers.get("X-Antiphon-Secret"))
        if self.failures:
            self.failures -= 1
            raise web.HTTPInternalServerError
        try:
            await self.held.wait()
        except asyncio.CancelledError:
            self.gone.set()
            raise
        return web.json_response({"text": f"{self.calls[-1]['name']} is done", "failed": False})


class Script:
    """The script, as Claude Code speaks to it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    def say(self, method: str, id_: int | None = None, **params: Any) -> None:
        told = {"jsonrpc": "2.0", "method": method, "params": params, **({} if id_ is None else {"id": id_})}
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(told).encode() + b"\n")

    async def hear(self) -> Json:
        assert self.process.stdout is not None
        async with asyncio.timeout(20):
            return json.loads(await self.process.stdout.readline())


@asynccontextmanager
async def listening(bridge: Bridge, directory: Path) -> AsyncGenerator[None]:
    app = web.Application()
    app.router.add_post("/tool", bridge.tool)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    (address,) = runner.addresses
    (directory / "attach.json").write_text(json.dumps({"port": address[1], "secret": "s"}))
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def script(directory: Path, *variables: str) -> AsyncGenerator[Script]:
    waits = [one.name for one in TOOLS if one.waits]
    (directory / "tools.json").write_text(json.dumps({"tools": listed(), "waits": waits}))
    arguments = ("-I", "-S", SCRIPT, str(directory / "attach.json"), str(directory / "tools.json"), *variables)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdin=pipe, stdout=pipe)
    try:
        yield Script(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(10):
            assert await process.wait() == 0  # it ends with its session


async def test_it_lists_the_tools_and_hands_calls_on(tmp_path: Path) -> None:
    bridge = Bridge()
    async with listening(bridge, tmp_path), script(tmp_path, "", "") as one:
        one.say("server/discover", 1)
        assert (await one.hear())["error"]["code"] == -32601
        one.say("initialize", 2, protocolVersion="2025-11-25")
        assert (await one.hear())["result"]["protocolVersion"] == "2025-11-25"
        one.say("notifications/initialized")
        one.say("tools/list", 3)
        assert [tool["name"] for tool in (await one.hear())["result"]["tools"]] == [tool.name for tool in TOOLS]
        meta = {"claudecode/toolUseId": "toolu_1"}
        one.say("tools/call", 4, name="discord_read", arguments={"limit": 1}, _meta=meta)
        result = (await one.hear())["result"]
        assert result == {"content": [{"type": "text", "text": "discord_read is done"}], "isError": False}
    (call,) = bridge.calls
    assert (call["name"], call["arguments"], call["key"]) == ("discord_read", {"limit": 1}, "toolu_1")
    assert bridge.secrets == ["s"]


async def test_a_call_that_fails_is_made_again_under_the_same_key(tmp_path: Path) -> None:
    bridge = Bridge()
    bridge.failures = 2
    async with listening(bridge, tmp_path), script(tmp_path, "", "") as one:
        one.say("tools/call", 1, name="discord_send", arguments={"text": "once"})
        assert (await one.hear())["result"]["isError"] is False
    assert len(bridge.calls) == 3
    assert len({call["key"] for call in bridge.calls}) == 1


async def test_a_question_waits_for_a_bridge_and_calls_do_not_wait_for_each_other(tmp_path: Path) -> None:
    bridge = Bridge()
    (tmp_path / "attach.json").write_text("no JSON yet")
    async with script(tmp_path, "", "") as one:
        one.say("tools/call", 1, name="discord_ask", arguments={"question": "?"})
        one.say("ping", 2)
        assert (await one.hear())["id"] == 2
        async with listening(bridge, tmp_path):
            assert (await one.hear())["id"] == 1


async def test_a_call_that_is_cancelled_is_let_go(tmp_path: Path) -> None:
    bridge = Bridge()
    bridge.held.clear()
    async with listening(bridge, tmp_path), script(tmp_path, "", "") as one:
        one.say("tools/call", 1, name="discord_ask", arguments={"question": "?"})
        async with asyncio.timeout(10):
            await bridge.called.wait()
            one.say("notifications/cancelled", requestId=1)
            await bridge.gone.wait()
        one.say("ping", 2)
        assert (await one.hear())["id"] == 2  # and nothing for the call


@pytest.mark.parametrize("variables", [("off", ""), ("", "somebody's")])
async def test_sessions_that_are_left_out_or_hosted_have_no_tools(tmp_path: Path, variables: tuple[str, str]) -> None:
    async with script(tmp_path, *variables) as one:
        one.say("tools/list", 1)
        assert (await one.hear())["result"] == {"tools": []}


async def test_what_is_no_message_is_passed_over(tmp_path: Path) -> None:
    async with script(tmp_path, "", "") as one:
        assert one.process.stdin is not None
        one.process.stdin.write(b'nonsense\n[1]\n{"id": 1}\n{"method": "tools/call", "id": 5, "params": []}\n')
        one.say("ping", 6)
        answers = [await one.hear()]
        while answers[-1].get("id") != 6:
            answers.append(await one.hear())
        assert answers[-1]["result"] == {}
