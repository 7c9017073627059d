"""The configuration that set-up writes, with comments; and changes in one that is there, which leave all else as it
is."""

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

from antiphon.attach.state import save
from antiphon.errors import StoreError
from antiphon.setup import wording

_NAME = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Answers:
    """What the configuration says. `people`: besides the owners of the application (`owners`, by id)."""

    directory: Path
    channel: int
    channel_name: str
    people: tuple[int, ...]
    owners: Mapping[int, str]
    api: str | None = None


def content(answers: Answers, token_file: Path) -> str:
    """A whole configuration: pure."""
    name = _NAME.sub("-", answers.directory.name).strip("-") or "project"
    api = [] if answers.api is None else [f"api = {json.dumps(answers.api)}"]
    owners = ", ".join(_comment(one) for one in answers.owners.values())
    people = sorted({*answers.people, *answers.owners})
    nobody = "# people = [123]  # these people instead, by id (roles = [456]: by role)"
    who = f"people = {people}" if answers.people else nobody
    return "\n".join(
        [
            "# Antiphon: Claude Code in Discord. `antiphon config check` reads this file, `antiphon doctor` the rest.",
            "",
            "[discord]",
            f"token_file = {json.dumps(token_file.name)}  # beside this file; only you can read it",
            *api,
            "",
            f"[projects.{name}]",
            f"directory = {json.dumps(str(answers.directory), ensure_ascii=False)}  # where Claude works",
            f"channels = [{answers.channel}]  # #{_comment(answers.channel_name)}",
            f"# Who may ask Claude here: without `people` and `roles` {owners} alone, as the bot's owner.",
            who,
            '# permission_mode = "acceptEdits"  # "default": Claude asks before each edit and command',
            '# model = "sonnet"',
            "# budgets = { day = 20 }  # dollars",
            "",
        ]
    )


def write(path: Path, text: str) -> None:
    """Write a new configuration; never over one that is there. StoreError: it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise StoreError(wording.NOT_WRITTEN.format(path=path, why=error.strerror)) from None


def change(path: Path, project: str, changes: Mapping[str, object]) -> None:
    """Set keys of a project in a configuration that is there. StoreError: it cannot be written."""

    def set_keys(document: Any) -> None:
        for key, value in changes.items():
            document["projects"][project][key] = value

    _changed(path, set_keys)


def name_token_file(path: Path, name: str) -> None:
    """Have the configuration name the file that holds the token, in place of a token. StoreError: as above."""

    def set_name(document: Any) -> None:
        section = document.setdefault("discord", tomlkit.table())
        section.pop("token", None)
        section["token_file"] = name

    _changed(path, set_name)


def _changed(path: Path, by: Callable[[Any], None]) -> None:
    try:
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
        by(document)
        save(path, tomlkit.dumps(document).encode(), path.stat().st_mode & 0o777)
    except OSError as error:
        raise StoreError(wording.NOT_WRITTEN.format(path=path, why=error.strerror)) from None


def _comment(text: str) -> str:
    """On one line, as a comment of TOML may have it."""
    return "".join(char if char.isprintable() else " " for char in text)[:60]
