"""What a call would do to a file, for the person who decides: a unified diff against what is there."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from antiphon.agent.disk.reading import DiskThreads, read_regular
from antiphon.agent.events.tool_view import detail, relative

_BYTES, _LINES = 400_000, 8000  # of a file that is compared; of a larger one only the call itself is told


async def proposed(tool: str, given: Mapping[str, Any], root: Path, disk: DiskThreads) -> str:
    """The call in full; Edit and Write of a file in the project as the difference that they would make. What lies
    outside is not read: it may be nobody's business here."""
    if tool in ("Edit", "Write"):
        try:
            if found := await disk.run(root, _difference, tool, given, root):
                return found
        except (OSError, ValueError):
            pass  # it cannot be read, or is no text
    return detail(tool, given, root)


def _difference(tool: str, given: Mapping[str, Any], root: Path) -> str:
    """ "" where there is nothing to compare with."""
    content = read_regular(Path(str(given.get("file_path", ""))), _BYTES + 1, below=root)
    if len(content) > _BYTES:
        return ""
    before = content.decode("utf-8")
    match tool, given:
        case "Write", {"content": str(after)}:
            pass
        case "Edit", {"old_string": str(old), "new_string": str(new)} if old and old in before:
            after = before.replace(old, new, -1 if given.get("replace_all") else 1)
        case _:
            return ""
    lines = before.splitlines(), after.splitlines()
    if max(map(len, lines)) > _LINES:
        return ""
    name = relative(given["file_path"], root)
    return "\n".join(difflib.unified_diff(*lines, f"a/{name}", f"b/{name}", lineterm=""))
