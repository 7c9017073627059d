"""Discord's refusals: status, JSON code and the nested `errors` tree.

Codes and sentences are those of D topics/opcodes-and-status-codes; the codes inside a form error
(BASE_TYPE_MAX_LENGTH and so on) appear in D reference, "Error Messages", and in the tracker's threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

Json = dict[str, Any]

CODES: Mapping[int, tuple[int, str]] = MappingProxyType(
    {
        10002: (404, "Unknown Application"),
        10003: (404, "Unknown Channel"),
        10004: (404, "Unknown Guild"),
        10007: (404, "Unknown Member"),
        10008: (404, "Unknown Message"),
        10009: (404, "Unknown Permission Overwrite"),
        10011: (404, "Unknown Role"),
        10013: (404, "Unknown User"),
        10014: (400, "Unknown Emoji"),
        10015: (404, "Unknown Webhook"),
        10062: (404, "Unknown interaction"),
        10063: (404, "Unknown application command"),
        20001: (403, "Bots cannot use this endpoint"),
        20002: (403, "Only bots can use this endpoint"),
        20012: (403, "You are not authorized to perform this action on this application"),
        30003: (400, "Maximum number of pins reached for the channel (250)"),
        30007: (400, "Maximum number of webhooks reached (15)"),
        30010: (400, "Maximum number of reactions reached (20)"),
        30013: (400, "Maximum number of guild channels reached (500)"),
        30015: (400, "Maximum number of attachments in a message reached (10)"),
        30032: (400, "Maximum number of application commands reached"),
        30033: (400, "Maximum number of thread participants has been reached (1000)"),
        30034: (429, "Maximum number of daily application command creates has been reached (200)"),
        30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later"),
        40005: (413, "Request entity too large"),
        40060: (400, "Interaction has already been acknowledged"),
        40067: (400, "A tag is required to create a forum post in this channel"),
        50001: (403, "Missing Access"),
        50003: (403, "Cannot execute action on a DM channel"),
        50005: (403, "Cannot edit a message authored by another user"),
        50006: (400, "Cannot send an empty message"),
        50007: (403, "Cannot send messages to this user"),
        50008: (400, "Cannot send messages in a non-text channel"),
        50013: (403, "Missing Permissions"),
        50014: (401, "Invalid authentication token provided"),
        50016: (
            400,
            "Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages",
        ),
        50021: (403, "Cannot execute action on a system message"),
        50024: (400, "Cannot execute action on this channel type"),
        50027: (401, "Invalid Webhook Token"),
        50033: (400, "Invalid Recipient(s)"),
        50034: (400, "A message provided was too old to bulk delete"),
        50035: (400, "Invalid Form Body"),
        50083: (400, "Thread is archived"),
        50109: (400, "The request body contains invalid JSON."),
        50159: (400, "Voice messages do not support additional content."),
        50160: (400, "Voice messages must have a single audio attachment."),
        50161: (400, "Voice messages must have supporting metadata."),
        50162: (400, "Voice messages cannot be edited."),
        50173: (400, "You cannot send voice messages in this channel."),
        50278: (403, "Cannot send messages to this user due to having no mutual guilds"),
        160002: (400, "Cannot reply without permission to read message history"),
        160004: (400, "A thread has already been created for this message"),
        160005: (403, "Thread is locked"),
        160006: (400, "Maximum number of active threads reached"),
        220001: (400, "Webhooks posted to forum channels must have a thread_name or thread_id"),
        220003: (400, "Webhooks can only create threads in forum channels"),
    }
)


class DiscordError(Exception):
    """One refusal, as it goes over the wire."""

    def __init__(
        self, status: int, code: int, message: str, errors: Json | None = None, extra: Json | None = None
    ) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = errors
        self.extra = extra or {}

    def payload(self) -> Json:
        body: Json = {"message": self.message, "code": self.code, **self.extra}
        if self.errors is not None:
            body["errors"] = self.errors
        return body


def refusal(code: int) -> DiscordError:
    """The refusal that belongs to one of Discord's JSON codes."""
    status, message = CODES[code]
    return DiscordError(status, code, message)


def form_error(path: str, code: str, message: str) -> DiscordError:
    """400/50035 about one field; `path` is dotted ("embeds.0.title"), empty for the body as a whole."""
    form = Form()
    form.add(path, code, message)
    return form.error()


class Form:
    """Collects what is wrong with a body, so that one answer names every field, as Discord's does."""

    def __init__(self) -> None:
        self._tree: Json = {}

    def add(self, path: str, code: str, message: str) -> None:
        node = self._tree
        for part in path.split(".") if path else ():
            node = node.setdefault(part, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    @property
    def failed(self) -> bool:
        return bool(self._tree)

    def error(self) -> DiscordError:
        status, message = CODES[50035]
        return DiscordError(status, 50035, message, self._tree)

    def finish(self) -> None:
        """Raises what was collected, if anything was."""
        if self._tree:
            raise self.error()
