"""Brings the commits of a session's working tree into their target branch.

What conflicts is found out before anything changes. The target moves at once and only from where it was looked at; the
files of a tree that has it checked out move with it, unless that would write over something.
"""

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from antiphon.agent.disk.reading import DiskThreads, read_regular
from antiphon.agent.git import wording
from antiphon.agent.git.command import Git
from antiphon.agent.git.trees import is_tree_of, repository_of
from antiphon.agent.git.worktrees import Worktrees
from antiphon.core.coordination.worktrees import Merge, Worktree
from antiphon.errors import NotDone

_LIMIT = 120.0  # seconds for each command
_MOST = 2000  # files that are looked for by their names
_LONGEST = 8192  # bytes of a file that names something
_NOBODY = {"user.name": "Antiphon", "user.email": "antiphon@localhost"}  # who commits, where the user has no name


@dataclass(frozen=True, slots=True)
class Merged:
    """How many commits are in the target now. `note`: what did not work besides, for people."""

    commits: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Conflicts:
    """The files in which both sides differ: nothing was changed."""

    files: tuple[str, ...]


async def merge_back(trees: Worktrees, tree: Worktree, how: Merge, disk: DiskThreads) -> Merged | Conflicts:
    """Bring a tree's commits into its target; the tree's branch stands where that does then. NotDone: why not."""
    repository = await repository_of(tree.source)
    if repository is None:
        raise NotDone(wording.no_source(tree.source))
    async with trees.alone(repository.common):
        git = await _identified(await trees.git(tree.root, _LIMIT).without_programs())
        state = await trees.state(tree)
        if state.uncommitted:
            raise NotDone(wording.uncommitted(state.uncommitted))
        if alone := [line for line in state.unmerged if line.endswith(wording.IN_SUBMODULE)]:
            raise NotDone(wording.submodule_alone(alone[0]))
        if await disk.run(tree.root, _under_way, repository.common, git.directory, f"refs/heads/{tree.target}"):
            raise NotDone(wording.UNDER_WAY)
        return await _Merge(git, tree, repository.common, disk).run(how)


@dataclass(frozen=True, slots=True)
class _Merge:
    git: Git
    tree: Worktree
    common: Path
    disk: DiskThreads

    async def run(self, how: Merge) -> Merged | Conflicts:
        if not self.tree.target:
            raise NotDone(wording.NO_TARGET)
        target = f"refs/heads/{self.tree.target}"
        before = await self._commit(target)
        if not before:
            raise NotDone(wording.no_target(self.tree.target))
        head = await self._commit("HEAD")
        commits = int((await self.git.done("rev-list", "--count", f"{before}..{head}")).line or 0)
        if not commits:
            raise NotDone(wording.nothing_to_merge(self.tree.target))
        found = await (self._rebased(before) if how == "rebase" else self._joined(before, head, how))
        if isinstance(found, Conflicts):
            return found
        await self._require_free(head, found)
        await self._move(target, before, found)
        if found == await self._commit("HEAD"):
            return Merged(commits)
        followed = await self.git.run("reset", "--keep", "--quiet", found)
        return Merged(commits, "" if followed.code == 0 else wording.not_followed(followed.error))

    async def _require_free(self, head: str, found: str) -> None:
        """NotDone where files of the tree that git ignores would be written over."""
        incoming = (await self.git.done("diff", "--name-only", "--no-renames", "-z", head, found)).names
        if not incoming:
            return
        asked = ("ls-files", "--others", "--ignored", "--exclude-standard", "-z", "--")
        ignored = (await self.git.done(*asked, *(f":(literal){name}" for name in incoming[:_MOST]))).names
        if ignored:
            raise NotDone(wording.ignored_in_the_way(ignored))

    async def _commit(self, name: str) -> str:
        return (await self.git.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")).line

    async def _joined(self, before: str, head: str, how: Merge) -> str | Conflicts:
        """A commit that joins both, or has all of the tree's changes."""
        told = await self.git.run("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", before, head)
        if told.code > 1 or not told.names:
            raise NotDone(wording.refused(told.error))
        result, *files = told.names
        if told.code == 1:
            return Conflicts(tuple(dict.fromkeys(files)))
        parents = ("-p", before) if how == "squash" else ("-p", before, "-p", head)
        message = await self._message(before, head, how)
        return (await self.git.done("commit-tree", result, *parents, "-m", message)).line

    async def _message(self, before: str, head: str, how: Merge) -> str:
        if how == "merge":
            return f"Merge branch '{self.tree.branch}' into {self.tree.target}"
        subjects = (await self.git.done("log", "--format=%s", "--reverse", f"{before}..{head}")).texts
        if len(subjects) == 1:
            return (await self.git.done("log", "--format=%B", "-1", head)).text.decode("utf-8", "replace").strip()
        return "\n".join((self.tree.root.name.replace("-", " ").capitalize(), "", *(f"- {one}" for one in subjects)))

    async def _rebased(self, before: str) -> str | Conflicts:
        """The tree's commits on top of the target's."""
        await self._require_free(await self._commit("HEAD"), before)
        told = await self.git.run("rebase", "--quiet", before)
        if told.code == 0:
            return await self._commit("HEAD")
        files = (await self.git.run("diff", "--name-only", "--diff-filter=U", "-z")).names
        await self.git.run("rebase", "--abort")
        if not files:
            raise NotDone(wording.refused(told.error))
        return Conflicts(tuple(files))

    async def _move(self, target: str, before: str, after: str) -> None:
        """Let the target be another commit, together with the files of the tree that has it checked out."""
        where = await self._checked_out(target)
        if where is None:
            moved = await self.git.run("update-ref", "-m", "antiphon: merged back", target, after, before)
            if moved.code != 0:
                raise NotDone(wording.MOVED_MEANWHILE)
            return
        git = await replace(self.git, directory=where, settings={}).without_programs()
        if (await git.run("rev-parse", "--verify", "--quiet", "HEAD")).line != before:
            raise NotDone(wording.MOVED_MEANWHILE)
        moved = await git.run("merge", "--ff-only", "--quiet", "--no-overwrite-ignore", after)
        if moved.code != 0:
            raise NotDone(wording.target_not_moved(where, moved.error))

    async def _checked_out(self, target: str) -> Path | None:
        """The tree that has a branch checked out."""
        listed = await self.git.done("worktree", "list", "--porcelain", "-z")
        where: Path | None = None
        for line in listed.names:
            if line.startswith("worktree "):
                where = Path(line.removeprefix("worktree "))
            elif line == f"branch {target}" and where is not None:
                if not await self.disk.run(where, is_tree_of, where, self.common):
                    raise NotDone(wording.not_a_tree(where))
                return where
        return None


def _under_way(common: Path, tree: Path, target: str) -> bool:
    """Whether something is unfinished in a tree, or the target is being rebased in any. Reads files."""
    owns = [common, *(common / "worktrees").glob("*")]
    with suppress(OSError):
        pointer = os.fsdecode(read_regular(tree / ".git", _LONGEST)).removeprefix("gitdir:").strip()
        own = (tree / pointer).resolve()
        if any((own / name).exists() for name in ("rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD")):
            return True
    for one in owns:
        for name in ("rebase-merge", "rebase-apply"):
            with suppress(OSError):
                if os.fsdecode(read_regular(one / name / "head-name", _LONGEST)).strip() == target:
                    return True
    return False


async def _identified(git: Git) -> Git:
    """The same with a name for whoever commits."""
    known = await git.run("var", "GIT_COMMITTER_IDENT")
    author = await git.run("var", "GIT_AUTHOR_IDENT")
    return git if known.code == 0 and author.code == 0 else replace(git, settings={**git.settings, **_NOBODY})
