"""Where the endpoint is, and what opens it: one small file that only this user can read. Pure but for that file.

The port is chosen once, when attaching is switched on: it stands in the hooks of sessions that run, which read it at
their start alone.
"""

import json
import os
import secrets
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "attach.json"  # in the state directory
BELLS = "terminals"  # the directory, beside it, in which sessions leave word and are woken
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class AttachState:
    """`port`: of the endpoint, on 127.0.0.1; `secret`: without it nobody gets anything there; `config`: the
    configuration file with which the bridge starts ("": none, the environment has it all)."""

    port: int
    secret: str
    config: str = ""


def read(state: Path) -> AttachState | None:
    """None: attaching is switched off, or the file is not what it should be."""
    with suppress(OSError, ValueError, TypeError, LookupError):
        told = json.loads((state / FILE).read_text(encoding="utf-8"))
        return AttachState(int(told["port"]), str(told["secret"]), str(told.get("config", "")))
    return None


def write(state: Path, found: AttachState) -> None:
    """All of it or nothing; for this user alone. OSError."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    (state / BELLS).mkdir(exist_ok=True, mode=0o700)
    part = state / f"{FILE}.part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(found), file)
    part.replace(state / FILE)


def create(config: str) -> AttachState:
    """A new secret, and a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return AttachState(port, secrets.token_urlsafe(_TOKEN_BYTES), config)
