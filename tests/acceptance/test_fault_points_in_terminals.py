"""A bridge that dies at a step of a terminal's hook: the terminal goes on by itself, and the bridge that comes after it
loses nothing, says nothing twice and leaves nothing open.

The steps of a hook are met one after the other in one session. The verdict comes from the transcript and the thread.
"""

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
from bench import shown
from bench.terminal import Home, attach, thread_of
from chaos.points import Point

from acceptance.steps import open_request, press
from antiphon.agent.wording import undecided
from antiphon.core.wording import ASKED_IN_TERMINAL
from terminals import LIMIT, NARROW, WIDE, Session, has_ended, needs_tmux, session, terminal

from chain import Chain

pytestmark = [needs_tmux, pytest.mark.timeout(240)]

# What is typed where the bridge dies at a hook, with {} for what Claude says in the end.
TYPED = {
    "UserPromptSubmit": "say: {}",
    "PreToolUse": "bash: echo a tool\nsay: {}",
    "MessageDisplay": "say: {}",
    "PostToolUse": "sleep 2\nsay: {}",
    "Stop": "slow 2\nsay: {}",
}
CARRIES = ("PostToolUse", "Stop")  # what waits goes along with these
AROUND = (Point.HOOK_RECEIVED, Point.HOOK_ANSWERED)
STEPS = [  # those of each hook at which something is different, in one session
    pytest.param("PostToolUse", (Point.HOOK_DECIDED,), id="PostToolUse, nobody knows its answer"),
    pytest.param("PostToolUse", AROUND, id="PostToolUse", marks=pytest.mark.slow),
    pytest.param("Stop", (AROUND[0], Point.HOOK_DECIDED, AROUND[1]), id="Stop", marks=pytest.mark.slow),
    *(pytest.param(hook, AROUND, id=hook, marks=pytest.mark.slow) for hook in TYPED if hook not in CARRIES),
]


async def play(one: Session, hook: str, point: Point) -> None:
    """Die at a step of a turn's hook, and come back; Ada has a message there where it can go along, else afterwards."""
    name = point.name.removeprefix("HOOK_").lower()
    async with one.killed_at(point, hook):
        await one.type(TYPED[hook], f"typed {name}")
        if hook in CARRIES:
            await one.works()
            await one.ask(f"written {name}", accepted=True)
    given = hook in CARRIES and point is Point.HOOK_ANSWERED
    await one.goes_on(f"written {name}" if given else f"typed {name}")
    if hook not in CARRIES:
        await one.ask(f"written {name}")
    await one.chain.bridge.start()
    await one.settled()


@pytest.mark.slow
@pytest.mark.parametrize(("hook", "points"), STEPS)
async def test_a_kill_at_a_hook_of_a_turn_loses_nothing_and_repeats_nothing(
    unstarted: Chain, hook: str, points: Sequence[Point]
) -> None:
    async with session(unstarted, *(WIDE if hook == "Stop" else NARROW)) as one:
        for point in points:
            await play(one, hook, point)
        await one.ask("last")
        await one.settled()


@pytest.mark.slow
async def test_a_kill_while_a_session_is_woken_loses_nothing_and_tells_what_is_undecided(unstarted: Chain) -> None:
    async with session(unstarted) as one:
        for point in (Point.HOOK_RECEIVED, Point.HOOK_ANSWERED):
            text = f"written {point.name}"
            async with one.killed_at(point, "wake"):
                await one.ask(text)
            if point is Point.HOOK_ANSWERED:
                await one.goes_on(text)
            await one.chain.bridge.start()
            await one.settled()
        async with one.killed_at(Point.HOOK_DECIDED, "wake"):
            await one.ask("nobody knows")
        await one.chain.bridge.start()
        await one.chain.shown(one.place, undecided("say: nobody knows"), 90)
        one.forget("nobody knows")
        await one.settled()
        await one.chain.bridge.kill()
        await one.type("say: {}", "alone")
        await one.goes_on("alone")
        await one.chain.bridge.start()
        await one.settled()


@pytest.mark.slow
async def test_a_kill_before_what_a_transcript_shows_is_in_the_database_shows_it_once(unstarted: Chain) -> None:
    async with session(unstarted) as one:
        async with one.killed_at(Point.PROMPT_READ):
            await one.type("say: {}", "typed")
        await one.goes_on("typed")
        await one.chain.bridge.start()
        await one.settled()
        async with one.killed_at(Point.PROMPT_READ):
            await one.ask("woken")
        await one.goes_on("woken")
        await one.chain.bridge.start()
        await one.settled()
        async with one.killed_at(Point.PROMPT_READ, nth=2):  # the first one is what is typed
            await taken_in(one, "last")
        await one.goes_on("written last")
        await one.chain.bridge.start()
        await one.settled()


@pytest.mark.slow
async def test_a_kill_while_a_prompt_is_taken_in_shows_it_once_whenever_the_bridge_is_back(unstarted: Chain) -> None:
    async with session(unstarted) as one:
        async with one.killed_at(Point.PROMPT_KEPT):
            await taken_in(one, "while it works")
        await one.chain.bridge.start()
        await one.settled()
        async with one.killed_at(Point.PROMPT_KEPT):
            await taken_in(one, "afterwards")
        await one.goes_on("written afterwards")
        await one.chain.bridge.start()
        await one.settled()
        await one.chain.restart()
        await one.ask("last")
        await one.settled()


async def taken_in(one: Session, text: str) -> None:
    """Ada writes while a tool runs: Claude gets that with its result, and has more to do."""
    await one.type("sleep 2\nsleep 3\nsay: {}", f"typed {text}")
    await one.works()
    await one.ask(f"written {text}", accepted=True)


@pytest.mark.slow
async def test_a_request_of_a_killed_bridge_is_answered_in_the_terminal_and_stays_open_nowhere(
    unstarted: Chain,
) -> None:
    async with session(unstarted, asks=True) as one:
        for n, point in enumerate((AROUND[0], Point.HOOK_DECIDED, AROUND[1])):
            async with one.killed_at(point, "PermissionRequest"):
                await one.type(f"write {n}.txt: there\nsay: {{}}", f"written {n}")
                if point is not Point.HOOK_RECEIVED:
                    await press(one.chain, await open_request(one.chain, one.place), "allow")
            if point is not Point.HOOK_ANSWERED:
                await one.claude.until(lambda screen: "Do you want" in screen, LIMIT)
                await one.chain.bridge.start()
                await one.claude.answer_dialog("Enter")
            else:
                await one.goes_on(one.said[-1])
                await one.chain.bridge.start()
            await one.settled()
            assert (one.chain.project / f"{n}.txt").exists()
        await one.type("write open.txt: there\nsay: {}", "written open")
        await open_request(one.chain, one.place)
        await one.chain.restart()
        await one.chain.ada.until(lambda ada: not any(map(shown.open_buttons, ada.messages(one.place))), LIMIT)
        await one.chain.shown(one.place, ASKED_IN_TERMINAL)
        await one.claude.answer_dialog("Enter")
        await one.settled()


@pytest.mark.slow
async def test_a_kill_while_a_session_is_closed_tells_its_end_once_and_keeps_what_waits(unstarted: Chain) -> None:
    async with session(unstarted) as one:
        for closed, point in enumerate((Point.HOOK_RECEIVED, Point.HOOK_ANSWERED), 1):
            async with one.killed_at(point, "SessionEnd"):
                await one.claude.type("/exit")
            await one.ask(f"written {closed}")
            await one.chain.bridge.start()
            await one.chain.ada.until(lambda _, closed=closed: one.closed() == closed, LIMIT)
            await one.claude.close()
            await one.claude.resume()
            await one.settled()
            assert one.closed() == closed


@pytest.mark.slow
async def test_a_bridge_that_a_session_starts_and_that_dies_at_once_is_missed_by_nobody(unstarted: Chain) -> None:
    chain = unstarted
    Home(chain.world).create()
    chain.world.configure({"discord": {"token": chain.world.about["bot_token"], "api": chain.world.about["api"]}})
    chain.world.config.chmod(0o600)
    await attach(chain.world)
    state = chain.world.root / "state"
    async with terminal(chain) as claude:
        killing = asyncio.create_task(kill_once_there(state / "terminals" / "bridge.pid"))
        await claude.run(
            *("--session-id", claude.session), ANTIPHON_STATE_DIR=str(state), XDG_RUNTIME_DIR=str(state.parent / "run")
        )
        await killing
        one = Session(chain, claude, said=["alone"])
        await claude.type("say: alone")
        await claude.transcript.until(lambda lines: has_ended(lines, "alone"), limit=LIMIT)
        await chain.bridge.start()
        one.place = await thread_of(chain.ada, "say: alone")
        await one.type("say: {}", "together")
        await one.settled()


async def kill_once_there(path: Path) -> None:
    """SIGKILL to the bridge that a session has started, as soon as it says which process it is."""
    async with asyncio.timeout(LIMIT):
        while not (pid := await asyncio.to_thread(lambda: path.read_text() if path.exists() else "")):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    os.kill(int(pid), signal.SIGKILL)
