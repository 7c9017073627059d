"""An environment from nothing, for everything that starts the `claude` executable."""

import os
from pathlib import Path

import pytest


def from_nothing(home: Path, model: str) -> dict[str, str]:
    """Temporary home and configuration, a dummy key, the scripted model: nothing of this machine but PATH."""
    return {
        "PATH": os.environ["PATH"],  # noqa: TID251
        "HOME": str(home),
        "CLAUDE_CONFIG_DIR": str(home / ".claude"),
        "ANTHROPIC_BASE_URL": model,
        "ANTHROPIC_API_KEY": "scripted-model",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "LANG": "C.UTF-8",
    }


def replace_environment(patch: pytest.MonkeyPatch, env: dict[str, str]) -> None:
    """Make `env` all that this process, and what it starts, has."""
    for name in list(os.environ):  # noqa: TID251
        patch.delenv(name)
    for name, value in env.items():
        patch.setenv(name, value)
