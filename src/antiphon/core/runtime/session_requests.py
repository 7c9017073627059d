"""What people want of a session besides words: other choices, another conversation to go on with, a look at it.

Each ends in a reply for whoever asked. May not know: Discord, and what the agent room's deeds do.
"""

from dataclasses import replace
from typing import Any

from antiphon.core.records import Body
from antiphon.core.runtime.agent_process import AgentProcess
from antiphon.core.values import Choices, ClaudeSessionId, Session, SessionRequest
from antiphon.errors import AgentError, NotDone

_AT_WORK = "Claude is at work here: stop it first, or wait until it is done."
_WAITS = "Claude waits for an answer here since before a restart: answer first, or stop it."


async def run(
    errand: SessionRequest, session: Session, host: AgentProcess, busy: bool
) -> tuple[Session, dict[str, Any]]:
    """Do it: the session afterwards, and the reply ({"error": words for people} where it could not be done). `busy`: a
    turn is at work."""
    try:
        match errand.what:
            case "choose":
                return await _choose(session, host, busy, errand.details)
            case "rewind" if busy and not errand.details.get("dry"):  # Claude Code would change files beside its tools
                raise NotDone(_AT_WORK)
            case "move":
                return await _move(session, host, busy, errand.details)
            case _ if busy and host.link is None:  # a process that has not asked would be taken for the one that has
                raise NotDone(_WAITS)
            case _:
                link = await host.opened(session)
                return session, dict(await link.do(errand.what, errand.details))
    except AgentError as error:
        return session, {"error": f"{error} {error.hint}"}


async def _choose(session: Session, host: AgentProcess, busy: bool, wanted: Body) -> tuple[Session, dict[str, Any]]:
    """Other choices; those that only a new process can have hold from the next turn on."""
    choices = replace(session.choices, **{key: value or None for key, value in wanted.items()})
    at_once = host.link is None or await host.link.choose(choices)
    if not at_once:
        await host.renew(at_once=not busy)
    return replace(session, choices=choices), {"at_once": at_once or not busy}


async def _move(session: Session, host: AgentProcess, busy: bool, wanted: Body) -> tuple[Session, dict[str, Any]]:
    """Go on with another conversation of Claude Code's: `claude` is its id, `begun` whether it exists."""
    if busy:
        raise NotDone(_AT_WORK)
    await host.close()
    choices = session.choices if wanted.get("keep", True) else Choices()
    moved = replace(
        session, claude=ClaudeSessionId(wanted["claude"]), begun=bool(wanted["begun"]), choices=choices, counted=0.0
    )
    return moved, {"was": session.claude}
