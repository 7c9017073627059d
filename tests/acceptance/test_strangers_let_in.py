"""What a stranger writes in a session is kept and offered: nothing of it reaches Claude before somebody lets it in, and
then it does once, as it reads by then, whatever is killed when."""

import pytest
from bench import shown as turns

from acceptance.steps import audits, message_with_buttons, not_allowed
from antiphon.actions.reasons import OfferDecided
from antiphon.chat.wording import refusal

from chain import Chain, Json

_SILENT = 1 << 12  # message flag


async def session(chain: Chain) -> str:
    """A session of Ada's; its thread."""
    place = await chain.ask("say: mine")
    await chain.ended(place)
    return place


def offers(chain: Chain, place: str) -> list[Json]:
    """The messages about strangers in a place."""
    return [one for one in chain.ada.messages(place) if "🚪" in one["content"] and one["author"].get("bot")]


async def offered(chain: Chain, place: str, text: str = "may not ask Claude here") -> Json:
    """Wait for an open offer with this text."""

    def found(_: object) -> list[Json]:
        return [one for one in offers(chain, place) if turns.custom_ids(one) and text in one["content"]]

    return (await chain.ada.until(found, 20))[-1]


async def decided(chain: Chain, place: str, text: str) -> Json:
    """Wait until an offer says what has become of it; it has no buttons any more."""
    message = await chain.shown(place, text)
    assert not turns.custom_ids(message)
    return message


async def choose(chain: Chain, offer: Json, what: str) -> None:
    """Ada presses Let in, Always here or No."""
    (id_,) = [one for one in turns.custom_ids(offer) if one.endswith(f":{what}")]
    assert (await chain.ada.click(offer, id_)).kind == "success"


def heard(chain: Chain) -> str:
    """All that Claude was ever told."""
    return "\n".join(str(one.messages) for one in chain.model_requests())


async def test_what_a_stranger_writes_is_offered_once_and_let_in_by_one_press(unstarted: Chain) -> None:
    chain = await unstarted.start_configured(while_working="queue")
    place = await session(chain)
    await chain.mallory.say(place, "say: first of mine")
    offer = await offered(chain, place)
    assert "**Mallory**" in offer["content"]
    assert [one["id"] for one in offer["mentions"]] == [chain.ada.id]
    assert not offer["flags"] & _SILENT
    await chain.mallory.say(place, "say: second of mine", files=[("note.txt", b"a note")])
    offer = await offered(chain, place, "and 1 more")
    assert not list((chain.world.root / "state").rglob("note*"))
    assert "of mine" not in heard(chain)
    await choose(chain, offer, "let_in")
    await decided(chain, place, "Ada let 2 messages of Mallory in")
    await chain.ended(place, 3)
    assert chain.prompts()[1:] == ["say: first of mine", chain.prompts()[2]]
    assert "say: second of mine" in chain.prompts()[2]
    assert "note.txt" in chain.prompts()[2]
    assert len(offers(chain, place)) == 1
    assert audits(chain)[-1]["what"]["choice"] == "let_in"
    await chain.mallory.say(place, "say: third of mine")
    again = await offered(chain, place)
    assert again["id"] != offer["id"]
    assert again["flags"] & _SILENT  # the owner was called a moment ago


@pytest.mark.slow
async def test_always_here_makes_them_a_guest_who_may_write(chain: Chain) -> None:
    place = await session(chain)
    await chain.mallory.say(place, "say: first of mine")
    await choose(chain, await offered(chain, place), "always")
    await decided(chain, place, "Ada let Mallory in: they may write here from now on")
    await chain.ended(place, 2)
    await chain.mallory.say(place, "say: as a guest")
    await chain.ended(place, 3)
    assert chain.prompts() == ["say: mine", "say: first of mine", "say: as a guest"]
    await chain.mallory.command(place, "whoami")
    await chain.told(place, "You may ask Claude in this session, by Ada's invitation", chain.mallory)
    await chain.ada.command(place, "uninvite", {"person": chain.mallory.id})
    await chain.shown(place, "took back the invitation")
    await chain.mallory.say(place, "say: not any more")
    await offered(chain, place)
    assert "not any more" not in heard(chain)


@pytest.mark.slow
async def test_no_ends_it_for_this_session(chain: Chain) -> None:
    place = await session(chain)
    await chain.mallory.say(place, "say: first of mine")
    offer = await offered(chain, place)
    await choose(chain, offer, "declined")
    await decided(chain, place, "Ada did not let Mallory in")
    await chain.mallory.say(place, "say: again mine")
    await chain.ask("say: end", place)
    await chain.ended(place, 2)
    assert len(offers(chain, place)) == 1
    assert chain.prompts() == ["say: mine", "say: end"]


@pytest.mark.slow
async def test_a_message_is_let_in_as_it_reads_by_then_and_one_that_was_deleted_is_not(chain: Chain) -> None:
    place = await session(chain)
    edited = await chain.mallory.say(place, "say: draft of mine")
    deleted = await chain.mallory.say(place, "say: regret of mine")
    offer = await offered(chain, place, "and 1 more")
    await chain.mallory.edit(edited, "say: final of mine")
    await chain.fault({"match": f"GET /channels/{place}/messages/*", "status": 503, "times": 1})
    await chain.mallory.delete(deleted)
    await choose(chain, offer, "let_in")
    await decided(chain, place, "1 message not run: deleted, or empty by now")
    await chain.ended(place, 2)
    assert chain.prompts() == ["say: mine", "say: final of mine"]
    await chain.mallory.edit(edited, "say: too late for mine")  # it was let in as it was
    alone = await chain.mallory.say(place, "say: alone of mine")
    await offered(chain, place)
    await chain.mallory.delete(alone)
    await decided(chain, place, "Mallory deleted 1 message before anybody let them in")
    await chain.ask("say: end", place)
    await chain.ended(place, 3)
    assert chain.prompts() == ["say: mine", "say: final of mine", "say: end"]


@pytest.mark.slow
async def test_a_bridge_that_is_killed_between_press_and_prompt_loses_nothing(unstarted: Chain) -> None:
    chain = await unstarted.start_configured(while_working="queue")
    place = await session(chain)
    for n in range(3):
        await chain.mallory.say(place, f"say: number {n}")
    offer = await offered(chain, place, "and 2 more")
    await chain.fault({"match": f"GET /channels/{place}/messages/*", "status": 503})
    await choose(chain, offer, "let_in")
    await decided(chain, place, "Ada let 3 messages of Mallory in")
    await chain.bridge.kill()
    assert "say: number" not in heard(chain)
    await chain.mend()
    await chain.bridge.start()
    await chain.ended(place, 4)
    assert chain.prompts() == ["say: mine", *(f"say: number {n}" for n in range(3))]
    await chain.ada.click(await message_with_buttons(chain, place, "a1:offer:1:let_in"), "a1:offer:1:let_in")
    await chain.told(place, refusal(OfferDecided("Ada")))


@pytest.mark.slow
async def test_an_offer_outlives_a_bridge_that_is_killed_before_and_after_it_is_posted(unstarted: Chain) -> None:
    chain = await unstarted.start_configured(while_working="queue")
    place = await session(chain)
    await chain.fault({"match": f"POST /channels/{place}/messages", "status": 500, "after_effect": True})
    await chain.mallory.say(place, "say: first of mine")
    await chain.ada.until(lambda _: offers(chain, place), 20)
    await chain.bridge.kill()
    await chain.mend()
    await chain.bridge.start()
    await chain.mallory.say(place, "say: second of mine")
    offer = await offered(chain, place, "and 1 more")
    assert len(offers(chain, place)) == 1
    await chain.restart()
    await choose(chain, offer, "let_in")
    await chain.ended(place, 3)
    assert chain.prompts() == ["say: mine", "say: first of mine", "say: second of mine"]


@pytest.mark.slow
async def test_only_who_may_prompt_lets_anybody_in_and_no_guest(chain: Chain) -> None:
    place = await session(chain)
    await chain.ada.command(place, "invite", {"person": chain.ben.id, "answer": True})
    await chain.shown(place, "Ada invited")
    await chain.mallory.say(place, "say: first of mine")
    offer = await offered(chain, place)
    for one in turns.custom_ids(offer):
        await chain.mallory.click(offer, one)
        await chain.ben.click(offer, one)
    await chain.told(place, not_allowed("prompt"), chain.mallory, times=3)
    await chain.told(place, not_allowed("prompt"), chain.ben, times=3)
    assert "of mine" not in heard(chain)
    await choose(chain, offer, "let_in")
    await chain.ended(place, 2)


@pytest.mark.slow
async def test_where_the_project_ignores_strangers_nothing_is_said(unstarted: Chain) -> None:
    chain = await unstarted.start_configured(guests="ignore")
    place = await session(chain)
    await chain.mallory.say(place, "say: first of mine")
    await chain.ask("say: end", place)
    await chain.ended(place, 2)
    assert not offers(chain, place)
    assert chain.prompts() == ["say: mine", "say: end"]


@pytest.mark.slow
async def test_twelve_ways_to_make_a_prompt_without_being_let_in_all_fail(chain: Chain) -> None:
    place = await session(chain)
    asked = await chain.ask("bash: touch made.txt", place)
    await chain.ended(asked, 2)
    bots = next(one for one in chain.ada.messages(place) if one["author"].get("bot"))
    mallory = chain.mallory
    await mallory.say(place, "trick: a reply", reply_to=bots)  # 1
    await mallory.say(place, f"{chain.mention} trick: a mention")  # 2
    own = await mallory.say(place, "trick: an edit")
    await mallory.edit(own, f"{chain.mention} trick: an edit with a mention")  # 3
    for text in ("/queue trick: typed", "/stop", "/compact trick: hint"):  # 4
        await mallory.say(place, text)
    await mallory.command(place, "queue", {"words": "trick: a command"})  # 5
    await mallory.command(place, "skill", {"name": "anything", "arguments": "trick: a skill"})
    offer = await offered(chain, place)
    for one in (*turns.custom_ids(offer), "a1:offer:1:let_in", "a1:queued:1:run"):  # 6
        message = offer if one in turns.custom_ids(offer) else await message_with_buttons(chain, place, one)
        await mallory.click(message, one)
    await mallory.say(place, "", files=[("message.txt", b"trick: a paste")])  # 7
    hook = await chain.ada.request("POST", f"/channels/{chain.general}/webhooks", {"name": "hook"})
    await chain.ada.request(  # 8
        "POST", f"/webhooks/{hook['id']}/{hook['token']}?thread_id={place}", {"content": "trick: a webhook"}
    )
    await mallory.forward(await mallory.say(chain.general, "trick: in the channel"), place)  # 9
    direct = await mallory.open_dm(chain.mention.strip("<@>"))  # 10
    await mallory.say(direct["id"], "trick: directly")
    thread = await mallory.start_thread(chain.general, "mine")  # 11
    await mallory.say(thread["id"], f"{chain.mention} trick: my own thread")
    await chain.bridge.kill()
    await mallory.say(place, f"{chain.mention} trick: while you were away")  # 12
    await chain.bridge.start()
    await chain.ask("say: end", place)
    await chain.ended(place, 3)
    await chain.ada.until(lambda _: not chain.bridge.lines or "end" in chain.answer(place))
    told = heard(chain).replace("> trick: a webhook", "")  # what apps post is background
    assert "trick" not in told
    assert chain.prompts() == ["say: mine", "bash: touch made.txt", "say: end"]
    assert not list((chain.world.root / "state").rglob("message*.txt"))
    assert len(offers(chain, place)) == 1
    assert not [one for one in chain.ada.messages(thread["id"]) if one["author"].get("bot")]
    await choose(chain, offer, "let_in")
    await chain.ada.until(lambda _: "trick" in heard(chain), 30)
