"""All that a bridge needs, in one temporary directory: a home of its own, a project under git, a configuration.

Nothing of this machine's own home, settings or credentials is read or written.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from antiphon.demo.playground import FILES

_ALLOWED = ("Bash", "Read", "Edit", "Write", "Glob", "Grep")


@dataclass(frozen=True, slots=True)
class World:
    """`root`: the temporary directory. `about`: what the stand-in says of itself. `path`: where programs are found.
    `key`: Anthropic's, for the real model; None: the scripted one."""

    root: Path
    about: Mapping[str, Any]
    path: str
    key: str | None = None

    @property
    def project(self) -> Path:
        """The directory that Claude works in."""
        return self.root / "playground"

    @property
    def config(self) -> Path:
        """The bridge's configuration file."""
        return self.root / "antiphon.toml"

    def environment(self) -> dict[str, str]:
        """The bridge's whole environment, built from nothing."""
        home = self.root / "home"
        env = {
            "PATH": self.path,
            "HOME": str(home),
            "CLAUDE_CONFIG_DIR": str(home / ".claude"),
            "ANTIPHON_STATE_DIR": str(self.root / "state"),
            "XDG_RUNTIME_DIR": str(self.root / "run"),
            "ANTIPHON_DISCORD_API": self.about["api"],
            "DISCORD_BOT_TOKEN": self.about["bot_token"],
            "ANTHROPIC_API_KEY": self.key or "scripted-model",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            "LANG": "C.UTF-8",
        }
        return env if self.key else {**env, "ANTHROPIC_BASE_URL": self.about["model"]}

    def configure(self, sections: Mapping[str, Mapping[str, Any]] = MappingProxyType({}), **project: Any) -> None:
        """Write the configuration anew: the playground with other values of its own, and whole sections besides.

        Values are texts, numbers, booleans and lists of them, whose JSON is TOML as well. A bridge that is stopped here
        waits for no turn, and none keeps the machine awake, unless `sections` says so.
        """
        playground = {
            "directory": str(self.project),
            "channels": [int(channel) for channel in self.about["channels"].values()],
            "permission_mode": "acceptEdits",
            "allowed_tools": _ALLOWED,
            **project,
        }
        limits = {"drain": 0, **sections.get("limits", {})}
        machine = {"stay_awake": False, **sections.get("machine", {})}
        tables = {**sections, "limits": limits, "machine": machine, "projects.playground": playground}
        lines = [
            f"{line}\n"
            for name, values in tables.items()
            for line in (
                f"[{name}]",
                *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()),
            )
        ]
        self.config.write_text("".join(lines))

    async def create(self) -> None:
        """Create home, project and configuration."""
        await asyncio.to_thread(self._write)
        who = ("-c", "user.name=Antiphon", "-c", "user.email=demo@example.invalid")
        for arguments in (("init", "--quiet"), ("add", "."), (*who, "commit", "--quiet", "-m", "A playground")):
            git = await asyncio.create_subprocess_exec("git", *arguments, cwd=self.project, env=self.environment())
            await git.wait()

    def _write(self) -> None:
        (self.root / "home").mkdir()
        (self.root / "run").mkdir(mode=0o700)
        self.project.mkdir()
        for name, text in FILES.items():
            (self.project / name).write_text(text)
        self.configure()
