"""Commands that somebody sends as a message do what the slash command does; other signs in a message are words."""

import json
import time

import pytest

from acceptance.steps import not_allowed
from antiphon.chat.wording import NOTHING_TO_QUEUE, PICK_COMMAND

from chain import Chain

pytestmark = pytest.mark.slow


async def replied(chain: Chain, place: str, text: str) -> None:
    await chain.ada.until(lambda ada: any(text in one["content"] for one in ada.messages(place)), 20)


async def test_stop_as_a_message_stops_within_a_second(chain: Chain) -> None:
    place = await chain.at_work("sleep 60")
    began = time.monotonic()
    await chain.ada.say(place, "/stop")
    assert "⏹️ Stopped" in await chain.ended(place)
    assert time.monotonic() - began < 1.0
    await replied(chain, place, "Stopping.")


async def test_commands_as_messages_do_what_they_say(chain: Chain) -> None:
    place = await chain.ask("remember antiphony")
    await chain.ended(place)
    for said, answer in (
        ("/status", "1 session, 1 turn, "),
        ("/help", "`/resume` Continue an earlier session"),
        ("/model opus", "Model: `opus`"),
        ("/mode yolo", "The mode can be one of: default"),
        ("/effort", "Effort: "),
        ("/resume", PICK_COMMAND.format(name="resume")),
        ("/queue", NOTHING_TO_QUEUE),
    ):
        await chain.ada.say(place, said)
        await replied(chain, place, answer)
    assert len(chain.ends(place)) == 1
    await chain.ada.say(place, "/clear")
    await chain.ended(place, 2)
    await chain.ask("recall", place)
    await chain.ended(place, 3)
    assert "antiphony" not in chain.chunks(place)[-1]


async def test_a_stranger_stops_nothing_and_gets_no_answer_and_an_approver_may(unstarted: Chain) -> None:
    approvers = {"projects.playground.approvers": {"people": [int(unstarted.ben.id)]}}
    chain = await unstarted.start_configured(approvers)
    place = await chain.at_work("sleep 60")
    await chain.mallory.say(place, "/stop")
    await chain.ben.say(place, "/clear")
    await replied(chain, place, not_allowed("configure"))
    assert not chain.ends(place)
    await chain.ben.say(place, "/stop")
    assert "⏹️ Stopped" in await chain.ended(place)
    answers = [one for one in chain.ada.messages(place) if one["type"] == 19]  # a reply
    assert len(answers) == 2


async def test_signs_in_a_message_are_words_and_a_skill_is_a_skill(chain: Chain) -> None:
    secret = chain.project.parent / "secret.txt"
    secret.write_text("nobody may see this")
    commands = chain.project / ".claude" / "commands"
    commands.mkdir(parents=True, exist_ok=True)
    (commands / "greet.md").write_text("say: greetings $ARGUMENTS\n")
    place = await chain.ask(f"please see @{secret}")
    await chain.ended(place)
    for turns, said in enumerate(("/config permissionMode=acceptEdits", f"!cat {secret}", "/greet ada"), 2):
        await chain.ask(said, place)
        await chain.ended(place, turns)
    requests = [json.dumps(list(one.messages)) for one in chain.standin.model.requests]
    assert not any("nobody may see this" in one for one in requests)
    assert any("/config permissionMode=acceptEdits" in one for one in requests)
    assert "greetings ada" in chain.chunks(place)[-1]
    assert not list((chain.world.root / "home").rglob("settings.json"))
