"""The deterministic texts are exact, because other tests compare what arrived with them."""

import pytest

from antiphon.standin.model import count_text, long_text, stream_text


@pytest.mark.parametrize("length", [0, 1, 4, 5, 280, 1000, 1500, 6000, 20_000])
def test_long_text_has_exactly_the_length_that_was_asked_for(length: int) -> None:
    assert len(long_text(length)) == length
    assert len(stream_text(length)) == length


@pytest.mark.parametrize("length", range(900, 1300, 7))
def test_a_long_text_begins_and_ends_with_something_that_nobody_trims(length: int) -> None:
    text = long_text(length)
    assert text == text.strip()


def test_a_long_text_closes_every_fence() -> None:
    open_fence = ""
    for line in long_text(9000).splitlines():
        ticks = len(line) - len(line.lstrip("`"))
        if ticks < 3:
            continue
        if not open_fence:
            open_fence = "`" * ticks
        elif line == open_fence:
            open_fence = ""
    assert open_fence == ""


def test_a_long_text_holds_every_kind_of_markdown() -> None:
    text = long_text(3000)
    for part in ("## Part 2", "```python\n", "```bash\n", "````markdown\n", "|---:|:---|:---:|", "   - nested"):
        assert part in text


def test_streamed_words_are_numbered_so_that_a_gap_can_be_seen() -> None:
    assert stream_text(14) == "w1 w2 w3 w4 w5"
    assert count_text(4) == "1 2 3 4"
