"""Files that Claude sends to Discord.

Promises: a file goes out only from the project's directory or from those that the project names (`send_from`), after
symbolic links are followed; what goes out is a copy that Claude does not change any more; each file that does not go
is named to Claude with the reason, and the others go all the same. What Claude Code's settings deny to Read does not
go, nor what is the bridge's or Claude Code's own; before a file goes whose name begins with a dot, or that git ignores,
people are asked, as they are for other tools. May not know: Discord's requests.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from antiphon.agent.disk.denials import UnknownRules, denied
from antiphon.agent.disk.reading import read_regular
from antiphon.agent.redaction import Redaction
from antiphon.core.file_names import numbered, safe_name
from antiphon.core.values import File

_MEGABYTE = 1024 * 1024
_LARGEST = 10 * _MEGABYTE  # Discord's default limit of a file: developer docs, reference, "Uploading Files"
_ALTOGETHER = 25 * _MEGABYTE  # of one request: the same page


class NotSent(Exception):
    """A file is not sent; the message tells Claude why."""


@dataclass(frozen=True, slots=True)
class SendableFiles:
    """Selects and copies the files that may be sent. `root`: what relative paths start from; `allowed`: the directories
    below which files may be sent; `out`: where their copies lie, for whoever posts them (and removes them);
    `config_directory`: Claude Code's; `kept`: directories from which nothing goes."""

    root: Path
    allowed: tuple[Path, ...]
    out: Path
    config_directory: Path
    kept: tuple[Path, ...] = ()
    redaction: Redaction = field(default_factory=Redaction)

    def copy(self, paths: Sequence[str]) -> tuple[list[File], list[str]]:
        """Copy what may go; the copies, and for each other path a line with the reason. Reads and writes files: not for
        the event loop. OSError when the copies cannot be written."""
        files: list[File] = []
        refused: list[str] = []
        room = _ALTOGETHER
        target = self.out / uuid4().hex
        for path in dict.fromkeys(paths):
            try:
                name, content = self._read(path, room)
            except NotSent as why:
                refused.append(f"{path}: {why}")
                continue
            target.mkdir(parents=True, exist_ok=True, mode=0o700)
            name = _unique(name, {file.name for file in files})
            (target / name).write_bytes(content)
            (target / name).chmod(0o400)  # Claude may write below the session's directory, but these are gone
            files.append(File(name, str(target / name), len(content)))
            room -= len(content)
        return files, refused

    def _read(self, path: str, room: int) -> tuple[str, bytes]:
        """A name for the file, and its content, if it may go."""
        named = self.root / path
        try:
            real = named.resolve(strict=True)
            self._check(named, real)
            content = _content(real)
        except FileNotFoundError:
            raise NotSent("there is no such file.") from None
        except (OSError, RuntimeError, ValueError) as error:  # links in a circle, a name that is none
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise NotSent(f"it cannot be read ({reason}).") from None
        if len(content) > room:
            raise NotSent("with the others it is more than 25 MiB; send it with another call.")
        if self.redaction.in_bytes(content):
            raise NotSent("it holds a secret of the bridge.")
        return safe_name(named.name), content

    def _check(self, named: Path, real: Path) -> None:
        if not any(real.is_relative_to(directory.resolve()) for directory in self.allowed):
            raise NotSent("it lies outside the project's directory, and the project does not allow that place.")
        if any(real.is_relative_to(directory.resolve()) for directory in (self.config_directory, *self.kept)):
            raise NotSent("it is one of the bridge's or of Claude Code's own files.")
        try:
            if denied((Path(os.path.abspath(named)), real), self.root, self.config_directory):
                raise NotSent("Claude Code's settings deny reading it.")
        except UnknownRules as error:
            raise NotSent(f"whether Claude Code's settings deny reading it is not known: {error}.") from error

    def hidden(self, path: str) -> tuple[bool, Path]:
        """Whether a name in a path, or behind its links, begins with a dot; and where the links lead. Reads
        directories; OSError, RuntimeError and ValueError: there is no such file."""
        named, real = Path(os.path.abspath(self.root / path)), (self.root / path).resolve(strict=True)
        below = (
            one.relative_to(directory)
            for root in self.allowed
            for directory in (root, root.resolve())
            for one in (named, real)
            if one.is_relative_to(directory)
        )
        return any(part.startswith(".") for one in below for part in one.parts), real


def _content(real: Path) -> bytes:
    """All of a regular file of a size that Discord takes."""
    if real.is_dir():
        raise NotSent("it is a directory; pack it into an archive first.")
    content = read_regular(real, _LARGEST + 1)  # it may grow while it is read
    if not content:
        raise NotSent("it is empty.")
    if len(content) > _LARGEST:
        raise NotSent("it is larger than 10 MiB, which is what Discord takes.")
    return content


def _unique(name: str, taken: set[str]) -> str:
    """The name, or one like it that no other file of the message has."""
    unique, number = name, 2
    while unique in taken:
        unique, number = numbered(name, number), number + 1
    return unique
