"""/sync brings sessions of the machine into threads of their own, with what was said last, each once."""

import asyncio
import json
import os
import time
from collections.abc import Sequence
from uuid import uuid4

import pytest
from bench import shown

from acceptance.steps import newest_button, not_allowed, press_newest
from acceptance.test_leave_out import switch
from acceptance.test_new_and_sessions import copy_of, in_terminal, open_in_terminal, transcript
from antiphon.agent import wording
from antiphon.chat.render.wording import SAID_BEFORE
from antiphon.standin.client_shapes import walk, words_of
from terminals import attached, both_sizes, needs_tmux, received, terminal

from chain import Chain

pytestmark = pytest.mark.timeout(150)
SILENT = 1 << 12  # message flag
BROUGHT = "Session from this machine"


async def sync(chain: Chain, text: str, **options: object) -> list[str]:
    """Ada asks for the list; what she can choose there, once it says that."""
    await chain.ada.command(chain.general, "sync", options)
    message = await chain.shown(chain.general, text)
    return [one["value"] for part in walk(message["components"]) for one in part.get("options", ())]


async def pick(chain: Chain, ids: Sequence[str]) -> None:
    message, custom_id = newest_button(chain, chain.general, "sync:pick")
    assert (await chain.ada.select(message, custom_id, ids)).kind == "success"


def brought(chain: Chain) -> list[str]:
    """The threads of sessions that were brought."""
    return [one["id"] for one in chain.ada.messages(chain.general) if BROUGHT in words_of(one)]


async def until_brought(chain: Chain, count: int) -> list[str]:
    """Wait for so many threads, each with its history."""

    def found(_: object) -> bool:
        return sum(any(SAID_BEFORE in words_of(m) for m in chain.ada.messages(one)) for one in brought(chain)) == count

    await chain.ada.until(found, 30)
    return brought(chain)


def wanted(chain: Chain) -> int:
    """How many sessions are to have a place, and have none."""
    with chain.database() as database:
        rows = "SELECT count(*) FROM session WHERE place IS NULL AND origin_channel IS NOT NULL"
        return database.execute(rows).fetchone()[0]


@pytest.mark.slow
async def test_chosen_sessions_get_threads_with_their_last_messages(chain: Chain) -> None:
    first, second = [await in_terminal(chain, f"remember {word}") for word in ("alpha", "beta")]
    long_ago = time.time() - 20 * 86_400
    old = await in_terminal(chain, "remember gamma")
    os.utime(transcript(chain, old), (long_ago, long_ago))
    assert set(await sync(chain, "**2 sessions** of playground")) == {first, second}
    await pick(chain, [first])
    (place,) = await until_brought(chain, 1)
    await chain.shown(chain.general, "Done: 1 thread opened.")
    (said,) = [one for one in chain.ada.messages(place) if SAID_BEFORE in words_of(one)]
    assert "I will remember alpha." in words_of(said)
    opening = next(one for one in chain.ada.messages(chain.general) if one["id"] == place)
    assert all(one["flags"] & SILENT and not one["mentions"] for one in (said, opening))
    await chain.ask("recall", place)
    await chain.ended(place)
    assert "alpha" in chain.chunks(place)[-1]
    assert set(await sync(chain, "**2 sessions** of playground", days=30)) == {second, old}
    await chain.mallory.command(chain.general, "sync")
    await chain.told(chain.general, not_allowed("prompt"), chain.mallory)


@pytest.mark.slow
async def test_all_are_brought_once_whoever_presses_and_whatever_is_killed(unstarted: Chain) -> None:
    chain = await unstarted.start_configured({}, people=[int(unstarted.ada.id), int(unstarted.ben.id)])
    id_ = await in_terminal(chain, "remember alpha")
    for _ in range(29):
        copy_of(chain, id_)
    assert len(await sync(chain, "**30 sessions** of playground")) == 25
    await chain.ben.command(chain.general, "sync")
    await chain.ben.until(lambda ben: [m for m in ben.messages(chain.general) if "30 sessions" in words_of(m)])
    theirs = next(m for m in chain.ben.messages(chain.general) if "30 sessions" in words_of(m))
    custom_id = next(one for one in shown.custom_ids(theirs) if one.startswith("a1:sync:all"))
    await asyncio.gather(press_newest(chain, chain.general, "sync:all"), chain.ben.click(theirs, custom_id))
    for many in (3, 9):
        await chain.ada.until(lambda _, many=many: len(brought(chain)) >= many, 60)
        await chain.bridge.kill()
        assert wanted(chain)
        await chain.bridge.start()
    await until_brought(chain, 30)
    async with asyncio.timeout(10):
        while wanted(chain):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)
    histories = [sum(SAID_BEFORE in words_of(m) for m in chain.ada.messages(one)) for one in brought(chain)]
    assert histories == [1] * 30
    await sync(chain, "has its thread")
    with chain.database() as database:
        assert database.execute("SELECT count(DISTINCT place), count(*) FROM session").fetchone() == (30, 30)


@pytest.mark.slow
async def test_only_the_projects_own_sessions_are_listed_by_what_their_transcripts_say(chain: Chain) -> None:
    id_ = await in_terminal(chain, "remember alpha")
    written = transcript(chain, id_).read_text()
    for cwd in ("/etc", str(chain.project.parent), f"{chain.project}/../elsewhere", "\0", "x" * 9000, ""):
        other = str(uuid4())
        forged = written.replace(json.dumps(str(chain.project)), json.dumps(cwd)).replace(id_, other)
        transcript(chain, id_).with_name(f"{other}.jsonl").write_text(forged)
    worktree = chain.world.root / "worktree"
    git = await asyncio.create_subprocess_exec("git", "worktree", "add", "-q", worktree, cwd=chain.project)
    assert await git.wait() == 0
    beside = str(uuid4())
    folder = "".join(one if one.isalnum() else "-" for one in str(worktree))
    there = transcript(chain, id_).parent.parent / folder / f"{beside}.jsonl"
    there.parent.mkdir()
    there.write_text(written.replace(str(chain.project), str(worktree)).replace(id_, beside))
    assert set(await sync(chain, "**2 sessions** of playground")) == {id_, beside}
    await pick(chain, [id_, beside])
    await until_brought(chain, 2)


@pytest.mark.slow
async def test_a_session_that_is_open_in_a_terminal_gets_a_thread_and_is_not_taken_over(chain: Chain) -> None:
    id_ = await in_terminal(chain, "remember alpha")
    open_in_terminal(chain, id_)
    await sync(chain, "**1 session** of playground")
    listed = newest_button(chain, chain.general, "sync:pick")[0]
    assert "open in a terminal" in json.dumps(listed["components"])
    before = transcript(chain, id_).read_bytes()
    await pick(chain, [id_])
    (place,) = await until_brought(chain, 1)
    await chain.shown(chain.general, "open in a terminal")
    await chain.ask("recall", place)
    await chain.ended(place)
    assert "alpha" in chain.chunks(place)[-1]
    assert [one for one in chain.ada.messages(place) if "is open in a terminal" in words_of(one)]
    assert transcript(chain, id_).read_bytes() == before


@needs_tmux
@pytest.mark.slow
@both_sizes
async def test_an_attached_terminal_that_has_no_thread_yet_is_reached_from_the_one_that_it_gets(
    unstarted: Chain, size: tuple[int, int]
) -> None:
    chain = await attached(unstarted)
    async with terminal(chain, *size) as claude:
        await claude.run()
        await switch(claude, "/antiphon off", wording.SWITCHED_OFF)
        await claude.type("remember alpha")
        await claude.until(lambda screen: "will remember alpha" in screen)
        await sync(chain, "has its thread")  # what is left out is not listed
        await switch(claude, "/antiphon on", wording.SWITCHED_ON)
        (id_,) = await sync(chain, "**1 session** of playground")
        await pick(chain, [id_])
        (place,) = await until_brought(chain, 1)
        await chain.ask("recall", place)
        await chain.ada.until(lambda _: "alpha" in chain.answer(place), 20)
        assert received(chain) == ["recall"]
        await claude.type("say: typed")
        await chain.ada.until(lambda _: "typed" in chain.answer(place), 20)
    assert len(chain.ada.threads(chain.general)) == 1
