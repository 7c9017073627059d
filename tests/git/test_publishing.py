"""Pull requests: a branch is pushed to another machine, and GitHub's program opens the request. Here that machine is a
git server on loopback, and the program one that behaves as GitHub's does."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path

import pytest

from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.git.publishing import can_publish, publish
from antiphon.agent.git.worktrees import Worktrees
from antiphon.core.coordination.worktrees import Worktree, WorktreeSettings
from antiphon.errors import NotDone
from git.repositories import commit, environment, git, made, new

_GH = """#!/bin/sh
# What is open stands in a file for each branch.
known="{known}/$(echo "$*" | sed 's/.*--head \\([^ ]*\\).*/\\1/; s/pr view \\([^ ]*\\).*/\\1/; s/[/]/-/g')"
case "$1 $2" in
"pr create")
  if [ -e "$known" ]; then echo "a pull request for branch already exists" >&2; exit 1; fi
  env | grep -c DISCORD_BOT_TOKEN > "{known}/token"
  echo "$*" > "{known}/asked"
  echo "https://github.example/pull/1" | tee "$known";;
"pr view") cat "$known" || exit 1;;
esac
"""


@pytest.fixture
async def remote(tmp_path: Path) -> AsyncGenerator[str]:
    """A git server with an empty repository that takes pushes; its address."""
    (tmp_path / "served").mkdir()
    git(tmp_path / "served", "init", "-q", "--bare", "-b", "main", "site.git")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = (f"--base-path={tmp_path / 'served'}", "--listen=127.0.0.1", f"--port={port}", "--reuseaddr")
    serving = await asyncio.create_subprocess_exec(
        "git",
        "daemon",
        *where,
        "--export-all",
        "--enable=receive-pack",
        str(tmp_path / "served"),
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(10):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                except OSError:
                    await asyncio.sleep(0.02)
        yield f"git://127.0.0.1:{port}/site.git"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(serving.pid, signal.SIGKILL)
        await serving.wait()


@pytest.fixture
def trees(tmp_path: Path) -> Worktrees:
    (tmp_path / "home").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "known").mkdir()
    program = tmp_path / "bin" / "gh"
    program.write_text(_GH.format(known=tmp_path / "known"))
    program.chmod(0o755)
    return Worktrees(ours(tmp_path), DiskThreads())


def ours(tmp_path: Path) -> dict[str, str]:
    """The environment in which that program is found."""
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"  # noqa: TID251
    return {**environment(tmp_path / "home"), "PATH": path}


async def worked(trees: Worktrees, tmp_path: Path, remote: str) -> Worktree:
    repository = made(tmp_path / "project")
    git(repository, "remote", "add", "origin", remote)
    git(repository, "push", "-q", "origin", "main")
    tree = await new(trees, repository)
    commit(tree.root, "Work", w_txt="w\n")
    return tree


async def test_a_branch_is_pushed_and_its_request_opened(trees: Worktrees, tmp_path: Path, remote: str) -> None:
    tree = await worked(trees, tmp_path, remote)
    assert await publish(trees, tree, ours(tmp_path)) == "https://github.example/pull/1"
    served = tmp_path / "served" / "site.git"
    assert git(served, "rev-parse", tree.branch) == git(tree.root, "rev-parse", "HEAD")
    asked = (tmp_path / "known" / "asked").read_text()
    assert f"--head {tree.branch} --base main" in asked
    assert (tmp_path / "known" / "token").read_text() == "0\n"


async def test_a_request_that_is_open_is_named_again(trees: Worktrees, tmp_path: Path, remote: str) -> None:
    tree = await worked(trees, tmp_path, remote)
    first = await publish(trees, tree, ours(tmp_path))
    commit(tree.root, "More", m_txt="m\n")
    assert await publish(trees, tree, ours(tmp_path)) == first


async def test_a_tree_may_begin_with_what_the_remote_has_by_now(trees: Worktrees, tmp_path: Path, remote: str) -> None:
    tree = await worked(trees, tmp_path, remote)
    git(tmp_path, "clone", "-q", remote, str(tmp_path / "colleague"))
    newest = commit(tmp_path / "colleague", "By somebody else", n_txt="n\n")
    git(tmp_path / "colleague", "push", "-q", "origin", "main")
    fresh = await new(trees, tree.source, "Fresh", WorktreeSettings(base="default"))
    assert git(fresh.root, "rev-parse", "HEAD") == newest
    assert fresh.target == "main"


async def test_what_is_in_the_way_is_told(trees: Worktrees, tmp_path: Path, remote: str) -> None:
    tree = await worked(trees, tmp_path, remote)
    (tree.root / "left.txt").write_text("left\n")
    with pytest.raises(NotDone, match="not committed"):
        await publish(trees, tree, ours(tmp_path))
    (tree.root / "left.txt").unlink()
    without = environment(tmp_path / "home")
    assert can_publish(ours(tmp_path))
    assert not can_publish({**without, "PATH": str(tmp_path / "home")})
    git(tree.source, "remote", "set-url", "origin", str(tmp_path / "served" / "site.git"))
    with pytest.raises(NotDone, match="git says"):  # a path on this machine may have hooks
        await publish(trees, tree, ours(tmp_path))
