"""Bodies with everything in them: what Discord accepts, for tests that vary it."""

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
