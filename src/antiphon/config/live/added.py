"""Projects that were added while the bridge ran, beside those of the file: the file wins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from antiphon.config import wording
from antiphon.config.problems import found_by, told
from antiphon.config.project import ProjectSection
from antiphon.config.settings import Settings
from antiphon.config.sources import Sources
from antiphon.core.projects import AddedProject
from antiphon.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Combined:
    """`settings`: with all projects that can be used; `left_out`: why others cannot, by their names."""

    settings: Settings
    left_out: Mapping[str, str] = field(default_factory=dict[str, str])


def section_of(settings: Mapping[str, Any]) -> ProjectSection:
    """The section of a project that is not in the file. ConfigError: what is wrong with it, beginning with which of its
    settings that is."""
    sources = Sources(dict(settings), None, {})
    try:
        return ProjectSection.model_validate(sources.data)
    except ValidationError as error:
        raise ConfigError(told(found_by(error, ProjectSection, sources), sources)) from None


def combined(settings: Settings, added: Iterable[AddedProject]) -> Combined:
    """The configuration with these projects, the earlier ones first. One whose name or channel is another's, or that
    cannot be used, is left out."""
    projects, left_out = dict(settings.projects), dict[str, str]()
    for one in added:
        try:
            section = section_of(one.settings)
        except ConfigError as error:
            left_out[one.name] = "; ".join(error.problems)
            continue
        if one.name in projects:
            left_out[one.name] = wording.NAMED_IN_FILE
        elif taken := _taken(section, projects):
            left_out[one.name] = wording.two_projects(*taken, one.name)
        else:
            projects[one.name] = section
    return Combined(settings.model_copy(update={"projects": projects}), left_out)


def _taken(section: ProjectSection, projects: Mapping[str, ProjectSection]) -> tuple[int, str] | None:
    """The first of its channels that is another project's, and which one's."""
    shared = ((channel, name) for name, known in projects.items() for channel in section.channels & known.channels)
    return next(iter(sorted(shared)), None)
