"""The errors that Antiphon raises, and who hears of each.

    AntiphonError
    ├── ConfigError   the operator: exit code 78, every problem at once
    ├── StartError    the operator: one line and an exit code of its own
    ├── UnitError     the operator: what looks after services does not do it, and what to do instead
    ├── StoreError    the operator: the database cannot be used as it is
    ├── Refused       whoever asked for an action, with a typed reason (actions/reasons.py)
    ├── AgentError    the thread: Claude Code could not do it
    └── ChatError     the log: Discord refused or was away; the outbox repairs

A class's docstring is the text shown where nothing better is known, and `hint` says what to do next. Foreign
exceptions are translated at the edge of the room that meets them. Ends of a turn or a request (stopped, withdrawn,
expired) are values, not errors.

Those that people see carry an id, under which the log has everything that is known.
"""

import logging
from typing import ClassVar
from uuid import uuid4

log = logging.getLogger(__name__)


class AntiphonError(Exception):
    """Something went wrong inside Antiphon."""

    hint: ClassVar[str] = "Look for the error's id in the log."
    exit_code: ClassVar[int] = 70

    def __str__(self) -> str:
        return super().__str__() or (self.__doc__ or "").splitlines()[0]


class ConfigError(AntiphonError):
    """The configuration cannot be used."""

    hint = "Correct the named settings and start again."
    exit_code = 78

    def __init__(self, problems: tuple[str, ...]) -> None:
        """`problems`: one line each, beginning with where it is; all that are wrong, not only the first."""
        super().__init__("; ".join(problems))
        self.problems = problems


class StartError(AntiphonError):
    """The bridge cannot start."""

    hint = "Correct what the line names and start again."


class BadToken(StartError):
    """Discord does not accept the bot token."""

    hint = "Copy a fresh token from the application's Bot page into DISCORD_BOT_TOKEN."
    exit_code = 77


class MissingIntent(StartError):
    """The application has not been given an intent that the bridge needs."""

    hint = "Turn on MESSAGE CONTENT INTENT on the application's Bot page, then start again."
    exit_code = 76


class TokenInUse(StartError):
    """Another bridge uses this bot token."""

    hint = "Stop that bridge, or give this one a bot of its own."
    exit_code = 75


class ServerUnreachable(StartError):
    """The Discord server does not answer."""

    hint = "Check the network, and ANTIPHON_DISCORD_API if it is set."
    exit_code = 69


class ClaudeMissing(StartError):
    """The Claude Code command cannot be run."""

    hint = "Install Claude Code, or name its executable in CLAUDE_COMMAND."
    exit_code = 72


class UnitError(AntiphonError):
    """The service cannot be installed, looked at or removed."""

    hint = "docs/service.md has every way to run it."
    exit_code = 71


class StoreError(AntiphonError):
    """The database cannot be used."""

    hint = "See the message; nothing was changed in the database."
    exit_code = 74


class AgentError(AntiphonError):
    """Claude Code could not be reached."""

    hint = "Send the message again; the session is kept."


class SessionGone(AgentError):
    """This session cannot be resumed: Claude Code has no transcript of it any more."""

    hint = "Start again: Claude gets a summary of what this thread holds."


class NotDone(AgentError):
    """That cannot be done."""

    hint = "Nothing was changed."


class ChatError(AntiphonError):
    """Discord refused a request."""

    hint = "The bridge tries again by itself."


def with_id(words: str, cause: BaseException | None = None, session: str | None = None) -> str:
    """Log `words` and their cause under a new id; the words for people, with that id."""
    id_ = uuid4().hex[:8]
    log.error("%s (error %s)", words, id_, exc_info=cause, extra={"session": session})
    return f"{words} (error {id_})"
