"""Where each session works: in its project's directory, or in a working tree of its own where another one is there.

Settled once, before the session's first process starts, and kept: it goes on there after every restart. May not know:
Claude Code.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.git import wording
from antiphon.agent.git.trees import Repository, repository_of
from antiphon.agent.git.worktrees import Made, Worktrees
from antiphon.agent.wording import no_directory
from antiphon.core.blocks import NoteBlock
from antiphon.core.coordination.workplaces import WorkplaceStore
from antiphon.core.coordination.worktrees import WORKED_BEFORE, Worktree
from antiphon.core.events import AgentEvent, Delayed
from antiphon.core.ports import Clock
from antiphon.core.projects import in_session
from antiphon.core.records import Lease
from antiphon.core.retry import Backoff, retry
from antiphon.core.values import Project, Session, SessionId
from antiphon.errors import AgentError, NotDone

KEPT_FOR = 7 * 86400.0  # seconds after its last turn for which a session keeps a tree with which nothing is lost

_PAUSES = (0.1, 30.0)  # seconds between tries to reach the database, first and longest

Post = Callable[[AgentEvent], None]
T = TypeVar("T")

log = logging.getLogger(__name__)


class Workplaces(Protocol):
    """Settles where sessions work."""

    async def settle(self, session: Session, project: Project, post: Post) -> Session:
        """The session with the directory in which it works from now on; what people should know of that is posted.
        AgentError: it has none."""
        ...

    async def tidy(self) -> None:
        """Remove the trees that nobody has used for a week, where nothing is lost with them."""
        ...


class AsConfigured:
    """Every session works where its project and itself say."""

    async def settle(self, session: Session, project: Project, post: Post) -> Session:
        """Nothing is to be settled."""
        return session

    async def tidy(self) -> None:
        """There are none."""


class SettledWorkplaces:
    """Of one worker."""

    def __init__(self, store: WorkplaceStore, lease: Lease, trees: Worktrees, disk: DiskThreads, clock: Clock) -> None:
        self._store = store
        self._lease = lease
        self._trees = trees
        self._disk = disk
        self._clock = clock
        self._told: set[tuple[SessionId, SessionId]] = set()
        self._planning = asyncio.Lock()  # one at a time, so that no two have one name

    async def settle(self, session: Session, project: Project, post: Post) -> Session:
        """See Workplaces. What is stored counts, not what the caller knows of where it works."""
        stored = await self._asked(lambda: self._store.known(session.id)) or session
        known = replace(session, directory=stored.directory, tree=stored.tree, worktree=stored.worktree)
        project = in_session(project, known)
        if known.worktree is not None:
            await self._restore(known.worktree, post)
            return known
        if known.tree not in (None, WORKED_BEFORE) and project.directory.is_relative_to(known.tree):
            await self._tell_others(known, known.tree, project, post)
            return known
        return await self._settled(known, project, post)

    async def _tell_others(self, session: Session, tree: Path, project: Project, post: Post) -> None:
        """Say once that another session works in the directory by now, in which this one has worked before."""
        if project.worktrees.isolation != "worktree" or session.terminal is not None:
            return
        others = await self._asked(lambda: self._store.occupy(self._lease, session.id, tree))
        if not others or (session.id, others[0].id) in self._told:
            return
        self._told.add((session.id, others[0].id))
        repository = await self._repository(tree)
        if repository is not None and repository.head:
            post(NoteBlock(wording.also_here("" if others[0].left_out else others[0].title)))

    async def known(self, session: SessionId) -> Session:
        """A session, as it is stored. NotDone: it is not."""
        found = await self._asked(lambda: self._store.known(session))
        if found is None:
            raise NotDone(wording.NO_SESSION)
        return found

    async def share(self, session: Session, project: Project) -> None:
        """Let a session work in its project's directory, whoever else does."""
        session = _without_tree(session) if session.worktree is not None else session
        directory = session.directory or project.directory
        repository = await self._repository(directory)
        await self._share(session, directory if repository is None else repository.root)

    async def leave(self, session: Session, since: float = float("inf")) -> bool:
        """Store that a session has no tree of its own any more. False: it is at work, or was used since then (epoch
        seconds), or another one works in its tree."""
        return await self._asked(lambda: self._store.leave(self._lease, _without_tree(session), since))

    async def has(self, tree: Worktree) -> bool:
        """Whether a tree is there."""
        return await self._there(tree.root)

    async def isolate(self, session: Session, project: Project) -> tuple[Session, tuple[str, ...]]:
        """Give a session a working tree of its own, from its next process on; and notes for people. NotDone: there
        cannot be one."""
        notes: list[str] = []

        def note(event: AgentEvent) -> None:
            if isinstance(event, NoteBlock):
                notes.append(event.text)

        repository = await repository_of(project.directory)
        if repository is None:
            raise NotDone(wording.NO_REPOSITORY)
        made = await self._made(session, project, repository, None, (note, ""))
        return made, tuple(notes[1:])  # the first says where it works

    async def tidy(self) -> None:
        """See Workplaces."""
        since = self._clock() - KEPT_FOR
        for session in await self._asked(self._store.isolated):
            tree = session.worktree
            if tree is None or (session.terminal is not None and session.terminal.open):
                continue
            try:
                if not (await self._trees.state(tree)).may_go:
                    continue
                if await self.leave(session, since):
                    await self._trees.remove(tree)
                    log.info("the working tree %s was not used for a week: removed", tree.root)
            except (NotDone, OSError) as error:
                log.info("the working tree %s stays: %s", tree.root, error)

    async def _settled(self, session: Session, project: Project, post: Post) -> Session:
        isolated = project.worktrees.isolation == "worktree" and session.terminal is None
        repository = await self._repository(project.directory)
        if repository is None:
            return await self._share(session, project.directory)
        if not isolated or session.tree == WORKED_BEFORE:
            return await self._share(session, repository.root)
        others = ()
        if not repository.bare:
            others = await self._asked(lambda: self._store.occupy(self._lease, session.id, repository.root))
            if not others:
                return replace(session, tree=repository.root)
        if not repository.head:
            post(NoteBlock(wording.shared(wording.NO_COMMIT)))
            return await self._share(session, repository.root)
        parent = next((one.worktree for one in others if one.worktree is not None), None)
        why = "" if not others else wording.another_works_here("" if others[0].left_out else others[0].title)
        try:
            return await self._made(session, project, repository, parent, (post, why))
        except NotDone as error:
            raise AgentError(wording.not_made(f"{error}")) from error

    async def _asked(self, operation: Callable[[], Awaitable[T]]) -> T:
        """Ask the database until it answers."""
        return await retry(operation, self._store.transient, Backoff(*_PAUSES), _waits)

    async def _store_place(self, session: Session) -> None:
        await self._asked(lambda: self._store.settle_in(self._lease, session))

    async def _share(self, session: Session, tree: Path) -> Session:
        session = replace(session, tree=tree)
        await self._store_place(session)
        return session

    async def _made(
        self,
        session: Session,
        project: Project,
        repository: Repository,
        parent: Worktree | None,
        told: tuple[Post, str],
    ) -> Session:
        """Plan a tree, write that down, and make it. `told`: tells people, and why it is made."""
        post, why = told
        post(Delayed(wording.MAKING))
        async with self._planning:
            others = [one.worktree for one in await self._asked(self._store.isolated) if one.worktree is not None]
            tree, notes = await self._trees.plan(repository, project.worktrees, session.title, parent, others)
            directory = tree.root / repository.part
            planned = replace(session, directory=directory, tree=tree.root, worktree=tree)
            await self._store_place(planned)
        try:
            notes = (*notes, *(await self._make(tree)).notes)
        except NotDone:
            await self._store_place(session)
            raise
        if not await self._disk.run(tree.root, directory.is_dir):
            planned = replace(planned, directory=tree.root)
            await self._store_place(planned)
            notes = (*notes, wording.no_such_part(repository.part))
        post(NoteBlock(wording.works_in(tree.root, why)))
        for note in notes:
            post(NoteBlock(note))
        return planned

    async def _restore(self, tree: Worktree, post: Post) -> None:
        """See to it that a session's tree is there: somebody may have removed it."""
        there = await self._there(tree.root)
        if not there:
            post(Delayed(wording.MAKING))
        try:
            made = await self._make(tree)
        except NotDone as error:
            raise AgentError(wording.not_made(f"{error}")) from error
        if made.fresh:  # written down, and not made before the bridge was ended
            post(NoteBlock(wording.works_in(tree.root)))
        elif not there:
            post(NoteBlock(wording.made_again(tree.root, tree.branch)))
        for note in made.notes:
            post(NoteBlock(note))

    async def _make(self, tree: Worktree) -> Made:
        try:
            return await self._trees.make(tree)
        except OSError as error:
            raise NotDone(wording.disk_refuses(error.strerror or "")) from error

    async def _there(self, directory: Path) -> bool:
        try:
            return await self._disk.run(directory, directory.is_dir)
        except OSError as error:
            raise AgentError(wording.not_made(error.strerror or "")) from error

    async def _repository(self, directory: Path) -> Repository | None:
        """None also where git cannot be asked: then nothing is isolated, as in a directory without a repository."""
        if not await self._there(directory):
            raise AgentError(no_directory(directory))
        try:
            return await repository_of(directory)
        except NotDone:
            return None


def _without_tree(session: Session) -> Session:
    """A session once its tree is removed: it works where that came from, and is to be settled anew."""
    assert session.worktree is not None
    part, root = Path(), session.worktree.root
    if session.directory is not None and session.directory.is_relative_to(root):
        part = session.directory.relative_to(root)
    return replace(session, directory=session.worktree.source / part, tree=None, worktree=None)


def _waits(error: Exception, pause: float) -> None:
    log.debug("where a session works is stored again in %.1f s: %s", pause, error)
