"""Two hundred random mutations of each valid request: Discord's kind of answer to each, and nothing broken after.

test_robustness.py spoils each part of a body in turn, with sound JSON; here whatever a broken client could send,
seeded by the request's own words, so that a failure comes again.
"""

# A table reads best with one line for each request, however long.
# ruff: noqa: E501

import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import WSMessage, WSMsgType

from antiphon.standin.discord import Limits, Rate
from antiphon.standin.discord.openapi import OpenApi
from antiphon.standin.discord.router import PERSON, Router
from antiphon.standin.discord.routes import ROUTES
from antiphon.standin.discord.socket import CLOSE_REASONS
from discord_document.reduce import REDUCED as DISCORDS_DOCUMENT
from standin.bodies import FULL, MODAL, PRESSES, REQUESTS, V2
from standin.conftest import Answer, Raw, furnished, opened, person
from standin.mutations import Spoiler, Spoilt
from standin.test_gateway import Socket, connected
from standin.test_message_limits import fill

# aiohttp warns of a part's odd header before it reads on.
pytestmark = pytest.mark.filterwarnings("ignore::aiohttp.multipart.BadContentDispositionHeader")
MUTATIONS = 200
Fits = Callable[[str, str, Answer], bool]
# Small sizes, so that a body that is too large is made soon; room for what succeeds two hundred times.
LIMITS = replace(
    Limits.unlimited().with_rates(gateway_send=Rate(1_000_000, 60.0)),
    request_bytes=200_000,
    file_bytes=100_000,
    webhooks=10_000,
    guild_channels=10_000,
    active_threads=10_000,
    interaction_ack=120.0,
)


# What the bot may not do, or could lock itself out with.
OWNERS = {
    "PATCH /channels/{general}",
    "PUT /channels/{general}/permissions/{ada}",
    "PATCH /guilds/{guild}/members/{ben}",
    "PATCH /guilds/{guild}/stickers/{sticker}",
    "PATCH /guilds/{guild}/auto-moderation/rules/{rule}",
    "PUT /channels/{general}/polls/{poll}/answers/@me",
}


@pytest.fixture
async def world() -> AsyncIterator[Raw]:
    async with opened(LIMITS) as raw:
        yield await furnished(raw)


@pytest.fixture(scope="module")
def fits() -> Fits:
    """Whether an answer is one that Discord could give, by its own document."""
    openapi, router = OpenApi(DISCORDS_DOCUMENT), Router(ROUTES)

    def look(method: str, path: str, answer: Answer) -> bool:
        found = router.find(method, path.split("?")[0])
        assert not isinstance(found, int)
        error = openapi.answer_error(method, found[0].path, answer.status, answer.body)
        # What Discord has and its document has not: callbacks that only put off an answer.
        return error is None or error.startswith("$.resource.type: 5 is not")

    return look


async def send_spoilt(raw: Raw, method: str, path: str, spoilt: Spoilt, fits: Fits, who: str | None = "bot") -> Answer:
    """One spoilt request: its answer, which is a refusal of Discord's kind or a success that Discord could tell of."""
    answer = await raw(method, path, text=spoilt.data, kind=spoilt.kind, who=who)
    check(answer, spoilt)
    if answer.status < 300 and answer.body is not None:
        assert fits(method, path, answer), (answer, spoilt)
    return answer


def check(answer: Answer, told: object) -> None:
    """A success, or a refusal in Discord's shape: 4xx, JSON, `message` and `code`, `errors` when the form is wrong."""
    if answer.status < 300:
        return
    assert 400 <= answer.status < 500, (answer, told)
    assert isinstance(answer.body, dict), (answer, told)
    assert isinstance(answer.body["message"], str), (answer, told)
    assert isinstance(answer.body["code"], int), (answer, told)
    if answer.body["code"] == 50035:
        assert leaves(answer.body["errors"]), (answer, told)


def leaves(tree: Any) -> list[Any]:
    """The errors at the ends of an errors tree, each with its code and message."""
    found = tree.get("_errors", [])
    assert all(set(one) == {"code", "message"} for one in found)
    return found + [leaf for key, branch in tree.items() if key != "_errors" for leaf in leaves(branch)]


async def check_whole(raw: Raw) -> None:
    """Everything can still be read, by REST and by a new client at the gateway, and a message still goes round."""
    ids = raw.ids
    for path in (
        *(
            f"/guilds/{ids['guild']}{what}"
            for what in ("", "/channels", "/roles", "/members?limit=100", "/threads/active")
        ),
        f"/applications/{ids['app']}/commands",
        f"/applications/{ids['app']}/guilds/{ids['guild']}/commands",
    ):
        await raw.ok("GET", path)
    async with person(raw) as ada:
        for channel in list(ada.channels.values()):
            if channel["type"] in (0, 1, 11, 12):
                await raw.ok("GET", f"/channels/{channel['id']}/messages?limit=100", who="ada")
        said = await ada.say(ids["random"], "still here")
        await ada.until(lambda p: p.message(said))


@pytest.mark.parametrize(("request_line", "valid"), REQUESTS, ids=lambda value: str(value)[:60])
async def test_a_spoilt_request_is_refused_as_discord_would(
    world: Raw, fits: Fits, request_line: str, valid: Any
) -> None:
    method, path = request_line.format_map(world.ids).split(" ")
    who = "ada" if request_line in OWNERS else "bot"
    valid = fill(valid, world.ids)
    spoiler = Spoiler(
        f"{request_line} {valid.keys() if isinstance(valid, dict) else ''}", sorted(set(world.ids.values()))
    )
    await world.ok(method, path, valid, who=who)
    for _ in range(MUTATIONS):
        spoilt = spoiler.request(valid)
        await send_spoilt(world, method, path, spoilt, fits, who)
    await check_whole(world)
    await world.ok(method, path, valid, who=who)


MENU_ROW = {"type": 1, "components": [{"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}]}]}
PRESSED, TYPED, CLICKED = 2, 4, 3
SAY, DEFER, DEFER_UPDATE, UPDATE, CHOICES, SHOW_MODAL = 4, 5, 6, 7, 8, 9
MESSAGE = {key: FULL[key] for key in ("content", "embeds", "components")}
CALLBACKS: list[tuple[int, Any]] = [
    (PRESSED, {"type": SAY, "data": MESSAGE | {"flags": 64, "allowed_mentions": {"parse": ["users"]}}}),
    (CLICKED, {"type": SAY, "data": V2}),
    (PRESSED, {"type": DEFER, "data": {"flags": 64}}),
    (CLICKED, {"type": DEFER_UPDATE}),
    (CLICKED, {"type": UPDATE, "data": {"content": "x", "components": [MENU_ROW]}}),
    (TYPED, {"type": CHOICES, "data": {"choices": [{"name": "n", "value": "v"}, {"name": "m", "value": "w"}]}}),
    (CLICKED, {"type": SHOW_MODAL, "data": MODAL}),
]


async def interaction_path(raw: Raw, bot: Socket, kind: int) -> str:
    """Ada runs, types or clicks; the path at which the bot is to answer."""
    body: Any = {"type": kind, "application_id": raw.ids["app"], "channel_id": raw.ids["general"], "nonce": "n"}
    if kind == CLICKED:
        row = {"content": "x", "components": [MENU_ROW]}
        message = await raw.ok("POST", f"/channels/{raw.ids['general']}/messages", row)
        body |= {"message_id": message["id"], "data": {"component_type": 3, "custom_id": "s", "values": ["a"]}}
    else:
        typed = [{"type": 3, "name": "o", "value": "v", "focused": True}] if kind == TYPED else []
        body["data"] = {"id": raw.ids["typed" if typed else "command"], "options": typed}
    await raw.ok("POST", "/interactions", body, who="ada")
    interaction = await bot.event("INTERACTION_CREATE")
    return f"/interactions/{interaction['id']}/{interaction['token']}/callback"


async def with_option(raw: Raw) -> None:
    option = {"type": 3, "name": "o", "description": "d", "autocomplete": True}
    command = {"name": "typed", "description": "d", "options": [option]}
    raw.ids["typed"] = (await raw.ok("POST", f"/applications/{raw.ids['app']}/commands", command))["id"]


@pytest.mark.parametrize(("kind", "valid"), CALLBACKS, ids=lambda value: str(value)[:40])
async def test_a_spoilt_callback_leaves_the_interaction_open(world: Raw, fits: Fits, kind: int, valid: Any) -> None:
    await with_option(world)
    valid = fill(valid, world.ids)
    spoiler = Spoiler(str(valid), sorted(set(world.ids.values())))
    async with connected(world) as bot:
        await bot.ready()
        path = await interaction_path(world, bot, kind)
        for _ in range(MUTATIONS):
            spoilt = spoiler.request(valid)
            answer = await send_spoilt(world, "POST", f"{path}?with_response=1", spoilt, fits, None)
            if answer.status < 300:
                path = await interaction_path(world, bot, kind)
        await world.ok("POST", path, valid, who=None)
    await check_whole(world)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_a_spoilt_follow_up_breaks_nothing(world: Raw, fits: Fits, method: str) -> None:
    valid = fill(MESSAGE, world.ids)
    spoiler = Spoiler(method, sorted(set(world.ids.values())))
    async with connected(world) as bot:
        await bot.ready()
        callback = await interaction_path(world, bot, PRESSED)
        await world.ok("POST", callback, {"type": DEFER}, who=None)
    path = f"/webhooks/{world.ids['app']}/{callback.split('/')[3]}" + (
        "/messages/@original" if method == "PATCH" else ""
    )
    for _ in range(MUTATIONS):
        spoilt = spoiler.request(valid)
        await send_spoilt(world, method, path, spoilt, fits, None)
    await world.ok(method, path, valid, who=None)
    await check_whole(world)


@pytest.mark.parametrize("press", PRESSES, ids=["a command", "a menu", "a modal"])
async def test_a_spoilt_press_is_refused_as_discord_would(world: Raw, fits: Fits, press: Any) -> None:
    row = {"content": "x", "components": [MENU_ROW]}
    await world.ok("PATCH", f"/channels/{world.ids['general']}/messages/{world.ids['own']}", row)
    valid = fill(press | {"application_id": "{app}", "channel_id": "{general}", "nonce": "n"}, world.ids)
    spoiler = Spoiler(str(press), sorted(set(world.ids.values())))
    for _ in range(MUTATIONS):
        spoilt = spoiler.request(valid)
        await send_spoilt(world, "POST", "/interactions", spoilt, fits, "ada")
    await check_whole(world)


async def test_every_broken_form_is_refused_as_discord_would(world: Raw, fits: Fits) -> None:
    path, valid = (
        f"/channels/{world.ids['general']}/messages",
        {"content": "x", "attachments": [{"id": 0, "filename": "a"}]},
    )
    spoiler = Spoiler("forms", sorted(set(world.ids.values())))
    for _ in range(2 * MUTATIONS):
        spoilt = spoiler.multipart(valid, json.dumps(valid).encode())
        await send_spoilt(world, "POST", path, spoilt, fits)
    message = await world.ok("POST", path, valid, files={"files[0]": ("a", b"bytes")})
    assert message["attachments"][0]["size"] == 5
    await check_whole(world)


async def test_no_path_and_no_query_is_too_odd(world: Raw) -> None:
    names = {
        "channel": "general",
        "message": "own",
        "user": "ada",
        "member": "ada",
        "application": "app",
        "webhook": "hook_id",
    }
    queries = {
        "messages": "?limit=1&after=1&before=1&around=1",
        "members": "?limit=1&after=1",
        "search": "?query=a&limit=1",
    }
    spoiler = Spoiler("paths", [])
    for route in ROUTES:
        parts = [world.ids.get(names.get(p[1:], p[1:]), "1") if p.startswith(":") else p for p in route.path.split("/")]
        reads = route.method == "GET"
        # Only what reads has a query to be spoilt: a path that is left whole would delete what it names.
        path = "/".join(parts) + (
            queries.get(parts[-1], "?limit=1&before=1&thread_id=1&with_counts=1") if reads else ""
        )
        who, body = "ada" if route.who == PERSON else "bot", {} if route.method in ("POST", "PUT", "PATCH") else None
        for _ in range(6):
            odd = spoiler.path(path)
            check(await world(route.method, odd, body, who=who), (route.method, odd))
    await check_whole(world)


FRAMES: dict[str, Any] = {
    "identify": {"op": 2, "d": {"token": "{token}", "properties": {"os": "x"}, "intents": 513, "shard": [0, 1], "compress": False, "presence": {"status": "online"}}},
    "resume": {"op": 6, "d": {"token": "{token}", "session_id": "1", "seq": 1}},
    "heartbeat": {"op": 1, "d": 251},
    "members": {"op": 8, "d": {"guild_id": "{guild}", "query": "a", "limit": 1, "presences": False, "user_ids": ["{ada}"], "nonce": "n"}},
    "presence": {"op": 3, "d": {"since": 0, "activities": [{"name": "x", "type": 0}], "status": "online", "afk": False}},
}  # fmt: skip


def is_text(frame: bytes) -> bool:
    try:
        frame.decode()
    except UnicodeDecodeError:
        return False
    return True


def acknowledged(message: WSMessage) -> bool:
    """Whether this is the end of the answer to a frame: a heartbeat's acknowledgement, or the hanging up."""
    return message.type != WSMsgType.TEXT or json.loads(message.data)["op"] == 11


@pytest.mark.parametrize("name", FRAMES)
async def test_a_spoilt_frame_is_answered_or_closes_with_a_code(world: Raw, name: str) -> None:
    token = world.about["bot_token"]
    valid = fill(FRAMES[name], world.ids | {"token": token})
    identify = fill(FRAMES["identify"], world.ids | {"token": token})
    spoiler = Spoiler(name, sorted({*world.ids.values(), token}))
    frames = [spoiler.request(valid).data for _ in range(MUTATIONS)]
    while frames:
        tried: list[bytes] = []
        async with world.session.ws_connect(world.about["gateway"]) as socket:
            if name in ("members", "presence"):
                await socket.send_json(identify)
            while frames and not socket.closed:
                tried.append(frames.pop())
                with suppress(ConnectionError):  # it may be hanging up
                    await socket.send_frame(tried[-1], WSMsgType.TEXT)
                    await socket.send_str('{"op": 1, "d": null}')
                while not acknowledged(await socket.receive(timeout=5)):
                    pass
            # Bytes that are no text the WebSocket itself refuses: with 1007, unless the hanging up overtakes it.
            codes = CLOSE_REASONS if all(map(is_text, tried)) else {*CLOSE_REASONS, 1006, 1007}
            assert not socket.closed or socket.close_code in codes, (socket.close_code, tried)
    await check_whole(world)
