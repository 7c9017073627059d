"""Submodules of a working tree: filled from what the project's own tree has of them, without a network.

A submodule that is empty in the project's tree stays empty. May not know: sessions.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.git import wording
from antiphon.agent.git.command import Git
from antiphon.errors import NotDone

_LINK = "160000 "  # the mode of a submodule in git's index
_MOST = 100
_DEEPEST = 5  # submodules of submodules


async def submodules(git: Git, disk: DiskThreads) -> list[str]:
    """The paths of the submodules of a tree that are not empty. NotDone: git does not tell."""
    told = await git.done("ls-files", "--stage", "-z")
    found = [name.partition("\t")[2] for name in told.names if name.startswith(_LINK)]
    return await disk.run(git.directory, _filled, git.directory, found[:_MOST])


async def fill(git: Git, tree: Path, disk: DiskThreads, depth: int = 0) -> list[str]:
    """Fill the submodules of a new tree as those of the tree that `git` stands in; notes about those that are not."""
    source, notes = git.directory, list[str]()
    git = await git.without_programs()
    try:
        found = await submodules(git, disk)
    except NotDone as error:
        return [wording.no_submodules(f"{error}")]
    there = await disk.run(tree, _filled, tree, found)
    for path in found:
        if path in there:
            continue
        try:
            await disk.run(tree, _require_inside, tree / path, tree)
            await _fill(git, source / path, tree, path)
        except (NotDone, OSError) as error:
            notes.append(wording.no_submodule(path, f"{error}"))
        else:
            if depth < _DEEPEST:
                inner = await fill(replace(git, directory=source / path, settings={}), tree / path, disk, depth + 1)
                notes += inner
    return notes


async def _fill(git: Git, source: Path, tree: Path, path: str) -> None:
    """A clone of its own, of what the source has; its remote is the source's."""
    wanted = await git.run("-C", str(tree), "ls-files", "--stage", "-z", "--", path)
    commit = wanted.line.split(" ")[1] if wanted.line.startswith(_LINK) else ""
    if not commit:
        return
    target = tree / path
    remote = await replace(git, directory=source).run("config", "--get", "remote.origin.url")
    await git.done("clone", "--quiet", "--no-checkout", "--local", "--", str(source), str(target), protocols="file")
    inner = await replace(git, directory=target, settings={}).without_programs()
    if remote.line:
        await inner.done("remote", "set-url", "origin", "--", remote.line)
    await inner.done("checkout", "--quiet", "--detach", commit)


def _filled(tree: Path, paths: Sequence[str]) -> list[str]:
    return [path for path in paths if os.path.lexists(tree / path / ".git")]


def _require_inside(path: Path, tree: Path) -> None:
    if not path.resolve().is_relative_to(tree.resolve()):
        raise NotDone(wording.leads_elsewhere(path))
