"""The demo: the whole chain with nothing else needed, and nothing left behind however it ends."""

import asyncio
import json
import os
import re
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import ClientSession
from bench.processes import left_behind
from bench.shown import statuses

from antiphon.demo.show import marked
from antiphon.demo.tour import TOUR
from antiphon.standin.client_shapes import words_of
from antiphon.standin.person import Person


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
    assert "✅ Done" in words
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
    assert "Claude is played by a script, and Discord by the page; everything else is real." in words
    assert words.rindex("antiphony") > words.index("✅ Done")
    assert not await left_behind(tmp_path)


@pytest.mark.slow
async def test_a_demo_that_is_ended_by_sigterm_leaves_nothing_behind(tmp_path: Path) -> None:
    process = await demo(tmp_path)
    await line_with(process, "http://")
    process.terminate()
    async with asyncio.timeout(40):
        assert await process.wait() == 0
    assert not await left_behind(tmp_path)
    assert not await asyncio.to_thread(lambda: list(tmp_path.glob("antiphon-demo-*")))


async def pressed_kill(http: ClientSession, page: str) -> int:
    """Press the chip that kills the bridge, as the page does; the status."""
    headers = {"X-Standin-Action": "1", "Origin": page}
    async with http.post(f"{page}/standin/actions/kill", headers=headers) as response:
        return response.status


async def line_with(process: asyncio.subprocess.Process, text: str) -> str:
    """The next line of its output that has this text."""
    assert process.stdout is not None
    async with asyncio.timeout(30):
        while text not in (line := (await process.stdout.readline()).decode()):
            assert line, f"it ended without {text!r}"
    return line


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_the_bridge_is_killed_from_the_page_and_comes_back_and_its_turn_goes_on(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        process = await demo(tmp_path)
        stack.callback(lambda: process.kill() if process.returncode is None else None)
        found = re.search(r"http://127\.0\.0\.1:\d+", await line_with(process, "http://"))
        assert found is not None
        page = found[0]
        http = await stack.enter_async_context(ClientSession())
        async with http.get(f"{page}/standin/people") as response:
            about = await response.json()
        assert [chip["label"] for chip in about["chips"] if "text" in chip] == [*(stop.text for stop in TOUR), "/help"]
        assert about["intro"][0] == "This is Antiphon: Claude Code in a Discord thread."
        addresses = f"{page}/api/v10", f"{page.replace('http', 'ws')}/gateway"
        ada = await stack.enter_async_context(Person(*addresses, about["people"][0]["token"]))
        message = await ada.say(about["channels"]["general"], "Run the build")
        place = message["id"]
        await ada.until(lambda _: "▸ Bash" in "".join(statuses(ada.messages(place))), 30)
        presses = [asyncio.create_task(pressed_kill(http, page)) for _ in range(2)]
        assert re.search(r"process \d+\) is killed with SIGKILL", await line_with(process, "is killed"))
        assert await asyncio.gather(*presses) == [204, 204]
        await line_with(process, "The bridge is back (process ")
        assert await ada.until(lambda seen: marked(seen.message(message)), 60) == "✅"
        assert "Claude continues" in "".join(words_of(one) for one in ada.messages(place))
        assert await pressed_kill(http, page) == 204  # nothing runs
        await line_with(process, "is killed")  # not before: two presses at once are one
        await line_with(process, "is back")
        message = await ada.say(place, "Run the tests")
        assert await ada.until(lambda seen: marked(seen.message(message)), 30) == "✅"
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(30):
            assert await process.wait() == 0
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
