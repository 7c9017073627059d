"""Threads: their life, their members, and who sees them only now (D topics/threads)."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import Json, form_error, refusal
from antiphon.standin.discord.payloads.channels import thread_json, thread_member_json
from antiphon.standin.discord.payloads.users import member_json
from antiphon.standin.discord.permissions import VIEW_CHANNEL, permissions_in
from antiphon.standin.discord.state import PRIVATE_THREAD, REQUIRE_TAG, Channel, ThreadInfo, User

DURATIONS = (60, 1440, 4320, 10080)
MOST_APPLIED = 5  # D resources/channel: tags of a post


@dataclass(frozen=True, slots=True)
class NewThread:
    """What a thread is to be."""

    name: str
    type: int
    auto_archive_duration: int
    rate_limit_per_user: int | None = None
    """Seconds; None: as the channel says."""
    invitable: bool = True
    applied_tags: tuple[str, ...] = ()


def check_tags(parent: Channel, tags: Collection[str], *, before: Collection[str] = (), manages: bool) -> None:
    """Raises unless a post may have these tags; `before`: those that it has.

    Adding or taking a moderated tag needs MANAGE_THREADS (`manages`; D resources/channel, "Forum Tag Object"). The same
    tag twice is allowed (discord-api-docs#5408). U: what Discord says to a tag that its forum does not have any more,
    and whether the last tag may be taken where one is required.
    """
    known = {tag["id"]: bool(tag["moderated"]) for tag in (parent.forum.tags if parent.forum else ())}
    if not known.keys() >= set(tags):
        raise form_error("applied_tags", "CHANNEL_TAG_INVALID", "Invalid forum tag")
    if not manages and any(known.get(tag) for tag in set(tags) ^ set(before)):
        raise refusal(50013)
    if parent.forum and parent.flags & REQUIRE_TAG and not tags:
        raise refusal(40067)


def check_rename(backend: Backend, channel: Channel, user: User, *, name: str | None, topic: str | None) -> None:
    """Two renames in ten minutes, and two topics; no header tells of it beforehand."""
    if user.bot and name is not None and name != channel.name:
        backend.rates.take_hidden("rename", channel.id)
    if user.bot and topic is not None and topic != channel.topic:
        backend.rates.take_hidden("topic", channel.id)


def threads_of(backend: Backend, parent: Channel) -> Iterator[tuple[Channel, ThreadInfo]]:
    """The threads of a channel, archived ones too."""
    return (pair for pair in backend.world.threads(parent.guild_id or "") if pair[0].parent_id == parent.id)


def start_thread(backend: Backend, parent: Channel, owner: User, new: NewThread, thread_id: str) -> Channel:
    """Creates a thread with its owner as first member and tells everybody who sees the parent."""
    assert parent.guild_id is not None
    active = sum(1 for _, info in backend.world.threads(parent.guild_id) if not info.archived)
    if active >= backend.limits.active_threads:
        raise refusal(160006)
    now = backend.clock()
    info = ThreadInfo(owner.id, now, now, new.auto_archive_duration, invitable=new.invitable)
    info.members[owner.id] = now
    if parent.forum is not None:
        info.applied_tags = list(new.applied_tags)
        parent.last_message_id = thread_id  # D resources/channel: of a forum it is the newest post's
    slow = parent.default_thread_rate_limit_per_user if new.rate_limit_per_user is None else new.rate_limit_per_user
    channel = Channel(
        thread_id,
        new.type,
        new.name,
        parent.guild_id,
        parent_id=parent.id,
        rate_limit_per_user=slow,
        thread=info,
    )
    backend.world.channels[thread_id] = channel
    tell_thread(backend, channel, "THREAD_CREATE", newly_created=True)
    return channel


def tell_thread(backend: Backend, channel: Channel, event: str, *, newly_created: bool = False) -> None:
    """THREAD_CREATE or THREAD_UPDATE to all who see it; each gets its own membership along."""
    info = channel.thread
    assert info is not None

    def build(viewer: str) -> Json:
        body = thread_json(channel, info, viewer)
        return body | {"newly_created": True} if newly_created else body

    backend.gateway.to_channel(channel, event, build)


def unarchive(backend: Backend, channel: Channel, info: ThreadInfo) -> None:
    if info.archived:
        info.archived = False
        info.archive_timestamp = backend.clock()
        tell_thread(backend, channel, "THREAD_UPDATE")


def add_member(backend: Backend, channel: Channel, user_id: str) -> None:
    """Makes somebody a member of the thread, if they are not and could see it. Raises 30033 when it is full."""
    info = channel.thread
    assert info is not None
    assert channel.guild_id is not None
    if user_id in info.members:
        return
    parent = backend.world.channels[channel.parent_id or ""]
    if not permissions_in(backend.world, parent, user_id) & VIEW_CHANNEL:
        return
    if len(info.members) >= backend.limits.thread_members:
        raise refusal(30033)
    info.members[user_id] = backend.clock()
    member = backend.world.guilds[channel.guild_id].members[user_id]
    added = thread_member_json(channel.id, user_id, info) | {
        "member": member_json(member, backend.world.users[user_id]),
        "presence": None,
    }
    if channel.type == PRIVATE_THREAD:
        # Until now the thread was not among theirs.
        backend.gateway.to_user(user_id, "THREAD_CREATE", thread_json(channel, info, user_id))
    _tell_members(backend, channel, info, added=[added])


def remove_member(backend: Backend, channel: Channel, user_id: str) -> None:
    info = channel.thread
    assert info is not None
    if info.members.pop(user_id, None) is None:
        raise refusal(10007)
    _tell_members(backend, channel, info, removed=[user_id])
    if not permissions_in(backend.world, channel, user_id) & VIEW_CHANNEL:
        backend.gateway.to_user(user_id, "THREAD_DELETE", deleted_json(channel))


def _tell_members(
    backend: Backend,
    channel: Channel,
    info: ThreadInfo,
    *,
    added: list[Json] | None = None,
    removed: list[str] | None = None,
) -> None:
    body: Json = {"id": channel.id, "guild_id": channel.guild_id, "member_count": min(len(info.members), 50)}
    if added:
        body["added_members"] = added
    if removed:
        body["removed_member_ids"] = removed
    backend.gateway.to_channel(channel, "THREAD_MEMBERS_UPDATE", body)


def deleted_json(channel: Channel) -> Json:
    """All that THREAD_DELETE says."""
    return {
        "id": channel.id,
        "guild_id": channel.guild_id,
        "parent_id": channel.parent_id,
        "type": channel.type,
    }


@contextmanager
def rights_change(backend: Backend, channels: Iterable[Channel]) -> Generator[None]:
    """Inside, rights in these channels change and that is told; whoever sees one only afterwards gets its active
    threads along."""
    before = [(channel, _viewers(backend, channel)) for channel in channels]
    yield
    for channel, viewers in before:
        for user_id in _viewers(backend, channel) - viewers:
            _tell_threads(backend, channel, user_id)


def _viewers(backend: Backend, channel: Channel) -> set[str]:
    members = backend.world.guilds[channel.guild_id or ""].members
    return {u for u in members if permissions_in(backend.world, channel, u) & VIEW_CHANNEL}


def _tell_threads(backend: Backend, channel: Channel, user_id: str) -> None:
    world, guild_id = backend.world, channel.guild_id or ""
    # D events/gateway-events, "Thread List Sync".
    active = [
        (c, t)
        for c, t in world.threads(guild_id)
        if c.parent_id == channel.id and not t.archived and permissions_in(world, c, user_id)
    ]
    body: Json = {
        "guild_id": guild_id,
        "channel_ids": [channel.id],
        "threads": [thread_json(c, t, user_id) for c, t in active],
        "members": [thread_member_json(c.id, user_id, t) for c, t in active if user_id in t.members],
    }
    backend.gateway.to_user(user_id, "THREAD_LIST_SYNC", body)
