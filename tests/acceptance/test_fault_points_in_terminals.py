"""A bridge that dies at a step of a terminal's hook: the terminal goes on by itself, and the bridge that comes after it
loses nothing, says nothing twice and leaves nothing open.

The steps of a hook are met one after the other in one session. The verdict comes from the transcript and the thread.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from bench import shown
from bench.terminal import Terminal
from chaos.points import Point

from antiphon.demo.process import BridgeProcess
from terminals import attached, needs_tmux, received, terminal, typed

from chain import Chain, Json

pytestmark = [needs_tmux, pytest.mark.timeout(240)]

ROOT = Path(__file__).parents[2]
LIMIT = 20  # seconds; a terminal takes two for any of these turns, whether a bridge is there or not
STEPS = (Point.HOOK_RECEIVED, Point.HOOK_DECIDED, Point.HOOK_ANSWERED)
# What is typed where the bridge dies at a hook, with {} for what Claude says in the end.
TYPED = {
    "UserPromptSubmit": "say: {}",
    "PreToolUse": "bash: echo a tool\nsay: {}",
    "MessageDisplay": "say: {}",
    "PostToolUse": "sleep 2\nsay: {}",
    "Stop": "slow 2\nsay: {}",
}
CARRIES = ("PostToolUse", "Stop")  # what waits goes along with these


@dataclass
class Session:
    """One session in a terminal, and what was said in it."""

    chain: Chain
    claude: Terminal
    place: str = ""
    asked: list[str] = field(default_factory=list[str])  # Ada's messages
    said: list[str] = field(default_factory=list[str])  # what Claude says, in order

    async def ask(self, text: str, *, accepted: bool = False) -> None:
        """Ada writes. `accepted`: a bridge is there, and has it."""
        self.asked.append(f"say: {text}")
        self.said.append(text)
        if accepted:
            await self.chain.accepted(self.place, self.asked[-1])
        else:
            await self.chain.ask(self.asked[-1], self.place)

    async def type(self, text: str, said: str) -> None:
        """Somebody types that at the terminal, and Claude says something to it."""
        self.said.append(said)
        await self.claude.type(text.format(said))

    @asynccontextmanager
    async def killed_at(self, point: Point, hook: str = "") -> AsyncGenerator[None]:
        """A bridge that has died at the point by the end of this, and no other."""
        await self.chain.bridge.stop()
        at = ":".join(filter(None, (point.name, hook)))
        env = {**self.chain.world.environment(), "PYTHONPATH": str(ROOT)}
        doomed = BridgeProcess(self.chain.world.config, env, ("-m", "chaos.doomed", at))
        await doomed.start()
        try:
            yield
            assert await doomed.ended() == -9, doomed.lines
        finally:
            await doomed.kill()

    async def goes_on(self, said: str) -> None:
        """Claude says that, and its turn ends, with no bridge there."""
        assert self.chain.bridge.returncode is not None
        await self.claude.transcript.until(lambda lines: has_ended(lines, said), limit=LIMIT)

    async def settled(self) -> None:
        """Everything stands in the thread and in the transcript, once and in order; each turn has ended well."""
        ada, place = self.chain.ada, self.place
        await ada.until(lambda _: self.heard() == self.said, LIMIT)
        await ada.until(lambda _: len(self.chain.ends(place)) == len(self.chain.statuses(place)), LIMIT)
        assert received(self.chain) == self.asked
        assert all("Done" in one for one in self.chain.ends(place))
        assert not any(shown.open_buttons(one) for one in ada.messages(place))

    def heard(self) -> list[str]:
        """What Claude has said, of what it was to say."""
        return [one for one in self.chain.chunks(self.place) if one in self.said]


def has_ended(lines: list[Json], said: str) -> bool:
    """Whether the transcript has that of Claude, and the end of its turn."""
    at = [n for n, one in enumerate(lines) if one["type"] == "assistant" and said in str(one["message"]["content"])]
    return bool(at) and any(one.get("subtype") == "turn_duration" for one in lines[at[-1] :])


@asynccontextmanager
async def session(chain: Chain, **options: Any) -> AsyncGenerator[Session]:
    """A session in an attached terminal, with its thread."""
    await attached(chain, **options)
    async with terminal(chain) as claude:
        await claude.start()
        found = Session(chain, claude, said=["ready"])
        found.place = await typed(chain, claude, "say: ready")
        await found.settled()
        yield found


async def play(one: Session, hook: str, point: Point) -> None:
    """Die at a step of a turn's hook, and come back; Ada has a message there where it can go along, else afterwards."""
    name = point.name.removeprefix("HOOK_").lower()
    async with one.killed_at(point, hook):
        await one.type(TYPED[hook], f"typed {name}")
        if hook in CARRIES:
            await one.chain.ada.until(lambda _: len(one.chain.ends(one.place)) < len(one.chain.statuses(one.place)))
            await one.ask(f"written {name}", accepted=True)
    given = hook in CARRIES and point is Point.HOOK_ANSWERED
    await one.goes_on(f"written {name}" if given else f"typed {name}")
    if hook not in CARRIES:
        await one.ask(f"written {name}")
    await one.chain.bridge.start()
    await one.settled()


@pytest.mark.parametrize("hook", TYPED)
@pytest.mark.slow
async def test_a_kill_at_a_hook_of_a_turn_loses_nothing_and_repeats_nothing(unstarted: Chain, hook: str) -> None:
    async with session(unstarted) as one:
        for point in STEPS:
            await play(one, hook, point)
        await one.ask("last")
        await one.settled()
