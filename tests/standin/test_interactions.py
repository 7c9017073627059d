"""Interactions without a client library: the clock, the one callback, follow-ups, who sees what."""

# A table reads best with one line for each rule, however long.
# ruff: noqa: E501

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from antiphon.standin.discord import Limits
from antiphon.standin.person import Outcome, Person, Refused
from standin.bodies import INPUT, MENU, MODAL
from standin.conftest import Answer, Raw, opened, person
from standin.test_gateway import Socket, connected

OPTIONS = [
    {"type": 3, "name": "what", "description": "d", "required": True},
    {"type": 6, "name": "who", "description": "d"},
    {"type": 11, "name": "file", "description": "d"},
]
COMMANDS: list[dict[str, Any]] = [
    {"name": "status", "description": "d"},
    {"name": "run", "description": "d", "options": OPTIONS},
    {
        "name": "pick",
        "description": "d",
        "options": [{"type": 3, "name": "x", "description": "d", "autocomplete": True}],
    },
    {
        "name": "plan",
        "description": "d",
        "options": [
            {"type": 2, "name": "day", "description": "d", "options": [{"type": 1, "name": "add", "description": "d"}]},
        ],
    },
    {"type": 2, "name": "Who is this"},
    {"type": 3, "name": "Fork from here"},
]
BUTTON = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
PEOPLE = {"type": 5, "custom_id": "people"}
ROWS = [{"type": 1, "components": [c]} for c in (BUTTON, MENU, PEOPLE)]


class Stage:
    """Ada, and a bot that answers by hand."""

    def __init__(self, raw: Raw, ada: Person, bot: Socket) -> None:
        self.raw = raw
        self.ada = ada
        self.bot = bot
        self.general = raw.ids["general"]
        self.tasks: list[asyncio.Task[Any]] = []

    def start(self, acting: Any) -> asyncio.Task[Outcome]:
        """Something that ada does, while the bot goes on."""
        task = asyncio.create_task(acting, name="ada acts")
        self.tasks.append(task)
        return task

    async def received(self) -> dict[str, Any]:
        return await self.bot.event("INTERACTION_CREATE")

    async def answer(self, interaction: dict[str, Any], kind: int, data: Any = None, query: str = "") -> Answer:
        path = f"/interactions/{interaction['id']}/{interaction['token']}/callback{query}"
        return await self.raw("POST", path, {"type": kind, "data": data}, who=None)

    async def hook(self, interaction: dict[str, Any], method: str, path: str = "", body: Any = None) -> Answer:
        base = f"/webhooks/{self.raw.ids['app']}/{interaction['token']}"
        return await self.raw(method, base + path, body, who=None)

    async def command(self, name: str = "status", options: Any = None) -> tuple[asyncio.Task[Outcome], dict[str, Any]]:
        task = self.start(self.ada.command(self.general, name, options))
        return task, await self.received()


async def staged(limits: Limits) -> AsyncIterator[Stage]:
    async with opened(limits) as raw, person(raw) as ada, connected(raw) as bot:
        await raw.ok("PUT", f"/applications/{raw.ids['app']}/commands", COMMANDS)
        await bot.ready()
        stage = Stage(raw, ada, bot)
        yield stage
        for task in stage.tasks:
            task.cancel()
        await asyncio.gather(*stage.tasks, return_exceptions=True)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async for found in staged(Limits.unlimited()):
        yield found


async def test_a_command_arrives_complete(stage: Stage) -> None:
    files = [("a.txt", b"text")]
    options = {"what": "x", "who": stage.raw.ids["ben"], "file": "0"}
    task = stage.start(stage.ada.command(stage.general, "run", options, files=files))
    interaction = await stage.received()
    data = interaction["data"]
    assert [(o["name"], o["type"]) for o in data["options"]] == [("what", 3), ("who", 6), ("file", 11)]
    assert data["resolved"]["users"][stage.raw.ids["ben"]]["username"] == "ben"
    assert data["resolved"]["members"][stage.raw.ids["ben"]]["permissions"]
    (attachment,) = data["resolved"]["attachments"].values()
    assert (attachment["filename"], data["options"][2]["value"]) == ("a.txt", attachment["id"])
    assert interaction["member"]["user"]["username"] == "ada"
    assert interaction["attachment_size_limit"] == 10 * 1024 * 1024
    assert (await stage.answer(interaction, 4, {"content": "done"})).status == 204
    assert (await task).kind == "success"
    message = await stage.ada.until(lambda p: p.messages(stage.general))
    assert message[0]["type"] == 20
    assert message[0]["interaction_metadata"]["user"]["username"] == "ada"


async def test_with_response_the_message_comes_back(stage: Stage) -> None:
    _, interaction = await stage.command()
    answer = await stage.answer(interaction, 4, {"content": "x"}, "?with_response=1")
    assert answer.body["resource"]["message"]["content"] == "x"
    assert answer.body["interaction"]["response_message_id"] == answer.body["resource"]["message"]["id"]
    assert answer.body["interaction"]["response_message_loading"] is False


async def test_a_second_callback_is_one_too_many(stage: Stage) -> None:
    _, interaction = await stage.command()
    await stage.answer(interaction, 5)
    again = await stage.answer(interaction, 4, {"content": "x"})
    assert (again.status, again.code) == (400, 40060)


async def test_a_wrong_callback_leaves_the_interaction_open(stage: Stage) -> None:
    _, interaction = await stage.command()
    for kind in (6, 7, 8, 99):
        wrong = await stage.answer(interaction, kind, {"content": "x"})
        assert (wrong.status, wrong.error("type")) == (400, "BASE_TYPE_CHOICES")
    too_long = await stage.answer(interaction, 4, {"content": "x" * 2001})
    assert (too_long.status, too_long.code) == (400, 50035)
    empty = await stage.answer(interaction, 4, {})
    assert (empty.status, empty.code) == (400, 50006)
    assert (await stage.answer(interaction, 4, {"content": "x"})).status == 204


async def test_after_three_seconds_the_token_is_dead() -> None:
    async for stage in staged(Limits(interaction_ack=0.05, enforce_rates=False)):
        task, interaction = await stage.command()
        assert (await task).kind == "failure"
        late = await stage.answer(interaction, 4, {"content": "x"})
        assert (late.status, late.code) == (404, 10062)
        violations = await stage.raw.violations()
        assert [v["rule"] for v in violations] == ["interaction answered too late"]


async def test_after_fifteen_minutes_the_webhook_is_gone() -> None:
    async for stage in staged(Limits(interaction_token=0.05, enforce_rates=False)):
        _, interaction = await stage.command()
        await stage.answer(interaction, 5)
        await asyncio.sleep(0.06)  # more than the token lives
        for method, path in (("POST", ""), ("PATCH", "/messages/@original"), ("GET", "/messages/@original")):
            answer = await stage.hook(interaction, method, path, {"content": "x"} if method != "GET" else None)
            assert (answer.status, answer.code) == (401, 50027)


async def test_a_follow_up_before_the_callback_is_unknown(stage: Stage) -> None:
    _, interaction = await stage.command()
    answer = await stage.hook(interaction, "POST", "", {"content": "x"})
    assert (answer.status, answer.code) == (404, 10015)


async def test_the_first_follow_up_of_a_deferred_answer_fills_it(stage: Stage) -> None:
    task, interaction = await stage.command()
    await stage.answer(interaction, 5)
    assert (await task).kind == "success"
    (waiting,) = await stage.ada.until(lambda p: p.messages(stage.general))
    assert waiting["flags"] == 1 << 7
    first = await stage.hook(interaction, "POST", "", {"content": "one"})
    assert first.body["id"] == waiting["id"]
    assert first.body["flags"] == 0
    second = await stage.hook(interaction, "POST", "", {"content": "two"})
    assert second.body["id"] != waiting["id"]
    await stage.ada.until(lambda p: [m["content"] for m in p.messages(stage.general)] == ["one", "two"])


async def test_a_deferred_answer_may_be_edited_fetched_and_deleted(stage: Stage) -> None:
    _, interaction = await stage.command()
    await stage.answer(interaction, 5)
    original = "/messages/@original"
    edited = await stage.hook(interaction, "PATCH", original, {"content": "done"})
    assert (edited.status, edited.body["content"]) == (200, "done")
    assert (await stage.hook(interaction, "GET", original)).body["content"] == "done"
    assert (await stage.hook(interaction, "DELETE", original)).status == 204
    gone = await stage.hook(interaction, "GET", original)
    assert (gone.status, gone.code) == (404, 10008)


async def test_what_is_ephemeral_is_for_one_person_only(stage: Stage) -> None:
    async with person(stage.raw, "ben") as ben:
        task, interaction = await stage.command()
        answer = await stage.answer(interaction, 4, {"content": "psst", "flags": 64}, "?with_response=true")
        await task
        (seen,) = await stage.ada.until(lambda p: p.messages(stage.general))
        assert (seen["content"], seen["flags"]) == ("psst", 64)
        assert await stage.raw.ok("GET", f"/channels/{stage.general}/messages") == []
        message_id = answer.body["resource"]["message"]["id"]
        fetched = await stage.raw("GET", f"/channels/{stage.general}/messages/{message_id}")
        assert (fetched.status, fetched.code) == (404, 10008)
        await stage.hook(interaction, "PATCH", "/messages/@original", {"content": "still"})
        await stage.ada.until(lambda p: p.messages(stage.general)[0]["content"] == "still")
        await stage.raw.ok("POST", f"/channels/{stage.general}/messages", {"content": "open"})
        await ben.until(lambda p: p.messages(stage.general))
        assert [m["content"] for m in ben.messages(stage.general)] == ["open"]
        assert [(await stage.bot.event("MESSAGE_CREATE"))["content"]] == ["open"]


async def test_a_deferred_answer_is_ephemeral_from_the_start_or_never(stage: Stage) -> None:
    _, interaction = await stage.command()
    await stage.answer(interaction, 5, {"flags": 64 | 4})
    (waiting,) = await stage.ada.until(lambda p: p.messages(stage.general))
    assert waiting["flags"] == 64 | 1 << 7
    filled = await stage.hook(interaction, "POST", "", {"content": "x", "flags": 0})
    assert filled.body["flags"] & 64


async def test_a_button_is_pressed_and_its_message_changes(stage: Stage) -> None:
    body = {"content": "press", "components": ROWS}
    message = await stage.raw.ok("POST", f"/channels/{stage.general}/messages", body)
    task = stage.start(stage.ada.click(message, "go"))
    interaction = await stage.received()
    assert interaction["data"] == {"custom_id": "go", "component_type": 2, "id": 2}
    assert interaction["message"]["id"] == message["id"]
    await stage.answer(interaction, 7, {"content": "pressed", "components": []})
    assert (await task).kind == "success"
    await stage.ada.until(lambda p: p.messages(stage.general)[0]["content"] == "pressed")
    with pytest.raises(Refused, match="COMPONENT_VALIDATION_FAILED"):
        await stage.ada.click(message, "go")


async def test_a_press_may_be_taken_silently_and_answered_later(stage: Stage) -> None:
    body = {"content": "press", "components": ROWS}
    message = await stage.raw.ok("POST", f"/channels/{stage.general}/messages", body)
    task = stage.start(stage.ada.click(message, "go"))
    interaction = await stage.received()
    await stage.answer(interaction, 6)
    await task
    edited = await stage.hook(interaction, "PATCH", "/messages/@original", {"content": "later"})
    assert edited.body["id"] == message["id"]
    reply = await stage.hook(interaction, "POST", "", {"content": "more", "flags": 64})
    assert reply.body["message_reference"]["message_id"] == message["id"]


async def test_menus_send_what_was_chosen(stage: Stage) -> None:
    body = {"content": "choose", "components": ROWS}
    message = await stage.raw.ok("POST", f"/channels/{stage.general}/messages", body)
    task = stage.start(stage.ada.select(message, "menu", ["a", "b"]))
    interaction = await stage.received()
    assert interaction["data"]["values"] == ["a", "b"]
    await stage.answer(interaction, 6)
    await task
    stage.start(stage.ada.select(message, "people", [stage.raw.ids["ben"]]))
    interaction = await stage.received()
    assert interaction["data"]["resolved"]["users"][stage.raw.ids["ben"]]["username"] == "ben"
    for values in (["c"], [], ["a", "b", "a"]):
        with pytest.raises(Refused, match="COMPONENT_VALIDATION_FAILED"):
            await stage.ada.select(message, "menu", values)


async def test_a_disabled_button_cannot_be_pressed(stage: Stage) -> None:
    row = {"type": 1, "components": [BUTTON | {"disabled": True}]}
    message = await stage.raw.ok("POST", f"/channels/{stage.general}/messages", {"content": "x", "components": [row]})
    with pytest.raises(Refused, match="COMPONENT_VALIDATION_FAILED"):
        await stage.ada.click(message, "go")


async def test_a_modal_is_shown_filled_in_and_answered(stage: Stage) -> None:
    task, interaction = await stage.command()
    assert (await stage.answer(interaction, 9, MODAL)).status == 204
    modal = await task
    assert (modal.kind, modal.data["title"]) == ("modal", "Why not?")
    with pytest.raises(Refused, match="BASE_TYPE_BAD_LENGTH"):
        await stage.ada.submit_modal(modal, {"text": "x"})
    submit = stage.start(stage.ada.submit_modal(modal, {"text": "words", "choice": ["a"]}))
    submitted = await stage.received()
    assert (submitted["type"], submitted["data"]["custom_id"]) == (5, "deny")
    notice, reason, choice = submitted["data"]["components"]
    assert notice == {"type": 10, "id": 1}
    assert reason["component"]["value"] == "words"
    assert choice["component"]["values"] == ["a"]
    await stage.answer(submitted, 4, {"content": "noted"})
    assert (await submit).kind == "success"
    refused = await stage.answer(submitted, 9, MODAL)
    assert refused.code == 40060


async def test_a_modal_of_a_button_may_change_the_message(stage: Stage) -> None:
    body = {"content": "press", "components": ROWS}
    message = await stage.raw.ok("POST", f"/channels/{stage.general}/messages", body)
    task = stage.start(stage.ada.click(message, "go"))
    await stage.answer(await stage.received(), 9, MODAL)
    submit = stage.start(stage.ada.submit_modal(await task, {"text": "words"}))
    submitted = await stage.received()
    assert submitted["message"]["id"] == message["id"]
    await stage.answer(submitted, 7, {"content": "changed"})
    assert (await submit).kind == "success"


MODALS: list[tuple[str, dict[str, Any], str, str]] = [
    ("a title of 46", {"title": "x" * 46}, "title", "BASE_TYPE_BAD_LENGTH"),
    ("a custom_id of 101", {"custom_id": "x" * 101}, "custom_id", "BASE_TYPE_BAD_LENGTH"),
    ("no components", {"components": []}, "components", "BASE_TYPE_BAD_LENGTH"),
    ("six components", {"components": [MODAL["components"][0]] * 6}, "components", "BASE_TYPE_BAD_LENGTH"),
    ("a button", {"components": [{"type": 1, "components": [BUTTON]}]}, "components.0.components.0.type", "UNION_TYPE_CHOICES"),
    ("a label of 46", {"components": [{"type": 18, "label": "x" * 46, "component": INPUT}]}, "components.0.label", "BASE_TYPE_BAD_LENGTH"),
    ("a description of 101", {"components": [{"type": 18, "label": "x", "description": "x" * 101, "component": INPUT}]}, "components.0.description", "BASE_TYPE_MAX_LENGTH"),
    ("a placeholder of 101", {"components": [{"type": 18, "label": "x", "component": INPUT | {"placeholder": "x" * 101}}]}, "components.0.component.placeholder", "BASE_TYPE_MAX_LENGTH"),
    ("a value of 4001", {"components": [{"type": 18, "label": "x", "component": INPUT | {"value": "x" * 4001}}]}, "components.0.component.value", "BASE_TYPE_MAX_LENGTH"),
    ("a minimum of 4001", {"components": [{"type": 18, "label": "x", "component": INPUT | {"min_length": 4001}}]}, "components.0.component.min_length", "NUMBER_TYPE_MAX"),
    ("eleven files", {"components": [{"type": 18, "label": "x", "component": {"type": 19, "custom_id": "f", "max_values": 11}}]}, "components.0.component.max_values", "NUMBER_TYPE_MAX"),
    ("one radio button", {"components": [{"type": 18, "label": "x", "component": {"type": 21, "custom_id": "r", "options": [{"label": "a", "value": "a"}]}}]}, "components.0.component.options", "BASE_TYPE_BAD_LENGTH"),
    ("eleven checkboxes", {"components": [{"type": 18, "label": "x", "component": {"type": 22, "custom_id": "r", "options": [{"label": str(n), "value": str(n)} for n in range(11)]}}]}, "components.0.component.options", "BASE_TYPE_BAD_LENGTH"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "place", "error"), [m[1:] for m in MODALS], ids=[m[0] for m in MODALS])
async def test_a_modal_is_held_to_its_limits(stage: Stage, change: dict[str, Any], place: str, error: str) -> None:
    _, interaction = await stage.command()
    answer = await stage.answer(interaction, 9, MODAL | change)
    assert (answer.status, answer.error(f"data.{place}")) == (400, error)


async def test_autocomplete_offers_choices_and_nothing_else(stage: Stage) -> None:
    typing = stage.start(stage.ada.autocomplete(stage.general, "pick", "x", "ab"))  # type: ignore[arg-type]
    interaction = await stage.received()
    assert (interaction["type"], interaction["data"]["options"][0]["focused"]) == (4, True)
    assert (await stage.answer(interaction, 5)).error("type") == "BASE_TYPE_CHOICES"
    many = [{"name": str(n), "value": str(n)} for n in range(26)]
    refused = await stage.answer(interaction, 8, {"choices": many})
    assert refused.error("data.choices") == "BASE_TYPE_MAX_LENGTH"
    long = await stage.answer(interaction, 8, {"choices": [{"name": "x" * 101, "value": "x"}]})
    assert long.error("data.choices.0.name") == "BASE_TYPE_BAD_LENGTH"
    await stage.answer(interaction, 8, {"choices": many[:25]})
    assert len(await typing) == 25  # type: ignore[arg-type]


async def test_sub_commands_nest(stage: Stage) -> None:
    _, interaction = await stage.command("plan day add")
    inner = interaction["data"]["options"][0]
    assert (inner["name"], inner["options"][0]["name"]) == ("day", "add")


async def test_context_menus_name_their_target(stage: Stage) -> None:
    message = await stage.ada.say(stage.general, "words")
    stage.start(stage.ada.command(stage.general, "Fork from here", target=message["id"]))
    data = (await stage.received())["data"]
    assert data["resolved"]["messages"][data["target_id"]]["content"] == "words"
    stage.start(stage.ada.command(stage.general, "Who is this", target=stage.raw.ids["ben"]))
    data = (await stage.received())["data"]
    assert data["resolved"]["users"][data["target_id"]]["username"] == "ben"


async def test_an_option_that_is_required_is_asked_for(stage: Stage) -> None:
    with pytest.raises(Refused, match="OPTION_REQUIRED"):
        await stage.ada.command(stage.general, "run", {})


async def test_a_command_that_is_not_there_is_not_found(stage: Stage) -> None:
    with pytest.raises(LookupError, match="No command 'nothing'"):
        await stage.ada.command(stage.general, "nothing")


async def test_ids_stay_the_same_over_a_bulk_put(stage: Stage) -> None:
    path = f"/applications/{stage.raw.ids['app']}/commands"
    before = {c["name"]: c["id"] for c in await stage.raw.ok("GET", path)}
    after = await stage.raw.ok("PUT", path, [*COMMANDS[:2], {"name": "new", "description": "d"}])
    assert {c["name"]: c["id"] for c in after if c["name"] in before} == {n: before[n] for n in ("status", "run")}
    assert len(await stage.raw.ok("GET", path)) == 3


async def test_commands_of_a_guild_are_only_its_own(stage: Stage) -> None:
    path = f"/applications/{stage.raw.ids['app']}/guilds/{stage.raw.ids['guild']}/commands"
    made = await stage.raw.ok("POST", path, {"name": "local", "description": "d"})
    changed = await stage.raw.ok("PATCH", f"{path}/{made['id']}", {"description": "other"})
    assert (changed["id"], changed["description"], changed["guild_id"]) == (made["id"], "other", stage.raw.ids["guild"])
    task, interaction = await stage.command("local")
    assert interaction["data"]["guild_id"] == stage.raw.ids["guild"]
    await stage.answer(interaction, 5)
    await task
    await stage.raw.ok("DELETE", f"{path}/{made['id']}")
    with pytest.raises(LookupError):
        await stage.ada.command(stage.general, "local")


async def test_a_command_works_in_a_direct_message(stage: Stage) -> None:
    channel = await stage.ada.open_dm(stage.raw.ids["app"])
    task = stage.start(stage.ada.command(channel["id"], "status"))
    interaction = await stage.received()
    assert (interaction["user"]["username"], interaction["context"]) == ("ada", 1)
    assert "member" not in interaction
    await stage.answer(interaction, 4, {"content": "hi"})
    assert (await task).kind == "success"
