"""Views as JSON and back: what outbox rows and live tails carry.

Rows of a turn, in order: one `begin` (which prompt, since when), a `block` for each settled block, one `end`. The tail
holds the blocks after the rows, as they were when it was written. `assemble` is the inverse: rows and tail give the
view back, so a restarted hub shows what the dead one knew.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from antiphon.core.blocks import (
    AskBlock,
    Block,
    End,
    FileBlock,
    NoteBlock,
    SteerBlock,
    TextBlock,
    ThinkingBlock,
    ToolBlock,
)
from antiphon.core.events import FileChange, Option, Question, ToolTraits, Usage
from antiphon.core.records import Body, OutboxRow, StoredTurn
from antiphon.core.values import File, SessionId
from antiphon.core.view import TurnView, ended

_BLOCKS: Mapping[str, Callable[..., Block]] = {
    "text": TextBlock,
    "thinking": ThinkingBlock,
    "tool": ToolBlock,
    "ask": AskBlock,
    "file": FileBlock,
    "steer": SteerBlock,
    "note": NoteBlock,
}
_TUPLES = {"rules", "chosen", "given_by", "allowed_by"}
_NAMES = {made: name for name, made in _BLOCKS.items()}


def block_body(block: Block) -> dict[str, Any]:
    """A block as JSON."""
    return {"block": _NAMES[type(block)], **asdict(block)}


def block_of(body: Body) -> Block:
    """The inverse of `block_body`."""
    fields = dict(body)
    if fields.get("change") is not None:
        fields["change"] = FileChange(**fields["change"])
    if "traits" in fields:  # not in rows of earlier versions
        fields["traits"] = ToolTraits(**fields["traits"])
    for key in _TUPLES & fields.keys():
        fields[key] = tuple(fields[key])
    if "questions" in fields:
        fields["questions"] = tuple(map(_question, fields["questions"]))
    if "files" in fields:
        fields["files"] = tuple(File(**one) for one in fields["files"])
    return _BLOCKS[fields.pop("block")](**fields)


def _question(body: Body) -> Question:
    options = tuple(Option(**one) for one in body["options"])
    return Question(body["text"], body["header"], options, body["several"])


def begin_body(view: TurnView) -> dict[str, Any]:
    """What the first row of a turn says."""
    return {"prompt": view.prompt, "started": view.started, "asker": view.asker, "known_as": view.known_as}


def end_body(end: End) -> dict[str, Any]:
    """What the last row of a turn says."""
    return asdict(end)


def end_of(body: Body) -> End:
    """The inverse of `end_body`."""
    fields: dict[str, Any] = {**body, "usage": Usage(**body["usage"])}
    return End(**fields)


def tail_body(view: TurnView, rows: int) -> dict[str, Any]:
    """The live tail of a view whose first `rows` blocks are in rows already."""
    return {"from": rows, "blocks": [block_body(block) for block in view.blocks[rows:]]}


def rows_of(session: SessionId, view: TurnView, seq: int, done: int | None) -> list[OutboxRow]:
    """The rows that `view` adds to what was emitted.

    `done`: how many blocks are in rows already, None when not even the begin is. `seq`: the first free number.
    """
    bodies: list[tuple[Any, Body]] = [] if done is not None else [("begin", begin_body(view))]
    for block in view.blocks[done or 0 :]:
        if not block.settled:
            break
        bodies.append(("block", block_body(block)))
    if view.end is not None:
        bodies.append(("end", end_body(view.end)))
    return [OutboxRow(session, seq + n, view.turn, kind, body) for n, (kind, body) in enumerate(bodies)]


def assemble(story: StoredTurn) -> TurnView:
    """The view that a story tells."""
    begin: Body = {"prompt": None, "started": 0.0}
    blocks: list[Block] = []
    end: End | None = None
    for row in story.rows:
        match row.kind:
            case "begin":
                begin = row.body
            case "block":
                blocks.append(block_of(row.body))
            case "end":
                end = end_of(row.body)
    if story.tail is not None:
        blocks.extend(_after(story.tail, len(blocks)))
    view = TurnView(
        story.turn, begin["prompt"], begin["started"], tuple(blocks), begin.get("asker"), known_as=begin.get("known_as")
    )
    return view if end is None else ended(view, end)


def _after(tail: Body, rows: int) -> Iterable[Block]:
    skipped = rows - tail["from"]  # rows may have been written after the tail was
    return [block_of(body) for body in tail["blocks"][max(0, skipped) :]]
