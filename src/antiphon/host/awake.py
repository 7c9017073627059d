"""Keeps the machine from going to sleep by itself while turns run, by the system's own programs for that.

One child process holds it. It ends with the bridge, however that ends: Linux's child reads from a pipe that nobody else
has, macOS's waits for our process id. A machine that has no such program, or refuses, is no failure.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

log = logging.getLogger(__name__)

_LOOK = 1.0  # seconds between two looks whether a turn is at work
_GRACE = 10.0  # seconds without one until the machine may sleep again
_AGAIN = 600.0  # seconds until a machine that has refused is asked again
_LEAVING = 2.0  # seconds for the child to end
_WHO = ("--who=Antiphon", "--why=Claude Code is at work")

Find = Callable[[str], str | None]
Command = Sequence[str]


def inhibitors(platform: str, find: Find, pid: int) -> tuple[Command, ...]:
    """What keeps this kind of machine awake for the process `pid`, the best first; none where nothing is found.

    Whoever is logged in may forbid the machine to sleep; a service that runs without them may only say that it is not
    idle, which the desktop heeds as well."""
    if platform == "darwin":
        caffeinate = find("caffeinate")
        return () if caffeinate is None else ((caffeinate, "-i", "-w", str(pid)),)
    inhibit, cat = find("systemd-inhibit"), find("cat")
    if inhibit is None or cat is None:
        return ()
    return tuple((inhibit, f"--what={what}", *_WHO, "--mode=block", cat) for what in ("idle:sleep", "idle"))


class KeptAwake:
    """Holds the machine exactly while somebody is at work, and some seconds longer."""

    def __init__(
        self,
        commands: Sequence[Command],
        environment: Mapping[str, str],
        at_work: Callable[[], int],
        grace: float = _GRACE,
        every: float = _LOOK,
    ) -> None:
        """`commands`: tried in this order; `environment`: the whole of what they get. `grace`, `every`: seconds without
        a turn until the machine may sleep again, and between two looks."""
        self._commands = commands
        self._environment = dict(environment)
        self._at_work = at_work
        self._grace = grace
        self._every = every
        self._child: asyncio.subprocess.Process | None = None
        self._asked = 0  # the command that is used now
        self._refused = float("-inf")  # when the last of them did not do it

    async def run(self) -> None:
        """Until cancelled; the machine may sleep then."""
        clock, busy = asyncio.get_running_loop().time, float("-inf")
        try:
            while self._commands:
                now = clock()
                busy = now if self._at_work() else busy
                if now - busy >= self._grace:
                    await self._let_go()
                elif self._at_work() and now - self._refused >= _AGAIN:
                    await self._hold(now)
                await asyncio.sleep(self._every)
        finally:
            await self._let_go()

    async def _hold(self, now: float) -> None:
        if self._child is not None:
            if self._child.returncode is None:
                return
            self._child = None  # it ends by itself only where it may not do what it was asked
            self._asked += 1
        if self._asked >= len(self._commands):
            log.info("this machine cannot be kept awake while turns run: %s refuses", self._commands[0][0])
            self._asked, self._refused = 0, now
            return
        try:
            self._child = await asyncio.create_subprocess_exec(
                *self._commands[self._asked],
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env=self._environment,
                cwd="/",
            )
        except OSError:
            self._asked += 1

    async def _let_go(self) -> None:
        child, self._child = self._child, None
        if child is None or child.returncode is not None:
            return
        assert child.stdin is not None
        child.stdin.close()
        with suppress(ProcessLookupError):
            child.terminate()
        try:
            async with asyncio.timeout(_LEAVING):
                await child.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
