"""discord.js against the local Discord: a client that nobody here wrote, so that the stand-in is not made to measure.

The bot is peer.mjs, a process of its own that was given two addresses; the people beside it are Person. Skipped
where node or npm is missing, or where discord.js can neither be found nor fetched.
"""

import asyncio
import hashlib
import json
import shutil
import subprocess
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from antiphon.standin.discord import Limits, LocalDiscord, Rate
from antiphon.standin.person import Person
from discord_document.reduce import REDUCED as DISCORDS_DOCUMENT

HERE = Path(__file__).parent
EYES = "\N{EYES}"
_WAIT = 15.0  # seconds; discord.js itself waits five between two identifies
Json = dict[str, Any]


class Declined(Exception):
    """discord.js threw what the stand-in had refused; `code` is Discord's."""

    def __init__(self, about: Json) -> None:
        super().__init__(about["message"])
        self.code = about["code"]


@pytest.fixture(scope="session")
def program(request: pytest.FixtureRequest) -> Path:
    """peer.mjs beside an installed discord.js, in pytest's cache: fetched once for each lock file."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are needed to run discord.js")
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:12]
    cache: pytest.Cache = request.config.cache  # type: ignore[assignment]
    folder = cache.mkdir(f"discord-js-{lock}")
    for name in ("package.json", "package-lock.json", ".npmrc", "peer.mjs"):
        shutil.copy(HERE / name, folder / name)
    if not (folder / "node_modules" / ".package-lock.json").exists():  # the last thing that npm writes
        try:
            # No scripts of strangers; the machine's own npm settings decide where packages come from.
            command = (npm, "ci", "--ignore-scripts")
            found = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True, timeout=50)
        except subprocess.TimeoutExpired:
            pytest.skip("discord.js could not be fetched within 50 s")
        if found.returncode:
            pytest.skip(f"discord.js could not be fetched: {found.stderr.strip().splitlines()[-1:]}")
    return folder / "peer.mjs"


@dataclass
class Peer:
    """The running bot: what it is asked to do, and what it was told."""

    process: asyncio.subprocess.Process
    told: list[tuple[str, Json]] = field(default_factory=list)
    _answers: dict[int, Json] = field(default_factory=dict)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _asked: int = 0

    async def listen(self) -> None:
        """Reads what the bot says, until it ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            said = json.loads(line)
            async with self._changed:
                if "event" in said:
                    self.told.append((said["event"], said["data"]))
                else:
                    self._answers[said["id"]] = said
                self._changed.notify_all()

    async def do(self, act: str, **what: Any) -> Any:
        """One thing done by the bot; what came of it, or Declined."""
        assert self.process.stdin is not None
        self._asked += 1
        number = self._asked
        self.process.stdin.write(json.dumps({"id": number, "act": act, **what}).encode() + b"\n")
        found = await self._until(lambda: self._answers.get(number), act)
        if "refused" in found:
            raise Declined(found["refused"])
        return found["result"]

    async def hears(self, event: str, fits: Callable[[Json], bool] = lambda _: True, *, times: int = 1) -> Json:
        """Waits until an event that fits has come so often; the data of the last."""

        def found() -> Json | None:
            fitting = [data for name, data in self.told if name == event and fits(data)]
            return fitting[times - 1] if len(fitting) >= times else None

        return await self._until(found, event)

    async def _until(self, look: Callable[[], Json | None], what: str) -> Json:
        try:
            async with asyncio.timeout(_WAIT), self._changed:
                while (found := look()) is None:
                    await self._changed.wait()
                return found
        except TimeoutError:
            raise TimeoutError(f"no {what} within {_WAIT} s; discord.js has told {self.told}") from None

    def heard(self, event: str) -> int:
        return sum(name == event for name, _ in self.told)


@dataclass(frozen=True)
class Meeting:
    """A local Discord, discord.js in it as the bot, and ada beside it."""

    discord: LocalDiscord
    peer: Peer
    ada: Person
    http: ClientSession

    @property
    def general(self) -> str:
        return self.discord.describe()["channels"]["general"]

    async def hears_words(self, content: str) -> Json:
        """The message with these words, once ada sees it."""

        def seen(ada: Person) -> Json | None:
            every = (m for channel in ada.channels for m in ada.messages(channel))
            return next((m for m in every if m["content"] == content), None)

        found = await self.ada.until(seen)
        assert found is not None
        return found

    async def fault(self, **body: Any) -> None:
        async with self.http.post(f"{self.discord.url}/standin/faults", json=body) as response:
            assert response.status == 204, await response.text()

    async def no_more_faults(self) -> None:
        async with self.http.delete(f"{self.discord.url}/standin/faults") as response:
            assert response.status == 204, await response.text()

    async def violations(self) -> list[Json]:
        async with self.http.get(f"{self.discord.url}/standin/violations") as response:
            return await response.json()


@asynccontextmanager
async def process(program: Path, about: Json) -> AsyncGenerator[Peer]:
    node = shutil.which("node")
    assert node is not None
    root = about["api"].removesuffix("/v10")
    running = await asyncio.create_subprocess_exec(
        *(node, str(program), root, root.removesuffix("/api")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={"LANG": "C.UTF-8"},
    )
    peer = Peer(running)
    listening = asyncio.create_task(peer.listen(), name="discord.js")
    try:
        yield peer
    finally:
        assert running.stdin is not None
        running.stdin.close()
        try:
            async with asyncio.timeout(5):
                await running.wait()
        except TimeoutError:
            running.kill()
            await running.wait()
        await listening
        assert not listening.cancelled()


@asynccontextmanager
async def meeting(program: Path, limits: Limits) -> AsyncGenerator[Meeting]:
    async with LocalDiscord(limits=limits, openapi=DISCORDS_DOCUMENT) as discord:
        about = discord.describe()
        async with (
            Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada,
            process(program, about) as peer,
            ClientSession() as http,
        ):
            await peer.do("login", token=about["bot_token"])
            await peer.hears("ready")
            yield Meeting(discord, peer, ada, http)
            told = [data for name, data in peer.told if name in ("error", "warning", "invalid requests")]
            assert told == []


@pytest.fixture
async def met(program: Path) -> AsyncIterator[Meeting]:
    async with meeting(program, Limits.unlimited()) as found:
        yield found
        assert await found.violations() == []


async def test_it_logs_in_and_knows_its_server(met: Meeting) -> None:
    ready = await met.peer.hears("ready")
    about = met.discord.describe()
    assert ready["application"] == about["application_id"]
    (guild,) = ready["guilds"]
    assert guild["owner"] == about["people"][0]["id"]
    assert {"general", "random"} <= set(guild["channels"])
    assert not guild["canManageThreads"]  # the invitation asks for no such right


async def test_a_wrong_token_is_refused(program: Path) -> None:
    async with LocalDiscord(limits=Limits.unlimited()) as discord, process(program, discord.describe()) as peer:
        with pytest.raises(Declined) as refused:
            await peer.do("login", token="bm90.a.token")
        assert refused.value.code == "TokenInvalid"


async def test_it_hears_what_people_do(met: Meeting) -> None:
    about, peer, ada = met.discord.describe(), met.peer, met.ada
    message = await ada.say(met.general, f"<@{about['application_id']}> look", files=[("a.txt", b"of ada")])
    heard = await peer.hears("message")
    assert (heard["id"], heard["author"], heard["content"]) == (message["id"], "ada", message["content"])
    downloaded = await peer.do("download", url=heard["attachments"][0]["url"])
    assert downloaded == {"status": 200, "text": "of ada"}
    await ada.edit(message, "look here")
    assert (await peer.hears("edited", lambda m: m["content"] == "look here"))["before"] == message["content"]
    await ada.react(message, EYES)
    assert await peer.hears("reaction") == {"emoji": EYES, "count": 1, "user": "ada"}
    await ada.request("POST", f"/channels/{met.general}/typing")
    await peer.hears("typing", lambda t: t["user"] == "ada")
    thread = await ada.start_thread(met.general, "of ada")
    await peer.hears("thread", lambda t: t["id"] == thread["id"] and t["isNew"])
    await ada.delete(message)
    await peer.hears("deleted", lambda m: m["id"] == message["id"])


async def test_it_hears_direct_messages_and_answers(met: Meeting) -> None:
    channel = await met.ada.open_dm(met.discord.describe()["application_id"])
    said = await met.ada.say(channel["id"], "psst")
    assert (await met.peer.hears("message"))["channel"] == channel["id"]
    await met.peer.do("reply", channel=channel["id"], message=said["id"], body="yes?")
    assert (await met.hears_words("yes?"))["channel_id"] == channel["id"]


async def test_it_sends_replies_edits_reacts_and_deletes(met: Meeting) -> None:
    peer, ada = met.peer, met.ada
    asked = await ada.say(met.general, "a question")
    where = {"channel": met.general, "message": asked["id"]}
    sent = await peer.do("send", channel=met.general, body={"content": "hello", "embeds": [{"title": "t"}]})
    assert (sent["content"], sent["embeds"], sent["author"]) == ("hello", ["t"], "antiphon")
    reply = await peer.do("reply", **where, body="an answer")
    assert reply["replyTo"] == asked["id"]
    assert (await met.hears_words("an answer"))["referenced_message"]["id"] == asked["id"]
    mine = {"channel": met.general, "message": reply["id"]}
    assert (await peer.do("edit", **mine, body="a better answer"))["content"] == "a better answer"
    assert (await met.hears_words("a better answer"))["edited_timestamp"] is not None
    await peer.do("react", **where, emoji=EYES)
    await ada.until(lambda p: (p.message(asked) or {}).get("reactions"))
    assert (await peer.do("fetch", **where))["reactions"] == [{"emoji": EYES, "count": 1, "me": True}]
    await peer.do("type", channel=met.general)
    await ada.until(lambda p: p.typing(met.general))
    history = await peer.do("history", channel=met.general)
    assert [m["content"] for m in history] == ["a better answer", "hello", "a question"]
    await peer.do("delete", **mine)
    await ada.until(lambda p: p.event("MESSAGE_DELETE").get("id") == reply["id"])
    with pytest.raises(Declined) as gone:
        await peer.do("fetch", **mine)
    assert gone.value.code == 10008


async def test_it_makes_a_thread_and_talks_in_it(met: Meeting) -> None:
    message = await met.ada.say(met.general, "topic")
    thread = await met.peer.do("thread", channel=met.general, message=message["id"], name="talk")
    assert thread == {"id": message["id"], "name": "talk", "parent": met.general}
    await met.peer.do("send", channel=thread["id"], body="inside")
    assert (await met.hears_words("inside"))["channel_id"] == thread["id"]
    await met.ada.say(thread["id"], "me too")
    await met.peer.hears("message", lambda m: m["content"] == "me too" and m["channel"] == thread["id"])
    with pytest.raises(Declined) as refused:
        await met.peer.do("thread", channel=met.general, message=message["id"], name="again")
    assert refused.value.code == "MessageExistingThread"  # discord.js knows it before it asks


async def test_it_uploads_a_file_and_gets_it_back(met: Meeting) -> None:
    sent = await met.peer.do("upload", channel=met.general, name="notes.txt", text="grüße")
    (attachment,) = sent["attachments"]
    assert (attachment["name"], attachment["size"]) == ("notes.txt", 7)
    assert await met.peer.do("download", url=attachment["url"]) == {"status": 200, "text": "grüße"}
    shown = (await met.hears_words("here"))["attachments"][0]
    assert await met.ada.fetch(shown) == "grüße".encode()
    assert shown["description"] == "a file"


async def test_its_components_v2_are_taken_and_shown(met: Meeting) -> None:
    sent = await met.peer.do("layout", channel=met.general, words="words")
    assert sent["flags"] == ["IsComponentsV2"]
    assert sent["components"] == ["ContainerComponent"]
    kinds = ["TextDisplayComponent", "SeparatorComponent", "SectionComponent", "FileComponent"]
    assert sent["inside"] == kinds
    seen = await met.ada.until(lambda p: p.messages(met.general))
    assert [c["type"] for c in seen[0]["components"][0]["components"]] == [10, 14, 9, 13]
    with pytest.raises(Declined) as refused:
        await met.peer.do("edit", channel=met.general, message=sent["id"], body={"content": "legacy"})
    assert refused.value.code == 50035
    assert (await met.ada.click(seen[0], "grow")).kind == "success"
    changed = await met.ada.until(lambda p: [m for m in p.messages(met.general) if m["edited_timestamp"]])
    assert [c["content"] for c in changed[0]["components"]] == ["grown by ada"]


async def test_a_slash_command_is_deferred_answered_and_followed_up(met: Meeting) -> None:
    peer, ada = met.peer, met.ada
    kinds = {"slow": 1, "whisper": 1, "Whose is it": 3}
    assert {c["name"]: c["type"] for c in await peer.do("register")} == kinds
    assert (await ada.command(met.general, "slow", {"skill": "x1"})).kind == "success"
    await met.hears_words("ran x1")
    private = await met.hears_words("only you")
    assert private["flags"] & 1 << 6
    assert "Ephemeral" in (await peer.hears("followed up"))["flags"]
    assert "only you" not in [m["content"] for m in await ada.history(met.general)]


async def test_an_ephemeral_answer_is_for_one_person(met: Meeting) -> None:
    await met.peer.do("register")
    assert (await met.ada.command(met.general, "whisper")).kind == "success"
    assert (await met.hears_words("psst"))["flags"] & 1 << 6
    assert (await met.peer.hears("whispered"))["flags"] == ["Ephemeral"]
    assert await met.ada.history(met.general) == []


async def test_it_completes_what_is_typed(met: Meeting) -> None:
    await met.peer.do("register")
    choices = await met.ada.autocomplete(met.general, "slow", "skill", "re")
    assert [c["value"] for c in choices] == ["re1", "re2"]


async def test_a_context_menu_brings_its_message(met: Meeting) -> None:
    await met.peer.do("register")
    message = await met.ada.say(met.general, "mine")
    assert (await met.ada.command(met.general, "Whose is it", target=message["id"])).kind == "success"
    await met.hears_words("of ada: mine")


async def test_a_button_changes_its_message(met: Meeting) -> None:
    panel = await met.peer.do("panel", channel=met.general)
    message = await met.hears_words("choose")
    assert (await met.ada.click(message, "go")).kind == "success"
    assert (await met.hears_words("pressed by ada"))["id"] == panel["id"]


async def test_a_menu_opens_a_modal_and_its_words_arrive(met: Meeting) -> None:
    await met.peer.do("panel", channel=met.general)
    modal = await met.ada.select(await met.hears_words("choose"), "menu", ["b"])
    assert (modal.kind, modal.data["title"]) == ("modal", "Why?")
    assert (await met.peer.hears("chosen"))["values"] == ["b"]
    assert (await met.ada.submit_modal(modal, {"reason": "so it is"})).kind == "success"
    await met.hears_words("because so it is")


async def test_a_lost_socket_is_resumed_and_nothing_is_missed(met: Meeting) -> None:
    await met.fault(refuse_gateway=True)
    await met.fault(drop_gateway=True, resumable=True)
    await met.ada.say(met.general, "meanwhile")
    await met.no_more_faults()
    assert (await met.peer.hears("resumed"))["replayed"] == 2  # the message and RESUMED itself
    await met.peer.hears("message", lambda m: m["content"] == "meanwhile")
    assert met.peer.heard("identified") == 1
    assert met.peer.heard("message") == 1


async def test_a_lost_session_is_identified_anew(met: Meeting) -> None:
    await met.fault(drop_gateway=True, resumable=False)
    await met.peer.hears("identified", times=2)
    await met.ada.say(met.general, "again")
    await met.peer.hears("message", lambda m: m["content"] == "again")
    assert met.peer.heard("resumed") == 0


async def test_it_keeps_to_the_rate_limits_it_is_told(program: Path) -> None:
    async with meeting(program, Limits().with_rates(send=Rate(2, 0.3))) as met:
        await asyncio.gather(*(met.peer.do("send", channel=met.general, body=str(n)) for n in range(6)))
        await met.ada.until(lambda p: len(p.messages(met.general)) == 6)
        waited = await met.peer.hears("rate limited")
        assert (waited["limit"], waited["global"]) == (2, False)
        async with met.http.get(f"{met.discord.url}/standin/requests") as response:
            assert 429 not in [r["status"] for r in await response.json()]


async def test_a_429_out_of_nowhere_is_waited_out(met: Meeting) -> None:
    await met.fault(match="POST /channels/*/messages", status=429, times=1)
    await met.peer.do("send", channel=met.general, body="patience")
    await met.hears_words("patience")
