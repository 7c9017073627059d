"""Every kind of place, and everything that people do in one: each kind has a row of the table that is printed at the
end (conftest.py), each deed a cell. A cell says what was seen, or why Discord has no such thing there."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from chain import Chain, Json

VIEW = 1 << 10
DIRECT, VOICE, ANNOUNCEMENT, STAGE, FORUM, MEDIA = 1, 2, 5, 13, 15, 16
NO_ARCHIVE = "only threads are archived"
NO_PERMISSIONS = "direct messages have no permissions"


@dataclass
class Kind:
    """`type`: Discord's number of the channel's kind; `call`: what calls Claude where nothing else does; `threads`:
    whether a session is in a thread of its own; `project`: what the project says."""

    type: int = 0
    threads: bool = True
    call: bool = False
    project: dict[str, Any] = field(default_factory=dict[str, Any])


KINDS = {
    "text channel, threads": Kind(),
    "text channel, one session": Kind(threads=False, project={"thread_isolation": False}),
    "text channel, one a person": Kind(threads=False, project={"thread_isolation": False, "share": "person"}),
    "announcement channel": Kind(ANNOUNCEMENT),
    "forum": Kind(FORUM),
    "media channel": Kind(MEDIA),
    "voice channel's text": Kind(VOICE, threads=False),
    "stage channel's text": Kind(STAGE, threads=False),
    "people's own thread": Kind(call=True),
    "direct messages": Kind(DIRECT, threads=False),
}
Row = dict[str, str]


@dataclass
class Place:
    """A place of one kind at work."""

    chain: Chain
    kind: Kind
    channel: str
    name: str

    async def begin(self, text: str, files: tuple[tuple[str, bytes], ...] = ()) -> str:
        """Ada's first words; where the answer will be."""
        if self.kind.type in (FORUM, MEDIA):
            return str((await self.chain.ada.open_post(self.channel, "A post", text, files=files))["id"])
        if self.kind.call:
            thread = await self.chain.ada.start_thread(self.channel, "A thread")
            await self.chain.ada.say(thread["id"], f"{self.chain.mention} {text}", files=files)
            return str(thread["id"])
        message = await self.chain.ada.say(self.channel, text, files=files)
        return str(message["id"] if self.kind.threads else self.channel)

    async def answered(self, place: str, text: str) -> None:
        await self.chain.ada.until(lambda _: text in self.answers(place), 30)

    def answers(self, place: str) -> list[str]:
        """What Claude has said, without whom it is for."""
        return [one.split("\n", 1)[1] if one.startswith("<@") else one for one in self.chain.chunks(place)]

    async def allow(self, *, see: bool) -> None:
        """Let the bot see the channel, or not."""
        bot = self.chain.world.about["application_id"]
        path = f"/channels/{self.channel}/permissions/{bot}"
        await self.chain.ada.request("PUT", path, {"type": 1, "allow": "0", "deny": str(0 if see else VIEW)})


async def prompt(at: Place, _: str) -> str:
    place = await at.begin("say: begun")
    await at.answered(place, "begun")
    return place


async def follow_up(at: Place, place: str) -> None:
    await at.chain.ask("say: followed", place)
    await at.answered(place, "followed")
    assert "say: begun" in json.dumps(list(at.chain.model_requests()[-1].messages))  # one conversation


async def attachment(at: Place, place: str) -> None:
    await at.chain.ada.say(place, "say: attached", files=[("notes.txt", b"the notes of the day")])
    await at.answered(place, "attached")
    assert "the notes of the day" in json.dumps(list(at.chain.model_requests()[-1].messages))


async def edit(at: Place, place: str) -> None:
    await at.chain.at_work("sleep 3", place)
    waiting = await at.chain.accepted(place, "say: unedited")
    await at.chain.ada.edit(waiting, "say: edited")
    await at.answered(place, "edited")
    assert "unedited" not in at.answers(place)


async def delete(at: Place, place: str) -> None:
    await at.chain.at_work("sleep 4", place)
    waiting = await at.chain.accepted(place, "say: deleted")
    await at.chain.ada.delete(waiting)
    await at.chain.ask("say: after it", place)
    await at.answered(place, "after it")
    assert "deleted" not in at.answers(place)


async def catch_up(at: Place, place: str) -> None:
    await at.chain.bridge.kill()
    await at.chain.ask("say: missed", place)
    other = await at.begin("say: begun meanwhile") if at.kind.threads else place
    if not at.kind.threads:
        await at.chain.ask("say: begun meanwhile", place)
    await at.chain.bridge.start()
    await at.answered(place, "missed")
    await at.answered(other, "begun meanwhile")


async def permission(at: Place, place: str) -> None:
    await at.allow(see=False)
    await at.chain.bridge_prints("View Channels (to read messages)")
    await at.chain.ask("say: unseen", place)
    await at.allow(see=True)
    await at.answered(place, "unseen")


async def archive(at: Place, place: str) -> None:
    await at.chain.at_work("sleep 2", place)
    await at.chain.ada.request("PATCH", f"/channels/{place}", {"archived": True})
    await at.chain.ask("say: unarchived", place)
    await at.answered(place, "unarchived")


DEEDS: dict[str, Callable[[Place, str], Awaitable[Any]]] = {
    "prompt": prompt,
    "follow-up": follow_up,
    "attachment": attachment,
    "edit": edit,
    "delete": delete,
    "catch-up": catch_up,
    "permission": permission,
    "archive": archive,
}


def impossible(kind: Kind, deed: str) -> str:
    """Why Discord has no such thing in a place of this kind; "": it has."""
    if deed == "permission" and kind.type == DIRECT:
        return NO_PERMISSIONS
    return NO_ARCHIVE if deed == "archive" and not kind.threads else ""


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
async def test_everything_that_people_do_works_in_a_place_of_this_kind(
    unstarted: Chain, name: str, record_property: Callable[[str, object], None]
) -> None:
    chain, kind = unstarted, KINDS[name]
    if kind.type == DIRECT:
        made: Json = await chain.ada.open_dm(chain.world.about["application_id"])
        chain.world.configure({}, while_working="queue")
    else:
        made = await chain.ada.create_channel("place", kind.type)
        chain.world.configure({}, channels=[int(made["id"])], while_working="queue", **kind.project)
    await chain.bridge.start()
    at, place = Place(chain, kind, str(made["id"]), name), ""
    row: Row = {}
    try:
        for deed, do in DEEDS.items():
            row[deed] = impossible(kind, deed) or "failed"
            if row[deed] != "failed":
                continue
            place = await do(at, place) or place
            row[deed] = "seen"
        texts = at.answers(place)
        row["once"] = "seen" if len(texts) == len(set(texts)) else "failed"  # nothing is said twice
        assert row["once"] == "seen", texts
    finally:
        record_property("place", (name, row))
