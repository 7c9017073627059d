"""From people to the worker: once, in order, one turn a session."""

import asyncio
from dataclasses import replace

from store_samples import (
    a_call,
    a_prompt,
    a_session,
    a_stop,
    a_turn,
    begin,
    claim_all,
    hold_worker,
    keys,
    prompt_of,
    whole_turn,
)

from antiphon.core.blocks import AskBlock, Question
from antiphon.core.records import Closing, Room, Tail
from antiphon.core.values import ClaudeSessionId, Interrupt, MessageId, Origin, PlaceId, Prompt, Steer, ToolUseId
from antiphon.store import Store


async def test_a_call_is_accepted_once(store: Store):
    assert await store.accept(a_call(7)) is True
    assert await store.accept(a_call(7)) is False
    assert keys(await claim_all(store, await hold_worker(store))) == ["message:7"]


async def test_two_hundred_concurrent_accepts_of_fifty_keys_are_fifty_rows_in_order(store: Store):
    worker = await hold_worker(store)
    answers = await asyncio.gather(*(store.accept(a_call(1 + n % 50, place=1 + n % 5)) for n in range(200)))
    assert sum(answers) == 50
    seen: list[str] = []
    while items := await claim_all(store, worker):
        for item in items:
            seen.append(item.key)
            await store.emit(worker, whole_turn(item), [Closing(item.n, "done")])
    assert sorted(seen) == sorted(f"message:{n}" for n in range(1, 51))
    for place in range(1, 6):
        numbers = [int(key.split(":")[1]) for key in seen if (int(key.split(":")[1]) - 1) % 5 == place - 1]
        assert numbers == sorted(numbers)


async def test_a_first_call_creates_the_session_and_a_later_one_leaves_it_as_it_is(store: Store):
    assert await store.session(PlaceId(1)) is None
    first = replace(a_session(), origin=Origin(PlaceId(500), MessageId(600)))
    await store.accept(replace(a_call(1), session=first))
    await store.accept(replace(a_call(2), session=replace(a_session(), title="other")))
    assert await store.session(PlaceId(1)) == first


async def test_a_claimed_call_carries_the_stored_session_not_the_calls(store: Store):
    worker = await hold_worker(store)
    await store.accept(a_call(1))
    current = replace(a_session(), claude=ClaudeSessionId("after-clear"))
    await store.keep(worker, current)
    await store.accept(a_call(2))
    [item] = await claim_all(store, worker)
    assert item.session == current
    assert item.content == replace(a_prompt(1), inbox=item.n)


async def test_the_watermark_rises_with_a_call_that_was_seen_before_and_never_falls(store: Store):
    place = PlaceId(1)
    await store.accept(a_call(5))
    assert await store.watermarks() == {place: 5}
    assert await store.accept(replace(a_call(5), seen=(place, MessageId(9)))) is False
    assert await store.watermarks() == {place: 9}
    await store.accept(a_call(6))
    assert await store.watermarks() == {place: 9}


async def test_a_call_without_a_message_moves_no_watermark(store: Store):
    await store.accept(a_stop("click:1"))
    assert await store.watermarks() == {}


async def test_a_session_has_one_turn_at_a_time_and_sessions_go_side_by_side(store: Store):
    worker = await hold_worker(store)
    for call in (a_call(1), a_call(2), a_call(3, place=2), a_call(4)):
        await store.accept(call)
    first = await claim_all(store, worker)
    assert keys(first) == ["message:1", "message:3"]
    known = [item.n for item in first]
    assert await claim_all(store, worker, known) == []
    await store.emit(worker, whole_turn(first[0]), [Closing(first[0].n, "done")])
    assert keys(await claim_all(store, worker, known)) == ["message:2"]


async def test_room_limits_new_turns_and_the_oldest_go_first(store: Store):
    worker = await hold_worker(store)
    for message in (1, 2, 3):
        await store.accept(a_call(message, place=10 - message))
    assert await claim_all(store, worker, room=0) == []
    first = await claim_all(store, worker, room=2)
    assert keys(first) == ["message:1", "message:2"]
    assert keys(await claim_all(store, worker, [item.n for item in first], room=2)) == ["message:3"]


async def test_a_stop_overtakes_turns_and_needs_no_room(store: Store):
    worker = await hold_worker(store)
    await store.accept(a_call(1))
    [turn] = await claim_all(store, worker)
    await store.accept(a_call(2))
    await store.accept(a_call(3, place=2))
    await store.accept(a_stop("click:1"))
    assert [(type(item.content), item.key) for item in await claim_all(store, worker, [turn.n])] == [
        (Interrupt, "click:1"),
        (Prompt, "message:3"),
    ]
    await store.accept(a_stop("click:2"))
    assert keys(await claim_all(store, worker, [turn.n, 3, 4], room=0)) == ["click:2"]


async def test_a_stop_is_closed_like_a_turn(store: Store):
    worker = await hold_worker(store)
    await store.accept(a_stop("click:1"))
    [stop] = await claim_all(store, worker)
    await store.emit(worker, (), [Closing(stop.n, "done")])
    assert await claim_all(store, worker) == []


async def test_a_claim_whose_reply_was_lost_is_answered_again(store: Store):
    worker = await hold_worker(store)
    await store.accept(a_call(1))
    await store.accept(a_stop("click:1"))
    lost = await claim_all(store, worker)
    assert await claim_all(store, worker, room=0) == lost
    assert await claim_all(store, worker, [item.n for item in lost]) == []


async def test_a_lost_turn_takes_the_place_of_a_new_one(store: Store):
    worker = await hold_worker(store)
    await store.accept(a_call(1))
    await claim_all(store, worker)
    await store.accept(a_call(2, place=2))
    assert keys(await claim_all(store, worker, room=1)) == ["message:1"]
    assert keys(await claim_all(store, worker, room=2)) == ["message:1", "message:2"]


async def test_another_workers_calls_are_not_claimed(store: Store):
    worker = await hold_worker(store)
    await store.accept(replace(a_call(1), worker="elsewhere"))
    assert await claim_all(store, worker) == []


async def test_next_seq_is_the_first_number_that_the_session_has_not_used(store: Store):
    worker = await hold_worker(store)
    await store.accept(a_call(1))
    await store.accept(a_call(2))
    [first] = await claim_all(store, worker)
    assert first.next_seq == 0
    await store.emit(worker, [begin(first)])
    [again] = await claim_all(store, worker)
    assert again.next_seq == 1
    await store.emit(worker, whole_turn(first, "a", "b"))
    await store.emit(worker, (), [Closing(first.n, "done")])
    [second] = await claim_all(store, worker)
    assert (prompt_of(second).turn, second.next_seq) == (a_turn(2), 4)


async def test_in_a_project_that_queues_words_still_answer_what_is_asked(store: Store):
    worker = await hold_worker(store)
    await store.accept(a_call(1))
    [item] = await claim_all(store, worker)
    await store.emit(worker, [begin(item)])
    asked = AskBlock(
        ToolUseId("q"), "AskUserQuestion", "", 1.0, questions=(Question("Which?"),), chosen=("",), kind="questions"
    )
    await store.preview(worker, item.session.id, a_turn(1), Tail(0, (asked,)))
    await store.accept(a_call(2, may_answer=True))
    await store.accept(a_call(3))  # somebody who may not answer
    [answer] = await store.claim(worker, frozenset({item.n}), Room(10))
    assert (answer.key, type(answer.content)) == ("message:2", Steer)
    assert [waiting.key for waiting in await store.line()] == ["message:3"]
