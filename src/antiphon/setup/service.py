"""The last step: the service that keeps the bridge running, where this machine has a service manager."""

from antiphon.core.health import Finding
from antiphon.errors import AntiphonError
from antiphon.service.install import UnitInstaller, service_for
from antiphon.setup import wording
from antiphon.setup.context import SetupContext
from antiphon.setup.questions import Choice, Question

_YES, _NO = "yes", "no"


async def service_step(at: SetupContext) -> bool:
    """Whether it is installed now. Not offered where it is, or cannot be; what goes wrong is told, and all else is set
    up."""
    installer = UnitInstaller(at.env)
    if installer.is_ours() or not await installer.is_usable():
        return False
    choices = Choice(_YES, wording.SERVICE_YES), Choice(_NO, wording.SERVICE_NO)
    if at.asker.ask(Question("service", wording.SERVICE, choices, default=_YES if at.interactive else _NO)) == _NO:
        return False
    try:
        await installer.install(service_for(at.env, at.config, at.state / "service.log"))
    except AntiphonError as error:
        at.asker.say(Finding("machine.service", "warning", str(error), wording.SERVICE_WAY))
        return False
    at.well("machine.service", wording.SERVICE_RUNS)
    return True
