"""SIGKILL of the bridge: the next message continues the same session, and what was accepted is run."""

import pytest

from antiphon.standin import Limits

from chain import Chain


@pytest.fixture
def limits() -> Limits:
    """Everything, as on Discord: also that a second start has to wait with its identify."""
    return Limits()


@pytest.mark.slow
async def test_after_a_kill_the_next_message_continues_the_session(chain: Chain) -> None:
    place = await chain.ask("remember antiphony")
    await chain.ended(place)
    await chain.restart()
    await chain.ask("recall", place)
    assert "Done" in await chain.ended(place, turns=2)
    assert "antiphony" in chain.chunks(place)[-1]


@pytest.mark.slow
async def test_messages_posted_while_the_bridge_is_down_are_run_in_order(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({}, while_working="queue")
    await chain.bridge.start()
    place = await chain.ask("say: before")
    await chain.ended(place)
    await chain.bridge.kill()
    await chain.ask("say: first", place)
    await chain.ask("say: second", place)
    other = await chain.ask("say: elsewhere")
    await chain.bridge.start()
    await chain.ended(place, turns=3)
    await chain.ended(other)
    assert chain.chunks(place) == ["before", "first", "second"]
    assert chain.chunks(other) == ["elsewhere"]


async def test_a_kill_in_mid_turn_is_shown_as_interrupted_and_loses_no_visible_text(chain: Chain) -> None:
    place = await chain.ask("say: I begin.\nsleep 60")
    await chain.ada.until(lambda _: chain.chunks(place) == ["I begin."] and "sleep(60)" in chain.statuses(place)[0], 20)
    await chain.restart()
    status = await chain.ended(place)
    assert "Interrupted" in status
    assert chain.chunks(place) == ["I begin."]
    await chain.ask("say: go on", place)
    assert "Done" in await chain.ended(place, turns=2)
    assert chain.prompts() == ["say: I begin.\nsleep 60", "say: go on"]


@pytest.mark.slow
async def test_a_stop_by_the_service_manager_ends_running_turns_visibly(chain: Chain) -> None:
    place = await chain.at_work("sleep 60")
    assert await chain.bridge.stop() == 0
    assert "Interrupted" in await chain.ended(place)
