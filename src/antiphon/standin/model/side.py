"""The CLI's own small requests: a title, a suggestion, a probe of the quota. They are answered at once, in the form
that they ask for, and no script takes part in them."""

from __future__ import annotations

import json
from typing import Any

from antiphon.standin.model.acts import Json, Reply, Text, json_object
from antiphon.standin.model.planning import COMPACT
from antiphon.standin.model.reading import text_of

# How instructions begin that the CLI puts in the place of a prompt, with the conversation and the tools before it.
_ASIDES = ("[SUGGESTION MODE", "The user stepped away")


def is_side(body: Json, prompt: str) -> bool:
    """Whether a request is one of the CLI's own, and not a step of a person's conversation or of a sub-agent.

    Told by what all of them share: one token at most, an answer bound to a schema, or no tools at all.
    """
    if COMPACT in prompt:
        return False
    return body.get("max_tokens") == 1 or bool(_schema(body)) or not body.get("tools") or _aside(prompt)


def _aside(prompt: str) -> bool:
    return any(line.startswith(_ASIDES) for line in prompt.splitlines())


def answer(body: Json, prompt: str) -> Reply:
    """A valid answer to a side request: JSON that fits its schema, or a few words."""
    words = " ".join(prompt.replace("<session>", " ").split()[:5]) or "Scripted session"
    if schema := _schema(body):
        return Reply("side", (Text(json.dumps(_instance(schema, words))),))
    # A suggestion is offered to the person as their next prompt: none is better than one that nobody wrote.
    if _aside(prompt) or "suggest" in text_of(body.get("system"))[:2000].lower():
        return Reply("side", (Text("run the tests"),))
    return Reply("side", (Text(words),))


def _schema(body: Json) -> Json:
    return json_object(json_object(json_object(body.get("output_config")).get("format")).get("schema"))


def _instance(schema: Json, words: str) -> Any:
    """The smallest value that fits a JSON schema, with `words` for its strings."""
    if options := schema.get("enum"):
        return options[0]
    match schema.get("type"):
        case "object":
            return {key: _instance(inner, words) for key, inner in json_object(schema.get("properties")).items()}
        case "array":
            return []
        case "boolean":
            return False
        case "integer" | "number":
            return 0
        case "null":
            return None
        case _:
            return words
