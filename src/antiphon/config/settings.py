"""What can be configured, with its types and limits (pydantic). The TOML file has exactly this shape."""

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Annotated, Self, TypeVar

from pydantic import Field, model_validator

from antiphon.config import patterns
from antiphon.config.automation import ScheduleSection, TriggerSection
from antiphon.config.base import Section, Unfitting
from antiphon.config.conflicts import Parts, conflicts
from antiphon.config.machine import MachineSection
from antiphon.config.project import ProjectSection
from antiphon.config.sections import (
    ApiSection,
    AttachSection,
    ClaudeSection,
    CoordinationSection,
    DiscordSection,
    DisplaySection,
    FilesSection,
    LimitsSection,
    WebhookSection,
)
from antiphon.core import values
from antiphon.core.coordination.board import CoordinationSettings
from antiphon.core.coordination.worktrees import WorktreeSettings
from antiphon.core.programs.triggers import Trigger

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")
Name = Annotated[str, Field(pattern=patterns.NAME)]


class WebhookSettings(Section):
    """All of a bridge that has a webhook and no bot."""

    webhook: WebhookSection
    claude: ClaudeSection = ClaudeSection()
    limits: LimitsSection = LimitsSection()

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may appear nowhere."""
        return (self.webhook.parts[2],)


class Settings(Section):
    """The configuration of Antiphon"""

    discord: DiscordSection
    claude: ClaudeSection = ClaudeSection()
    limits: LimitsSection = LimitsSection()
    machine: MachineSection = MachineSection()
    display: DisplaySection = DisplaySection()
    files: FilesSection = FilesSection()
    attach: AttachSection = AttachSection()
    api: ApiSection | None = None
    """HTTP for programs; absent: there is none."""
    coordination: CoordinationSection = CoordinationSection()
    webhook: WebhookSection | None = None
    """Of a bridge without a bot; with one it is not needed."""
    projects: dict[str, ProjectSection] = Field(min_length=1)
    """Directories, and the channels in which they are worked on: [projects.NAME]."""
    schedules: dict[Name, ScheduleSection] = Field(default={})
    """Prompts that are run by the clock: [schedules.NAME]."""
    triggers: dict[Name, TriggerSection] = Field(default={})
    """Prompts that a webhook's message, a repository's event or a program sets off: [triggers.NAME]."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may appear nowhere."""
        signing = [one.secret.get_secret_value() for one in self.triggers.values() if one.secret is not None]
        webhook = () if self.webhook is None else (self.webhook.parts[2],)
        return (self.discord.token.get_secret_value(), *webhook, *signing)

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        parts = Parts(self.projects, frozenset(self.projects), self.schedules, self.triggers, self.attach)
        if problems := tuple(conflicts(parts)):
            raise Unfitting(problems)
        return self

    def as_coordination(self) -> CoordinationSettings:
        """[coordination] as the rest of Antiphon knows it."""
        return _merged(CoordinationSettings, self.coordination)

    def as_triggers(self) -> tuple[Trigger, ...]:
        """The triggers as the rest of Antiphon knows them."""
        return tuple(
            Trigger(
                name,
                one.project,
                one.prompt,
                one.variables,
                {path: (found,) if isinstance(found, str) else found for path, found in one.only.items()},
                one.events,
                one.prefix or "",
                one.webhooks,
                "" if one.secret is None else one.secret.get_secret_value(),
                one.tokens,
                one.show,
                one.concurrency,
                values.Choices(one.model, one.permission_mode, rules=one.allowed_tools, budget=one.budget),
                one.turn,
                one.directory,
            )
            for name, one in self.triggers.items()
        )

    def as_projects(self) -> tuple[values.Project, ...]:
        """The projects as the rest of Antiphon knows them, with the defaults of [claude] and [display] filled in."""
        return tuple(self._project(name, section) for name, section in self.projects.items())

    def _project(self, name: str, section: ProjectSection) -> values.Project:
        approvers = _merged(values.Group, section.approvers) if section.approvers is not None else None
        return values.Project(
            name,
            section.directory,
            section.channels,
            values.Access(section.people, section.roles, approvers, _merged(values.Group, section.admins)),
            _merged(values.ClaudeSettings, self.claude, section),
            section.mention_required,
            _merged(values.Display, self.display, section),
            section.while_working,
            section.after_restart,
            _merged(values.Budgets, section.budgets),
            _merged(values.Group, section.mentionable),
            section.session_key if self.api is not None else frozenset(),
            section.after_limit,
            replace(_merged(WorktreeSettings, section.worktrees), isolation=section.isolation),
            section.side_talk,
            section.thread_isolation,
            section.share,
            section.guests,
            tuple((values.PersonId(int(id_)), line) for id_, line in section.co_authors.items()),
        )


def _merged(kind: type[T], *sections: Section) -> T:
    """A value of the core; each field as the last section has it that says something of it."""
    names = {one.name for one in fields(kind)}
    given = {key: value for section in sections for key, value in section if key in names and value not in (None, "")}
    return kind(**given)
