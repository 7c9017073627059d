"""Opens a pull request for a session's working tree: its branch is pushed, and GitHub's own program does the rest."""

import asyncio
import os
import shutil
import signal
from collections.abc import Mapping
from contextlib import suppress

from antiphon.agent.git import wording
from antiphon.agent.git.command import Git
from antiphon.agent.git.worktrees import PROTOCOLS, Worktrees
from antiphon.core.coordination.worktrees import Worktree
from antiphon.errors import NotDone

_LIMIT = 100.0  # seconds for each step
_MOST = 8192  # bytes of what the program says
_REMOTE = "origin"


def can_publish(environment: Mapping[str, str]) -> bool:
    """Whether the program is there."""
    return _program(environment) is not None


async def publish(trees: Worktrees, tree: Worktree, environment: Mapping[str, str]) -> str:
    """Push the branch that is checked out in a tree, and open a pull request into its target; the address, also of one
    that is open already. NotDone: why not."""
    git = await trees.git(tree.root, _LIMIT).without_programs()
    if changed := await trees.uncommitted(git):
        raise NotDone(wording.uncommitted(changed))
    branch = (await git.run("symbolic-ref", "--quiet", "--short", "HEAD")).line
    if not branch or branch == tree.target:
        raise NotDone(wording.NO_BRANCH)
    await git.done("push", "--quiet", "--set-upstream", _REMOTE, f"HEAD:refs/heads/{branch}", protocols=PROTOCOLS)
    into = ("--base", tree.target) if tree.target else ()
    code, said = await _gh(git, environment, "pr", "create", "--fill", "--head", branch, *into)
    if code != 0:
        code, known = await _gh(git, environment, "pr", "view", branch, "--json", "url", "--jq", ".url")
        if code != 0:
            raise NotDone(wording.not_published(said))
        said = known
    return next((line for line in reversed(said.split()) if line.startswith("https://")), "")


def _program(environment: Mapping[str, str]) -> str | None:
    return shutil.which("gh", path=environment.get("PATH"))


async def _gh(git: Git, environment: Mapping[str, str], *arguments: str) -> tuple[int, str]:
    """Its exit code, and what it says. What it starts of git minds nothing of the repository's that names a program."""
    program = _program(environment)
    if program is None:
        raise NotDone(wording.NO_PROGRAM)
    try:
        gh = await asyncio.create_subprocess_exec(
            program,
            *arguments,
            cwd=git.directory,
            env={**git.variables(), "GH_PROMPT_DISABLED": "1", "NO_COLOR": "1", "GIT_ALLOW_PROTOCOL": PROTOCOLS},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise NotDone(wording.not_published(error.strerror or "")) from error
    try:
        async with asyncio.timeout(_LIMIT):
            said, _ = await gh.communicate()
    except TimeoutError:
        raise NotDone(wording.not_published(f"no answer within {_LIMIT:.0f} s")) from None
    finally:
        if gh.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(gh.pid, signal.SIGKILL)
            await gh.wait()
    return gh.returncode or 0, said[:_MOST].decode("utf-8", "replace").strip()
