"""The machine stays awake exactly while turns run: one child, the system's own program, which dies with the bridge."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from antiphon.host.awake import KeptAwake, inhibitors

# As much of systemd-inhibit as matters: it takes a lock, or refuses to, and becomes what it is to run meanwhile.
INHIBIT = """#!/bin/sh
trap : TERM
echo "$1" >>"$LOCKS/asked"
case " $REFUSED " in *" $1 "*) exit 1 ;; esac
for argument; do case $argument in --*) ;; *) break ;; esac; done
echo $$ >"$LOCKS/held"
"$argument"
rm "$LOCKS/held"
"""
QUICK = 0.05  # seconds between two looks
HOLDER = """
import asyncio, os, sys
from antiphon.host.awake import KeptAwake, inhibitors
import shutil
commands = inhibitors("linux", shutil.which, os.getpid())
asyncio.run(KeptAwake(commands, dict(os.environ), lambda: 1).run())
"""


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    program = tmp_path / "systemd-inhibit"
    program.write_text(INHIBIT)
    program.chmod(0o755)
    return tmp_path


def found(locks: Path) -> Callable[[str], str | None]:
    return lambda name: str(locks / name) if (locks / name).exists() else f"/bin/{name}"


def environment(locks: Path, refused: str = "") -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LOCKS": str(locks), "REFUSED": refused}


def asked(locks: Path) -> list[str]:
    file = locks / "asked"
    return file.read_text().split() if file.exists() else []


async def until(seen: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not seen():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@dataclass
class Work:
    """How many turns run; `asked`: how often that was looked at."""

    turns: int = 0
    asked: int = 0

    def __call__(self) -> int:
        self.asked += 1
        return self.turns

    async def looked_at(self, looks: int = 2) -> None:
        """Wait until it was looked at so often more: at most twice in one round."""
        before = self.asked
        await until(lambda: self.asked > before + 2 * looks)


@asynccontextmanager
async def keeping(awake: KeptAwake) -> AsyncGenerator[None]:
    task = asyncio.create_task(awake.run())
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_it_is_held_while_a_turn_runs_and_given_back_some_seconds_later(locks: Path) -> None:
    work = Work()
    commands = inhibitors("linux", found(locks), os.getpid())
    held = (locks / "held").exists
    async with keeping(KeptAwake(commands, environment(locks), work, grace=1.5, every=QUICK)):
        await work.looked_at()
        assert not held()
        work.turns = 2
        await until(held)
        work.turns = 0
        await work.looked_at()  # a pause between two turns is shorter than the grace
        assert held()
        work.turns = 1
        await work.looked_at()
        assert asked(locks) == ["--what=idle:sleep"]  # it is the same child
        work.turns = 0
        await until(lambda: not held())
    assert asked(locks) == ["--what=idle:sleep"]


async def test_it_is_given_back_when_the_bridge_leaves(locks: Path) -> None:
    commands = inhibitors("linux", found(locks), os.getpid())
    async with keeping(KeptAwake(commands, environment(locks), lambda: 1, every=QUICK)):
        await until((locks / "held").exists)
    await until(lambda: not (locks / "held").exists())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_it_is_given_back_however_the_bridge_ends(locks: Path, number: signal.Signals) -> None:
    env = {**environment(locks), "PATH": f"{locks}:/usr/bin:/bin"}
    bridge = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLDER, env=env)
    await until((locks / "held").exists)
    bridge.send_signal(number)
    await bridge.wait()
    await until(lambda: not (locks / "held").exists())


async def test_who_may_not_forbid_sleep_says_that_the_machine_is_not_idle(locks: Path) -> None:
    commands = inhibitors("linux", found(locks), os.getpid())
    refusing = environment(locks, refused="--what=idle:sleep")
    async with keeping(KeptAwake(commands, refusing, lambda: 1, every=QUICK)):
        await until((locks / "held").exists)
    assert asked(locks) == ["--what=idle:sleep", "--what=idle"]


async def test_a_machine_that_refuses_is_asked_again_much_later_and_that_is_said_once(
    locks: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    commands = inhibitors("linux", found(locks), os.getpid())
    refusing = environment(locks, refused="--what=idle:sleep --what=idle")
    work = Work(turns=1)
    async with keeping(KeptAwake(commands, refusing, work, every=QUICK)):
        await until(lambda: bool(caplog.records))
        await work.looked_at()
    assert asked(locks) == ["--what=idle:sleep", "--what=idle"]
    assert len([one for one in caplog.records if "cannot be kept awake" in one.message]) == 1


async def test_a_program_that_is_gone_is_no_failure(tmp_path: Path) -> None:
    gone = (str(tmp_path / "gone"), "cat")
    work = Work(turns=1)
    async with keeping(KeptAwake((gone,), {}, work, every=QUICK)):
        await work.looked_at()


async def test_where_there_is_no_such_program_nothing_is_done() -> None:
    assert inhibitors("linux", lambda _: None, 1) == ()
    assert inhibitors("darwin", lambda _: None, 1) == ()
    async with asyncio.timeout(1):
        await KeptAwake((), {}, lambda: 1).run()


def test_macos_has_a_program_of_its_own_that_waits_for_our_process() -> None:
    assert inhibitors("darwin", lambda name: f"/usr/bin/{name}", 42) == (("/usr/bin/caffeinate", "-i", "-w", "42"),)
