"""The line in which Claude Code takes what its user types, and which words it takes there as nothing but words: pure.

A terminal's input knows signs at its beginning (`!`, `/`), at its end (`\\`), anywhere (`@`), and words that do
something. Only what was found to do nothing is typed (docs/decisions/0044; tests/acceptance/test_typed_into_tmux.py
fails first when a new version reads otherwise); all else goes by hooks.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence

from antiphon.agent.terminal.switch import wanted

_SIGN = "❯\N{NO-BREAK SPACE}"  # before what is typed; there is another one for each mode
_EDGE = "─"
_LONGEST = 400  # characters; Claude Code shows 800 and more as "[Pasted text]"
_ENDS = frozenset(("exit", "quit"))  # they end Claude Code, when they are all that is typed
_ACTS = re.compile(r"ultra(?!think)", re.IGNORECASE)  # how words begin that ask for more than thought
_SIGNS = frozenset("@\\\N{FULLWIDTH COMMERCIAL AT}\N{SMALL COMMERCIAL AT}")


def is_harmless(text: str) -> bool:
    """Whether Claude Code takes a text as words, wherever its input stands."""
    if not text or len(text) > _LONGEST or not text[0].isalnum() or text != text.strip() or wanted(text) is not None:
        return False
    return text.lower() not in _ENDS and _ACTS.search(text) is None and all(map(_is_plain, text))


def _is_plain(character: str) -> bool:
    return character == " " or (character not in _SIGNS and unicodedata.category(character)[0] in "LMNPS")


def typed_in(screen: Sequence[str], cursor: int) -> str | None:
    """What stands in the input, without its white space. `screen`: lines without colours; `cursor`: the number of the
    one that the cursor is in. None: the input is not what would get a key now."""
    begins = next((n for n in range(min(cursor, len(screen) - 1), -1, -1) if screen[n].startswith(_SIGN)), None)
    if begins is None or begins == 0 or not _is_edge(screen[begins - 1]):
        return None
    ends = next((n for n in range(begins + 1, len(screen)) if _is_edge(screen[n])), None)
    if ends is None or not begins <= cursor < ends:
        return None
    return squeezed("".join(screen[begins:ends]).removeprefix(_SIGN))


def squeezed(text: str) -> str:
    """Without white space: lines are broken anywhere."""
    return "".join(text.split())


def digest(text: str) -> str:
    """What knows a text again once it was typed, and its lines broken."""
    return hashlib.sha256(squeezed(text).encode()).hexdigest()


def _is_edge(line: str) -> bool:
    return line.startswith(_EDGE * 3)
