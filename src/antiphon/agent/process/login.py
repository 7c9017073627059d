"""Whether Claude Code is logged in: asked of itself, which costs 0.3 s and no request to Anthropic (measured)."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from antiphon.agent import wording
from antiphon.agent.json_values import mapping
from antiphon.agent.process.installation import Installation
from antiphon.core.health import LOGIN, Health

_LIMIT = 30.0  # seconds for the answer; a cold disk has 380 MB to read
_AGAIN = 60.0  # seconds until it is asked again, while it is not
# The sources of a token that a person's own subscription pays for, as Claude Code names them (measured, CLI 2.1).
_SUBSCRIPTIONS = frozenset(
    {"claude.ai", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR", "CCR_OAUTH_TOKEN_FILE"}
)


@dataclass(frozen=True, slots=True)
class LoginStatus:
    """`method`: as Claude Code names it ("claude.ai", "api_key"); `ends`: epoch seconds, None: it does not say."""

    logged_in: bool
    method: str
    ends: float | None = None


async def watch_login(launch: Installation, executable: Path, health: Health) -> None:
    """Say what is to be done while Claude Code is not logged in; returns when it is, or does not tell."""
    while await _logged_in(launch.command) is False:
        health.begin(LOGIN, wording.not_logged_in(executable))
        await asyncio.sleep(_AGAIN)
    health.over(LOGIN, wording.LOGGED_IN)


def is_subscription(told: Mapping[str, Any] | None) -> bool:
    """Whether a subscription pays, by what Claude Code tells at its start. With an API key, or at another provider, the
    dollars that it counts are charged."""
    account = mapping(mapping(told).get("account"))
    return (
        account.get("apiProvider") == "firstParty"
        and account.get("tokenSource") in _SUBSCRIPTIONS
        and not account.get("apiKeySource")
    )


async def _logged_in(command: Path) -> bool | None:
    status = await login_status(command)
    return None if status is None else status.logged_in


async def login_status(command: Path, environment: Mapping[str, str] | None = None) -> LoginStatus | None:
    """What Claude Code says of its login; None: it does not tell, or another provider than Anthropic is used, which it
    knows nothing about. `environment`: that it is asked in; None: ours."""
    quiet = asyncio.subprocess.DEVNULL
    words = (str(command), "auth", "status")
    try:
        asked = await asyncio.create_subprocess_exec(
            *words, stdin=quiet, stdout=asyncio.subprocess.PIPE, stderr=quiet, env=environment
        )
    except OSError:
        return None
    try:
        async with asyncio.timeout(_LIMIT):
            told, _ = await asked.communicate()
        found = mapping(json.loads(told))
    except (TimeoutError, ValueError, RecursionError):
        return None
    finally:
        if asked.returncode is None:
            with suppress(ProcessLookupError):
                asked.kill()
    if found.get("apiProvider") != "firstParty" or "loggedIn" not in found:
        return None
    ends = found.get("loginExpiresAt")
    return LoginStatus(bool(found["loggedIn"]), str(found.get("authMethod", "")), _instant(ends))


def _instant(told: object) -> float | None:
    """As ISO 8601, or in milliseconds."""
    with suppress(ValueError, OverflowError):
        if isinstance(told, int | float):
            return told / 1000
        if isinstance(told, str):
            return datetime.fromisoformat(told).timestamp()
    return None
