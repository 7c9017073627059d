"""Which projects there are, and which worker has each one's directory. Looked up whenever it is needed, so that both
may change while the bridge runs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from antiphon.core.values import PlaceId, Project, Session

LOCAL = "local"  # the worker on a machine that has hub and worker


class Projects(Protocol):
    """Lookups of projects. All of them are answered from memory, at once."""

    def all(self) -> Sequence[Project]:
        """Every project, in the order of the configuration."""
        ...

    def named(self, name: str) -> Project | None:
        """The project of this name; None: there is none (any more)."""
        ...

    def at(self, channel: PlaceId, parent: PlaceId | None = None) -> Project | None:
        """The project that is talked about in a channel, or in a thread below `parent`."""
        ...

    def worker_of(self, project: str) -> str:
        """The name of the worker that has the directory of a project, also of one that is not configured any more."""
        ...


def in_session(project: Project, session: Session | None) -> Project:
    """The project as a session of it has it: with the directory that the session works in."""
    own = None if session is None else session.directory
    return project if own is None else replace(project, directory=own)


class FixedProjects:
    """Projects that do not change, all on one worker."""

    def __init__(self, projects: Sequence[Project], worker: str = LOCAL) -> None:
        self._projects = tuple(projects)
        self._worker = worker

    def all(self) -> Sequence[Project]:
        """See Projects."""
        return self._projects

    def named(self, name: str) -> Project | None:
        """See Projects."""
        return next((one for one in self._projects if one.name == name), None)

    def at(self, channel: PlaceId, parent: PlaceId | None = None) -> Project | None:
        """See Projects."""
        return next((one for one in self._projects if channel in one.channels or parent in one.channels), None)

    def worker_of(self, project: str) -> str:
        """See Projects."""
        return self._worker
