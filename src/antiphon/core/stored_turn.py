"""A turn as rows, and back.

Rows of a turn, in order: its begin (which prompt, since when), each settled block, its end. The tail holds the blocks
after the rows, as they were when it was written. `assemble` is the inverse: rows and tail give the view back, so a
restarted hub shows what the dead one knew. Blocks that only a newer version knows are rows, and in no view. What was
taken back of an answer is a row beside these, written when that happens, perhaps a month after the end.
"""

from dataclasses import replace
from typing import TypeGuard

from antiphon.core.blocks import (
    Block,
    End,
    SteerBlock,
    TakenBack,
    TextBlock,
    ThinkingBlock,
    ToolBlock,
    TypedBlock,
)
from antiphon.core.records import Anchor, OutboxContent, OutboxRow, StoredTurn, Tail, TurnBegun, UnknownBlock
from antiphon.core.values import SessionId, TurnId
from antiphon.core.view import TurnView, ended


def tail_of(view: TurnView, rows: int) -> Tail:
    """The live tail of a view whose first `rows` blocks are in rows already."""
    return Tail(rows, view.blocks[rows:])


def rows_of(session: SessionId, view: TurnView, seq: int, done: int | None) -> list[OutboxRow]:
    """The rows that `view` adds to what was emitted.

    `done`: how many blocks are in rows already, None when not even the begin is. `seq`: the first free number.
    """
    contents: list[OutboxContent] = []
    if done is None:
        contents.append(TurnBegun(view.prompt, view.started, view.asker, view.known_as))
    for block in view.blocks[done or 0 :]:
        if not block.settled:
            break
        contents.append(block)
    if view.end is not None:
        contents.append(view.end)
    return [OutboxRow(session, seq + n, view.turn, content) for n, content in enumerate(contents)]


def written(story: StoredTurn) -> int:
    """How many of the view's blocks are in rows."""
    return sum(_is_known(row.content) for row in story.rows)


def anchor_of(content: OutboxContent, turn: TurnId) -> Anchor | None:
    """Where a row stands in the transcript of a terminal session; None: nowhere."""
    match content:
        case TextBlock(source=source) | ThinkingBlock(source=source) | TypedBlock(source=source) | End(source=source):
            return Anchor("line", source) if source else None
        case ToolBlock(id=id_):
            return Anchor("tool", id_)
        case SteerBlock(prompt=prompt):
            return Anchor("prompt", prompt)
        case TurnBegun(prompt=prompt) if prompt is not None:
            return Anchor("prompt", turn)
        case _:
            return None


def assemble(story: StoredTurn) -> TurnView:
    """The view that a story tells."""
    begun, end = TurnBegun(None, 0.0), None
    blocks: list[Block | UnknownBlock] = []
    taken_back: list[TakenBack] = []
    for row in story.rows:
        match row.content:
            case TurnBegun() as begun:
                pass
            case End() as end:
                pass
            case TakenBack() as undone:
                taken_back.append(undone)
            case block:
                blocks.append(block)
    if story.tail is not None:  # rows may have been written after it was
        blocks.extend(story.tail.blocks[max(0, len(blocks) - story.tail.start) :])
    known = tuple(block for block in blocks if _is_known(block))
    view = TurnView(story.turn, begun.prompt, begun.started, known, begun.asker, known_as=begun.known_as)
    view = replace(view, taken_back=tuple(taken_back), continuation=story.continuation)
    return view if end is None else ended(view, end)


def _is_known(content: OutboxContent) -> TypeGuard[Block]:
    return not isinstance(content, TurnBegun | End | UnknownBlock | TakenBack)
