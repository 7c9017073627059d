"""What is charged beside turns counts in every budget, once for each key."""

from store_samples import Clock, a_session, hold_worker

from antiphon.core.values import PersonId
from antiphon.store import Store


async def test_a_charge_counts_for_thread_member_and_day_once(store: Store, clock: Clock) -> None:
    await hold_worker(store, "test")
    await store.adopt(a_session(), "here")
    home, ada = a_session().id, PersonId(7)
    for _ in range(2):
        await store.charge(home, ada, 0.25, "aside:1")
    await store.charge(home, None, 0.5, "aside:2")
    spent = await store.spent(home, ada)
    assert (spent.thread, spent.member, spent.day) == (0.75, 0.25, 0.75)
    assert (await store.overview()).cost == 0.75
    assert (await store.overview()).ended == 0  # it was no turn
    assert await store.line() == []
