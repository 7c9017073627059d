"""Which projects there are, and which worker has each one's directory. Looked up whenever it is needed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from antiphon.core.values import (
    Guest,
    MessageId,
    PersonId,
    PlaceId,
    Project,
    Session,
    SessionId,
    Sharing,
    session_at,
)

LOCAL = "local"  # the worker on a machine that has hub and worker


class Projects:
    """All projects, in the order of the configuration, and the worker that has them: those that there are now.
    `direct`: which project the direct messages in a place are about, as the bus keeps it."""

    def __init__(self, all: Sequence[Project], worker: str = LOCAL, direct: dict[PlaceId, str] | None = None) -> None:
        self.all = tuple(all)
        self.worker = worker
        self.direct = {} if direct is None else direct
        self._watchers: list[Callable[[], object]] = []

    @property
    def channels(self) -> frozenset[PlaceId]:
        """Those of all of them."""
        return frozenset(channel for project in self.all for channel in project.channels)

    def watch(self, changed: Callable[[], object]) -> None:
        """Have it called whenever there are others, with what they are; it neither waits nor raises."""
        self._watchers.append(changed)

    def become(self, all: Sequence[Project]) -> None:
        """These are the projects from now on."""
        if (found := tuple(all)) == self.all:
            return
        self.all = found
        for changed in self._watchers:
            changed()

    def named(self, name: str) -> Project | None:
        """The project of this name; None: there is none (any more)."""
        return next((one for one in self.all if one.name == name), None)

    def at(self, channel: PlaceId, parent: PlaceId | None = None) -> Project | None:
        """The project that is talked about in a channel, or in a thread below `parent`."""
        found = (one for one in self.all if channel in one.channels or parent in one.channels)
        return next(found, None) or self.named(self.direct.get(channel, ""))

    def worker_of(self, project: str) -> str:
        """The name of the worker that has the directory of a project, also of one that is not configured any more."""
        return self.worker


@dataclass(frozen=True, slots=True)
class AddedProject:
    """A project that somebody has added while the bridge ran. `settings`: as its section in the configuration would
    have them; `version`: how often it was changed; `by`: who did that last, by name."""

    name: str
    settings: Mapping[str, Any]
    version: int
    by: str


class AddedProjects(Protocol):
    """Where these are kept."""

    async def added_projects(self) -> Sequence[AddedProject]:
        """All of them, the oldest first."""
        ...

    async def put_project(self, project: AddedProject, /) -> bool:
        """Keep one under its version, which is one above the known one's, or 1. False: somebody was quicker, and
        nothing has changed."""
        ...

    async def drop_project(self, name: str, /) -> bool:
        """Forget one; False: there is none."""
        ...


class DirectProjects(Protocol):
    """Where it is kept what direct messages are about."""

    async def choose_project(self, place: PlaceId, project: str, after: MessageId, /) -> None:
        """Keep which project direct messages in a place are about, those after that message included."""
        ...


def session_id(project: Project, place: PlaceId, sharing: Sharing | None, person: PersonId | None) -> SessionId:
    """The id of the session that a place's messages go to. In direct messages there is one for each project, in a
    channel of many perhaps one for each `person`."""
    match sharing:
        case "direct":
            return SessionId(f"{place}-{project.name}")
        case "person":
            return SessionId(f"{place}-{person}")
        case _:
            return session_at(place)


def in_session(project: Project, session: Session | None) -> Project:
    """The project as a session of it has it: with the directory that the session works in."""
    own = None if session is None else session.directory
    return project if own is None else replace(project, directory=own)


def with_guests(project: Project, guests: Sequence[Guest]) -> Project:
    """The project as one session's thread has it: with whom people have invited there. Whatever is asked about another
    place is asked of the project itself."""
    return replace(project, access=replace(project.access, guests=tuple(guests))) if guests else project
