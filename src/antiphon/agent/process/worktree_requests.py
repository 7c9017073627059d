"""Answers what people ask about working trees of sessions."""

from collections.abc import Mapping

from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.git import wording
from antiphon.agent.git.merging import Conflicts, merge_back
from antiphon.agent.git.publishing import can_publish, publish
from antiphon.agent.git.worktrees import Worktrees
from antiphon.agent.process.workplaces import SettledWorkplaces
from antiphon.core.coordination.requests import ChangeWorktree, ReadWorktrees, WorktreeChanged, WorktreesRead
from antiphon.core.coordination.worktrees import Worktree, WorktreeState
from antiphon.core.values import Project, Session
from antiphon.errors import NotDone


class WorktreeRequests:
    """Of one worker."""

    def __init__(
        self, workplaces: SettledWorkplaces, trees: Worktrees, environment: Mapping[str, str], disk: DiskThreads
    ) -> None:
        """`environment`: of the user who publishes."""
        self._disk = disk
        self._workplaces = workplaces
        self._trees = trees
        self._environment = environment

    async def reply(self, project: Project, request: ReadWorktrees | ChangeWorktree) -> WorktreesRead | WorktreeChanged:
        """Answer a request. `project`: with the session's directory. NotDone: why it was not done."""
        match request:
            case ReadWorktrees():
                return await self._read(request)
            case ChangeWorktree():
                return await self._change(project, request)

    async def _read(self, request: ReadWorktrees) -> WorktreesRead:
        states = [await self._state(tree) for tree in request.trees]
        return WorktreesRead(tuple(states), can_publish(self._environment))

    async def _change(self, project: Project, request: ChangeWorktree) -> WorktreeChanged:
        session = await self._workplaces.known(request.session)
        tree = session.worktree
        match request.what:
            case "isolate" | "share" if session.terminal is not None and session.terminal.open:
                raise NotDone(wording.IN_A_TERMINAL)
            case "isolate" if tree is None:
                isolated, notes = await self._workplaces.isolate(session, project)
                return WorktreeChanged(isolated.worktree, notes=notes)
            case "share" if tree is None or not await self._workplaces.has(tree):
                await self._workplaces.share(session, project)
                return WorktreeChanged()
            case "isolate" | "share":
                raise NotDone(wording.HAS_ONE)
            case _ if tree is None:
                raise NotDone(wording.HAS_NONE)
            case "merge":
                return await self._merge(tree, project)
            case "publish":
                return WorktreeChanged(tree, url=await publish(self._trees, tree, self._environment))
            case "remove":
                return await self._remove(session, tree, request.shown)

    async def _state(self, tree: Worktree) -> WorktreeState | None:
        try:
            return await self._trees.state(tree)
        except (NotDone, OSError):
            return None

    async def _merge(self, tree: Worktree, project: Project) -> WorktreeChanged:
        found = await merge_back(self._trees, tree, project.worktrees.merge, self._disk)
        if isinstance(found, Conflicts):
            return WorktreeChanged(tree, conflicts=found.files)
        return WorktreeChanged(tree, commits=found.commits, notes=(found.note,) if found.note else ())

    async def _remove(self, session: Session, tree: Worktree, shown: str) -> WorktreeChanged:
        """The session works where its tree came from, from then on, if nobody else does. What stands there now counts,
        not what somebody was shown; and nobody is at work there from then on."""
        state = await self._trees.state(tree)
        if not state.may_go and state.digest != shown:
            return WorktreeChanged(tree, lost=state)
        if not await self._workplaces.leave(session):
            raise NotDone(wording.IN_USE)
        await self._trees.remove(tree)
        return WorktreeChanged()
