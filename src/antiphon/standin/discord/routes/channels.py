"""Routes of channels and of what threads share with them: fetch, create, change, delete, overwrites."""

from __future__ import annotations

from antiphon.standin.discord import permissions
from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import Form, Json, form_error, refusal
from antiphon.standin.discord.forms.forums import check_flags, read_forum
from antiphon.standin.discord.payloads.channels import channel_json
from antiphon.standin.discord.permissions import require, require_in_guild
from antiphon.standin.discord.router import Route
from antiphon.standin.discord.rules.thread_changes import modify_thread
from antiphon.standin.discord.rules.threads import DURATIONS, check_rename, deleted_json, rights_change
from antiphon.standin.discord.state import (
    ANNOUNCEMENT,
    CATEGORY,
    FORUMS,
    PRIVATE_THREAD,
    TEXT,
    VOCAL,
    Channel,
    ForumInfo,
    Overwrite,
    User,
)
from antiphon.standin.discord.wire import Call, Fields, Reply, as_id, as_object, as_whole, objects

_CREATABLE = (TEXT, CATEGORY, ANNOUNCEMENT, *sorted(VOCAL | FORUMS))


def get_channel(backend: Backend, call: Call) -> Json:
    channel = backend.world.channel(call.args["channel"])
    require(backend.world, channel, call.actor, 0)
    return channel_json(backend.world, channel, call.actor.id)


def modify_channel(backend: Backend, call: Call) -> Json:
    channel = backend.world.channel(call.args["channel"])
    bits = require(backend.world, channel, call.actor, 0)
    if channel.guild_id is None:
        raise refusal(50003)
    if channel.thread is not None:
        modify_thread(backend, channel, channel.thread, call, bits)
    else:
        _modify_guild_channel(backend, channel, call, bits)
    return channel_json(backend.world, channel, call.actor.id)


def _modify_guild_channel(backend: Backend, channel: Channel, call: Call, bits: int) -> None:
    if not bits & permissions.MANAGE_CHANNELS:
        raise refusal(50013)
    body = call.form()
    form = Form()
    fields = Fields(body, form)
    name, topic = _read_names(fields, channel.type)
    slow = fields.number("rate_limit_per_user", 0, 21600)
    position = fields.number("position", 0, 10_000)
    nsfw = fields.boolean("nsfw")
    duration = fields.choice("default_auto_archive_duration", DURATIONS)
    thread_slow = fields.number("default_thread_rate_limit_per_user", 0, 21600)
    flags = fields.number("flags", 0, 1 << 25)
    form.finish()
    overwrites = _read_overwrites(backend, call.actor, channel.guild_id, body)
    forum = channel.forum and read_forum(body, channel.forum, backend.snowflakes)
    if forum is not None and flags is not None:
        flags = check_flags(flags, channel.type, forum)
    parent_id = _read_parent(backend, body, channel.guild_id) if "parent_id" in body else channel.parent_id
    check_rename(backend, channel, call.actor, name=name, topic=topic)
    channel.name = channel.name if name is None else name
    channel.topic = topic if "topic" in body else channel.topic
    channel.rate_limit_per_user = channel.rate_limit_per_user if slow is None else slow
    channel.position = channel.position if position is None else position
    channel.nsfw = channel.nsfw if nsfw is None else nsfw
    channel.flags = channel.flags if forum is None or flags is None else flags
    channel.default_auto_archive_duration = duration or channel.default_auto_archive_duration
    if thread_slow is not None:
        channel.default_thread_rate_limit_per_user = thread_slow
    channel.parent_id, channel.forum = parent_id, forum
    with rights_change(backend, [channel]):
        channel.overwrites = channel.overwrites if overwrites is None else overwrites
        _tell(backend, channel, "CHANNEL_UPDATE")


def _read_names(fields: Fields, kind: int, *, required: bool = False) -> tuple[str | None, str | None]:
    """Name (text channels: lower case with hyphens) and topic (forums may have longer ones)."""
    name = fields.text("name", 100, shortest=1, required=required)
    topic = fields.text("topic", 4096 if kind in FORUMS else 1024)
    if name is not None and kind in (TEXT, ANNOUNCEMENT, *FORUMS):
        name = "-".join(name.lower().split())
    return name, topic


def _read_parent(backend: Backend, body: Json, guild_id: str | None) -> str | None:
    if body["parent_id"] is None:
        return None
    parent_id = as_id(body["parent_id"], "parent_id")
    parent = backend.world.channels.get(parent_id)
    if parent is None or parent.type != CATEGORY or parent.guild_id != guild_id:
        raise form_error("parent_id", "CHANNEL_PARENT_INVALID", "Category does not exist")
    inside = sum(1 for c in backend.world.guild_channels(guild_id or "") if c.parent_id == parent_id)
    if inside >= backend.limits.category_channels:
        message = "Maximum number of channels in category reached (50)"
        raise form_error("parent_id", "CHANNEL_PARENT_MAX_CHANNELS", message)
    return parent_id


def _read_overwrites(backend: Backend, user: User, guild_id: str | None, body: Json) -> dict[str, Overwrite] | None:
    if body.get("permission_overwrites") is None:
        return None
    guild = backend.world.guild(guild_id or "")
    require_in_guild(guild, user, permissions.MANAGE_ROLES)
    found: dict[str, Overwrite] = {}
    for n, raw in enumerate(objects(body["permission_overwrites"], "permission_overwrites")):
        identity = as_id(raw.get("id"), f"permission_overwrites.{n}.id")
        found[identity] = _overwrite(identity, raw)
    return found


def _overwrite(identity: str, raw: Json) -> Overwrite:
    form = Form()
    kind = Fields(raw, form).choice("type", (0, 1))
    form.finish()
    return Overwrite(identity, kind or 0, _bits(raw, "allow"), _bits(raw, "deny"))


def _bits(raw: Json, name: str) -> int:
    value = raw.get(name) or 0
    bits = as_whole(value)
    if bits is None or bits < 0:
        raise form_error(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
    return bits & permissions.ALL


def delete_channel(backend: Backend, call: Call) -> Json:
    world = backend.world
    channel = world.channel(call.args["channel"])
    bits = require(world, channel, call.actor, 0)
    if channel.guild_id is None:
        return channel_json(world, channel, call.actor.id)
    if not bits & (permissions.MANAGE_THREADS if channel.is_thread else permissions.MANAGE_CHANNELS):
        raise refusal(50013)
    shown = channel_json(world, channel, call.actor.id)
    if channel.is_thread:
        backend.gateway.to_channel(channel, "THREAD_DELETE", deleted_json(channel))
        del world.channels[channel.id]
        return shown
    _tell(backend, channel, "CHANNEL_DELETE")
    for thread, _ in [pair for pair in world.threads(channel.guild_id) if pair[0].parent_id == channel.id]:
        del world.channels[thread.id]
    for webhook in [w for w in world.webhooks.values() if w.channel_id == channel.id]:
        del world.webhooks[webhook.id]
    for child in [c for c in world.guild_channels(channel.guild_id) if c.parent_id == channel.id]:
        child.parent_id = None
        _tell(backend, child, "CHANNEL_UPDATE")
    del world.channels[channel.id]
    return shown


def _tell(backend: Backend, channel: Channel, event: str) -> None:
    """CHANNEL_* goes to every member: also what somebody may not see is in their list of channels."""
    backend.gateway.to_guild(channel.guild_id or "", event, channel_json(backend.world, channel))


def list_channels(backend: Backend, call: Call) -> list[Json]:
    guild = backend.world.guild(call.args["guild"])
    require_in_guild(guild, call.actor)
    return [channel_json(backend.world, c) for c in backend.world.guild_channels(guild.id)]


def create_channel(backend: Backend, call: Call) -> Reply:
    guild = backend.world.guild(call.args["guild"])
    require_in_guild(guild, call.actor, permissions.MANAGE_CHANNELS)
    existing = list(backend.world.guild_channels(guild.id))
    if len(existing) >= backend.limits.guild_channels:
        raise refusal(30013)
    body = call.form()
    form = Form()
    fields = Fields(body, form)
    kind = fields.choice("type", _CREATABLE) or TEXT
    name, topic = _read_names(fields, kind, required=True)
    slow = fields.number("rate_limit_per_user", 0, 21600)
    position = fields.number("position", 0, 10_000)
    nsfw = fields.boolean("nsfw")
    duration = fields.choice("default_auto_archive_duration", DURATIONS)
    thread_slow = fields.number("default_thread_rate_limit_per_user", 0, 21600)
    form.finish()
    parent = _read_parent(backend, body, guild.id) if body.get("parent_id") is not None else None
    if body.get("permission_overwrites"):
        overwrites = _read_overwrites(backend, call.actor, guild.id, body)
    else:  # U: those of its category, without the right to manage roles
        overwrites = {} if parent is None else dict(backend.world.channel(parent).overwrites)
    channel = Channel(
        backend.snowflakes.next(),
        kind,
        name or "",
        guild.id,
        len(existing) if position is None else position,
        parent,
        topic,
        bool(nsfw),
        slow or 0,
        duration or 1440,
        thread_slow or 0,
        overwrites or {},
    )
    if kind in FORUMS:
        channel.forum = read_forum(body, ForumInfo(), backend.snowflakes)
    backend.world.channels[channel.id] = channel
    _tell(backend, channel, "CHANNEL_CREATE")
    return Reply(201, channel_json(backend.world, channel))


def set_overwrite(backend: Backend, call: Call) -> None:
    channel = _with_overwrites(backend, call)
    target = as_id(call.args["target"], "overwrite_id")
    body = as_object(call.body, "")
    if "type" not in body:
        raise form_error("type", "BASE_TYPE_REQUIRED", "This field is required")
    overwrite = _overwrite(target, body)
    guild = backend.world.guild(channel.guild_id or "")
    if overwrite.type == 0 and target not in guild.roles:
        raise refusal(10009)
    if overwrite.type == 1:
        backend.world.user(target)
    with rights_change(backend, [channel]):
        channel.overwrites[target] = overwrite
        _tell(backend, channel, "CHANNEL_UPDATE")


def delete_overwrite(backend: Backend, call: Call) -> None:
    channel = _with_overwrites(backend, call)
    with rights_change(backend, [channel]):
        if channel.overwrites.pop(call.args["target"], None) is None:
            raise refusal(10009)
        _tell(backend, channel, "CHANNEL_UPDATE")


def _with_overwrites(backend: Backend, call: Call) -> Channel:
    channel = backend.world.channel(call.args["channel"])
    require(backend.world, channel, call.actor, permissions.MANAGE_ROLES)
    if channel.guild_id is None or channel.type == PRIVATE_THREAD or channel.is_thread:
        raise refusal(50024)
    return channel


ROUTES = (
    Route("GET", "/channels/:channel", get_channel),
    Route("PATCH", "/channels/:channel", modify_channel),
    Route("DELETE", "/channels/:channel", delete_channel),
    Route("GET", "/guilds/:guild/channels", list_channels),
    Route("POST", "/guilds/:guild/channels", create_channel, "channel_create"),
    Route("PUT", "/channels/:channel/permissions/:target", set_overwrite),
    Route("DELETE", "/channels/:channel/permissions/:target", delete_overwrite),
)
