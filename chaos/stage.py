"""One round, played: people write, things go wrong, and in the end everybody has time to come to rest."""

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from bench import shown as turns
from bench.processes import claudes_of, left_behind

from antiphon.demo.process import BridgeProcess
from antiphon.demo.world import World
from antiphon.standin import StandIn
from antiphon.standin.client_shapes import words_of
from antiphon.standin.discord import Limits
from antiphon.standin.person import Person
from chaos import people as acting
from chaos.hostile import plant
from chaos.plan import Fault, Message, Plan
from chaos.verdict import Records, Said, settled, turned_away

Json = dict[str, Any]

_ALLOWED = ["Read", "Glob", "Grep", "Bash(echo:*)", "Bash(python3:*)"]  # about everything else people are asked
_REST = 150.0  # seconds after the last message and fault until what is not settled is a finding
_STILL = 2.0  # seconds without any event after which a round that is settled counts as over
_DIRECT = 1  # the type of a channel of direct messages
_AGAIN = 1.0  # seconds after which somebody who was turned away writes again
_STARTING = 120.0  # seconds until a bridge must be connected, Discord's failing included
_THREAD = 120.0  # seconds until a thread must have been opened


@dataclass
class Round:
    """A round that is being played."""

    plan: Plan
    standin: StandIn
    bridge: BridgeProcess
    people: Sequence[Person]
    root: Path
    general: str
    said: list[tuple[Message, str, str]] = field(default_factory=list[tuple[Message, str, str]])
    done: list[str] = field(default_factory=list[str])
    left: list[str] = field(default_factory=list[str])
    begun: float = field(default_factory=time.monotonic)
    places: set[str] = field(default_factory=set[str])

    async def play(self) -> None:
        """Everything that the plan holds, then peace; people answer requests to the end."""
        answering = asyncio.create_task(
            acting.answer_requests(self.people, self.plan.presses, self.places), name="answers"
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                for n, messages in enumerate(self.plan.threads()):
                    tasks.create_task(self._write(messages, tasks), name=f"thread {n}")
                tasks.create_task(self._harm(), name="harm")
            await self._standin("DELETE", "faults")
            await self._rest()
        finally:
            answering.cancel()
            await asyncio.wait({answering})

    async def records(self) -> Records:
        """What is to be judged, once the bridge has left."""
        self._note_if_left()
        eyes = self.people[0]
        requests = [one.messages for one in self.standin.model.requests if one.kind == "main"]
        await self.bridge.stop()
        orphans = await left_behind(self.root)
        said = [Said(one, place, self._message(place, id_)) for one, place, id_ in self.said]
        places = {place: eyes.messages(place) for _, place, _ in self.said}
        told, files = await self._elsewhere()
        return Records(said, places, requests, orphans, [*told, *files], told, self.left)

    async def _elsewhere(self) -> tuple[list[str], list[str]]:
        """What the bot has said above the threads and directly, files included; and in files of the threads. Everybody
        tells what they have seen."""
        seen = {
            one["id"]: one
            for person in self.people
            for channel in (*self.places, *person.channels)
            for one in person.messages(channel)
            if one["author"].get("bot")
        }
        told, files = list[str](), list[str]()
        for one in seen.values():
            above = one["channel_id"] not in self.places
            told += [words_of(one)] * above
            for file in one.get("attachments", []):
                if file["filename"].endswith((".md", ".txt")):
                    text = (await self.people[0].fetch(file)).decode(errors="replace")
                    (told if above else files).append(text)
        return told, files

    async def _write(self, messages: Sequence[Message], tasks: asyncio.TaskGroup) -> None:
        """One thread's messages, and what people do with them; the first one opens it."""
        place = ""
        for one in messages:
            await asyncio.sleep(one.pause)
            author = self.people[one.author]
            posted = await (author.say(place, one.text) if place else self._open(author, one.text))
            place, opens = place or posted["id"], not place
            self.said.append((one, place, posted["id"]))
            self.places.add(place)
            if opens and place not in author.channels:
                return  # nobody can write on: what became of the message will be judged
            if one.act is not None:
                doing = acting.act(one.act, author, self.people[one.act.person], posted, place)
                tasks.create_task(doing, name=f"{one.act.kind} {one.number}")

    async def _open(self, author: Person, text: str) -> Json:
        """Write until a thread is there: whoever is told that none can be made writes again. The last message."""

        def heard(person: Person) -> bool:
            directly = [
                one
                for id_, place in person.channels.items()
                if place.get("type") == _DIRECT
                for one in person.messages(id_)
            ]
            return posted["id"] in person.channels or turned_away(posted, person.messages(self.general), directly)

        while True:
            posted = await author.say(self.general, text)
            with suppress(TimeoutError):
                await author.until(heard, _THREAD)
            if posted["id"] in author.channels or not heard(author):
                return posted
            await asyncio.sleep(_AGAIN)

    async def _harm(self) -> None:
        for fault in self.plan.faults:
            await asyncio.sleep(fault.pause)
            self.done.append(f"{time.monotonic() - self.begun:6.1f} s  {fault.name}  {fault.details or ''}")
            self._note_if_left()
            await self._do(fault)

    def _note_if_left(self) -> None:
        if self.bridge.returncode is not None:
            self.left.append(f"exit code {self.bridge.returncode}: {self.bridge.lines[-1:]}")

    async def _do(self, fault: Fault) -> None:
        match fault.deed:
            case "permission":
                owner, bot = self.people[0], self.standin.describe()["bot_id"]
                await acting.without_permission(owner, bot, self.general, fault.details, fault.seconds)
            case "kick":
                about = self.standin.describe()
                await acting.without_bot(self.people[0], about["bot_id"], about["guild_id"], fault.seconds)
            case "kill bridge":
                await self.bridge.kill()
                await asyncio.sleep(fault.seconds)
                await self.bridge.start(_STARTING)
            case "freeze bridge":
                os.kill(self.bridge.pid, signal.SIGSTOP)
                await asyncio.sleep(fault.seconds)
                os.kill(self.bridge.pid, signal.SIGCONT)
            case "kill claude":
                for process in claudes_of(self.bridge.pid)[:1]:
                    with suppress(ProcessLookupError):
                        os.kill(process, signal.SIGKILL)
            case "discord" | "gateway":
                await self._standin("POST", "faults", fault.details)
                if fault.seconds:
                    await asyncio.sleep(fault.seconds)
                    await self._standin("DELETE", "faults")

    async def _rest(self) -> None:
        """Until every message has its final mark and every turn its end, and nothing moves any more."""
        limit = time.monotonic() + _REST
        while time.monotonic() < limit:
            if time.monotonic() - self.people[0].heard[-1] > _STILL and self._settled():
                return
            await asyncio.sleep(0.2)

    def _settled(self) -> bool:
        eyes = self.people[0]
        ended = all(len(turns.statuses(m)) == len(turns.ends(m)) for m in map(eyes.messages, self.places))
        messages = [self._message(place, id_) for _, place, id_ in self.said]
        return ended and all(settled(one) for one in messages if one is not None)

    def _message(self, place: str, id_: str) -> Json | None:
        """A message as it stands now, None once it is deleted; the one that opened a thread stands in the channel."""
        return self.people[0].message({"channel_id": self.general if id_ == place else place, "id": id_})

    async def _standin(self, method: str, what: str, body: Json | None = None) -> None:
        url = self.standin.discord.url
        async with ClientSession() as http, http.request(method, f"{url}/standin/{what}", json=body) as response:
            assert response.status == 204, await response.text()


async def play(plan: Plan, people: int) -> tuple[Records, Round]:
    """A whole round in a world of its own."""
    async with AsyncExitStack() as stack:
        root = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="antiphon-chaos-", ignore_cleanup_errors=True))
        )
        standin = await stack.enter_async_context(StandIn(limits=Limits(identify_window=1.0)))
        about = standin.describe()
        world = World(root, about, os.environ["PATH"])  # noqa: TID251
        await world.create()
        plant(world.project)
        who = about["people"][:people]
        ids = [int(one["id"]) for one in who]
        world.configure({}, people=ids, while_working=plan.while_working, allowed_tools=_ALLOWED)
        bridge = BridgeProcess(world.config, world.environment())
        stack.push_async_callback(bridge.stop)
        await bridge.start()
        persons = [await stack.enter_async_context(Person(about["api"], about["gateway"], one["token"])) for one in who]
        played = Round(plan, standin, bridge, persons, root, about["channels"]["general"])
        await played.play()
        return await played.records(), played
