"""Whether the bridge is well: asked from the shell with `antiphon status`, and from Discord with /status."""

import asyncio
import json
import sys
from typing import Any

import pytest

from chain import Chain


async def status(chain: Chain, *words: str) -> tuple[int, str]:
    """What `antiphon status` says, and its exit code."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "antiphon", "status", *words),
        env=chain.world.environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def figures(chain: Chain) -> dict[str, Any]:
    return json.loads((await status(chain, "--json"))[1])


def files(chain: Chain) -> set[str]:
    return {one.name for one in (chain.world.root / "state").rglob("*")}


async def until_code(chain: Chain, code: int) -> str:
    """Wait for an exit code; what is said with it."""
    async with asyncio.timeout(20):
        while True:
            found, said = await status(chain)
            if found == code:
                return said
            await asyncio.sleep(0.2)


@pytest.mark.slow
async def test_a_bridge_is_well_then_dead_and_asking_makes_no_files(unstarted: Chain) -> None:
    assert await status(unstarted) == (3, "Not running.\n")
    assert not (unstarted.world.root / "state").exists()
    await unstarted.bridge.start()
    place = await unstarted.ask("say: hello")
    await unstarted.ended(place)
    await until_code(unstarted, 0)
    before = files(unstarted)
    told = await figures(unstarted)
    assert told["well"]
    assert (told["pid"], told["sessions"], told["turns"], told["running"]) == (unstarted.bridge.pid, 1, 1, True)
    assert {one["name"] for one in told["leases"]} == {"hub", "worker:local"}
    assert files(unstarted) == before
    await unstarted.bridge.kill()
    before = files(unstarted)
    code, said = await status(unstarted)
    assert code == 3
    assert said.startswith("Not running. Last seen ")
    assert "1 session, 1 turn" in said
    assert files(unstarted) == before


@pytest.mark.slow
async def test_what_is_wrong_is_said_in_the_log_in_discord_and_in_the_shell(chain: Chain) -> None:
    await until_code(chain, 0)
    place = await chain.ask("say: hello")
    await chain.ended(place)
    random = chain.world.about["channels"]["random"]
    await chain.ada.request("DELETE", f"/channels/{random}")
    said = await until_code(chain, 1)
    assert "Problem since" in said
    assert f"the bot does not see channel {random} of playground" in said
    await chain.ada.command(place, "status")
    told = "⚠️ the bot does not see channel"
    await chain.ada.until(lambda ada: any(one["content"].startswith(told) for one in ada.messages(place)))
    assert len([one for one in chain.bridge.lines if "the bot does not see channel" in one]) == 1


@pytest.mark.slow
async def test_a_discord_that_fails_is_said_once_and_its_end_once(chain: Chain) -> None:
    await until_code(chain, 0)
    await chain.fault({"match": "* /**", "status": 503})
    await chain.ask("say: nobody hears me")
    said = await until_code(chain, 1)
    assert "Discord is failing requests (status 503)" in said
    await chain.mend()
    await until_code(chain, 0)
    lines = chain.bridge.lines
    assert len([one for one in lines if "Discord is failing requests" in one]) == 1
    assert len([one for one in lines if "Discord answers requests again" in one]) == 1


@pytest.mark.slow
async def test_a_gateway_that_is_gone_is_a_trouble_until_it_is_back(chain: Chain) -> None:
    await until_code(chain, 0)
    await chain.fault({"refuse_gateway": True})
    await chain.fault({"drop_gateway": True})
    assert "not connected to Discord's gateway" in await until_code(chain, 1)
    await chain.mend()
    await until_code(chain, 0)
    place = await chain.ask("say: back")
    assert "Done" in await chain.ended(place)


@pytest.mark.slow
async def test_a_damaged_database_is_said_without_a_bridge(chain: Chain) -> None:
    await chain.bridge.stop()
    path = chain.world.root / "state" / "antiphon.db"
    path.write_bytes(b"no database " * 1000)
    code, said = await status(chain)
    assert code == 3
    assert "this file is not a database" in said
