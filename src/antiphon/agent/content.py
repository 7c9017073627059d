"""The content of a prompt as Claude gets it: its text and its attachments.

Promises: the text is data, whatever it looks like: Claude Code reads no command, no mention of a file and no shell
line in it, unless the prompt is a command. Each attached file is shown, or named with its path or with why it is not
there. What the Messages API would refuse is left on disk for the Read tool: a refused block would stay in the session's
history and fail every later turn. May not know: Discord.
"""

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from antiphon.agent.disk.reading import open_regular
from antiphon.core.file_types import SAMPLE, image_type, in_words, kind_of
from antiphon.core.values import File, Prompt, PromptSource

Block = dict[str, Any]

_MEGABYTE = 1024 * 1024
_LONGEST_TEXT = 50 * 1024  # bytes of a text that stands in the prompt itself
_LONGEST_TEXTS = 200 * 1024  # of all of them: about 50,000 tokens
_LARGEST_IMAGE = int(3.75 * _MEGABYTE)  # the API takes 5 MB of base64
_LONGEST_SIDE = 8000  # pixels; the API refuses more
_MOST_PIXELS = 40_000_000  # to look into one takes our memory, four bytes each
_LARGEST_PDF = 10 * _MEGABYTE
_LARGEST_MEDIA = 20 * _MEGABYTE  # together: a request may have 32 MB, and base64 adds a third


# Claude Code looks for commands and mentions in a message's last text, and sends no empty one to the model. The keyword
# is the only thing that people's words may say to it: a mere wish that the model thinks more.
_KEYWORD = "ultrathink"
_SOURCES: Mapping[PromptSource, str] = {
    "schedule": "[The scheduled prompt “{name}”]",
    "program": "[From the program “{name}”, by Antiphon's API]",
    "trigger": "[The prompt of the trigger “{name}”]",
}
_MENTION = re.compile(r"(?<!\w)@")  # of a file, an agent, an MCP resource
_NO_MENTION = "\N{WORD JOINER}@"


def content(prompt: Prompt) -> list[Block]:
    """The content of the user message: the background, what is shown, then the text. Reads files: not for the event
    loop."""
    attached = _Attached([_text(prompt.background)] if prompt.background else [])
    lines = [attached.add(file) for file in prompt.attachments.files]
    parts = [_SOURCES[prompt.source].format(name=prompt.scheduled)] if prompt.scheduled else []
    parts += [prompt.text] if prompt.text else []
    if lines:
        parts.append("\n".join(["Attached:", *lines]))
    if prompt.attachments.notes:
        parts.append("\n".join(["About what was attached:", *(f"- {note}" for note in prompt.attachments.notes)]))
    text = "\n\n".join(parts)
    if prompt.command != "none":  # what follows its name is words all the same
        return [*attached.blocks, _text(_MENTION.sub(_NO_MENTION, text))]
    thinks = re.search(rf"\b{_KEYWORD}\b", prompt.text, re.IGNORECASE)
    return [*attached.blocks, _text(text), _text(_KEYWORD if thinks else "")]


def _text(text: str) -> Block:
    return {"type": "text", "text": text}


@dataclass(slots=True)
class _Attached:
    """Collects what is shown, and knows how many bytes of text and of media still fit in."""

    blocks: list[Block] = field(default_factory=list[Block])
    _text: int = _LONGEST_TEXTS
    _media: int = _LARGEST_MEDIA

    def add(self, file: File) -> str:
        """The line about a file; its block is kept if it is to be seen."""
        path, about = Path(file.path), f"- {file.name} ({in_words(file.size)})"
        try:
            with open_regular(path) as opened:
                size = os.fstat(opened.fileno()).st_size
                sample = opened.read(SAMPLE)
                match kind_of(file.name, sample, whole=len(sample) == size):
                    case "empty":
                        return f"- {file.name}: {path}: it is empty"
                    case "text" if size <= min(_LONGEST_TEXT, self._text):
                        self._text -= size
                        return f"{about}: {path}, which says:\n{_fenced(sample.decode('utf-8-sig'))}"
                    case "text":
                        what = "a text, read it with Read"
                    case "image" if size <= min(_LARGEST_IMAGE, self._media) and _whole_image(opened):
                        self._show("image", image_type(sample) or "", sample + opened.read())
                        what = "the image is shown above"
                    case "image":
                        what = "an image, look at it with Read"
                    case "pdf" if size <= min(_LARGEST_PDF, self._media) and _open_pdf(data := sample + opened.read()):
                        self._show("document", "application/pdf", data)
                        what = "the PDF is shown above"
                    case "pdf":
                        what = "a PDF, read it with Read"
                    case "audio":
                        what = "a recording, which cannot be listened to"
                    case "other":
                        what = "neither text nor image nor PDF"
        except OSError as error:
            what = f"it is not there any more ({error.strerror or error})"
        return f"{about}: {path}: {what}"

    def _show(self, kind: str, type_: str, data: bytes) -> None:
        self._media -= len(data)
        encoded = base64.standard_b64encode(data).decode()
        self.blocks.append({"type": kind, "source": {"type": "base64", "media_type": type_, "data": encoded}})


def _fenced(text: str) -> str:
    """A text between fences that nothing inside can end."""
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", text)), 3)
    return f"{fence}\n{text.rstrip()}\n{fence}"


def _whole_image(file: BinaryIO) -> bool:
    """Whether the API would take it: whole, and not too many pixels on a side. The file stands where it stood."""
    at = file.tell()
    try:
        with Image.open(file, formats=("PNG", "JPEG", "GIF", "WEBP")) as image:
            if max(image.size) > _LONGEST_SIDE or image.width * image.height > _MOST_PIXELS:
                return False
            image.load()
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError):
        return False
    finally:
        file.seek(at)
    return True


def _open_pdf(data: bytes) -> bool:
    """Whether the API would take it: whole, and not encrypted (as far as a plain search can tell)."""
    return b"%%EOF" in data[-2048:] and b"/Encrypt" not in data
