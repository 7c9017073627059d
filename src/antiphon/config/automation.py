"""The sections of what begins by itself: schedules and triggers."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from antiphon.config import patterns
from antiphon.config.base import SNOWFLAKE, Dollars, Mode, Seconds, Section, Unfitting, existing_directory

_SHORTEST_SECRET = 16  # characters of a secret with which events are signed


class ScheduleSection(Section):
    """[schedules.NAME]: a prompt that is run by the clock"""

    project: str
    """The project that it runs in."""
    when: str
    """When it runs: "daily 9:00", "every 30m", "0 9 * * 1-5" (cron), "2026-12-24 18:30"."""
    prompt: Annotated[str, Field(min_length=1, max_length=8000)]
    """What Claude is asked to do."""
    zone: str | None = None
    """The time zone of `when`, such as "Europe/Berlin"; absent: the machine's."""
    show: Literal["new_thread", "one_thread"] = "new_thread"
    """Each run in a thread of its own, or all in one."""
    overlap: Literal["skip", "queue"] = "skip"
    """What becomes of a run that is due while the last one is at work."""
    missed: Literal["skip", "once", "each"] = "once"
    """What becomes of runs that were due while the bridge was not running."""
    permission_mode: Mode | None = None
    """The permission mode of its runs; absent: the project's."""
    model: str | None = None
    """The model of its runs; absent: the project's."""
    allowed_tools: tuple[str, ...] = ()
    """What its runs may do without asking, besides what the project allows."""
    budget: Dollars | None = None
    """Most dollars for a run, where the project's budget is no lower."""
    turn: Seconds | None = None
    """Seconds that a run may take; absent: as long as a turn (limits.turn)."""
    check: tuple[str, ...] = ()
    """A command before each run, with its arguments: its output joins the prompt, exit code 1 skips the run."""


_Placeholder = Annotated[str, Field(pattern=patterns.PLACEHOLDER)]
_EventField = Annotated[str, Field(pattern=patterns.EVENT_FIELD)]


class TriggerSection(Section):
    """[triggers.NAME]: a prompt that a webhook's message, a repository's event or a program sets off"""

    project: str
    """The project that it runs in."""
    prompt: Annotated[str, Field(min_length=1, max_length=8000)]
    """What Claude is asked to do; {name} stands for one of the variables."""
    variables: dict[_Placeholder, _EventField] = Field(default={})
    """Names for fields of the event, for the prompt: branch = "ref"."""
    only: dict[_EventField, str | tuple[str, ...]] = Field(default={})
    """Fields of the event, and the value, or the list of values, that each must have."""
    events: frozenset[str] = frozenset()
    """Which kinds of GitHub's events, such as "push"; absent: all."""
    prefix: str | None = Field(default=None, min_length=2, max_length=100)
    """With what a webhook's message must begin."""
    webhooks: frozenset[Annotated[int, SNOWFLAKE]] = frozenset()
    """The ids of the webhooks whose messages count."""
    secret: SecretStr | None = None
    """The secret with which GitHub signs its events."""
    tokens: frozenset[str] = frozenset()
    """The API tokens that may fire it, by name; absent: all with the scope "triggers"."""
    show: Literal["new_thread", "one_thread"] = "new_thread"
    """Each run in a thread of its own, or all in one."""
    concurrency: Literal["queue", "replace", "drop"] = "queue"
    """What becomes of an event while a run is at work."""
    permission_mode: Mode | None = None
    """The permission mode of its runs; absent: the project's."""
    model: str | None = None
    """The model of its runs; absent: the project's."""
    allowed_tools: tuple[str, ...] = ()
    """What its runs may do without asking, besides what the project allows."""
    budget: Dollars | None = None
    """Most dollars for a run, where the project's budget is no lower."""
    turn: Seconds | None = None
    """Seconds that a run may take; absent: as long as a turn (limits.turn)."""
    directory: Path | None = None
    """The directory in which its runs work; absent: the project's."""

    @field_validator("directory")
    @classmethod
    def _exists(cls, directory: Path | None) -> Path | None:
        return None if directory is None else existing_directory(directory)

    @field_validator("secret")
    @classmethod
    def _is_long(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value()) < _SHORTEST_SECRET:
            raise ValueError(f"use at least {_SHORTEST_SECRET} characters")
        return secret

    @model_validator(mode="after")
    def _prefix_and_webhooks(self) -> Self:
        if (self.prefix is None) != (not self.webhooks):
            given = "prefix" if self.prefix is not None else "webhooks"
            words = "prefix and webhooks go together: which messages, and by which webhooks"
            raise Unfitting([((given,), words)])
        return self
