"""A bridge that need not load its modules: forked from a process that has loaded them (bridge_forker.py; Linux).

Until it is connected a bridge takes 3 s of CPU, most of them for imports, which are the same every time. Process,
environment, output, signals and exit code of a forked one are those of `antiphon run`. What is different: modules that
it would load later are there at once, and /proc shows the forker's command line and environment. Tests of starting and
of a frozen bridge, the demo, chaos and bench start programs of their own, as people do.
"""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from antiphon.demo.process import BridgeProcess

_SCRIPT = Path(__file__).with_name("bridge_forker.py")


class BridgeForker:
    """The process that forks bridges; one for all tests of a worker."""

    def __enter__(self) -> Self:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, str(_SCRIPT), str(os.getpid()), str(theirs.fileno())],
                env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},  # noqa: TID251
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
        self._process.wait()

    async def fork(self, arguments: list[str], env: Mapping[str, str]) -> "Fork":
        """Begin a bridge; returns when its process is there."""
        (printed, output), (told, status) = os.pipe(), os.pipe()
        request = json.dumps({"arguments": arguments, "env": dict(env)}).encode()
        socket.send_fds(self._socket, [request], [output, status])
        os.close(output)
        os.close(status)
        numbers = await _reader(told)
        return Fork(int(await numbers.readline()), await _reader(printed), numbers)


class Fork:
    """What a BridgeProcess uses of asyncio.subprocess.Process. `stdout`: what the bridge prints."""

    def __init__(self, pid: int, stdout: asyncio.StreamReader, status: asyncio.StreamReader) -> None:
        self.pid = pid
        self.stdout = stdout
        self.returncode: int | None = None
        self._ending = asyncio.create_task(self._end(status), name="forked bridge ends")

    async def _end(self, status: asyncio.StreamReader) -> int:
        self.returncode = int(await status.readline())
        return self.returncode

    async def wait(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        return await asyncio.shield(self._ending)

    def send_signal(self, number: signal.Signals) -> None:
        """Nothing happens once it has ended."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


class ForkedBridge(BridgeProcess):
    """`antiphon run`, forked."""

    def __init__(self, config: Path, env: Mapping[str, str], forker: BridgeForker) -> None:
        super().__init__(config, env)
        self._forker = forker

    async def spawn(self) -> None:
        """See BridgeProcess."""
        self._connected.clear()
        fork = await self._forker.fork(["run", "-c", str(self._config)], self._env)
        self._process = cast(asyncio.subprocess.Process, fork)
        self._reading = asyncio.create_task(self._read(self._process), name="bridge output")


async def _reader(descriptor: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    pipe = os.fdopen(descriptor, "rb", buffering=0)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return reader
