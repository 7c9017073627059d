"""Messages as they go over the wire, by REST and by the gateway."""

from __future__ import annotations

from antiphon.standin.discord.errors import Json
from antiphon.standin.discord.ids import created_at, timestamp
from antiphon.standin.discord.payloads.channels import channel_json
from antiphon.standin.discord.payloads.users import member_json, user_json
from antiphon.standin.discord.state import (
    HAS_THREAD,
    SUPPRESS_EMBEDS,
    Channel,
    Message,
    Poll,
    World,
)


def emoji_user_ids(message: Message, key: str) -> list[str]:
    reaction = message.reactions.get(key)
    return [] if reaction is None else reaction.users


def _reactions(message: Message, viewer: str | None) -> list[Json]:
    return [
        {
            "emoji": reaction.emoji,
            "count": len(reaction.users),
            "count_details": {"burst": 0, "normal": len(reaction.users)},
            "burst_colors": [],
            "me": viewer in reaction.users,
            "me_burst": False,
            "burst_me": False,
            "burst_count": 0,
        }
        for reaction in message.reactions.values()
    ]


def author_json(world: World, message: Message) -> Json:
    return message.webhook_author or user_json(world.users[message.author])


def poll_json(poll: Poll, viewer: str | None = None) -> Json:
    """A poll as `viewer` sees it. An answer without votes is not counted (D resources/poll, "Poll Results Object")."""
    counts = [
        {"id": number, "count": len(voters), "me_voted": viewer in voters}
        for number, voters in sorted(poll.votes.items())
        if voters
    ]
    return {
        "question": {"text": poll.question},
        "answers": [{"answer_id": n + 1, "poll_media": media} for n, media in enumerate(poll.answers)],
        "expiry": timestamp(poll.expires),
        "allow_multiselect": poll.multiple,
        "layout_type": 1,
        "results": {"answer_counts": counts, "is_finalized": poll.ended},
    }


def message_json(world: World, message: Message, viewer: str | None = None, *, depth: int = 0) -> Json:
    """A message as REST gives it. `viewer` decides `me` in reactions. A reply carries what it replies to."""
    body: Json = {
        "id": message.id,
        "channel_id": message.channel_id,
        "type": message.type,
        "content": message.content,
        "author": author_json(world, message),
        "timestamp": timestamp(created_at(message.id)),
        "edited_timestamp": None if message.edited_at is None else timestamp(message.edited_at),
        "tts": message.tts,
        "mention_everyone": message.mention_everyone,
        "mentions": [user_json(world.users[u]) for u in message.mentions],
        "mention_roles": list(message.mention_roles),
        "attachments": list(message.attachments),
        "embeds": [] if message.flags & SUPPRESS_EMBEDS else list(message.embeds),
        "components": list(message.components),
        "pinned": message.pinned_at is not None,
        "flags": message.flags,
    }
    if message.reactions:
        body["reactions"] = _reactions(message, viewer)
    if message.stickers:
        body["sticker_items"] = message.stickers
    if message.poll is not None:
        body["poll"] = poll_json(message.poll, viewer)
    if message.webhook_author is not None:
        body["webhook_id"] = message.author
    if message.application_id is not None:
        body["application_id"] = message.application_id
    if message.interaction is not None:
        body["interaction_metadata"] = message.interaction
    if message.reference is not None:
        body["message_reference"] = message.reference
        if message.snapshots:
            body["message_snapshots"] = message.snapshots
        elif message.type in (19, 21) and depth == 0:
            body["referenced_message"] = _referenced(world, message.reference, viewer)
    if message.flags & HAS_THREAD and (thread := world.channels.get(message.id)):
        body["thread"] = channel_json(world, thread, viewer)
    return body


def _referenced(world: World, reference: Json, viewer: str | None) -> Json | None:
    channel = world.channels.get(reference["channel_id"])
    target = None if channel is None else channel.messages.get(reference.get("message_id", ""))
    return None if target is None else message_json(world, target, viewer, depth=1)


def message_event(
    world: World, channel: Channel, message: Message, viewer: str | None = None, *, created: bool = False
) -> Json:
    """A message as the gateway gives it: with guild_id, the author's `member` and members of those mentioned.

    The nonce is shown only when the message is `created`, there and in the answer to the one who sent it.
    """
    body = message_json(world, message, viewer)
    body["channel_type"] = channel.type
    if created and message.nonce is not None:
        body["nonce"] = message.nonce
    if channel.guild_id is None:
        return body
    guild = world.guilds[channel.guild_id]
    body["guild_id"] = guild.id
    if message.webhook_author is None and (member := guild.members.get(message.author)):
        body["member"] = member_json(member)
    for mention in body["mentions"]:
        if member := guild.members.get(mention["id"]):
            mention["member"] = member_json(member)
    return body


def without_content(body: Json) -> Json:
    """What an app without the message content intent is shown (D events/gateway, "Message Content Intent")."""
    gated: Json = body | {"content": "", "embeds": [], "attachments": [], "components": []}
    gated.pop("poll", None)
    return gated
