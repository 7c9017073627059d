"""A new thread for a session that no message of a person opens: the bridge posts one of its own, which the thread
hangs on. From then on it is a session like every other."""

from contextlib import suppress
from dataclasses import dataclass, field

import discord

from antiphon.chat.delivery.components import files_of
from antiphon.chat.interactions.context import Doors, Interaction, who
from antiphon.chat.render.message import TextUpload
from antiphon.chat.render.page import title
from antiphon.core.access import refusal
from antiphon.core.records import InboxEntry
from antiphon.core.values import (
    Asker,
    Choices,
    ClaudeSessionId,
    MessageId,
    Origin,
    PlaceId,
    Project,
    Prompt,
    Session,
    first_claude_session,
    session_at,
    turn_of,
)
from antiphon.errors import Refused, StoreError

_CONTENT = 2000  # characters of a message (Discord's API documentation, Create Message)


@dataclass(frozen=True, slots=True)
class Opening:
    """What is opened. `said`: the message in the channel. `words`: the first prompt, "" for none. `claude`: the
    conversation to go on with; None: a new one."""

    said: str
    name: str
    words: str = ""
    claude: ClaudeSessionId | None = None
    choices: Choices = field(default_factory=Choices)


async def open_thread(doors: Doors, interaction: Interaction, project: Project, opening: Opening) -> Session:
    """Post, open the thread, and store the session, with its first prompt if there is one. Raises Refused when there
    is no channel for it."""
    channel = channel_of(interaction, project)
    said, files = _message(opening)
    name = title(opening.name)
    try:
        message = await channel.send(said, files=await files_of(files), silent=True)
        thread = await message.create_thread(name=name)
    except discord.Forbidden as error:
        raise Refused(f"The bridge may not open a thread in <#{channel.id}>: {error.text}") from error
    id_, place = session_at(PlaceId(thread.id)), PlaceId(thread.id)
    origin = Origin(PlaceId(channel.id), MessageId(message.id))
    claude = opening.claude or first_claude_session(id_)
    known = opening.claude is not None
    session = Session(id_, place, project.name, claude, name, origin, choices=opening.choices, begun=known)
    try:
        if opening.words:
            await doors.bus.accept(_first(doors, interaction, project, session, opening.words))
        else:
            await doors.bus.seen(place, MessageId(message.id))  # what is said while nobody listens is looked for
            await doors.bus.adopt(session, doors.projects.worker_of(project.name))
    except StoreError:
        await _take_back(thread, message)
        raise
    return session


async def _take_back(*posted: discord.Thread | discord.Message) -> None:
    """What nobody has kept is not to be seen either. A bot may not delete a thread everywhere: one that stays is like
    one that a person has opened."""
    for one in posted:
        with suppress(discord.HTTPException):
            await one.delete()


def channel_of(interaction: Interaction, project: Project) -> discord.TextChannel:
    """The project's channel nearest to where somebody is: this one, the one above this thread, else its first."""
    here = interaction.channel
    near = here.parent if isinstance(here, discord.Thread) else here
    if isinstance(near, discord.TextChannel) and near.id in project.channels:
        return near
    for id_ in sorted(project.channels):
        channel = interaction.client.get_channel(id_)
        if isinstance(channel, discord.TextChannel):
            return channel
    raise Refused(f"The bridge sees no channel of the project {project.name}.")


def _message(opening: Opening) -> tuple[str, tuple[TextUpload, ...]]:
    """The channel's message: the prompt's words below what was said, in a file where they are too long for it."""
    if not opening.words:
        return opening.said, ()
    quoted = "\n".join(f"> {line}" for line in opening.words.splitlines())
    whole = f"{opening.said}\n{quoted}"
    return (whole, ()) if len(whole) <= _CONTENT else (opening.said, (TextUpload("prompt.md", opening.words),))


def _first(doors: Doors, interaction: Interaction, project: Project, session: Session, words: str) -> InboxEntry:
    person = who(interaction)
    message = session.origin.message
    assert message is not None
    may_answer = refusal(project.access, person, "answer") is None
    asker = Asker(person.name, person.id)
    prompt = Prompt(turn_of(message), words, asker, message, 0, may_answer=may_answer)
    return InboxEntry(str(message), doors.projects.worker_of(project.name), session, prompt)
