"""What is left behind is found by its mark, wherever it went, and ended."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from antiphon.agent.process.orphans import MARK, end_orphans, ended_with_us, mark_prefix

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
        "import asyncio, sys\n"
        "from antiphon.agent.process.orphans import ended_with_us\n"
        "async def main():\n"
        "    async with ended_with_us(sys.argv[1]):\n"
        "        print('ready', flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    async with sleeper(f"{mark}a") as left:
        words = (sys.executable, "-c", script, mark)
        bridge = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE, env={})
        assert bridge.stdout is not None
        assert await bridge.stdout.readline() == b"ready\n"
        assert left.returncode is None
        bridge.kill()
        await bridge.wait()
        async with asyncio.timeout(5):
            assert await left.wait() != 0


async def test_who_leaves_in_order_takes_them_along_too(tmp_path: Path) -> None:
    mark = f"{mark_prefix(tmp_path)}{os.getpid()}:"
    async with sleeper(f"{mark}a") as left:
        async with ended_with_us(mark):
            assert left.returncode is None
        assert await left.wait() != 0
