"""The sections of the configuration, but for projects and what begins by itself."""

import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from antiphon.config import patterns
from antiphon.config.base import SNOWFLAKE, Mode, Seconds, Section, Unfitting
from antiphon.core import values
from antiphon.core.coordination.board import BoardStyle

Occasion = Literal["needs", "done", "failed"]
# As Discord's client copies it; plain HTTP on this machine alone, for the address is a secret.
_WEBHOOK = re.compile(
    r"(https://[\w.-]+(?::\d+)?|http://(?:127\.0\.0\.1|localhost)(?::\d+)?)/api(?:/v\d+)?"
    r"/webhooks/(\d{15,20})/([\w-]{20,200})/?"
)
_API = "/api/v10"


class DiscordSection(Section):
    """[discord]: the bot"""

    token: SecretStr
    """The bot's token. Better is the variable DISCORD_BOT_TOKEN; with it in the file: chmod 600."""
    token_file: Path | None = None
    """A file that holds the token, for its owner alone; beside this file where the path is relative."""
    api: str | None = Field(default=None, pattern=patterns.ADDRESS)
    """Another Discord-compatible server."""
    presence: bool = True
    """Whether the bot's name tells how it is: idle, how many turns are at work, that something is wrong."""

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
    """The webhook's address (channel settings, Integrations, Webhooks, Copy URL). It is a secret: chmod 600."""
    owner: Annotated[values.PersonId, SNOWFLAKE] | None = None
    """The id of who is mentioned; absent: nobody is."""
    ping: frozenset[Occasion] = frozenset(("needs", "done", "failed"))
    """What calls somebody; all else is silent."""

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

    command: Path | None = None
    """The Claude Code executable; absent: the one that Antiphon brings along."""
    model: str | None = None
    """The model; absent: Claude Code's own choice."""
    permission_mode: Mode = "default"
    """What Claude may do without asking."""
    allowed_tools: tuple[str, ...] = ()
    """What runs without asking, in Claude Code's syntax: "Read", "Bash(npm test:*)"."""


class LimitsSection(Section):
    """[limits]: how much at once, and how long. Times in seconds"""

    sessions_at_work: int = Field(default=4, ge=1, le=200)
    """Turns at work at once; further messages are queued. A turn that waits for an answer does not count."""
    turns_per_person: int | None = Field(default=None, ge=1, le=200)
    """The same for one person; absent: as many as turns altogether."""
    processes: int | None = Field(default=None, ge=1, le=1000)
    """Claude Code processes, idle ones too, which are the first to be given back; absent: three a turn."""
    turn: Seconds = 86400
    """After so long a turn is stopped, not counting what it waits for people."""
    turn_silence: Seconds = 1800
    """A running turn that says nothing for so long is stopped."""
    unanswered: Seconds = 86400
    """So long a turn waits for somebody's answer."""
    idle: Seconds = 1800
    """After so long an idle session gives its process back."""
    stop: Seconds = 10
    """After a stop Claude has so long until its process is ended."""
    ask_after: Seconds = 21600
    """A message that the bridge has missed and that is older runs only when somebody says so."""
    drain: Annotated[float, Field(ge=0, le=86400)] = 20
    """So long running turns have to end when the bridge is stopped."""

    @model_validator(mode="after")
    def _process_for_each_turn(self) -> Self:
        if self.processes is not None and self.processes < self.sessions_at_work:
            words = f"processes must be at least sessions_at_work ({self.sessions_at_work})"
            raise Unfitting([(("processes",), words)])
        return self


class DisplaySection(Section):
    """[display]: how turns look and whom they call, for every project that does not say otherwise"""

    progress: values.ProgressStyle = Field(default="card", alias="progress_style")
    """One card for a turn, one message of lines ("compact"), or a message for each event ("legacy")."""
    thinking: values.ThinkingStyle = "off"
    """Whether Claude's thoughts are shown, behind a spoiler."""
    ping: values.Pinged = "asker"
    """Who is called when somebody is needed or a turn is done."""
    short_turn: Annotated[float, Field(ge=0, le=86400)] = 60
    """Seconds; a shorter turn calls nobody while its asker is still there."""
    remind_after: Seconds = 300
    """Seconds; an unanswered request calls once more in the thread, then by direct message."""


class FilesSection(Section):
    """[files]: what may be attached to a message for Claude"""

    count: int = Field(default=10, ge=0, le=10)  # Discord takes 10
    """Files of one message."""
    megabytes: float = Field(default=25, gt=0, le=500)
    """Of one file."""
    total_megabytes: float = Field(default=50, gt=0, le=5000)
    """Of all files of one message."""


class AttachSection(Section):
    """[attach]: sessions that are open in this machine's terminals"""

    elsewhere: str | None = None
    """The project whose channel shows sessions that are in no project's directory; absent: they are not shown."""
    type_into_tmux: bool = False
    """Whether a message to an idle session in tmux is typed there, as its user would."""


class ApiSection(Section):
    """[api]: HTTP for programs, with tokens of `antiphon token create`"""

    host: str = Field(default="127.0.0.1", min_length=1, max_length=253)
    """The address to listen on."""
    port: int = Field(default=8080, ge=1, le=65535)
    """The port to listen on."""
    requests_per_minute: int = Field(default=600, ge=10, le=1_000_000)
    """Most requests with one token."""

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        return self.host in ("127.0.0.1", "::1", "localhost")


class CoordinationSection(Section):
    """[coordination]: where everybody sees what sessions do at once"""

    channel: Annotated[values.PlaceId, SNOWFLAKE] | None = None
    """The id of the channel that tells who starts, waits, ends and claims what."""
    channel_name: Annotated[str, Field(max_length=100)] | None = None
    """The same by its name; made if there is none."""
    board: BoardStyle = "channels"
    """One board in each project's channels, or one for all ("together") in that channel, or none."""

    @field_validator("channel_name")
    @classmethod
    def _as_discord_has_it(cls, name: str | None) -> str | None:
        return None if name is None else "-".join(name.strip().lstrip("#").lower().split()) or None

    @model_validator(mode="after")
    def _one_board_has_a_channel(self) -> Self:
        if self.board == "together" and self.channel is None and self.channel_name is None:
            raise Unfitting([(("board",), '"together" needs channel or channel_name')])
        return self
