"""Bodies with everything in them: what Discord accepts, for tests that vary it."""

# A table reads best with one line for each request, however long.
# ruff: noqa: E501

from typing import Any

MENU = {"type": 3, "custom_id": "menu", "options": [{"label": v, "value": v} for v in "ab"], "max_values": 2}
BUTTON = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
LINK = {"type": 2, "style": 5, "label": "See", "url": "https://example.org"}
MENUS = [
    {"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a", "emoji": {"name": "\N{EYES}"}}]},
    *({"type": kind, "custom_id": str(kind)} for kind in (5, 6, 7, 8)),
]
EMBED = {
    "title": "t",
    "description": "d",
    "color": 1,
    "url": "https://example.org",
    "timestamp": "2026-01-01T00:00:00Z",
    "fields": [{"name": "n", "value": "v", "inline": True}],
    "footer": {"text": "f"},
    "author": {"name": "a"},
    "image": {"url": "https://example.org/a.png"},
}
V2: dict[str, Any] = {
    "flags": 1 << 15,
    "components": [
        {"type": 17, "accent_color": 1, "components": [{"type": 10, "content": "t"}, {"type": 14}]},
        {"type": 9, "components": [{"type": 10, "content": "t"}], "accessory": BUTTON},
        {"type": 9, "components": [{"type": 10, "content": "t"}], "accessory": {"type": 11, "media": {"url": "https://example.org/a.png"}}},
        {"type": 12, "items": [{"media": {"url": "https://example.org/a.png"}, "description": "d"}]},
    ],
}  # fmt: skip
FULL: dict[str, Any] = {
    "content": "x <@{ada}>",
    "embeds": [EMBED],
    "components": [{"type": 1, "components": [BUTTON, LINK]}] + [{"type": 1, "components": [m]} for m in MENUS[:4]],
    "message_reference": {"message_id": "{theirs}"},
}
FULL_POST: dict[str, Any] = {
    "content": "x",
    "embeds": [EMBED],
    "components": FULL["components"],
    "flags": 4,
    "allowed_mentions": {"parse": ["users"]},
}
FORUM_TAGS: list[Any] = [
    {"id": None, "name": "open", "emoji_name": "\N{EYES}"},
    {"name": "guarded", "moderated": True, "emoji_id": None},
]
POLL: dict[str, Any] = {
    "content": "x",
    "poll": {
        "question": {"text": "?"},
        "answers": [
            {"poll_media": {"text": "yes", "emoji": {"name": "\N{EYES}", "id": None}}},
            {"poll_media": {"text": "no"}},
        ],
        "duration": 1,
        "allow_multiselect": True,
    },
    "allowed_mentions": {"parse": [], "users": ["1"]},
}
KEYWORD_RULE: dict[str, Any] = {
    "name": "r",
    "event_type": 1,
    "trigger_type": 1,
    "trigger_metadata": {"keyword_filter": ["*cat*", "dog"], "allow_list": ["location"], "regex_patterns": []},
    "actions": [{"type": 1, "metadata": {"custom_message": "no"}}, {"type": 3, "metadata": {"duration_seconds": 60}}],
    "enabled": False,
    "exempt_roles": ["{guild}"],
    "exempt_channels": ["{general}"],
}
COMMAND: dict[str, Any] = {
    "name": "full",
    "description": "d",
    "default_member_permissions": "8",
    "options": [{"type": 3, "name": "o", "description": "d", "choices": [{"name": "n", "value": "v"}]}],
}

INPUT: dict[str, Any] = {"type": 4, "custom_id": "text", "style": 2, "min_length": 2, "max_length": 5}
MODAL: dict[str, Any] = {
    "title": "Why not?",
    "custom_id": "deny",
    "components": [
        {"type": 10, "content": "Say why."},
        {"type": 18, "label": "Reason", "component": INPUT},
        {"type": 18, "label": "Choice", "component": MENU | {"custom_id": "choice", "required": False}},
    ],
}

# Requests of every kind with everything in their bodies; {names} are filled in by fill().
REQUESTS: list[tuple[str, Any]] = [
    ("POST /channels/{general}/messages", FULL | {"nonce": "n", "enforce_nonce": False, "sticker_ids": ["{sticker}"], "flags": 4}),
    ("POST /channels/{general}/messages", V2),
    ("POST /channels/{general}/messages", POLL),
    ("POST /channels/{general}/messages", {"message_reference": {"type": 1, "message_id": "{theirs}", "channel_id": "{general}"}}),
    ("PUT /channels/{general}/polls/{poll}/answers/@me", {"answer_ids": ["1", 2]}),
    ("PATCH /guilds/{guild}/stickers/{sticker}", {"name": "fire", "description": "d", "tags": "hot"}),
    ("PATCH /channels/{general}/messages/{own}", {"content": "x", "attachments": [{"id": "1"}], "components": [], "flags": 4}),
    ("POST /channels/{general}/messages/bulk-delete", {"messages": ["{own}", "{theirs}"]}),
    ("POST /channels/{general}/threads", {"name": "t", "type": 11, "auto_archive_duration": 60, "invitable": True}),
    ("POST /channels/{forum}/threads", {"name": "t", "message": {"content": "x"}, "applied_tags": []}),
    ("POST /channels/{forum}/threads", {"name": "t", "auto_archive_duration": 60, "rate_limit_per_user": 5, "applied_tags": ["{tag}"], "message": FULL_POST}),
    ("PATCH /channels/{post}", {"name": "x", "applied_tags": ["{tag}", "{guarded}"], "flags": 2, "archived": False}),
    ("PATCH /channels/{forum}", {"name": "f", "topic": "t", "flags": 16, "available_tags": FORUM_TAGS, "default_reaction_emoji": {"emoji_id": None, "emoji_name": "\N{EYES}"}, "default_sort_order": 1, "default_forum_layout": 2, "default_thread_rate_limit_per_user": 5}),
    ("PATCH /channels/{thread}", {"archived": False, "locked": False, "name": "x", "applied_tags": [], "flags": 0}),
    ("PATCH /channels/{general}", {"name": "g", "topic": "t", "parent_id": None, "permission_overwrites": [{"id": "{ada}", "type": 1, "allow": "0", "deny": 0}]}),
    ("POST /guilds/{guild}/channels", {"name": "g", "type": 15, "available_tags": [{"name": "t"}], "position": 1}),
    ("PUT /channels/{general}/permissions/{ada}", {"type": 1, "allow": "1024", "deny": "0"}),
    ("PATCH /guilds/{guild}/members/{ben}", {"nick": "n", "roles": ["{guild}"]}),
    ("PATCH /guilds/{guild}/members/{mallory}", {"communication_disabled_until": "2020-01-01T00:00:00+00:00"}),
    ("PATCH /guilds/{guild}/auto-moderation/rules/{rule}", KEYWORD_RULE),
    ("POST /guilds/{guild}/roles", {"name": "r", "permissions": "8", "color": 1}),
    ("POST /users/@me/channels", {"recipient_id": "{ada}"}),
    ("POST /webhooks/{hook}?wait=true", {"content": "x", "username": "n", "avatar_url": "https://x.y"}),
    ("POST /webhooks/{forum_hook}?wait=true", {"content": "x", "thread_name": "n", "applied_tags": []}),
    ("POST /channels/{general}/webhooks", {"name": "n"}),
    ("PATCH /webhooks/{hook_id}", {"name": "n", "channel_id": "{random}"}),
    ("POST /applications/{app}/commands", COMMAND | {"contexts": [0], "name_localizations": {"de": "x"}}),
    ("PATCH /applications/{app}/commands/{command}", COMMAND),
    ("PUT /applications/{app}/commands", [COMMAND, {"type": 2, "name": "x"}]),
]  # fmt: skip

PRESSES: list[Any] = [
    {"type": 2, "data": {"id": "{command}", "name": "status", "type": 1, "options": [{"name": "x", "type": 3, "value": "v"}]}},
    {"type": 3, "message_id": "{own}", "data": {"component_type": 3, "custom_id": "s", "values": ["a"]}},
    {"type": 5, "data": {"id": "1", "custom_id": "c", "components": [{"type": 18, "component": {"type": 4, "value": "v"}}]}},
]  # fmt: skip
