"""A bot turns on its own intents as small apps may, and joins a server by its invitation."""

import pytest

from antiphon.standin.person import Person, Refused
from standin.conftest import Raw

MESSAGE_CONTENT, LIMITED, PRESENCE = 1 << 18, 1 << 19, 1 << 12


async def test_a_bot_may_switch_on_the_intents_of_small_apps_and_no_other_flag(raw: Raw) -> None:
    await raw.ok("PATCH", f"/applications/{raw.ids['app']}", {"flags": 0}, who="ada")
    params = {"scopes": ["bot", "applications.commands"], "permissions": "1024"}
    changed = await raw.ok("PATCH", "/applications/@me", {"flags": LIMITED, "install_params": params})
    assert (changed["flags"], changed["install_params"]) == (LIMITED, params)
    refused = await raw("PATCH", "/applications/@me", {"flags": LIMITED | MESSAGE_CONTENT})
    assert refused.status == 400
    assert (await raw.ok("GET", "/applications/@me"))["flags"] == LIMITED


async def test_an_invitation_that_is_taken_brings_the_bot_in_with_a_role_of_its_own(raw: Raw, ada: Person) -> None:
    link = f"https://discord.com/oauth2/authorize?client_id={raw.ids['app']}&scope=bot&permissions=3072"
    bot = (await raw.ok("GET", "/users/@me"))["id"]
    await ada.request("DELETE", f"/guilds/{raw.ids['guild']}/members/{bot}")
    assert await raw.ok("GET", "/users/@me/guilds") == []
    await ada.take_invitation(link, permissions=1024)
    (guild,) = await raw.ok("GET", "/users/@me/guilds")
    assert guild["id"] == raw.ids["guild"]
    (own,) = [one for one in await raw.ok("GET", f"/guilds/{guild['id']}/roles") if one["managed"]]
    assert own["permissions"] == "1024"
    await ada.take_invitation(link)
    (own,) = [one for one in await raw.ok("GET", f"/guilds/{guild['id']}/roles") if one["managed"]]
    assert own["permissions"] == "3072"
    with pytest.raises(Refused):
        await ada.take_invitation(link.replace(raw.ids["app"], "1"))
