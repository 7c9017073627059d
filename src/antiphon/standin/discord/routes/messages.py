"""Routes of messages: send, fetch, edit, delete, history, typing, pins."""

from __future__ import annotations

from itertools import islice

from antiphon.standin.discord import permissions
from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import Json, form_error, refusal
from antiphon.standin.discord.forms.messages import read_draft
from antiphon.standin.discord.ids import created_at, is_snowflake, timestamp
from antiphon.standin.discord.payloads.users import member_json
from antiphon.standin.discord.permissions import require
from antiphon.standin.discord.router import Route
from antiphon.standin.discord.rules.messages import (
    check_may_edit,
    check_may_send,
    delete,
    edit,
    opens,
    send,
    system_message,
)
from antiphon.standin.discord.rules.moderation import moderate
from antiphon.standin.discord.state import ANNOUNCEMENT, CROSSPOSTED, Channel, Message, User
from antiphon.standin.discord.wire import Call, ids

_PIN_NOTICE = 6
_UNDELETABLE = frozenset({1, 2, 3, 4, 5, 14, 15, 16, 17, 21})
_TWO_WEEKS = 14 * 86_400


def create_message(backend: Backend, call: Call) -> Json:
    channel = backend.world.channel(call.args["channel"])
    check_may_send(backend, channel, call.actor)
    draft = read_draft(call.form(), call.uploads, backend.limits, stickers_allowed=True)
    message = send(backend, channel, call.actor, draft)
    shown = backend.shown(message, call.actor)
    return shown if message.nonce is None else shown | {"nonce": message.nonce}


def _readable(backend: Backend, call: Call) -> tuple[Channel, Message]:
    channel = backend.world.channel(call.args["channel"])
    require(backend.world, channel, call.actor, 0)
    return channel, backend.world.message(channel, call.args["message"])


def get_message(backend: Backend, call: Call) -> Json:
    channel, message = _readable(backend, call)
    require(backend.world, channel, call.actor, permissions.READ_MESSAGE_HISTORY)
    return backend.shown(message, call.actor)


def edit_message(backend: Backend, call: Call) -> Json:
    channel, message = _readable(backend, call)
    body = call.form()
    check_may_edit(backend, channel, message, call.actor, body)
    draft = read_draft(body, call.uploads, backend.limits, stickers_allowed=True, edited=message)
    moderate(backend, channel, call.actor, draft.text)
    if draft.uploads:
        require(backend.world, channel, call.actor, permissions.ATTACH_FILES)
    return backend.shown(edit(backend, channel, message, draft), call.actor)


def delete_message(backend: Backend, call: Call) -> None:
    channel, message = _readable(backend, call)
    if message.type in _UNDELETABLE:
        raise refusal(50021)
    if message.author != call.actor.id:
        if channel.guild_id is None:
            raise refusal(50003)
        require(backend.world, channel, call.actor, permissions.MANAGE_MESSAGES)
    delete(backend, channel, message)


def list_messages(backend: Backend, call: Call) -> list[Json]:
    """Newest first, whichever way the page was asked for."""
    channel = backend.world.channel(call.args["channel"])
    bits = require(backend.world, channel, call.actor, 0)
    limit = call.number("limit", 50, 1, 100)
    if not bits & permissions.READ_MESSAGE_HISTORY:
        return []
    found = [m for m in channel.messages.values() if m.ephemeral_for is None]
    return [backend.shown(m, call.actor) for m in _page(found, call, limit)]


def _anchor(call: Call, name: str) -> int | None:
    value = call.query.get(name)
    if value is None:
        return None
    if not is_snowflake(value):
        raise form_error(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
    return int(value)


def _page(found: list[Message], call: Call, limit: int) -> list[Message]:
    before, after, around = (_anchor(call, name) for name in ("before", "after", "around"))
    newest_first = reversed(found)
    if around is not None:
        older = list(islice((m for m in newest_first if int(m.id) < around), limit // 2))
        newer = [m for m in found if int(m.id) >= around][: limit - limit // 2]
        return [*reversed(newer), *older][:limit]
    if after is not None:
        return [m for m in found if int(m.id) > after][:limit][::-1]
    if before is not None:
        return list(islice((m for m in newest_first if int(m.id) < before), limit))
    return list(islice(newest_first, limit))


def bulk_delete(backend: Backend, call: Call) -> None:
    channel = backend.world.channel(call.args["channel"])
    if channel.guild_id is None:
        raise refusal(50003)
    require(backend.world, channel, call.actor, permissions.MANAGE_MESSAGES)
    wanted = ids(call.form().get("messages"), "messages")
    if not 2 <= len(wanted) <= 100:
        raise refusal(50016)
    if len(set(wanted)) != len(wanted):
        raise form_error("messages", "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value")
    if any(created_at(m) < backend.clock() - _TWO_WEEKS for m in wanted):
        raise refusal(50034)
    gone = [found for m in wanted if (found := channel.messages.pop(m, None)) is not None]
    if channel.thread is not None:
        counted = sum(1 for message in gone if not opens(channel, message))
        channel.thread.message_count = max(0, channel.thread.message_count - counted)
    body = {"ids": [message.id for message in gone], "channel_id": channel.id, "guild_id": channel.guild_id}
    backend.gateway.to_channel(channel, "MESSAGE_DELETE_BULK", body)


def start_typing(backend: Backend, call: Call) -> None:
    channel = backend.world.channel(call.args["channel"])
    check_may_send(backend, channel, call.actor)
    tell_typing(backend, channel, call.actor)


def tell_typing(backend: Backend, channel: Channel, user: User) -> None:
    body: Json = {"channel_id": channel.id, "user_id": user.id, "timestamp": int(backend.clock())}
    if channel.guild_id is not None:
        guild = backend.world.guilds[channel.guild_id]
        body |= {"guild_id": guild.id, "member": member_json(guild.members[user.id], user)}
    backend.gateway.to_channel(channel, "TYPING_START", body)


def _pinned(channel: Channel) -> list[Message]:
    found = [m for m in channel.messages.values() if m.pinned_at is not None]
    return sorted(found, key=lambda m: m.pinned_at or 0.0, reverse=True)


def list_pins(backend: Backend, call: Call) -> Json:
    channel = backend.world.channel(call.args["channel"])
    require(backend.world, channel, call.actor, permissions.READ_MESSAGE_HISTORY)
    limit = call.number("limit", 50, 1, 50)
    found = _pinned(channel)
    if before := call.query.get("before"):
        found = [m for m in found if timestamp(m.pinned_at or 0.0) < before]
    items = [
        {"pinned_at": timestamp(m.pinned_at or 0.0), "message": backend.shown(m, call.actor)} for m in found[:limit]
    ]
    return {"items": items, "has_more": len(found) > limit}


def list_pins_the_old_way(backend: Backend, call: Call) -> list[Json]:
    channel = backend.world.channel(call.args["channel"])
    require(backend.world, channel, call.actor, permissions.READ_MESSAGE_HISTORY)
    return [backend.shown(m, call.actor) for m in _pinned(channel)]


def pin_message(backend: Backend, call: Call) -> None:
    channel, message = _readable(backend, call)
    require(backend.world, channel, call.actor, permissions.PIN_MESSAGES)
    _refuse_archived(channel)
    if message.pinned_at is not None:
        return
    if len(_pinned(channel)) >= backend.limits.pins:
        raise refusal(30003)
    message.pinned_at = channel.last_pin_at = backend.clock()
    _tell_pins(backend, channel, message)
    reference = {"type": 0, "message_id": message.id, "channel_id": channel.id, "guild_id": channel.guild_id}
    system_message(backend, channel, _PIN_NOTICE, call.actor.id, reference=reference)


def unpin_message(backend: Backend, call: Call) -> None:
    channel, message = _readable(backend, call)
    require(backend.world, channel, call.actor, permissions.PIN_MESSAGES)
    _refuse_archived(channel)
    if message.pinned_at is not None:
        message.pinned_at = None
        _tell_pins(backend, channel, message)


def _refuse_archived(channel: Channel) -> None:
    if channel.thread is not None and channel.thread.archived:
        raise refusal(50083)


def _tell_pins(backend: Backend, channel: Channel, message: Message) -> None:
    body: Json = {
        "channel_id": channel.id,
        "last_pin_timestamp": None if channel.last_pin_at is None else timestamp(channel.last_pin_at),
    }
    if channel.guild_id is not None:
        body["guild_id"] = channel.guild_id
    backend.gateway.to_channel(channel, "CHANNEL_PINS_UPDATE", body)
    backend.tell_message(channel, "MESSAGE_UPDATE", message)


def crosspost(backend: Backend, call: Call) -> Json:
    """Publishes a message of an announcement channel. No other server follows one here: it only gets its flag."""
    channel, message = _readable(backend, call)
    if channel.type != ANNOUNCEMENT:
        raise refusal(50024)
    own = permissions.SEND_MESSAGES
    require(backend.world, channel, call.actor, own if message.author == call.actor.id else permissions.MANAGE_MESSAGES)
    if message.flags & CROSSPOSTED:
        raise refusal(40033)
    message.flags |= CROSSPOSTED
    backend.tell_message(channel, "MESSAGE_UPDATE", message)
    return backend.shown(message, call.actor)


ROUTES = (
    Route("POST", "/channels/:channel/messages", create_message, "send"),
    Route("GET", "/channels/:channel/messages", list_messages, "history"),
    Route("GET", "/channels/:channel/messages/:message", get_message),
    Route("PATCH", "/channels/:channel/messages/:message", edit_message, "edit"),
    Route("DELETE", "/channels/:channel/messages/:message", delete_message, "delete"),
    Route("POST", "/channels/:channel/messages/bulk-delete", bulk_delete, "bulk_delete"),
    Route("POST", "/channels/:channel/messages/:message/crosspost", crosspost),
    Route("POST", "/channels/:channel/typing", start_typing, "typing"),
    Route("GET", "/channels/:channel/messages/pins", list_pins),
    Route("PUT", "/channels/:channel/messages/pins/:message", pin_message),
    Route("DELETE", "/channels/:channel/messages/pins/:message", unpin_message),
    Route("GET", "/channels/:channel/pins", list_pins_the_old_way),
    Route("PUT", "/channels/:channel/pins/:message", pin_message),
    Route("DELETE", "/channels/:channel/pins/:message", unpin_message),
)
