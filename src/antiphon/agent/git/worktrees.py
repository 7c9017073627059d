"""Makes, mends, describes and removes the working trees of sessions.

A tree is planned first, and made when that is written down: whoever is killed in between finds it again by its names.
What was begun and not finished is made anew. Nothing of a tree is lost but by `remove`.
"""

import asyncio
import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from antiphon.agent.disk.reading import DiskThreads, read_regular
from antiphon.agent.git import wording
from antiphon.agent.git.command import Git
from antiphon.agent.git.included import include
from antiphon.agent.git.naming import branch_of, is_free, names
from antiphon.agent.git.submodules import fill, submodules
from antiphon.agent.git.trees import Repository, is_tree_of, remove_half_made, repository_of
from antiphon.core.coordination.worktrees import Worktree, WorktreeSettings, WorktreeState
from antiphon.errors import NotDone

PROTOCOLS = "https:http:ssh:git"  # by which another repository may be reached; a path on this machine has hooks
_HIDDEN = Path(".claude") / "worktrees"  # where Claude Code has its own
_CHECKOUT = 600.0  # seconds for git to write out a tree
_FETCH = 60.0
_TRIES = 1000  # names that are tried for a tree
_MARK = "antiphon"  # the file among git's own of a tree that says: it is complete
_INITIALIZING = b"initializing"  # git's own word for a tree that it is still making
_MOST = 50  # commits that are named
_STATUS = ("--porcelain", "-z", "--no-renames", "--ignore-submodules=dirty", "--untracked-files=all")


@dataclass(frozen=True, slots=True)
class Made:
    """`fresh`: the tree's branch is new; `notes`: for people, about what could not come along."""

    fresh: bool
    notes: tuple[str, ...] = ()


class Worktrees:
    """Of one machine."""

    def __init__(
        self, environment: Mapping[str, str], disk: DiskThreads, making: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """`environment`: of the user who commits and fetches; `making`: what it has besides where a tree is made, so
        that whoever comes after a killed bridge finds it at work, and ends it."""
        self._environment = environment
        self._making = {**environment, **making}
        self._disk = disk
        self._locks: dict[Path, asyncio.Lock] = {}

    def alone(self, repository: Path) -> asyncio.Lock:
        """Held by whoever changes a repository, by its directory."""
        return self._locks.setdefault(repository, asyncio.Lock())

    def git(self, directory: Path, limit: float = 15.0) -> Git:
        """git, as the machine's user has it configured."""
        return Git(directory, self._environment, limit=limit)

    async def plan(
        self,
        repository: Repository,
        settings: WorktreeSettings,
        title: str,
        parent: Worktree | None = None,
        planned: Sequence[Worktree] = (),
    ) -> tuple[Worktree, tuple[str, ...]]:
        """A tree that is not there yet, and notes for people. `parent`: the tree out of which it branches, where that
        is a session's; `planned`: those that may not be there yet either. NotDone: there can be none."""
        start, target, notes = repository.head, repository.branch, ()
        source = repository.root
        if parent is not None:
            target, source = parent.target, parent.source
        elif settings.base == "default":
            start, target, notes = await self._default(repository)
        if not start:
            raise NotDone(wording.NO_COMMIT)
        directory = await self._disk.run(source, _directory, settings.directory, source, repository.common)
        listed = await Git(repository.root).run("for-each-ref", "--format=%(refname)", "refs/heads")
        branches = [line.removeprefix("refs/heads/") for line in listed.lines] + [one.branch for one in planned]
        there = await self._disk.run(source, _names_in, directory)
        there += [one.root.name for one in planned if one.root.parent == directory]
        for name in islice(names(title), _TRIES):
            branch = branch_of(name, settings.prefix, branches)
            if branch is not None and is_free(name, there):
                return Worktree(directory / name, source, branch, target, start), notes
        raise NotDone(wording.NO_NAME_LEFT)

    async def _default(self, repository: Repository) -> tuple[str, str, tuple[str, ...]]:
        """The newest commit of the remote's default branch, its name, and notes."""
        git = await self.git(repository.root, _FETCH).without_programs()
        remotes = (await git.run("remote")).lines
        remote = "origin" if "origin" in remotes else next(iter(remotes), None)
        if remote is None:
            return repository.head, repository.branch, (wording.NO_REMOTE,)
        branch = await self._default_branch(git, remote)
        notes: tuple[str, ...] = ()
        try:
            await git.done("fetch", "--quiet", "--no-tags", "--", remote, f"refs/heads/{branch}", protocols=PROTOCOLS)
        except NotDone as error:
            notes = (wording.not_fetched(f"{error}"),)
        found = await git.run("rev-parse", "--verify", "--quiet", f"refs/remotes/{remote}/{branch}^{{commit}}")
        if found.code != 0:
            return repository.head, repository.branch, (*notes, wording.no_such_branch(f"{remote}/{branch}"))
        return found.line, branch, notes

    async def _default_branch(self, git: Git, remote: str) -> str:
        known = await git.run("symbolic-ref", "--quiet", "--short", f"refs/remotes/{remote}/HEAD")
        if known.code == 0:
            return known.line.removeprefix(f"{remote}/")
        with suppress(NotDone):
            told = await git.run("ls-remote", "--symref", remote, "HEAD", protocols=PROTOCOLS)
            for line in told.lines:
                if line.startswith("ref: refs/heads/"):
                    return line.removeprefix("ref: refs/heads/").partition("\t")[0]
        return "main"

    async def make(self, tree: Worktree) -> Made:
        """See to it that a tree is there, and complete. Cancelled, or where it fails with NotDone or OSError, nothing
        of it is left that was not there."""
        repository = await self._repository(tree)
        async with self.alone(repository.common):
            if await self._is_made(tree, repository):
                return Made(False, await self._complete(tree))
            fresh = await self._make(tree, repository)
            done = False
            try:
                notes = await self._complete(tree)
                done = True
            finally:
                if not done:
                    git = await self.git(repository.root, _CHECKOUT).without_programs()
                    await asyncio.shield(self._undo(git, tree, repository.common, branch=fresh))
            return Made(fresh, notes)

    async def _is_made(self, tree: Worktree, repository: Repository) -> bool:
        if not await self._disk.run(tree.source, is_tree_of, tree.root, repository.common):
            return False
        own = await self._own_files(tree)
        return own is not None and not await self._disk.run(tree.source, _is_begun_only, own)

    async def _make(self, tree: Worktree, repository: Repository) -> bool:
        """Whether its branch is new."""
        git = await self.git(repository.root, _CHECKOUT).without_programs()
        await self._disk.run(tree.source, remove_half_made, repository.common, tree.root)
        await self._forget(git, tree)  # what git knows and the disk does not, or the other way round
        await self._disk.run(tree.source, _prepare, tree)
        new, made = not await _has(git, f"refs/heads/{tree.branch}"), False
        start = tree.start if await _has(git, tree.start) else "HEAD"
        which = ("-b", tree.branch, "--no-track", str(tree.root), start) if new else (str(tree.root), tree.branch)
        try:
            making = replace(git, environment=self._making)
            await making.done("worktree", "add", "--no-checkout", *which)
            # Other settings may count in there, by conditions on where it lies.
            inside = await Git(tree.root, self._making, limit=_CHECKOUT).without_programs()
            await inside.done("reset", "--hard", "--quiet")
            made = True
        finally:
            if not made:
                await asyncio.shield(self._undo(git, tree, repository.common, branch=new))
        return new

    async def _undo(self, git: Git, tree: Worktree, common: Path, *, branch: bool) -> None:
        """Leave nothing of what was begun."""
        with suppress(NotDone, OSError):
            await self._disk.run(tree.source, remove_half_made, common, tree.root)
            await self._forget(git, tree)
            await self._disk.run(tree.source, shutil.rmtree, tree.root, ignore_errors=True)
            await self._forget(git, tree)
            if branch:
                await git.run("branch", "-D", tree.branch)

    async def _forget(self, git: Git, tree: Worktree) -> None:
        await git.run("worktree", "remove", "--force", "--force", str(tree.root))

    async def _complete(self, tree: Worktree) -> tuple[str, ...]:
        """What belongs to a tree besides what git checks out."""
        own = await self._own_files(tree)
        if own is None or await self._disk.run(tree.source, (own / _MARK).is_file):
            return ()
        notes: list[str] = []
        found = await include(tree.source, tree.root, self._disk)
        if found.left:
            notes.append(wording.not_copied(found.left))
        notes += await fill(self.git(tree.source, _CHECKOUT), tree.root, self._disk)
        await self._disk.run(tree.source, (own / _MARK).write_bytes, b"complete\n")
        return tuple(notes)

    async def state(self, tree: Worktree) -> WorktreeState:
        """What stands in a tree. NotDone: git does not say."""
        if not await self._disk.run(tree.source, tree.root.is_dir):
            return _digested(replace(await self._committed(tree, Git(tree.source)), there=False), ())
        git = await Git(tree.root).without_programs()
        changed = await self.uncommitted(git)
        committed = await self._committed(tree, git)
        inner = [line for part in await submodules(git, self._disk) for line in await self._only_there(tree, part)]
        state = replace(committed, uncommitted=tuple(changed), unmerged=(*committed.unmerged, *inner))
        return _digested(state, await self._disk.run(tree.root, _stamps, tree.root, changed))

    async def _only_there(self, tree: Worktree, part: str) -> list[str]:
        """The commits of a submodule in a tree that the project's own submodule does not have: each by its tip."""
        inner, source = Git(tree.root / part), Git(tree.source / part)
        told = await inner.done("for-each-ref", "--format=%(objectname)", "refs/heads", "refs/stash")
        head = await inner.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        tips: list[str] = list(dict.fromkeys([*told.lines, *(head.lines if head.code == 0 else [])]))
        try:
            missing = [tip for tip in tips if (await source.run("cat-file", "-e", f"{tip}^{{commit}}")).code != 0]
        except NotDone:  # there is no such directory
            missing = tips
        return [f"{tip[:9]} {wording.in_submodule(part)}" for tip in missing]

    async def uncommitted(self, git: Git) -> list[str]:
        """The files that differ from the newest commit of git's tree, those of submodules too. NotDone: git does not
        say."""
        told = await git.done("status", *_STATUS)
        found = [name[3:] for name in told.names]
        for part in await submodules(git, self._disk):
            inner = await replace(git, directory=git.directory / part, settings={}).without_programs()
            found += [f"{part}/{name}" for name in await self.uncommitted(inner)]
        return found

    async def _committed(self, tree: Worktree, git: Git) -> WorktreeState:
        named = ("HEAD", f"refs/heads/{tree.branch}") if git.directory == tree.root else (f"refs/heads/{tree.branch}",)
        found = [await git.run("rev-parse", "--verify", "--quiet", f"{one}^{{commit}}") for one in named]
        tips = list(dict.fromkeys(one.line for one in found if one.code == 0))
        if not tips:
            return WorktreeState()
        targets = [f"refs/heads/{tree.target}", f"refs/remotes/origin/{tree.target}"] if tree.target else []
        known = [one for one in targets if await _has(git, one)] or [tree.start]
        left = (await git.done("log", "--format=%h %s", f"--max-count={_MOST}", *tips, "--not", *known)).texts
        if left and len(tips) == 1:  # the same changes may be there as other commits
            for one in known:
                told = await git.run("log", "--format=%h %s", "--cherry-pick", "--right-only", f"{one}...{tips[0]}")
                left = [line for line in left if told.code != 0 or line in told.texts]
        return WorktreeState(tips[0], unmerged=tuple(left))

    async def remove(self, tree: Worktree) -> None:
        """Remove a tree and its branch, whatever is in it. NotDone: git does not."""
        repository = await self._repository(tree)
        async with self.alone(repository.common):
            git = await self.git(repository.root, _CHECKOUT).without_programs()
            if await self._disk.run(tree.source, is_tree_of, tree.root, repository.common):
                await git.done("worktree", "remove", "--force", "--force", str(tree.root))
            else:
                await self._forget(git, tree)
            if await _has(git, f"refs/heads/{tree.branch}"):
                await git.done("branch", "-D", tree.branch)

    async def _repository(self, tree: Worktree) -> Repository:
        found = await repository_of(tree.source) if await self._disk.run(tree.source, tree.source.is_dir) else None
        if found is None:
            raise NotDone(wording.no_source(tree.source))
        return found

    async def _own_files(self, tree: Worktree) -> Path | None:
        """git's own directory of a tree."""
        told = await Git(tree.root).run("rev-parse", "--absolute-git-dir")
        return Path(told.line) if told.code == 0 else None


async def _has(git: Git, commit: str) -> bool:
    return (await git.run("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}")).code == 0


def _digested(state: WorktreeState, stamps: Sequence[str]) -> WorktreeState:
    """With what stands for it: another state has another."""
    facts = repr((state.head, state.unmerged, state.uncommitted, tuple(stamps), state.there))
    return replace(state, digest=hashlib.sha256(facts.encode("utf-8", "surrogatepass")).hexdigest()[:16])


def _stamps(root: Path, names: Sequence[str]) -> list[str]:
    """How files stand: their sizes and times. Reads directories."""
    found: list[str] = []
    for name in names:
        with suppress(OSError, ValueError):
            told = (root / name).lstat()
            found.append(f"{told.st_size}:{told.st_mtime_ns}")
    return found


def _prepare(tree: Worktree) -> None:
    """Make the directory above a tree. Where it lies among the project's own files, git is told to look away."""
    above = tree.root.parent
    within = above.is_relative_to(os.path.realpath(tree.source))
    if Path(os.path.realpath(above)) != above:
        raise NotDone(wording.leads_elsewhere(above))
    above.mkdir(parents=True, exist_ok=True)
    if within:
        with suppress(FileExistsError), (above / ".gitignore").open("x") as file:
            file.write("*\n")
    if os.path.lexists(tree.root) and not _is_empty(tree.root):
        raise NotDone(wording.in_the_way(tree.root))


def _directory(wanted: Path | None, source: Path, common: Path) -> Path:
    """Where trees lie, with all links followed; among the repository's own files where a link leads elsewhere."""
    directory = Path(os.path.realpath(wanted or source / _HIDDEN))
    if wanted is None and not directory.is_relative_to(os.path.realpath(source)):
        return common / "antiphon" / "worktrees"
    return directory


def _is_empty(directory: Path) -> bool:
    return directory.is_dir() and not directory.is_symlink() and next(directory.iterdir(), None) is None


def _is_begun_only(own: Path) -> bool:
    """Whether git was ended while it made a tree, or before it had written out its files."""
    with suppress(OSError):
        if read_regular(own / "locked", len(_INITIALIZING)) == _INITIALIZING:
            return True
    return not (own / "index").exists()


def _names_in(directory: Path) -> list[str]:
    with suppress(OSError):
        return [one.name for one in directory.iterdir()]
    return []
