"""A thread that cannot be made is told to who asked, with what is missing and where to turn it on; it is tried again
slowly, and no turn begins where there is no place for it."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from gateway_scene import heard_so_far
from inbound_scene import Inbound, Json, inbound
from test_refused_requests import desk

from antiphon.actions import reasons
from antiphon.actions.places import SessionStarted
from antiphon.actions.reasons import Refused
from antiphon.chat.delivery.context import MOST_TRIES
from antiphon.chat.delivery.failures import DiscordUnavailable, ThreadRefused
from antiphon.chat.forum_posts import ForumPosts
from antiphon.chat.permissions import CREATE_PUBLIC_THREADS, NoThread
from antiphon.chat.places import DiscordPlaces
from antiphon.chat.render import wording
from antiphon.chat.render.undeliverable import no_thread_spec, not_asked
from antiphon.core.values import MessageId, Origin, PlaceId, Session, TurnId
from antiphon.core.view import TurnView
from antiphon.standin.person import Person
from chat.test_outbox import Channel, outbox, until, view
from chat.test_outbox_places import HOUR, by_ada

from fakes import SESSION
from memory_store import MemoryStore
from virtual_time import virtually

GENERAL = PlaceId(1)
FULL = NoThread(GENERAL, 160006)


@virtually
async def test_who_asked_is_told_once_why_there_is_no_thread_and_gets_everything_when_there_is_one() -> None:
    channel, store = Channel(), MemoryStore()
    channel.closed = ThreadRefused("160006", FULL)
    async with outbox(channel, store) as box:
        box.show(SESSION, by_ada(view("half", done=False)))
        await until(lambda: bool(channel.directs))
        await asyncio.sleep(24 * HOUR)
        assert channel.opened <= 24 * 4 + 10
        ((person, told),) = channel.directs
        assert person == 7
        assert told.startswith(f"🧵 I cannot open a thread for **A session** in <#1>. {wording.SERVER_FULL}")
        assert wording.GOES_ON_ANYWAY in told
        channel.closed = None
        box.show(SESSION, by_ada(view("all of it")))
        async with asyncio.timeout(HOUR):
            await store.wait("reply", HOUR)
    assert channel.texts[0] == "all of it"
    assert len(channel.directs) == 1


@virtually
async def test_a_thread_at_which_discord_fails_for_ever_is_told_too() -> None:
    channel, store = Channel(), MemoryStore()
    channel.closed = DiscordUnavailable("500")
    async with outbox(channel, store) as box:
        box.show(SESSION, by_ada(view("some words")))
        await until(lambda: bool(channel.directs))
        assert channel.opened == MOST_TRIES
        assert wording.REFUSED_WITHOUT_CODE in channel.directs[0][1]
        await asyncio.sleep(24 * HOUR)
        assert channel.opened <= 24 * 4 * 2 + 10


def test_what_is_missing_is_named_and_where_to_turn_it_on() -> None:
    why = NoThread(GENERAL, 50013, (CREATE_PUBLIC_THREADS,))
    for text in (no_thread_spec(SESSION, TurnView(TurnId("turn"), None, 0.0), why).content, not_asked(why)):
        assert "<#1>" in text
        assert "I lack **Create Public Threads** there. Turn it on for my role in Edit Channel > Permissions" in text
    assert "error 50024" in not_asked(NoThread(GENERAL, 50024))


def thread_of(place: PlaceId, message: MessageId) -> Session:
    return replace(SESSION, place=PlaceId(message), origin=Origin(place, message))


@pytest.mark.parametrize("code", [160006, 160007, 50013, 50001, 50024, 50035, 200001, 30033])
async def test_a_refusal_to_make_a_thread_says_by_which_code(code: int) -> None:
    async with desk() as here:
        message = await here.send(text="a prompt")
        await here.scene.fault({"match": "POST /channels/*/messages/*/threads", "code": code})
        with pytest.raises(ThreadRefused) as refused:
            await here.poster.open(thread_of(here.place, message))
        assert refused.value.why.code == code
        assert here.poster.threads.obstacle(here.place) == NoThread(here.place, code)
        await here.scene.mend()
        await here.poster.open(thread_of(here.place, message))
        assert here.poster.threads.obstacle(here.place) is None


async def test_no_prompt_is_accepted_where_no_thread_can_be_made_and_who_wrote_it_is_told(tmp_path: Path) -> None:
    async with inbound(tmp_path) as at:
        await allow(at, CREATE_PUBLIC_THREADS.bit, denied=True)
        refused = await at.ben.say(at.general, "list the files")
        await at.ben.until(lambda ben: bool(lacking(ben, at.general)))
        (told,) = lacking(at.ben, at.general)
        assert told["message_reference"]["message_id"] == refused["id"]
        assert "Claude was not asked" in told["content"]
        await at.ben.until(lambda ben: "✖️" in str(ben.message(refused)))
        await allow(at, CREATE_PUBLIC_THREADS.bit, denied=False)
        await at.ben.say(at.general, "list them now")
        assert await at.texts(1) == ["list them now"]


def lacking(person: Person, channel: str) -> list[Json]:
    return [one for one in person.messages(channel) if "I lack **Create Public Threads**" in one["content"]]


async def allow(at: Inbound, bit: int, *, denied: bool) -> None:
    """Deny the bot a permission in the channel, or do not; the bot knows it afterwards."""
    told = asyncio.create_task(at.discord.client.wait_for("guild_channel_update", timeout=10))
    await asyncio.sleep(0)
    bot = at.discord.standin.describe()["application_id"]
    rights = {"type": 1, "deny": str(bit if denied else 0), "allow": "0"}
    await at.ada.request("PUT", f"/channels/{at.general}/permissions/{bot}", rights)
    await told


@pytest.mark.parametrize("code", [160006, 50013, 200001])
async def test_a_command_that_would_open_a_thread_says_why_not_and_leaves_nothing_behind(
    tmp_path: Path, code: int
) -> None:
    async with inbound(tmp_path) as at:
        await at.discord.fault({"match": "POST /channels/*/messages/*/threads", "code": code})
        places = DiscordPlaces(at.discord.client, ForumPosts(at.discord.client, at.store))
        with pytest.raises(Refused) as refused:
            await places.open_thread(at.project, PlaceId(int(at.general)), SessionStarted("ben", ""), "a name", "key")
        assert isinstance(refused.value.reason, reasons.ThreadRefused)
        await heard_so_far(at.discord)
        assert [one["content"] for one in at.ben.messages(at.general)] == ["heard?"]
