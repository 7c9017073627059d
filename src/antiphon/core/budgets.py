"""What may still be spent: pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from antiphon.core import wording
from antiphon.core.blocks import BudgetBlock
from antiphon.core.records import Spent
from antiphon.core.values import Budgets, Project, Session, ToolUseId

Scope = Literal["thread", "member", "day"]

_WARN = 0.8  # of a budget: from here on each turn begins with a warning


def of_turn(project: Project, session: Session) -> float | None:
    """The most dollars that one turn may cost; None: there is no limit."""
    limits = [one for one in (project.budgets.turn, session.choices.budget) if one is not None]
    return min(limits, default=None)


@dataclass(frozen=True, slots=True)
class Account:
    """One budget: what of it is spent. `limit`: with what admins have added. `step`: what one more raise adds."""

    scope: Scope
    spent: float
    limit: float
    step: float

    @property
    def words(self) -> str:
        """In words for people."""
        return wording.spent(self.scope, self.spent, self.limit)


def accounts(budgets: Budgets, spent: Spent) -> Iterator[Account]:
    """Every budget that is set."""
    known: tuple[tuple[Scope, float | None, float], ...] = (
        ("thread", budgets.thread, spent.thread),
        ("member", budgets.member, spent.member),
        ("day", budgets.day, spent.day),
    )
    for scope, limit, used in known:
        if limit is not None:
            yield Account(scope, used, limit + spent.raised.get(scope, 0.0), limit)


def exhausted(budgets: Budgets, spent: Spent) -> Account | None:
    """The first budget that is used up: a turn has to wait."""
    return next((one for one in accounts(budgets, spent) if one.spent >= one.limit), None)


def warnings(budgets: Budgets, spent: Spent) -> tuple[str, ...]:
    """What to say of budgets that are nearly used up."""
    return tuple(f"{one.words}." for one in accounts(budgets, spent) if _WARN * one.limit <= one.spent < one.limit)


def reached(account: Account) -> BudgetBlock:
    """What an admin is asked before the turn may begin."""
    id_ = ToolUseId(f"budget-{account.scope}-{round(account.limit * 100)}")
    return BudgetBlock(id_, account.words, account.step)
