"""What the service is to run, and with what: the command, the environment of the installing shell as far as a bridge or
Claude Code needs it, and how long stopping takes."""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from antiphon.config.load import SECRETS, state_directory
from antiphon.config.sections import LimitsSection
from antiphon.config.variables import NAMES
from antiphon.errors import ConfigError
from antiphon.service import wording

CLOSING = 60.0  # seconds that a bridge needs to leave, besides what its configuration gives turns and processes

# Claude Code's own, which a login shell often sets; never those of a session from within which this is called.
_NAMES = frozenset(
    {
        *("LANG", "LC_ALL", "LC_CTYPE", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "API_TIMEOUT_MS"),
        *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
        *NAMES,
        *SECRETS,
    }
)
_PREFIXES = ("ANTHROPIC_", "CLAUDE_CODE_USE_", "CLAUDE_CODE_SKIP_", "CLAUDE_CODE_DISABLE_", "DISABLE_")
_PATHS = ("ANTIPHON_STATE_DIR", "CLAUDE_CONFIG_DIR", "CLAUDE_WORKING_DIR")  # that need not be absolute in a shell
_SECRET = re.compile(r"KEY|TOKEN|SECRET|HEADERS|PASSWORD")  # in a name
_WITH_PASSWORD = re.compile(r"://[^/\s]*@")  # in an address


@dataclass(frozen=True, slots=True)
class Plan:
    """`environment`: what anybody of this user may read, PATH included; `secrets`: what stands in a file for them
    alone; `directory`: where the bridge starts, from which the paths of its configuration count; `stop`: seconds that
    it may take to leave."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    secrets: Mapping[str, str]
    directory: Path
    state: Path
    stop: float


def planned(env: Mapping[str, str], config: Path | None, limits: LimitsSection, directory: Path) -> Plan:
    """What is to run with this configuration, which a bridge can start with. ConfigError: a variable is none for a
    service."""
    kept = {name: value for name, value in env.items() if name in _NAMES or name.startswith(_PREFIXES)}
    kept |= {name: str(directory / os.path.expanduser(kept[name])) for name in _PATHS if name in kept}
    if config is None:
        kept.setdefault("CLAUDE_WORKING_DIR", str(directory))
    if odd := [name for name, value in kept.items() if any(one in value for one in "\n\r\0")]:
        raise ConfigError(tuple(wording.several_lines(name) for name in odd))
    secrets = {name: value for name, value in kept.items() if _is_secret(name, value)}
    plain = {name: value for name, value in kept.items() if name not in secrets}
    plain["PATH"] = _path(env)
    file = () if config is None else ("-c", str(config.absolute()))
    command = (sys.executable, "-P", "-m", "antiphon", "run", *file)
    state = directory / state_directory(env)
    return Plan(command, dict(sorted(plain.items())), secrets, directory, state, limits.drain + limits.stop + CLOSING)


def _is_secret(name: str, value: str) -> bool:
    return name in SECRETS or bool(_SECRET.search(name)) or bool(_WITH_PASSWORD.search(value))


def _path(env: Mapping[str, str]) -> str:
    """The installing shell's, so that claude, git and node are found as there; without what depends on a directory."""
    absolute = [one for one in env.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(one)]
    return os.pathsep.join(dict.fromkeys(absolute)) or os.defpath
