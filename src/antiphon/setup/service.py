"""The last step: the service that keeps the bridge running, where this machine has a service manager."""

import getpass
import os
import sys
from contextlib import suppress
from pathlib import Path

from antiphon.config.load import load
from antiphon.core.health import Finding
from antiphon.errors import AntiphonError
from antiphon.service.machine import Machine
from antiphon.service.plan import planned
from antiphon.service.supervisor import Supervisor, supervisor_of
from antiphon.setup import wording
from antiphon.setup.context import SetupContext
from antiphon.setup.questions import Choice, Question

_YES, _NO = "yes", "no"


def service_step(at: SetupContext) -> bool:
    """Whether it is installed now. Not offered where it is, or cannot be; what goes wrong is told, and all else is set
    up. Waits for the service manager."""
    supervisor = _usable(at)
    if supervisor is None or supervisor.installed:
        return False
    choices = Choice(_YES, wording.SERVICE_YES), Choice(_NO, wording.SERVICE_NO)
    if at.asker.ask(Question("service", wording.SERVICE, choices, default=_YES if at.interactive else _NO)) == _NO:
        return False
    try:
        limits = load(at.env, at.config)[0].limits
        supervisor.apply(supervisor.files(planned(at.env, at.config, limits, Path.cwd())))
    except AntiphonError as error:
        at.asker.say(Finding("machine.service", "warning", str(error), wording.SERVICE_WAY))
        return False
    at.well("machine.service", wording.SERVICE_RUNS)
    return True


def _usable(at: SetupContext) -> Supervisor | None:
    """None: there is nothing here that looks after services for this user."""
    with suppress(AntiphonError):
        supervisor = supervisor_of(Machine(sys.platform, Path.home(), getpass.getuser(), os.getuid(), at.env))
        supervisor.check()
        return supervisor
    return None
