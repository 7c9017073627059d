"""A work beside others fails without ending them, and is begun anew."""

import asyncio

import pytest

from antiphon.core.retry import kept_up

from virtual_time import virtually


@virtually
async def test_it_is_begun_anew_after_whatever_failed_until_it_is_done() -> None:
    at: list[float] = []
    told: list[BaseException] = []

    async def work() -> None:
        at.append(asyncio.get_running_loop().time())
        if len(at) == 1:
            raise ValueError("a bug")
        if len(at) == 2:
            raise KeyError("another one")

    await kept_up(work, 15.0, told.append)
    assert at == [0.0, 15.0, 30.0]
    assert [type(one) for one in told] == [ValueError, KeyError]


@virtually
async def test_whoever_cancels_it_ends_the_work() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(1e6)
        finally:
            ended.set()

    keeping = asyncio.create_task(kept_up(work, 15.0, lambda _: None))
    await asyncio.sleep(1)
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping
    assert ended.is_set()
