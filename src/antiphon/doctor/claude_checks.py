"""Whether Claude Code is there, is one that we know, and is logged in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from antiphon.agent.process.installation import bundled
from antiphon.agent.process.login import LoginStatus, login_status
from antiphon.core.health import Finding
from antiphon.doctor import wording
from antiphon.doctor.machine_facts import run

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
_LIMIT = 30.0  # seconds for its version; a cold disk has 380 MB to read
_DAY = 86_400.0
_SOON = 7  # days before its end that a login is said to end
_METHODS = {
    "claude.ai": "a subscription",
    "api_key": "an API key",
    "oauth_token": "a token of claude setup-token",
    "none": "",
}

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class ClaudeFacts:
    """`exists`: there is an executable; `version`: what it says, None: it does not answer; `known`: the version that we
    are tested with; `login`: None: it does not tell."""

    path: Path
    exists: bool
    version: Version | None
    known: Version | None
    login: LoginStatus | None


async def claude_facts(command: Path | None, environment: Mapping[str, str]) -> ClaudeFacts:
    """Ask Claude Code, the one that Antiphon brings along where no other is configured. `environment`: what it may
    see."""
    own = bundled()
    path = command or own
    found = await run(str(path), "--version", limit=_LIMIT, environment=environment)
    known = found if path == own else await run(str(own), "--version", limit=_LIMIT, environment=environment)
    version = version_in(found.text) if found.code == 0 else None
    login = None if version is None else await login_status(path, environment)
    return ClaudeFacts(path, path.is_file(), version, version_in(known.text), login)


def claude_findings(facts: ClaudeFacts, now: float) -> Iterator[Finding]:
    """Pure; `now` in epoch seconds."""
    if not facts.exists:
        yield Finding("claude.command", "failure", wording.NO_CLAUDE.format(path=facts.path), wording.NO_CLAUDE_WAY)
        return
    if facts.version is None:
        way = wording.CLAUDE_SILENT_WAY.format(path=facts.path)
        yield Finding("claude.command", "failure", wording.CLAUDE_SILENT.format(path=facts.path), way)
        return
    version = shown(facts.version)
    if facts.known is not None and facts.version < facts.known:
        text = wording.OLD_CLAUDE.format(version=version, known=shown(facts.known))
        yield Finding("claude.command", "warning", text, wording.OLD_CLAUDE_WAY)
    else:
        yield Finding("claude.command", "well", wording.CLAUDE.format(version=version, path=facts.path))
    if facts.login is not None:
        yield _login_finding(facts.login, now)


def _login_finding(login: LoginStatus, now: float) -> Finding:
    if not login.logged_in:
        return Finding("claude.login", "failure", wording.NOT_LOGGED_IN, wording.NOT_LOGGED_IN_WAY)
    if login.ends is not None and login.ends <= now:
        return Finding("claude.login", "failure", wording.LOGIN_ENDED, wording.NOT_LOGGED_IN_WAY)
    days = None if login.ends is None else int((login.ends - now) / _DAY)
    if days is not None and days < _SOON:
        text = wording.LOGIN_ENDS.format(days=days)
        return Finding("claude.login", "warning", text, wording.NOT_LOGGED_IN_WAY)
    how = _METHODS.get(login.method, login.method)
    return Finding("claude.login", "well", wording.LOGGED_IN.format(how=how))


def version_in(text: str) -> Version | None:
    """The first version number of a text."""
    found = _VERSION.search(text)
    return None if found is None else (int(found[1]), int(found[2]), int(found[3]))


def shown(version: Version) -> str:
    return ".".join(map(str, version))
