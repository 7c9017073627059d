"""Discord's own OpenAPI document (tests/discord_document) on both sides: what the bot sends, what we answer."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from antiphon.standin.discord import Limits
from antiphon.standin.discord.openapi import OpenApi
from antiphon.standin.discord.router import Router
from antiphon.standin.discord.routes import ROUTES
from discord_document.reduce import REDUCED as DISCORDS_DOCUMENT
from discord_document.reduce import reduced, routes
from standin.bodies import COMMAND, FORUM_TAGS, FULL, FULL_POST, KEYWORD_RULE, POLL, V2
from standin.conftest import Raw, opened
from standin.test_message_limits import fill

# Routes of Discord's own client and of the developer portal, which the document leaves out.
UNDOCUMENTED = {
    ("POST", "/interactions"),
    ("GET", "/users/@me/channels"),
    ("PUT", "/channels/:channel/polls/:message/answers/@me"),
    ("PATCH", "/users/@me/settings"),
    ("POST", "/applications/:application/bot/reset"),
    ("POST", "/oauth2/authorize"),
    ("GET", "/guilds/:guild/application-command-index"),
    ("GET", "/channels/:channel/application-command-index"),
}


@pytest.fixture(scope="module")
def openapi() -> OpenApi:
    return OpenApi(DISCORDS_DOCUMENT)


def test_every_route_is_discords(openapi: OpenApi) -> None:
    unknown = {(r.method, r.path) for r in ROUTES if not openapi.knows(r.method, r.path)}
    assert unknown == UNDOCUMENTED


def test_the_document_has_what_the_routes_need_and_no_more() -> None:
    """Where this fails, renew it from Discord's whole document: tests/discord_document/README.md."""
    document = json.loads(gzip.decompress(DISCORDS_DOCUMENT.read_bytes()))
    assert reduced(document, routes()) == document


MESSAGE, REACTION = "/channels/{general}/messages/{own}", "/channels/{general}/messages/{own}/reactions/%F0%9F%91%80"
TOUR: list[tuple[str, str, Any]] = [
    ("GET", "/users/@me", None),
    ("GET", "/users/{ada}", None),
    ("GET", "/users/@me/guilds", None),
    ("GET", "/oauth2/applications/@me", None),
    ("GET", "/applications/@me", None),
    ("PATCH", "/applications/@me", {"install_params": {"scopes": ["bot"], "permissions": "0"}}),
    ("GET", "/gateway", None),
    ("GET", "/gateway/bot", None),
    ("POST", "/users/@me/channels", {"recipient_id": "{ada}"}),
    ("GET", "/guilds/{guild}", None),
    ("GET", "/guilds/{guild}?with_counts=true", None),
    ("GET", "/guilds/{guild}/channels", None),
    ("GET", "/guilds/{guild}/members?limit=10", None),
    ("GET", "/guilds/{guild}/members/search?query=a", None),
    ("GET", "/guilds/{guild}/members/{ada}", None),
    ("PATCH", "/guilds/{guild}/members/@me", {"nick": "n"}),
    ("GET", "/guilds/{guild}/roles", None),
    ("POST", "/guilds/{guild}/roles", {"name": "r", "color": 1}),
    ("GET", "/guilds/{guild}/webhooks", None),
    ("GET", "/guilds/{guild}/threads/active", None),
    ("GET", "/channels/{general}", None),
    ("GET", "/channels/{forum}", None),
    ("GET", "/channels/{thread}", None),
    ("PATCH", "/channels/{general}", {"topic": "t"}),
    ("POST", "/guilds/{guild}/channels", {"name": "c", "type": 0}),
    ("POST", "/channels/{general}/messages", FULL),
    ("POST", "/channels/{general}/messages", V2),
    ("PUT", f"{REACTION}/@me", None),
    ("PUT", "/channels/{general}/messages/pins/{own}", None),
    ("GET", MESSAGE, None),
    ("PATCH", MESSAGE, {"content": "y"}),
    ("GET", REACTION, None),
    ("GET", "/channels/{general}/messages?limit=100", None),
    ("GET", "/channels/{general}/messages/pins", None),
    ("GET", "/channels/{general}/pins", None),
    ("GET", "/channels/{started}/messages", None),
    ("POST", "/channels/{general}/messages/{theirs}/threads", {"name": "t"}),
    ("POST", "/channels/{general}/threads", {"name": "t"}),
    ("POST", "/channels/{forum}/threads", {"name": "t", "message": {"content": "x"}}),
    ("POST", "/channels/{forum}/threads", {"name": "t", "message": FULL_POST, "applied_tags": ["{tag}"]}),
    ("PATCH", "/channels/{post}", {"applied_tags": ["{tag}", "{guarded}"], "flags": 2}),
    ("GET", "/channels/{post}", None),
    ("GET", "/channels/{post}/messages/{post}", None),
    (
        "PATCH",
        "/channels/{forum}",
        {"available_tags": FORUM_TAGS, "default_reaction_emoji": {"emoji_name": "\N{EYES}"}},
    ),
    ("PATCH", "/channels/{thread}", {"archived": True}),
    ("GET", "/channels/{general}/threads/archived/public", None),
    ("GET", "/channels/{general}/threads/archived/private", None),
    ("GET", "/channels/{general}/users/@me/threads/archived/private", None),
    ("GET", "/channels/{started}/thread-members", None),
    ("GET", "/channels/{started}/thread-members/{app}?with_member=1", None),
    ("GET", "/channels/{general}/webhooks", None),
    ("POST", "/channels/{general}/webhooks", {"name": "n"}),
    ("GET", "/webhooks/{hook_id}", None),
    ("GET", "/webhooks/{hook}", None),
    ("POST", "/webhooks/{hook}?wait=true", {"content": "x", "username": "n"}),
    ("POST", "/applications/{app}/commands", COMMAND),
    ("PUT", "/applications/{app}/commands", [COMMAND, {"type": 3, "name": "Menu"}]),
    ("GET", "/applications/{app}/commands", None),
    *(("POST", "/guilds/{guild}/channels", {"name": "c", "type": kind}) for kind in (2, 4, 5, 13, 15, 16)),
    ("GET", "/channels/{news}", None),
    ("POST", "/channels/{news}/messages/{published}/crosspost", None),
    ("PATCH", "/guilds/{guild}/members/{mallory}", {"communication_disabled_until": "2020-01-01T00:00:00Z"}),
    ("GET", "/guilds/{guild}/stickers", None),
    ("GET", "/guilds/{guild}/stickers/{sticker}", None),
    ("GET", "/stickers/{sticker}", None),
    ("GET", "/sticker-packs", None),
    ("GET", "/channels/{general}/messages/{poll}", None),
    ("GET", "/channels/{general}/polls/{poll}/answers/1", None),
    ("POST", "/channels/{general}/messages", POLL),
    ("POST", "/channels/{general}/messages", {"content": "x", "sticker_ids": ["{sticker}"]}),
    ("DELETE", "/channels/{thread}", None),
    ("DELETE", "/channels/{random}", None),
]


async def test_every_answer_is_one_that_discord_could_give(place: Raw, openapi: OpenApi) -> None:
    router = Router(ROUTES)
    wrong = []
    for method, path, body in TOUR:
        filled = path.format_map(place.ids)
        answer = await place(method, filled, fill(body, place.ids))
        assert answer.status < 300, (path, answer.body)
        found = router.find(method, filled.split("?")[0])
        assert not isinstance(found, int)
        if answer.body is not None:
            error = openapi.answer_error(method, found[0].path, answer.status, answer.body)
            wrong += [f"{method} {path}: {error}"] if error else []
    assert not wrong, "\n".join(wrong)


async def test_every_answer_about_rules_is_one_that_discord_could_give(place: Raw, openapi: OpenApi) -> None:
    rules = "/guilds/{guild}/auto-moderation/rules"
    for method, path, body in (
        ("POST", rules, KEYWORD_RULE),
        ("GET", rules, None),
        ("GET", rules + "/{rule}", None),
        ("PATCH", rules + "/{rule}", KEYWORD_RULE),
    ):
        assert openapi.request_error(method, path, fill(body, place.ids)) is None
        answer = await place.ok(method, path.format_map(place.ids), fill(body, place.ids), who="ada")
        assert openapi.answer_error(method, path, 200, answer) is None


async def test_what_does_not_fit_is_a_violation() -> None:
    async with opened(Limits.unlimited(), DISCORDS_DOCUMENT) as raw:
        path = f"/channels/{raw.ids['general']}/messages"
        await raw.ok("POST", path, {"content": "x", "nonce": "n", "embeds": [{"title": "t"}]})
        await raw.ok("POST", path, {"content": "x"}, files={"files[0]": ("a.txt", b"a")})
        await raw.ok("POST", path, {"content": 5}, who="ada")
        assert await raw.violations() == []
        await raw("POST", path, {"content": "x", "tts": "yes"})
        (violation,) = await raw.violations()
        assert "$.tts" in violation["detail"]


def test_ids_may_be_integers_and_null_may_stand_for_nothing(openapi: OpenApi) -> None:
    path = "/channels/:channel/messages"
    body = {"content": None, "message_reference": {"message_id": 2**60}, "components": None, "flags": None}
    assert openapi.request_error("POST", path, body) is None
    assert openapi.request_error("POST", path, {"content": {}}) is not None


def test_a_route_that_the_document_does_not_know_is_not_checked(tmp_path: Path, openapi: OpenApi) -> None:
    assert openapi.request_error("POST", "/interactions", {"anything": True}) is None
