"""Direct messages to the bot: which project they are about, and that nothing is lost until that is chosen."""

import json
from pathlib import Path

import pytest

from antiphon.standin.client_shapes import walk

from chain import Chain, Json


async def two_projects(chain: Chain) -> Path:
    """The bridge with two projects, each in a channel; the directory of the second."""
    other = chain.world.root / "other"
    other.mkdir()
    random = int(chain.world.about["channels"]["random"])
    await chain.start_configured(
        {"projects.other": {"directory": str(other), "channels": [random], "while_working": "queue"}},
        channels=[int(chain.general)],
        while_working="queue",
    )
    return other


async def menu(chain: Chain, place: str) -> tuple[Json, str]:
    """The message that asks for the project, and its menu's custom_id."""

    def found(_: object) -> list[tuple[Json, str]]:
        parts = ((one, part) for one in chain.ada.messages(place) for part in walk(one.get("components") or []))
        return [(one, str(part["custom_id"])) for one, part in parts if part.get("type") == 3]

    return (await chain.ada.until(found, 20))[0]


@pytest.mark.slow
async def test_what_is_written_before_the_choice_is_answered_after_it_once_and_in_order(unstarted: Chain) -> None:
    chain = unstarted
    await two_projects(chain)
    place = (await chain.ada.open_dm(chain.world.about["application_id"]))["id"]
    await chain.ask("say: first", place)
    message, custom_id = await menu(chain, place)
    said = ["first", "second", "third"]
    await chain.ask("say: second", place)
    await chain.bridge.kill()  # the menu outlives it
    await chain.bridge.start()
    await chain.ada.select(message, custom_id, ["playground"])
    await chain.ask("say: third", place)
    await chain.ended(place, 3)
    assert [one for one in chain.chunks(place) if one in said] == said
    assert chain.prompts() == ["say: first", "say: second", "say: third"]


@pytest.mark.slow
async def test_each_project_has_a_conversation_of_its_own_there(unstarted: Chain) -> None:
    chain = unstarted
    other = await two_projects(chain)
    place = (await chain.ada.open_dm(chain.world.about["application_id"]))["id"]
    await chain.ask("say: unheard so far", place)
    await menu(chain, place)
    await chain.ada.command(place, "project choose", {"project": "other"})  # instead of the menu
    await chain.ended(place)
    assert str(other) in chain.last_request() or str(other) in json.dumps(chain.standin.model.requests[-1].system)
    await chain.ada.command(place, "project choose", {"project": "playground"})
    await chain.told(place, "about **playground**")
    await chain.ask("say: in the other one", place)
    await chain.ended(place, 2)
    assert "unheard so far" not in chain.last_request()
    await chain.restart()
    await chain.ask("say: still there", place)
    await chain.ended(place, 3)
    assert "in the other one" in chain.last_request()
    assert "unheard so far" not in chain.last_request()


@pytest.mark.slow
async def test_where_roles_decide_they_count_there_for_messages_edits_and_commands(unstarted: Chain) -> None:
    chain = unstarted
    guild = chain.world.about["guild_id"]
    roles = next(one["roles"] for id_, one in chain.ben.guilds.items() if id_ == guild)
    builders = next(role["id"] for role in roles if role["name"] == "builders")
    await chain.start_configured(roles=[int(builders)], while_working="queue")
    place = (await chain.ben.open_dm(chain.world.about["application_id"]))["id"]
    await chain.ben.say(place, "sleep 4")
    await chain.ben.until(lambda ben: any(one["author"].get("bot") for one in ben.messages(place)), 20)
    waiting = await chain.ben.say(place, "say: before")
    await chain.ben.until(lambda ben: (ben.message(waiting) or {}).get("reactions"), 20)
    await chain.ben.edit(waiting, "say: after")
    await chain.bridge_prints(f"prompt {waiting['id']} was edited")
    await chain.ben.command(place, "stop")
    await chain.ben.until(lambda ben: any(one["content"] == "after" for one in ben.messages(place)), 20)
    theirs = (await chain.mallory.open_dm(chain.world.about["application_id"]))["id"]
    await chain.mallory.say(theirs, "say: let me in")
    assert "say: let me in" not in chain.prompts()
