"""What somebody types at a terminal to leave its session out of Discord, or to show it again: pure."""

import re
from typing import Any, Literal

# The plugin's skill has this name, and Claude Code puts the plugin's before it where it lists them. Without the plugin
# a slash that it does not know reaches no hook: then the words do it.
_TYPED = re.compile(r"/(?:antiphon:)?antiphon(?:\s+(?P<slashed>.*))?|antiphon (?P<words>on|off)", re.DOTALL)

Wanted = Literal["on", "off", "?"]


def wanted(prompt: object) -> Wanted | None:
    """What a prompt wants; "?": it does not say which; None: it is for Claude."""
    found = _TYPED.fullmatch(prompt.strip()) if isinstance(prompt, str) else None
    if found is None:
        return None
    match (found["slashed"] or found["words"] or "").strip().lower():
        case "on":
            return "on"
        case "off":
            return "off"
        case _:
            return "?"


def blocked(reason: str) -> dict[str, Any]:
    """The hook's answer: Claude does not get the prompt, and whoever typed it reads why."""
    return {"decision": "block", "reason": reason}
