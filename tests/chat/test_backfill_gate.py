"""What happens in a place waits until what was missed there is read, and keeps its order."""

import asyncio

from antiphon.chat.inbound.backfill_gate import BackfillGate


class Crowd:
    """Those who wait at a place, by the order in which they may go on."""

    def __init__(self, reading: BackfillGate) -> None:
        self._reading = reading
        self._tasks: list[asyncio.Task[None]] = []
        self.gone: list[str] = []

    async def come(self, name: str, place: int, parent: int | None = None) -> None:
        """Somebody comes; what can happen then has happened."""
        self._tasks.append(asyncio.create_task(self._wait(name, place, parent), name=name))
        await self.settle()

    async def settle(self) -> None:
        """Let everybody do what they can."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def _wait(self, name: str, place: int, parent: int | None) -> None:
        await self._reading.passed(place, parent)
        self.gone.append(name)


async def test_a_place_waits_for_itself_alone() -> None:
    reading = BackfillGate()
    crowd = Crowd(reading)
    for name, place in (("a", 1), ("b", 2)):
        await crowd.come(name, place)
    assert crowd.gone == []
    reading.outage.read.add(2)
    reading.changed()
    await crowd.settle()
    assert crowd.gone == ["b"]
    await crowd.come("c", 2)
    assert crowd.gone == ["b", "c"]
    reading.outage.over = True
    reading.changed()
    await crowd.settle()
    assert crowd.gone == ["b", "c", "a"]


async def test_who_came_first_goes_on_first_whatever_is_told_meanwhile() -> None:
    reading = BackfillGate()
    crowd = Crowd(reading)
    for name in "abc":
        await crowd.come(name, 1)
        reading.changed()  # of another place
    await crowd.come("d", 1)
    reading.outage.read.add(1)
    reading.changed()
    await crowd.come("e", 1)
    await crowd.settle()
    assert crowd.gone == list("abcde")


async def test_an_earlier_gap_lets_nobody_pass_after_a_later_one() -> None:
    reading = BackfillGate()
    crowd = Crowd(reading)
    first = reading.outage
    await crowd.come("a", 1)
    reading.begin()
    first.over = True
    reading.changed()
    await crowd.settle()
    assert crowd.gone == []
    reading.outage.read.add(1)
    reading.changed()
    await crowd.settle()
    assert crowd.gone == ["a"]


async def test_a_channel_that_is_seen_again_holds_itself_and_its_threads_until_each_was_read() -> None:
    reading = BackfillGate()
    reading.end(reading.outage)
    crowd = Crowd(reading)
    gap = reading.begin_reading(frozenset({1}))
    for name, place, parent in (("channel", 1, None), ("thread", 11, 1), ("other", 2, None), ("its thread", 21, 2)):
        await crowd.come(name, place, parent)
    assert crowd.gone == ["other", "its thread"]
    reading.begun(12)
    await crowd.come("a thread that has just begun", 12, 1)
    gap.read.add(1)
    reading.changed()
    await crowd.settle()
    assert crowd.gone[2:] == ["a thread that has just begun", "channel"]
    reading.end(gap)
    await crowd.settle()
    assert crowd.gone[4:] == ["thread"]
