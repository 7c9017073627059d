"""A child process that uses the store until it is killed: `doomed.py FILE SCENE`. Prints what it knows to be done."""

import asyncio
import itertools
import os
import resource
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

from store_samples import Clock, a_call, a_stop, a_turn, begin, claim_all, hold_worker, tail_of, whole_turn

from antiphon.core.records import Closing, OutboxRow
from antiphon.errors import StoreError
from antiphon.store import Store, open_store
from antiphon.store.engine import opened

READY = "ready"


def say(word: object) -> None:
    print(word, flush=True)


class Endless(list[OutboxRow]):
    """Events of which the second never comes: whoever iterates hangs inside the transaction."""

    def __iter__(self) -> Iterator[OutboxRow]:
        yield self[0]
        say(READY)
        threading.Event().wait()


async def accepted(store: Store) -> None:
    await store.hold("hub", "doomed", 1000)
    await store.hold("worker:here", "doomed", 1000)
    await store.accept(a_call(1))


async def claimed(store: Store) -> None:
    worker = await hold_worker(store)
    await store.accept(a_call(1))
    await store.accept(a_stop("click:1"))
    await claim_all(store, worker)


async def began(store: Store) -> None:
    worker = await hold_worker(store)
    await store.accept(a_call(1))
    await store.accept(a_call(2))
    [item] = await claim_all(store, worker)
    await store.emit(worker, [begin(item)])
    await store.preview(worker, item.session.id, a_turn(1), tail_of("live"))


async def ended(store: Store) -> None:
    worker = await hold_worker(store)
    await store.accept(a_call(1))
    [item] = await claim_all(store, worker)
    await store.emit(worker, whole_turn(item, "text"), [Closing(item.n, "done", 0.5)])


async def in_the_middle(store: Store) -> None:
    worker = await hold_worker(store)
    await store.accept(a_call(1))
    [item] = await claim_all(store, worker)
    await store.emit(worker, Endless(whole_turn(item, "text")), [Closing(item.n, "done")])


async def accepting(store: Store) -> None:
    for message in itertools.count(1):
        await store.accept(a_call(message))
        say(message)


async def working(store: Store) -> None:
    worker = await hold_worker(store)
    for message in itertools.count(1):
        await store.accept(a_call(message))
        [item] = await claim_all(store, worker)
        await store.emit(worker, [begin(item)])
        await store.emit(worker, whole_turn(item, "text"), [Closing(item.n, "done", 1.0)])
        say(message)


async def full(store: Store) -> None:
    """The disk takes no byte more than it has; later it does again."""
    worker = await hold_worker(store)
    await store.accept(a_call(1))
    [item] = await claim_all(store, worker)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, limit[1]))
    try:
        await store.emit(worker, whole_turn(item, "x" * 10_000), [Closing(item.n, "done")])
    except StoreError as error:
        say(f"{type(error).__name__}: {error}")
    resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    say((await store.overview()).running)
    await store.emit(worker, whole_turn(item, "x" * 10_000), [Closing(item.n, "done")])
    say((await store.overview()).ended)


async def failing(store: Store) -> None:
    """The disk answers every write with an error, as one that was torn out; later it is back."""
    worker = await hold_worker(store)
    await store.accept(a_call(1))
    [item] = await claim_all(store, worker)
    for there, kept in _replaced(os.O_RDONLY):
        try:
            await store.emit(worker, whole_turn(item, "text"), [Closing(item.n, "done")])
        except StoreError as error:
            say(f"{type(error).__name__}: {error}")
        say((await store.overview()).running)
        for number, whole in zip(there, kept, strict=True):
            os.dup2(whole, number)
    await store.emit(worker, whole_turn(item, "text"), [Closing(item.n, "done")])
    say((await store.overview()).ended)


def _replaced(mode: int) -> Iterator[tuple[list[int], list[int]]]:
    """Our open database files, replaced by such of another mode; their numbers, and the files as they were."""
    links = {int(entry.name): os.readlink(entry) for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()}
    there = [number for number, name in links.items() if name.endswith((".db", ".db-wal"))]
    kept = [os.dup(number) for number in there]
    for number in there:
        os.dup2(os.open(links[number], mode), number)
    yield there, kept


SCENES: dict[str, Callable[[Store], Awaitable[None]]] = {
    scene.__name__: scene
    for scene in (accepted, claimed, began, ended, in_the_middle, accepting, working, full, failing)
}


async def main(file: Path, scene: str) -> None:
    async with open_store(file, Clock()) as store:
        await SCENES[scene](store)
        say(READY)
        await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[2] == "upgrading":
        with opened(Path(sys.argv[1]), 1.0, Path(sys.argv[3])):
            pass
    else:
        asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
