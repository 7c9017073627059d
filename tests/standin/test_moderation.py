"""Automatic moderation: which words are blocked, of whom, where; and links that nobody may post."""

import discord
import pytest

from antiphon.standin.client import Refused
from antiphon.standin.discord.rules.moderation import matched
from antiphon.standin.discord.seed import HARMFUL_HOST
from antiphon.standin.discord.state import FORUM, AutoModRule
from antiphon.standin.person import Person
from standin.conftest import Raw, person
from standin.discord_py_bot import Bot

RULES = "/guilds/{guild}/auto-moderation/rules"


@pytest.mark.parametrize(
    ("keyword", "yes", "no"),
    [
        ("cat", ("cat", "A CAT sat"), ("catch", "wildcat", "cat!")),
        ("cat*", ("catch", "a Catapult"), ("wildcat",)),
        ("*cat", ("wildcat", "copyCat"), ("catch",)),
        ("*cat*", ("location", "cat", "eduCation"), ("c a t",)),
        ("the mat", ("on the mat now",), ("the matrix", "mat the")),
        ("c++", ("i like c++",), ("c+",)),
    ],
)
def test_a_keyword_matches_as_its_stars_say(keyword: str, yes: tuple[str, ...], no: tuple[str, ...]) -> None:
    rule = AutoModRule("1", "r", "1", keywords=(keyword,))
    assert all(matched(rule, text) == keyword for text in yes)
    assert not any(matched(rule, text) for text in no)


def test_what_is_allowed_is_no_match() -> None:
    rule = AutoModRule("1", "r", "1", keywords=("*cat*",), allowed=("location",))
    assert matched(rule, "a location") is None
    assert matched(rule, "a location, a cat") == "*cat*"


async def test_a_blocked_message_is_not_posted(raw: Raw, ada: Person) -> None:
    await ada.block_words("secret", explanation="Keep it to yourself.")
    general = f"/channels/{raw.ids['general']}/messages"
    for who in ("bot", "ben", "mallory"):
        refused = await raw("POST", general, {"content": "a Secret of mine"}, who=who)
        assert (refused.status, refused.body) == (400, {"message": "Keep it to yourself.", "code": 200000})
    assert await raw.ok("GET", general) == []
    sent = await raw.ok("POST", general, {"content": "fine"})
    refused = await raw("PATCH", f"{general}/{sent['id']}", {"content": "secret"})
    assert (refused.status, refused.code) == (400, 200000)
    display = {"flags": 1 << 15, "components": [{"type": 10, "content": "a secret"}]}
    assert (await raw("POST", general, display)).code == 200000
    await raw.ok("POST", general, {"content": "who manages the server may say secret"}, who="ada")


async def test_titles_are_moderated_too(raw: Raw, ada: Person) -> None:
    await ada.block_words("secret")
    forum = await ada.create_channel("ideas", FORUM)
    async with person(raw, "mallory") as mallory:
        with pytest.raises(Refused) as refused:
            await mallory.open_post(forum["id"], "my secret", "x")
        assert refused.value.payload == {"message": "Title was blocked by automatic moderation", "code": 200001}
        with pytest.raises(Refused, match="200000"):
            await mallory.open_post(forum["id"], "fine", "my secret")
        assert mallory.threads(forum["id"]) == []
        post = await mallory.open_post(forum["id"], "fine", "x")
        with pytest.raises(Refused, match="200001"):
            await mallory.request("PATCH", f"/channels/{post['id']}", {"name": "secret"})
        said = await mallory.say(raw.ids["general"], "x")
        for message in (said, None):
            with pytest.raises(Refused, match="200001"):
                await mallory.start_thread(raw.ids["general"], "secret", message)


async def test_rules_have_exceptions_and_a_switch(raw: Raw, ada: Person) -> None:
    rule = await ada.block_words("secret")
    path = f"{RULES.format_map(raw.ids)}/{rule['id']}"
    roles = await raw.ok("GET", f"/guilds/{raw.ids['guild']}/roles")
    builders = next(role["id"] for role in roles if role["name"] == "builders")
    await ada.request("PATCH", path, {"exempt_roles": [builders], "exempt_channels": [raw.ids["random"]]})

    async def blocked(who: str, channel: str) -> bool:
        answer = await raw("POST", f"/channels/{raw.ids[channel]}/messages", {"content": "secret"}, who=who)
        return answer.status == 400

    assert [await blocked(who, "general") for who in ("ben", "mallory", "bot")] == [False, True, True]
    assert not await blocked("mallory", "random")
    thread = await raw.ok("POST", f"/channels/{raw.ids['random']}/threads", {"name": "t", "type": 11})
    raw.ids["inside"] = thread["id"]
    assert not await blocked("mallory", "inside")
    await ada.request("PATCH", path, {"enabled": False})
    assert not await blocked("mallory", "general")
    await ada.request("PATCH", path, {"enabled": True})
    assert await blocked("mallory", "general")
    await ada.request("DELETE", path)
    assert not await blocked("mallory", "general")


async def test_a_rule_may_silence(raw: Raw, ada: Person) -> None:
    rule = await ada.block_words("secret")
    actions = [{"type": 1}, {"type": 3, "metadata": {"duration_seconds": 60}}]
    await ada.request("PATCH", f"{RULES.format_map(raw.ids)}/{rule['id']}", {"actions": actions})
    async with person(raw, "mallory") as mallory:
        with pytest.raises(Refused, match="200000"):
            await mallory.say(raw.ids["general"], "secret")
        await mallory.until(lambda p: p.event("GUILD_MEMBER_UPDATE").get("communication_disabled_until"))
        with pytest.raises(Refused, match="50013"):
            await mallory.say(raw.ids["general"], "fine")


async def test_six_rules_are_enough(raw: Raw, ada: Person) -> None:
    for _ in range(6):
        await ada.block_words("secret")
    with pytest.raises(Refused, match="50035"):
        await ada.block_words("secret")


@pytest.mark.parametrize("host", [HARMFUL_HOST, f"www.{HARMFUL_HOST}", f"{HARMFUL_HOST}:8080", HARMFUL_HOST.upper()])
async def test_nobody_posts_a_harmful_link(raw: Raw, ada: Person, host: str) -> None:
    general, text = f"/channels/{raw.ids['general']}/messages", f"look: https://{host}/gift"
    for who in ("bot", "ada"):
        refused = await raw("POST", general, {"content": text}, who=who)
        assert (refused.status, refused.body) == (
            400,
            {"message": "Message blocked by harmful links filter", "code": 240000},
        )
    sent = await raw.ok("POST", general, {"content": f"no link: {HARMFUL_HOST}, https://not{HARMFUL_HOST}"})
    assert (await raw("PATCH", f"{general}/{sent['id']}", {"content": text})).code == 240000
    hook = await raw.ok("POST", f"/channels/{raw.ids['general']}/webhooks", {"name": "hook"})
    path = f"/webhooks/{hook['id']}/{hook['token']}?wait=true"
    assert (await raw("POST", path, {"content": text}, who=None)).code == 240000


async def test_discord_py_makes_rules_and_hears_of_what_they_do(server: Raw, bot: Bot) -> None:
    async with person(server) as ada, person(server, "mallory") as mallory:
        roles = await ada.request("GET", f"/guilds/{server.ids['guild']}/roles")
        mine = next(role for role in roles if role["name"] == "antiphon")
        more = {"permissions": str(int(mine["permissions"]) | 1 << 5)}
        await ada.request("PATCH", f"/guilds/{server.ids['guild']}/roles/{mine['id']}", more)
        rule = await bot.guilds[0].create_automod_rule(
            name="r",
            event_type=discord.AutoModRuleEventType.message_send,
            trigger=discord.AutoModTrigger(keyword_filter=["*secret*"], allow_list=["secretary"]),
            actions=[discord.AutoModRuleAction(custom_message="no")],
            enabled=True,
        )
        await bot.told("automod_rule_create", lambda one: one.id == rule.id)
        with pytest.raises(Refused, match="200000"):
            await mallory.say(server.ids["general"], "a secret")
        (action,) = await bot.told("automod_action")
        assert (action.rule_id, action.matched_keyword, action.content) == (rule.id, "*secret*", "a secret")
        assert str(action.user_id) == mallory.id
        await rule.edit(enabled=False)
        await mallory.say(server.ids["general"], "a secret")
        (one,) = await bot.guilds[0].fetch_automod_rules()
        assert not one.enabled
        await one.delete()
        await bot.told("automod_rule_delete")
