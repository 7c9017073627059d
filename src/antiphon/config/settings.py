"""What can be configured, with its types and limits (pydantic). The TOML file has exactly this shape."""

import os
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self, TypeVar

from pydantic import Field, SecretStr, field_validator, model_validator

from antiphon.config.automation import ScheduleSection, TriggerSection
from antiphon.config.base import SNOWFLAKE, Dollars, Mode, Seconds, Section
from antiphon.core import values
from antiphon.core.coordination.board import BoardStyle, CoordinationSettings
from antiphon.core.coordination.worktrees import Base, Isolation, Merge, WorktreeSettings
from antiphon.core.programs.triggers import Trigger

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

People = frozenset[Annotated[values.PersonId, SNOWFLAKE]]
Roles = frozenset[Annotated[values.RoleId, SNOWFLAKE]]
# A person's id, and how git names them: "Ada Lovelace <ada@example.org>", on one line.
_IN_NO_NAME = r"<>\x00-\x1f\x7f-\x9f\u2028\u2029"
_GIT_IDENTITY = rf"^[^\s{_IN_NO_NAME}][^{_IN_NO_NAME}]* <[^@\s{_IN_NO_NAME}]+@[^@\s{_IN_NO_NAME}]+>$"
CoAuthors = dict[
    Annotated[str, Field(pattern=r"^[1-9][0-9]{0,18}$")], Annotated[str, Field(max_length=200, pattern=_GIT_IDENTITY)]
]
Channels = frozenset[Annotated[values.PlaceId, SNOWFLAKE]]
Occasion = Literal["needs", "done", "failed"]
# As Discord's client copies it; plain HTTP on this machine alone, for the address is a secret.
_WEBHOOK = re.compile(
    r"(https://[\w.-]+(?::\d+)?|http://(?:127\.0\.0\.1|localhost)(?::\d+)?)/api(?:/v\d+)?"
    r"/webhooks/(\d{15,20})/([\w-]{20,200})/?"
)
_API = "/api/v10"


class DiscordSection(Section):
    """[discord]"""

    token: SecretStr
    token_file: Path | None = None  # holds the token, for its owner alone; beside this file where it is relative
    api: str | None = Field(default=None, pattern=r"^https?://\S+$")  # another Discord-compatible server

    @field_validator("token")
    @classmethod
    def _not_an_example(cls, token: SecretStr) -> SecretStr:
        words = token.get_secret_value().strip()
        if not words or "your" in words.lower() or " " in words:
            raise ValueError("put the bot's own token here (application page, Bot, Reset Token)")
        return SecretStr(words)


class WebhookSection(Section):
    """[webhook]: where a bridge without a bot tells of sessions in terminals, and whom it calls there"""

    url: SecretStr
    owner: Annotated[values.PersonId, SNOWFLAKE] | None = None  # None: nobody is mentioned
    ping: frozenset[Occasion] = frozenset(("needs", "done", "failed"))  # all others are silent

    @field_validator("url")
    @classmethod
    def _is_a_webhooks(cls, url: SecretStr) -> SecretStr:
        if _WEBHOOK.fullmatch(url.get_secret_value().strip()) is None:
            raise ValueError("put a webhook's whole address here (channel settings, Integrations, Webhooks, Copy URL)")
        return SecretStr(url.get_secret_value().strip())

    @property
    def parts(self) -> tuple[str, str, str]:
        """The server's API, the webhook's id, and its token."""
        found = _WEBHOOK.fullmatch(self.url.get_secret_value())
        assert found is not None
        return f"{found[1]}{_API}", found[2], found[3]


class ClaudeSection(Section):
    """[claude]: what holds for every project that does not say otherwise"""

    command: Path | None = None  # None: the CLI inside the claude-agent-sdk wheel
    model: str | None = None
    permission_mode: Mode = "default"
    allowed_tools: tuple[str, ...] = ()


class LimitsSection(Section):
    """[limits]"""

    sessions_at_work: int = Field(default=4, ge=1, le=200)
    turns_per_person: int | None = Field(default=None, ge=1, le=200)  # None: as many as turns altogether
    processes: int | None = Field(default=None, ge=1, le=1000)  # of Claude Code, idle ones too; None: three a turn
    turn: Seconds = 86400  # a turn altogether, but for what it waits for people, is stopped after so long
    turn_silence: Seconds = 1800  # a running turn that says nothing for so long is stopped
    unanswered: Seconds = 86400  # the same, while it waits for somebody's answer
    idle: Seconds = 1800  # a session without a turn gives its process back
    stop: Seconds = 10  # after a stop, until the process is ended
    ask_after: Seconds = 21600  # a message that was missed and is older waits until somebody lets it run
    drain: Annotated[float, Field(ge=0, le=86400)] = 20  # seconds that running turns have to end when the bridge stops

    @model_validator(mode="after")
    def _process_for_each_turn(self) -> Self:
        if self.processes is not None and self.processes < self.sessions_at_work:
            raise ValueError(f"processes must be at least sessions_at_work ({self.sessions_at_work})")
        return self


class DisplaySection(Section):
    """[display]: how turns look and whom they call, for every project that does not say otherwise"""

    progress: values.ProgressStyle = Field(default="card", alias="progress_style")
    thinking: values.ThinkingStyle = "off"
    ping: values.Pinged = "asker"
    short_turn: Annotated[float, Field(ge=0, le=86400)] = 60  # seconds
    remind_after: Seconds = 300


class FilesSection(Section):
    """[files]: what may be attached to a message for Claude"""

    count: int = Field(default=10, ge=0, le=10)  # of one message; Discord takes 10
    megabytes: float = Field(default=25, gt=0, le=500)  # of one file
    total_megabytes: float = Field(default=50, gt=0, le=5000)  # of one message


class AttachSection(Section):
    """[attach]: sessions that are open in this machine's terminals"""

    elsewhere: str | None = None  # the project whose place shows those of no project's directory; None: none does
    type_into_tmux: bool = False  # what is said to an idle one is typed there, as its user would


class ApiSection(Section):
    """[api]: HTTP for programs, with tokens of `antiphon token create`"""

    host: str = Field(default="127.0.0.1", min_length=1, max_length=253)
    port: int = Field(default=8080, ge=1, le=65535)
    requests_per_minute: int = Field(default=600, ge=10, le=1_000_000)  # of one token

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        return self.host in ("127.0.0.1", "::1", "localhost")


class GroupSection(Section):
    """[projects.NAME.approvers], [projects.NAME.admins], [projects.NAME.mentionable]"""

    people: People = frozenset()
    roles: Roles = frozenset()


class BudgetSection(Section):
    """[projects.NAME.budgets]: most dollars; absent: no limit"""

    turn: Dollars | None = None
    thread: Dollars | None = None
    member: Dollars | None = None  # one person, in a day
    day: Dollars | None = None


class WorktreesSection(Section):
    """[projects.NAME.worktrees]: where a project's sessions work at once, and how what they did comes together"""

    base: Base = "head"  # what a working tree begins with: the directory's commit, or the remote's default branch
    merge: Merge = "merge"  # how its commits come back
    directory: Path | None = None  # in which they lie; None: .claude/worktrees in the project
    prefix: Annotated[str, Field(max_length=40, pattern=r"^([A-Za-z0-9][A-Za-z0-9_-]*/?)*$")] = "antiphon/"  # branches

    @field_validator("directory")
    @classmethod
    def _absolute(cls, directory: Path | None) -> Path | None:
        return None if directory is None else Path(os.path.abspath(os.path.expanduser(directory)))


class CoordinationSection(Section):
    """[coordination]: where everybody sees what sessions do at once"""

    channel: Annotated[values.PlaceId, SNOWFLAKE] | None = None  # that tells who starts, waits, ends, claims what
    channel_name: Annotated[str, Field(max_length=100)] | None = None  # the same by its name; made if there is none
    board: BoardStyle = "channels"  # in each project's channels, or one for all ("together") in that one, or "off"

    @field_validator("channel_name")
    @classmethod
    def _as_discord_has_it(cls, name: str | None) -> str | None:
        return None if name is None else "-".join(name.strip().lstrip("#").lower().split()) or None

    @model_validator(mode="after")
    def _one_board_has_a_channel(self) -> Self:
        if self.board == "together" and self.channel is None and self.channel_name is None:
            raise ValueError('board = "together" needs channel or channel_name')
        return self


class ProjectSection(Section):
    """[projects.NAME]"""

    directory: Path
    channels: Channels
    people: People = frozenset()
    roles: Roles = frozenset()
    mention_required: bool = False
    model: str | None = None
    permission_mode: Mode | None = None
    allowed_tools: tuple[str, ...] | None = None
    append_prompt: str | None = None
    max_turns: int | None = Field(default=None, ge=1, le=10_000)  # model requests in one turn
    send_from: tuple[Path, ...] = ()  # more directories from which Claude may send files
    allow_bypass: bool = False  # let people switch sessions to bypassPermissions
    dangerous: tuple[str, ...] = ()  # rules like "Bash(rm *)": two different people have to allow these
    while_working: values.WhileWorking = "steer"  # what becomes of a message that comes while Claude works
    after_restart: values.AfterRestart = "ask"  # a turn that was cut off goes on by a button, or by itself
    after_limit: values.AfterLimit = "ask"  # the same for one that a usage limit has ended, once it is reset
    thread_isolation: bool = True  # each message of a channel opens a thread; else all go to one session
    share: Literal["channel", "person"] = "channel"  # whose that is: everybody's in the channel, or each person has one
    side_talk: values.SideTalk = "prompt"  # what is plainly for another person: Claude answers, or is told of it later
    guests: values.Strangers = "offer"  # a message in a session by who may not prompt is offered to those who may
    isolation: Isolation = "worktree"  # a second session at once works in a tree of its own; shared, off: it does not
    worktrees: WorktreesSection = WorktreesSection()
    approvers: GroupSection | None = None  # who may answer Claude's requests; absent: people and roles
    admins: GroupSection = GroupSection()  # who may do everything in the project, and raise a budget
    mentionable: GroupSection = GroupSection()  # whom messages may call that Claude sends itself; else they call nobody
    co_authors: CoAuthors = Field(default={})  # by id: who is named, and how, in commits of sessions that they were in
    budgets: BudgetSection = BudgetSection()
    session_key: frozenset[values.TokenScope] = frozenset()  # what scripts may do by the API that Claude runs
    progress: values.ProgressStyle | None = Field(default=None, alias="progress_style")
    thinking: values.ThinkingStyle | None = None
    ping: values.Pinged | None = None
    short_turn: Annotated[float, Field(ge=0, le=86400)] | None = None
    remind_after: Seconds | None = None

    @field_validator("channels")
    @classmethod
    def _at_least_one(cls, channels: Channels) -> Channels:
        if not channels:
            raise ValueError("name at least one channel")
        return channels

    @field_validator("directory")
    @classmethod
    def _exists(cls, directory: Path) -> Path:
        directory = Path(os.path.expanduser(directory)).resolve()  # does not raise for a stranger's home
        if not directory.is_dir():
            raise ValueError(f"there is no directory {directory}")
        return directory

    @field_validator("send_from")
    @classmethod
    def _resolved(cls, directories: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(Path(os.path.expanduser(one)).resolve() for one in directories)


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
    """Everything."""

    discord: DiscordSection
    claude: ClaudeSection = ClaudeSection()
    limits: LimitsSection = LimitsSection()
    display: DisplaySection = DisplaySection()
    files: FilesSection = FilesSection()
    attach: AttachSection = AttachSection()
    api: ApiSection | None = None  # absent: there is none
    coordination: CoordinationSection = CoordinationSection()
    webhook: WebhookSection | None = None  # of a bridge without a bot; with one it is not needed
    projects: dict[str, ProjectSection] = Field(min_length=1)
    schedules: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")], ScheduleSection] = Field(default={})
    triggers: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")], TriggerSection] = Field(default={})

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may appear nowhere."""
        signing = [one.secret.get_secret_value() for one in self.triggers.values() if one.secret is not None]
        webhook = () if self.webhook is None else (self.webhook.parts[2],)
        return (self.discord.token.get_secret_value(), *webhook, *signing)

    @model_validator(mode="after")
    def _one_project_a_channel(self) -> Self:
        seen: dict[int, str] = {}
        for name, project in self.projects.items():
            for channel in project.channels:
                if channel in seen:
                    raise ValueError(f"channel {channel} belongs to two projects: {seen[channel]} and {name}")
                seen[channel] = name
        return self

    @model_validator(mode="after")
    def _elsewhere_is_a_project(self) -> Self:
        if self.attach.elsewhere not in (None, *self.projects):
            raise ValueError(f"attach.elsewhere: there is no project {self.attach.elsewhere}")
        return self

    @model_validator(mode="after")
    def _schedules_have_projects(self) -> Self:
        for name, one in self.schedules.items():
            if one.project not in self.projects:
                raise ValueError(f"schedules.{name}.project: there is no project {one.project}")
            if one.permission_mode == "bypassPermissions" and not self.projects[one.project].allow_bypass:
                raise ValueError(f"schedules.{name}.permission_mode: {one.project} does not allow_bypass")
        return self

    @model_validator(mode="after")
    def _triggers_have_projects(self) -> Self:
        for name, one in self.triggers.items():
            if one.project not in self.projects:
                raise ValueError(f"triggers.{name}.project: there is no project {one.project}")
            if one.permission_mode == "bypassPermissions" and not self.projects[one.project].allow_bypass:
                raise ValueError(f"triggers.{name}.permission_mode: {one.project} does not allow_bypass")
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
