"""The plugin that Claude Code reads: hooks and an MCP server, as values and as files. Pure but for `write`.

It is read from its directory at each session's start: what it says is renewed by writing it anew. (Claude Code also
copies it when it is installed, and does not read the copy.)
"""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from antiphon.attach import wording
from antiphon.attach.headers import HOSTED, SECRET, VARIABLES
from antiphon.attach.state import BELLS, FILE, AttachState, save
from antiphon.tools.definitions import TOOLS, listed

NAME = "antiphon"
DIRECTORY = "plugin"  # in the state directory
_TOOLS = "tools.json"  # what the MCP server lists
_QUICK = 1  # seconds until a hook does without us
_ASKED = 86_400  # seconds for which a request waits for a person
_START = 5  # seconds for the script at a session's start
# Its name is what makes `/antiphon off` reach our hook, which answers in its place: Claude gets this only if none did.
_SKILL = f"""---
name: {NAME}
description: {wording.SKILL}
argument-hint: off|on
disable-model-invocation: true
---
{wording.NO_BRIDGE}
"""
_HTTP = (
    "UserPromptSubmit", "PreToolUse", "PostToolUse", "PostToolUseFailure", "PermissionRequest", "MessageDisplay",
    "Stop", "StopFailure", "SubagentStart", "SubagentStop", "PreCompact", "SessionEnd",
)  # fmt: skip


def hooks(state: AttachState, directory: Path, start: Sequence[str]) -> Mapping[str, Any]:
    """All hooks, as a settings file or a plugin has them. `directory`: the bridge's state; `start`: the command that
    starts the bridge, empty for none."""
    scripts = directory / DIRECTORY / NAME / "scripts"
    begin = ["/bin/sh", str(scripts / "start.sh"), str(directory / BELLS), *start]
    wake = [sys.executable, "-I", "-S", str(scripts / "wake.py"), str(directory / FILE), str(directory / BELLS)]
    found: dict[str, Any] = {
        "SessionStart": [{"type": "command", "command": shlex.join(begin), "timeout": _START}],
        "FileChanged": [{"type": "command", "command": shlex.join(wake), "asyncRewake": True}],
    }
    variables = {**VARIABLES, HOSTED[0]: HOSTED[1]}
    headers = {SECRET: state.secret, **{header: f"${name}" for name, header in variables.items()}}
    for name in _HTTP:
        found[name] = [
            {
                "type": "http",
                "url": f"http://127.0.0.1:{state.port}/hook/{name}",
                "timeout": _ASKED if name == "PermissionRequest" else _QUICK,
                "headers": headers,
                "allowedEnvVars": [*variables],
            }
        ]
    return {name: [{"hooks": one}] for name, one in found.items()}


def write(state: AttachState, directory: Path, start: Sequence[str], version: str) -> Path:
    """Write the plugin, for this user alone, and a marketplace that has it; the directory of both. Sessions that start
    meanwhile find the old file or the new one. OSError."""
    market = directory / DIRECTORY
    about = {"name": NAME, "version": version, "description": "Joins this session to Discord."}
    plugins = [{**about, "source": f"./{NAME}"}]
    written = {
        market / NAME / "skills" / NAME / "SKILL.md": _SKILL.encode(),
        market / ".claude-plugin" / "marketplace.json": _json(
            {"name": NAME, "owner": {"name": NAME}, "plugins": plugins}
        ),
        market / NAME / ".claude-plugin" / "plugin.json": _json(about),
        market / NAME / "hooks" / "hooks.json": _json({"hooks": hooks(state, directory, start)}),
        market / NAME / ".mcp.json": _json({"mcpServers": {NAME: _server(directory)}}),
        market / NAME / _TOOLS: _json({"tools": listed(), "waits": [one.name for one in TOOLS if one.waits]}),
    }
    for name in ("start.sh", "wake.py", "tools.py"):
        written[market / NAME / "scripts" / name] = (files("antiphon.attach") / name).read_bytes()
    market.mkdir(exist_ok=True, mode=0o700)
    market.chmod(0o700)
    for path, content in written.items():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        save(path, content)
    for path in list(market.rglob("*")):  # of another version
        if path not in written and not path.is_dir():
            path.unlink()
    return market


def _server(directory: Path) -> Mapping[str, Any]:
    """What Claude Code starts for each session, with whose tools it begins at once."""
    plugin = directory / DIRECTORY / NAME
    script = ["-I", "-S", str(plugin / "scripts" / "tools.py"), str(directory / FILE), str(plugin / _TOOLS)]
    variables = [f"${{{name}:-}}" for name in ("ANTIPHON", HOSTED[0])]  # Claude Code puts in what it has of them
    return {"command": sys.executable, "args": [*script, *variables], "alwaysLoad": True}


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=2) + "\n").encode()
