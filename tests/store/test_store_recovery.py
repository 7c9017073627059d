"""A worker died while Claude waited for a person: what the next one finds of the turn, and of what was on its way."""

from dataclasses import replace

import pytest
from store_samples import (
    WORKER,
    a_call,
    a_prompt,
    a_session,
    a_steer,
    a_stop,
    a_turn,
    contents,
    hold_hub,
    hold_worker,
    pending,
    prompt_of,
    transcript,
)

from antiphon.core.blocks import AskBlock, Block, End, Job, NoteBlock, Question, SteerBlock, TakenBack, TextBlock
from antiphon.core.records import ClaimedEntry, Closing, InboxEntry, Lease, OutboxRow, Room
from antiphon.core.stored_turn import assemble, rows_of, tail_of, written
from antiphon.core.values import Answer, Change, Interrupt, MessageId, Prompt, Steer, ToolUseId, TurnId, steered
from antiphon.core.view import TurnView, ended
from antiphon.core.wording import GOES_ON
from antiphon.store import Store

ASK = AskBlock(ToolUseId("one"), "Bash", "date", 2.0)


async def claimed(store: Store, worker: Lease, known: frozenset[int] = frozenset()) -> list[ClaimedEntry]:
    return list(await store.claim(worker, known, Room(9)))


async def waits(store: Store, *blocks: Block, message: int = 1) -> Lease:
    """A turn that has these blocks, the settled ones as rows; its worker."""
    worker, hub = await hold_worker(store), await hold_hub(store)
    await store.accept(a_call(message))
    (item,) = await claimed(store, worker)
    view = TurnView(prompt_of(item).turn, MessageId(message), 1.0, blocks)
    rows = rows_of(item.session.id, view, item.next_seq, None)
    await store.emit(worker, rows)
    await store.preview(hub, item.session.id, view.turn, tail_of(view, len(rows) - 1))
    return worker


ANSWER = InboxEntry("answer 1", WORKER, a_session(), Answer(ToolUseId("one"), allowed=True, by="ada"))


def a_change(prompt: Prompt | None) -> InboxEntry:
    return InboxEntry("change 1", WORKER, a_session(), Change(MessageId(2), prompt))


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
    (story,) = await pending(store, await hold_hub(store))
    end = assemble(story).end
    assert end is not None
    assert end.reason == "interrupted"


@pytest.mark.parametrize("taken_back", [False, True])
async def test_background_work_that_died_with_its_bridge_is_told_once(store: Store, taken_back: bool):
    worker = await hold_worker(store)
    await store.accept(a_call(1))
    (item,) = await claimed(store, worker)
    server = Job("job", "command", "npm run dev")
    over = ended(TurnView(prompt_of(item).turn, MessageId(1), 5.0, jobs=(server,)), End("done", 6.0))
    rows = rows_of(item.session.id, over, 0, None)
    await store.emit(worker, rows, [Closing(item.n, "done")])
    if taken_back:
        undone = TakenBack(ToolUseId("one"), "ada")
        await store.emit(worker, [OutboxRow(item.session.id, len(rows), over.turn, undone)])
    for _ in range(2):
        await hold_worker(store)
        _, told = await pending(store, await hold_hub(store))
        view = assemble(told)
        assert view.blocks == (NoteBlock("Background work ended together with Claude Code: npm run dev"),)
        assert (view.prompt, view.end and view.end.reason) == (None, "done")


async def test_what_was_taken_back_is_known_of_a_turn_that_waits_and_counts_as_none_of_its_blocks(store: Store):
    allowed = replace(ASK, id=ToolUseId("zero"), outcome="allowed", rule=0)
    worker = await waits(store, allowed, TextBlock("I go on.", settled=True), ASK)
    undone = TakenBack(allowed.id, "ada")
    await store.emit(worker, [OutboxRow(a_session().id, 3, a_turn(1), undone)])
    for _ in range(2):
        (item,) = await claimed(store, await hold_worker(store))
        assert item.story is not None
        assert written(item.story) == 2
        view = assemble(item.story)
        assert (view.needs, view.taken_back, len(view.blocks)) == ((ASK,), (undone,), 3)


async def test_a_row_about_a_turn_long_over_is_to_be_shown(store: Store):
    worker, hub = await hold_worker(store), await hold_hub(store)
    await store.accept(a_call(1))
    (item,) = await claimed(store, worker)
    over = ended(TurnView(prompt_of(item).turn, MessageId(1), 5.0), End("done", 6.0))
    rows = rows_of(item.session.id, over, 0, None)
    await store.emit(worker, rows, [Closing(item.n, "done")])
    await store.posted(hub, item.session.id, over.turn)
    assert await pending(store, hub) == []
    await store.emit(worker, [OutboxRow(item.session.id, len(rows), over.turn, TakenBack(ToolUseId("one"), "ada"))])
    (story,) = await pending(store, hub)
    assert assemble(story) == replace(over, taken_back=(TakenBack(ToolUseId("one"), "ada"),))
    await store.posted(hub, item.session.id, over.turn)
    assert await pending(store, hub) == []


async def test_a_turn_whose_prompt_claude_has_not_heard_runs_again_as_if_it_were_new(store: Store):
    await waits(store, NoteBlock("A file was left out."))
    worker = await hold_worker(store, left=transcript())
    (item,) = await claimed(store, worker)
    assert (prompt_of(item).turn, item.next_seq, item.story) == (a_turn(1), 0, None)
    assert await pending(store, await hold_hub(store)) == []
    await store.emit(worker, rows_of(item.session.id, TurnView(prompt_of(item).turn, MessageId(1), 5.0), 0, None))
    (story,) = await pending(store, await hold_hub(store))
    assert assemble(story).blocks == ()


async def test_one_of_which_claude_has_said_something_does_not_whatever_the_transcript_holds(store: Store):
    await waits(store, TextBlock("I begin."))
    assert await claimed(store, await hold_worker(store, left=transcript())) == []


@pytest.mark.parametrize("claimed_first", [False, True], ids=["accepted", "in the worker's hands"])
@pytest.mark.parametrize("block", [NoteBlock("unheard"), TextBlock("I begin.")], ids=["unheard", "at work"])
async def test_a_stop_before_the_worker_died_ends_the_turn_for_good(store: Store, block: Block, claimed_first: bool):
    worker = await waits(store, block)
    await store.accept(a_stop("stop 1"))
    if claimed_first:
        await claimed(store, worker, frozenset({1}))
    assert await claimed(store, await hold_worker(store, left=transcript())) == []
    (story,) = await pending(store, await hold_hub(store))
    end = assemble(story).end
    assert end is not None
    assert end.reason == "stopped"


async def test_a_stop_of_the_turn_before_is_none_of_this_one(store: Store):
    stop = InboxEntry("stop 0", WORKER, a_session(), Interrupt("ann", turn=a_turn(0)))
    await waits(store, NoteBlock("unheard"))
    await store.accept(stop)
    (_, item) = await claimed(store, await hold_worker(store, left=transcript()))
    assert prompt_of(item).turn == a_turn(1)


async def test_words_that_the_transcript_holds_were_taken_in_though_nobody_had_noted_it(store: Store):
    worker = await waits(store, TextBlock("I begin."))
    await store.accept(a_steer(2))
    await claimed(store, worker, frozenset({1}))
    left = transcript(a_turn(1), steered(a_turn(2), 0))
    assert await claimed(store, await hold_worker(store, left=left)) == []
    (story,) = await pending(store, await hold_hub(store))
    assert [block.prompt for block in assemble(story).blocks if isinstance(block, SteerBlock)] == [a_turn(2)]


async def test_words_that_claude_has_taken_up_as_a_turn_of_their_own_are_shown_as_one(store: Store):
    worker = await waits(store, TextBlock("I begin."))
    await store.accept(a_steer(2))
    await claimed(store, worker, frozenset({1}))
    over = TurnView(a_turn(1), MessageId(1), 1.0, end=End("done", 3.0))
    await store.emit(worker, rows_of(a_session().id, over, 1, 0), (Closing(1, "done"),))
    assert await claimed(store, await hold_worker(store, left=transcript(a_turn(1), steered(a_turn(2), 0)))) == []
    ends = {story.turn: assemble(story).end for story in await pending(store, await hold_hub(store))}
    found = ends[a_turn(2)]
    assert found is not None
    assert found.reason == "interrupted"


async def test_a_turn_of_a_project_that_wants_it_goes_on_and_is_not_ended(store: Store):
    await waits(store, TextBlock("I begin.", settled=True), TextBlock("half a"))
    left = replace(transcript(a_turn(1)), goes_on=frozenset({"site"}))
    for _ in range(2):
        (item,) = await claimed(store, await hold_worker(store, left=left))
        assert item.story is not None
        view = assemble(item.story)
        assert (view.end, [block.text for block in view.blocks if isinstance(block, TextBlock)]) == (
            None,
            ["I begin.", "half a"],
        )


async def test_one_that_has_come_back_three_times_is_interrupted(store: Store):
    await waits(store, *[NoteBlock(GOES_ON)] * 3, TextBlock("half a"))
    left = replace(transcript(a_turn(1)), goes_on=frozenset({"site"}))
    assert await claimed(store, await hold_worker(store, left=left)) == []


async def test_an_answer_and_a_stop_that_were_on_their_way_come_after_the_turn_that_waits(store: Store):
    worker = await waits(store, ASK)
    await store.accept(ANSWER)
    await store.accept(a_stop("stop 1"))
    assert len(await claimed(store, worker, frozenset({1}))) == 2
    found = await claimed(store, await hold_worker(store))
    assert contents(found) == [Prompt, Answer, Interrupt]


async def test_of_a_turn_that_does_not_wait_they_are_over(store: Store):
    worker = await waits(store, TextBlock("I begin."))
    await store.accept(ANSWER)
    await store.accept(a_stop("stop 1"))
    assert len(await claimed(store, worker, frozenset({1}))) == 2
    assert await claimed(store, await hold_worker(store)) == []


async def test_words_that_wait_behind_it_come_after_it(store: Store):
    worker = await waits(store, ASK)
    await store.accept(a_steer(2))
    assert contents(await claimed(store, worker, frozenset({1}))) == [Steer]
    found = await claimed(store, await hold_worker(store))
    assert [(type(item.content), prompt_of(item).message, item.story is None) for item in found] == [
        (Prompt, 1, False),
        (Steer, 2, True),
    ]


@pytest.mark.parametrize("taken", [False, True], ids=["in line", "in a worker's hands"])
@pytest.mark.parametrize("text", ["other words", None])
async def test_words_that_were_changed_before_claude_took_them_in_are_run_as_they_read_now(
    store: Store, text: str | None, taken: bool
):
    worker = await waits(store, TextBlock("I begin."))
    await store.accept(a_steer(2))
    (steer,) = await claimed(store, worker, frozenset({1}))
    await store.accept(a_change(None if text is None else a_prompt(2, text)))
    if taken:
        await claimed(store, worker, frozenset({1, steer.n}))
    found = await claimed(store, await hold_worker(store))
    assert [prompt_of(item).text for item in found] == ([text] if text is not None else [])
    assert [prompt_of(item).turn for item in found] == ([a_turn(2)] if text is not None else [])


async def test_words_that_were_changed_while_a_turn_had_them_are_run_as_they_read_now(store: Store):
    worker = await waits(store, TextBlock("I begin."))
    await store.accept(replace(a_steer(2), key="2"))
    (steer,) = await claimed(store, worker, frozenset({1}))
    await store.accept(a_change(a_prompt(2, "other words")))
    (change,) = await claimed(store, worker, frozenset({1, steer.n}))
    await store.emit(worker, (), (Closing(change.n, "done"),))  # Claude has them anew, and not taken them in
    found = await claimed(store, await hold_worker(store))
    assert [prompt_of(item).text for item in found] == ["other words"]


async def test_words_that_have_answered_a_part_do_not_come_again(store: Store):
    said = SteerBlock(TurnId(a_turn(2)), MessageId(2), "this one", "ada")
    worker = await waits(store, replace(ASK, questions=(Question("?"), Question("!")), chosen=("this one", "")), said)
    await store.accept(replace(a_steer(2), key="2"))
    await claimed(store, worker, frozenset({1}))
    found = await claimed(store, await hold_worker(store))
    assert [(type(item.content), prompt_of(item).message) for item in found] == [(Prompt, 1)]


async def test_words_from_the_line_answer_nothing(store: Store):
    worker = await waits(store, ASK)
    queued = replace(a_call(2), content=replace(a_prompt(2), may_answer=True, message=None))
    await store.accept(queued)
    assert await store.promote(queued.key)
    (steer,) = await claimed(store, worker, frozenset({1}))
    assert steer.content == Steer(replace(a_prompt(2), inbox=steer.n, message=None), now=True)
