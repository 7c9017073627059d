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
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from claude_agent_sdk import get_session_info, project_key_for_directory, rename_session
from claude_agent_sdk.types import SDKSessionInfo

from antiphon.agent.disk import git_diff, transcripts
from antiphon.agent.disk.skills import skills
from antiphon.agent.process.installation import Installation
from antiphon.agent.surrogates import whole
from antiphon.core.records import Body
from antiphon.core.values import Project, Session
from antiphon.errors import NotDone

_MOST = 200  # sessions or messages of one reply
_LONGEST_KEY = 200  # characters of a directory's name in the archive; longer ones end in a hash
_LONGEST_WORDS = 200  # characters of a title or a first prompt
_SAMPLE = 256 * 1024  # bytes of a transcript's beginning in which its origin is looked for
_ENTRYPOINT = re.compile(rb'"entrypoint": ?"([\w-]+)"')
_ORIGINS = {"cli": "terminal", "sdk-py": "discord"}  # all others: a script


async def look(
    launch: Installation, project: Project, session: Session | None, what: str, details: Body
) -> dict[str, Any]:
    """Something by its name; see the functions below for what each wants and gives."""
    match what:
        case "skills":
            found = await asyncio.to_thread(skills, project.directory, launch.config_directory)
            reply: dict[str, Any] = {"skills": found}
        case "diff":
            reply = await git_diff.diff(project.directory)
        case "sessions" | "info" | "fork" | "transcript":
            directories = await git_diff.worktrees(project.directory)
            reply = await asyncio.to_thread(_LOOKS[what], launch, directories, details)
        case _:
            raise NotDone(f"This version knows no {what}.")
    return cast("dict[str, Any]", whole(reply))


def sessions(launch: Installation, directories: Sequence[Path], details: Body) -> dict[str, Any]:
    """{"limit"} -> {"sessions": [...]}, newest first; each as `_told` says."""
    archives = {_archive(launch, directory) for directory in directories}
    stamped: list[tuple[float, Path]] = []
    for path in (path for archive in archives for path in archive.glob("*.jsonl")):
        with suppress(OSError):  # gone since
            stamped.append((path.stat().st_mtime, path))
    live = in_terminals(launch)
    told: list[dict[str, Any]] = []
    for _, path in sorted(stamped, reverse=True):
        info = get_session_info(path.stem)
        if info is not None:  # else it holds no conversation
            told.append(_told(info, path, live))
        if len(told) >= min(int(details.get("limit", _MOST)), _MOST):
            break
    return {"sessions": told}


def info(launch: Installation, directories: Sequence[Path], details: Body) -> dict[str, Any]:
    """{"claude"} -> as `_told` says, and "command": what goes on with it in a terminal."""
    path = _path(launch, directories, details)
    found = get_session_info(path.stem)
    if found is None:
        raise NotDone("Nothing was said in that session yet.")
    told = _told(found, path, in_terminals(launch))
    cwd = told["cwd"] or str(directories[0])
    return {**told, "cwd": cwd, "command": f"cd {shlex.quote(cwd)} && claude --resume {path.stem}"}


def fork(launch: Installation, directories: Sequence[Path], details: Body) -> dict[str, Any]:
    """{"claude", "turn": a prompt's uuid or ""} -> {"claude": the copy's id}: all of the conversation, or what was
    before that prompt, with the files kept at its messages. What is lost: what the session has cost, its choices, and
    the words of its sub-agents."""
    path = _path(launch, directories, details)
    old = transcripts.read(path)
    leaf = old.until(str(details["turn"])) if details.get("turn") else old.leaf
    new = transcripts.copied(old, leaf, launch.config_directory)
    found = get_session_info(path.stem)
    with suppress(OSError, ValueError):  # a title is not worth a failure
        rename_session(new, f"{_title(found) if found else 'A conversation'} (fork)")
    return {"claude": new}


def transcript(launch: Installation, directories: Sequence[Path], details: Body) -> dict[str, Any]:
    """{"claude", "last": how many} -> {"messages": [{"role": "user" | "assistant", "text", "at"}], "total"}."""
    said = transcripts.read(_path(launch, directories, details)).said()
    last = max(0, min(int(details.get("last", _MOST)), _MOST))
    return {"messages": said[len(said) - last :] if last < len(said) else said, "total": len(said)}


_LOOKS = {"sessions": sessions, "info": info, "fork": fork, "transcript": transcript}


def _told(info: SDKSessionInfo, path: Path, live: frozenset[str]) -> dict[str, Any]:
    """{"claude", "title", "first", "modified": epoch seconds, "branch", "cwd", "origin": where it began (whoever uses
    the same SDK counts as Discord), "live": whether it is open in a terminal}."""
    return {
        "claude": info.session_id,
        "title": _title(info),
        "first": _line(info.first_prompt or ""),
        "modified": info.last_modified / 1000,
        "branch": "" if info.git_branch == "HEAD" else info.git_branch or "",  # HEAD: on none, or no repository
        "cwd": info.cwd or "",
        "origin": _origin(path),
        "live": info.session_id in live,
    }


def _title(info: SDKSessionInfo) -> str:
    return _line(info.custom_title or info.first_prompt or info.summary)


def _line(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_WORDS]


def _origin(path: Path) -> str:
    """Who began it, as the first message that says so tells."""
    with suppress(OSError), path.open("rb") as file:
        found = _ENTRYPOINT.search(file.read(_SAMPLE))
        if found is not None:
            return _ORIGINS.get(found[1].decode(), "script")
    return "script"


def _path(launch: Installation, directories: Sequence[Path], details: Body) -> Path:
    """The transcript that a request is about. NotDone unless it is one of the project's."""
    try:
        name = f"{UUID(str(details['claude']))}.jsonl"
    except (ValueError, KeyError):
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
