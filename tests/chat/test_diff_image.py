"""A diff as a picture: whatever the diff, a PNG that Discord takes and shows."""

import io

import pytest
from PIL import Image

from antiphon.chat.render.images.diff import png
from antiphon.chat.render.text.diffs import diff_lines

_DIFF = """diff --git a/old.py b/new.py
similarity index 90%
rename from old.py
rename to new.py
--- a/old.py
+++ b/new.py
@@ -1,3 +1,3 @@ def f():
 same
--- a list
+++\ta plus
\\ No newline at end of file
diff --git a/x.png b/x.png
Binary files differ
"""


def drawn(diff: str) -> Image.Image:
    picture = Image.open(io.BytesIO(png(diff)))
    picture.load()
    return picture


def test_only_what_is_worth_to_be_seen_is_read() -> None:
    assert [*diff_lines(_DIFF)] == [
        ("file", "new.py"),
        ("hunk", "rename to new.py"),
        ("hunk", "@@ -1,3 +1,3 @@ def f():"),
        ("same", "same"),
        ("removed", "-- a list"),
        ("added", "++\ta plus"),
        ("hunk", "\\ No newline at end of file"),
        ("file", "x.png"),
        ("hunk", "Binary files differ"),
    ]


def test_added_and_removed_lines_have_their_own_ground() -> None:
    colors = drawn(_DIFF).getcolors(1_000_000)
    assert colors is not None
    grounds = {color for count, color in colors if count > 2000}
    assert {(32, 53, 41), (64, 36, 39), (43, 45, 49)} <= grounds


@pytest.mark.parametrize(
    "line", ["", "x" * 5000, "\t" * 90, "\ud83d\x00", "日本語 👩\u200d👧 \u202e שלום", "😀" * 300, "word " * 300]
)
def test_every_line_makes_a_picture_of_sane_size(line: str) -> None:
    width, height = drawn(f"diff --git a/x b/x\n@@ -1 +1 @@\n+{line}\n").size
    assert width == 1200
    assert height < 400


def test_of_a_long_diff_the_beginning_is_drawn() -> None:
    assert drawn(f"diff --git a/x b/x\n@@ -1 +1 @@\n{'+line' * 3}\n" + "+line\n" * 50_000).size[1] < 4200


def test_a_text_that_is_no_diff_makes_a_picture_too() -> None:
    assert drawn("no diff at all").size[0] == 1200
