"""Polls: votes of people, who hears of them, and the end."""

import datetime
from typing import Any

import discord
import pytest

from antiphon.standin.client import Refused
from antiphon.standin.discord.forms.polls import PollDraft
from antiphon.standin.discord.rules.polls import begun, result_embed, vote
from antiphon.standin.discord.state import Poll
from antiphon.standin.person import Person
from standin.conftest import Raw, person
from standin.discord_py_bot import Bot, running
from standin.test_kinds_of_channels import Slow, slow

__all__ = ["slow"]


def counted(message: dict[str, Any]) -> dict[int, tuple[int, bool]]:
    return {one["id"]: (one["count"], one["me_voted"]) for one in message["poll"]["results"]["answer_counts"]}


async def test_people_vote_change_their_minds_and_take_it_back(raw: Raw, ada: Person) -> None:
    poll = await ada.ask_poll(raw.ids["general"], "Lunch?", ["Soup", "Bread"])
    async with person(raw, "ben") as ben:
        await ada.vote(poll, 1)
        await ben.vote(poll, 1)
        await ben.vote(poll, 2)
        await ben.until(lambda p: len([e for e, _ in p.events if e.startswith("MESSAGE_POLL_VOTE")]) == 4)
        path = f"/channels/{poll['channel_id']}/messages/{poll['id']}"
        assert counted(await ada.request("GET", path)) == {1: (1, True), 2: (1, False)}
        assert counted(await ben.request("GET", path)) == {1: (1, False), 2: (1, True)}
        voters = f"/channels/{poll['channel_id']}/polls/{poll['id']}/answers"
        assert [user["username"] for user in (await raw.ok("GET", f"{voters}/2"))["users"]] == ["ben"]
        assert (await raw("GET", f"{voters}/3")).code == 50035
        await ada.vote(poll)
        assert counted(await ada.request("GET", path)) == {2: (1, False)}


async def test_several_answers_only_where_they_are_allowed(raw: Raw, ada: Person) -> None:
    several = await ada.ask_poll(raw.ids["general"], "Which?", ["a", "b", "c"], multiple=True)
    await ada.vote(several, 1, 3)
    one = await ada.ask_poll(raw.ids["general"], "Which one?", ["a", "b"])
    for wrong in ((1, 2), (3,)):
        with pytest.raises(Refused) as refused:
            await ada.vote(one, *wrong)
        assert refused.value.payload["code"] == 50035
    plain = await ada.say(raw.ids["general"], "no poll")
    with pytest.raises(Refused, match="520000"):
        await ada.vote(plain, 1)
    with pytest.raises(Refused, match="520006"):
        await ada.end_poll(plain)


async def test_an_app_has_no_vote(raw: Raw, ada: Person) -> None:
    poll = await ada.ask_poll(raw.ids["general"], "Lunch?", ["Soup", "Bread"])
    answer = await raw("PUT", f"/channels/{poll['channel_id']}/polls/{poll['id']}/answers/@me", {"answer_ids": ["1"]})
    assert (answer.status, answer.code) == (403, 20001)


async def test_the_end_is_told_with_the_winner(raw: Raw, ada: Person) -> None:
    poll = await ada.ask_poll(raw.ids["general"], "Lunch?", ["Soup", "Bread"])
    await ada.vote(poll, 2)
    async with person(raw, "ben") as ben:
        with pytest.raises(Refused, match="50005"):
            await ben.end_poll(poll)
    assert (await ada.end_poll(poll))["poll"]["results"]["is_finalized"]
    told = await ada.until(lambda p: next((m for m in p.messages(poll["channel_id"]) if m["type"] == 46), None))
    assert told is not None
    assert told["author"]["id"] == told["mentions"][0]["id"] == ada.id
    assert told["message_reference"] == {"type": 0, "message_id": poll["id"], "channel_id": poll["channel_id"]}
    (embed,) = told["embeds"]
    assert embed["type"] == "poll_result"
    assert {field["name"]: field["value"] for field in embed["fields"]} == {
        "poll_question_text": "Lunch?",
        "victor_answer_votes": "1",
        "total_votes": "1",
        "victor_answer_id": "2",
        "victor_answer_text": "Bread",
    }
    with pytest.raises(Refused, match="520001"):
        await ada.vote(poll, 1)
    with pytest.raises(Refused, match="520001"):
        await ada.end_poll(poll)
    with pytest.raises(Refused, match="520003"):
        await ada.edit(poll, "other words")
    await raw.ok("PATCH", f"/channels/{poll['channel_id']}/messages/{poll['id']}", {"flags": 4})


async def test_nobody_votes_after_the_time(slow: Slow) -> None:
    ada, mallory, time = slow
    channel = await ada.create_channel("polls")
    poll = await ada.ask_poll(channel["id"], "Lunch?", ["Soup", "Bread"], hours=1)
    await mallory.vote(poll, 1)
    time.now += 3600
    with pytest.raises(Refused, match="520001"):
        await mallory.vote(poll, 2)


def asked(*answers: str) -> Poll:
    return begun(PollDraft("?", tuple({"text": text} for text in answers), 1, multiple=True), 0)


def test_a_shared_first_place_has_no_winner() -> None:
    poll = asked("a", "b")
    assert {one["name"] for one in result_embed(poll)["fields"]} == {
        "poll_question_text",
        "victor_answer_votes",
        "total_votes",
    }
    assert vote(poll, "1", [1, 2], 0) == ([1, 2], [])
    assert "victor_answer_id" not in str(result_embed(poll))
    assert vote(poll, "1", [2], 0) == ([], [1])
    assert "victor_answer_id" in str(result_embed(poll))


async def test_discord_py_sends_one_and_hears_each_vote(server: Raw, bot: Bot) -> None:
    poll = discord.Poll("Lunch?", datetime.timedelta(hours=2), multiple=True)
    poll.add_answer(text="Soup", emoji="\N{EYES}").add_answer(text="Bread")
    sent = await bot.place(server).send(poll=poll)
    async with person(server) as ada, person(server, "ben") as ben:
        message = {"channel_id": str(sent.channel.id), "id": str(sent.id)}
        await ada.vote(message, 1, 2)
        await ben.vote(message, 2)
        _, answer = await bot.told("poll_vote_add", lambda user, answer: user.name == "ben")
        assert (answer.id, answer.text) == (2, "Bread")
        await ada.vote(message, 2)
        await bot.told("poll_vote_remove", lambda user, answer: (user.name, answer.id) == ("ada", 1))
        fetched = await sent.channel.fetch_message(sent.id)
        assert fetched.poll is not None
        first, second = fetched.poll.answers
        assert (first.vote_count, second.vote_count, str(first.emoji)) == (0, 2, "\N{EYES}")
        assert {user.name async for user in second.voters()} == {"ada", "ben"}
        await fetched.end_poll()
        (told,) = await bot.told("message", lambda message: message.type is discord.MessageType.poll_result)
        assert told.author == bot.user
        (await bot.told("message_edit", lambda _, after: after.poll is not None and after.poll.is_finalised()))
        again = await sent.channel.fetch_message(sent.id)
        assert again.poll is not None
        assert again.poll.is_finalized()


async def test_without_the_intent_no_vote_is_heard(server: Raw) -> None:
    quiet = discord.Intents.default()
    quiet.polls = False
    async with running(server, Bot(quiet)) as bot, person(server) as ada:
        poll = await ada.ask_poll(server.ids["general"], "Lunch?", ["Soup"])
        await ada.vote(poll, 1)
        await ada.say(server.ids["general"], "done")
        await bot.told("message", lambda message: message.author.name == "ada" and not message.poll)
        assert not [name for name, _ in bot.seen if "poll_vote" in name]
