"""Prompts that are run by the clock, through the whole chain: made in Discord and by Claude, run once whatever is
killed, late as their policy says."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from bench import shown
from chaos.points import BY_THE_CLOCK, Point

from antiphon.demo.process import BridgeProcess
from antiphon.standin.client_shapes import words_of

from chain import Chain, Json

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(120)


async def preview(chain: Chain, when: str, prompt: str, place: str | None = None, **options: Any) -> Json:
    """Ada schedules that; what she is shown."""
    told = {"when": when, "prompt": prompt, **options}
    outcome = await chain.ada.command(place or chain.general, "schedule", told)
    assert outcome.kind == "success", outcome
    return await private(chain, place or chain.general, "Press Start")


async def private(chain: Chain, place: str, text: str) -> Json:
    """The newest message for Ada alone that says that."""
    found = await chain.ada.until(
        lambda ada: [one for one in ada.messages(place) if one["flags"] & 64 and text in words_of(one)], 20
    )
    return found[-1]


async def press(chain: Chain, message: Json, what: str) -> None:
    id_ = next(one for one in shown.custom_ids(message) if one.startswith(f"a1:schedule:{what}:"))
    assert (await chain.ada.click(message, id_)).kind == "success"


async def choose(chain: Chain, listed: Json) -> None:
    """Choose the only schedule of a list."""
    menu = next(one for one in shown.custom_ids(listed) if one.startswith("a1:schedule:pick"))
    with closing(chain.database()) as database:
        ((id_,),) = database.execute("SELECT id FROM schedule").fetchall()
    await chain.ada.select(listed, menu, [id_])


async def scheduled(chain: Chain, when: str, prompt: str, place: str | None = None, **options: Any) -> None:
    await press(chain, await preview(chain, when, prompt, place, **options), "resume")


async def thread(chain: Chain, name: str) -> str:
    """Wait for a run's thread; its id."""
    found = await chain.ada.until(lambda ada: [id_ for id_, one in ada.channels.items() if one.get("name") == name], 30)
    return found[0]


async def done(chain: Chain, place: str, turns: int = 1) -> None:
    """Wait until so many turns have ended well in a place."""
    await chain.ada.until(lambda _: sum("Done" in one for one in chain.ends(place)) >= turns, 30)


def threads(chain: Chain, name: str) -> list[str]:
    return [id_ for id_, one in chain.ada.channels.items() if one.get("name") == name]


def runs(chain: Chain) -> list[tuple[str, str]]:
    """The state of each run, and how it has ended, oldest first."""
    with closing(chain.database()) as database:
        return database.execute("SELECT state, ended FROM schedule_run ORDER BY due").fetchall()


async def until_over(chain: Chain, many: int = 1) -> None:
    async with asyncio.timeout(30):
        while sum(state == "over" for state, _ in runs(chain)) < many:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)


def set_due(chain: Chain, ago: float, every: float) -> None:
    """As if it had been due first so many seconds before now, and every so many since, with nobody there."""
    with closing(chain.database()) as database, database:
        ((id_, body),) = database.execute("SELECT id, body FROM schedule").fetchall()
        told = json.loads(body)
        told["when"] = {"seconds": every, "start": time.time() - ago - every}
        row = (time.time() - ago, json.dumps(told), id_)
        database.execute("UPDATE schedule SET next = ?, body = ? WHERE id = ?", row)


@asynccontextmanager
async def doomed(chain: Chain, point: Point) -> AsyncGenerator[None]:
    """A bridge that has died at the point by the end of this; then the chain's own is there again."""
    await chain.bridge.stop()
    env = {**chain.world.environment(), "PYTHONPATH": str(ROOT)}
    bridge = BridgeProcess(chain.world.config, env, ("-m", "chaos.doomed", point.name))
    await bridge.spawn()  # not until it is connected: what is due may come before that is said
    try:
        yield
        assert await bridge.ended() == -9, bridge.lines
    finally:
        await bridge.kill()
    await chain.bridge.start()


async def test_a_schedule_is_previewed_started_and_runs_in_a_thread_of_its_own(chain: Chain) -> None:
    shown_to_ada = await preview(chain, "in 2s", "say: from the clock", name="Look again")
    text = words_of(shown_to_ada)
    assert "Look again" in text
    assert "say: from the clock" in text
    assert not threads(chain, "Look again")
    await press(chain, shown_to_ada, "resume")
    place = await thread(chain, "Look again")
    await done(chain, place)
    assert "from the clock" in chain.answer(place)
    (prompt,) = [words_of(one) for one in chain.ada.messages(place) if "Scheduled: Look again" in words_of(one)]
    assert "say: from the clock" in prompt
    assert "[The scheduled prompt “Look again”]" in chain.last_request()
    await until_over(chain)
    await chain.ada.command(chain.general, "schedules")
    listed = await private(chain, chain.general, "Look again · over")
    await choose(chain, listed)
    one = await private(chain, chain.general, "Last runs")
    assert "✅ done" in words_of(one)
    assert f"<#{place}>" in one["content"]


@pytest.mark.slow
async def test_the_form_asks_for_what_is_not_given_and_refuses_what_is_no_time(chain: Chain) -> None:
    form = await chain.ada.command(chain.general, "schedule", {"prompt": "say: later"})
    assert form.kind == "modal"
    filled = {"when": "whenever", "prompt": "say: later", "name": "", "zone": "Europe/Berlin"}
    await chain.ada.submit_modal(form, filled)
    await private(chain, chain.general, "five fields of cron")
    form = await chain.ada.command(chain.general, "schedule", {"prompt": "say: later"})
    await chain.ada.submit_modal(form, {**filled, "when": "0 9 * * 1-5"})
    shown_to_ada = await private(chain, chain.general, "Press Start")
    assert words_of(shown_to_ada).count("<t:") == 10
    assert "Monday through Friday (Europe/Berlin)" in words_of(shown_to_ada)
    await press(chain, shown_to_ada, "resume")
    message = await private(chain, chain.general, "next run")
    id_ = next(one for one in shown.custom_ids(message) if one.startswith("a1:schedule:edit:"))
    form = await chain.ada.click(message, id_)
    await chain.ada.submit_modal(form, {"when": "", "prompt": "say: changed", "name": "Changed", "zone": ""})
    await chain.ada.until(lambda ada: "Changed" in words_of(ada.message(message) or {}))
    await press(chain, chain.ada.message(message) or {}, "remove")
    await chain.ada.until(lambda ada: "Removed: Changed" in words_of(ada.message(message) or {}))
    await chain.ada.command(chain.general, "schedules")
    await private(chain, chain.general, "Nothing is scheduled here")
    offered = await chain.ada.autocomplete(chain.general, "schedule", "when", "daily 9:00")
    assert "At 09:00" in offered[0]["name"]


@pytest.mark.slow
@pytest.mark.parametrize("point", BY_THE_CLOCK)
async def test_a_kill_at_a_run_leaves_it_run_once(chain: Chain, point: Point) -> None:
    made = await preview(chain, "every 1h", "say: once", name="Once")
    await press(chain, made, "resume")
    await chain.bridge.stop()
    set_due(chain, 0, 3600)
    async with doomed(chain, point):
        pass
    place = await thread(chain, "Once")
    await done(chain, place)
    await until_over(chain)
    assert runs(chain) == [("over", "done")]
    assert len(threads(chain, "Once")) == 1
    assert len([one for one in chain.prompts() if "say: once" in one]) == 1


@pytest.mark.slow
async def test_a_bridge_that_is_away_when_it_is_due_runs_it_late_once(chain: Chain) -> None:
    made = await preview(chain, "every 1h", "say: late", name="Late", missed="once")
    await press(chain, made, "resume")
    await chain.bridge.kill()
    set_due(chain, 3 * 3600 + 600, 3600)
    await chain.bridge.start()
    place = await thread(chain, "Late")
    await done(chain, place)
    await chain.shown(place, "This run was due")
    await until_over(chain)
    assert runs(chain) == [("missed", ""), ("over", "done")]


@pytest.mark.slow
@pytest.mark.parametrize(("missed", "many"), [("skip", 0), ("each", 3)])
async def test_missed_runs_are_made_up_for_as_is_wanted(chain: Chain, missed: str, many: int) -> None:
    made = await preview(chain, "every 1h", "say: late", name="Late", missed=missed, show="always the same thread")
    await press(chain, made, "resume")
    await chain.bridge.kill()
    set_due(chain, 2 * 3600 + 600, 3600)
    await chain.bridge.start()
    if many:
        await until_over(chain, many)
        await done(chain, await thread(chain, "Late"), many)
        assert runs(chain) == [("over", "done")] * many
    else:
        async with asyncio.timeout(20):
            while runs(chain) != [("missed", "")]:  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.05)
    assert len(threads(chain, "Late")) == bool(many)


@pytest.mark.slow
@pytest.mark.parametrize(("overlap", "states"), [("skip", ["over", "skipped"]), ("queue", ["over", "over"])])
async def test_a_run_that_is_due_while_the_last_one_works_is_skipped_or_waits(
    chain: Chain, overlap: str, states: list[str]
) -> None:
    await scheduled(chain, "every 1h", "sleep 4\nsay: done", name="Busy", overlap=overlap)
    message = await private(chain, chain.general, "next run")
    await press(chain, message, "run")
    place = await thread(chain, "Busy")
    await chain.ada.until(lambda _: chain.statuses(place), 20)
    set_due(chain, 0, 3600)
    await preview(chain, "in 1h", "say: other")  # the clock is woken
    await done(chain, place)
    assert len(threads(chain, "Busy")) == 1
    async with asyncio.timeout(30):
        while [state for state, _ in runs(chain)] != states:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_one_that_fails_five_times_in_a_row_pauses_itself_and_says_so(chain: Chain) -> None:
    made = await preview(chain, "every 1h", "error 400: not today", name="Broken", show="always the same thread")
    await press(chain, made, "resume")
    message = await private(chain, chain.general, "next run")
    for n in range(1, 6):
        await press(chain, message, "run")
        await until_over(chain, n)
        await asyncio.sleep(1.1)  # "Run now" counts once a second
    place = await thread(chain, "Broken")
    await chain.shown(place, "is paused: it failed 5 times in a row")
    await chain.ada.command(chain.general, "schedules")
    listed = await private(chain, chain.general, "it failed too often")
    await choose(chain, listed)
    found = await private(chain, chain.general, "Next runs, once it is started")
    await press(chain, found, "resume")
    await chain.ada.until(lambda ada: "next run" in words_of(ada.message(found) or {}))


@pytest.mark.slow
async def test_it_replies_in_the_thread_where_it_was_made_after_the_turn_at_work(chain: Chain) -> None:
    place = await chain.ask("remember apple")
    await done(chain, place)
    await scheduled(chain, "in 2s", "recall", place, name="Here", show="here")
    await done(chain, place, 2)
    assert "apple" in chain.chunks(place)[-1]
    assert not threads(chain, "Here")


@pytest.mark.slow
async def test_who_may_not_prompt_may_not_schedule_and_others_are_not_changed(chain: Chain) -> None:
    await scheduled(chain, "every 1h", "say: mine", name="Ada's")
    ben = chain.ben
    await ben.command(chain.general, "schedule", {"when": "in 1h", "prompt": "say: x"})
    await ben.until(lambda one: any("You may not use this project" in words_of(m) for m in one.messages(chain.general)))


@pytest.mark.slow
async def test_claude_schedules_its_own_session_and_nothing_else(chain: Chain) -> None:
    place = await chain.ask(
        'call mcp__antiphon__schedule_create {"when": "in 2s", "prompt": "say: again", "name": "Look"}'
    )
    await done(chain, place, 2)
    assert "again" in chain.chunks(place)[-1]
    await chain.shown(place, "Claude scheduled this for itself (in 2s): Look")
    await chain.ask("call mcp__antiphon__schedule_list {}", place)
    await chain.ada.until(lambda _: "“Look”: over" in chain.answer(place))


@pytest.mark.slow
async def test_what_is_configured_runs_and_is_changed_in_the_configuration_alone(unstarted: Chain) -> None:
    told = {"schedules.nightly": {"project": "playground", "when": "every 1h", "prompt": "say: configured"}}
    chain = await unstarted.start_configured(told)
    await chain.ada.command(chain.general, "schedules")
    listed = await private(chain, chain.general, "nightly")
    await choose(chain, listed)
    found = await private(chain, chain.general, "set in the configuration")
    assert not [one for one in shown.custom_ids(found) if ":remove:" in one or ":edit:" in one]
    await press(chain, found, "run")
    await done(chain, await thread(chain, "nightly"))
    with closing(chain.database()) as database:
        before = database.execute("SELECT next FROM schedule").fetchall()
    await chain.restart()
    with closing(chain.database()) as database:
        assert database.execute("SELECT next FROM schedule").fetchall() == before


@pytest.mark.slow
async def test_many_that_are_due_at_one_moment_keep_to_the_limit_and_are_seen_to_wait(unstarted: Chain) -> None:
    """`make bench-schedules` does it with a hundred."""
    names = [f"run-{n}" for n in range(5)]
    one = {"project": "playground", "when": "every 1h", "prompt": "sleep 3\nsay: done"}
    told: dict[str, dict[str, Any]] = {f"schedules.{name}": one for name in names}
    chain = await unstarted.start_configured({**told, "limits": {"sessions_at_work": 1, "processes": 1}})
    await chain.bridge.stop()
    with closing(chain.database()) as database, database:
        database.execute("UPDATE schedule SET next = ?", (time.time(),))
    await chain.bridge.start()
    waited, most, over = False, 0, 0
    async with asyncio.timeout(100):
        while over < len(names):
            with closing(chain.database()) as database:
                states = dict(database.execute("SELECT state, count(*) FROM inbox GROUP BY state").fetchall())
            most, over = max(most, states.get("running", 0)), states.get("done", 0)
            places = [place for name in names for place in threads(chain, name)]
            waited = waited or any("in line" in words_of(one) for place in places for one in chain.ada.messages(place))
            await asyncio.sleep(0.1)
    assert most == 1
    assert waited
    assert len(chain.prompts()) == len(names)


@pytest.mark.slow
async def test_a_run_keeps_to_the_tools_the_budget_and_the_time_that_are_configured(unstarted: Chain) -> None:
    hourly = {"project": "playground", "when": "every 1h"}
    told = {
        "schedules.tool": {**hourly, "prompt": "bash: echo allowed", "allowed_tools": ["Bash(echo *)"]},
        "schedules.dear": {**hourly, "prompt": "tools 40", "budget": 0.01},
        "schedules.slow": {**hourly, "prompt": "sleep 30", "turn": 2},
    }
    chain = await unstarted.start_configured(
        told, permission_mode="default", allowed_tools=["Bash(sleep *)", "Bash(python3 *)"]
    )
    await chain.bridge.stop()
    with closing(chain.database()) as database, database:
        database.execute("UPDATE schedule SET next = ?", (time.time(),))
    await chain.bridge.start()
    await done(chain, await thread(chain, "tool"))
    dear = await thread(chain, "dear")
    await chain.ada.until(lambda _: any("Limit reached" in one for one in chain.ends(dear)), 30)
    slow = await thread(chain, "slow")
    await chain.ada.until(lambda _: any("Timed out" in one for one in chain.ends(slow)), 30)


@pytest.mark.slow
async def test_a_command_before_a_run_joins_its_prompt_or_skips_it(unstarted: Chain) -> None:
    hourly = {"project": "playground", "when": "every 1h"}
    script = "printf %s 'three are ``` red'; echo \"[$DISCORD_BOT_TOKEN]\"; exit "
    told = {
        "schedules.some": {**hourly, "prompt": "say: mend them", "check": ["sh", "-c", f"{script}0"]},
        "schedules.none": {**hourly, "prompt": "say: nothing", "check": ["sh", "-c", f"{script}1"]},
        "schedules.odd": {**hourly, "prompt": "say: odd", "check": ["sh", "-c", f"{script}3"]},
        "schedules.gone": {**hourly, "prompt": "say: gone", "check": ["no-such-command"]},
    }
    chain = await unstarted.start_configured(told)
    await chain.bridge.stop()
    with closing(chain.database()) as database, database:
        database.execute("UPDATE schedule SET next = ?", (time.time(),))
    await chain.bridge.start()
    for name in ("some", "odd", "gone"):
        await done(chain, await thread(chain, name))
    assert not threads(chain, "none")
    prompts = {word: one for word in ("mend", "odd", "gone") for one in chain.prompts() if f"say: {word}" in one}
    assert "````\nthree are ``` red[]" in prompts["mend"]
    assert "It ended with 3." in prompts["odd"]
    assert "could not be run to its end" in prompts["gone"]
    with closing(chain.database()) as database:
        rows = dict(database.execute("SELECT schedule, state FROM schedule_run").fetchall())
    assert rows["config.none"] == "skipped"


async def test_tools_budget_and_time_are_chosen_with_the_command(chain: Chain) -> None:
    chosen = {"tools": "Bash(echo a, b), Read", "budget": 0.5, "minutes": 3}
    await scheduled(chain, "every 1h", "say: hi", **chosen)
    with closing(chain.database()) as database:
        ((body,),) = database.execute("SELECT body FROM schedule").fetchall()
    kept = json.loads(body)
    assert (kept["choices"]["rules"], kept["choices"]["budget"]) == (["Bash(echo a, b)", "Read"], 0.5)
    assert kept["turn_limit"] == 180.0
