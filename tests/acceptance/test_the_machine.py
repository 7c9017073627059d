"""The machine under the bridge, and the bot's name: it stays awake while a turn runs, its sleep is noticed, and whoever
sees the bot sees how it is."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from antiphon.demo.process import BridgeProcess

from chain import Chain

pytestmark = pytest.mark.slow
# As much of systemd-inhibit as matters (tests/host/test_awake.py).
INHIBIT = """#!/bin/sh
trap : TERM
for argument; do case $argument in --*) ;; *) break ;; esac; done
echo held >>"{log}"
"$argument"
echo given back >>"{log}"
"""


async def until(seen: Callable[[], bool], limit: float = 30) -> None:
    async with asyncio.timeout(limit):
        while not seen():  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)


def restarted_as(chain: Chain, program: tuple[str, ...], **changes: str) -> None:
    """From now on the chain's bridge is another one, with some variables changed."""
    chain.bridge = BridgeProcess(chain.world.config, {**chain.world.environment(), **changes}, program)


@pytest.mark.parametrize("wanted", [True, False])
async def test_the_machine_is_kept_awake_while_a_turn_runs(unstarted: Chain, tmp_path: Path, wanted: bool) -> None:
    chain, log = unstarted, tmp_path / "inhibited"
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "systemd-inhibit").write_text(INHIBIT.format(log=log))
    (programs / "systemd-inhibit").chmod(0o755)
    path = f"{programs}:{chain.world.path}"
    restarted_as(chain, ("-m", "antiphon", "run"), PATH=path)
    await chain.start_configured({"machine": {"stay_awake": wanted}})
    place = await chain.ask("say: quick")
    await chain.ended(place)
    place = await chain.ask("sleep 4")
    await chain.ended(place)
    if not wanted:
        assert not log.exists()
        return
    assert log.read_text() == "held\n"
    await until(lambda: log.read_text() == "held\ngiven back\n", 20)
    await chain.at_work("sleep 30")
    await until(lambda: log.read_text().endswith("given back\nheld\n"))
    await chain.bridge.kill()
    await until(lambda: log.read_text().endswith("held\ngiven back\n"))


async def test_a_sleep_of_the_machine_is_told_and_the_connection_renewed_at_once(unstarted: Chain) -> None:
    chain = unstarted
    restarted_as(chain, (str(Path(__file__).parents[1] / "sleepy_bridge.py"), "run"))
    await chain.start_configured()
    place = await chain.ask("say: before")
    await chain.ended(place)
    await chain.fault({"silent_gateway": True})  # a socket that died in the sleep acknowledges nothing
    chain.bridge.signal(signal.SIGUSR1)
    await chain.bridge_prints("this machine has slept for 60 minutes; reconnecting to Discord")
    await chain.bridge_prints("connected to Discord's gateway again, nothing was missed", 5)
    assert "was not" not in "\n".join(chain.bridge.lines)
    await chain.ask("say: after", place)
    await chain.ended(place, 2)
    assert chain.prompts() == ["say: before", "say: after"]
    chain.bridge.signal(signal.SIGUSR1)  # the next night
    await until(lambda: "\n".join(chain.bridge.lines).count("this machine has slept") == 2)
    await chain.ask("say: once more", place)
    await chain.ended(place, 3)
    told = await status(chain)
    assert told["running"]
    assert [one for one in told["troubles"] if one["name"] == "slept" and one["minor"]]


async def status(chain: Chain) -> dict[str, Any]:
    command = (sys.executable, "-m", "antiphon", "status", "--json")
    asked = await asyncio.to_thread(subprocess.run, command, env=chain.world.environment(), capture_output=True)
    return json.loads(asked.stdout)


def presences(chain: Chain) -> list[tuple[str, str]]:
    """What stood at the bot's name, oldest first."""
    backend = chain.standin.discord._backend
    sessions = [one for one in backend.gateway.sessions.values() if one.user.id == backend.world.application.bot_id]
    return [(one["status"], one["activities"][0]["state"]) for session in sessions for _, one in session.presences]


async def test_whoever_sees_the_bot_sees_how_it_is(chain: Chain) -> None:
    await until(lambda: presences(chain) == [("idle", "idle")])
    await chain.at_work("sleep 50")
    await until(lambda: presences(chain)[-1] == ("online", "1 at work"), 40)
    chain.world.configure(allowed_tools=[], permission_mode="default")
    await chain.restart()
    await chain.ask("bash: touch asked")
    await until(lambda: "1 waits for you" in presences(chain)[-1][1], 60)


async def test_a_name_that_is_to_tell_nothing_tells_nothing(unstarted: Chain) -> None:
    await unstarted.start_configured({"discord": {"presence": False}})
    place = await unstarted.ask("sleep 4")
    await unstarted.ended(place)
    assert presences(unstarted) == []
