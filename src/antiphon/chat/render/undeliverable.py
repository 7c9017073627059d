"""What is said about a place that cannot be written in, somewhere else: calm, with its name and what becomes of its
turn. Pure; may not know where it is said, and to whom."""

from collections.abc import Sequence

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
