"""What is configured of the machine, and how the machine looks after this process."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from antiphon.config.base import Section

# Of systemd (sd_notify(3), sd_watchdog_enabled(3)): they are for one process alone.
_SOCKET, _WATCHDOG, _WATCHED = "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"


class MachineSection(Section):
    """[machine]: what the bridge may have the machine do"""

    stay_awake: bool = True
    """Whether the machine is kept from going to sleep by itself while a turn is at work."""


@dataclass(frozen=True, slots=True)
class Supervision:
    """How a service manager looks after this process. `address`: the socket at which it wants to hear of it, "" for
    none; `watchdog`: seconds of silence after which it ends this process, None: it does not."""

    address: str = ""
    watchdog: float | None = None


NOBODY = Supervision()


def supervision(env: Mapping[str, str], pid: int) -> Supervision:
    """What the environment of the process `pid` says of it. What makes no sense counts as unset."""
    address = env.get(_SOCKET, "")
    if not address.startswith(("/", "@")):
        return NOBODY
    watched = env.get(_WATCHED, str(pid)) == str(pid)
    limit = env.get(_WATCHDOG, "")
    return Supervision(address, int(limit) / 1e6 if watched and limit.isdecimal() and int(limit) > 0 else None)


def take_supervision() -> Supervision:
    """The same of this process. Whatever it starts does not inherit that: it could speak in our name."""
    found = supervision(os.environ, os.getpid())  # noqa: TID251
    for name in (_SOCKET, _WATCHDOG, _WATCHED):
        os.environ.pop(name, None)  # noqa: TID251
    return found
