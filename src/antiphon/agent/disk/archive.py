"""What can be told or done of sessions without their process: what lies on disk, in the transcripts and in git.

Synchronous work runs in a thread. Every function raises NotDone with words for people. Only conversations of the
project's directory and its worktrees are told: another project's are nobody's business here.
"""

import asyncio
import json
import os
import re
import shlex
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from claude_agent_sdk import get_session_info, project_key_for_directory, rename_session
from claude_agent_sdk.types import SDKSessionInfo

from antiphon.agent.disk import git_diff, transcripts
from antiphon.agent.disk.skills import skills
from antiphon.agent.process.installation import Installation
from antiphon.agent.surrogates import whole
from antiphon.core.requests import (
    DescribeSession,
    ForkedSession,
    ForkSession,
    ListSessions,
    ListSkills,
    ReadDiff,
    ReadTranscript,
    Reply,
    ReplyT,
    Request,
    SessionInfo,
    SessionList,
    SkillList,
    TranscriptTail,
)
from antiphon.core.values import ClaudeSessionId, Project
from antiphon.errors import NotDone

_MOST = 200  # sessions or messages of one reply
_LONGEST_KEY = 200  # characters of a directory's name in the archive; longer ones end in a hash
_LONGEST_WORDS = 200  # characters of a title or a first prompt
_SAMPLE = 256 * 1024  # bytes of a transcript's beginning in which its origin is looked for
_ENTRYPOINT = re.compile(rb'"entrypoint": ?"([\w-]+)"')
_ORIGINS = {"cli": "terminal", "sdk-py": "discord"}  # all others: a script


async def look(launch: Installation, project: Project, request: Request[ReplyT]) -> ReplyT:
    """Answer a request."""
    return cast("ReplyT", await _look(launch, project, request))  # no type checker sees which request it is


async def _look(launch: Installation, project: Project, request: Request[Any]) -> Reply:
    match request:
        case ListSkills():
            return SkillList(await asyncio.to_thread(skills, project.directory, launch.config_directory))
        case ReadDiff():
            return await git_diff.diff(project.directory)
        case _:
            directories = await git_diff.worktrees(project.directory)
            return await asyncio.to_thread(_read, launch, directories, request)


def _read(launch: Installation, directories: Sequence[Path], request: Request[Any]) -> Reply:
    match request:
        case ListSessions():
            return SessionList(sessions(launch, directories, request.limit))
        case DescribeSession():
            return info(launch, directories, request.claude)
        case ForkSession():
            return ForkedSession(fork(launch, directories, request))
        case ReadTranscript():
            return transcript(launch, directories, request)
        case _:
            raise NotDone("Only a live session answers that.")


def sessions(launch: Installation, directories: Sequence[Path], limit: int = _MOST) -> tuple[SessionInfo, ...]:
    """The newest first."""
    archives = {_archive(launch, directory) for directory in directories}
    stamped: list[tuple[float, Path]] = []
    for path in (path for archive in archives for path in archive.glob("*.jsonl")):
        with suppress(OSError):  # gone since
            stamped.append((path.stat().st_mtime, path))
    live = in_terminals(launch)
    told: list[SessionInfo] = []
    for _, path in sorted(stamped, reverse=True):
        info = get_session_info(path.stem)
        if info is not None:  # else it holds no conversation
            told.append(_told(info, path, live))
        if len(told) >= min(limit, _MOST):
            break
    return tuple(told)


def info(launch: Installation, directories: Sequence[Path], claude: str) -> SessionInfo:
    """One session, with the command for a terminal."""
    path = _path(launch, directories, claude)
    found = get_session_info(path.stem)
    if found is None:
        raise NotDone("Nothing was said in that session yet.")
    told = _told(found, path, in_terminals(launch))
    cwd = told.cwd or str(directories[0])
    return replace(told, cwd=cwd, command=f"cd {shlex.quote(cwd)} && claude --resume {path.stem}")


def fork(launch: Installation, directories: Sequence[Path], request: ForkSession) -> ClaudeSessionId:
    """Copy a session; the copy's id."""
    path = _path(launch, directories, request.claude)
    old = transcripts.read(path)
    leaf = old.leaf if request.before is None else old.until(request.before)
    new = transcripts.copied(old, leaf, launch.config_directory)
    found = get_session_info(path.stem)
    with suppress(OSError, ValueError):  # a title is not worth a failure
        rename_session(new, f"{_title(found) if found else 'A conversation'} (fork)")
    return ClaudeSessionId(new)


def transcript(launch: Installation, directories: Sequence[Path], request: ReadTranscript) -> TranscriptTail:
    """The last messages of a session."""
    said = transcripts.read(_path(launch, directories, request.claude)).said()
    last = max(0, min(request.last, _MOST))
    return TranscriptTail(said[len(said) - last :] if last < len(said) else said, len(said))


def _told(info: SDKSessionInfo, path: Path, live: frozenset[str]) -> SessionInfo:
    return SessionInfo(
        ClaudeSessionId(info.session_id),
        _title(info),
        _line(info.first_prompt or ""),
        info.last_modified / 1000,
        "" if info.git_branch == "HEAD" else str(whole(info.git_branch or "")),  # HEAD: on none, or no repository
        str(whole(info.cwd or "")),
        _origin(path),
        info.session_id in live,
    )


def _title(info: SDKSessionInfo) -> str:
    return _line(info.custom_title or info.first_prompt or info.summary)


def _line(text: str) -> str:
    return " ".join(str(whole(text)).split())[:_LONGEST_WORDS]


def _origin(path: Path) -> str:
    """Who began it, as the first message that says so tells."""
    with suppress(OSError), path.open("rb") as file:
        found = _ENTRYPOINT.search(file.read(_SAMPLE))
        if found is not None:
            return _ORIGINS.get(found[1].decode(), "script")
    return "script"


def _path(launch: Installation, directories: Sequence[Path], claude: str) -> Path:
    """The transcript that a request is about. NotDone unless it is one of the project's."""
    try:
        name = f"{UUID(claude)}.jsonl"
    except ValueError:
        raise NotDone("That is not the id of a session.") from None
    for directory in directories:
        if (path := _archive(launch, directory) / name).is_file():
            return path
    raise NotDone("This project has no such session.")


def _archive(launch: Installation, directory: Path) -> Path:
    """Where the transcripts of a directory lie."""
    archive, key = launch.config_directory / "projects", project_key_for_directory(directory)
    if len(key) <= _LONGEST_KEY or (archive / key).is_dir():
        return archive / key
    # The CLI's hash is another one than the SDK's.
    return next(archive.glob(f"{key[:_LONGEST_KEY]}-*"), archive / key)


def in_terminals(launch: Installation) -> frozenset[str]:
    """The sessions that are open in terminals; the CLI keeps a file for each of its processes."""
    found: set[str] = set()
    for path in (launch.config_directory / "sessions").glob("*.json"):
        with suppress(OSError, ValueError, AttributeError):
            process = json.loads(path.read_bytes())
            if process.get("entrypoint") == "cli" and _runs(int(path.stem), str(process.get("procStart", ""))):
                found.add(str(process.get("sessionId")))
    return frozenset(found)


def _runs(pid: int, start: str) -> bool:
    """Whether a process lives, and is the one that began then (where the system tells)."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return not start or told.rpartition(")")[2].split()[19] == start
