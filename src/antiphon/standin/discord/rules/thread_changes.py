"""What PATCH changes of a thread, and who may change it (D topics/threads, "Editing & Deleting Threads")."""

from __future__ import annotations

from dataclasses import dataclass

from antiphon.standin.discord import permissions
from antiphon.standin.discord.backend import Backend
from antiphon.standin.discord.errors import Form, Json, refusal
from antiphon.standin.discord.rules.messages import system_message
from antiphon.standin.discord.rules.moderation import moderate
from antiphon.standin.discord.rules.threads import (
    DURATIONS,
    MOST_APPLIED,
    check_rename,
    check_tags,
    tell_thread,
    threads_of,
)
from antiphon.standin.discord.state import PINNED, Channel, ThreadInfo, User
from antiphon.standin.discord.wire import Call, Fields, ids

_RENAMED = 4


@dataclass(frozen=True, slots=True)
class _Changes:
    """What of a thread is to change; None, or not among `given`: nothing."""

    given: frozenset[str]
    name: str | None
    auto_archive_duration: int | None
    rate_limit_per_user: int | None
    archived: bool | None
    locked: bool | None
    invitable: bool | None
    flags: int | None
    applied_tags: tuple[str, ...]


def _read_changes(body: Json) -> _Changes:
    form = Form()
    fields = Fields(body, form)
    found = _Changes(
        given=frozenset(body),
        name=fields.text("name", 100, shortest=1),
        auto_archive_duration=fields.choice("auto_archive_duration", DURATIONS),
        rate_limit_per_user=fields.number("rate_limit_per_user", 0, 21600),
        archived=fields.boolean("archived"),
        locked=fields.boolean("locked"),
        invitable=fields.boolean("invitable"),
        flags=fields.number("flags", 0, 1 << 25),
        applied_tags=tuple(ids(fields.items("applied_tags", MOST_APPLIED), "applied_tags")),
    )
    form.finish()
    return found


def _check_changes(backend: Backend, channel: Channel, info: ThreadInfo, user: User, bits: int, new: _Changes) -> None:
    """Refuses what somebody may not change. U: the code of the refusal in a locked thread."""
    manages = bool(bits & permissions.MANAGE_THREADS)
    if not manages and info.owner_id != user.id:
        # Anybody who may write in an open thread may take it out of the archive.
        reopening = new.given == frozenset({"archived"}) and new.archived is False and not info.locked
        if not reopening or not bits & permissions.SEND_MESSAGES_IN_THREADS:
            raise refusal(50013)
    pinned = channel.flags if new.flags is None else new.flags & PINNED
    moderates = new.rate_limit_per_user is not None or new.locked is not None or pinned != channel.flags
    if not manages and (moderates or info.locked):
        raise refusal(50013)
    if info.archived and new.archived is not False and new.given - {"archived"}:
        raise refusal(50083)  # discord-api-docs#6928: locking is no exception
    parent = backend.world.channels[channel.parent_id or ""]
    if "applied_tags" in new.given:
        check_tags(parent, new.applied_tags, before=info.applied_tags or (), manages=manages)
    if pinned and not channel.flags and any(c.flags & PINNED for c, _ in threads_of(backend, parent)):
        raise refusal(30047)  # U: one at a time, as the client says


def modify_thread(backend: Backend, channel: Channel, info: ThreadInfo, call: Call, bits: int) -> None:
    """PATCH of a thread; everybody who sees it is told."""
    new = _read_changes(call.form())
    _check_changes(backend, channel, info, call.actor, bits, new)
    if new.name is not None:
        moderate(backend, channel, call.actor, new.name, title=True)
    check_rename(backend, channel, call.actor, name=new.name, topic=None)
    old_name = channel.name
    channel.name = new.name or channel.name
    if new.rate_limit_per_user is not None:
        channel.rate_limit_per_user = new.rate_limit_per_user
    if new.flags is not None and info.applied_tags is not None:
        channel.flags = new.flags & PINNED
    info.locked = info.locked if new.locked is None else new.locked
    info.invitable = info.invitable if new.invitable is None else new.invitable
    if "applied_tags" in new.given and info.applied_tags is not None:
        info.applied_tags = list(new.applied_tags)
    if new.auto_archive_duration not in (None, info.auto_archive_duration):
        info.auto_archive_duration = new.auto_archive_duration or info.auto_archive_duration
        info.archive_timestamp = backend.clock()
    if new.archived is not None and new.archived != info.archived:
        info.archived = new.archived
        info.archive_timestamp = backend.clock()
    tell_thread(backend, channel, "THREAD_UPDATE")
    if channel.name != old_name and not info.archived:
        system_message(backend, channel, _RENAMED, call.actor.id, content=channel.name)
