"""The content of a prompt as Claude gets it: its text and its attachments.

Promises: each attached file is shown, or named with its path or with why it is not there. What the
Messages API would refuse is left on disk for the Read tool: a refused block would stay in the session's history and
fail every later turn. May not know: Discord.
"""

import base64
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from antiphon.core.file_types import SAMPLE, image_type, in_words, kind_of
from antiphon.core.values import File, Prompt

Block = dict[str, Any]

_MEGABYTE = 1024 * 1024
_LONGEST_TEXT = 50 * 1024  # bytes of a text that stands in the prompt itself
_LONGEST_TEXTS = 200 * 1024  # of all of them: about 50,000 tokens
_LARGEST_IMAGE = int(3.75 * _MEGABYTE)  # the API takes 5 MB of base64
_LONGEST_SIDE = 8000  # pixels; the API refuses more
_MOST_PIXELS = 40_000_000  # to look into one takes our memory, four bytes each
_LARGEST_PDF = 10 * _MEGABYTE
_LARGEST_MEDIA = 20 * _MEGABYTE  # together: a request may have 32 MB, and base64 adds a third


@dataclass(frozen=True, slots=True)
class _Space:
    """How many bytes of text and of media still fit in."""

    text: int = _LONGEST_TEXTS
    media: int = _LARGEST_MEDIA


def content(prompt: Prompt) -> str | list[Block]:
    """The content of the user message: a string, or blocks when there is something to see. Reads files: not for the
    event loop. The text comes last, where the CLI looks for it, behind what is shown."""
    blocks: list[Block] = []
    lines: list[str] = []
    space = _Space()
    for file in prompt.attachments.files:
        line, block, space = _attached(file, space)
        lines.append(line)
        if block is not None:
            blocks.append(block)
    parts = [prompt.text] if prompt.text else []
    if lines:
        parts.append("\n".join(["Attached:", *lines]))
    if prompt.attachments.notes:
        parts.append("\n".join(["About what was attached:", *(f"- {note}" for note in prompt.attachments.notes)]))
    text = "\n\n".join(parts)
    return [*blocks, {"type": "text", "text": text}] if blocks else text


def _attached(file: File, space: _Space) -> tuple[str, Block | None, _Space]:
    """The line about a file, its block if it is to be seen, and the space that is left."""
    path, about = Path(file.path), f"- {file.name} ({in_words(file.size)})"
    try:
        size = path.stat().st_size
        with path.open("rb") as opened:
            sample = opened.read(SAMPLE)
            match kind_of(file.name, sample, whole=len(sample) == size):
                case "empty":
                    return f"- {file.name}: {path}: it is empty", None, space
                case "text" if size <= min(_LONGEST_TEXT, space.text):
                    text = _fenced(sample.decode("utf-8-sig"))
                    return f"{about}: {path}, which says:\n{text}", None, _Space(space.text - size, space.media)
                case "text":
                    return f"{about}: {path}: a text, read it with Read", None, space
                case "image" if size <= min(_LARGEST_IMAGE, space.media) and _whole_image(path):
                    block = _media("image", image_type(sample) or "", sample + opened.read())
                    return f"{about}: {path}: the image is shown above", block, _Space(space.text, space.media - size)
                case "image":
                    return f"{about}: {path}: an image, look at it with Read", None, space
                case "pdf" if size <= min(_LARGEST_PDF, space.media) and _open_pdf(data := sample + opened.read()):
                    block = _media("document", "application/pdf", data)
                    return f"{about}: {path}: the PDF is shown above", block, _Space(space.text, space.media - size)
                case "pdf":
                    return f"{about}: {path}: a PDF, read it with Read", None, space
                case "audio":
                    return f"{about}: {path}: a recording, which cannot be listened to", None, space
                case "other":
                    return f"{about}: {path}: neither text nor image nor PDF", None, space
    except OSError as error:
        return f"{about}: {path}: it is not there any more ({error.strerror or error})", None, space


def _media(kind: str, type_: str, data: bytes) -> Block:
    encoded = base64.standard_b64encode(data).decode()
    return {"type": kind, "source": {"type": "base64", "media_type": type_, "data": encoded}}


def _fenced(text: str) -> str:
    """A text between fences that nothing inside can end."""
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", text)), 3)
    return f"{fence}\n{text.rstrip()}\n{fence}"


def _whole_image(path: Path) -> bool:
    """Whether the API would take it: whole, and not too many pixels on a side."""
    try:
        with Image.open(path, formats=("PNG", "JPEG", "GIF", "WEBP")) as image:
            if max(image.size) > _LONGEST_SIDE or image.width * image.height > _MOST_PIXELS:
                return False
            image.load()
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        return False
    return True


def _open_pdf(data: bytes) -> bool:
    """Whether the API would take it: whole, and not encrypted (as far as a plain search can tell)."""
    return b"%%EOF" in data[-2048:] and b"/Encrypt" not in data
