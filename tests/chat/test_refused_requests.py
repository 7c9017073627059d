"""Whatever fails in a request of ours ends in one of four ways: Discord is away, the place is closed, something is
gone, or this content is impossible. With the real discord.py, at a local Discord that knows the codes."""

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from gateway_scene import Scene, opened

from antiphon.chat.delivery.error_codes import OUTCOMES, Outcome, outcome_of
from antiphon.chat.delivery.failures import (
    ContentRefused,
    DiscordUnavailable,
    MessageGone,
    PlaceClosed,
    PlaceGone,
    ThreadRefused,
)
from antiphon.chat.delivery.poster import Poster
from antiphon.chat.render.message import Button, Card, DiskUpload, MessageSpec, PictureUpload, Table, TextUpload, Upload
from antiphon.core.values import File, MessageId, PersonId, PlaceId, SessionId
from antiphon.errors import ChatError
from antiphon.standin import Limits, StandIn
from antiphon.standin.discord.errors import CODES

HOME = SessionId("s")
ADA = PersonId(7)


class Disk:
    """Has every file, and keeps none; `fails`: why none can be read."""

    fails: BaseException | None = None

    async def find(self, session: SessionId, message: MessageId, name: str, size: int) -> File | None:
        return None

    async def save(self, session: SessionId, message: MessageId, name: str, content: AsyncIterable[bytes]) -> File:
        return File(name, name, sum([len(part) async for part in content]))

    async def drop(self, session: SessionId, message: MessageId) -> None: ...

    async def read(self, session: SessionId, path: str, most: int | None = None) -> bytes:
        if self.fails is not None:
            raise self.fails
        return b"content"


class Desk:
    """A poster at a local Discord, in its general channel."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.disk = Disk()
        self.poster = Poster(scene.client, self.disk)
        about = scene.standin.describe()
        self.place = PlaceId(int(about["channels"]["general"]))
        self.ada = PersonId(int(about["people"][0]["id"]))

    @property
    def requests(self) -> int:
        return len(self.scene.standin.discord._faults.requests)  # pyright: ignore[reportPrivateUsage]

    async def send(self, *uploads: Upload, text: str = "words") -> MessageId:
        spec = MessageSpec("0", text, uploads=uploads)
        return await self.poster.send(self.place, spec, "nonce", HOME)


@asynccontextmanager
async def desk() -> AsyncGenerator[Desk]:
    async with StandIn(limits=Limits(identify_window=0.0)) as standin, opened(standin) as scene:
        yield Desk(scene)


def kind(error: ChatError) -> Outcome:
    """Which of the outcomes an error is."""
    kinds = {
        DiscordUnavailable: Outcome.AWAY,
        PlaceClosed: Outcome.CLOSED,
        ThreadRefused: Outcome.CLOSED,
        PlaceGone: Outcome.PLACE_GONE,
        MessageGone: Outcome.MESSAGE_GONE,
        ContentRefused: Outcome.IMPOSSIBLE,
    }
    return kinds[type(error)]  # pyright: ignore[reportArgumentType]


async def outcome(asking: Awaitable[object]) -> Outcome | None:
    """How a request ends: by nothing else than these errors."""
    try:
        await asking
    except ChatError as error:
        return kind(error)
    return None


Ask = Callable[[Desk], Awaitable[object]]
ABOUT_PLACES: dict[str, Ask] = {
    "send": lambda desk: desk.send(),
    "send with files": lambda desk: desk.send(TextUpload("a.txt", "a"), DiskUpload("b.txt", "b")),
    "edit": lambda desk: desk.poster.edit(desk.place, MessageId(5), MessageSpec("0", "words"), HOME),
    "edit with files": lambda desk: desk.poster.edit(
        desk.place, MessageId(5), MessageSpec("0", "words", uploads=(TextUpload("a.txt", "a"),)), HOME
    ),
    "edit a card": lambda desk: desk.poster.edit(desk.place, MessageId(5), MessageSpec("0", card=Card(("a",))), HOME),
    "delete": lambda desk: desk.poster.delete(desk.place, MessageId(5), None),
    "visit": lambda desk: desk.poster.visit(desk.place),
    "look": lambda desk: desk.poster.find_posts(desk.place, MessageId(5)),
    "type": lambda desk: desk.poster.typing(desk.place),
}
ABOUT_ONE: dict[str, Ask] = {
    "tell directly": lambda desk: desk.poster.send(
        desk.place, MessageSpec("0", "words", direct=desk.ada), "nonce", HOME
    ),
    "tell a file directly": lambda desk: desk.poster.send(
        desk.place, MessageSpec("0", uploads=(TextUpload("a.txt", "a"),), direct=desk.ada), "nonce", HOME
    ),
    "take back": lambda desk: desk.poster.delete(desk.place, MessageId(5), desk.ada),
    "react": lambda desk: desk.poster.react(desk.place, MessageId(5), "👀"),
}
ANY = {"match": "* /**", "headers": {"Via": ""}}  # without Via, discord.py does not wait inside the call


def test_the_local_discord_knows_every_code_of_the_table() -> None:
    assert OUTCOMES.keys() <= CODES.keys()


async def test_each_error_code_ends_each_request_in_its_outcome_after_one_try() -> None:
    async with desk() as here:
        for code, wanted in OUTCOMES.items():
            await here.scene.fault({**ANY, "code": code})
            for name, ask in ABOUT_PLACES.items():
                before = here.requests
                assert await outcome(ask(here)) is wanted, (code, name)
                assert here.requests - before <= 2, (code, name)  # an edit unarchives
            for name, ask in ABOUT_ONE.items():
                found = await outcome(ask(here))
                if wanted in (Outcome.AWAY, Outcome.MESSAGE_GONE):
                    assert found is wanted, (code, name)
                elif name != "react":
                    assert found is Outcome.IMPOSSIBLE, (code, name)
                else:
                    others = {50001: Outcome.CLOSED, 10003: Outcome.MESSAGE_GONE}
                    assert found is others.get(code, Outcome.IMPOSSIBLE), code
            await here.scene.mend()


LOCAL = [
    FileNotFoundError("b"),
    IsADirectoryError("b"),
    NotADirectoryError("b"),
    PermissionError("b"),
    ValueError("Forbidden control character detected in headers."),
    UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed"),
    KeyError("b"),
    IndexError("b"),
    TypeError("b"),
    ZeroDivisionError("b"),
    AssertionError("b"),
    RecursionError("b"),
    MemoryError("b"),
]
PASSING = [OSError("the disk does not answer"), TimeoutError(), RuntimeError("Session is closed"), EOFError()]


async def test_what_fails_before_a_request_is_sent_is_no_outage() -> None:
    async with desk() as here:
        for here.disk.fails in LOCAL:
            before = here.requests
            for ask in (here.send(DiskUpload("b", "b")), ABOUT_PLACES["send with files"](here)):
                assert await outcome(ask) is Outcome.IMPOSSIBLE, here.disk.fails
            assert here.requests == before
        for here.disk.fails in PASSING:
            assert await outcome(here.send(DiskUpload("b", "b"))) is Outcome.AWAY, here.disk.fails
        crowd = MessageSpec("0", "words", buttons=tuple(Button(f"{n}", "b") for n in range(26)))
        assert await outcome(here.poster.send(here.place, crowd, "nonce", HOME)) is Outcome.IMPOSSIBLE
        empty = PictureUpload("table.png", Table((), ""))
        assert await outcome(here.send(empty)) is Outcome.IMPOSSIBLE


ODD_NAMES = ["a\nb.txt", "\x07.txt", "a\x00b", "\udcff.txt", "a\r\nX: y", '"', "../a", "\u202etxt.a", ""]


async def test_a_file_of_any_name_arrives() -> None:
    async with desk() as here:
        for kind_of_file in (DiskUpload, TextUpload):
            assert await here.send(*(kind_of_file(name, "b") for name in ODD_NAMES))


async def test_an_answer_that_is_not_discords_is_an_outage() -> None:
    async with desk() as here:
        for plan in ({"status": 403}, {"status": 404}, {"status": 400}, {"status": 302}, {"drop": True}):
            page = {"Content-Type": "text/html", "Via": ""}
            await here.scene.fault({**ANY, "body": {"a": "page"}, **plan, "headers": page})
            assert await outcome(here.send()) is Outcome.AWAY, plan
            await here.scene.mend()
        await here.scene.fault({**ANY, "status": 200, "body": {"a": "message without an id"}})
        assert await outcome(here.send()) is Outcome.AWAY


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        (400, Outcome.IMPOSSIBLE),
        (401, Outcome.AWAY),
        (403, Outcome.CLOSED),
        (404, Outcome.CLOSED),
        (405, Outcome.IMPOSSIBLE),
        (408, Outcome.AWAY),
        (413, Outcome.IMPOSSIBLE),
        (429, Outcome.AWAY),
        (500, Outcome.AWAY),
        (599, Outcome.AWAY),
    ],
)
def test_a_code_that_the_table_does_not_have_is_decided_by_its_status(status: int, wanted: Outcome) -> None:
    assert outcome_of(status, 999_999, of_discord=True) is wanted
    assert outcome_of(status, 0, of_discord=True) is wanted
