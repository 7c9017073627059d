"""What people answer to Claude's requests: permissions, questions, plans, budgets.

The first answer counts: an answer's key is made of its turn and its request. May not know: what an answer makes of the
request (core.permission_requests).
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

from antiphon.actions.callers import Caller, Member, audit_entry, authorize, name_of, person_of
from antiphon.actions.context import ActionContext, Target, find, put, view_of
from antiphon.actions.reasons import AnsweredAlready, AnsweredMeanwhile, Condition, Refused
from antiphon.core.access import grant
from antiphon.core.blocks import AskBlock, BudgetBlock, Need
from antiphon.core.records import Body
from antiphon.core.values import Answer, Project, Session, SessionId, ToolUseId, TurnId
from antiphon.core.view import TurnView

_LATEST = 20  # decisions of a session, one of this moment among them


@dataclass(frozen=True, slots=True)
class Allow:
    """Let it run, this once."""


@dataclass(frozen=True, slots=True)
class AllowAlways:
    """Let it run, and by the request's rule of this number every one like it."""

    rule: int


@dataclass(frozen=True, slots=True)
class Deny:
    """Do not let it run. `words`: what Claude is told, "" for nothing more."""

    words: str = ""


@dataclass(frozen=True, slots=True)
class ApprovePlan:
    """Approve a plan, and go on in this mode."""

    mode: Literal["acceptEdits", "auto", "default"]


@dataclass(frozen=True, slots=True)
class Choose:
    """Answer a question of this number with the options of these numbers."""

    question: int
    options: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Write:
    """Answer a question of this number in one's own words."""

    question: int
    text: str


Reply = Allow | AllowAlways | Deny | ApprovePlan | Choose | Write


@dataclass(frozen=True, slots=True)
class Request:
    """A request of Claude's, by its turn and its own id."""

    turn: TurnId
    id: ToolUseId


async def answer(context: ActionContext, caller: Caller, at: Target, request: Request, reply: Reply) -> None:
    """Hand an answer to the session. Raises Refused where it does not count, with who has answered."""
    found = await find(context, caller, at, "answer", guests=True)
    view, ask = await _where_it_waits(context, found.session, request)
    if isinstance(ask, BudgetBlock):
        authorize(found.project, caller, "administer")
    _require_open(view, ask, reply)
    _require_rule_here(found.project, caller, ask, reply)
    given = _answer(caller, ask, reply)
    voices, allowed_by = (ask.voices, ask.allowed_by) if isinstance(ask, AskBlock) else (1, ())
    if given.allowed and given.person is not None and given.person in allowed_by:
        raise Refused(Condition.ANOTHER_PERSON_NEEDED)
    what = _audited(view, ask, given)
    audit = audit_entry(caller, "answer", found.session, what)
    if not await put(context, found, _key(view, ask, given), given, audit):
        view = await view_of(context, found.session, view.turn)  # it may know by now who was first
        _require_open(view, _ask(view, request), reply)
        if given.allowed and voices > 1:
            raise Refused(Condition.ANOTHER_PERSON_NEEDED)
        raise Refused(AnsweredMeanwhile(await _first(context, found.session.id, what)))


async def _where_it_waits(context: ActionContext, session: Session, request: Request) -> tuple[TurnView, Need]:
    """The turn in which a request is asked, and the request: that of a sub-agent, whose turn is over, is asked anew in
    the newest one, and somebody may press a moment later what their phone still shows of the old one."""
    view = await view_of(context, session, request.turn)
    ask = _ask(view, request)
    if ask.outcome != "withdrawn" and (ask.outcome is not None or view.end is None):
        return view, ask
    for newest in await context.bus.turns(session.id, 1):
        now = await view_of(context, session, newest.turn)
        open_ = [one for one in now.needs if one.id == request.id]
        if now.end is None and open_:
            return now, open_[-1]
    return view, ask


def _ask(view: TurnView, request: Request) -> Need:
    asks = [block for block in view.blocks if isinstance(block, AskBlock | BudgetBlock) and block.id == request.id]
    if not asks:
        raise Refused(Condition.NO_SUCH_REQUEST)
    return asks[-1]


def _require_open(view: TurnView, ask: Need, reply: Reply) -> None:
    """Raises Refused where an answer comes too late."""
    questions, chosen, given_by = (
        (ask.questions, ask.chosen, ask.given_by) if isinstance(ask, AskBlock) else ((), (), ())
    )
    match ask.outcome:
        case "allowed" | "denied" as outcome:
            raise Refused(AnsweredAlready(ask.by, "answered" if questions and outcome == "allowed" else outcome))
        case "withdrawn":
            raise Refused(Condition.WITHDRAWN)
        case "expired":
            raise Refused(Condition.REQUEST_EXPIRED)
        case None if view.end is not None:
            raise Refused(Condition.NOT_AWAITED)
        case None:
            pass
    question = reply.question if isinstance(reply, Choose | Write) else len(chosen)
    if question < len(chosen) and (text := chosen[question]):
        raise Refused(AnsweredAlready(given_by[question], "answered", text))


def _require_rule_here(project: Project, caller: Caller, ask: Need, reply: Reply) -> None:
    """Raises Refused where a guest would allow something beyond the session that they are a guest of."""
    if not isinstance(reply, AllowAlways) or not isinstance(caller, Member) or not isinstance(ask, AskBlock):
        return
    why = grant(project.access, caller.person, "answer")
    if why is not None and why.ground == "guest" and any(one.scope != "session" for one in ask.rules[reply.rule :][:1]):
        raise Refused(Condition.GUESTS_ALLOW_ONCE)


def _answer(caller: Caller, ask: Need, reply: Reply) -> Answer:
    """The answer as a value. Raises Refused where the request offers no such thing."""
    given = Answer(ask.id, True, name_of(caller), person=person_of(caller))
    match reply:
        case Deny(words):
            return replace(given, allowed=False, words=words)
        case Allow() if isinstance(ask, BudgetBlock) or not (ask.questions or ask.kind == "plan"):
            return given
        case _ if isinstance(ask, BudgetBlock):
            raise Refused(Condition.NO_SUCH_ANSWER)
        case AllowAlways(rule) if rule < len(ask.rules) and ask.voices == 1:
            return replace(given, rule=rule)
        case ApprovePlan(mode) if ask.kind == "plan":
            return replace(given, mode=mode)
        case Choose(question) | Write(question) if question < len(ask.questions):
            return replace(given, question=question, words=_words(ask, reply))
        case _:
            raise Refused(Condition.NO_SUCH_ANSWER)


def _words(ask: AskBlock, reply: Choose | Write) -> str:
    """The answer to one question: labels joined by ", ", or the person's own words."""
    if isinstance(reply, Write):
        if not reply.text:
            raise Refused(Condition.EMPTY_ANSWER)
        return reply.text
    options = ask.questions[reply.question].options
    if not reply.options or not all(0 <= number < len(options) for number in reply.options):
        raise Refused(Condition.NO_SUCH_ANSWER)
    return ", ".join(options[number].label for number in sorted(set(reply.options)))


def _key(view: TurnView, ask: Need, given: Answer) -> str:
    """What may happen once: a denial or a permission, an answer to each question, a voice of each person."""
    key = f"answer:{view.turn}:{ask.id}"
    if given.question is not None:
        return f"{key}:{given.question}"
    return f"{key}:by:{given.person}" if given.allowed and isinstance(ask, AskBlock) and ask.voices > 1 else key


def _audited(view: TurnView, ask: Need, given: Answer) -> dict[str, Any]:
    tool, subject = (ask.name, ask.subject) if isinstance(ask, AskBlock) else ("Budget", ask.text)
    about = {"turn": view.turn, "tool": tool, "about": subject, "request": ask.id, "allowed": given.allowed}
    rule = None if given.rule is None or isinstance(ask, BudgetBlock) else ask.rules[given.rule]
    told = None if rule is None else f"{', '.join(rule.texts) or rule.label} ({rule.scope})"
    said = {"rule": told, "mode": given.mode, "question": given.question, "words": given.words or None}
    return {**about, **{name: value for name, value in said.items() if value is not None}}


async def _first(context: ActionContext, session: SessionId, what: Body) -> str:
    """Who has answered a moment ago, when the turn does not know it yet; "" where nobody knows."""
    for one in reversed(await context.bus.audits(session, _LATEST)):
        if all(one.what.get(key) == what.get(key) for key in ("turn", "request", "question")):
            return one.name
    return ""
