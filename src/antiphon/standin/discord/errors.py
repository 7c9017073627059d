"""Discord's refusals: status, JSON code and the nested `errors` tree.

Codes and sentences are those of D topics/opcodes-and-status-codes, which does not say the status that goes with a code:
where no request of ours brings one about, it is the usual one for its kind. The codes inside a form error
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
        10060: (404, "Unknown sticker"),
        10061: (404, "Unknown sticker pack"),
        10062: (404, "Unknown interaction"),
        10063: (404, "Unknown application command"),
        10087: (404, "Unknown Tag"),
        20001: (403, "Bots cannot use this endpoint"),
        20002: (403, "Only bots can use this endpoint"),
        20009: (403, "Explicit content cannot be sent to the desired recipient(s)"),
        20012: (403, "You are not authorized to perform this action on this application"),
        20016: (429, "This action cannot be performed due to slowmode rate limit"),
        20022: (429, "This message cannot be edited due to announcement rate limits"),
        20024: (403, "Under minimum age"),
        20028: (429, "The write action you are performing on the channel has hit the write rate limit"),
        20029: (429, "The write action you are performing on the server has hit the write rate limit"),
        20031: (
            400,
            "Your Stage topic, server name, server description, or channel names contain words that are not allowed",
        ),
        30003: (400, "Maximum number of pins reached for the channel (250)"),
        30007: (400, "Maximum number of webhooks reached (15)"),
        30010: (400, "Maximum number of reactions reached (20)"),
        30013: (400, "Maximum number of guild channels reached (500)"),
        30015: (400, "Maximum number of attachments in a message reached (10)"),
        30032: (400, "Maximum number of application commands reached"),
        30033: (400, "Maximum number of thread participants has been reached (1000)"),
        30034: (429, "Maximum number of daily application command creates has been reached (200)"),
        30039: (400, "Maximum number of stickers reached"),
        30046: (429, "Maximum number of edits to messages older than 1 hour reached. Try again later"),
        30047: (400, "Maximum number of pinned threads in a forum channel has been reached"),
        40001: (401, "Unauthorized. Provide a valid token and try again"),
        40002: (403, "You need to verify your account in order to perform this action"),
        40003: (429, "You are opening direct messages too fast"),
        40004: (403, "Send messages has been temporarily disabled"),
        40005: (413, "Request entity too large"),
        40006: (403, "This feature has been temporarily disabled server-side"),
        40007: (403, "The user is banned from this guild"),
        40033: (400, "This message has already been crossposted"),
        40058: (400, "Cannot send a message in a forum channel"),
        40060: (400, "Interaction has already been acknowledged"),
        40061: (400, "Tag names must be unique"),
        40062: (429, "Service resource is being rate limited"),
        40066: (400, "There are no tags available that can be set by non-moderators"),
        40067: (400, "A tag is required to create a forum post in this channel"),
        40333: (403, "Cloudflare is blocking your request"),
        50001: (403, "Missing Access"),
        50002: (403, "Invalid account type"),
        50003: (403, "Cannot execute action on a DM channel"),
        50005: (403, "Cannot edit a message authored by another user"),
        50006: (400, "Cannot send an empty message"),
        50007: (403, "Cannot send messages to this user"),
        50008: (400, "Cannot send messages in a non-text channel"),
        50009: (403, "Channel verification level is too high for you to gain access"),
        50013: (403, "Missing Permissions"),
        50014: (401, "Invalid authentication token provided"),
        50016: (
            400,
            "Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages",
        ),
        50021: (403, "Cannot execute action on a system message"),
        50024: (400, "Cannot execute action on this channel type"),
        50026: (403, "Missing required OAuth2 scope"),
        50027: (401, "Invalid Webhook Token"),
        50033: (400, "Invalid Recipient(s)"),
        50034: (400, "A message provided was too old to bulk delete"),
        50035: (400, "Invalid Form Body"),
        50041: (400, "Invalid API version provided"),
        50045: (400, "File uploaded exceeds the maximum size"),
        50046: (400, "Invalid file uploaded"),
        50055: (400, "Invalid Guild"),
        50067: (403, "Invalid request origin"),
        50068: (400, "Invalid message type"),
        50080: (400, "Cannot edit stickers within a message"),
        50081: (400, "Invalid sticker sent"),
        50083: (400, "Thread is archived"),
        50095: (403, "This server is not available in your location"),
        50101: (403, "This server needs more boosts to perform this action"),
        50109: (400, "The request body contains invalid JSON."),
        50110: (400, "The provided file is invalid."),
        50123: (400, "The provided file type is invalid."),
        50146: (400, "Uploaded file not found."),
        50151: (400, "The specified emoji is invalid"),
        50159: (400, "Voice messages do not support additional content."),
        50160: (400, "Voice messages must have a single audio attachment."),
        50161: (400, "Voice messages must have supporting metadata."),
        50162: (400, "Voice messages cannot be edited."),
        50173: (400, "You cannot send voice messages in this channel."),
        50178: (403, "The user account must first be verified"),
        50278: (403, "Cannot send messages to this user due to having no mutual guilds"),
        50600: (403, "You do not have permission to send this sticker."),
        60003: (401, "Two factor is required for this operation"),
        90001: (403, "Reaction was blocked"),
        90002: (403, "User cannot use burst reactions"),
        130000: (503, "API resource is currently overloaded. Try again a little later"),
        160002: (400, "Cannot reply without permission to read message history"),
        160004: (400, "A thread has already been created for this message"),
        160005: (403, "Thread is locked"),
        160006: (400, "Maximum number of active threads reached"),
        160007: (400, "Maximum number of active announcement threads reached"),
        160014: (403, "You cannot forward a message whose content you cannot read"),
        200000: (400, "Message was blocked by automatic moderation"),
        200001: (400, "Title was blocked by automatic moderation"),
        220001: (400, "Webhooks posted to forum channels must have a thread_name or thread_id"),
        220002: (400, "Webhooks posted to forum channels cannot have both a thread_name and thread_id"),
        220003: (400, "Webhooks can only create threads in forum channels"),
        240000: (400, "Message blocked by harmful links filter"),
        400001: (403, "Access to file uploads has been limited for this guild"),
        520000: (400, "Poll voting blocked"),
        520001: (400, "Poll expired"),
        520002: (400, "Invalid channel type for poll creation"),
        520003: (400, "Cannot edit a poll message"),
        520004: (400, "Cannot use an emoji included with the poll"),
        520006: (400, "Cannot expire a non-poll message"),
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
