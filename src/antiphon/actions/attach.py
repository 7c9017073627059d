"""A session that a person has opened in a terminal of the machine becomes one that can be reached.

Nobody asks for it but whoever sits there, as the machine's own user: no rights in Discord are needed.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from antiphon.actions.context import ActionContext
from antiphon.core import values

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
        session = replace(known[0], terminal=terminal)
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


def _project(context: ActionContext, directories: Sequence[Path]) -> values.Project | None:
    """The project in whose directory one of these lies: the innermost."""
    for where in directories:
        around = [one for one in context.projects.all if where.is_relative_to(one.directory)]
        if around:
            return max(around, key=lambda one: len(one.directory.parts))
    return None
