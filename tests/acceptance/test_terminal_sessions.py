"""A session that a person has opened in a terminal is seen in a thread of its own, and is reached from there."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from aiohttp import ClientSession
from bench import shown
from bench.terminal import Home, attach

from acceptance.steps import open_request, press, press_newest
from antiphon.standin.client_shapes import words_of
from terminals import (
    attached,
    both_sizes,
    done,
    endpoint,
    in_terminal,
    needs_tmux,
    received,
    refused_headers,
    terminal,
    typed,
)

from chain import Chain

pytestmark = [needs_tmux, pytest.mark.timeout(150)]  # a terminal, Claude Code and a bridge come up one after the other


def texts(chain: Chain, place: str) -> list[str]:
    return [words_of(one) for one in chain.ada.messages(place)]


async def until_received(chain: Chain, *prompts: str) -> None:
    """Wait until the transcripts have these prompts from Discord, in this order and none else."""
    async with asyncio.timeout(20):
        while (found := received(chain)) != [*prompts]:
            assert found == [*prompts][: len(found)]
            await asyncio.sleep(0.05)


@pytest.mark.slow
@both_sizes
async def test_what_happens_in_a_terminal_is_seen_in_a_thread(unstarted: Chain, size: tuple[int, int]) -> None:
    chain = unstarted
    async with in_terminal(chain, "bash: echo seen from afar", *size) as (claude, place):
        await done(chain, place)
        (opening,) = [one for one in texts(chain, chain.general) if "terminal" in one]
        assert str(chain.project) in opening
        assert "tmux" in opening
        await chain.ada.until(lambda _: "The first line of the result: seen from afar" in chain.answer(place))
        await claude.type("say: and once more")
        await done(chain, place, turns=2)
        await chain.ada.until(lambda _: "and once more" in chain.answer(place))
    said = [one for one in texts(chain, place) if "seen from afar" in one]
    assert len(said) == 2  # what was typed, and the answer
    await chain.shown(place, "Closed in its terminal")


@pytest.mark.slow
@both_sizes
async def test_a_message_wakes_an_idle_session(unstarted: Chain, size: tuple[int, int]) -> None:
    chain = unstarted
    async with in_terminal(chain, "say: ready", *size) as (claude, place):
        await done(chain, place)
        await chain.ask("say: woken", place)
        await done(chain, place, turns=2)
        await chain.ada.until(lambda _: "woken" in chain.answer(place))
        await claude.until(lambda screen: "woken" in screen)
        await until_received(chain, "say: woken")


@pytest.mark.slow
@both_sizes
async def test_a_message_comes_with_the_next_tool(unstarted: Chain, size: tuple[int, int]) -> None:
    chain = unstarted
    prompt = "bash: python3 -c 'import time; time.sleep(1.5)'; echo one\nbash: echo two"
    async with in_terminal(chain, prompt, *size) as (_, place):
        await chain.ask("say: in between", place)
        await done(chain, place)
        await chain.ada.until(lambda _: "in between" in chain.answer(place))
        assert len(chain.ends(place)) == 1
        await until_received(chain, "say: in between")


@both_sizes
async def test_a_request_is_answered_from_discord(unstarted: Chain, size: tuple[int, int]) -> None:
    chain = unstarted
    async with in_terminal(chain, "write notes.txt: from the terminal", *size, asks=True) as (claude, place):
        request = await open_request(chain, place)
        await claude.until(lambda screen: "Do you want" in screen)  # it is asked there as well
        assert "notes.txt" in words_of(dict(request))
        await press(chain, request, "allow")
        await done(chain, place)
        assert (chain.project / "notes.txt").read_text() == "from the terminal\n"
        await claude.until(lambda screen: "Do you want" not in screen)


@pytest.mark.slow
async def test_a_request_is_denied_with_words(unstarted: Chain) -> None:
    chain = unstarted
    async with in_terminal(chain, "write notes.txt: from the terminal", asks=True) as (claude, place):
        request = await open_request(chain, place)
        await press(chain, request, "deny")
        await chain.shown(place, "Denied")
        await claude.until(lambda screen: "Do you want" not in screen)
        assert not (chain.project / "notes.txt").exists()


@pytest.mark.slow
async def test_a_request_that_is_answered_at_the_terminal_retires_in_discord(unstarted: Chain) -> None:
    chain = unstarted
    async with in_terminal(chain, "write notes.txt: from the terminal", asks=True) as (claude, place):
        request = await open_request(chain, place)
        await claude.until(lambda screen: "Do you want" in screen)
        await claude.answer_dialog("Enter")
        await chain.ada.until(lambda ada: not shown.open_buttons(ada.message(dict(request)) or {}), 10)
        await done(chain, place)
        assert (chain.project / "notes.txt").exists()


@pytest.mark.slow
async def test_a_killed_bridge_misses_nothing_of_a_turn_and_says_nothing_twice(unstarted: Chain) -> None:
    chain = await attached(unstarted)
    async with terminal(chain) as claude:
        await claude.run()
        prompt = "bash: echo before\nbash: python3 -c 'import time; time.sleep(3)'; echo after\nsay: and over"
        place = await typed(chain, claude, prompt)
        await chain.ada.until(lambda _: "result: before" in chain.answer(place), 20)
        await chain.bridge.kill()
        await claude.until(lambda screen: "and over" in screen)
        await chain.bridge.start()
        await done(chain, place)
        await chain.ada.until(lambda _: "and over" in chain.answer(place))
        assert [one for one in chain.chunks(place) if "result" in one or "over" in one] == [
            "The first line of the result: before",
            "The first line of the result: after",
            "and over",
        ]
        assert len(chain.statuses(place)) == 1


@pytest.mark.slow
async def test_what_is_written_while_the_bridge_is_away_is_read_once_it_is_back(unstarted: Chain) -> None:
    chain = unstarted
    async with in_terminal(chain, "say: ready") as (claude, place):
        await done(chain, place)
        await chain.bridge.kill()
        await chain.ask("say: one", place)
        await claude.type("say: meanwhile")
        await claude.until(lambda screen: "● meanwhile" in screen)
        await chain.bridge.start()
        await done(chain, place, turns=3)
        assert received(chain) == ["say: one"]
        said = ["ready", "meanwhile", "one"]
        await chain.ada.until(lambda _: [one for one in chain.chunks(place) if one in said] == said)


@pytest.mark.slow
async def test_a_killed_claude_ends_its_turn_and_what_it_had_not_read_waits(unstarted: Chain) -> None:
    chain = unstarted
    async with in_terminal(chain, "sleep 30") as (claude, place):
        await chain.ada.until(lambda _: "slept 30" in "".join(chain.statuses(place)), 20)
        await chain.ask("say: later", place)
        await chain.shown(place, "Claude will read your message")
        await claude.kill()
        await chain.ada.until(lambda _: any("Failed" in one for one in chain.ends(place)), 20)
        await chain.shown(place, "say: later")
    assert received(chain) == []
    async with terminal(chain) as claude:
        await claude.run("--continue")
        await done(chain, place)
        await until_received(chain, "say: later")


@pytest.mark.slow
async def test_a_session_is_left_alone_that_is_switched_off_or_works_elsewhere(unstarted: Chain) -> None:
    chain = await attached(unstarted)
    elsewhere = chain.world.root / "elsewhere"
    elsewhere.mkdir()
    async with terminal(chain) as off, terminal(chain) as other:
        await off.run(ANTIPHON="off")
        await other.run(directory=elsewhere)
        for claude in (off, other):
            await claude.type("say: nobody hears")
            await claude.until(lambda screen: "● nobody hears" in screen)
    assert not chain.ada.messages(chain.general)


@pytest.mark.slow
async def test_a_worktree_belongs_to_its_project(unstarted: Chain) -> None:
    chain = await attached(unstarted)
    worktree = chain.world.root / "worktree"
    git = await asyncio.create_subprocess_exec("git", "worktree", "add", "-b", "side", worktree, cwd=chain.project)
    assert await git.wait() == 0
    async with terminal(chain) as claude:
        await claude.run(directory=worktree)
        await done(chain, await typed(chain, claude, "say: from the side"))
        await chain.shown(chain.general, "side")


@pytest.mark.slow
async def test_the_first_session_starts_the_bridge(unstarted: Chain) -> None:
    chain = unstarted
    Home(chain.world).create()
    chain.world.configure({"discord": {"token": chain.world.about["bot_token"], "api": chain.world.about["api"]}})
    chain.world.config.chmod(0o600)
    await attach(chain.world)
    state = chain.world.root / "state"
    async with terminal(chain) as claude:
        await claude.run(ANTIPHON_STATE_DIR=str(state), XDG_RUNTIME_DIR=str(chain.world.root / "run"))
        place = await typed(chain, claude, "say: nobody was there")
        await done(chain, place)
        os.kill(int((state / "terminals" / "bridge.pid").read_text()), signal.SIGTERM)
        await gone(state / "terminals" / "bridge.pid")


async def gone(path: Path) -> None:
    async with asyncio.timeout(30):
        while await asyncio.to_thread(path.exists):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.05)


async def test_a_request_is_no_ones_but_this_users(unstarted: Chain) -> None:
    url, secret = endpoint(await attached(unstarted))
    async with ClientSession() as http:
        for headers in refused_headers(secret):
            async with http.post(f"{url}/hook/Stop", json={}, headers=headers) as response:
                assert response.status == 403
        async with http.post(f"{url}/hook/Stop", json={"session_id": "x", "cwd": "/"}, headers=secret) as response:
            assert (response.status, await response.json()) == (200, {})
        async with http.post(f"{url}/hook/Stop", data=b"no json", headers=secret) as response:
            assert response.status == 400
    assert (unstarted.world.root / "state" / "attach.json").stat().st_mode & 0o077 == 0


@pytest.mark.slow
@both_sizes
async def test_what_waits_for_a_closed_terminal_is_continued_here(unstarted: Chain, size: tuple[int, int]) -> None:
    chain = unstarted
    async with in_terminal(chain, "remember apple", *size) as (claude, place):
        await done(chain, place)
        await claude.type("/exit")
        await chain.shown(place, "Closed in its terminal")
    await chain.ask("recall", place)
    await chain.shown(place, "until the session is open in a terminal again")
    await press_newest(chain, place, "here")
    await done(chain, place, turns=2)
    await chain.ada.until(lambda _: "apple" in chain.chunks(place)[-1])


@pytest.mark.slow
async def test_a_stop_ends_the_turn_after_its_step(unstarted: Chain) -> None:
    chain = unstarted
    async with in_terminal(chain, "sleep 2\nbash: echo never\nsay: never") as (claude, place):
        await chain.ada.until(lambda _: "slept 2" in "".join(chain.statuses(place)), 20)
        await chain.ada.command(place, "stop")
        await chain.ada.until(lambda _: any("Stopped" in one for one in chain.ends(place)), 20)
        assert "never" not in chain.answer(place)
        await claude.type("say: still here")
        await done(chain, place)


@pytest.mark.slow
@both_sizes
async def test_questions_and_plans_are_answered_from_discord(unstarted: Chain, size: tuple[int, int]) -> None:
    chain = unstarted
    async with in_terminal(chain, "ask", *size, asks=True) as (claude, place):
        request = await open_request(chain, place)
        await press(chain, request, "pick")
        await done(chain, place)
        await claude.type("plan")
        plan = await chain.ada.until(
            lambda ada: [one for one in ada.messages(place) if any("a1:go:" in id_ for id_ in shown.custom_ids(one))],
            30,
        )
        await press(chain, plan[0], "go")
        await done(chain, place, turns=2)
        await claude.until(lambda screen: "Would you like to proceed" not in screen)


@pytest.mark.slow
async def test_a_bridge_that_hangs_holds_no_terminal_up_and_misses_nothing(unstarted: Chain) -> None:
    chain = unstarted
    async with in_terminal(chain, "say: ready") as (claude, place):
        await done(chain, place)
        chain.bridge.signal(signal.SIGSTOP)
        await claude.type("bash: echo in spite of it")
        await claude.until(lambda screen: "result: in spite of it" in screen, 15)
        chain.bridge.signal(signal.SIGCONT)
        await done(chain, place, turns=2)
        await chain.ada.until(lambda _: "result: in spite of it" in chain.answer(place))


@pytest.mark.slow
async def test_a_turn_that_the_api_refuses_fails_and_a_message_wakes_the_session(unstarted: Chain) -> None:
    chain = unstarted
    async with in_terminal(chain, "error 400: not today") as (_, place):
        await chain.ada.until(lambda _: any("Failed" in one for one in chain.ends(place)), 20)
        await chain.shown(place, "not today")
        await chain.ask("say: and now", place)
        await done(chain, place)
        await until_received(chain, "say: and now")


@pytest.mark.slow
async def test_a_stop_ends_a_turn_that_waits_for_a_person(unstarted: Chain) -> None:
    chain = unstarted
    async with in_terminal(chain, "write notes.txt: from the terminal", asks=True) as (claude, place):
        request = await open_request(chain, place)
        await chain.ada.command(place, "stop")
        await chain.shown(place, "Stopped")
        await chain.ada.until(lambda ada: not shown.open_buttons(ada.message(dict(request)) or {}), 10)
        await claude.until(lambda screen: "Do you want" not in screen)
        assert not (chain.project / "notes.txt").exists()
        await chain.ask("say: and on", place)
        await done(chain, place)


@pytest.mark.slow
async def test_a_turn_that_is_stopped_while_the_api_is_waited_for_ends(unstarted: Chain) -> None:
    chain = unstarted
    async with in_terminal(chain, "hang") as (claude, place):
        await chain.ada.until(lambda _: chain.statuses(place), 20)
        await claude.press("Escape")
        await chain.ada.until(lambda _: any("Stopped" in one for one in chain.ends(place)), 20)
        await chain.ask("say: and now", place)
        await done(chain, place)
        await until_received(chain, "say: and now")
