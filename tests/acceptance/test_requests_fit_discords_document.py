"""Nothing that the bridge sends is something that real Discord would refuse: checked against its OpenAPI document."""

import pytest

from chain import Chain


@pytest.mark.slow
async def test_a_whole_story_fits(chain: Chain) -> None:
    place = await chain.ask("steps")
    await chain.ended(place)
    await chain.ask("long 5000", place)
    await chain.ended(place, turns=2)
    await chain.ada.command(place, "status")
    await chain.ada.command(place, "stop")
    await chain.ask("error 400", place)
    await chain.ended(place, turns=3)
    checked = [one for one in await chain.requests() if one["by"] == "antiphon" and one.get("body")]
    assert {one["method"] for one in checked} >= {"POST", "PATCH"}
    assert await chain.violations() == []


async def test_the_check_can_fail(chain: Chain) -> None:
    token = chain.world.about["bot_token"]
    await chain.bot_request("POST", f"/channels/{chain.general}/messages", {"content": 7}, token)
    assert await chain.violations()
    chain.expected_violations = True
