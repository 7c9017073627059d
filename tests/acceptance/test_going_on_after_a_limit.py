"""A turn that a subscription's usage limit has ended goes on once the limit is reset, through the whole chain: by
itself where its project wants that, once, whatever is killed; and not where somebody stops it."""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from chaos.points import AFTER_A_LIMIT, Point

from acceptance.steps import newest_button, not_allowed, press_newest
from antiphon.actions.reasons import Condition
from antiphon.chat.wording import refusal
from antiphon.core.access import Action
from antiphon.demo.process import BridgeProcess
from antiphon.standin.client_shapes import words_of
from forked_bridge import BridgeForker, ForkedBridge

from chain import Chain, Json, button

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(120)

_GO_ON = "Go on where you stopped."
_LATER = "bash: echo first\nlimit 3600"  # Claude has come to do something when it meets the limit
_SOON = "bash: echo first\nlimit -25"  # the same; it goes on in a few seconds
_GOES_ON = "**Claude Code goes on** at"


def environment(chain: Chain) -> dict[str, str]:
    """Of a bridge whose Claude Code has a subscription."""
    env = {**chain.world.environment(), "CLAUDE_CODE_OAUTH_TOKEN": "scripted-model"}
    del env["ANTHROPIC_API_KEY"]
    return env


async def subscribed(unstarted: Chain, forker: BridgeForker | None, **project: Any) -> Chain:
    """The chain, with a bridge whose Claude Code has a subscription: only such a one has usage limits."""
    where = unstarted.world.config, environment(unstarted)
    unstarted.bridge = ForkedBridge(*where, forker) if forker else BridgeProcess(*where)
    return await unstarted.start_configured(**project)


@pytest.fixture
async def continuing(unstarted: Chain, forker: BridgeForker | None) -> Chain:
    """Its project wants turns to go on by themselves."""
    return await subscribed(unstarted, forker, after_limit="continue")


@pytest.fixture
async def asking(unstarted: Chain, forker: BridgeForker | None) -> Chain:
    """Its project does not."""
    return await subscribed(unstarted, forker)


async def limited(chain: Chain, text: str, place: str | None = None, turns: int = 1) -> str:
    """Ada asks, and the turn meets the limit; the place."""
    place = await chain.ask(text, place)
    assert "🚦" in await chain.ended(place, turns)
    return place


async def status(chain: Chain, place: str, text: str) -> Json:
    """Wait until the newest turn's status says that; its message."""
    found = await chain.ada.until(
        lambda ada: [one for one in ada.messages(place) if one["author"].get("bot") and text in words_of(one)], 20
    )
    return found[-1]


def labels(message: Json) -> list[str]:
    """Of the buttons of a message."""
    rows = [message["components"]]
    found: list[str] = []
    while rows:
        for part in rows.pop():
            rows += [part["components"]] if "components" in part else []
            rows += [[part["accessory"]]] if "accessory" in part else []
            found += [part["label"]] if "label" in part else []
    return found


def set_due(chain: Chain, at: float) -> None:
    """As if the limit were reset then; the bridge is not running."""
    with closing(chain.database()) as database, database:
        database.execute("UPDATE continuation SET due = ?", (at,))


def states(chain: Chain) -> list[str]:
    with closing(chain.database()) as database:
        database.row_factory = sqlite3.Row
        return [row["state"] for row in database.execute("SELECT state FROM continuation ORDER BY rowid")]


async def until_states(chain: Chain, *wanted: str) -> None:
    async with asyncio.timeout(20):
        while states(chain) != list(wanted):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)


def went_on(chain: Chain) -> int:
    """How many turns have gone on with another one."""
    return sum(one.prompt == _GO_ON for one in chain.model_requests())


@pytest.mark.slow
async def test_it_goes_on_by_itself_and_says_when_also_after_a_kill(continuing: Chain) -> None:
    chain = continuing
    before = time.time()
    place = await limited(chain, _LATER)
    message = await status(chain, place, _GOES_ON)
    ((due,),) = rows(chain, "SELECT due FROM continuation")
    assert before + 3600 < due < time.time() + 3700
    assert f"<t:{int(due)}:t>" in words_of(message)
    assert labels(message)[:2] == ["Stop it", "Go on now"]
    await chain.bridge.kill()
    set_due(chain, time.time() - 1)
    await chain.bridge.start()
    assert "Done" in await chain.ended(place, turns=2)
    assert "Claude Code goes on by itself" in chain_text(chain, place)
    over = await status(chain, place, "has gone on")
    assert labels(over) == ["Details"]
    await chain.restart()  # nothing of it is left to be done
    await chain.ask("say: still here", place)
    await chain.ended(place, turns=3)
    assert went_on(chain) == 1
    assert states(chain) == ["begun"]


def rows(chain: Chain, query: str) -> list[Any]:
    with closing(chain.database()) as database:
        return database.execute(query).fetchall()


def chain_text(chain: Chain, place: str) -> str:
    return "\n".join(map(words_of, chain.ada.messages(place)))


@pytest.mark.slow
@pytest.mark.parametrize("point", AFTER_A_LIMIT)
async def test_a_kill_when_it_goes_on_leaves_one_turn(continuing: Chain, point: Point) -> None:
    chain = continuing
    place = await limited(chain, _LATER)
    await status(chain, place, _GOES_ON)
    await chain.bridge.stop()
    set_due(chain, time.time() + 10)  # when it is connected
    env = {**environment(chain), "PYTHONPATH": str(ROOT)}
    doomed = BridgeProcess(chain.world.config, env, ("-m", "chaos.doomed", point.name))
    await doomed.start()
    try:
        assert await doomed.ended() == -9, doomed.lines
    finally:
        await doomed.kill()
    await chain.bridge.start()
    assert "Done" in await chain.ended(place, turns=2)
    await status(chain, place, "has gone on")
    assert went_on(chain) == 1
    assert states(chain) == ["begun"]


@pytest.mark.slow
async def test_it_goes_on_while_the_bridge_runs_with_its_own_prompt_where_claude_did_nothing(
    continuing: Chain,
) -> None:
    place = await limited(continuing, "limit -25")
    assert "Done" in await continuing.ended(place, turns=2)
    await continuing.ada.until(lambda _: "The limit is reset." in continuing.answer(place))
    assert states(continuing) == ["begun"]
    assert went_on(continuing) == 0


@pytest.mark.slow
async def test_a_limit_that_is_met_again_is_waited_for_again(continuing: Chain) -> None:
    chain = continuing
    place = await limited(chain, "limit -25 2")
    await chain.ada.until(lambda _: len(chain.ends(place)) == 3, 60)
    assert ["🚦" in one for one in chain.ends(place)] == [True, True, False]
    assert states(chain) == ["begun", "begun"]


@pytest.mark.slow
async def test_its_button_stops_it_and_offers_to_continue(continuing: Chain) -> None:
    chain = continuing
    place = await limited(chain, _LATER)
    await status(chain, place, _GOES_ON)
    await press_newest(chain, place, "stay")
    message = await status(chain, place, "Claude Code does not go on by itself")
    assert "ada" in words_of(message).lower()
    assert labels(message)[:2] == ["Continue", "Continue then"]
    assert _GOES_ON not in words_of(message)
    await chain.bridge.kill()
    set_due(chain, time.time() - 1)
    await chain.bridge.start()
    await chain.ask("say: meanwhile", place)
    await chain.ended(place, turns=2)
    assert went_on(chain) == 0
    assert states(chain) == ["stopped"]


@pytest.mark.slow
async def test_stopped_it_still_continues_when_that_is_pressed(continuing: Chain) -> None:
    chain = continuing
    place = await limited(chain, _LATER)
    await status(chain, place, _GOES_ON)
    await press_newest(chain, place, "stay")
    await status(chain, place, "Claude Code does not go on by itself")
    await press_newest(chain, place, "continue")
    assert "Done" in await chain.ended(place, turns=2)
    assert went_on(chain) == 1


@pytest.mark.slow
async def test_now_and_the_clock_together_lead_to_one_turn(continuing: Chain) -> None:
    chain = continuing
    place = await limited(chain, _SOON)
    message = await status(chain, place, _GOES_ON)
    now = button(message, "Go on now")
    await asyncio.gather(*(chain.ada.click(message, now) for _ in range(2)))
    assert "Done" in await chain.ended(place, turns=2)
    await asyncio.sleep(6)  # beyond the time at which it would have gone on by itself
    await chain.ask("say: still here", place)
    await chain.ended(place, turns=3)
    assert went_on(chain) == 1
    assert states(chain) == ["begun"]


@pytest.mark.slow
async def test_a_message_meanwhile_simply_runs_and_is_what_counts(continuing: Chain) -> None:
    chain = continuing
    place = await limited(chain, _LATER)
    await status(chain, place, _GOES_ON)
    await chain.ask("say: something else", place)
    await chain.ended(place, turns=2)
    await until_states(chain, "dropped")
    await chain.ada.until(lambda _: _GOES_ON not in chain_text(chain, place))
    await limited(chain, _LATER, place, turns=3)
    await until_states(chain, "dropped", "planned")


@pytest.mark.slow
async def test_the_switch_in_status_stops_everything_and_lasts(continuing: Chain) -> None:
    chain = continuing
    place = await limited(chain, _LATER)
    await status(chain, place, _GOES_ON)
    await chain.ada.command(chain.general, "status")
    shown = (await private(chain, "1 thread waiting"))[-1]
    await chain.ada.click(shown, button(shown, "Never go on by itself"))
    await status(chain, place, "switched off")
    assert states(chain) == ["off"]
    await chain.bridge.kill()
    set_due(chain, time.time() - 1)
    await chain.bridge.start()
    other = await limited(chain, _LATER)
    message = await status(chain, other, "switched off")
    assert states(chain) == ["off", "off"]
    await press_newest(chain, other, "later")
    await chain.told(other, refusal(Condition.GOING_ON_SWITCHED_OFF))
    assert labels(message)[:2] == ["Continue", "Continue then"]
    await chain.ada.command(chain.general, "status")
    shown = (await private(chain, "has switched that off"))[-1]
    await chain.ada.click(shown, button(shown, "Let it go on by itself"))
    await chain.ada.until(lambda ada: "may go on by itself" in words_of(ada.message(shown) or {}))
    await press_newest(chain, other, "later")
    await status(chain, other, _GOES_ON)
    assert went_on(chain) == 0


async def private(chain: Chain, text: str) -> list[Json]:
    return await chain.ada.until(
        lambda ada: [one for one in ada.messages(chain.general) if one["flags"] & 64 and text in words_of(one)], 20
    )


@pytest.mark.slow
async def test_where_the_project_asks_it_tells_until_when_and_goes_on_then_if_somebody_wants_that(
    asking: Chain,
) -> None:
    chain = asking
    place = await limited(chain, _LATER)
    message = await status(chain, place, "It resets <t:")
    assert labels(message)[:2] == ["Continue", "Continue then"]
    assert states(chain) == []
    await press_newest(chain, place, "later")
    await status(chain, place, _GOES_ON)
    await chain.bridge.kill()
    set_due(chain, time.time() - 1)
    await chain.bridge.start()
    assert "Done" in await chain.ended(place, turns=2)
    assert went_on(chain) == 1


@pytest.mark.slow
@pytest.mark.parametrize("style", ["compact", "legacy"])
async def test_other_styles_have_the_same_buttons(unstarted: Chain, forker: BridgeForker | None, style: str) -> None:
    chain = await subscribed(unstarted, forker, after_limit="continue", progress_style=style)
    place = await limited(chain, _LATER)
    message = await status(chain, place, _GOES_ON)
    assert labels(message)[:2] == ["Stop it", "Go on now"]
    await press_newest(chain, place, "stay")
    await status(chain, place, "Claude Code does not go on by itself")


@pytest.mark.slow
async def test_stop_in_the_thread_stops_it_too(continuing: Chain) -> None:
    chain = continuing
    place = await limited(chain, _LATER)
    await status(chain, place, _GOES_ON)
    await chain.ada.command(place, "stop")
    await status(chain, place, "Claude Code does not go on by itself")
    assert states(chain) == ["stopped"]


@pytest.mark.slow
async def test_strangers_press_in_vain(continuing: Chain) -> None:
    chain = continuing
    place = await limited(chain, _LATER)
    await status(chain, place, _GOES_ON)
    pressed: tuple[tuple[str, Action], ...] = (("stay", "stop"), ("continue", "prompt"))
    for name, right in pressed:
        message, custom_id = newest_button(chain, place, name)
        await chain.mallory.click(dict(message), custom_id)
        await chain.told(place, not_allowed(right), chain.mallory)
    assert states(chain) == ["planned"]


@pytest.mark.slow
async def test_a_schedules_runs_that_meet_the_limit_do_not_pause_it(continuing: Chain) -> None:
    chain = continuing
    await chain.ada.command(
        chain.general, "schedule", {"when": "every 1h", "prompt": "limit 3600", "name": "Busy", "zone": "UTC"}
    )
    made = (await private(chain, "Press Start"))[-1]
    await chain.ada.click(made, button(made, "Start"))
    made = (await private(chain, "next run"))[-1]
    for n in range(1, 3):
        await chain.ada.click(made, button(made, "Run now"))
        async with asyncio.timeout(30):
            while rows(chain, "SELECT ended FROM schedule_run WHERE ended != ''") != [("limited",)] * n:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        await asyncio.sleep(1.1)  # "Run now" counts once a second
    assert rows(chain, "SELECT failures, paused FROM schedule") == [(0, "")]
    await chain.ada.command(chain.general, "schedules")
    await private(chain, "2 threads waiting")
