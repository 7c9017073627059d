"""Writes the API's document into a file: python -m antiphon.web.document FILE."""

import json
import sys
from pathlib import Path
from typing import Any

from antiphon.web.app import application


def document() -> dict[str, Any]:
    """The document, without what differs between versions of Antiphon."""
    told = application(()).openapi()
    told["info"]["version"] = ""
    return told


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(document(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
