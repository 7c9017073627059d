"""Files from Discord: where they are put, under which names, within which limits, and what is said of the others."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from antiphon.agent.disk.reading import DiskThreads
from antiphon.agent.disk.session_files import LocalFiles
from antiphon.chat.inbound.attachments import Downloads, FileLimits, admitted, safe_names
from antiphon.chat.inbound.intake import Attachment
from antiphon.core.file_names import safe_name
from antiphon.core.values import MessageId, SessionId

LIMITS = FileLimits(10, 1, 2)
SESSION, MESSAGE = SessionId("77"), MessageId(500)
KB = 1024


def downloads_to(directory: Path) -> Downloads:
    return Downloads(LocalFiles(directory, DiskThreads()), LIMITS)


def attached(name: str, size: int = 10, id_: int = 1) -> Attachment:
    return Attachment(id_, name, size, "http://cdn/nowhere")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("notes.txt", "notes.txt"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/", "file"),
        ("..", "file"),
        ("", "file"),
        (" . ", "file"),
        (".gitignore", ".gitignore"),
        ("two\nlines\t.txt", "two lines .txt"),
        ("tricky\u202egnp.exe", "trickygnp.exe"),
        ("nul\0l.txt", "null.txt"),
        ("`code`.md", "_code_.md"),
        ("Übersicht – 計画.pdf", "Übersicht – 計画.pdf"),
    ],
)
def test_a_name_is_one_harmless_component(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("name", ["x" * 300 + ".txt", "計" * 300 + ".txt", "x." + "y" * 300, "👩‍👩‍👧‍👦" * 90 + ".png"])
def test_a_long_name_is_cut_and_keeps_a_short_suffix(name: str) -> None:
    short = safe_name(name)
    assert len(short) <= 100
    assert len(short.encode()) <= 200
    assert Path(short).suffix == Path(name).suffix or len(Path(name).suffix) > 16


@given(st.lists(st.text(max_size=300), max_size=10))
def test_whatever_the_names_each_file_has_its_own_below_the_directory(names: list[str]) -> None:
    safe = safe_names([attached(name, id_=10**17 + n) for n, name in enumerate(names)])
    assert len({name.casefold() for name in safe}) == len(names)
    for name in safe:
        assert 1 <= len(name) <= 100
        assert len(name.encode(errors="strict")) <= 200
        assert (Path("/files") / name).parent == Path("/files")
        assert name not in (".", "..")
        assert "\0" not in name


def test_files_with_one_name_get_numbers_also_where_only_the_case_differs() -> None:
    files = [attached("a.txt", id_=1), attached("A.TXT", id_=2), attached("a.txt", id_=3)]
    assert safe_names(files) == ["a.txt", "A-2.TXT", "a-3.txt"]


def test_what_is_over_a_limit_is_named_with_the_limit() -> None:
    files = [
        attached("big.zip", 1024 * KB + 1),
        attached("one.bin", 1000 * KB),
        attached("two.bin", 1000 * KB),
        attached("three.bin", 100 * KB),
        attached("small.txt", 10),
        attached("last.txt", 10),
    ]
    taken, notes = admitted(files, FileLimits(3, 1, 2))
    assert [name for _, name in taken] == ["one.bin", "two.bin", "small.txt"]
    assert notes == [
        "big.zip (1.1 MB) is larger than 1 MB and was not passed on",
        "three.bin (100 KB) was not passed on: a message may bring 2 MB of files at most",
        "last.txt (10 bytes) was not passed on: a message may bring 3 files at most",
    ]


class Cdn:
    """A server for files; it can fail a few times, lie about lengths, and cut a body short."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: Counter[str] = Counter()
        self.failing: Counter[str] = Counter()
        self.cut: set[str] = set()
        self.hanging: set[str] = set()
        self.hung = asyncio.Event()
        self.url = ""

    def put(self, name: str, data: bytes, id_: int = 1) -> Attachment:
        """A file that is there."""
        path = f"{id_}.bin"
        self.files[path] = data
        return Attachment(id_, name, len(data), f"{self.url}/{path}")

    async def get(self, request: web.Request) -> web.StreamResponse:
        name = request.path.removeprefix("/")
        self.asked[name] += 1
        if self.failing[name]:
            self.failing[name] -= 1
            return web.Response(status=503)
        if name in self.hanging:
            self.hung.set()
            await asyncio.Event().wait()
        if name in self.cut:
            response = web.StreamResponse(headers={"Content-Length": str(len(self.files[name]))})
            await response.prepare(request)
            await response.write(self.files[name][:3])
            assert request.transport is not None
            request.transport.close()
            return response
        return web.Response(body=self.files[name]) if name in self.files else web.Response(status=404)


@pytest.fixture
async def cdn() -> AsyncGenerator[Cdn]:
    made = Cdn()
    app = web.Application()
    app.router.add_get("/{name}", made.get)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


def on_disk(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


async def test_files_are_whole_on_disk_under_session_and_message(cdn: Cdn, tmp_path: Path) -> None:
    files = [cdn.put("a.txt", b"alpha", 1), cdn.put("../a.txt", b"beta", 2), cdn.put("e.txt", b"", 3)]
    fetched = await downloads_to(tmp_path).fetch(SESSION, MESSAGE, files, paste=False)
    assert on_disk(tmp_path) == {"77/in/500/a.txt": b"alpha", "77/in/500/a-2.txt": b"beta", "77/in/500/e.txt": b""}
    assert [(one.name, one.size) for one in fetched.attachments.files] == [("a.txt", 5), ("a-2.txt", 4), ("e.txt", 0)]
    assert {one.path for one in fetched.attachments.files} == {str(tmp_path / name) for name in on_disk(tmp_path)}
    assert fetched.attachments.notes == ()


async def test_a_server_that_fails_twice_is_asked_a_third_time(cdn: Cdn, tmp_path: Path) -> None:
    cdn.failing["1.bin"] = 2
    fetched = await downloads_to(tmp_path).fetch(SESSION, MESSAGE, [cdn.put("a.txt", b"alpha")], paste=False)
    assert [one.name for one in fetched.attachments.files] == ["a.txt"]
    assert cdn.asked["1.bin"] == 3


async def test_what_cannot_be_fetched_is_said_and_leaves_nothing_behind(cdn: Cdn, tmp_path: Path) -> None:
    lost, cut, good = cdn.put("lost.txt", b"lost", 1), cdn.put("cut.txt", b"cut short", 2), cdn.put("b.txt", b"b", 3)
    cdn.failing["1.bin"] = 3
    cdn.cut.add("2.bin")
    fetched = await downloads_to(tmp_path).fetch(SESSION, MESSAGE, [lost, cut, good], paste=False)
    assert on_disk(tmp_path) == {"77/in/500/b.txt": b"b"}
    assert fetched.attachments.notes == (
        "lost.txt (4 bytes) could not be fetched and was not passed on",
        "cut.txt (9 bytes) could not be fetched and was not passed on",
    )


async def test_more_than_was_announced_stops_at_the_limit(cdn: Cdn, tmp_path: Path) -> None:
    liar = cdn.put("liar.bin", b"\0" * (1024 * KB + 1))
    small = Attachment(liar.id, liar.name, 10, liar.url)
    fetched = await downloads_to(tmp_path).fetch(SESSION, MESSAGE, [small], paste=False)
    assert fetched.attachments.files == ()
    assert on_disk(tmp_path) == {}


async def test_a_disk_that_cannot_be_written_is_said_too(cdn: Cdn, tmp_path: Path) -> None:
    (tmp_path / "77").write_text("in the way")
    fetched = await downloads_to(tmp_path).fetch(SESSION, MESSAGE, [cdn.put("a.txt", b"alpha")], paste=False)
    assert fetched.attachments.notes == ("a.txt (5 bytes) could not be fetched and was not passed on",)


async def test_what_cannot_be_read_afterwards_is_said_too(tmp_path: Path) -> None:
    in_the_way = tmp_path / "77" / "in" / "500" / "a.txt"
    in_the_way.mkdir(parents=True)
    files = [attached("a.txt", in_the_way.stat().st_size)]
    fetched = await downloads_to(tmp_path).fetch(SESSION, MESSAGE, files, paste=False)
    assert len(fetched.attachments.notes) == 1
    assert fetched.attachments.notes[0].endswith("could not be fetched and was not passed on")


async def test_a_cancelled_fetch_leaves_nothing_half_done(cdn: Cdn, tmp_path: Path) -> None:
    file = cdn.put("never.txt", b"never")
    cdn.hanging.add("1.bin")
    fetching = asyncio.create_task(downloads_to(tmp_path).fetch(SESSION, MESSAGE, [file], paste=False))
    async with asyncio.timeout(5):
        await cdn.hung.wait()
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
    assert on_disk(tmp_path) == {}


async def test_fetching_again_finds_what_is_there(cdn: Cdn, tmp_path: Path) -> None:
    downloads = downloads_to(tmp_path)
    files = [cdn.put("a.txt", b"first", 1), cdn.put("a.txt", b"other", 2)]
    before = await downloads.fetch(SESSION, MESSAGE, files, paste=False)
    assert await downloads.fetch(SESSION, MESSAGE, files, paste=False) == before
    assert cdn.asked == {"1.bin": 1, "2.bin": 1}
    (left,) = (await downloads.fetch(SESSION, MESSAGE, files[1:], paste=False)).attachments.files
    assert left.path == str(tmp_path / "77/in/500/a-2.txt")  # an edit took the first one away
    assert cdn.asked == {"1.bin": 1, "2.bin": 1}


async def test_recordings_and_unknown_files_are_saved_and_said_so(cdn: Cdn, tmp_path: Path) -> None:
    files = [
        cdn.put("voice-message.ogg", b"OggS\0\1", 1),
        cdn.put("a.zip", b"PK\3\4\0", 2),
        cdn.put("m.mp3", b"\xff", 3),
    ]
    fetched = await downloads_to(tmp_path).fetch(SESSION, MESSAGE, files, paste=False)
    assert len(fetched.attachments.files) == 3
    assert fetched.attachments.notes == (
        "voice-message.ogg is saved as a file, but Claude cannot listen to it",
        "a.zip is saved as a file for Claude",
        "m.mp3 is saved as a file, but Claude cannot listen to it",
    )


async def test_a_pasted_text_becomes_words_and_what_it_quotes_stays_a_file(cdn: Cdn, tmp_path: Path) -> None:
    files = [cdn.put("message.txt", "\ufeffDo this: ü".encode(), 1), cdn.put("quoted.txt", b"see", 2)]
    fetched = await downloads_to(tmp_path).fetch(SESSION, MESSAGE, files, paste=True)
    assert fetched.paste == "Do this: ü"
    assert [one.name for one in fetched.attachments.files] == ["quoted.txt"]


@pytest.mark.parametrize(
    "data", [b"x" * (100 * KB + 1), b"\xff\xfe\0", b"", b" \n"], ids=["long", "not text", "empty", "blank"]
)
async def test_what_is_no_prompt_stays_a_file(data: bytes, cdn: Cdn, tmp_path: Path) -> None:
    fetched = await downloads_to(tmp_path).fetch(SESSION, MESSAGE, [cdn.put("message.txt", data)], paste=True)
    assert fetched.paste is None
    assert [one.size for one in fetched.attachments.files] == [len(data)]


async def test_what_a_deleted_message_brought_is_removed(cdn: Cdn, tmp_path: Path) -> None:
    downloads = downloads_to(tmp_path)
    await downloads.fetch(SESSION, MESSAGE, [cdn.put("a.txt", b"alpha")], paste=False)
    await downloads.fetch(SESSION, MessageId(501), [cdn.put("b.txt", b"beta")], paste=False)
    await downloads.drop([SESSION, SessionId("500")], MESSAGE)
    assert on_disk(tmp_path) == {"77/in/501/b.txt": b"beta"}
