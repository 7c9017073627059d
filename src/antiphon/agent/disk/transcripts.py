"""The transcripts that Claude Code keeps of its conversations: read, and copied.

A transcript is a file of JSON lines that form a tree; the conversation is the path from its root to its newest leaf,
or to the leaf that a rewind names. Read tolerantly: the format is Claude Code's own. Reads files: not for the event
loop.
"""

import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from antiphon.agent import wording
from antiphon.agent.disk.reading import open_regular
from antiphon.agent.json_values import mapping, mappings, without_surrogates
from antiphon.core.requests import TranscriptMessage
from antiphon.core.values import TurnId
from antiphon.errors import NotDone

Line = dict[str, Any]

_LARGEST = 100 * 1024 * 1024  # bytes; whole conversations with many images have about 50 MB
_KINDS = frozenset({"user", "assistant", "attachment", "system", "progress"})  # the lines that form the tree
_SNAPSHOTS = frozenset({"file-history-snapshot", "file-history-delta"})  # which files were kept at which message
_READ = _KINDS | _SNAPSHOTS | {"content-replacement", "last-prompt"}
_NAMES = ("type", "uuid", "parentUuid", "logicalParentUuid", "leafUuid", "messageId", "snapshotMessageId")
# What the CLI writes into a user's message itself.
_GENERATED = re.compile(r"<(local-command-|bash-|system-reminder|task-notification)|\[Request interrupted by user")
_COMMAND = re.compile(r"<command-name>(?P<name>.*?)</command-name>.*?(?:<command-args>(?P<args>.*?)</command-args>)?\Z")


@dataclass(frozen=True)  # no slots: what is derived from the lines is kept
class Transcript:
    """One conversation on disk. `lines`: all that matters here, in the file's order."""

    path: Path
    lines: tuple[Line, ...]

    @cached_property
    def entries(self) -> dict[str, Line]:
        """What forms the tree, by its uuids."""
        found = (line for line in self.lines if line.get("type") in _KINDS and isinstance(line.get("uuid"), str))
        return {str(line["uuid"]): line for line in found}

    @cached_property
    def leaf(self) -> str | None:
        """The end of the conversation as it stands."""
        leaf: str | None = None
        for line in self.lines:
            if line.get("type") == "last-prompt" and line.get("explicit"):  # a rewind
                leaf = line.get("leafUuid")
            elif line.get("type") in _KINDS and not line.get("isSidechain") and isinstance(line.get("uuid"), str):
                leaf = line["uuid"]
        return leaf

    def path_to(self, leaf: str | None) -> tuple[Line, ...]:
        """The entries from the root to a leaf, also those that a compaction has replaced."""
        found: dict[str, Line] = {}
        while leaf in self.entries and leaf not in found:
            found[leaf] = self.entries[leaf]
            leaf = found[leaf].get("parentUuid") or found[leaf].get("logicalParentUuid")
        return tuple(reversed(found.values()))

    def prompts(self) -> tuple[str, ...]:
        """The uuids of the prompts, newest first, as Claude Code names them in a rewind."""
        newest_first = reversed(self.path_to(self.leaf))
        return tuple(uuid for line in newest_first if (uuid := _prompt(line)) is not None)

    def messages(self) -> tuple[TranscriptMessage, ...]:
        """What people and Claude have written, without tool calls."""
        return tuple(found for line in self.path_to(self.leaf) if (found := _as_message(line)) is not None)

    def until(self, prompt: str) -> str | None:
        """The leaf before a prompt; None: it began the conversation. NotDone: there is no such prompt."""
        for line in self.path_to(self.leaf):
            if _prompt(line) == prompt:
                return line.get("parentUuid")
        raise NotDone(wording.MESSAGE_NOT_IN_CONVERSATION)


def read(path: Path) -> Transcript:
    """Raises NotDone where it cannot be read."""
    try:
        with open_regular(path) as file:
            if os.fstat(file.fileno()).st_size > _LARGEST:
                raise NotDone(wording.conversation_too_long(_LARGEST // 1024**2))
            return Transcript(path, tuple(_lines(line.decode("utf-8", "replace") for line in file)))
    except OSError as error:
        raise NotDone(wording.failed(wording.UNREADABLE, error.strerror or "")) from error


def has_conversation(path: Path) -> bool:
    """Whether anything was said in it: without that Claude Code does not resume it (it was killed before it wrote more
    than its first line, or somebody has emptied the file). OSError where it cannot be read."""
    with open_regular(path) as file:
        lines = _lines(line.decode("utf-8", "replace") for line in file)
        return any(line.get("type") in ("user", "assistant") and line.get("uuid") for line in lines)


def received(path: Path, prompts: Mapping[TurnId, str]) -> frozenset[TurnId]:
    """Which of these prompts, by their uuids, Claude has received in this transcript, whatever became of them since.
    What waits at a turn's end the CLI sends in one message, under the last one's uuid. All of them where the transcript
    cannot be read: no prompt is to be run twice."""
    try:
        lines = [(TurnId(uuid), line) for line in read(path).lines if (uuid := _prompt(line)) is not None]
    except NotDone:
        return frozenset(prompts)
    texts = {uuid: _text(_message(line).get("content")) for uuid, line in lines if uuid in prompts}
    before = [text.rpartition(prompts[uuid])[0] for uuid, text in texts.items() if prompts[uuid]]
    with_others = (
        uuid for uuid, text in prompts.items() if text and any(f"\n{text}\n" in f"\n{one}\n" for one in before)
    )
    return frozenset({*texts, *with_others})


def copy(old: Transcript, leaf: str | None, config_directory: Path) -> str:
    """Copy a conversation as far as a leaf, with the files that were kept at its messages; the copy's id. The uuids of
    messages stay. NotDone when there is nothing to copy, or it cannot be written."""
    kept = _kept(old, leaf)
    if not kept:
        raise NotDone(wording.NOTHING_BEFORE)
    new, was = str(uuid4()), old.path.stem
    lines = [json.dumps(_moved(line, was, new), ensure_ascii=False, separators=(",", ":")) for line in kept]
    files = config_directory / "file-history"
    try:
        if (files / was).is_dir():  # first: without a transcript nothing refers to it
            shutil.copytree(files / was, files / new, symlinks=True)  # one to a device has no end
        path = old.path.with_name(f"{new}.jsonl")
        with path.open("x", encoding="utf-8") as file:
            path.chmod(0o600)
            file.write("\n".join(lines) + "\n")
    except (OSError, shutil.Error) as error:
        shutil.rmtree(files / new, ignore_errors=True)
        raise NotDone(wording.failed(wording.NOT_COPIED, str(error))) from error
    return new


def _kept(old: Transcript, leaf: str | None) -> list[Line]:
    """The lines of the path, what ran beside it, and where its files were kept."""
    path = {str(line["uuid"]) for line in old.path_to(leaf)}
    messages = {id_ for uuid in path if (id_ := _message(old.entries[uuid]).get("id")) is not None}
    for uuid, line in old.entries.items():  # calls made in parallel, and their results, stand beside the path
        beside = _message(line).get("id") in messages or (line.get("parentUuid") in path and _is_result(line))
        if beside and not line.get("isSidechain"):
            path.add(uuid)
    return [
        line
        for line in old.lines
        if (line.get("uuid") in path and line.get("type") in _KINDS)
        or (line.get("type") in _SNAPSHOTS and (line.get("snapshotMessageId") or line.get("messageId")) in path)
        or line.get("type") == "content-replacement"
    ]


def _moved(line: Line, was: str, new: str) -> Line:
    if "sessionId" not in line:
        return line
    moved = {**line, "sessionId": new}
    if "uuid" in line:
        moved["forkedFrom"] = {"sessionId": was, "messageUuid": line["uuid"]}
    return moved


def _prompt(line: Line) -> str | None:
    """The uuid under which this was sent as a prompt; None: it is none."""
    attached = mapping(line.get("attachment"))
    if attached.get("type") == "queued_command":  # sent while Claude worked
        return attached.get("source_uuid")
    if line.get("type") != "user" or line.get("isMeta") or line.get("isCompactSummary") or _is_result(line):
        return None
    return line.get("uuid")


def _as_message(line: Line) -> TranscriptMessage | None:
    attached = mapping(line.get("attachment"))
    if line.get("type") == "assistant":
        text = _text(_message(line).get("content"))
    elif _prompt(line) is not None:
        text = written_by_person(_text(attached["prompt"] if "prompt" in attached else _message(line).get("content")))
    else:
        return None
    role = "assistant" if line.get("type") == "assistant" else "user"
    return TranscriptMessage(role, text, str(line.get("timestamp", ""))) if text.strip() else None


def written_by_person(text: str) -> str:
    """What a person has written of a user's message: a command as it was typed, "" for what the CLI has made."""
    command = _COMMAND.search(text.replace("\n", " "))
    if command is not None:
        return f"{command['name']} {command['args'] or ''}".strip()
    return "" if _GENERATED.match(text.lstrip()) else text


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(
        str(block["text"]) for block in mappings(content) if block.get("type") == "text" and block.get("text")
    )


def _is_result(line: Line) -> bool:
    return any(block.get("type") == "tool_result" for block in mappings(_message(line).get("content")))


def _message(line: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(line.get("message"))


def _lines(file: Iterable[str]) -> Iterable[Line]:
    for text in file:
        with suppress(ValueError, RecursionError):  # half a line: it is being written
            line = mapping(json.loads(text))
            if _fits(line) and line.get("type") in _READ:
                yield cast("Line", without_surrogates(line))


def _fits(line: Mapping[str, Any]) -> bool:
    """Whether what we go by is text, or not there; one line that does not fit is no reason to lose the others."""
    named = [line.get(name) for name in _NAMES]
    named += [_message(line).get("id"), mapping(line.get("attachment")).get("source_uuid")]
    return all(value is None or isinstance(value, str) for value in named)
