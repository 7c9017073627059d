"""A session that a person has opened in a terminal of the machine becomes one that can be reached, and is left out
again.

Nobody asks for the first but whoever sits there, as the machine's own user: no rights in Discord are needed.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from antiphon.actions.callers import Caller
from antiphon.actions.context import ActionContext, Target, ask_worker, find, record
from antiphon.core import values
from antiphon.core.requests import LeaveOut

UNTITLED = "Terminal session"  # until the first prompt gives it a name


async def attach(
    context: ActionContext,
    claude: values.ClaudeSessionId,
    terminal: values.Terminal,
    directories: Sequence[Path],
    elsewhere: str | None,
) -> values.Session | None:
    """The session, as it is known from now on; None: it belongs to no project. `directories`: where it works, the
    likeliest first; `elsewhere`: the project for those of no project's directory."""
    project = _project(context, directories) or (None if elsewhere is None else context.projects.named(elsewhere))
    if project is None:
        return None
    known = [one for one in await context.bus.sessions() if one.claude == claude]
    where = directories[0]
    if known:
        was = known[0].terminal or terminal
        session = replace(known[0], terminal=replace(terminal, left_out=was.left_out))
        if context.projects.named(session.project) is None:  # another configuration's, as of a webhook alone
            session = replace(session, project=project.name, directory=where)
            await context.bus.move(session)
        return session
    session = values.Session(
        values.terminal_session(claude),
        values.NOWHERE,
        project.name,
        claude,
        UNTITLED,
        begun=True,
        directory=None if where == project.directory else where,
        terminal=terminal,
    )
    await context.bus.adopt(session, context.projects.worker_of(project.name))
    return session


async def leave_out(context: ActionContext, caller: Caller, at: Target, *, out: bool) -> bool:
    """Show nothing more of a session, and let nothing reach it; or (`out` False) show it again from now on: what
    happened in between stays unseen. False: it was so."""
    found = await find(context, caller, at, "stop")
    session = found.session
    wanted = LeaveOut(out, told=session.place != values.NOWHERE)
    reply = await ask_worker(context, found.project, session, wanted)
    if reply.changed:
        await record(context, caller, "change", session, {"left out": out})
    return reply.changed


def _project(context: ActionContext, directories: Sequence[Path]) -> values.Project | None:
    """The project in whose directory one of these lies: the innermost."""
    for where in directories:
        around = [one for one in context.projects.all if where.is_relative_to(one.directory)]
        if around:
            return max(around, key=lambda one: len(one.directory.parts))
    return None
