"""Routes of reactions. An emoji in a path is URL-encoded: a character, or name:id."""

from __future__ import annotations

from antiphon.standin.discord import permissions
from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.emoji import is_emoji, same_emoji
from antiphon.standin.discord.errors import Json, refusal
from antiphon.standin.discord.ids import is_snowflake
from antiphon.standin.discord.payloads.users import member_json, user_json
from antiphon.standin.discord.permissions import require, require_not_timed_out
from antiphon.standin.discord.router import Route
from antiphon.standin.discord.state import Channel, Message, Reaction
from antiphon.standin.discord.wire import Call


def _emoji(raw: str) -> tuple[str, Json]:
    """Key and object of a reaction's emoji. The guild has no emoji of its own, so only characters are known."""
    if not is_emoji(raw):
        raise refusal(10014)
    return same_emoji(raw), {"id": None, "name": raw}


def _target(backend: Backend, call: Call, needed: int = 0) -> tuple[Channel, Message]:
    channel = backend.world.channel(call.args["channel"])
    require(backend.world, channel, call.actor, needed)
    return channel, backend.world.message(channel, call.args["message"])


def _tell(backend: Backend, channel: Channel, message: Message, event: str, body: Json) -> None:
    shared: Json = {"channel_id": channel.id, "message_id": message.id}
    if channel.guild_id is not None:
        shared["guild_id"] = channel.guild_id
    backend.gateway.to_channel(channel, event, shared | body)


def add_reaction(backend: Backend, call: Call) -> None:
    channel, message = _target(backend, call, permissions.READ_MESSAGE_HISTORY)
    key, emoji = _emoji(call.args["emoji"])
    if channel.thread is not None and channel.thread.archived:
        raise refusal(50083)
    user = call.actor
    require_not_timed_out(backend.world, channel, user)
    reaction = message.reactions.get(key)
    if reaction is None:
        require(backend.world, channel, user, permissions.ADD_REACTIONS)
        if len(message.reactions) >= backend.limits.reactions:
            raise refusal(30010)
        reaction = message.reactions[key] = Reaction(emoji)
    if user.id in reaction.users:
        return
    reaction.users.append(user.id)
    body: Json = {"user_id": user.id, "emoji": reaction.emoji, "type": 0, "burst": False}
    if message.webhook_author is None:
        body["message_author_id"] = message.author
    if channel.guild_id is not None:
        body["member"] = member_json(backend.world.guilds[channel.guild_id].members[user.id], user)
    _tell(backend, channel, message, "MESSAGE_REACTION_ADD", body)


def _remove(backend: Backend, call: Call, user_id: str) -> None:
    channel, message = _target(backend, call, 0 if user_id == call.actor.id else permissions.MANAGE_MESSAGES)
    key, _ = _emoji(call.args["emoji"])
    if channel.thread is not None and channel.thread.archived:
        raise refusal(50083)
    reaction = message.reactions.get(key)
    if reaction is None or user_id not in reaction.users:
        return
    reaction.users.remove(user_id)
    if not reaction.users:
        del message.reactions[key]
    body = {"user_id": user_id, "emoji": reaction.emoji, "type": 0, "burst": False}
    _tell(backend, channel, message, "MESSAGE_REACTION_REMOVE", body)


def remove_own_reaction(backend: Backend, call: Call) -> None:
    _remove(backend, call, call.actor.id)


def remove_reaction(backend: Backend, call: Call) -> None:
    _remove(backend, call, call.args["user"])


def list_reactions(backend: Backend, call: Call) -> list[Json]:
    _, message = _target(backend, call, permissions.READ_MESSAGE_HISTORY)
    key, _ = _emoji(call.args["emoji"])
    limit = call.number("limit", 25, 1, 100)
    after = call.query.get("after", "0")
    reaction = message.reactions.get(key)
    users = sorted(reaction.users, key=int) if reaction else []
    found = [u for u in users if is_snowflake(after) and int(u) > int(after)]
    return [user_json(backend.world.users[u]) for u in found[:limit]]


def clear_reactions(backend: Backend, call: Call) -> None:
    channel, message = _target(backend, call, permissions.MANAGE_MESSAGES)
    message.reactions.clear()
    _tell(backend, channel, message, "MESSAGE_REACTION_REMOVE_ALL", {})


def clear_emoji(backend: Backend, call: Call) -> None:
    channel, message = _target(backend, call, permissions.MANAGE_MESSAGES)
    key, emoji = _emoji(call.args["emoji"])
    if message.reactions.pop(key, None) is not None:
        _tell(backend, channel, message, "MESSAGE_REACTION_REMOVE_EMOJI", {"emoji": emoji})


_BASE = "/channels/:channel/messages/:message/reactions"
ROUTES = (
    Route("PUT", f"{_BASE}/:emoji/@me", add_reaction, "react"),
    Route("DELETE", f"{_BASE}/:emoji/@me", remove_own_reaction, "react"),
    Route("DELETE", f"{_BASE}/:emoji/:user", remove_reaction, "react"),
    Route("GET", f"{_BASE}/:emoji", list_reactions),
    Route("DELETE", _BASE, clear_reactions),
    Route("DELETE", f"{_BASE}/:emoji", clear_emoji),
)
