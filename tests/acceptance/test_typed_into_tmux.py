"""What is said to an idle session is typed where it runs in tmux, if its user wants that: as a turn of the user's own,
once, and only where it is harmless and nobody else types."""

from typing import Any

import pytest
from bench.terminal import Terminal, prompts_in
from chaos.points import Point

from antiphon.agent.wording import undecided
from terminals import LIMIT, both_sizes, needs_tmux, received, session

from chain import Chain

pytestmark = [needs_tmux, pytest.mark.timeout(150)]
TYPES = {"attach": {"type_into_tmux": True}}
SIGNS = ("!touch bang", "/config verbose=true", "say: @README.md", "say: an end \\", "exit", "say: one\nsay: two")


def prompts(claude: Terminal) -> list[Any]:
    """What was typed, as the transcript has it."""
    lines = [one for one in claude.transcript.look() if one["type"] == "user" and not prompts_in(one)]
    return [said for one in lines if isinstance(said := one["message"]["content"], str)]


def ids(claude: Terminal) -> int:
    """How often the transcript names a prompt that was typed."""
    return sum("Written in Discord" in str(one.get("attachment")) for one in claude.transcript.look())


@pytest.mark.slow
@both_sizes
async def test_what_is_said_is_a_turn_of_the_users_own(unstarted: Chain, size: tuple[int, int]) -> None:
    long = "say: " + "a long line that is broken somewhere, " * 5 + "and ends"
    async with session(unstarted, *size, sections=TYPES) as one:
        for text in ("say: typed", "say: 100 % of `src/a.py`, #3 & <b> déjà vu 🙂!", long):
            await unstarted.ask(text, one.place)
            one.said.append(text.removeprefix("say: "))
            await unstarted.ada.until(lambda _: len(one.heard()) == len(one.said), LIMIT)
            await one.settled()
        assert prompts(one.claude) == ["say: ready", *(f"say: {said}" for said in one.said[1:])]
        assert ids(one.claude) == 3
        assert not received(unstarted)  # by a hook


@pytest.mark.slow
async def test_signs_are_not_typed(unstarted: Chain) -> None:
    async with session(unstarted, sections=TYPES) as one:
        for n, text in enumerate(SIGNS, 2):
            await unstarted.ask(text, one.place)
            await unstarted.ada.until(lambda _, n=n: len(unstarted.ends(one.place)) == n, LIMIT)
        assert len(received(unstarted)) == len(SIGNS)
        assert prompts(one.claude) == ["say: ready"]
        assert not (unstarted.project / "bang").exists()
        assert "mode on" in await one.claude.screen()


@pytest.mark.slow
async def test_nothing_is_typed_where_somebody_is_typing(unstarted: Chain) -> None:
    async with session(unstarted, sections=TYPES) as one:
        await one.claude.enter_text("half a")
        await one.ask("woken")
        await one.settled()
        await one.claude.until(lambda screen: "half a" in screen)
        assert prompts(one.claude) == ["say: ready"]


@pytest.mark.slow
async def test_a_kill_before_enter_repeats_nothing_and_tells_what_is_undecided(unstarted: Chain) -> None:
    async with session(unstarted, sections=TYPES) as one:
        async with one.killed_at(Point.TYPED):
            await one.ask("nobody knows")
        await one.chain.bridge.start()
        await one.chain.shown(one.place, undecided("say: nobody knows"), 90)
        one.forget("nobody knows")
        await one.claude.until(lambda screen: "say: nobody knows" in screen)
        assert prompts(one.claude) == ["say: ready"]


@pytest.mark.slow
async def test_a_kill_after_enter_shows_the_turn_once(unstarted: Chain) -> None:
    async with session(unstarted, sections=TYPES) as one:
        async with one.killed_at(Point.HOOK_RECEIVED, "UserPromptSubmit"):
            await unstarted.ask("say: entered", one.place)
            one.said.append("entered")
        await one.goes_on("entered")
        await one.chain.bridge.start()
        await one.settled()
        assert prompts(one.claude) == ["say: ready", "say: entered"]
