"""What Claude may do without asking, seen and taken back.

Who may prompt sees it. Taking something back only makes Claude ask more: who may answer, or configure, does it. Adding
it again is an answer given beforehand. Each is the same twice as once: what is gone already is refused, or is gone.
"""

from dataclasses import dataclass

from antiphon.actions.answers import Request
from antiphon.actions.callers import Caller, allowed, name_of
from antiphon.actions.context import (
    ActionContext,
    Found,
    InPlace,
    Target,
    ask_worker,
    find,
    record,
    require,
    view_of,
)
from antiphon.actions.reasons import Condition, NotAllowed, Refused
from antiphon.core import requests
from antiphon.core.rules import OfferedRule, StandingRule, standing
from antiphon.core.values import Project, Session


@dataclass(frozen=True, slots=True)
class Rules:
    """What is allowed in a place. `session` None: none is there. `own`: the rules that can be taken away here."""

    project: Project
    session: Session | None
    found: requests.RuleList

    @property
    def own(self) -> tuple[StandingRule, ...]:
        """Those of the session first."""
        return (*self.found.session, *self.found.project)


@dataclass(frozen=True, slots=True)
class Changed:
    """A rule that was taken away, or added again: in words. `at_once` False: that holds from the next turn on. `key`:
    of the decision, by which it can be undone; "": it cannot."""

    label: str
    at_once: bool
    key: str = ""


async def listed(context: ActionContext, caller: Caller, at: InPlace) -> Rules:
    """What is allowed here without asking."""
    return await _rules(context, at, require(context, caller, at, "prompt"))


async def remove(context: ActionContext, caller: Caller, at: InPlace, rule: str, key: str) -> Changed:
    """Take a rule away, by its own key. `key`: of this decision. Raises Refused when it is not there (any more)."""
    known = await _rules(context, at, _require_either(context, caller, at))
    gone = next((one for one in known.own if one.key == rule), None)
    if gone is None:
        raise Refused(Condition.NO_SUCH_RULE)
    project, session = known.project, known.session
    if gone.scope == "session" and session is not None:
        change = requests.ChangeRules(remove=(gone.text,))
        at_once = (await ask_worker(context, project, session, change)).at_once
    else:
        if not (await ask_worker(context, project, session, requests.RemoveRules(gone.scope, (gone.text,)))).texts:
            raise Refused(Condition.NO_SUCH_RULE)
        at_once = not await _at_work(context, session)
    what = {"removed": gone.text, "label": gone.label, "scope": gone.scope, "project": project.name, "key": key}
    await record(context, caller, "rules", session, what)
    return Changed(gone.label, at_once, key if allowed(project, caller, "answer") else "")


async def add_again(context: ActionContext, caller: Caller, at: InPlace, key: str) -> Changed:
    """Add the rule again that was taken away by the decision with this key."""
    project = require(context, caller, at, "answer")
    session = await context.bus.session(at.place, at.person)
    decided = await context.bus.decision("rules", key)
    removed = None if decided is None else decided.what
    same = removed is not None and removed.get("project") == project.name
    if decided is None or removed is None or not same or (session and session.id) != decided.session:
        raise Refused(Condition.NO_SUCH_RULE)
    text, label, scope = (str(removed[name]) for name in ("removed", "label", "scope"))
    if scope == "session" and session is not None:
        change = requests.ChangeRules(add=(text,))
        at_once = (await ask_worker(context, project, session, change)).at_once
    else:
        await ask_worker(context, project, session, requests.AddRules((text,)))
        at_once = True
    await record(context, caller, "rules", session, {"added": text, "scope": scope, "project": project.name})
    return Changed(label, at_once)


async def take_back(context: ActionContext, caller: Caller, at: Target, request: Request) -> Changed:
    """Take back what the answer to a request has allowed for good. Raises Refused when that is done already."""
    found = await _find_for_either(context, caller, at)
    project, session = found.project, found.session
    view = await view_of(context, session, request.turn)
    rule = next((one.always for one in view.asked if one.id == request.id and one.always is not None), None)
    if rule is None:
        raise Refused(Condition.NO_SUCH_RULE)
    if view.undone(request.id) is not None:
        raise Refused(Condition.TAKEN_BACK_ALREADY)
    at_once = await _take_back(context, found, rule, requests.TakeBackAnswer(request.turn, request.id, name_of(caller)))
    what = {"taken_back": list(rule.texts), "scope": rule.scope, "turn": request.turn, "request": request.id}
    await record(context, caller, "rules", session, {**what, "project": project.name})
    return Changed(rule.label, at_once)


async def _take_back(context: ActionContext, found: Found, rule: OfferedRule, wanted: requests.TakeBackAnswer) -> bool:
    """Whether it holds at once."""
    project, session = found.project, found.session
    match rule.scope:
        case _ if not rule.texts:
            raise Refused(Condition.NO_SUCH_RULE)
        case "session":
            of_session = requests.TakeBackAnswer(wanted.turn, wanted.request, wanted.by, rule.texts)
            return (await ask_worker(context, project, session, of_session)).at_once
        case "project" | "shared" | "user" as scope:
            first = requests.TakeBackAnswer(wanted.turn, wanted.request, wanted.by, done=False)
            await ask_worker(context, project, session, first)
            await ask_worker(context, project, session, requests.RemoveRules(scope, rule.texts, awaited=True))
            await ask_worker(context, project, session, wanted)
            return not await _at_work(context, session)
        case _:
            raise Refused(Condition.NO_SUCH_RULE)


async def _rules(context: ActionContext, at: InPlace, project: Project) -> Rules:
    session = await context.bus.session(at.place, at.person)
    own = () if session is None else standing(session.choices)
    found = await ask_worker(context, project, session, requests.ListRules(own))
    return Rules(project, session, found)


async def _at_work(context: ActionContext, session: Session | None) -> bool:
    return session is not None and await context.bus.running(session.id)


def _require_either(context: ActionContext, caller: Caller, at: InPlace) -> Project:
    """The project of a place, for who may answer in it, or configure."""
    try:
        return require(context, caller, at, "answer")
    except Refused as refused:
        if not isinstance(refused.reason, NotAllowed):
            raise
        return require(context, caller, at, "configure")


async def _find_for_either(context: ActionContext, caller: Caller, at: Target) -> Found:
    """The same for a session."""
    try:
        return await find(context, caller, at, "answer")
    except Refused as refused:
        if not isinstance(refused.reason, NotAllowed):
            raise
        return await find(context, caller, at, "configure")
