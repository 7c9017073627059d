"""The two scripts that Claude Code runs: at a session's start, and when its bell has changed."""

import asyncio
import json
import os
import shlex
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from bench.processes import commands_with

SESSION = "8aa15615-831e-4559-8b47-94d4ffb78ad4"
START, WAKE = (str(files("antiphon.attach") / name) for name in ("start.sh", "wake.py"))
GIVEN = json.dumps({"session_id": SESSION, "cwd": "/x", "hook_event_name": "SessionStart"}).encode()
PATH = {"PATH": os.environ["PATH"]}  # noqa: TID251


async def run(*command: str, env: Mapping[str, str] = PATH, given: bytes = GIVEN) -> tuple[int, bytes, bytes]:
    """A script's exit code and what it says, once nobody holds its output any more."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, env=dict(env), stdin=pipe, stdout=pipe, stderr=pipe)
    async with asyncio.timeout(20):
        said, wrong = await process.communicate(given)
    assert process.returncode is not None
    return process.returncode, said, wrong


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """Where sessions leave word: a name that has to be quoted."""
    directory = tmp_path / 'a "b" c'
    directory.mkdir()
    return directory


async def test_a_session_leaves_word_and_says_what_wakes_it(words: Path) -> None:
    code, said, _ = await run("/bin/sh", START, str(words))
    assert code == 0
    assert json.loads(said)["hookSpecificOutput"]["watchPaths"] == [str(words / f"{SESSION}.bell")]
    assert (words / f"{SESSION}.session").read_text().strip() == os.getcwd()


@pytest.mark.parametrize("env", [{"ANTIPHON": "off"}, {"ANTIPHON_PROCESS": "ours"}])
async def test_a_session_that_is_left_out_leaves_no_word(words: Path, env: Mapping[str, str]) -> None:
    assert await run("/bin/sh", START, str(words), env={**PATH, **env}) == (0, b"", b"")
    assert os.listdir(words) == []


@pytest.mark.parametrize("given", [b"", b"no json", b'{"session_id": "../../etc"}', b'{"session_id": 7}'])
async def test_odd_input_does_nothing(words: Path, given: bytes) -> None:
    assert (await run("/bin/sh", START, str(words), given=given))[:2] == (0, b"")
    assert os.listdir(words) == []


async def test_the_bridge_is_started_without_the_sessions_own_variables_and_nobody_waits_for_it(words: Path) -> None:
    told = words / "told"
    program = f"import os, time; open({str(told)!r}, 'w').write(repr((os.getpid(), dict(os.environ)))); time.sleep(60)"
    env = {**PATH, "CLAUDECODE": "1", "CLAUDE_CODE_SESSION_ID": SESSION, "CLAUDE_CONFIG_DIR": "/c", "MINE": "1"}
    code, said, _ = await run("/bin/sh", START, str(words), sys.executable, "-c", program, env=env)
    assert (code, bool(said)) == (0, True)
    async with asyncio.timeout(20):
        while not (told.exists() and told.read_text().endswith(")")):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.02)
    pid, seen = eval(told.read_text())
    os.kill(pid, signal.SIGTERM)
    assert seen["CLAUDE_CONFIG_DIR"] == "/c"
    assert seen["MINE"] == "1"
    assert not {"CLAUDECODE", "CLAUDE_CODE_SESSION_ID"} & set(seen)


async def test_a_bridge_that_dies_is_not_started_a_second_time(words: Path) -> None:
    program = f"echo started >> {shlex.quote(str(words / 'starts'))}; kill -9 $$"
    await run("/bin/sh", START, str(words), "sh", "-c", program)
    async with asyncio.timeout(20):
        while not (words / "starts").exists() or commands_with(str(words)):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.02)
    assert (words / "starts").read_text() == "started\n"


async def test_a_bridge_that_runs_is_not_started_again(words: Path) -> None:
    pid = words / "bridge.pid"
    pid.write_text(f"{os.getpid()}\n")
    await run("/bin/sh", START, str(words), "touch", str(words / "second"))
    pid.write_text("999999999\n")  # what is started now is started after the one before
    await run("/bin/sh", START, str(words), "touch", str(words / "third"))
    async with asyncio.timeout(20):
        while "third" not in os.listdir(words):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.02)
    assert "second" not in os.listdir(words)


@pytest.fixture
async def endpoint(words: Path) -> AsyncGenerator[dict[str, Any]]:
    """A bridge that is asked what wakes a session: what it was asked, and what it says."""
    state: dict[str, Any] = {"text": "look", "asked": []}

    async def wake(request: web.Request) -> web.Response:
        state["asked"].append(dict(request.headers))
        return web.Response(text=state["text"])

    application = web.Application()
    application.router.add_post("/wake", wake)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    state["port"] = runner.addresses[0][1]
    (words / "attach.json").write_text(json.dumps({"port": state["port"], "secret": "s"}))
    yield state
    await runner.cleanup()


async def woken(words: Path, env: Mapping[str, str] = PATH) -> tuple[int, bytes, bytes]:
    return await run(sys.executable, "-I", "-S", WAKE, str(words / "attach.json"), str(words), env=env)


async def test_a_rung_bell_wakes_the_session_once_with_what_was_written(words: Path, endpoint: dict[str, Any]) -> None:
    (words / f"{SESSION}.bell").touch()
    assert await woken(words, {**PATH, "http_proxy": "http://127.0.0.1:1"}) == (2, b"", b"look")
    assert [one["X-Antiphon-Session"] for one in endpoint["asked"]] == [SESSION]
    assert await woken(words) == (0, b"", b"")
    assert len(endpoint["asked"]) == 1


async def test_a_bell_without_anything_new_wakes_nobody(words: Path, endpoint: dict[str, Any]) -> None:
    endpoint["text"] = ""
    (words / f"{SESSION}.bell").touch()
    assert await woken(words) == (0, b"", b"")


async def test_a_bridge_that_dies_while_it_answers_wakes_nobody(words: Path) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nlook")
        writer.close()

    async with await asyncio.start_server(half, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        (words / "attach.json").write_text(json.dumps({"port": port, "secret": "s"}))
        (words / f"{SESSION}.bell").touch()
        assert await woken(words) == (0, b"", b"")


async def test_without_a_bridge_nobody_is_woken(words: Path) -> None:
    (words / "attach.json").write_text(json.dumps({"port": 1, "secret": "s"}))
    (words / f"{SESSION}.bell").touch()
    assert (await woken(words))[0] == 0
