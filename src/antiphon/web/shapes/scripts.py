"""What existing scripts send and read (those of claude-code-discord-bridge)."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from antiphon.web.shapes import base


class _Asked(base.Asked):
    """Scripts may send fields that nobody knows here."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class NotifyAsked(_Asked):
    """A message, now. `format`: "embed" with title and colour, or "text"."""

    message: base.Words
    title: Annotated[base.Text, Field(max_length=256)] | None = None
    color: base.Color | None = None
    channel_id: base.DiscordId | None = None
    thread_name: Annotated[base.Text, Field(max_length=1000)] | None = None
    format: Literal["embed", "text"] | None = None


class ScheduleNoticeAsked(_Asked):
    """A message at a time: ISO 8601, by the machine's clock where it names no zone."""

    message: base.Words
    scheduled_at: Annotated[base.Text, Field(max_length=60)]
    title: Annotated[base.Text, Field(max_length=256)] | None = None
    color: base.Color | None = None
    channel_id: base.DiscordId | None = None


class TaskAsked(_Asked):
    """A prompt at an interval. `anchor_time`: "HH:MM" by the machine's clock; `working_dir`: a project's directory."""

    prompt: base.PromptText
    interval_seconds: Annotated[float, Field(ge=60, le=315_360_000)]
    name: Annotated[base.Text, Field(max_length=80)] | None = None
    channel_id: base.DiscordId | None = None
    working_dir: Annotated[base.Text, Field(max_length=4096)] | None = None
    anchor_time: Annotated[base.Text, Field(max_length=10)] | None = None
    thread_id: base.DiscordId | None = None
    one_shot: bool = False
    run_immediately: bool = True


class TaskChange(_Asked):
    """What is to be otherwise."""

    enabled: bool | None = None
    prompt: base.PromptText | None = None
    interval_seconds: Annotated[float, Field(ge=60, le=315_360_000)] | None = None
    anchor_time: Annotated[base.Text, Field(max_length=10)] | None = None


class Done(base.Told):
    """What was done."""

    status: str
    id: str | None = None


class ScheduledNotice(base.Told):
    """A message that waits for its time."""

    id: str
    message: str
    title: str | None
    color: int | None
    scheduled_at: str
    channel_id: str | None
    status: str


class ScheduledNotices(base.Told):
    """The next one first."""

    notifications: list[ScheduledNotice]


class Task(base.Told):
    """A prompt at an interval."""

    id: str
    name: str
    prompt: str
    interval_seconds: float | None
    channel_id: str | None
    enabled: bool
    next_run_at: float | None
    one_shot: bool


class Tasks(base.Told):
    """All that the token sees."""

    tasks: list[Task]
