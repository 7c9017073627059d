"""`make bench-flood`: programs post notices as fast as they can while Claude's answer streams. Does it come as soon as
otherwise, does the bridge's memory stay what it was, and does Discord ever have to say no?

    python -m bench.flood [--rounds 2] [--characters 8000] [--rate 100] [--clients 8]

Each round has a bridge of its own, which streams an answer in peace, then one beside a flood of the channel, then one
whose own thread is flooded; these are compared with the first. The clients are a process of their own, and heed no
Retry-After. Staleness is what `bench.streams` says it is.
"""

import argparse
import asyncio
import json
import socket
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientSession, TCPConnector

from antiphon.standin.client_shapes import words_of
from antiphon.web import tokens
from bench import shown
from bench.stage import Stage, cpu, stage
from bench.streams import Figures, Plan, measure

# The bars: times the staleness in peace; megabytes.
_MOST_STALE, _MOST_GROWTH = 1.5, 30.0
_DELIVERING = 60.0  # seconds for which what has been accepted is watched on its way
_TEXT = "notice {n}: all is green"


@dataclass(slots=True)
class Round:
    """In peace, beside a flood, and in one. `answers`: how often the clients got which; `resident`: megabytes before
    the floods, at the end of each, and when they were delivered or watched long enough."""

    peace: Figures
    beside: Figures
    inside: Figures
    answers: Counter[str]
    resident: list[float]
    bridge_cpu: float
    delivered: int
    refused_by_discord: int
    violations: int

    def ratio(self, flooded: Figures) -> float:
        return statistics.median(_stale(flooded)) / statistics.median(_stale(self.peace))

    @property
    def growth(self) -> float:
        return max(self.resident) - self.resident[0]


async def post(url: str, token: str, clients: int, place: str) -> None:
    """What the clients' process does, until its input ends: then it tells what they were answered."""
    answers = Counter[str]()

    async def one(http: ClientSession) -> None:
        while True:
            asked = {"text": _TEXT.format(n=answers.total()), **({"place": place} if place else {})}
            async with http.post(f"{url}/api/v1/notices", json=asked) as answer:
                await answer.read()
                answers[f"{answer.status}" + (" with Retry-After" if "Retry-After" in answer.headers else "")] += 1

    headers = {"Authorization": f"Bearer {token}"}
    async with ClientSession(headers=headers, connector=TCPConnector(limit=clients)) as http:
        posting = [asyncio.create_task(one(http)) for _ in range(clients)]
        ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        await asyncio.wait([*posting, ended], return_when=asyncio.FIRST_COMPLETED)  # a client ends by failing
        for task in posting:
            task.cancel()
        await asyncio.gather(*posting, return_exceptions=True)
        for task in posting:
            if not task.cancelled() and task.exception() is not None:
                answers[repr(task.exception())] += 1
    print(json.dumps(answers))


@asynccontextmanager
async def flood(url: str, token: str, clients: int, place: str) -> AsyncGenerator[Counter[str]]:
    """Clients that post; what they were answered is there when it has ended. `place`: "" for the project's channel."""
    command = (sys.executable, "-m", "bench.flood", "--post", url, "--clients", str(clients), "--place", place)
    pipe, answers = asyncio.subprocess.PIPE, Counter[str]()
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    assert process.stdin is not None
    process.stdin.write(f"{token}\n".encode())
    try:
        yield answers
    finally:
        process.stdin.close()
        told, _ = await process.communicate()
        answers.update(json.loads(told))


async def flooded(on: Stage, plan: Plan, url: str, clients: int, *, inside: bool) -> tuple[Figures, Counter[str]]:
    """A turn beside a flood of the channel, or in one of its thread. Each has a token of its own: a backlog, too."""
    name = "inside" if inside else "beside"
    token = tokens.create(on.world.root / "state", name, frozenset({"notify"}), None, time.time())
    known = {one["id"] for one in on.ada.messages(on.general)}
    measuring = asyncio.create_task(measure(on, plan))
    place = await on.ada.until(lambda _: _opened(on, known), 30) if inside else ""
    async with flood(url, token, clients, place) as answers:
        figures = await measuring
    return figures, answers


async def play(plan: Plan, clients: int) -> Round:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    async with stage({"api": {"port": port, "requests_per_minute": 1_000_000}}) as on:
        peace, url = await measure(on, plan), f"http://127.0.0.1:{port}"
        resident, used, begun = [_resident(on)], cpu(on.bridge.pid), time.monotonic()
        beside, answers = await flooded(on, plan, url, clients, inside=False)
        resident.append(_resident(on))
        inside, more = await flooded(on, plan, url, clients, inside=True)
        resident.append(_resident(on))
        share, answers = (cpu(on.bridge.pid) - used) / (time.monotonic() - begun), answers + more
        accepted = sum(count for answer, count in answers.items() if answer.startswith("202"))
        with suppress(TimeoutError):  # at Discord's pace it takes longer
            await on.ada.until(lambda _: _delivered(on) >= accepted, _DELIVERING)
        resident.append(_resident(on))
        refused = sum(one["status"] == 429 for one in await on.requests())
        found = len(await on.violations())
        return Round(peace, beside, inside, answers, resident, share, _delivered(on), refused, found)


def report(one: Round) -> None:
    for name, figures in (("in peace", one.peace), ("channel flooded", one.beside), ("thread flooded", one.inside)):
        stale = _stale(figures)
        print(
            f"  {name:<15} staleness median {statistics.median(stale):.2f} s ({one.ratio(figures):.2f} times)", end=""
        )
        print(f", worst {max(stale):.2f} s ({max(stale) / max(_stale(one.peace)):.2f} times); ", end="")
        print(f"all of it is shown {figures.seconds:.1f} s after the prompt")
    print(f"  {one.answers.total()} notices posted: ", end="")
    print(", ".join(f"{count} times {answer}" for answer, count in one.answers.most_common()), end="; ")
    print(f"the bridge used {one.bridge_cpu:.0%} of a core")
    before, first, second, after = one.resident
    print(f"  resident: {before:.1f} MB before, {first:.1f} and {second:.1f} MB at the floods' ends, ", end="")
    print(f"{after:.1f} MB when {one.delivered} were delivered")
    print(f"  Discord said 429 {one.refused_by_discord} times, and saw {one.violations} violations", flush=True)


def verdict(rounds: list[Round]) -> bool:
    beside = [one.ratio(one.beside) for one in rounds]
    inside = [one.ratio(one.inside) for one in rounds]
    growth = max(one.growth for one in rounds)
    answers = sum((one.answers for one in rounds), Counter[str]())
    for name, ratios in (("channel", beside), ("thread", inside)):
        print(f"staleness with the {name} flooded: {statistics.median(ratios):.2f} times", end=" ")
        print(f"({min(ratios):.2f} to {max(ratios):.2f})")
    print(f"the bridge grew by {growth:.1f} MB at most")
    bars = {
        f"channel flooded: staleness at most {_MOST_STALE} times": statistics.median(beside) <= _MOST_STALE,
        f"thread flooded: staleness at most {_MOST_STALE} times": statistics.median(inside) <= _MOST_STALE,
        f"grows by at most {_MOST_GROWTH:.0f} MB": growth <= _MOST_GROWTH,
        "no violation, no 429 of Discord's": not sum(one.violations + one.refused_by_discord for one in rounds),
        "beyond the limit: 429, and when to come again": set(answers) == {"202", "429 with Retry-After"},
        "every character is there, in order": all(
            figures.threads[0].whole for one in rounds for figures in (one.peace, one.beside, one.inside)
        ),
    }
    for bar, met in bars.items():
        print(f"  {bar}: {'yes' if met else 'NO'}")
    return all(bars.values())


def _stale(figures: Figures) -> list[float]:
    return figures.threads[0].staleness


def _resident(on: Stage) -> float:
    status = Path(f"/proc/{on.bridge.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) * 1024 / 1e6


def _delivered(on: Stage) -> int:
    return sum(words_of(one).startswith("notice ") for place in on.ada.channels for one in on.ada.messages(place))


def _opened(on: Stage, known: set[str]) -> str:
    """The thread of a turn that has begun since; "": there is none yet."""
    new = [one["id"] for one in on.ada.messages(on.general) if one["id"] not in known]
    return next((place for place in new if shown.statuses(on.ada.messages(place))), "")


async def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.flood", description="Notices by the thousand.")
    usual = Plan()
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--characters", type=int, default=usual.characters, help="of each answer")
    parser.add_argument("--rate", type=float, default=usual.rate, help="tokens (4 characters) a second")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--post", metavar="URL", help="for itself")
    parser.add_argument("--place", default="", help="for itself")
    options = parser.parse_args()
    if options.post:
        await post(options.post, sys.stdin.readline().strip(), options.clients, options.place)
        return 0
    print(f"command: python -m bench.flood {' '.join(sys.argv[1:])}")
    plan = Plan(1, options.characters, options.rate)
    rounds: list[Round] = []
    for number in range(1, options.rounds + 1):
        print(f"round {number} of {options.rounds}: {options.clients} clients beside a turn of {plan.seconds:.0f} s")
        rounds.append(await play(plan, options.clients))
        report(rounds[-1])
    return 0 if verdict(rounds) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
