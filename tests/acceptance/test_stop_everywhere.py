"""A stop ends the turn within a second, whatever it does, and keeps the session; a second one ends the process."""

import time
from typing import Any

import pytest
import steps
from bench.shown import open_buttons

from antiphon.chat.render.wording import MESSAGE_WAITS
from antiphon.standin.client_shapes import walk

from chain import Chain

Json = dict[str, Any]

ASKS = "Claude wants to run a command"
AT_ONCE = 1.0  # seconds until the turn has ended on the screen
STUBBORN = "python3 -c 'import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(60)'"


def stop_button(chain: Chain, place: str) -> tuple[Json, str] | None:
    """The running turn's Stop button, with its message."""
    for message in reversed(chain.ada.messages(place)):
        for part in walk(message.get("components", [])):
            if part.get("label") == "Stop":
                return message, str(part["custom_id"])
    return None


async def press_stop(chain: Chain, place: str) -> float:
    """Ada presses Stop; seconds until the turn is shown as stopped."""
    found = stop_button(chain, place)
    assert found is not None
    start = time.monotonic()
    await chain.ada.click(*found)
    await chain.ada.until(lambda _: chain.ends(place), 20)
    return time.monotonic() - start


async def begun(chain: Chain, work: str, sign: str) -> str:
    """A session whose turn is seen to do something."""
    place = await chain.ask(work)
    await chain.ada.until(
        lambda _: sign in "".join(chain.statuses(place) + chain.chunks(place)) and stop_button(chain, place), 20
    )
    return place


@pytest.mark.slow
@pytest.mark.parametrize(
    ("work", "sign"),
    [
        pytest.param("remember antiphony\nstream 20000 50", "w1 w2", id="streaming"),
        pytest.param("remember antiphony\nsleep 60", "sleep(60)", id="command"),
        pytest.param(f"remember antiphony\nbash: {STUBBORN}", "SIG_IGN", id="stubborn command"),
        pytest.param("remember antiphony\nslow 60", "slow", id="waiting for the model"),
    ],
)
async def test_a_turn_at_work_ends_within_a_second_and_the_session_goes_on(
    chain: Chain, work: str, sign: str, allowance: float
) -> None:
    place = await begun(chain, work, "Working" if sign == "slow" else sign)
    if sign == "slow":
        await chain.ada.until(lambda _: any(one.kind == "main" for one in chain.standin.model.requests), 20)
    took = await press_stop(chain, place)
    print(f"stop: {took:.2f} s")
    assert took < AT_ONCE * allowance
    assert "⏹️ Stopped" in chain.ends(place)[0]
    await chain.ask("recall", place)
    assert "Done" in await chain.ended(place, turns=2)
    assert "antiphony" in chain.chunks(place)[-1]


@pytest.mark.slow
async def test_a_turn_whose_process_is_being_started_ends_within_a_second(chain: Chain, allowance: float) -> None:
    place = await begun(chain, "say: never", "Working")
    took = await press_stop(chain, place)
    print(f"stop at the start: {took:.2f} s")
    assert took < AT_ONCE * allowance
    await chain.ask("say: next", place)
    assert "Done" in await chain.ended(place, turns=2)
    assert chain.prompts()[-1] == "say: next"


@pytest.mark.slow
async def test_a_turn_that_asks_ends_within_a_second_and_its_request_is_withdrawn(
    unstarted: Chain, allowance: float
) -> None:
    chain = unstarted
    chain.world.configure({}, allowed_tools=[], permission_mode="default")
    await chain.bridge.start()
    place = await chain.ask("bash: touch asked")
    await chain.ada.until(lambda ada: any(ASKS in one["content"] for one in ada.messages(place)), 20)
    await chain.ada.until(lambda _: stop_button(chain, place))
    took = await press_stop(chain, place)
    print(f"stop while it asks: {took:.2f} s")
    assert took < AT_ONCE * allowance
    await chain.ada.until(lambda ada: any("Not needed any more" in one["content"] for one in ada.messages(place)))
    assert not (chain.project / "asked").exists()


@pytest.mark.slow
async def test_stop_takes_out_what_waits_for_the_machine(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({"limits": {"sessions_at_work": 1}})
    await chain.bridge.start()
    busy = await begun(chain, "sleep 8", "sleep(8)")
    place = await chain.ask("say: never")
    await chain.ada.until(lambda ada: any("1st in line" in one["content"] for one in ada.messages(place)), 20)
    await chain.ada.command(place, "stop")
    await chain.ada.until(
        lambda ada: any("1 prompt removed from the queue" in one["content"] for one in ada.messages(place))
    )
    await chain.ada.until(lambda ada: not any("in line:" in one["content"] for one in ada.messages(place)))
    await steps.until_marked(chain, place, "✖️")
    assert "Not run" in (await chain.ended(place))
    assert "Ada stopped this before Claude began" in chain.statuses(place)[0]
    await chain.ended(busy)
    await chain.ask("say: next", place)
    await chain.ended(place, turns=2)
    assert chain.prompts() == ["sleep 8", "say: next"]


@pytest.mark.slow
async def test_what_waits_for_the_next_step_is_taken_up_after_a_stop(chain: Chain, allowance: float) -> None:
    place = await begun(chain, "sleep 60", "sleep(60)")
    await chain.ada.say(place, "say: afterwards")
    await chain.ada.until(lambda _: MESSAGE_WAITS in "".join(chain.statuses(place)))
    took = await press_stop(chain, place)
    assert took < AT_ONCE * allowance
    assert "Done" in await chain.ended(place, turns=2)
    assert chain.chunks(place).count("afterwards") == 1
    assert len(chain.ends(place)) == 2


@pytest.mark.slow
async def test_a_second_stop_ends_a_process_that_does_not_obey(chain: Chain) -> None:
    place = await begun(chain, "remember antiphony\nbash: kill -STOP $PPID; sleep 1", "STOP")
    start = time.monotonic()
    for _ in range(2):
        await chain.ada.command(place, "stop")
    await chain.ada.until(lambda _: chain.ends(place), 40)
    print(f"two stops of a process that does nothing any more: {time.monotonic() - start:.1f} s")
    assert "⏹️ Stopped" in chain.ends(place)[0]
    await chain.ask("recall", place)
    assert "Done" in await chain.ended(place, turns=2)
    assert "antiphony" in chain.chunks(place)[-1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("work", "sign"),
    [
        pytest.param("stream 20000 50", "w1 w2", id="streaming"),
        pytest.param("sleep 60", "sleep(60)", id="command"),
        pytest.param("bash: touch asked", ASKS, id="request"),
    ],
)
async def test_a_stop_right_before_a_kill_counts(unstarted: Chain, work: str, sign: str) -> None:
    chain = unstarted
    if sign == ASKS:
        chain.world.configure({}, allowed_tools=[], permission_mode="default")
    await chain.bridge.start()
    place = await chain.ask(work)
    await chain.ada.until(
        lambda ada: sign in "".join([*(one["content"] for one in ada.messages(place)), *chain.statuses(place)]), 20
    )
    found = await chain.ada.until(lambda _: stop_button(chain, place))
    assert found is not None
    await chain.ada.click(*found)
    await chain.restart()
    await chain.ended(place)
    assert chain.prompts() == [work]
    assert not [one for one in chain.ada.messages(place) if open_buttons(one)]
    assert not (chain.project / "asked").exists()
    await chain.ask("say: next", place)
    assert "Done" in await chain.ended(place, turns=2)
    assert len(chain.ends(place)) == 2


@pytest.mark.slow
async def test_what_was_taken_out_of_the_line_right_before_a_kill_does_not_run(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({"limits": {"sessions_at_work": 1}})
    await chain.bridge.start()
    busy = await begun(chain, "sleep 60", "sleep(60)")
    place = await chain.ask("say: never")
    await chain.ada.until(lambda ada: any("1st in line" in one["content"] for one in ada.messages(place)), 20)
    await chain.ada.command(place, "stop")
    await chain.ada.until(lambda ada: any("removed from the queue" in one["content"] for one in ada.messages(place)))
    await chain.restart()
    await chain.ended(busy)
    await steps.until_marked(chain, place, "✖️")
    await chain.ask("say: next", place)
    await chain.ended(place, turns=2)
    assert chain.prompts() == ["sleep 60", "say: next"]


@pytest.mark.slow
async def test_a_kill_while_an_answer_streams_keeps_what_was_seen_and_ends_the_turn(chain: Chain) -> None:
    place = await begun(chain, "remember antiphony\nstream 20000 50", "w1 w2")
    seen = chain.answer(place)
    await chain.restart()
    assert "Interrupted" in await chain.ended(place)
    assert chain.answer(place).startswith(seen)
    await chain.ask("recall", place)
    assert "Done" in await chain.ended(place, turns=2)
    assert "antiphony" in chain.chunks(place)[-1]


@pytest.mark.slow
async def test_a_stop_between_turns_ends_what_runs_in_the_background_and_says_so(chain: Chain) -> None:
    place = await chain.ask('call Bash {"command": "sleep 300", "run_in_background": true}')
    await chain.ended(place)
    await chain.ada.command(place, "stop")
    await chain.ada.until(
        lambda ada: any("Background work stopped: " in one["content"] for one in ada.messages(place)), 20
    )
    await chain.shown(place, "Background work ended together with Claude Code")
    await chain.ada.command(place, "stop")
    await chain.ada.until(lambda ada: any("Nothing is running here" in one["content"] for one in ada.messages(place)))
