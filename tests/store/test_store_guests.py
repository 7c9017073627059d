"""Guests of a session's thread, and strangers who write there: kept for the place, within limits, each decision once
and with its entry in the audit."""

from dataclasses import replace

import pytest
from store_samples import Clock, a_call, a_session, hold_hub

from antiphon.core.guests.admission import AGAIN, MOST_KEPT, MOST_OPEN, TEXT, Choice, StrangerMessage
from antiphon.core.records import Audit
from antiphon.core.values import Guest, MessageId, PersonId, PlaceId
from antiphon.store import Store

HERE, ELSEWHERE = PlaceId(1), PlaceId(2)
BEN = Guest(PersonId(8), "Ben", "Ada")


def wrote(message: int, person: int = 9, place: PlaceId = HERE) -> StrangerMessage:
    return StrangerMessage(place, MessageId(message), PersonId(person), f"Stranger {person}", f"text of {message}")


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
    await store.keep_stranger(wrote(31))
    await store.abandon(HERE)
    assert await store.stranger_offers() == []
    assert (await store.guests(HERE), await store.guests(ELSEWHERE)) == ([], [BEN])


async def opened(store: Store, *, owner: int | None = 7) -> None:
    """The session is there, and somebody owns it."""
    await store.adopt(replace(a_session(), owner=None if owner is None else PersonId(owner)), "here")


async def test_messages_of_a_stranger_join_one_offer_up_to_a_limit(store: Store) -> None:
    assert await store.keep_stranger(wrote(31)) == "no_session"
    await opened(store)
    assert await store.keep_stranger(replace(wrote(31), text="x" * 999)) == "offered"
    assert await store.keep_stranger(wrote(31)) == "known"
    for n in range(1, MOST_KEPT):
        assert await store.keep_stranger(wrote(31 + n)) == "joined"
    assert await store.keep_stranger(wrote(99)) == "full"
    (offer,) = await store.stranger_offers()
    assert (offer.waiting, offer.first, offer.owner, offer.calls) == (MOST_KEPT, 31, 7, True)
    one = await store.stranger_offer(offer.n)
    assert one is not None
    assert one.text == "x" * TEXT


async def test_strangers_cannot_flood_a_session_and_its_owner_is_called_once_in_ten_minutes(
    store: Store, clock: Clock
) -> None:
    await opened(store)
    for n in range(MOST_OPEN):
        assert await store.keep_stranger(wrote(31 + n, person=9 + n)) == "offered"
    assert await store.keep_stranger(wrote(99, person=99)) == "crowded"
    assert [one.calls for one in await store.stranger_offers()] == [True, False, False]
    first = (await store.stranger_offers())[0]
    assert await store.decide_offer(first.n, "let_in", "Ada", kept())
    clock.now += AGAIN + 1
    assert await store.keep_stranger(wrote(99, person=99)) == "offered"
    assert (await store.stranger_offers())[-1].calls


async def test_an_offer_that_its_stranger_withdraws_is_not_made_again_at_once(store: Store, clock: Clock) -> None:
    await opened(store)
    await store.keep_stranger(wrote(31))
    await store.keep_stranger(wrote(32))
    await store.stranger_gone(MessageId(31))
    assert [(one.state, one.waiting, one.deleted) for one in await store.stranger_offers()] == [("open", 1, 1)]
    await store.stranger_gone(MessageId(32))
    await store.stranger_gone(MessageId(77))
    (offer,) = await store.stranger_offers()
    assert offer.state == "withdrawn"
    assert not await store.decide_offer(offer.n, "let_in", "Ada", kept())
    assert await store.keep_stranger(wrote(33)) == "crowded"
    clock.now += AGAIN + 1
    assert await store.keep_stranger(wrote(33)) == "offered"


@pytest.mark.parametrize("choice", ["let_in", "always", "declined"])
async def test_the_first_decision_counts_and_what_is_let_in_waits_until_it_is_a_prompt(
    store: Store, choice: Choice
) -> None:
    await opened(store)
    await store.keep_stranger(wrote(32))
    await store.keep_stranger(wrote(31))
    (offer,) = await store.stranger_offers()
    assert await store.strangers_let_in() == []
    assert await store.decide_offer(offer.n, choice, "Ada", kept(choice=choice))
    assert not await store.decide_offer(offer.n, "let_in", "Ben", kept())
    waiting = [one.message for one in await store.strangers_let_in()]
    assert waiting == ([] if choice == "declined" else [31, 32])
    assert await store.guests(HERE) == ([Guest(PersonId(9), "Stranger 9", "Ada")] if choice == "always" else [])
    assert len(await store.audits(None, 9)) == 1
    for message in waiting:
        await store.note_stranger(message, "prompt")
    assert await store.strangers_let_in() == []
    await store.close_offer(await hold_hub(store, "test"), offer.n)
    assert await store.stranger_offers() == []
    assert await store.keep_stranger(wrote(33)) == ("declined" if choice == "declined" else "offered")
    again = await store.stranger_offer(offer.n)
    assert again is not None
    assert (again.by, again.text) == ("Ada", "" if choice == "declined" else "text of 31")
