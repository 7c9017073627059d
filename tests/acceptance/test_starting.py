"""Starting: what is said when it works, and one clear line with its own exit code when it does not."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from itertools import pairwise

import aiohttp
import pytest

from antiphon.demo.process import BridgeProcess
from antiphon.wording import token_in_use

from chain import Chain, Json


async def started_with(chain: Chain, changes: Mapping[str, str]) -> tuple[int, str]:
    """Exit code and words of a bridge with some variables changed."""
    bridge = BridgeProcess(chain.world.config, {**chain.world.environment(), **changes})
    await bridge.spawn()
    code = await bridge.ended()
    print("\n".join(bridge.lines))
    return code, "\n".join(bridge.lines)


@pytest.fixture
def forker() -> None:
    """The bridge begins as a program of its own, as people start it."""


async def test_the_start_up_lines_say_who_where_and_what(chain: Chain) -> None:
    await chain.bridge_prints(f"project playground: {chain.project}")
    said = "\n".join(chain.bridge.lines)
    assert "connected as antiphon" in said
    assert chain.world.about["api"] in said


@pytest.mark.slow
async def test_commands_that_are_there_are_not_registered_again(chain: Chain) -> None:
    await chain.restart()
    registrations = [one for one in await chain.requests() if one["method"] == "PUT" and "/commands" in one["path"]]
    assert len(registrations) == 1


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"DISCORD_BOT_TOKEN": "MTIz.wrong.token"}, 77, "does not accept the bot token"),
        ({"CLAUDE_COMMAND": "/no/such/claude"}, 72, "no Claude Code executable"),
        ({"MAX_CONCURRENT_SESSIONS": "none"}, 78, "MAX_CONCURRENT_SESSIONS"),
    ],
    ids=["bad token", "missing claude", "bad configuration"],
)
async def test_a_cause_has_its_line_and_its_exit_code(
    unstarted: Chain, changes: Mapping[str, str], code: int, words: str
) -> None:
    ended, said = await started_with(unstarted, changes)
    assert ended == code
    assert words in said
    assert "Traceback" not in said


async def test_the_users_own_configuration_is_used_where_none_is_named(unstarted: Chain) -> None:
    config = unstarted.world.root / "config"
    (config / "antiphon").mkdir(parents=True)
    file = unstarted.world.config.rename(config / "antiphon" / "antiphon.toml")
    bridge = BridgeProcess(None, {**unstarted.world.environment(), "XDG_CONFIG_HOME": str(config)})
    await bridge.start()
    assert any(f"configuration: {file}" in line for line in bridge.lines)
    assert await bridge.stop() == 0


async def test_where_nothing_is_configured_it_is_said_where_to_begin(unstarted: Chain) -> None:
    env = {name: unstarted.world.environment()[name] for name in ("PATH", "HOME")}
    bridge = BridgeProcess(None, env)
    await bridge.spawn()
    assert await bridge.ended() == 78
    assert "antiphon setup" in "\n".join(bridge.lines)


_LOOK = """
import os, pathlib, sys
user, bridge, token = int(sys.argv[1]), pathlib.Path("/proc", sys.argv[2]), sys.argv[3].encode()
if user != os.geteuid():
    os.setuid(user)
shown = [*bridge.glob("environ"), *bridge.glob("cmdline"), *bridge.glob("task/*/environ")]
for root in sys.argv[4:]:
    shown += [one for one in pathlib.Path(root).rglob("*") if one.is_file()]
try:
    shown += [one for one in bridge.glob("fd/*") if one.is_file()]
except OSError:
    pass
for file in shown:
    try:
        if token in file.read_bytes():
            print("found in", file)
    except OSError:
        pass
print("looked")
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")
async def test_nobody_finds_the_token_of_a_bridge_that_runs(chain: Chain) -> None:
    """As Claude, which here is root as the bridge is; from outside as root, and as nobody."""
    token, root, pid = chain.world.about["bot_token"], chain.world.root, str(chain.bridge.pid)
    place = await chain.ask(f"bash: env; cat /proc/{pid}/environ /proc/{pid}/cmdline | tr '\\0' '\\n'")
    assert "Done" in await chain.ended(place)
    for user in (0, 65534) if os.geteuid() == 0 else (os.geteuid(),):
        roots = () if user != os.geteuid() else (str(root),)  # what lies in the temporary directory is ours alone
        command = (sys.executable, "-I", "-c", _LOOK, str(user), pid, token, *roots)
        looked = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
        assert looked.stdout.strip() == "looked", looked
    said = [*chain.bridge.lines, *map(str, chain.ada.messages(place)), chain.last_request()]
    assert not [line for line in said if token in line]
    if os.geteuid() == 0:
        assert [line for line in chain.bridge.lines if "could read the bot token in this process's memory" in line]


@pytest.mark.slow
async def test_an_address_that_is_no_discords_is_said_at_once(unstarted: Chain) -> None:
    ended, said = await started_with(unstarted, {"ANTIPHON_DISCORD_API": unstarted.world.about["model"]})
    assert ended == 69
    assert "No Discord-compatible server answers" in said


@pytest.mark.slow
async def test_a_server_that_does_not_answer_is_waited_for_until_a_stop(unstarted: Chain) -> None:
    unreachable = {"ANTIPHON_DISCORD_API": "http://127.0.0.1:1/api/v10"}
    bridge = BridgeProcess(unstarted.world.config, {**unstarted.world.environment(), **unreachable})
    await bridge.spawn()
    async with asyncio.timeout(30):
        while not (said := [line for line in bridge.lines if "Discord is not ready yet" in line]):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    async with asyncio.timeout(5):
        assert await bridge.stop() == 0
    assert "nothing answers at http://127.0.0.1:1/api/v10" in said[0]
    assert len([line for line in bridge.lines if "Discord is not ready yet" in line]) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "faults",
    [
        ({"match": "GET /gateway/bot", "status": 502, "times": 2},),
        ({"match": "GET /gateway/bot", "status": 429, "headers": {"Retry-After": "2"}, "times": 1},),
        (
            {"match": "GET /users/@me", "status": 503, "times": 2},
            {"match": "GET /gateway/bot", "drop": True, "times": 1},
        ),
        ({"match": "GET /oauth2/applications/@me", "status": 503, "times": 1},),
    ],
    ids=["failing", "rate limited", "dropping", "application"],
)
async def test_a_discord_that_fails_at_the_start_is_waited_for(unstarted: Chain, faults: tuple[Json, ...]) -> None:
    for fault in faults:
        await unstarted.fault(fault)
    await unstarted.bridge.start()
    lines = unstarted.bridge.lines
    assert len([line for line in lines if "Discord is not ready yet, waiting for it" in line]) == 1
    assert len([line for line in lines if "Discord is ready" in line]) == 1
    place = await unstarted.ask("say: here I am")
    assert "Done" in await unstarted.ended(place)
    assert "Unclosed" not in "\n".join(lines)


@pytest.mark.slow
async def test_commands_that_discord_refuses_stop_nobody_and_the_earlier_ones_work(chain: Chain) -> None:
    await chain.bridge.stop()
    application = chain.world.about["application_id"]
    index = await chain.ada.request("GET", f"/channels/{chain.general}/application-command-index")
    [one] = [one for one in index["application_commands"] if one["name"] == "help"]
    headers = {"Authorization": f"Bot {chain.world.about['bot_token']}"}
    url = f"{chain.world.about['api']}/applications/{application}/commands/{one['id']}"
    async with aiohttp.ClientSession(headers=headers) as http, http.delete(url) as answer:
        assert answer.status == 204
    await chain.fault({"match": "PUT /applications/*/commands", "status": 400, "code": 30032})
    await chain.bridge.start()
    place = await chain.ask("say: here I am")
    assert "Done" in await chain.ended(place)
    await chain.ada.command(place, "status")
    told = "⚠️ Discord rejects the slash commands"
    await chain.ada.until(lambda ada: any(one["content"].startswith(told) for one in ada.messages(place)))
    assert len([line for line in chain.bridge.lines if "Discord rejects the slash commands" in line]) == 1


@pytest.mark.slow
async def test_a_wait_that_discord_asks_for_is_respected(unstarted: Chain) -> None:
    await unstarted.fault({"match": "GET /gateway/bot", "status": 429, "headers": {"Retry-After": "4"}, "times": 1})
    await unstarted.bridge.start()
    asked = [one["time"] for one in await unstarted.requests() if one["path"] == "/gateway/bot"]
    assert asked[1] - asked[0] >= 4


@pytest.mark.slow
async def test_a_gateway_that_refuses_at_the_start_is_waited_for(unstarted: Chain) -> None:
    await unstarted.fault({"refuse_gateway": True})
    await unstarted.bridge.spawn()
    async with asyncio.timeout(30):
        while not any("not connected to Discord's gateway" in line for line in unstarted.bridge.lines):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await unstarted.mend()
    async with asyncio.timeout(30):
        while not any("connected as" in line for line in unstarted.bridge.lines):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert "Traceback" not in "\n".join(unstarted.bridge.lines)


@pytest.mark.slow
async def test_a_bridge_that_crashes_again_and_again_identifies_more_and_more_seldom(chain: Chain) -> None:
    for _ in range(6):
        await chain.restart()
    times = list(chain.standin.discord._backend.gateway._identifies)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    print(" ".join(f"{gap:.1f}" for gap in gaps))
    assert gaps[4] >= 5  # five are free
    assert gaps[5] >= 10
    assert any("6 gateway sessions were started in half an hour" in line for line in chain.bridge.lines)


@pytest.mark.slow
async def test_a_missing_intent_is_said_with_how_to_turn_it_on(unstarted: Chain) -> None:
    application = unstarted.world.about["application_id"]
    await unstarted.ada.request("PATCH", f"/applications/{application}", {"flags": 0})  # as in the developer portal
    ended, said = await started_with(unstarted, {})
    assert ended == 76
    assert "MESSAGE CONTENT INTENT" in said
    assert "Traceback" not in said


@pytest.mark.slow
async def test_a_second_bridge_on_the_same_state_stays_out(chain: Chain) -> None:
    ended, said = await started_with(chain, {})
    assert ended == 74
    assert str(chain.bridge.pid) in said
    place = await chain.ask("say: still here")
    assert "Done" in await chain.ended(place)


@pytest.mark.slow
async def test_a_second_bridge_with_the_same_token_stays_out(chain: Chain) -> None:
    ended, said = await started_with(chain, {"ANTIPHON_STATE_DIR": str(chain.world.root / "another")})
    assert ended == 75
    assert token_in_use(str(chain.bridge.pid)) in said
    token = chain.world.about["bot_token"]
    left = [file for file in (chain.world.root / "run").rglob("*") if file.is_file()]
    assert left
    assert not any(token in file.name or token in file.read_text() for file in left)


@pytest.mark.slow
async def test_a_file_alone_runs_the_bridge(unstarted: Chain) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "antiphon", "-c", str(unstarted.world.config)),
        env=unstarted.world.environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        while b"connected as" not in (line := await process.stdout.readline()):
            assert line, "it ended before it was connected"
        process.terminate()
        await process.communicate()
    assert process.returncode == 0


@pytest.mark.slow
async def test_a_stop_while_discord_keeps_it_waiting_is_obeyed_at_once(unstarted: Chain) -> None:
    await unstarted.fault({"match": "GET /users/@me", "status": 502})
    await unstarted.bridge.spawn()
    async with asyncio.timeout(30):
        while not any(one["status"] == 502 for one in await unstarted.requests()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    async with asyncio.timeout(5):  # the login alone tries for 25 s
        assert await unstarted.bridge.stop() == 0


@pytest.mark.slow
async def test_a_state_directory_that_cannot_be_used_is_said_in_one_line(unstarted: Chain) -> None:
    ended, said = await started_with(unstarted, {"ANTIPHON_STATE_DIR": str(unstarted.world.config / "state")})
    assert ended == 74
    assert "Not a directory" in said
    assert "Traceback" not in said
