"""A file for a bug report: what the doctor finds, versions, configuration, status and the end of the log, without
secrets. What people and Claude have said may be in the log: whoever sends it looks through it first."""

import json
import platform
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from antiphon import __version__
from antiphon.agent.redaction import Redaction
from antiphon.core.health import Finding
from antiphon.errors import StoreError
from antiphon.status import FILE

_LOG = "antiphon.log"
_MOST = 2 << 20  # bytes of the log's end
_LARGEST = 1 << 20  # bytes of the configuration
_PACKAGES = ("antiphon", "discord.py", "claude-agent-sdk", "aiohttp", "sqlalchemy", "pydantic")


def write_bundle(
    path: Path, findings: Sequence[Finding], config: Path | None, state: Path, secrets: Sequence[str]
) -> None:
    """Make the file, for this user alone; never over one that is there. StoreError: it cannot be made."""
    redaction = Redaction(tuple(secrets))
    try:
        path.touch(mode=0o600, exist_ok=False)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, text in _parts(findings, config, state):
                bundle.writestr(name, redaction.text(text))
    except OSError as error:
        raise StoreError(f"{error.filename}: {error.strerror}") from None


def _parts(findings: Sequence[Finding], config: Path | None, state: Path) -> Iterator[tuple[str, str]]:
    yield "versions.json", json.dumps(_versions(), indent=1)
    yield "doctor.json", json.dumps([asdict(one) for one in findings], indent=1, ensure_ascii=False)
    if config is not None:
        yield "antiphon.toml", _end_of(config, _LARGEST)
    yield FILE, _end_of(state / FILE, _LARGEST)
    yield _LOG, _end_of(state / _LOG, _MOST)


def _versions() -> Mapping[str, str]:
    found = {"antiphon": __version__, "python": platform.python_version(), "system": platform.platform()}
    for name in _PACKAGES[1:]:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _end_of(file: Path, most: int) -> str:
    """Its last bytes as text; why not, where it cannot be read."""
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, file.stat().st_size - most))
            return opened.read(most).decode("utf-8", "replace")
    except OSError as error:
        return f"({error.strerror})"
