"""Shapes that a person's client makes of what is seen and typed: forms filled in, commands nested, reactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]
_SUB_COMMANDS = (1, 2)
_SELECTS = (3, 5, 6, 7, 8)  # types of components
_TEXT_DISPLAY = 10


def walk(components: Sequence[Json]) -> list[Json]:
    """Every component of a message, nested ones too, in reading order."""
    found: list[Json] = []
    for component in components:
        found.append(component)
        found += walk(component.get("components", []))
        found += walk([component[name] for name in ("accessory", "component") if name in component])
    return found


def words_of(message: Json) -> str:
    """What a message says, of whatever kind: its content, else its text displays in reading order, a line each."""
    texts = (part["content"] for part in walk(message.get("components", [])) if part["type"] == _TEXT_DISPLAY)
    return str(message["content"]) or "\n".join(texts)


def filled(component: Json, values: Mapping[str, Any]) -> Json:
    """A modal's component as the client sends it back."""
    body: Json = {"type": component["type"], "id": component.get("id")}
    if "components" in component:
        body["components"] = [filled(child, values) for child in component["components"]]
    if "component" in component:
        body["component"] = filled(component["component"], values)
    if "custom_id" in component:
        body["custom_id"] = component["custom_id"]
        value = values.get(component["custom_id"], component.get("value"))
        if component["type"] in _SELECTS and value is None:  # what was chosen beforehand
            chosen = [one["value"] for one in component.get("options", ()) if one.get("default")]
            value = chosen + [one["id"] for one in component.get("default_values", ())]
        body["values" if isinstance(value, (list, tuple)) else "value"] = value
    return body


def given(level: Json, words: list[str], options: Mapping[str, Any], focused: str | None) -> list[Json]:
    """Options in the shape of the command: sub-commands nest."""
    declared: list[Json] = level.get("options", [])
    if words:
        sub = next((o for o in declared if o["type"] in _SUB_COMMANDS and o["name"] == words[0]), None)
        if sub is None:
            raise LookupError(f"No sub-command {words[0]!r} of {level['name']!r}")
        inner = given(sub, words[1:], options, focused)
        return [{"type": sub["type"], "name": sub["name"], "options": inner}]
    types = {o["name"]: o["type"] for o in declared}
    return [
        {"type": types.get(name, 3), "name": name, "value": value} | ({"focused": True} if name == focused else {})
        for name, value in options.items()
    ]


def apply_reaction(message: Json, event: str, data: Json, me: str) -> None:
    reactions: list[Json] = message.setdefault("reactions", [])
    if event == "MESSAGE_REACTION_REMOVE_ALL":
        reactions.clear()
        return
    found = next((r for r in reactions if r["emoji"]["name"] == data["emoji"]["name"]), None)
    if event == "MESSAGE_REACTION_ADD":
        if found is None:
            found = {"emoji": data["emoji"], "count": 0, "me": False}
            reactions.append(found)
        found["count"] += 1
        found["me"] = found["me"] or data["user_id"] == me
    elif found is not None:
        found["count"] -= 1
        if data.get("user_id") == me:
            found["me"] = False
        if found["count"] <= 0 or event == "MESSAGE_REACTION_REMOVE_EMOJI":
            reactions.remove(found)


def apply_vote(poll: Json, event: str, data: Json, me: str) -> None:
    counts: list[Json] = poll["results"]["answer_counts"]
    found = next((one for one in counts if one["id"] == data["answer_id"]), None)
    if found is None:
        found = {"id": data["answer_id"], "count": 0, "me_voted": False}
        counts.append(found)
    added = event == "MESSAGE_POLL_VOTE_ADD"
    found["count"] += 1 if added else -1
    if data["user_id"] == me:
        found["me_voted"] = added
