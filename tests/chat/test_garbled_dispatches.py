"""Five thousand dispatches with something wrong in each: none ends the client, each that cannot be read is counted."""

import asyncio
import gc
import json
import logging
import random
from collections import Counter
from pathlib import Path
from typing import Any

import discord
import pytest
from gateway_scene import Scene, heard_so_far, opened, staying, until

from antiphon.actions.context import ActionContext
from antiphon.actions.places import NoPlaces
from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.disk.session_files import LocalFiles
from antiphon.chat.connection.rate_limiter import RateLimiter
from antiphon.chat.inbound.acceptance import InboundContext
from antiphon.chat.inbound.attachments import Downloads, FileLimits
from antiphon.chat.inbound.message_listener import MessageListener
from antiphon.chat.interactions.commands import command_groups
from antiphon.chat.interactions.dispatch import InteractionDispatcher
from antiphon.chat.thread_creation import ThreadCreation
from antiphon.core.projects import Projects
from antiphon.core.values import Access, PlaceId, Project
from antiphon.standin import Limits, StandIn
from antiphon.standin.person import Person
from antiphon.store import Store, open_store
from standin.mutations import Spoiler

SEED = "dispatches 1"
MANY = 5000
GREETINGS = {"READY", "RESUMED"}  # what is wrong with these makes the client connect anew


async def bridge_of(scene: Scene, store: Store, root: Path) -> None:
    """All of ours that listens to Discord."""
    channels = frozenset(PlaceId(int(one)) for one in scene.standin.describe()["channels"].values())
    project = Project("playground", root, channels, Access())
    projects = Projects([project])
    actions = ActionContext(projects, store, NoPlaces())
    downloads = Downloads(LocalFiles(root / "files", DiskThreads()), FileLimits(10, 25, 50))
    context = InboundContext(
        scene.client, projects, store, RateLimiter(), lambda *_: None, ThreadCreation(scene.client).obstacle
    )
    await scene.client.add_cog(MessageListener(context, downloads, 86400))
    await scene.client.add_cog(InteractionDispatcher(actions))
    for group in command_groups(scene.client, actions):
        await scene.client.add_cog(group)


async def lively(ada: Person, general: str) -> None:
    """All sorts of things happen, so that there are all sorts of events."""
    first = await ada.say(general, "hello @everyone, `code` and <#1>")
    await ada.edit(first, "hello again")
    await ada.react(first, "👍")
    await ada.unreact(first, "👍")
    thread = await ada.start_thread(general, "a thread", first)
    said = await ada.say(thread["id"], "in the thread")
    await ada.say(thread["id"], "with a file", files=[("notes.txt", b"some notes")])
    await ada.delete(said)
    with_reply = await ada.say(general, "one more")
    await ada.request("PATCH", f"/channels/{thread['id']}", {"name": "another name"})
    await ada.command(general, "status")
    await ada.delete(with_reply)


def garbled(frames: list[dict[str, Any]], ids: list[str]) -> list[str]:
    """Mostly an event with spoilt data; sometimes another event's name, sometimes bytes that are no event."""
    spoiler, dice = Spoiler(SEED, ids), random.Random(SEED)
    names = [frame["t"] for frame in frames]
    made: list[str] = []
    while len(made) < MANY:
        frame = dice.choice(frames)
        text = json.dumps({**frame, "s": 10_000 + len(made), "d": spoiler.body(frame["d"])})
        match dice.randrange(20):
            case 0:
                text = json.dumps({**frame, "s": 10_000 + len(made), "t": dice.choice(names)})
            case 1:
                text = text[: dice.randrange(len(text))]
            case 2:
                text = dice.choice(("null", "[]", "1", '"x"', "[{}]", "{}", '{"op":0}', '{"op":99,"d":1}', '{"t":[]}'))
            case _:
                pass
        made.append(text)
    return made


def counted(client: discord.Client) -> Counter[str]:
    """How many events of each kind come to a parser, from now on."""
    seen: Counter[str] = Counter()
    parsers = client._connection.parsers
    for event, parse in list(parsers.items()):

        def count(data: Any, event: str = event, parse: Any = parse) -> None:
            seen[event] += 1
            parse(data)

        parsers[event] = count
    return seen


def listeners_at_work() -> list[str]:
    """The tasks in which discord.py runs listeners."""
    return [one.get_name() for one in asyncio.all_tasks() if one.get_name().startswith("discord.py: on_")]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_garbled_dispatches_end_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    async with (
        StandIn(limits=Limits.unlimited()) as standin,
        open_store(tmp_path / "antiphon.db", lambda: 1_700_000_000.0) as store,
        opened(standin) as scene,
    ):
        about, general = standin.describe(), standin.describe()["channels"]["general"]
        await bridge_of(scene, store, tmp_path)
        await scene.client.tree.sync()
        async with (
            staying(scene) as task,
            Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada,
        ):
            await lively(ada, general)
            await heard_so_far(scene)
            frames = [frame for frame in scene.recorded() if frame["t"] not in GREETINGS]
            ids = [*about["channels"].values(), about["guild_id"], *(one["id"] for one in about["people"])]
            seen = counted(scene.client)
            texts = garbled(frames, ids)
            before = scene.health.dropped
            for n, text in enumerate(texts):
                scene.inject(text)
                if n % 50 == 0:
                    await asyncio.sleep(0.01)  # in portions, as a gateway sends them
            scene.inject(json.dumps({"op": 0, "s": 1, "t": "GUILD_ROLE_UPDATE", "d": None}))  # the last one
            known = sum(_kind(text) in scene.client._connection.parsers for text in texts) + 1
            await until(lambda: sum(seen.values()) >= known, 120)
            await until(lambda: not listeners_at_work(), 30)
            dropped = scene.health._dropped
            report(frames, texts, known, seen, dropped)
            assert not task.done()
            assert sum(seen.values()) >= known  # what the bot says to some of them is told as well
            frame_kinds = sum(count for kind, count in dropped.items() if kind.startswith("a gateway frame"))
            assert frame_kinds == sum(_broken(text) for text in texts)
            assert scene.health.dropped - before > MANY // 10
            gc.collect()  # tasks that nobody waits for tell their failure when they are gone
            await asyncio.sleep(0)
            assert not [one for one in caplog.records if "never retrieved" in one.getMessage()]
            said = [one for one in caplog.records if "could not be read" in one.getMessage()]
            assert len(said) == len(dropped)  # each kind and error once

            await scene.fault({"drop_gateway": True, "resumable": False})  # what the garbled ones said is forgotten
            await scene.connected(30)
            message = await ada.say(general, "still here?")
            async with asyncio.timeout(30):
                while await store.session(PlaceId(int(message["id"]))) is None:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)


def _kind(text: str) -> str | None:
    """The event that a text tells of, where it tells of one."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    kind = frame.get("t") if isinstance(frame, dict) and frame.get("op") == 0 else None
    return kind if isinstance(kind, str) else None


def _broken(text: str) -> bool:
    """Whether a text is no frame at all."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return True
    return not isinstance(frame, dict)


def report(
    frames: list[dict[str, Any]], texts: list[str], known: int, seen: Counter[str], dropped: Counter[str]
) -> None:
    events = sum(count for kind, count in dropped.items() if kind.startswith("event "))
    listeners = sum(count for kind, count in dropped.items() if kind.startswith("on_"))
    print(f"{len(texts)} garbled dispatches made from {len(frames)} real ones of {len({f['t'] for f in frames})} kinds")
    print(
        f"{known - 1} came to a parser: {events} could not be read and were dropped, the others were taken as they are"
    )
    print(f"{sum(map(_broken, texts))} were no frames; {listeners} times a listener of ours could do nothing with one")
    for kind, count in sorted(dropped.items(), key=lambda one: -one[1])[:12]:
        print(f"  {count:5} {kind}")
