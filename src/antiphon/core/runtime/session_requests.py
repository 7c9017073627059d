"""What is asked of a live session besides prompts: other choices, another conversation to go on with, a look at it.

May not know: Discord, and how Claude Code is asked.
"""

from dataclasses import replace
from typing import Any

from antiphon.core.requests import (
    ChoicesMade,
    Choose,
    ConversationSwitched,
    ReadContext,
    Reply,
    Request,
    RequestFailed,
    Rewind,
    SwitchConversation,
)
from antiphon.core.runtime.agent_process import AgentProcess
from antiphon.core.values import Choices, Session
from antiphon.errors import AgentError, NotDone

_AT_WORK = "Claude is at work here: stop it first, or wait until it is done."
_WAITS = "Claude waits for an answer here since before a restart: answer first, or stop it."


async def run(request: Request[Any], session: Session, host: AgentProcess, busy: bool) -> tuple[Session, Reply]:
    """Answer it: the session afterwards, and the reply. `busy`: a turn is at work."""
    try:
        match request:
            case Choose():
                return await _choose(request, session, host, busy)
            case SwitchConversation():
                return await _switch(request, session, host, busy)
            case Rewind(dry=False) if busy:  # Claude Code would change files beside its tools
                raise NotDone(_AT_WORK)
            case Rewind() | ReadContext() if busy and host.link is None:
                raise NotDone(_WAITS)  # a process that has not asked would be taken for the one that has
            case Rewind():
                return session, await (await host.opened(session)).rewind(request)
            case ReadContext():
                return session, await (await host.opened(session)).context()
            case _:
                raise NotDone("A session answers no such request.")
    except AgentError as error:
        return session, RequestFailed(f"{error} {error.hint}")


async def _choose(request: Choose, session: Session, host: AgentProcess, busy: bool) -> tuple[Session, Reply]:
    """Those that only a new process can have hold from the next turn on."""
    wanted: dict[str, Any] = {name: value or None for name, value in request.changes.items()}
    choices = replace(session.choices, **wanted)
    at_once = host.link is None or await host.link.choose(choices)
    if not at_once:
        await host.renew(at_once=not busy)
    return replace(session, choices=choices), ChoicesMade(at_once or not busy)


async def _switch(
    request: SwitchConversation, session: Session, host: AgentProcess, busy: bool
) -> tuple[Session, Reply]:
    if busy:
        raise NotDone(_AT_WORK)
    await host.close()
    choices = session.choices if request.keep_choices else Choices()
    moved = replace(session, claude=request.claude, begun=request.begun, choices=choices, counted=0.0)
    return moved, ConversationSwitched(session.claude)
