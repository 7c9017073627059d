"""Runs git so that nothing of the repository's own configuration runs.

Claude can write into a repository's configuration, and git starts programs that it names: hooks, filters, diff and
merge drivers, file system monitors, transports. All that git lets us turn off is turned off. What the machine's own
user has configured for all repositories (who commits, large files, how to log in) counts where something is changed.
"""

import asyncio
import os
import re
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from antiphon.agent.git import wording
from antiphon.errors import NotDone

LARGEST = 5 * 1024 * 1024  # bytes of output; the rest is left out
_LONGEST_ERROR = 8192  # bytes of what it says went wrong
_CHUNK = 1 << 16
_KILL_WAIT = 2.0  # seconds until a killed git is left alone: somebody else may hold its pipe

_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "core.fsmonitor": "false",
        "core.hooksPath": os.devnull,
        "core.pager": "cat",
        "core.quotePath": "false",
        "diff.external": "",
        "log.showSignature": "false",
        "protocol.allow": "never",  # a partial clone would fetch what it lacks
        "safe.directory": "*",  # whose it is was settled by whoever configured the project
    }
)
_CHANGING: Mapping[str, str] = MappingProxyType(
    {
        **_SETTINGS,
        "commit.gpgSign": "false",
        "core.alternateRefsCommand": "",
        "core.editor": "true",
        "core.safecrlf": "false",
        "gc.auto": "0",
        "maintenance.auto": "false",
        "merge.autoStash": "false",
        "merge.verifySignatures": "false",
        "push.gpgSign": "false",
        "push.recurseSubmodules": "no",
        "rebase.autoStash": "false",
        "rebase.updateRefs": "false",
        "rerere.enabled": "false",
        "sequence.editor": "true",
        "submodule.recurse": "false",
    }
)
# Keys of the repository's own that name programs, and what each is set to instead. "*": whatever stands between.
_PROGRAMS: Mapping[str, str] = MappingProxyType(
    {
        "filter.*.clean": "",
        "filter.*.smudge": "",
        "filter.*.process": "",
        "filter.*.required": "false",
        "merge.*.driver": "false",  # what it would have merged is a conflict
        "core.sshcommand": "ssh",
        "gpg.program": "false",
        "gpg.*.program": "false",
        "gpg.ssh.defaultkeycommand": "false",
        "credential.helper": "",
        "credential.*.helper": "",
        "remote.*.uploadpack": "git-upload-pack",
        "remote.*.receivepack": "git-receive-pack",
        "core.askpass": "",
    }
)
_NAMED = {re.compile(re.escape(key).replace(r"\*", ".*"), re.I | re.S): value for key, value in _PROGRAMS.items()}
_FROM_NOTHING: Mapping[str, str] = MappingProxyType(
    {"HOME": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_ATTR_NOSYSTEM": "1"}
)


@dataclass(frozen=True, slots=True)
class Output:
    """`code`: git's exit code; below 0: its output was too long, and is cut. `error`: what it has said went wrong."""

    code: int
    text: bytes
    error: str = ""

    @property
    def lines(self) -> list[str]:
        """The lines of its output."""
        return [one for one in self.text.decode("utf-8", "surrogateescape").split("\n") if one]

    @property
    def line(self) -> str:
        """Its output, where it is one line."""
        return self.text.decode("utf-8", "surrogateescape").strip("\n")

    @property
    def texts(self) -> list[str]:
        """Its lines, for people."""
        return [one for one in self.text.decode("utf-8", "replace").split("\n") if one]

    @property
    def names(self) -> list[str]:
        """Its output, where it holds names that end in zero bytes."""
        return [os.fsdecode(name) for name in self.text.split(b"\0") if name]


@dataclass(frozen=True, slots=True)
class Git:
    """git in a directory. `environment`: of the user whose settings count; None: nobody's, as is right where nothing is
    changed. `settings` stand above all others; `limit`: seconds that each command may take."""

    directory: Path
    environment: Mapping[str, str] | None = None
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    limit: float = 15.0

    async def run(self, *arguments: str, protocols: str = "none", given: bytes = b"") -> Output:
        """Run a command. `protocols`: by which it may reach another repository, as GIT_ALLOW_PROTOCOL has it; `given`:
        its input. Killed when the caller is cancelled. NotDone when it cannot be run, or takes too long."""
        try:
            async with asyncio.timeout(self.limit):
                return await self._run(arguments, protocols, given)
        except TimeoutError:
            raise NotDone(wording.no_answer(self.limit)) from None

    async def done(self, *arguments: str, protocols: str = "none") -> Output:
        """The same; NotDone with git's reason where it fails."""
        output = await self.run(*arguments, protocols=protocols)
        if output.code > 0:
            raise NotDone(wording.refused(output.error))
        return output

    async def _run(self, arguments: Sequence[str], protocols: str, given: bytes) -> Output:
        try:
            git = await asyncio.create_subprocess_exec(
                "git",
                *arguments,
                cwd=self.directory,
                env={**self.variables(), "GIT_ALLOW_PROTOCOL": protocols},
                stdin=asyncio.subprocess.PIPE if given else asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,  # nobody is asked for a password at the bridge's terminal
            )
        except OSError as error:
            raise NotDone(wording.not_run(error.strerror or "")) from error
        assert git.stdout is not None
        assert git.stderr is not None
        complaint = asyncio.create_task(_beginning(git.stderr), name="what git says")
        output = bytearray()
        try:
            if git.stdin is not None:
                git.stdin.write(given)
                git.stdin.close()
            while len(output) < LARGEST and (chunk := await git.stdout.read(LARGEST - len(output))):
                output += chunk
            if len(output) < LARGEST:
                await git.wait()
            else:
                await _end(git)
            return Output(git.returncode or 0, bytes(output), await complaint)
        finally:
            if git.returncode is None:
                await _end(git)
            complaint.cancel()

    def variables(self) -> dict[str, str]:
        """The environment of its commands."""
        settings = {**(_SETTINGS if self.environment is None else _CHANGING), **self.settings}
        variables = {"GIT_CONFIG_COUNT": str(len(settings))}
        for n, (key, value) in enumerate(settings.items()):
            variables |= {f"GIT_CONFIG_KEY_{n}": key, f"GIT_CONFIG_VALUE_{n}": value}
        quiet = {} if self.environment is not None else {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1"}
        return {
            "PATH": os.pathsep.join(os.get_exec_path()),
            **(_FROM_NOTHING if self.environment is None else self.environment),
            "LC_ALL": "C.UTF-8",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "false",
            "SSH_ASKPASS": "false",
            "GIT_PROXY_COMMAND": "",  # of what the configuration says, the first counts, not ours
            **quiet,
            **variables,
        }

    async def without_programs(self) -> "Git":
        """The same with what the repository's own configuration names of programs turned off. NotDone: there is no
        repository."""
        return Git(self.directory, self.environment, {**self.settings, **await self._programs()}, self.limit)

    async def _programs(self) -> dict[str, str]:
        if (await self.run("rev-parse", "--git-dir")).code != 0:
            raise NotDone(wording.NO_REPOSITORY)
        listed = await self.run("config", "--list", "--name-only", "--show-scope", "-z")
        if listed.code != 0:
            raise NotDone(wording.CONFIGURATION_UNREADABLE)
        names = listed.names
        own = {key for scope, key in zip(names[::2], names[1::2], strict=False) if scope in ("local", "worktree")}
        found: dict[str, str] = {}
        for key in own:
            for named, instead in _NAMED.items():
                if named.fullmatch(key):
                    found[key] = instead
            if key.casefold().startswith("filter."):  # one of its programs may stand in the user's settings
                driver = key.rpartition(".")[0]
                found |= {f"{driver}.{what}": "" for what in ("clean", "smudge", "process")}
                found[f"{driver}.required"] = "false"
        return found


async def _beginning(stream: asyncio.StreamReader) -> str:
    """The first of what comes; the rest is read, and forgotten."""
    found = bytearray()
    while chunk := await stream.read(_CHUNK):
        found += chunk[: max(0, _LONGEST_ERROR - len(found))]
    return bytes(found).decode("utf-8", "replace").strip()


async def _end(git: asyncio.subprocess.Process) -> None:
    """Kill it, with what it has started, and read to its end: asyncio never sees a pipe close that holds back a full
    buffer, and waits on."""
    with suppress(ProcessLookupError):
        os.killpg(git.pid, signal.SIGKILL)  # it leads a session of its own
    assert git.stdout is not None
    with suppress(TimeoutError):
        async with asyncio.timeout(_KILL_WAIT):
            while await git.stdout.read(_CHUNK):
                pass
            await git.wait()
