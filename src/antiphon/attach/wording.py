"""Every sentence of this package that a person reads in the terminal."""

from collections.abc import Sequence
from pathlib import Path

NO_OBJECT = "it holds no JSON object"
ATTACHED = "Attached. Sessions that you start from now on can be reached from Discord."
RENEWED = "Attached already; its files are renewed."
RUNNING_BEFORE = "Sessions that are open now pick it up when they are started again (claude --continue)."
DETACHED = "Detached. Everything is as it was before."
NOT_ATTACHED = "Nothing is attached."
SHARED = "--settings with --scope project would share the secret with everybody who has the project; choose local"
NOTHING_CHANGED = "Nothing was changed."
PROCEED = "Go on?"


def will_write(files: Sequence[Path], marketplace: Path) -> str:
    """What `attach` is about to change."""
    lines = [f"  {path}{'' if path.exists() else ' (new)'}" for path in files]
    return "\n".join(
        ("This adds hooks to Claude Code. It changes:", *lines, "and writes the hooks to:", f"  {marketplace}")
    )


def changed_since(files: Sequence[Path]) -> str:
    """Files that somebody else has changed since they were attached."""
    return "\n".join(("Changed since, so only Antiphon's entries were taken out of:", *(f"  {path}" for path in files)))


def unreadable(path: Path, why: str) -> str:
    return f"{path}: cannot be read ({why})"


def no_json(path: Path, why: str) -> str:
    return f"{path}: is not valid JSON ({why}); Antiphon leaves it alone"


def read_only(path: Path) -> str:
    return f"{path}: is read-only; make it writable, or choose another --scope"


def unwritable(path: Path, why: str) -> str:
    return f"{path}: cannot be written ({why})"


def not_run(command: Path, why: str) -> str:
    return f"{command}: cannot be run ({why}); with --settings it is not needed"


def refused(words: str) -> str:
    return f"Claude Code refuses the plugin: {words}"
