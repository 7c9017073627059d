"""What was said in a place before a message that is for Claude, as background of that: pure.

Promises: every line of it that somebody else has written, names included, begins with ">", so that none can pass for
Antiphon's words or for the message that follows. It is limited in size and in age; what is newest is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from antiphon.chat.inbound import wording
from antiphon.chat.render.text.escape import one_line

_OLDEST = 7 * 86400.0  # seconds before the message that is for Claude
_LONGEST = 1500  # characters of one message
_ALL = 6000  # of all of them: a terminal's Claude Code takes 9,000 with one prompt
_NAME = 80


@dataclass(frozen=True, slots=True)
class Said:
    """A message that was not for Claude. `at`: epoch seconds; `is_app`: a bot or a webhook has written it; `begins`:
    the thread hangs on it, or is a post that begins with it."""

    author: str
    at: float
    text: str
    is_app: bool = False
    begins: bool = False


def background(said: Sequence[Said], now: float, *, more: bool = False) -> str:
    """These messages, oldest first, as Claude gets them before a message of `now`; "" where nothing is left to tell.
    That with which a thread begins may be older than others. `more`: there are older ones that were not looked at."""
    first = [one for one in said if one.begins and one.text.strip()][:1]
    rest = [one for one in said if not one.begins and one.text.strip() and now - one.at <= _OLDEST]
    shown, room = [_lines(one) for one in first], _ALL
    room -= sum(map(len, (line for lines in shown for line in lines)))
    newest: list[list[str]] = []
    for one in reversed(rest):
        lines = _lines(one)
        room -= sum(map(len, lines))
        if room < 0:
            break
        newest.append(lines)
    if not shown and not newest:
        return ""
    left_out = [[f"> {wording.EARLIER_LEFT_OUT}"]] if more or len(newest) < len(rest) else []
    told = [*shown, *left_out, *reversed(newest)]
    return "\n".join([wording.BACKGROUND, "\n>\n".join("\n".join(lines) for lines in told), wording.BACKGROUND_ENDS])


def _lines(one: Said) -> list[str]:
    name = one_line(one.author, _NAME) or "?"
    author = wording.APP.format(author=name) if one.is_app else name
    time = f"{datetime.fromtimestamp(one.at, UTC):%Y-%m-%d %H:%M}"
    head = (wording.BEGAN_THREAD if one.begins else wording.SAID_BY).format(author=author, time=time)
    text = one.text.strip()
    if len(text) > _LONGEST:
        text = wording.QUOTE_CUT.format(text=text[:_LONGEST].rstrip(), more=len(text) - _LONGEST)
    return [f"> {head}", *(f"> {line}".rstrip() for line in text.splitlines())]
