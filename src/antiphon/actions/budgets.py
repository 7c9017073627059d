"""What was spent, what may be, and who allows more."""

from dataclasses import dataclass

from antiphon.actions.callers import Caller, audit_entry
from antiphon.actions.context import ActionContext, InPlace, require
from antiphon.actions.reasons import Condition, NoBudget, Refused
from antiphon.core.budgets import Scope
from antiphon.core.records import Spent
from antiphon.core.values import Budgets, PersonId, session_at


@dataclass(frozen=True, slots=True)
class Spending:
    """Dollars spent, and the project's budgets. `here`: the place has a session."""

    spent: Spent
    budgets: Budgets
    here: bool


async def spending(context: ActionContext, caller: Caller, at: InPlace, whose: PersonId) -> Spending:
    """What a place, a person and everybody have spent."""
    project = require(context, caller, at, "prompt")
    return await _spending(context, at, project.budgets, whose)


async def raise_budget(
    context: ActionContext, caller: Caller, at: InPlace, whose: PersonId, more: tuple[Scope, float], key: str
) -> Spending:
    """Allow more: `more` is the scope of the budget and the dollars. `whose`: the person, where the scope is member."""
    project = require(context, caller, at, "administer")
    scope, dollars = more
    session = await context.bus.session(at.place, at.person)
    if scope == "thread" and session is None:
        raise Refused(Condition.NO_SESSION)
    if getattr(project.budgets, scope) is None:
        raise Refused(NoBudget(scope))
    home = session_at(at.place) if session is None else session.id
    audit = audit_entry(caller, "raise", session, {"scope": scope, "dollars": dollars, "person": whose, "key": key})
    await context.bus.allow(scope, home, whose, dollars, audit)
    return await _spending(context, at, project.budgets, whose)


async def _spending(context: ActionContext, at: InPlace, budgets: Budgets, whose: PersonId) -> Spending:
    session = await context.bus.session(at.place, at.person)
    home = session_at(at.place) if session is None else session.id
    return Spending(await context.bus.spent(home, whose), budgets, session is not None)
