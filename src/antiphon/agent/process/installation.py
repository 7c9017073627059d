"""Where Claude Code is, how it is started, and what its transcripts hold: all that a bridge needs of it at its start.

May not load the SDK: that takes most of a second, and nobody is to wait for it (agent/process/lazy_agent.py).
"""

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from antiphon.agent import wording
from antiphon.agent.disk import transcripts
from antiphon.agent.process import exec_wrapper
from antiphon.agent.process.orphans import MARK, mark_prefix
from antiphon.core.values import ClaudeSessionId, Session, TurnId
from antiphon.errors import ClaudeMissing

# What Claude Code and the programs that it starts may see of our environment. Everything else stays here.
HANDED_DOWN = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TERM", "TZ", "TMPDIR", "XDG_*",
    "SSH_AUTH_SOCK", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "ANTHROPIC_*", "CLAUDE_*", "DISABLE_*", "IS_SANDBOX",
    "ENABLE_*", "BASH_*", "MCP_*", "API_TIMEOUT_MS", "VIRTUAL_ENV", "PWD", MARK,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Installation:
    """How the executable is reached. `command`: our launcher, which becomes the `claude` that was configured."""

    command: Path
    config_directory: Path  # Claude Code's own: transcripts lie below it
    files: Path  # absolute; the files of a session, on their way in and out, lie in the directory of its id
    mark_prefix: str  # of the marks of all processes that were ever started for these files (see orphans.py)
    mark: str  # the same, of those that this bridge has started

    def files_of(self, session: Session) -> Path:
        """The directory of a session's files."""
        return self.files / session.id


def bundled() -> Path:
    """The `claude` executable inside the SDK's wheel."""
    found = find_spec("claude_agent_sdk")  # to load it takes most of a second
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "_bundled" / "claude"


def install(executable: Path, directory: Path, config_directory: Path, files: Path) -> Installation:
    """Write the launcher command into `directory` (0700). `files`: where the files of sessions lie. Raises
    ClaudeMissing if `executable` cannot be run."""
    if not os.access(executable, os.X_OK) or executable.is_dir():
        raise ClaudeMissing(wording.no_executable(executable))
    command = directory / "claude"
    arguments = [
        sys.executable,
        "-I",
        "-S",
        exec_wrapper.__file__,
        str(os.getpid()),
        ",".join(HANDED_DOWN),
        str(executable),
    ]
    command.write_text(f'#!/bin/sh\nexec {shlex.join(arguments)} "$@"\n')
    command.chmod(0o700)
    prefix = mark_prefix(files.absolute())
    return Installation(command, config_directory, files.absolute(), prefix, f"{prefix}{os.getpid()}:")


def transcript(installation: Installation, claude: ClaudeSessionId) -> Path | None:
    """What Claude Code has written of a session (resuming works from any directory); None: nothing."""
    return next((installation.config_directory / "projects").glob(f"*/{claude}.jsonl"), None)


def received(installation: Installation, session: Session, prompts: Mapping[TurnId, str]) -> frozenset[TurnId]:
    """Which of these prompts, each under its uuid, Claude has. It acts on none that is not in its transcript: the CLI
    writes it there within 0.1 s of taking it in, and always before a tool runs (docs/decisions/0016). Reads a file, of
    a session that has no process any more."""
    path = transcript(installation, session.claude)
    return frozenset() if path is None else transcripts.received(path, prompts)
