"""How far set-up has come: kept in the state directory, so that an interrupted one goes on. Holds no secret: the bot
token lies beside the configuration, for its owner alone."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from antiphon.agent.json_values import array, mapping
from antiphon.attach.state import save
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
            save(state / _FILE, json.dumps(asdict(self)).encode())
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


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
