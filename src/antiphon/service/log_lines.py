"""The bridge's own log file for people: its last lines, and those that come, also where it is rotated meanwhile."""

import json
import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

_LOOK = 0.5  # seconds between two looks at a file that is followed


def shown(line: str) -> str:
    """A line of the file as one for people; what is none of ours as it is."""
    try:
        told: dict[str, Any] = json.loads(line)
        text = f"{told['time'][:19].replace('T', ' ')} {told['level']} {told['message']}"
        return f"{text}\n{told['exception']}" if "exception" in told else text
    except (ValueError, KeyError, TypeError):
        return line.rstrip("\n")


def last(path: Path, lines: int) -> Iterator[str]:
    """The last so many. OSError: it cannot be read."""
    with path.open(encoding="utf-8", errors="replace") as file:
        yield from map(shown, deque(file, maxlen=lines))


def followed(path: Path, lines: int, pause: Callable[[float], None] = time.sleep) -> Iterator[str]:
    """The last so many, and then each that comes, for ever. OSError: it cannot be read. `pause`: waits so many
    seconds."""
    file = path.open(encoding="utf-8", errors="replace")
    try:
        for line in deque(file, maxlen=lines):
            yield shown(line)
        part = ""
        while True:
            part += file.readline()
            if part.endswith("\n"):
                yield shown(part)
                part = ""
            elif _is_another(path, file):
                file.close()
                file = path.open(encoding="utf-8", errors="replace")
            else:
                pause(_LOOK)
    finally:
        file.close()


def _is_another(path: Path, file: TextIO) -> bool:
    """Whether a new file stands where that one was, and has been read to its end."""
    with suppress(OSError):
        return not os.path.samestat(path.stat(), os.fstat(file.fileno()))
    return False
