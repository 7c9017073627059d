"""A local Discord for each test, raw access to it, and a prepared server to break rules in."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, FormData
from yarl import URL

from antiphon.standin.discord import Limits, LocalDiscord, permissions
from antiphon.standin.person import Person
from discord_document.reduce import REDUCED as DISCORDS_DOCUMENT
from standin.discord_py_bot import Bot, pointing, running

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def _never(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> int:
        return self.body["code"]

    def error(self, path: str) -> str:
        """The first code at a dotted place of the errors tree."""
        node = self.body["errors"]
        for part in path.split(".") if path else ():
            node = node[part]
        return node["_errors"][0]["code"]


class Raw:
    """Requests without a client library: what is sent is what is meant."""

    def __init__(self, session: ClientSession, about: dict[str, Any]) -> None:
        self.about = about
        self.session = session
        self.tokens = {p["name"]: p["token"] for p in about["people"]} | {"bot": f"Bot {about['bot_token']}"}
        self.ids = {p["name"]: p["id"] for p in about["people"]} | about["channels"]
        self.ids |= {"guild": about["guild_id"], "app": about["application_id"]}
        self.root = about["api"].removesuffix("/api/v10")

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        who: str | None = "bot",
        files: dict[str, tuple[str, bytes]] | None = None,
        text: str | bytes | None = None,
        kind: str | None = "application/json",
    ) -> Answer:
        headers = {"Authorization": self.tokens[who]} if who else {}
        data: Any = None
        if files is not None:
            data = FormData(quote_fields=False)
            if body is not None:
                data.add_field("payload_json", json.dumps(body), content_type="application/json")
            for field, (name, content) in files.items():
                data.add_field(field, BytesIO(content), filename=name, content_type="application/octet-stream")
        elif text is not None or body is not None:
            data = text if text is not None else json.dumps(body)
            headers |= {"Content-Type": kind} if kind else {}
        root = self.root if path.startswith("/standin/") else self.about["api"]
        url = URL(root + path, encoded="%" in path)
        async with self.session.request(method, url, data=data, headers=headers) as response:
            raw = await response.text()
            parsed = (
                json.loads(raw, parse_constant=_never)
                if raw and response.headers["Content-Type"] == "application/json"
                else raw or None
            )
            return Answer(response.status, parsed, response.headers)

    async def ok(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        answer = await self(method, path, body, **more)
        assert answer.status < 300, answer
        return answer.body

    async def sticker(self, picture: bytes = PNG, who: str = "ada", **form: str) -> Any:
        """A new sticker of the guild, or the refusal."""
        data = FormData({"name": "fire", "tags": "hot", "description": ""} | form)
        data.add_field("file", picture, filename="a.png")
        url = f"{self.about['api']}/guilds/{self.ids['guild']}/stickers"
        async with self.session.post(url, data=data, headers={"Authorization": self.tokens[who]}) as response:
            return await response.json()

    async def violations(self) -> list[dict[str, Any]]:
        return await self.ok("GET", "/standin/violations")


@asynccontextmanager
async def opened(limits: Limits, openapi: Path | None = None) -> AsyncIterator[Raw]:
    """A local Discord with these limits, and raw access to it."""
    local = LocalDiscord(limits=limits, openapi=openapi, bot_permissions=permissions.BOT_MANAGING)
    async with local as discord, ClientSession() as session:
        yield Raw(session, discord.describe())


@pytest.fixture
async def raw() -> AsyncIterator[Raw]:
    async with opened(Limits.unlimited()) as found:
        yield found


def person(raw: Raw, name: str = "ada") -> Person:
    return Person(raw.about["api"], raw.about["gateway"], raw.tokens[name])


@pytest.fixture
async def ada(raw: Raw) -> AsyncIterator[Person]:
    async with person(raw) as found:
        yield found


async def furnished(raw: Raw) -> Raw:
    """The server with something in it: messages, threads in every state, a forum, a webhook, a command."""
    ids = raw.ids
    general = f"/channels/{ids['general']}"
    own = await raw.ok("POST", f"{general}/messages", {"content": "mine"})
    theirs = await raw.ok("POST", f"{general}/messages", {"content": "theirs"}, who="ada")
    ids |= {"own": own["id"], "theirs": theirs["id"]}
    for name, state in (
        ("thread", {}),
        ("archived", {"archived": True}),
        ("locked", {"archived": True, "locked": True}),
    ):
        thread = await raw.ok("POST", f"{general}/threads", {"name": name, "type": 11}, who="ada")
        message = await raw.ok("POST", f"/channels/{thread['id']}/messages", {"content": "inside"})
        if state:
            await raw.ok("PATCH", f"/channels/{thread['id']}", state, who="ada")
        ids |= {name: thread["id"], f"{name}_message": message["id"]}
    started = await raw.ok("POST", f"{general}/messages/{own['id']}/threads", {"name": "from"})
    ids["started"] = started["id"]
    tags = [{"name": "open"}, {"name": "guarded", "moderated": True}]
    made = {"name": "forum", "type": 15, "available_tags": tags}
    forum = await raw.ok("POST", f"/guilds/{ids['guild']}/channels", made)
    opening = {"name": "post", "message": {"content": "first"}}
    post = await raw.ok("POST", f"/channels/{forum['id']}/threads", opening, who="mallory")
    news = await raw.ok("POST", f"/guilds/{ids['guild']}/channels", {"name": "news", "type": 5})
    asked = {"question": {"text": "?"}, "answers": [{"poll_media": {"text": one}} for one in "ab"]}
    poll = await raw.ok("POST", f"{general}/messages", {"poll": asked | {"allow_multiselect": True}}, who="ada")
    sticker = await raw.sticker()
    rule = {"name": "r", "event_type": 1, "trigger_type": 1, "actions": [{"type": 1}]}
    made_rule = await raw.ok("POST", f"/guilds/{ids['guild']}/auto-moderation/rules", rule, who="ada")
    published = await raw.ok("POST", f"/channels/{news['id']}/messages", {"content": "news"})
    hook = await raw.ok("POST", f"{general}/webhooks", {"name": "hook"})
    forum_hook = await raw.ok("POST", f"/channels/{forum['id']}/webhooks", {"name": "hook"})
    command = await raw.ok("POST", f"/applications/{ids['app']}/commands", {"name": "status", "description": "d"})
    hidden = await raw.ok("POST", f"/guilds/{ids['guild']}/channels", {"name": "hidden"}, who="ada")
    deny = {"type": 1, "deny": str(1 << 10), "allow": "0"}
    await raw.ok("PUT", f"/channels/{hidden['id']}/permissions/{ids['app']}", deny, who="ada")
    system = await raw("GET", f"{general}/messages?limit=100")
    notice = next(m for m in system.body if m["type"] == 18)
    ids |= {
        "forum": forum["id"],
        "tag": forum["available_tags"][0]["id"],
        "guarded": forum["available_tags"][1]["id"],
        "post": post["id"],
        "poll": poll["id"],
        "sticker": sticker["id"],
        "rule": made_rule["id"],
        "news": news["id"],
        "published": published["id"],
        "hook": f"{hook['id']}/{hook['token']}",
        "hook_id": hook["id"],
        "forum_hook": f"{forum_hook['id']}/{forum_hook['token']}",
        "command": command["id"],
        "hidden": hidden["id"],
        "notice": notice["id"],
    }
    return raw


@pytest.fixture
async def place(raw: Raw) -> Raw:
    return await furnished(raw)


@pytest.fixture
def pointed() -> Iterator[Callable[[Raw], None]]:
    """Points discord.py at a local Discord, for one test."""
    with pointing() as point:
        yield point


@pytest.fixture
async def server(pointed: Callable[[Raw], None]) -> AsyncIterator[Raw]:
    async with opened(Limits.unlimited(), DISCORDS_DOCUMENT) as raw:
        pointed(raw)
        yield raw
        assert await raw.violations() == []


@pytest.fixture
async def bot(server: Raw) -> AsyncIterator[Bot]:
    async with running(server, Bot()) as found:
        yield found
