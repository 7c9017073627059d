"""A thread that cannot be made, or that is closed while Claude works: the turn's end is still shown where it can be."""

import pytest

from antiphon.standin.person import Person

from chain import Chain


async def test_an_archived_thread_still_gets_the_end_of_its_turn(chain: Chain) -> None:
    place = await chain.ask("sleep 3")
    await chain.ada.until(lambda _: "sleep(3)" in "".join(chain.statuses(place)), 20)
    await chain.ada.request("PATCH", f"/channels/{place}", {"archived": True})
    assert "done" in await chain.ended(place)


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
