"""What Claude is sent for a prompt with files: never a block that the Messages API would refuse."""

import base64
import io
import random
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from antiphon.agent.content import Block, content
from antiphon.core.file_types import image_type, in_words, kind_of
from antiphon.core.values import Attachments, File

from fakes import prompt

KB, MB = 1024, 1024 * 1024
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"


def picture(size: tuple[int, int] = (12, 8), format_: str = "PNG", noise: bool = False) -> bytes:
    image = Image.new("RGB", size, "teal")
    if noise:  # what no format makes small
        image = Image.frombytes("RGB", size, random.Random(1).randbytes(size[0] * size[1] * 3))
    made = io.BytesIO()
    image.save(made, format_)
    return made.getvalue()


def sent_blocks(
    directory: Path, files: dict[str, bytes], words: str = "look", notes: tuple[str, ...] = ()
) -> list[Block]:
    """The blocks of a prompt with these files."""
    for name, data in files.items():
        (directory / name).write_bytes(data)
    attachments = tuple(File(name, str(directory / name), len(data)) for name, data in files.items())
    *blocks, last = content(replace(prompt(text=words), attachments=Attachments(attachments, notes)))
    assert last == {"type": "text", "text": ""}  # where Claude Code looks for commands and mentions
    return blocks


def test_only_a_command_stands_where_claude_code_looks_for_one() -> None:
    text, nothing = {"type": "text", "text": "/compact @all"}, {"type": "text", "text": ""}
    assert content(prompt(text="/compact @all")) == [text, nothing]
    (command,) = content(replace(prompt(text="/compact a@b @all"), command="claude"))
    assert command["text"] == "/compact a@b \N{WORD JOINER}@all"


def test_one_keyword_is_passed_on_to_claude_code() -> None:
    assert content(prompt(text="Ultrathink, please"))[-1]["text"] == "ultrathink"


def test_a_text_stands_behind_the_words_between_fences_that_it_cannot_end(tmp_path: Path) -> None:
    (block,) = sent_blocks(tmp_path, {"notes.md": "````\nx: ü\n````\n".encode()})
    path = tmp_path / "notes.md"
    assert block["text"] == (
        f"look\n\nAttached:\n- notes.md (16 bytes): {path}, which says:\n`````\n````\nx: ü\n````\n`````"
    )


def test_a_larger_text_is_left_for_read(tmp_path: Path) -> None:
    (block,) = sent_blocks(tmp_path, {"long.log": b"line\n" * (11 * KB)})
    assert block["text"].endswith("long.log: a text, read it with Read")
    assert "line" not in block["text"]


def test_all_texts_together_have_a_limit_too(tmp_path: Path) -> None:
    (block,) = sent_blocks(tmp_path, {f"{n}.txt": f"{n}".encode() * (45 * KB) for n in range(6)})
    assert len(block["text"]) < 210 * KB
    assert block["text"].count("which says") == 4
    assert block["text"].count("read it with Read") == 2


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "GIF", "WEBP"])
def test_an_image_is_shown_before_the_words_whatever_it_is_called(tmp_path: Path, format_: str) -> None:
    data = picture(format_=format_)
    image, words = sent_blocks(tmp_path, {"wrong.txt": data})
    assert image["type"] == "image"
    assert image["source"]["media_type"] == f"image/{format_.lower()}"
    assert base64.standard_b64decode(image["source"]["data"]) == data
    assert words["text"].startswith("look\n")
    assert str(tmp_path / "wrong.txt") in words["text"]


@pytest.mark.parametrize(
    "data",
    [
        picture()[:40],
        picture(format_="JPEG")[:300],
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        picture((8001, 1)),
        picture((1200, 1200), noise=True),
    ],
    ids=["half a PNG", "half a JPEG", "a PNG's first bytes", "a GIF's first bytes", "too wide", "over 3.75 MB"],
)
def test_an_image_that_would_be_refused_is_left_for_read(tmp_path: Path, data: bytes) -> None:
    (block,) = sent_blocks(tmp_path, {"picture.png": data})
    assert block["text"].endswith("picture.png: an image, look at it with Read")


def test_a_pdf_is_a_document_unless_it_is_encrypted_cut_or_too_large(tmp_path: Path) -> None:
    files = {
        "good.pdf": PDF,
        "locked.pdf": PDF.replace(b"/Catalog", b"/Encrypt"),
        "cut.pdf": PDF[:20],
        "large.pdf": PDF[:9] + b"x" * (10 * MB) + PDF[9:],
    }
    document, words = sent_blocks(tmp_path, files)
    assert document["source"]["media_type"] == "application/pdf"
    assert words["text"].count("shown above") == 1
    assert words["text"].count("a PDF, read it with Read") == 3


def test_a_request_has_room_for_all_blocks_together(tmp_path: Path) -> None:
    large = PDF[:9] + b"x" * (9 * MB) + PDF[9:]
    made = sent_blocks(tmp_path, {f"{n}.pdf": large for n in range(4)})
    assert [one["type"] for one in made] == ["document", "document", "text"]
    assert sum(len(one["source"]["data"]) for one in made[:-1]) < 30 * MB


def test_empty_unknown_and_vanished_files_are_said(tmp_path: Path) -> None:
    files = {"empty.png": b"", "data.bin": bytes(range(256)), "voice.ogg": b"OggS\0"}
    gone = File("gone.txt", str(tmp_path / "gone.txt"), 4)
    (block,) = sent_blocks(tmp_path, files)
    assert "empty.png: it is empty" in block["text"]
    assert "data.bin: neither text nor image nor PDF" in block["text"]
    assert "voice.ogg: a recording, which cannot be listened to" in block["text"]
    told, _ = content(replace(prompt(), attachments=Attachments((gone,))))
    assert "gone.txt: it is not there any more (No such file or directory)" in told["text"]


def test_what_was_not_passed_on_is_told_also_without_words(tmp_path: Path) -> None:
    (block,) = sent_blocks(tmp_path, {}, words="", notes=("big.zip (31 MB) was not passed on",))
    assert block["text"] == "About what was attached:\n- big.zip (31 MB) was not passed on"


@pytest.mark.parametrize(
    ("name", "sample", "whole", "kind"),
    [
        ("x.zip", b"", True, "empty"),
        ("x", "grün".encode(), True, "text"),
        ("x", "grün".encode()[:3], False, "text"),
        ("x", "grün".encode()[:3], True, "other"),
        ("x.log", b"\x1b[31mred\x1b[0m\r\n", True, "text"),
        ("x.txt", b"a\0b", True, "other"),
        ("x.txt", b"\xff\xfea\0", True, "other"),
        ("x.svg", b"<svg/>", True, "text"),
        ("x.wav", b"RIFF\0\0\0\0WAVEfmt ", True, "audio"),
        ("x.m4a", b"\0\0\0 ftypM4A ", True, "audio"),
        ("x.mp4", b"\0\0\0 ftypisom", True, "other"),
        ("x.png", b"hello", True, "text"),
        ("x.txt", b"%PDF-1.7 ...", True, "pdf"),
    ],
)
def test_bytes_tell_what_a_file_is(name: str, sample: bytes, whole: bool, kind: str) -> None:
    assert kind_of(name, sample, whole) == kind
    assert image_type(sample) is None


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1025, "2 KB"), (25 * MB, "25 MB"), (25 * MB + 1, "25.1 MB")],
)
def test_sizes_are_rounded_up(size: int, words: str) -> None:
    assert in_words(size) == words
