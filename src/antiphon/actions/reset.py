"""Claude's conversation begins anew, in a session or in all of a channel. What was said stays in their places."""

from collections.abc import Sequence
from dataclasses import dataclass

from antiphon.actions.callers import Caller
from antiphon.actions.context import ActionContext, Found, InPlace, Target, ask_worker, find, record, require
from antiphon.actions.reasons import Condition, Refused
from antiphon.core.requests import SwitchConversation
from antiphon.core.values import PlaceId, Project, Session, claude_session_for


@dataclass(frozen=True, slots=True)
class ChannelReset:
    """How many sessions of a channel begin anew, and which do not, and why."""

    done: int
    failed: Sequence[tuple[Session, Refused]]


async def reset(context: ActionContext, caller: Caller, at: Target, key: str) -> None:
    """Let Claude begin anew in a session. Raises Refused while a turn runs."""
    await _reset(context, caller, await find(context, caller, at, "configure"), key)


async def reset_channel(
    context: ActionContext, caller: Caller, at: InPlace, channel: PlaceId, key: str
) -> ChannelReset:
    """The same in every session of one of the project's channels, one after the other."""
    project = require_channel(context, caller, at, channel)
    places = {channel, *context.places.threads_of(channel)}
    sessions = [one for one in await context.bus.sessions() if one.origin.channel == channel or one.place in places]
    failed: list[tuple[Session, Refused]] = []
    for session in sessions:
        try:
            await _reset(context, caller, Found(project, session), key)
        except Refused as refused:
            failed.append((session, refused))
    return ChannelReset(len(sessions) - len(failed), failed)


def require_channel(context: ActionContext, caller: Caller, at: InPlace, channel: PlaceId) -> Project:
    """The project. Raises Refused unless the caller may reset its sessions and the channel belongs to it."""
    project = require(context, caller, at, "configure")
    if channel not in project.channels:
        raise Refused(Condition.CHANNEL_OF_OTHERS)
    return project


async def _reset(context: ActionContext, caller: Caller, found: Found, key: str) -> None:
    session = found.session
    fresh = claude_session_for(f"reset:{session.id}:{key}")
    if session.claude != fresh:  # else it was done before
        reply = await ask_worker(context, found.project, session, SwitchConversation(fresh))
        await record(context, caller, "reset", session, {"was": reply.was})
        await context.bus.drop_continuations((session.id,))
