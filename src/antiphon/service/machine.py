"""The machine on which the service is to run: what it is, and how its commands are asked, without a shell."""

import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from antiphon.config.load import SECRETS
from antiphon.errors import UnitError
from antiphon.service import wording

_LIMIT = 20.0  # seconds for a command that looks
_LONG = 120.0  # seconds for one that starts or stops something


@dataclass(frozen=True, slots=True)
class Machine:
    """`platform`: as sys.platform has it; `environment`: of whoever asks, the bot token included; `root`: below which
    the system says what it is; `limit`: seconds for a command that looks."""

    platform: str
    home: Path
    user: str
    uid: int
    environment: Mapping[str, str]
    root: Path = Path("/")
    limit: float = _LIMIT

    def find(self, name: str) -> str | None:
        """Where a command is, as an absolute path."""
        found = shutil.which(name, path=self.environment.get("PATH", ""))
        return None if found is None else str(Path(found).absolute())

    def ask(self, command: str, *arguments: str, long: bool = False) -> "Answer":
        """Run a command that is there, without our secrets. UnitError: it does not answer in time."""
        env = {name: value for name, value in self.environment.items() if name not in SECRETS}
        env |= {"LC_ALL": "C.UTF-8", "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0"}  # so that it can be read
        runtime = self.root / "run" / "user" / str(self.uid)
        if "XDG_RUNTIME_DIR" not in env and runtime.is_dir():  # su and cron leave it out
            env["XDG_RUNTIME_DIR"] = str(runtime)
        limit = _LONG if long else self.limit
        try:
            done = subprocess.run(  # noqa: S603 - an absolute path, no shell
                (command, *arguments),
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=limit,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UnitError(wording.no_answer(Path(command).name, limit)) from None
        except OSError as error:
            raise UnitError(wording.not_run(command, error.strerror or str(error))) from error
        return Answer(done.returncode, done.stdout, (done.stderr or done.stdout).strip())

    @property
    def is_wsl(self) -> bool:
        """Whether Windows runs it."""
        return "microsoft" in self._read("proc/version").lower()

    @property
    def is_container(self) -> bool:
        """Whether it is one of Docker's, Podman's or the like."""
        marks = (self.root / ".dockerenv", self.root / "run/.containerenv")
        return "container" in self.environment or any(one.exists() for one in marks)

    @property
    def has_systemd(self) -> bool:
        """Whether systemd has started it (sd_booted(3))."""
        return (self.root / "run/systemd/system").is_dir()

    def _read(self, name: str) -> str:
        with suppress(OSError):
            return (self.root / name).read_text(errors="replace")
        return ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command said. `words`: why it did not do it, where it did not."""

    code: int
    told: str
    words: str

    @property
    def is_good(self) -> bool:
        """Whether it did it."""
        return self.code == 0
