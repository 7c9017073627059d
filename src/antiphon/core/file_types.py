"""What a file is, told by its bytes: decides how Claude gets it, and what the person who sent it is told.

Names lie and content types are guesses, so they decide only where bytes cannot. No I/O.
"""

import codecs
import math
from pathlib import PurePosixPath
from typing import Literal

Kind = Literal["empty", "text", "image", "pdf", "audio", "other"]

SAMPLE = 64 * 1024  # bytes from a file's beginning that are enough for `kind_of`
_MEGABYTE = 1024 * 1024
_SPOKEN = frozenset({".mp3", ".m4a", ".aac", ".oga", ".ogg", ".opus", ".wav", ".flac", ".weba", ".amr"})
_CONTROLS = frozenset(range(32)) - frozenset(b"\b\t\n\f\r\x1b")  # no text has these; terminal logs have the others


def kind_of(name: str, sample: bytes, whole: bool) -> Kind:
    """What a file is. `sample`: its first `SAMPLE` bytes; `whole`: these are all."""
    if not sample:
        return "empty"
    if image_type(sample) is not None:
        return "image"
    if sample.startswith(b"%PDF-"):
        return "pdf"
    if _spoken(name, sample):
        return "audio"
    return "text" if _is_text(sample, whole) else "other"


def image_type(sample: bytes) -> str | None:
    """The media type of an image that Claude can see (the Messages API takes these four); None: it is none."""
    if sample.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if sample.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if sample.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return "image/webp" if sample[:4] == b"RIFF" and sample[8:12] == b"WEBP" else None


def in_words(size: int) -> str:
    """A size in bytes for people, rounded up: what is over a limit never reads as if it were not."""
    if size < 1024:
        return f"{size} bytes"
    if size < _MEGABYTE:
        return f"{math.ceil(size / 1024)} KB"
    return f"{math.ceil(size / _MEGABYTE * 10) / 10:g} MB"


def _spoken(name: str, sample: bytes) -> bool:
    if sample.startswith((b"OggS", b"ID3", b"fLaC")) or (sample[:4] == b"RIFF" and sample[8:12] == b"WAVE"):
        return True
    return PurePosixPath(name.lower()).suffix in _SPOKEN and not _is_text(sample, whole=False)


def _is_text(sample: bytes, whole: bool) -> bool:
    """UTF-8 without the control characters of binary formats; a sample may end inside a character."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=whole)
    except UnicodeDecodeError:
        return False
    return _CONTROLS.isdisjoint(sample)
