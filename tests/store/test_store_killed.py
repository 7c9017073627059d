"""The process is killed (SIGKILL) at every point that matters; the next one finds all or nothing."""

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from store_samples import (
    Clock,
    a_call,
    a_turn,
    claim_all,
    hold_hub,
    hold_worker,
    keys,
    pending,
    prompt_of,
)

from antiphon.core.blocks import TextBlock
from antiphon.core.stored_turn import assemble
from antiphon.errors import StoreError
from antiphon.store import open_store

from fakes import kinds

SCRIPT = Path(__file__).with_name("doomed.py")
LIMIT = 30  # seconds a child may take to get where it is to be killed


@asynccontextmanager
async def child_process(*arguments: str | Path) -> AsyncGenerator[asyncio.subprocess.Process]:
    child = await asyncio.create_subprocess_exec(
        sys.executable, SCRIPT, *arguments, stdout=asyncio.subprocess.PIPE, env={"PYTHONPATH": str(SCRIPT.parent)}
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


async def lines_until(child: asyncio.subprocess.Process, enough: Callable[[list[str]], bool]) -> list[str]:
    lines: list[str] = []
    assert child.stdout is not None
    async with asyncio.timeout(LIMIT):
        while not enough(lines):
            line = await child.stdout.readline()
            assert line, f"the child ended by itself after {lines}"
            lines.append(line.decode().strip())
    return lines


async def killed(file: Path, scene: str, after: int | None = None) -> list[str]:
    """Run the scene and kill it when it is ready, or after so many lines, wherever it is by then. What it said."""

    def enough(lines: list[str]) -> bool:
        return lines[-1:] == ["ready"] if after is None else len(lines) >= after

    async with child_process(file, scene) as child:
        lines = await lines_until(child, enough)
        child.kill()
        assert child.stdout is not None
        return lines + (await child.stdout.read()).decode().split()


Opening = Callable[[], AbstractAsyncContextManager]


@pytest.fixture
def reopened(file: Path, clock: Clock) -> Opening:
    return lambda: open_store(file, clock)


async def test_a_killed_process_leaves_what_it_accepted_and_its_leases_are_taken_at_once(file: Path, reopened: Opening):
    await killed(file, "accepted")
    async with reopened() as store:
        assert await store.accept(a_call(1)) is False
        hub, worker = await hold_hub(store, "next"), await hold_worker(store, "next")
        assert (hub.epoch, worker.epoch) == (2, 2)
        assert keys(await claim_all(store, worker)) == ["message:1"]


async def test_killed_before_the_prompt_reached_claude_a_stop_that_was_accepted_counts(file: Path, reopened: Opening):
    await killed(file, "claimed")
    async with reopened() as store:
        assert keys(await claim_all(store, await hold_worker(store))) == []
        [story] = await pending(store, await hold_hub(store))
        end = assemble(story).end
        assert end is not None
        assert end.reason == "stopped"


async def test_killed_while_claude_wrote_the_turn_is_shown_as_interrupted_with_all_its_words(
    file: Path, reopened: Opening
):
    await killed(file, "began")
    async with reopened() as store:
        worker, hub = await hold_worker(store), await hold_hub(store)
        [story] = await pending(store, hub)
        view = assemble(story)
        assert [block.text for block in view.blocks if isinstance(block, TextBlock)] == ["live"]
        assert view.end is not None
        assert view.end.reason == "interrupted"
        assert keys(await claim_all(store, worker)) == ["message:2"]


async def test_killed_after_the_turn_ended_it_is_done_and_waits_to_be_posted(file: Path, reopened: Opening):
    await killed(file, "ended")
    async with reopened() as store:
        worker, hub = await hold_worker(store), await hold_hub(store)
        assert [kinds(story.rows) for story in await pending(store, hub)] == [["begin", "block", "end"]]
        assert await claim_all(store, worker) == []
        assert (await store.overview()).cost == 0.5


async def test_killed_in_the_middle_of_an_emit_nothing_of_it_happened(file: Path, reopened: Opening):
    await killed(file, "in_the_middle")
    async with reopened() as store:
        worker, hub = await hold_worker(store), await hold_hub(store)
        assert list(await pending(store, hub)) == []
        assert keys(await claim_all(store, worker)) == ["message:1"]


async def test_killed_while_accepting_every_answer_that_was_given_holds(file: Path, reopened: Opening):
    lines = await killed(file, "accepting", after=40)
    async with reopened() as store:
        assert (await store.overview()).queued - len(lines) in (0, 1)  # the last one may not have been said any more
        for message in map(int, lines):
            assert await store.accept(a_call(message)) is False


async def test_killed_while_working_every_turn_is_whole_and_runs_once(file: Path, reopened: Opening):
    lines = await killed(file, "working", after=25)
    async with reopened() as store:
        worker, hub = await hold_worker(store), await hold_hub(store)
        reasons: list[str] = []
        for story in await pending(store, hub):
            end = assemble(story).end
            assert end is not None
            reasons.append(end.reason)
            assert kinds(story.rows) == (["begin", "block", "end"] if end.reason == "done" else ["begin", "end"])
        assert reasons.count("done") - len(lines) in (0, 1)
        assert (await store.overview()).cost == reasons.count("done")
        waiting = [prompt_of(item).turn for item in await claim_all(store, worker)]
        turns = len(reasons) + len(waiting)
        assert turns - len(lines) in (0, 1)
        assert not set(waiting) & {a_turn(n) for n in range(1, len(reasons) + 1)}


async def test_a_second_process_is_refused_by_the_pid_of_the_first(file: Path, clock: Clock):
    async with child_process(file, "accepted") as child:
        await lines_until(child, lambda lines: lines[-1:] == ["ready"])
        with pytest.raises(StoreError, match=rf"antiphon\.db is in use by process {child.pid}$"):
            async with open_store(file, clock):
                pytest.fail("two processes had the same database open")


async def test_a_disk_that_takes_nothing_is_an_error_and_leaves_nothing_half_done(file: Path):
    async with child_process(file, "full") as child:
        error, running_then, ended_later, _ = await lines_until(child, lambda lines: lines[-1:] == ["ready"])
    assert error.startswith("Unwritable: ")
    assert "the disk" in error
    assert (running_then, ended_later) == ("1", "1")


async def test_killed_in_the_middle_of_an_upgrade_the_database_is_as_before(
    file: Path, reopened: Opening, newer_migrations: Callable[[str], Path]
):
    async with reopened() as store:
        await store.accept(a_call(1))
    stuck = "    import threading\n    print('ready', flush=True)\n    threading.Event().wait()\n"
    async with child_process(file, "upgrading", newer_migrations(stuck)) as child:
        await lines_until(child, lambda lines: lines[-1:] == ["ready"])
        child.kill()
    async with reopened() as store:
        assert keys(await claim_all(store, await hold_worker(store))) == ["message:1"]
