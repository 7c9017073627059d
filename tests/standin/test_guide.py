"""Actions of the stand-in's owner, pressed at the page: only from there, one at a time."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import pytest
from aiohttp import ClientSession

from antiphon.standin import LocalDiscord
from antiphon.standin.guide import Action, ActionFailed, Guide, Prompt


@dataclass
class Owner:
    """What the action does: it waits until it may go on, and fails when it is told to."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    begun: int = 0
    ended: int = 0
    fails: str = ""

    async def act(self) -> None:
        self.begun += 1
        await self.go.wait()
        if self.fails:
            raise ActionFailed(self.fails)
        self.ended += 1


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
async def discord(owner: Owner) -> AsyncIterator[LocalDiscord]:
    action = Action("act", "Act", owner.act, "what it shows", "It begins.", "It is over.")
    async with LocalDiscord(guide=Guide(("Welcome",), (Prompt("Say", "say: it"), action))) as found:
        yield found


async def press(discord: LocalDiscord, name: str = "act", **headers: str) -> tuple[int, Mapping[str, str]]:
    """Press as the page does, with other headers where they are given; the status and what was said."""
    sent = {"X-Standin-Action": "1", "Origin": discord.url} | {key.replace("_", "-"): headers[key] for key in headers}
    url = f"{discord.url}/standin/actions/{name}"
    async with ClientSession() as http, http.post(url, headers=sent) as response:
        return response.status, await response.json() if response.status != 204 else {}


async def until_begun(owner: Owner) -> None:
    while not owner.begun:  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def test_a_press_is_answered_when_what_it_asks_for_is_over(discord: LocalDiscord, owner: Owner) -> None:
    pressed = asyncio.create_task(press(discord))
    await until_begun(owner)
    assert not pressed.done()
    owner.go.set()
    assert await pressed == (204, {})
    assert (owner.begun, owner.ended) == (1, 1)


async def test_a_second_press_meanwhile_waits_for_the_first_and_a_later_one_acts_again(
    discord: LocalDiscord, owner: Owner
) -> None:
    both = [asyncio.create_task(press(discord)) for _ in range(2)]
    await until_begun(owner)
    owner.go.set()
    assert await asyncio.gather(*both) == [(204, {})] * 2
    assert owner.ended == 1
    await press(discord)
    assert owner.ended == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"X_Standin_Action": ""},
        {"Host": "evil.example"},
    ],
    ids=["another site", "no origin", "another port", "no header", "a foreign name for this machine"],
)
async def test_only_the_page_itself_may_press(discord: LocalDiscord, owner: Owner, headers: dict[str, str]) -> None:
    owner.go.set()
    assert (await press(discord, **headers))[0] == 403
    assert owner.begun == 0


async def test_another_sites_page_gets_no_leave_to_send_the_header(discord: LocalDiscord, owner: Owner) -> None:
    asked = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    async with ClientSession() as http, http.options(f"{discord.url}/standin/actions/act", headers=asked) as response:
        assert not [name for name in response.headers if name.startswith("Access-Control")]


async def test_get_presses_nothing_and_an_unknown_action_is_not_found(discord: LocalDiscord, owner: Owner) -> None:
    async with ClientSession() as http, http.get(f"{discord.url}/standin/actions/act") as response:
        assert response.status == 404
    assert (await press(discord, "other"))[0] == 404
    assert owner.begun == 0


async def test_what_went_wrong_is_said(discord: LocalDiscord, owner: Owner) -> None:
    owner.fails = "It did not come back."
    owner.go.set()
    assert await press(discord) == (502, {"message": "It did not come back."})


async def test_an_action_ends_with_the_server(owner: Owner) -> None:
    async with LocalDiscord(guide=Guide((), (Action("act", "Act", owner.act),))) as discord:
        pressed = asyncio.create_task(press(discord))
        await until_begun(owner)
    pressed.cancel()
    await asyncio.wait({pressed})
    assert owner.ended == 0
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "action act"]
