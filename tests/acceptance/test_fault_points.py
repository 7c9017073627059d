"""A bridge that dies exactly between two steps, and one that comes after it: nothing is lost, nothing happens twice.

Each point is met in a new thread and in one with an earlier turn. The verdict is that of `make chaos`: from what
Discord and the model have on record.
"""

from pathlib import Path

import pytest
from bench.processes import left_behind
from chaos import verdict
from chaos.plan import Message
from chaos.points import AFTER_A_LIMIT, BY_THE_CLOCK, IN_TERMINALS, Point
from chaos.verdict import Records, Said

from antiphon.demo.process import BridgeProcess

from chain import Chain, Json

ROOT = Path(__file__).parents[2]
LIMIT = 60  # seconds; a point is reached within two, and a bridge comes up in three

# Where a kill leaves Claude with the prompt, the turn may end as interrupted; everywhere else it is as if nothing had
# been.
HEARD = (Point.DURING_TURN, Point.ENDED, Point.POSTED)
# The second POSTED: of the card, and of the answer.
CASES = [
    *((point, 1) for point in Point if point not in (*IN_TERMINALS, *BY_THE_CLOCK, *AFTER_A_LIMIT)),
    (Point.POSTED, 2),
]


def numbered_message(number: int) -> Message:
    words = tuple(f"w{number}x{n};" for n in range(60))
    return Message(number, 0, 0, 0.0, f"say: {' '.join(words)}", words)


class Played:
    """One thread, and all that Ada has said in it."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.place = ""
        self._said: list[tuple[Message, str]] = []

    async def say(self) -> None:
        one = numbered_message(len(self._said))
        posted = await self.chain.ada.say(self.place or self.chain.general, one.text)
        self.place = self.place or posted["id"]
        self._said.append((one, posted["id"]))

    async def settled(self) -> None:
        """Wait until every message has its one final mark."""
        await self.chain.ada.until(lambda _: all(verdict.settled(self._message(id_)) for _, id_ in self._said), LIMIT)

    async def records(self) -> Records:
        await self.chain.bridge.stop()
        requests = [one.messages for one in self.chain.standin.model.requests if one.kind == "main"]
        there = [Said(one, self.place, self._message(id_)) for one, id_ in self._said]
        return Records(
            there, {self.place: self.chain.ada.messages(self.place)}, requests, await left_behind(self.chain.world.root)
        )

    def _message(self, id_: str) -> Json:
        channel = self.chain.general if id_ == self.place else self.place
        return next((one for one in self.chain.ada.messages(channel) if one["id"] == id_), {})  # it may be on its way


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("earlier", [0, 1], ids=["new thread", "thread with a turn"])
@pytest.mark.parametrize(("point", "nth"), CASES, ids=[f"{point.name}:{nth}" for point, nth in CASES])
async def test_a_kill_between_two_steps_loses_nothing_and_repeats_nothing(
    unstarted: Chain, point: Point, nth: int, earlier: int
) -> None:
    chain, played = unstarted, Played(unstarted)
    if earlier:
        await chain.bridge.start()
        await played.say()
        await played.settled()
        await chain.bridge.stop()
    env = {**chain.world.environment(), "PYTHONPATH": str(ROOT)}
    doomed = BridgeProcess(chain.world.config, env, ("-m", "chaos.doomed", f"{point.name}:{nth}"))
    await doomed.start()
    try:
        await played.say()
        assert await doomed.ended() == -9, doomed.lines
    finally:
        await doomed.kill()
    await chain.bridge.start()
    await played.settled()
    await played.say()
    await played.settled()
    found = verdict.judge(await played.records())
    assert found.wrong == {}
    marks = [verdict.marks(one.message or {}) for one in (await played.records()).said]
    assert marks[earlier] in ([["✅"], ["⚠"]] if point in HEARD else [["✅"]])
    assert marks[-1] == ["✅"]
