"""One session that is open in a terminal, while it is: what Claude does there, and the way in.

The follower looks into the transcript whenever a hook rings, and every so often while something is under way. Answers
to hooks are quick: they wait for nothing but a person's answer, and for the database where a prompt goes along.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from claude_agent_sdk import PermissionResultDeny

from antiphon.agent import wording
from antiphon.agent.disk.cli_processes import runs, status
from antiphon.agent.events.hook_calls import call_of, context
from antiphon.agent.json_values import mapping
from antiphon.agent.own_tools import OwnTools, decision, reason_to_ask, sendable_files
from antiphon.agent.permissions.permission_desk import PermissionDesk
from antiphon.agent.terminal.delivery import Way
from antiphon.agent.terminal.follower import Follower
from antiphon.agent.terminal.handover import Handover
from antiphon.agent.terminal.ports import TerminalPorts
from antiphon.agent.terminal.reader import Reader
from antiphon.agent.terminal.requests import TerminalRequests, decided
from antiphon.core import events
from antiphon.core.blocks import NoteBlock
from antiphon.core.events import AgentEvent
from antiphon.core.requests import ContextUsage, Rewind, Rewound
from antiphon.core.retry import Backoff
from antiphon.core.values import Answer, Choices, Project, Prompt, Session, ToolUseId, TurnId
from antiphon.errors import NotDone
from antiphon.tools.definitions import ToolResult, own_name

log = logging.getLogger(__name__)

# Seconds between two looks into the transcript. After a hook they grow from the first: Claude Code writes within 0.1 s.
_SOON, _AT_WORK, _IDLE = 0.02, 0.5, 2.0
_BUSY = 3.0  # seconds after a hook of Claude's work in which its turn stands in the transcript
_CHECK = 1.0  # seconds between two looks at the process
_QUIET = 2.0  # seconds for which an idle process has told nothing of its turn's end: it will not
_SHOWN_LATE = 2.0  # seconds after which a piece of text is no news any more
_KNOWN_WITHIN = 0.5  # seconds until a turn that a hook tells of stands in the transcript
_OF_WORK = ("UserPromptSubmit", "PreToolUse", "PostToolUse", "PostToolUseFailure")  # hooks of a turn that goes on
Reply = dict[str, Any]


class TerminalLink:
    """Implements the core's AgentLink."""

    def __init__(
        self,
        session: Session,
        project: Project,
        ports: TerminalPorts,
        post: Callable[[AgentEvent], None],
        transcript: Callable[[], Path | None],
    ) -> None:
        """`transcript`: finds it, once it is there. Where nothing of the session is known yet, what it tells from the
        session's start in this terminal on is told."""
        assert session.terminal is not None
        self.session = session
        self._terminal = session.terminal
        self._ports = ports
        self._disk = ports.installation.disk
        self._post = post
        self._handover = Handover(session, ports)
        self._delivery = self._handover.delivery
        since, shown_from = session.terminal.since, session.terminal.shown_from
        self._reader = Reader(project.directory, self._delivery, max(since, shown_from), shown_from)
        self._transcript = transcript
        self._follower: Follower | None = None
        desk = PermissionDesk(project.directory, project.claude.dangerous, post, self._disk)
        self._requests = TerminalRequests(desk, project.directory, self._reader, self._tell)
        self._sendable = sendable_files(session, project, ports.installation)
        self._guard = ports.installation.together.guard(session, project, post)
        self._others = ports.installation.together.news(session)
        self._tools = OwnTools(session, self._sendable, desk, post, ports.installation, self._guard)
        self._news = asyncio.Event()
        self._backoff = Backoff(_SOON, _IDLE)
        self._checked = 0.0  # when the process was looked at
        self._idle_since: float | None = None  # it has said so, and nothing else since
        self._busy_until = 0.0  # as hooks tell, which are quicker than the transcript
        self._displayed: list[tuple[float, str, str]] = []  # when, of which message, what the terminal has shown
        self._stop_wanted = False
        self._looking = asyncio.Lock()
        self.over = asyncio.Event()  # the terminal has closed it

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None]:
        """Follow the transcript while inside."""
        left = await self._ports.bus.unfinished(self._ports.lease, self.session.id)
        await self._handover.restore()
        self._reader.begin_after = left.anchor
        self._reader.running = left.turn is not None
        following = asyncio.create_task(self._follow(), name=f"terminal {self.session.id}")
        following.add_done_callback(self._followed)
        try:
            yield
        finally:
            following.cancel()
            await asyncio.wait({following})
            await self._requests.close()
            self._tools.turn_over()

    def _followed(self, task: asyncio.Task[None]) -> None:
        """A defect of ours is not to look like a session in which nothing happens."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a terminal is not followed any more", exc_info=error, extra={"session": self.session.id})
            self._post(events.TerminalClosed(crashed=True))

    @property
    def began(self) -> float:
        """When the session was opened in this terminal."""
        return self._terminal.since

    @property
    def pid(self) -> int:
        """Of the process that has it open."""
        return self._terminal.pid

    # The transcript

    async def _follow(self) -> None:
        while True:
            self._news.clear()
            try:
                await self.look()
                gone = await self._check()
            except OSError as error:
                log.debug("transcript of %s: %s", self.session.id, error)
                gone = False
            if gone or self.over.is_set():
                await self._leave()
                return
            if not self._at_work:
                await self._handover.begin_with()
                self._give_up()
            with suppress(TimeoutError):
                longest = _AT_WORK if self._reader.running or self._delivery.pending else _IDLE
                async with asyncio.timeout(min(self._backoff.pause, longest)):
                    await self._news.wait()
                    continue
            self._backoff.grow()

    async def _check(self) -> bool:
        """Look at the process every so often: whether it is gone, and whether the turn is over without a word."""
        now = time.monotonic()
        if now - self._checked < _CHECK and not self.over.is_set():
            return False
        self._checked = now
        pid, config = self._terminal.pid, self._ports.installation.config_directory
        if not await self._disk.run(Path("/proc"), runs, pid, self._terminal.began):
            return True
        if not self._reader.running or await self._says(config, pid) != "idle":
            self._idle_since = None
        elif self._idle_since is None:
            self._idle_since = now
        elif now - self._idle_since >= _QUIET:
            # The API has refused it, or somebody has stopped it while the API was waited for.
            for event in self._reader.end("stopped"):
                self._tell(event)
        return False

    async def _says(self, config: Path, pid: int) -> str:
        return await self._disk.run(config, status, self.session.claude, pid, config)

    async def look(self) -> None:
        """Take in what is new in the transcript."""
        async with self._looking:
            if self._follower is None:
                path = await self._disk.run(self._ports.bells, self._transcript)
                if path is None:
                    return
                self._follower = Follower(path)
            while lines := await self._disk.run(self._follower.path.parent, self._follower.look):
                self._idle_since = None
                for line in lines:
                    for event in self._reader.read(line):
                        self._tell(event)
            self._reader.anchored()
            self._tell_displayed()

    def _tell_displayed(self) -> None:
        """What the terminal shows of a text that is being written: once its turn is known to run."""
        now = time.monotonic()
        if self._reader.running:
            shown, self._displayed = self._displayed, []
            for at, message, delta in shown:
                if now - at < _SHOWN_LATE:
                    for event in self._reader.display(message, delta):
                        self._tell(event)

    def _tell(self, event: AgentEvent) -> None:
        match event:
            case events.ToolFinished(id=id_):
                self._requests.finished(id_)
            case events.TurnEnded():
                self._stop_wanted, self._busy_until = False, 0.0
                self._requests.turn_over()
                self._tools.turn_over()
            case _:
                pass
        self._post(event)

    async def _leave(self) -> None:
        """The process has ended: what it has written by then is all that it had."""
        with suppress(OSError):
            await self.look()
        self._delivery.closed()
        self._post(events.TerminalClosed(crashed=not self.over.is_set()))

    def ring(self) -> None:
        """A hook has been called: something is new."""
        self._backoff.reset()
        self._news.set()

    # Prompts

    async def send(self, prompt: Prompt) -> None:
        """Take it for the next way that opens; an idle session is woken."""
        await self.look_quietly()  # it may be there since before a restart
        if not self._handover.hand(prompt):
            self._post(events.SteerDelivered(prompt.turn))
            if not self._reader.running:  # what Claude made of it was shown by itself
                self._post(events.TurnEnded("done", source=self._reader.source))
            return
        self.ring()

    @property
    def _at_work(self) -> bool:
        """Whether Claude will come by: then nobody has to be woken."""
        return self._reader.running or time.monotonic() < self._busy_until

    async def look_quietly(self) -> None:
        """The same as `look`; a disk that does not answer is looked at later."""
        with suppress(OSError):
            await self.look()

    async def take(self, way: Way, after: ToolUseId | None = None) -> str:
        """See Handover."""
        text = await self._handover.take(way, after)
        if text:
            self.ring()
        return text

    def _give_up(self) -> None:
        """Tell of what an idle session was given so long ago that nobody can tell whether it is there."""
        for prompt in self._handover.undecided():
            self._post(events.SteerDelivered(prompt.turn))
            self._post(NoteBlock(wording.undecided(prompt.text)))
            self._post(events.TurnEnded("done", source=self._reader.source))

    async def withdraw(self, prompt: TurnId) -> bool:
        """Take back what Claude has not been given."""
        return self._delivery.withdraw(prompt)

    # Hooks

    async def hook(self, name: str, given: Mapping[str, Any]) -> Reply:
        """The answer to one."""
        self.ring()
        by_agent = bool(given.get("agent_id"))
        if name in _OF_WORK and not by_agent:
            self._busy_until = time.monotonic() + _BUSY
        match name:
            case "PreToolUse":
                return await self._before_tool(given, by_agent=by_agent)
            case "PostToolUse" | "PostToolUseFailure":
                told = await self._guard.after(*call_of(given), done=name == "PostToolUse")
                return context(name, told) if by_agent else await self._after_tool(name, given, told)
            case "PermissionRequest":
                await self._until_running()
                return await self._still_free(await self._requests.asked(given, by_agent=by_agent), given)
            case "UserPromptSubmit":
                return context(name, self._handover.note_of(str(given.get("prompt"))), await self._others())
            case "MessageDisplay" if not by_agent:
                shown = str(given.get("message_id")), str(given.get("delta") or "")
                self._displayed.append((time.monotonic(), *shown))
            case "Stop":
                return await self._stop()
            case "SessionEnd":
                self.over.set()
            case _:
                pass
        return {}

    async def _before_tool(self, given: Mapping[str, Any], *, by_agent: bool) -> Reply:
        if self._stop_wanted and not by_agent:
            return _stopped()
        own, why = own_name(str(given.get("tool_name"))), ""
        if own:
            why = await reason_to_ask(self._sendable, self._disk, mapping(given.get("tool_input")))
        if held := await self._guard.before(*call_of(given)):
            return decision("deny", held)
        if not by_agent:
            self._requests.began(given, why)
        return {} if not own else decision("ask", why) if why else decision("allow")

    async def _still_free(self, answered: Reply, given: Mapping[str, Any]) -> Reply:
        """What people have answered, unless others have done something meanwhile that holds the call."""
        allowed = mapping(mapping(answered.get("hookSpecificOutput")).get("decision")).get("behavior") == "allow"
        held = await self._guard.before(*call_of(given)) if allowed else ""
        return decided(PermissionResultDeny(message=held), str(given.get("tool_name"))) if held else answered

    async def tool(self, name: str, given: Mapping[str, Any], key: str) -> ToolResult:
        """A call of one of Claude's own tools. Cancelled when Claude does not wait for it any more."""
        await self._until_running()
        return await self._tools.call(name, given, key)

    async def _until_running(self) -> None:
        """The turn that a hook tells of stands in the transcript a moment later."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_KNOWN_WITHIN):
                while not self._reader.running:
                    await self.look_quietly()
                    await asyncio.sleep(_SOON)

    async def _after_tool(self, name: str, given: Mapping[str, Any], told: str) -> Reply:
        id_ = ToolUseId(str(given.get("tool_use_id")))
        self._requests.withdraw(id_)
        if self._stop_wanted:
            return _stopped()
        return context(name, await self.take("tool", id_), told)

    async def _stop(self) -> Reply:
        if self._stop_wanted:
            return {}
        text = await self.take("stop")
        return {"decision": "block", "reason": text} if text else {}

    # What else the core asks of a link

    async def interrupt(self) -> None:
        """The turn ends with its next step, or with what it asks: nothing of ours can end a step that a terminal
        runs."""
        self._stop_wanted = True
        self._requests.stop()
        self._tools.withdraw()

    def answer(self, answer: Answer) -> bool:
        return self._requests.answer(answer)

    def expect(self, call: str, answer: Answer) -> None:
        """Nothing is asked again: the terminal goes on by itself."""

    def withhold(self, call: str) -> None:
        """There is nothing to withhold."""

    async def has_forgotten(self, rules: Sequence[str]) -> bool:
        return True

    async def choose(self, choices: Choices) -> bool:
        raise NotDone(wording.CHOOSE_IN_THE_TERMINAL)

    async def context(self) -> ContextUsage:
        raise NotDone(wording.CHOOSE_IN_THE_TERMINAL)

    async def rewind(self, request: Rewind) -> Rewound:
        raise NotDone(wording.CHOOSE_IN_THE_TERMINAL)


def _stopped() -> Reply:
    return {"continue": False, "stopReason": wording.STOPPED_FROM_DISCORD}
