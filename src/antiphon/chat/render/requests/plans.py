"""A plan as messages: its text as Claude wrote it, and below it one with the decision. Pure.

The whole plan can be read: in a few messages, or as a file below its beginning.
"""

from dataclasses import replace

from antiphon.chat.render.answer import answer_specs
from antiphon.chat.render.buttons import button_row
from antiphon.chat.render.custom_ids import Go, OnRequest
from antiphon.chat.render.message import MessageSpec, Priority, TextUpload
from antiphon.chat.render.text.escape import escaped
from antiphon.chat.render.text.splitter import split
from antiphon.core.blocks import AskBlock, TextBlock
from antiphon.core.values import PersonId, TurnId

_MANY = 3  # messages: a longer plan is a file
_BEGINNING = 1500  # characters of a plan that is a file
_WORDS = 200  # characters of what is to change
_MODES = {"acceptEdits": " · edits are not asked about", "default": " · edits are asked about"}


def plan_specs(turn: TurnId, index: int, block: AskBlock, person: PersonId | None) -> list[MessageSpec]:
    """The messages of a plan. `person`: whom the decision calls."""
    return [*_plan(index, block.detail), _decision(turn, index, block, person)]


def _plan(index: int, plan: str) -> list[MessageSpec]:
    specs = answer_specs(index, TextBlock(plan, settled=True))
    if len(specs) <= _MANY:
        return [replace(spec, priority=Priority.REQUEST) for spec in specs]
    words = f"{split(plan, _BEGINNING)[0]}\n-# The whole plan is in the file."
    return [MessageSpec(f"{index}.plan", words, uploads=(TextUpload("plan.md", plan),), priority=Priority.REQUEST)]


def _decision(turn: TurnId, index: int, block: AskBlock, person: PersonId | None) -> MessageSpec:
    by = f" by {who}" if (who := escaped(block.by, 32)) else ""
    said = escaped(block.words, _WORDS)
    match block.outcome:
        case "allowed":
            return MessageSpec(
                f"{index}", f"-# ✅ plan approved{by}{_MODES.get(block.words, '')}", priority=Priority.REQUEST
            )
        case "denied":
            return MessageSpec(
                f"{index}", f"-# 🚫 planning goes on{by}{f' · “{said}”' if said else ''}", priority=Priority.REQUEST
            )
        case "withdrawn" | "expired":
            return MessageSpec(f"{index}", f"-# ⏹ {block.outcome} · the plan", priority=Priority.REQUEST)
        case None:
            pass
    called = f"<@{person}> " if person is not None else ""
    agent = "\n-# asked by a sub-agent" if block.by_agent else ""
    buttons = button_row(
        (Go(turn, block.id, "acceptEdits"), "Go, accept edits", "success"),
        (Go(turn, block.id, "default"), "Go, ask me", "primary"),
        (OnRequest("keep", turn, block.id), "Keep planning", "secondary"),
    )
    words = f"✋ {called}**Claude needs you** to decide on its plan{agent}\n-# Or write here what is to change."
    return MessageSpec(f"{index}", words, buttons=buttons, ping=person, priority=Priority.REQUEST)
