"""Discord has heard our answer to a click, and says that it has not: the click counts all the same."""

import pytest

from acceptance.steps import open_request, press, start_asking

from chain import Chain


@pytest.mark.slow
async def test_a_click_counts_although_discord_answers_ours_with_an_error(unstarted: Chain) -> None:
    chain = await start_asking(unstarted)
    place = await chain.ask("bash: touch made.txt")
    request = await open_request(chain, place)
    await chain.fault({"match": "POST /interactions/**", "status": 500, "times": 1, "after_effect": True})
    await press(chain, request, "allow")
    assert "Done" in await chain.ended(place)
    assert (chain.project / "made.txt").exists()
