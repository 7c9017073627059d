"""What a forum is asked to be: its tags and its defaults (D resources/channel, "Forum Tag Object")."""

from __future__ import annotations

from dataclasses import replace

from antiphon.standin.discord.emoji import is_emoji
from antiphon.standin.discord.errors import Form, Json, refusal
from antiphon.standin.discord.ids import Snowflakes
from antiphon.standin.discord.state import HIDE_DOWNLOADS, MEDIA, REQUIRE_TAG, ForumInfo
from antiphon.standin.discord.wire import Fields, as_id, as_object, objects

TAGS, TAG_NAME = 20, 20
SORT_ORDERS, LAYOUTS = (0, 1), (0, 1, 2)


def read_forum(body: Json, old: ForumInfo, snowflakes: Snowflakes) -> ForumInfo:
    """The forum as a body changes it; what the body does not name stays. A tag without an id is a new one.

    Raises 50035, 10014 for an emoji that is none, 10087 for the id of a tag that the forum does not have, 40061 for two
    tags of one name.
    """
    form = Form()
    fields = Fields(body, form)
    sort_order = fields.choice("default_sort_order", SORT_ORDERS)
    layout = fields.choice("default_forum_layout", LAYOUTS)
    form.finish()
    return replace(
        old,
        tags=_read_tags(body, old, snowflakes) if "available_tags" in body else old.tags,
        default_reaction_emoji=(
            _read_emoji(body["default_reaction_emoji"], "default_reaction_emoji")
            if "default_reaction_emoji" in body
            else old.default_reaction_emoji
        ),
        default_sort_order=sort_order if "default_sort_order" in body else old.default_sort_order,
        default_forum_layout=old.default_forum_layout if layout is None else layout,
    )


def check_flags(flags: int, kind: int, forum: ForumInfo) -> int:
    """The flags that a forum may have. U: requiring a tag needs one that everybody may set (40066)."""
    if flags & REQUIRE_TAG and all(tag["moderated"] for tag in forum.tags):
        raise refusal(40066)
    return flags & (REQUIRE_TAG | HIDE_DOWNLOADS if kind == MEDIA else REQUIRE_TAG)


def _read_tags(body: Json, old: ForumInfo, snowflakes: Snowflakes) -> tuple[Json, ...]:
    found = objects(body["available_tags"], "available_tags")
    form = Form()
    if len(found) > TAGS:
        form.add("available_tags", "BASE_TYPE_MAX_LENGTH", f"Must be {TAGS} or fewer in length.")
    tags: list[Json] = []
    known = {tag["id"] for tag in old.tags}
    for n, raw in enumerate(found):
        path = f"available_tags.{n}"
        fields = Fields(raw, form, path)
        identity = None if raw.get("id") is None else as_id(raw["id"], f"{path}.id")
        if identity is not None and identity not in known:
            raise refusal(10087)
        known.discard(identity or "")
        emoji = _read_emoji(raw, path) or {"emoji_id": None, "emoji_name": None}
        name = fields.text("name", TAG_NAME, shortest=1, required=True)
        moderated = bool(fields.boolean("moderated"))
        tags.append({"id": identity or snowflakes.next(), "name": name, "moderated": moderated, **emoji})
    form.finish()
    if len({tag["name"] for tag in tags}) < len(tags):
        raise refusal(40061)
    return tuple(tags)


def _read_emoji(raw: object, path: str) -> Json | None:
    """An emoji by id or by name; None where there is none. The guild has no emoji of its own."""
    if raw is None:
        return None
    form = Form()
    body = as_object(raw, path)
    name = Fields(body, form, path).text("emoji_name", 100)
    form.finish()
    if body.get("emoji_id") is not None or (name and not is_emoji(name)):
        raise refusal(10014)
    return {"emoji_id": None, "emoji_name": name} if name else None
