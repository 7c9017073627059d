"""How much goes on at once on a worker: which turns take a place, which processes stay. Pure.

A turn that waits for a person takes no place: nobody else's turn is delayed by it. It keeps its process while there is
room for that; one that is parked goes on with the answer, under a new process.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from antiphon.core.records import Room, WaitsFor
from antiphon.core.values import PersonId

Use = Literal["none", "busy", "idle", "waiting"]  # of a process: whether it is there, and may be parked


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many turns may be at work, of everybody and of one person (None: no limit of its own), and how many Claude
    Code processes may live, idle ones included (at least as many as turns)."""

    turns: int
    processes: int
    per_person: int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """What a live session takes. `askers`: of its turns that are at work; `process`: what becomes of its process when
    there are too many; `touched`: when something happened in it last, in epoch seconds."""

    askers: tuple[PersonId | None, ...] = ()
    process: Use = "none"
    touched: float = field(default=0.0)


def room(capacity: Capacity, live: Sequence[Load]) -> Room:
    """For which turns there is room besides what is live."""
    at_work = [asker for one in live for asker in one.askers]
    turns = capacity.turns - len(at_work)
    processes = capacity.processes - sum(one.process == "busy" for one in live)
    mine = Counter(asker for asker in at_work if asker is not None)
    if processes < turns:
        return Room(max(0, processes), "processes", capacity.per_person, mine)
    return Room(max(0, turns), "turns", capacity.per_person, mine)


def to_park(capacity: Capacity, live: Sequence[Load]) -> Iterable[int]:
    """The numbers of those whose processes are too many: idle ones first, the longest untouched of them first; then
    those that wait for a person."""
    excess = sum(one.process != "none" for one in live) - capacity.processes
    parkable = [n for n, one in enumerate(live) if one.process in ("idle", "waiting")]
    order = sorted(parkable, key=lambda n: (live[n].process == "waiting", live[n].touched))
    return order[: max(0, excess)]


def share(room: Room, waiting: Iterable[tuple[int, PersonId | None]]) -> dict[int, WaitsFor | None]:
    """What becomes of the turns (each with its asker) that could begin, in their order: None, it may begin, or what it
    waits for."""
    left, mine = room.turns, dict(room.at_work)
    found: dict[int, WaitsFor | None] = {}
    for n, asker in waiting:
        if asker is not None and room.per_person is not None and mine.get(asker, 0) >= room.per_person:
            found[n] = "person"
        elif left <= 0:
            found[n] = room.scarce
        else:
            found[n] = None
            left -= 1
            if asker is not None:
                mine[asker] = mine.get(asker, 0) + 1
    return found
