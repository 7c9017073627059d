"""Where the bridge's log goes: the screen, and files in the state directory. Neither has a secret."""

import json
import logging
import os
import sys
from collections.abc import Callable
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from antiphon import wording
from antiphon.errors import StoreError

LOG = "antiphon.log"  # in the state directory
_LOG_BYTES, _LOG_FILES = 10_000_000, 5


class _JsonLines(logging.Formatter):
    """One JSON object a line; what was given as `extra` for a session stands under its own key."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "room": record.name,
            "message": record.getMessage(),
        }
        if session := getattr(record, "session", None):
            line["session"] = session
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class _Redacted(logging.Formatter):
    """Lines of another formatter, without our secrets."""

    def __init__(self, lines: logging.Formatter, redacted: Callable[[str], str]) -> None:
        super().__init__()
        self._lines, self._redacted = lines, redacted

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        return self._redacted(self._lines.format(record))


class _LogFile(RotatingFileHandler):
    """What a full disk does not take is missing here alone; that it is full is said on the screen, once."""

    def _open(self) -> TextIOWrapper:
        """Nobody else may read it: it has what people and Claude have said."""
        file = super()._open()
        os.fchmod(file.fileno(), 0o600)
        return file

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """See logging.Handler."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


def log_to(state: Path, secrets: tuple[str, ...], *, screen: bool = True) -> None:
    """Plain lines for whoever looks on (`screen`); JSON lines with everything in the state directory, rotated. Both
    also have what ends this program unexpectedly; neither has a secret."""
    from antiphon.agent.redaction import Redaction

    try:
        state.mkdir(parents=True, exist_ok=True, mode=0o700)
        if state.stat().st_mode & 0o077:  # somebody else made it, or an earlier version
            state.chmod(0o700)
        file = _LogFile(state / LOG, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{error.filename}: {error.strerror}") from error
    lines = logging.StreamHandler()
    redacted = Redaction(secrets).text
    lines.setFormatter(_Redacted(logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S"), redacted))
    file.setFormatter(_Redacted(_JsonLines(), redacted))
    logging.basicConfig(level=logging.INFO, handlers=[lines, file] if screen else [file])
    logging.getLogger("discord").setLevel(logging.WARNING)
    logging.getLogger("discord.client").addFilter(lambda record: "voice will NOT" not in record.getMessage())
    logging.getLogger("claude_agent_sdk").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    sys.excepthook = _log_crash


def _log_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What Python prints of an exception that nobody has caught."""
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("antiphon").critical(wording.CRASHED, exc_info=(kind, error, trace))
