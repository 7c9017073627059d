"""Files that somebody who means harm has put into the project."""

import os
from pathlib import Path

from chaos.plan import FILES, LINKS, PIPES


def plant(project: Path) -> None:
    """Pipes without a writer, links to what lies outside, and names that deceive or break what shows them."""
    for name in PIPES:
        _made(project / name).unlink(missing_ok=True)
        os.mkfifo(project / name)
    for name in LINKS:
        _made(project / name).symlink_to("/etc/passwd" if name.endswith((".md", ".txt")) else "/etc")
    for name in FILES:
        _made(project / name).write_text("a harmless text\n")


def _made(path: Path) -> Path:
    """The path, in a directory that is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
