"""The bridge with Claude Code played by a few lines: for more threads than this machine bears real processes.

Everything else is as it is: the daemon in a process of its own, its database, its outbox, discord.py.
The prompt is the scripted model's ("stream N RATE"); what leaves is written down as the model's record has it.
"""

import asyncio
import json
import logging
import multiprocessing
import re
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from multiprocessing.synchronize import Event
from pathlib import Path

from antiphon import daemon
from antiphon.agent.process.installation import Installation
from antiphon.config.load import load_configuration
from antiphon.config.settings import Settings
from antiphon.core.events import AgentEvent, ReplyStarted, TextDelta, TextFinished, TurnEnded
from antiphon.core.values import Answer, Project, Prompt, Session
from antiphon.demo.world import World
from antiphon.standin.model import stream_text
from antiphon.standin.model.stream import CHARACTERS_PER_TOKEN

_START_LIMIT, _STOP_LIMIT = 60.0, 30.0  # seconds
_DELTAS_PER_SECOND = 50  # as the scripted model sends
_STREAM = re.compile(r"stream (\d+) (\d+)$")

Post = Callable[[AgentEvent], None]


class Actor:
    """A link that plays the answer. `record`: the file for what left, a line for each prompt."""

    def __init__(self, post: Post, record: Path) -> None:
        self._post = post
        self._record = record
        self._playing: asyncio.Task[None] | None = None

    async def send(self, prompt: Prompt) -> None:
        """Begin to answer."""
        self._playing = asyncio.create_task(self._play(prompt), name="played answer")

    async def interrupt(self) -> None:
        """End the answer."""
        if self._playing is not None:
            self._playing.cancel()

    def answer(self, answer: Answer) -> bool:
        """Nothing is ever asked."""
        return False

    async def _play(self, prompt: Prompt) -> None:
        found = _STREAM.search(prompt.text)
        assert found is not None, prompt.text
        text, rate = stream_text(int(found[1])), float(found[2])
        piece = max(1, round(rate / _DELTAS_PER_SECOND)) * CHARACTERS_PER_TOKEN
        self._post(ReplyStarted())  # and no word of a session: there is none that the real Claude Code could resume
        start = time.monotonic()
        sent = [(start, 0)]
        for at in range(0, len(text), piece):
            part = text[at : at + piece]
            written = at + len(part)
            if (wait := start + written / CHARACTERS_PER_TOKEN / rate - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            self._post(TextDelta(part))
            sent.append((time.monotonic(), written))
        self._post(TextFinished(text))
        self._post(TurnEnded("done", prompts=(prompt.turn,)))
        with self._record.open("a") as file:
            file.write(json.dumps([prompt.text, sent]) + "\n")


class Played:
    """The bridge as a child process; what bench.stage.Stage wants of one."""

    def __init__(self, world: World) -> None:
        self._env = world.environment()
        self._config = world.config
        self._record = world.root / "played.jsonl"
        self.lines: list[str] = []
        self._context = multiprocessing.get_context("spawn")

    @property
    def pid(self) -> int:
        """The child's process id."""
        assert self._process.pid is not None
        return self._process.pid

    def sent(self, words: str) -> list[tuple[float, int]]:
        """What left of the answer to these words, as `ScriptedModel.sent` has it."""
        for line in self._record.read_text().splitlines():
            prompt, sent = json.loads(line)
            if prompt == words:
                return [(when, count) for when, count in sent]
        return []

    async def start(self) -> None:
        """Return when it is connected."""
        connected = self._context.Event()
        arguments = (self._env, self._config, self._record, connected)
        self._process = self._context.Process(target=_serve, args=arguments, name="bridge", daemon=True)
        self._process.start()
        if not await asyncio.to_thread(connected.wait, _START_LIMIT):
            self._process.kill()
            raise TimeoutError("the bridge did not connect")

    async def stop(self) -> None:
        """SIGTERM, as for the real one."""
        self._process.terminate()
        await asyncio.to_thread(self._process.join, _STOP_LIMIT)
        if self._process.is_alive():
            self._process.kill()


class _Connected(logging.Handler):
    """Says that the bridge is connected."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self._event = event

    def emit(self, record: logging.LogRecord) -> None:
        """See logging.Handler."""
        if "connected as" in record.getMessage():
            self._event.set()


def _serve(env: Mapping[str, str], config: Path, record: Path, connected: Event) -> None:
    class Stage:
        """Opens actors; stands in the place of Claude Code."""

        def __init__(self, _launch: Installation) -> None:
            pass

        def load(self) -> None:
            """There is nothing to load."""

        @asynccontextmanager
        async def open(self, _session: Session, _project: Project, post: Post) -> AsyncGenerator[Actor]:
            actor = Actor(post, record)
            yield actor
            await actor.interrupt()

    assert daemon.LazyAgent is not Stage  # there is such a name: under another one nothing would be played
    daemon.LazyAgent = Stage  # pyright: ignore[reportAttributeAccessIssue] - what this module is for
    logging.getLogger("antiphon").addHandler(_Connected(connected))
    logging.getLogger("antiphon").setLevel(logging.INFO)
    read = partial(load_configuration, env, config)
    settings = read().settings
    assert isinstance(settings, Settings)
    root = config.parent
    places = daemon.Places(root / "state", root / "home" / ".claude", root / "runtime")
    asyncio.run(daemon.run(daemon.Start(settings, places, read)))
