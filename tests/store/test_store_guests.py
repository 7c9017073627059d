"""Guests of a session's thread: kept for the place, each change with its entry in the audit."""

from store_samples import a_call, a_session

from antiphon.core.records import Audit
from antiphon.core.values import Guest, PersonId, PlaceId
from antiphon.store import Store

HERE, ELSEWHERE = PlaceId(1), PlaceId(2)
BEN = Guest(PersonId(8), "Ben", "Ada")


def kept(**what: object) -> Audit:
    return Audit("guest", a_session().id, PersonId(7), "Ada", "command", what)


async def test_an_invitation_counts_in_one_place_and_once(store: Store) -> None:
    assert await store.invite(HERE, BEN, kept(invited="Ben"))
    assert not await store.invite(HERE, BEN, kept(invited="Ben"))
    assert await store.guests(HERE) == [BEN]
    assert await store.guests(ELSEWHERE) == []
    assert not await store.uninvite(ELSEWHERE, BEN.person, kept(uninvited="Ben"))
    assert await store.uninvite(HERE, BEN.person, kept(uninvited="Ben"))
    assert not await store.uninvite(HERE, BEN.person, kept(uninvited="Ben"))
    assert await store.guests(HERE) == []
    assert [dict(one.what) for one in await store.audits(None, 9)] == [{"invited": "Ben"}, {"uninvited": "Ben"}]


async def test_a_second_invitation_adds_the_right_to_answer_and_never_takes_it(store: Store) -> None:
    more = Guest(BEN.person, "Ben", "Root", answers=True)
    await store.invite(HERE, BEN, kept())
    assert await store.invite(HERE, more, kept())
    assert not await store.invite(HERE, BEN, kept())
    assert await store.guests(HERE) == [more]


async def test_a_place_that_is_deleted_has_no_guests(store: Store) -> None:
    await store.accept(a_call(11))
    await store.invite(HERE, BEN, kept())
    await store.invite(ELSEWHERE, BEN, kept())
    await store.abandon(HERE)
    assert (await store.guests(HERE), await store.guests(ELSEWHERE)) == ([], [BEN])
