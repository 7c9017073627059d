"""SIGKILL of the bridge: what it had started is gone at once, and asks the model nothing more."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import pytest
from bench import shown as turns
from bench.processes import left_behind

from chain import Chain

_SESSIONS = 10


@pytest.fixture
def forker() -> None:
    """The bridge begins as a program of its own, as people start it."""


@pytest.mark.slow
async def test_no_claude_that_waits_for_a_person_asks_the_model_once_more(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({"limits": {"sessions_at_work": _SESSIONS}}, permission_mode="default", allowed_tools=[])
    await chain.bridge.start()
    places = [await chain.ask(f"bash: touch made{n}.txt") for n in range(_SESSIONS)]

    def open_requests(_: object) -> list[Mapping[str, Any]]:
        return [one for place in places for one in chain.ada.messages(place) if turns.open_buttons(one)]

    await chain.ada.until(lambda _: len(open_requests(_)) == _SESSIONS, 90)
    before = len(chain.standin.model.requests)
    began = time.monotonic()
    await chain.bridge.kill()
    assert not await left_behind(chain.world.root)
    assert time.monotonic() - began < 1.5  # a process that hears of it lives for 2 s
    assert len(chain.standin.model.requests) == before


@pytest.mark.slow
async def test_a_command_at_work_ends_with_the_bridge(chain: Chain) -> None:
    await chain.at_work("sleep 64")
    await chain.bridge.kill()
    async with asyncio.timeout(2):
        assert not await left_behind(chain.world.root)
