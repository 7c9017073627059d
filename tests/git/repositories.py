"""Real repositories in temporary directories, for the tests of what runs git."""

import os
import subprocess
from pathlib import Path

from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.git.trees import Repository, repository_of
from antiphon.agent.git.worktrees import Worktrees
from antiphon.core.coordination.worktrees import Worktree, WorktreeSettings


def environment(home: Path) -> dict[str, str]:
    """Of a user whose home this is."""
    return {"PATH": os.environ["PATH"], "HOME": str(home)}  # noqa: TID251


def git(directory: Path, *words: str, check: bool = True) -> str:
    """What git says, run as somebody who has a name."""
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.invalid", "-c", "protocol.file.allow=always")
    env = environment(directory)
    done = subprocess.run(["git", *who, *words], cwd=directory, check=check, capture_output=True, text=True, env=env)
    return done.stdout.rstrip("\n")


def made(directory: Path, **files: str) -> Path:
    """A repository with a commit of these files; "__" in a name stands for a slash, "_" for a dot."""
    directory.mkdir(parents=True)
    git(directory, "init", "-q", "-b", "main")
    commit(directory, "first", **(files or {"a_txt": "one\ntwo\nthree\n"}))
    return directory


def commit(directory: Path, message: str, **files: str) -> str:
    """Write files and commit them; the commit."""
    for name, text in files.items():
        path = directory / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(directory, "add", "-A")
    git(directory, "commit", "-qm", message)
    return git(directory, "rev-parse", "HEAD")


def worktrees(home: Path) -> Worktrees:
    """The working trees of a machine whose user has this home."""
    return Worktrees(environment(home), DiskThreads())


async def around(directory: Path) -> Repository:
    """The repository of a directory."""
    found = await repository_of(directory)
    assert found is not None
    return found


async def new(
    trees: Worktrees, directory: Path, title: str = "Fix it", settings: WorktreeSettings | None = None
) -> Worktree:
    """A tree that is planned, and made."""
    tree, _ = await trees.plan(await around(directory), settings or WorktreeSettings(), title)
    await trees.make(tree)
    return tree
