"""What people read where an edit is held, or a command has written over what another session does."""

from antiphon.core.blocks import TIME
from antiphon.core.coordination.claims import Conflict

_LONGEST_NAME = 60  # characters of a session's title, and of a note


def held(conflict: Conflict, name: str) -> str:
    """Of an edit that was not made; the moment is when the other one did that."""
    who = other(conflict)
    if conflict.kind == "claimed":
        note = f" ({conflict.note[:_LONGEST_NAME]})" if conflict.note else ""
        return f"Not written: {who} claimed {name} {TIME}{note}."
    return f"Not written: {who} changed {name} {TIME}, after Claude read it here."


def written_over(conflict: Conflict, name: str) -> str:
    """Of what a command has done."""
    who = other(conflict)
    if conflict.kind == "claimed":
        return f"A command wrote {name}, which {who} had claimed {TIME}."
    return f"A command wrote {name}, which {who} had changed {TIME}."


def other(conflict: Conflict) -> str:
    """The other session, by its title."""
    return f"“{conflict.title[:_LONGEST_NAME]}”" if conflict.title else "another session"
