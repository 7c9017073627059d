"""Webhooks that Discord knows no more."""

from sqlalchemy import select

from antiphon.store.schema import dead_webhook
from antiphon.store.transaction import Transaction


def note(tx: Transaction, webhook: str, reason: str) -> None:
    """Note that a webhook is dead; once."""
    row = tx.insert(dead_webhook).values(webhook=webhook, why=reason, at=tx.now)
    tx.execute(row.on_conflict_do_nothing(index_elements=[dead_webhook.c.webhook]))


def why(tx: Transaction, webhook: str) -> str | None:
    """Why it is dead; None: it is not, as far as is known."""
    return tx.execute(select(dead_webhook.c.why).where(dead_webhook.c.webhook == webhook)).scalar_one_or_none()
