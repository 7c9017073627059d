"""The last step: the service that keeps the bridge running, where this machine has a service manager."""

from antiphon.config.load import load_configuration
from antiphon.core.health import Finding
from antiphon.errors import AntiphonError
from antiphon.service.machine import this_machine
from antiphon.service.plan import needed, planned
from antiphon.service.supervisor import Supervisor, settled, supervisor_of
from antiphon.setup import wording
from antiphon.setup.context import SetupContext
from antiphon.setup.questions import Choice, Question

_YES, _NO = "yes", "no"


def service_step(at: SetupContext) -> bool:
    """Whether it is installed now. Not offered where it is, or cannot be; what goes wrong is told, and all else is set
    up."""
    supervisor = _usable(at)
    if supervisor is None or supervisor.installed:
        return False
    choices = Choice(_YES, wording.SERVICE_YES), Choice(_NO, wording.SERVICE_NO)
    if at.asker.ask(Question("service", wording.SERVICE, choices, default=_YES if at.interactive else _NO)) == _NO:
        return False
    try:
        env = needed(at.env, at.config)
        limits = load_configuration(env, at.config).settings.limits
        done = supervisor.apply(supervisor.files(planned(env, at.config, limits, at.config.absolute().parent)))
    except AntiphonError as error:
        at.asker.say(Finding("machine.service", "warning", str(error), wording.SERVICE_WAY))
        return False
    if not settled(supervisor).is_up:
        at.asker.say(Finding("machine.service", "warning", wording.SERVICE_ENDS, wording.SERVICE_STATUS))
        return False
    at.well("machine.service", wording.SERVICE_RUNS)
    if done.no_lingering:
        at.asker.say(Finding("machine.service", "warning", done.no_lingering, wording.SERVICE_WAY))
    return True


def _usable(at: SetupContext) -> Supervisor | None:
    """What looks after services here; None: nobody does, or would answer."""
    try:
        supervisor = supervisor_of(this_machine(at.env))
        supervisor.check()
    except AntiphonError:
        return None
    return supervisor
