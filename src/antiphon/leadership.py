"""The leases that let this process act: renewed, and checked again after a pause in which they may have been lost.

Promises: nothing is written in the database under a lost lease (the store sees to that), nothing is asked of Discord
after a gap in which a lease could be lost before the leases are looked at, and who finds one lost leaves at once.
"""

import asyncio
import errno
import hashlib
import logging
import os
import stat
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import aiohttp

from antiphon import wording
from antiphon.core.bus import UNKNOWN, LeaseStore, RecoveryInfo
from antiphon.core.health import Health
from antiphon.core.ports import Clock
from antiphon.core.records import Lease
from antiphon.errors import StoreError, TokenInUse
from antiphon.status import BridgeReport, write_report
from antiphon.store.lock import held, lock_of

log = logging.getLogger(__name__)

_LEASE = 15.0  # seconds; renewed three times in that time


def leave(why: str) -> None:
    """End this process at once: somebody else has taken over, and whatever we did now would be done twice. What it
    started ends with it (agent/process/orphans.py)."""
    log.critical("another bridge has taken over, this one leaves at once: %s", why)
    os._exit(StoreError.exit_code)


def bot_lock(runtime: Path, api: str | None, token: str) -> Path:
    """What stands for a bot on this machine: `<it>.lock` is held by whoever speaks with its token."""
    key = hashlib.sha256(f"{api or ''}\n{token}".encode()).hexdigest()[:32]  # never the token itself
    return runtime / f"bot-{key}"


@contextmanager
def single_instance_lock(runtime: Path, api: str | None, token: str) -> Generator[None]:
    """While inside, no other bridge of this machine's user speaks with this token. TokenInUse: one does. Where
    `runtime` cannot be used, that is said, and we go on."""
    with ExitStack() as stack:
        try:
            runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = runtime.lstat()
            if (
                not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid()
            ):  # among the temporary ones anybody makes one
                raise PermissionError(errno.EPERM, wording.NOT_OURS, str(runtime))
            lock = held(
                lock_of(bot_lock(runtime, api, token)),
                lambda pid: TokenInUse(wording.token_in_use(pid)),
            )
            stack.enter_context(lock)
        except OSError as error:
            log.warning(
                "whether another bridge uses this bot token is not known: %s: %s", error.filename, error.strerror
            )
        yield


class Leadership:
    """Holds the leases of this process, and writes its report for `status`."""

    def __init__(
        self, store: LeaseStore, health: Health, state: Path, clock: Clock, leave: Callable[[str], object] = leave
    ) -> None:
        """`leave` does not return."""
        self._leave = leave
        self._store = store
        self._health = health
        self._state = state
        self._clock = clock
        self._since = clock()
        self._confirmed = clock()  # when the leases were last known to be ours
        self._leases: list[Lease] = []
        self._confirming = asyncio.Lock()

    async def take(self, name: str, left: RecoveryInfo = UNKNOWN) -> Lease:
        """Take a lease. StoreError: somebody else has it."""
        lease = await self._store.hold(name, f"pid {os.getpid()}", _LEASE, left)
        if lease is None:
            raise StoreError(wording.lease_held(name))
        self._leases.append(lease)
        self._confirmed = self._clock()
        return lease

    async def keep(self) -> None:
        """Renew the leases, and write the report: every 5 s, and when it changes."""
        while True:
            self._health.news.clear()
            await self._renew()
            self._health.expire()
            wait = self._store.waiting
            if wait is None:
                self._health.over("database", said=True)
            else:
                self._health.begin("database", wording.database_waits(wait.words), said=True)
            report = BridgeReport(os.getpid(), self._since, self._clock(), self._health.problems, self._health.dropped)
            await asyncio.to_thread(write_report, self._state, report)
            with suppress(TimeoutError):
                async with asyncio.timeout(_LEASE / 3):
                    await self._health.news.wait()

    @property
    def is_confirmed(self) -> bool:
        """Whether the leases were ours less than a lease ago."""
        return 0 <= self._clock() - self._confirmed < _LEASE

    async def confirm(self) -> None:
        """Return when the leases are known to be ours: at once, but after a gap."""
        if self.is_confirmed:
            return
        async with self._confirming:
            if not self.is_confirmed:
                await self._renew()

    def guard(self, trace: aiohttp.TraceConfig) -> None:
        """Let no request that `trace` sees begin before the leases are known to be ours."""

        async def on_start(
            _session: aiohttp.ClientSession, _context: SimpleNamespace, _request: aiohttp.TraceRequestStartParams
        ) -> None:
            await self.confirm()

        trace.on_request_start.append(on_start)

    async def _renew(self) -> None:
        """Prolong every lease. A database that takes nothing now gives them to nobody else either: reading must do."""
        for lease in self._leases:
            try:
                mine = await self._store.renew(lease, _LEASE)
            except self._store.transient:
                mine = await self._store.is_mine(lease)
            if not mine:
                self._leave(f"the {lease.name} lease is lost")
        self._confirmed = self._clock()
