"""What happens when a message is posted, edited or deleted. Interactions and webhooks post through here, too."""

from __future__ import annotations

import re
from dataclasses import replace

from antiphon.standin.discord import permissions
from antiphon.standin.discord.attachments import point_at_attachments
from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import Json, form_error, refusal
from antiphon.standin.discord.forms.components import TEXT_DISPLAY, walk
from antiphon.standin.discord.forms.messages import Draft, Mentions
from antiphon.standin.discord.forms.polls import begun
from antiphon.standin.discord.ids import created_at
from antiphon.standin.discord.payloads.messages import message_json
from antiphon.standin.discord.permissions import permissions_in, require
from antiphon.standin.discord.rules.slow_mode import take_turn
from antiphon.standin.discord.rules.threads import add_member, unarchive
from antiphon.standin.discord.state import (
    COMPONENTS_V2,
    EPHEMERAL,
    FORUMS,
    POSTABLE_TYPES,
    SUPPRESS_EMBEDS,
    VOICE_MESSAGE,
    Channel,
    Message,
    User,
)
from antiphon.standin.discord.wire import as_id

_MENTION = re.compile(r"<@(!|&)?(\d{15,20})>")
_DEFAULT, _REPLY, _STARTER = 0, 19, 21
_REPLYABLE = frozenset({0, 19, 20, 23})
FORWARD = 1


def check_may_send(backend: Backend, channel: Channel, user: User) -> int:
    """The user's bits; refuses who may not post here (threads have a bit of their own)."""
    bits = require(backend.world, channel, user, 0)
    if channel.type not in POSTABLE_TYPES:
        raise refusal(40058 if channel.type in FORUMS else 50008)
    if channel.guild_id is None and user.bot:
        _check_reachable(backend, channel, user)
    needed = permissions.SEND_MESSAGES_IN_THREADS if channel.is_thread else permissions.SEND_MESSAGES
    if not bits & needed:
        raise refusal(50013)
    thread = channel.thread
    if thread is not None and thread.locked and not bits & permissions.MANAGE_THREADS:
        raise refusal(160005)
    return bits


def _check_reachable(backend: Backend, channel: Channel, bot: User) -> None:
    """A bot writes directly only to somebody it shares a server with, and who has not closed the door."""
    other = next(u for u in channel.recipients if u != bot.id)
    shared = {g.id for g in backend.world.guilds.values() if bot.id in g.members and other in g.members}
    if not shared:
        raise refusal(50278)
    if shared <= backend.world.users[other].closed_to:
        raise refusal(50007)


def send(backend: Backend, channel: Channel, user: User, draft: Draft) -> Message:
    """A message by a member or a bot over REST: permissions, nonce, reply, then `post`."""
    bits = check_may_send(backend, channel, user)
    draft = permitted(draft, bits)
    if draft.enforce_nonce and (earlier := _posted_with(backend, channel, user.id, draft.nonce)):
        return earlier
    message = Message(backend.snowflakes.next(), channel.id, user.id)
    if draft.reference is not None:
        _refer(backend, channel, message, draft.reference, bits)
    if draft.empty and not message.snapshots:
        raise refusal(50006)
    take_turn(backend, channel, user, bits)
    return post(backend, channel, message, draft, bits)


def permitted(draft: Draft, bits: int) -> Draft:
    """What somebody with these bits may put into a message: embeds are left out silently, the rest is refused."""
    if draft.uploads and not bits & permissions.ATTACH_FILES:
        raise refusal(50013)
    if draft.flags & VOICE_MESSAGE and not bits & permissions.SEND_VOICE_MESSAGES:
        raise refusal(50173)
    return replace(draft, embeds=[]) if draft.embeds and not bits & permissions.EMBED_LINKS else draft


def post(backend: Backend, channel: Channel, message: Message, draft: Draft, bits: int) -> Message:
    """Fills a message from its draft, stores it and tells everybody. Whether it may be sent is decided before."""
    message.nonce = draft.nonce
    message.tts = draft.tts
    message.flags |= draft.flags
    message.poll = None if draft.poll is None else begun(draft.poll, backend.clock())
    fill(backend, channel, message, draft, bits)
    return store(backend, channel, message)


def fill(backend: Backend, channel: Channel, message: Message, draft: Draft, bits: int) -> None:
    """Content, embeds, components, files and mentions of a draft, all of them."""
    ephemeral = bool(message.flags & EPHEMERAL)
    message.content = draft.content
    message.embeds = draft.embeds
    message.components = draft.components
    message.attachments += backend.files.keep(channel.id, draft.uploads, draft.attachments, ephemeral=ephemeral)
    shown = point_at_attachments(message.embeds, message.components, message.attachments, backend.snowflakes)
    if message.flags & COMPONENTS_V2:
        message.attachments = [a for a in message.attachments if a["id"] in shown]
    else:
        message.attachments = [a for a in message.attachments if a["id"] not in shown]
    message.stickers = [{"id": s, "name": "sticker", "format_type": 1} for s in draft.stickers]
    mention(backend, channel, message, draft.mentions, bits)


def store(backend: Backend, channel: Channel, message: Message) -> Message:
    """Puts a finished message into its channel: a thread is unarchived and joined, everybody is told."""
    if message.ephemeral_for is None:
        thread = channel.thread
        if thread is not None:
            unarchive(backend, channel, thread)
            if not opens(channel, message):
                thread.message_count += 1
                thread.total_message_sent += 1
        channel.last_message_id = message.id
        if message.nonce is not None:
            channel.nonces[f"{message.author} {message.nonce}"] = message.id
    channel.messages[message.id] = message
    backend.tell_message(channel, "MESSAGE_CREATE", message)
    if channel.thread is not None and message.ephemeral_for is None:
        if message.webhook_author is None:
            add_member(backend, channel, message.author)
        for user_id in message.mentions:
            add_member(backend, channel, user_id)
    return message


def opens(thread: Channel, message: Message) -> bool:
    """Whether a message is a thread's first: a post's own, or what stands for the message that it was made from. D
    resources/channel: it is not counted."""
    return message.id == thread.id or message.type == _STARTER


def _posted_with(backend: Backend, channel: Channel, author: str, nonce: str | int | None) -> Message | None:
    """The message that the same author sent with this nonce in the past few minutes."""
    message_id = channel.nonces.get(f"{author} {nonce}")
    if message_id is None or backend.clock() - created_at(message_id) > backend.limits.nonce_seconds:
        return None
    return channel.messages.get(message_id)


def _refer(backend: Backend, channel: Channel, message: Message, raw: Json, bits: int) -> None:
    """A reply to, or a forward of, another message."""
    target_channel_id = as_id(raw.get("channel_id") or channel.id, "message_reference.channel_id")
    target_id = as_id(raw.get("message_id"), "message_reference.message_id")
    target_channel = backend.world.channels.get(target_channel_id)
    target = None if target_channel is None else target_channel.messages.get(target_id)
    if raw.get("type") == FORWARD:
        if target is None or target_channel is None:
            raise form_error("message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
        message.reference = {"type": FORWARD, "message_id": target_id, "channel_id": target_channel_id}
        if target_channel.guild_id is not None:
            message.reference["guild_id"] = target_channel.guild_id
        copied = message_json(backend.world, target)
        kept = ("content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags", "type", "components")
        kept = (*kept, "mentions", "mention_roles")
        message.snapshots = [{"message": {key: copied[key] for key in kept}}]
        return
    if not bits & permissions.READ_MESSAGE_HISTORY:
        raise refusal(160002)
    if target is None or target_channel is not channel or target.ephemeral_for is not None:
        if raw.get("fail_if_not_exists", True) is False:
            return
        raise form_error("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    if target.type not in _REPLYABLE:
        raise form_error(
            "message_reference", "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", "Cannot reply to a system message"
        )
    message.type = _REPLY
    message.reference = {"type": _DEFAULT, "message_id": target_id, "channel_id": channel.id}
    if channel.guild_id is not None:
        message.reference["guild_id"] = channel.guild_id


def mention(backend: Backend, channel: Channel, message: Message, allowed: Mentions, bits: int) -> None:
    """Works out who is mentioned, from the text and from what the author allows."""
    world = backend.world
    text = message.content
    if message.flags & COMPONENTS_V2:
        text = "\n".join(c["content"] for c in walk(message.components) if c["type"] == TEXT_DISPLAY)
    users: list[str] = []
    roles: list[str] = []
    guild = world.guilds.get(channel.guild_id or "")
    for sign, identity in _MENTION.findall(text):
        if sign == "&":
            role = guild.roles.get(identity) if guild else None
            named = "roles" in allowed.parse or identity in allowed.roles
            may = bits & permissions.MENTION_EVERYONE or (role is not None and role.mentionable)
            if role is not None and named and may and identity not in roles:
                roles.append(identity)
        elif identity in world.users and identity not in users and allowed.user(identity):
            users.append(identity)
    if message.type == _REPLY and allowed.replied_user and message.reference is not None:
        target = channel.messages.get(message.reference["message_id"])
        if target is not None and target.webhook_author is None and target.author not in users:
            users.append(target.author)
    message.mentions = users
    message.mention_roles = roles
    everyone = "@everyone" in text or "@here" in text
    message.mention_everyone = everyone and "everyone" in allowed.parse and bool(bits & permissions.MENTION_EVERYONE)


def check_may_edit(backend: Backend, channel: Channel, message: Message, user: User, body: Json) -> None:
    """Only the author edits; others with MANAGE_MESSAGES may set flags alone. Not in an archived thread."""
    bits = require(backend.world, channel, user, 0)
    if channel.thread is not None and channel.thread.archived:
        raise refusal(50083)
    if message.author != user.id:
        if set(body) - {"flags"}:
            raise refusal(50005)
        if not bits & permissions.MANAGE_MESSAGES:
            raise refusal(50013)
    if message.flags & VOICE_MESSAGE:
        raise refusal(50162)
    limits = backend.limits
    if backend.clock() - created_at(message.id) > limits.old_message_age and user.bot:
        backend.rates.take_hidden("old_edit", channel.id, code=30046)


def edit(backend: Backend, channel: Channel, message: Message, draft: Draft, *, first: bool = False) -> Message:
    """Applies an edit: only fields that were given change; null clears. Everybody is told.

    `first`: it fills an answer that was only announced, so nobody sees it as edited.
    """
    given = draft.given
    keep = SUPPRESS_EMBEDS | COMPONENTS_V2
    if "flags" in given:
        message.flags = message.flags & ~keep | draft.flags & keep
    becomes_v2 = bool(draft.flags & COMPONENTS_V2)
    attachments = message.attachments
    if "attachments" in given:
        listed = {str(item["id"]) for item in draft.attachments}
        attachments = [a for a in attachments if a["id"] in listed]
    merged = replace(
        draft,
        content=draft.content if "content" in given else "" if becomes_v2 else message.content,
        embeds=draft.embeds if "embeds" in given else [] if becomes_v2 else message.embeds,
        components=draft.components if "components" in given else message.components,
    )
    if not attachments and merged.empty and not message.stickers and not message.snapshots:
        raise refusal(50006)
    stickers = message.stickers
    mentions = message.mentions, message.mention_roles, message.mention_everyone
    message.attachments = attachments
    fill(backend, channel, message, merged, permissions_in(backend.world, channel, message.author))
    message.stickers = stickers
    if not given & {"content", "components", "allowed_mentions"}:
        message.mentions, message.mention_roles, message.mention_everyone = mentions
    if given - {"flags"} and not first:
        message.edited_at = backend.clock()
    backend.tell_message(channel, "MESSAGE_UPDATE", message)
    return message


def delete(backend: Backend, channel: Channel, message: Message) -> None:
    """Takes a message away; a thread made from it stays, and so does a post without its first message."""
    del channel.messages[message.id]
    if channel.thread is not None and message.ephemeral_for is None and not opens(channel, message):
        channel.thread.message_count = max(0, channel.thread.message_count - 1)
    gone: Json = {"id": message.id, "channel_id": channel.id}
    if channel.guild_id is not None:
        gone["guild_id"] = channel.guild_id
    if message.ephemeral_for is not None:
        backend.gateway.to_user(message.ephemeral_for, "MESSAGE_DELETE", gone)
    else:
        backend.gateway.to_channel(channel, "MESSAGE_DELETE", gone)


def system_message(backend: Backend, channel: Channel, kind: int, author: str, **fields: object) -> Message:
    """What Discord itself writes: a rename, a pin, a new thread."""
    message = Message(backend.snowflakes.next(), channel.id, author, type=kind)
    for name, value in fields.items():
        setattr(message, name, value)
    return store(backend, channel, message)
