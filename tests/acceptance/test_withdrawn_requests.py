"""A request that nobody needs any more is retired where people see it, whoever took it back: "Now", or the end of
Claude Code itself."""

import json
import os
import signal

import pytest
from bench import shown as turns
from bench.processes import claudes_of

from acceptance.steps import button_id, message_with_buttons, one_more_turn, open_request, start_asking
from acceptance.test_now import button_labelled
from antiphon.chat.render.wording import READ_NOW
from antiphon.standin.client_shapes import words_of

from chain import Chain

pytestmark = pytest.mark.slow


async def test_now_withdraws_the_request_and_claude_goes_on_with_the_words(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await open_request(chain, place)
    await chain.ada.command(place, "queue", {"words": "say: instead"})
    await chain.ada.click(*await button_labelled(chain, place, READ_NOW))
    assert "Done" in await chain.ended(place, turns=2)
    await chain.ada.until(lambda _: chain.chunks(place)[-1:] == ["instead"])  # no message of a person, so no mark
    await chain.ada.until(lambda ada: "Not needed any more" in words_of(ada.message(dict(request)) or {}))
    assert not turns.custom_ids(chain.ada.message(dict(request)) or {})
    assert not (chain.project / "made.txt").exists()


async def test_a_claude_code_that_dies_while_it_asks_takes_its_request_along(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await open_request(chain, place)
    (claude,) = claudes_of(chain.bridge.pid)
    os.kill(claude, signal.SIGKILL)
    assert "Failed" in await chain.ended(place)
    await chain.ada.until(lambda ada: "Not needed any more" in words_of(ada.message(dict(request)) or {}))
    old = await message_with_buttons(chain, place, button_id(request, "allow"))
    await chain.ada.click(old, button_id(request, "allow"))
    await chain.told(place, "This answer is not needed any more")
    assert "Done" in await one_more_turn(chain, place, 2)
    assert not (chain.project / "made.txt").exists()


async def test_who_answers_at_the_machine_itself_takes_the_request_back_and_the_turn_goes_on(unstarted: Chain) -> None:
    decided = {"hookSpecificOutput": {"hookEventName": "PermissionRequest", "decision": {"behavior": "allow"}}}
    gate = (
        unstarted.world.root / "decided"
    )  # the hook stands for a person at the terminal, who decides when this is there
    command = f"while [ ! -e {gate} ]; do sleep 0.1; done; echo '{json.dumps(decided)}'"
    hook = {"matcher": "Bash", "hooks": [{"type": "command", "command": command, "timeout": 60}]}
    settings = unstarted.project / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"hooks": {"PermissionRequest": [hook]}}))
    chain = await start_asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await open_request(chain, place)
    gate.touch()
    assert "Done" in await chain.ended(place)
    assert (chain.project / "made.txt").exists()
    await chain.ada.until(lambda ada: "Not needed any more" in words_of(ada.message(dict(request)) or {}))
    old = await message_with_buttons(chain, place, button_id(request, "deny"))
    await chain.ada.click(old, button_id(request, "deny"))
    await chain.told(place, "This answer is not needed any more")
