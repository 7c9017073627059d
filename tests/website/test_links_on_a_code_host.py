"""The same files are read on a code host, unbuilt: every link and picture of theirs leads somewhere there too."""

import re
from functools import cache
from pathlib import Path

import pytest
from website.gather import MARK
from website.pages import DOCS, ROOT

FILES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])
_LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)|<(?:img|a) [^>]*(?:src|href)=\"([^\"]+)\"")
_FENCES = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]+`")


def targets(file: Path) -> list[str]:
    prose = _CODE.sub("", _FENCES.sub("", file.read_text(encoding="utf-8")))
    return [one or other for one, other in _LINK.findall(prose)]


@cache
def anchors(file: Path) -> set[str]:
    """Of the headings, as code hosts name them."""
    headings = re.findall(r"^#+ (.+)$", _FENCES.sub("", file.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_link_leads_somewhere(file: Path) -> None:
    for target in targets(file):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        to = (file.parent / path).resolve() if path else file
        assert to.exists(), target
        assert to.is_relative_to(ROOT), target
        if anchor and to.suffix == ".md" and not MARK.search(to.read_text(encoding="utf-8")):
            assert anchor in anchors(to), target
