"""Where Claude Code's settings of a project lie.

In a git repository Claude Code keeps a project's own settings (`.claude/settings.local.json`) once for the repository,
in its main working tree, and reads those in the directory itself as well (docs/decisions/0036). Which tree that is, is
told here by the same checks. Reads files: not for the event loop.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from antiphon.agent.disk.reading import read_regular

_LONGEST_POINTER = 8192  # bytes of a file that names a repository's directory


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A file that may be there. `below`: the directory out of which it may not lead."""

    path: Path
    below: Path


def local_settings(directory: Path) -> tuple[SettingsFile, ...]:
    """The project's own settings on this machine. Claude Code writes into the first, and reads all of them."""
    roots = [root for root in (_main_tree(directory), directory) if root is not None]
    return tuple(SettingsFile(root / ".claude" / "settings.local.json", root) for root in roots)


def shared_settings(directory: Path) -> SettingsFile:
    """Those that come with the project."""
    return SettingsFile(directory / ".claude" / "settings.json", directory)


def user_settings(config_directory: Path) -> SettingsFile:
    """Those of the user whose Claude Code it is; they may lie anywhere."""
    return SettingsFile(config_directory / "settings.json", Path("/"))


def _main_tree(directory: Path) -> Path | None:
    """The main working tree of the repository that a directory belongs to; None: it has none that counts."""
    try:
        directory = directory.resolve(strict=True)
        root = next((one for one in (directory, *directory.parents) if (one / ".git").exists()), None)
        if root is None:
            return None
        main = _main_of(root)
        if main == directory or main == Path.home().resolve() or not _is_ours(main):
            return None
    except (OSError, ValueError, RuntimeError):
        return None
    return main


def _main_of(root: Path) -> Path:
    """The main working tree, of whichever tree. A tree names its repository, which has to name the tree as well."""
    pointer = root / ".git"
    if pointer.is_dir():
        return root
    with suppress(OSError, ValueError):
        words = _text(pointer)
        if not words.startswith("gitdir:"):
            return root
        own = Path(os.path.normpath(root / words.removeprefix("gitdir:").strip()))
        repository = Path(os.path.normpath(own / _text(own / "commondir")))
        if own.parent != repository / "worktrees":
            return root
        if (own / _text(own / "gitdir")).resolve(strict=True) != root.resolve() / ".git":
            return root
        if repository.name == ".git":
            return repository.parent.resolve()
        return root if (repository / ".git").exists() else repository.resolve()
    return root


def _text(path: Path) -> str:
    return os.fsdecode(read_regular(path, _LONGEST_POINTER)).strip()


def _is_ours(tree: Path) -> bool:
    """Whether the tree, its `.git` and its `.claude` belong to our user: Claude Code trusts no other's."""
    try:
        settings = (tree / ".claude").lstat().st_uid
    except FileNotFoundError:
        settings = None
    owners = {tree.stat().st_uid, (tree / ".git").lstat().st_uid, settings} - {None}
    return owners == {os.geteuid()}
