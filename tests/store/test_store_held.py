"""A prompt that is held: kept like every other one, but run by nobody before it is let go."""

from collections.abc import Sequence
from dataclasses import replace

from store_samples import (
    a_call,
    a_prompt,
    a_session,
    a_steer,
    begin,
    claim_all,
    hold_worker,
    keys,
    prompt_of,
    whole_turn,
)

from antiphon.core.records import Closing, InboxEntry, QueuedPrompt, Withdrawal
from antiphon.core.values import MessageId, Origin, PlaceId
from antiphon.store import Store


def a_late_call(message: int, place: int = 1) -> InboxEntry:
    return replace(a_call(message, place), held=True)


def queue_rows(line: Sequence[QueuedPrompt]) -> list[tuple[str, int, int, bool]]:
    return [(one.key, one.ahead, one.others, one.held) for one in line]


async def test_a_held_prompt_is_never_claimed_and_blocks_no_later_one(store: Store):
    worker = await hold_worker(store)
    assert await store.accept(a_late_call(1)) is True
    assert await store.accept(a_late_call(1)) is False
    await store.accept(a_call(2))
    assert keys(await claim_all(store, worker)) == ["message:2"]
    assert await store.watermarks() == {PlaceId(1): MessageId(2)}


async def test_it_outlives_the_worker_and_runs_once_when_it_is_let_go(store: Store):
    await hold_worker(store)
    await store.accept(a_late_call(1))
    worker = await hold_worker(store)
    assert await claim_all(store, worker) == []
    assert await store.release("message:1") is True
    assert await store.release("message:1") is False
    [item] = await claim_all(store, worker)
    assert (item.key, item.content) == ("message:1", replace(a_prompt(1), inbox=item.n))
    assert await store.release("message:1") is False


async def test_it_counts_for_nobody_in_line_and_in_no_figure(store: Store):
    worker = await hold_worker(store)
    for call in (a_late_call(1), a_call(2), a_late_call(3), a_call(4), a_call(5, place=2), a_late_call(6, place=2)):
        await store.accept(call)
    line = [("message:2", 0, 0, False), ("message:4", 1, 1, False), ("message:5", 0, 1, False)]
    assert queue_rows(await store.line()) == line
    kept = [one for one in await store.line(held=True) if one.held]
    assert [one.key for one in kept] == ["message:1", "message:3", "message:6"]
    assert queue_rows([one for one in await store.line(held=True) if not one.held]) == line
    assert [one.key for one in await store.line(a_session(2).id, held=True)] == ["message:5", "message:6"]
    figures = await store.overview()
    assert (figures.queued, figures.running, figures.ended) == (3, 0, 0)
    [first, _] = await claim_all(store, worker)
    await store.emit(worker, whole_turn(first), [Closing(first.n, "done")])
    figures = await store.overview()
    assert (figures.queued, figures.running, figures.ended) == (1, 1, 1)


async def test_it_is_edited_and_taken_back_like_one_in_line(store: Store):
    for message in (1, 2):
        await store.accept(a_late_call(message))
    assert await store.revise("message:1", a_prompt(1, "changed")) is True
    assert await store.withdraw("message:2", Withdrawal("removed", "Ada")) is True
    assert await store.promote("message:1") is False
    assert [(one.key, one.prompt.text) for one in await store.line(held=True)] == [("message:1", "changed")]
    assert await store.release("message:2") is False


async def test_it_answers_nothing_that_is_asked_by_the_time_it_is_let_go(store: Store):
    await store.accept(replace(a_call(1, may_answer=True), held=True))
    await store.release("message:1")
    [item] = await claim_all(store, await hold_worker(store))
    assert prompt_of(item).may_answer is False


async def test_a_held_prompt_makes_its_session_known(store: Store):
    call = a_late_call(1)
    await store.accept(replace(call, session=replace(call.session, origin=Origin(PlaceId(9), MessageId(1)))))
    assert await store.session(PlaceId(1)) is not None
    assert (await store.overview()).sessions == 1


async def test_changeable_are_prompts_that_wait_are_held_or_were_handed_to_a_turn(store: Store):
    worker = await hold_worker(store)
    await store.accept(a_call(1))
    [turn] = await claim_all(store, worker)
    await store.emit(worker, [begin(turn)])
    await store.accept(a_steer(2))
    [handed] = await claim_all(store, worker, [turn.n])
    await store.accept(a_call(3))
    await store.accept(a_late_call(4))
    await store.accept(a_call(5))
    await store.withdraw("message:5", Withdrawal("removed", "Ada"))
    assert handed.key == "message:2"
    assert [(one.key, one.held) for one in await store.changeable()] == [
        ("message:2", False),
        ("message:3", False),
        ("message:4", True),
    ]
    assert [one.key for one in await store.changeable("message:4")] == ["message:4"]
    assert await store.changeable("message:1") == []
