"""Working trees of sessions: seen, made, merged back, proposed, removed. Nothing is lost that was not shown before."""

from dataclasses import dataclass

from antiphon.actions.callers import Caller, name_of
from antiphon.actions.context import (
    ActionContext,
    Found,
    InPlace,
    ask_worker,
    project_named,
    record,
    require,
)
from antiphon.actions.places import CommitAsked, ConflictsFound, MergedBack
from antiphon.actions.prompts import put_announced, worded
from antiphon.actions.reasons import Condition, Refused
from antiphon.core.access import Action
from antiphon.core.coordination.requests import (
    ChangeWorktree,
    ReadWorktrees,
    RenewProcess,
    WorktreeChange,
    WorktreeChanged,
)
from antiphon.core.coordination.worktrees import Worktree, WorktreeState
from antiphon.core.values import PlaceId, Project, Session, SessionId

_LIMIT = 120.0  # seconds for git, which may have to write out much
_LONG = 330.0  # where it reaches another machine, more than once


@dataclass(frozen=True, slots=True)
class SessionTree:
    """A session with a working tree of its own. `state` None: git does not tell; `at_work`: a turn runs."""

    session: Session
    tree: Worktree
    state: WorktreeState | None
    at_work: bool = False


@dataclass(frozen=True, slots=True)
class Trees:
    """Those of a project, the one last used first. `here`: the session of the place that was asked in; `publishes`:
    whether pull requests can be opened."""

    project: Project
    found: tuple[SessionTree, ...]
    here: Session | None = None
    publishes: bool = False

    @property
    def own(self) -> SessionTree | None:
        """That of the session here."""
        return None if self.here is None else self.of(self.here.id)

    def of(self, session: SessionId) -> SessionTree | None:
        """That of a session."""
        return next((one for one in self.found if one.session.id == session), None)


async def listed(context: ActionContext, caller: Caller, at: InPlace) -> Trees:
    """The working trees of a place's project."""
    project = require(context, caller, at, "prompt")
    return await _trees(context, project, await context.bus.session(at.place, at.person))


async def one(context: ActionContext, caller: Caller, place: PlaceId) -> Trees:
    """A session's own one, among those of its project."""
    found = await _at(context, caller, place, "prompt")
    return await _trees(context, found.project, found.session)


async def isolate(context: ActionContext, caller: Caller, place: PlaceId) -> tuple[Worktree, tuple[str, ...]]:
    """Give a session a working tree of its own, from its next turn on; and notes for people."""
    found = await _idle(context, caller, place, "prompt")
    await ask_worker(context, found.project, found.session, RenewProcess())
    try:
        done = await _change(context, found, "isolate")
    finally:  # it may be made although nobody has said so in time
        await ask_worker(context, found.project, found.session, RenewProcess())
    await record(context, caller, "change", found.session, {"worktree": "isolate"})
    if done.tree is None:
        raise Refused(Condition.WORKER_SILENT)
    return done.tree, done.notes


async def share(context: ActionContext, caller: Caller, place: PlaceId) -> None:
    """Let a session work in its project's directory, whoever else does."""
    found = await _idle(context, caller, place, "configure")
    await _change(context, found, "share")
    await record(context, caller, "change", found.session, {"worktree": "share"})


@dataclass(frozen=True, slots=True)
class Back:
    """`commits`: how many are in the target now; `conflicts`: the files in which both sides differ: Claude is asked to
    resolve them, and nothing was merged."""

    tree: Worktree
    commits: int
    conflicts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


async def merge(context: ActionContext, caller: Caller, place: PlaceId, key: str) -> Back:
    """Merge a session's commits back. Where they conflict, its Claude gets that as a prompt."""
    found = await _idle(context, caller, place, "answer")
    done = await _change(context, found, "merge")
    tree = done.tree
    if tree is None:
        raise Refused(Condition.WORKER_SILENT)
    if done.conflicts:
        said = ConflictsFound(name_of(caller), tree.target, done.conflicts)
        text = _resolve(tree, done.conflicts, found.project)
        await put_announced(context, caller, found, key, worded(text), said)
    else:
        await context.places.announce(found.session.place, MergedBack(name_of(caller), tree.target, done.commits))
    what = {"worktree": "merge", "commits": done.commits, "conflicts": list(done.conflicts), "target": tree.target}
    await record(context, caller, "change", found.session, what)
    return Back(tree, done.commits, done.conflicts, done.notes)


async def ask_to_commit(context: ActionContext, caller: Caller, place: PlaceId, key: str) -> None:
    """Have a session's Claude commit what it has changed."""
    found = await _idle(context, caller, place, "prompt")
    await put_announced(context, caller, found, key, worded(COMMIT), CommitAsked(name_of(caller)))


async def publish(context: ActionContext, caller: Caller, place: PlaceId) -> str:
    """Open a pull request for a session's commits; its address."""
    found = await _idle(context, caller, place, "answer")
    done = await _change(context, found, "publish")
    await record(context, caller, "change", found.session, {"worktree": "publish", "url": done.url})
    return done.url


async def remove(context: ActionContext, caller: Caller, place: PlaceId, *, shown: str = "") -> SessionTree | None:
    """Remove a session's working tree and its branch. Where something would be lost with it, that is returned, and
    nothing happens, unless the caller was `shown` it: the digest of that very state."""
    found = await _idle(context, caller, place, "configure")
    tree = found.session.worktree
    if tree is None:
        raise Refused(Condition.NO_WORKTREE)
    await ask_worker(context, found.project, found.session, RenewProcess())
    done = await _change(context, found, "remove", shown)
    if done.lost is not None:
        return SessionTree(found.session, tree, done.lost)
    await record(context, caller, "change", found.session, {"worktree": "remove", "branch": tree.branch})
    return None


COMMIT = (
    "Commit what you have changed in this working tree, in commits that belong together, each with a message that says "
    "why. Leave out what does not belong into the repository."
)


def _resolve(tree: Worktree, files: tuple[str, ...], project: Project) -> str:
    named = "\n".join(f"- {name}" for name in files[:50])
    how = (
        f"Rebase your branch onto {tree.target}"
        if project.worktrees.merge == "rebase"
        else (f"Merge {tree.target} into your branch")
    )
    return (
        f"Your branch cannot be merged into {tree.target}: both have changed these files.\n{named}\n\n"
        f"{how} here, in your own working tree. Resolve the conflicts so that both sides keep what they were for, "
        "check that everything still works, and commit. Do not push, and leave the other working tree alone."
    )


async def _at(context: ActionContext, caller: Caller, place: PlaceId, action: Action) -> Found:
    """The session that is shown in a place, wherever it is asked for."""
    session = await context.bus.session(place)
    if session is None or session.left_out:
        raise Refused(Condition.NO_SESSION)
    return Found(project_named(context, caller, session.project, action), session)


async def _idle(context: ActionContext, caller: Caller, place: PlaceId, action: Action) -> Found:
    found = await _at(context, caller, place, action)
    if await context.bus.running(found.session.id):
        raise Refused(Condition.AT_WORK)
    return found


async def _change(context: ActionContext, found: Found, what: WorktreeChange, shown: str = "") -> WorktreeChanged:
    request = ChangeWorktree(found.session.id, what, shown)
    return await ask_worker(context, found.project, found.session, request, _LONG if what == "publish" else _LIMIT)


async def _trees(context: ActionContext, project: Project, here: Session | None) -> Trees:
    known = [one for one in await context.bus.sessions() if one.project == project.name and not one.left_out]
    own = [(one, one.worktree) for one in known if one.worktree is not None]
    read = await ask_worker(context, project, None, ReadWorktrees(tuple(tree for _, tree in own)), _LIMIT)
    at_work = await context.bus.at_work()
    found = (
        SessionTree(session, tree, state, session.id in at_work)
        for (session, tree), state in zip(own, read.states, strict=True)
    )
    return Trees(project, tuple(found), here, read.publishes)
