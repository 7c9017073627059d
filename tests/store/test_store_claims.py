"""Claims: each is held by one session, which is live, and for its time, whatever ends or is killed when."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from store_samples import Clock

from antiphon.core.coordination.claims import FILE, LIVE_FOR, Claim, FileUse
from antiphon.core.coordination.worktrees import Worktree
from antiphon.core.records import Lease
from antiphon.core.values import (
    NOWHERE,
    ClaudeSessionId,
    PlaceId,
    Session,
    SessionId,
    Terminal,
    first_claude_session,
)
from antiphon.store import Store, open_store

FILE_A, FILE_B = Path("/site/a.py"), Path("/site/b.py")


def session(n: int, terminal: Terminal | None = None) -> Session:
    id_ = SessionId(f"s{n}")
    return Session(id_, PlaceId(n), "site", first_claude_session(id_), f"Session {n}", terminal=terminal)


def wanted(n: int, resource: str, until: float) -> Claim:
    return Claim(resource, SessionId(f"s{n}"), "", NOWHERE, 0.0, until)


@pytest.fixture
async def worker(store: Store) -> Lease:
    lease = await store.hold("worker:local", "test", 1e9)
    assert lease is not None
    for n in range(1, 5):
        await store.adopt(session(n), "local")
    return lease


async def held(store: Store) -> dict[str, str]:
    """Who has what."""
    return {one.resource: one.session for one in await store.claims()}


async def test_one_session_has_a_resource_and_the_next_one_is_told_who(
    store: Store, worker: Lease, clock: Clock
) -> None:
    assert await store.take_claim(wanted(1, "port:3000", clock() + 60)) is None
    found = await store.take_claim(wanted(2, "port:3000", clock() + 60))
    assert found is not None
    assert (found.session, found.title, found.place) == ("s1", "Session 1", 1)
    assert await store.release_claims(SessionId("s2"), ["port:3000"]) == []
    assert await store.release_claims(SessionId("s1"), ["port:3000"]) == ["port:3000"]
    assert await store.take_claim(wanted(2, "port:3000", clock() + 60)) is None


async def test_a_claim_ends_with_its_time_its_session_its_conversation_and_its_terminal(
    store: Store, worker: Lease, clock: Clock
) -> None:
    open_ = Terminal(7)
    await store.adopt(session(9, open_), "local")
    for n, resource in ((1, "time"), (2, "place"), (3, "conversation"), (9, "terminal"), (4, "quiet")):
        await store.take_claim(wanted(n, resource, clock() + (60 if resource == "time" else 9 * LIVE_FOR)))
    assert set(await held(store)) == {"time", "place", "conversation", "terminal", "quiet"}
    clock.now += 61
    assert "time" not in await held(store)
    await store.abandon(PlaceId(2))
    assert "place" not in await held(store)
    await store.keep(worker, replace(session(3), claude=ClaudeSessionId("another")))
    assert "conversation" not in await held(store)
    await store.keep(worker, session(9, replace(open_, open=False)))
    assert set(await held(store)) == {"quiet"}
    clock.now += LIVE_FOR
    assert await held(store) == {}


async def test_a_session_that_has_ended_gets_no_claim(store: Store, worker: Lease, clock: Clock) -> None:
    await store.abandon(PlaceId(1))
    await store.take_claim(wanted(1, "deploy", clock() + 60))
    assert await held(store) == {}


class Rounds:
    """Random claims, releases, ends and kills, beside a model of what must hold."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self.random, self.clock = random.Random(seed), clock
        self.ended: set[str] = set()
        self.touched: dict[str, float] = {}
        self.known: dict[str, tuple[str, float]] = {}  # resource → who has it, until when

    def is_live(self, who: str) -> bool:
        return who not in self.ended and self.touched[who] > self.clock() - LIVE_FOR

    def holding(self) -> dict[str, str]:
        return {
            resource: who for resource, (who, until) in self.known.items() if until > self.clock() and self.is_live(who)
        }

    async def step(self, store: Store, lease: Lease) -> None:
        n = self.random.randrange(6)
        who, resource = f"s{n}", self.random.choice(["a", "b", "port:1", f"{FILE}/x"])
        match self.random.choice(["claim"] * 6 + ["release", "release", "all", "end", "anew", "turn", "later"]):
            case "claim":
                until = self.clock() + self.random.choice([5.0, 600.0, 2 * LIVE_FOR])
                holder = self.holding().get(resource)
                found = await store.take_claim(wanted(n, resource, until))
                assert (found and found.session) == (None if holder == who else holder)
                if found is None and self.is_live(who):
                    self.known[resource] = (who, until)
                elif found is None:
                    self.known.pop(resource, None)
            case "release":
                await store.release_claims(SessionId(who), [resource])
                if self.known.get(resource, ("",))[0] == who:
                    del self.known[resource]
            case "all":
                await store.release_claims(SessionId(who), None)
                self.known = {key: value for key, value in self.known.items() if value[0] != who}
            case "end":
                await store.abandon(PlaceId(n + 1))
                self.ended.add(who)
                self.known = {key: value for key, value in self.known.items() if value[0] != who}
            case "anew":
                claude = ClaudeSessionId(f"c{self.random.random()}")
                await store.keep(lease, replace(session(n), id=SessionId(who), claude=claude))
                self.touched[who] = self.clock()
                self.known = {key: value for key, value in self.known.items() if value[0] != who}
            case "turn":
                known = await store.known(SessionId(who))
                assert known is not None
                await store.keep(lease, known)
                self.touched[who] = self.clock()
            case _:
                self.clock.now += self.random.choice([1.0, 10.0, 700.0, LIVE_FOR / 2])


@pytest.mark.parametrize("seed", range(2))
async def test_two_hundred_rounds_leave_no_claim_without_its_session_and_none_held_twice(
    file: Path, clock: Clock, seed: int
) -> None:
    rounds = Rounds(seed, clock)

    async def killed_after(steps: int) -> None:
        async with open_store(file, clock) as store:  # another process, on the same file
            lease = await store.hold("worker:local", f"{clock()}", 1e9)
            while lease is None:
                clock.now += 1e10
                lease = await store.hold("worker:local", f"{clock()}", 1e9)
            for n in range(6):
                one = replace(session(n), place=PlaceId(n + 1))
                if await store.adopt(one, "local"):
                    rounds.touched[one.id] = clock()
            for _ in range(steps):
                await rounds.step(store, lease)
                told = [(one.resource, str(one.session)) for one in await store.claims()]
                assert dict(told) == rounds.holding()
                assert len(told) == len(dict(told))

    for _ in range(20):
        await killed_after(10)


async def test_a_file_that_another_has_changed_since_it_was_read_is_a_conflict(
    store: Store, worker: Lease, clock: Clock
) -> None:
    one, two = SessionId("s1"), SessionId("s2")

    async def why(who: SessionId) -> str | None:
        found = await store.conflict(who, FILE_A, f"{FILE}{FILE_A}")
        return found and f"{found.kind} by {found.session}"

    await store.use(one, [FileUse(FILE_A, read=clock())])
    assert await why(one) is None
    clock.now += 1
    await store.use(two, [FileUse(FILE_A, changed=clock()), FileUse(FILE_B, changed=clock())])
    assert await why(one) == "changed by s2"
    assert await why(two) is None
    clock.now += 1
    await store.use(one, [FileUse(FILE_A, read=clock())])
    assert await why(one) is None
    await store.use(one, [FileUse(FILE_A, read=clock() - 10)])  # told late: it changes nothing
    assert await why(one) is None
    clock.now += 1
    await store.use(two, [FileUse(FILE_A, changed=clock())])
    await store.let_write(one, FILE_A, clock() + 60)
    assert await why(one) is None
    clock.now += 61
    assert await why(one) == "changed by s2"
    await store.abandon(PlaceId(2))  # its session is over
    assert await why(one) is None


async def test_a_claimed_file_is_a_conflict_for_all_others_until_people_let_one_write(
    store: Store, worker: Lease, clock: Clock
) -> None:
    resource = f"{FILE}{FILE_A}"
    await store.take_claim(wanted(1, resource, clock() + 600))
    assert await store.conflict(SessionId("s1"), FILE_A, resource) is None
    found = await store.conflict(SessionId("s2"), FILE_A, resource)
    assert found is not None
    assert (found.kind, found.session, found.since) == ("claimed", "s1", clock())
    await store.let_write(SessionId("s2"), FILE_A, clock() + 60)
    assert await store.conflict(SessionId("s2"), FILE_A, resource) is None
    assert await store.conflict(SessionId("s3"), FILE_A, resource) is not None


async def test_live_sessions_are_told_with_what_they_have_changed(store: Store, worker: Lease, clock: Clock) -> None:
    tree = Path("/site")
    for n in (1, 2):
        await store.settle_in(worker, replace(session(n), tree=tree))
    await store.use(SessionId("s2"), [FileUse(FILE_A, changed=clock()), FileUse(FILE_B, changed=clock() - 5)])
    (other,) = await store.beside(SessionId("s1"))
    assert (other.session.id, other.changed, other.at_work) == ("s2", (FILE_A, FILE_B), False)
    assert {one.session.id for one in await store.live()} == {"s1", "s2", "s3", "s4"}
    clock.now += LIVE_FOR
    assert await store.live() == []


async def test_what_people_have_let_a_session_write_holds_whatever_others_do(
    store: Store, worker: Lease, clock: Clock
) -> None:
    resource = f"{FILE}{FILE_A}"
    clock.now += 100 * LIVE_FOR
    for n in (1, 2):
        await store.keep(worker, session(n))
    await store.take_claim(wanted(1, resource, clock() + 600))
    await store.let_write(SessionId("s2"), FILE_A, clock() + 60)  # which it has never read
    await store.use(SessionId("s1"), [FileUse(FILE_B, read=clock())])
    assert await store.conflict(SessionId("s2"), FILE_A, resource) is None


async def test_a_tree_is_not_left_while_somebody_else_works_in_it(store: Store, worker: Lease, clock: Clock) -> None:
    tree = Path("/site/.claude/worktrees/x")
    own = replace(session(1), tree=tree, worktree=Worktree(tree, Path("/site"), "antiphon/x", "main", "a1"))
    guest = replace(session(9, Terminal(7)), tree=tree)
    await store.settle_in(worker, own)
    await store.adopt(guest, "local")
    left = replace(own, tree=None, worktree=None)
    assert not await store.leave(worker, left, clock() + 1)
    await store.keep(worker, replace(guest, terminal=Terminal(7, open=False)))
    assert await store.leave(worker, left, clock() + 1)
