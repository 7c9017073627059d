"""File names that disks, HTTP headers and readers take: whoever gives or takes a name goes through here."""

import re
import unicodedata
from pathlib import Path

_LONGEST_NAME, _LONGEST_SUFFIX = 100, 16  # characters
_LONGEST_BYTES = 200  # of a name in UTF-8: file systems take 255


def safe_name(name: str) -> str:
    """The last component of a name, 1 to 100 characters, without what could deceive a reader, a file system or a
    header (control characters, half a surrogate pair); the suffix is kept. A safe name stays as it is."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(" " if one.isspace() else one for one in last if one.isspace() or one.isprintable())
    plain = re.sub(r"[<>:\"|?*`]", "_", " ".join(seen.split()))
    return _fitted(plain, "") if plain.strip(". ") else "file"


def numbered(name: str, number: int) -> str:
    """A safe name like another one, with a number before its suffix."""
    return _fitted(name, f"-{number}")


def _fitted(name: str, addition: str) -> str:
    """The name with an addition before its suffix, cut in the middle to what file systems take."""
    suffix = Path(name).suffix
    if len(suffix) > _LONGEST_SUFFIX or not suffix.isascii():
        suffix = ""
    stem = name.removesuffix(suffix)
    tail = addition + suffix
    while len(stem + tail) > _LONGEST_NAME or len((stem + tail).encode()) > _LONGEST_BYTES:
        stem = stem[:-1]
    return stem + tail
