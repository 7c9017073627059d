"""Forums: a post's tags say how its session stands, and what has no place yet gets a post."""

from collections.abc import Sequence
from typing import Any

import pytest
from bench import shown

from acceptance.steps import ASKING, press, waiting_request

from chain import Chain, Json

FORUM, MEDIA = 15, 16
MANAGE_CHANNELS, MANAGE_THREADS = 1 << 4, 1 << 34
TAGS = ("Running", "Waiting", "done", "failed")
pytestmark = pytest.mark.timeout(120)


async def forum(chain: Chain, tags: Sequence[str] = (), rights: int = MANAGE_THREADS, **project: Any) -> str:
    """A forum with tags, in which the bot has rights beside its own; the bridge works there alone."""
    made = await chain.ada.create_channel("forum", FORUM, available_tags=[{"name": one} for one in tags])
    bot = chain.world.about["application_id"]
    overwrite = {"type": 1, "allow": str(rights), "deny": "0"}
    await chain.ada.request("PUT", f"/channels/{made['id']}/permissions/{bot}", overwrite)
    await chain.start_configured(channels=[int(made["id"])], **project)
    return str(made["id"])


def tags(chain: Chain, post: str) -> list[str]:
    """The names of a post's tags, as Ada's client has been told."""
    thread = chain.ada.channels[post]
    forum = chain.ada.channels[thread["parent_id"]]
    named = {one["id"]: one["name"] for one in forum["available_tags"]}
    return [named[one] for one in thread["applied_tags"] if one in named]


async def tagged(chain: Chain, post: str, wanted: list[str]) -> None:
    """Wait until a post has these tags."""
    await chain.ada.until(lambda ada: post in ada.channels and tags(chain, post) == wanted, 20)


async def changes(chain: Chain, place: str) -> int:
    """How often the bridge has changed a channel or thread."""
    return sum((one["method"], one["path"]) == ("PATCH", f"/channels/{place}") for one in await chain.requests())


async def opened(chain: Chain, forum: str, *beside: str) -> Json:
    """Wait for one more post in a forum."""
    found = await chain.ada.until(lambda ada: [one for one in ada.threads(forum) if one["id"] not in beside], 30)
    assert len(found) == 1
    return found[0]


@pytest.mark.slow
async def test_a_posts_tags_say_how_its_session_stands_and_change_no_more_often_than_discord_takes(
    unstarted: Chain,
) -> None:
    chain = unstarted
    place = await forum(chain, ("mine", *TAGS), **ASKING)
    long = (await chain.ada.open_post(place, "Long", "slow 9", tags=["mine"]))["id"]
    await tagged(chain, long, ["mine", "Running"])
    asks = (await chain.ada.open_post(place, "Asks", "bash: touch made.txt"))["id"]
    await press(chain, await waiting_request(chain, asks), "allow")
    fails = (await chain.ada.open_post(place, "Fails", "error 400: no"))["id"]
    await chain.ended(long)
    await tagged(chain, long, ["mine", "done"])
    await tagged(chain, asks, ["done"])
    await tagged(chain, fails, ["failed"])
    waits = (await chain.ada.open_post(place, "Waits", "bash: touch more.txt"))["id"]
    await tagged(chain, waits, ["Waiting"])
    await press(chain, await waiting_request(chain, waits), "allow")
    await tagged(chain, waits, ["done"])
    await chain.ask("say: again", waits)
    await chain.ended(waits, 2)
    assert [await changes(chain, one) for one in (long, asks, fails, waits, place)] == [2, 1, 1, 2, 0]
    assert not await chain.violations()


@pytest.mark.slow
async def test_tags_that_a_forum_lacks_are_made_once_and_outlive_a_kill(unstarted: Chain) -> None:
    chain = unstarted
    place = await forum(chain, ("mine", "DONE"), MANAGE_THREADS | MANAGE_CHANNELS)
    first, second = [(await chain.ada.open_post(place, name, "sleep 8"))["id"] for name in ("one", "two")]
    await tagged(chain, first, ["running"])
    await tagged(chain, second, ["running"])
    about = await chain.ada.request("GET", f"/channels/{place}")
    assert [one["name"] for one in about["available_tags"]] == ["mine", "DONE", "running", "waiting", "failed"]
    await chain.bridge.kill()
    await chain.bridge.start()
    for post in (first, second):
        await chain.ended(post)
        end = "DONE" if "Done" in chain.ends(post)[-1] else "failed"
        await tagged(chain, post, [end])


@pytest.mark.slow
async def test_where_the_bot_may_not_change_them_tags_stay_and_it_says_which_right_it_lacks(unstarted: Chain) -> None:
    chain = unstarted
    place = await forum(chain, ("mine", *TAGS), 0)
    await chain.bridge_prints("Manage Threads")
    post = (await chain.ada.open_post(place, "A post", "say: hi", tags=["mine"]))["id"]
    await chain.ended(post)
    await chain.ada.command(post, "new", {"prompt": "say: my own"})
    own = (await opened(chain, place, post))["id"]
    await tagged(chain, own, ["done"])
    assert tags(chain, post) == ["mine"]
    assert not await chain.violations()


@pytest.mark.slow
async def test_what_has_no_place_gets_one_post_in_a_project_of_forums(unstarted: Chain) -> None:
    chain = unstarted
    place = await forum(chain, TAGS)
    post = (await chain.ada.open_post(place, "A post", "say: hi"))["id"]
    await chain.ended(post)
    await chain.fault({"match": f"POST /channels/{place}/threads", "status": 500, "after_effect": True, "times": 1})
    assert (await chain.ada.command(post, "new", {"prompt": "say: by a command"})).kind == "success"
    await chain.told(post, "Opened <#")
    made = await opened(chain, place, post)
    assert "Done" in await chain.ended(made["id"])
    assert made["name"] == "say: by a command"
    assert chain.chunks(made["id"])[-1] == "by a command"
    await chain.bridge.kill()
    await chain.ask("say: while nobody listened", made["id"])
    await chain.bridge.start()
    await chain.ended(made["id"], 2)
    assert chain.prompts() == ["say: hi", "say: by a command", "say: while nobody listened"]


@pytest.mark.slow
async def test_a_schedules_run_opens_a_post_once_also_after_a_kill(unstarted: Chain) -> None:
    chain = unstarted
    place = await forum(chain, TAGS)
    post = (await chain.ada.open_post(place, "A post", "say: hi"))["id"]
    await chain.ended(post)
    await chain.fault({"match": f"POST /channels/{place}/threads", "status": 500, "after_effect": True})
    await chain.ada.command(post, "schedule", {"when": "in 1 second", "prompt": "say: by the clock"})
    offer = await chain.ada.until(
        lambda ada: [one for one in ada.messages(post) if one["flags"] & 64 and shown.custom_ids(one)], 20
    )
    start = next(one for one in shown.custom_ids(offer[-1]) if one.startswith("a1:schedule:resume:"))
    await chain.ada.click(offer[-1], start)
    await chain.ada.until(lambda ada: len(ada.threads(place)) > 1, 30)
    await chain.bridge.kill()
    await chain.mend()
    await chain.bridge.start()
    made = await opened(chain, place, post)
    assert "Done" in await chain.ended(made["id"])
    assert chain.chunks(made["id"])[-1] == "by the clock"
    assert len(chain.ada.threads(place)) == 2
