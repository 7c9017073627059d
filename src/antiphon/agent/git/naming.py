"""Names of working trees and their branches, from the titles of threads. Pure.

A name is one part of a path and of a branch on every file system: letters and digits of any script, with dashes between
them, at most 48 bytes. Names that differ only in case, or in how an accent is spelt, count as the same.
"""

import unicodedata
from collections.abc import Collection, Iterator
from itertools import count

_MOST = 48  # bytes
_UNNAMED = "session"
_KEPT = ("L", "N", "M")  # Unicode's categories of letters, numbers, and marks on letters


def name_of(title: str) -> str:
    """The name that a title gives; "session" where it holds no letter."""
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", title).casefold())
    kept = "".join(one if unicodedata.category(one)[0] in _KEPT else " " for one in plain)
    parts = [part for part in (_from_letter(part) for part in kept.split()) if part]
    return _cut("-".join(parts), _MOST) or _UNNAMED


def names(title: str) -> Iterator[str]:
    """The same, then others that come from it, without an end."""
    first = name_of(title)
    yield first
    for n in count(2):
        yield f"{_cut(first, _MOST - len(f'-{n}'))}-{n}"


def branch_of(name: str, prefix: str, taken: Collection[str]) -> str | None:
    """The branch of that name; None: there is one of that name already, or git cannot have both. `prefix` may hold
    slashes: where a branch is in the way of such a folder, dashes stand in it. `taken`: all branches."""
    known = {_same(one) for one in taken}
    folders = [prefix[:at] for at, sign in enumerate(prefix) if sign == "/"]
    if any(_same(folder) in known for folder in folders):
        prefix = prefix.replace("/", "-")
    branch = f"{prefix}{name}"
    below = _same(f"{branch}/")
    return None if _same(branch) in known or any(one.startswith(below) for one in known) else branch


def is_free(name: str, taken: Collection[str]) -> bool:
    """Whether no file of a directory has the name."""
    return _same(name) not in {_same(one) for one in taken}


def _same(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _from_letter(part: str) -> str:
    """Without marks that stand on no letter."""
    return part.lstrip("".join(one for one in part if unicodedata.category(one)[0] == "M"))


def _cut(name: str, most: int) -> str:
    """At most so many bytes of it, in whole characters; in whole words, where that leaves most of it."""
    if len(name.encode()) <= most:
        return name
    while len(name.encode()) > most:
        name = name[:-1]
    words = name.rpartition("-")[0]
    return words if 2 * len(words) > len(name) else name.rstrip("-")
