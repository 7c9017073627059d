"""`make bench-hooks`: what our hooks cost whoever runs Claude Code in a terminal, and how soon Discord gets through.

Beside them, BARE: the same hooks, answered `{}` at once by the smallest server there is, in a process of its own.

1. The requests of a real session's hooks, written down once, are sent to both in turn (A B B A), each on a connection
   of its own. The session stands in the middle of a turn meanwhile and its bridge goes on with its work, so that ours
   are answered as in life. Then the same prompt in terminals with our hooks, the bare ones and none, in turn as well,
   by the times in the transcripts. The local Discord and the model are on the same cores: what they take for our thread
   is in our figures.
2. A message in the thread of an idle session, until it stands in the transcript.
3. A click on Allow, until the file is there that the tool was to write.
"""

import argparse
import asyncio
import json
import multiprocessing
import random
import signal
import socket
import statistics
import sys
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import Any

from aiohttp import web

from antiphon.attach import plugin
from antiphon.attach import state as attach_state
from antiphon.standin import Limits, StandIn
from bench import shown
from bench.stage import Stage, cpu, stage
from bench.terminal import TMUX, Home, Json, Terminal, attach, prompts_in, terminal, thread_of, written

_EVENTS = ("PreToolUse", "PostToolUse", "MessageDisplay")
_RECORDED = "tools 10\nlong 4000\nbash: echo on\nhang"  # then it stands, in the middle of a turn
_QUIET = 1.5  # seconds without a hook after which it stands
_WARM_UP = 20  # pairs that do not count
_PAUSE = (0.01, 0.03)  # seconds between two requests that are sent anew, at random: no rhythm meets the bridge's
_SETTLED = 2.5  # seconds after a turn in which the bridge finishes what it does for it
_TOOLS = 40
_ALLOWED = ("--allowedTools", "Bash(echo:*)")
_LOOK = 0.003  # seconds between two looks for what is waited for
_ASKED = 60.0  # seconds until anything is to be seen
_WAKE, _CLICK = 1.5, 0.5  # the bars, in seconds: the slowest
_SPAWN = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A hook's request, as Claude Code has sent it."""

    name: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def to(self, port: int) -> bytes:
        """The same for another server, which closes the connection when it has answered."""
        there = {"Host": f"127.0.0.1:{port}", "Connection": "close"}
        lines = [f"{name}: {there.get(name, value)}" for name, value in self.headers]
        return "\r\n".join((f"POST /hook/{self.name} HTTP/1.1", *lines, "", "")).encode("latin-1") + self.body


# The servers beside ours


def _serve_bare(ready: Connection) -> None:
    """Runs in a process of its own until it is terminated."""

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.json_response({})

    async def serve() -> None:
        async with _serving(answer) as port:
            ready.send(port)
            await asyncio.Event().wait()

    asyncio.run(serve())


@asynccontextmanager
async def _serving(answer: Any) -> AsyncGenerator[int]:
    application = web.Application(client_max_size=1 << 26)
    application.router.add_post("/hook/{name}", answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        await web.SockSite(runner, listening).start()
        try:
            yield listening.getsockname()[1]
        finally:
            await runner.cleanup()


@asynccontextmanager
async def bare() -> AsyncGenerator[int]:
    """The bare server's port."""
    ours, its = _SPAWN.Pipe()
    process = _SPAWN.Process(target=_serve_bare, args=(its,), name="bare hooks", daemon=True)
    process.start()
    its.close()  # so that the end of the process is seen
    try:
        yield await asyncio.to_thread(ours.recv)
    finally:
        process.terminate()
        await asyncio.to_thread(process.join)


def hooks_to(on: Stage, port: int) -> dict[str, Any]:
    """Our HTTP hooks, to another server."""
    state = on.world.root / "state"
    told = attach_state.read(state)
    assert told is not None
    found = plugin.hooks(replace(told, port=port), state, ())
    return {name: one for name, one in found.items() if one[0]["hooks"][0]["type"] == "http"}


# 1. What a hook costs


async def replayed(on: Stage, home: Home, bare_port: int, pairs: int) -> None:
    """The same requests, to both in turn; prints what they took."""
    told = attach_state.read(on.world.root / "state")
    assert told is not None
    print(f"\na hook's request until its answer, {pairs} pairs in turn (ms)")
    print(f"  {'':<16} {'bare':^15} {'ours':^15} {'ours - bare':^15}  ratio of")
    print(f"  {'':<16} {'median':>7} {'p95':>7} {'median':>7} {'p95':>7} {'median':>7} {'p95':>7}  medians")
    async with _standing(on, home) as recorded:
        for event in _EVENTS:
            found = [one for one in recorded if one.name == event]
            with ProcessPoolExecutor(1, _SPAWN) as pool:
                sending = pool.submit(_send_all, found, (bare_port, told.port), pairs)
                times = await asyncio.wrap_future(sending)
            bares, ours = ([pair[which] for pair in times] for which in (0, 1))
            more = [own - other for other, own in times]
            row = " ".join(f"{one * 1000:7.2f}" for part in (bares, ours, more) for one in (_median(part), _p95(part)))
            print(f"  {event:<16} {row}  {_median(ours) / _median(bares):.2f}", flush=True)


@asynccontextmanager
async def _standing(on: Stage, home: Home) -> AsyncGenerator[list[Recorded]]:
    """A session that stands in the middle of a turn: it is in a thread, and these are the hooks that it has called."""
    recorded: list[Recorded] = []
    last = time.monotonic()

    async def record(request: web.Request) -> web.Response:
        nonlocal last
        last = time.monotonic()
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers)
        recorded.append(Recorded(request.match_info["name"], headers, await request.read()))
        return web.json_response({})

    async with _serving(record) as port:
        settings = on.world.root / "recorded.json"
        settings.write_text(json.dumps({"hooks": hooks_to(on, port)}))
        async with terminal(on.world, home, "--settings", str(settings), *_ALLOWED) as claude:
            await claude.type(_RECORDED)
            await thread_of(on.ada, _RECORDED)
            await _until(lambda: {one.name for one in recorded}.issuperset(_EVENTS) and _since(last) > _QUIET)
            assert not any(one.name == "Stop" for one in recorded)
            yield recorded


def _send_all(found: Sequence[Recorded], ports: tuple[int, int], pairs: int) -> list[tuple[float, float]]:
    """Runs in a process of its own: the seconds of each pair, the first port's and the second's."""
    dice = random.Random(1)
    times: list[tuple[float, float]] = []
    for n in range(pairs + _WARM_UP):
        took = [0.0, 0.0]
        for which in (0, 1) if n % 2 == 0 else (1, 0):
            time.sleep(dice.uniform(*_PAUSE))
            took[which] = _send(found[n % len(found)].to(ports[which]), ports[which])
        times.append((took[0], took[1]))
    return times[_WARM_UP:]


def _send(request: bytes, port: int) -> float:
    begun = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while new := connection.recv(1 << 16):
            answer += new
            if answer.endswith(b"\r\n\r\n{}"):
                break
        took = time.perf_counter() - begun
    if not (answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"\r\n\r\n{}")):
        raise RuntimeError(f"a hook was answered: {answer!r}")
    return took


async def in_turns(on: Stage, homes: Mapping[str, Home], runs: int) -> None:
    """The same prompt in terminals with different hooks, in turn; prints what a tool call took."""
    calls: dict[str, list[float]] = {name: [] for name in homes}  # a whole turn's time, for each of its calls
    steps: dict[str, list[list[float]]] = {name: [] for name in homes}  # from each call to the next one
    costs: dict[str, list[float]] = {name: [] for name in homes}  # the bridge's CPU for each call
    for n in range(runs):
        for name in homes if n % 2 == 0 else reversed([*homes]):
            async with terminal(on.world, homes[name], *_ALLOWED) as claude:
                await _tools(claude, n + 3)  # a session's first turn takes longer
                place = await thread_of(on.ada, f"tools {n + 3}") if name == "ours" else None
                await asyncio.sleep(_SETTLED)
                used = cpu(on.bridge.pid)
                took, between = await _tools(claude, _TOOLS)
                costs[name].append((cpu(on.bridge.pid) - used) / _TOOLS)
                if place is not None:  # else it would be the figure of a session that is left alone
                    await on.ended(place, 2)
            calls[name].append(took / _TOOLS)
            steps[name].append(between)
    print(f"\n`tools {_TOOLS}` in a terminal, {runs} sessions with each kind of hooks in turn (ms a tool call)")
    print("  whole turn: from prompt to end, by its calls; a step: from one call to the next, their median")
    for name in homes:
        each = ", ".join(f"{one * 1000:.1f}" for one in calls[name])
        step = _median([one for turn in steps[name] for one in turn])
        print(f"  {name:<5} whole turn {_median(calls[name]) * 1000:6.1f} ({each}),", end=" ")
        print(f"a step {step * 1000:6.1f}; the bridge's own CPU {_median(costs[name]) * 1000:.1f}")
    for other, own in (("none", "bare"), ("none", "ours"), ("bare", "ours")):
        turns = [two - one for one, two in zip(calls[other], calls[own], strict=True)]
        more = [b - a for one, two in zip(steps[other], steps[own], strict=True) for a, b in zip(one, two, strict=True)]
        ratio = _median(calls[own]) / _median(calls[other])
        print(f"  {own} - {other}: whole turn {_median(turns) * 1000:+6.1f} (paired; ratio {ratio:.2f}),", end=" ")
        print(f"a step {_median(more) * 1000:+6.1f} (paired, median of {len(more)})", flush=True)


async def _tools(claude: Terminal, number: int) -> tuple[float, list[float]]:
    """A turn of so many calls, by its transcript: how long it took, and the times between its calls."""
    before = len(claude.transcript.look())

    def ended(lines: list[Json]) -> bool:
        return any(one.get("subtype") == "turn_duration" for one in lines[before:])

    await claude.type(f"tools {number}")
    await claude.transcript.until(ended)
    new = claude.transcript.lines[before:]
    begun = next(written(one) for one in new if one["type"] == "user")
    done = next(written(one) for one in new if one.get("subtype") == "turn_duration")
    called = [written(one) for one in new if _is_call(one)]
    assert len(called) == number, f"{len(called)} calls"
    return done - begun, [after - one for one, after in pairwise(called)]


def _is_call(line: Json) -> bool:
    return line["type"] == "assistant" and any(one["type"] == "tool_use" for one in line["message"]["content"])


# 2. and 3. How soon Discord gets through


async def wakes(on: Stage, home: Home, times: int) -> bool:
    """Messages to an idle session; prints, and whether it is as quick as it has to be."""
    took: list[float] = []
    async with terminal(on.world, home) as claude:
        await claude.type("say: ready")
        place = await thread_of(on.ada, "say: ready")
        await on.ended(place)
        for n in range(times):
            await asyncio.sleep(_SETTLED)
            words = f"say: woken {n}"
            begun = time.monotonic()
            saying = asyncio.create_task(on.ada.say(place, words), name="say")
            await claude.transcript.until(
                lambda lines, words=words: any(words in prompts_in(one) for one in reversed(lines)), _LOOK
            )
            took.append(time.monotonic() - begun)
            await saying
            await on.ended(place, n + 2)
    return _verdict(f"message → an idle session has it in its transcript, {times} times", took, _WAKE)


async def clicks(on: Stage, home: Home, times: int) -> bool:
    """Clicks on Allow; prints, and whether it is as quick as it has to be."""
    took: list[float] = []
    files = [on.world.project / f"allowed-{n}.txt" for n in range(times)]
    words = "\n".join(f"write {file.name}: by a click" for file in files)
    async with terminal(on.world, home) as claude:
        await claude.type(words)
        place = await thread_of(on.ada, words)
        pressed: set[str] = set()
        for file in files:
            message, custom_id = await _asked(on, place, pressed)
            pressed.add(custom_id)
            await asyncio.sleep(_SETTLED - 1)  # a person takes longer
            assert not file.exists()
            begun = time.monotonic()
            clicking = asyncio.create_task(on.ada.click(message, custom_id), name="click")
            await _until(file.exists)
            took.append(time.monotonic() - begun)
            assert (await clicking).kind == "success"
        await on.ended(place)
    return _verdict(f"click on Allow → the file is there that the tool writes, {times} times", took, _CLICK)


async def _asked(on: Stage, place: str, pressed: set[str]) -> tuple[Json, str]:
    """Wait for a request that nobody has answered; its message, and the id of its Allow."""

    def found(_: object) -> list[tuple[Json, str]]:
        ids = [(one, id_) for one in on.ada.messages(place) for id_ in shown.open_buttons(one)]
        return [(one, id_) for one, id_ in ids if id_.startswith("a1:allow:") and id_ not in pressed]

    return (await on.ada.until(found, _ASKED) or [])[0]


async def _until(found: Callable[[], bool]) -> None:
    ends = time.monotonic() + _ASKED
    while not found():
        if time.monotonic() > ends:
            raise TimeoutError(f"not seen within {_ASKED:.0f} s")
        await asyncio.sleep(_LOOK)


def _since(moment: float) -> float:
    return time.monotonic() - moment


def _verdict(what: str, took: Sequence[float], most: float) -> bool:
    good = max(took) <= most
    print(f"\n{what} (ms)")
    print(f"  median {_median(took) * 1000:.0f}, worst {max(took) * 1000:.0f}", end="; ")
    print(f"at most {most * 1000:.0f}: {'yes' if good else 'NO'}", flush=True)
    return good


def _median(values: Sequence[float]) -> float:
    return statistics.median(values)


def _p95(values: Sequence[float]) -> float:
    return sorted(values)[round(len(values) * 0.95) - 1]


async def main(arguments: argparse.Namespace) -> int:
    if TMUX is None:
        print("tmux is not installed: there is no terminal to measure in")
        return 0
    if (task := asyncio.current_task()) is not None:  # else its terminals would outlive it
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    print(f"command: python -m bench.hooks --pairs {arguments.pairs} --runs {arguments.runs} --times {arguments.times}")
    async with stage(standin=StandIn(limits=Limits(identify_window=0.0))) as on, bare() as bare_port:
        await on.bridge.stop()
        ours = Home(on.world).create()
        await attach(on.world)
        await on.bridge.start()
        others = {
            "none": Home(on.world, "home-none").create(),
            "bare": Home(on.world, "home-bare").create(hooks_to(on, bare_port)),
        }
        await replayed(on, ours, bare_port, arguments.pairs)
        await in_turns(on, {**others, "ours": ours}, arguments.runs)
        good = [await wakes(on, ours, arguments.times), await clicks(on, ours, arguments.times)]
    return 0 if all(good) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.hooks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--pairs", type=int, default=300, help="of each kind of hook's requests")
    parser.add_argument("--runs", type=int, default=4, help="sessions with each kind of hooks")
    parser.add_argument("--times", type=int, default=10, help="messages, and clicks")
    sys.exit(asyncio.run(main(parser.parse_args())))
