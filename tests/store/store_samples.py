"""Calls, sessions and events as they come in tests. Numbers are small so that a failure can be read."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from alembic.script import ScriptDirectory

from antiphon.core.blocks import Block, End, TextBlock
from antiphon.core.bus import RecoveryInfo
from antiphon.core.records import ClaimedEntry, InboxEntry, Lease, OutboxRow, Room, StoredTurn, Tail, prompt_in
from antiphon.core.stored_turn import rows_of
from antiphon.core.values import (
    Asker,
    Interrupt,
    MessageId,
    PlaceId,
    Prompt,
    Session,
    Steer,
    TurnId,
    first_claude_session,
    session_at,
)
from antiphon.core.values import turn_of as turn_of_message
from antiphon.core.view import TurnView
from antiphon.store import Store
from antiphon.store.versions import MIGRATIONS

WORKER = "here"
TTL = 10.0
NEWEST = ScriptDirectory(str(MIGRATIONS)).get_current_head()  # revision


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def a_session(place: int = 1) -> Session:
    id_ = session_at(PlaceId(place))
    return Session(id_, PlaceId(place), "site", first_claude_session(id_), f"place {place}")


def a_turn(message: int) -> TurnId:
    return turn_of_message(MessageId(message))


def a_prompt(message: int, text: str = "hello") -> Prompt:
    return Prompt(a_turn(message), text, Asker("ann"), MessageId(message))


def a_call(message: int, place: int = 1, text: str = "hello", **more: Any) -> InboxEntry:
    """`more`: of its prompt."""
    seen = (PlaceId(place), MessageId(message))
    said = replace(a_prompt(message, text), **more)
    return InboxEntry(f"message:{message}", WORKER, a_session(place), said, seen)


def a_steer(message: int, text: str = "hello") -> InboxEntry:
    """The same, for the turn at work."""
    return InboxEntry(f"message:{message}", WORKER, a_session(), Steer(a_prompt(message, text)))


def a_stop(key: str, place: int = 1) -> InboxEntry:
    return InboxEntry(key, WORKER, a_session(place), Interrupt("ann"))


def prompt_of(item: ClaimedEntry) -> Prompt:
    prompt = prompt_in(item.content)
    assert prompt is not None
    return prompt


def begin(item: ClaimedEntry, seq: int | None = None) -> OutboxRow:
    view = TurnView(prompt_of(item).turn, prompt_of(item).message, started=1.0)
    return rows_of(item.session.id, view, item.next_seq if seq is None else seq, None)[0]


def whole_turn(item: ClaimedEntry, *texts: str) -> list[OutboxRow]:
    """Begin, a block for each text, end."""
    blocks: tuple[Block, ...] = tuple(TextBlock(text, settled=True) for text in texts)
    view = TurnView(prompt_of(item).turn, prompt_of(item).message, 1.0, blocks, end=End("done", 2.0))
    return rows_of(item.session.id, view, item.next_seq, None)


def tail_of(*texts: str, rows: int = 0) -> Tail:
    """A live tail: unsettled texts after `rows` blocks."""
    return Tail(rows, tuple(map(TextBlock, texts)))


def transcript(*prompts: TurnId) -> RecoveryInfo:
    """What a dead worker has left, where Claude Code's transcript holds these prompts and no others."""
    return RecoveryInfo(lambda _, asked: frozenset(prompts).intersection(asked))


TRANSCRIPT = transcript(*(a_turn(n) for n in range(1, 50)))  # every turn that began, and no words said meanwhile


async def hold_worker(store: Store, holder: str = "a", left: RecoveryInfo = TRANSCRIPT) -> Lease:
    lease = await store.hold(f"worker:{WORKER}", holder, TTL, left)
    assert lease is not None
    return lease


async def hold_hub(store: Store, holder: str = "a") -> Lease:
    lease = await store.hold("hub", holder, TTL)
    assert lease is not None
    return lease


async def claim_all(store: Store, worker: Lease, known: Sequence[int] = (), room: int = 100) -> list[ClaimedEntry]:
    return list(await store.claim(worker, frozenset(known), Room(room)))


async def pending(store: Store, hub: Lease) -> list[StoredTurn]:
    """The turns that are not posted, oldest first, with what is known of each."""
    found = [await store.story(session.id, turn) for session, turn in await store.pending(hub)]
    return [story for story in found if story is not None]


def keys(items: Sequence[ClaimedEntry]) -> list[str]:
    return [item.key for item in items]


def contents(items: Sequence[ClaimedEntry]) -> list[type]:
    return [type(item.content) for item in items]
