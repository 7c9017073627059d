"""Rows and tail give the view back, however the turn was cut into rows."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from antiphon.core.blocks import NoteBlock, ToolBlock, Usage
from antiphon.core.events import AgentEvent, ReplyStarted, TextDelta, TextFinished, ToolFinished, TurnEnded
from antiphon.core.records import OutboxContent, OutboxRow, StoredTurn, Tail, UnknownBlock
from antiphon.core.stored_turn import assemble, rows_of, tail_of, written
from antiphon.core.values import MessageId, ToolUseId, TurnId
from antiphon.core.view import TurnView, fold, settled_prefix
from antiphon.store.encoding import outbox_body, outbox_content, stored_tail, tail_body

from fakes import SESSION

tools = st.sampled_from([ToolUseId("a"), ToolUseId("b"), ToolUseId("c")])
words = st.text(max_size=20)
events: st.SearchStrategy[AgentEvent] = st.one_of(
    st.builds(TextDelta, words),
    st.builds(TextFinished, words),
    st.builds(TextDelta, words, thinking=st.just(True)),
    st.builds(TextFinished, words, thinking=st.just(True)),
    st.builds(ToolBlock, tools, st.just("Bash"), words),
    st.builds(ToolFinished, tools, st.booleans(), words),
    st.builds(ToolBlock, tools, st.just("Write"), words, state=st.just("denied"), text=words),
    st.builds(NoteBlock, words),
    st.just(ReplyStarted()),
)


def stored(content: OutboxContent) -> OutboxContent:
    """As it comes back from a row."""
    kind, body = outbox_body(content)
    return outbox_content(kind, json.loads(json.dumps({**body, "new": [1]})))


@given(st.lists(events, max_size=30), st.booleans(), st.integers(0, 30))
def test_rows_and_tail_give_the_view_back(heard: list[AgentEvent], ends: bool, saved_at: int) -> None:
    view = TurnView(TurnId("t"), MessageId(7), 1.0)
    rows: list[OutboxRow] = []
    done: int | None = None
    tail = None
    for n, event in enumerate([*heard, TurnEnded("done", None, Usage(0.5, 10, 5, 3))] if ends else heard):
        view = fold(view, event, 2.0 + n)
        new = rows_of(SESSION.id, view, len(rows), done)
        rows += [replace(row, content=stored(row.content)) for row in new]
        done = settled_prefix(view)
        if n == saved_at or not ends:
            tail = stored_tail(json.loads(json.dumps(tail_body(tail_of(view, settled_prefix(view))))))
        if ends and n == len(heard):
            tail = None  # the store drops it with the end: the rows say all
    rebuilt = assemble(StoredTurn(SESSION, view.turn, tuple(rows), tail))
    if heard or ends:
        assert rebuilt.blocks == view.blocks
        assert rebuilt.end == view.end
        assert (rebuilt.prompt, rebuilt.started) == (view.prompt, view.started)
    assert [row.seq for row in rows] == list(range(len(rows)))


@given(st.lists(events, max_size=30))
def test_no_event_forgets_settled_text(heard: list[AgentEvent]) -> None:
    view = TurnView(TurnId("t"), None, 1.0)
    for event in heard:
        before = view.blocks[: settled_prefix(view)]
        view = fold(view, event, 2.0)
        assert view.blocks[: len(before)] == before


@given(st.lists(events, max_size=10))
def test_a_view_that_has_ended_does_not_change(heard: list[AgentEvent]) -> None:
    view = fold(TurnView(TurnId("t"), None, 1.0), TurnEnded("stopped"), 2.0)
    for event in heard:
        assert fold(view, event, 3.0) is view


@given(st.lists(events, max_size=30), st.sets(st.integers(0, 30)))
def test_blocks_of_a_newer_version_are_left_out_of_the_view_and_of_nothing_else(
    heard: list[AgentEvent], newer: set[int]
) -> None:
    view = TurnView(TurnId("t"), MessageId(7), 1.0)
    for n, event in enumerate(heard):
        view = fold(view, event, 2.0 + n)
    blocks = [UnknownBlock() if n in newer else block for n, block in enumerate(view.blocks)]
    begun, *settled = rows_of(SESSION.id, view, 0, None)
    rows = [begun, *(replace(row, content=blocks[n]) for n, row in enumerate(settled))]
    story = StoredTurn(SESSION, view.turn, tuple(rows), Tail(0, tuple(blocks)))  # older than its rows
    assert list(assemble(story).blocks) == [block for block in blocks if not isinstance(block, UnknownBlock)]
    assert written(story) == sum(not isinstance(row.content, UnknownBlock) for row in rows[1:])
