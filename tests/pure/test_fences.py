"""Fences that Discord does not know become such that it does."""

from hypothesis import given
from hypothesis import strategies as st

from antiphon.chat.render.answer import answer_specs
from antiphon.chat.render.text.markdown import as_discord_reads
from antiphon.core.blocks import TextBlock

NESTED = "Look:\n````markdown\n# Title\n```python\nx = 1\n```\nend\n````\nafter"


def test_a_fence_inside_a_fence_is_shown_inside_it() -> None:
    (spec,) = answer_specs(0, TextBlock(NESTED, settled=True))
    assert spec.content.count("```") == 2
    assert spec.content.replace("\u200b", "") == NESTED.replace("````", "```")


def test_tildes_become_backticks() -> None:
    assert as_discord_reads("~~~py\nx\n~~~\ny") == "```py\nx\n```\ny"


def test_tildes_that_are_no_fence_are_left_alone() -> None:
    assert as_discord_reads("a ~~~struck~~~ and\n```\n~~~\n```") == "a ~~~struck~~~ and\n```\n~~~\n```"


@given(st.text(alphabet="`~ab\n> #-", max_size=200))
def test_only_ticks_tildes_and_what_has_no_width_change(text: str) -> None:
    def others(words: str) -> str:
        return words.translate({ord(sign): None for sign in "`~\u200b"})

    changed = as_discord_reads(text)
    assert others(changed) == others(text)
    assert changed.count("\n") == text.count("\n")


@given(st.lists(st.sampled_from(["````", "```", "~~~", "code", "", "````md", "~~~~"]), max_size=30))
def test_what_was_shown_of_a_growing_text_stays(lines: list[str]) -> None:
    whole = as_discord_reads("\n".join(lines)).split("\n")
    for n in range(1, len(lines)):
        assert as_discord_reads("\n".join(lines[:n]) + "\n").split("\n")[:n] == whole[:n]
