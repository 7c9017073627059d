"""The demo: the whole chain with nothing else needed, and nothing left behind however it ends."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from bench.processes import left_behind


async def demo(tmp_path: Path, *words: str) -> asyncio.subprocess.Process:
    """`antiphon demo` with an environment built from nothing."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "antiphon", "demo", *words),
        env={"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path), "HOME": str(tmp_path)},  # noqa: TID251
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def output_of(process: asyncio.subprocess.Process, typed: str = "") -> str:
    async with asyncio.timeout(50):
        output, _ = await process.communicate(typed.encode())
    return output.decode()


async def test_once_prints_the_thread_and_succeeds_when_the_turn_is_done(tmp_path: Path) -> None:
    process = await demo(tmp_path, "--once", "say: Hello from the demo")
    words = await output_of(process)
    assert process.returncode == 0, words
    assert "Hello from the demo" in words
    assert "✅ done" in words
    assert not await left_behind(tmp_path)


@pytest.mark.slow
async def test_once_fails_when_the_turn_does(tmp_path: Path) -> None:
    process = await demo(tmp_path, "--once", "error 400")
    words = await output_of(process)
    assert process.returncode == 1
    assert "API Error: 400" in words


@pytest.mark.slow
async def test_the_terminal_chat_answers_every_line_and_says_that_the_model_is_scripted(tmp_path: Path) -> None:
    process = await demo(tmp_path)
    words = await output_of(process, "remember antiphony\nrecall\n")
    assert process.returncode == 0, words
    assert "scripted" in words
    assert words.rindex("antiphony") > words.index("✅ done")
    assert not await left_behind(tmp_path)


@pytest.mark.slow
async def test_a_killed_demo_leaves_no_bridge_and_no_claude(tmp_path: Path) -> None:
    process = await demo(tmp_path)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"sleep 60\n")
    async with asyncio.timeout(30):
        while b"Ctrl-D" not in await process.stdout.readline():
            pass
        while not any("_bundled/claude" in one for one in await left_behind(tmp_path, tries=1)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    assert not await left_behind(tmp_path)


@pytest.mark.slow
async def test_real_model_without_a_key_is_refused_with_a_reason(tmp_path: Path) -> None:
    process = await demo(tmp_path, "--real-model")
    assert "ANTHROPIC_API_KEY" in await output_of(process)
    assert process.returncode == 78


@pytest.mark.slow
async def test_the_stand_in_alone_prints_one_json_line(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "antiphon", "standin", "--json"),
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},  # noqa: TID251
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(20):
        about = json.loads(await process.stdout.readline())
    assert set(about) >= {"api", "gateway", "bot_token", "application_id", "guild_id", "channels", "people", "model"}
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(10):
        assert await process.wait() == 0
