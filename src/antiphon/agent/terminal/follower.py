"""Reads a transcript forward, as it grows. Reads files: not for the event loop."""

import json
import os
from contextlib import suppress
from pathlib import Path

from antiphon.agent.disk.reading import open_regular
from antiphon.agent.disk.transcripts import Line
from antiphon.agent.json_values import mapping, without_surrogates

_AT_ONCE = 16 * 1024 * 1024  # bytes of one look
_LONGEST_LINE = 64 * 1024 * 1024  # bytes; longer ones (a pile of images) are passed over


class Follower:
    """The position in one transcript. Lines that are still being written are left for the next look."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path = path
        self._offset = offset
        self._begun = b""  # of a line whose end was not there yet
        self._passing = False  # over a line that is too long

    def look(self) -> list[Line]:
        """The whole lines that have come since the last look; what is no JSON object is passed over. OSError: the file
        is not there, or cannot be read."""
        with open_regular(self.path) as file:
            size = os.fstat(file.fileno()).st_size
            if size < self._offset:  # it was written anew
                self._offset, self._begun = 0, b""
            if size == self._offset:
                return []
            file.seek(self._offset)
            new = file.read(_AT_ONCE)
        self._offset += len(new)
        *whole, rest = (self._begun + new).split(b"\n")
        if self._passing and whole:
            whole, self._passing = whole[1:], False
        self._begun = rest
        if len(rest) > _LONGEST_LINE:
            self._begun, self._passing = b"", True
        return [line for raw in whole if (line := _parsed(raw)) is not None]


def _parsed(raw: bytes) -> Line | None:
    with suppress(ValueError, RecursionError):
        if line := mapping(json.loads(raw.decode("utf-8", "replace"))):
            return without_surrogates(dict(line))
    return None
