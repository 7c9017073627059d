"""The disk with the bridge's state gets full, or breaks: what people say waits and nothing is lost, nothing is said
twice; whoever runs the bridge reads once what is wrong."""

import asyncio
import sqlite3
import time
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

from acceptance.steps import newest_button
from acceptance.test_controls_of_any_age import answer_to_press
from acceptance.test_starting import started_with
from antiphon.standin.client_shapes import walk

from chain import Chain, Json
from disks import Disk, small_disk

pytestmark = pytest.mark.slow

BEGUN, OVER = "what must be kept waits for the database", "the database goes on"


@pytest.fixture
def disk(unstarted: Chain) -> Generator[Disk]:
    with small_disk(unstarted.world.root / "state", megabytes=8) as mounted:
        yield mounted


async def working(chain: Chain) -> tuple[str, str]:
    """Two threads: in one a turn has ended, in the other one is at work for some seconds more."""
    chain.world.configure({}, while_working="queue")
    await chain.bridge.start()
    idle = await chain.ask("say: zero")
    await chain.ended(idle)
    busy = await chain.at_work("say: begun\nsleep 3\nsay: half\nsleep 3\nsay: finished")
    return idle, busy


def printed_lines(chain: Chain, words: str) -> list[str]:
    return [line for line in chain.bridge.lines if words in line]


def seen(chain: Chain, message: Json) -> bool:
    now = chain.ada.message(message) or {}
    return bool(now.get("reactions"))


def stop_button(chain: Chain, place: str) -> tuple[Json, str]:
    """The Stop of the turn at work, with its message."""
    found = [
        (message, part["custom_id"])
        for message in chain.ada.messages(place)
        for part in walk(message.get("components", []))
        if part.get("custom_id", "").startswith("a1:stop:")
    ]
    return found[-1]


async def said_on_a_full_disk(chain: Chain, idle: str) -> tuple[list[Json], str]:
    """Four messages to one thread and one, with a file, that opens another: nobody is told that they are safe."""
    messages = [await chain.ada.say(idle, f"say: number {n}") for n in range(1, 5)]
    files = [("trace.txt", b"at line 7\n" * 5000)]
    other = (await chain.ada.say(chain.general, "say: elsewhere", files=files))["id"]
    await chain.bridge_prints(BEGUN, 20)
    return messages, other


async def is_all_there(chain: Chain, idle: str, busy: str, other: str) -> None:
    """Every turn has ended, and every message ran once, in order."""
    await chain.ended(idle, turns=5, limit=90)
    await chain.ended(other, limit=60)
    answers = [one for one in chain.chunks(idle) if not one.startswith("/queue did not work")]
    assert answers == ["zero", "number 1", "number 2", "number 3", "number 4"]
    assert chain.chunks(other) == ["elsewhere"]
    assert [one for one in chain.prompts() if "number" in one] == [f"say: number {n}" for n in range(1, 5)]
    assert sum("say: elsewhere" in one for one in chain.prompts()) == 1
    (saved,) = (chain.world.root / "state" / "files").rglob("trace.txt")
    assert saved.stat().st_size == 50_000
    assert not any("could not be fetched" in str(one.messages) for one in chain.standin.model.requests)
    assert len([one for one in chain.prompts() if "begun" in one]) == 1
    assert len(chain.ends(busy)) == 1


@pytest.mark.timeout(200)
async def test_a_disk_that_gets_full_makes_everything_wait_and_loses_nothing(unstarted: Chain, disk: Disk) -> None:
    chain = unstarted
    idle, busy = await working(chain)
    disk.fill()
    messages, other = await said_on_a_full_disk(chain, idle)

    message, stop = stop_button(chain, busy)
    words = await answer_to_press(chain, busy, message, stop)
    assert "did not work" in words
    assert "(error " in words
    outcome = await chain.ada.command(idle, "queue", {"words": "say: never"})
    assert outcome.kind == "success"
    await chain.ada.until(lambda ada: any("/queue did not work" in one["content"] for one in ada.messages(idle)))

    async with asyncio.timeout(20):
        while sum("begun" in one.prompt for one in chain.standin.model.requests) < 3:  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # Claude works on meanwhile
    assert not any(seen(chain, one) for one in messages)
    assert not chain.ends(busy)

    disk.make_room()
    await chain.ended(busy, limit=60)
    slept = "The first line of the result: slept 3"
    assert chain.chunks(busy) == ["begun", slept, "half", slept, "finished"]
    assert "Stopped" not in chain.ends(busy)[0]
    await is_all_there(chain, idle, busy, other)
    assert "say: never" not in chain.prompts()
    await chain.bridge_prints(OVER, 60)
    assert len(printed_lines(chain, BEGUN)) == 1
    assert "the disk is full" in printed_lines(chain, BEGUN)[0]
    assert not printed_lines(chain, "Logging error")


def open_threads(chain: Chain) -> list[str]:
    """Those that a channel's list of threads shows. The bot may not delete its own: it closes them."""
    found = chain.ada.threads(chain.general)
    return [one["id"] for one in found if not one["thread_metadata"]["archived"]]


@pytest.mark.timeout(120)
async def test_what_people_press_on_a_full_disk_is_refused_whole_and_works_once_there_is_room(
    unstarted: Chain, disk: Disk
) -> None:
    chain = unstarted
    await chain.bridge.start()
    place = await chain.at_work("remember apple\nsleep 60")
    await chain.restart()
    await chain.ended(place)
    disk.fill()
    message, go_on = newest_button(chain, place, "continue")
    threads = open_threads(chain)
    assert "Continue" not in await answer_to_press(chain, place, dict(message), go_on)
    for command, options in (("new", {"prompt": "say: new"}), ("model", {"model": "opus"}), ("queue", {"words": "x"})):
        assert (await chain.ada.command(place, command, options)).kind == "success"
        refusal = f"/{command} did not work. Nothing was changed."
        await chain.ada.until(
            lambda ada, refusal=refusal: any(refusal in one["content"] for one in ada.messages(place))
        )
    shown = [one["content"] for one in chain.ada.messages(place)]
    assert not [words for words in shown if "told Claude to continue" in words]
    assert open_threads(chain) == threads
    assert not [one for one in chain.ada.messages(chain.general) if "say: new" in one["content"]]
    disk.make_room()
    assert (await chain.ada.click(dict(message), go_on)).kind == "success"
    assert "Done" in await chain.ended(place, turns=2)
    assert len([one for one in chain.ada.messages(place) if "told Claude to continue" in one["content"]]) == 1


@pytest.mark.timeout(150)
@pytest.mark.parametrize("politely", [False, True])
async def test_a_bridge_that_ends_on_a_full_disk_loses_nothing(unstarted: Chain, disk: Disk, politely: bool) -> None:
    chain = unstarted
    idle, busy = await working(chain)
    disk.fill()
    _, other = await said_on_a_full_disk(chain, idle)
    if politely:
        assert await chain.bridge.stop() == 0
    else:
        await chain.bridge.kill()
    disk.make_room()
    await chain.bridge.start()
    await chain.ended(busy, limit=60)
    await is_all_there(chain, idle, busy, other)


@pytest.mark.timeout(120)
async def test_while_another_program_holds_the_database_people_are_answered_in_time_and_messages_wait(
    unstarted: Chain,
) -> None:
    chain = unstarted
    idle, busy = await working(chain)
    file = chain.world.root / "state" / "antiphon.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        message = await chain.ada.say(idle, "say: patience")
        begun = time.monotonic()
        shown, stop = stop_button(chain, busy)
        assert (await chain.ada.click(shown, stop)).kind == "success"  # heard; what becomes of it is told later
        assert (await chain.ada.command(idle, "status")).kind == "success"
        assert time.monotonic() - begun < 6.0  # each within Discord's three seconds
        await chain.bridge_prints(BEGUN, 20)
        assert not seen(chain, message)
    refused = "That button did not work. Nothing was changed."
    await chain.ada.until(
        lambda ada: chain.ends(busy) or any(refused in one["content"] for one in ada.messages(busy)), 30
    )
    await chain.ended(busy, limit=60)
    await chain.ended(idle, turns=2, limit=60)
    assert chain.chunks(idle)[-1] == "patience"
    assert chain.prompts().count("say: patience") == 1
    assert "database is locked" in printed_lines(chain, BEGUN)[0]


async def test_a_start_on_a_full_or_read_only_disk_says_so_in_one_line(unstarted: Chain, disk: Disk) -> None:
    chain = unstarted
    await chain.bridge.start()
    await chain.bridge.stop()
    disk.fill()
    code, words = await started_with(chain, {})
    assert code == 74
    assert "antiphon.db: the disk is full" in words
    assert "Traceback" not in words
    disk.make_room()
    disk.make_read_only()
    code, words = await started_with(chain, {})
    assert code == 74
    assert "Read-only file system" in words
    assert "Traceback" not in words


async def test_a_damaged_database_is_not_touched_and_the_line_says_what_to_do(unstarted: Chain) -> None:
    chain = unstarted
    await chain.bridge.start()
    place = await chain.ask("say: hello")
    await chain.ended(place)
    await chain.bridge.stop()
    file = chain.world.root / "state" / "antiphon.db"
    whole = file.read_bytes()
    broken = whole[:8192] + b"\xff" * 40_000 + whole[48_192:]
    file.write_bytes(broken)
    code, words = await started_with(chain, {})
    assert code == 74
    assert "antiphon.db: it is damaged" in words
    assert "docs/database.md" in words
    assert "Traceback" not in words
    assert file.read_bytes() == broken


async def test_a_database_that_breaks_at_work_ends_the_bridge_and_nothing_more_is_accepted(unstarted: Chain) -> None:
    chain = unstarted
    await chain.bridge.start()
    place = await chain.ask("say: hello")
    await chain.ended(place)
    file = chain.world.root / "state" / "antiphon.db"
    destroy(file)
    message = await chain.ada.say(place, "say: into the void")
    assert await chain.bridge.ended() == 74
    assert not seen(chain, message)
    assert len(printed_lines(chain, "nothing more is written to it")) == 1
    assert "docs/database.md" in chain.bridge.lines[-1]


def destroy(file: Path) -> None:
    """What is in memory of the file is looked at no more: its log says so, and the pages are rubbish."""
    with closing(sqlite3.connect(file)) as other:
        other.execute("UPDATE watermark SET last_message_id = last_message_id")
        other.commit()
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with file.open("r+b") as broken:
        broken.seek(4096)
        broken.write(b"\xff" * (file.stat().st_size - 4096))
