"""What a Discord message means for the bridge: pure.

Whose message, in which place, for which project, allowed or not; which text and files it brings. Everything that is
not a prompt is ignored, and an ignored message leaves no trace in Claude.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from antiphon.chat.inbound import wording
from antiphon.chat.inbound.markup import Names, plain
from antiphon.chat.render.format import ago, snowflake_time
from antiphon.chat.render.text.thread_name import title
from antiphon.core import values
from antiphon.core.access import FOR_GUESTS, may
from antiphon.core.projects import session_id
from antiphon.core.records import InboxEntry

Where = Literal["channel", "post", "thread", "conversation", "direct"]
"""Where a message stands. "channel": it opens a thread; "post": a forum's post begins with it; "thread": in a thread,
or later in a post; "conversation": in a channel whose messages all go to one session; "direct": in direct messages."""

_QUOTED = 1500  # characters of a quoted message that Claude gets
OURS = wording.OWN_MESSAGE  # the author of a quoted message of the bot's
DELETED = wording.IN_REPLY_TO_DELETED  # stands for the author of one that is not there any more
_LATE = 60.0  # seconds after which a turn says that its message was missed at first
_LATEST_EDIT = 3600.0  # seconds after which a message is not made a prompt by an edit any more
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
    """A message, as far as intake cares. `parent`: the channel above a thread; `ours`: the bot opened that, or has
    a session in it. `written`: by a person, not by a bot, a webhook or Discord itself. `edited`: when it was last,
    in epoch seconds (0: never). `answers`: whose message it replies to, if a person's. `late`: the sentence that it
    was missed at first ("": it was not, or that does not matter); `held`: it came too late to run unasked. `names`:
    of what is mentioned in it, and in what it quotes."""

    id: values.MessageId
    channel: values.PlaceId
    parent: values.PlaceId | None
    author: values.Person
    written: bool
    text: str
    mentions: frozenset[values.PersonId] = frozenset()
    files: tuple[Attachment, ...] = ()
    quoted: tuple[Quote, ...] = ()
    edited: float = 0.0
    late: str = ""
    held: bool = False
    ours: bool = True
    names: Names = field(default_factory=Names)
    answers: values.PersonId | None = None
    where: Where = "channel"
    channel_name: str = ""


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """A message that a webhook has posted; `webhook`: its id."""

    id: values.MessageId
    webhook: int
    text: str


@dataclass(frozen=True, slots=True)
class FetchedFiles:
    """What has become of a message's files. `paste`: the text of the prompt that Discord's client made a file of."""

    attachments: values.Attachments = field(default_factory=values.Attachments)
    paste: str | None = None


def is_prompt(message: IncomingMessage, project: values.Project, me: values.PersonId) -> bool:
    """Whether a message in a place of `project` is a prompt for Claude. `me`: the bot's own id."""
    return is_for_claude(message, project, me) and not is_empty(message, me)


def is_for_claude(message: IncomingMessage, project: values.Project, me: values.PersonId) -> bool:
    """Whether somebody who may prompt talks to Claude, whatever it is that they say."""
    if not message.written or not may(project.access, message.author, "prompt"):
        return False
    if me in message.mentions:
        return True
    beside = project.side_talk == "context" and is_for_somebody_else(message)
    return not beside and not _needs_mention(message, project)


def is_for_somebody_else(message: IncomingMessage) -> bool:
    """Whether a message that does not call the bot is plainly for another person: it begins with their mention, or
    answers them."""
    named = re.match(r"\s*<@!?([0-9]{1,20})>", message.text)
    addressed = message.answers if named is None else int(named[1])
    return addressed is not None and addressed != message.author.id


def is_empty(message: IncomingMessage, me: values.PersonId) -> bool:
    """Whether a message has nothing for Claude: a bare mention, for instance, or an empty file alone. With a mention,
    a message that somebody else wrote and this one replies to is enough."""
    calls = me in message.mentions
    quoted = any(one.author is None or (one.author not in (OURS, DELETED) and calls) for one in message.quoted)
    return not (_text(message, me) or quoted or any(file.size for file in message.files))


def is_prompt_by_edit(message: IncomingMessage, project: values.Project, me: values.PersonId) -> bool:
    """Whether an edit may have made a message a prompt: it calls the bot, and is not from long ago. (What Discord tells
    of an edit does not say how the message read before.)"""
    calls = me in message.mentions and message.edited - snowflake_time(message.id) <= _LATEST_EDIT
    return calls and is_prompt(message, project, me)


def may_stop(message: IncomingMessage, project: values.Project) -> bool:
    """Whether its author may stop Claude in the project, although perhaps not prompt."""
    return message.written and may(project.access, message.author, "stop")


def may_be_guest(message: IncomingMessage, project: values.Project) -> bool:
    """Whether an invitation would let its author do more here than they may anyway."""
    alone = message.written and message.parent is not None
    return alone and not all(may(project.access, message.author, action) for action in FOR_GUESTS)


def is_strangers(message: IncomingMessage, project: values.Project, me: values.PersonId) -> bool:
    """Whether somebody who may not prompt talks to Claude in a thread, and the project offers to let that in."""
    if not message.written or message.parent is None or project.strangers == "ignore" or is_empty(message, me):
        return False
    return (message.ours or me in message.mentions) and not may(project.access, message.author, "prompt")


def missed(message: IncomingMessage, now: float, ask_after: float) -> IncomingMessage:
    """A message that nobody was there to hear, found at `now` (epoch seconds). `ask_after`: how many seconds old it may
    be to run unasked."""
    age = now - snowflake_time(message.id)
    late = wording.SENT_WHILE_AWAY.format(ago=ago(age)) if age >= _LATE else ""
    return replace(message, late=late, held=age > ask_after)


def changed(message: IncomingMessage, accepted: values.Prompt) -> IncomingMessage | None:
    """An edited message that was `accepted` before, with what holds of it ever since; None: it was accepted as it reads
    now."""
    return replace(message, late=accepted.late) if message.edited > accepted.edited else None


def typed(message: IncomingMessage, me: values.PersonId) -> str:
    """The words of a message that has nothing but words, in which a command may be sent; "" for every other one."""
    return "" if message.quoted or message.files else _text(message, me)


def is_paste(message: IncomingMessage, me: values.PersonId) -> bool:
    """Whether the message's only file is what its author typed: Discord's client makes a file of a long text."""
    return not _text(message, me) and [file.name for file in message.files] == [_PASTE]


def files_of(message: IncomingMessage) -> tuple[Attachment, ...]:
    """Every file that a message brings: its own first, then those of what it quotes."""
    return (*message.files, *(file for quote in message.quoted for file in quote.files))


def session_of(message: IncomingMessage, project: values.Project) -> values.SessionId:
    """The session that a message talks to."""
    return session_id(project, _place(message), sharing(message, project), message.author.id)


def sharing(message: IncomingMessage, project: values.Project) -> values.Sharing | None:
    """Whose the session is to which all messages of this one's place go; None: there is none."""
    match message.where:
        case "direct":
            return "direct"
        case "conversation":
            return project.share
        case _:
            return None


def inbox_entry(
    message: IncomingMessage,
    project: values.Project,
    worker: str,
    me: values.PersonId,
    fetched: FetchedFiles,
    background: str = "",
) -> InboxEntry:
    """What a message becomes in the inbox, once its files are here. `project`: the one of its place; `background`: what
    was said there before."""
    written = _text(message, me) or (fetched.paste or "").strip()
    quotes = [replace(quote, text=plain(quote.text, message.names)) for quote in message.quoted]
    text = with_quotes(quotes, written)
    asker = values.Asker(message.author.name, message.author.id)
    may_answer = may(project.access, message.author, "answer")
    others = [quote for quote in quotes if quote.author != OURS]
    own = with_quotes(others, written) if written and len(others) < len(quotes) else ""
    prompt = values.Prompt(
        values.turn_of(message.id),
        text,
        asker,
        message.id,
        attachments=fetched.attachments,
        may_answer=may_answer,
        own=own,
        late=message.late,
        edited=message.edited,
        command=values.typed_command(typed(message, me)),
        background=background,
    )
    quoted = (quote.text for quote in others)
    names = (file.name for file in files_of(message))
    name = next((one for one in (written, *quoted, *names) if one.strip()), "")
    session = _session(message, project, title(name))
    # What somebody else says in a channel of many is no word to the turn at work: it gets its own answer.
    working = "queue" if session.sharing == "channel" else project.while_working
    content = prompt if working == "queue" else values.Steer(prompt, now=working == "interrupt")
    seen, said = (message.channel, message.id), snowflake_time(message.id)
    return InboxEntry(str(message.id), worker, session, content, seen, held=message.held, said=said)


def _needs_mention(message: IncomingMessage, project: values.Project) -> bool:
    """A thread that people have opened for themselves is theirs until somebody calls Claude in it."""
    match message.where:
        case "thread":
            return not message.ours
        case "direct":
            return False
        case _:
            return project.mention_required


def with_quotes(quotes: Iterable[Quote], text: str) -> str:
    """A text below what it quotes."""
    return "\n\n".join([*map(_quoted, quotes), *([text] if text else [])])


def _text(message: IncomingMessage, me: values.PersonId) -> str:
    """What a message says, without the mention that calls the bot, where it begins or ends with one."""
    call = rf"<@!?{me}>"
    text = re.sub(rf"\A(?:\s*{call}[,:]?)+|(?:\s*{call})+\s*\Z", "", message.text)
    return plain(text, message.names).strip()


def _quoted(quote: Quote) -> str:
    if quote.author == DELETED:
        return DELETED
    head = wording.FORWARDED if quote.author is None else wording.IN_REPLY_TO.format(author=quote.author)
    text = quote.text.strip() or wording.NO_TEXT
    if len(text) > _QUOTED:
        text = wording.QUOTE_CUT.format(text=text[:_QUOTED].rstrip(), more=len(text) - _QUOTED)
    return "\n".join([head, *(f"> {line}" for line in text.splitlines())])


def _place(message: IncomingMessage) -> values.PlaceId:
    """The thread, or the one that this message opens: that one will have the message's id (developer docs,
    topics/threads)."""
    return values.PlaceId(message.id) if message.where == "channel" else message.channel


def _session(message: IncomingMessage, project: values.Project, name: str) -> values.Session:
    id_ = session_of(message, project)
    origin = values.Origin(message.channel, message.id) if message.where == "channel" else values.Origin()
    claude, owner = values.first_claude_session(id_), message.author.id
    shared = sharing(message, project)
    if shared in ("channel", "person"):
        channel = f"#{message.channel_name}"
        name = title(channel if shared == "channel" else f"{message.author.name} in {channel}")
    return values.Session(id_, _place(message), project.name, claude, name, origin, owner=owner, sharing=shared)
