"""What is done for each message and each step of a turn does not get slower with every turn there ever was: SQLite
finds its rows by an index."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from store_samples import TTL, WORKER, a_call, a_prompt, a_session, a_turn, tail_of

from antiphon.core.blocks import End
from antiphon.core.records import Closing, Lease, OutboxRow, Post, Room, TurnBegun, Withdrawal
from antiphon.core.values import MessageId, PersonId, PlaceId
from antiphon.store.engine import opened
from antiphon.store.tables import inbox, leases, outbox, requests, sessions, spending, withdrawals
from antiphon.store.transaction import Transaction

HERE, TURN = a_session().id, a_turn(1)
ME = Lease(f"worker:{WORKER}", "test", 1)
BEGIN = OutboxRow(HERE, 7, TURN, TurnBegun(MessageId(1), 1.0))
END = OutboxRow(HERE, 8, TURN, End("done", 2.0))
SHOWN = Post(TURN, "card", MessageId(5), "digest")

STEPS: dict[str, Callable[[Transaction], Any]] = {
    "accept": lambda c: inbox.accept(c, a_call(2)),
    "claim": lambda c: inbox.claim(c, frozenset(), Room(4)),
    "line": lambda c: inbox.line(c, HERE, held=True),
    "running": lambda c: inbox.running(c, HERE),
    "prompt": lambda c: inbox.prompt(c, HERE, TURN),
    "revise": lambda c: inbox.revise(c, "1", a_prompt(1)),
    "changeable": lambda c: inbox.changeable(c, None),
    "withdraw": lambda c: inbox.withdraw(c, "1", Withdrawal("removed")),
    "withdrawn": withdrawals.withdrawn,
    "emit": lambda c: inbox.emit(c, [BEGIN, END], [Closing(1, "done", 0.5)]),
    "preview": lambda c: outbox.overwrite_preview(c, HERE, TURN, tail_of("x")),
    "story": lambda c: outbox.story(c, HERE, TURN),
    "pending": outbox.pending,
    "turn_at": lambda c: outbox.turn_at(c, HERE, MessageId(5)),
    "turns": lambda c: outbox.turns(c, HERE, 5),
    "posts": lambda c: outbox.posts(c, HERE, TURN),
    "last_post": lambda c: outbox.last_post(c, HERE),
    "record": lambda c: outbox.record(c, HERE, SHOWN),
    "forget": lambda c: outbox.forget(c, HERE, SHOWN),
    "posted": lambda c: outbox.posted(c, HERE, TURN),
    "asked": requests.asked,
    "session": lambda c: sessions.at(c, PlaceId(1)),
    "seen": lambda c: sessions.seen(c, PlaceId(1), MessageId(9)),
    "spent": lambda c: spending.spent(c, HERE, PersonId(7)),
    "renew": lambda c: leases.renew(c, ME, TTL),
}
SCANNED = re.compile(r"^SCAN (inbox|outbox|post|session|preview|audit|watermark)\b")


@pytest.mark.parametrize("name", STEPS)
def test_a_step_reads_only_what_it_is_about(file: Path, name: str):
    said: list[tuple[str, Any]] = []
    with opened(file, 1.0) as engine, engine.begin() as connection:
        tx = Transaction(connection, 1.0, ME)
        leases.hold(tx, ME.name, ME.holder, TTL)
        inbox.accept(tx, a_call(1))
        event.listen(engine, "before_cursor_execute", lambda *told: said.append((told[2], told[3])))
        STEPS[name](tx)
        done = list(said)
        assert done
        for statement, values in done:
            if not statement.startswith("BEGIN"):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
                assert not [line for *_, line in plan if SCANNED.match(line)], statement
