"""Routes of threads: starting, membership and lists. PATCH and DELETE are in channels.py."""

from __future__ import annotations

from antiphon.standin.discord import permissions
from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import Form, Json, refusal
from antiphon.standin.discord.forms.messages import read_draft
from antiphon.standin.discord.ids import is_snowflake, timestamp
from antiphon.standin.discord.payloads.channels import channel_json, thread_member_json
from antiphon.standin.discord.payloads.messages import message_json
from antiphon.standin.discord.payloads.users import member_json
from antiphon.standin.discord.permissions import permissions_in, require, require_in_guild
from antiphon.standin.discord.router import Route
from antiphon.standin.discord.rules.messages import permitted, post, system_message
from antiphon.standin.discord.rules.moderation import moderate
from antiphon.standin.discord.rules.slow_mode import apply_slow_mode
from antiphon.standin.discord.rules.threads import (
    DURATIONS,
    MOST_APPLIED,
    NewThread,
    add_member,
    check_tags,
    remove_member,
    start_thread,
)
from antiphon.standin.discord.state import (
    ANNOUNCEMENT,
    ANNOUNCEMENT_THREAD,
    FORUMS,
    HAS_THREAD,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    TEXT,
    Channel,
    Message,
    ThreadInfo,
)
from antiphon.standin.discord.wire import Call, Fields, Reply, as_object, ids

_CREATED_NOTICE, _STARTER = 18, 21
# D topics/threads, "Public & Private Threads".
_THREADS_OF = {TEXT: (PUBLIC_THREAD, PRIVATE_THREAD), ANNOUNCEMENT: (ANNOUNCEMENT_THREAD,)}


def _new_thread(body: Json, parent: Channel, kind: int) -> NewThread:
    form = Form()
    fields = Fields(body, form)
    name = fields.text("name", 100, shortest=1, required=True) or ""
    duration = fields.choice("auto_archive_duration", DURATIONS)
    slow = fields.number("rate_limit_per_user", 0, 21600)
    invitable = fields.boolean("invitable")
    tags = ids(fields.items("applied_tags", MOST_APPLIED), "applied_tags")
    form.finish()
    return NewThread(
        name,
        kind,
        duration or parent.default_auto_archive_duration,
        slow,
        invitable=invitable is not False,
        applied_tags=tuple(tags),
    )


def start_from_message(backend: Backend, call: Call) -> Reply:
    world = backend.world
    parent = world.channel(call.args["channel"])
    bits = require(world, parent, call.actor, permissions.CREATE_PUBLIC_THREADS | permissions.READ_MESSAGE_HISTORY)
    if parent.type not in (TEXT, ANNOUNCEMENT) or parent.guild_id is None:
        raise refusal(50024)
    message = world.message(parent, call.args["message"])
    kind = PUBLIC_THREAD if parent.type == TEXT else ANNOUNCEMENT_THREAD
    new = _new_thread(call.form(), parent, kind)
    if message.id in world.channels:
        raise refusal(160004)
    if message.type not in (0, 19, 20, 23):
        raise refusal(50021)
    moderate(backend, parent, call.actor, new.name, title=True)
    apply_slow_mode(backend, parent, call.actor, bits, thread=True)
    message.flags |= HAS_THREAD
    thread = start_thread(backend, parent, call.actor, new, message.id)
    reference = {"type": 0, "message_id": message.id, "channel_id": parent.id, "guild_id": parent.guild_id}
    starter = system_message(backend, thread, _STARTER, message.author, reference=reference)
    starter.webhook_author = message.webhook_author
    backend.tell_message(parent, "MESSAGE_UPDATE", message)
    return Reply(201, channel_json(world, thread, call.actor.id))


def start_alone(backend: Backend, call: Call) -> Reply:
    world = backend.world
    parent = world.channel(call.args["channel"])
    require(world, parent, call.actor, 0)
    if parent.type in FORUMS:
        return _start_post(backend, call, parent)
    if parent.type not in (TEXT, ANNOUNCEMENT) or parent.guild_id is None:
        raise refusal(50024)
    body = call.form()
    form = Form()
    kind = Fields(body, form).choice("type", (ANNOUNCEMENT_THREAD, PUBLIC_THREAD, PRIVATE_THREAD))
    form.finish()
    kind = kind or PRIVATE_THREAD  # D resources/channel: the default of this route is a private thread
    if kind not in _THREADS_OF[parent.type]:
        raise refusal(50024)
    private = kind == PRIVATE_THREAD
    needed = permissions.CREATE_PRIVATE_THREADS if private else permissions.CREATE_PUBLIC_THREADS
    bits = require(world, parent, call.actor, needed)
    new = _new_thread(body, parent, kind)
    moderate(backend, parent, call.actor, new.name, title=True)
    apply_slow_mode(backend, parent, call.actor, bits, thread=True)
    thread = start_thread(backend, parent, call.actor, new, backend.snowflakes.next())
    if not private:
        reference = {"type": 0, "channel_id": thread.id, "guild_id": parent.guild_id}
        system_message(backend, parent, _CREATED_NOTICE, call.actor.id, reference=reference, content=new.name)
    return Reply(201, channel_json(world, thread, call.actor.id))


def _start_post(backend: Backend, call: Call, forum: Channel) -> Reply:
    """A post in a forum: a thread and its first message in one, with one id."""
    bits = require(backend.world, forum, call.actor, permissions.SEND_MESSAGES)
    body = call.form()
    new = _new_thread(body, forum, PUBLIC_THREAD)
    check_tags(forum, new.applied_tags, manages=bool(bits & permissions.MANAGE_THREADS))
    opening = as_object(body.get("message"), "message")
    draft = read_draft(opening, call.uploads, backend.limits, stickers_allowed=True)
    draft = permitted(backend, forum, call.actor, draft, bits)
    if draft.empty:
        raise refusal(50006)
    moderate(backend, forum, call.actor, new.name, title=True)
    moderate(backend, forum, call.actor, draft.text)
    apply_slow_mode(backend, forum, call.actor, bits, thread=True)
    thread = start_thread(backend, forum, call.actor, new, backend.snowflakes.next())
    message = post(backend, thread, Message(thread.id, thread.id, call.actor.id), draft, bits)
    shown = channel_json(backend.world, thread, call.actor.id)
    return Reply(201, shown | {"message": message_json(backend.world, message, call.actor.id)})


def _thread(backend: Backend, call: Call) -> tuple[Channel, ThreadInfo]:
    channel = backend.world.channel(call.args["channel"])
    require(backend.world, channel, call.actor, 0)
    if channel.thread is None:
        raise refusal(50024)
    return channel, channel.thread


def _active(info: ThreadInfo) -> None:
    if info.archived:
        raise refusal(50083)


def join(backend: Backend, call: Call) -> None:
    channel, info = _thread(backend, call)
    _active(info)
    add_member(backend, channel, call.actor.id)


def leave(backend: Backend, call: Call) -> None:
    channel, info = _thread(backend, call)
    _active(info)
    if call.actor.id in info.members:
        remove_member(backend, channel, call.actor.id)


def add_other(backend: Backend, call: Call) -> None:
    channel, info = _thread(backend, call)
    _active(info)
    bits = permissions_in(backend.world, channel, call.actor.id)
    if not bits & permissions.SEND_MESSAGES_IN_THREADS:
        raise refusal(50013)
    guild = backend.world.guild(channel.guild_id or "")
    backend.world.member(guild, call.args["user"])
    parent = backend.world.channels[channel.parent_id or ""]
    if not permissions_in(backend.world, parent, call.args["user"]) & permissions.VIEW_CHANNEL:
        raise refusal(50001)
    add_member(backend, channel, call.args["user"])


def remove_other(backend: Backend, call: Call) -> None:
    channel, info = _thread(backend, call)
    _active(info)
    owns = channel.type == PRIVATE_THREAD and info.owner_id == call.actor.id
    if not owns and call.args["user"] != call.actor.id:
        require(backend.world, channel, call.actor, permissions.MANAGE_THREADS)
    remove_member(backend, channel, call.args["user"])


def _member_json(backend: Backend, call: Call, channel: Channel, info: ThreadInfo, user_id: str) -> Json:
    body = thread_member_json(channel.id, user_id, info)
    if call.flag("with_member"):
        guild = backend.world.guilds[channel.guild_id or ""]
        body["member"] = member_json(guild.members[user_id], backend.world.users[user_id])
    return body


def get_thread_member(backend: Backend, call: Call) -> Json:
    channel, info = _thread(backend, call)
    if call.args["user"] not in info.members:
        raise refusal(10007)
    return _member_json(backend, call, channel, info, call.args["user"])


def list_thread_members(backend: Backend, call: Call) -> list[Json]:
    channel, info = _thread(backend, call)
    if call.actor.bot and not backend.world.application.flags & (1 << 14 | 1 << 15):
        raise refusal(50001)
    return [_member_json(backend, call, channel, info, user_id) for user_id in info.members]


def list_active(backend: Backend, call: Call) -> Json:
    world = backend.world
    guild = world.guild(call.args["guild"])
    require_in_guild(guild, call.actor)
    seen = [
        (c, t)
        for c, t in world.threads(guild.id)
        if not t.archived and permissions_in(world, c, call.actor.id) & permissions.VIEW_CHANNEL
    ]
    seen.sort(key=lambda pair: int(pair[0].id), reverse=True)
    return _listed(backend, call, seen) | {"has_more": False}


def _listed(backend: Backend, call: Call, found: list[tuple[Channel, ThreadInfo]]) -> Json:
    me = call.actor.id
    return {
        "threads": [channel_json(backend.world, c, me) for c, _ in found],
        "members": [thread_member_json(c.id, me, t) for c, t in found if me in t.members],
    }


def _archived(backend: Backend, call: Call, kinds: tuple[int, ...], needed: int, *, joined: bool) -> Json:
    world = backend.world
    parent = world.channel(call.args["channel"])
    require(world, parent, call.actor, permissions.READ_MESSAGE_HISTORY | needed)
    limit = call.number("limit", 50, 2, 100)
    found = [
        (c, t)
        for c, t in world.threads(parent.guild_id or "")
        if c.parent_id == parent.id and t.archived and c.type in kinds and (not joined or call.actor.id in t.members)
    ]
    before = call.query.get("before")
    if joined:
        found.sort(key=lambda pair: int(pair[0].id), reverse=True)
        found = [p for p in found if before is None or not is_snowflake(before) or int(p[0].id) < int(before)]
    else:
        found.sort(key=lambda pair: pair[1].archive_timestamp, reverse=True)
        found = [p for p in found if before is None or timestamp(p[1].archive_timestamp) < before]
    return _listed(backend, call, found[:limit]) | {"has_more": len(found) > limit}


def list_archived_public(backend: Backend, call: Call) -> Json:
    return _archived(backend, call, (PUBLIC_THREAD, ANNOUNCEMENT_THREAD), 0, joined=False)


def list_archived_private(backend: Backend, call: Call) -> Json:
    return _archived(backend, call, (PRIVATE_THREAD,), permissions.MANAGE_THREADS, joined=False)


def list_archived_joined(backend: Backend, call: Call) -> Json:
    return _archived(backend, call, (PRIVATE_THREAD,), 0, joined=True)


ROUTES = (
    Route("POST", "/channels/:channel/messages/:message/threads", start_from_message, "thread_create"),
    Route("POST", "/channels/:channel/threads", start_alone, "thread_create"),
    Route("PUT", "/channels/:channel/thread-members/@me", join),
    Route("DELETE", "/channels/:channel/thread-members/@me", leave),
    Route("PUT", "/channels/:channel/thread-members/:user", add_other),
    Route("DELETE", "/channels/:channel/thread-members/:user", remove_other),
    Route("GET", "/channels/:channel/thread-members/:user", get_thread_member),
    Route("GET", "/channels/:channel/thread-members", list_thread_members),
    Route("GET", "/guilds/:guild/threads/active", list_active),
    Route("GET", "/channels/:channel/threads/archived/public", list_archived_public),
    Route("GET", "/channels/:channel/threads/archived/private", list_archived_private),
    Route("GET", "/channels/:channel/users/@me/threads/archived/private", list_archived_joined),
)
