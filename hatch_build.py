"""The long description that a package index shows: the README, but for what points into the repository.

An index resolves no relative links, and this project knows no address of its own that would make them absolute:
pictures are left out, and links to files become their texts.
"""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_PICTURES = re.compile(r"^(?:<img [^>]*> *)+\n\n?", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[([^]]+)\]\((?!https?://|#)[^)]*\)")


def long_description(readme: str) -> str:
    return _LINK.sub(r"\1", _PICTURES.sub("", readme))


class LongDescription(MetadataHookInterface):
    """Hatchling's hook for fields of the metadata that are made while the package is built."""

    def update(self, metadata: dict[str, Any]) -> None:
        readme = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": long_description(readme)}
