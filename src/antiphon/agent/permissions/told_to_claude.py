"""What Claude is told where an edit of its own is held, or its command has written over what another session does."""

from collections.abc import Sequence
from datetime import datetime

from antiphon.agent.permissions.wording import other
from antiphon.core.coordination.claims import Conflict


def held(conflict: Conflict, name: str) -> str:
    who, at = other(conflict), _clock_time(conflict.since)
    if conflict.kind == "claimed":
        note = f" It says: {conflict.note}." if conflict.note else ""
        return (
            f"Not written: the session {who} has claimed {name} since {at}.{note} Work on something else, or ask "
            "that session with message_session to release it. A person may let you write it, and tells you then."
        )
    return (
        f"Not written: the session {who} has changed {name} at {at}, after you read it. Read it again, keep what "
        "that session did, and then make your change."
    )


def written_over(found: Sequence[tuple[str, Conflict]]) -> str:
    """ "" where there is nothing to tell."""
    if not found:
        return ""
    lines = (
        f"- {name}: {'claimed' if why.kind == 'claimed' else 'changed'} by the session {other(why)} "
        f"at {_clock_time(why.since)}"
        for name, why in found
    )
    listed = "\n".join(lines)
    return (
        f"Your command has written files that another session works on:\n{listed}\nLook whether something of theirs "
        "is lost, put it back if it is, and tell them with message_session."
    )


def _clock_time(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")
