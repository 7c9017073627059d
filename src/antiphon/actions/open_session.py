"""A new thread for a session that no message of a person opens: an announcement, which the thread hangs on. From then
on it is a session like every other."""

from dataclasses import dataclass, field
from pathlib import Path

from antiphon.actions.callers import Caller, allowed, asker_of
from antiphon.actions.context import ActionContext, InPlace
from antiphon.actions.places import Opening, Thread
from antiphon.core import values
from antiphon.core.records import InboxEntry
from antiphon.errors import StoreError


@dataclass(frozen=True, slots=True)
class NewSession:
    """What is opened, under the key that makes it happen once. `prompt`: the first one, "" for none. `claude`: the
    session of Claude's to go on with; None: a new one. `directory`: where it works; None: in the project's."""

    opening: Opening
    name: str
    key: str
    prompt: str = ""
    claude: values.ClaudeSessionId | None = None
    choices: values.Choices = field(default_factory=values.Choices)
    directory: Path | None = None


async def open_session(
    context: ActionContext, caller: Caller, project: values.Project, at: InPlace | None, new: NewSession
) -> values.Session:
    """Announce it near `at`, open the thread, and store the session, with its first prompt if there is one. Raises
    Refused when there is no channel for it."""
    near = None if at is None else at.parent or at.place
    thread = await context.places.open_thread(project, near, new.opening, new.name, new.key)
    id_ = values.session_at(thread.place)
    claude = new.claude or values.first_claude_session(id_)
    known = new.claude is not None
    session = values.Session(
        id_,
        thread.place,
        project.name,
        claude,
        thread.name,
        thread.origin,
        choices=new.choices,
        begun=known,
        directory=new.directory,
        owner=asker_of(caller).id,
    )
    try:
        await context.bus.seen(thread.place, thread.message)  # what is said while nobody listens is looked for
        if new.prompt:
            await context.bus.accept(_first(context, caller, project, session, (thread, new.prompt)))
        else:
            await context.bus.adopt(session, context.projects.worker_of(project.name))
    except StoreError:
        await context.places.remove_thread(thread)  # what nobody has kept is not to be seen either
        raise
    return session


def _first(
    context: ActionContext, caller: Caller, project: values.Project, session: values.Session, said: tuple[Thread, str]
) -> InboxEntry:
    thread, text = said
    may_answer = allowed(project, caller, "answer")
    prompt = values.Prompt(
        values.turn_of(thread.message), text, asker_of(caller), thread.message, may_answer=may_answer
    )
    return InboxEntry(str(thread.message), context.projects.worker_of(project.name), session, prompt)
