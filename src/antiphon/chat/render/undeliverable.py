"""What is said about a place that cannot be written in, somewhere else: calm, with its name and what becomes of its
turn. Pure; may not know where it is said, and to whom."""

from collections.abc import Sequence

from antiphon.chat.permissions import SERVER_FULL, NoThread
from antiphon.chat.render import wording
from antiphon.chat.render.answer import all_said
from antiphon.chat.render.message import MessageSpec, TextUpload, text_of
from antiphon.chat.render.text.escape import escaped
from antiphon.core.values import Session
from antiphon.core.view import TurnView

_NAME = 100  # characters of a thread's name


def closed_spec(session: Session, view: TurnView) -> MessageSpec:
    """The bridge may not write in the session's place for now."""
    doing = wording.HAS_FINISHED if view.end is not None else wording.WAITS_THERE if view.needs else wording.GOES_ON
    head = wording.CLOSED.format(name=_name(session), place=session.place)
    return MessageSpec("closed", f"{head}\n{doing} {wording.KEPT}")


def no_thread_spec(session: Session, view: TurnView, why: NoThread) -> MessageSpec:
    """The session's thread cannot be made for now."""
    head = wording.NO_THREAD.format(name=_name(session), channel=why.channel, why=_obstacle(why))
    doing = wording.HAS_FINISHED_ANYWAY if view.end is not None else wording.GOES_ON_ANYWAY
    return MessageSpec("closed", f"{head}\n{doing} {wording.KEPT_FOR_THREAD}")


def not_asked(why: NoThread) -> str:
    """To whoever wrote what is not passed on to Claude, because there would be no thread for it."""
    return wording.NOT_ASKED.format(channel=why.channel, why=_obstacle(why))


def _obstacle(why: NoThread) -> str:
    if why.lacking:
        return wording.LACKING.format(permissions=", ".join(f"**{one.name}**" for one in why.lacking))
    if why.code in SERVER_FULL:
        return wording.SERVER_FULL
    return wording.REFUSED_BY_CODE.format(code=why.code) if why.code else wording.REFUSED_WITHOUT_CODE


def gone_spec(session: Session, view: TurnView) -> MessageSpec:
    """The session's place is not there any more, and a turn of it has ended. The answer comes along as a file."""
    assert view.end is not None
    said = all_said(view)
    left = wording.SAID_IN_FILE if said else wording.SAID_NOTHING
    content = wording.GONE.format(name=_name(session), end=wording.ENDS[view.end.reason].elsewhere, left=left)
    return MessageSpec("gone", content, uploads=(TextUpload("answer.md", said),) if said else ())


def undelivered_spec(session: Session, lost: Sequence[MessageSpec]) -> MessageSpec:
    """Discord has not taken these messages in the session's place. What they say comes along as a file."""
    messages = "a message" if len(lost) == 1 else f"{len(lost)} messages"
    content = wording.UNDELIVERED.format(messages=messages, name=_name(session), place=session.place)
    text = "\n\n".join(text_of(spec) for spec in lost)
    return MessageSpec("undelivered", content, uploads=(TextUpload("answer.md", f"{text}\n"),))


def _name(session: Session) -> str:
    return f"**{escaped(session.title, _NAME)}**"
