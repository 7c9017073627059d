"""What a session needs so that it gets on with others: a guard of its edits, and news of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.permissions.edit_guard import EditGuard, Guard, GuardPorts, GuardStore, NoGuard
from antiphon.agent.process.others import Others, OthersStore
from antiphon.core.events import AgentEvent
from antiphon.core.ports import Clock
from antiphon.core.values import Project, Session


class TogetherStore(GuardStore, OthersStore, Protocol):
    """What is known of sessions at once."""


class Together(Protocol):
    """Gives it to sessions."""

    def guard(self, session: Session, project: Project, post: Callable[[AgentEvent], None]) -> Guard:
        """The guard of a session. `project`: with the session's directory; `post`: tells people."""
        ...

    def news(self, session: Session) -> Callable[[], Awaitable[str]]:
        """Tells what has changed of the others since it was asked last; "": nothing."""
        ...


class Alone:
    """Where nothing is known of others."""

    def guard(self, session: Session, project: Project, post: Callable[[AgentEvent], None]) -> Guard:
        """Nobody looks."""
        return NoGuard()

    def news(self, session: Session) -> Callable[[], Awaitable[str]]:
        """There is none."""

        async def nothing() -> str:
            return ""

        return nothing


@dataclass(frozen=True, slots=True)
class SessionsTogether:
    """As the database knows them."""

    store: TogetherStore
    disk: DiskThreads
    clock: Clock

    def guard(self, session: Session, project: Project, post: Callable[[AgentEvent], None]) -> Guard:
        """See Together. Where a project wants no guard, nobody looks."""
        if project.worktrees.isolation == "off":
            return NoGuard()
        return EditGuard(session, project.directory, GuardPorts(self.store, self.disk, self.clock), post)

    def news(self, session: Session) -> Callable[[], Awaitable[str]]:
        """See Together."""
        return Others(session, self.store).news
