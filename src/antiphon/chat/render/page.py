"""A turn's view to the messages that show it: pure.

A page is a turn's messages in one place, in order: its card first (legacy style has none), then what happened in the
order in which it did, at last the call that the turn is over. Each message has a slot, its name within the page, that
stays the same while the turn goes on. Only messages with `ping` or `direct` ring.
"""

import hashlib
from collections.abc import Mapping
from itertools import zip_longest

from antiphon.chat.render.answer import answer_specs, whole_answer
from antiphon.chat.render.card import card_spec, details_buttons
from antiphon.chat.render.compact import compact_spec, legacy_specs
from antiphon.chat.render.format import asks, with_time
from antiphon.chat.render.message import DiskUpload, MessageSpec, TextUpload
from antiphon.chat.render.notifications import end_words, escalations, needed, next_escalation, told
from antiphon.chat.render.phase import next_silence
from antiphon.chat.render.requests.permission import ask_specs, budget_spec, why
from antiphon.chat.render.summary import error_text, final_line
from antiphon.chat.render.text.escape import escaped
from antiphon.chat.render.text.splitter import split
from antiphon.chat.render.thinking import thinking_specs
from antiphon.core import blocks
from antiphon.core.values import Display, PersonId, ToolUseId
from antiphon.core.view import TurnView

_FILES = 10  # a message holds so many (Discord's API documentation, Create Message)
_NOTE = 1500  # characters


def render(view: TurnView, display: Display, owners: frozenset[PersonId], now: float) -> tuple[MessageSpec, ...]:
    """The page of a view at `now` (epoch seconds). `owners`: of the bot's application."""
    specs: list[MessageSpec] = []
    match display.progress:
        case "card":
            specs.append(card_spec(view, now))
        case "compact":
            specs.append(compact_spec(view, now))
        case "legacy":
            pass  # the typing mark and the reaction show that a turn runs
    requests = asks(view)
    for index, block in enumerate(view.blocks):
        person = (
            needed(view, display, owners, block) if isinstance(block, blocks.AskBlock | blocks.BudgetBlock) else None
        )
        specs += _block(view, index, display, person, requests)
    specs += escalations(view, display, owners, now)
    return (*specs, *_end(view, display, owners))


def next_change(view: TurnView, display: Display, now: float) -> float | None:
    """When the clock alone next changes what `render` or `mark` gives, in epoch seconds; None: never."""
    if view.end is not None:
        return None
    found = [at for at in (next_silence(view, now), next_escalation(view, display, now)) if at is not None]
    return min(found, default=None)


def nonce(turn: str, slot: str) -> str:
    """At most 25 characters (Discord's limit), the same for the same message of the same turn, for ever."""
    return hashlib.sha256(f"{turn}:{slot}".encode()).hexdigest()[:25]


def title(text: str) -> str:
    """A thread's name from the first words of a prompt: 1 to 100 characters, one line (Discord's limits)."""
    words = " ".join(text.split()).strip("`*_~#> ")
    if not any(character.isprintable() and not character.isspace() for character in words):
        return "Session"  # nothing that a reader could see
    return words if len(words) <= 100 else words[:99].rsplit(" ", 1)[0][:99] + "…"


def _block(
    view: TurnView, index: int, display: Display, person: PersonId | None, requests: Mapping[ToolUseId, blocks.AskBlock]
) -> list[MessageSpec]:
    """The messages of the block at `index`. `person`: whom an open request calls."""
    match view.blocks[index]:
        case blocks.TextBlock() as text:
            return answer_specs(index, text)
        case blocks.ThinkingBlock() as thought:
            return thinking_specs(index, thought, display.thinking)
        case blocks.ToolBlock() as tool:
            return legacy_specs(index, tool, requests) if display.progress == "legacy" else []
        case blocks.AskBlock() as ask:
            return ask_specs(view.turn, index, ask, person, why(view, index))
        case blocks.BudgetBlock() as budget:
            return [budget_spec(view.turn, index, budget, person)]
        case blocks.FileBlock() as files:
            return _files(index, files)
        case blocks.SteerBlock():
            return []  # its message carries a mark
        case blocks.NoteBlock(text, _, time):
            shown = with_time(escaped(text, _NOTE), time)
            return [MessageSpec(f"{index}", f"-# ℹ️ {shown}")] if shown else []


def _files(index: int, block: blocks.FileBlock) -> list[MessageSpec]:
    """Files, ten a message, with their caption; what the first message has no room for follows."""
    uploads = [DiskUpload(file.name, file.path) for file in block.files]
    batches = [tuple(uploads[at : at + _FILES]) for at in range(0, len(uploads), _FILES)]
    return [
        MessageSpec(f"{index}.{number}" if number else f"{index}", words, uploads=batch)
        for number, (words, batch) in enumerate(_paired(split(block.caption), batches))
    ]


def _paired(
    captions: tuple[str, ...], batches: list[tuple[DiskUpload, ...]]
) -> list[tuple[str, tuple[DiskUpload, ...]]]:
    return [(words or "", batch or ()) for words, batch in zip_longest(captions, batches)]


def _end(view: TurnView, display: Display, owners: frozenset[PersonId]) -> list[MessageSpec]:
    """The one message after a turn, where it is needed: who is called, the answer as a file, the end in words."""
    if view.end is None:
        return []
    person = told(view, display, owners)
    lines = [end_words(view, view.end, person)] if person is not None else []
    if display.progress == "legacy":
        lines += [final_line(view, view.end), error_text(view.end)]
    whole = whole_answer(view)
    if whole is not None:
        lines.append("-# 📄 The whole answer, as a file")
    if not lines:
        return []
    uploads = (TextUpload("answer.md", whole),) if whole is not None else ()
    buttons = details_buttons(view) if display.progress == "legacy" else ()
    content = "\n".join(line for line in lines if line)
    return [MessageSpec("end", content, buttons=buttons, uploads=uploads, ping=person)]
