"""/antiphon off leaves a terminal's session out: nothing of it is shown, nothing reaches it, until /antiphon on."""

import asyncio

import pytest
from bench import shown
from bench.terminal import Home, Terminal, antiphon

from acceptance.steps import not_allowed
from antiphon.agent import wording
from antiphon.standin.client_shapes import words_of
from terminals import attached, both_sizes, done, in_terminal, needs_tmux, received, terminal, typed

from chain import Chain

pytestmark = [needs_tmux, pytest.mark.timeout(150)]
LEFT_OUT = "Left out"


def seen(chain: Chain) -> str:
    """All that stands in Discord, in every place."""
    places = [chain.general, *(one["id"] for one in chain.ada.threads(chain.general))]
    return "\n".join(words_of(one) for place in places for one in chain.ada.messages(place))


async def switch(claude: Terminal, typed: str, answer: str) -> None:
    """Type it, again where the bridge is too busy to answer in time, as it then asks for."""
    before = (await claude.screen()).count(answer)
    for _ in range(3):
        await claude.press("C-u")  # Claude Code puts back into its input what was no command
        await claude.type(typed)
        late = (await claude.screen()).count(wording.SWITCH_LATE)

        def answered(screen: str, late: int = late) -> bool:
            return screen.count(answer) > before or screen.count(wording.SWITCH_LATE) > late

        await claude.until(answered)
        if (await claude.screen()).count(answer) > before:
            await claude.press("C-u")  # the same of what was blocked
            return
    raise AssertionError(await claude.screen())


@pytest.mark.slow
@both_sizes
async def test_what_is_typed_leaves_a_session_out_and_shows_it_again(unstarted: Chain, size: tuple[int, int]) -> None:
    chain = unstarted
    async with in_terminal(chain, "say: ready", *size) as (claude, place):
        await done(chain, place)
        await switch(claude, "/antiphon off", wording.SWITCHED_OFF)
        line = await chain.shown(place, LEFT_OUT)
        assert not shown.custom_ids(line)
        await claude.type("bash: echo a secret")
        await claude.until(lambda screen: "result: a secret" in screen)
        waiting = await chain.ask("say: from Discord", place)
        await chain.shown(waiting, "this session is left out until")
        assert received(chain) == []
        await switch(claude, "/antiphon on", wording.SWITCHED_ON)
        await chain.shown(place, "Shown again")
        await done(chain, place, turns=2)  # what had waited
        assert received(chain) == ["say: from Discord"]
        await claude.type("say: seen again")
        await chain.ada.until(lambda _: "seen again" in chain.answer(place), 20)
    assert "secret" not in seen(chain)
    assert sum(LEFT_OUT in words_of(one) for one in chain.ada.messages(place)) == 1
    assert chain.prompts() == ["say: ready", "bash: echo a secret", "say: from Discord", "say: seen again"]


@pytest.mark.slow
async def test_it_is_remembered_by_a_bridge_that_comes_back_and_in_another_process(unstarted: Chain) -> None:
    chain = unstarted
    async with in_terminal(chain, "say: ready") as (claude, place):
        await done(chain, place)
        await switch(claude, "/antiphon off", wording.SWITCHED_OFF)
        await chain.shown(place, LEFT_OUT)
        await chain.restart()
        await claude.type("say: a secret")
        await claude.until(lambda screen: "● a secret" in screen)
        await claude.type("/exit")
        await claude.until(lambda screen: "mode on" not in screen)
    async with terminal(chain) as claude:
        await claude.run("--continue")
        await claude.type("say: another secret")
        await claude.until(lambda screen: "● another secret" in screen)
        await chain.ask("say: waits", place)
        await chain.shown(place, "this session is left out until")
        await chain.restart()
        await switch(claude, "/antiphon on", wording.SWITCHED_ON)
        await chain.ada.until(lambda _: "waits" in chain.answer(place), 20)
    assert "secret" not in seen(chain)
    assert received(chain) == ["say: waits"]
    assert sum(LEFT_OUT in words_of(one) for one in chain.ada.messages(place)) == 1


@pytest.mark.slow
async def test_a_session_that_is_left_out_at_once_gets_no_thread(unstarted: Chain) -> None:
    chain = await attached(unstarted)
    async with terminal(chain) as claude:
        await claude.run()
        await claude.type("/antiphon")
        await claude.until(lambda screen: wording.SWITCH_HOW in screen)
        await switch(claude, "/antiphon off", wording.SWITCHED_OFF)
        await claude.type("say: a secret")
        await claude.until(lambda screen: "● a secret" in screen)
        await chain.restart()
        await switch(claude, "/antiphon:antiphon on", wording.SWITCHED_ON)
        place = await typed(chain, claude, "say: hello")
        await done(chain, place)
        await switch(claude, "/antiphon off", wording.SWITCHED_OFF)
        await chain.shown(place, LEFT_OUT)
    assert "secret" not in seen(chain)
    assert chain.prompts() == ["say: a secret", "say: hello"]


@pytest.mark.slow
async def test_a_session_is_left_out_from_its_thread_in_the_middle_of_a_turn(unstarted: Chain) -> None:
    chain = unstarted
    await attached(chain, people=[int(chain.ada.id)])
    async with terminal(chain) as claude:
        await claude.run()
        place = await typed(chain, claude, "sleep 2\nbash: echo a secret")
        await chain.ada.until(lambda _: "slept 2" in "".join(chain.statuses(place)), 20)
        await chain.mallory.command(place, "antiphon", {"show": "off"})
        await chain.told(place, not_allowed("stop"), chain.mallory)
        await chain.ada.command(place, "antiphon", {"show": "off"})
        await chain.told(place, "This session is left out.")
        await chain.shown(place, LEFT_OUT)
        await claude.until(lambda screen: "result: a secret" in screen)
        for command in ("context", "fork", "rewind"):
            options = {"turn": "x"} if command == "rewind" else {}
            await chain.ada.command(place, command, options)
        await chain.told(place, "This session is left out of Discord.", times=2)
        await chain.ada.command(place, "antiphon", {"show": "off"})
        await chain.told(place, "already left out")
        await chain.ada.say(place, "/antiphon on")
        await chain.shown(place, "This session is shown from now on.")
        await claude.type("say: seen again")
        await chain.ada.until(lambda _: "seen again" in chain.answer(place), 20)
        await claude.until(lambda screen: "● seen again" in screen)
    assert "result: a secret" not in seen(chain)


@pytest.mark.slow
async def test_a_request_of_a_session_that_is_left_out_is_answered_at_the_terminal(unstarted: Chain) -> None:
    chain = unstarted
    async with in_terminal(chain, "write notes.txt: from the terminal", asks=True) as (claude, place):
        await chain.ada.until(lambda ada: [m for m in ada.messages(place) if shown.open_buttons(m)], 30)
        await claude.until(lambda screen: "Do you want" in screen)
        await chain.ada.command(place, "antiphon", {"show": "off"})
        await chain.ada.until(lambda ada: not [m for m in ada.messages(place) if shown.open_buttons(m)], 20)
        await claude.answer_dialog("Enter")
        async with asyncio.timeout(20):
            while not (chain.project / "notes.txt").exists():  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.05)
        await claude.type("write more.txt: unseen")
        await claude.until(lambda screen: "more.txt" in screen and "Do you want" in screen)
        await claude.answer_dialog("Enter")
        await claude.until(lambda screen: "Do you want" not in screen)
    assert "more.txt" not in seen(chain)


@pytest.mark.slow
async def test_without_the_plugin_the_words_alone_do_it(unstarted: Chain) -> None:
    chain = unstarted
    Home(chain.world).create()
    code, said = await antiphon(chain.world, "attach", "--yes", "--settings", "-c", str(chain.world.config))
    assert not code, said
    await chain.start_configured({})
    async with terminal(chain) as claude:
        await claude.run()
        await done(chain, place := await typed(chain, claude, "say: ready"))
        await claude.type("/antiphon off")
        await claude.until(lambda screen: "Unknown command" in screen)
        await switch(claude, "antiphon off", wording.SWITCHED_OFF)
        await chain.shown(place, LEFT_OUT)
        await switch(claude, "antiphon on", wording.SWITCHED_ON)
    assert chain.prompts() == ["say: ready"]
