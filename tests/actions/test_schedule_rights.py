"""Who may make, see and change schedules, and what a change leaves as it was."""

from dataclasses import replace

import pytest
from bridge import CHANNEL, PLACE, SESSION, Bridge, ada, ben, claude, root, stranger

from antiphon.actions.context import InPlace
from antiphon.actions.reasons import Condition, NotATimeGiven, Refused
from antiphon.actions.schedules import manage
from antiphon.actions.schedules.manage import Wanted
from antiphon.core.schedules.values import Cron, ScheduleId
from antiphon.core.values import SessionId

HERE = InPlace(PLACE, CHANNEL)
NOW = 1_000_000.0
HOURLY = Wanted(name="Hourly", when="every 1h", prompt="check", zone="Europe/Berlin")


async def made(bridge: Bridge) -> ScheduleId:
    return (await manage.create(bridge.context, ada, HERE, HOURLY, NOW, "1")).schedule.id


async def test_who_may_not_prompt_makes_and_sees_none(bridge: Bridge) -> None:
    with pytest.raises(Refused):
        await manage.create(bridge.context, stranger, HERE, HOURLY, NOW, "2")
    await made(bridge)
    assert await manage.listed(bridge.context, stranger) == []


async def test_the_same_key_makes_one(bridge: Bridge) -> None:
    assert await made(bridge) == await made(bridge)
    assert len(await manage.listed(bridge.context, ada)) == 1


async def test_only_who_has_made_one_and_admins_change_it(bridge: Bridge) -> None:
    id_ = await made(bridge)
    for refused in (
        manage.change(bridge.context, ben, id_, Wanted(name="x"), NOW),
        manage.pause(bridge.context, ben, id_, NOW),
        manage.run_now(bridge.context, ben, id_, NOW),
        manage.remove(bridge.context, ben, id_),
    ):
        with pytest.raises(Refused) as why:
            await refused
        assert why.value.reason is Condition.SCHEDULE_OF_OTHERS
    assert (await manage.change(bridge.context, root, id_, Wanted(name="x"), NOW)).schedule.name == "x"


async def test_claude_has_its_own_and_no_others(bridge: Bridge) -> None:
    id_ = await made(bridge)
    own = await manage.create(bridge.context, claude, SESSION.id, replace(HOURLY, name="Mine"), NOW, "3")
    assert [one.id for one in await manage.listed(bridge.context, claude)] == [own.schedule.id]
    assert own.schedule.home == SESSION.id
    other = replace(claude, session=SessionId("other"))
    assert await manage.listed(bridge.context, other) == []
    for caller, wanted in ((claude, id_), (other, own.schedule.id)):
        with pytest.raises(Refused) as why:
            await manage.remove(bridge.context, caller, wanted)
        assert why.value.reason is Condition.NO_SUCH_SCHEDULE


async def test_claude_may_have_so_many(bridge: Bridge) -> None:
    for n in range(manage.MOST_OF_SESSION):
        await manage.create(bridge.context, claude, SESSION.id, HOURLY, NOW, f"n{n}")
    with pytest.raises(Refused):
        await manage.create(bridge.context, claude, SESSION.id, HOURLY, NOW, "one more")


async def test_another_name_leaves_it_due_when_it_was(bridge: Bridge) -> None:
    id_ = await made(bridge)
    late = NOW + 3600.5  # it is due, and the clock has not looked yet
    changed = await manage.change(bridge.context, ada, id_, Wanted(name="Renamed"), late)
    assert changed.schedule.next == NOW + 3600
    assert (await manage.change(bridge.context, ada, id_, Wanted(when="every 2h"), late)).schedule.next == NOW + 10_800


async def test_another_time_is_by_the_clocks_that_it_had(bridge: Bridge) -> None:
    id_ = await made(bridge)
    await manage.change(bridge.context, ada, id_, Wanted(when="daily 9:00", zone="Europe/Berlin"), NOW)
    changed = await manage.change(bridge.context, ada, id_, Wanted(when="daily 10:00"), NOW)
    assert changed.schedule.when == Cron("0 10 * * *", "Europe/Berlin")
    moved = await manage.change(bridge.context, ada, id_, Wanted(zone="Asia/Tokyo"), NOW)
    assert moved.schedule.when == Cron("0 10 * * *", "Asia/Tokyo")


async def test_one_whose_zone_is_not_known_here_is_seen_and_not_resumed(bridge: Bridge) -> None:
    id_ = await made(bridge)
    known = (await manage.one(bridge.context, ada, id_, NOW)).schedule
    odd = replace(known, when=Cron("0 9 * * *", "Nowhere/Land"), next=None, paused="bad_time")
    await bridge.store.put_schedule(odd)
    assert (await manage.one(bridge.context, ada, id_, NOW)).next == ()
    with pytest.raises(Refused) as why:
        await manage.resume(bridge.context, ada, id_, NOW)
    assert isinstance(why.value.reason, NotATimeGiven)
