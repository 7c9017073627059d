"""From every earlier schema to today's: the rows are all there, the bridge goes on with them, and the tables are those
of a new file."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from store_samples import NEWEST, WORKER, Clock, a_call, a_turn, claim_all, hold_hub, hold_worker, keys, pending
from test_store_killed import child_process, lines_until

from antiphon.core.rules import OfferedRule
from antiphon.core.stored_turn import assemble
from antiphon.core.values import MessageId, PersonId, PlaceId, session_at
from antiphon.store import open_store
from antiphon.store.engine import opened
from antiphon.store.schema import metadata
from antiphon.store.versions import MIGRATIONS, known, upgrade

REVISIONS = [one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]
EARLIER = [one for one in REVISIONS if one != NEWEST]

Row = Mapping[str, Any]


def _prompt(message: int) -> str:
    return f'{{"turn": "{a_turn(message)}", "text": "hello {message}", "author": "änn", "message": {message}}}'


def _inbox(message: int, place: int, state: str, **more: Any) -> Row:
    body = _prompt(message)
    row = {"key": str(message), "worker": WORKER, "session": session_at(PlaceId(place)), "kind": "turn", "body": body}
    return {**row, "state": state, "created": 900.0, "asker": 7, "cost": 0.0, **more}


def _event(place: int, seq: int, message: int, kind: str, body: str, state: str = "posted") -> Row:
    home = {"worker": WORKER, "session": session_at(PlaceId(place)), "seq": seq, "turn": a_turn(message)}
    return {**home, "kind": kind, "body": body, "state": state, "created": 900.0}


_BLOCK = '{"block": "text", "text": "so it is 🦑", "settled": true}'
_ALWAYS = (
    '{"block": "ask", "id": "x", "name": "Bash", "subject": "ls", "asked": 1.0, "outcome": "allowed", "by": "änn",'
    ' "answered": 2.0, "rules": ["Bash(ls), in this project"], "words": "Bash(ls), in this project"}'
)
_END = '{"reason": "done", "at": 910.0, "error": null, "usage": {"cost": 0.25, "tokens_in": 1, "tokens_out": 2}}'

# One row at least of every kind that a bridge leaves, with every column that some revision had: each revision gets its
# own. Whoever adds a table, or a column that must be given, adds it here.
ROWS: Mapping[str, list[Row]] = {
    "lease": [
        {"name": "hub", "holder": "pid 1", "epoch": 3, "since": 800.0, "expires": 815.0},
        {"name": f"worker:{WORKER}", "holder": "pid 1", "epoch": 4, "since": 800.0, "expires": 815.0},
    ],
    "session": [
        {
            "id": session_at(PlaceId(place)),
            "place": place,
            "project": "site",
            "worker": WORKER,
            "claude_session_id": f"claude-{place}",
            "title": f"place {place} — 日本",
            "origin_channel": 5,
            "origin_message": place,
            "cost": cost,
            "choices": '{"model": "opus", "rules": ["Bash(ls)"]}',
            "begun": 1 if cost else 0,
            "counted": cost,
            "created": 700.0,
            "touched": 900.0 + place,
        }
        for place, cost in ((1, 0.25), (2, 0.0), (3, 0.0))
    ],
    "inbox": [
        _inbox(11, 1, "done", epoch=3, ended=910.0, cost=0.25),
        _inbox(21, 2, "running", epoch=4),
        _inbox(22, 2, "queued"),
        _inbox(31, 3, "queued"),
        _inbox(12, 1, "cancelled", ended=905.0),
    ],
    "outbox": [
        _event(1, 0, 11, "begin", '{"prompt": 11, "started": 901.0}'),
        _event(1, 1, 11, "block", _BLOCK),
        _event(1, 2, 11, "block", _ALWAYS),
        _event(1, 3, 11, "end", _END),
        _event(2, 0, 21, "begin", '{"prompt": 21, "started": 902.0}', "todo"),
        _event(2, 1, 21, "block", _BLOCK, "todo"),
    ],
    "preview": [
        {
            "session": session_at(PlaceId(2)),
            "turn": a_turn(21),
            "body": '{"from": 1, "blocks": [{"block": "text", "text": "half a", "settled": false}]}',
            "rev": 9,
            "updated": 903.0,
        }
    ],
    "post": [
        {"session": session_at(PlaceId(1)), "turn": a_turn(11), "slot": slot, "message": message, "digest": "d"}
        for slot, message in (("card", 111), ("text:0", 112))
    ],
    "watermark": [{"place": 5, "last_message_id": 31}, {"place": 2, "last_message_id": 22}],
    "audit": [
        {
            "at": 904.0,
            "deed": "answer",
            "session": session_at(PlaceId(1)),
            "person": 7,
            "name": "änn",
            "door": "button",
            "what": '{"tool": "Bash", "allowed": true}',
        }
    ],
    "direct_place": [{"place": 5, "project": "wéb"}],
    "allowance": [{"scope": f"thread:{session_at(PlaceId(1))}", "dollars": 2.5}],
    "request": [],  # dropped at each start: whoever asked is gone
    "identify": [{"at": 890.0}],
    "offer": [],
    "schedule": [],
    "schedule_run": [],
    "notice": [],
    "answer": [],
    "continuation": [],
    "switch": [],
    "claim": [],
    "file_use": [],
    "coordination_event": [
        {"key": "event:1", "at": 890.0, "project": "site", "session": None, "by": "CI", "text": "green — 🦑"},
    ],
    "standing_post": [{"key": "board:5", "place": 5, "message": 51, "digest": "d"}],
    "guest": [{"place": 2, "person": 8, "name": "Bén", "by": "änn", "answers": 0, "since": 900.0}],
    "stranger_offer": [
        {
            "place": 2,
            "project": "site",
            "person": 9,
            "name": "Mällory",
            "owner": 7,
            "calls": 1,
            "state": "open",
            "by": "",
            "closed": 0,
            "opened": 900.0,
            "decided": None,
        }
    ],
    "stranger_message": [{"message": 23, "offer": 1, "text": "let me in", "state": "kept", "at": 900.0}],
    "added_project": [
        {"name": "web", "settings": '{"directory": "/code"}', "version": 2, "by": "ada", "at": 905.0},
    ],
    "dead_webhook": [{"webhook": "a digest", "why": "Unknown Webhook", "at": 905.0}],
}


def written(file: Path, revision: str) -> None:
    """A database as a bridge of that revision has left it."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        upgrade(connection, revision=revision)
    engine.dispose()
    with closing(sqlite3.connect(file)) as old, old:
        for table, rows in ROWS.items():
            there = {name for _, name, *_ in old.execute(f"PRAGMA table_info({table})")}
            for row in rows if there else ():
                mine = {name: value for name, value in row.items() if name in there}
                places = ", ".join("?" for _ in mine)
                names = ", ".join(f'"{name}"' for name in mine)
                old.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", list(mine.values()))


def contents(file: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    with closing(sqlite3.connect(file)) as database:
        database.row_factory = sqlite3.Row
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        mine = [name for name in tables if name != "alembic_version" and not name.startswith("sqlite_")]
        return {name: [dict(row) for row in database.execute(f"SELECT * FROM {name} ORDER BY rowid")] for name in mine}


def structure(file: Path) -> object:
    """Tables, columns and indexes, whatever the order in which they came to be."""
    engine = create_engine(f"sqlite:///{file}")
    look = inspect(engine)
    tables = {
        table: (
            sorted((one["name"], str(one["type"]), one["nullable"]) for one in look.get_columns(table)),
            look.get_pk_constraint(table),
            sorted(map(str, look.get_unique_constraints(table))),
            sorted(map(str, look.get_foreign_keys(table))),
        )
        for table in look.get_table_names()
    }
    engine.dispose()
    with closing(sqlite3.connect(file)) as database:
        indexes = database.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index'").fetchall()
    return tables, sorted(map(str, indexes))


def test_the_rows_here_are_for_every_table_there_is():
    assert set(ROWS) == set(metadata.tables)


@pytest.mark.parametrize("revision", EARLIER)
def test_an_upgrade_keeps_every_row_and_makes_the_tables_of_a_new_file(file: Path, tmp_path: Path, revision: str):
    written(file, revision)
    before = contents(file)
    with opened(file, 1.0) as engine, engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []
    after = contents(file)
    turns = [row for row in after["coordination_event"] if row["kind"] == "turn"]  # that are at work: 0013 adds them
    told = [(row["session"], row["text"], row["outcome"]) for row in turns]
    assert told == ([(session_at(PlaceId(2)), a_turn(21), "")] if revision < "0013" else [])
    after["coordination_event"] = [row for row in after["coordination_event"] if row not in turns]
    for table, rows in before.items():
        kept = [{name: row[name] for name in rows[0]} for row in after[table]] if rows else after[table]
        ends = {"expires": 0.0} if table == "lease" else {}  # the lock says that every holder is gone
        assert kept == [{**row, **ends} for row in rows], table
    with opened(tmp_path / "new.db", 1.0):
        pass
    assert structure(file) == structure(tmp_path / "new.db")
    assert contents(Path(f"{file}.before-{NEWEST}")) == before


@pytest.mark.parametrize("revision", REVISIONS)
async def test_the_bridge_goes_on_with_what_an_earlier_one_left(file: Path, clock: Clock, revision: str):
    written(file, revision)
    async with open_store(file, clock) as store:
        hub, me = await hold_hub(store, "new"), await hold_worker(store, "new")
        assert (hub.epoch, me.epoch) == (4, 5)
        first = await store.session(PlaceId(1))
        assert first is not None
        assert (first.claude, first.title, first.cost, first.begun, first.counted) == (
            "claude-1",
            "place 1 — 日本",
            0.25,
            True,
            0.25,
        )
        assert (first.directory, first.owner) == (None, None)
        assert [one.place for one in await store.sessions()][-1] == 1
        assert await store.watermarks() == {5: 31, 2: 22}
        assert [post.message for post in await store.posts(first.id, a_turn(11))] == [111, 112]
        told = await store.turn_at(first.id, MessageId(112))
        assert told is not None
        view = assemble(told)
        assert view.end is not None
        assert (view.end.reason, view.end.usage.cost) == ("done", 0.25)
        assert [one.always for one in view.asked] == [OfferedRule("Bash(ls)", ("Bash(ls)",), "project")]
        assert (await store.turns(first.id, 5))[0].words == "hello 11"
        assert (await store.spent(first.id, PersonId(7))).thread == 0.25
        assert (await store.overview()).cost == 0.25
        assert [story.session.place for story in await pending(store, hub)] == [2]
        items = await claim_all(store, me)
        assert "31" in keys(items)
        assert await store.accept(a_call(99, place=3)) is True


@pytest.mark.parametrize("where", ["in the middle", "before its end"])
async def test_an_upgrade_that_is_killed_leaves_the_old_one_and_the_next_start_has_the_new_one(
    file: Path, clock: Clock, newer_migrations: Callable[[str], Path], where: str
):
    written(file, "0001")
    before = contents(file)
    stuck = "    import threading\n    print('ready', flush=True)\n    threading.Event().wait()\n"
    large = "    op.execute('CREATE TABLE large AS SELECT randomblob(9000000) AS bytes')\n"  # spills into the log
    migrations = newer_migrations(stuck if where == "in the middle" else large + stuck)
    async with child_process(file, "upgrading", migrations) as child:
        await lines_until(child, lambda lines: lines[-1:] == ["ready"])
        child.kill()
    assert contents(file) == before
    assert contents(Path(f"{file}.before-tomorrow")) == before
    shutil.rmtree(migrations)
    async with open_store(file, clock) as store:
        assert (await store.overview()).sessions == 3


def test_the_revisions_of_the_scripts_are_those_that_alembic_finds() -> None:
    assert list(known()) == REVISIONS


def test_alembic_is_not_loaded_when_there_is_nothing_to_upgrade() -> None:
    words = "import sys, antiphon.store; print(any(name.partition('.')[0] == 'alembic' for name in sys.modules))"
    told = subprocess.run([sys.executable, "-c", words], capture_output=True, check=True, text=True)
    assert told.stdout == "False\n"
