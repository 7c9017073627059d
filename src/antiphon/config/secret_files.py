"""Files that hold secrets: the configuration itself, and the token's own file. Who else could read them."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from antiphon.config import wording
from antiphon.config.base import KeyPath
from antiphon.config.initial_environment import TOKEN
from antiphon.config.problems import Problem
from antiphon.config.sources import Sources
from antiphon.config.variables import TOKEN_FILE

_TOKEN = ("discord", "token")
_MOST = 4096  # bytes of a token's file


def token_from_file(sources: Sources) -> Iterator[Problem]:
    """Take the token from the file that is named for it; what is wrong with that file."""
    section, file = sources.data.get("discord"), _token_file(sources)
    if file is None or not isinstance(section, dict) or "token" in section:
        return
    section = cast(dict[str, object], section)
    try:
        with file.open("rb") as opened:
            section["token"] = opened.read(_MOST).decode().strip()
    except (OSError, ValueError) as error:
        section["token"] = "-"  # noqa: S105 - none: the file is what is wrong
        yield Problem(TOKEN_FILE, wording.no_token_file(file, getattr(error, "strerror", None)))
        return
    yield from exposed(file, TOKEN_FILE)


def open_to_others(sources: Sources) -> Iterator[Problem]:
    """The first secret of the configuration, where others than the file's owner may read it."""
    triggers = sources.data.get("triggers")
    names = list(cast(dict[str, Any], triggers)) if isinstance(triggers, dict) else []
    held = (_TOKEN, ("webhook", "url"), *(("triggers", name, "secret") for name in names))
    first = next((path for path in held if sources.has(path)), None)
    if sources.file is not None and first is not None:
        yield from exposed(sources.file, first)


def exposed(file: Path, path: KeyPath) -> tuple[Problem, ...]:
    """The problem of a file with a secret, that others than its owner may read; it stands at this path of the
    configuration. Where the file is not ours, its group is how we read it."""
    found = file.stat()
    ours = found.st_uid == os.getuid()
    if not found.st_mode & (stat.S_IRGRP | stat.S_IROTH if ours else stat.S_IROTH):
        return ()
    return (Problem(path, wording.readable_by_others(file, "600" if ours else "o-rwx")),)


def within_reach(sources: Sources, *, root: bool) -> tuple[str, ...]:
    """Where Claude Code, which runs as the same user, could read the token all the same. `root`: as root."""
    file = sources.file if sources.has(_TOKEN) else _token_file(sources)
    where = [f"in {file}"] if file is not None else []
    advice = f"set {TOKEN} instead (with systemd: by an EnvironmentFile of root's)"
    if root:
        where.append("in this process's memory, because both run as root")
        advice = f"run Antiphon as a user of its own, with {TOKEN} in its environment"
    return (wording.within_reach(" and ".join(where), advice),) if where else ()


def _token_file(sources: Sources) -> Path | None:
    """The file that the token is taken from; None: it comes from elsewhere."""
    section = sources.data.get("discord")
    if sources.file is None or _TOKEN not in sources.said_by or not isinstance(section, dict):
        return None
    named = cast(dict[str, object], section).get("token_file")
    return sources.file.parent / os.path.expanduser(named) if isinstance(named, str) else None
