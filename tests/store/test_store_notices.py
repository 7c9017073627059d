"""Notices in the store: accepted once, as many as may; each goes to one end."""

from store_samples import Clock, hold_hub

from antiphon.core.programs.notices import Notice, NoticeFile, NoticeId
from antiphon.core.values import MessageId, PersonId, PlaceId
from antiphon.store import Store


def notice(name: str, due: float = 1000.0, **more: object) -> Notice:
    return Notice(NoticeId(name), "site", "ci", f"words of {name}", due, **{"place": PlaceId(5), **more})  # pyright: ignore[reportArgumentType]


async def test_one_is_accepted_once_and_no_more_than_may_wait(store: Store) -> None:
    assert await store.accept_notice(notice("a"), 2) == "new"
    assert await store.accept_notice(notice("a", title="other"), 2) == "known"
    assert await store.accept_notice(notice("b"), 2) == "new"
    assert await store.accept_notice(notice("c"), 2) == "full"
    assert await store.accept_notice(notice("a"), 2) == "known"  # also where there is no room
    assert await store.accept_notice(notice("later", later=True), 1) == "new"  # these count apart
    assert await store.accept_notice(notice("other", maker="token 2"), 2) == "new"  # and so do other programs'
    assert [one.notice.id for one in await store.notices("token 2", waiting=True, most=9)] == ["other"]
    kept = await store.notice(NoticeId("a"))
    assert kept is not None
    assert (kept.notice, kept.state) == (notice("a"), "waiting")
    assert await store.notice(NoticeId("c")) is None


async def test_each_target_gets_its_own_in_order_with_their_files(store: Store, clock: Clock) -> None:
    hub = await hold_hub(store)
    file = NoticeFile("report.txt", b"\x00\xff")
    await store.accept_notice(notice("second", due=clock.now - 1), 9)
    await store.accept_notice(notice("first", due=clock.now - 2, file=file), 9)
    await store.accept_notice(notice("far", due=clock.now + 60), 9)
    await store.accept_notice(notice("person", due=clock.now - 1, place=None, person=PersonId(7)), 9)
    assert sorted(await store.notice_targets()) == ["person:7", "place:5"]
    found = await store.next_notice("place:5")
    assert found is not None
    assert (found.notice.id, found.notice.file) == ("first", file)
    assert await store.send_notice(hub, found.notice.id)
    await store.settle_notice(hub, found.notice.id, MessageId(77), "")
    assert await store.is_known_post(MessageId(77))
    assert not await store.is_known_post(MessageId(78))
    after = await store.next_notice("place:5")
    assert after is not None
    assert after.notice.id == "second"
    await store.settle_notice(hub, after.notice.id, None, "Unknown Channel")
    assert await store.next_notice("place:5") is None
    assert next((one.state, one.error) for one in await store.notices(None, waiting=False, most=9)) == (
        "failed",
        "Unknown Channel",
    )
    assert [one.notice.id for one in await store.notices(None, waiting=True, most=9)] == ["person", "far"]


async def test_what_is_on_its_way_is_not_taken_back_and_keeps_since_when(store: Store, clock: Clock) -> None:
    hub = await hold_hub(store)
    await store.accept_notice(notice("a", due=clock.now), 9)
    await store.send_notice(hub, NoticeId("a"))
    begun = clock.now
    clock.now += 100
    assert await store.send_notice(hub, NoticeId("a"))  # a second try
    kept = await store.next_notice("place:5")
    assert kept is not None
    assert (kept.state, kept.since) == ("sending", begun)
    assert not await store.cancel_notice(NoticeId("a"))
    await store.accept_notice(notice("b", due=clock.now), 9)
    assert await store.cancel_notice(NoticeId("b"))
    assert not await store.send_notice(hub, NoticeId("b"))


async def test_files_that_wait_have_a_limit_together(store: Store) -> None:
    large = NoticeFile("large", b"x" * (100 * 1024 * 1024))
    assert [await store.accept_notice(notice(f"{n}", file=large), 9) for n in range(3)] == ["new", "new", "full"]
    assert await store.accept_notice(notice("words"), 9) == "new"
