"""The state of a project's working tree from git, asked so that nothing of the repository's own configuration runs.

Claude can write into a repository's configuration, and git starts programs that it names: hooks, filters, diff
drivers, file system monitors. All that git lets us turn off is turned off. The environment is made from nothing.
"""

import asyncio
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from antiphon.agent import wording
from antiphon.agent.disk.reading import DiskThreads, read_regular
from antiphon.core.requests import DiffText
from antiphon.errors import NotDone

_LIMIT = 15.0  # seconds for everything that is asked of git at once
_LARGEST = 5 * 1024 * 1024  # bytes of a diff; the rest is left out, and that is said
_LONGEST_POINTER = 8192  # bytes of the file that names a worktree's repository
_MOST_FILES = 1000  # untracked ones that are shown with their content
_LARGEST_FILE = 512 * 1024  # bytes of an untracked one that is shown with its content

_SETTINGS = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.pager": "cat",
    "core.quotePath": "false",
    "diff.external": "",
    "protocol.allow": "never",  # a partial clone would fetch what it lacks
    "safe.directory": "*",  # whose it is was settled by whoever configured the project
}
_SAFE = ("--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=dirty", "--submodule=short")
_CHUNK = 1 << 16
_KILL_WAIT = 2.0  # seconds until a killed git is left alone: somebody else may hold its pipe
_STATS = re.compile(r"(\d+) files? changed(?:, (\d+) insertions?\(\+\))?(?:, (\d+) deletions?\(-\))?")


async def diff(directory: Path, disk: DiskThreads) -> DiffText:
    """The working tree below a directory against the last commit; untracked files are in it too. NotDone when there is
    no repository, or it takes too long."""
    try:
        async with asyncio.timeout(_LIMIT):
            return await _diff(directory, disk)
    except TimeoutError:
        raise NotDone(wording.not_within(_LIMIT, wording.GIT_NOT_ANSWERED)) from None


async def _diff(directory: Path, disk: DiskThreads) -> DiffText:
    filters = await _filters(directory)
    _, empty = await _git(directory, ("hash-object", "-t", "tree", os.devnull))
    code, head = await _git(directory, ("rev-parse", "--verify", "--quiet", "HEAD^{commit}"))
    since = (head if code == 0 else empty).decode().strip()
    against = ("diff", *_SAFE, "--src-prefix=a/", "--dst-prefix=b/", "--relative", since)
    code, changes = await _git(directory, (*against, "--"), filters)
    if code > 0:
        raise NotDone(wording.NOT_COMPARED)
    _, counted = await _git(directory, (*against, "--shortstat", "--"), filters)
    _, others = await _git(directory, ("ls-files", "--others", "--exclude-standard", "-z"), filters)
    untracked = sorted(name.decode("utf-8", "replace") for name in others.split(b"\0") if name)
    text = changes.decode("utf-8", "replace")
    stats = _STATS.search(counted.decode("utf-8", "replace"))
    files, added, removed = (int(one or 0) for one in stats.groups()) if stats else (0, 0, 0)
    new, lines, cut = await disk.run(directory, _new_files, directory, untracked, _LARGEST - len(changes))
    return DiffText(
        text + new,
        files + len(untracked),
        added + lines,
        removed,
        tuple(untracked),
        cut=cut or len(changes) >= _LARGEST,
    )


async def worktrees(directory: Path, disk: DiskThreads) -> tuple[Path, ...]:
    """A directory, and all in which its repository is checked out, perhaps itself once more; without a repository only
    itself. A repository may name any directory: only those count that name it as theirs."""
    try:
        async with asyncio.timeout(_LIMIT):
            code, listed = await _git(directory, ("worktree", "list", "--porcelain"))
            _, told = await _git(directory, ("rev-parse", "--path-format=absolute", "--git-common-dir"))
            lines = listed.decode("utf-8", "replace").splitlines() if code == 0 else []
            named = [Path(line.removeprefix("worktree ")) for line in lines if line.startswith("worktree ")]
            if not told.strip():
                return (directory,)
            repository = Path(os.fsdecode(told.strip()))
            ours = await disk.run(directory, lambda: [one for one in named if _is_of(one, repository)])
    except (NotDone, OSError):
        return (directory,)
    return (directory, *ours)


async def ignores(directory: Path, path: Path) -> bool:
    """Whether git ignores a file below a directory, or does not say so in time; False where there is no repository, or
    no git."""
    try:
        async with asyncio.timeout(_LIMIT):
            code, _ = await _git(directory, ("check-ignore", "--quiet", "--", str(path)))
    except NotDone:
        return False
    except TimeoutError:
        return True
    return code == 0


def _is_of(tree: Path, repository: Path) -> bool:
    """Whether a working tree says itself that it belongs to a repository. Reads a file; runs nothing in there."""
    pointer = tree / ".git"
    with suppress(OSError, ValueError):
        if pointer.is_dir():
            return pointer.resolve() == repository.resolve()
        found = os.fsdecode(read_regular(pointer, _LONGEST_POINTER)).removeprefix("gitdir:").strip()
        own = (tree / found).resolve()
        return own == repository.resolve() or own.parent == repository.resolve() / "worktrees"
    return False


async def _filters(directory: Path) -> dict[str, str]:
    """Settings that turn the repository's own filters off: git would run them to compare a file. NotDone when
    there is no repository."""
    code, _ = await _git(directory, ("rev-parse", "--git-dir"))
    if code != 0:
        raise NotDone(wording.NO_REPOSITORY)
    _, listed = await _git(directory, ("config", "--name-only", "-z", "--get-regexp", r"^filter\."))
    names = {key.rpartition(".")[0] for key in listed.decode("utf-8", "surrogateescape").split("\0") if key}
    off = {"clean": "", "smudge": "", "process": "", "required": "false"}
    return {f"{name}.{what}": value for name in names for what, value in off.items()}


async def _git(directory: Path, arguments: Sequence[str], more: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    """Run git; its exit code (below 0: its output was too long) and at most `_LARGEST` bytes of its output.
    Killed when the caller is cancelled. NotDone when it cannot be run."""
    try:
        git = await asyncio.create_subprocess_exec(
            "git",
            *arguments,
            cwd=directory,
            env=_environment({**_SETTINGS, **(more or {})}),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError as error:
        raise NotDone(wording.failed(wording.GIT_NOT_RUN, error.strerror or "")) from error
    assert git.stdout is not None
    output = bytearray()
    try:
        while len(output) < _LARGEST and (chunk := await git.stdout.read(_LARGEST - len(output))):
            output += chunk
        if len(output) < _LARGEST:
            await git.wait()
    finally:
        if git.returncode is None:
            with suppress(ProcessLookupError):
                git.kill()
            # Read to its end, or asyncio never sees the pipe close while it holds back a full buffer, and waits on.
            with suppress(TimeoutError):
                async with asyncio.timeout(_KILL_WAIT):
                    while await git.stdout.read(_CHUNK):
                        pass
                    await git.wait()
    return git.returncode or 0, bytes(output)


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Nothing of ours but where programs lie; settings that stand above the repository's own."""
    variables = {"GIT_CONFIG_COUNT": str(len(settings))}
    for n, (key, value) in enumerate(settings.items()):
        variables |= {f"GIT_CONFIG_KEY_{n}": key, f"GIT_CONFIG_VALUE_{n}": value}
    return {
        "PATH": os.pathsep.join(os.get_exec_path()),
        "HOME": os.devnull,
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_TERMINAL_PROMPT": "0",
        **variables,
    }


def _new_files(directory: Path, names: Sequence[str], room: int) -> tuple[str, int, bool]:
    """The diff of untracked files, its lines, and whether some had to be left out. Reads files."""
    parts: list[str] = []
    lines = 0
    for name in names[:_MOST_FILES]:
        shown, count = _new_file(directory / name, name)
        room -= len(shown.encode("utf-8", "replace"))
        if room < 0:
            break
        parts.append(shown)
        lines += count
    return "".join(parts), lines, len(parts) < len(names)


def _new_file(path: Path, name: str) -> tuple[str, int]:
    name = re.sub(r"[\x00-\x1f\x7f]", "?", name)
    head = f"diff --git a/{name} b/{name}\nnew file mode 100644\n"
    try:
        content = read_regular(path, _LARGEST_FILE + 1)
    except OSError:  # a link, a pipe: git tells of it, its content is nobody's business
        content = b"\0"
    if len(content) > _LARGEST_FILE or b"\0" in content:
        return f"{head}Binary files /dev/null and b/{name} differ\n", 0
    found = content.decode("utf-8", "replace").split("\n")
    unended = found.pop() or None
    count = len(found) + (unended is not None)
    if not count:
        return head, 0
    body = "".join(f"+{line}\n" for line in found)
    if unended is not None:
        body += f"+{unended}\n\\ No newline at end of file\n"
    return f"{head}--- /dev/null\n+++ b/{name}\n@@ -0,0 +1,{count} @@\n{body}", count
