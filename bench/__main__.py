"""`make bench`: how quick the bridge is and how much it asks of Discord.

Everything is measured in one run, the reference (`claude -p`, spawned for the same prompt) in turn with the bridge, so
that a slow or noisy machine moves both. The ratio is the claim, the milliseconds are only told.
"""

import asyncio
import statistics
import sys
import time

from antiphon.agent.process.installation import bundled
from antiphon.demo.world import World
from antiphon.standin.person import Person
from bench import clicks, shown, streams, turns
from bench.stage import TURN_LIMIT, Stage, stage

_ROUNDS = 12
_MOST_LIVE = 0.15  # the bar: live prompt to first model request, as a part of the spawn
_TEN_TOOLS = "tools 10"
_MOST_CALLS = 25  # the bar: REST calls of a turn with ten tools in the card style (a known peer: 62)
_TRAILING = 2.0  # seconds after a turn's end in which its last reactions are set
_KINDS = (("short answer", "say: a short answer"), ("long answer (20,000 characters)", "long 20000"))
_STREAMS = streams.Plan(threads=4, characters=2000)  # `make bench-streams` takes more


async def latencies(on: Stage) -> bool:
    """Message to first model request: on a fresh and on a live conversation, beside `claude -p`."""
    spawn, fresh, live = list[float](), list[float](), list[float]()
    for n in range(_ROUNDS):
        words = f"say: spawned {n}"
        spawn.append(await on.first_request(words, lambda words=words: _spawn(on.world, words)))
        words = f"say: fresh {n}"
        place = ""

        async def ask(words: str, channel: str) -> None:
            nonlocal place
            place = (await on.ada.say(channel, words))["id"]

        fresh.append(await on.first_request(words, lambda words=words: ask(words, on.general)))
        thread = place
        await on.ended(thread)
        words = f"say: live {n}"
        live.append(await on.first_request(words, lambda words=words, thread=thread: ask(words, thread)))
        await on.ended(thread, 2)
    reference = statistics.median(spawn)
    print(f"\nmessage posted → first model request, {_ROUNDS} rounds in turn (ms: median, worst; ratio of medians)")
    for name, times in (("claude -p, spawned", spawn), ("fresh conversation", fresh), ("live conversation", live)):
        middle = statistics.median(times)
        print(f"  {name:<20} {middle * 1000:7.0f} {max(times) * 1000:7.0f}   {middle / reference:.3f}")
    good = statistics.median(live) / reference <= _MOST_LIVE
    print(f"  live at most {_MOST_LIVE} of the spawn: {'yes' if good else 'NO'}")
    return good


async def _spawn(world: World, words: str) -> None:
    env = {name: value for name, value in world.environment().items() if not name.startswith(("ANTIPHON", "DISCORD"))}
    process = await asyncio.create_subprocess_exec(
        *(str(bundled()), "-p", words),
        cwd=world.project,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )
    await process.wait()


async def calls(on: Stage) -> bool:
    """REST calls of three kinds of turns, and from the last token to the complete answer."""
    print("\nREST calls of a turn in a new thread; last token → complete answer visible, final state shown (ms)")
    print(f"  {'turn':<34} {'calls':>5} {'post':>5} {'edit':>5} {'other':>5} {'answer':>7} {'state':>7}")
    counts = [await _calls(on, name, words) for name, words in (*_KINDS, ("ten tools in a row, card", _TEN_TOOLS))]
    print(f"  429s: {sum(limited for _, limited in counts)}")
    good = counts[-1][0] <= _MOST_CALLS
    print(f"  ten tools cost at most {_MOST_CALLS} calls: {'yes' if good else 'NO'}")
    return good and not any(limited for _, limited in counts)


async def other_styles() -> None:
    """The ten tools again, as the other styles show them."""
    for style in ("compact", "legacy"):
        async with stage(progress_style=style) as on:
            await _calls(on, f"ten tools in a row, {style}", _TEN_TOOLS)


async def _calls(on: Stage, name: str, words: str) -> tuple[int, int]:
    """How many calls a turn took, and how many of them met a 429."""
    before = len(await on.requests())
    started = len(on.standin.model.requests)
    place = (await on.ada.say(on.general, words))["id"]
    seen = await _complete(on, place)
    await asyncio.sleep(_TRAILING)
    last = max(one.finished_at for one in on.standin.model.requests[started:] if one.kind == "main")
    mine = (await on.requests())[before:]
    posts = sum(one["method"] == "POST" and one["path"].endswith("/messages") for one in mine)
    edits = sum(one["method"] == "PATCH" for one in mine)
    waits = f"{(seen[0] - last) * 1000:7.0f} {(seen[1] - last) * 1000:7.0f}"
    print(f"  {name:<34} {len(mine):>5} {posts:>5} {edits:>5} {len(mine) - posts - edits:>5} {waits}")
    return len(mine), sum(one["status"] == 429 for one in mine)


async def _complete(on: Stage, place: str) -> tuple[float, float]:
    """When the last of the text became visible, and when the final state did."""
    text, seen = time.monotonic(), ""

    def news(ada: Person) -> bool:
        return _texts(ada, place) != seen or bool(on.ends(place))

    while not on.ends(place):
        await on.ada.until(news, TURN_LIMIT)
        if (now := _texts(on.ada, place)) != seen:
            text, seen = time.monotonic(), now
    return text, time.monotonic()


def _texts(ada: Person, place: str) -> str:
    return "\n".join(shown.chunks(ada.messages(place)))


async def main() -> int:
    print("command: make bench")
    async with stage() as on:
        good = [await latencies(on), await calls(on)]
    await other_styles()
    good += [await clicks.clicks(), await streams.streams(_STREAMS), await turns.turns()]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
