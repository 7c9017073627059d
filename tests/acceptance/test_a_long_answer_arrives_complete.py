"""A long answer with code blocks arrives complete and in order, every fence closed, whatever Discord answers."""

import pytest

from antiphon.standin.model import long_text

from chain import Chain, words

pytestmark = pytest.mark.slow

LENGTH = 20_000


def fences_balanced(chunk: str) -> bool:
    """Whether each fence that a message opens is closed in it."""
    open_with: str | None = None
    for line in chunk.splitlines():
        mark = line.lstrip()[: len(line.lstrip()) - len(line.lstrip().lstrip("`"))]
        if len(mark) < 3:
            continue
        if open_with is None:
            open_with = mark
        elif len(mark) >= len(open_with) and line.strip() == mark:
            open_with = None
    return open_with is None


async def test_twenty_thousand_characters_arrive_in_order_with_every_fence_closed(chain: Chain) -> None:
    place = await chain.ask(f"long {LENGTH}")
    assert "Done" in await chain.ended(place, limit=60)
    chunks = chain.chunks(place)
    assert words(chain.answer(place)) == words(long_text(LENGTH))
    assert all(len(chunk) <= 2000 for chunk in chunks)
    assert all(fences_balanced(chunk) for chunk in chunks)
