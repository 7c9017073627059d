"""The signs of life: when a service manager hears that the bridge starts, serves, lives, and stops."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from antiphon.host.notify import Notifier
from antiphon.host.pulse import Pulse

from notify_socket import NotifySocket
from virtual_time import run_virtually


@dataclass
class Bridge:
    """As much of one as a pulse asks about."""

    listener: NotifySocket
    alive: bool = True
    status: str = "ready"
    pulse: Pulse = field(init=False)
    _heard: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        notifier = Notifier(self.listener.address, watchdog=60.0)
        self.pulse = Pulse(notifier, lambda: self.alive, lambda: self.status, closing=50.0)

    @asynccontextmanager
    async def beating(self) -> AsyncGenerator[None]:
        tasks = [asyncio.create_task(self.pulse.run()), asyncio.create_task(self._listen())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _listen(self) -> None:
        while True:
            self._heard += self.listener.heard()
            await asyncio.sleep(1)

    def heard(self) -> list[str]:
        """Since it was asked last."""
        told, self._heard = [*self._heard, *self.listener.heard()], []
        return told


@pytest.fixture
def bridge(tmp_path: Path) -> Generator[Bridge]:
    bridge = Bridge(NotifySocket(str(tmp_path / "notify")))
    yield bridge
    bridge.listener.close()


def test_a_start_may_take_as_long_as_discord_takes_while_the_bridge_lives(bridge: Bridge) -> None:
    async def played() -> None:
        async with bridge.beating():
            await asyncio.sleep(299)
        heard = bridge.heard()
        assert heard[0] == "STATUS=ready"
        assert heard[1:] == ["EXTEND_TIMEOUT_USEC=60000000"] * 60  # each five seconds, and no watchdog before READY

    run_virtually(played())


def test_the_watchdog_is_fed_at_half_its_limit(bridge: Bridge) -> None:
    async def played() -> None:
        bridge.pulse.ready()
        async with bridge.beating():
            await asyncio.sleep(299)
        heard = bridge.heard()
        assert heard[0] == "READY=1"
        assert heard.count("WATCHDOG=1") == 10
        assert "EXTEND" not in "".join(heard)

    run_virtually(played())


def test_a_bridge_that_may_not_act_is_silent_until_it_may_again(bridge: Bridge) -> None:
    async def played() -> None:
        bridge.pulse.ready()
        async with bridge.beating():
            await asyncio.sleep(40)
            bridge.heard()
            bridge.alive = False
            await asyncio.sleep(100)
            assert bridge.heard() == []
            bridge.alive = True
            await asyncio.sleep(5)
            assert bridge.heard() == ["WATCHDOG=1"]

    run_virtually(played())


def test_how_it_is_is_told_when_it_changes(bridge: Bridge) -> None:
    async def played() -> None:
        bridge.pulse.ready()
        async with bridge.beating():
            await asyncio.sleep(1)
            bridge.status = "2 turns at work"
            await asyncio.sleep(6)
            bridge.alive = False  # which is told all the same
            bridge.status = "the database is slow"
            await asyncio.sleep(6)
        told = [one for one in bridge.heard() if one.startswith("STATUS")]
        assert told == ["STATUS=ready", "STATUS=2 turns at work", "STATUS=the database is slow"]

    run_virtually(played())


def test_turns_that_end_after_a_stop_have_their_time(bridge: Bridge) -> None:
    async def played() -> None:
        bridge.pulse.ready()
        async with bridge.beating():
            await asyncio.sleep(1)
            bridge.heard()
            bridge.pulse.stopping()
            await asyncio.sleep(600)
        heard = bridge.heard()
        assert heard[:2] == ["STOPPING=1", "EXTEND_TIMEOUT_USEC=50000000"]
        assert heard.count("EXTEND_TIMEOUT_USEC=50000000") == 121
        assert heard.count("WATCHDOG=1") == 20

    run_virtually(played())


async def test_where_nobody_listens_nothing_is_done() -> None:
    async with asyncio.timeout(1):
        await Pulse(Notifier(""), lambda: True, lambda: "", closing=1.0).run()
