"""Answers requests about sessions without their process, from what lies on disk: transcripts, skills, git.

Synchronous work runs in a thread. Every function raises NotDone with a text for people. Only conversations of the
project's directory and its worktrees are listed: another project's are not to be seen here.
"""

import json
import os
import re
import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import UUID

from claude_agent_sdk import project_key_for_directory, rename_session
from claude_agent_sdk.types import SDKSessionInfo

from antiphon.agent import wording
from antiphon.agent.disk import permission_rules, transcripts
from antiphon.agent.disk.cli_processes import in_terminals
from antiphon.agent.disk.reading import open_regular, read_regular
from antiphon.agent.disk.skills import skills
from antiphon.agent.git.diff import diff
from antiphon.agent.git.trees import worktrees
from antiphon.agent.json_values import mapping, without_surrogates
from antiphon.agent.process import wire
from antiphon.agent.process.installation import Installation
from antiphon.core import requests
from antiphon.core.requests import ReplyT
from antiphon.core.values import ClaudeSessionId, Project, TurnId
from antiphon.errors import NotDone

_MOST = 200  # sessions or messages of one reply
_LONGEST_KEY = 200  # characters of a directory's name in the archive; longer ones end in a hash
_LONGEST_TITLE = 200  # characters of a title or a first prompt
_SAMPLE = 256 * 1024  # bytes of a transcript's beginning in which its origin is looked for
_ENTRYPOINT = re.compile(rb'"entrypoint": ?"([\w-]+)"')
_BEGINNING = 100  # lines of a transcript in which its directory is looked for: it is told with the first message
_LONGEST_LINE = 64 * 1024 * 1024  # bytes; a message with images stands before the directory in its line
_ORIGINS = {"cli": "terminal", "sdk-py": "discord"}  # all others: a script


async def look(installation: Installation, project: Project, request: requests.Request[ReplyT]) -> ReplyT:
    """Answer a request."""
    try:
        reply = await _reply(installation, project, request)
    except OSError as error:
        raise NotDone(wording.failed(wording.UNREADABLE, error.strerror or "")) from error
    return cast("ReplyT", reply)  # no type checker sees which request it is


async def _reply(installation: Installation, project: Project, request: requests.Request[Any]) -> requests.Reply:
    disk = installation.disk
    match request:
        case requests.ListSkills():
            return requests.SkillList(
                await disk.run(project.directory, skills, project.directory, installation.config_directory)
            )
        case requests.ReadDiff():
            return await diff(project.directory, disk)
        case requests.ListRules() | requests.RemoveRules() | requests.AddRules():
            return await permission_rules.reply(installation, project.directory, request)
        case _:
            archive = Archive(installation.config_directory, await worktrees(project.directory, disk))
            return await disk.run(project.directory, archive.reply, request)


@dataclass(frozen=True, slots=True)
class Archive:
    """The sessions of a project on disk. `directories`: the project's own, then its worktrees."""

    config_directory: Path
    directories: Sequence[Path]

    def reply(self, request: requests.Request[Any]) -> requests.Reply:
        """Answer a request about sessions. Reads and writes files: not for the event loop."""
        match request:
            case requests.ListSessions():
                return requests.SessionList(self.sessions(request.limit))
            case requests.DescribeSession():
                return self._described(self._path(request.claude))
            case requests.ForkSession():
                return requests.ForkedSession(self._fork(self._path(request.claude), request.before))
            case requests.ReadTranscript():
                messages = transcripts.read(self._path(request.claude)).messages()
                last = max(0, min(request.last, _MOST))
                return requests.TranscriptTail(messages[-last:] if last else (), len(messages))
            case _:
                raise NotDone(wording.ONLY_A_LIVE_SESSION)

    def sessions(self, limit: int = _MOST) -> tuple[requests.SessionInfo, ...]:
        """The newest first."""
        stamped: list[tuple[float, Path]] = []
        for path in (path for archive in {*map(self._of, self.directories)} for path in archive.glob("*.jsonl")):
            with suppress(OSError):  # gone since
                stamped.append((path.stat().st_mtime, path))
        live = in_terminals(self.config_directory)
        newest = (path for _, path in sorted(stamped, reverse=True))
        told = (_summary(info, path, live) for path in newest if (info := self._info(path)) is not None)
        return tuple(islice(told, max(0, min(limit, _MOST))))

    def _info(self, path: Path) -> SDKSessionInfo | None:
        """What a transcript tells of itself; None: nothing, or it is another directory's: `a-b` and `a/b` have one
        folder in the archive."""
        try:
            with open_regular(path) as file:
                head, size = file.read(_SAMPLE), os.fstat(file.fileno())
                file.seek(max(0, size.st_size - _SAMPLE))
                tail = file.read(_SAMPLE)
                file.seek(0)
                if not self._began_here(file):
                    return None
        except OSError:
            return None
        parts = (part.decode("utf-8", "replace") for part in (head, tail))
        return wire.session_info(path.stem, size, *parts)

    def _began_here(self, file: BinaryIO) -> bool:
        """Whether a transcript is of the project's directory, or of a worktree of it, by its first message."""
        for _ in range(_BEGINNING):
            with suppress(ValueError, RecursionError):  # a line of another shape, a name that is none
                cwd = mapping(json.loads(file.readline(_LONGEST_LINE))).get("cwd")
                if isinstance(cwd, str):
                    return Path(cwd).resolve() in {one.resolve() for one in self.directories}
        return False

    def _described(self, path: Path) -> requests.SessionInfo:
        found = self._info(path)
        if found is None:
            raise NotDone(wording.SESSION_EMPTY)
        summary = _summary(found, path, in_terminals(self.config_directory))
        cwd = summary.cwd or str(self.directories[0])
        return replace(summary, cwd=cwd, command=f"cd {shlex.quote(cwd)} && claude --resume {path.stem}")

    def _fork(self, path: Path, before: TurnId | None) -> ClaudeSessionId:
        old = transcripts.read(path)
        leaf = old.leaf if before is None else old.until(before)
        new = transcripts.copy(old, leaf, self.config_directory)
        found = self._info(path)
        with suppress(OSError, ValueError):  # a title is not worth a failure
            rename_session(new, wording.forked(_title(found) if found else ""))
        return ClaudeSessionId(new)

    def _path(self, claude: str) -> Path:
        """The transcript that a request is about. NotDone unless it is one of the project's."""
        try:
            name = f"{UUID(claude)}.jsonl"
        except ValueError:
            raise NotDone(wording.NOT_A_SESSION_ID) from None
        for directory in self.directories:
            path = self._of(directory) / name
            with suppress(OSError), open_regular(path) as file:
                if self._began_here(file):
                    return path
        raise NotDone(wording.NO_SUCH_SESSION)

    def _of(self, directory: Path) -> Path:
        """Where the transcripts of a directory lie."""
        archive, key = self.config_directory / "projects", project_key_for_directory(directory)
        if len(key) <= _LONGEST_KEY or (archive / key).is_dir():
            return archive / key
        # The CLI's hash is another one than the SDK's.
        return next(archive.glob(f"{key[:_LONGEST_KEY]}-*"), archive / key)


def _summary(info: SDKSessionInfo, path: Path, live: frozenset[str]) -> requests.SessionInfo:
    branch = "" if info.git_branch == "HEAD" else info.git_branch or ""  # HEAD: on none, or no repository
    return requests.SessionInfo(
        ClaudeSessionId(info.session_id),
        _title(info),
        _line(info.first_prompt or ""),
        info.last_modified / 1000,
        without_surrogates(branch),
        without_surrogates(info.cwd or ""),
        _origin(path),
        info.session_id in live,
    )


def _title(info: SDKSessionInfo) -> str:
    return _line(info.custom_title or info.first_prompt or info.summary)


def _line(text: str) -> str:
    return " ".join(without_surrogates(text).split())[:_LONGEST_TITLE]


def _origin(path: Path) -> str:
    """Where it began, by the first message that says so."""
    with suppress(OSError):
        found = _ENTRYPOINT.search(read_regular(path, _SAMPLE))
        if found is not None:
            return _ORIGINS.get(found[1].decode(), "script")
    return "script"
