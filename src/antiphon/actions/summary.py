"""A conversation told again in words, from what a thread holds, for a Claude that knows nothing of it. Pure."""

from collections.abc import Iterator, Sequence

from antiphon.core.blocks import SteerBlock, TextBlock
from antiphon.core.view import TurnView

MOST = 6000  # characters of the whole; what was said last is told first
_ONE = 1500  # characters of what was said at one time; its beginning and its end stay
_HEAD = (
    "[Antiphon] Claude Code has lost the conversation that you had in this thread, so you begin anew. This is what the "
    "thread still holds of it, in order; tool calls and their results are not in it:"
)
_NOTHING = "[Antiphon] Claude Code has lost the conversation that you had in this thread, so you begin anew."
_ASKED = "And this is the message that could not be answered:"


def summary(past: Sequence[tuple[str, TurnView]], prompt: str) -> str:
    """What Claude is told. `past`: the words that began each turn ("": Claude itself) and the turn, newest first;
    `prompt`: what was said last."""
    kept: list[str] = []
    room = MOST
    for words, view in past:
        told = "\n\n".join(_told(words, view))
        room -= len(told)
        if room < 0:
            break
        kept += [told] if told else []
    said = [_HEAD, *kept[::-1]] if kept else [_NOTHING]
    return "\n\n".join([*said, *([_ASKED, prompt] if prompt else [])])


def _told(words: str, view: TurnView) -> Iterator[str]:
    if words.strip():
        yield _quoted("The person", words)
    for block in view.blocks:
        match block:
            case TextBlock(text) if text.strip():
                yield _quoted("You", text)
            case SteerBlock(text=text, by=by):
                yield _quoted(by or "The person", text)
            case _:
                pass


def _quoted(who: str, text: str) -> str:
    if len(text) > _ONE:
        half = _ONE // 2
        text = f"{text[:half].rstrip()}\n… ({len(text) - 2 * half} characters left out)\n{text[-half:].lstrip()}"
    return "\n".join([f"{who}:", *(f"> {line}" for line in text.strip().splitlines())])
