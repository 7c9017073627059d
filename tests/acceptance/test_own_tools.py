"""What Claude itself does in Discord: the same tools in hosted sessions and in terminals."""

import asyncio
import json
import re
from contextlib import suppress
from typing import Any

import pytest
from bench import shown

from acceptance.steps import button_id, open_request
from antiphon.standin.client_shapes import words_of
from antiphon.standin.person import Refused
from antiphon.tools.definitions import PREFIXES
from terminals import attached, both_sizes, done, in_terminal, needs_tmux, terminal, typed

from chain import Chain, Json

HOSTED, IN_TERMINAL = PREFIXES


def call(name: str, prefix: str = HOSTED, /, **given: Any) -> str:
    return f"call {prefix}{name} {json.dumps(given)}"


def messages(chain: Chain, place: str, text: str) -> list[Json]:
    """The bot's own messages of exactly this text."""
    return [one for one in chain.ada.messages(place) if one["author"].get("bot") and one["content"] == text]


def told(chain: Chain, place: str) -> str:
    """What Claude says of the results: of each the first line."""
    return chain.answer(place)


async def heard(chain: Chain, text: str) -> None:
    """Wait until Claude has got that as a result."""
    await chain.ada.until(lambda _: any(text in str(one.messages) for one in chain.model_requests()[-1:]))


def reactions(chain: Chain, message: Json) -> list[str]:
    """The emojis below a message by now."""
    return [one["emoji"]["name"] for one in (chain.ada.message(message) or {}).get("reactions", [])]


def open_ones(chain: Chain, place: str) -> list[Json]:
    """The messages with buttons that somebody can press to answer."""
    return [one for one in chain.ada.messages(place) if shown.open_buttons(one)]


async def sent_id(chain: Chain, place: str) -> str:
    found = await chain.ada.until(lambda _: re.findall(r"Its id is (\d+)\.", told(chain, place)))
    return str(found[-1])


@pytest.mark.slow
async def test_a_message_is_sent_edited_read_and_marked(chain: Chain) -> None:
    place = await chain.ask(call("discord_send", text="**Half** of it @everyone"))
    await chain.ended(place)
    (message,) = messages(chain, place, "**Half** of it @everyone")
    assert (await sent_id(chain, place), message["mention_everyone"]) == (message["id"], False)
    await chain.ask(call("discord_edit", message=message["id"], text="All of it"), place)
    await chain.ada.until(lambda _: messages(chain, place, "All of it"))
    assert not messages(chain, place, "**Half** of it @everyone")
    await chain.ask(call("discord_react", message=message["id"], emoji="🎉"), place)
    await chain.ada.until(lambda _: reactions(chain, message) == ["🎉"])
    await chain.ask(call("discord_read", limit=50), place)
    await heard(chain, "antiphon (this bridge): All of it")
    assert "Ada: call mcp__antiphon__discord_edit" in chain.last_request()


@pytest.mark.slow
async def test_only_what_claude_has_sent_is_edited_and_no_mark_of_ours_is_made(chain: Chain) -> None:
    place = await chain.ask("say: first")
    await chain.ended(place)
    (own,) = [one for one in chain.ada.messages(place) if one["author"].get("bot") and "first" in one["content"]]
    await chain.ask(call("discord_edit", message=own["id"], text="something else"), place)
    await chain.ada.until(lambda _: "Only messages that this session has sent itself" in told(chain, place))
    await chain.ask(call("discord_react", message=own["id"], emoji="✅"), place)
    await chain.ada.until(lambda _: "Choose another one" in told(chain, place))
    assert words_of(chain.ada.message(own) or {}) == words_of(own)
    assert not reactions(chain, own)


@pytest.mark.slow
async def test_a_channel_of_the_project_is_reached_and_no_other_one(unstarted: Chain) -> None:
    chain = await unstarted.start_configured({}, channels=[int(unstarted.general)])
    place = await chain.ask(call("discord_send", text="For all", channel="#general"))
    await chain.ended(place)
    assert messages(chain, chain.general, "For all")
    (chain.project / "a.txt").write_text("a file")
    await chain.ask(call("discord_send", text="With this", channel=chain.general, files=["a.txt", "../b.txt"]), place)
    (message,) = await chain.ada.until(lambda _: messages(chain, chain.general, "With this"))
    assert [one["filename"] for one in message["attachments"]] == ["a.txt"]
    await heard(chain, "Not sent: ../b.txt")
    other = next(name for name, id_ in chain.world.about["channels"].items() if id_ != chain.general)
    await chain.ask(call("discord_send", text="Hidden", channel=other), place)
    await chain.ada.until(lambda _: "Its channels: #general." in told(chain, place))
    assert not messages(chain, chain.world.about["channels"][other], "Hidden")


@pytest.mark.slow
async def test_only_those_are_called_that_the_project_allows(unstarted: Chain) -> None:
    ada = unstarted.ada.id
    chain = await unstarted.start_configured({"projects.playground.mentionable": {"people": [int(ada)]}})
    place = await chain.ask(call("discord_status"))
    await heard(chain, f"You may call: <@{ada}>")
    said = call("discord_send", text=f"<@{ada}> and @everyone and <@1>")
    await chain.ask(said.replace("<", r"\u003c"), place)  # to the bridge it is no mention
    await chain.ended(place, 2)
    (message,) = messages(chain, place, f"<@{ada}> and @everyone and <@1>")
    assert ([one["id"] for one in message["mentions"]], message["mention_everyone"]) == ([ada], False)


@pytest.mark.slow
async def test_a_question_is_answered(chain: Chain) -> None:
    options = [{"label": "Blue"}, {"label": "Green", "description": "as grass"}]
    place = await chain.ask(call("discord_ask", question="Which colour?", options=options))
    request = await open_request(chain, place)
    assert "Which colour?" in words_of(dict(request))
    await chain.ada.click(dict(request), button_id(request, "pick"))
    await chain.ended(place)
    assert "They answered: Blue" in told(chain, place)


@pytest.mark.slow
async def test_a_status_is_one_message_of_its_turn(chain: Chain) -> None:
    place = await chain.ask(f"{call('discord_status', text='one of two')}\n{call('discord_status', text='two of two')}")
    await chain.ended(place)
    assert messages(chain, place, "📌 two of two")
    assert not messages(chain, place, "📌 one of two")
    assert "you may write to: #general" in told(chain, place)


@pytest.mark.slow
async def test_a_session_may_not_flood(chain: Chain) -> None:
    place = await chain.ask("\n".join(call("discord_read", limit=1) for _ in range(21)))
    await chain.ended(place, limit=60)
    assert told(chain, place).count("at most 20 calls a minute") == 1


@pytest.mark.slow
async def test_discords_refusal_is_told_to_claude(chain: Chain) -> None:
    place = await chain.ask("say: first")
    await chain.ended(place)
    await chain.fault({"match": f"POST /channels/{chain.general}/messages", "status": 403, "code": 50013, "times": 1})
    await chain.ask(call("discord_send", text="Refused", channel="general"), place)
    await chain.ada.until(lambda _: "Not done. Discord says:" in told(chain, place))
    assert not messages(chain, chain.general, "Refused")


@pytest.mark.slow
@needs_tmux
@pytest.mark.timeout(150)
@both_sizes
async def test_a_session_in_a_terminal_has_the_same_tools(unstarted: Chain, size: tuple[int, int]) -> None:
    chain = unstarted
    (chain.project / "a.txt").write_text("a file")
    async with in_terminal(chain, call("discord_send", IN_TERMINAL, text="From a terminal"), *size) as (claude, place):
        await done(chain, place)
        (message,) = messages(chain, place, "From a terminal")
        await claude.type(call("discord_edit", IN_TERMINAL, message=message["id"], text="Edited there"))
        await chain.ada.until(lambda _: messages(chain, place, "Edited there"), 20)
        await claude.type(call("discord_send", IN_TERMINAL, files=["a.txt"], text="A file"))
        await chain.ada.until(lambda ada: [one for one in ada.messages(place) if one["attachments"]], 20)
        await claude.type(call("discord_ask", IN_TERMINAL, question="Which colour?", options=[{"label": "Blue"}]))
        request = await open_request(chain, place)
        await chain.ada.click(dict(request), button_id(request, "pick"))
        await claude.until(lambda screen: "They answered: Blue" in screen)


@needs_tmux
@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_a_question_in_a_terminal_outlives_the_bridge(unstarted: Chain) -> None:
    chain = await attached(unstarted)
    async with terminal(chain) as claude:
        await claude.run()
        ask = call("discord_ask", IN_TERMINAL, question="Which colour?", options=[{"label": "Blue"}])
        place = await typed(chain, claude, ask)
        await open_request(chain, place)
        await chain.bridge.kill()
        await chain.bridge.start()
        async with asyncio.timeout(30):  # until the question is asked anew, a press does not count
            while "They answered: Blue" not in await claude.screen():
                for one in open_ones(chain, place):
                    with suppress(Refused):  # it was just taken away, or has its answer
                        await chain.ada.click(one, button_id(one, "pick"))
                await asyncio.sleep(0.3)
        await done(chain, place)
        await chain.ada.until(lambda _: not open_ones(chain, place))


@pytest.mark.slow
async def test_a_question_ends_with_its_turn(chain: Chain) -> None:
    place = await chain.ask(call("discord_ask", question="Which colour?"))
    await open_request(chain, place)
    await chain.ada.command(place, "stop")
    assert "Stopped" in await chain.ended(place)
    await chain.ada.until(lambda _: not open_ones(chain, place))
    await chain.ask("say: and on", place)
    assert "Done" in await chain.ended(place, 2)


@needs_tmux
@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_a_question_in_a_terminal_ends_by_a_stop_and_there(unstarted: Chain) -> None:
    chain = unstarted
    ask = call("discord_ask", IN_TERMINAL, question="Which colour?")
    async with in_terminal(chain, ask) as (claude, place):
        await open_request(chain, place)
        await chain.ada.command(place, "stop")
        await chain.ada.until(lambda _: len(chain.ends(place)) == 1 and not open_ones(chain, place), 20)
        await claude.type(ask)
        await open_request(chain, place)
        await claude.press("Escape")
        await chain.ada.until(lambda _: len(chain.ends(place)) == 2 and not open_ones(chain, place), 20)
        await claude.type("say: and on")
        await done(chain, place)


@needs_tmux
@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_without_a_bridge_a_call_says_so_and_a_hidden_file_is_asked_about(unstarted: Chain) -> None:
    chain = unstarted
    (chain.project / ".env").write_text("KEY=1")
    async with in_terminal(chain, "say: ready") as (claude, place):
        await done(chain, place)
        await claude.type(call("discord_send", IN_TERMINAL, files=[".env"]))
        request = await open_request(chain, place)
        assert "Hidden, or ignored by git: .env" in words_of(dict(request))
        await claude.answer_dialog("Escape")
        await chain.bridge.kill()
        await claude.type(call("discord_read", IN_TERMINAL))
        await claude.until(lambda screen: "Do you want" in screen)  # nobody allows it by itself
        await claude.answer_dialog("Enter")
        await claude.until(lambda screen: "Antiphon does not answer" in screen)


@needs_tmux
@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_a_session_that_is_left_out_has_none_of_them(unstarted: Chain) -> None:
    chain = await attached(unstarted)
    async with terminal(chain) as claude:
        await claude.run(ANTIPHON="off")
        await claude.type(call("discord_read", IN_TERMINAL))
        await claude.until(lambda screen: "No such tool available" in screen or "does not exist" in screen)
