"""One channel tells what all sessions do: a silent line for each turn, claim, held edit and word to the others, edited
as it goes on."""

import asyncio
import json

import pytest

from acceptance.steps import forget_identifies, open_request, press
from acceptance.test_edits_that_are_held import claim, edit, read, shared, turn
from antiphon.standin.client_shapes import words_of

from chain import Chain, Json

SILENT = 1 << 12  # a message's flag
MANAGE_CHANNELS = 1 << 4


def channel(chain: Chain) -> str:
    return str(chain.world.about["channels"]["random"])


def lines(chain: Chain, place: str | None = None) -> list[str]:
    """What the channel tells."""
    return [words_of(one) for one in found(chain, place) if not words_of(one).startswith("📋")]


def found(chain: Chain, place: str | None = None) -> list[Json]:
    return [one for one in chain.ada.messages(place or channel(chain)) if one["author"].get("bot") and one["type"] == 0]


async def told(chain: Chain, *starts: str, limit: float = 15) -> list[str]:
    """Wait until the lines begin like these, each with one of them."""

    def right(_: object) -> bool:
        now = lines(chain)
        return len(now) == len(starts) and all(one.startswith(start) for one, start in zip(now, starts, strict=True))

    await chain.ada.until(right, limit)
    return lines(chain)


async def started(chain: Chain, **project: object) -> Chain:
    """The bridge, with a coordination channel."""
    sections = {"coordination": {"channel": int(channel(chain)), "board": "off"}}
    return await chain.start_configured(sections, **project)


@pytest.mark.slow
async def test_each_turn_is_one_silent_line_from_its_start_to_its_end(unstarted: Chain) -> None:
    chain = await started(unstarted, permission_mode="default", allowed_tools=[])
    place = await chain.ask("bash: touch made.txt")
    request = await open_request(chain, place)
    (line,) = await told(chain, f"✋ <#{place}> · waits for <@{chain.ada.id}> · Bash `touch made.txt`")
    await press(chain, request, "allow")
    await chain.ended(place)
    (line,) = await told(chain, f"✅ <#{place}> · **Done** in")
    slow = await chain.at_work('call Read {"file_path": "hello.py"}\nslow 300', sign="Read")
    await told(chain, "✅", f"▶️ <#{slow}> · working for <@{chain.ada.id}>")
    await chain.ada.command(slow, "stop")
    await told(chain, line, f"⏹️ <#{slow}> · **Stopped** after")
    assert all(one["flags"] & SILENT for one in found(chain))


@pytest.mark.slow
async def test_claims_held_edits_and_words_are_lines_and_claude_reads_them(unstarted: Chain) -> None:
    chain = unstarted
    path = await shared(chain, {"coordination": {"channel": int(channel(chain)), "board": "off"}})
    first = await turn(chain, claim(files=["shared.txt"], resources=["deploy"], note="a rewrite"))
    second = await turn(chain, f"{read(path)}\n{edit(path, 'two', 'TWO')}")
    now = await told(chain, "✅", "🔒", "🔒", "✅", "🚧")
    assert f"<#{first}> claimed `shared.txt` until <t:" in now[1]
    assert now[1].endswith(": a rewrite")
    assert now[4].startswith(f"🚧 <#{second}> · Not written: “call mcp")
    await press(chain, await chain.shown(second, "🚧 Not written"), "letwrite")
    await chain.ada.until(lambda _: lines(chain)[4].endswith("It may write it now."), 15)
    await chain.ended(second, turns=2)
    await turn(chain, f"call mcp__antiphon__post_event {json.dumps({'text': 'the *API* moved'})}", second, 3)
    await turn(chain, "call mcp__antiphon__release {}", first, 2)
    now = await told(chain, "✅", "🔓", "🔓", "✅", "🚧", "✅", "✅", "📣", "✅")
    assert now[7] == f"📣 <#{second}> · the \\*API\\* moved"
    await turn(chain, "call mcp__antiphon__read_events {}", first, 3)
    asked = chain.last_request()
    assert "the *API* moved" in asked
    assert "released file:" not in asked
    assert "released deploy" in asked
    assert "ended its turn: done" in asked


@pytest.mark.slow
async def test_no_line_is_lost_or_told_twice_over_kills_and_an_outage(unstarted: Chain) -> None:
    chain = await started(unstarted)
    place = await chain.ask("say one")
    for n in range(8):
        await chain.ended(place, turns=n + 1)
        await asyncio.sleep(0.15 * n)  # so that a kill comes at another step of posting each time
        await chain.bridge.kill()
        forget_identifies(chain)
        await chain.bridge.start()
        await chain.ask(f"say {n}", place)
    await chain.ended(place, turns=9)
    await chain.fault({"match": f"* /channels/{channel(chain)}/**", "status": 503})
    await chain.ask("say more", place)
    await chain.ended(place, turns=10)
    await chain.mend()
    await told(chain, *["✅"] * 10, limit=30)


@pytest.mark.slow
async def test_a_channel_is_found_by_its_name_or_made(unstarted: Chain) -> None:
    chain = unstarted
    await chain.start_configured({"coordination": {"channel_name": "Random", "board": "off"}})
    place = await turn(chain, "say hello")
    await told(chain, f"✅ <#{place}>")
    await chain.bridge.stop()
    chain.world.configure({"coordination": {"channel_name": "claude works", "board": "off"}})
    await chain.bridge.start()
    await chain.bridge_prints("#claude-works cannot be made: give the bot the permission Manage Channels")
    guild = chain.world.about["guild_id"]
    role = next(one for one in await chain.ada.request("GET", f"/guilds/{guild}/roles") if one["name"] == "antiphon")
    rights = str(int(role["permissions"]) | MANAGE_CHANNELS)
    await chain.ada.request("PATCH", f"/guilds/{guild}/roles/{role['id']}", {"permissions": rights})
    await chain.bridge_prints("the channel #claude-works is made", 40)
    await turn(chain, "say again", place, 2)
    made = [one for one in await chain.ada.request("GET", f"/guilds/{guild}/channels") if one["name"] == "claude-works"]
    assert len(made) == 1
    await chain.ada.until(lambda _: [one for one in lines(chain, made[0]["id"]) if one.startswith("✅")], 15)
    assert len(lines(chain, made[0]["id"])) == 1
