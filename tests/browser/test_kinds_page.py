"""What people send beside words, and channels beside text, as the page shows them."""

import re

import pytest
from pictures import png
from playwright.async_api import expect
from scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_poll_is_voted_on_and_ends(scene: Scene) -> None:
    poll = await scene.ben.ask_poll(scene.general, "Lunch?", ["Soup", "Bread"])
    shown = scene.page.get_by_role("region", name="Poll: Lunch?")
    soup, bread = (shown.get_by_role("button", name=name) for name in ("Soup", "Bread"))
    await expect(soup).to_contain_text("0 votes")
    await scene.ben.vote(poll, 1)
    await expect(soup).to_contain_text("1 vote")
    await soup.click()
    await expect(soup).to_have_attribute("aria-pressed", "true")
    await expect(soup).to_contain_text("2 votes")
    await bread.click()
    await expect(bread).to_contain_text("1 vote")
    await expect(soup).to_contain_text("1 vote")
    await bread.click()
    await expect(shown).to_contain_text("1 vote")
    await scene.ben.end_poll(poll)
    await expect(soup).to_be_disabled()
    await expect(scene.message("’s poll Lunch? has closed: Soup has won with 1 of 1 vote.")).to_be_visible()


async def test_several_answers_are_chosen_where_they_may_be(scene: Scene) -> None:
    await scene.ben.ask_poll(scene.general, "Which?", ["a", "b"], multiple=True)
    shown = scene.page.get_by_role("region", name="Poll: Which?")
    for answer in await shown.get_by_role("button").all():
        await answer.click()
        await expect(answer).to_have_attribute("aria-pressed", "true")
    await expect(shown).to_contain_text("2 votes · several answers")


async def test_stickers_are_told_by_name_and_forwards_come_whole(scene: Scene) -> None:
    packs = await scene.ben.request("GET", "/sticker-packs")
    wave = packs["sticker_packs"][0]["stickers"][0]
    said = await scene.ben.say(scene.general, "look", files=[("a.png", png(4, 4))], stickers=[wave["id"]])
    await expect(scene.row(said)).to_contain_text("Sticker: Wave")
    forward = await scene.ben.forward(said, scene.general)
    copy = scene.row(forward).locator(".forwarded")
    await expect(copy).to_contain_text("look")
    await expect(copy).to_contain_text("Sticker: Wave")
    await expect(copy.locator("img")).to_be_visible()


async def test_each_kind_of_channel_says_what_it_is(scene: Scene) -> None:
    guild = scene.about["guild_id"]
    kinds = {"lounge": (2, "voice channel"), "news": (5, "announcement channel"), "hall": (13, "stage")}
    for name, (kind, words) in kinds.items():
        await scene.bot.request("POST", f"/guilds/{guild}/channels", {"name": name, "type": kind})
        await scene.open(f"{name} ({words})")
        await scene.say(f"hello, {name}")
        await expect(scene.message(f"hello, {name}")).to_be_visible()
    await scene.bot.request("POST", f"/guilds/{guild}/channels", {"name": "pictures", "type": 16})
    await scene.open("pictures (media channel)")
    await scene.page.get_by_role("button", name="New post").click()
    await scene.page.get_by_label("Title").fill("A tree")
    await scene.page.get_by_label("Message", exact=True).fill("Green.")
    await scene.page.get_by_role("button", name="Post", exact=True).click()
    await expect(scene.message("Green.")).to_be_visible()
    await expect(scene.page.get_by_role("link", name=re.compile("A tree"))).to_be_visible()
