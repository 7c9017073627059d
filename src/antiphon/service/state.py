"""How a service is, and what became of it: values for whoever shows them."""

from dataclasses import dataclass
from typing import Literal

from antiphon.errors import BadToken, ClaudeMissing, ConfigError, MissingIntent

FUTILE = (ClaudeMissing, MissingIntent, BadToken, ConfigError)  # ends that a restart does not mend


@dataclass(frozen=True, slots=True)
class UnitState:
    """`activity`: as its manager calls it; `restarts`: how often it was started again by itself; `exit_code`: of its
    last end; `words`: what it says of itself; `stays`: it also runs while nobody is logged in, None: that is not a
    question there."""

    installed: bool
    enabled: bool
    activity: str
    pid: int | None = None
    restarts: int = 0
    exit_code: int = 0
    words: str = ""
    stays: bool | None = None

    @property
    def is_up(self) -> bool:
        """Whether it runs, or is on its way."""
        return self.activity in ("active", "activating", "reloading", "running", "spawn scheduled")


@dataclass(frozen=True, slots=True)
class Applied:
    """What `install` did. `no_lingering`: why it ends with the login, None: it does not."""

    what: Literal["same", "installed", "renewed", "started"]
    no_lingering: str | None = None


@dataclass(frozen=True, slots=True)
class Removed:
    """What `remove` could not do: `unstopped`, why it was not stopped, "" if it was. `lingering`: it was turned off."""

    unstopped: str = ""
    lingering: bool = False
