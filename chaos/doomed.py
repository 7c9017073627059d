"""`python -m chaos.doomed [FREEZE:]POINT[:HOOK][:NTH] ...`: `antiphon run ...`, but SIGKILL strikes at a fault point.

POINT is a name of `chaos.points.Point` in any case; the process dies there when it comes to it for the NTH time (the
first). FREEZE: it is stopped there by SIGSTOP, and goes on with SIGCONT. HOOK, for the points at hooks alone: whose, as
Claude Code calls it, or `wake`. Everything is the product's own code: only the one port at whose boundary the point
lies is wrapped.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any, cast

from aiohttp import web

from antiphon.agent.events.event_stream import EventStream
from antiphon.agent.process.claude import _Process  # pyright: ignore[reportPrivateUsage]
from antiphon.agent.terminal.reader import Reader
from antiphon.agent.terminal.tmux import Pane
from antiphon.attach import endpoint
from antiphon.chat.delivery.poster import Poster
from antiphon.cli.main import main
from antiphon.core.blocks import End, SteerBlock
from antiphon.core.events import PromptTyped, SteerDelivered, TextDelta
from antiphon.core.records import prompt_in
from antiphon.store import Store
from chaos.points import AT_HOOKS, Point


def arm(point: Point, nth: int, hook: str, number: signal.Signals) -> None:
    """Make this process get that signal at the point. `hook`: at whose, for one of those."""
    come = 0

    def strike(here: bool) -> None:
        nonlocal come
        come += here
        if here and come == nth:
            os.kill(os.getpid(), number)

    match point:
        case Point.BEFORE_ACCEPT:
            _before(Store, "accept", lambda call: strike(_is_message(call)))
        case Point.ACCEPTED:
            _after(Store, "accept", lambda new, call: strike(new and _is_message(call)))
        case Point.CLAIMED:
            _after(Store, "claim", lambda items, *_: strike(_has_prompt(items)))
        case Point.BEGUN:
            _before(_Process, "send", lambda _: strike(True))
        case Point.DURING_TURN:
            _at_first_words(strike)
        case Point.ENDED:
            _before(Store, "emit", lambda _, rows, *__: strike(_has_end(rows)))
        case Point.EMITTED:
            _after(Store, "emit", lambda _, __, rows, *___: strike(_has_end(rows)))
        case Point.POSTED:
            _after(Poster, "send", lambda *_: strike(True))
        case Point.HOOK_RECEIVED | Point.HOOK_DECIDED | Point.HOOK_ANSWERED:
            for route in ("_hook", "_wake"):
                _at_hook(route, point, lambda name: strike(name == hook))
        case Point.FIRED:
            _after(Store, "fire", lambda new, *_: strike(new))
        case Point.RUN_STARTED:
            _after(Store, "start_run", lambda new, *_: strike(new))
        case Point.GONE_ON:
            _after(Store, "go_on", lambda new, *_: strike(new))
        case Point.TYPED:
            _before(Pane, "enter", lambda: strike(True))
        case Point.PROMPT_READ:
            _at_prompts(strike)
        case Point.PROMPT_KEPT:
            _after(Store, "emit", lambda _, __, rows, *___: strike(_has_steer(rows)))


def _before(owner: type, name: str, look: Callable[..., None]) -> None:
    """Let `look` see the arguments of a method before it runs."""
    method: Callable[..., Any] = getattr(owner, name)

    async def wrapped(self: object, *arguments: Any) -> Any:
        look(*arguments)
        return await method(self, *arguments)

    setattr(owner, name, wrapped)


def _after(owner: type, name: str, look: Callable[..., None]) -> None:
    """Let `look` see what a method returned, and its arguments, before anybody else does."""
    method: Callable[..., Any] = getattr(owner, name)

    async def wrapped(self: object, *arguments: Any) -> Any:
        result = await method(self, *arguments)
        look(result, *arguments)
        return result

    setattr(owner, name, wrapped)


def _at_first_words(strike: Callable[[bool], None]) -> None:
    receive = EventStream.receive

    def wrapped(self: EventStream, message: Any) -> Any:
        events = receive(self, message)
        strike(any(isinstance(event, TextDelta) for event in events))
        return events

    cast("Any", EventStream).receive = wrapped


def _at_hook(route: str, point: Point, strike: Callable[[str], None]) -> None:
    make: Callable[..., Any] = getattr(endpoint, route)

    def wrapped(hooks: endpoint.TerminalHooks) -> endpoint.Handler:
        handler = make(hooks)

        async def handle(request: web.Request) -> web.StreamResponse:
            name = request.match_info.get("name", "wake")
            if point is Point.HOOK_RECEIVED:
                strike(name)
            response = await handler(request)
            if point is Point.HOOK_DECIDED:
                strike(name)
            if point is Point.HOOK_ANSWERED:
                await response.prepare(request)
                await response.write_eof()
                strike(name)
            return response

        return handle

    setattr(endpoint, route, wrapped)


def _at_prompts(strike: Callable[[bool], None]) -> None:
    read = Reader.read

    def wrapped(self: Reader, line: Any) -> Any:
        for event in read(self, line):
            strike(isinstance(event, PromptTyped | SteerDelivered))
            yield event

    cast("Any", Reader).read = wrapped


def _is_message(call: Any) -> bool:
    return prompt_in(call.content) is not None


def _has_prompt(items: Sequence[Any]) -> bool:
    return any(prompt_in(item.content) is not None for item in items)


def _has_end(rows: Sequence[Any]) -> bool:
    return any(isinstance(row.content, End) for row in rows)


def _has_steer(rows: Sequence[Any]) -> bool:
    return any(isinstance(row.content, SteerBlock) for row in rows)


if __name__ == "__main__":
    words = sys.argv[1].split(":")
    freeze = words[0].upper() == "FREEZE"
    name, *more = words[freeze:]
    point = Point[name.upper()]
    hook = more.pop(0) if point in AT_HOOKS else ""
    arm(point, int(*more or (1,)), hook, signal.SIGSTOP if freeze else signal.SIGKILL)
    main(["run", *sys.argv[2:]])
