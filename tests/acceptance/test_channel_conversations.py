"""One conversation for a channel, or one for each person in it: in order, to the right person, whatever is killed."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest
from bench import shown

from acceptance.steps import newest_button
from antiphon.standin.discord.state import Member, User
from antiphon.standin.person import Person

from chain import Chain, Json

PEOPLE = 20


async def crowd(chain: Chain, stack: AsyncExitStack) -> list[Person]:
    """Twenty people who are new in the server; each knows the channel."""
    world, about = chain.standin.discord._backend.world, chain.world.about  # pyright: ignore[reportPrivateUsage]
    people: list[Person] = []
    for n in range(PEOPLE):
        id_ = str(int(world.application.owner_id) + 1000 + n)
        world.users[id_] = User(id_, f"person{n}", f"standin.person{n}.person", display_name=f"Person {n}")
        world.guilds[about["guild_id"]].members[id_] = Member(id_, time.time())
        one = Person(about["api"], about["gateway"], f"standin.person{n}.person")
        people.append(await stack.enter_async_context(one))
    return people


def answers(messages: list[Json]) -> dict[str, str]:
    """What Claude said, without whom it is for: by the first line, which says that."""
    return {one["content"].partition("\n")[2]: one["content"].partition("\n")[0] for one in messages}


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_twenty_people_at_once_are_answered_in_order_each_by_name_whatever_is_killed(unstarted: Chain) -> None:
    chain = unstarted
    async with AsyncExitStack() as stack:
        people = await crowd(chain, stack)
        ids = [int(one.me["id"]) for one in people]
        await chain.start_configured(
            channels=[int(chain.general)], people=ids, thread_isolation=False, after_restart="continue"
        )
        said = await asyncio.gather(*(one.say(chain.general, f"say: {n} is mine") for n, one in enumerate(people)))
        for after in (3, 9):
            await chain.ada.until(lambda _, after=after: len(chain.ends(chain.general)) >= after, 120)
            await chain.restart()
        await chain.ada.until(lambda _: len(chain.ends(chain.general)) >= PEOPLE, 150)
        await chain.ada.until(lambda _: len(texts(chain)) >= PEOPLE, 30)
    assert answers(texts(chain)) == {f"{n} is mine": f"<@{ids[n]}>" for n in range(PEOPLE)}
    order = sorted(range(PEOPLE), key=lambda n: int(said[n]["id"]))
    assert [one["content"].partition("\n")[2] for one in texts(chain)] == [f"{n} is mine" for n in order]
    replies = [one for one in chain.ada.messages(chain.general) if one.get("message_reference")]
    assert [one["message_reference"]["message_id"] for one in replies] == [said[n]["id"] for n in order]


def texts(chain: Chain) -> list[Json]:
    found = [one for one in chain.ada.messages(chain.general) if shown.chunks([one])]
    return [one for one in found if one["content"].startswith("<@")]


@pytest.mark.slow
async def test_where_each_person_has_one_a_button_is_about_the_page_that_it_stands_on(unstarted: Chain) -> None:
    chain = unstarted
    ben = int(chain.ben.me["id"])
    await chain.start_configured(
        {"coordination": {"board": "off"}},
        channels=[int(chain.general)],
        people=[ben],
        thread_isolation=False,
        share="person",
    )
    await chain.ada.say(chain.general, "sleep 20")
    await chain.ada.until(lambda _: len(chain.statuses(chain.general)) == 1, 20)
    stop = newest_button(chain, chain.general, "stop")
    await chain.ben.say(chain.general, "sleep 6")
    await chain.ada.until(lambda _: len(chain.statuses(chain.general)) == 2, 20)
    assert (await chain.ben.click(*stop)).kind == "success"  # of Ada's turn, by Ben
    await chain.ada.until(lambda _: len(chain.ends(chain.general)) == 2, 30)
    adas, bens = chain.statuses(chain.general)
    assert "Stopped" in adas
    assert "Done" in bens


@pytest.mark.slow
async def test_a_channel_that_is_deleted_ends_its_turn_and_says_so_once(unstarted: Chain) -> None:
    chain = unstarted
    made = await chain.ada.create_channel("place")
    await chain.start_configured(channels=[int(made["id"])], thread_isolation=False)
    await chain.at_work("sleep 30", made["id"])
    await chain.ada.request("DELETE", f"/channels/{made['id']}")
    await chain.bridge_prints(f"place {made['id']} was deleted")
    direct = (await chain.ada.open_dm(chain.world.about["application_id"]))["id"]
    told = await chain.ada.until(lambda ada: [one for one in ada.messages(direct) if one["author"].get("bot")], 20)
    assert len(told) == 1
    assert "was deleted" in told[0]["content"]


@pytest.mark.slow
async def test_a_forums_post_that_is_deleted_in_mid_turn_ends_it_and_says_so_once(unstarted: Chain) -> None:
    chain = unstarted
    forum = await chain.ada.create_channel("forum", 15)
    await chain.start_configured(channels=[int(forum["id"])])
    post = await chain.ada.open_post(forum["id"], "A post", "sleep 30")
    await chain.ada.until(lambda _: chain.statuses(post["id"]), 20)
    await chain.ada.request("DELETE", f"/channels/{post['id']}")
    direct = (await chain.ada.open_dm(chain.world.about["application_id"]))["id"]
    told = await chain.ada.until(lambda ada: [one for one in ada.messages(direct) if one["author"].get("bot")], 20)
    assert len(told) == 1
    assert "was deleted" in told[0]["content"]


@pytest.mark.slow
async def test_in_a_private_thread_a_prompt_has_one_end_there(chain: Chain) -> None:
    thread = await chain.ada.request("POST", f"/channels/{chain.general}/threads", {"name": "quiet", "type": 12})
    bot = chain.world.about["application_id"]
    await chain.ada.request("PUT", f"/channels/{thread['id']}/thread-members/{bot}")
    await chain.ada.say(thread["id"], f"{chain.mention} say: between us")
    assert "Done" in await chain.ended(thread["id"])
    assert chain.chunks(thread["id"]) == ["between us"]


@pytest.mark.slow
async def test_a_voice_channels_conversation_begins_anew_by_a_command_from_elsewhere(unstarted: Chain) -> None:
    chain = unstarted
    voice = await chain.ada.create_channel("voice", 2)
    await chain.start_configured(channels=[int(chain.general), int(voice["id"])])
    await chain.ask("remember apple\nsay: noted", voice["id"])
    await chain.ended(voice["id"])
    await chain.ada.command(chain.general, "reset", {"channel": voice["id"]})
    await chain.shown(chain.general, f"<#{voice['id']}>")
    await chain.ask("recall", voice["id"])
    await chain.ended(voice["id"], 2)
    assert "apple" not in chain.chunks(voice["id"])[-1]
