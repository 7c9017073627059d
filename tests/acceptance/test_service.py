"""A bridge under systemd's rules, and by the unit that is installed: it says when it serves and that it lives, comes
back when it is killed or hangs, and loses nothing; it is not started again where that mends nothing."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from bench.processes import claudes_of

from antiphon.config.load import load_configuration
from antiphon.service.plan import planned
from antiphon.service.systemd import environment_file, unit
from antiphon.service.unit_files import MARK
from antiphon.setup import wording as setup_wording
from setup_terminal import new_machine

from chain import Chain
from service_commands import Commands
from unit_rules import parsed
from unit_supervisor import UnitSupervisor, supervised

pytestmark = pytest.mark.timeout(150)
QUICK = {"WatchdogSec": 4.0, "RestartSec": 0.5}  # a minute and five seconds are as good, and slower


@pytest.fixture
def forker() -> None:
    """The bridge begins as a program of its own, as systemd starts it."""


def alive(processes: list[int]) -> list[int]:
    return [one for one in processes if os.path.exists(f"/proc/{one}")]


def installed(chain: Chain, **changes: str) -> UnitSupervisor:
    """What `antiphon service install` writes in the shell of this chain, followed."""
    env = {**chain.world.environment(), **changes}
    root = chain.world.root
    limits = load_configuration(env, chain.world.config).settings.limits
    plan = planned(env, chain.world.config, limits, root)
    secrets = root / "antiphon.env"
    secrets.write_text(environment_file(plan.secrets))
    base = {name: env[name] for name in ("HOME", "XDG_RUNTIME_DIR")}
    return UnitSupervisor(parsed(unit(plan, secrets)), base, str(root / "notify"), QUICK)


async def until(seen: Callable[[], bool], limit: float = 30) -> None:
    async with asyncio.timeout(limit):
        while not seen():  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_it_says_when_it_serves_that_it_lives_and_what_it_does(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({"limits": {"drain": 60}})
    systemd = installed(chain)
    async with supervised(systemd) as task:
        await until(lambda: "READY=1" in systemd.told)
        place = await chain.ask("bash: env | grep -E 'NOTIFY|WATCHDOG' || echo clean")
        assert "Done" in await chain.ended(place)
        assert "clean" in chain.last_request()
        place = await chain.at_work(
            "bash: python3 -c 'import time; time.sleep(8)'", place
        )  # as long as it takes to be asked for its end, and to see it
        await until(lambda: "STATUS=1 turn at work" in systemd.told)
        systemd.stop()
        await until(lambda: systemd.told.count("STOPPING=1") == 1)
        before = len([one for one in systemd.told if one.startswith("EXTEND_TIMEOUT_USEC")])
        assert "Done" in await chain.ended(place, 2)
        await task
    assert systemd.ends == [0]
    assert systemd.told.count("READY=1") == 1
    assert "STATUS=ready" in systemd.told
    assert systemd.told.count("WATCHDOG=1") >= 3
    assert len([one for one in systemd.told if one.startswith("EXTEND_TIMEOUT_USEC")]) > before
    assert systemd.told.index("STATUS=ready") < systemd.told.index("STOPPING=1")


@pytest.mark.slow
async def test_one_that_is_killed_in_a_turn_comes_back_and_nothing_is_lost(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure(after_restart="continue")
    systemd = installed(chain)
    async with supervised(systemd):
        await until(lambda: "READY=1" in systemd.told)
        place = await chain.at_work("bash: python3 -c 'import time; time.sleep(30)'")
        claudes = claudes_of(systemd.pid)
        os.kill(systemd.pid, signal.SIGKILL)
        other = await chain.ask("say: while it was away")
        await chain.ended(other, limit=60)
        assert len(systemd.starts) == 2
        assert systemd.ends == [-signal.SIGKILL]
        assert chain.answer(other) == "while it was away"
        assert not alive(claudes)
        await until(lambda: len(chain.ends(place)) >= 1, 60)


@pytest.mark.slow
async def test_one_that_hangs_is_silent_is_killed_and_comes_back(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure()
    systemd = installed(chain)
    async with supervised(systemd):
        await until(lambda: "READY=1" in systemd.told)
        place = await chain.ask("say: before")
        await chain.ended(place)
        os.kill(systemd.pid, signal.SIGSTOP)
        await chain.ask("say: into the hang", place)
        await chain.ended(place, 2, limit=60)
        assert systemd.killed >= 1
        assert len(systemd.starts) == 2
        assert chain.prompts() == ["say: before", "say: into the hang"]
        assert "Fatal Python error: Aborted" in "\n".join(systemd.lines)  # and where it was


@pytest.mark.slow
async def test_one_whose_database_was_taken_over_leaves_and_comes_back(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure()
    systemd = installed(chain)
    async with supervised(systemd):
        await until(lambda: "READY=1" in systemd.told)
        connection = chain.database()
        connection.execute("UPDATE lease SET epoch = epoch + 1, holder = 'another'")
        connection.close()
        await until(lambda: len(systemd.starts) == 2)
        assert systemd.ends == [74]


@pytest.mark.slow
async def test_a_discord_that_is_away_at_the_start_is_waited_for_as_long_as_it_takes(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure()
    await chain.fault({"match": "* /**", "status": 503})
    systemd = installed(chain)
    systemd.seconds = {**QUICK, "TimeoutStartSec": 4.0}
    async with supervised(systemd):
        await until(lambda: len([one for one in systemd.told if one.startswith("EXTEND")]) >= 4)
        assert "READY=1" not in systemd.told
        assert [one for one in systemd.told if "Discord is not ready yet" in one]
        await chain.mend()
        await until(lambda: "READY=1" in systemd.told, 60)
        assert len(systemd.starts) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "code"),
    [({"DISCORD_BOT_TOKEN": "MTIz.wrong.token"}, 77), ({"CLAUDE_COMMAND": "/no/such/claude"}, 72)],
)
async def test_what_no_restart_mends_is_not_started_again(unstarted: Chain, changes: dict[str, str], code: int) -> None:
    systemd = installed(unstarted, **changes)
    async with supervised(systemd) as task:
        await task
    assert systemd.ends == [code]


@pytest.mark.slow
async def test_set_up_offers_it_at_its_end(tmp_path: Path) -> None:
    async with new_machine(tmp_path) as machine:
        home = tmp_path / "home"
        commands = Commands.made(tmp_path / "bin", home)
        machine.env["PATH"] = f"{commands.here}:{machine.env['PATH']}"
        machine.config.parent.mkdir(parents=True)
        (machine.config.parent / "bot-token").write_text(machine.token)
        (machine.config.parent / "bot-token").chmod(0o600)
        machine.config.write_text(
            f'[discord]\ntoken_file = "bot-token"\n[projects.web]\ndirectory = "{machine.project}"\n'
            f"channels = [{machine.general}]\n"
        )
        file = home / ".config" / "systemd" / "user" / "antiphon.service"
        async with machine.screen() as screen:
            await screen.answer(setup_wording.SERVICE, "no")
            await screen.expect("Ready. Start the bridge: ")
            assert await screen.ended() == 0
        assert not file.exists()
        async with machine.screen() as screen:
            await screen.answer(setup_wording.SERVICE)
            await screen.expect(setup_wording.READY_AND_RUNNING)
            assert await screen.ended() == 0
        text = file.read_text()
        assert MARK in text
        assert str(machine.config) in text
        assert "DISCORD_BOT_TOKEN" not in text
        code, told = await machine.lines("setup", "--json")
        assert (code, setup_wording.SERVICE in told) == (0, False)
        code, told = await machine.lines("service", "remove", "-y")
        assert (code, file.exists()) == (0, False), told
