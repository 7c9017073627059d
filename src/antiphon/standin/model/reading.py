"""What a request's `messages` array says: the person's prompt, and the tool rounds of the turn that it started.

The CLI puts much around a prompt: reminders, context, summaries, notes about slash commands, and messages of role
"system" between the others. All of that is set aside here, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from antiphon.standin.model.acts import Json, Result, json_objects
from antiphon.standin.model.resuming import is_notice, result_told, was_run

_REMINDER = re.compile(r"<system-reminder>.*?</system-reminder>\s*", re.DOTALL)
_NOTIFICATION = re.compile(r"<task-notification>.*?</task-notification>", re.DOTALL)
_STEERED = re.compile(r"sent a new message while you were working:\n(.*?)\n\nThis is how Claude Code", re.DOTALL)
# What somebody has written elsewhere, as a program around the CLI hands it on in the words of a hook.
_HANDED_ON = re.compile(r'<user-message (?:id="([^"]*)")?[^>]*>\n(.*?)\n</user-message>', re.DOTALL)
_DEFERRED = re.compile(r"deferred tools are now available.*?\n((?:[\w-]+(?:\n|$))+)")
_CWD = re.compile(r"working directory: (\S+)")
_PLAN_FILE = re.compile(r"(?:create your plan at|plan file already exists at) (\S+\.md)")
_PLAN_MODE = re.compile(r"(Plan mode is active|Plan mode still active)|Exited Plan Mode")
API_ERROR = "Show me an API error"  # of the tour
_FAILS = re.compile(rf"^(error \d+|limit -?\d+|cut|hang|slow \d+|{API_ERROR})\b", re.MULTILINE)
# User texts that the CLI writes itself, as they begin.
_NOT_A_PROMPT = (
    "[Request interrupted by user",
    "<local-command-",
    "<command-name>",
    "<command-message>",
    "This session is being continued from a previous conversation",
    "Tool loaded.",
    "Your response above was cut off mid-stream",  # it goes on with what was there, or asks for all of it again
    "[Background, ",  # what others have said, in front of a prompt: nobody's prompt
    "[Image: source: ",  # stands after the words of a prompt with an image
)


@dataclass(frozen=True, slots=True)
class Round:
    """One assistant message with tool calls, and what came back for them, in the order of the calls."""

    tools: tuple[str, ...]
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A conversation as a script needs it.

    `parts` are the texts of the running turn: the one that started it, then those that came in while it ran. A
    program's notices, after which a turn goes on, are none. `after`: how many rounds lay behind when each came in.
    `rounds` are its answered tool calls. `said` is every user text so far, the CLI's own summaries included.
    `answered` is how many assistant messages lie before the turn. `plan_mode` tells whether the turn began in plan
    mode, `plan_file` where the plan is to be written ("" = unknown).
    """

    parts: tuple[str, ...]
    after: tuple[int, ...]
    rounds: tuple[Round, ...]
    answered: int
    said: tuple[str, ...]
    deferred: frozenset[str]
    directory: str
    plan_mode: bool
    plan_file: str

    @property
    def prompt(self) -> str:
        """The last text that somebody put in; "" when there is none."""
        return self.parts[-1] if self.parts else ""


def text_of(content: object) -> str:
    """The text of a string, of one text block, or of a list of blocks (joined by newlines)."""
    if isinstance(content, str):
        return content
    return "\n".join(str(block["text"]) for block in blocks_of(content) if block.get("type") == "text")


def blocks_of(content: object) -> tuple[Json, ...]:
    """The content of a message as blocks: a plain string is one text block."""
    return ({"type": "text", "text": content},) if isinstance(content, str) else json_objects(content)


def without_reminders(text: str) -> str:
    """A user text without the blocks in which the CLI adds context to it."""
    return _REMINDER.sub("", text).strip()


def is_notification(text: str) -> bool:
    """Whether a text is the CLI's note that a background task has ended."""
    return text.startswith("<task-notification>")


def _user_texts(message: Json) -> tuple[str, ...]:
    """The texts of one user message that are not reminders, as they were put in.

    The note about a finished background task counts as one: it starts a turn, although it comes as a reminder.
    """
    blocks = blocks_of(message.get("content")) if message.get("role") == "user" else ()
    texts = [str(block["text"]) for block in blocks if block.get("type") == "text"]
    if handed_on := tuple(one for text in texts for _, one in _HANDED_ON.findall(text)):
        return () if any(block.get("type") == "tool_result" for block in blocks) else handed_on
    found = tuple(text for text in texts if without_reminders(text))
    if found or any(block.get("type") == "tool_result" for block in blocks):
        return found
    return tuple(note for text in texts for note in _NOTIFICATION.findall(text))


def _prompt_of(message: Json) -> str:
    """What a person said in a user message, "" when nobody did.

    A prompt that failed is sent again in one message with the next one. The CLI then ends its last block with a line
    break, which it does not do between the blocks of one prompt, and drops a block that is nothing else: then what
    asks for a failure tells it.
    """
    texts = [text for text in _user_texts(message) if not text.startswith(_NOT_A_PROMPT)]
    failed = (at for at, text in enumerate(texts[:-1]) if text.endswith("\n") or _FAILS.search(text))
    begin = max((at + 1 for at in failed), default=0)
    return "\n".join(without_reminders(text) for text in texts[begin:])


def read(messages: Sequence[Json], system: object = None) -> Reading:
    """Read a conversation. Unknown shapes are passed over: the CLI may send what this was not written for."""
    prompts = [(index, prompt) for index, message in enumerate(messages) if (prompt := _prompt_of(message))]
    begun = [(index, prompt) for index, prompt in prompts if not is_notice(prompt)]
    start, prompt = (begun or prompts[:1] or [(0, "")])[-1]
    texts = [_everything(message) for message in messages]
    everything = "\n".join([text_of(system), *texts])
    steered = [(index, one.strip()) for index, text in enumerate(texts) for one in _STEERED.findall(text)]
    steered = sorted([*steered, *_handed_on(texts), *_beside_notices(messages)], key=lambda one: one[0])
    steered = [(index, text) for index, text in steered if index > start]
    rounds = tuple(_rounds(messages, start))
    modes = _PLAN_MODE.findall("\n".join(texts[: _first_answer(messages, start)]))
    directory, plan_files = _CWD.search(everything), _PLAN_FILE.findall(everything)
    return Reading(
        parts=(prompt, *(text for _, text in steered)) if prompt else (),
        after=(0, *(sum(at < index for at, _ in rounds) for index, _ in steered)) if prompt else (),
        rounds=tuple(one for _, one in rounds),
        answered=sum(message.get("role") == "assistant" for message in messages[:start]),
        said=tuple(without_reminders(text) for message in messages for text in _user_texts(message))
        + tuple(text for _, text in steered),
        deferred=frozenset(name for names in _DEFERRED.findall(everything) for name in names.split()),
        directory=directory.group(1) if directory else "",
        plan_mode=bool(modes and modes[-1]),
        plan_file=plan_files[-1] if plan_files else "",
    )


def _handed_on(texts: Sequence[str]) -> Iterator[tuple[int, str]]:
    """What was handed on, each with the index of the first text that has it: the CLI may tell it twice."""
    known: set[str] = set()
    for index, text in enumerate(texts):
        for id_, one in _HANDED_ON.findall(text):
            if id_ not in known:
                yield index, one.strip()
            known.add(id_)


def _beside_notices(messages: Sequence[Json]) -> Iterator[tuple[int, str]]:
    """What was said right after a program's notice: the CLI hands both over in one message."""
    for index, message in enumerate(messages):
        first, *others = map(without_reminders, _user_texts(message) or ("",))
        if is_notice(first):
            yield from ((index, one) for one in others if one)


def _everything(message: Json) -> str:
    """Every text of a message. Models without system messages get the CLI's notes inside the tool results."""
    blocks = blocks_of(message.get("content"))
    results = (text_of(block.get("content")) for block in blocks if block.get("type") == "tool_result")
    return "\n".join((text_of(message.get("content")), *results))


def _first_answer(messages: Sequence[Json], start: int) -> int:
    answers = (index for index in range(start, len(messages)) if messages[index].get("role") == "assistant")
    return next(answers, len(messages))


def _rounds(messages: Sequence[Json], start: int) -> Iterator[tuple[int, Round]]:
    """The answered tool calls of a turn, each with the index of the message that asked for them."""
    results: dict[str, Result] = {}
    for message in messages[start + 1 :]:
        for block in blocks_of(message.get("content")):
            if block.get("type") == "tool_result":
                text = without_reminders(text_of(block.get("content")))
                results[str(block.get("tool_use_id"))] = Result(text=text, is_error=bool(block.get("is_error")))
    for index, message in enumerate(messages[start + 1 :], start + 1):
        uses = [block for block in blocks_of(message.get("content")) if block.get("type") == "tool_use"]
        answered = [block for block in uses if str(block.get("id")) in results]
        if message.get("role") == "assistant" and answered:
            notice = _next_notice(messages, index)
            found = [_result(str(block.get("name")), results[str(block.get("id"))], notice) for block in answered]
            known = tuple(result for result in found if result is not None)
            if len(known) == len(found):  # else all its calls are made again
                yield index, Round(tools=tuple(str(block.get("name")) for block in answered), results=known)


def _next_notice(messages: Sequence[Json], index: int) -> str:
    """What a program said next after a message; "" when nothing."""
    return next((prompt for later in messages[index:] if is_notice(prompt := _prompt_of(later))), "")


def _result(tool: str, result: Result, notice: str) -> Result | None:
    return result if not notice or was_run(result) else result_told(tool, notice)
