"""Files that others made, opened with care: regular ones only, with a limit of size and of time.

A repository, Claude and the programs that it starts can put anything where we read: a pipe that nobody writes into, a
device, a link to somewhere else, a file without an end. May not know: what is in them.
"""

import asyncio
import errno
import os
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, ParamSpec, TypeVar

from antiphon.agent import wording

P = ParamSpec("P")
T = TypeVar("T")

ANYWHERE = Path("/")
_MOST = 4  # threads for a directory
_LIMIT = 30.0  # seconds; ten large images of one prompt take several


def open_regular(path: Path, below: Path | None = None) -> BinaryIO:
    """Open a regular file for reading. `below`: where symbolic links may lead; None: none is followed. Waits for the
    disk, never for a pipe or a device. OSError: it is something else, leads elsewhere, or cannot be read."""
    if below is not None:
        try:
            path = path.resolve(strict=True)
        except RuntimeError as error:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from error
        if not path.is_relative_to(below.resolve()):
            raise PermissionError(errno.EACCES, wording.LEADS_ELSEWHERE, str(path))
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    file = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        file.close()
        raise OSError(errno.EINVAL, wording.NOT_REGULAR, str(path))
    return file


def read_regular(path: Path, most: int, below: Path | None = None) -> bytes:
    """The first `most` bytes of a regular file; see `open_regular`."""
    with open_regular(path, below) as file:
        return file.read(most)


class DiskThreads:
    """Runs what reads or writes files in threads of its own, a few at a time for each directory: a disk that does not
    answer holds up nobody but those who ask for what lies on it, and not the end of the bridge."""

    def __init__(self, limit: float = _LIMIT) -> None:
        """`limit`: seconds that each piece of work may take."""
        self._limit = limit
        self._free: dict[Path, asyncio.Semaphore] = {}

    async def run(self, where: Path, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `work`, which is about a directory, returns or raises. TimeoutError (an OSError, with words for people)
        when it takes too long; it is left to itself then."""
        loop, free = asyncio.get_running_loop(), self._free.setdefault(where, asyncio.Semaphore(_MOST))
        done: asyncio.Future[T] = loop.create_future()

        def finish(result: T | None, error: BaseException | None) -> None:
            free.release()
            if done.cancelled():
                return
            if error is not None:
                done.set_exception(error)
            else:
                done.set_result(result)  # pyright: ignore[reportArgumentType] - there is no error, so it is a T

        def thread() -> None:
            result, failure = None, None
            try:
                result = work(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - it is the caller's
                failure = error
            with suppress(RuntimeError):  # the loop is closed: the bridge has left
                loop.call_soon_threadsafe(finish, result, failure)

        try:
            async with asyncio.timeout(self._limit):
                await free.acquire()
                threading.Thread(target=thread, name=f"disk {where}", daemon=True).start()
                return await done
        except TimeoutError as error:
            raise TimeoutError(errno.ETIMEDOUT, wording.not_within(self._limit, wording.DISK_SILENT)) from error
