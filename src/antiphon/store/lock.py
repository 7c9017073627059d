"""One process a database file, and one a bot. The lock is the operating system's, so it dies with its process, however
that dies."""

import fcntl
import os
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from antiphon.errors import AntiphonError
from antiphon.store.errors import InUse

_TRIES, _PAUSE = 5, 0.05  # seconds; whoever looks whether it is held holds it for an instant


@contextmanager
def sole_use(path: Path) -> Generator[None]:
    """Hold `<path>.lock`, with our process id in it. InUse: another opening holds it. OSError: no such place."""
    with held(lock_of(path), lambda pid: InUse(f"{path} is in use by process {pid}")):
        yield


@contextmanager
def held(lock: Path, refusal: Callable[[str], AntiphonError]) -> Generator[None]:
    """Hold a lock file, with our process id in it. Raises the refusal, made with the holder's id, when another opening
    holds it; OSError: no such place."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
    descriptor = os.open(lock, flags, 0o600)  # not inherited by programs that we start
    try:
        _take(descriptor, refusal)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)  # gives the lock back; the file stays, for removing it would let two in


def lock_of(path: Path) -> Path:
    """The lock file of a database."""
    return Path(f"{path}.lock")


def holder(path: Path) -> int | None:
    """The process that has a database open; None: no process has. Makes no file, and disturbs nobody."""
    try:
        descriptor = os.open(lock_of(path), os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return int(_pid(descriptor) or 0)
    else:
        return None
    finally:
        os.close(descriptor)


def _take(descriptor: int, refusal: Callable[[str], AntiphonError]) -> None:
    for tries_left in reversed(range(_TRIES)):
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if not tries_left:
                raise refusal(_pid(descriptor) or "(not yet known)") from error
        time.sleep(_PAUSE)
    return None


def _pid(descriptor: int) -> str:
    words = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
    return words if words.isdecimal() else ""
