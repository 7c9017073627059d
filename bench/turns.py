"""`python -m bench.turns`: what a turn of 2,000 deltas costs the bridge's own process, late in a conversation too.

The claim: it does not grow with the length of the conversation. Its children (Claude Code) are not counted. The local
Discord takes ten times as many messages here as it would, or 120 short turns would last four minutes; so the bridge
posts more often, and its cost is rather more than less.
"""

import asyncio
import sys

from antiphon.standin import Limits, StandIn
from antiphon.standin.discord import Rate
from bench.stage import Stage, cpu, stage

_DELTAS, _PIECE, _PACE = 2000, 8, 800  # deltas of so many characters, at so many tokens (4 characters) a second
_EARLIER = (0, 20, 100)  # turns before the one that is measured
_ROUNDS = 3  # of each; the median counts
_MOST_GROWTH = 1.5  # the bar: the last beside the first


async def deltas(on: Stage) -> bool:
    """Measure and print; whether the cost stays what it was."""
    print(f"\nthe bridge's own CPU for a turn of {_DELTAS} deltas, after earlier turns of the same conversation")
    place, done = "", 0
    costs: list[float] = []
    for earlier in _EARLIER:
        while done < earlier:
            place, done = await _turn(on, place, done, f"say: turn {done}")
        rounds: list[float] = []
        for _ in range(_ROUNDS):
            before = cpu(on.bridge.pid)
            words = f"turn {done}\nstream {_DELTAS * _PIECE} {_PACE} {_PIECE}"
            place, done = await _turn(on, place, done, words)
            rounds.append(cpu(on.bridge.pid) - before)
            sent = len(on.sent(words)) - 1
            if sent != _DELTAS:
                print(f"  the model sent {sent} deltas, not {_DELTAS}: the figures are of another turn")
                return False
        costs.append(sorted(rounds)[_ROUNDS // 2])
        spread = ", ".join(f"{one:.2f}" for one in rounds)
        print(f"  after {earlier:>3} turns {costs[-1]:6.2f} s ({spread}), {costs[-1] / _DELTAS * 1000:.2f} ms a delta")
    growth = costs[-1] / costs[0]
    good = growth <= _MOST_GROWTH
    print(f"  the last beside the first: {growth:.2f}, at most {_MOST_GROWTH}: {'yes' if good else 'NO'}")
    return good


async def _turn(on: Stage, place: str, done: int, words: str) -> tuple[str, int]:
    message = await on.ada.say(place or on.general, words)
    place = place or message["id"]
    await on.ended(place, done + 1, limit=300)
    return place, done + 1


async def turns() -> bool:
    """One run with a bridge of its own."""
    quick = {name: Rate(50, 5.0) for name in ("send", "edit")}
    async with stage(standin=StandIn(limits=Limits().with_rates(**quick))) as on:
        return await deltas(on)


async def main() -> int:
    print("command: python -m bench.turns")
    return 0 if await turns() else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
