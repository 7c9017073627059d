"""Only a request and the end ring, they ring for the right person, and an unanswered need is told again."""

from collections.abc import Sequence
from typing import Any

import pytest

from acceptance.steps import press, start_asking, waiting_request
from antiphon.standin.client_shapes import words_of

from chain import Chain

_SILENT = 1 << 12  # message flag SUPPRESS_NOTIFICATIONS
_ORDINARY = (0, 19)  # message types that somebody wrote

Json = dict[str, Any]


def posted_messages(chain: Chain) -> list[Json]:
    """Every message of the bot, as it was when it appeared: that is what rings, edits never do."""
    created = [data for name, data in chain.ada.events if name == "MESSAGE_CREATE"]
    return [one for one in created if one["author"].get("bot") and one["type"] in _ORDINARY]


def loud(chain: Chain) -> list[str]:
    """What the messages say that are not silent."""
    return [words_of(one) for one in posted_messages(chain) if not one["flags"] & _SILENT]


def called(messages: Sequence[Json]) -> list[str]:
    """The names of those whom messages mention."""
    return [one["username"] for message in messages for one in message["mentions"]]


@pytest.mark.slow
async def test_only_the_need_and_the_end_ring_and_they_read_differently(unstarted: Chain) -> None:
    chain = await start_asking(unstarted, {"display": {"short_turn": 0}})
    place = await chain.ask("say: I write it down.\nwrite notes.txt: x")
    await press(chain, await waiting_request(chain, place), "allow")
    await chain.ended(place)
    await chain.ada.until(lambda _: len(loud(chain)) > 1)
    need, end = loud(chain)
    ada = chain.ada.id
    assert need.startswith(f"✋ <@{ada}> **Claude wants to write** `notes.txt`")
    assert end == f"✅ <@{ada}> Claude is done"
    assert called([one for one in posted_messages(chain) if not one["flags"] & _SILENT]) == ["ada", "ada"]
    quiet = [one for one in posted_messages(chain) if one["flags"] & _SILENT]
    assert len(quiet) >= 3  # the card, what Claude said before, what it said after
    assert called(quiet) == []


@pytest.mark.slow
async def test_a_short_turn_of_somebody_who_is_there_calls_nobody(chain: Chain) -> None:
    place = await chain.ask("say: hello")
    await chain.ended(place)
    await chain.ask("tools 2", place)
    await chain.ended(place, turns=2)
    assert loud(chain) == []
    assert called(posted_messages(chain)) == []


@pytest.mark.slow
async def test_what_claude_says_calls_nobody_but_the_end_calls_the_asker(unstarted: Chain) -> None:
    chain = await unstarted.start_configured({"display": {"short_turn": 0}})
    place = await chain.ask(f"say: <@{chain.ben.id}> and @everyone and @here, look")
    await chain.ended(place)
    await chain.ada.until(lambda _: loud(chain))
    assert "@everyone and @here, look" in chain.answer(place)
    assert called(posted_messages(chain)) == ["ada"]
    assert not any(one["mention_everyone"] for one in posted_messages(chain))


@pytest.mark.slow
async def test_the_owner_is_called_instead_where_that_is_configured(unstarted: Chain) -> None:
    chain = await unstarted.start_configured(
        {"display": {"short_turn": 0, "ping": "owner"}}, people=[int(unstarted.ben.id)]
    )
    message = await chain.ben.say(chain.general, "say: hello")
    await chain.ended(message["id"])
    await chain.ada.until(lambda _: loud(chain))
    assert called(posted_messages(chain)) == ["ada"]  # she owns the bot's application


@pytest.mark.slow
async def test_nobody_is_called_where_that_is_configured(unstarted: Chain) -> None:
    settings = {"display": {"short_turn": 0, "ping": "nobody", "remind_after": 1}}
    chain = await start_asking(unstarted, settings)
    place = await chain.ask("write notes.txt: x")
    await press(chain, await waiting_request(chain, place), "allow")
    await chain.ended(place)
    assert loud(chain) == []
    assert called(posted_messages(chain)) == []


@pytest.mark.parametrize("answer", ["allow", "deny"])
@pytest.mark.slow
async def test_an_unanswered_need_is_told_again_here_then_directly_until_it_is_answered(
    unstarted: Chain, answer: str
) -> None:
    settings = {"display": {"remind_after": 2}}
    chain = await start_asking(unstarted, settings)
    place = await chain.ask("bash: touch made.txt")
    request = await waiting_request(chain, place)

    def reminders(_: object) -> list[Json]:
        return [one for one in chain.ada.messages(place) if "is still waiting for you" in words_of(one)]

    def direct(_: object) -> list[Json]:
        return [one for one in posted_messages(chain) if not one.get("guild_id")]

    (reminder,) = await chain.ada.until(reminders, 15)
    assert called([reminder]) == ["ada"]
    assert not direct(None)
    (message,) = await chain.ada.until(direct, 15)
    assert "Claude is waiting for your answer" in words_of(message)
    assert "Bash `touch made.txt`" in words_of(message)
    assert not message["flags"] & _SILENT
    await press(chain, request, answer)
    await chain.ended(place)
    await chain.ada.until(lambda ada: not reminders(ada) and not ada.messages(message["channel_id"]))
    assert len(direct(None)) == 1
    assert (chain.project / "made.txt").exists() == (answer == "allow")
