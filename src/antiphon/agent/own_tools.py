"""Claude's own tools in one session: what its calls need of this machine, and the MCP server of hosted sessions.

Files are looked at and copied here, and questions wait here; everything else is for whoever acts in Discord
(tools.definitions.Tools). May not know: Discord's requests.
"""

import asyncio
import functools
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast
from uuid import uuid4

from claude_agent_sdk import PermissionResultDeny, SdkMcpTool, ToolPermissionContext, create_sdk_mcp_server
from claude_agent_sdk.types import HookCallback, HookContext, HookInput, HookJSONOutput, McpSdkServerConfig

from antiphon.agent import wording
from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.files import SendableFiles
from antiphon.agent.git.trees import ignores
from antiphon.agent.json_values import array, mapping
from antiphon.agent.permissions.edit_guard import Guard
from antiphon.agent.permissions.permission_desk import PermissionDesk
from antiphon.agent.process.installation import Installation
from antiphon.core.blocks import FileBlock, NoteBlock
from antiphon.core.coordination.claims import FILE
from antiphon.core.events import AgentEvent
from antiphon.core.values import Project, Session, ToolUseId
from antiphon.tools import definitions as ours
from antiphon.tools.definitions import ToolCall, ToolResult

RULES = tuple(f"mcp__{ours.SERVER}__{one.name}" for one in ours.TOOLS)  # the tools' names for permission rules
_MOST, _WITHIN = 20, 60.0  # calls of a session, in so many seconds
_TOO_LONG = f"Not sent: with files the text may have at most {ours.LONGEST_WITH_FILES:,} characters."


class OwnTools:
    """The tools of one session, while somebody hosts it or hears its terminal. So many calls may come in a minute."""

    def __init__(
        self,
        session: Session,
        files: SendableFiles,
        desk: PermissionDesk,
        post: Callable[[AgentEvent], None],
        installation: Installation,
        guard: Guard,
    ) -> None:
        """`post` is called in the event loop when files are ready to go; `guard`: knows by which names files are
        claimed."""
        self._guard = guard
        self._session = session
        self._files = files
        self._desk = desk
        self._post = post
        self._disk = installation.disk
        self._tools = installation.tools
        self._asking: set[asyncio.Task[Any]] = set()
        self._called: deque[float] = deque(maxlen=_MOST)

    async def call(self, name: str, given: Mapping[str, Any], key: str) -> ToolResult:
        """Carry out a call. `key`: see ToolCall. Cancelled when Claude does not wait for it any more."""
        now = time.monotonic()
        if len(self._called) == _MOST and (wait := self._called[0] + _WITHIN - now) > 0:
            return ToolResult(f"Not done: at most {_MOST} calls a minute. Wait {math.ceil(wait)} s.", failed=True)
        self._called.append(now)
        one = ours.definition(name)
        if one is None:
            return ToolResult("There is no such tool.", failed=True)
        try:
            wanted = ours.understood(one, given)
        except ValueError as error:
            return ToolResult(f"Not done, because the input is not right: {error}", failed=True)
        match wanted:
            case ours.SendFileInput(paths=paths, caption=caption):
                return await self._send(ours.SendInput(text=caption, files=paths), key)
            case ours.SendInput(files=[_, *_]):
                return await self._send(wanted, key)
            case ours.AskInput():
                return await self._ask(wanted, key)
            case ours.ClaimInput() | ours.ReleaseInput():
                try:
                    files = [await self._guard.resource(path) for path in wanted.files]
                except ValueError as error:
                    return ToolResult(f"Not done: {error}.", failed=True)
                if any(one.startswith(FILE) for one in wanted.resources):
                    return ToolResult("Not done: name files as files.", failed=True)
                named = wanted.model_copy(update={"files": [], "resources": [*files, *wanted.resources]})
                return await self._handed_on(ToolCall(named, key))
            case ours.ScheduleCreateInput(when=when, name=name, prompt=prompt):
                done = await self._handed_on(ToolCall(wanted, key))
                if not done.failed:  # people see it, and may pause and remove it
                    self._post(NoteBlock(wording.scheduled(name or prompt, when)))
                return done
            case _:
                return await self._handed_on(ToolCall(wanted, key))

    async def _handed_on(self, call: ToolCall) -> ToolResult:
        """None of the bridge's secrets goes with it."""
        texts = {name: self._files.redaction.text(value) for name, value in call.given if isinstance(value, str)}
        return await self._tools.call(self._session, replace(call, given=call.given.model_copy(update=texts)))

    def withdraw(self) -> None:
        """Whatever is asked is asked no more; Claude is told so."""
        for one in self._asking:
            one.cancel()

    def turn_over(self) -> None:
        """Nobody waits for an answer any more."""
        self.withdraw()
        self._tools.turn_over(self._session)

    async def _send(self, wanted: ours.SendInput, key: str) -> ToolResult:
        """Files, with a text. In the session's own place they are a part of what the turn shows."""
        if len(wanted.text) > ours.LONGEST_WITH_FILES:
            return ToolResult(_TOO_LONG, failed=True)
        try:
            copies, refused = await self._disk.run(self._files.root, self._files.copy, wanted.files)
        except OSError as error:
            return ToolResult(f"No file was sent: the bridge could not copy them ({error.strerror}).", failed=True)
        lines = [f"Not sent: {line}" for line in refused]
        if not copies:
            return ToolResult("\n".join(lines), failed=True)
        if wanted.channel:
            done = await self._handed_on(ToolCall(wanted, key, tuple(copies)))
            return ToolResult("\n".join((done.text, *lines)), done.failed)
        self._post(FileBlock(tuple(copies), wanted.text.strip()))
        names = ", ".join(f"{file.name} ({file.size:,} bytes)" for file in copies)
        return ToolResult("\n".join((f"Will appear in the thread now: {names}.", *lines)))

    async def _ask(self, wanted: ours.AskInput, key: str) -> ToolResult:
        options = [one.model_dump() for one in wanted.options]
        question = {"question": wanted.question, "options": options, "multiSelect": wanted.several}
        context = ToolPermissionContext(tool_use_id=ToolUseId(key))
        asking = asyncio.create_task(self._desk.ask(ours.ASK, {"questions": [question]}, context), name="question")
        self._asking.add(asking)
        try:
            await asyncio.wait({asking})
        finally:
            self._asking.discard(asking)
            asking.cancel()
        if asking.cancelled():
            return ToolResult("Nobody is asked any more: the turn is stopped.", failed=True)
        result = asking.result()
        if isinstance(result, PermissionResultDeny):
            return ToolResult(f"They did not choose an answer, but say: {result.message}")
        answers = mapping(mapping(result.updated_input).get("answers"))
        return ToolResult("They answered: " + "; ".join(map(str, answers.values())))


def sendable_files(session: Session, project: Project, installation: Installation) -> SendableFiles:
    """The files that a session may send."""
    return SendableFiles(
        project.directory,
        (project.directory, *project.claude.send_from),
        installation.files_of(session) / "out",
        installation.config_directory,
        (installation.state,),
        installation.redaction,
    )


def asking_first(files: SendableFiles, disk: DiskThreads) -> HookCallback:
    """A hook before each call that sends files: Claude Code asks people where one is hidden or ignored by git, whatever
    allows the tool."""

    async def before(given: HookInput, _id: str | None, _context: HookContext) -> HookJSONOutput:
        why = await reason_to_ask(files, disk, mapping(mapping(given).get("tool_input")))
        return cast("HookJSONOutput", decision("ask", why)) if why else {}

    return before


async def reason_to_ask(files: SendableFiles, disk: DiskThreads, given: Mapping[str, Any]) -> str:
    """Why people are to be asked about a call; "": they need not be."""

    async def asks(path: str) -> bool:
        try:
            dotted, real = await disk.run(files.root, files.hidden, path)
        except (OSError, RuntimeError, ValueError):
            return False  # it will not be sent, and Claude is told why
        return dotted or await ignores(files.root, real)

    paths = [str(one) for one in (*array(given.get("paths")), *array(given.get("files")))][: ours.MOST_FILES]
    hidden = await asyncio.gather(*map(asks, paths))
    found = [path for path, wanted in zip(paths, hidden, strict=True) if wanted]
    return wording.hidden_files(", ".join(found)) if found else ""


def decision(what: str, why: str = "") -> dict[str, Any]:
    """The answer of a hook before a tool."""
    reason = {"permissionDecisionReason": why} if why else {}
    return {"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": what, **reason}}


def mounted(tools: OwnTools) -> McpSdkServerConfig:
    """The MCP server of a hosted session."""

    async def called(name: str, given: dict[str, Any]) -> dict[str, Any]:
        done = await tools.call(name, given, uuid4().hex)
        return {"content": [{"type": "text", "text": done.text}], "is_error": done.failed}

    made = [
        SdkMcpTool(one.name, one.description, dict(one.schema), functools.partial(called, one.name))
        for one in ours.TOOLS
    ]
    # Tools of a server without this hide behind a search that the model has to think of.
    server = {**create_sdk_mcp_server(ours.SERVER, tools=made), "alwaysLoad": True}
    return cast("McpSdkServerConfig", server)
