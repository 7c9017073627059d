"""Every sentence about the service that a person reads in the terminal."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from antiphon import errors
from antiphon.service.state import FUTILE

if TYPE_CHECKING:
    from antiphon.service.machine import Machine
    from antiphon.service.state import Applied, Removed, UnitState
    from antiphon.service.unit_files import UnitFile

PROCEED = "Go on?"
NOTHING_CHANGED = "Nothing was changed."
NOT_INSTALLED = "No service is installed. To install one: antiphon service install -c FILE"
NO_LAUNCHD = "launchctl: is not there, so launchd cannot be asked"
OLD_ONE_STAYS = "launchctl: the old service does not end; try again once `antiphon status` says that none runs"
NO_LOG = "There is no log yet: no bridge has run with this state directory."
_DOCS = "docs/service.md"
_BY_HAND = f"run `antiphon run` by what starts programs on this machine ({_DOCS})"
_KNOWN = {one.exit_code: one for one in (*FUTILE, errors.TokenInUse, errors.ServerUnreachable, errors.StoreError)}


def no_supervisor(platform: str) -> str:
    return f"services are installed on Linux with systemd and on macOS, and this is {platform}; {_BY_HAND}"


def no_systemd(machine: "Machine") -> str:
    """Of a machine without a systemctl."""
    if machine.is_container:
        return _container()
    return f"systemctl: is not there, so this machine has no systemd; {_BY_HAND}"


def no_user_systemd(machine: "Machine", why: str) -> str:
    """Of one that has it, but nobody answers. `why`: what systemctl says."""
    if machine.is_wsl and not machine.has_systemd:
        return (
            "WSL runs without systemd here: write “[boot]” and “systemd=true” into /etc/wsl.conf, run "
            "`wsl --shutdown` in Windows, and install the service again"
        )
    if machine.is_container:
        return _container()
    if not machine.has_systemd:
        return f"this machine was not started by systemd; {_BY_HAND}"
    return (
        f"the systemd of {machine.user} cannot be asked: log in as {machine.user} itself (ssh, or "
        f"`machinectl shell {machine.user}@`), not by su or sudo ({why})"
    )


def _container() -> str:
    return f"this is a container, which has no systemd: let its restart policy start `antiphon run` ({_DOCS}, Docker)"


def no_answer(command: str, seconds: float) -> str:
    return f"{command}: does not answer within {seconds:.0f} s; nothing was changed"


def not_run(command: str, why: str) -> str:
    return f"{command}: cannot be run ({why})"


def refused(command: str, why: str) -> str:
    return f"`{command}` fails: {why or 'it does not say why'}"


def unreadable(path: Path, why: str) -> str:
    return f"{path}: cannot be read ({why})"


def unwritable(path: Path, why: str) -> str:
    return f"{path}: cannot be written ({why})"


def not_ours(path: Path) -> str:
    return f"{path}: was not written by Antiphon, and is left alone; rename or remove it first"


def several_lines(name: str) -> str:
    return f"{name}: has several lines, which a service's environment cannot have"


def no_lingering(user: str, why: str) -> str:
    """Of a service that ends when its user logs out."""
    because = f" ({why})" if why else ""
    return f"It runs only while {user} is logged in{because}. For always: sudo loginctl enable-linger {user}"


def will_write(files: Iterable["UnitFile"], steps: Iterable[str]) -> str:
    """What `install` is about to do."""
    lines: list[str] = []
    for one in files:
        mode = ", for you alone" if one.mode == 0o600 else ""
        lines += [f"{one.path} ({'new' if not one.path.exists() else 'as it is to be'}{mode}):"]
        lines += [f"    {line}".rstrip() for line in (one.shown or one.text).splitlines()]
    return "\n".join(("This writes", *lines, "and runs", *(f"    {step}" for step in steps)))


def will_remove(paths: Iterable[Path]) -> str:
    """What `remove` is about to do."""
    return "\n".join(("This stops the service, once running turns have had their time, and removes", *_listed(paths)))


def _listed(paths: Iterable[Path]) -> Iterator[str]:
    return (f"    {path}" for path in paths)


def another_runs(pid: int) -> str:
    """Of a bridge that somebody has started beside."""
    return f"A bridge runs already (process {pid}). The service starts once that one has ended: kill {pid}"


def secrets_within_reach(paths: Sequence[Path]) -> str:
    """Claude Code runs as the same user."""
    return f"Claude Code, which runs as you, could read the secrets in {paths[0]}; {_DOCS} says how to keep them apart."


def applied(done: "Applied") -> str:
    """What `install` did."""
    return {
        "same": "Installed already, and running; nothing was changed.",
        "installed": "Installed. It starts with this machine, and again whenever it ends.",
        "renewed": "Installed already; its files are renewed, and it starts anew.",
        "started": "Installed already; it is started.",
    }[done.what]


def removed(done: "Removed") -> str:
    """What `remove` did."""
    lines = ["Removed. Sessions, log and database stay."]
    if done.unstopped:
        lines.append(f"It may still run, for it could not be stopped: {done.unstopped}")
    if done.lingering:
        lines.append("Lingering, which was turned on with it, is turned off.")
    return "\n".join(lines)


def state(found: "UnitState") -> str:
    """How the service is."""
    if not found.installed:
        return NOT_INSTALLED
    process = f" (process {found.pid})" if found.pid else ""
    lines = [f"Service: {found.activity}{process}{f', {found.words}' if found.words else ''}"]
    if not found.enabled:
        lines.append("  Problem: it does not start with this machine; antiphon service install mends that")
    if found.stays is False:
        lines.append("  Note: it ends when you log out; for always: loginctl enable-linger")
    if found.restarts:
        lines.append(f"  Started again {found.restarts} {'time' if found.restarts == 1 else 'times'}")
    if not found.is_up and (why := _KNOWN.get(found.exit_code)) is not None:
        again = "; then: antiphon service install" if why in FUTILE else ""
        lines.append(f"  Problem: {(why.__doc__ or '').splitlines()[0].rstrip('.')} (exit code {found.exit_code}).")
        lines.append(f"  {why.hint.rstrip('.')}{again}. More: antiphon service logs")
    return "\n".join(lines)
