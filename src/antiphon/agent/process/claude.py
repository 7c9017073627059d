"""The live process: one task connects, pumps and closes; leaving the context leaves no process behind.

The pump only translates and posts. It never waits for anything but the process: a reader that stalls blocks
permission requests and interrupts (docs/decisions/0004).
"""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import uuid4

from claude_agent_sdk import (
    ClaudeSDKClient,
    ClaudeSDKError,
    PermissionResultAllow,
    PermissionResultDeny,
    ToolPermissionContext,
)
from claude_agent_sdk.types import PermissionResult

from antiphon.agent import wording
from antiphon.agent.content import content
from antiphon.agent.disk import archive, transcripts
from antiphon.agent.disk.cli_processes import in_terminals
from antiphon.agent.disk.denials import unreadable
from antiphon.agent.disk.skills import command_name, skills
from antiphon.agent.events.event_stream import EventStream, UnknownMessages
from antiphon.agent.git.credit import Credit
from antiphon.agent.own_tools import OwnTools, asking_first, mounted, sendable_files
from antiphon.agent.permissions.permission_desk import PermissionDesk
from antiphon.agent.process import wire
from antiphon.agent.process.control_requests import ControlRequests, answered, first_line
from antiphon.agent.process.installation import Installation
from antiphon.agent.process.login import is_subscription
from antiphon.agent.process.options import options
from antiphon.agent.process.orphans import MARK, Process, descendants, end_orphans, end_processes, note
from antiphon.agent.process.session_hooks import session_hooks
from antiphon.agent.process.side_question import ask_aside
from antiphon.core.blocks import NoteBlock
from antiphon.core.coordination.requests import ChangeWorktree, ReadWorktrees
from antiphon.core.events import AgentEvent, RuleAdded, SessionLost, SessionStarted, TurnEnded, UnknownMessage
from antiphon.core.ports import AgentLink
from antiphon.core.projects import in_session
from antiphon.core.requests import AskAside, ForkSession, ReplyT, Request
from antiphon.core.values import Answer, ClaudeSessionId, Project, Prompt, Session, SessionId, ToolUseId
from antiphon.errors import AgentError, NotDone, SessionGone

log = logging.getLogger(__name__)

_START_LIMIT = 60.0  # seconds for the process to come up (1 s is usual; a cold disk with a 380 MB binary is not)
_SEND_LIMIT = 60.0  # seconds for a prompt to be taken (ms are usual; with images it may be 27 MB for a busy machine)
_INTERRUPT_LIMIT = 5.0  # seconds for the acknowledgement (2-13 ms is usual)
_CLOSE_LIMIT = 25.0  # seconds; the SDK's own escalation to SIGKILL takes at most about 20
_DESCENDANTS_END = 1.0  # seconds for MCP servers and the like to end by themselves after Claude Code has
_STOP_BEFORE_CLOSE = 1.0  # seconds for the interrupt before a close
_STDERR_KEPT = 2000  # characters of the process's error output that are kept for the failure message

_NOTHING_TO_RESUME = "No conversation found"  # Claude Code's words

Post = Callable[[AgentEvent], None]
T = TypeVar("T")


class ClaudeAgent:
    """Starts Claude Code processes; implements the core's Agent port."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self.unknown_messages = UnknownMessages()
        # By session: what it was told of what does not work, and in which state.
        self._told: dict[SessionId, set[tuple[str, str]]] = {}

    @asynccontextmanager
    async def open(self, session: Session, project: Project, post: Post) -> AsyncGenerator[AgentLink]:
        """Cancellation while open is safe: the process is closed behind a shield."""
        post = self._installation.redaction.posting(post)
        session = await self._installation.workplaces.settle(session, project, post)
        project = in_session(project, session)
        if not await self._on_disk(project.directory, project.directory.is_dir):
            raise AgentError(wording.no_directory(project.directory))
        transcript = self._installation.transcript(session.claude)
        if session.begun and transcript is None:
            raise SessionGone
        if transcript and not await self._on_disk(transcript.parent, partial(transcripts.has_conversation, transcript)):
            session = self._start_fresh(session, post)
        elif session.begun:
            session = await self._fork_if_in_terminal(session, project, post)
        told = self._told.setdefault(session.id, set())
        await self._tell_broken_settings(project.directory, told, post)
        process = _Process(session, project, self._installation, post, self.unknown_messages, told)
        try:
            await process.start()
            yield process
        finally:
            closing = asyncio.create_task(process.close(), name=f"close {session.id}")
            try:
                await asyncio.shield(closing)
            except asyncio.CancelledError:
                await asyncio.wait({closing})  # it has a limit of its own
                raise

    async def _tell_broken_settings(self, directory: Path, told: set[tuple[str, str]], post: Post) -> None:
        """What the settings deny or ask about may be allowed now: that is not to go unsaid. Told once a session."""
        config = self._installation.config_directory
        for file in await self._on_disk(directory, partial(unreadable, directory, config)):
            if (f"{file}", "broken") not in told:
                told.add((f"{file}", "broken"))
                shown = file.relative_to(directory) if file.is_relative_to(directory) else file
                post(NoteBlock(wording.broken_settings(f"{shown}")))

    async def _on_disk(self, where: Path, look: Callable[[], T]) -> T:
        try:
            return await self._installation.disk.run(where, look)
        except OSError as error:
            raise AgentError(wording.failed(wording.NOT_STARTED, error.strerror or "")) from error

    async def _fork_if_in_terminal(self, session: Session, project: Project, post: Post) -> Session:
        """The session, or a copy of it while a terminal has it open: two processes would write into one transcript."""
        config = self._installation.config_directory
        if session.claude not in await self._on_disk(config, partial(in_terminals, config)):
            return session
        copy = await archive.look(self._installation, project, ForkSession(session.claude))
        claude = copy.claude
        post(SessionStarted(claude, ""))
        post(NoteBlock(wording.GOES_ON_IN_A_COPY))
        return replace(session, claude=claude)

    def _start_fresh(self, session: Session, post: Post) -> Session:
        """The session under another id: Claude Code resumes none in which nothing was said, and starts none under an id
        that it has a file of."""
        claude = ClaudeSessionId(str(uuid4()))
        post(SessionStarted(claude, ""))
        if session.begun:
            post(NoteBlock(wording.STARTED_FRESH))
        return replace(session, claude=claude)

    async def look(self, project: Project, request: Request[ReplyT]) -> ReplyT:
        return self._installation.redaction.value(await self._look(project, request))

    async def _look(self, project: Project, request: Request[ReplyT]) -> ReplyT:
        answering, wanted = self._installation.worktree_requests, cast("Any", request)
        if answering is not None and isinstance(wanted, ReadWorktrees | ChangeWorktree):
            return cast("ReplyT", await answering.reply(project, wanted))
        if isinstance(wanted, AskAside):
            return cast("ReplyT", await ask_aside(self._installation, project, wanted))
        return await archive.look(self._installation, project, request)


class _Process(ControlRequests):
    """One `claude` process and the one task that may touch its client's lifetime."""

    def __init__(
        self,
        session: Session,
        project: Project,
        installation: Installation,
        post: Post,
        unknown_messages: UnknownMessages,
        told: set[tuple[str, str]],
    ) -> None:
        """`told`: see EventStream."""
        self._session = session
        self._unknown_messages = unknown_messages
        self._installation = installation
        self._claude = session.claude
        self._post = post
        self._stderr = ""
        self._events = EventStream(project.directory, told)
        self._desk = PermissionDesk(project.directory, project.claude.dangerous, self._decided, installation.disk)
        self._files = installation.files_of(session)
        self._name = uuid4().hex
        self._mark = f"{installation.mark}{self._name}"
        self._descendants: frozenset[Process] = frozenset()
        self._noting: asyncio.Task[None] | None = None
        self._giving_up: asyncio.Task[None] | None = None
        sendable = sendable_files(session, project, installation)
        self._guard = installation.together.guard(session, project, post)
        self._tools = OwnTools(session, sendable, self._desk, post, installation, self._guard)
        opts = options(session, project, installation, self._ask, mounted(self._tools))
        first = asking_first(sendable, installation.disk)
        opts.hooks = session_hooks(first, self._guard, installation.together.news(session))
        opts.include_hook_events = True  # the words of a hook that ends a turn come nowhere else
        opts.stderr = self._remember
        opts.env[MARK] = self._mark
        self._credit = Credit(installation.state, session.id, project.co_authors, installation.disk)
        self._environment = opts.env
        self._keys = installation.keys.environment(session, project)
        opts.env |= self._keys
        super().__init__(ClaudeSDKClient(opts), project, session.choices, self._prompts_so_far)
        self._dead = False
        self._ready = asyncio.get_running_loop().create_future()
        self._closing = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Return when the process takes prompts. AgentError when it does not come up."""
        self._environment |= await self._credit.prepare()
        self._task = asyncio.create_task(self._run(), name=f"claude {self._session.id}")
        await asyncio.wait({self._task, self._ready}, timeout=_START_LIMIT, return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            error = self._task.exception()
            if _NOTHING_TO_RESUME in (reason := self._reason(error)):
                raise SessionGone from error
            raise AgentError(wording.problem(wording.NOT_STARTED, reason)) from error
        if not self._ready.done():
            raise AgentError(wording.not_within(_START_LIMIT, wording.NOT_STARTED))

    async def send(self, prompt: Prompt) -> None:
        self._credit.add(prompt.asker.id)
        await self._credit.save()
        try:
            if prompt.command == "skill" and not await self._is_skill(prompt.text):
                prompt = replace(prompt, command="none")
            message = await self._installation.disk.run(self._files, content, prompt)
        except OSError as error:
            raise AgentError(wording.failed(wording.PROMPT_NOT_TAKEN, error.strerror or "")) from error

        async def messages() -> AsyncIterator[dict[str, Any]]:
            yield {
                "type": "user",
                "uuid": prompt.turn,
                "message": {"role": "user", "content": message},
                "parent_tool_use_id": None,
            }

        await answered(self._client.query(messages()), _SEND_LIMIT, wording.PROMPT_NOT_TAKEN, wording.GONE)

    async def _is_skill(self, text: str) -> bool:
        """Whether it begins with the name of a skill or a command, also of one that came since this process started."""
        name = command_name(text)
        if name is None or name in await self.reload_skills():
            return name is not None
        config, project = self._installation.config_directory, self._project.directory
        known = await self._installation.disk.run(project, skills, project, config)  # those that Claude may not use too
        return name in {one.name for one in known}

    async def interrupt(self, limit: float = _INTERRUPT_LIMIT) -> None:
        self._events.interrupted = True
        await answered(self._client.interrupt(), limit, wording.STOP_NOT_ACKNOWLEDGED, wording.GONE)

    def answer(self, answer: Answer) -> bool:
        self._credit.add(answer.person)
        return self._desk.answer(answer)

    async def _ask(self, tool: str, given: dict[str, Any], context: ToolPermissionContext) -> PermissionResult:
        """Ask people; what others have done while they thought counts too."""
        result = await self._desk.ask(tool, given, context)
        await self._credit.save()  # before a commit that was allowed
        if not isinstance(result, PermissionResultAllow) or not context.tool_use_id:
            return result
        why = await self._guard.before(ToolUseId(context.tool_use_id), tool, given)
        return PermissionResultDeny(message=why) if why else result

    def _decided(self, event: AgentEvent) -> None:
        """What the desk says."""
        if isinstance(event, RuleAdded):
            self.rule_added(event.rule)
        self._post(event)

    def withhold(self, call: str) -> None:
        self._desk.withhold(call)

    def expect(self, call: str, answer: Answer) -> None:
        self._credit.add(answer.person)
        self._desk.expect(call, answer)

    async def close(self) -> None:
        """End the process: politely first, then by SIGKILL. At most `_CLOSE_LIMIT` seconds. One that waits for a person
        gets no withdrawal of its request: from its transcript as it stands it can go on there."""
        pid = wire.pid(self._client)
        self._installation.keys.end(self._keys)
        if self._task is not None:
            await asyncio.to_thread(self._note_descendants)
        if self._desk.waits and pid is not None:
            self._kill(pid)
        self._closing.set_result(None)
        if self._task is None:
            return
        done, _ = await asyncio.wait({self._task}, timeout=_CLOSE_LIMIT)
        if not done:
            log.error("claude %s did not close; killing it", pid, extra={"session": self._session.id})
            if pid is not None:
                self._kill(pid)
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=_INTERRUPT_LIMIT)
        elif not self._task.cancelled() and (error := self._task.exception()) is not None:
            log.info("claude %s closed with: %s", pid, first_line(error), extra={"session": self._session.id})
        if left := await asyncio.to_thread(self._end_descendants):
            log.warning("claude %s left %d processes running; they are ended", pid, left)

    def _note_descendants(self) -> None:
        """Know what runs below the process, for its end or ours. Waits for no disk but /proc and /tmp."""
        if (pid := wire.pid(self._client)) is not None and not self._dead:
            self._descendants |= descendants(pid)
            note(self._descendants, self._installation.command.parent, self._name)

    def _end_descendants(self) -> int:
        """What the process has left behind; it has a moment to end by itself where Claude Code has asked it to."""
        ended = end_processes(self._descendants, 0 if self._dead else _DESCENDANTS_END)
        ended += end_orphans(self._mark)
        note(frozenset(), self._installation.command.parent, self._name)
        return ended

    def _kill(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        self._dead = True

    async def _run(self) -> None:
        """Connect, pump until it is to close or the process ends, disconnect: all in this one task."""
        self._files.mkdir(parents=True, exist_ok=True, mode=0o700)
        await self._client.connect()
        self._events.subscription = is_subscription(await self._client.get_server_info())
        wire.watch_elicitations(
            self._client, lambda server, question: self._post(NoteBlock(wording.mcp_asked(server, question)))
        )
        self._ready.set_result(None)
        pump = asyncio.create_task(self._pump(), name=f"pump {self._session.id}")
        try:
            await asyncio.wait({pump, self._closing}, return_when=asyncio.FIRST_COMPLETED)
            if pump.done() and (error := pump.exception()) is not None:
                log.error("reading from Claude Code failed", exc_info=error, extra={"session": self._session.id})
                self._report_lost(wording.problem(wording.NOT_UNDERSTOOD, first_line(error)))
        finally:
            try:
                if not self._dead:
                    with suppress(AgentError):  # a pending model request would hold the close up for 5 s
                        await self.interrupt(_STOP_BEFORE_CLOSE)
            finally:  # whatever the SDK raises: no process may be left
                pump.cancel()
                await asyncio.wait({pump})
                await self._client.disconnect()

    async def _pump(self) -> None:
        try:
            async for message in wire.messages(self._client):
                found = self._events.receive(message)
                self._stop_where_login_is_refused()
                for event in found:
                    if isinstance(event, SessionStarted):  # /clear goes on under another id
                        self._claude = event.claude
                        self._look_below()
                    elif isinstance(event, TurnEnded):
                        self._desk.forget()
                        self._tools.turn_over()
                        self._look_below()
                    elif isinstance(event, UnknownMessage):
                        self._unknown_messages.count(event.kind, self._session.id)
                    self._post(event)
        except ClaudeSDKError as error:
            self._report_lost(wording.problem(wording.ENDED_UNEXPECTEDLY, self._reason(error)))
        else:
            self._report_lost(wording.problem(wording.ENDED_UNEXPECTEDLY))

    def _stop_where_login_is_refused(self) -> None:
        """Claude Code would try ten times, with growing pauses."""
        if self._events.login_refused and (self._giving_up is None or self._giving_up.done()):
            self._giving_up = asyncio.create_task(self._give_up(), name=f"login {self._session.id}")

    async def _give_up(self) -> None:
        with suppress(AgentError):
            await self.interrupt()

    def _look_below(self) -> None:
        """Note the descendants, in a thread: the pump does not wait."""
        if self._noting is None or self._noting.done():
            noting = asyncio.to_thread(self._note_descendants)
            self._noting = asyncio.create_task(noting, name=f"descendants {self._session.id}")

    def _report_lost(self, error: str) -> None:
        """Post that the process has ended by itself. Not while it is being closed: the event could reach the
        conversation behind a prompt for the next process, and end that one's turn."""
        self._dead = True
        if not self._closing.done():
            self._post(SessionLost(error))

    async def _prompts_so_far(self) -> tuple[str, ...]:
        """The uuids of the session's prompts, newest first."""
        path = self._installation.transcript(self._claude)
        if path is None:
            return ()
        try:
            return (await self._installation.disk.run(path.parent, transcripts.read, path)).prompts()
        except OSError as error:
            raise NotDone(wording.failed(wording.UNREADABLE, error.strerror or "")) from error

    def _remember(self, line: str) -> None:
        line = self._installation.redaction.text(line.rstrip("\n"))
        self._stderr = f"{self._stderr}{line}\n"[-_STDERR_KEPT:]

    def _reason(self, error: BaseException | None) -> str:
        lines = self._stderr.strip().splitlines()
        return f"{first_line(error) if error else ''} {lines[-1] if lines else ''}".strip()
