"""SIGHUP reads the configuration again; from a terminal that is gone it stops the bridge."""

import asyncio
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from antiphon.actions.projects.catalogue import Reloaded
from antiphon.reloading import outcome, reload_on_hangup

# Takes its standard input as its terminal, listens, and says in a file why it left.
LISTENS = """
import asyncio, fcntl, sys, termios
from pathlib import Path
from antiphon.reloading import reload_on_hangup

class Configuration:
    async def reload(self):
        raise SystemExit("read again")

async def main():
    stop, state = asyncio.Event(), Path(sys.argv[1])
    listening = asyncio.create_task(reload_on_hangup(Configuration(), state, stop))
    asyncio.get_running_loop().call_soon((state / "listens").touch)
    await stop.wait()
    (state / "stopped").touch()

fcntl.ioctl(0, termios.TIOCSCTTY, 0)
asyncio.run(main())
"""


class Configuration:
    """One that says what came of it, one after the other."""

    def __init__(self, *outcomes: Reloaded) -> None:
        self.left = list(outcomes)

    async def reload(self) -> Reloaded:
        return self.left.pop(0)


async def until(path: Path) -> None:
    async with asyncio.timeout(20):
        while not os.path.exists(path):  # noqa: ASYNC110, ASYNC240 - of another process
            await asyncio.sleep(0.01)


async def test_each_signal_is_one_reading_and_what_came_of_it_is_kept(tmp_path: Path) -> None:
    told = (Reloaded(("line 3: no",)), Reloaded((), ("projects.web",), ("limits.drain",), {"app": "why"}))
    stop = asyncio.Event()
    listening = asyncio.create_task(reload_on_hangup(Configuration(*told), tmp_path, stop))  # pyright: ignore[reportArgumentType]
    await asyncio.sleep(0)  # it listens
    for one in told:
        (tmp_path / "reloaded.json").unlink(missing_ok=True)
        os.kill(os.getpid(), signal.SIGHUP)
        await until(tmp_path / "reloaded.json")
        found = outcome(tmp_path, 0.0)
        assert found is not None
        assert json.dumps([found.problems, found.taken, found.later, found.left_out]) == json.dumps(
            [one.problems, one.taken, one.later, one.left_out]
        )
    assert not stop.is_set()
    listening.cancel()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"at": "x"}', '{"at": 9e9, "more": 1}', '{"at": 1.0}'])
def test_what_is_no_outcome_or_an_earlier_one_is_none(tmp_path: Path, content: str) -> None:
    assert outcome(tmp_path, 5.0) is None
    (tmp_path / "reloaded.json").write_text(content)
    assert outcome(tmp_path, 5.0) is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="how a terminal hangs up is Linux's")
def test_a_terminal_that_is_closed_stops_it(tmp_path: Path) -> None:
    ours, its = pty.openpty()
    command = (sys.executable, "-c", LISTENS, str(tmp_path))
    with subprocess.Popen(command, stdin=its, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        os.close(its)
        asyncio.run(until(tmp_path / "listens"))
        os.close(ours)
        assert process.wait(20) == 0
    assert (tmp_path / "stopped").exists()
