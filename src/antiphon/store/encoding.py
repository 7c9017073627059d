"""Values as the JSON of rows, and back.

Each kind of row has one adapter. `v` says in which shape a body was written; a body without one is older than 2, and
is read all the same. A reader ignores fields that it does not know. What an older reader could not understand without
them gets another kind: rows of kinds that a version does not know are left alone by it, so that two versions can work
side by side.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from antiphon.core import blocks
from antiphon.core import requests as asks
from antiphon.core.blocks import Block, End, TakenBack, ToolTraits
from antiphon.core.coordination import requests as trees
from antiphon.core.records import InboxContent, OutboxContent, Tail, TurnBegun, UnknownBlock
from antiphon.core.requests import Reply, ReplyT, Request, RequestFailed
from antiphon.core.rules import EDITS, directory
from antiphon.core.values import Answer, Change, Interrupt, Prompt, Steer

Body = Mapping[str, Any]  # a row's JSON
InboxKind = Literal["turn", "steer", "stop", "answer", "change"]
OutboxKind = Literal["begin", "block", "end", "undo"]

_SHAPE = {"v": 2}
PROMPTS = ("turn", "steer")  # the kinds of inbox rows that become turns, or parts of one
ERRANDS = ("stop", "answer", "change")  # and those of all others that this version knows
OUTBOX = ("begin", "block", "end", "undo")


def inbox_body(content: InboxContent) -> tuple[InboxKind, dict[str, Any]]:
    """The kind and the body of the inbox row that carries it."""
    match content:
        case Prompt():
            return "turn", {**_SHAPE, **_unnumbered(content)}
        case Steer(prompt, now):
            return "steer", {**_SHAPE, **_unnumbered(prompt), "now": now}
        case Interrupt():
            return "stop", {**_SHAPE, **_unnumbered(content)}
        case Answer():
            return "answer", {**_SHAPE, **_unnumbered(content)}
        case Change(message, prompt):
            return "change", {**_SHAPE, "message": message, "prompt": prompt and {**_SHAPE, **_unnumbered(prompt)}}


def inbox_content(kind: InboxKind, body: Body, n: int) -> InboxContent:
    """The inverse, for inbox row `n`."""
    match kind:
        case "turn":
            return prompt_of(body, n)
        case "steer":
            return Steer(prompt_of(body, n), bool(body.get("now", False)))
        case "stop":
            return _adapter(Interrupt).validate_python({**body, "inbox": n})
        case "answer":
            return _adapter(Answer).validate_python({**body, "inbox": n})
        case "change":
            prompt = body.get("prompt")
            return Change(body["message"], None if prompt is None else prompt_of(prompt, n), n)


def prompt_of(body: Body, n: int = 0) -> Prompt:
    """The prompt that an inbox row of one of the kinds PROMPTS carries."""
    if "v" not in body:
        asker = {"name": body["author"], "id": body.get("asker")}
        attachments = {"files": body.get("files", ()), "notes": body.get("notes", ())}
        body = {**body, "asker": asker, "attachments": attachments}
    return _adapter(Prompt).validate_python({**body, "inbox": n})


def reworded(body: Body, prompt: Prompt) -> dict[str, Any]:
    """The body of such a row, with another prompt that is taken up as the first one would have been."""
    return {**_SHAPE, **_unnumbered(prompt), "now": body.get("now", False)}


def _unnumbered(content: Prompt | Interrupt | Answer) -> dict[str, Any]:
    return _adapter(type(content)).dump_python(content, mode="json", exclude={"inbox"})


# Outbox rows and live tails

_BLOCKS: Mapping[str, type[Block]] = {
    "text": blocks.TextBlock,
    "thinking": blocks.ThinkingBlock,
    "tool": blocks.ToolBlock,
    "ask": blocks.AskBlock,
    "budget": blocks.BudgetBlock,
    "file": blocks.FileBlock,
    "steer": blocks.SteerBlock,
    "typed": blocks.TypedBlock,
    "scheduled": blocks.ScheduledBlock,
    "note": blocks.NoteBlock,
    "held": blocks.HeldBlock,
}
_BLOCK_NAMES: Mapping[type[Block], str] = {block: name for name, block in _BLOCKS.items()}


def outbox_body(content: OutboxContent) -> tuple[OutboxKind, dict[str, Any]]:
    """The kind and the body of the outbox row that carries it."""
    match content:
        case TurnBegun():
            return "begin", {**_SHAPE, **_dumped(content)}
        case End():
            return "end", {**_SHAPE, **_dumped(content)}
        case TakenBack():
            return "undo", {**_SHAPE, **_dumped(content)}
        case _:
            return "block", {**_SHAPE, **_block_body(content)}


def outbox_content(kind: OutboxKind, body: Body) -> OutboxContent:
    """The inverse."""
    match kind:
        case "begin":
            return _adapter(TurnBegun).validate_python(body)
        case "end":
            return _adapter(End).validate_python(body)
        case "undo":
            return _adapter(TakenBack).validate_python(body)
        case "block":
            return block_of(body)


def block_of(body: Body) -> Block | UnknownBlock:
    """The block that an outbox row of that kind carries."""
    try:
        body = _newer_block(body)
        return _adapter(_BLOCKS[body["block"]]).validate_python(body)
    except (KeyError, ValidationError):  # a newer version's
        return UnknownBlock()


# What rows before shape 2 told by the names of Claude's tools.
_OLD_TOOLS: Mapping[str, ToolTraits] = {
    **dict.fromkeys(("Read", "NotebookRead"), ToolTraits("read")),
    **dict.fromkeys(("Edit", "MultiEdit"), ToolTraits("edit", language="diff")),
    **dict.fromkeys(("Write", "NotebookEdit"), ToolTraits("edit")),
    **dict.fromkeys(("Glob", "Grep", "LS"), ToolTraits("search")),
    "Bash": ToolTraits("execute", language="bash"),
    **dict.fromkeys(("WebFetch", "WebSearch"), ToolTraits("fetch")),
    **dict.fromkeys(("Agent", "Task"), ToolTraits("think", starts_agent=True)),
    **dict.fromkeys(("TodoWrite", "TaskCreate", "TaskUpdate"), ToolTraits("think", quiet=True)),
}
_OLD_REQUESTS = {"AskUserQuestion": "questions", "ExitPlanMode": "plan"}


def _newer_block(body: Body) -> Body:
    """A block as this version writes it. Earlier ones told kinds of tools and requests by the names of Claude's tools,
    and a budget was a permission with a name of its own that told its step at the end of what it asked."""
    kept = {key: body[key] for key in ("id", "asked", "outcome", "by", "answered") if key in body}
    match body:
        case {"block": "tool", "name": str(name)} if "traits" not in body:
            return {**body, "traits": _OLD_TOOLS.get(name, ToolTraits())}
        case {"block": "ask", "name": "Budget", "subject": text, "detail": str(detail)} if "kind" not in body:
            step = detail.rpartition("Allow $")[2].removesuffix(" more?")
            return {"block": "budget", "text": text, "step": float(step or 0), **kept}
        case {"block": "ask", "name": str(name)} if "kind" not in body:
            return _with_rules({**body, "kind": _OLD_REQUESTS.get(name, "permission")})
        case {"block": "ask"}:
            return _with_rules(body)
        case _:
            return body


_OLD_SCOPES = {  # how a rule ended when it was told in one string
    ", in this session": "session",
    ", in this project": "project",
    ", in this project, for everybody who has it": "shared",
    ", in all projects": "user",
}
_ONE_RULE = re.compile(r"[A-Za-z][\w.-]*(\((?:(?!\), ).)*\))?", re.DOTALL)


def _with_rules(body: Body) -> Body:
    """A request whose rules are values. Earlier versions had a string for each, and told the one that was chosen by its
    string alone."""
    rules = body.get("rules") or ()
    if not any(isinstance(one, str) for one in rules):
        return body
    made = {**body, "rules": [_rule_of(one) if isinstance(one, str) else one for one in rules]}
    if body.get("outcome") == "allowed" and body.get("words") in rules:
        made |= {"rule": rules.index(body["words"]), "words": ""}
    return made


def _rule_of(told: str) -> Body:
    """Several rules of one string were joined, so that nothing tells where one ends: then it names none."""
    ending = max((one for one in _OLD_SCOPES if told.endswith(one)), key=len, default="")
    what = told.removesuffix(ending)
    match what.partition("files in "):
        case "", "files in ", path:
            texts = () if ", " in path else (directory(path),)
        case _ if what == "all edits of files":
            texts = (EDITS,)
        case _:
            texts = (what,) if _ONE_RULE.fullmatch(what) else ()
    return {"label": what, "texts": texts, "scope": _OLD_SCOPES.get(ending, "")}


def tail_body(tail: Tail) -> dict[str, Any]:
    """A live tail."""
    return {**_SHAPE, "from": tail.start, "blocks": [_block_body(block) for block in tail.blocks]}


def stored_tail(body: Body) -> Tail:
    """The inverse."""
    return Tail(body["from"], tuple(map(block_of, body["blocks"])))


def _block_body(block: Block | UnknownBlock) -> dict[str, Any]:
    assert not isinstance(block, UnknownBlock), "only what was read is unknown"
    return {"block": _BLOCK_NAMES[type(block)], **_dumped(block)}


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _dumped(value: object) -> dict[str, Any]:
    return _adapter(type(value)).dump_python(value, mode="json")


# Requests, by the name that their rows have, each with its reply

_REQUESTS: Mapping[str, tuple[type[Request[Any]], type[Reply]]] = {
    "skills": (asks.ListSkills, asks.SkillList),
    "diff": (asks.ReadDiff, asks.DiffText),
    "sessions": (asks.ListSessions, asks.SessionList),
    "info": (asks.DescribeSession, asks.SessionInfo),
    "fork": (asks.ForkSession, asks.ForkedSession),
    "transcript": (asks.ReadTranscript, asks.TranscriptTail),
    "aside": (asks.AskAside, asks.SideAnswer),
    "context": (asks.ReadContext, asks.ContextUsage),
    "choose": (asks.Choose, asks.ChoicesMade),
    "move": (asks.SwitchConversation, asks.ConversationSwitched),
    "rewind": (asks.Rewind, asks.Rewound),
    "now": (asks.InterruptFor, asks.StepInterrupted),
    "stop_jobs": (asks.StopJobs, asks.JobsStopped),
    "rules": (asks.ListRules, asks.RuleList),
    "remove_rules": (asks.RemoveRules, asks.RulesChanged),
    "add_rules": (asks.AddRules, asks.RulesChanged),
    "change_rules": (asks.ChangeRules, asks.ChoicesMade),
    "take_back": (asks.TakeBackAnswer, asks.ChoicesMade),
    "take_over": (asks.TakeOver, asks.SessionTaken),
    "leave_out": (asks.LeaveOut, asks.SessionLeftOut),
    "worktrees": (trees.ReadWorktrees, trees.WorktreesRead),
    "change_worktree": (trees.ChangeWorktree, trees.WorktreeChanged),
    "renew": (trees.RenewProcess, trees.ProcessRenewed),
}
REQUESTS = tuple(_REQUESTS)  # all that this version knows
_NAMES: Mapping[type[Request[Any]], str] = {request: name for name, (request, _) in _REQUESTS.items()}


def request_body(request: Request[Any]) -> tuple[str, dict[str, Any]]:
    """The name and the body of the request's row."""
    return _NAMES[type(request)], {**_SHAPE, **_dumped(request)}


def request_of(name: str, body: Body) -> Request[Any]:
    """The inverse."""
    return _adapter(_REQUESTS[name][0]).validate_python(body)


def reply_body(reply: Reply) -> dict[str, Any]:
    """The body of a reply."""
    if isinstance(reply, RequestFailed):
        return {**_SHAPE, "error": reply.reason}
    return {**_SHAPE, **_dumped(reply)}


def reply_to(request: Request[ReplyT], body: Body) -> ReplyT | RequestFailed:
    """The inverse, for the request that it answers."""
    if "error" in body:
        return RequestFailed(body["error"])
    return _adapter(_REQUESTS[_NAMES[type(request)]][1]).validate_python(body)
