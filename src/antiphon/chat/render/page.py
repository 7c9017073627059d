"""A turn's view to the messages that show it: pure.

A page is a turn's messages in one place, in order: its card first (legacy style has none), then what happened in the
order in which it did, at last the call that the turn is over. Each message has a slot, its name within the page, that
stays the same while the turn goes on. Only messages with `ping` or `direct` ring.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from itertools import zip_longest

from antiphon.chat.render import wording
from antiphon.chat.render.answer import answer_specs, whole_answer
from antiphon.chat.render.card import card_spec, compact_spec, end_buttons, error_text, final_line, goes_on_text
from antiphon.chat.render.custom_ids import LetWrite, button
from antiphon.chat.render.format import requests_by_id, tool_line, with_time
from antiphon.chat.render.message import DiskUpload, MessageSpec, Priority, TextUpload
from antiphon.chat.render.notifications import called_at_end, escalations, needed, next_escalation
from antiphon.chat.render.phase import next_silence
from antiphon.chat.render.requests import request_specs
from antiphon.chat.render.text.escape import block_quote, escaped
from antiphon.chat.render.text.splitter import packed, split
from antiphon.core import blocks
from antiphon.core.values import Display, PersonId, ThinkingStyle, ToolUseId, TurnId
from antiphon.core.view import TurnView

_FILES = 10  # a message holds so many (Discord's API documentation, Create Message)
_NOTE = 1500  # characters
_THOUGHT, _SUMMARY = 1953, 280  # characters of a message of thinking, and of its summary
_SPOILER = 1900  # characters of a spoiler
_BAR = "ǀ"  # looks like a vertical line; of the real ones, two end a spoiler, and no backslash helps


def render(view: TurnView, display: Display, owners: frozenset[PersonId], now: float) -> tuple[MessageSpec, ...]:
    """The page of a view at `now` (epoch seconds). `owners`: of the bot's application."""
    specs: list[MessageSpec] = []
    if display.progress != "legacy":  # there, the typing mark and the reaction show that a turn runs
        card = card_spec(view, now) if display.progress == "card" else compact_spec(view, now)
        specs.append(replace(card, answers=view.prompt))
    requests = requests_by_id(view)
    for index, block in enumerate(view.blocks):
        if isinstance(block, blocks.Need):
            specs += request_specs(view, index, block, needed(view, display, owners, block))
        else:
            named = _named(block, view.asker) if display.names_asker else block
            specs += _block(index, named, display, requests, view.turn)
    specs += escalations(view, display, owners, now)
    return (*specs, *_end(view, display, owners))


def next_change(view: TurnView, display: Display, now: float) -> float | None:
    """When the clock alone next changes what `render` or `mark` gives, in epoch seconds; None: never."""
    if view.end is not None:
        return None
    found = [at for at in (next_silence(view, now), next_escalation(view, display, now)) if at is not None]
    return min(found, default=None)


def changed_later(view: TurnView) -> frozenset[str]:
    """The slots of what may have changed since the turn was over."""
    asks = ((f"{index}", block) for index, block in enumerate(view.blocks) if isinstance(block, blocks.AskBlock))
    ends = () if view.continuation is None else ("card", "end")
    return frozenset((*ends, *(slot for slot, block in asks if view.undone(block.id) is not None)))


def nonce(turn: str, slot: str) -> str:
    """At most 25 characters (Discord's limit), the same for the same message of the same turn, for ever."""
    return hashlib.sha256(f"{turn}:{slot}".encode()).hexdigest()[:25]


def _block(
    index: int,
    block: blocks.Block,
    display: Display,
    requests: Mapping[ToolUseId, blocks.AskBlock],
    turn: TurnId,
) -> list[MessageSpec]:
    """The messages of a block that asks for nothing. `requests` as from `requests_by_id`."""
    match block:
        case blocks.TextBlock():
            return answer_specs(index, block)
        case blocks.ThinkingBlock(settled=True):
            return _thinking(index, block, display.thinking)
        case blocks.ToolBlock() if display.progress == "legacy" and not block.traits.quiet and block.id not in requests:
            return [MessageSpec(f"{index}", f"-# {tool_line(block, requests)}", priority=Priority.PROGRESS)]
        case blocks.FileBlock():
            return _files(index, block)
        case blocks.TypedBlock(text):
            return [MessageSpec(f"{index}", f"-# {wording.TYPED}\n{block_quote(text, _NOTE, 20)}")]
        case blocks.ScheduledBlock(name, text, source):
            head = wording.SCHEDULED[source].format(name=escaped(name, 100))
            return [MessageSpec(f"{index}", f"-# {head}\n{block_quote(text, _NOTE, 20)}")]
        case blocks.NoteBlock(text, time):
            shown = with_time(escaped(text, _NOTE), time)
            return [MessageSpec(f"{index}", f"-# ℹ️ {shown}")] if shown else []
        case blocks.HeldBlock(id_, _, text, time):
            shown = f"-# 🚧 {with_time(escaped(text, _NOTE), time)}"
            return [MessageSpec(f"{index}", shown, buttons=button(LetWrite(turn, id_), wording.LET_WRITE))]
        case _:
            return []  # what somebody said meanwhile carries a mark


def _named(block: blocks.Block, asker: PersonId | None) -> blocks.Block:
    """What Claude says, below whom it is for. Nobody is called by that."""
    if asker is None or not isinstance(block, blocks.TextBlock) or not block.text.strip():
        return block
    return replace(block, text=f"{wording.FOR_ASKER.format(asker=asker)}\n{block.text}")


def _thinking(index: int, block: blocks.ThinkingBlock, style: ThinkingStyle) -> list[MessageSpec]:
    """What Claude thought, behind spoilers that nothing inside opens, each short enough for a message."""
    text, half = block.text.replace("|", _BAR), _SPOILER // 2  # punctuation is shown with a backslash each
    match style:
        case "off":
            return []
        case "summary":
            parts = [escaped(text, _SUMMARY)]
        case "full":
            pieces = (line[at : at + half] for line in text.splitlines() for at in range(0, len(line), half))
            parts = [escaped(piece, _SPOILER) for piece in pieces]
    spoilers = [f"||{part}||" for part in parts if part]
    messages = packed((f"-# {'' if n else '💭 '}{spoiler}" for n, spoiler in enumerate(spoilers)), _THOUGHT)
    return [MessageSpec(f"{index}.{n}", text, priority=Priority.PROGRESS) for n, text in enumerate(messages)]


def _files(index: int, block: blocks.FileBlock) -> list[MessageSpec]:
    """Files, ten a message, with their caption; what the first message has no room for follows."""
    uploads = [DiskUpload(file.name, file.path) for file in block.files]
    batches = [tuple(uploads[at : at + _FILES]) for at in range(0, len(uploads), _FILES)]
    return [
        MessageSpec(f"{index}.{number}" if number else f"{index}", text or "", uploads=batch or ())
        for number, (text, batch) in enumerate(zip_longest(split(block.caption), batches))
    ]


def _end(view: TurnView, display: Display, owners: frozenset[PersonId]) -> list[MessageSpec]:
    """The one message after a turn, where it is needed: who is called, the answer as a file, the end as text."""
    end, legacy = view.end, display.progress == "legacy"
    if end is None:
        return []
    person = called_at_end(view, display, owners)
    lines: list[str] = []
    if person is not None:
        told = wording.ENDS[end.reason]
        lines.append(f"{told.mark} <@{person}> {told.call}")
    if legacy:
        lines += [line for line in (final_line(view, end), error_text(end), goes_on_text(view, end)) if line]
    whole = whole_answer(view)
    if whole is not None:
        lines.append(wording.WHOLE_ANSWER)
    if not lines:
        return []
    uploads = () if whole is None else (TextUpload("answer.md", whole),)
    buttons = end_buttons(view) if legacy else ()
    return [MessageSpec("end", "\n".join(lines), buttons=buttons, uploads=uploads, ping=person)]
