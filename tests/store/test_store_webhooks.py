"""What is kept for a webhook: that it is dead, and the title of a session that has no place."""

from dataclasses import replace

from store_samples import Clock, a_session, hold_hub

from antiphon.core.values import NOWHERE
from antiphon.store import Store


async def test_a_webhook_dies_once(store: Store, clock: Clock) -> None:
    hub = await hold_hub(store)
    assert await store.why_webhook_is_dead("a digest") is None
    await store.note_dead_webhook(hub, "a digest", "Unknown Webhook")
    await store.note_dead_webhook(hub, "a digest", "said again")
    assert await store.why_webhook_is_dead("a digest") == "Unknown Webhook"
    assert await store.why_webhook_is_dead("another") is None


async def test_a_session_without_a_place_gets_a_title_and_may_get_a_place_later(store: Store) -> None:
    hub, session = await hold_hub(store), a_session()
    await store.adopt(replace(session, place=NOWHERE), "here")
    titled = await store.settle(hub, session.id, replace(session, place=NOWHERE, title="fix it"))
    assert (titled.place, titled.title) == (NOWHERE, "fix it")
    assert (await store.settle(hub, session.id, session)).place == session.place
