"""Every turn ends in exactly one visible state, and waits for people in a visible one: card and reaction say which."""

import os
import re
import signal

import pytest
from bench import shown as turns
from bench.processes import claudes_of

from acceptance.steps import press, start_asking, until_marked, waiting_request
from antiphon.agent.process.installation import bundled
from antiphon.standin.client_shapes import words_of

from chain import Chain


async def ended(chain: Chain, place: str, mark: str, limit: float = 30) -> str:
    """Wait for the end of a place's first turn; its status, which must be the only one and begin with the mark."""
    status = await chain.ended(place, limit=limit)
    assert chain.statuses(place) == [status]
    assert _plain(status.removeprefix("-# ")).startswith(_plain(mark)), status
    await until_marked(chain, place, mark)
    return status


def below(process: int) -> list[int]:
    """What a process has started, and what that has."""
    return [found for child in claudes_of(process) for found in (child, *below(child))]


def _plain(emoji: str) -> str:
    return emoji.replace("\ufe0f", "")


async def test_done(chain: Chain) -> None:
    place = await chain.ask("say: hello")
    assert "Done" in await ended(chain, place, "✅")
    assert chain.answer(place) == "hello"


async def test_failed_by_an_error_of_the_api(chain: Chain) -> None:
    place = await chain.ask("error 400")
    assert "API Error: 400" in await ended(chain, place, "❌")


@pytest.mark.slow
async def test_failed_by_a_cli_that_was_killed(chain: Chain) -> None:
    place = await chain.at_work("sleep 61")
    (cli,) = claudes_of(chain.bridge.pid)
    for process in (cli, *below(cli)):  # a CLI that is killed cannot end what it runs
        os.kill(process, signal.SIGKILL)
    assert "Failed" in await ended(chain, place, "❌")


@pytest.mark.slow
async def test_failed_by_a_cli_that_is_not_there_any_more(unstarted: Chain) -> None:
    command = unstarted.world.root / "claude"
    command.write_text(f'#!/bin/sh\nexec "{bundled()}" "$@"\n')
    command.chmod(0o755)
    chain = await unstarted.start_configured({"claude": {"command": str(command)}})
    away = command.rename(command.with_name("away"))
    place = await chain.ask("say: hello")
    assert "Failed" in await ended(chain, place, "❌")
    away.rename(command)
    await chain.ask("say: again", place)
    assert "Done" in await chain.ended(place, turns=2)
    assert chain.chunks(place)[-1] == "again"


@pytest.mark.slow
async def test_stopped_by_the_command(chain: Chain) -> None:
    place = await chain.at_work("sleep 62")
    assert (await chain.ada.command(place, "stop")).kind == "success"
    status = await ended(chain, place, "⏹️")
    assert "Stopped" in status
    assert "· 1 tool" in status
    assert "failed" not in status  # what was stopped did not fail


@pytest.mark.slow
async def test_stopped_by_the_button_of_the_card(chain: Chain) -> None:
    place = await chain.at_work("sleep 63")
    (card,) = [one for one in chain.ada.messages(place) if any("stop" in id_ for id_ in turns.custom_ids(one))]
    await press(chain, card, "stop")
    assert "Stopped" in await ended(chain, place, "⏹️")
    (card,) = [one for one in chain.ada.messages(place) if one["id"] == card["id"]]
    assert not any("stop" in id_ for id_ in turns.custom_ids(card))
    await chain.ask("say: again", place)
    assert "Done" in await chain.ended(place, turns=2)


@pytest.mark.slow
async def test_timed_out(unstarted: Chain) -> None:
    chain = await unstarted.start_configured({"limits": {"turn_silence": 4, "stop": 3}})
    place = await chain.ask("hang")
    assert "Timed out" in await ended(chain, place, "⌛")


@pytest.mark.slow
async def test_limit_reached(unstarted: Chain) -> None:
    chain = await unstarted.start_configured(max_turns=2)
    place = await chain.ask("tools 5")
    assert "Limit" in await ended(chain, place, "🚦")


async def test_waiting_for_you_then_allowed(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("write notes.txt: first line")
    request = await waiting_request(chain, place)
    await until_marked(chain, place, "✋")
    (card,) = [one for one in chain.ada.messages(place) if turns.statuses([one])]
    assert re.fullmatch(r"✋ \*\*Waiting for you\*\*, started <t:\d+:R>", words_of(card))  # and nothing else
    assert [one.split(":")[1] for one in turns.custom_ids(card)] == ["stop"]
    assert "Claude wants to write `notes.txt`" in words_of(dict(request)).replace("**", "")
    assert not (chain.project / "notes.txt").exists()
    await press(chain, request, "allow")
    assert "Done" in await ended(chain, place, "✅")
    assert (chain.project / "notes.txt").read_text() == "first line\n"
    assert not turns.open_buttons(chain.ada.message(dict(request)) or {"content": "", "components": []})


@pytest.mark.slow
async def test_waiting_for_you_then_denied(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    await press(chain, await waiting_request(chain, place), "deny")
    await ended(chain, place, "✅")
    assert "That was denied" in chain.answer(place)
    assert not (chain.project / "made.txt").exists()


@pytest.mark.slow
async def test_waiting_for_you_then_stopped(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    await waiting_request(chain, place)
    await chain.ada.command(place, "stop")
    await ended(chain, place, "⏹️")
    await chain.ada.until(lambda ada: not any(turns.open_buttons(one) for one in ada.messages(place)))
    assert not (chain.project / "made.txt").exists()


@pytest.mark.parametrize("style", ["compact", "legacy"])
@pytest.mark.slow
async def test_the_other_styles_end_as_visibly(unstarted: Chain, style: str) -> None:
    chain = await unstarted.start_configured(progress_style=style)
    for prompt, mark in (("tools 2", "✅"), ("error 400", "❌")):
        await ended(chain, await chain.ask(prompt), mark)
