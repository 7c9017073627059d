"""A thread that cannot be made, or that is closed while Claude works: the turn's end is still shown where it can be."""

import pytest

from antiphon.chat.connection.wording import TO_OWNER
from antiphon.chat.render.wording import CLOSED
from antiphon.demo.show import marked
from antiphon.standin.person import Person

from chain import Chain, Json


@pytest.mark.slow
async def test_an_archived_thread_still_gets_the_end_of_its_turn(chain: Chain) -> None:
    place = await chain.at_work("sleep 3")
    await chain.ada.request("PATCH", f"/channels/{place}", {"archived": True})
    assert "Done" in await chain.ended(place)


@pytest.mark.slow
async def test_a_thread_whose_first_message_was_deleted_holds_nothing_up(chain: Chain) -> None:
    await chain.fault({"match": "POST /channels/*/messages/*/threads", "status": 503, "times": 1})
    message = await chain.ada.say(chain.general, "say: nobody will see this")
    await chain.ada.until(lambda ada: _reacted(ada, chain.general, message["id"]))
    await chain.ada.delete(message)
    place = await chain.ask("say: but this")
    await chain.ended(place)
    assert chain.answer(place) == "but this"
    assert not any("failed" in line and "outbox" in line for line in chain.bridge.lines)


@pytest.mark.slow
async def test_a_thread_name_that_discord_refuses_does_not_cost_the_answer(chain: Chain) -> None:
    await chain.fault({"match": "POST /channels/*/messages/*/threads", "status": 400, "code": 50035, "times": 1})
    place = await chain.ask("say: here")
    await chain.ended(place)
    assert chain.answer(place) == "here"
    assert chain.ada.channels[place]["name"] == "Session"


def _reacted(ada: Person, channel: str, message: str) -> bool:
    return any(one["id"] == message and one.get("reactions") for one in ada.messages(channel))


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_deleted_thread_ends_its_work_and_what_was_said_there_comes_as_a_file(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure(while_working="queue")
    await chain.bridge.start()
    place = await chain.ask("stream 20000 50")
    await chain.ada.until(lambda _: len(chain.answer(place)) > 100, 20)
    await chain.ask("say: nobody waits for this any more", place)
    await chain.ada.until(lambda ada: "Queued" in "".join(one["content"] for one in ada.messages(place)), 20)
    beginning = chain.answer(place)[:100]
    await chain.ada.request("DELETE", f"/channels/{place}")
    told = await _told(chain)
    assert "was deleted. Claude was stopped. Its answer is in the file." in told["content"]
    (file,) = told["attachments"]
    assert (await chain.ada.fetch(file)).decode().startswith(beginning)
    await chain.ada.until(
        lambda ada: any(one["id"] == place and marked(one) for one in ada.messages(chain.general)), 20
    )
    other = await chain.ask("say: but this")
    await chain.ended(other)
    assert chain.prompts() == ["stream 20000 50", "say: but this"]
    assert chain.answer(other) == "but this"


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_thread_deleted_while_the_bridge_is_away_is_not_made_again(chain: Chain) -> None:
    place = await chain.at_work("sleep 30")
    await chain.bridge.kill()
    await chain.ada.request("DELETE", f"/channels/{place}")
    await chain.bridge.start()
    assert "was deleted. " in (await _told(chain))["content"]
    assert place not in chain.ada.channels


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_place_without_permission_waits_is_told_and_holds_nobody_up(chain: Chain) -> None:
    place = await chain.ask("say: open")
    await chain.ended(place)
    bot = chain.world.about["application_id"]
    closing = {"type": 1, "deny": str(1 << 38), "allow": "0"}  # SEND_MESSAGES_IN_THREADS
    await chain.ada.request("PUT", f"/channels/{chain.general}/permissions/{bot}", closing)
    await chain.ask("say: kept", place)
    told = await _told(chain)
    assert CLOSED.format(name="**say: open**", place=place) in told["content"]
    other = await chain.ada.say(chain.world.about["channels"]["random"], "say: elsewhere")
    await chain.ended(other["id"])
    assert chain.answer(other["id"]) == "elsewhere"
    await chain.ada.request("DELETE", f"/channels/{chain.general}/permissions/{bot}")
    await chain.ended(place, turns=2)
    assert chain.chunks(place) == ["open", "kept"]
    assert len(_directs(chain)) == 1


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_bot_that_is_kicked_says_so_once_and_posts_everything_when_it_is_back(chain: Chain) -> None:
    place = await chain.at_work("sleep 4")
    member = f"/guilds/{chain.world.about['guild_id']}/members/{chain.world.about['application_id']}"
    await chain.ada.request("DELETE", member)
    await chain.bridge_prints("nobody could be told", 30)
    assert sum("was taken out of the server" in line for line in chain.bridge.lines) == 1
    await chain.ada.request("PUT", member)
    assert "Done" in await chain.ended(place)
    assert "slept 4" in chain.answer(place)


async def _told(chain: Chain) -> Json:
    """The first direct message of the bot's to Ada."""
    await chain.ada.until(lambda _: bool(_directs(chain)), 30)
    return _directs(chain)[0]


def _directs(chain: Chain) -> list[Json]:
    ada = chain.ada
    private = [id_ for id_, one in ada.channels.items() if one["type"] == 1]
    said = [one for id_ in private for one in ada.messages(id_)]
    return [one for one in said if TO_OWNER not in one["content"]]  # ada owns the application: she is told twice
