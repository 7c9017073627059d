"""Values as the JSON of rows, and back.

Each kind of row has one adapter. `v` says in which shape a body was written; a body without one is older than 2, and
is read all the same. A reader ignores fields that it does not know. What an older reader could not understand without
them gets another kind: rows of kinds that a version does not know are left alone by it, so that two versions can work
side by side.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter

from antiphon.core import requests as asks
from antiphon.core.records import InboxContent
from antiphon.core.requests import Reply, ReplyT, Request, RequestFailed
from antiphon.core.values import Answer, Change, Interrupt, Prompt, Steer

Body = Mapping[str, Any]  # a row's JSON
InboxKind = Literal["turn", "steer", "stop", "answer", "change"]

_SHAPE = {"v": 2}
PROMPTS = ("turn", "steer")  # the kinds of inbox rows that become turns, or parts of one
ERRANDS = ("stop", "answer", "change")  # and those of all others that this version knows

_PROMPT = TypeAdapter(Prompt)
_INTERRUPT = TypeAdapter(Interrupt)
_ANSWER = TypeAdapter(Answer)


def inbox_body(content: InboxContent) -> tuple[InboxKind, dict[str, Any]]:
    """The kind and the body of the inbox row that carries it."""
    match content:
        case Prompt():
            return "turn", {**_SHAPE, **_prompt(content)}
        case Steer(prompt, now):
            return "steer", {**_SHAPE, **_prompt(prompt), "now": now}
        case Interrupt():
            return "stop", {**_SHAPE, **_INTERRUPT.dump_python(content, mode="json", exclude={"inbox"})}
        case Answer():
            return "answer", {**_SHAPE, **_ANSWER.dump_python(content, mode="json", exclude={"inbox"})}
        case Change(message, prompt):
            return "change", {**_SHAPE, "message": message, "prompt": prompt and {**_SHAPE, **_prompt(prompt)}}


def inbox_content(kind: InboxKind, body: Body, n: int) -> InboxContent:
    """The inverse, for inbox row `n`."""
    match kind:
        case "turn":
            return prompt_of(body, n)
        case "steer":
            return Steer(prompt_of(body, n), bool(body.get("now", False)))
        case "stop":
            return _INTERRUPT.validate_python({**body, "inbox": n})
        case "answer":
            return _ANSWER.validate_python({**body, "inbox": n})
        case "change":
            prompt = body.get("prompt")
            return Change(body["message"], None if prompt is None else prompt_of(prompt, n), n)


def prompt_of(body: Body, n: int = 0) -> Prompt:
    """The prompt that an inbox row of one of the kinds PROMPTS carries."""
    if "v" not in body:
        asker = {"name": body["author"], "id": body.get("asker")}
        attachments = {"files": body.get("files", ()), "notes": body.get("notes", ())}
        body = {**body, "asker": asker, "attachments": attachments}
    return _PROMPT.validate_python({**body, "inbox": n})


def reworded(body: Body, prompt: Prompt) -> dict[str, Any]:
    """The body of such a row, with another prompt that is taken up as the first one would have been."""
    return {**_SHAPE, **_prompt(prompt), "now": body.get("now", False)}


def _prompt(prompt: Prompt) -> dict[str, Any]:
    return _PROMPT.dump_python(prompt, mode="json", exclude={"inbox"})


# Requests, by the name that their rows have, each with its reply

_REQUESTS: Mapping[str, tuple[type[Request[Any]], type[Reply]]] = {
    "skills": (asks.ListSkills, asks.SkillList),
    "diff": (asks.ReadDiff, asks.DiffText),
    "sessions": (asks.ListSessions, asks.SessionList),
    "info": (asks.DescribeSession, asks.SessionInfo),
    "fork": (asks.ForkSession, asks.ForkedSession),
    "transcript": (asks.ReadTranscript, asks.TranscriptTail),
    "context": (asks.ReadContext, asks.ContextUsage),
    "choose": (asks.Choose, asks.ChoicesMade),
    "move": (asks.SwitchConversation, asks.ConversationSwitched),
    "rewind": (asks.Rewind, asks.Rewound),
    "now": (asks.InterruptFor, asks.StepInterrupted),
}
REQUESTS = tuple(_REQUESTS)  # all that this version knows
_NAMES: Mapping[type[Request[Any]], str] = {request: name for name, (request, _) in _REQUESTS.items()}


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def request_body(request: Request[Any]) -> tuple[str, dict[str, Any]]:
    """The name and the body of the request's row."""
    return _NAMES[type(request)], {**_SHAPE, **_adapter(type(request)).dump_python(request, mode="json")}


def request_of(name: str, body: Body) -> Request[Any]:
    """The inverse."""
    return _adapter(_REQUESTS[name][0]).validate_python(body)


def reply_body(reply: Reply) -> dict[str, Any]:
    """The body of a reply."""
    if isinstance(reply, RequestFailed):
        return {**_SHAPE, "error": reply.reason}
    return {**_SHAPE, **_adapter(type(reply)).dump_python(reply, mode="json")}


def reply_to(request: Request[ReplyT], body: Body) -> ReplyT | RequestFailed:
    """The inverse, for the request that it answers."""
    if "error" in body:
        return RequestFailed(body["error"])
    return _adapter(_REQUESTS[_NAMES[type(request)]][1]).validate_python(body)
