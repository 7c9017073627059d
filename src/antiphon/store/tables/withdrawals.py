"""Prompts that end without a turn of their own: each has one visible end all the same.

A row that has ended so is `withdrawn` until its end is shown: on the message that brought it, and on what an earlier
bridge may have posted of a turn that was to begin with it. Where nobody sees either, it is over at once.
"""

from typing import Any

from sqlalchemy import Row, select, update

from antiphon.core.records import Withdrawal, WithdrawnPrompt
from antiphon.core.values import SessionId, TurnId
from antiphon.store.encoding import PROMPTS, Body, prompt_of
from antiphon.store.schema import inbox, outbox, post, session
from antiphon.store.tables import sessions
from antiphon.store.transaction import Transaction

STATE = "withdrawn"
_KEY, _STRUCK = "withdrawal", "struck"  # beside the prompt in its row's body
_SEEN = ("stopped", "removed")  # what leaves the prompt's message where it is, without a mark of another turn


def ended(tx: Transaction, row: Row[Any], why: Withdrawal, state: str = "cancelled") -> dict[str, Any]:
    """What a prompt's row becomes (its columns session, kind and body are needed). `state`: where nobody is told."""
    told = {"state": state, "ended": tx.now}
    if row.kind not in PROMPTS:
        return told
    prompt = prompt_of(row.body)
    if (why.why in _SEEN and prompt.message is not None) or _is_shown(tx, row, prompt.turn):
        told |= {"state": STATE, "body": {**row.body, _KEY: {"why": why.why, "by": why.by}}}
    return told


def withdraw(tx: Transaction, n: int, why: Withdrawal, state: str = "cancelled") -> None:
    """End this row so."""
    row = tx.execute(select(inbox).where(inbox.c.n == n)).one()
    tx.execute(update(inbox).where(inbox.c.n == n).values(ended(tx, row, why, state)))


def outside(tx: Transaction, n: int, why: Withdrawal) -> None:
    """The same for one whose place is gone with all that was posted there: its message is in another place."""
    body: Body = tx.execute(select(inbox.c.body).where(inbox.c.n == n)).scalar_one()
    told = {**body, _KEY: {"why": why.why, "by": why.by}}
    tx.execute(update(inbox).where(inbox.c.n == n).values(state=STATE, ended=tx.now, body=told))


def withdrawn(tx: Transaction) -> list[WithdrawnPrompt]:
    """Those whose end is not shown yet, the oldest first."""
    rows = select(inbox, session).join(session, inbox.c.session == session.c.id).where(inbox.c.state == STATE)
    found: list[WithdrawnPrompt] = []
    for row in tx.execute(rows.order_by(inbox.c.n)):
        told = row.body.get(_KEY, {})
        why = Withdrawal(told.get("why", "removed"), told.get("by", ""))
        found.append(WithdrawnPrompt(sessions.of_row(row), prompt_of(row.body, row.n), why, row.ended))
    return found


def shown(tx: Transaction, home: SessionId, turn: TurnId) -> None:
    """The end of the turn's prompt is shown, if it was withdrawn."""
    mine = (inbox.c.session == home) & inbox.c.kind.in_(PROMPTS) & (inbox.c.state == STATE)
    for n, body in tx.execute(select(inbox.c.n, inbox.c.body).where(mine)).all():
        if body["turn"] == turn:
            tx.execute(update(inbox).where(inbox.c.n == n).values(state="cancelled"))


def struck(body: Body) -> dict[str, Any]:
    """The body of a row whose turn had begun, and runs as if it were new: a post of it may be there, also without a
    note."""
    return {**body, _STRUCK: True}


def _is_shown(tx: Transaction, row: Row[Any], turn: TurnId) -> bool:
    """Whether there may be posts of a turn of which no row tells: a bridge that was killed has shown it as begun."""
    rows = select(outbox.c.n).where(outbox.c.session == row.session, outbox.c.turn == turn)
    if tx.execute(rows).first() is not None:
        return False
    posts = select(post.c.slot).where(post.c.session == row.session, post.c.turn == turn)
    return bool(row.body.get(_STRUCK)) or tx.execute(posts).first() is not None
