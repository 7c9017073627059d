"""Files from Discord onto the worker's disk, before the message counts as accepted.

Promises: what is named in an `Attachments` is complete on disk; what is not, is told in its notes. A name from Discord
cannot leave the message's own directory. Fetching a message again finds what is there already.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace

import aiohttp

from antiphon.chat.inbound import wording
from antiphon.chat.inbound.intake import Attachment, FetchedFiles
from antiphon.core.file_names import numbered, safe_name
from antiphon.core.file_types import SAMPLE, Kind, in_words, kind_of
from antiphon.core.ports import Files
from antiphon.core.values import Attachments, File, MessageId, SessionId

log = logging.getLogger(__name__)

_TRIES, _FIRST_PAUSE = 3, 0.3  # and seconds before the second one, tripled for the third
_PATIENCE = 30.0  # seconds for one file, all tries together
_AT_ONCE = 4  # files fetched side by side: ten that hang hold a channel up for 90 s at most
_CHUNK = 256 * 1024
_LONGEST_PASTE = 100 * 1024  # bytes of a message.txt that is taken for the prompt itself
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileLimits:
    """How much one message may bring: how many files, and megabytes (of 1,048,576 bytes) each and together."""

    count: int
    megabytes: float
    total_megabytes: float


class Downloads:
    """Fetches what people attach, and keeps it where the session's worker has its files."""

    def __init__(self, files: Files, limits: FileLimits) -> None:
        self._files = files
        self._limits = limits

    async def fetch(
        self, session: SessionId, message: MessageId, files: Sequence[Attachment], paste: bool
    ) -> FetchedFiles:
        """Save the files of a message. `paste`: the first one may be the prompt itself.

        Never raises for a file that cannot be had (a note says so); waits at most 30 s for each.
        """
        if not files:
            return FetchedFiles()
        taken, notes = admitted(files, self._limits)
        gate = asyncio.Semaphore(_AT_ONCE)
        async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:
            fetching = [
                group.create_task(self._fetch(http, gate, one, _Target(session, message, name)), name=f"fetch {one.id}")
                for one, name in taken
            ]
        saved: list[File] = []
        pasted: str | None = None
        for (one, name), task in zip(taken, fetching, strict=True):
            file = task.result()
            seen = None if file is None else await self._inspect(session, file)
            if file is None or seen is None:
                notes.append(wording.NOT_FETCHED.format(file=f"{name} ({in_words(one.size)})"))
                continue
            kind, text = seen
            if paste and one is files[0] and text is not None:
                pasted = text
            else:
                saved.append(replace(file, name=name))
                if remark := wording.FILE_REMARKS.get(kind):
                    notes.append(f"{name} {remark}")
        return FetchedFiles(Attachments(tuple(saved), tuple(notes)), pasted)

    async def drop(self, sessions: Iterable[SessionId], message: MessageId) -> None:
        """Remove what a message brought, in whichever of these sessions it was."""
        for session in sessions:
            await self._files.drop(session, message)

    async def _fetch(
        self, http: aiohttp.ClientSession, gate: asyncio.Semaphore, one: Attachment, target: "_Target"
    ) -> File | None:
        """None: it could not be had."""
        for name in (numbered(safe_name(one.name), one.id), target.name):  # of an earlier try: either may be its name
            if (kept := await self._files.find(target.session, target.message, name, one.size)) is not None:
                return kept
        try:
            async with gate, asyncio.timeout(_PATIENCE):
                for attempt in range(_TRIES):
                    try:
                        content = _content(http, one, self._limits.megabytes * _MEGABYTE)
                        return await self._files.save(target.session, target.message, target.name, content)
                    except (aiohttp.ClientError, OSError, TypeError, ValueError) as error:  # the last: it is no URL
                        log.warning("attachment %s, try %d of %d: %s", one.id, attempt + 1, _TRIES, error)
                        await asyncio.sleep(_FIRST_PAUSE * 3**attempt if attempt + 1 < _TRIES else 0)
        except TimeoutError:
            log.warning("attachment %s did not come within %.0f s", one.id, _PATIENCE)
        return None

    async def _inspect(self, session: SessionId, file: File) -> tuple[Kind, str | None] | None:
        """What a file is, and its text where it may be a prompt; None: it cannot be read."""
        short = file.size <= _LONGEST_PASTE
        try:
            data = await self._files.read(session, file.path, _LONGEST_PASTE if short else SAMPLE)
        except OSError as error:
            log.warning("what was fetched cannot be read: %s", error)
            return None
        kind = kind_of(file.name, data, whole=len(data) == file.size)
        is_text = kind == "text" and short and bool(data.strip())
        return kind, data.decode("utf-8-sig") if is_text else None


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a file goes."""

    session: SessionId
    message: MessageId
    name: str


async def _content(http: aiohttp.ClientSession, one: Attachment, most: float) -> AsyncIterator[bytes]:
    """Piece by piece: a message may bring more than memory should hold."""
    async with http.get(one.url) as response:
        response.raise_for_status()
        async for chunk in response.content.iter_chunked(_CHUNK):
            most -= len(chunk)
            if most < 0:
                raise OSError("it is larger than was announced, and than the limit")
            yield chunk


def admitted(files: Sequence[Attachment], limits: FileLimits) -> tuple[list[tuple[Attachment, str]], list[str]]:
    """The files that are within the limits, each with its name on our disk; and a remark about each of the others."""
    taken: list[tuple[Attachment, str]] = []
    notes: list[str] = []
    total = 0
    for one, name in zip(files, safe_names(files), strict=True):
        about = f"{name} ({in_words(one.size)})"
        if one.size > limits.megabytes * _MEGABYTE:
            notes.append(wording.FILE_TOO_LARGE.format(file=about, most=limits.megabytes))
        elif len(taken) >= limits.count:
            notes.append(wording.TOO_MANY_FILES.format(file=about, most=limits.count))
        elif total + one.size > limits.total_megabytes * _MEGABYTE:
            notes.append(wording.FILES_TOO_LARGE.format(file=about, most=limits.total_megabytes))
        else:
            taken.append((one, name))
            total += one.size
    return taken, notes


def safe_names(files: Iterable[Attachment]) -> list[str]:
    """A file name for each: one component, 1 to 100 characters, none twice (also where case does not count)."""
    names: list[str] = []
    used: set[str] = set()
    for one in files:
        name = safe_name(one.name)
        if name.casefold() in used:
            name = numbered(name, one.id)
        used.add(name.casefold())
        names.append(name)
    return names
