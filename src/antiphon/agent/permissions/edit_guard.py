"""Keeps a session from writing over what another one does in the same directory, and tells both.

Asked before each tool that reads or writes a file, in every permission mode, and told after it. What a command has
written is found out afterwards. May not know: who may decide, and how a hook is answered.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.events.tool_traits import traits_of
from antiphon.agent.git.written import written_since
from antiphon.agent.permissions import told_to_claude, wording
from antiphon.core.blocks import HeldBlock, NoteBlock
from antiphon.core.bus import Retried
from antiphon.core.coordination.claims import FILE, Conflict, FileUse, FileUseStore
from antiphon.core.events import AgentEvent
from antiphon.core.ports import Clock
from antiphon.core.values import Session, ToolUseId

TOOLS = ("Read", "NotebookRead", "Edit", "MultiEdit", "Write", "NotebookEdit", "Bash")  # that it wants to hear of
_TOLD = 5  # files that are named


class GuardStore(FileUseStore, Retried, Protocol):
    """What guards write down and ask."""


class Guard(Protocol):
    """Asked and told of a session's tools."""

    async def resource(self, named: str) -> str:
        """By which name a file may be claimed: the same in each working tree of the project. ValueError, with words
        for Claude: it may not."""
        ...

    async def before(self, call: ToolUseId, tool: str, given: Mapping[str, Any]) -> str:
        """Why a call is held, for Claude; "": it is not."""
        ...

    async def after(self, call: ToolUseId, tool: str, given: Mapping[str, Any], *, done: bool) -> str:
        """A call is over. What Claude should know of it; "": nothing. `done` False: it has failed."""
        ...


class NoGuard:
    """Where nobody looks."""

    async def resource(self, named: str) -> str:
        """As it is named."""
        return f"{FILE}{named}"

    async def before(self, call: ToolUseId, tool: str, given: Mapping[str, Any]) -> str:
        """Nothing is held."""
        return ""

    async def after(self, call: ToolUseId, tool: str, given: Mapping[str, Any], *, done: bool) -> str:
        """Nothing is told."""
        return ""


@dataclass(frozen=True, slots=True)
class GuardPorts:
    """What guards work with."""

    store: GuardStore
    disk: DiskThreads
    clock: Clock


class EditGuard:
    """Of one session."""

    def __init__(
        self, session: Session, directory: Path, ports: GuardPorts, post: Callable[[AgentEvent], None]
    ) -> None:
        """`session`: with its tree; `directory`: from which names of files begin; `post`: tells people."""
        self._session = session
        self._directory = directory
        self._store, self._disk, self._clock = ports.store, ports.disk, ports.clock
        self._post = post
        self._begun: dict[ToolUseId, float] = {}  # when each call began that is not over

    async def before(self, call: ToolUseId, tool: str, given: Mapping[str, Any]) -> str:
        """See Guard. A database that does not answer holds nothing: Claude Code looks at the file itself, too."""
        self._begun[call] = self._clock()
        path = await self._path(tool, given)
        if path is None or traits_of(tool).kind != "edit":
            return ""
        try:
            conflict = await self._store.conflict(self._session.id, path, self._resource(path))
        except self._store.transient:
            return ""
        if conflict is None:
            return ""
        self._begun.pop(call, None)
        name, conflict = self._name(path), self._shown(conflict)
        self._post(HeldBlock(call, f"{path}", wording.held(conflict, name), conflict.since))
        return told_to_claude.held(conflict, name)

    async def after(self, call: ToolUseId, tool: str, given: Mapping[str, Any], *, done: bool) -> str:
        """See Guard."""
        begun, now = self._begun.pop(call, self._clock()), self._clock()
        if traits_of(tool).kind == "execute":
            return await self._after_command(begun, now)
        path = await self._path(tool, given)
        if path is None or not done:
            return ""
        changed = now if traits_of(tool).kind == "edit" else 0.0
        # As it stood before: what somebody does meanwhile is not known.
        await self._note([FileUse(path, read=begun, changed=changed)])
        return ""

    async def resource(self, named: str) -> str:
        """See Guard."""
        path = await self._path("Read", {"file_path": named})
        own = self._session.worktree
        roots = [root for root in (self._session.tree, self._directory, own and own.source) if root is not None]
        if path is None or not await self._disk.run(self._directory, _is_below, path, roots):
            raise ValueError(f"{named} is no file of this project")
        return self._resource(path)

    def _resource(self, path: Path) -> str:
        own = self._session.worktree
        if own is not None and path.is_relative_to(own.root):
            path = own.source / path.relative_to(own.root)
        return f"{FILE}{path}"

    async def _after_command(self, begun: float, now: float) -> str:
        """What a command has written over of what others do."""
        try:
            if self._session.tree is None or not await self._store.beside(self._session.id):
                return ""
            theirs = await self._store.changed_between(self._session.id, begun, now)
            found = await written_since(self._session.tree, begun, self._disk)
            written = [path for path in found if path not in theirs and _is_storable(path)]
            conflicts: list[tuple[Path, Conflict]] = []
            for path in written[:_TOLD]:
                why = await self._store.conflict(self._session.id, path, self._resource(path))
                conflicts += [] if why is None else [(path, self._shown(why))]
        except self._store.transient:
            return ""
        await self._note([FileUse(path, read=now, changed=now) for path in written])
        for path, why in conflicts:
            self._post(NoteBlock(wording.written_over(why, self._name(path)), why.since))
        return told_to_claude.written_over([(self._name(path), why) for path, why in conflicts])

    def _shown(self, conflict: Conflict) -> Conflict:
        """Without what another project's session says of itself."""
        return conflict if conflict.project == self._session.project else replace(conflict, title="", note="")

    async def _note(self, uses: Sequence[FileUse]) -> None:
        with suppress(*self._store.transient):  # then others are told less
            await self._store.use(self._session.id, uses)

    async def _path(self, tool: str, given: Mapping[str, Any]) -> Path | None:
        """The file that a call is about, where links lead; None: it is about none."""
        if traits_of(tool).kind not in ("edit", "read"):
            return None
        named = given.get("file_path") or given.get("notebook_path")
        if not isinstance(named, str) or not named or "\0" in named:
            return None
        try:
            path = Path(await self._disk.run(self._directory, os.path.realpath, self._directory / named))
        except (OSError, ValueError):
            return None
        return path if _is_storable(path) else None

    def _name(self, path: Path) -> str:
        root = self._session.tree
        return f"{path.relative_to(root)}" if root is not None and path.is_relative_to(root) else f"{path}"


def _is_below(path: Path, roots: Sequence[Path]) -> bool:
    return any(path.is_relative_to(os.path.realpath(root)) for root in roots)


def _is_storable(path: Path) -> bool:
    """Whether a path can be written down: a name may be no text."""
    try:
        return bool(f"{path}".encode())
    except UnicodeEncodeError:
        return False
