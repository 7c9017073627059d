"""What is said about a place that cannot be written in, somewhere else: calm, with its name and what becomes of its
turn. Pure; may not know where it is said, and to whom."""

from collections.abc import Mapping

from antiphon.chat.render.answer import all_said
from antiphon.chat.render.message import MessageSpec, TextUpload
from antiphon.chat.render.text.escape import escaped
from antiphon.core.events import EndReason
from antiphon.core.values import Session
from antiphon.core.view import TurnView

_NAME = 100  # characters of a thread's name
_ENDED: Mapping[EndReason, str] = {
    "done": "Claude had finished there",
    "stopped": "Claude was stopped there",
    "interrupted": "the bridge went away while Claude worked there",
}


def closed_spec(session: Session, view: TurnView) -> MessageSpec:
    """The bridge may not write in the session's place for now."""
    if view.end is not None:
        doing = "Claude has finished there."
    elif view.needs:
        doing = "Claude waits for an answer there, and can have it once the thread is open again."
    else:
        doing = "Claude goes on with its work there."
    words = f"🔒 {_name(session)} (<#{session.place}>) is closed to the bridge: Discord does not let it write there."
    kept = "What Claude says is kept, and arrives there as soon as the bridge may write again."
    return MessageSpec("closed", f"{words}\n{doing} {kept}")


def gone_spec(session: Session, view: TurnView) -> MessageSpec:
    """The session's place is not there any more, and a turn of it has ended. The answer comes along as a file."""
    assert view.end is not None
    said = all_said(view)
    doing = _ENDED.get(view.end.reason, "Claude's turn there is over")
    left = "What it said is in the file." if said else "It had said nothing yet."
    words = f"🗑️ The thread {_name(session)} is not there any more: {doing}. {left}"
    return MessageSpec("gone", words, uploads=(TextUpload("answer.md", said),) if said else ())


def _name(session: Session) -> str:
    return f"**{escaped(session.title, _NAME)}**"
