"""One process a database file. The lock is the operating system's, so it dies with its process, however that dies."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from antiphon.errors import StoreError


@contextmanager
def sole_use(path: Path) -> Generator[None]:
    """Hold `<path>.lock`, with our process id in it. StoreError: another opening holds it. OSError: no such place."""
    descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT, 0o600)  # not inherited by programs that we start
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            raise StoreError(f"{path} is in use by process {pid or '(not yet known)'}") from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)  # gives the lock back; the file stays, for removing it would let two in
