"""Foreign text made harmless: whatever a tool, a file or a server says is shown as it is and changes nothing around it.

For every text: `escaped` is one line that Discord shows literally, `inline_code` one line of code that nothing inside
ends, `block_quote` a quotation, `code_block` a code block that nothing inside ends. Each is at most as long as it
says, marks where it was cut, and looks at no more of its text than it can need. Secrets are taken out.

Discord's rules (its Markdown parser, as its clients show it): a backslash takes the meaning from any punctuation, but
not inside code and not for a spoiler's end; a code block ends at the first three backticks, wherever they stand.
May not know: views, blocks, what a text means.
"""

import re

from antiphon.chat.render.text.redact import redact

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])?")
# Characters that show nothing, or turn round what stands beside them; two fill a line with nothing.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e0fff]|(?<![\u00a9-\U0001faff])\u200d"  # a joiner between emoji may stay
)
_PILED = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{2})[\u0300-\u036f"
    "\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
_SPECIAL = re.compile(r"[\\*~`|\[<]|_(?![0-9A-Za-z])|(?<![0-9A-Za-z])_|@(?=everyone|here)")
_LEADING = re.compile(r"^(?=#{1,3}\s|-#?\s|\+\s|>)|(?<=\d)(?=[.)]\s)")
_FENCE = re.compile("`{3,}")
_MORE = 8  # times the limit: how much of a text is looked at (white space and what is hidden take none of the limit)

TICK = "ˋ"  # looks like a backtick and ends nothing


def one_line(text: str, limit: int) -> str:
    """`text` on one line of at most `limit` characters, without what cannot be seen; what is too long ends in "…"."""
    text = _clean(text[: limit * _MORE + 2000])
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def escaped(text: str, limit: int) -> str:
    """`text` as one line of at most `limit` characters that Discord shows literally."""
    line = one_line(text, limit)
    shown = _SPECIAL.sub(r"\\\g<0>", line)
    while len(shown) > limit:
        line = line[: len(line) - max(2, (len(shown) - limit + 1) // 2 + 1)].rstrip()
        shown = _SPECIAL.sub(r"\\\g<0>", line) + "…"
    return shown


def inline_code(text: str, limit: int, *, keep_end: bool = False) -> str:
    """`text` as inline code with at most `limit` characters in it, "" for a blank one. `keep_end`: what is too long is
    cut at its beginning (a path tells most at its end)."""
    line = one_line(text, limit * _MORE if keep_end else limit)
    if keep_end and len(line) > limit:
        line = "…" + line[-(limit - 1) :].lstrip()
    return f"`{line.replace('`', TICK)}`" if line else ""


def block_quote(text: str, limit: int, lines: int = 8) -> str:
    """`text` as a quotation of at most `limit` (no fewer than 20) characters and `lines` lines; "" for a blank one."""
    found = [line for line in _clean(text[: limit * _MORE + 2000]).splitlines() if line.strip()]
    rows: list[str] = []
    room = limit
    for number, line in enumerate(found):
        if number == lines or room < 12:
            rows[-1] = rows[-1].removesuffix("…") + "…"
            break
        row = "> " + _LEADING.sub(r"\\", escaped(line, room - 6), count=1)
        rows.append(row)
        room -= len(row) + 1
    return "\n".join(rows)


def visible(text: str) -> str:
    """`text` with its lines as they are, in which hidden characters show as ⟨U+202E⟩: for what people decide upon."""
    text = _ANSI.sub("", redact(text)).replace("\r\n", "\n").replace("\r", "\n")
    return _HIDDEN.sub(lambda hidden: "".join(f"⟨U+{ord(character):04X}⟩" for character in hidden[0]), text)


def code_block(text: str, language: str = "") -> str:
    """`text`, which should be `visible`, in a code block of Discord's that nothing inside ends."""
    inside = _FENCE.sub(lambda ticks: TICK * len(ticks[0]), text.strip("\n"))
    return f"```{language}\n{inside}\n```"


def _clean(text: str) -> str:
    return _PILED.sub(r"\1", _HIDDEN.sub("", _ANSI.sub("", redact(text))))
