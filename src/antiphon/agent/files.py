"""Files that Claude sends to the thread: the in-process MCP tool `send_file`.

Promises: a file goes out only from the project's directory or from those that the project names (`send_from`), after
symbolic links are followed; what goes out is a copy that Claude does not change any more; each file that does not go
is named to Claude with the reason, and the others go all the same. The directory rule is the only one: what lies inside
the project is the project's. May not know: Discord's requests.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from claude_agent_sdk import create_sdk_mcp_server, tool
from claude_agent_sdk.types import McpSdkServerConfig

from antiphon.agent.disk.reading import DiskThreads, read_regular
from antiphon.agent.redaction import Redaction
from antiphon.core.blocks import FileBlock
from antiphon.core.events import AgentEvent
from antiphon.core.file_names import numbered, safe_name
from antiphon.core.values import File, Project

SERVER = "antiphon"
RULE = f"mcp__{SERVER}__send_file"  # the tool's name for permission rules

_MEGABYTE = 1024 * 1024
_LARGEST = 10 * _MEGABYTE  # Discord's default limit of a file: developer docs, reference, "Uploading Files"
_ALTOGETHER = 25 * _MEGABYTE  # of one request: the same page
_MOST = 10  # attachments of a message: developer docs, "Create Message"
_LONGEST_CAPTION = 1500  # characters; Discord takes 2,000 with what we add

_DESCRIPTION = (
    "Send files to the Discord thread in which people read this conversation; they cannot see this machine's files. "
    "Images are shown in the thread, other files can be downloaded. Use it when somebody wants a file, or a result is "
    "one: a picture, a chart, a report, an archive. Only files inside the project (and directories that its owner "
    "allowed), 10 MiB each, 25 MiB together."
)
_INPUT = {
    "type": "object",
    "properties": {
        "paths": {
            "type": "array",
            "items": {"type": "string"},
            "minItems": 1,
            "maxItems": _MOST,
            "description": "The files, absolute or relative to the project's directory.",
        },
        "caption": {"type": "string", "maxLength": _LONGEST_CAPTION, "description": "A line to go with them."},
    },
    "required": ["paths"],
}


class NotSent(Exception):
    """A file is not sent; the message tells Claude why."""


@dataclass(frozen=True, slots=True)
class SendableFiles:
    """Selects and copies the files that may be sent. `root`: what relative paths start from; `allowed`: the directories
    below which files may be sent; `out`: where their copies lie, for whoever posts them (and removes them)."""

    root: Path
    allowed: tuple[Path, ...]
    out: Path
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
            if not any(real.is_relative_to(directory.resolve()) for directory in self.allowed):
                raise NotSent("it lies outside the project's directory, and the project does not allow that place.")
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


def send_file_server(
    project: Project, out: Path, post: Callable[[AgentEvent], None], disk: DiskThreads, redaction: Redaction
) -> McpSdkServerConfig:
    """The MCP server with the tool `send_file`; `post` is called in the event loop when files are ready to go, copied
    to below `out`."""
    files = SendableFiles(project.directory, (project.directory, *project.claude.send_from), out, redaction)

    @tool("send_file", _DESCRIPTION, _INPUT)
    async def send_file(given: dict[str, Any]) -> dict[str, Any]:
        try:
            copies, refused = await disk.run(project.directory, files.copy, [str(path) for path in given["paths"]])
        except OSError as error:
            return _result(f"No file was sent: the bridge could not copy them ({error.strerror}).", failed=True)
        lines = [f"Not sent: {line}" for line in refused]
        if copies:
            post(FileBlock(tuple(copies), str(given.get("caption") or "").strip()))
            names = ", ".join(f"{file.name} ({file.size:,} bytes)" for file in copies)
            lines.insert(0, f"Will appear in the thread now: {names}.")
        return _result("\n".join(lines), failed=not copies)

    # Tools of a server without this hide behind a search that the model has to think of.
    server = {**create_sdk_mcp_server(SERVER, tools=[send_file]), "alwaysLoad": True}
    return cast("McpSdkServerConfig", server)


def _result(text: str, *, failed: bool) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}], "is_error": failed}


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
