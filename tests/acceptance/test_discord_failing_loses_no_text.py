"""Discord answers 503 in the middle of an answer: not one character is lost, and none comes twice."""

import pytest

from antiphon.standin.model import long_text

from chain import Chain, words


@pytest.mark.slow
async def test_three_posts_that_fail_lose_no_character(chain: Chain) -> None:
    await chain.fault({"match": "POST /channels/*/messages", "status": 503, "times": 3, "after": 2})
    place = await chain.ask("long 8000")
    assert "Done" in await chain.ended(place, limit=60)
    failed = [one for one in await chain.requests() if one["status"] == 503]
    assert len(failed) == 3
    assert words(chain.answer(place)) == words(long_text(8000))


@pytest.mark.slow
async def test_a_post_that_arrived_although_it_failed_is_not_posted_twice(chain: Chain) -> None:
    fault = {"match": "POST /channels/*/messages", "status": 500, "times": 3, "after": 1, "after_effect": True}
    await chain.fault(fault)
    place = await chain.ask("long 8000")
    assert "Done" in await chain.ended(place, limit=60)
    assert words(chain.answer(place)) == words(long_text(8000))
