"""Both servers together, and the ready line."""

import asyncio
import json

import pytest
from aiohttp import ClientSession

from antiphon.standin import Limits, Person, StandIn, serve


async def test_both_are_described_in_one_line() -> None:
    async with StandIn(limits=Limits.unlimited()) as standin:
        about = standin.describe()
        assert set(about) == {
            "api",
            "gateway",
            "bot_token",
            "application_id",
            "bot_id",
            "guild_id",
            "channels",
            "people",
            "model",
        }
        assert about["model"] == standin.model.url
        assert [p["name"] for p in about["people"]] == ["ada", "ben", "mallory"]
        assert all(about[key].split("//")[1].startswith("127.0.0.1:") for key in ("api", "gateway", "model"))
        async with Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada:
            await ada.say(about["channels"]["general"], "hello")


async def test_a_port_that_is_taken_leaves_nothing_open() -> None:
    async with StandIn() as first, ClientSession() as session:
        port = int(first.describe()["gateway"].split(":")[2].split("/")[0])
        second = StandIn(port=port)
        with pytest.raises(OSError, match="address already in use"):
            await second.__aenter__()
        with pytest.raises(OSError, match="Cannot connect"):
            await session.get(second.model.url)


async def test_serving_prints_where_it_is_and_ends_when_cancelled(capsys: pytest.CaptureFixture[str]) -> None:
    task = asyncio.create_task(serve(0, 0, json_line=True), name="serve")
    printed = ""
    async with asyncio.timeout(5), ClientSession() as session:
        while not printed:
            await asyncio.sleep(0.01)
            printed = capsys.readouterr().out
        about = json.loads(printed)
        async with session.get(f"{about['api']}/gateway") as response:
            assert (await response.json())["url"] == about["gateway"]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
