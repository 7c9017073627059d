"""What a Discord message means for the bridge: pure.

Whose message, in which place, for which project, allowed or not. Everything that is not a prompt is ignored, and an
ignored message leaves no trace in Claude.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from antiphon.chat.look.render import title
from antiphon.core.access import refusal
from antiphon.core.ports import Call
from antiphon.core.switchboard import prompt_body
from antiphon.core.values import (
    Asker,
    MessageId,
    Origin,
    Person,
    PersonId,
    PlaceId,
    Project,
    Prompt,
    Session,
    first_claude_session,
    session_at,
    turn_of,
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message, as far as intake cares. `parent`: the channel above a thread. `spoken`: written by a person, not by
    a bot, a webhook or Discord itself. `files`: names of what is attached."""

    id: MessageId
    channel: PlaceId
    parent: PlaceId | None
    author: Person
    spoken: bool
    text: str
    mentions: frozenset[PersonId] = frozenset()
    files: tuple[str, ...] = ()


def project_at(projects: Iterable[Project], channel: PlaceId, parent: PlaceId | None) -> Project | None:
    """The project that is talked about in a channel, or in a thread below it."""
    return next((project for project in projects if channel in project.channels or parent in project.channels), None)


def prompt_from(arrival: Arrival, projects: Iterable[Project], worker: str, me: PersonId) -> Call | None:
    """The call that a message makes; None: it is none of our business. `me`: the bot's own id."""
    project = project_at(projects, arrival.channel, arrival.parent)
    if not arrival.spoken or project is None or refusal(project.access, arrival.author) is not None:
        return None
    in_thread = arrival.parent is not None
    if project.mention_required and not in_thread and me not in arrival.mentions:
        return None
    text = re.sub(rf"<@!?{me}>", "", arrival.text).strip()
    if arrival.files:
        names = ", ".join(arrival.files)
        text = f"{text}\n\n(Attached, but this version of the bridge cannot pass it on: {names})".strip()
    if not text:
        return None
    prompt = Prompt(turn_of(arrival.id), text, Asker(arrival.author.name, arrival.author.id), arrival.id, 0)
    session = _session(arrival, project, title(text), in_thread)
    return Call(str(arrival.id), worker, session, "turn", prompt_body(prompt), (arrival.channel, arrival.id))


def _session(arrival: Arrival, project: Project, name: str, in_thread: bool) -> Session:
    """The session of the thread, or of the thread that this message opens: that thread will have the message's id
    (developer docs, topics/threads)."""
    place = arrival.channel if in_thread else PlaceId(arrival.id)
    origin = Origin() if in_thread else Origin(arrival.channel, arrival.id)
    id_ = session_at(place)
    return Session(id_, place, project.name, first_claude_session(id_), name, origin)
