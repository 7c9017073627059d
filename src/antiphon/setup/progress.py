"""How far set-up has come: kept in the state directory, so that an interrupted one goes on. Holds no secret: the bot
token lies beside the configuration, for its owner alone."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from antiphon.agent.json_values import array, mapping
from antiphon.errors import StoreError

_FILE = "setup.json"


@dataclass(slots=True)
class Progress:
    """What was answered so far; 0, "" and None: nothing yet. `people`: None: not asked yet; (): the owner alone."""

    server: int = 0
    channel: int = 0
    directory: str = ""
    people: tuple[int, ...] | None = None

    def save(self, state: Path) -> None:
        """StoreError: the directory takes no file."""
        try:
            state.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_private(state / _FILE, json.dumps(asdict(self)))
        except OSError as error:
            raise StoreError(f"{error.filename}: {error.strerror}") from None


def load(state: Path) -> Progress:
    """What an earlier one has left; a file that cannot be read is none."""
    try:
        found = mapping(json.loads((state / _FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        return Progress()
    people = found.get("people")
    return Progress(
        _number(found.get("server")),
        _number(found.get("channel")),
        str(found.get("directory") or ""),
        None if people is None else tuple(_number(one) for one in array(people)),
    )


def forget(state: Path) -> None:
    """It is finished."""
    (state / _FILE).unlink(missing_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user can read, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
