"""The configuration of a bridge that runs: its file, which can be read again, and projects that were added beside."""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from antiphon import wording
from antiphon.actions.projects.catalogue import Reloaded
from antiphon.actions.reasons import ProjectChangedMeanwhile, ProjectExists, ProjectUnusable, Refused
from antiphon.actions.schedules.configure import BadSchedules, Configured, configure
from antiphon.actions.schedules.manage import Wanted
from antiphon.config.live.added import combined, section_of
from antiphon.config.live.changes import changes, taken_up
from antiphon.config.load import Configuration
from antiphon.config.settings import ScheduleSection, Settings
from antiphon.config.wording import reloaded
from antiphon.core.health import Health
from antiphon.core.projects import AddedProject, Projects
from antiphon.errors import ConfigError
from antiphon.schedule_times import refuse_bad_times
from antiphon.store import Store

log = logging.getLogger(__name__)

Read = Callable[[], Configuration]

_BROKEN = "configuration file"  # the problem that it cannot be used as it is now


class RunningConfiguration:
    """Implements actions.projects.catalogue.Catalogue. `projects`: those in use."""

    def __init__(self, settings: Settings, read: Read, store: Store, health: Health) -> None:
        """`read`: reads the file again, in a thread; ConfigError as at the start."""
        self._file = settings
        self._read = read
        self._store = store
        self._health = health
        self._lock = asyncio.Lock()
        self._added: Sequence[AddedProject] = ()
        self._combined = combined(settings, ())
        self.projects = Projects(settings.as_projects())

    async def begin(self) -> Projects:
        """Have in use what the database knows. ConfigError: a schedule of the file cannot be."""
        self.projects.direct = await self._store.chosen_projects()
        await self._take(self._file, await self._store.added_projects())
        await self._schedule(self._file)
        return self.projects

    @property
    def settings(self) -> Settings:
        """What is in force, added projects included."""
        return self._combined.settings

    @property
    def of_file(self) -> Sequence[str]:
        return tuple(self._file.projects)

    @property
    def added(self) -> Sequence[AddedProject]:
        return self._added

    @property
    def left_out(self) -> Mapping[str, str]:
        return self._combined.left_out

    async def put(self, project: AddedProject) -> Sequence[str]:
        async with self._lock:
            try:
                section = await asyncio.to_thread(section_of, project.settings)
            except ConfigError as error:
                raise Refused(ProjectUnusable(tuple(error.problems))) from None
            others = [one for one in self._added if one.name != project.name]
            tried = await asyncio.to_thread(combined, self._file, (*others, project))
            if (why := tried.left_out.get(project.name)) is not None:
                raise Refused(ProjectUnusable((why,)))
            if not await self._store.put_project(project):
                raise Refused(self._outrun(project))
            await self._take(self._file, await self._store.added_projects())
            around = {one.name: one.directory for one in self.projects.all if one.name != project.name}
            return await asyncio.to_thread(lambda: tuple(_remarks(section.directory, around)))

    async def drop(self, name: str) -> None:
        async with self._lock:
            await self._store.drop_project(name)
            await self._take(self._file, await self._store.added_projects())

    async def reload(self) -> Reloaded:
        async with self._lock:
            try:
                found = await asyncio.to_thread(self._said)
                now = taken_up(self._file, found)
                await self._schedule(now)
            except ConfigError as error:
                self._health.begin(_BROKEN, wording.not_reloaded(error.problems))
                return Reloaded(problems=tuple(error.problems))
            self._health.over(_BROKEN)
            differing = changes(self._file, found)
            await self._take(now, self._added)
        log.info("%s", " ".join(reloaded(differing.taken, differing.later, {})))
        return Reloaded((), differing.taken, differing.later, self.left_out)

    def _said(self) -> Settings:
        found = self._read()
        refuse_bad_times(found, time.time())
        if not isinstance(found.settings, Settings):
            raise ConfigError((wording.NO_BOT_ANY_MORE,))
        return found.settings

    async def _take(self, file: Settings, added: Sequence[AddedProject]) -> None:
        """Have these in use from now on."""
        before = self.left_out
        self._file, self._added = file, added
        self._combined = await asyncio.to_thread(combined, file, added)
        for name, why in self.left_out.items():
            if before.get(name) != why:
                log.warning("%s", wording.left_out(name, why))
        self.projects.become(self.settings.as_projects())

    def _outrun(self, project: AddedProject) -> ProjectExists | ProjectChangedMeanwhile:
        if project.version == 1:
            return ProjectExists(project.name)
        by = next((one.by for one in self._added if one.name == project.name), "")
        return ProjectChangedMeanwhile(project.name, by)

    async def _schedule(self, settings: Settings) -> None:
        try:
            wanted = [_configured(name, one) for name, one in settings.schedules.items()]
            await configure(self._store, wanted, time.time())
        except BadSchedules as error:
            raise ConfigError(error.problems) from None


def _configured(name: str, one: ScheduleSection) -> Configured:
    when = name, one.when, one.prompt, one.zone
    told = Wanted(*when, one.show, one.overlap, one.missed, one.permission_mode, one.model, one.turn)
    return Configured(one.project, told, one.allowed_tools, one.budget, one.check)


def _remarks(directory: Path, others: Mapping[str, Path]) -> Iterator[str]:
    """What is to be known of a project's directory."""
    if not os.access(directory, os.W_OK | os.X_OK):
        yield wording.NOT_WRITABLE
    if not any((one / ".git").exists() for one in (directory, *directory.parents)):
        yield wording.NO_REPOSITORY
    for name, other in others.items():
        if directory == other:
            yield wording.same_directory(name)
        elif directory.is_relative_to(other):
            yield wording.inside_of(name)
