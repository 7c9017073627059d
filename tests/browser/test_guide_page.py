"""What the page says and suggests at first: an intro, chips in a guided order, actions of the owner."""

import asyncio
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Locator, expect
from scene import PHONE, Json, Scene, opened
from test_phone import BEYOND

from antiphon.standin.guide import Action, ActionFailed, Guide, Prompt

pytestmark = pytest.mark.asyncio(loop_scope="session")

LABELS = [f"Sentence {letter}, of some length" for letter in "ABCDEFGHIJKL"]


@dataclass
class Owner:
    """What the action does: it waits until it may go on, and fails when it is told to."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    begun: int = 0
    fails: bool = False

    async def act(self) -> None:
        self.begun += 1
        await self.go.wait()
        if self.fails:
            raise ActionFailed("It did not come back.")


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def guide(owner: Owner) -> Guide:
    prompts = [Prompt(label, f"say: {n}", "what there is to see") for n, label in enumerate(LABELS)]
    act = Action("act", "Act now", owner.act, "carefully", "It begins.", "It is over.")
    return Guide(("This is a test.", "Pick something."), (*prompts[:6], act, *prompts[6:]))


@pytest.fixture(params=["desktop", "phone"])
def page_options(request: pytest.FixtureRequest) -> Json:
    return {"viewport": PHONE, "is_mobile": True, "has_touch": True} if request.param == "phone" else {}


def chips(scene: Scene) -> Locator:
    return scene.page.get_by_role("group", name="Suggested prompts").get_by_role("button")


def chip(scene: Scene, label: str) -> Locator:
    return chips(scene).filter(has_text=label)


async def rows(scene: Scene) -> int:
    """In how many rows the chips stand."""
    return len(set(await chips(scene).evaluate_all("all => all.map(one => one.offsetTop)")))


async def test_the_first_page_says_what_this_is_and_shows_all_suggestions_in_order(scene: Scene) -> None:
    page = scene.page
    await expect(page.get_by_role("heading", name="This is a test.")).to_be_visible()
    await expect(page.get_by_text("Pick something.")).to_be_visible()
    labels = [*LABELS[:6], "Act now", *LABELS[6:]]
    assert [text.split("\n")[0] for text in await chips(scene).all_inner_texts()] == labels
    assert await rows(scene) > 1
    assert await page.evaluate(BEYOND) == []


async def test_they_make_way_for_what_is_said_in_one_row_that_shows_that_there_is_more(scene: Scene) -> None:
    await scene.say("something else")
    await expect(scene.message("something else")).to_be_visible()
    await expect(scene.page.get_by_role("heading", name="Welcome to #general!")).to_be_attached()
    await expect(scene.page.get_by_text("Pick something.")).to_have_count(0)
    assert await rows(scene) == 1
    row = scene.page.get_by_role("group", name="Suggested prompts")
    assert await row.evaluate("row => row.scrollWidth > row.clientWidth && row.classList.contains('more-after')")
    assert await scene.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    await scene.page.get_by_role("button", name="Show all").click()
    assert await rows(scene) > 1
    await scene.page.reload()
    await expect(scene.message("something else")).to_be_visible()
    assert await rows(scene) == 1


async def test_a_used_one_is_ticked_off_and_the_next_one_comes_into_sight(scene: Scene) -> None:
    await chip(scene, LABELS[0]).click()
    await expect(scene.message("say: 0")).to_be_visible()
    await expect(scene.page.get_by_text("1 of 13 tried")).to_be_visible()
    await expect(chip(scene, LABELS[0]).locator(".icon-check")).to_have_css("display", "block")
    await expect(chip(scene, LABELS[1]).locator(".icon-check")).to_have_css("display", "none")
    await expect(chip(scene, LABELS[1])).to_be_in_viewport(ratio=0.9)
    await scene.page.reload()
    await expect(scene.page.get_by_text("1 of 13 tried")).to_be_visible()
    assert await rows(scene) == 1


async def test_a_prompt_is_followed_into_the_thread_that_it_opens(scene: Scene) -> None:
    await chip(scene, LABELS[0]).click()
    await expect(scene.message("say: 0")).to_be_visible()
    (message,) = await scene.ben.history(scene.general)
    await scene.bot.request("POST", f"/channels/{scene.general}/messages/{message['id']}/threads", {"name": "Opened"})
    await expect(scene.page.get_by_role("heading", name="Opened", level=1)).to_be_visible()
    await chip(scene, LABELS[1]).click()  # and the next one goes on there
    await expect(scene.message("say: 1")).to_be_visible()
    await expect(scene.page.get_by_role("heading", name="Opened", level=1)).to_be_visible()


async def test_whoever_went_elsewhere_is_left_there(scene: Scene) -> None:
    await chip(scene, LABELS[0]).click()
    await expect(scene.message("say: 0")).to_be_visible()
    await scene.page.evaluate(f"location.hash = '{scene.random}'")
    await expect(scene.page.get_by_role("heading", name="random", level=1)).to_be_visible()
    (message,) = await scene.ben.history(scene.general)
    await scene.bot.request("POST", f"/channels/{scene.general}/messages/{message['id']}/threads", {"name": "Opened"})
    await scene.ben.say(scene.random, "after it was opened")
    await expect(scene.message("after it was opened")).to_be_visible()
    await expect(scene.page.get_by_role("heading", name="random", level=1)).to_be_visible()


async def test_an_action_calls_the_owner_once_and_says_when_it_is_over(scene: Scene, owner: Owner) -> None:
    act = chip(scene, "Act now")
    await act.click()
    await expect(scene.page.get_by_text("It begins.")).to_be_visible()
    await expect(act).to_be_disabled()
    await act.dispatch_event("click")
    async with opened(scene.page.context.browser, scene.url) as other:  # type: ignore[arg-type]
        await other.page.get_by_role("button", name="Act now").click()
        await expect(other.page.get_by_text("It begins.")).to_be_visible()
        owner.go.set()
        await expect(scene.page.get_by_text("It is over.")).to_be_visible()
        await expect(other.page.get_by_text("It is over.")).to_be_visible()
    assert owner.begun == 1
    await expect(act).to_be_enabled()
    await expect(scene.page.get_by_text("1 of 13 tried")).to_be_visible()


async def test_an_action_that_fails_is_told_and_not_ticked_off(scene: Scene, owner: Owner) -> None:
    owner.fails = True
    owner.go.set()
    await chip(scene, "Act now").click()
    await expect(scene.page.get_by_text("It did not come back.")).to_be_visible()
    await expect(scene.page.get_by_text("of 13 tried")).to_have_count(0)
    scene.errors.clear()  # a browser laments each answer that is a failure
