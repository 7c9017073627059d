"""What a request's `messages` array says: the person's prompt, and the tool rounds of the turn that it started.

The CLI puts much around a prompt: reminders, context, summaries, notes about slash commands, and messages of role
"system" between the others. All of that is set aside here, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from antiphon.standin.model.acts import Json, Result, json_objects

_REMINDER = re.compile(r"<system-reminder>.*?</system-reminder>\s*", re.DOTALL)
_DEFERRED = re.compile(r"deferred tools are now available.*?\n((?:[\w-]+(?:\n|$))+)")
_CWD = re.compile(r"working directory: (\S+)")
_SUMMARY_START = "This session is being continued from a previous conversation"
# User messages that the CLI writes itself, as they begin.
_NOT_A_PROMPT = (
    "[Request interrupted by user",
    "<local-command-",
    "<command-name>",
    "<command-message>",
    _SUMMARY_START,
)


@dataclass(frozen=True, slots=True)
class Round:
    """One assistant message with tool calls, and what came back for them, in the order of the calls."""

    tools: tuple[str, ...]
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A conversation as a script needs it.

    `prompt` is the last text a person (or a background task) put in, "" when there is none; `rounds` are the answered
    tool calls since then. `said` is every user text so far, the CLI's own summaries included.
    """

    prompt: str
    rounds: tuple[Round, ...]
    said: tuple[str, ...]
    deferred: frozenset[str]
    directory: str


def text_of(content: object) -> str:
    """The text of a string, of one text block, or of a list of blocks (joined by newlines)."""
    if isinstance(content, str):
        return content
    return "\n".join(str(block["text"]) for block in blocks_of(content) if block.get("type") == "text")


def blocks_of(content: object) -> tuple[Json, ...]:
    """The content of a message as blocks: a plain string is one text block."""
    if isinstance(content, str):
        return ({"type": "text", "text": content},)
    return json_objects(content)


def without_reminders(text: str) -> str:
    """A user text without the blocks in which the CLI adds context to it."""
    return _REMINDER.sub("", text).strip()


def user_texts(messages: Sequence[Json]) -> Iterator[tuple[int, str]]:
    """(message index, text) of every text block of a user message that is not only reminders."""
    for index, message in enumerate(messages):
        if message.get("role") != "user":
            continue
        for block in blocks_of(message.get("content")):
            text = without_reminders(str(block.get("text", ""))) if block.get("type") == "text" else ""
            if text:
                yield index, text


def read(messages: Sequence[Json], system: object = None) -> Reading:
    """Read a conversation. Unknown shapes are passed over: the CLI may send what this was not written for."""
    said = list(user_texts(messages))
    prompts = [(index, text) for index, text in said if not text.startswith(_NOT_A_PROMPT)]
    start = prompts[-1][0] if prompts else 0
    everything = "\n".join([text_of(system), *(text_of(message.get("content")) for message in messages)])
    directory = _CWD.search(everything)
    return Reading(
        prompt="\n".join(text for index, text in prompts if index == start),
        rounds=tuple(_rounds(messages, start)),
        said=tuple(text for _, text in said),
        deferred=frozenset(name for names in _DEFERRED.findall(everything) for name in names.split()),
        directory=directory.group(1) if directory else "",
    )


def _rounds(messages: Sequence[Json], start: int) -> Iterator[Round]:
    results: dict[str, Result] = {}
    for message in messages[start + 1 :]:
        for block in blocks_of(message.get("content")):
            if block.get("type") == "tool_result":
                text = text_of(block.get("content"))
                results[str(block.get("tool_use_id"))] = Result(text=text, is_error=bool(block.get("is_error")))
    for message in messages[start + 1 :]:
        uses = [block for block in blocks_of(message.get("content")) if block.get("type") == "tool_use"]
        answered = [block for block in uses if str(block.get("id")) in results]
        if message.get("role") == "assistant" and answered:
            yield Round(
                tools=tuple(str(block.get("name")) for block in answered),
                results=tuple(results[str(block.get("id"))] for block in answered),
            )
