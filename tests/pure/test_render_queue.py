"""The line as a message: who waits where, and what is held until somebody lets it run."""

import re
from typing import Any

from antiphon.chat.render.message import Menu, Priority
from antiphon.chat.render.queue import prompt_buttons, prompt_spec, queue_spec
from antiphon.core.records import QueuedPrompt
from antiphon.core.values import Asker, MessageId, PersonId, Prompt, turn_of

from fakes import SESSION

NOW = 2_000_000_000.0
ADA = PersonId(7)
MESSAGE = MessageId(1573630736664100864)


def one(n: int, text: str = "hello", *, held: bool = False, **more: Any) -> QueuedPrompt:
    fields: dict[str, Any] = {"since": NOW - 5, "ahead": 0, "others": 0, **more}
    prompt = Prompt(turn_of(MESSAGE), text, Asker("Ada", ADA), MESSAGE)
    return QueuedPrompt(n, str(n), SESSION, prompt, held=held, **fields)


def labels(waiting: QueuedPrompt) -> list[str]:
    return [button.label for button in prompt_buttons(waiting)]


def test_nothing_is_shown_of_what_waits_only_for_a_moment() -> None:
    assert queue_spec([], 4, NOW) is None
    assert queue_spec([one(1, since=NOW - 0.5)], 4, NOW) is None


def test_a_held_prompt_says_when_it_was_sent_calls_its_author_and_can_be_run() -> None:
    spec = queue_spec([one(1, held=True)], 4, NOW, ADA)
    assert spec is not None
    head, line, sent = spec.content.splitlines()
    assert "⏸️" in head
    assert "<@7>" in head
    assert "hello" in line
    assert re.fullmatch(r"-# sent <t:\d+:R>", sent)  # why, the head says
    assert (spec.ping, spec.priority) == (ADA, Priority.REQUEST)
    assert [button.label for button in spec.buttons] == ["Run", "Edit", "Remove"]


def test_who_is_in_line_comes_before_what_is_held_and_nobody_is_called_for_a_line() -> None:
    spec = queue_spec([one(1, "late", held=True), one(2, "next", ahead=1)], 4, NOW, ADA)
    assert spec is not None
    rows = [row for row in spec.content.splitlines() if row[:1].isdigit()]
    assert rows == ["1. next · Ada", "2. late · Ada"]
    assert spec.content.startswith("-# 🕐 Queued")
    [menu] = spec.rows
    assert isinstance(menu, Menu)
    assert [entry.value for entry in menu.entries] == ["2", "1"]
    plain = queue_spec([one(2, ahead=1)], 4, NOW, ADA)
    assert plain is not None
    assert (plain.ping, plain.priority) == (None, Priority.PROGRESS)


def test_what_can_be_done_depends_on_why_a_prompt_waits() -> None:
    assert labels(one(1)) == ["Edit", "Remove"]
    assert labels(one(1, ahead=1)) == ["Interrupt and read it now", "Edit", "Remove"]
    assert labels(one(1, ahead=1, held=True)) == ["Run", "Edit", "Remove"]
    assert "sent <t:" in prompt_spec(one(1, held=True)).content


def test_the_longest_line_fits_into_a_message() -> None:
    many = [one(n, "*_`~" * 1000, held=n > 1) for n in range(1, 60)]
    for waiting in (many, many[1:]):
        spec = queue_spec(waiting, 4, NOW, PersonId(2**63))
        assert spec is not None
        assert len(spec.content) <= 2000


def test_a_held_prompt_is_not_edited_by_the_clock() -> None:
    first, later = (queue_spec([one(1, held=True)], 4, NOW + after, ADA) for after in (0, 86400))
    assert first is not None
    assert first == later


def test_who_waits_for_their_share_or_for_a_process_reads_so() -> None:
    person, processes = (queue_spec([one(1, waits_for=why)], 4, NOW) for why in ("person", "processes"))
    assert person is not None
    assert processes is not None
    assert "Queued: Ada already has as many turns running as one person may" in person.content
    assert "as many Claude Code processes as it may" in processes.content
