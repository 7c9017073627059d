"""A session whose transcript is gone is never silently forgotten: the thread says so and offers to start again."""

from pathlib import Path

import pytest
from bench import shown as turns

from acceptance.steps import newest_button, open_request, press_newest, start_asking, until_marked
from antiphon.actions.reasons import Condition
from antiphon.chat.wording import refusal
from antiphon.standin.client_shapes import words_of

from chain import Chain

_RED = 0xDA373C


def transcripts(chain: Chain) -> list[Path]:
    """Every conversation that Claude Code has kept."""
    return list((chain.world.root / "home" / ".claude" / "projects").glob("*/*.jsonl"))


def forget(chain: Chain) -> None:
    """Delete them, as an operator or Claude Code's own cleaning does."""
    found = transcripts(chain)
    assert found
    for one in found:
        one.unlink()


async def lost(chain: Chain, prompt: str) -> str:
    """A thread with one turn, whose session is lost; and a prompt that nobody can answer."""
    place = await chain.ask("say: The password is swordfish.")
    await chain.ended(place)
    await chain.restart()  # a process at work would need no transcript
    forget(chain)
    await chain.ask(prompt, place)
    status = await chain.ended(place, turns=2)
    assert "Session lost" in status
    return place


@pytest.mark.slow
async def test_the_thread_says_so_and_starts_again_with_a_summary(chain: Chain) -> None:
    place = await lost(chain, "say: again")
    assert chain.prompts() == ["say: The password is swordfish."]  # nothing was asked without its context
    card, _ = newest_button(chain, place, "again")
    assert card["components"][0]["accent_color"] == _RED
    assert "no transcript" in words_of(dict(card))
    await press_newest(chain, place, "again")
    assert "Done" in await chain.ended(place, turns=3)
    told = chain.standin.model.requests[-1].prompt
    assert "> say: The password is swordfish." in told
    assert "You:\n> The password is swordfish." in told
    assert told.endswith("say: again")
    await chain.ada.until(lambda _: chain.chunks(place)[-1] == "again")
    await chain.shown(place, "Ada started a new session with a summary of this thread")
    await chain.ask("say: and on", place)
    assert "Done" in await chain.ended(place, turns=4)
    assert len(transcripts(chain)) == 1


@pytest.mark.slow
async def test_pressed_again_it_says_what_was_pressed_before(chain: Chain) -> None:
    place = await lost(chain, "say: again")
    old = newest_button(chain, place, "again")
    await press_newest(chain, place, "again")
    await chain.ended(place, turns=3)
    await chain.ada.click(dict(old[0]), old[1])
    await chain.told(place, refusal(Condition.NEWER_TURN))
    assert len(chain.ends(place)) == 3


@pytest.mark.slow
async def test_every_further_prompt_says_so_too_until_somebody_presses(chain: Chain) -> None:
    place = await lost(chain, "say: once")
    await chain.ask("say: twice", place)
    assert "Session lost" in await chain.ended(place, turns=3)
    await press_newest(chain, place, "again")
    assert "Done" in await chain.ended(place, turns=4)
    assert "> say: once" in chain.standin.model.requests[-1].prompt
    await chain.ada.until(lambda _: chain.chunks(place)[-1] == "twice")


@pytest.mark.slow
async def test_an_answer_for_a_turn_whose_session_is_lost_says_so(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await open_request(chain, place)
    await chain.restart()
    forget(chain)
    (allow,) = [one for one in turns.open_buttons(dict(request)) if one.startswith("a1:allow:")]
    assert (await chain.ada.click(dict(request), allow)).kind == "success"
    assert "Session lost" in await chain.ended(place)
    await until_marked(chain, place, "🕳️")
    await press_newest(chain, place, "again")
    again = await chain.ada.until(
        lambda ada: [one for one in ada.messages(place) if turns.open_buttons(one) and one["id"] != request["id"]], 30
    )
    assert "touch made.txt" in words_of(again[0])


@pytest.mark.slow
async def test_a_session_that_was_never_begun_has_nothing_to_lose(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({"claude": {"command": "/bin/false"}})
    await chain.bridge.start()
    place = await chain.ask("say: hello")
    assert "Failed" in await chain.ended(place)
    await chain.bridge.stop()
    chain.world.configure()
    await chain.bridge.start()
    await chain.ask("say: hello", place)
    assert "Done" in await chain.ended(place, turns=2)
    assert not [one for one in chain.ada.messages(place) if any("again" in id_ for id_ in turns.custom_ids(one))]
