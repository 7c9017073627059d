"""Whether the schedules of a configuration have times that there are: said with the other problems of the file, before
the bridge starts."""

from collections.abc import Iterator

from antiphon.actions.schedules.recurrence import NotATime, configured, machine_zone, zone_named
from antiphon.config.automation import ScheduleSection
from antiphon.config.load import Configuration
from antiphon.config.problems import Problem, told
from antiphon.config.settings import Settings
from antiphon.errors import ConfigError


def refuse_bad_times(configuration: Configuration, now: float) -> None:
    """`now`: epoch seconds. ConfigError: all that are none."""
    if not isinstance(configuration.settings, Settings):
        return
    schedules = configuration.settings.schedules
    found = tuple(problem for name, one in schedules.items() for problem in _problems(name, one, now))
    if found:
        raise ConfigError(told(found, configuration.sources))


def _problems(name: str, one: ScheduleSection, now: float) -> Iterator[Problem]:
    key = "zone"
    try:
        zone = one.zone or machine_zone()
        zone_named(zone)
        key = "when"
        configured(one.when, zone, now)
    except NotATime as error:
        words = str(error).rstrip(".")
        yield Problem(("schedules", name, key), f": {words[:1].lower()}{words[1:]}")
