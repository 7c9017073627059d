"""Where the endpoint is, and what opens it: one small file that only this user can read. Pure but for that file.

The port is chosen once, when attaching is switched on: it stands in the hooks of sessions that run, which read it at
their start alone.
"""

import json
import os
import secrets
import socket
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "attach.json"  # in the state directory
WEBHOOK = "webhook.toml"  # beside it: the configuration of a bridge that has a webhook and no bot
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
    """OSError: it cannot be."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    (state / BELLS).mkdir(exist_ok=True, mode=0o700)
    save(state / FILE, json.dumps(asdict(found)).encode())


def save(path: Path, content: bytes, mode: int = 0o600) -> None:
    """All of it or nothing, on the disk; while it is being written only this user can read it. OSError."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with suppress(OSError):  # there is none yet, or we may not give files away
                os.fchown(descriptor, path.stat().st_uid, path.stat().st_gid)
            os.fchmod(descriptor, mode)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def create(config: str) -> AttachState:
    """A new secret, and a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return AttachState(port, secrets.token_urlsafe(_TOKEN_BYTES), config)
