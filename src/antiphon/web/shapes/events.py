"""What happens in a session."""

import json
from dataclasses import dataclass, replace
from typing import Any

from antiphon.core import blocks
from antiphon.core.records import OutboxRow, TurnBegun
from antiphon.core.values import TurnId


@dataclass(frozen=True, slots=True)
class Event:
    """One of a session's events: `id` by which a stream goes on (None: not by this one), its name, and what it says."""

    id: int | None
    name: str
    data: dict[str, Any]


def event(row: OutboxRow) -> Event:
    """What a row says, for programs."""
    match row.content:
        case TurnBegun(started=started):
            return Event(row.seq, "turn", {"turn": row.turn, "started": started})
        case blocks.End() as end:
            told = {"reason": end.reason, "at": end.at, "error": end.error, "cost": end.usage.cost}
            return Event(row.seq, "end", {"turn": row.turn, **told})
        case blocks.TextBlock(text):
            return Event(row.seq, "text", {"turn": row.turn, "text": text})
        case blocks.ToolBlock() as tool:
            told = {"tool": tool.name, "subject": tool.subject, "state": tool.state}
            return Event(row.seq, "tool", {"turn": row.turn, **told})
        case blocks.AskBlock() | blocks.BudgetBlock() as need:
            return replace(open_request(row.turn, need), id=row.seq)
        case blocks.NoteBlock(text) | blocks.HeldBlock(text=text):
            return Event(row.seq, "note", {"turn": row.turn, "text": text})
        case blocks.SteerBlock(text=text, by=by):
            return Event(row.seq, "said", {"turn": row.turn, "text": text, "by": by})
        case blocks.TypedBlock(text):
            return Event(row.seq, "said", {"turn": row.turn, "text": text, "by": "terminal"})
        case blocks.FileBlock(files, caption):
            return Event(row.seq, "files", {"turn": row.turn, "files": [one.name for one in files], "text": caption})
        case blocks.ScheduledBlock(name, text):
            return Event(row.seq, "said", {"turn": row.turn, "text": text, "by": name})
        case _:
            return Event(row.seq, "other", {"turn": row.turn})


def open_request(turn: TurnId, need: blocks.Need) -> Event:
    """What Claude asks; `outcome` null: it has no answer yet."""
    told = {"turn": turn, "request": need.id, "outcome": need.outcome, "by": need.by}
    if isinstance(need, blocks.BudgetBlock):
        return Event(None, "request", {**told, "kind": "budget", "tool": "", "subject": need.text})
    return Event(None, "request", {**told, "kind": need.kind, "tool": need.name, "subject": need.subject})


def encoded(data: dict[str, Any]) -> str:
    """As a line of a stream; half a surrogate pair becomes a question mark."""
    return json.dumps(data, ensure_ascii=False).encode("utf-8", "replace").decode()
