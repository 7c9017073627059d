"""A message that was missed says how late it is; a very late one is kept, and asks before it runs."""

import time

import pytest

from acceptance.steps import not_allowed
from antiphon.chat.inbound.wording import SENT_WHILE_AWAY
from antiphon.chat.render.wording import HELD_BACK
from antiphon.standin.client_shapes import walk, words_of
from antiphon.standin.person import Person

from chain import Chain, Json, button

HOUR = 3600.0


class Past:
    """The local Discord's time: so many seconds behind, until a test lets them pass."""

    def __init__(self) -> None:
        self.behind = 9 * HOUR

    def __call__(self) -> float:
        return time.time() - self.behind


@pytest.fixture
def clock() -> Past:
    return Past()


@pytest.fixture
async def away(unstarted: Chain) -> Chain:
    """The chain nine hours ago, with a session, and a bridge that has just been killed."""
    unstarted.world.configure({}, people=[int(unstarted.ada.id), int(unstarted.ben.id)])
    await unstarted.bridge.start()
    await unstarted.ended(await unstarted.ask("say: before"))
    await unstarted.bridge.kill()
    return unstarted


def place_of(chain: Chain) -> str:
    """The session's thread."""
    return chain.ada.messages(chain.general)[0]["id"]


def kept(person: Person, place: str) -> Json | None:
    """The message in a place that asks whether something is to be run."""
    shown = [one for one in person.messages(place) if "⏸️" in one["content"] and not one.get("flags", 0) & 64]
    assert len(shown) <= 1
    return shown[0] if shown else None


async def until_kept(chain: Chain, place: str, words: str) -> Json:
    """Wait until it names the words."""

    def names_them(person: Person) -> Json | None:
        one = kept(person, place)
        return one if one is not None and words in one["content"] else None

    found = await chain.ada.until(names_them, 20)
    assert found is not None
    return found


def notes(chain: Chain, place: str) -> int:
    """How often it is said there that something is late."""
    return sum(words_of(one).count(SENT_WHILE_AWAY.format(ago="2 h ago")) for one in chain.ada.messages(place))


@pytest.mark.slow
async def test_each_message_that_was_missed_says_how_late_it_is(away: Chain, clock: Past) -> None:
    chain, place = away, place_of(away)
    clock.behind = 2 * HOUR + 60
    await chain.ada.say(place, "say: first")
    await chain.ada.say(place, "say: second")
    clock.behind = 0
    await chain.bridge.start()
    await chain.ada.until(lambda _: chain.chunks(place) == ["before", "first", "second"], 20)
    await chain.ada.until(lambda _: notes(chain, place) == 2)
    await chain.ask("say: in time", place)
    await chain.ada.until(lambda _: chain.chunks(place)[-1] == "in time", 20)
    assert notes(chain, place) == 2


@pytest.mark.slow
async def test_a_very_late_message_runs_when_somebody_says_so_and_holds_nothing_up(away: Chain, clock: Past) -> None:
    chain, place = away, place_of(away)
    late = await chain.ada.say(place, "say: too late")
    clock.behind = 0
    await chain.ada.say(place, "say: fresh")
    await chain.bridge.start()
    shown = await until_kept(chain, place, "say: too late")
    assert f"<@{chain.ada.id}>" in shown["content"]
    assert HELD_BACK in shown["content"]
    assert shown["content"].count("while I was offline") == 1
    await chain.ended(place, turns=2)
    assert chain.chunks(place) == ["before", "fresh"]
    assert (chain.ada.message(late) or {}).get("reactions")
    await chain.ada.edit(late, "say: late, and changed")
    await until_kept(chain, place, "late, and changed")
    outcome = await chain.ada.command(place, "status")
    assert outcome.kind == "success"
    await chain.ada.until(lambda ada: any("**0** queued" in words_of(one) for one in ada.messages(place)))
    await chain.bridge.kill()
    await chain.ada.edit(late, "say: late, and changed twice")
    await chain.bridge.start()
    shown = await until_kept(chain, place, "changed twice")
    assert (await chain.ada.click(shown, button(shown, "Run"))).kind == "success"
    await chain.ended(place, turns=3)
    assert chain.prompts() == ["say: before", "say: fresh", "say: late, and changed twice"]
    await chain.ada.until(lambda ada: kept(ada, place) is None)


@pytest.mark.slow
async def test_a_very_late_message_in_the_channel_asks_in_a_thread_of_its_own(away: Chain, clock: Past) -> None:
    chain = away
    place = await chain.ask("say: to be removed")
    other = await chain.ask("say: to be deleted")
    clock.behind = 0
    await chain.bridge.start()
    shown = await until_kept(chain, place, "to be removed")
    await until_kept(chain, other, "to be deleted")
    assert (await chain.mallory.click(shown, button(shown, "Run"))).kind == "success"
    await chain.told(place, not_allowed("prompt"), chain.mallory)
    assert (await chain.ben.click(shown, button(shown, "Remove"))).kind == "success"
    message = next(one for one in chain.ada.messages(chain.general) if one["id"] == other)
    await chain.ada.delete(message)
    for where in (place, other):
        await chain.ada.until(lambda ada, where=where: kept(ada, where) is None, 20)
    assert chain.prompts() == ["say: before"]


@pytest.mark.slow
async def test_of_several_very_late_messages_each_can_be_picked(away: Chain, clock: Past) -> None:
    chain, place = away, place_of(away)
    for words in ("say: one", "say: two"):
        await chain.ada.say(place, words)
    clock.behind = 0
    await chain.bridge.start()
    shown = await until_kept(chain, place, "say: two")
    menu = next(part for part in walk(shown["components"]) if part.get("type") == 3)
    await chain.ada.select(shown, menu["custom_id"], [menu["options"][1]["value"]])
    picked = await chain.ada.until(
        lambda ada: next((one for one in ada.messages(place) if one.get("flags", 0) & 64 and one["components"]), None)
    )
    assert picked is not None
    await chain.ada.click(picked, button(picked, "Run"))
    await chain.ended(place, turns=2)
    assert chain.prompts() == ["say: before", "say: two"]
    await until_kept(chain, place, "say: one")
