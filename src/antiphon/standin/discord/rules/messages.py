"""What happens when a message is posted, edited or deleted. Interactions and webhooks post through here, too."""

from __future__ import annotations

import re
from dataclasses import replace

from antiphon.standin.discord import permissions
from antiphon.standin.discord.attachments import point_at_attachments
from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import DiscordError, Json, refusal
from antiphon.standin.discord.forms.messages import Draft
from antiphon.standin.discord.ids import created_at
from antiphon.standin.discord.payloads.stickers import sticker_item_json
from antiphon.standin.discord.permissions import permissions_in, require
from antiphon.standin.discord.rules.moderation import check_links, moderate
from antiphon.standin.discord.rules.polls import begun, result_embed
from antiphon.standin.discord.rules.references import REPLY, refer
from antiphon.standin.discord.rules.slow_mode import apply_slow_mode
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

_MENTION = re.compile(r"<@(!|&)?(\d{15,20})>")
_STARTER, _POLL_RESULT = 21, 46


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
    draft = permitted(backend, channel, user, draft, bits)
    if draft.enforce_nonce and (earlier := _posted_with(backend, channel, user.id, draft.nonce)):
        return earlier
    message = Message(backend.snowflakes.next(), channel.id, user.id)
    if draft.reference is not None:
        refer(backend, channel, message, draft.reference, user, bits)
    if draft.empty and not message.snapshots:
        raise refusal(50006)
    moderate(backend, channel, user, draft.text)
    apply_slow_mode(backend, channel, user, bits)
    return post(backend, channel, message, draft, bits)


def permitted(backend: Backend, channel: Channel, user: User, draft: Draft, bits: int) -> Draft:
    """What somebody with these bits may put into a message: embeds are left out silently, the rest is refused."""
    for sticker_id in draft.stickers:
        _check_sticker(backend, channel, user, sticker_id, bits)
    if draft.poll and not bits & permissions.SEND_POLLS:
        raise refusal(50013)
    if draft.uploads and not bits & permissions.ATTACH_FILES:
        raise refusal(50013)
    if draft.flags & VOICE_MESSAGE and not bits & permissions.SEND_VOICE_MESSAGES:
        raise refusal(50173)
    return replace(draft, embeds=[]) if draft.embeds and not bits & permissions.EMBED_LINKS else draft


def _check_sticker(backend: Backend, channel: Channel, user: User, sticker_id: str, bits: int) -> None:
    """Raises 50081 for no sticker, 50600 for another server's. U: an app has its server's own alone, as D
    resources/message describes `sticker_ids`; people have Discord's everywhere."""
    try:
        sticker = backend.world.sticker(sticker_id)
    except DiscordError:
        raise refusal(50081) from None
    if sticker.guild_id is None and user.bot:
        raise refusal(50081)
    if sticker.guild_id not in (None, channel.guild_id) and not bits & permissions.USE_EXTERNAL_STICKERS:
        raise refusal(50600)


def post(backend: Backend, channel: Channel, message: Message, draft: Draft, bits: int) -> Message:
    """Fills a message from its draft, stores it and tells everybody. Whether it may be sent is decided before."""
    check_links(backend, draft.text)
    message.nonce = draft.nonce
    message.tts = draft.tts
    message.flags |= draft.flags
    fill(backend, channel, message, draft, bits)
    if draft.poll is not None:
        message.poll = begun(draft.poll, backend.clock())
        backend.later(draft.poll.hours * 3600, lambda: end_poll(backend, channel, message))
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
    message.stickers = [sticker_item_json(backend.world.sticker(one)) for one in draft.stickers]
    mention(backend, channel, message, draft, bits)


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


def mention(backend: Backend, channel: Channel, message: Message, draft: Draft, bits: int) -> None:
    """Works out who is mentioned, from the text and from what the author allows."""
    world = backend.world
    text, allowed = draft.text, draft.mentions
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
    if message.type == REPLY and allowed.replied_user and message.reference is not None:
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
    if channel.thread is not None and channel.thread.locked and not bits & permissions.MANAGE_THREADS:
        raise refusal(160005)  # D topics/threads, "Locked Threads"
    if message.author != user.id:
        if set(body) - {"flags"}:
            raise refusal(50005)
        if not bits & permissions.MANAGE_MESSAGES:
            raise refusal(50013)
    if message.flags & VOICE_MESSAGE:
        raise refusal(50162)
    if message.poll is not None and set(body) - {"flags"}:
        raise refusal(520003)
    limits = backend.limits
    if backend.clock() - created_at(message.id) > limits.old_message_age and user.bot:
        backend.rates.take_hidden("old_edit", channel.id, code=30046)


def edit(backend: Backend, channel: Channel, message: Message, draft: Draft, *, first: bool = False) -> Message:
    """Applies an edit: only fields that were given change; null clears. Everybody is told.

    `first`: it fills an answer that was only announced, so nobody sees it as edited.
    """
    given = draft.given
    check_links(backend, draft.text)
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
    if not attachments and merged.empty and not (message.stickers or message.snapshots or message.poll):
        raise refusal(50006)
    if draft.stickers and draft.stickers != [one["id"] for one in message.stickers]:
        raise refusal(50080)
    stickers, merged = message.stickers, replace(merged, stickers=[])
    mentions = message.mentions, message.mention_roles, message.mention_everyone
    if "flags" in given:
        keep = SUPPRESS_EMBEDS | COMPONENTS_V2
        message.flags = message.flags & ~keep | draft.flags & keep
    message.attachments = attachments
    fill(backend, channel, message, merged, permissions_in(backend.world, channel, message.author))
    message.stickers = stickers
    if not given & {"content", "components", "allowed_mentions"}:
        message.mentions, message.mention_roles, message.mention_everyone = mentions
    if given - {"flags"} and not first:
        message.edited_at = backend.clock()
    backend.tell_message(channel, "MESSAGE_UPDATE", message)
    return message


def end_poll(backend: Backend, channel: Channel, message: Message) -> None:
    """Counts a poll for good, and tells of it: the poll itself, and a message of its author's that names the winner."""
    poll = message.poll
    if poll is None or poll.ended or channel.messages.get(message.id) is not message:
        return
    poll.ended = True
    poll.expires = min(poll.expires, backend.clock())
    backend.tell_message(channel, "MESSAGE_UPDATE", message)
    system_message(
        backend,
        channel,
        _POLL_RESULT,
        message.author,
        reference={"type": 0, "message_id": message.id, "channel_id": channel.id},
        embeds=[result_embed(poll)],
        mentions=[] if message.webhook_author else [message.author],
        webhook_author=message.webhook_author,
    )


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
