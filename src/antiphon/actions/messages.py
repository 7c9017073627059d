"""Messages that Claude itself sends, reads, edits and marks: in its session's own place and in its project's channels.

What it has sent is in the audit, so that nothing else of the bridge's can be edited.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from antiphon.actions.callers import ClaudeSession, audit_entry
from antiphon.actions.context import ActionContext, Found, find
from antiphon.actions.message_port import PlaceMessage, Post
from antiphon.actions.reasons import Condition, NoSuchChannel, Refused
from antiphon.core.retry import Backoff
from antiphon.core.values import NOWHERE, File, Group, MessageId, PlaceId

_SHOWN_WITHIN = 10.0  # seconds until a session that has just begun in a terminal has its thread


@dataclass(frozen=True, slots=True)
class Reach:
    """Channels by name, besides the session's own place; and who may be called."""

    channels: tuple[str, ...]
    mentionable: Group


async def send(
    context: ActionContext, caller: ClaudeSession, channel: str, text: str, files: tuple[File, ...], key: str
) -> MessageId:
    """Send a message; the same key again, soon after, finds the same one. `channel`: of the project, by name or id; "":
    the session's own place."""
    if not text.strip() and not files:
        raise Refused(Condition.EMPTY_MESSAGE)
    found, place = await _where(context, caller, channel)
    message = await context.messages.send(found.session, place, _post(found, text, files), key)
    what = {"key": str(message), "place": str(place), "text": text}
    await context.bus.note(audit_entry(caller, "message", found.session, what))
    return message


async def edit(context: ActionContext, caller: ClaudeSession, message: MessageId, text: str) -> None:
    """Let a message that this session has sent say something else."""
    if not text.strip():
        raise Refused(Condition.EMPTY_MESSAGE)
    found = await find(context, caller, caller.session, "prompt")
    sent = await context.bus.decision("message", str(message))
    if sent is None or sent.session != caller.session:
        raise Refused(Condition.NOT_SENT_BY_CLAUDE)
    place = PlaceId(int(str(sent.what["place"])))
    await context.messages.edit(place, message, _post(found, text))


async def react(context: ActionContext, caller: ClaudeSession, channel: str, message: MessageId, emoji: str) -> None:
    """Put an emoji below a message. `channel` as in `send`."""
    _, place = await _where(context, caller, channel)
    await context.messages.react(place, message, emoji)


async def read(
    context: ActionContext, caller: ClaudeSession, channel: str, most: int, before: MessageId | None
) -> Sequence[PlaceMessage]:
    """The latest messages, oldest first. `channel` as in `send`."""
    _, place = await _where(context, caller, channel)
    return await context.messages.read(place, most, before)


async def reach(context: ActionContext, caller: ClaudeSession) -> Reach:
    """Where the session may send messages, and whom they may call."""
    found = await find(context, caller, caller.session, "prompt")
    return Reach(tuple(sorted(context.messages.channels(found.project))), found.project.mentionable)


async def _where(context: ActionContext, caller: ClaudeSession, channel: str) -> tuple[Found, PlaceId]:
    """The session, and the place that is meant. Waits a little for the thread of one that has just begun."""
    found = await find(context, caller, caller.session, "prompt")
    wanted = channel.strip().removeprefix("<#").removesuffix(">").lstrip("#")
    if wanted and wanted != str(found.session.place):
        known = context.messages.channels(found.project)
        by_id = {str(place): place for place in known.values()}
        if (place := known.get(wanted) or by_id.get(wanted)) is None:
            raise Refused(NoSuchChannel(channel, tuple(sorted(known))))
        return found, place
    backoff = Backoff(0.05, 1.0)
    with suppress(TimeoutError):
        async with asyncio.timeout(_SHOWN_WITHIN):
            while found.session.place == NOWHERE:
                await asyncio.sleep(backoff.pause)
                backoff.grow()
                found = await find(context, caller, caller.session, "prompt")
    if found.session.place == NOWHERE:
        raise Refused(Condition.NO_PLACE_YET)
    return found, found.session.place


def _post(found: Found, text: str, files: tuple[File, ...] = ()) -> Post:
    mentionable = found.project.mentionable
    return Post(text, files, mentionable.people, mentionable.roles)
