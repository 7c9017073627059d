"""Where Claude Code is, how it is started, and what its transcripts hold: all that a bridge needs of it at its start.

May not load the SDK: that is most of what a start takes (0.7 s of CPU), and nothing needs it before the first session.
"""

import asyncio
import os
import shlex
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from antiphon.agent import wording
from antiphon.agent.disk import transcripts
from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.process import exec_wrapper
from antiphon.agent.process.orphans import MARK, mark_prefix
from antiphon.agent.process.together import Alone, Together
from antiphon.agent.process.workplaces import AsConfigured, Workplaces
from antiphon.agent.process.worktree_requests import WorktreeRequests
from antiphon.agent.redaction import Redaction
from antiphon.core.events import AgentEvent
from antiphon.core.ports import AgentLink, NoSessionKeys, SessionKeys
from antiphon.core.requests import ReplyT, Request
from antiphon.core.values import ClaudeSessionId, Project, Session, TurnId
from antiphon.errors import ClaudeMissing
from antiphon.tools.definitions import NoTools, Tools

if TYPE_CHECKING:
    from antiphon.agent.process.claude import ClaudeAgent

# What Claude Code and the programs that it starts may see of our environment. Everything else stays here.
HANDED_DOWN = (
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TERM", "TZ", "TMPDIR", "XDG_*",
    "SSH_AUTH_SOCK", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "ANTHROPIC_*", "CLAUDE_*", "DISABLE_*", "IS_SANDBOX",
    "ENABLE_*", "BASH_*", "MCP_*", "API_TIMEOUT_MS", "VIRTUAL_ENV", "PWD", MARK,
    "ANTIPHON_STATE_DIR",  # by which `antiphon say` and `event` find us
    # Those of a session; ours are taken out before.
    "ANTIPHON_API_URL", "ANTIPHON_API_TOKEN", "CCDB_API_URL",
    "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_*", "GIT_CONFIG_VALUE_*",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Installation:
    """How the executable is reached. `command`: our launcher, which becomes the `claude` that was configured."""

    command: Path
    config_directory: Path  # Claude Code's own: transcripts lie below it
    state: Path  # absolute; the bridge's own directory
    files: Path  # in it; the files of a session, on their way in and out, lie in the directory of its id
    mark_prefix: str  # of the marks of all processes that were ever started for these files (see orphans.py)
    mark: str  # the same, of those that this bridge has started
    redaction: Redaction = field(default_factory=Redaction)
    disk: DiskThreads = field(default_factory=DiskThreads)
    tools: Tools = field(default_factory=NoTools)  # that Claude has of us
    keys: SessionKeys = field(default_factory=NoSessionKeys)  # that its scripts have to our API
    workplaces: Workplaces = field(default_factory=AsConfigured)
    worktree_requests: WorktreeRequests | None = None  # None: nobody answers them
    together: Together = field(default_factory=Alone)  # what sessions know of one another

    def files_of(self, session: Session) -> Path:
        """The directory of a session's files."""
        return self.files / session.id

    def transcript(self, claude: ClaudeSessionId) -> Path | None:
        """What Claude Code has written of a session (resuming works from any directory); None: nothing."""
        return next((self.config_directory / "projects").glob(f"*/{claude}.jsonl"), None)

    def received(self, session: Session, prompts: Mapping[TurnId, str]) -> frozenset[TurnId]:
        """Which of these prompts, each under its uuid, Claude has. It acts on none that is not in its transcript: the
        CLI writes it there within 0.1 s of taking it in, and always before a tool runs (docs/decisions/0016). Reads a
        file, of a session that has no process any more."""
        path = self.transcript(session.claude)
        return frozenset() if path is None else transcripts.received(path, prompts)


def handed_down(environment: Mapping[str, str]) -> Mapping[str, str]:
    """What Claude Code, and other programs that are run, may see of an environment."""
    names: list[str] = list(HANDED_DOWN)
    return {name: value for name, value in environment.items() if exec_wrapper.allowed(name, names)}


def bundled() -> Path:
    """The `claude` executable inside the SDK's wheel."""
    found = find_spec("claude_agent_sdk")  # to load it takes most of a second
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "_bundled" / "claude"


def install(
    executable: Path, directory: Path, config_directory: Path, state: Path, secrets: tuple[str, ...] = ()
) -> Installation:
    """Write the launcher command into `directory` (0700). `state`: the bridge's own directory. `secrets`: what is
    redacted wherever Claude says it. Raises ClaudeMissing if `executable` cannot be run."""
    if not os.access(executable, os.X_OK) or executable.is_dir():
        raise ClaudeMissing(wording.no_executable(executable))
    command = directory / "claude"
    wrapper = (sys.executable, "-I", "-S", exec_wrapper.__file__)
    arguments = (str(os.getpid()), ",".join(HANDED_DOWN), str(executable))
    command.write_text(f'#!/bin/sh\nexec {shlex.join((*wrapper, *arguments))} "$@"\n')
    command.chmod(0o700)
    state = state.absolute()
    files = state / "files"
    prefix = mark_prefix(files)
    mark = f"{prefix}{os.getpid()}:"
    return Installation(command, config_directory, state, files, prefix, mark, Redaction(secrets))


class LazyAgent:
    """Implements the core's Agent port: a ClaudeAgent, which is loaded in the background."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._loading: asyncio.Future[ClaudeAgent] | None = None

    def load(self) -> "asyncio.Future[ClaudeAgent]":
        """Begin to load, in a thread; returns at once. Shield what is returned: others wait for it too."""
        if self._loading is None:
            self._loading = asyncio.get_running_loop().run_in_executor(None, self._loaded)
        return self._loading

    @asynccontextmanager
    async def open(
        self, session: Session, project: Project, post: Callable[[AgentEvent], None]
    ) -> AsyncGenerator[AgentLink]:
        agent = await asyncio.shield(self.load())
        async with agent.open(session, project, post) as link:
            yield link

    async def look(self, project: Project, request: Request[ReplyT]) -> ReplyT:
        agent = await asyncio.shield(self.load())
        return await agent.look(project, request)

    def _loaded(self) -> "ClaudeAgent":
        from antiphon.agent.process.claude import ClaudeAgent

        return ClaudeAgent(self._installation)
