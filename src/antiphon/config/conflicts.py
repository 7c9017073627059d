"""What does not fit together in settings that are right one by one."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from antiphon.config import wording
from antiphon.config.automation import ScheduleSection, TriggerSection
from antiphon.config.base import KeyPath, Section
from antiphon.config.project import ProjectSection
from antiphon.config.sections import AttachSection

T = TypeVar("T", bound=Section)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the settings that name each other. `names`: of all projects, also of those that are wrong."""

    projects: Mapping[str, ProjectSection]
    names: Set[str]
    schedules: Mapping[str, ScheduleSection]
    triggers: Mapping[str, TriggerSection]
    attach: AttachSection


def conflicts(parts: Parts) -> Iterator[tuple[KeyPath, str]]:
    """What does not fit together: where each is to be corrected, and what is wrong."""
    seen: dict[int, str] = {}
    for name, project in parts.projects.items():
        for channel in sorted(project.channels):
            if channel in seen:
                words = wording.two_projects(channel, seen[channel], name)
                yield ("projects", name, "channels"), words
            seen.setdefault(channel, name)
    if parts.attach.elsewhere not in (None, *parts.names):
        yield ("attach", "elsewhere"), wording.no_project(parts.attach.elsewhere, parts.names)
    for kind, automations in (("schedules", parts.schedules), ("triggers", parts.triggers)):
        for name, one in automations.items():
            project = parts.projects.get(one.project)
            if one.project not in parts.names:
                yield (kind, name, "project"), wording.no_project(one.project, parts.names)
            elif one.permission_mode == "bypassPermissions" and project is not None and not project.allow_bypass:
                yield (kind, name, "permission_mode"), wording.no_bypass(one.project)


def right_parts(data: Mapping[str, Any], wrong: Set[KeyPath]) -> Parts:
    """The parts of a configuration that can be used, where others cannot. `wrong`: where they stand."""

    def usable(kind: str, model: type[T]) -> dict[str, T]:
        found = {name: one for name, one in _table(data, kind).items() if (kind, name) not in begun}
        return {} if (kind,) in wrong else {name: model.model_validate(one) for name, one in found.items()}

    begun = {path[:2] for path in wrong}
    attach = AttachSection() if any(path[:1] == ("attach",) for path in wrong) else _table(data, "attach")
    return Parts(
        usable("projects", ProjectSection),
        frozenset(_table(data, "projects")),
        usable("schedules", ScheduleSection),
        usable("triggers", TriggerSection),
        AttachSection.model_validate(attach),
    )


def _table(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = data.get(name)
    return cast(dict[str, Any], found) if isinstance(found, dict) else {}
