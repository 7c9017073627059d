"""People with a configured role may prompt: live, and also when their message was missed and fetched later."""

import pytest

from chain import Chain


@pytest.fixture
async def by_role(unstarted: Chain) -> Chain:
    """The chain with a project for the role "builders", which ben has and mallory has not."""
    guild = unstarted.world.about["guild_id"]
    roles = next(one["roles"] for id_, one in unstarted.ben.guilds.items() if id_ == guild)
    builders = next(role["id"] for role in roles if role["name"] == "builders")
    config = unstarted.world.config
    config.write_text(config.read_text() + f"roles = [{builders}]\n")
    await unstarted.bridge.start()
    return unstarted


async def test_a_member_with_the_role_may_prompt_and_another_may_not(by_role: Chain) -> None:
    await by_role.mallory.say(by_role.general, "say: no role")
    message = await by_role.ben.say(by_role.general, "say: with a role")
    await by_role.ended(message["id"])
    assert by_role.prompts() == ["say: with a role"]


@pytest.mark.slow
async def test_a_message_that_was_missed_is_judged_by_the_same_roles(by_role: Chain) -> None:
    place = await by_role.ask("say: first")
    await by_role.ended(place)
    await by_role.bridge.kill()
    await by_role.mallory.say(place, "say: no role")
    await by_role.ben.say(place, "say: with a role")
    await by_role.bridge.start()
    await by_role.ended(place, turns=2)
    assert by_role.prompts() == ["say: first", "say: with a role"]
