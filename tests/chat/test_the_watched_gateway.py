"""The gateway, watched: deaf sockets, budgets, storms and events that cannot be read, with the real discord.py."""

import asyncio
import logging
import time

import pytest
from gateway_scene import Kept, opened, staying, until

from antiphon.errors import BadToken, MissingIntent
from antiphon.standin import Limits, StandIn
from antiphon.standin.person import Person

BEAT = 1.0  # seconds


async def test_a_socket_that_acknowledges_nothing_is_replaced_within_two_heartbeats() -> None:
    limits = Limits(identify_window=0.0, heartbeat_interval=BEAT)
    async with StandIn(limits=limits) as standin, opened(standin) as scene, staying(scene):
        await asyncio.sleep(1.2 * BEAT)  # a beat has been acknowledged
        await scene.fault({"silent_gateway": True})
        begun = time.monotonic()
        await scene.connected()
        noticed = time.monotonic() - begun
        print(f"connected anew after {noticed / BEAT:.2f} heartbeats")
        assert noticed <= 2 * BEAT
        assert scene.greetings == ["READY", "RESUMED"]


async def test_a_socket_with_events_and_without_acknowledgements_is_deaf_as_well() -> None:
    limits = Limits(identify_window=0.0, heartbeat_interval=BEAT)
    async with StandIn(limits=limits) as standin, opened(standin) as scene, staying(scene):
        about = standin.describe()
        async with Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada:
            await scene.fault({"silent_gateway": True})
            begun = time.monotonic()
            while len(scene.greetings) < 2:
                await ada.say(about["channels"]["general"], "still talking")
                await asyncio.sleep(0.1)
            assert time.monotonic() - begun <= 2 * BEAT + 0.1


async def test_a_lost_connection_is_resumed_at_once_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with StandIn(limits=Limits(identify_window=0.0)) as standin, opened(standin) as scene, staying(scene):
        await scene.fault({"drop_gateway": True})
        await scene.connected(3)
        assert scene.greetings == ["READY", "RESUMED"]
        assert scene.health.problems == ()
        assert len(scene.kept.past) == 1
    assert sum("not connected to Discord's gateway" in one.message for one in caplog.records) == 1


async def test_a_session_that_discord_will_not_resume_is_begun_anew() -> None:
    async with StandIn(limits=Limits(identify_window=0.0)) as standin, opened(standin) as scene, staying(scene):
        scene.kept.past[0] -= 60
        scene.client.ws.sequence = "nonsense"  # pyright: ignore[reportAttributeAccessIssue]
        await scene.fault({"drop_gateway": True})
        await scene.connected(10)
        assert scene.greetings == ["READY", "READY"]


@pytest.mark.slow
async def test_a_gateway_that_refuses_is_asked_with_growing_pauses() -> None:
    async with StandIn(limits=Limits(identify_window=0.0)) as standin, opened(standin) as scene:
        await scene.fault({"refuse_gateway": True})
        task = asyncio.create_task(scene.gateway.stay_connected())
        await asyncio.sleep(3.5)  # the pauses are real: what is measured
        asked = [one for one in standin.discord._faults.requests if one["path"] == "/gateway/bot"]
        assert len(asked) <= 5  # one by the scene itself; then after 0, 1 and 2 s
        assert scene.kept.past == []  # nobody was told who we are
        await scene.mend()
        await scene.connected()
        task.cancel()
        await asyncio.wait({task})


async def test_many_identifies_of_earlier_bridges_make_this_one_wait() -> None:
    kept = Kept([time.time() - 30 + n for n in range(6)])
    async with StandIn(limits=Limits(identify_window=0.0)) as standin, opened(standin, kept) as scene:
        kept.past += [time.time() - 7.0]  # 7 in all: 20 s after the last one, 13 s from now
        task = asyncio.create_task(scene.gateway.stay_connected())
        await until(lambda: any(one.name == "identify" for one in scene.health.problems))
        (trouble,) = [one for one in scene.health.problems if one.name == "identify"]
        assert "7 gateway sessions were started" in trouble.words
        assert len(kept.past) == 7
        task.cancel()
        await asyncio.wait({task})


@pytest.mark.slow
async def test_a_days_budget_that_is_used_up_is_not_overdrawn() -> None:
    limits = Limits(identify_window=0.0, identifies_per_day=1)
    async with StandIn(limits=limits) as standin, opened(standin) as scene, staying(scene):
        await scene.fault({"drop_gateway": True, "resumable": False})
        await until(lambda: any(one.name == "identify" for one in scene.health.problems), 20)
        (trouble,) = [one for one in scene.health.problems if one.name == "identify"]
        assert "used up" in trouble.words
        assert len(scene.kept.past) == 1


@pytest.mark.slow
async def test_an_identify_that_came_too_soon_waits_for_discords_window() -> None:
    async with StandIn(limits=Limits(identify_window=1.0)) as standin, opened(standin) as scene:
        standin.discord._backend.gateway.may_identify()  # somebody else's, with the same token
        async with staying(scene):
            refused, taken = scene.kept.past
            assert taken - refused >= 5.0


async def test_what_an_operator_must_mend_ends_it() -> None:
    async with StandIn(limits=Limits(identify_window=0.0)) as standin, opened(standin) as scene:
        standin.discord._backend.world.application.flags = 0
        with pytest.raises(MissingIntent):
            await scene.gateway.stay_connected()
    async with StandIn(limits=Limits(identify_window=0.0)) as standin, opened(standin) as scene:
        standin.discord._backend.world.bot.token = "another.one.now"
        with pytest.raises(BadToken):
            await scene.gateway.stay_connected()


async def test_an_event_that_cannot_be_read_is_dropped_counted_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    async with StandIn(limits=Limits(identify_window=0.0)) as standin, opened(standin) as scene, staying(scene):
        for n in range(3):
            scene.inject(f'{{"op":0,"s":{100 + n},"t":"MESSAGE_CREATE","d":{{"id":"no number"}}}}')
        scene.inject("no JSON at all")
        scene.inject("[1]")
        await until(lambda: scene.health.dropped == 5)
        about = standin.describe()
        async with Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada:
            heard = asyncio.create_task(scene.client.wait_for("message", timeout=5))
            await asyncio.sleep(0)
            await ada.say(about["channels"]["general"], "and on it goes")
            assert (await heard).content == "and on it goes"
    said = [one.message for one in caplog.records if "could not be read" in one.message]
    assert sum("MESSAGE_CREATE" in one for one in said) == 1
    assert sum("a gateway frame" in one for one in said) == 2  # of two kinds


async def test_a_listener_that_fails_is_said_once_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    async with StandIn(limits=Limits(identify_window=0.0)) as standin, opened(standin) as scene, staying(scene):

        async def fails(_: object) -> None:
            raise LookupError("a defect of ours")

        scene.client.add_listener(fails, "on_message")
        about = standin.describe()
        async with Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada:
            for n in range(3):
                await ada.say(about["channels"]["general"], f"word {n}")
            await until(lambda: scene.health.dropped == 3)
    assert sum("on_message" in one.message for one in caplog.records) == 1


async def test_after_a_sleep_of_the_machine_the_connection_is_renewed_at_once() -> None:
    """By a resume, though the socket says nothing of its death and heartbeats are due in 40 s only."""
    async with StandIn(limits=Limits(identify_window=0.0)) as standin, opened(standin) as scene, staying(scene):
        await scene.fault({"silent_gateway": True})
        scene.gateway.renew()
        await scene.connected(3)
        assert scene.greetings == ["READY", "RESUMED"]
        assert scene.health.problems == ()
        scene.gateway.renew()  # the next night
        await scene.connected(3)
        assert len(scene.kept.past) == 1


@pytest.mark.slow
async def test_after_a_sleep_of_the_machine_a_pause_ends() -> None:
    async with StandIn(limits=Limits(identify_window=0.0)) as standin, opened(standin) as scene, staying(scene):
        await scene.fault({"refuse_gateway": True})
        await scene.fault({"drop_gateway": True})
        asked = standin.discord._faults.requests
        await until(lambda: scene.gateway._tries == 4, 20)  # the next pause is of 4 s
        await scene.mend()
        before = len(asked)
        scene.gateway.renew()
        await scene.connected(2)
        assert len(asked) - before <= 2
