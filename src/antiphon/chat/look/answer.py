"""What Claude said, as messages.

Promises: pure; what is posted stays: of a text that grows, only the last messages change. Knows nothing of Discord's
library, nor of what else a page shows.
"""

from antiphon.chat.look.chunks import split
from antiphon.chat.look.spec import Rank, Spec
from antiphon.core.view import TextBlock, TurnView

_MANY = 5  # messages: an answer of more is given as a file too


def answer_specs(index: int, block: TextBlock) -> list[Spec]:
    """The messages of a text block, in order; none for a blank one. `index`: the block's place in the view."""
    chunks = split(block.text)
    last = len(chunks) - 1
    return [
        Spec(f"{index}.0.{n}", chunk, live=not block.settled and n == last, rank=Rank.ANSWER)
        for n, chunk in enumerate(chunks)
    ]


def whole_answer(view: TurnView) -> str | None:
    """All that Claude said in the turn, as one Markdown text, if it took more than five messages; else None."""
    blocks = [(index, block) for index, block in enumerate(view.blocks) if isinstance(block, TextBlock)]
    if sum(len(answer_specs(index, block)) for index, block in blocks) <= _MANY:
        return None
    return "\n\n".join(block.text.strip() for _, block in blocks if block.text.strip())
