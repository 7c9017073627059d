"""The sections of what begins by itself: schedules and triggers."""

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from antiphon.config.base import SNOWFLAKE, Dollars, Mode, Seconds, Section

_SHORTEST_SECRET = 16  # characters of a secret with which events are signed


class ScheduleSection(Section):
    """[schedules.NAME]: a prompt that is run by the clock"""

    project: str
    when: str  # such as "daily 9:00", "every 30m", "0 9 * * 1-5", "2026-12-24 18:30"
    prompt: Annotated[str, Field(min_length=1, max_length=8000)]
    zone: str | None = None  # of the times; None: the machine's
    show: Literal["new_thread", "one_thread"] = "new_thread"
    overlap: Literal["skip", "queue"] = "skip"  # while the last run is at work
    missed: Literal["skip", "once", "each"] = "once"  # runs that were due while the bridge was not running
    permission_mode: Mode | None = None
    model: str | None = None
    allowed_tools: tuple[str, ...] = ()  # besides the project's
    budget: Dollars | None = None  # of a run, where the project's is no lower
    turn: Seconds | None = None  # that a run may take; None: limits.turn
    check: tuple[str, ...] = ()  # a command before each run: its output joins the prompt; exit code 1 skips the run


_PLACEHOLDER = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,39}$")]
_PATH = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,60}(\.[A-Za-z0-9_-]{1,60}){0,9}$")]


class TriggerSection(Section):
    """[triggers.NAME]: a prompt that a webhook's message, a repository's event or a program sets off"""

    project: str
    prompt: Annotated[str, Field(min_length=1, max_length=8000)]  # {name}: see variables
    variables: dict[_PLACEHOLDER, _PATH] = Field(default={})  # fields of the event to name: branch = "ref"
    only: dict[_PATH, str | tuple[str, ...]] = Field(default={})  # fields, and the values that they must have
    events: frozenset[str] = frozenset()  # kinds of GitHub's ("push"); none: all
    prefix: str | None = Field(default=None, min_length=2, max_length=100)  # of a webhook's message
    webhooks: frozenset[Annotated[int, SNOWFLAKE]] = frozenset()  # whose messages count, by their ids
    secret: SecretStr | None = None  # with which GitHub signs
    tokens: frozenset[str] = frozenset()  # names of those that may fire it; none: all with the scope triggers
    show: Literal["new_thread", "one_thread"] = "new_thread"
    concurrency: Literal["queue", "replace", "drop"] = "queue"  # while a run is at work
    permission_mode: Mode | None = None
    model: str | None = None
    allowed_tools: tuple[str, ...] = ()  # besides the project's
    budget: Dollars | None = None  # of a run, where the project's is no lower
    turn: Seconds | None = None  # that a run may take; None: limits.turn
    directory: Path | None = None  # in which its runs work; None: the project's

    @field_validator("directory")
    @classmethod
    def _exists(cls, directory: Path | None) -> Path | None:
        if directory is None:
            return None
        directory = Path(os.path.expanduser(directory)).resolve()
        if not directory.is_dir():
            raise ValueError(f"there is no directory {directory}")
        return directory

    @field_validator("secret")
    @classmethod
    def _is_long(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value()) < _SHORTEST_SECRET:
            raise ValueError(f"use at least {_SHORTEST_SECRET} characters")
        return secret

    @model_validator(mode="after")
    def _prefix_and_webhooks(self) -> Self:
        if (self.prefix is None) != (not self.webhooks):
            raise ValueError("prefix and webhooks go together: which messages, and by which webhooks")
        return self
