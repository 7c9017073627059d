"""The server that every local Discord starts with."""

from aiohttp import ClientSession

from antiphon.chat.permissions import INVITED_WITH
from antiphon.standin.discord import Limits, LocalDiscord
from standin.conftest import Raw


async def test_the_bots_role_has_what_the_invitation_asks_for_and_nothing_more() -> None:
    async with LocalDiscord(limits=Limits.unlimited()) as local, ClientSession() as session:
        raw = Raw(session, local.describe())
        roles = await raw.ok("GET", f"/guilds/{raw.ids['guild']}/roles")
        (mine,) = [role for role in roles if role.get("tags", {}).get("bot_id") == raw.ids["app"]]
        assert int(mine["permissions"]) == INVITED_WITH
        me = await raw.ok("GET", f"/guilds/{raw.ids['guild']}/members/{raw.ids['app']}")
        assert me["roles"] == [mine["id"]]
        assert (await raw("POST", f"/guilds/{raw.ids['guild']}/channels", {"name": "x"})).code == 50013
