"""What is written while the bot does not see a channel, or may not read its history, is caught up with when it may."""

import pytest

from acceptance.steps import deny

from chain import Chain

VIEW, HISTORY = 1 << 10, 1 << 16


@pytest.mark.slow
async def test_what_is_written_while_the_channel_is_hidden_is_answered_once_in_its_order(chain: Chain) -> None:
    place = await chain.ask("say: before")
    await chain.ended(place)
    await deny(chain, VIEW)
    await chain.bridge_prints("View Channels (to read messages)")
    hidden = [await chain.ask("say: first", place), await chain.ask("say: elsewhere")]
    thread = (await chain.ada.start_thread(chain.general, "a thread of my own"))["id"]
    await chain.ask(f"{chain.mention} say: inside", thread)
    await deny(chain, 0)
    await chain.ask("say: afterwards", place)
    await chain.ended(place, turns=3)
    await chain.ended(hidden[1])
    await chain.ended(thread)
    assert chain.chunks(place) == ["before", "first", "afterwards"]
    assert (chain.answer(hidden[1]), chain.answer(thread)) == ("elsewhere", "inside")


@pytest.mark.slow
async def test_what_is_written_while_the_bot_is_not_in_the_server_is_answered(chain: Chain) -> None:
    place = await chain.ask("say: before")
    await chain.ended(place)
    member = f"/guilds/{chain.world.about['guild_id']}/members/{chain.world.about['application_id']}"
    await chain.ada.request("DELETE", member)
    await chain.bridge_prints("was taken out of the server")
    elsewhere = await chain.ask("say: elsewhere")
    await chain.ask("say: missed", place)
    await chain.ada.request("PUT", member)
    await chain.ended(place, turns=2)
    await chain.ended(elsewhere)
    assert chain.chunks(place) == ["before", "missed"]
    assert chain.answer(elsewhere) == "elsewhere"


@pytest.mark.slow
async def test_what_waits_runs_as_it_reads_when_the_channel_is_seen_again(unstarted: Chain) -> None:
    chain = unstarted
    chain.world.configure({}, while_working="queue")
    await chain.bridge.start()
    place = await chain.at_work("sleep 60")
    edited = await chain.accepted(place, "say: before")
    deleted = await chain.accepted(place, "say: taken back")
    await deny(chain, VIEW)
    await chain.bridge_prints("View Channels (to read messages)")
    await chain.ada.edit(edited, "say: after")
    await chain.ada.delete(deleted)
    await deny(chain, 0)
    await chain.bridge_prints(f"prompt {edited['id']} was edited")
    await chain.bridge_prints(f"prompt {deleted['id']} was deleted")
    await chain.ada.command(place, "stop")
    await chain.ada.until(lambda _: "after" in chain.chunks(place), 20)
    assert not {"before", "taken back"} & set(chain.chunks(place))


@pytest.mark.slow
async def test_a_history_that_may_not_be_read_after_a_restart_is_read_when_it_may(chain: Chain) -> None:
    place = await chain.ask("say: before")
    await chain.ended(place)
    await chain.bridge.kill()
    missed = await chain.ask("say: missed")
    await deny(chain, HISTORY)
    await chain.bridge.start()
    live = await chain.ask("say: live")  # would raise the watermark beyond what was missed
    await chain.bridge_prints(f"accepted message {live}")
    await chain.bridge.kill()
    await chain.bridge.start()
    await deny(chain, 0)
    await chain.ended(missed)
    await chain.ended(live)
    assert (chain.answer(missed), chain.answer(live)) == ("missed", "live")
    assert sorted(chain.prompts()) == ["say: before", "say: live", "say: missed"]
