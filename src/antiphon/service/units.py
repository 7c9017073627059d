"""What systemd and launchd are told of the bridge: pure."""

import plistlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from antiphon.errors import BadToken, ClaudeMissing, ConfigError, MissingIntent, TokenInUse

NAME = "antiphon.service"
LABEL = "io.antiphon.bridge"  # launchd's name for it
MARK = "# Made by `antiphon service install`; `antiphon service remove` takes it away."
WATCHDOG = 60  # seconds without a sign of life after which the bridge is killed and started again
_DRAIN = 40  # seconds beyond the configuration's `drain` that a stop may take
# What no restart mends: somebody has to.
_HOPELESS = sorted({one.exit_code for one in (ConfigError, BadToken, MissingIntent, TokenInUse, ClaudeMissing)})


@dataclass(frozen=True, slots=True)
class BridgeUnit:
    """What runs: `command` in `directory`, with this PATH; `drain`: seconds that running turns have to end; `log`:
    where launchd writes what the bridge prints."""

    command: Sequence[str]
    directory: Path
    path: str
    drain: float
    log: Path


def systemd_unit(service: BridgeUnit) -> str:
    """A unit of the user's. It is killed as a whole only after the bridge has ended: what Claude Code runs ends with
    it."""
    return "\n".join(
        [
            MARK,
            "[Unit]",
            "Description=Antiphon: Claude Code in Discord",
            "StartLimitIntervalSec=0",
            "",
            "[Service]",
            "Type=notify",
            "NotifyAccess=main",
            f"ExecStart={' '.join(map(_word, service.command))}",
            f"WorkingDirectory={_escaped(str(service.directory))}",
            f"Environment={_quoted(f'PATH={service.path}')}",
            "UMask=0077",
            "Restart=always",
            "RestartSec=5",
            f"RestartPreventExitStatus={' '.join(map(str, _HOPELESS))}",
            f"WatchdogSec={WATCHDOG}",
            "WatchdogSignal=SIGKILL",
            "KillMode=mixed",
            f"TimeoutStopSec={int(service.drain) + _DRAIN}",
            "",
            "[Install]",
            "WantedBy=default.target",
            "",
        ]
    )


def launchd_plist(service: BridgeUnit) -> bytes:
    """An agent of the user's. launchd has no watchdog: one that hangs is found by `antiphon status` alone."""
    return plistlib.dumps(
        {
            "Label": LABEL,
            "ProgramArguments": list(service.command),
            "WorkingDirectory": str(service.directory),
            "EnvironmentVariables": {"PATH": service.path},
            "RunAtLoad": True,
            "KeepAlive": True,
            "ThrottleInterval": 10,
            "ExitTimeOut": int(service.drain) + _DRAIN,
            "StandardOutPath": str(service.log),
            "StandardErrorPath": str(service.log),
            "ProcessType": "Background",
            "Umask": 0o077,
        }
    )


def _word(word: str) -> str:
    """Of a command line, where variables are put in too (systemd.service, "Command lines")."""
    return _quoted(word).replace("$", "$$")


def _quoted(word: str) -> str:
    """As systemd reads a word or an assignment (systemd.syntax, "Quoting")."""
    return '"' + _escaped(word).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _escaped(text: str) -> str:
    """Without specifiers (systemd.unit, "Specifiers")."""
    return text.replace("%", "%%")
