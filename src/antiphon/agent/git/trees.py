"""Which working trees a repository has, and what is known of the one around a directory."""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from antiphon.agent.disk.reading import DiskThreads, read_regular
from antiphon.agent.git.command import Git
from antiphon.errors import NotDone

_LONGEST_POINTER = 8192  # bytes of the file that names a worktree's repository


@dataclass(frozen=True, slots=True)
class Repository:
    """What a directory belongs to. `root`: its working tree's, itself where the repository is bare; `part`: the
    directory, relative to that; `common`: where the repository itself lies; `head`: its commit, "" where there is none
    yet; `branch`: that is checked out, "" for none."""

    root: Path
    part: Path
    common: Path
    head: str
    branch: str
    bare: bool = False


async def repository_of(directory: Path) -> Repository | None:
    """The repository of a directory; None: it is in none that counts. NotDone: git cannot be asked."""
    git = Git(directory)
    asked = ("--path-format=absolute", "--git-common-dir", "--is-bare-repository", "--is-inside-work-tree")
    told = await git.run("rev-parse", *asked)
    if told.code != 0 or len(told.lines) != len(asked) - 1:
        return None
    common, bare, inside = Path(told.lines[0]), told.lines[1] == "true", told.lines[2] == "true"
    root, part = directory, Path()
    if inside:
        where = await git.run("rev-parse", "--path-format=absolute", "--show-toplevel", "--show-prefix")
        root, part = Path(where.lines[0]), Path(*where.lines[1:])
    elif not bare:  # in the middle of the repository's own files, or its configuration names another directory
        return None
    head = await git.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    branch = await git.run("symbolic-ref", "--quiet", "--short", "HEAD")
    return Repository(
        root,
        part,
        common,
        head.line if head.code == 0 else "",
        branch.line if branch.code == 0 else "",
        bare,
    )


async def worktrees(directory: Path, disk: DiskThreads) -> tuple[Path, ...]:
    """A directory, and all in which its repository is checked out, perhaps itself once more; without a repository only
    itself. A repository may name any directory: only those count that name it as theirs."""
    git = Git(directory)
    try:
        listed = await git.run("worktree", "list", "--porcelain")
        told = await git.run("rev-parse", "--path-format=absolute", "--git-common-dir")
        if not told.line:
            return (directory,)
        lines = listed.lines if listed.code == 0 else []
        named = [Path(line.removeprefix("worktree ")) for line in lines if line.startswith("worktree ")]
        ours = await disk.run(directory, lambda: [one for one in named if is_tree_of(one, Path(told.line))])
    except (NotDone, OSError):
        return (directory,)
    return (directory, *ours)


async def ignores(directory: Path, path: Path) -> bool:
    """Whether git ignores a file below a directory, or does not say so in time; False where there is no repository, or
    no git."""
    try:
        return (await Git(directory).run("check-ignore", "--quiet", "--", str(path))).code == 0
    except NotDone as error:
        return isinstance(error.__context__, TimeoutError)


def is_tree_of(tree: Path, repository: Path) -> bool:
    """Whether a working tree says itself that it belongs to a repository. Reads a file; runs nothing in there."""
    pointer = tree / ".git"
    with suppress(OSError, ValueError):
        if pointer.is_dir():
            return pointer.resolve() == repository.resolve()
        found = os.fsdecode(read_regular(pointer, _LONGEST_POINTER)).removeprefix("gitdir:").strip()
        own = (tree / found).resolve()
        return own == repository.resolve() or own.parent == repository.resolve() / "worktrees"
    return False


def remove_half_made(common: Path, root: Path) -> None:
    """Take away what a killed git has begun to write of the tree at `root`: with an empty `commondir` in there (git
    2.39) no git that lists working trees runs in the repository any more, not even the one that would remove it."""
    for own in (common / "worktrees").glob("*"):
        pointer = own / "gitdir"
        if not pointer.is_file() or pointer.stat().st_size > _LONGEST_POINTER:
            continue
        written = all((own / name).is_file() and (own / name).stat().st_size for name in ("commondir", "HEAD"))
        named = os.path.dirname(os.fsdecode(pointer.read_bytes().strip()))
        if not written and os.path.realpath(named) == os.path.realpath(root):
            shutil.rmtree(own)
            if root.is_dir() and os.listdir(root) == [".git"]:  # which leads nowhere now
                shutil.rmtree(root)
