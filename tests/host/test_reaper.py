"""Where the bridge is process 1, what lost its parent leaves no zombie, and its own children keep their exit codes."""

import subprocess
import sys

import pytest

# A process to which orphans come, as to process 1: a subreaper (prctl(2)).
PROGRAM = """
import asyncio, os, subprocess, sys
from antiphon.agent.process.exec_wrapper import adopt_orphans
from antiphon.host.reaper import _zombies, reap_orphans

async def main():
    adopt_orphans()
    reaping = asyncio.create_task(reap_orphans(0.1))
    for _ in range(3):  # each leaves a child behind, which ends a little later
        left = await asyncio.create_subprocess_exec("/bin/sh", "-c", "(sleep 0.2; exit 3) & exit 7")
        assert await left.wait() == 7
    async with asyncio.timeout(10):
        while not _zombies(os.getpid()):
            await asyncio.sleep(0.01)
        while _zombies(os.getpid()):
            await asyncio.sleep(0.01)
    mine = await asyncio.create_subprocess_exec("/bin/sh", "-c", "sleep 0.5; exit 5")
    assert await mine.wait() == 5
    reaping.cancel()
    print("no zombie is left")

asyncio.run(main())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="containers are Linux's")
def test_orphans_are_taken_leave_of_and_children_are_left_to_who_started_them() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=30, check=False)
    assert (done.stdout, done.stderr) == ("no zombie is left\n", "")
