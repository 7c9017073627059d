"""One check per rule of messages, embeds and components: the request, the status, the code, the place."""

# A table reads best with one line for each rule, however long.
# ruff: noqa: E501

from typing import Any, NamedTuple

import pytest

from standin.conftest import Raw

SEND = "/channels/{general}/messages"
V2 = 1 << 15


class Check(NamedTuple):
    name: str
    body: Any
    status: int
    code: int = 0
    place: str | None = None
    error: str = ""


def embed(**fields: Any) -> dict[str, Any]:
    return {"embeds": [{"title": "t"} | fields]}


def poll(**fields: Any) -> dict[str, Any]:
    return {"poll": {"question": {"text": "?"}, "answers": [{"poll_media": {"text": "a"}}]} | fields}


def row(*components: Any) -> dict[str, Any]:
    return {"content": "x", "components": [{"type": 1, "components": list(components)}]}


def button(**fields: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "Go", "custom_id": "go"} | fields


def option(value: str = "a", **fields: Any) -> dict[str, Any]:
    return {"label": value, "value": value} | fields


def select(**fields: Any) -> dict[str, Any]:
    return {"type": 3, "custom_id": "s", "options": [option()]} | fields


def v2(*components: Any, **fields: Any) -> dict[str, Any]:
    return {"flags": V2, "components": list(components)} | fields


def text(content: str = "t") -> dict[str, Any]:
    return {"type": 10, "content": content}


MAX, BAD, REQUIRED, CHOICES = "BASE_TYPE_MAX_LENGTH", "BASE_TYPE_BAD_LENGTH", "BASE_TYPE_REQUIRED", "UNION_TYPE_CHOICES"
FIELD = {"name": "n", "value": "v"}
DUPLICATE = "COMPONENT_CUSTOM_ID_DUPLICATED"
WIDE = "COMPONENT_LAYOUT_WIDTH_EXCEEDED"
LEGACY = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
EXCLUSIVE = "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE"

CHECKS = [
    Check("2000 characters", {"content": "x" * 2000}, 200),
    Check("2000 characters beyond the basic plane", {"content": "\N{EYES}" * 2000}, 200),
    Check("spaces around are not counted", {"content": " " * 50 + "x" * 2000 + "\n"}, 200),
    Check("2001 characters", {"content": "x" * 2001}, 400, 50035, "content", MAX),
    Check("nothing at all", {}, 400, 50006),
    Check("only spaces", {"content": "  \n "}, 400, 50006),
    Check("an empty embed alone", {"embeds": [{}]}, 400, 50006),
    Check("content that is an object", {"content": {}}, 400, 50035, "content", "STRING_TYPE_CONVERT"),
    Check("a list as body", [], 400, 50035, "", "MODEL_TYPE_CONVERT"),
    Check("a nonce of 25", {"content": "x", "nonce": "n" * 25}, 200),
    Check("a nonce of 26", {"content": "x", "nonce": "n" * 26}, 400, 50035, "nonce", MAX),
    Check("four stickers", {"content": "x", "sticker_ids": ["1", "2", "3", "4"]}, 400, 50035, "sticker_ids", MAX),
    Check("an unknown parse", {"content": "x", "allowed_mentions": {"parse": ["all"]}}, 400, 50035, "allowed_mentions.parse.0", "BASE_TYPE_CHOICES"),
    Check("a poll", poll(), 200),
    Check("a poll of no answers", poll(answers=[]), 400, 50035, "poll.answers", BAD),
    Check("a poll of eleven answers", poll(answers=[{"poll_media": {"text": "a"}}] * 11), 400, 50035, "poll.answers", BAD),
    Check("a poll without a question", poll(question={}), 400, 50035, "poll.question.text", REQUIRED),
    Check("a poll's answer of 56", poll(answers=[{"poll_media": {"text": "x" * 56}}]), 400, 50035, "poll.answers.0.poll_media.text", BAD),
    Check("a poll of 33 days", poll(duration=769), 400, 50035, "poll.duration", "NUMBER_TYPE_MAX"),
    Check("a person shown as chosen", row({"type": 5, "custom_id": "p", "default_values": [{"id": "{ada}", "type": "user"}]}), 200),
    Check("something else shown as chosen", row({"type": 5, "custom_id": "p", "default_values": [{"id": "1", "type": "x"}]}), 400, 50035, "components.0.components.0.default_values.0.type", "BASE_TYPE_CHOICES"),
    Check("an unknown kind of channel", row({"type": 8, "custom_id": "c", "channel_types": [0, 99]}), 400, 50035, "components.0.components.0.channel_types.1", "BASE_TYPE_CHOICES"),
    Check("an emoji's id that is none", row(button(emoji={"id": "x"})), 400, 50035, "components.0.components.0.emoji.id", "NUMBER_TYPE_COERCE"),
    Check("101 users", {"content": "x", "allowed_mentions": {"users": [str(n) for n in range(101)]}}, 400, 50035, "allowed_mentions.users", MAX),
    Check("101 roles", {"content": "x", "allowed_mentions": {"roles": [str(n) for n in range(101)]}}, 400, 50035, "allowed_mentions.roles", MAX),
    Check("parse and users at once", {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}, 400, 50035, "allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"),
    # Embeds
    Check("ten embeds", {"embeds": [{"title": "t"}] * 10}, 200),
    Check("eleven embeds", {"embeds": [{"title": "t"}] * 11}, 400, 50035, "embeds", MAX),
    Check("a title of 257", embed(title="x" * 257), 400, 50035, "embeds.0.title", MAX),
    Check("a description of 4097", embed(description="x" * 4097), 400, 50035, "embeds.0.description", MAX),
    Check("26 fields", embed(fields=[FIELD] * 26), 400, 50035, "embeds.0.fields", MAX),
    Check("a field's name of 257", embed(fields=[FIELD | {"name": "x" * 257}]), 400, 50035, "embeds.0.fields.0.name", MAX),
    Check("a field's value of 1025", embed(fields=[FIELD | {"value": "x" * 1025}]), 400, 50035, "embeds.0.fields.0.value", MAX),
    Check("a field without value", embed(fields=[{"name": "n"}]), 400, 50035, "embeds.0.fields.0.value", REQUIRED),
    Check("a field with an empty value", embed(fields=[FIELD | {"value": " "}]), 400, 50035, "embeds.0.fields.0.value", REQUIRED),
    Check("a footer of 2049", embed(footer={"text": "x" * 2049}), 400, 50035, "embeds.0.footer.text", MAX),
    Check("an author of 257", embed(author={"name": "x" * 257}), 400, 50035, "embeds.0.author.name", MAX),
    Check("a color beyond 24 bits", embed(color=0x1000000), 400, 50035, "embeds.0.color", "NUMBER_TYPE_MAX"),
    Check("a url of 2049", embed(url="https://" + "x" * 2041), 400, 50035, "embeds.0.url", MAX),
    Check("a url that is none", embed(url="javascript:x"), 400, 50035, "embeds.0.url", "URL_TYPE_INVALID_SCHEME"),
    Check("6000 characters over two embeds", {"embeds": [{"description": "x" * 4000}, {"description": "x" * 2000}]}, 200),
    Check("6001 characters over two embeds", {"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}]}, 400, 50035, "embeds", "MAX_EMBED_SIZE_EXCEEDED"),
    # Legacy components
    Check("five buttons", row(*(button(custom_id=str(n)) for n in range(5))), 200),
    Check("six buttons in a row", row(*(button(custom_id=str(n)) for n in range(6))), 400, 50035, "components.0.components", BAD),
    Check("an empty row", row(), 400, 50035, "components.0.components", BAD),
    Check("six rows", {"content": "x", "components": [{"type": 1, "components": [button(custom_id=str(n))]} for n in range(6)]}, 400, 50035, "components", BAD),
    Check("a select and a button in a row", row(select(), button()), 400, 50035, "components.0.components.1", WIDE),
    Check("a custom_id twice", row(button(), button()), 400, 50035, "components.0.components.1.custom_id", DUPLICATE),
    Check("a custom_id of 100", row(button(custom_id="x" * 100)), 200),
    Check("a custom_id of 101", row(button(custom_id="x" * 101)), 400, 50035, "components.0.components.0.custom_id", BAD),
    Check("a button without custom_id", row({"type": 2, "style": 1, "label": "x"}), 400, 50035, "components.0.components.0.custom_id", REQUIRED),
    Check("a label of 81", row(button(label="x" * 81)), 400, 50035, "components.0.components.0.label", MAX),
    Check("a button with nothing on it", row({"type": 2, "style": 1, "custom_id": "x"}), 400, 50035, "components.0.components.0.label", "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED"),
    Check("an emoji alone", row({"type": 2, "style": 1, "custom_id": "x", "emoji": {"name": "\N{EYES}"}}), 200),
    Check("a check mark that is no emoji", row(button(emoji={"name": "\N{CHECK MARK}"})), 400, 50035, "components.0.components.0.emoji.name", "COMPONENT_INVALID_EMOJI"),
    Check("a name for an emoji", row(button(emoji={"name": "eyes"})), 400, 50035, "components.0.components.0.emoji.name", "COMPONENT_INVALID_EMOJI"),
    Check("an unknown style", row(button(style=9)), 400, 50035, "components.0.components.0.style", "BASE_TYPE_CHOICES"),
    Check("a link button", row({"type": 2, "style": 5, "label": "x", "url": "https://x.y"}), 200),
    Check("a link with a custom_id", row({"type": 2, "style": 5, "label": "x", "url": "https://x.y", "custom_id": "c"}), 400, 50035, "components.0.components.0.custom_id", EXCLUSIVE),
    Check("a link of 513", row({"type": 2, "style": 5, "label": "x", "url": "https://" + "x" * 505}), 400, 50035, "components.0.components.0.url", MAX),
    Check("an unknown component", row({"type": 99}), 400, 50035, "components.0.components.0.type", CHOICES),
    Check("a text input in a message", row({"type": 4, "style": 1, "label": "x", "custom_id": "c"}), 400, 50035, "components.0.components.0.type", CHOICES),
    Check("25 options", row(select(options=[option(str(n)) for n in range(25)])), 200),
    Check("26 options", row(select(options=[option(str(n)) for n in range(26)])), 400, 50035, "components.0.components.0.options", BAD),
    Check("no options", row(select(options=[])), 400, 50035, "components.0.components.0.options", BAD),
    Check("a value twice", row(select(options=[option(), option()])), 400, 50035, "components.0.components.0.options.1.value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED"),
    Check("an option's label of 101", row(select(options=[option(label="x" * 101)])), 400, 50035, "components.0.components.0.options.0.label", BAD),
    Check("an option's value of 101", row(select(options=[option("x" * 101, label="x")])), 400, 50035, "components.0.components.0.options.0.value", BAD),
    Check("an option's description of 101", row(select(options=[option(description="x" * 101)])), 400, 50035, "components.0.components.0.options.0.description", MAX),
    Check("a placeholder of 151", row(select(placeholder="x" * 151)), 400, 50035, "components.0.components.0.placeholder", MAX),
    Check("max_values of 26", row(select(max_values=26)), 400, 50035, "components.0.components.0.max_values", "NUMBER_TYPE_MAX"),
    Check("max_values above the options", row(select(max_values=2)), 400, 50035, "components.0.components.0.max_values", "NUMBER_TYPE_MAX"),
    # Components V2
    Check("a text display", v2(text()), 200),
    Check("a text display without the flag", {"content": "x", "components": [text()]}, 400, 50035, "components.0.type", CHOICES),
    Check("nothing in V2", v2(), 400, 50006),
    Check("content in V2", v2(text(), content="x"), 400, 50035, "content", LEGACY),
    Check("embeds in V2", v2(text(), embeds=[{"title": "t"}]), 400, 50035, "embeds", LEGACY),
    Check("stickers in V2", v2(text(), sticker_ids=["1"]), 400, 50035, "sticker_ids", LEGACY),
    Check("a poll in V2", v2(text(), poll={"question": {"text": "?"}}), 400, 50035, "poll", LEGACY),
    Check("40 components, nested", v2({"type": 17, "components": [text()] * 39}), 200),
    Check("41 components, nested", v2({"type": 17, "components": [text()] * 39}, text()), 400, 50035, "components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED"),
    Check("4000 characters of text", v2(text("x" * 2000), text("x" * 2000)), 200),
    Check("4001 characters of text together", v2(text("x" * 2000), text("x" * 2001)), 400, 50035, "components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED"),
    Check("an empty text display", v2(text("")), 400, 50035, "components.0.content", REQUIRED),
    Check("a section with four texts", v2({"type": 9, "components": [text()] * 4, "accessory": button()}), 400, 50035, "components.0.components", BAD),
    Check("a section without accessory", v2({"type": 9, "components": [text()]}), 400, 50035, "components.0.accessory", REQUIRED),
    Check("a gallery of eleven", v2({"type": 12, "items": [{"media": {"url": "https://x.y"}}] * 11}), 400, 50035, "components.0.items", BAD),
    Check("an empty gallery", v2({"type": 12, "items": []}), 400, 50035, "components.0.items", BAD),
    Check("a container in a container", v2({"type": 17, "components": [{"type": 17, "components": [text()]}]}), 400, 50035, "components.0.components.0.type", CHOICES),
    Check("a file that is not there", v2({"type": 13, "file": {"url": "attachment://x"}}), 400, 50035, "components", "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"),
    Check("a file from elsewhere", v2({"type": 13, "file": {"url": "https://x.y"}}), 400, 50035, "components.0.file.url", "URL_TYPE_INVALID_SCHEME"),
    Check("a label in a message", v2({"type": 18, "label": "x", "component": select()}), 400, 50035, "components.0.type", CHOICES),
    Check("a component id twice", v2(text() | {"id": 7}, text() | {"id": 7}), 400, 50035, "components.1.id", "COMPONENT_ID_DUPLICATED"),
    # Replies
    Check("a reply", {"content": "x", "message_reference": {"message_id": "{theirs}"}}, 200),
    Check("a reply with an integer id", {"content": "x", "message_reference": {"message_id": "int:{theirs}"}}, 200),
    Check("a reply to nothing", {"content": "x", "message_reference": {"message_id": "1"}}, 400, 50035, "message_reference", "REPLIES_UNKNOWN_MESSAGE"),
    Check("a reply to nothing, if that is allowed", {"content": "x", "message_reference": {"message_id": "1", "fail_if_not_exists": False}}, 200),
    Check("a reply to a system message", {"content": "x", "message_reference": {"message_id": "{notice}"}}, 400, 50035, "message_reference", "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE"),
    Check("a reply to no id", {"content": "x", "message_reference": {"message_id": "abc"}}, 400, 50035, "message_reference.message_id", "NUMBER_TYPE_COERCE"),
]  # fmt: skip


def fill(value: Any, ids: dict[str, str]) -> Any:
    """Puts real ids in the place of {names}; "int:{name}" becomes a JSON integer."""
    if isinstance(value, str):
        if value.startswith("int:"):
            return int(value[4:].format_map(ids))
        return value.format_map(ids) if value.startswith("{") or "/{" in value else value
    if isinstance(value, dict):
        return {key: fill(item, ids) for key, item in value.items()}
    return [fill(item, ids) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
async def test_a_message_is_held_to_discords_limits(place: Raw, check: Check) -> None:
    answer = await place("POST", SEND.format_map(place.ids), fill(check.body, place.ids))
    assert answer.status == check.status, answer.body
    if check.code:
        assert answer.code == check.code, answer.body
    if check.place is not None:
        assert answer.error(check.place) == check.error, answer.body


async def test_every_wrong_field_is_named_at_once(raw: Raw) -> None:
    body = {"content": "x" * 2001, "nonce": "n" * 30, "embeds": [{"title": "t" * 300}]}
    answer = await raw("POST", SEND.format_map(raw.ids), body)
    assert set(answer.body["errors"]) == {"content", "nonce", "embeds"}
    assert answer.body["message"] == "Invalid Form Body"


async def test_what_is_not_json_is_refused(raw: Raw) -> None:
    answer = await raw("POST", SEND.format_map(raw.ids), text="{content: 'x'}")
    assert (answer.status, answer.code) == (400, 50109)


async def test_a_body_of_another_type_is_refused(raw: Raw) -> None:
    answer = await raw("POST", SEND.format_map(raw.ids), text="x", kind="text/plain")
    assert (answer.status, answer.error("")) == (400, "CONTENT_TYPE_INVALID")
