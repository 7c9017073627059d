"""Replies and forwards: what a message refers to (D resources/message, "Message Reference Object")."""

from __future__ import annotations

import copy

from antiphon.standin.discord import permissions
from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import Json, form_error, refusal
from antiphon.standin.discord.payloads.messages import message_json
from antiphon.standin.discord.permissions import require
from antiphon.standin.discord.state import HAS_SNAPSHOT, Channel, Message, User
from antiphon.standin.discord.wire import as_id

REPLY = 19
FORWARD = 1
_REPLYABLE = frozenset({0, 19, 20, 23})
# D resources/message, "Message Snapshot Structure". Its `stickers` are there for old clients alone.
_COPIED = (
    *("type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags"),
    *("mentions", "mention_roles", "sticker_items", "components"),
)


def refer(backend: Backend, channel: Channel, message: Message, raw: Json, user: User, bits: int) -> None:
    """Makes a message a reply to, or a forward of, another one."""
    if raw.get("type") == FORWARD:
        _forward(backend, message, raw, user)
    else:
        _reply(backend, channel, message, raw, bits)


def _reply(backend: Backend, channel: Channel, message: Message, raw: Json, bits: int) -> None:
    target_channel_id = as_id(raw.get("channel_id") or channel.id, "message_reference.channel_id")
    target = channel.messages.get(as_id(raw.get("message_id"), "message_reference.message_id"))
    if not bits & permissions.READ_MESSAGE_HISTORY:
        raise refusal(160002)
    if target is None or target_channel_id != channel.id or target.ephemeral_for is not None:
        if raw.get("fail_if_not_exists", True) is False:
            return
        raise form_error("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    if target.type not in _REPLYABLE:
        raise form_error(
            "message_reference", "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", "Cannot reply to a system message"
        )
    message.type = REPLY
    message.reference = _reference(backend, channel, target.id, 0)


def _forward(backend: Backend, message: Message, raw: Json, user: User) -> None:
    """A copy as it is now: later edits do not change it. Its author and its channel's name are not told.

    U: which refusal is for what cannot be forwarded (polls, and what Discord itself wrote), and that a forward of a
    forward has the first one's copy: "we currently limit the depth of nesting to 1".
    """
    source_id = as_id(raw.get("channel_id"), "message_reference.channel_id")
    target_id = as_id(raw.get("message_id"), "message_reference.message_id")
    source = backend.world.channels.get(source_id)
    target = None if source is None else source.messages.get(target_id)
    if source is None or target is None or target.ephemeral_for is not None:
        raise form_error("message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
    require(backend.world, source, user, 0)
    if not backend.may_read(target, user):
        raise refusal(160014)
    if target.type not in _REPLYABLE or target.poll is not None:
        raise refusal(50068)
    message.reference = _reference(backend, source, target.id, FORWARD)
    message.flags |= HAS_SNAPSHOT
    if target.snapshots:
        message.snapshots = target.snapshots
    else:
        shown = message_json(backend.world, target)
        message.snapshots = [{"message": copy.deepcopy({key: shown[key] for key in _COPIED if key in shown})}]


def _reference(backend: Backend, channel: Channel, message_id: str, kind: int) -> Json:
    found: Json = {"type": kind, "message_id": message_id, "channel_id": channel.id}
    return found if channel.guild_id is None else found | {"guild_id": channel.guild_id}
