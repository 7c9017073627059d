"""Thread names: the first words of a text, as a list of channels shows them. Discord shows no Markdown there. Pure."""

import re

import wcwidth

from antiphon.chat.render.text.escape import one_line

_LONGEST = 100  # characters (Discord's API documentation, Start Thread from Message)
_LEAST = 50  # a name that is cut ends with a whole word, if that leaves so much of it
_LOOKED_AT = 2000  # characters
_UNNAMED = "Session"
_SIGNS = frozenset("*_~`|#>-+.:\u2800")  # a name of these alone says nothing (the last one is a blank in Braille)

_FENCE = re.compile(r"```(?:[A-Za-z0-9_+-]*\n)?")
_LEADING = re.compile(r"\A\s*(?:#{1,3}|-#|>{1,3}|[-*+])\s+")
_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\(<?https?://[^\s()<>]{1,500}>?\)")
_PAIRS = (
    re.compile(r"(\*\*\*|\*\*|~~|\|\|)(?=\S)((?:(?!\1).){1,200})(?<=\S)\1"),
    re.compile(r"(?<![\w*])(\*)(?=\S)([^*\n]{1,200})(?<=\S)\1(?![\w*])"),
    re.compile(r"(?<!\w)(__?)(?=\S)([^_\n]{0,100}\s[^_\n]{0,100})(?<=\S)\1(?!\w)"),  # not of __init__, snake_case
)
_LONE = re.compile(r"^(?:\*\*|~~|\|\|)+|(?:\*\*|~~|\|\|)+$")


def title(text: str) -> str:
    """A thread's name from the first words of a prompt: 1 to 100 characters on one line, without Markdown, without
    what cannot be seen or turns round what stands beside it, and cut between what a reader sees as characters."""
    text = _LEADING.sub("", _FENCE.sub(" ", text[:_LOOKED_AT]), count=1)
    text = _LINK.sub(r"\1", text)
    for pair in _PAIRS:
        text = pair.sub(r"\2", text)
    line = one_line(text.replace("`", ""), _LOOKED_AT)
    line = _LONE.sub("", line).strip()
    if not any(character.isprintable() and not character.isspace() and character not in _SIGNS for character in line):
        return _UNNAMED
    return line if len(line) <= _LONGEST else _cut(line)


def _cut(line: str) -> str:
    end = 0
    for grapheme in wcwidth.iter_graphemes(line):
        if end + len(grapheme) >= _LONGEST:
            break
        end += len(grapheme)
    head, rest = line[:end].rstrip(), line[end:]
    words = head if rest.startswith(" ") else head.rpartition(" ")[0]
    return (words if len(words) >= _LEAST else head or line[: _LONGEST - 1]) + "…"
