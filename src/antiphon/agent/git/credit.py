"""Names the people who had a say in a session in the commits that Claude makes in it.

Claude Code's process, and so every git that it starts, is given a `core.hooksPath` of ours by its environment. What
stands there (commit_hook.sh) runs the repository's own hooks as git would, and adds a `Co-authored-by` for each line of
a file that is rewritten as people join. Nothing of the repository is changed. Whatever fails here leaves the session,
and git, as they are without it.
"""

import logging
import os
import shutil
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from antiphon.agent.disk.reading import DiskThreads
from antiphon.core.values import PersonId

log = logging.getLogger(__name__)

# Every hook that git runs from there (githooks(5)), but for two of a repository that is pushed into: git does otherwise
# where they are there, and what is pushed into does not see our environment.
NAMES = (
    "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit", "pre-merge-commit", "prepare-commit-msg",
    "commit-msg", "post-commit", "pre-rebase", "post-checkout", "post-merge", "pre-push", "pre-receive", "update",
    "post-receive", "post-update", "reference-transaction", "pre-auto-gc", "post-rewrite", "sendemail-validate",
    "post-index-change", "p4-changelist", "p4-prepare-changelist", "p4-post-changelist", "p4-pre-submit",
)  # fmt: skip
_INSTALLING = threading.Lock()  # sessions start at once, each in a thread
_SCRIPT = Path(__file__).with_name("commit_hook.sh")
_PEOPLE, _TRAILERS = "people", "trailers"


class Credit:
    """The people of one session. `lines`: who is named, and how; with none of them nothing is done."""

    def __init__(self, state: Path, session: str, lines: Sequence[tuple[PersonId, str]], disk: DiskThreads) -> None:
        """`state`: the bridge's own directory."""
        self._hooks, self._home = state / "git-hooks", state / "credit" / session
        self._lines, self._disk = dict(lines), disk
        self._people: dict[PersonId, None] = {}  # in the order in which they joined
        self._saved: tuple[PersonId, ...] = ()

    async def prepare(self) -> Mapping[str, str]:
        """What is added to the environment of the session's process. Reads who has joined before."""
        if not self._lines:
            return {}
        try:
            return await self._disk.run(self._home, self._prepare)
        except OSError as error:
            log.warning("commits of session %s will name nobody: %s", self._home.name, error)
            self._lines = {}
            return {}

    def add(self, person: PersonId | None) -> None:
        """Somebody has prompted or answered; None: nobody in Discord. It counts once it is saved."""
        if person is not None:
            self._people[person] = None

    async def save(self) -> None:
        """Commits from now on name whoever was added."""
        people = tuple(self._people)
        if not self._lines or people == self._saved:
            return
        try:
            await self._disk.run(self._home, self._write, people)
        except OSError as error:
            log.warning("commits of session %s name fewer people than they should: %s", self._home.name, error)
        else:
            self._saved = people

    def _prepare(self) -> Mapping[str, str]:
        hooks = self._home / "hooks"
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        install(self._hooks)
        with suppress(FileExistsError):
            hooks.symlink_to(self._hooks, target_is_directory=True)
        if not os.access(hooks / "commit-msg", os.X_OK):  # git would run no hook at all, the repository's neither
            raise PermissionError(f"{self._hooks} is not for programs")
        with suppress(FileNotFoundError):
            before = (self._home / _PEOPLE).read_text().split()
            self._people = dict.fromkeys(PersonId(int(one)) for one in before if one.isdecimal())
        self._write(tuple(self._people))
        self._saved = tuple(self._people)
        return {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath", "GIT_CONFIG_VALUE_0": str(hooks)}

    def _write(self, people: tuple[PersonId, ...]) -> None:
        _replace(self._home / _PEOPLE, "".join(f"{one}\n" for one in people))
        named = dict.fromkeys(self._lines[one] for one in people if one in self._lines)
        _replace(self._home / _TRAILERS, "".join(f"{line}\n" for line in named))


def install(directory: Path) -> None:
    """Have a directory of hooks that are all ours, whatever has been done to it. OSError: it cannot be."""
    with _INSTALLING:
        _install(directory)


def _install(directory: Path) -> None:
    script, wanted = directory / "run", _SCRIPT.read_text()
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    directory.chmod(0o700)
    if script.is_symlink() or not script.is_file() or script.read_text(errors="replace") != wanted:
        _replace(script, wanted)
    script.chmod(0o500)
    for name in NAMES:
        hook = directory / name
        if not hook.is_symlink() or os.readlink(hook) != script.name:  # somebody has installed theirs here
            _remove(hook)
            hook.symlink_to(script.name)
    directory.chmod(0o500)  # what installs hooks is refused, as far as rights count


def _replace(file: Path, text: str) -> None:
    """Write a file, at once."""
    new = file.with_name(f".{file.name}.new")
    new.write_text(text)
    new.replace(file)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
