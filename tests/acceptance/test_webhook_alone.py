"""With nothing but a webhook: what needs somebody, what is done and what failed in terminals is told in Discord."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from bench.terminal import Home, Terminal, antiphon

from antiphon.demo.process import BridgeProcess
from antiphon.standin.discord.state import FORUM
from antiphon.standin.person import Person
from forked_bridge import BridgeForker, ForkedBridge
from terminals import both_sizes, needs_tmux, terminal

from chain import Chain

pytestmark = [needs_tmux, pytest.mark.timeout(150)]  # a terminal, Claude Code and a bridge
Json = dict[str, Any]

_TELLS = "telling of the sessions"
_SILENT = 1 << 12


@pytest.fixture
async def alone(unstarted: Chain, forker: BridgeForker | None) -> AsyncGenerator[Chain]:
    """The chain, whose bridge is to have a webhook and no bot."""
    where = state(unstarted) / "webhook.toml", bare(unstarted)
    unstarted.bridge = ForkedBridge(*where, forker) if forker else BridgeProcess(*where)
    yield unstarted
    told = [] if unstarted.expected_violations else await unstarted.violations()
    assert told == []


def state(chain: Chain) -> Path:
    return chain.world.root / "state"


def bare(chain: Chain) -> dict[str, str]:
    """The bridge's environment, without a bot."""
    known = chain.world.environment()
    return {name: value for name, value in known.items() if "DISCORD" not in name}


async def hooked(chain: Chain, channel: str) -> str:
    """The address of a new webhook."""
    made = await chain.ada.request("POST", f"/channels/{channel}/webhooks", {"name": "Claude"})
    return f"{chain.world.about['api']}/webhooks/{made['id']}/{made['token']}"


async def forum_of(chain: Chain) -> str:
    guild = next(iter(chain.ada.guilds))
    made = await chain.ada.request("POST", f"/guilds/{guild}/channels", {"name": "sessions", "type": FORUM})
    return made["id"]


async def attach(chain: Chain, url: str, *, asks: bool = False) -> None:
    """`antiphon attach --webhook`; nothing else is configured."""
    Home(chain.world).create(allowed=() if asks else ("Bash(python3:*)", "Bash(echo:*)"))
    code, said = await antiphon(chain.world, "attach", "--yes", "--webhook", url, "--owner", chain.ada.id)
    assert code == 0, said


async def start(chain: Chain) -> None:
    chain.bridge.lines.clear()
    await chain.bridge.spawn()
    await chain.bridge_prints(_TELLS)


@asynccontextmanager
async def told(chain: Chain, url: str, *size: int, asks: bool = False) -> AsyncGenerator[Terminal]:
    """A session in a terminal of which a bridge tells."""
    await attach(chain, url, asks=asks)
    await start(chain)
    async with terminal(chain, *size) as claude:
        await claude.run()
        yield claude


async def standing(chain: Chain, place: str, text: str, but: str = "", limit: float = 30) -> Json:
    """Wait for the one message of a place that says this, where none is the message `but`."""

    def found(ada: Person) -> list[Json]:
        there = ada.messages(place)
        return there if [text in one["content"] and one["id"] != but for one in there] == [True] else []

    return (await chain.ada.until(found, limit))[0]


async def thread_in(chain: Chain, forum: str) -> Json:
    """Wait for the only thread of a forum."""
    (thread,) = await chain.ada.until(lambda ada: ada.threads(forum), 30)
    return thread


async def known(chain: Chain, query: str, *values: str) -> None:
    """Wait until the bridge's database has such a row."""
    with closing(chain.database()) as database:
        async with asyncio.timeout(30):
            while database.execute(query, values).fetchone() is None:  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.02)


def calls(message: Json) -> list[str]:
    """Who is called by a message."""
    silent = message.get("flags", 0) & _SILENT
    return [] if silent else [one["id"] for one in message["mentions"]]


@both_sizes
async def test_in_a_text_channel_one_message_of_a_session_stands(alone: Chain, size: tuple[int, int]) -> None:
    chain = alone
    async with told(chain, await hooked(chain, chain.general), *size, asks=True) as claude:
        await claude.type("write notes.txt: from the 2 * 3 <@&1> @everyone")
        needs = await standing(chain, chain.general, "Claude needs you")
        assert calls(needs) == [chain.ada.id]
        assert "notes.txt" in needs["content"]
        await claude.until(lambda screen: "Do you want" in screen)
        await claude.answer_dialog("Enter")
        done = await standing(chain, chain.general, "Done", needs["id"])
        assert calls(done) == [chain.ada.id]
        first, name, *_ = done["content"].splitlines()
        assert first.endswith(f"<@{chain.ada.id}>")
        assert name == r"**write notes.txt: from the 2 \* 3 \<@&1> \@everyone**"
        assert not done["mention_everyone"]
        assert not done["mention_roles"]
        for fact in ("1 tool", "1 file +1 −0", str(chain.project)[-20:], "Go on in"):
            assert fact in done["content"]


@pytest.mark.slow
async def test_in_a_forum_a_session_has_a_thread_also_after_a_restart(alone: Chain) -> None:
    chain = alone
    forum = await forum_of(chain)
    url = await hooked(chain, forum)
    token = url.rpartition("/")[2]
    async with told(chain, url) as claude:
        await claude.type("say: One. And two.")
        thread = await thread_in(chain, forum)
        assert thread["name"] == "say: One. And two."
        first = await standing(chain, thread["id"], "Done")
        assert "> And two." in first["content"]
        # A webhook has no nonce: what the bridge does not know to be posted it posts again.
        await known(chain, "SELECT 1 FROM post WHERE message = ? AND digest != ''", first["id"])
        await chain.bridge.kill()
        await claude.type("say: while it was away")
        await claude.until(lambda screen: "● while it was away" in screen)
        await start(chain)
        await chain.ada.until(lambda ada: len(ada.messages(thread["id"])) == 2, 30)
        _, second = chain.ada.messages(thread["id"])
        assert "> while it was away" in second["content"]
        assert "**say: One. And two.**" in second["content"]
        await claude.type(f"say: three {token}")
        await chain.ada.until(lambda ada: len(ada.messages(thread["id"])) == 3, 30)
        assert r"three \[redacted]" in chain.ada.messages(thread["id"])[-1]["content"]
    assert len(chain.ada.threads(forum)) == 1


@pytest.mark.slow
async def test_questions_and_plans_are_told_and_answered_at_the_terminal(alone: Chain) -> None:
    chain = alone
    forum = await forum_of(chain)
    async with told(chain, await hooked(chain, forum), asks=True) as claude:
        await claude.type("ask")
        thread = (await thread_in(chain, forum))["id"]
        needs = await standing(chain, thread, "It asks:")
        assert calls(needs) == [chain.ada.id]
        await claude.until(lambda screen: "Enter to select" in screen)
        await claude.answer_dialog("Enter", "Enter to select")
        await chain.ada.until(lambda ada: "Settled" in (ada.message(needs) or {})["content"], 30)
        await chain.ada.until(lambda ada: "Done" in ada.messages(thread)[-1]["content"], 30)
        await claude.type("plan")
        await chain.ada.until(lambda ada: "plan for you to approve" in ada.messages(thread)[-1]["content"], 30)


@pytest.mark.slow
async def test_what_happens_while_discord_is_away_is_told_later_and_the_newest_alone(alone: Chain) -> None:
    chain = alone
    async with told(chain, await hooked(chain, chain.general)) as claude:
        await chain.fault({"match": "* /webhooks/**", "status": 503})
        await claude.type("say: no news any more")
        await chain.bridge_prints("is told later")
        await claude.type("error 400: not today")
        await known(chain, "SELECT 1 FROM outbox WHERE kind = 'end' AND body LIKE '%not today%'")
        await chain.mend()
        failed = await standing(chain, chain.general, "Failed", limit=70)
        assert "not today" in failed["content"]
        assert calls(failed) == [chain.ada.id]
    posts = [one for one in await chain.requests() if one["method"] == "POST" and one["status"] == 200]
    assert len([one for one in posts if one["path"].startswith("/webhooks/")]) == 1


@pytest.mark.slow
async def test_a_dead_webhook_is_said_and_never_used_again(alone: Chain) -> None:
    chain = alone
    url = await hooked(chain, chain.general)
    path = url.removeprefix(chain.world.about["api"])
    async with told(chain, url) as claude:
        await chain.ada.request("DELETE", path.rpartition("/")[0])
        await claude.type("say: into the void")
        await chain.bridge_prints("The webhook is gone")
        code, said = await antiphon(chain.world, "status")
        assert code == 1
        assert "The webhook is gone" in said
        await chain.bridge.kill()
        await start(chain)
        await chain.bridge_prints("The webhook is gone")
        await claude.type("say: still nothing")
        await claude.until(lambda screen: "● still nothing" in screen)
        assert url.rpartition("/")[2] not in "\n".join(chain.bridge.lines)
        code, said = await antiphon(chain.world, "say", "void", "hello")
        assert code == 1
        assert "has a webhook and no bot" in said
    assert [one["status"] for one in await chain.requests() if one["path"] == path and one["status"] == 404] == [404]


@pytest.mark.slow
async def test_one_command_is_enough_and_the_first_session_starts_the_bridge(alone: Chain) -> None:
    chain = alone
    await attach(chain, await hooked(chain, chain.general))
    assert (state(chain) / "webhook.toml").stat().st_mode & 0o777 == 0o600
    elsewhere = chain.world.root / "elsewhere"
    elsewhere.mkdir()
    pid = state(chain) / "terminals" / "bridge.pid"
    async with terminal(chain) as claude:
        variables = {"ANTIPHON_STATE_DIR": str(state(chain)), "XDG_RUNTIME_DIR": str(chain.world.root / "run")}
        await claude.run(directory=elsewhere, **variables)
        await claude.type("say: hello")
        done = await standing(chain, chain.general, "Done")
        assert "elsewhere" in done["content"]
        os.kill(int(await asyncio.to_thread(pid.read_text)), signal.SIGTERM)
        async with asyncio.timeout(30):
            while await asyncio.to_thread(pid.exists):  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.05)
    code, said = await antiphon(chain.world, "detach")
    assert (code, (state(chain) / "webhook.toml").exists()) == (0, False), said
