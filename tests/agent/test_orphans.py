"""What is left behind is found by its mark, wherever it went, and ended."""

import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from antiphon.agent.process import wire
from antiphon.agent.process.orphans import (
    MARK,
    descendants,
    end_orphans,
    end_processes,
    ended_with_us,
    mark_prefix,
    note,
    noted,
)
from antiphon.core.events import SessionLost
from studio import Studio, say

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the marks are read from /proc")


@asynccontextmanager
async def sleeper(mark: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec("sleep", "60", env={MARK: mark}, start_new_session=True)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_only_what_carries_the_mark_is_ended(tmp_path: Path) -> None:
    ours, theirs = mark_prefix(tmp_path), mark_prefix(tmp_path / "another")
    async with sleeper(f"{ours}1:a") as one, sleeper(f"{ours}2:b") as two, sleeper(f"{theirs}1:c") as other:
        assert await asyncio.to_thread(end_orphans, f"{ours}1:") == 1
        await one.wait()
        assert await asyncio.to_thread(end_orphans, ours) == 1
        await two.wait()
        assert other.returncode is None


async def test_whoever_is_killed_takes_its_processes_along(tmp_path: Path) -> None:
    mark = f"{mark_prefix(tmp_path)}1:"
    script = (
        "import asyncio, pathlib, sys\n"
        "from antiphon.agent.process.orphans import ended_with_us\n"
        "async def main():\n"
        "    async with ended_with_us(sys.argv[1], pathlib.Path(sys.argv[2])):\n"
        "        print('ready', flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    async with sleeper(f"{mark}a") as left, sleeper("nobody's") as descended:
        note(frozenset(one for one in descendants(os.getpid()) if one[0] == descended.pid), tmp_path, "x")
        words = (sys.executable, "-c", script, mark, str(tmp_path))
        bridge = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE, env={})
        assert bridge.stdout is not None
        assert await bridge.stdout.readline() == b"ready\n"
        assert left.returncode is None
        bridge.kill()
        await bridge.wait()
        async with asyncio.timeout(5):
            assert await left.wait() != 0
            assert await descended.wait() != 0


async def test_who_leaves_in_order_takes_them_along_too(tmp_path: Path) -> None:
    mark = f"{mark_prefix(tmp_path)}{os.getpid()}:"
    async with sleeper(f"{mark}a") as left:
        async with ended_with_us(mark, tmp_path):
            assert left.returncode is None
        assert await left.wait() != 0


async def test_an_id_that_somebody_else_has_by_now_is_left_alone(tmp_path: Path) -> None:
    async with sleeper("nobody's") as other:
        (found,) = [one for one in descendants(os.getpid()) if one[0] == other.pid]
        assert await asyncio.to_thread(end_processes, [(found[0], found[1] - 1)]) == 0
        assert other.returncode is None
        assert await asyncio.to_thread(end_processes, [found]) == 1
        await other.wait()


_SERVER = """
import json, subprocess, sys
for words in sys.argv[1:]:
    quiet = dict(stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    subprocess.Popen(["sleep", words], env={}, start_new_session=True, **quiet)
    subprocess.Popen(["/bin/sh", "-c", f"setsid sleep {words} &"], env={"PATH": "/bin:/usr/bin"}, **quiet).wait()
for line in sys.stdin:
    asked = json.loads(line)
    if "id" in asked:
        about = {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "x", "version": "1"}}
        print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": about}), flush=True)
"""


def sleeping(words: str) -> list[int]:
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (entry / "cmdline").read_bytes().split(b"\0")[:2] == [b"sleep", words.encode()]:
                found.append(int(entry.name))
    return found


@pytest.mark.parametrize("how", ["parked", "killed"])
async def test_what_an_mcp_server_has_started_without_group_and_environment_ends_with_claude_code(
    studio: Studio, how: str
) -> None:
    words = f"600.{os.getpid()}{how == 'parked':d}"
    (studio.project.directory / "server.py").write_text(_SERVER)
    server = {"command": sys.executable, "args": [str(studio.project.directory / "server.py"), words]}
    (studio.project.directory / ".mcp.json").write_text(json.dumps({"mcpServers": {"x": server}}))
    async with studio.session() as (link, ear):
        async with asyncio.timeout(20):
            while len(sleeping(words)) < 2:  # noqa: ASYNC110 - of other processes
                await asyncio.sleep(0.05)
        await say(link, ear, 1, "say: hello")
        if how == "killed":
            await asyncio.wait({link._noting})  # type: ignore[attr-defined]
            os.kill(wire.pid(link._client) or 0, signal.SIGKILL)  # type: ignore[attr-defined]
            await ear.first(SessionLost)
    assert sleeping(words) == []
    assert not list(studio.launch.command.parent.glob("*.descendants"))


def test_two_threads_may_note_for_the_same_process_at_once(tmp_path: Path) -> None:
    """A look that is under way, and the one at the end."""
    errors: list[BaseException] = []

    def notes() -> None:
        try:
            for n in range(300):
                note(frozenset({(n, 1)}), tmp_path, "one")
        except OSError as error:
            errors.append(error)

    threads = [threading.Thread(target=notes) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert noted(tmp_path) == {(299, 1)}
