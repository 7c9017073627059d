"""The first message of a turn is a reply to its prompt where other messages stand between them, and calls nobody. A
real discord.py at a local Discord."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from gateway_scene import Scene, opened, staying
from test_refused_requests import HOME, Desk

from antiphon.chat.render.message import Button, Card, MessageSpec
from antiphon.core.values import MessageId, PlaceId
from antiphon.standin import Limits, StandIn
from antiphon.standin.person import Person

Json = dict[str, Any]
STOP = (Button("a1:stop:t", "Stop", "danger"),)
CARD = MessageSpec("card", card=Card(("Working",), STOP))
COMPACT = MessageSpec("card", "Working", buttons=STOP)
OVER = MessageSpec("card", "-# Done")  # in the compact style nothing can be pressed any more
HISTORY = 1 << 16
_REPLY, _SILENT = 19, 1 << 12


@dataclass
class Thread:
    """A poster, Ada, and the channel in which both write."""

    desk: Desk
    ada: Person

    @property
    def channel(self) -> str:
        return str(self.desk.place)

    async def said(self, text: str) -> Json:
        """Ada writes; the client has heard of it."""
        wanted = self.desk.scene.client.wait_for("message", check=lambda one: one.content == text, timeout=5)
        heard = asyncio.create_task(wanted, name="heard")
        await asyncio.sleep(0)
        message = await self.ada.say(self.channel, text)
        await heard
        return message

    async def posted(self, spec: MessageSpec, prompt: Json) -> Json:
        """The post as Ada sees it."""
        answering = replace(spec, answers=MessageId(int(prompt["id"])))
        id_ = str(await self.desk.poster.send(self.desk.place, answering, "nonce", HOME))
        return await self.ada.until(lambda ada: next((m for m in ada.messages(self.channel) if m["id"] == id_), None))  # pyright: ignore[reportReturnType]

    async def found_again(self, message: Json) -> bool:
        """Whether a bridge that knows nothing of it finds it."""
        found, _ = await self.desk.poster.find_posts(self.desk.place, MessageId(0))
        return int(message["id"]) in [one.message for one in found]


@asynccontextmanager
async def thread() -> AsyncGenerator[Thread]:
    async with StandIn(limits=Limits(identify_window=0.0)) as standin, opened(standin) as scene, staying(scene):
        about = standin.describe()
        async with Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada:
            yield Thread(Desk(scene), ada)


@pytest.mark.parametrize("spec", [CARD, COMPACT], ids=["card", "compact"])
async def test_below_other_messages_it_is_a_reply_that_calls_nobody_and_is_found_again(spec: MessageSpec) -> None:
    async with thread() as here:
        prompt = await here.said("the prompt")
        await here.said("something else")
        message = await here.posted(spec, prompt)
        assert message["type"] == _REPLY
        assert message["message_reference"]["message_id"] == prompt["id"]
        assert message["mentions"] == []
        assert message["flags"] & _SILENT
        assert await here.found_again(message)


async def test_in_a_channel_where_many_write_it_is_one_right_below_its_prompt_too() -> None:
    async with thread() as here:
        message = await here.posted(CARD, await here.said("the prompt"))
        assert message["type"] == _REPLY


async def test_in_a_thread_it_is_none_right_below_its_prompt() -> None:
    async with thread() as here:
        here.desk.place = PlaceId(int((await here.ada.start_thread(here.channel, "a thread"))["id"]))
        await here.said("something else")
        message = await here.posted(CARD, await here.said("the prompt"))
        assert message["type"] != _REPLY
        assert not message.get("message_reference")


async def test_one_without_controls_is_none_and_is_found_again() -> None:
    async with thread() as here:
        prompt = await here.said("the prompt")
        await here.said("something else")
        message = await here.posted(OVER, prompt)
        assert not message.get("message_reference")
        assert await here.found_again(message)


async def test_an_answer_to_a_command_that_was_sent_as_a_message_is_not_taken_for_a_post() -> None:
    async with thread() as here:
        command = await here.said("/status")
        channel = here.desk.scene.client.get_partial_messageable(here.desk.place)
        answer = await channel.get_partial_message(int(command["id"])).reply("1 working")
        found, _ = await here.desk.poster.find_posts(here.desk.place, MessageId(0))
        assert answer.id not in [one.message for one in found]


async def test_a_prompt_that_was_deleted_or_may_not_be_read_costs_no_answer() -> None:
    async with thread() as here:
        deleted, kept = await here.said("taken back"), await here.said("the prompt")
        await here.said("something else")
        await here.ada.delete(deleted)
        assert (await here.posted(CARD, deleted))["author"]["bot"]
        await without_history(here.desk.scene, here)
        assert not (await here.posted(replace(CARD, slot="2"), kept)).get("message_reference")


async def without_history(scene: Scene, here: Thread) -> None:
    """The bot may not read what was said before; it knows."""
    told = asyncio.create_task(scene.client.wait_for("guild_channel_update", timeout=10), name="told")
    await asyncio.sleep(0)
    bot = scene.standin.describe()["application_id"]
    await here.ada.request("PUT", f"/channels/{here.channel}/permissions/{bot}", {"type": 1, "deny": str(HISTORY)})
    await told
