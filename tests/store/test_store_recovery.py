"""A worker died while Claude waited for a person: what the next one finds of the turn, and of what was on its way."""

from dataclasses import replace
from typing import Any

import pytest
from store_samples import WORKER, a_call, a_session, a_stop, a_turn, hold_hub, hold_worker

from antiphon.core.blocks import AskBlock, Block, SteerBlock, TextBlock
from antiphon.core.codec import assemble, rows_of, tail_body
from antiphon.core.events import Question
from antiphon.core.rows import Call, Closing, Item, Lease
from antiphon.core.values import MessageId, ToolUseId, TurnId
from antiphon.core.view import TurnView
from antiphon.store import Store

ASK = AskBlock(ToolUseId("one"), "Bash", "date", 2.0)


async def claimed(store: Store, worker: Lease, known: frozenset[int] = frozenset()) -> list[Item]:
    return list(await store.claim(worker, known, 9))


async def waits(store: Store, *blocks: Block, message: int = 1) -> Lease:
    """A turn that has these blocks, the settled ones as rows; its worker."""
    worker, hub = await hold_worker(store), await hold_hub(store)
    await store.accept(a_call(message))
    (item,) = await claimed(store, worker)
    view = TurnView(item.body["turn"], MessageId(message), 1.0, blocks)
    rows = rows_of(item.session.id, view, item.next_seq, None)
    await store.emit(worker, rows)
    await store.preview(hub, item.session.id, view.turn, tail_body(view, len(rows) - 1))
    return worker


def an_errand(kind: Any, body: dict[str, Any]) -> Call:
    return Call(f"{kind} 1", WORKER, a_session(), kind, body)


async def test_a_turn_that_asks_goes_on_waiting_and_comes_with_its_story(store: Store):
    await waits(store, TextBlock("I begin.", settled=True), ASK)
    for _ in range(2):
        (item,) = await claimed(store, await hold_worker(store))
        assert item.story is not None
        view = assemble(item.story)
        assert view.needs == (ASK,)
        assert view.end is None


@pytest.mark.parametrize(
    "blocks",
    [(TextBlock("I begin."),), (AskBlock(ToolUseId("one"), "Bash", "date", 2.0, by_agent=True),)],
    ids=["nobody is asked", "a sub-agent asks"],
)
async def test_every_other_turn_is_interrupted(store: Store, blocks: tuple[Block, ...]):
    await waits(store, *blocks)
    assert await claimed(store, await hold_worker(store)) == []
    (story,) = await store.pending(await hold_hub(store))
    end = assemble(story).end
    assert end is not None
    assert end.reason == "interrupted"


async def test_an_answer_and_a_stop_that_were_on_their_way_come_after_the_turn_that_waits(store: Store):
    worker = await waits(store, ASK)
    await store.accept(an_errand("answer", {"request": "one", "allowed": True, "by": "ada"}))
    await store.accept(a_stop("stop 1"))
    assert len(await claimed(store, worker, frozenset({1}))) == 2
    found = await claimed(store, await hold_worker(store))
    assert [item.kind for item in found] == ["turn", "answer", "stop"]


async def test_of_a_turn_that_does_not_wait_they_are_over(store: Store):
    worker = await waits(store, TextBlock("I begin."))
    await store.accept(an_errand("answer", {"request": "one", "allowed": True, "by": "ada"}))
    await store.accept(a_stop("stop 1"))
    assert len(await claimed(store, worker, frozenset({1}))) == 2
    assert await claimed(store, await hold_worker(store)) == []


async def test_words_that_wait_behind_it_come_after_it(store: Store):
    worker = await waits(store, ASK)
    await store.accept(Call("message:2", WORKER, a_session(), "steer", dict(a_call(2).body)))
    assert [item.kind for item in await claimed(store, worker, frozenset({1}))] == ["steer"]
    found = await claimed(store, await hold_worker(store))
    assert [(item.kind, item.body["message"], item.story is None) for item in found] == [
        ("turn", 1, False),
        ("steer", 2, True),
    ]


@pytest.mark.parametrize("taken", [False, True], ids=["in line", "in a worker's hands"])
@pytest.mark.parametrize("text", ["other words", None])
async def test_words_that_were_changed_before_claude_took_them_in_are_run_as_they_read_now(
    store: Store, text: str | None, taken: bool
):
    worker = await waits(store, TextBlock("I begin."))
    await store.accept(Call("message:2", WORKER, a_session(), "steer", dict(a_call(2).body)))
    (steer,) = await claimed(store, worker, frozenset({1}))
    prompt = dict(a_call(2, text=text).body) if text is not None else None
    await store.accept(an_errand("change", {"message": 2, "prompt": prompt}))
    if taken:
        await claimed(store, worker, frozenset({1, steer.n}))
    found = await claimed(store, await hold_worker(store))
    assert [item.body["text"] for item in found] == ([text] if text is not None else [])
    assert [item.body["turn"] for item in found] == ([a_turn(2)] if text is not None else [])


async def test_words_that_were_changed_while_a_turn_had_them_are_run_as_they_read_now(store: Store):
    worker = await waits(store, TextBlock("I begin."))
    await store.accept(Call("2", WORKER, a_session(), "steer", dict(a_call(2).body)))
    (steer,) = await claimed(store, worker, frozenset({1}))
    await store.accept(an_errand("change", {"message": 2, "prompt": dict(a_call(2, text="other words").body)}))
    (change,) = await claimed(store, worker, frozenset({1, steer.n}))
    await store.emit(worker, (), (Closing(change.n, "done"),))  # Claude has them anew, and not taken them in
    found = await claimed(store, await hold_worker(store))
    assert [item.body["text"] for item in found] == ["other words"]


async def test_words_that_have_answered_a_part_do_not_come_again(store: Store):
    said = SteerBlock(TurnId(a_turn(2)), MessageId(2), "this one", "ada")
    worker = await waits(store, replace(ASK, questions=(Question("?"), Question("!")), chosen=("this one", "")), said)
    await store.accept(Call("2", WORKER, a_session(), "steer", dict(a_call(2).body)))
    await claimed(store, worker, frozenset({1}))
    found = await claimed(store, await hold_worker(store))
    assert [(item.kind, item.body["message"]) for item in found] == [("turn", 1)]


async def test_words_from_the_line_answer_nothing(store: Store):
    worker = await waits(store, ASK)
    queued = a_call(2)
    await store.accept(replace(queued, body={**queued.body, "may_answer": True, "message": None}))
    assert await store.promote(queued.key)
    (steer,) = await claimed(store, worker, frozenset({1}))
    assert (steer.kind, steer.body["now"], steer.body["may_answer"]) == ("steer", True, False)
