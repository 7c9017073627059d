"""The service as a unit of the user's own systemd: no root, and Claude Code runs as whoever installs it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from antiphon.errors import UnitError
from antiphon.service import wording
from antiphon.service.machine import Answer, Machine
from antiphon.service.plan import Plan
from antiphon.service.state import FUTILE, Applied, Removed, UnitState
from antiphon.service.unit_files import MARK, UnitFile, is_ours, read, refuse_others, remove, written

UNIT = "antiphon.service"
_SECRETS = "antiphon.env"
_LINGERING = "# Lingering was turned on by it."  # a line of the unit: so that it is turned off with it
_WATCHDOG = 60  # seconds without a sign of life until it is started again
_PROPERTIES = "ActiveState,UnitFileState,MainPID,NRestarts,ExecMainStatus,StatusText,LoadState"


def unit(plan: Plan, secrets: Path | None, *, lingering: bool = False) -> str:
    """The text of the unit. `secrets`: the file that holds them; `lingering`: it was turned on with it.

    What would bind Claude Code's hands is left out on purpose (docs/decisions/0057): every sandboxing option of a
    user's unit implies NoNewPrivileges, with which sudo, ping and setuid helpers of sandboxes end."""
    lines = [
        f"# {MARK}",
        *([_LINGERING] if lingering else []),
        "[Unit]",
        "Description=Antiphon: Claude Code in Discord",
        "StartLimitIntervalSec=0",  # what comes and goes may take days
        "",
        "[Service]",
        "Type=notify",
        "ExecReload=/bin/kill -HUP $MAINPID",
        f"ExecStart={' '.join(_quoted(one).replace('$', '$$') for one in plan.command)}",
        f"WorkingDirectory=-{_plain(plan.directory)}",
        *(f"Environment={_quoted(f'{name}={value}')}" for name, value in plan.environment.items()),
        *([] if secrets is None else [f"EnvironmentFile={_plain(secrets)}"]),
        "Restart=always",
        "RestartSec=5",
        f"RestartPreventExitStatus={' '.join(str(one.exit_code) for one in FUTILE)}",
        f"WatchdogSec={_WATCHDOG}",
        "TimeoutAbortSec=10",  # after a hang; nothing is drained then
        "TimeoutStartSec=120",
        f"TimeoutStopSec={plan.stop:.0f}",
        "KillMode=mixed",  # turns that end after a stop keep their processes
        "OOMPolicy=continue",  # a build of Claude's that takes too much memory is not the end of the bridge
        "SyslogIdentifier=antiphon",
        "",
        "[Install]",
        "WantedBy=default.target",
    ]
    return "\n".join((*lines, ""))


def environment_file(secrets: Mapping[str, str]) -> str:
    """As systemd reads it (systemd.exec(5), EnvironmentFile)."""
    escaped = {name: re.sub(r'(["\\$`])', r"\\\1", value) for name, value in secrets.items()}
    return "\n".join((f"# {MARK}", *(f'{name}="{value}"' for name, value in escaped.items()), ""))


@dataclass(frozen=True, slots=True)
class Systemd:
    """The user's own."""

    machine: Machine

    @property
    def directory(self) -> Path:
        """Where units of this user's own are."""
        given = self.machine.environment.get("XDG_CONFIG_HOME", "")
        base = Path(given) if given.startswith("/") else self.machine.home / ".config"
        return base / "systemd" / "user"

    @property
    def unit(self) -> Path:
        """Ours."""
        return self.directory / UNIT

    @property
    def installed(self) -> bool:
        """Whether the unit is there, and ours."""
        return is_ours(self.unit)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files of ours that are there."""
        return tuple(one for one in (self.unit, self.directory / _SECRETS) if is_ours(one))

    def check(self) -> None:
        """UnitError: no systemd of this user's can be asked, with what to do."""
        command = self.machine.find("systemctl")
        if command is None:
            raise UnitError(wording.no_systemd(self.machine))
        answer = self._systemctl("show", "--property=Version")
        if not answer.is_good:
            raise UnitError(wording.no_user_systemd(self.machine, answer.words))

    def files(self, plan: Plan) -> tuple[UnitFile, ...]:
        """What is to be written. UnitError: something of somebody else's stands there."""
        secrets = self.directory / _SECRETS if plan.secrets else None
        refuse_others((self.unit, self.directory / _SECRETS))
        lingering = _LINGERING in (read(self.unit) or "").splitlines()
        found = (UnitFile(self.unit, unit(plan, secrets, lingering=lingering), 0o644),)
        if secrets is None:
            return found
        hidden = environment_file(dict.fromkeys(plan.secrets, "…"))
        return (UnitFile(secrets, environment_file(plan.secrets), 0o600, hidden), *found)

    def apply(self, files: tuple[UnitFile, ...]) -> Applied:
        """Write them, and have the service run from now on and from each start of the machine on. UnitError: it
        cannot be, and everything is as it was."""
        state, is_new = self.state(), not self.installed
        secrets = self.directory / _SECRETS
        superfluous = [secrets] if is_ours(secrets) and secrets not in [one.path for one in files] else []
        same = not superfluous and all(one.is_there for one in files)
        if same and state.enabled and state.is_up:
            return Applied("same", self._linger())
        try:
            with written(files, superfluous, self.machine.home):
                self._must("daemon-reload")
                self._must("enable", UNIT)
                self._must("restart" if state.is_up else "start", "--no-block", UNIT)
        except UnitError:
            self._systemctl("daemon-reload")
            raise
        return Applied("installed" if is_new else "started" if same else "renewed", self._linger())

    def state(self) -> UnitState:
        """How it is. UnitError: systemd does not tell."""
        answer = self._must("show", UNIT, f"--property={_PROPERTIES}")
        told = {name: value for name, _, value in (line.partition("=") for line in answer.told.splitlines())}
        return UnitState(
            installed=self.installed,
            enabled=told.get("UnitFileState") == "enabled",
            activity=told.get("ActiveState", "inactive"),
            pid=_number(told, "MainPID") or None,
            restarts=_number(told, "NRestarts"),
            exit_code=_number(told, "ExecMainStatus"),
            words=told.get("StatusText", ""),
            stays=self._lingers(),
        )

    def remove(self) -> Removed:
        """Stop it and take everything away, whether systemd answers or not. UnitError: the disk refuses."""
        refuse_others((self.unit, self.directory / _SECRETS))
        lingering = _LINGERING in (read(self.unit) or "").splitlines()
        unstopped = ""
        try:
            self._must("disable", "--now", UNIT, long=True)
        except UnitError as error:
            unstopped = str(error)
        link = self.directory / "default.target.wants" / UNIT
        remove((link, self.unit, self.directory / _SECRETS), self.machine.home)
        if not unstopped:
            self._must("daemon-reload")
            self._systemctl("reset-failed", UNIT)  # of one that never failed there is nothing to reset
        if lingering:
            self._loginctl("disable-linger", self.machine.user)
        return Removed(unstopped, lingering)

    def start(self) -> bool:
        """Have an installed one run, unless it does; whether systemd has taken that on."""
        return self.installed and self._systemctl("start", "--no-block", UNIT).is_good

    def log_command(self, lines: int, *, follow: bool) -> tuple[str, ...] | None:
        """What shows its log; None: the journal has nothing of it, or may not be read."""
        journal = self.machine.find("journalctl")
        if journal is None:
            return None
        options = ("--user", f"--unit={UNIT}")
        if not self.machine.ask(journal, *options, "--quiet", "--lines=1").told.strip():
            return None
        return (journal, *options, f"--lines={lines}", *(("--follow",) if follow else ()))

    def steps(self) -> Iterator[str]:
        """What is done beside writing files, as a person would type it."""
        yield f"systemctl --user enable --now {UNIT}"
        if not self._lingers():
            yield f"loginctl enable-linger {self.machine.user}"

    def _linger(self) -> str | None:
        """Let it run without a login; None: it does, else why not."""
        if self._lingers():
            return None
        answer = self._loginctl("enable-linger", self.machine.user)
        if answer is None or not answer.is_good:
            return wording.no_lingering(self.machine.user, "" if answer is None else answer.words)
        text = read(self.unit) or ""
        marked = UnitFile(self.unit, text.replace("\n", f"\n{_LINGERING}\n", 1), 0o644)
        if _LINGERING not in text.splitlines():
            with written((marked,), (), self.machine.home):
                self._must("daemon-reload")
        return None

    def _lingers(self) -> bool:
        """Of a user whom logind does not know it does not tell: such a one is not logged in, and does not linger."""
        answer = self._loginctl("show-user", self.machine.user, "--property=Linger")
        return answer is not None and answer.told.strip() == "Linger=yes"

    def _loginctl(self, *arguments: str) -> Answer | None:
        command = self.machine.find("loginctl")
        return None if command is None else self.machine.ask(command, "--no-ask-password", *arguments)

    def _systemctl(self, *arguments: str, long: bool = False) -> Answer:
        command = self.machine.find("systemctl")
        if command is None:
            raise UnitError(wording.no_systemd(self.machine))
        return self.machine.ask(command, "--user", "--no-ask-password", *arguments, long=long)

    def _must(self, *arguments: str, long: bool = False) -> Answer:
        answer = self._systemctl(*arguments, long=long)
        if not answer.is_good:
            raise UnitError(wording.refused(f"systemctl --user {' '.join(arguments)}", answer.words))
        return answer


def _quoted(text: str) -> str:
    """One word of a line of a unit (systemd.syntax(7), systemd.unit(5) for %)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _plain(path: Path) -> str:
    """A path that is the rest of its line."""
    return str(path).replace("%", "%%")


def _number(told: Mapping[str, str], name: str) -> int:
    value = told.get(name, "")
    return int(value) if value.isdecimal() else 0
