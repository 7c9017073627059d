"""What is told of a session: pure functions from the view of its turn.

A status is news on three occasions: Claude needs somebody, a turn is done, or it failed. All others take a need back at
most. Whatever comes from the session is escaped and cut.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from antiphon.chat.render import format
from antiphon.chat.render.text.escape import block_quote, escaped, inline_code
from antiphon.chat.render.text.markdown import fence_after
from antiphon.chat.render.text.thread_name import title
from antiphon.chat.render.wording import ENDS
from antiphon.core.blocks import AskBlock, SteerBlock, TextBlock, TypedBlock
from antiphon.core.values import PersonId, Session, TurnId
from antiphon.core.view import TurnView
from antiphon.webhook import wording
from antiphon.webhook.client import Content

Kind = Literal["works", "needs", "done", "failed", "settled"]

_QUIET_ENDS = ("stopped", "closed", "withdrawn")  # whoever sits at the terminal has done that
_TITLE, _SAID, _ABOUT, _PATH, _NAME = 100, 300, 300, 80, 40  # characters
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")


@dataclass(frozen=True, slots=True)
class Status:
    """Of a session, at its newest turn. `kind` "settled": that is over, which is no news. `requests`: the ids of what
    waits for somebody."""

    kind: Kind
    turn: TurnId
    requests: frozenset[str] = frozenset()

    @property
    def is_news(self) -> bool:
        """Whether it is posted."""
        return self.kind not in ("works", "settled")

    @property
    def digest(self) -> str:
        """As it stands in the ledger."""
        return " ".join((self.kind, self.turn, *sorted(self.requests)))

    def adds_nothing(self, shown: str) -> bool:
        """Whether somebody was called for all of it already. `shown`: the digest of what stands there."""
        kind, turn, *requests = shown.split(" ")
        return (kind, turn) == (self.kind, self.turn) and self.requests <= frozenset(requests)


def waits(digest: str) -> bool:
    """Whether what stands there says that Claude waits for somebody."""
    return digest.startswith("needs ")


def status_of(view: TurnView) -> Status:
    """What a view comes to."""
    if view.end is not None:
        reason = view.end.reason
        kind: Kind = "done" if reason == "done" else "settled" if reason in _QUIET_ENDS else "failed"
        return Status(kind, view.turn)
    requests = frozenset(str(one.id) for one in view.requests)
    return Status("needs" if requests else "works", view.turn, requests)


def title_of(view: TurnView) -> str:
    """A session's title, from the first prompt of its first turn; "" where that has none."""
    texts = (block.text for block in view.blocks if isinstance(block, TypedBlock | SteerBlock))
    first = next((text for text in texts if text.strip()), "")
    return title(first) if first else ""


def content(status: Status, session: Session, view: TurnView, calls: PersonId | None, *, silent: bool) -> Content:
    """What is posted, with who is mentioned; `session` with its title."""
    head = _head(status, view)
    mention = "" if calls is None or silent else f" <@{calls}>"
    lines = [f"{head}{mention}", f"**{escaped(session.title, _TITLE)}**", *_happened(status, view)]
    lines += [f"-# {' · '.join(facts)}" for facts in (_figures(view), _place(session, view)) if facts]
    lines.append(f"-# {_way(status, session)}")
    return Content("\n".join(lines), None if silent else calls, silent)


def settled(session: Session) -> Content:
    """What takes the place of a need that is over."""
    return Content(f"{wording.SETTLED}\n**{escaped(session.title, _TITLE)}**")


def _head(status: Status, view: TurnView) -> str:
    if view.end is None:
        return wording.NEEDS
    end = ENDS[view.end.reason]
    return f"{end.mark} {end.line.format(took=format.seconds(view.end.at - view.started))}"


def _happened(status: Status, view: TurnView) -> list[str]:
    if view.end is None:
        first, *others = [_wanted(ask) for ask in view.requests] or [""]
        return [first, *([wording.MORE_REQUESTS.format(count=len(others))] if others else [])]
    if status.kind == "failed" and view.end.error:
        return [format.with_time(block_quote(view.end.error, _SAID, 3), view.end.time)]
    said = block_quote(last_sentence(view), _SAID, 3)
    return [said] if said else []


def _wanted(ask: AskBlock) -> str:
    match ask.kind:
        case "questions":
            asked: Sequence[str] = [one.text for one in ask.questions]
            return wording.QUESTION.format(question=escaped(asked[0] if asked else ask.subject, _ABOUT))
        case "plan":
            return wording.PLAN.format(plan=escaped(ask.detail, _ABOUT))
        case "permission":
            form = wording.PERMISSION_OF_AGENT if ask.by_agent else wording.PERMISSION
            return form.format(about=format.about(ask))


def last_sentence(view: TurnView) -> str:
    """The last sentence of an answer, outside of code; "" where there is none."""
    texts = [block.text for block in view.blocks if isinstance(block, TextBlock) and block.text.strip()]
    last, fence = "", None
    for line in texts[-1].splitlines() if texts else ():
        before, fence = fence, fence_after(fence, line)
        if before is None and fence is None and line.strip():
            last = line.strip()
    return _SENTENCE.split(last)[-1]


def _figures(view: TurnView) -> list[str]:
    tools = format.tools(view)
    counted = format.counted(len(tools), "tool") if tools else ""
    return [fact for fact in (counted, format.files_changed(view)) if fact]


def _place(session: Session, view: TurnView) -> list[str]:
    terminal = session.terminal
    asked = [ask.asked for ask in view.requests]
    at = view.end.at if view.end is not None else max(asked, default=view.started)
    facts = (
        "" if session.directory is None else inline_code(str(session.directory), _PATH, keep_end=True),
        escaped(terminal.branch, _NAME) if terminal is not None else "",
        escaped(terminal.name, _NAME) if terminal is not None else "",
        format.moment(at),
    )
    return [fact for fact in facts if fact]


def _way(status: Status, session: Session) -> str:
    """How to go on."""
    terminal = session.terminal
    if terminal is not None and not terminal.open:
        return wording.OPEN_AGAIN.format(command=inline_code(f"claude --resume {session.claude}", _ABOUT))
    where = escaped(terminal.name, _NAME) if terminal is not None and terminal.name else wording.TERMINAL
    return (wording.ANSWER if status.kind == "needs" else wording.GO_ON).format(where=where)
