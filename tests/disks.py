"""Disks that get full, or cannot be written: small file systems of their own, where this user may mount such."""

import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Disk:
    """A mounted tmpfs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._ballast = root / "ballast"

    def fill(self, leave: int = 0) -> None:
        """Take all the room but `leave` bytes."""
        with self._ballast.open("ab", buffering=0) as ballast:
            for size in (65536, 4096, 1):
                try:
                    while ballast.write(b"\0" * size):
                        pass
                except OSError:
                    continue
            ballast.truncate(max(0, ballast.tell() - leave))

    def make_room(self) -> None:
        """Give back what was taken."""
        self._ballast.unlink()

    def make_read_only(self) -> None:
        """From now on nothing can be written. Nothing may be open for writing."""
        _run("mount", "-o", "remount,ro", str(self.root))


@contextmanager
def small_disk(root: Path, megabytes: int = 2) -> Generator[Disk]:
    """A disk of so many megabytes at `root`. Skips the test where nothing may be mounted."""
    root.mkdir(exist_ok=True)
    try:
        _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "antiphon-test", str(root))
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small disk cannot be mounted here: {error}")
    try:
        yield Disk(root)
    finally:
        _run("umount", "--lazy", str(root))


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
