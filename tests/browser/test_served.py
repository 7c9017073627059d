"""How the page is served: its own files only, to this machine only, and nothing foreign may run in it."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from scene import GUIDE

from antiphon.standin import LocalDiscord


@pytest.fixture
async def discord() -> AsyncIterator[LocalDiscord]:
    async with LocalDiscord(guide=GUIDE) as found:
        yield found


async def test_the_page_forbids_whatever_is_not_its_own(discord: LocalDiscord) -> None:
    async with ClientSession() as http, http.get(discord.url + "/") as response:
        assert response.status == 200
        policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "path",
    ["/page/__init__.py", "/page/../server.py", "/page/%2e%2e/__init__.py", "/page/..%2f__init__.py", "/page/none.js"],
)
async def test_only_the_files_of_the_page_are_served(discord: LocalDiscord, path: str) -> None:
    from yarl import URL

    async with ClientSession() as http, http.get(URL(discord.url + path, encoded=True)) as response:
        assert response.status == 404


async def test_a_foreign_name_for_this_machine_is_refused(discord: LocalDiscord) -> None:
    for path in ("/", "/standin/people", "/api/v10/gateway", "/gateway"):
        async with ClientSession() as http, http.get(discord.url + path, headers={"Host": "evil.example"}) as response:
            assert response.status == 403


async def test_the_page_is_told_of_people_and_chips_but_not_of_the_bots_token(discord: LocalDiscord) -> None:
    async with ClientSession() as http, http.get(discord.url + "/standin/people") as response:
        told = await response.json()
        text = await response.text()
    assert [one["name"] for one in told["people"]] == ["ada", "ben", "mallory"]
    assert told["intro"] == list(GUIDE.intro)
    assert told["chips"][0] == {"label": "Say hello", "text": "say: hello", "shows": "a greeting"}
    assert discord.describe()["bot_token"] not in text


async def test_what_a_message_brings_along_is_sandboxed(discord: LocalDiscord) -> None:
    from antiphon.standin.person import Person

    about = discord.describe()
    async with Person(about["api"], about["gateway"], about["people"][0]["token"]) as ada, ClientSession() as http:
        message = await ada.say(about["channels"]["general"], "x", files=[("a.html", b"<script>alert(1)</script>")])
        async with http.get(message["attachments"][0]["url"]) as response:
            assert response.headers["Content-Security-Policy"] == "sandbox"
