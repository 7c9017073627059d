"""A disk that is full, fails, or cannot be written; a file that is damaged. Nothing acknowledged is lost, nothing is
acknowledged that is not on the disk, and whoever runs the bridge is told what to do."""

# ruff: noqa: ASYNC220, ASYNC240 - disks and files are what these tests are about, and nothing runs beside

import asyncio
import logging
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path

import pytest
from store_samples import (
    Clock,
    a_call,
    a_session,
    a_turn,
    claim_all,
    hold_hub,
    hold_worker,
    keys,
    pending,
    tail_of,
    whole_turn,
)
from test_store_killed import child_process, lines_until

from antiphon.core.records import Closing
from antiphon.core.values import PlaceId
from antiphon.errors import StoreError
from antiphon.store import Busy, Store, open_store
from antiphon.store.engine import opened
from antiphon.store.errors import Damaged, Unwritable
from antiphon.store.versions import MIGRATIONS, back_up

from disks import Disk, small_disk

LONG = "x" * 50_000
CALM = 41.0  # seconds without a refusal after which the log says that the disk takes data again


@pytest.fixture
def disk(tmp_path: Path) -> Generator[Disk]:
    with small_disk(tmp_path / "disk") as mounted:
        yield mounted


@pytest.fixture
def file(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    directory = request.getfixturevalue("disk").root if "disk" in request.fixturenames else tmp_path
    return directory / "antiphon.db"


async def until_full(store: Store) -> int:
    """Accept until the disk takes no more; how many calls were accepted."""
    message = 1
    while True:
        try:
            assert await store.accept(a_call(message, place=message, text=LONG)) is True
        except Unwritable:
            return message - 1
        message += 1


async def test_on_a_full_disk_nothing_is_accepted_and_nothing_accepted_is_lost(disk: Disk, file: Path, clock: Clock):
    async with open_store(file, clock) as store:
        disk.fill(leave=400_000)
        accepted = await until_full(store)
        assert 0 < accepted < 20
        assert (await store.overview()).queued == accepted
        assert PlaceId(accepted + 1) not in await store.watermarks()
        cut = file.parent.parent / "cut.db"  # as a power cut would leave it
        shutil.copy(file, cut)
        shutil.copy(f"{file}-wal", f"{cut}-wal")
        disk.make_room()
        assert await store.accept(a_call(accepted + 1, place=accepted + 1, text=LONG)) is True
        assert await store.accept(a_call(accepted, place=accepted)) is False
    for kept, count in ((file, accepted + 1), (cut, accepted)):
        async with open_store(kept, clock) as store:
            items = await claim_all(store, await hold_worker(store))
            assert keys(items) == [f"message:{n}" for n in range(1, count + 1)]


async def test_a_turn_goes_on_writing_where_it_was_once_there_is_room(disk: Disk, file: Path, clock: Clock):
    async with open_store(file, clock) as store:
        worker, hub = await hold_worker(store), await hold_hub(store)
        await store.accept(a_call(1))
        [item] = await claim_all(store, worker)
        events, ends = whole_turn(item, *[LONG] * 10), [Closing(item.n, "done", 0.5)]
        disk.fill(leave=100_000)
        for _ in range(3):
            with pytest.raises(store.transient):
                await store.emit(worker, events, ends)
        assert list(await pending(store, hub)) == []
        assert (await store.overview()).running == 1
        disk.make_room()
        await store.emit(worker, events, ends)
        assert [len(story.rows) for story in await pending(store, hub)] == [12]
        assert (await store.overview()).cost == 0.5


async def test_the_log_says_once_that_the_disk_is_full_and_once_that_it_is_not(
    disk: Disk, file: Path, clock: Clock, caplog: pytest.LogCaptureFixture
):
    async with open_store(file, clock) as store:
        caplog.set_level(logging.WARNING)
        disk.fill()
        for message in range(1, 30):
            with pytest.raises(Unwritable):
                await store.accept(a_call(message, text=LONG))
            await store.overview()  # what can be read says nothing of what can be written
            clock.now += 30.0
        assert store.waiting is not None
        assert store.waiting.since == 1000.0
        assert "the disk is full" in store.waiting.words
        disk.make_room()
        await store.accept(a_call(1, text=LONG))
        assert store.waiting is not None  # something larger may still have no room
        clock.now += CALM
        await store.accept(a_call(2, text=LONG))
        assert store.waiting is None
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2
    assert told[0].startswith(f"what must be kept waits for the database: {file}: the disk is full")
    assert told[1] == "the database goes on; it made us wait for 840 s"


async def test_a_start_on_a_full_disk_is_refused_with_what_to_do(disk: Disk, file: Path, clock: Clock):
    async with open_store(file, clock) as store:
        await store.accept(a_call(1))
    disk.fill()
    with pytest.raises(StoreError, match=r"antiphon\.db: the disk is full"):
        async with open_store(file, clock):
            pytest.fail("a database was opened that cannot be written")
    disk.make_room()
    async with open_store(file, clock) as store:
        assert (await store.overview()).queued == 1


async def test_a_start_on_a_read_only_disk_is_refused_with_its_name(disk: Disk, file: Path, clock: Clock):
    async with open_store(file, clock) as store:
        await store.accept(a_call(1))
    disk.make_read_only()
    with pytest.raises(StoreError, match=r"antiphon\.db.*: Read-only file system"):
        async with open_store(file, clock):
            pytest.fail("a database was opened that cannot be written")


async def test_no_room_for_the_backup_leaves_the_old_database_and_no_piece_of_a_copy(
    disk: Disk, file: Path, clock: Clock, newer_migrations: Callable[[str], Path]
):
    async with open_store(file, clock) as store:
        for message in range(1, 11):
            await store.accept(a_call(message, text=LONG))
    disk.fill(leave=100_000)
    before = file.read_bytes()
    sentence = r"antiphon\.db\.before-tomorrow: the disk is full"
    with pytest.raises(Unwritable, match=sentence), opened(file, 1.0, newer_migrations("")):
        pytest.fail("a database was upgraded without a backup")
    assert file.read_bytes() == before
    assert not list(disk.root.glob("*.before-*"))
    async with open_store(file, clock) as store:
        assert (await store.overview()).queued == 10


async def test_no_room_for_the_upgrade_itself_leaves_the_old_database_and_its_backup(
    disk: Disk, file: Path, clock: Clock, newer_migrations: Callable[[str], Path]
):
    async with open_store(file, clock) as store:
        await store.accept(a_call(1))
    large = "    op.execute('CREATE TABLE large AS SELECT randomblob(3000000) AS bytes')\n"
    with pytest.raises(Unwritable, match="the disk is full"), opened(file, 1.0, newer_migrations(large)):
        pytest.fail("a half-upgraded database was opened")
    for kept in (file, Path(f"{file}.before-tomorrow")):
        async with open_store(kept, clock) as store:
            assert (await store.overview()).queued == 1


def test_a_backup_is_whole_and_private_also_with_a_log_that_is_not_in_the_file_yet(file: Path):
    with opened(file, 1.0):
        pass
    with closing(sqlite3.connect(file)) as other:
        other.execute("INSERT INTO watermark VALUES (7, 70)")
        other.commit()
        copy = back_up(file, MIGRATIONS)
        assert copy is not None
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as whole:
        assert whole.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert whole.execute("SELECT * FROM watermark").fetchall() == [(7, 70)]


async def test_a_disk_that_fails_for_a_while_is_waited_for(file: Path):
    async with child_process(file, "failing") as child:
        error, running_then, ended_later, _ = await lines_until(child, lambda lines: lines[-1:] == ["ready"])
    assert error.startswith("Unwritable: ")
    assert "the disk does not take or give the data" in error
    assert (running_then, ended_later) == ("1", "1")


async def test_a_file_that_another_process_holds_is_not_opened_and_free_afterwards(file: Path, clock: Clock):
    async with open_store(file, clock):
        pass
    hold = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN IMMEDIATE'); print(flush=True)"
    words = [sys.executable, "-c", f"{hold}; sys.stdin.read()", str(file)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(Busy, match=r"antiphon\.db: database is locked"):
            async with open_store(file, clock, busy=0.05):
                pytest.fail("a database was opened that cannot be written")
        other.communicate()
    async with open_store(file, clock, busy=0.05):
        pass


async def test_a_power_cut_at_any_moment_keeps_what_was_acknowledged(file: Path, clock: Clock):
    copies: list[tuple[Path, int]] = []
    async with child_process(file, "working") as child:
        seen: list[str] = []
        for number in range(8):
            seen += await lines_until(child, lambda lines: len(lines) >= 4)
            os.kill(child.pid, signal.SIGSTOP)  # file and log as they are at this moment
            copy = file.with_name(f"cut-{number}.db")
            shutil.copy(file, copy)
            shutil.copy(f"{file}-wal", f"{copy}-wal")
            copies.append((copy, len(seen)))
            os.kill(child.pid, signal.SIGCONT)
    for copy, acknowledged in copies:
        async with open_store(copy, clock) as store:
            assert (await store.overview()).ended >= acknowledged
            assert (await store.overview()).cost >= acknowledged


@pytest.mark.parametrize("where", ["header", "page", "schema", "end"])
async def test_flipped_bytes_are_noticed_before_anything_is_written(file: Path, clock: Clock, where: str):
    async with open_store(file, clock) as store:
        for message in range(1, 41):
            await store.accept(a_call(message, place=message, text="x" * 3000))
    whole = file.read_bytes()
    match where:
        case "header":
            broken = b"?" * 16 + whole[16:]
        case "page":
            broken = whole[: len(whole) // 2] + bytes(4096) + whole[len(whole) // 2 + 4096 :]
        case "schema":
            broken = whole[:100] + b"\xff" * 200 + whole[300:]
        case _:
            broken = whole[: len(whole) - 10_000]
    file.write_bytes(broken)
    with pytest.raises(Damaged, match=r"antiphon\.db: (it is damaged|this file is not a database)") as refusal:
        async with open_store(file, clock):
            pytest.fail("a damaged database was opened")
    assert "\n" not in str(refusal.value)
    assert file.read_bytes() == broken


async def test_a_log_with_flipped_bytes_opens_at_the_last_whole_transaction(file: Path, tmp_path: Path, clock: Clock):
    async with open_store(file, clock) as store:
        for message in range(1, 11):
            await store.accept(a_call(message, place=message))
        copy = tmp_path / "copy.db"
        shutil.copy(file, copy)
        log = bytearray(Path(f"{file}-wal").read_bytes())
    log[len(log) // 2] ^= 0xFF
    Path(f"{copy}-wal").write_bytes(log)
    async with open_store(copy, clock) as store:
        accepted, marks = (await store.overview()).queued, await store.watermarks()
    assert 0 < accepted < 10
    assert set(marks) == {PlaceId(n) for n in range(1, accepted + 1)}  # what came after is fetched again


async def test_a_database_that_breaks_while_it_is_open_is_left_alone(
    file: Path, clock: Clock, caplog: pytest.LogCaptureFixture
):
    async with open_store(file, clock) as store:
        worker = await hold_worker(store)
        for message in range(1, 101):  # more than is kept in memory
            await store.accept(a_call(message, place=message, text=LONG))
        with closing(sqlite3.connect(file)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with file.open("r+b") as broken:
            broken.seek(4096)
            broken.write(b"\xff" * (file.stat().st_size - 4096))
        with pytest.raises(Damaged, match=r"antiphon\.db: it is damaged") as first:
            await claim_all(store, worker)
        assert not isinstance(first.value, store.transient)
        for asking in (store.accept(a_call(200)), store.renew(worker, 10), store.sessions()):
            with pytest.raises(Damaged, match="it is damaged"):
                await asking
    critical = [record.getMessage() for record in caplog.records if record.levelno == logging.CRITICAL]
    assert len(critical) == 1
    assert critical[0].endswith("nothing more is written to it")


@pytest.mark.parametrize("replaced", [False, True])
async def test_a_file_that_is_removed_while_it_is_open_takes_nothing_more(file: Path, clock: Clock, replaced: bool):
    async with open_store(file, clock) as store:
        await store.accept(a_call(1))
        file.rename(file.with_name("elsewhere.db"))
        if replaced:
            file.touch()
        for _ in range(2):
            with pytest.raises(Damaged, match=r"antiphon\.db: it was moved or removed while it was in use"):
                await store.accept(a_call(2))


async def test_the_log_file_is_small_again_after_somebody_has_read_for_long(file: Path, clock: Clock):
    async with open_store(file, clock) as store:
        worker = await hold_worker(store)
        await store.accept(a_call(1))

        async def write(times: int) -> int:
            for number in range(times):
                await store.preview(worker, a_session().id, a_turn(1), tail_of(f"{number:10}" * 20_000))
            return Path(f"{file}-wal").stat().st_size

        with closing(sqlite3.connect(file, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM inbox").fetchall()
            assert await write(60) > 12_000_000
        assert await write(3) <= 8_000_000


async def test_what_was_asked_while_the_disk_is_full_is_answered_in_order(disk: Disk, file: Path, clock: Clock):
    async with open_store(file, clock) as store:
        disk.fill(leave=100_000)
        asking = [
            asyncio.create_task(store.accept(a_call(n, place=n, text=LONG)), name=f"accept {n}") for n in range(1, 11)
        ]
        told = await asyncio.gather(*asking, return_exceptions=True)
        accepted = [n for n, one in enumerate(told, 1) if one is True]
        assert all(isinstance(one, Unwritable) for one in told if one is not True)
        assert accepted == list(range(1, len(accepted) + 1))
