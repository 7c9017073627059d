"""`python -m bench.clicks`: from a click on Allow to the moment at which Claude Code has the decision.

The start is the person's, before the click leaves the client: a little earlier than the local Discord's receipt of it.
The end is when the decision's bytes are in the pipe from which Claude Code reads. Something between the bridge and the
real CLI passes them on and notes the time (the clock is the machine's, the same for every process); what it takes
itself counts. In between is everything: the local Discord, its gateway, discord.py, the database (synchronous commits),
the conversation, the SDK. The local Discord's limits for messages are lifted, or a hundred requests would take minutes;
a click is not among what they limit.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

from antiphon.agent.process.installation import bundled
from antiphon.standin import Limits, StandIn
from antiphon.standin.discord import Rate
from bench import shown as turns
from bench.stage import Stage, stage

_TURNS, _EACH = 21, 5  # turns, and requests in each; the first turn's do not count
_MOST_MEDIAN, _MOST_WORST = 0.050, 0.200  # seconds, the bars: median, and 99 of 100
_LIMIT = 60.0  # seconds for a request to be shown, or a decision to arrive
_LOOK_AGAIN = 0.002  # seconds between looks at the notes; the times are in them

# Stands in front of the CLI: this process becomes the CLI, a child of it passes on what the bridge writes.
_PASSAGE = """#!{python}
import os, sys, time
ours, its = os.pipe()
if os.fork():
    os.dup2(ours, 0)
    for one in (ours, its):
        os.close(one)
    os.execv({claude!r}, [{claude!r}, *sys.argv[1:]])
for one in (ours, 1, 2):
    os.close(one)
notes = os.open({notes!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
line = b""
while data := os.read(0, 1 << 16):
    left = data
    while left:
        left = left[os.write(its, left):]
    now = time.monotonic()
    *whole, line = (line + data).split(b"\\n")
    for _ in (one for one in whole if b'"behavior"' in one and b'"control_response"' in one):
        os.write(notes, b"%.6f\\n" % now)
"""


async def clicks() -> bool:
    """Measure and print; whether it is as quick as it has to be."""
    quick = {name: Rate(500, 5.0) for name in ("send", "edit")}
    with tempfile.TemporaryDirectory(prefix="antiphon-clicks-") as directory:
        passage, notes = Path(directory) / "claude", Path(directory) / "notes"
        notes.touch()
        passage.write_text(_PASSAGE.format(python=sys.executable, claude=str(bundled()), notes=str(notes)))
        passage.chmod(0o700)
        sections = {"claude": {"command": str(passage)}}
        standin = StandIn(limits=Limits().with_rates(**quick))
        async with stage(sections, standin, permission_mode="default", allowed_tools=[]) as on:
            times = (await _rounds(on, notes))[_EACH:]
    middle, worst = statistics.median(times), sorted(times)[round(len(times) * 0.99) - 1]
    print(f"\nclick on Allow → Claude Code has the decision, {len(times)} clicks in {_TURNS - 1} turns (ms)")
    print(f"  median {middle * 1000:.1f}, p99 {worst * 1000:.1f}, worst {max(times) * 1000:.1f}")
    good = middle <= _MOST_MEDIAN and worst <= _MOST_WORST
    bars = f"{_MOST_MEDIAN * 1000:.0f} and {_MOST_WORST * 1000:.0f}"
    print(f"  median and p99 at most {bars}: {'yes' if good else 'NO'}")
    return good


async def _rounds(on: Stage, notes: Path) -> list[float]:
    """The time of each click, in turns of one session that ask several times."""
    place = ""
    times: list[float] = []
    pressed: set[str] = set()
    for turn in range(_TURNS):
        words = "\n".join(f"bash: touch made-{turn}-{n}" for n in range(_EACH))
        message = await on.ada.say(place or on.general, words)
        place = place or message["id"]
        for _ in range(_EACH):
            message, custom_id = await _asked(on, place, pressed)
            pressed.add(custom_id)
            start = time.monotonic()
            await on.ada.click(message, custom_id)
            times.append(await _decision(notes, len(times)) - start)
        await on.ended(place, turn + 1)
    return times


async def _asked(on: Stage, place: str, pressed: set[str]) -> tuple[dict[str, object], str]:
    """Wait for a request."""
    found = await on.ada.until(lambda _: _open(on, place, pressed), _LIMIT)
    assert found is not None
    return found


def _open(on: Stage, place: str, pressed: set[str]) -> tuple[dict[str, object], str] | None:
    """A request that waits, and the id of its Allow."""
    for message in reversed(on.ada.messages(place)):
        for custom_id in turns.open_buttons(message):
            if custom_id.startswith("a1:allow:") and custom_id not in pressed:
                return message, custom_id
    return None


async def _decision(notes: Path, n: int) -> float:
    """When decision number `n` was passed on."""
    for _ in range(round(_LIMIT / _LOOK_AGAIN)):
        if len(noted := _noted(notes)) > n:
            return noted[n]
        await asyncio.sleep(_LOOK_AGAIN)
    raise TimeoutError(f"decision {n} did not arrive within {_LIMIT:.0f} s")


def _noted(notes: Path) -> list[float]:
    return [float(one) for one in notes.read_text().splitlines()]


async def main() -> int:
    print("command: python -m bench.clicks")
    return 0 if await clicks() else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
