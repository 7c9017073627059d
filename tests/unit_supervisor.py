"""As much of systemd as a bridge meets: it starts what a unit's text says, with that environment, hears what it tells,
kills it when it is silent for too long, and starts it again where the unit says so. By the unit's own words alone; only
its seconds may be made shorter."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from antiphon.agent.process import exec_wrapper

from notify_socket import NotifySocket
from unit_rules import Unit, words_of_line

_LOOK = 0.05  # seconds


@dataclass
class UnitSupervisor:
    """`base`: what a user's systemd gives every unit; `address`: of its socket; `seconds`: in place of the unit's own,
    by their name."""

    unit: Unit
    base: Mapping[str, str]
    address: str
    seconds: Mapping[str, float]
    starts: list[int] = field(default_factory=list[int])  # process ids
    ends: list[int] = field(default_factory=list[int])  # exit codes, negative for signals
    told: list[str] = field(default_factory=list[str])  # since the last start
    lines: list[str] = field(default_factory=list[str])  # printed, of all starts
    killed: int = 0  # how often it was silent for too long
    _stopping: bool = False
    _process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        return self.starts[-1]

    def stop(self) -> None:
        """As `systemctl stop`."""
        assert self.unit.one("KillMode") == "mixed"  # it goes to the main process alone
        self._stopping = True
        os.kill(self.pid, signal.SIGTERM)

    async def run(self) -> None:
        """Until it is stopped, or ends so that the unit does not want it started again."""
        assert self.unit.one("Type") == "notify"
        listener = NotifySocket(self.address)
        try:
            while not self._stopping:
                code = await self._once(listener)
                self.ends.append(code)
                prevented = self.unit.one("RestartPreventExitStatus").split()
                if self._stopping or self.unit.one("Restart") != "always" or str(code) in prevented:
                    return
                await asyncio.sleep(self._seconds("RestartSec"))  # as the unit says
        finally:
            if self._process is not None and self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
            listener.close()

    async def _once(self, listener: NotifySocket) -> int:
        command = words_of_line(self.unit.one("ExecStart"), dollars=True)
        wrapper = (sys.executable, "-I", "-S", exec_wrapper.__file__, str(os.getpid()), "*")  # it dies with the test
        listener.heard()
        self.told.clear()
        self._process = process = await asyncio.create_subprocess_exec(
            *wrapper,
            *command,
            env=self._environment(),
            cwd=self.unit.one("WorkingDirectory").removeprefix("-"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self.starts.append(process.pid)
        reading = asyncio.create_task(self._read(process))
        until = time.monotonic() + self._seconds("TimeoutStartSec")
        while process.returncode is None:
            for line in listener.heard():
                self.told.append(line)
                until = self._deadline(line, until)
            if time.monotonic() > until:
                self.killed += 1
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGABRT)
                    os.kill(process.pid, signal.SIGCONT)
            await asyncio.sleep(_LOOK)
        self.told += listener.heard()
        await reading
        return await process.wait()

    def _deadline(self, line: str, until: float) -> float:
        """Until when it has to be heard of next, once it has told this."""
        name, _, value = line.partition("=")
        now = time.monotonic()
        if name == "EXTEND_TIMEOUT_USEC":
            return max(until, now + int(value) / 1e6)
        if name in ("READY", "WATCHDOG"):
            return now + self._seconds("WatchdogSec")
        return now + self._seconds("TimeoutStopSec") if name == "STOPPING" else until

    def _environment(self) -> dict[str, str]:
        env = dict(self.base)
        for line in self.unit.every("Environment"):
            (word,) = words_of_line(line)
            name, _, value = word.partition("=")
            env[name] = value
        for file in self.unit.every("EnvironmentFile"):
            for line in Path(file).read_text().splitlines():
                name, quoted, value = line.partition('="')
                if quoted:
                    env[name] = value.removesuffix('"')
        env |= {"NOTIFY_SOCKET": self.address, "WATCHDOG_USEC": str(int(self._seconds("WatchdogSec") * 1e6))}
        return env

    def _seconds(self, name: str) -> float:
        return self.seconds.get(name) or float(self.unit.one(name))

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for raw in process.stdout:
            self.lines.append(raw.decode(errors="replace").rstrip())


@asynccontextmanager
async def supervised(supervisor: UnitSupervisor) -> AsyncGenerator[asyncio.Task[None]]:
    """Inside, it runs; afterwards nothing of it does."""
    task = asyncio.create_task(supervisor.run(), name="unit")
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})
        print("\n".join(["the unit said:", *supervisor.lines]))
