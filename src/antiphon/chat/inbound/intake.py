"""What a Discord message means for the bridge: pure.

Whose message, in which place, for which project, allowed or not; which words and files it brings. Everything that is
not a prompt is ignored, and an ignored message leaves no trace in Claude.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from antiphon.chat.render.format import snowflake_time
from antiphon.chat.render.page import title
from antiphon.chat.render.session_list import ago
from antiphon.core.access import may
from antiphon.core.records import InboxEntry
from antiphon.core.values import (
    Asker,
    Attachments,
    MessageId,
    Origin,
    Person,
    PersonId,
    PlaceId,
    Project,
    Prompt,
    Session,
    SessionId,
    Steer,
    first_claude_session,
    session_at,
    turn_of,
)

_QUOTED = 1500  # characters of a quoted message that Claude gets
OURS = "your own message"  # the author of a quoted message of the bot's, as Claude is told
_LATE = 60.0  # seconds after which a turn says that its message was missed at first
_PASTE = "message.txt"  # how Discord's client names a text that is too long for a message


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message, still at Discord. `size` in bytes, as Discord tells it."""

    id: int
    name: str
    size: int
    url: str


@dataclass(frozen=True, slots=True)
class Quote:
    """Another message that comes along. `author` None: it was forwarded, and Discord does not say from whom."""

    author: str | None
    text: str
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message, as far as intake cares. `parent`: the channel above a thread. `spoken`: written by a person, not by
    a bot, a webhook or Discord itself. `edited`: when it was last, in epoch seconds (0: never). `late`: that it was
    missed at first, in words ("": it was not, or that does not matter); `held`: it came too late to run unasked."""

    id: MessageId
    channel: PlaceId
    parent: PlaceId | None
    author: Person
    spoken: bool
    text: str
    mentions: frozenset[PersonId] = frozenset()
    files: tuple[Attachment, ...] = ()
    quoted: tuple[Quote, ...] = ()
    edited: float = 0.0
    late: str = ""
    held: bool = False


@dataclass(frozen=True, slots=True)
class FetchedFiles:
    """What has become of a message's files. `paste`: the words of the prompt that Discord's client made a file of."""

    attachments: Attachments = field(default_factory=Attachments)
    paste: str | None = None


def is_prompt(message: IncomingMessage, project: Project, me: PersonId) -> bool:
    """Whether a message in a place of `project` is a prompt for Claude. `me`: the bot's own id."""
    if not message.spoken or not may(project.access, message.author, "prompt"):
        return False
    if project.mention_required and message.parent is None and me not in message.mentions:
        return False
    forwarded = any(quote.author is None for quote in message.quoted)
    return bool(_words(message, me) or message.files or forwarded)


def missed(arrival: IncomingMessage, now: float, ask_after: float) -> IncomingMessage:
    """A message that nobody was there to hear, found at `now` (epoch seconds). `ask_after`: how many seconds old it may
    be to run unasked."""
    age = now - snowflake_time(arrival.id)
    late = f"Sent {ago(age)}, while the bridge was away." if age >= _LATE else ""
    return replace(arrival, late=late, held=age > ask_after)


def changed(arrival: IncomingMessage, accepted: Prompt) -> IncomingMessage | None:
    """An edited message that was `accepted` before, with what holds of it ever since; None: it was accepted as it reads
    now."""
    return replace(arrival, late=accepted.late) if arrival.edited > accepted.edited else None


def is_paste(arrival: IncomingMessage, me: PersonId) -> bool:
    """Whether the message's only file is what its author typed: Discord's client makes a file of a long text."""
    return not _words(arrival, me) and [file.name for file in arrival.files] == [_PASTE]


def files_of(arrival: IncomingMessage) -> tuple[Attachment, ...]:
    """Every file that a message brings: its own first, then those of what it quotes."""
    return (*arrival.files, *(file for quote in arrival.quoted for file in quote.files))


def session_of(arrival: IncomingMessage) -> SessionId:
    """The session that a message talks to."""
    return session_at(_place(arrival))


def call_of(arrival: IncomingMessage, project: Project, worker: str, me: PersonId, fetched: FetchedFiles) -> InboxEntry:
    """The call that a message makes, once its files are here. `project`: the one of its place."""
    words = _words(arrival, me) or (fetched.paste or "").strip()
    text = _told(arrival.quoted, words)
    asker = Asker(arrival.author.name, arrival.author.id)
    may_answer = may(project.access, arrival.author, "answer")
    others = [quote for quote in arrival.quoted if quote.author != OURS]
    own = _told(others, words) if words and len(others) < len(arrival.quoted) else ""
    prompt = Prompt(
        turn_of(arrival.id),
        text,
        asker,
        arrival.id,
        attachments=fetched.attachments,
        may_answer=may_answer,
        own=own,
        late=arrival.late,
        edited=arrival.edited,
    )
    quoted = (quote.text for quote in arrival.quoted if quote.author is None)
    names = (file.name for file in files_of(arrival))
    name = next((said for said in (words, *quoted, *names) if said.strip()), "")
    session = _session(arrival, project, title(name))
    content = prompt if project.meanwhile == "queue" else Steer(prompt, now=project.meanwhile == "interrupt")
    return InboxEntry(str(arrival.id), worker, session, content, (arrival.channel, arrival.id), held=arrival.held)


def _told(quotes: Iterable[Quote], words: str) -> str:
    return "\n\n".join([*map(_quoted, quotes), *([words] if words else [])])


def _words(arrival: IncomingMessage, me: PersonId) -> str:
    return re.sub(rf"<@!?{me}>", "", arrival.text).strip()


def _quoted(quote: Quote) -> str:
    head = "A forwarded message:" if quote.author is None else f"In reply to {quote.author}:"
    text = quote.text.strip() or "(no text)"
    if len(text) > _QUOTED:
        text = f"{text[:_QUOTED].rstrip()} … (cut here; {len(text) - _QUOTED} characters more)"
    return "\n".join([head, *(f"> {line}" for line in text.splitlines())])


def _place(arrival: IncomingMessage) -> PlaceId:
    """The thread, or the one that this message opens: that one will have the message's id (developer docs,
    topics/threads)."""
    return PlaceId(arrival.id) if arrival.parent is None else arrival.channel


def _session(arrival: IncomingMessage, project: Project, name: str) -> Session:
    id_ = session_of(arrival)
    origin = Origin(arrival.channel, arrival.id) if arrival.parent is None else Origin()
    return Session(id_, _place(arrival), project.name, first_claude_session(id_), name, origin)
