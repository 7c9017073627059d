"""Which files are opened, which are upgraded, and which are left exactly as they are."""

# ruff: noqa: ASYNC240 - files are what these tests are about, and nothing else runs beside them

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from store_samples import NEWEST, Clock, a_call, claim_all, hold_hub, hold_worker, keys

from antiphon.core.values import PlaceId
from antiphon.errors import StoreError
from antiphon.store import open_store
from antiphon.store.engine import opened
from antiphon.store.schema import metadata

FAILS = "    raise RuntimeError('an upgrade with a defect')\n"


def query(file: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(file)) as connection, connection:
        return connection.execute(sql).fetchall()


async def test_what_was_accepted_is_there_after_opening_again(file: Path, clock: Clock):
    async with open_store(file, clock) as store:
        await store.accept(a_call(1))
    async with open_store(file, clock) as store:
        assert await store.session(PlaceId(1)) is not None
        assert keys(await claim_all(store, await hold_worker(store))) == ["message:1"]


async def test_a_lease_of_an_earlier_opening_is_taken_at_once_under_a_new_epoch(file: Path, clock: Clock):
    async with open_store(file, clock) as store:
        first = await hold_hub(store, "a")
    async with open_store(file, clock) as store:
        assert (await hold_hub(store, "b")).epoch == first.epoch + 1


async def test_the_migrations_build_the_schema(file: Path):
    with opened(file, 1.0) as engine, engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        partial = "SELECT sql FROM sqlite_master WHERE name = 'uq_inbox_running_turn'"
        assert "WHERE kind = 'turn' AND state = 'running'" in connection.exec_driver_sql(partial).scalar_one()


async def test_what_is_written_is_as_safe_as_sqlite_can_make_it(file: Path):
    with opened(file, 1.0) as engine, engine.begin() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 1000}


async def test_the_database_is_private_and_its_directory_is_made(tmp_path: Path, clock: Clock):
    file = tmp_path / "a" / "b % ? #" / "antiphon.db"
    async with open_store(file, clock) as store:
        await store.accept(a_call(1))
    assert file.stat().st_mode & 0o777 == 0o600


async def test_a_second_opening_is_refused_by_any_name_and_the_file_is_free_afterwards(file: Path, clock: Clock):
    async with open_store(file, clock):
        link = file.with_name("link.db")
        link.symlink_to(file)
        for name in (file, link):
            with pytest.raises(StoreError, match=rf"antiphon\.db is in use by process {os.getpid()}$"):
                async with open_store(name, clock):
                    pytest.fail("the same database was open twice")
    async with open_store(file, clock):
        pass


async def test_a_database_of_a_newer_antiphon_is_refused_and_not_a_byte_changes(
    file: Path, tmp_path: Path, clock: Clock
):
    async with open_store(file, clock) as store:
        await store.accept(a_call(1))
    crashed = tmp_path / "crashed.db"
    with closing(sqlite3.connect(file)) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '0999'")
        newer.commit()
        shutil.copy(file, crashed)  # as a crash would leave it: the change is in the write-ahead log alone
        shutil.copy(f"{file}-wal", f"{crashed}-wal")
    for refused in (file, crashed):
        parts = [part for part in (refused, Path(f"{refused}-wal")) if part.exists()]
        before = [part.read_bytes() for part in parts]
        sentence = rf"{refused} is at revision 0999, and this Antiphon knows revisions up to {NEWEST}: .*left unchanged"
        with pytest.raises(StoreError, match=sentence):
            async with open_store(refused, clock):
                pytest.fail("a newer database was opened")
        assert [part.read_bytes() for part in parts] == before
    assert len(parts) == 2
    assert not list(tmp_path.glob("*.before-*"))


async def test_an_older_database_is_backed_up_and_upgraded_with_all_that_is_in_it(
    file: Path, clock: Clock, newer_migrations: Callable[[str], Path]
):
    async with open_store(file, clock) as store:
        await store.accept(a_call(1))
    Path(f"{file}.before-tomorrow.part").write_text("what a killed upgrade left")
    with opened(file, 1.0, newer_migrations("")):
        pass
    assert query(file, "SELECT version_num, title, color FROM alembic_version, session") == [
        ("tomorrow", "place 1", "red")
    ]
    backup = Path(f"{file}.before-tomorrow")
    assert query(backup, "SELECT version_num, title FROM alembic_version, session") == [(NEWEST, "place 1")]
    assert backup.stat().st_mode & 0o777 == 0o600
    async with open_store(backup, clock) as store:
        assert keys(await claim_all(store, await hold_worker(store))) == ["message:1"]


async def test_an_upgrade_that_fails_changes_nothing_and_can_be_tried_again(
    file: Path, clock: Clock, newer_migrations: Callable[[str], Path]
):
    async with open_store(file, clock) as store:
        await store.accept(a_call(1))
    with pytest.raises(RuntimeError, match="defect"), opened(file, 1.0, newer_migrations(FAILS)):
        pytest.fail("a half-upgraded database was opened")
    async with open_store(file, clock) as store:
        await store.accept(a_call(2))
    with opened(file, 1.0, newer_migrations("")):
        pass
    assert query(file, "SELECT count(*) FROM inbox") == [(2,)]
    assert query(Path(f"{file}.before-tomorrow"), "SELECT count(*) FROM inbox") == [
        (2,)
    ]  # the newest, not the first try's


async def test_a_new_file_needs_no_backup(file: Path, clock: Clock):
    async with open_store(file, clock):
        pass
    assert not list(file.parent.glob("*.before-*"))


async def test_a_file_that_is_no_database_is_refused_and_kept(file: Path, clock: Clock):
    file.write_text("Dear diary, " * 100)
    with pytest.raises(StoreError, match=r"antiphon\.db: this file is not a database"):
        async with open_store(file, clock):
            pytest.fail("a diary was opened")
    assert file.read_text() == "Dear diary, " * 100


async def test_another_programs_database_is_refused_and_kept(file: Path, clock: Clock):
    query(file, "CREATE TABLE songs (title)")
    before = file.read_bytes()
    with pytest.raises(StoreError, match=r"antiphon\.db is a database of another program; it was left unchanged"):
        async with open_store(file, clock):
            pytest.fail("another program's database was opened")
    assert file.read_bytes() == before


async def test_a_damaged_database_is_an_error_that_says_so(file: Path, clock: Clock):
    async with open_store(file, clock) as store:
        await store.accept(a_call(1))
    [(size,)] = query(file, "PRAGMA page_size")
    whole = file.read_bytes()
    file.write_bytes(whole[:size] + b"\xff" * (len(whole) - size))
    with pytest.raises(StoreError, match=r"antiphon\.db: it is damaged"):
        async with open_store(file, clock):
            pytest.fail("a damaged database was opened")


async def test_a_directory_in_the_files_place_is_an_error_that_names_it(file: Path, clock: Clock):
    file.mkdir()
    with pytest.raises(StoreError, match=r"antiphon\.db: Is a directory"):
        async with open_store(file, clock):
            pytest.fail("a directory was opened")


async def test_a_place_where_no_file_can_be_made_is_an_error_that_names_it(tmp_path: Path, clock: Clock):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"file.*: (Not a directory|File exists)"):
        async with open_store(tmp_path / "file" / "antiphon.db", clock):
            pytest.fail("a database was opened below a file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
async def test_a_directory_without_permission_is_an_error_that_names_it(tmp_path: Path, clock: Clock):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(StoreError, match=r"antiphon\.db\.lock: Permission denied"):
        async with open_store(locked / "antiphon.db", clock):
            pytest.fail("a database was made without permission")


async def test_a_cancelled_opening_leaves_the_file_free(file: Path, clock: Clock):
    async def open_and_stay() -> None:
        async with open_store(file, clock):
            await asyncio.Event().wait()

    opening = asyncio.create_task(open_and_stay(), name="opening")
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    async with open_store(file, clock):
        pass


async def test_leaving_waits_for_what_was_asked(file: Path, clock: Clock):
    async with open_store(file, clock) as store:
        asking = [asyncio.create_task(store.accept(a_call(n, place=n)), name=f"accept {n}") for n in range(1, 21)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*asking) == [True] * 20
    async with open_store(file, clock) as store:
        assert (await store.overview()).queued == 20
