"""The reaction on a prompt: one emoji that says what its turn does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from render_samples import ENDS, FRESH, SESSION, START, WAITING, after, done, ended, tool, views

from antiphon.agent.events.tool_traits import traits_of
from antiphon.chat.render import phase, wording
from antiphon.chat.render.phase import MARKS, TAKEN_IN, mark, mark_taken_in, next_silence
from antiphon.core.blocks import EndReason, ToolBlock
from antiphon.core.events import AgentEvent, PermissionSettled, TextDelta, TextFinished
from antiphon.core.values import ToolUseId
from antiphon.core.view import TurnView
from antiphon.standin.discord.emoji import is_emoji

END_MARKS = [end.mark for end in wording.ENDS.values()]


@pytest.mark.parametrize("emoji", [*MARKS.values(), *END_MARKS, phase.SOFT_MARK, phase.HARD_MARK])
def test_every_mark_is_an_emoji_that_discord_takes(emoji: str) -> None:
    assert is_emoji(emoji)


def test_no_two_states_look_the_same() -> None:
    shown = [*MARKS.values(), *END_MARKS, phase.SOFT_MARK, phase.HARD_MARK]
    assert len(set(shown)) == len(shown)


@pytest.mark.parametrize(
    ("events", "shown"),
    [
        ((), "👀"),
        ((SESSION,), "🤔"),
        ((TextDelta("Hm", thinking=True),), "🤔"),
        ((TextDelta("So"),), "✍️"),
        ((TextFinished("So."),), "🤔"),
        ((tool(1, "Read", "a"),), "📖"),
        ((tool(1, "Grep", "a"),), "📖"),
        ((tool(1, "Edit", "a"),), "✏️"),
        ((tool(1, "Bash", "a"),), "💻"),
        ((tool(1, "WebSearch", "a"),), "🌐"),
        ((tool(1, "Agent", "a"),), "🤖"),
        ((tool(1, "mcp__a__b", ""),), "🔧"),
        ((tool(1, "ToolSearch", ""),), "🤔"),
        ((tool(1, "Bash", "a"), tool(2, "Read", "b")), "📖"),
        (
            (
                tool(1, "Bash", "a"),
                ToolBlock(ToolUseId("s"), "Read", "b", parent=ToolUseId("toolu_1"), traits=traits_of("Read")),
            ),
            "💻",
        ),
        ((tool(1, "Bash", "a"), done(1)), "🤔"),
        (WAITING, "✋"),
        ((*WAITING, PermissionSettled(ToolUseId("toolu_1"), "allowed", "ben")), "💻"),
    ],
)
def test_what_a_turn_does_is_seen(events: tuple[AgentEvent, ...], shown: str) -> None:
    assert mark(after(*events), START + 30) == shown


@pytest.mark.parametrize("reason", ENDS)
def test_each_end_has_its_mark_for_ever(reason: EndReason) -> None:
    assert mark(ended((SESSION,), reason), START + 10**6) == wording.ENDS[reason].mark


@pytest.mark.parametrize("reason", ENDS)
def test_words_that_were_taken_in_share_the_end_of_a_turn_that_is_not_done(reason: EndReason) -> None:
    shown = TAKEN_IN if reason == "done" else wording.ENDS[reason].mark
    assert mark_taken_in(ended((SESSION,), reason)) == shown
    assert mark_taken_in(after(SESSION)) == TAKEN_IN


@pytest.mark.parametrize(
    ("view", "soft", "hard"),
    [
        (FRESH, 60, 300),
        (after(SESSION, step=10), 70, 310),
        (after(tool(1, "Bash", "make"), step=10), 130, 610),
        (after(tool(1, "ToolSearch", ""), step=10), 70, 310),
    ],
)
def test_silence_is_marked_later_while_a_tool_runs(view: TurnView, soft: float, hard: float) -> None:
    at_work = mark(view, START + soft - 1)
    assert at_work not in ("🥱", "😨")
    assert [mark(view, START + at) for at in (soft, hard - 1, hard)] == ["🥱", "🥱", "😨"]
    assert next_silence(view, START + 20) == START + soft
    assert next_silence(view, START + soft) == START + hard
    assert next_silence(view, START + hard) is None


def test_nobody_is_late_who_waits_for_a_person() -> None:
    assert mark(after(*WAITING), START + 10**6) == "✋"
    assert next_silence(after(*WAITING), START) is None


@settings(max_examples=80, deadline=None)
@given(views(), st.floats(-10, 10**6))
def test_every_view_has_a_mark(view: TurnView, later: float) -> None:
    assert is_emoji(mark(view, START + later))
