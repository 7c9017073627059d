"""Commands, buttons, menus and modals at the page, and how they fail."""

import asyncio
from dataclasses import replace

import pytest
from playwright.async_api import expect
from scene import Json, Scene

from antiphon.standin import Limits

pytestmark = pytest.mark.asyncio(loop_scope="session")

EPHEMERAL = 64
V2 = 1 << 15


@pytest.fixture
def limits() -> Limits:
    """An app has one second to answer instead of three, for the sake of the clock."""
    return replace(Limits.unlimited(), interaction_ack=1.0)


def button(custom_id: str, style: int = 2, **more: object) -> Json:
    return {"type": 2, "style": style, "custom_id": custom_id, "label": custom_id, **more}


def row(*components: Json) -> Json:
    return {"type": 1, "components": list(components)}


async def test_buttons_of_every_style_work_and_disabled_ones_do_not(scene: Scene) -> None:
    link = {"type": 2, "style": 5, "label": "elsewhere", "url": "https://example.com/"}
    message = await scene.bot.say(
        scene.general,
        "press",
        components=[
            row(*(button(f"b{style}", style) for style in (1, 2, 3, 4)), link),
            row(button("off", disabled=True)),
        ],
    )
    for style in (1, 2, 3, 4):
        scene.bot.answers[f"b{style}"] = lambda asked: scene.bot.respond(
            asked, 7, content=f"pressed {asked['data']['custom_id']}"
        )
        await scene.row(message).get_by_role("button", name=f"b{style}").click()
        await expect(scene.row(message)).to_contain_text(f"pressed b{style}")
    await expect(scene.row(message).get_by_role("button", name="off")).to_be_disabled()
    await expect(scene.row(message).get_by_role("link", name="elsewhere")).to_have_attribute(
        "href", "https://example.com/"
    )


async def test_a_press_that_nobody_answers_fails_as_on_discord(scene: Scene) -> None:
    message = await scene.bot.say(scene.general, "dead", components=[row(button("dead"), button("other"))])
    await scene.row(message).get_by_role("button", name="dead").click()
    await expect(scene.row(message).get_by_role("button", name="dead")).to_have_attribute("aria-busy", "true")
    await expect(scene.row(message).get_by_role("alert")).to_have_text("!This interaction failed")
    await expect(scene.row(message).get_by_role("button", name="dead")).not_to_have_attribute("aria-busy", "true")


async def test_an_ephemeral_answer_is_for_one_and_can_be_dismissed(scene: Scene) -> None:
    scene.bot.answers["hint"] = lambda asked: scene.bot.respond(asked, 4, content="a secret", flags=EPHEMERAL)
    message = await scene.bot.say(scene.general, "hints", components=[row(button("hint"))])
    await scene.row(message).get_by_role("button", name="hint").click()
    await expect(scene.message("a secret")).to_contain_text("Only you can see this")
    await scene.message("a secret").get_by_role("button", name="Dismiss message").click()
    await expect(scene.message("a secret")).to_have_count(0)


async def test_a_deferred_answer_thinks_and_then_speaks(scene: Scene) -> None:
    scene.bot.answers["slow"] = lambda asked: scene.bot.respond(asked, 5)
    message = await scene.bot.say(scene.general, "slowly", components=[row(button("slow"))])
    await scene.row(message).get_by_role("button", name="slow").click()
    await expect(scene.page.get_by_text("antiphon is thinking…")).to_be_visible()
    await scene.bot.finish(scene.bot.asked[-1], content="at last")
    await expect(scene.message("at last")).to_be_visible()
    await expect(scene.page.get_by_text("antiphon is thinking…")).to_have_count(0)


async def test_menus_give_one_several_or_people(scene: Scene) -> None:
    options = [{"label": name.title(), "value": name, "description": f"the {name}"} for name in ("red", "blue", "grey")]
    for custom_id in ("one", "many", "who"):
        scene.bot.answers[custom_id] = lambda asked: scene.bot.respond(asked, 6)
    message = await scene.bot.say(
        scene.general,
        "choose",
        components=[
            row({"type": 3, "custom_id": "one", "placeholder": "A colour", "options": options}),
            row({"type": 3, "custom_id": "many", "placeholder": "Colours", "max_values": 2, "options": options}),
            row({"type": 5, "custom_id": "who", "placeholder": "Somebody"}),
        ],
    )

    async def asked(count: int) -> Json:
        await expect(scene.row(message).locator("[aria-busy]")).to_have_count(0)
        assert len(scene.bot.asked) == count
        return scene.bot.asked[-1]["data"]

    await scene.row(message).get_by_role("button", name="A colour").click()
    await scene.page.get_by_role("option", name="Blue").click()
    assert (await asked(1))["values"] == ["blue"]
    await scene.row(message).get_by_role("button", name="Colours").click()
    for name in ("Red", "Grey", "Blue"):  # the third is one too many
        await scene.page.get_by_role("option", name=name).click()
    await scene.page.keyboard.press("Escape")
    assert (await asked(2))["values"] == ["red", "grey"]
    await scene.row(message).get_by_role("button", name="Somebody").click()
    await scene.page.get_by_role("option", name="Ben").click()
    assert (await asked(3))["values"] == [scene.about["people"][1]["id"]]


async def test_a_modal_takes_text_a_choice_and_a_file(scene: Scene) -> None:
    fields = [
        {"type": 18, "label": "Reason", "component": {"type": 4, "custom_id": "why", "style": 2, "min_length": 3}},
        {
            "type": 18,
            "label": "Kind",
            "component": {
                "type": 3,
                "custom_id": "kind",
                "options": [{"label": "Bug", "value": "bug"}, {"label": "Wish", "value": "wish"}],
            },
        },
        {
            "type": 18,
            "label": "Speed",
            "component": {
                "type": 21,
                "custom_id": "speed",
                "options": [{"label": "Fast", "value": "f"}, {"label": "Slow", "value": "s"}],
            },
        },
        {"type": 18, "label": "Evidence", "component": {"type": 19, "custom_id": "file", "required": False}},
        {"type": 10, "content": "That is **all**."},
    ]
    scene.bot.answers["ask"] = lambda asked: scene.bot.respond(
        asked, 9, title="Tell me", custom_id="form", components=fields
    )
    scene.bot.answers["form"] = lambda asked: scene.bot.respond(asked, 4, content="thank you")
    message = await scene.bot.say(scene.general, "a form", components=[row(button("ask"))])
    await scene.row(message).get_by_role("button", name="ask").click()
    modal = scene.page.get_by_role("dialog", name="Tell me")
    await modal.get_by_role("button", name="Submit").click()
    await expect(modal.get_by_role("alert")).to_have_text("“Reason” is required.")
    await modal.get_by_label("Reason").fill("because")
    await modal.get_by_role("button", name="Kind").click()
    await scene.page.get_by_role("option", name="Wish").click()
    await modal.get_by_role("radio", name="Slow").check()
    await modal.get_by_label("Evidence").set_input_files(
        {"name": "proof.txt", "mimeType": "text/plain", "buffer": b"seen"}
    )
    await modal.get_by_role("button", name="Submit").click()
    await expect(scene.message("thank you")).to_be_visible()
    await expect(modal).to_have_count(0)
    data = scene.bot.asked[-1]["data"]
    answers = {one["component"]["custom_id"]: one["component"] for one in data["components"] if "component" in one}
    assert answers["why"]["value"] == "because"
    assert answers["kind"]["values"] == ["wish"]
    assert answers["speed"]["value"] == "s"
    assert data["resolved"]["attachments"][answers["file"]["values"][0]]["filename"] == "proof.txt"


async def test_the_palette_lists_commands_and_runs_one(scene: Scene) -> None:
    await scene.bot.commands(
        {"name": "status", "description": "What goes on"},
        {
            "name": "schedule",
            "description": "-",
            "options": [
                {"type": 1, "name": "add", "description": "Add one"},
                {"type": 1, "name": "list", "description": "All"},
            ],
        },
    )
    scene.bot.answers["status"] = lambda asked: scene.bot.respond(asked, 4, content="all is well")
    await scene.composer.press_sequentially("/")
    names = scene.page.get_by_role("listbox", name="Suggestions").locator(".suggestion-label")
    await expect(names).to_have_text(["/schedule add", "/schedule list", "/status"])
    await scene.composer.press_sequentially("sta")
    await expect(names).to_have_text(["/status"])
    await scene.page.keyboard.press("Enter")
    await scene.page.keyboard.press("Enter")
    await expect(scene.message("all is well")).to_contain_text("Ada used /status")
    await expect(scene.composer).to_be_focused()


async def test_options_offer_choices_and_live_completion(scene: Scene) -> None:
    await scene.bot.commands(
        {
            "name": "skill",
            "description": "Run a skill",
            "options": [
                {"type": 3, "name": "name", "description": "Which", "required": True, "autocomplete": True},
                {
                    "type": 3,
                    "name": "model",
                    "description": "With what",
                    "choices": [{"name": "Opus", "value": "o"}, {"name": "Sonnet", "value": "s"}],
                },
                {"type": 4, "name": "times", "description": "How often"},
            ],
        }
    )

    async def skill(asked: Json) -> None:
        if asked["type"] == 4:
            typed = next(one["value"] for one in asked["data"]["options"] if one.get("focused"))
            found = [name for name in ("review", "release", "commit") if typed in name]
            await scene.bot.respond(asked, 8, choices=[{"name": f"the {name}", "value": name} for name in found])
        else:
            await scene.bot.respond(asked, 4, content="done it")

    scene.bot.answers["skill"] = skill
    await scene.composer.press_sequentially("/skill")
    await scene.page.get_by_role("option", name="/skill").click()
    await scene.page.get_by_role("combobox", name="name").press_sequentially("re")
    await expect(scene.page.get_by_role("option")).to_have_text(["the review", "the release"])
    await scene.page.get_by_role("option", name="the release").click()
    await scene.page.get_by_role("option", name="model").click()
    await scene.page.get_by_role("option", name="Sonnet").click()
    await scene.page.get_by_role("option", name="times").click()
    await scene.page.get_by_role("combobox", name="times").fill("many")
    await scene.page.keyboard.press("Enter")
    await expect(scene.page.get_by_role("alert").filter(has_text="times")).to_be_visible()
    await scene.page.get_by_role("combobox", name="times").fill("3")
    await scene.page.keyboard.press("Enter")
    await expect(scene.message("done it")).to_be_visible()
    values = {one["name"]: one["value"] for one in scene.bot.asked[-1]["data"]["options"]}
    assert values == {"name": "release", "model": "s", "times": 3}


async def test_a_command_that_nobody_answers_says_so_to_the_one_who_asked(scene: Scene) -> None:
    await scene.bot.commands({"name": "dead", "description": "-"})
    await scene.composer.press_sequentially("/dead")
    await scene.page.get_by_role("option", name="/dead").click()
    # Looked for from before it is there: it is shown for a second, less than a busy machine may take to look.
    sending = asyncio.create_task(expect(scene.page.get_by_text("Sending command…")).to_be_visible(), name="sending")
    await scene.page.keyboard.press("Enter")
    await sending
    failed = scene.message("The application did not respond")
    await expect(failed).to_contain_text("Ada used /dead")
    await failed.get_by_role("button", name="Dismiss message").click()
    await expect(failed).to_have_count(0)


async def test_components_v2_are_drawn_and_work(scene: Scene) -> None:
    scene.bot.answers["stop"] = lambda asked: scene.bot.respond(asked, 6)
    section = {
        "type": 9,
        "components": [{"type": 10, "content": "**Bash** `pytest`"}],
        "accessory": button("stop", 4),
    }
    inside = [
        {"type": 10, "content": "# Working"},
        {"type": 14},
        section,
        {"type": 13, "file": {"url": "attachment://log.txt"}},
    ]
    message = await scene.bot.say(
        scene.general,
        flags=V2,
        components=[{"type": 17, "accent_color": 0xFF0000, "components": inside}],
        files=[("log.txt", b"one\ntwo\n")],
    )
    card = scene.row(message).locator(".container")
    await expect(card).to_have_css("border-left-color", "rgb(255, 0, 0)")
    await expect(card.get_by_role("heading", name="Working")).to_be_visible()
    await expect(card.get_by_role("separator")).to_have_count(1)
    await expect(scene.row(message).get_by_role("link", name="Download log.txt")).to_have_count(1)
    await card.get_by_role("button", name="stop").click()
    await expect(scene.row(message).locator("[aria-busy]")).to_have_count(0)
    assert scene.bot.asked[-1]["data"]["custom_id"] == "stop"
