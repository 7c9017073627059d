"""The files of sessions on this machine's disk: DIRECTORY/<session>/in/<message>/<name> is what people attached.

Promises: a file has its name only when it is whole, and is on the disk when `save` returns. Names are single components
(chat sees to that). May not know: where files come from, and where they go.
"""

import asyncio
import hashlib
import os
import shutil
import stat
from collections.abc import AsyncIterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from antiphon.core.values import File, MessageId, SessionId


class LocalFiles:
    """Implements core.ports.Files for a worker in this process."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def find(self, session: SessionId, message: MessageId, name: str, size: int) -> File | None:
        path = self._of_message(session, message) / name
        with suppress(OSError):
            if (await asyncio.to_thread(path.stat)).st_size == size:
                return File(name, str(path), size)
        return None

    async def save(self, session: SessionId, message: MessageId, name: str, content: AsyncIterable[bytes]) -> File:
        path = self._of_message(session, message) / name
        partial = path.parent / f".{hashlib.sha256(name.encode()).hexdigest()[:32]}.part"
        size = 0
        try:
            with await asyncio.to_thread(_create, partial) as file:
                async for chunk in content:
                    size += len(chunk)
                    await asyncio.to_thread(file.write, chunk)
                await asyncio.to_thread(_publish, file, partial, path)
        finally:
            with suppress(OSError):  # it is not there, or nothing can be
                await asyncio.to_thread(partial.unlink)
        return File(name, str(path), size)

    async def read(self, session: SessionId, path: str, most: int | None = None) -> bytes:
        def content() -> bytes:
            with Path(path).open("rb") as file:
                return file.read(-1 if most is None else most)

        return await asyncio.to_thread(content)

    async def drop(self, session: SessionId, message: MessageId) -> None:
        await asyncio.to_thread(shutil.rmtree, self._of_message(session, message), ignore_errors=True)

    def _of_message(self, session: SessionId, message: MessageId) -> Path:
        return self._directory / session / "in" / str(message)


def _create(partial: Path) -> BinaryIO:
    partial.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return partial.open("wb")


def _publish(file: BinaryIO, partial: Path, path: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    partial.replace(path)


def read_regular(path: Path, most: int) -> bytes | None:
    """A regular file's content, or its first `most` bytes; None: it is something else. Never waits: a pipe is opened,
    and refused. OSError when it cannot be read, or is a symbolic link."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        return file.read(most) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
