"""`make bench-streams`: many threads stream at once. How far is what people see behind the model, is anything lost,
how many messages does it take, and does Discord ever have to say no?

The local Discord enforces its rate limits; the bridge is a process of its own with the real Claude Code CLIs below it.
What left the model is taken from the model's own record, what people see from a person's gateway events, both with
this process's clock. Staleness at a moment: the age of the oldest character that has left the model and is not visible.
"""

import argparse
import asyncio
import os
import statistics
import sys
import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from antiphon.chat.render.text.splitter import split
from antiphon.standin import Limits, StandIn
from antiphon.standin.discord import Rate
from antiphon.standin.model import stream_text
from antiphon.standin.model.stream import CHARACTERS_PER_TOKEN
from bench import shown as turns
from bench.stage import Stage, cpu, stage

# The bars of ten threads, in seconds (issue 4).
_MOST_MEDIAN, _MOST_P95, _MOST_COMPLETE = 1.5, 3.0, 2.0
_SAMPLE = 0.1  # seconds between two looks at the staleness
_SETTLE = 30.0  # seconds after the last turn's end until what is not visible counts as lost
_ORDINARY = (0, 19)  # message types that somebody wrote
_EPHEMERAL = 1 << 6  # message flag

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for: so many threads at once, each so many characters at so many tokens (4 characters) a second.
    `played`: Claude Code is played by a few lines instead of being run (`bench.played`)."""

    threads: int = 10
    characters: int = 8000
    rate: float = 100.0
    played: bool = False

    @property
    def seconds(self) -> float:
        return self.characters / CHARACTERS_PER_TOKEN / self.rate


@dataclass(frozen=True, slots=True)
class Watched:
    """One thread afterwards. `left`, `shown`: at a monotonic time, so many characters (white space not counted) had
    left the model, were visible. `late`: how far the model itself was behind its pace, in seconds, at its worst."""

    text: str
    left: Sequence[tuple[float, int]]
    shown: Sequence[tuple[float, int]]
    messages: int
    late: float
    said: str

    @property
    def whole(self) -> bool:
        """Every character, in order, and not one more (white space is where messages are cut)."""
        return _dense(self.said) == _dense(self.text)

    @property
    def to_complete(self) -> float:
        """Seconds from the last character's leaving to its being visible."""
        if not (self.whole and self.shown):
            return float("inf")
        return max(0.0, self.shown[-1][0] - self.left[-1][0])

    @property
    def staleness(self) -> list[float]:
        """Seconds, at every tenth of a second from the first character to the complete answer."""
        counts = [count for _, count in self.left]
        times = [when for when, _ in self.shown]
        found: list[float] = []
        if not self.left:
            return [float("inf")]
        now = self.left[0][0] + _SAMPLE
        while now <= max(self.left[-1][0], times[-1] if times else 0.0):
            seen = bisect_right(times, now)
            oldest = bisect_right(counts, self.shown[seen - 1][1] if seen else 0)
            hidden = oldest < len(self.left) and self.left[oldest][0] <= now
            found.append(now - self.left[oldest][0] if hidden else 0.0)
            now += _SAMPLE
        return found


@dataclass(slots=True)
class Figures:
    """Of one run."""

    plan: Plan
    threads: list[Watched] = field(default_factory=list[Watched])
    requests: list[Json] = field(default_factory=list[Json])
    seconds: float = 0.0
    bridge_cpu: float = 0.0
    own_cpu: float = 0.0

    @property
    def refused(self) -> int:
        return sum(one["status"] == 429 for one in self.requests)

    @property
    def peak(self) -> int:
        """The most requests that began within one second."""
        times = sorted(
            one["time"] for one in self.requests if not one["path"].startswith(("/interactions", "/webhooks"))
        )
        return max((bisect_right(times, start + 1.0) - n for n, start in enumerate(times)), default=0)


async def measure(on: Stage, plan: Plan) -> Figures:
    """Ask in so many threads at once, and wait until all is said."""
    figures = Figures(plan)
    before = len(await on.requests())
    started, bridge, own = time.monotonic(), cpu(on.bridge.pid), time.process_time()
    asked = [f"stream number {n}\nstream {plan.characters} {plan.rate:g}" for n in range(plan.threads)]
    places = [message["id"] for message in await asyncio.gather(*(on.ada.say(on.general, one) for one in asked))]
    await _ended(on, places, plan.seconds * 4 + 60 + 3 * plan.threads)
    text = stream_text(plan.characters)
    dense = _dense(text)
    waiting = list(places)

    def complete(_: object) -> bool:
        waiting[:] = [place for place in waiting if _dense(_said(on, place)) != dense]
        return not waiting

    try:
        await on.ada.until(complete, _SETTLE)
    except TimeoutError:
        print(f"  {len(waiting)} threads do not show all of it after {_SETTLE:.0f} s more")
    figures.seconds = time.monotonic() - started
    figures.bridge_cpu, figures.own_cpu = cpu(on.bridge.pid) - bridge, time.process_time() - own
    figures.requests = (await on.requests())[before:]
    figures.threads = [_watched(on, plan, *pair) for pair in zip(places, asked, strict=True)]
    return figures


async def _ended(on: Stage, places: Sequence[str], limit: float) -> None:
    """Wait until a turn has ended in each place; who has not, is said."""
    running = list(places)

    def over(_: object) -> bool:
        while running and on.ends(running[-1]):
            running.pop()
        return not running

    try:
        await on.ada.until(over, limit)
    except TimeoutError:
        open_ends = [place for place in running if not on.ends(place)]
        print(f"  {len(open_ends)} turns have not ended after {limit:.0f} s: ", end="")
        print([turns.statuses(on.ada.messages(place)) for place in open_ends[:3]])
        print("  the bridge said last:", *on.bridge.lines[-5:], sep="\n    ")


def _watched(on: Stage, plan: Plan, place: str, asked: str) -> Watched:
    text = stream_text(plan.characters)
    dense = list(accumulate((not character.isspace() for character in text), initial=0))
    sent = on.sent(asked) or [(time.monotonic(), 0)]
    begun = sent[0][0]
    late = max(when - begun - count / CHARACTERS_PER_TOKEN / plan.rate for when, count in sent)
    left = [(when, dense[count]) for when, count in sent if count]
    return Watched(text, left, _shown(on, place, _dense(text)), _messages(on, place), late, _said(on, place))


def _shown(on: Stage, place: str, dense: str) -> list[tuple[float, int]]:
    """How the answer grew before a person's eyes: each time at which more of it was visible."""
    messages: dict[str, Json] = {}
    found: list[tuple[float, int]] = []
    for when, (name, data) in zip(on.ada.heard, on.ada.events, strict=True):
        if data.get("channel_id") != place:
            continue
        if name in ("MESSAGE_CREATE", "MESSAGE_UPDATE"):
            messages[data["id"]] = data
        elif name == "MESSAGE_DELETE":
            messages.pop(data["id"], None)
        else:
            continue
        words = _dense("".join(turns.chunks([messages[one] for one in sorted(messages, key=int)])))
        seen = next(
            (n for n, (a, b) in enumerate(zip(words, dense, strict=False)) if a != b), min(len(words), len(dense))
        )
        if seen > (found[-1][1] if found else 0):
            found.append((when, seen))
    return found


def _said(on: Stage, place: str) -> str:
    return "\n".join(turns.chunks(on.ada.messages(place)))


def _messages(on: Stage, place: str) -> int:
    """How many messages the bridge has in a place."""
    return sum(
        bool(one["author"].get("bot")) and one["type"] in _ORDINARY and not one["flags"] & _EPHEMERAL
        for one in on.ada.messages(place)
    )


def _dense(text: str) -> str:
    return "".join(text.split())


def report(figures: Figures) -> bool:
    """Print the table; whether every bar is met."""
    plan, threads = figures.plan, figures.threads
    stale = sorted(value for one in threads for value in one.staleness)
    ends = sorted(one.to_complete for one in threads)
    most = 1 + len(split(stream_text(plan.characters))) + 1
    what = "Claude Code is played" if plan.played else "the real CLI"
    print(f"\n{plan.threads} threads at once, {plan.characters} characters each at {plan.rate:g} tokens/s; {what}")
    print(f"  {'':<34} {'median':>8} {'p95':>8} {'max':>8}")
    _row("visible text behind the model (s)", stale)
    _row("last token → complete answer (s)", ends)
    _row("the model behind its own pace (s)", sorted(one.late for one in threads))
    kinds = {
        kind: sum(one["method"] == kind for one in figures.requests) for kind in ("POST", "PATCH", "PUT", "DELETE")
    }
    print(f"  requests {len(figures.requests)} ({', '.join(f'{n} {kind}' for kind, n in kinds.items())})", end="")
    print(f", at most {figures.peak} in a second, {figures.refused} met 429")
    print(f"  messages of the bridge in a thread: {min(one.messages for one in threads)}", end="")
    print(f" to {max(one.messages for one in threads)}; the card style promises at most {most}")
    print(f"  {figures.seconds:.1f} s in all; CPU: bridge {figures.bridge_cpu / figures.seconds:.0%} of a core", end="")
    print(f", this process {figures.own_cpu / figures.seconds:.0%}; load average {os.getloadavg()[0]:.1f}")
    bars = {
        "every character is there, in order": all(one.whole for one in threads),
        "no request met a 429": figures.refused == 0,
        "not one message more than promised": max(one.messages for one in threads) <= most,
    }
    if plan.threads <= Plan().threads:
        bars |= {
            f"behind the model: median {_MOST_MEDIAN} s": statistics.median(stale) <= _MOST_MEDIAN,
            f"behind the model: p95 {_MOST_P95} s": _part(stale, 0.95) <= _MOST_P95,
            f"last token → complete: median {_MOST_COMPLETE} s": statistics.median(ends) <= _MOST_COMPLETE,
        }
    for bar, met in bars.items():
        print(f"  {bar}: {'yes' if met else 'NO'}")
    return all(bars.values())


def _row(name: str, values: Sequence[float]) -> None:
    print(f"  {name:<34} {statistics.median(values):8.2f} {_part(values, 0.95):8.2f} {values[-1]:8.2f}")


def _part(ordered: Sequence[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


async def styles() -> bool:
    """How many messages a turn takes in each style: two threads, two tools and 3,000 characters."""
    print("\nmessages of a turn with two tools and 3,000 characters, in two threads at once")
    good = True
    chunks = 1 + len(split(stream_text(3000)))  # `tools` says a sentence of its own
    for style, fixed, more in (("card", 1, 1), ("compact", 1, 1), ("legacy", 3, 0)):
        async with stage(progress_style=style) as on:
            asked = [f"style {style} {n}\ntools 2\nstream 3000 400" for n in range(2)]
            places = [(await on.ada.say(on.general, words))["id"] for words in asked]
            await _ended(on, places, 60)
            await asyncio.sleep(1.0)  # for a message too many
            counts = [_messages(on, place) for place in places]
            whole = all(_dense(stream_text(3000)) in _dense(_said(on, place)) for place in places)
        least, most = fixed + chunks, fixed + chunks + more
        met = whole and all(least <= count <= most for count in counts)
        good = good and met
        print(f"  {style:<8} {counts[0]} and {counts[1]}, promised {least} to {most}: {'yes' if met else 'NO'}")
    return good


async def streams(plan: Plan) -> bool:
    """One run with a bridge of its own."""
    # Threads are not what is measured: fifty in five minutes are all that a bot may open.
    limits = Limits().with_rates(thread_create=Rate(max(50, 2 * plan.threads), 300.0))
    at_work = {"limits": {"sessions_at_work": plan.threads}}
    async with stage(at_work, StandIn(limits=limits), played=plan.played) as on:
        return report(await measure(on, plan))


async def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.streams", description="Many threads stream at once.")
    usual = Plan()
    parser.add_argument("--threads", type=int, default=usual.threads)
    parser.add_argument("--characters", type=int, default=usual.characters, help="of each answer")
    parser.add_argument("--rate", type=float, default=usual.rate, help="tokens (4 characters) a second")
    parser.add_argument("--no-cli", action="store_true", help="Claude Code is played, everything else is real")
    parser.add_argument("--no-styles", action="store_true", help="leave out the count of messages per style")
    options = parser.parse_args()
    print(f"command: python -m bench.streams {' '.join(sys.argv[1:])}")
    good = await streams(Plan(options.threads, options.characters, options.rate, options.no_cli))
    if not options.no_styles:
        good = await styles() and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
