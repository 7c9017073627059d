"""A bridge as a child process: started, watched, stopped or killed."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from antiphon.agent.process import exec_wrapper
from antiphon.errors import ServerUnreachable

_START_LIMIT = 60.0  # seconds to connect; a cold disk has 380 MB to read
_STOP_LIMIT = 30.0  # seconds to leave after SIGTERM
_KEPT_LINES = 2000


class BridgeProcess:
    """`antiphon run` with exactly the given environment; or another program of Python's that takes its arguments."""

    def __init__(
        self, config: Path | None, env: Mapping[str, str], program: Sequence[str] = ("-m", "antiphon", "run")
    ) -> None:
        self._config = config
        self._program = tuple(program)
        self._env = dict(env)
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self.lines: list[str] = []  # what it printed, oldest first

    @property
    def pid(self) -> int:
        """The child's process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The child's exit code, None while it runs."""
        return None if self._process is None else self._process.returncode

    async def start(self, limit: float = _START_LIMIT) -> None:
        """Return when the bridge is connected. Raises ServerUnreachable with its words when it is not within `limit`
        seconds."""
        await self.spawn()
        waits = {
            asyncio.create_task(self._connected.wait(), name="bridge connects"),
            asyncio.create_task(self.ended(), name="bridge ends"),
        }
        try:
            await asyncio.wait(waits, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        await asyncio.wait(waits)
        if not self._connected.is_set():
            await self.kill()
            raise ServerUnreachable("The bridge did not connect:\n" + "\n".join(self.lines))

    async def spawn(self) -> None:
        """Start the child without waiting for anything."""
        options: Sequence[str] = () if self._config is None else ("-c", str(self._config))
        self._connected.clear()
        # The launcher that stands before `claude` serves here as well: the bridge must not outlive whoever shows it.
        launch = (sys.executable, "-I", "-S", exec_wrapper.__file__, str(os.getpid()), "*", sys.executable)
        self._process = await asyncio.create_subprocess_exec(
            *(*launch, *self._program, *options),
            env=self._env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reading = asyncio.create_task(self._read(self._process), name="bridge output")

    async def ended(self) -> int:
        """Wait for the child's end and the last of its words; its exit code."""
        assert self._process is not None
        assert self._reading is not None
        await asyncio.wait({self._reading})
        return await self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, and wait for nothing."""
        assert self._process is not None
        self._process.send_signal(number)

    async def stop(self) -> int:
        """SIGTERM, as a service manager would; SIGKILL when that is not enough."""
        if self._process is None or self._process.returncode is not None:
            return await self.ended()
        self.signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_STOP_LIMIT):
                return await self.ended()
        except TimeoutError:
            return await self.kill()

    async def kill(self) -> int:
        """SIGKILL."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        return await self.ended()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip()
            self.lines = [*self.lines[-_KEPT_LINES:], line]
            if "connected as" in line:
                self._connected.set()
