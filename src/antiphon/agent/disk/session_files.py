"""The files of sessions on this machine's disk: DIRECTORY/<session>/in/<message>/<name> is what people attached.

Promises: a file has its name only when it is whole, and is on the disk when `save` returns. Names are single components
(chat sees to that). May not know: where files come from, and where they go.
"""

import hashlib
import os
import shutil
import stat
from collections.abc import AsyncIterable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from antiphon.agent.disk.reading import DiskThreads, read_regular
from antiphon.core.values import File, MessageId, SessionId


class LocalFiles:
    """Implements core.ports.Files for a worker in this process."""

    def __init__(self, directory: Path, disk: DiskThreads) -> None:
        self._directory = directory
        self._disk = disk

    async def find(self, session: SessionId, message: MessageId, name: str, size: int) -> File | None:
        path = self._of_message(session, message) / name
        with suppress(OSError):
            found = await self._disk.run(self._directory, path.lstat)
            if stat.S_ISREG(found.st_mode) and found.st_size == size:
                return File(name, str(path), size)
        return None

    async def save(self, session: SessionId, message: MessageId, name: str, content: AsyncIterable[bytes]) -> File:
        path = self._of_message(session, message) / name
        partial = path.parent / f".{hashlib.sha256(name.encode()).hexdigest()[:32]}.part"
        size = 0
        try:
            with await self._disk.run(self._directory, _create, partial) as file:
                async for chunk in content:
                    size += len(chunk)
                    await self._disk.run(self._directory, file.write, chunk)
                await self._disk.run(self._directory, _publish, file, partial, path)
        finally:
            with suppress(OSError):  # it is not there, or nothing can be
                await self._disk.run(self._directory, partial.unlink)
        return File(name, str(path), size)

    async def read(self, session: SessionId, path: str, most: int | None = None) -> bytes:
        return await self._disk.run(self._directory, read_regular, Path(path), -1 if most is None else most)

    async def drop(self, session: SessionId, message: MessageId) -> None:
        await self._disk.run(self._directory, shutil.rmtree, self._of_message(session, message), ignore_errors=True)

    def _of_message(self, session: SessionId, message: MessageId) -> Path:
        return self._directory / session / "in" / str(message)


def remove_old(directory: Path, before: float) -> int:
    """Remove the files of each message that has not changed since `before` (epoch seconds): Claude Code has what it was
    shown in its transcript, and Discord what was sent. How many messages they were of. Reads and writes files."""
    removed = 0
    for message in (*directory.glob("*/in/*"), *directory.glob("*/out/*")):
        with suppress(OSError):
            if not message.is_symlink() and message.is_dir() and message.stat().st_mtime < before:
                shutil.rmtree(message)
                removed += 1
    for empty in (*directory.glob("*/in"), *directory.glob("*/out"), *directory.glob("*")):
        with suppress(OSError):  # it is not
            if empty.stat().st_mtime < before:
                empty.rmdir()
    return removed


def _create(partial: Path) -> BinaryIO:
    partial.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial.unlink(missing_ok=True)  # Claude can write here: it is ours alone, and no pipe
    return partial.open("xb")


def _publish(file: BinaryIO, partial: Path, path: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    partial.replace(path)
